package signal

import (
	"hearth"
	"hearth/internal/base/rule"
)

// The fields that came to the catalog after the first ones: terms in detail, acts by their kind, the last answers to
// each question, promises that are still open. Their places lie behind the others'.

func furtherFields() map[int]rule.Field {
	fields := furtherHomeFields()
	for i, f := range furtherActFields() {
		fields[i] = f
	}
	for i, f := range furtherMoodFields() {
		fields[i] = f
	}
	return fields
}

func furtherHomeFields() map[int]rule.Field {
	lease := leaseEvents()
	opened, closed := events(kindOrderOpened, kindOrderTakenBack), events(kindOrderOpened, kindOrderCompleted, kindOrderTakenBack)
	return map[int]rule.Field{
		leaseDaysSinceNotice: days("Days since notice was given. Not known when none stands.", rule.Contract, lease),
		leaseDaysInTerm:      days("Days since the newest agreed term began, 0 on its first day. Not known before it and after the stay.", rule.Contract, lease),
		leaseTermDays: {Type: rule.Int, Unit: "days", Doc: "How long the newest agreed term is, its first and last day included.", Tag: rule.Contract,
			Feeds: lease, Clock: true},
		serviceOpened7:         count("Work orders opened.", "7 days", opened),
		serviceClosed90:        count("Work orders completed whose opening is known.", "90 days", closed),
		serviceDaysToCloseLast: {Type: rule.Int, Unit: "days", Doc: "How many days the last completed work order took from its opening.", Tag: rule.Behaviour, Feeds: closed},
	}
}

func furtherActFields() map[int]rule.Field {
	in, met, came := events(kindMessageReceived), events(kindContactPersonal), events(kindVisit)
	join := func(a, b []hearth.EventType) []hearth.EventType { return append(a[:len(a):len(a)], b...) }
	return map[int]rule.Field{
		engagementReplies90:  count("Messages from the resident, by whatever way.", "90 days", in),
		engagementCalls90:    count("Telephone calls with the resident: those they made and those they took.", "90 days", join(in, met)),
		engagementLetters90:  count("Letters that the resident answered or wrote.", "90 days", join(in, met)),
		engagementPickups90:  count("Packages and other things that the resident picked up.", "90 days", came),
		engagementVisits90:   count("Visits: the resident came by, or somebody of the team came to them or spoke with them.", "90 days", join(came, met)),
		engagementAttended90: count("Gatherings that the resident came to. Which ones is not kept.", "90 days", came),
		engagementPortal90:   count("Visits to the residents' portal.", "90 days", events(kindPortalVisited)),
		connectionContacts90: count("Personal contacts with staff members.", "90 days", met),
	}
}

func furtherMoodFields() map[int]rule.Field {
	answers := events(kindSurveyAnswered)
	score := func(unit, doc string) rule.Field { return share(unit, "", doc, false, answers) }
	promises := events(kindPromiseMade, kindPromiseKept, kindPromiseMissed)
	open := count("Promises to the resident that are neither kept nor missed, at most 16.", "", promises)
	overdue := count("Open promises whose day is over.", "", promises)
	overdue.Clock = true
	return map[int]rule.Field{
		surveyResolved:  score("1..5", "The last answer to: was it resolved properly?"),
		surveyClear:     score("1..5", "The last answer to: was what we told you clear?"),
		surveyExpected:  score("1..5", "The last answer to: was it as you expected?"),
		surveyEasy:      score("1..5", "The last answer to: how easy was it?"),
		surveyRecommend: score("0..10", "The last answer to: would you recommend living here?"),
		surveyLastDays:  days("Days since the last answered question.", rule.Behaviour, answers),
		promisesOpen:    open,
		promisesOverdue: overdue,
		promisesNextDueDays: days("Days until the next open promise is due, 0 on the day. Not known when none lies ahead.", rule.Behaviour,
			promises),
	}
}

// further reads the fields above.
func (r reader) further(i int) (any, bool) {
	s := r.s
	switch i {
	case leaseDaysSinceNotice, leaseDaysInTerm, leaseTermDays:
		return r.furtherLease(i)
	case serviceOpened7:
		return s.opened.count(r.today, week), true
	case serviceClosed90:
		return s.closeCount.count(r.today, quarter), true
	case serviceDaysToCloseLast:
		return s.lastTook, s.lastTookAt != 0
	case engagementReplies90:
		return s.inbound.count(r.today, quarter), true
	case connectionContacts90:
		return s.contacts.count(r.today, quarter), true
	case surveyLastDays:
		return r.daysSinceInstant(s.lastAt(kindSurveyAnswered))
	case promisesOpen, promisesOverdue, promisesNextDueDays:
		open, overdue, next := r.promiseCounts()
		switch i {
		case promisesOpen:
			return open, true
		case promisesOverdue:
			return overdue, true
		}
		return int64(next - r.today), next != 0
	}
	if i >= surveyResolved && i <= surveyRecommend {
		return s.surveys.value(question(i - surveyResolved))
	}
	if c := s.actCounter(i); c != nil {
		return c.count(r.today, quarter), true
	}
	return nil, false
}

// actCounter gives the counter behind a field that counts acts of one kind; nil for another field.
func (s *State) actCounter(i int) *counter {
	switch i {
	case engagementCalls90:
		return &s.kinds.calls
	case engagementLetters90:
		return &s.kinds.letters
	case engagementPickups90:
		return &s.kinds.pickups
	case engagementVisits90:
		return &s.kinds.visits
	case engagementAttended90:
		return &s.kinds.attended
	case engagementPortal90:
		return &s.kinds.portal
	}
	return nil
}

func (r reader) furtherLease(i int) (any, bool) {
	t, status := r.s.present(r.today)
	if t == nil {
		return nil, false
	}
	switch i {
	case leaseDaysSinceNotice:
		if !t.noticed || status == statusPast || status == statusCancelled {
			return nil, false
		}
		return r.daysSinceInstant(t.noticeAt)
	case leaseDaysInTerm:
		return int64(r.today - t.start), status == statusCurrent && t.start != 0 && t.start <= r.today
	}
	return int64(t.end-t.start) + 1, t.start != 0 && t.end >= t.start
}
