package signal

import "hearth"

// kind numbers the event types that signals are folded from. The numbers are stored: add new ones at the end, never
// change one.
type kind uint8

const (
	kindResidentAdded kind = iota + 1
	kindResidentChanged
	kindLeaseRecorded
	kindLeaseChanged
	kindLeaseRenewed
	kindNoticeGiven
	kindNoticeWithdrawn
	kindMovedIn
	kindMovedOut
	kindLeaseCancelled
	kindOrderOpened
	kindOrderScheduled
	kindOrderWaiting
	kindOrderCompleted
	kindOrderReopened
	kindOrderCancelled
	kindMessageReceived
	kindMessageSent
	kindMessageDelivered
	kindMessageOpened
	kindMessageClicked
	kindMessageBounced
	kindMessageUnsubscribed
	kindPortalVisited
	kindContactPersonal
	kindPreferenceChanged
	kindPaymentRecorded
	kindArrearsChanged
	kindPromiseMade
	kindPromiseKept
	kindPromiseMissed
	kindSurveyAnswered
	kindVisit
	kindTaskDone
	kindConsentChanged
	kindResidentVanished
	kindTaskDeclined
	kindTaskEscalated
	kindMessageFailed
	kindMessageUnknown
	kindToneCorrected
	kindLeaseTakenBack
	kindOrderTakenBack
	kindOrderAmended
	kindEnd
)

func (k kind) String() string {
	return [...]string{
		kindResidentAdded: "resident.added", kindResidentChanged: "resident.changed",
		kindLeaseRecorded: "lease.recorded", kindLeaseChanged: "lease.changed", kindLeaseRenewed: "lease.renewed",
		kindNoticeGiven: "lease.notice_given", kindNoticeWithdrawn: "lease.notice_withdrawn", kindMovedIn: "lease.moved_in",
		kindMovedOut: "lease.moved_out", kindLeaseCancelled: "lease.cancelled",
		kindOrderOpened: "workorder.opened", kindOrderScheduled: "workorder.scheduled", kindOrderWaiting: "workorder.waiting",
		kindOrderCompleted: "workorder.completed", kindOrderReopened: "workorder.reopened", kindOrderCancelled: "workorder.cancelled",
		kindMessageReceived: "message.received", kindMessageSent: "message.sent", kindMessageDelivered: "message.delivered",
		kindMessageOpened: "message.opened", kindMessageClicked: "message.clicked", kindMessageBounced: "message.bounced",
		kindMessageUnsubscribed: "message.unsubscribed", kindPortalVisited: "portal.visited", kindContactPersonal: "contact.personal",
		kindPreferenceChanged: "preference.changed", kindPaymentRecorded: "payment.recorded", kindArrearsChanged: "arrears.changed",
		kindPromiseMade: "promise.made", kindPromiseKept: "promise.kept", kindPromiseMissed: "promise.missed",
		kindSurveyAnswered: "survey.answered", kindVisit: "visit.recorded", kindTaskDone: "task.done", kindConsentChanged: "consent.changed",
		kindResidentVanished: "resident.vanished", kindTaskDeclined: "task.declined", kindTaskEscalated: "task.escalated",
		kindMessageFailed: "message.failed", kindMessageUnknown: "message.unknown", kindToneCorrected: "tone.corrected",
		kindLeaseTakenBack: "lease.taken_back", kindOrderTakenBack: "workorder.taken_back", kindOrderAmended: "workorder.amended",
	}[k]
}

// kindOf gives the number of a type, 0 for one that no signal is folded from.
func kindOf(t hearth.EventType) kind {
	switch t {
	case "resident.added":
		return kindResidentAdded
	case "resident.changed":
		return kindResidentChanged
	case "lease.recorded":
		return kindLeaseRecorded
	case "lease.changed":
		return kindLeaseChanged
	case "lease.renewed":
		return kindLeaseRenewed
	case "lease.notice_given":
		return kindNoticeGiven
	case "lease.notice_withdrawn":
		return kindNoticeWithdrawn
	case "lease.moved_in":
		return kindMovedIn
	case "lease.moved_out":
		return kindMovedOut
	case "lease.cancelled":
		return kindLeaseCancelled
	case "workorder.opened":
		return kindOrderOpened
	case "workorder.scheduled":
		return kindOrderScheduled
	case "workorder.waiting":
		return kindOrderWaiting
	case "workorder.completed":
		return kindOrderCompleted
	case "workorder.reopened":
		return kindOrderReopened
	case "workorder.cancelled":
		return kindOrderCancelled
	case "lease.taken_back":
		return kindLeaseTakenBack
	case "workorder.taken_back":
		return kindOrderTakenBack
	case "workorder.amended":
		return kindOrderAmended
	}
	return kindOfOther(t)
}

func kindOfOther(t hearth.EventType) kind {
	switch t {
	case "message.received":
		return kindMessageReceived
	case "message.sent":
		return kindMessageSent
	case "message.delivered":
		return kindMessageDelivered
	case "message.opened":
		return kindMessageOpened
	case "message.clicked":
		return kindMessageClicked
	case "message.bounced":
		return kindMessageBounced
	case "message.unsubscribed":
		return kindMessageUnsubscribed
	case "portal.visited":
		return kindPortalVisited
	case "contact.personal":
		return kindContactPersonal
	case "preference.changed":
		return kindPreferenceChanged
	case "payment.recorded":
		return kindPaymentRecorded
	case "arrears.changed":
		return kindArrearsChanged
	case "promise.made":
		return kindPromiseMade
	case "promise.kept":
		return kindPromiseKept
	case "promise.missed":
		return kindPromiseMissed
	case "survey.answered":
		return kindSurveyAnswered
	case "visit.recorded":
		return kindVisit
	case "task.done":
		return kindTaskDone
	case "consent.changed":
		return kindConsentChanged
	case "resident.vanished":
		return kindResidentVanished
	case "task.declined":
		return kindTaskDeclined
	case "task.escalated":
		return kindTaskEscalated
	case "message.failed":
		return kindMessageFailed
	case "message.unknown":
		return kindMessageUnknown
	case "tone.corrected":
		return kindToneCorrected
	}
	return 0
}

// area groups kinds by the part of the state that they change.
type area uint8

const (
	areaNone area = iota
	areaResident
	areaLease
	areaService
	areaMessage
	areaContact
	areaFact
)

func (k kind) area() area {
	switch {
	case k == kindToneCorrected:
		return areaMessage
	case k == kindLeaseTakenBack:
		return areaLease
	case k == kindOrderTakenBack, k == kindOrderAmended:
		return areaService
	case k <= kindResidentChanged:
		return areaResident
	case k <= kindLeaseCancelled:
		return areaLease
	case k == kindOrderScheduled, k == kindOrderWaiting, k == kindMessageDelivered, k == kindMessageUnsubscribed, k == kindPreferenceChanged,
		k == kindTaskDone, k >= kindConsentChanged:
		return areaNone // only their last time is kept
	case k <= kindOrderCancelled:
		return areaService
	case k <= kindPortalVisited:
		return areaMessage
	case k == kindContactPersonal, k == kindVisit, k == kindSurveyAnswered:
		return areaContact
	}
	return areaFact
}

// reads tells whether the event's data matters.
func (k kind) reads() bool {
	switch k {
	case kindPortalVisited, kindMessageOpened, kindMessageClicked:
		return false
	}
	return k.area() != areaNone
}

// Types lists the event types that signals are folded from, and so the ones that State.Last knows.
func Types() []hearth.EventType {
	types := make([]hearth.EventType, 0, kindEnd-1)
	for k := kindResidentAdded; k < kindEnd; k++ {
		types = append(types, hearth.EventType(k.String()))
	}
	return types
}
