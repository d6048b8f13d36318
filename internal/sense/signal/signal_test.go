package signal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/rule"
)

// zone has daylight saving: on 2026-03-08 forward, on 2026-11-01 back.
func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// story folds events told in local time and reads signals at a local time.
type story struct {
	t    testing.TB
	zone *time.Location
	s    *State
	n    int
}

func newStory(t testing.TB) *story {
	return &story{t: t, zone: zone(t), s: &State{}}
}

func (st *story) clock(local string) time.Time {
	st.t.Helper()
	if len(local) == len("2026-01-02") {
		local += " 12:00"
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", local, st.zone)
	if err != nil {
		st.t.Fatal(err)
	}
	return at
}

// on folds one event; data is JSON without its braces.
func (st *story) on(local string, typ hearth.EventType, data string) *story {
	st.t.Helper()
	st.n++
	st.s.Fold(&hearth.Event{ID: fmt.Sprint(st.n), Type: typ, Time: st.clock(local), Data: json.RawMessage("{" + data + "}")}, st.zone)
	return st
}

func (st *story) order(local string, what hearth.EventType, id, data string) *story {
	st.t.Helper()
	st.s.Fold(&hearth.Event{Type: what, Subject: hearth.Subject{Kind: "workorder", ID: id}, Time: st.clock(local), Data: json.RawMessage("{" + data + "}")}, st.zone)
	return st
}

// want checks signals at a local time: "name=value", "name=?" for not known. Numbers are rounded to two digits.
func (st *story) want(local string, wants ...string) *story {
	st.t.Helper()
	v := NewView(st.s, st.clock(local), st.zone)
	for _, w := range wants {
		name, want, _ := strings.Cut(w, "=")
		i := index(name)
		if i < 0 {
			st.t.Fatalf("no field %s", name)
		}
		if got := show(v.Field(i)); got != want {
			st.t.Errorf("%s: %s: got %s, want %s", local, name, got, want)
		}
	}
	return st
}

func show(val any, ok bool) string {
	if !ok {
		return "?"
	}
	if f, isFloat := val.(float64); isFloat {
		return strings.TrimSuffix(fmt.Sprintf("%.2f", f), ".00")
	}
	return fmt.Sprint(val)
}

func TestCatalog(t *testing.T) {
	fields := Fields()
	env, err := rule.NewEnv(fields)
	if err != nil {
		t.Fatal(err)
	}
	known := map[hearth.EventType]bool{}
	for i, typ := range Types() {
		known[typ] = true
		if kindOf(typ) != kind(i+1) {
			t.Errorf("%s: kindOf gives %d, want %d", typ, kindOf(typ), i+1)
		}
	}
	values := map[rule.Type]string{rule.Int: "3", rule.Double: "0.5", rule.Bool: "true", rule.String: "'x'"}
	for i, f := range fields {
		if f.Doc == "" || len(f.Feeds) == 0 {
			t.Errorf("%s: needs a meaning and events that feed it", f.Name)
		}
		for _, typ := range f.Feeds {
			if !known[typ] {
				t.Errorf("%s: is fed by the unknown type %s", f.Name, typ)
			}
		}
		if index(f.Name) != i {
			t.Errorf("%s: index %d, want %d", f.Name, index(f.Name), i)
		}
		if f.Clock != changesWithTime(i) && (f.Type == rule.Int || f.Type == rule.Double) {
			t.Errorf("%s: Clock is %v, NextChange thinks otherwise", f.Name, f.Clock)
		}
		if (strings.HasPrefix(f.Name, "payments.")) != f.Restricted {
			t.Errorf("%s: Restricted is %v", f.Name, f.Restricted)
		}
		_, err := env.Compile(f.Name + " == " + values[f.Type])
		if (err != nil) != (f.Tag == rule.Proxy) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// Every field must give a value of the type that the catalog says, or nothing.
func TestFieldTypes(t *testing.T) {
	st := newStory(t)
	rich(st)
	v := NewView(st.s, st.clock("2026-06-20"), st.zone)
	for _, view := range []View{v, {State: &State{}, Now: v.Now, Zone: v.Zone}} {
		for i, f := range Fields() {
			val, ok := view.Field(i)
			if !ok {
				if view.State == st.s && f.Name != "lease.days_to_start" {
					t.Errorf("%s is not known in a rich history", f.Name)
				}
				continue
			}
			got := map[rule.Type]bool{}
			switch val.(type) {
			case int64:
				got[rule.Int] = true
			case float64:
				got[rule.Double] = true
			case bool:
				got[rule.Bool] = true
			case string:
				got[rule.String] = true
			}
			if !got[f.Type] {
				t.Errorf("%s: got %T, want %s", f.Name, val, f.Type)
			}
		}
	}
	if _, ok := v.Field(-1); ok {
		t.Error("field -1 is known")
	}
	if _, ok := v.Field(numFields); ok {
		t.Error("the field behind the last is known")
	}
}

// rich tells a year in which everything happens.
func rich(st *story) {
	st.on("2025-06-01", "resident.added", `"role":"leaseholder","primary":true,"email":true,"phone":true,"language":"en"`)
	st.on("2025-06-02", "lease.recorded", `"lease":"L1","unit":"4B","start":"2025-07-01","end":"2026-06-30","move_in":"2025-07-03","term":1`)
	st.on("2025-07-03", "lease.moved_in", `"date":"2025-07-03"`)
	for i, day := range []string{"2026-03-02", "2026-04-01", "2026-05-03", "2026-06-01"} {
		id := fmt.Sprint("wo", i)
		st.order(day, "workorder.opened", id, `"description":"Sink","category":"Plumbing","priority":"urgent"`)
		if i < 3 {
			st.order(day+" 18:00", "workorder.completed", id, "")
		}
	}
	st.order("2026-05-10", "workorder.reopened", "wo2", "").order("2026-05-12", "workorder.completed", "wo2", "")
	for _, day := range []string{"2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-10"} {
		st.on(day, "message.received", `"channel":"email","text":"The leak is back again, this is terrible."`)
		st.on(day+" 13:00", "message.sent", `"class":"service","channel":"email"`)
		st.on(day+" 14:00", "portal.visited", "")
	}
	st.on("2026-06-11", "message.sent", `"class":"relation","channel":"email"`)
	st.on("2026-06-12", "survey.answered", `"question":"repair","score":2`)
	st.on("2026-01-10", "contact.personal", `"staff":"stf_1","kind":"call"`)
	st.on("2026-06-01", "promise.missed", `"promise":"p1"`).on("2026-06-02", "promise.kept", `"promise":"p2"`)
	st.on("2026-05-02", "payment.recorded", `"amount":900,"late":true`).on("2026-05-03", "arrears.changed", `"amount":12.5`)
	st.on("2026-06-15", "lease.notice_given", `"move_out":"2026-06-30"`)
	for _, q := range []string{"resolved_properly", "communication_clear", "as_expected", "how_easy", "recommend"} {
		st.on("2026-06-13", "survey.answered", `"question":"`+q+`","score":4`)
	}
	st.on("2026-06-14", "promise.made", `"promise":"p3","due":"2026-07-30T12:00:00Z"`)
}

func TestLease(t *testing.T) {
	st := newStory(t)
	st.want("2026-01-01", "lease.status=?", "lease.days_to_end=?", "lease.notice_given=?")
	st.on("2026-01-10", "lease.recorded", `"lease":"L1","unit":"4B","start":"2026-02-01","end":"2027-01-31","move_in":"2026-02-03"`)
	st.want("2026-01-27 00:30", "lease.status=future", "lease.days_to_start=7", "lease.days_to_end=369", "lease.days_since_move_in=?", "lease.term_number=1", "tenancy.days=?")
	st.want("2026-02-03 00:00", "lease.status=current", "lease.days_to_start=0", "lease.days_since_move_in=0", "tenancy.days=0")
	st.want("2026-02-04", "lease.days_to_start=?", "lease.days_since_move_in=1", "lease.month_to_month=false")
	// The clock is local: 23:59 and 00:00 differ, on the short day and on the long one too.
	st.want("2026-03-08 23:59", "lease.days_to_end=329").want("2026-03-09 00:00", "lease.days_to_end=328")
	st.want("2026-11-01 23:59", "lease.days_to_end=91").want("2026-11-02 00:00", "lease.days_to_end=90")
	st.want("2027-01-31", "lease.days_to_end=0", "lease.month_to_month=false").want("2027-02-01", "lease.days_to_end=?", "lease.month_to_month=true", "lease.status=current")

	key := NewView(st.s, st.clock("2026-12-01"), st.zone)
	tenancy, term := key.TenancyKey(), key.TermKey()
	// A corrected date is no new term; a renewal is, in the same stay, also under a new number.
	st.on("2026-12-02", "lease.changed", `"lease":"L1","unit":"4B","start":"2026-02-02","end":"2027-01-31"`)
	if k := NewView(st.s, st.clock("2026-12-02"), st.zone); k.TermKey() != term || k.TenancyKey() != tenancy {
		t.Errorf("a correction changed %s, %s into %s, %s", tenancy, term, k.TenancyKey(), k.TermKey())
	}
	st.on("2026-12-10", "lease.recorded", `"lease":"L2","unit":"4B","start":"2027-02-01","end":"2028-01-31"`)
	st.want("2026-12-11", "lease.status=current", "lease.days_to_end=416", "lease.term_number=2", "tenancy.days=311")
	if k := NewView(st.s, st.clock("2026-12-11"), st.zone); k.TermKey() == term || k.TenancyKey() != tenancy {
		t.Errorf("a renewal changed %s, %s into %s, %s", tenancy, term, k.TenancyKey(), k.TermKey())
	}

	st.on("2027-10-01", "lease.notice_given", `"move_out":"2027-12-31"`)
	st.want("2027-10-02", "lease.notice_given=true", "lease.days_to_move_out=90")
	st.on("2027-10-05", "lease.notice_withdrawn", "").want("2027-10-06", "lease.notice_given=false", "lease.days_to_move_out=?")
	st.on("2027-10-07", "lease.notice_given", `"move_out":"2027-12-31"`)
	st.want("2027-12-31", "lease.status=current", "lease.days_to_move_out=0").want("2028-01-01", "lease.status=past", "lease.days_to_move_out=?", "lease.days_to_end=?", "tenancy.days=696")
}

func TestLeaseSpecialCases(t *testing.T) {
	applied := `"lease":"L1","unit":"4B","start":"2026-02-01","end":"2027-01-31","status":"applicant"`
	current := `"lease":"L1","unit":"4B","start":"2026-02-01","end":"2027-01-31"`
	tests := []struct {
		name string
		tell func(*story)
		at   string
		want []string
	}{
		{"an applicant stays one past the start", func(s *story) { s.on("2026-01-01", "lease.recorded", applied) }, "2026-02-05", []string{"lease.status=applicant", "lease.days_since_move_in=?"}},
		{"moving in ends the application", func(s *story) {
			s.on("2026-01-01", "lease.recorded", applied).on("2026-02-02", "lease.moved_in", `"date":"2026-02-02"`)
		}, "2026-02-05", []string{"lease.status=current", "lease.days_since_move_in=3"}},
		{"cancelled", func(s *story) {
			s.on("2026-01-01", "lease.recorded", applied).on("2026-01-02", "lease.cancelled", `"lease":"L1"`)
		}, "2026-01-05", []string{"lease.status=cancelled", "lease.days_to_end=?", "lease.days_to_start=?"}},
		{"renewal voids a notice", func(s *story) {
			s.on("2026-01-01", "lease.recorded", current).on("2026-10-01", "lease.notice_given", `"move_out":"2027-01-31"`)
			s.on("2026-11-01", "lease.renewed", `"start":"2027-02-01","end":"2028-01-31","term":2`)
		}, "2026-11-02", []string{"lease.notice_given=false", "lease.days_to_move_out=?", "lease.term_number=2", "lease.days_to_end=455"}},
		{"the same renewal told twice is one", func(s *story) {
			s.on("2026-01-01", "lease.recorded", current).on("2026-11-01", "lease.renewed", `"start":"2027-02-01","end":"2028-01-31"`)
			s.on("2026-11-02", "lease.changed", `"lease":"L1","unit":"4B","start":"2027-02-01","end":"2028-01-31"`)
		}, "2026-11-03", []string{"lease.term_number=2", "lease.days_to_end=454"}},
		{"a late record does not undo a newer one", func(s *story) {
			s.on("2026-05-01", "lease.recorded", `"lease":"L1","unit":"4B","start":"2026-02-01","end":"2027-03-31"`).on("2026-01-01", "lease.recorded", current)
		}, "2026-05-02", []string{"lease.days_to_end=333"}},
		{"an earlier term told later lengthens the stay", func(s *story) {
			s.on("2026-03-01", "lease.recorded", current).on("2026-03-01", "lease.recorded", `"lease":"L0","unit":"4B","start":"2025-02-01","end":"2026-01-31"`)
		}, "2026-03-02", []string{"tenancy.days=394", "lease.days_to_end=335"}},
		{"a transfer: the present home until the day, then the next", func(s *story) {
			s.on("2026-01-01", "lease.recorded", current).on("2026-05-01", "lease.recorded", `"lease":"L9","unit":"7C","start":"2026-07-01","end":"2027-06-30"`)
			s.on("2026-05-02", "lease.notice_given", `"lease":"L1","move_out":"2026-06-30"`)
		}, "2026-06-30", []string{"lease.status=current", "lease.days_to_end=215", "lease.notice_given=true"}},
		{"and after the day", func(s *story) {
			s.on("2026-01-01", "lease.recorded", current).on("2026-05-01", "lease.recorded", `"lease":"L9","unit":"7C","start":"2026-07-01","end":"2027-06-30"`)
			s.on("2026-05-02", "lease.notice_given", `"lease":"L1","move_out":"2026-06-30"`)
		}, "2026-07-01", []string{"lease.status=current", "lease.days_to_end=364", "lease.notice_given=false", "tenancy.days=0"}},
		{"coming back is another stay", func(s *story) {
			s.on("2024-01-01", "lease.recorded", `"lease":"L1","unit":"4B","start":"2024-01-01","end":"2024-12-31"`).on("2024-12-31", "lease.moved_out", "")
			s.on("2026-01-01", "lease.recorded", `"lease":"L2","unit":"4B","start":"2026-02-01","end":"2027-01-31"`)
		}, "2026-02-11", []string{"lease.status=current", "tenancy.days=10", "lease.term_number=1"}},
		{"month to month by agreement has no end", func(s *story) {
			s.on("2026-01-01", "lease.recorded", current+`,"month_to_month":true`)
		}, "2026-03-01", []string{"lease.month_to_month=true", "lease.days_to_end=?"}},
		{"moved out early", func(s *story) {
			s.on("2026-01-01", "lease.recorded", current).on("2026-05-09 10:00", "lease.moved_out", "")
		}, "2026-05-09 11:00", []string{"lease.status=past", "tenancy.days=97"}},
		{"nonsense dates are no dates", func(s *story) { s.on("2026-01-01", "lease.recorded", `"lease":"L1","start":"soon","end":""`) }, "2026-01-02", []string{"lease.status=current", "lease.days_to_end=?", "tenancy.days=?"}},
		{"a notice before its lease", func(s *story) {
			s.on("2026-05-02", "lease.notice_given", `"lease":"L1","move_out":"2026-06-30"`).on("2026-01-01", "lease.recorded", current)
		}, "2026-05-03", []string{"lease.notice_given=true", "lease.days_to_move_out=58", "lease.days_to_end=273"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := newStory(t)
			tt.tell(st)
			st.want(tt.at, tt.want...)
		})
	}
}

func TestService(t *testing.T) {
	st := newStory(t)
	st.want("2026-01-01", "service.open=0", "service.opened_90d=0", "service.total=0", "service.days_waiting=?", "service.last_closed_days=?", "service.days_to_close_avg=?")
	st.order("2026-03-01", "workorder.opened", "a", `"category":"plumbing","priority":"routine"`)
	st.order("2026-03-05", "workorder.opened", "b", `"category":"HVAC","priority":"Emergency"`)
	st.want("2026-03-06", "service.open=2", "service.urgent_open=1", "service.days_waiting=5", "service.repeats_90d=0")
	st.order("2026-03-01", "workorder.amended", "a", `"description":"The water runs down the wall.","was":"The wall is wet.","priority":"urgent"`).want("2026-03-06", "service.open=2", "service.urgent_open=2", "service.total=2")
	st.order("2026-03-05", "workorder.amended", "b", `"priority":"routine"`).want("2026-03-06", "service.urgent_open=2")
	st.order("2026-03-07", "workorder.completed", "a", "").want("2026-03-08", "service.open=1", "service.days_waiting=3", "service.last_closed_days=1", "service.days_to_close_avg=6")
	st.order("2026-03-09", "workorder.opened", "c", `"category":" Plumbing "`).want("2026-03-09", "service.repeats_90d=1", "service.opened_30d=3", "service.total=3")
	st.order("2026-03-10", "workorder.reopened", "a", "").want("2026-03-12", "service.reopened_90d=1", "service.open=3", "service.days_waiting=11")
	st.order("2026-03-12", "workorder.cancelled", "c", "").order("2026-03-13", "workorder.completed", "b", "").want("2026-03-13", "service.open=1", "service.urgent_open=1", "service.days_to_close_avg=7")
	// Windows are exact: day 29 is in, day 30 is out; the repeat leaves 90 days after its own opening.
	st.want("2026-03-30 23:59", "service.opened_30d=3").want("2026-03-31 00:00", "service.opened_30d=2")
	st.want("2026-05-29 23:59", "service.opened_90d=3").want("2026-05-30 00:00", "service.opened_90d=2")
	st.want("2026-06-06 23:59", "service.repeats_90d=1").want("2026-06-07 00:00", "service.repeats_90d=0")
	st.want("2027-02-28 23:59", "service.opened_365d=3").want("2027-03-01 00:00", "service.opened_365d=2", "service.total=3")
}

func TestServiceOutOfOrder(t *testing.T) {
	type step struct{ at, what string }
	opened, completed := step{"2026-03-01 09:00", "opened"}, step{"2026-03-04 09:00", "completed"}
	reopened, again := step{"2026-03-06 09:00", "reopened"}, step{"2026-03-08 09:00", "completed"}
	for _, order := range [][]step{{opened, completed, reopened, again}, {completed, opened, reopened, again}, {again, reopened, completed, opened}, {reopened, again, opened, completed}} {
		st := newStory(t)
		for _, s := range order {
			st.order(s.at, hearth.EventType("workorder."+s.what), "a", "")
		}
		st.want("2026-03-10", "service.open=0", "service.total=1", "service.reopened_90d=1", "service.last_closed_days=2")
	}
	// A source that knows only dates opens and completes at the same instant.
	for _, order := range [][2]string{{"opened", "completed"}, {"completed", "opened"}} {
		st := newStory(t)
		for _, what := range order {
			st.order("2026-03-01 00:00", hearth.EventType("workorder."+what), "a", "")
		}
		st.want("2026-03-02", "service.open=0", "service.days_to_close_avg=0")
	}
}

func TestServiceBounds(t *testing.T) {
	st := newStory(t)
	for i := range 100 {
		st.order("2026-03-01 09:00", "workorder.opened", fmt.Sprint("x", i), `"category":"c`+fmt.Sprint(i)+`"`)
	}
	st.want("2026-03-02", "service.open=32", "service.opened_30d=100", "service.total=100")
	for i := range 100 {
		st.order("2026-03-02 09:00", "workorder.completed", fmt.Sprint("x", i), "")
	}
	st.want("2026-03-03", "service.open=0")
	if n := len(st.s.AppendBinary(nil)); n > 1500 {
		t.Errorf("a state after 100 orders takes %d bytes", n)
	}
}

func TestEngagement(t *testing.T) {
	st := newStory(t)
	st.want("2026-01-01", "engagement.level=0", "engagement.last_days=?", "engagement.drop=?", "connection.last_personal_days=?", "connection.people=0")
	st.on("2025-12-01", "lease.recorded", `"unit":"4B","start":"2026-01-01","end":"2026-12-31"`).want("2026-01-11", "engagement.last_days=10", "connection.last_personal_days=10")
	st.on("2026-01-15 12:00", "message.received", `"channel":"sms","text":"ok"`).want("2026-01-15 12:00", "engagement.level=1", "engagement.acts_30d=1", "engagement.last_days=0")
	st.want("2026-02-14 12:00", "engagement.level=0.50", "engagement.acts_30d=0", "engagement.last_days=30").want("2026-02-13", "engagement.acts_30d=1")
	st.on("2026-02-14 12:00", "portal.visited", "").want("2026-02-14 12:00", "engagement.level=1.10")
	st.on("2026-02-15 12:00", "message.opened", "").want("2026-02-15", "engagement.acts_30d=1", "engagement.last_days=1")
	st.on("2026-02-20", "contact.personal", `"staff":"s1","kind":"visit"`).on("2026-02-21", "contact.personal", `"staff":"s2","kind":"call"`).on("2026-02-22", "contact.personal", `"staff":"s1","kind":"call"`)
	st.want("2026-02-25", "connection.people=2", "connection.last_personal_days=3").want("2027-02-21", "connection.people=1").want("2027-02-22", "connection.people=0")
}

func TestEngagementDrop(t *testing.T) {
	st := newStory(t)
	for day := st.clock("2025-01-06"); day.Before(st.clock("2026-01-01")); day = day.AddDate(0, 0, 7) {
		st.s.Fold(&hearth.Event{Type: "portal.visited", Time: day}, st.zone)
	}
	// As usual, a month of silence, three of it.
	st.want("2026-01-01", "engagement.drop=0").want("2026-02-01", "engagement.drop=0.26").want("2026-04-01", "engagement.drop=0.76")
}

func TestMessages(t *testing.T) {
	st := newStory(t)
	st.want("2026-01-01", "messages.received_7d=0", "messages.budget_left=2", "messages.last_inbound_days=?", "messages.unanswered_days=?")
	st.on("2026-03-01", "message.sent", `"class":"service"`).on("2026-03-02", "message.sent", `"class":"relation"`).on("2026-03-03", "message.sent", `"class":"promotion"`)
	st.want("2026-03-03", "messages.received_7d=3", "messages.discretionary_7d=2", "messages.budget_left=0", "messages.received_30d=3")
	st.want("2026-03-09", "messages.received_7d=1", "messages.discretionary_7d=1", "messages.budget_left=1").want("2026-03-10", "messages.received_7d=0", "messages.discretionary_30d=2", "messages.budget_left=2")
	st.on("2026-03-10", "message.received", `"text":"Hello?"`).on("2026-03-12", "message.received", `"text":"Anybody?"`)
	st.want("2026-03-15", "messages.inbound_7d=2", "messages.last_inbound_days=3", "messages.unanswered_days=5")
	st.on("2026-03-15", "message.sent", `"class":"service"`).want("2026-03-16", "messages.unanswered_days=6")
	st.on("2026-03-16", "message.sent", `"class":"answer","purpose":"reply"`).want("2026-03-16", "messages.unanswered_days=?")
	st.on("2026-03-17", "message.received", `"text":"And the gate?"`).on("2026-03-18", "message.sent", `"class":"service","purpose":"conversation.reply"`).want("2026-03-19", "messages.unanswered_days=?") // whatever class a reply has
	st.on("2026-03-20", "message.received", `"text":"STOP","topic":"opt_out"`).want("2026-03-21", "messages.unanswered_days=?", "messages.last_inbound_days=1")
	st.on("2026-03-22", "message.received", `"text":"Hi"`).on("2026-03-23", "contact.personal", `"staff":"s1","kind":"call"`).want("2026-03-24", "messages.unanswered_days=?")
	// A reply that is learned late does not answer what came after it.
	st.on("2026-03-25", "message.received", `"text":"One"`).on("2026-03-28", "message.received", `"text":"Two"`).on("2026-03-26", "message.sent", `"purpose":"reply"`)
	st.want("2026-03-30", "messages.unanswered_days=2")
}

func TestResident(t *testing.T) {
	st := newStory(t)
	st.want("2026-01-01", "resident.reachable=?", "household.primary=?", "resident.days_known=?", "resident.role=?")
	st.on("2026-01-01", "resident.added", `"role":"leaseholder","primary":true,"email":true`).want("2026-01-05", "resident.reachable=true", "household.primary=true", "resident.days_known=4", "resident.role=leaseholder")
	st.on("2026-01-06", "message.bounced", `"kind":"soft","channel":"email"`).want("2026-01-06", "resident.reachable=true")
	st.on("2026-01-07", "message.bounced", `"kind":"hard","channel":"email"`).want("2026-01-07", "resident.reachable=false")
	st.on("2026-01-08", "resident.changed", `"email":true`).want("2026-01-08", "resident.reachable=true")
	st.on("2026-01-09", "resident.changed", `"role":"minor","primary":false`).want("2026-01-09", "resident.reachable=false", "household.primary=false")
	st.on("2026-01-02", "resident.changed", `"role":"occupant","email":false`).want("2026-01-09", "resident.role=minor")
}

func TestToneAndFrustration(t *testing.T) {
	st := newStory(t)
	st.want("2026-01-01", "sentiment.level=?", "sentiment.confidence=?", "sentiment.shift=?", "frustration.level=0", "promises.kept_90d=0")
	st.on("2026-01-01", "message.received", `"text":"¿Dónde está la llave?"`).want("2026-01-01", "sentiment.level=?")
	for _, day := range []string{"2026-01-02", "2026-01-12", "2026-01-22"} {
		st.on(day, "survey.answered", `"question":"repair","score":5`)
	}
	st.want("2026-01-22", "sentiment.level=1", "sentiment.last=1", "sentiment.shift=0", "frustration.level=0")
	before, _ := NewView(st.s, st.clock("2026-01-22"), st.zone).Float("sentiment.confidence")
	after, _ := NewView(st.s, st.clock("2026-06-22"), st.zone).Float("sentiment.confidence")
	if !(before > after && after > 0) {
		t.Errorf("confidence %v does not fade to %v", before, after)
	}
	for range 20 {
		st.on("2026-04-01", "message.received", `"text":"This is terrible, unacceptable and disgusting. I am furious."`)
	}
	v := NewView(st.s, st.clock("2026-04-01"), st.zone)
	shift, _ := v.Float("sentiment.shift")
	tone, _ := v.Float("frustration.level")
	if shift > -0.1 {
		t.Errorf("twenty furious messages shift the tone by %v", shift)
	}
	if tone < 0.2 || tone >= 0.5 {
		t.Errorf("tone alone makes a frustration of %v, want some but under 0.5", tone)
	}
	st.on("2026-04-02", "promise.missed", "").on("2026-04-03", "promise.missed", "").want("2026-04-03", "promises.broken_90d=2").want("2026-07-02", "promises.broken_90d=0")
	if f, _ := NewView(st.s, st.clock("2026-04-03"), st.zone).Float("frustration.level"); f < 0.65 {
		t.Errorf("with two broken promises the frustration is %v", f)
	}
	// Scores that are none, and the scale of ten.
	st = newStory(t).on("2026-01-02", "survey.answered", `"question":"repair","score":42`).want("2026-01-02", "sentiment.level=?")
	st.on("2026-01-03", "survey.answered", `"question":"would_recommend","score":5`).want("2026-01-03", "sentiment.level=0").on("2026-01-04", "survey.answered", `"question":"stay","score":10`).want("2026-01-04", "sentiment.last=1")
}

func TestPayments(t *testing.T) {
	st := newStory(t).want("2026-01-01", "payments.late_365d=0", "payments.arrears=?")
	st.on("2026-01-05", "payment.recorded", `"amount":900,"due_date":"2026-01-01","paid_date":"2026-01-05"`).on("2026-02-01", "payment.recorded", `"amount":900,"due_date":"2026-02-01","paid_date":"2026-02-01"`)
	st.on("2026-03-05", "payment.recorded", `"amount":900,"due_date":"2026-03-01","paid_date":"2026-03-05","late":false`).want("2026-03-05", "payments.late_365d=1")
	st.on("2026-03-06", "arrears.changed", `"amount":100`).on("2026-03-05", "arrears.changed", `"amount":70`).want("2026-03-07", "payments.arrears=100")
}

func TestLast(t *testing.T) {
	st := newStory(t).on("2026-03-05", "task.done", "").on("2026-03-02", "task.done", "").on("2026-03-09", "made.up", "")
	if got := st.s.Last("task.done"); !got.Equal(st.clock("2026-03-05")) {
		t.Errorf("got %v", got)
	}
	if got := st.s.Last("portal.visited"); !got.IsZero() {
		t.Errorf("never happened: got %v", got)
	}
	if got := st.s.Last("made.up"); !got.IsZero() {
		t.Errorf("not in the catalog: got %v", got)
	}
}

// Residents who differ only in what must not decide about them have the same signals wherever a condition may look.
func TestTwins(t *testing.T) {
	a, b := newStory(t), newStory(t)
	rich(a)
	rich(b)
	b.on("2026-06-16", "resident.changed", `"language":"es"`)
	a.on("2026-06-16", "resident.changed", `"language":"en"`)
	v, w := NewView(a.s, a.clock("2026-06-20"), a.zone), NewView(b.s, a.clock("2026-06-20"), a.zone)
	for i, f := range Fields() {
		x, _ := v.Field(i)
		y, _ := w.Field(i)
		if closed := f.Tag == rule.Proxy || f.Tag == rule.Protected; (x != y) != closed {
			t.Errorf("%s with tag %s: %v and %v", f.Name, f.Tag, x, y)
		}
	}
}

// An event that claims to lie in the future counts from when it was recorded, and pushes nothing out of a window.
func TestFutureEvent(t *testing.T) {
	st := newStory(t).order("2026-03-01", "workorder.opened", "a", "")
	st.s.Fold(&hearth.Event{Type: "workorder.opened", Subject: hearth.Subject{Kind: "workorder", ID: "b"}, Time: st.clock("2099-01-01"), Recorded: st.clock("2026-03-02")}, st.zone)
	st.want("2026-03-02", "service.opened_90d=2", "service.open=2", "service.days_waiting=1")
}

func TestByName(t *testing.T) {
	st := newStory(t)
	rich(st)
	v := View{State: st.s, Now: st.clock("2026-06-20"), Zone: st.zone}
	if n, ok := v.Int("lease.days_to_end"); n != 10 || !ok {
		t.Errorf("got %d, %v", n, ok)
	}
	if s, ok := v.Text("lease.status"); s != "current" || !ok {
		t.Errorf("got %s, %v", s, ok)
	}
	if b, ok := v.Bool("lease.notice_given"); !b || !ok {
		t.Errorf("got %v, %v", b, ok)
	}
	if _, ok := v.Int("lease.status"); ok {
		t.Error("a text was read as a number")
	}
	if _, ok := v.Int("lease.days_to_edn"); ok {
		t.Error("a name that does not exist was read")
	}
}

func TestDocs(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, f := range Fields() {
		if !strings.Contains(page, "| `"+f.Name+"` |") {
			t.Errorf("the page does not show %s", f.Name)
		}
	}
	if !strings.Contains(page, "Not in conditions") || !strings.Contains(page, "whose one effect is a task") {
		t.Error("the page does not say which fields are closed")
	}
}
