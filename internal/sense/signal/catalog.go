package signal

import (
	"hearth"
	"hearth/internal/base/rule"
)

// The places of the fields in the catalog, by the group that View reads them in. States do not store them.
const (
	leaseStatusField = iota
	leaseDaysToEnd
	leaseDaysToStart
	leaseDaysSinceMoveIn
	leaseDaysToMoveOut
	leaseNoticeGiven
	leaseMonthToMonth
	leaseTermNumber
	tenancyDays
	residentRole
	residentReachable
	residentLanguage
	residentDaysKnown
	householdPrimary

	serviceOpen
	serviceOpened30
	serviceOpened90
	serviceOpened365
	serviceTotal
	serviceRepeats90
	serviceReopened90
	serviceDaysWaiting
	serviceLastClosedDays
	serviceUrgentOpen
	serviceDaysToCloseAvg

	engagementLevel
	engagementLastDays
	engagementActs30
	engagementBaseline
	engagementDrop
	connectionPeople
	connectionLastPersonalDays

	messagesReceived7
	messagesReceived30
	messagesDiscretionary7
	messagesDiscretionary30
	messagesBudgetLeft
	messagesInbound7
	messagesInbound30
	messagesLastInboundDays
	messagesUnansweredDays

	sentimentLevel
	sentimentConfidence
	sentimentLast
	sentimentShift
	frustrationLevel
	promisesBroken90
	promisesKept90
	paymentsLate365
	paymentsArrears

	leaseDaysSinceNotice // from here on: see further.go
	leaseDaysInTerm
	leaseTermDays
	serviceOpened7
	serviceClosed90
	serviceDaysToCloseLast
	engagementReplies90
	engagementCalls90
	engagementLetters90
	engagementPickups90
	engagementVisits90
	engagementAttended90
	engagementPortal90
	connectionContacts90
	surveyResolved // the five in the order of the questions
	surveyClear
	surveyExpected
	surveyEasy
	surveyRecommend
	surveyLastDays
	promisesOpen
	promisesOverdue
	promisesNextDueDays
	numFields
)

// Fields gives the catalog of signals, which is the whole vocabulary of conditions, templates and screens.
func Fields() []rule.Field {
	all := make([]rule.Field, numFields)
	for _, part := range []map[int]rule.Field{homeFields(), serviceFields(), closenessFields(), messageFields(), moodFields(), furtherFields()} {
		for i, f := range part {
			all[i] = f
		}
	}
	for i := range all {
		all[i].Name = name(i)
	}
	return all
}

func events(kinds ...kind) []hearth.EventType {
	types := make([]hearth.EventType, len(kinds))
	for i, k := range kinds {
		types[i] = hearth.EventType(k.String())
	}
	return types
}

// Kinds of fields that occur often.
func text(doc string, tag rule.Tag, feeds []hearth.EventType) rule.Field {
	return rule.Field{Type: rule.String, Doc: doc, Tag: tag, Feeds: feeds}
}

func yesNo(doc string, tag rule.Tag, feeds []hearth.EventType) rule.Field {
	return rule.Field{Type: rule.Bool, Doc: doc, Tag: tag, Feeds: feeds}
}

func days(doc string, tag rule.Tag, feeds []hearth.EventType) rule.Field {
	return rule.Field{Type: rule.Int, Unit: "days", Doc: doc, Tag: tag, Feeds: feeds, Clock: true}
}

func count(doc, window string, feeds []hearth.EventType) rule.Field {
	return rule.Field{Type: rule.Int, Unit: "count", Window: window, Doc: doc, Tag: rule.Behaviour, Feeds: feeds, Clock: window != ""}
}

func share(unit, window, doc string, clock bool, feeds []hearth.EventType) rule.Field {
	return rule.Field{Type: rule.Double, Unit: unit, Window: window, Doc: doc, Tag: rule.Behaviour, Feeds: feeds, Clock: clock}
}

func leaseEvents() []hearth.EventType {
	return events(kindLeaseRecorded, kindLeaseChanged, kindLeaseRenewed, kindNoticeGiven, kindNoticeWithdrawn, kindMovedIn, kindMovedOut, kindLeaseCancelled, kindLeaseTakenBack)
}

func homeFields() map[int]rule.Field {
	lease, person := leaseEvents(), events(kindResidentAdded, kindResidentChanged)
	status := text("State of the lease, from its dates: applicant, approved, future, current, past or cancelled. With several leases the current one counts, else the next, else the last.", rule.Contract, lease)
	status.Clock = true
	monthly := yesNo("Whether the stay goes on month by month: agreed so, or the term has ended and nobody moved out.", rule.Contract, lease)
	monthly.Clock = true
	role := text("Household role: leaseholder, occupant, minor, guarantor, representative or emergency_contact. Conditions may not ask for minors and representatives: that is age, family and disability.",
		rule.Contract, person)
	role.Closed = []string{string(hearth.MemberMinor), string(hearth.MemberRepresentative)}
	return map[int]rule.Field{
		leaseStatusField:     status,
		leaseDaysToEnd:       days("Days until the agreed term ends, 0 on its last day. A signed renewal counts at once. Not known after the end, month to month, and for leases past or cancelled.", rule.Contract, lease),
		leaseDaysToStart:     days("Days until the stay begins: the planned move-in, or else the first term's start. 0 on that day, not known after it.", rule.Contract, lease),
		leaseDaysSinceMoveIn: days("Days since the move-in, 0 on the day. Not known before it and after moving out.", rule.Contract, lease),
		leaseDaysToMoveOut:   days("Days until the announced move-out, 0 on the day. Not known when none is announced, and after it.", rule.Contract, lease),
		leaseNoticeGiven:     yesNo("Whether notice was given and neither withdrawn nor made void by a renewal.", rule.Contract, lease),
		leaseMonthToMonth:    monthly,
		leaseTermNumber:      {Type: rule.Int, Unit: "count", Doc: "Which term of the stay is the newest agreed one, 1 for the first.", Tag: rule.Contract, Feeds: lease, Clock: true},
		tenancyDays:          days("Days of the whole stay over all terms, up to today or the move-out.", rule.Contract, lease),
		residentRole:         role,
		residentReachable: yesNo("Whether there is a way to write to the resident: an e-mail address or phone that has not failed for good, or the portal; and the role may be written to.",
			rule.Contact, append(person, events(kindMessageBounced)...)),
		residentLanguage:  text("Preferred language. It chooses the translation of a message and nothing else, so conditions may not read it.", rule.Proxy, person),
		residentDaysKnown: days("Days since the first event about the resident.", rule.Contract, Types()),
		householdPrimary:  yesNo("Whether the resident speaks for the home.", rule.Contract, person),
	}
}

func serviceFields() map[int]rule.Field {
	opened, moved := events(kindOrderOpened, kindOrderTakenBack), events(kindOrderOpened, kindOrderCompleted, kindOrderReopened, kindOrderCancelled, kindOrderTakenBack)
	urgent := count("Open work orders of priority emergency, urgent or high, by the first words or by any put in their place.", "", append(events(kindOrderAmended), moved...))
	return map[int]rule.Field{
		serviceOpen:           count("Work orders open now, at most 32.", "", moved),
		serviceOpened30:       count("Work orders opened.", "30 days", opened),
		serviceOpened90:       count("Work orders opened.", "90 days", opened),
		serviceOpened365:      count("Work orders opened.", "365 days", opened),
		serviceTotal:          count("Work orders opened ever.", "", opened),
		serviceRepeats90:      count("Work orders opened that follow another of the same category within 90 days.", "90 days", opened),
		serviceReopened90:     count("Work orders opened again after completion.", "90 days", events(kindOrderReopened, kindOrderTakenBack)),
		serviceDaysWaiting:    days("Days that the longest open work order has been open. Not known when none is open.", rule.Behaviour, moved),
		serviceLastClosedDays: days("Days since a work order was last completed.", rule.Behaviour, events(kindOrderCompleted, kindOrderTakenBack)),
		serviceUrgentOpen:     urgent,
		serviceDaysToCloseAvg: share("days", "365 days", "Mean number of days from opening to completion.", true, events(kindOrderOpened, kindOrderCompleted, kindOrderTakenBack)),
	}
}

func closenessFields() map[int]rule.Field {
	acts := events(kindMessageReceived, kindMessageClicked, kindPortalVisited, kindContactPersonal, kindVisit, kindSurveyAnswered)
	warm := append(acts[:len(acts):len(acts)], events(kindMessageOpened)...)
	personal := append(events(kindContactPersonal), leaseEvents()...)
	return map[int]rule.Field{
		engagementLevel: share("weight", "half-life 30 days", "How much the resident does: the weights of their acts, fading. A reply, visit, call or answered survey weighs 1, a portal visit, click, pick-up or attendance 0.6, an open 0.1.", true, warm),
		engagementLastDays: days("Days since the resident's last act (opens do not count), or since the move-in when there was none after it.", rule.Behaviour,
			append(acts[:len(acts):len(acts)], leaseEvents()...)),
		engagementActs30:   count("Acts of the resident, opens not counted.", "30 days", acts),
		engagementBaseline: share("weight", "half-life 180 days", "The level that is usual for this resident, on the scale of engagement.level.", true, warm),
		engagementDrop:     share("0..1", "30 against 180 days", "How far the level is under the resident's own baseline: 0 not at all, 1 entirely. Not known while there is hardly a baseline.", true, warm),
		connectionPeople:   count("Staff members who had a personal contact with the resident, at most 16.", "365 days", events(kindContactPersonal)),
		connectionLastPersonalDays: days("Days since the last personal contact with a staff member, or since the move-in when there was none after it.",
			rule.Behaviour, personal),
	}
}

func messageFields() map[int]rule.Field {
	sent, in := events(kindMessageSent), events(kindMessageReceived)
	return map[int]rule.Field{
		messagesReceived7:       count("Messages that we sent to the resident.", "7 days", sent),
		messagesReceived30:      count("Messages that we sent to the resident.", "30 days", sent),
		messagesDiscretionary7:  count("Messages of class relation or promotion that we sent to the resident.", "7 days", sent),
		messagesDiscretionary30: count("Messages of class relation or promotion that we sent to the resident.", "30 days", sent),
		messagesBudgetLeft:      count("Discretionary messages that the usual budget (2 in 7 days, 5 in 30) still leaves.", "30 days", sent),
		messagesInbound7:        count("Messages from the resident.", "7 days", in),
		messagesInbound30:       count("Messages from the resident.", "30 days", in),
		messagesLastInboundDays: days("Days since the last message from the resident.", rule.Behaviour, in),
		messagesUnansweredDays: days("Days that a message from the resident has waited for an answer by a person. Not known when none waits.", rule.Behaviour,
			events(kindMessageReceived, kindMessageSent, kindContactPersonal)),
	}
}

func moodFields() map[int]rule.Field {
	tones := events(kindMessageReceived, kindSurveyAnswered, kindToneCorrected)
	payments := func(f rule.Field) rule.Field {
		f.Tag, f.Restricted = rule.Contract, true
		return f
	}
	return map[int]rule.Field{
		sentimentLevel:      share("-1..1", "half-life 30 days", "How the resident sounds: average tone of messages (a small English model beside a word list) and survey answers, by how sure each is; a person's correction replaces a reading. Weak evidence; read it together with its confidence.", false, tones),
		sentimentConfidence: share("0..1", "half-life 60 days", "How sure sentiment.level is. It grows with clear readings and fades as they age.", true, tones),
		sentimentLast:       share("-1..1", "", "Tone of the last message or survey answer that had any.", false, tones),
		sentimentShift:      share("-2..2", "30 against 180 days", "Tone of the last weeks less the resident's own average of the last months. Known from the third reading on.", false, tones),
		frustrationLevel: share("0..1", "90 days", "What strains the resident: days of waiting, repeated and reopened repairs, broken promises, and tone by its confidence. Tone alone stays under 0.5.", true,
			append(tones, events(kindOrderOpened, kindOrderCompleted, kindOrderReopened, kindOrderCancelled, kindOrderTakenBack, kindPromiseMissed)...)),
		promisesBroken90: count("Promises to the resident that were missed.", "90 days", events(kindPromiseMissed)),
		promisesKept90:   count("Promises to the resident that were kept.", "90 days", events(kindPromiseKept)),
		paymentsLate365:  payments(count("Payments that came late, by the connected system.", "365 days", events(kindPaymentRecorded))),
		paymentsArrears:  payments(share("money", "", "What is owed, in the property's currency, by the connected system.", false, events(kindArrearsChanged))),
	}
}

// name gives the name of the i-th field.
func name(i int) string {
	return [...]string{
		leaseStatusField: "lease.status", leaseDaysToEnd: "lease.days_to_end", leaseDaysToStart: "lease.days_to_start",
		leaseDaysSinceMoveIn: "lease.days_since_move_in", leaseDaysToMoveOut: "lease.days_to_move_out", leaseNoticeGiven: "lease.notice_given",
		leaseMonthToMonth: "lease.month_to_month", leaseTermNumber: "lease.term_number", tenancyDays: "tenancy.days",
		residentRole: "resident.role", residentReachable: "resident.reachable", residentLanguage: "resident.language",
		residentDaysKnown: "resident.days_known", householdPrimary: "household.primary",
		serviceOpen: "service.open", serviceOpened30: "service.opened_30d", serviceOpened90: "service.opened_90d", serviceOpened365: "service.opened_365d",
		serviceTotal: "service.total", serviceRepeats90: "service.repeats_90d", serviceReopened90: "service.reopened_90d",
		serviceDaysWaiting: "service.days_waiting", serviceLastClosedDays: "service.last_closed_days", serviceUrgentOpen: "service.urgent_open",
		serviceDaysToCloseAvg: "service.days_to_close_avg",
		engagementLevel:       "engagement.level", engagementLastDays: "engagement.last_days", engagementActs30: "engagement.acts_30d",
		engagementBaseline: "engagement.baseline", engagementDrop: "engagement.drop",
		connectionPeople: "connection.people", connectionLastPersonalDays: "connection.last_personal_days",
		messagesReceived7: "messages.received_7d", messagesReceived30: "messages.received_30d",
		messagesDiscretionary7: "messages.discretionary_7d", messagesDiscretionary30: "messages.discretionary_30d",
		messagesBudgetLeft: "messages.budget_left", messagesInbound7: "messages.inbound_7d", messagesInbound30: "messages.inbound_30d",
		messagesLastInboundDays: "messages.last_inbound_days", messagesUnansweredDays: "messages.unanswered_days",
		sentimentLevel: "sentiment.level", sentimentConfidence: "sentiment.confidence", sentimentLast: "sentiment.last", sentimentShift: "sentiment.shift",
		frustrationLevel: "frustration.level", promisesBroken90: "promises.broken_90d", promisesKept90: "promises.kept_90d",
		paymentsLate365: "payments.late_365d", paymentsArrears: "payments.arrears",
		leaseDaysSinceNotice: "lease.days_since_notice", leaseDaysInTerm: "lease.days_in_term", leaseTermDays: "lease.term_days",
		serviceOpened7: "service.opened_7d", serviceClosed90: "service.closed_90d", serviceDaysToCloseLast: "service.days_to_close_last",
		engagementReplies90: "engagement.replies_90d", engagementCalls90: "engagement.calls_90d", engagementLetters90: "engagement.letters_90d",
		engagementPickups90: "engagement.pickups_90d", engagementVisits90: "engagement.visits_90d", engagementAttended90: "engagement.attended_90d",
		engagementPortal90: "engagement.portal_90d", connectionContacts90: "connection.contacts_90d",
		surveyResolved: "survey.resolved_properly", surveyClear: "survey.communication_clear", surveyExpected: "survey.as_expected",
		surveyEasy: "survey.how_easy", surveyRecommend: "survey.recommend", surveyLastDays: "survey.last_days",
		promisesOpen: "promises.open", promisesOverdue: "promises.overdue", promisesNextDueDays: "promises.next_due_days",
	}[i]
}
