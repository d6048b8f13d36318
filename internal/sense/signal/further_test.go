package signal

import (
	"bytes"
	"fmt"
	"testing"
)

func TestActsByKind(t *testing.T) {
	st := newStory(t)
	st.on("2026-03-01", "contact.personal", `"staff":"s1","kind":"call"`).on("2026-03-02", "message.received", `"channel":"call","text":"ok"`)
	st.on("2026-03-03", "contact.personal", `"staff":"s2","kind":"conversation"`).on("2026-03-03", "visit.recorded", `"kind":"office"`)
	st.on("2026-03-04", "visit.recorded", `"kind":"package"`).on("2026-03-05", "visit.recorded", `"kind":"attendance"`)
	st.on("2026-03-06", "message.received", `"channel":"letter","text":"ok"`).on("2026-03-07", "portal.visited", "")
	st.on("2026-03-08", "contact.personal", `"staff":"s1","kind":"email"`)
	st.want("2026-03-10", "engagement.calls_90d=2", "engagement.visits_90d=2", "engagement.pickups_90d=1", "engagement.attended_90d=1",
		"engagement.letters_90d=1", "engagement.portal_90d=1", "engagement.replies_90d=2", "connection.contacts_90d=3")
	st.want("2026-05-29", "engagement.calls_90d=2").want("2026-05-30", "engagement.calls_90d=1", "connection.contacts_90d=2").want("2026-06-06", "engagement.portal_90d=0")
}

// Which gathering somebody came to leaves no trace: two that differ in nothing else give the same state.
func TestGatheringsAreAlike(t *testing.T) {
	state := func(data string) []byte {
		st := newStory(t)
		return st.on("2026-03-05", "visit.recorded", data).s.AppendBinary(nil)
	}
	if a, b := state(`"kind":"attendance","event":"bible study"`), state(`"kind":"gathering","event":"summer party"`); !bytes.Equal(a, b) {
		t.Error("the state tells which gathering it was")
	}
}

func TestSurveys(t *testing.T) {
	st := newStory(t)
	st.on("2026-03-01", "survey.answered", `"question":"resolved_properly","score":2`).on("2026-03-04", "survey.answered", `"question":"Resolved properly","score":4`)
	st.on("2026-03-02", "survey.answered", `"question":"resolved_properly","score":1`) // told late
	st.on("2026-03-05", "survey.answered", `"question":"how easy","score":5`).on("2026-03-05", "survey.answered", `"question":"as_expected","score":9`)
	st.on("2026-03-06", "survey.answered", `"question":"recommend","score":0`)
	st.want("2026-03-10", "survey.resolved_properly=4", "survey.how_easy=5", "survey.as_expected=?", "survey.communication_clear=?", "survey.recommend=0",
		"survey.last_days=4")
	st.want("2026-03-01", "survey.last_days=?")
}

func TestPromises(t *testing.T) {
	st := newStory(t)
	st.want("2026-03-01", "promises.open=0", "promises.next_due_days=?")
	// A promise for March 10 is due at the midnight that ends the day.
	st.on("2026-03-01", "promise.made", `"promise":"p1","due":"2026-03-11T04:00:00Z"`)
	st.on("2026-03-02", "promise.made", `"promise":"p2","due":"2026-03-05T15:00:00-05:00"`)
	st.want("2026-03-02", "promises.open=2", "promises.next_due_days=3", "promises.overdue=0").want("2026-03-05", "promises.next_due_days=0")
	st.want("2026-03-06", "promises.open=2", "promises.next_due_days=4", "promises.overdue=1").want("2026-03-10", "promises.next_due_days=0").
		want("2026-03-11", "promises.next_due_days=?", "promises.overdue=2")
	st.on("2026-03-04", "promise.made", `"promise":"p2","due":"2026-03-20T15:00:00-04:00"`) // moved
	st.on("2026-03-09", "promise.kept", `"promise":"p1"`)
	st.want("2026-03-12", "promises.open=1", "promises.next_due_days=8", "promises.overdue=0", "promises.kept_90d=1")
	// The end is told before the beginning.
	st.on("2026-03-14", "promise.missed", `"promise":"p3"`).on("2026-03-12", "promise.made", `"promise":"p3","due":"2026-03-13T12:00:00Z"`)
	st.want("2026-03-15", "promises.open=1", "promises.broken_90d=1")
	st.on("2026-03-15", "promise.made", `"promise":"p4","due":"when we can"`).want("2026-03-15", "promises.open=1")
}

func TestPromisesAreBounded(t *testing.T) {
	st := newStory(t)
	for i := range 20 {
		st.on("2026-03-01", "promise.made", fmt.Sprintf(`"promise":"q%d","due":"2026-03-03T12:00:00Z"`, i))
		st.on("2026-03-02", "promise.kept", fmt.Sprintf(`"promise":"q%d"`, i))
	}
	for i := range 40 {
		st.on("2026-03-01", "promise.made", fmt.Sprintf(`"promise":"p%d","due":"2026-04-%02dT12:00:00Z"`, i, i%28+1))
	}
	st.want("2026-03-03", "promises.open=16", "promises.next_due_days=29")
	if n := len(st.s.promises); n != maxOpenPromises+maxSettledPromises {
		t.Errorf("%d promises are remembered", n)
	}
}

func TestTermAndNotice(t *testing.T) {
	st := newStory(t)
	st.on("2025-06-01", "lease.recorded", `"unit":"4B","start":"2025-07-01","end":"2026-06-30","move_in":"2025-07-01"`)
	st.want("2025-06-10", "lease.days_in_term=?", "lease.term_days=365").want("2025-07-01", "lease.days_in_term=0").want("2026-01-01", "lease.days_in_term=184")
	st.on("2026-04-01", "lease.notice_given", `"move_out":"2026-06-30"`).want("2026-04-11", "lease.days_since_notice=10")
	st.on("2026-04-12", "lease.notice_withdrawn", "").want("2026-04-13", "lease.days_since_notice=?")
	st.on("2026-05-01", "lease.renewed", `"start":"2026-07-01","end":"2026-12-31"`).want("2026-07-04", "lease.days_in_term=3", "lease.term_days=184")
}

func TestTimeToClose(t *testing.T) {
	st := newStory(t)
	st.order("2026-03-01", "workorder.opened", "a", "").order("2026-03-04", "workorder.opened", "b", "")
	st.order("2026-03-05", "workorder.completed", "b", "").order("2026-03-08", "workorder.completed", "a", "")
	st.want("2026-03-09", "service.days_to_close_last=7", "service.closed_90d=2", "service.opened_7d=1", "service.days_to_close_avg=4")
	st.order("2026-03-09", "workorder.completed", "c", "").order("2026-03-07", "workorder.opened", "c", "") // the opening is told late
	st.want("2026-03-10", "service.days_to_close_last=2", "service.closed_90d=3").want("2026-06-08", "service.closed_90d=0", "service.days_to_close_last=2")
}
