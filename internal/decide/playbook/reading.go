package playbook

import (
	"strings"
	"sync"
)

// reading says in words what a signal means. Text has "{}" where the comparison goes.
type reading struct {
	with string
	// any and none say a count that is more than none, or none.
	any, none string
	// today says a number of days that is 0.
	today string
	// yes and no are those of a signal that is true or false.
	yes, no string
	// values are the words for values of a text; what is missing stands as it is.
	values  map[string]string
	percent bool // a share, said in percent
	// one is how with and the numbers read for a single thing.
	one [2]string
}

// things is the reading of a count: things("repair", "is open", "are open"), with many for an unusual plural.
func things(noun, is, are string, many ...string) reading {
	plural := noun + "s"
	if len(many) > 0 {
		plural = many[0]
	}
	return reading{with: "{} " + plural + " " + are, one: [2]string{plural + " " + are, noun + " " + is}, any: "any " + noun + " " + is, none: "no " + noun + " " + is}
}

// did is the reading of a count of what somebody did: did("they wrote", "time").
func did(they, noun, rest string) reading {
	return reading{with: they + " {} " + noun + "s" + rest, one: [2]string{noun + "s" + rest, noun + rest}, any: they + " at least 1 " + noun + rest, none: they + " no " + noun + rest}
}

// readings say in words what the signals mean that conditions read, and the data of the events that playbooks ask for most.
//
//nolint:gochecknoglobals // made once, never changed: every condition that is said looks several of them up
var readings = sync.OnceValue(func() map[string]reading {
	all := map[string]reading{}
	for _, part := range []map[string]reading{leaseReadings(), serviceReadings(), closeReadings(), moodReadings(), runReadings()} {
		for name, r := range part {
			all[name] = r
		}
	}
	return all
})

// readingOf gives the reading of a name; what an event or a run holds is said by its own name. false: there is none.
func readingOf(name string) (reading, bool) {
	if r, ok := readings()[name]; ok {
		return r, true
	}
	head, rest, _ := strings.Cut(name, ".")
	words := plainValue(rest)
	switch head {
	case "event":
		return reading{with: "its " + words + " is {}", yes: "it is marked “" + words + "”", no: "it is not marked “" + words + "”"}, true
	case "run":
		return reading{with: "“" + words + "”, as noted before, is {}", yes: "“" + words + "” was noted before", no: "“" + words + "” was not noted before"}, true
	case "segment":
		return reading{yes: "they belong to the segment “" + words + "”", no: "they do not belong to the segment “" + words + "”"}, true
	}
	return reading{}, false
}

func leaseReadings() map[string]reading {
	return map[string]reading{
		"lease.status":             {with: "the lease is {}"},
		"lease.days_to_end":        {with: "the lease ends in {} days", today: "the lease ends today"},
		"lease.days_to_start":      {with: "the stay begins in {} days", today: "the stay begins today"},
		"lease.days_since_move_in": {with: "they moved in {} days ago", today: "they moved in today"},
		"lease.days_to_move_out":   {with: "they move out in {} days", today: "they move out today"},
		"lease.days_since_notice":  {with: "notice was given {} days ago", today: "notice was given today"},
		"lease.days_in_term":       {with: "the term began {} days ago", today: "the term began today"},
		"lease.term_days":          {with: "the term is {} days long"},
		"lease.notice_given":       {yes: "notice was given", no: "no notice was given"},
		"lease.month_to_month":     {yes: "the stay goes on month by month", no: "the stay does not go on month by month"},
		"lease.term_number":        {with: "it is term number {} of the stay"},
		"tenancy.days":             {with: "they have lived here for {} days"},
		"resident.reachable":       {yes: "there is a way to write to them", no: "there is no way to write to them"},
		"resident.days_known":      {with: "they have been known for {} days"},
		"resident.role": {with: "they are {}", values: map[string]string{"leaseholder": "a leaseholder", "occupant": "an occupant", "guarantor": "a guarantor",
			"emergency_contact": "an emergency contact"}},
		"household.primary":  {yes: "they speak for the home", no: "somebody else speaks for the home"},
		"payments.arrears":   {with: "what is owed is {}", any: "something is owed", none: "nothing is owed"},
		"payments.late_365d": things("payment", "came late in a year", "came late in a year"),
	}
}

func serviceReadings() map[string]reading {
	asked := func(when string) reading { return things("repair", "was requested "+when, "were requested "+when) }
	return map[string]reading{
		"service.open":               things("repair", "is open", "are open"),
		"service.urgent_open":        things("urgent repair", "is open", "are open"),
		"service.opened_7d":          asked("in 7 days"),
		"service.opened_30d":         asked("in 30 days"),
		"service.opened_90d":         asked("in 90 days"),
		"service.opened_365d":        asked("in a year"),
		"service.total":              asked("ever"),
		"service.repeats_90d":        things("repair", "came back in 90 days", "came back in 90 days"),
		"service.reopened_90d":       things("repair", "was opened again in 90 days", "were opened again in 90 days"),
		"service.closed_90d":         things("repair", "was finished in 90 days", "were finished in 90 days"),
		"service.days_waiting":       {with: "the oldest open repair has waited for {} days", today: "the oldest open repair was requested today"},
		"service.last_closed_days":   {with: "the last repair was finished {} days ago", today: "the last repair was finished today"},
		"service.days_to_close_avg":  {with: "a repair takes {} days on average"},
		"service.days_to_close_last": {with: "the last repair took {} days"},
		"promises.broken_90d":        things("promise", "to them was broken in 90 days", "to them were broken in 90 days"),
		"promises.kept_90d":          things("promise", "to them was kept in 90 days", "to them were kept in 90 days"),
		"promises.open":              things("promise", "to them is open", "to them are open"),
		"promises.overdue":           things("promise", "to them is overdue", "to them are overdue"),
		"promises.next_due_days":     {with: "the next promise is due in {} days", today: "the next promise is due today"},
	}
}

func closeReadings() map[string]reading {
	return map[string]reading{
		"engagement.level":     {with: "their engagement is {}"},
		"engagement.baseline":  {with: "their usual engagement is {}"},
		"engagement.drop":      {with: "they take part less than they used to by {}", percent: true},
		"engagement.last_days": {with: "nothing was heard of them for {} days", today: "something was heard of them today"},
		"engagement.acts_30d": {with: "they did something {} times in 30 days", one: [2]string{"times", "time"}, any: "they did something in 30 days",
			none: "they did nothing in 30 days"},
		"engagement.replies_90d":        did("they wrote", "message", " in 90 days"),
		"engagement.calls_90d":          did("they had", "call", " with us in 90 days"),
		"engagement.letters_90d":        did("they wrote", "letter", " in 90 days"),
		"engagement.pickups_90d":        did("they picked up", "package", " in 90 days"),
		"engagement.visits_90d":         things("visit", "took place in 90 days", "took place in 90 days"),
		"engagement.attended_90d":       did("they came to", "gathering", " in 90 days"),
		"engagement.portal_90d":         did("they made", "visit", " to the portal in 90 days"),
		"connection.people":             {with: "{} of the team know them", any: "somebody of the team knows them", none: "nobody of the team knows them", one: [2]string{"know", "knows"}},
		"connection.last_personal_days": {with: "the last real contact was {} days ago", today: "the last real contact was today"},
		"connection.contacts_90d":       things("real contact", "took place in 90 days", "took place in 90 days"),
		"messages.received_7d":          things("message", "was sent to them in 7 days", "were sent to them in 7 days"),
		"messages.received_30d":         things("message", "was sent to them in 30 days", "were sent to them in 30 days"),
		"messages.discretionary_7d":     things("message", "that could have waited was sent to them in 7 days", "that could have waited were sent to them in 7 days"),
		"messages.discretionary_30d":    things("message", "that could have waited was sent to them in 30 days", "that could have waited were sent to them in 30 days"),
		"messages.budget_left":          things("message", "is left in their budget", "are left in their budget"),
		"messages.inbound_7d":           did("they wrote", "message", " in 7 days"),
		"messages.inbound_30d":          did("they wrote", "message", " in 30 days"),
		"messages.last_inbound_days":    {with: "they last wrote {} days ago", today: "they last wrote today"},
		"messages.unanswered_days":      {with: "a message of theirs has waited for an answer for {} days", today: "a message of theirs waits for an answer since today"},
	}
}

func moodReadings() map[string]reading {
	return map[string]reading{
		"sentiment.level":            {with: "the tone of their words is {}"},
		"sentiment.confidence":       {with: "how sure their tone is known is {}", percent: true},
		"sentiment.last":             {with: "the tone of their last words is {}"},
		"sentiment.shift":            {with: "the tone of their words changed by {}"},
		"frustration.level":          {with: "their frustration is {}", percent: true},
		"survey.resolved_properly":   {with: "their last answer to “was it resolved properly?” is {}"},
		"survey.communication_clear": {with: "their last answer to “was what we told you clear?” is {}"},
		"survey.as_expected":         {with: "their last answer to “was it as you expected?” is {}"},
		"survey.how_easy":            {with: "their last answer to “how easy was it?” is {}"},
		"survey.recommend":           {with: "their last answer to “would you recommend living here?” is {}"},
		"survey.last_days":           {with: "they last answered a question {} days ago", today: "they last answered a question today"},
	}
}

func runReadings() map[string]reading {
	return map[string]reading{
		"run.answer":     {with: "the answer is {}"},
		"run.score":      {with: "the score is {}"},
		"event.category": {with: "it is about {}"},
		"event.what":     {with: "it is about {}"},
		"event.band":     {with: "the risk is {}"},
		"event.by":       {with: "it was by {}"},
		"event.priority": {with: "its priority is {}"},
		"event.assumed":  {yes: "the day is only assumed", no: "the day is known for sure"},
	}
}
