package signal

import (
	"fmt"
	"testing"
	"time"

	"hearth"
)

// What an import told of a repair and took back again is counted no more; what was known before stands as it did.
func TestOrderTakenBack(t *testing.T) {
	zone := time.UTC
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, zone)
	tell := func(s *State, kind hearth.EventType, order string, at time.Time, data string) {
		s.Fold(&hearth.Event{Type: kind, Subject: hearth.Subject{Kind: "workorder", ID: order}, Time: at, Recorded: now, Data: []byte(data)}, zone)
	}
	opened, done := now.AddDate(0, 0, -20), now.AddDate(0, 0, -15)
	other := now.AddDate(0, 0, -40)
	known := func() *State {
		s := &State{}
		tell(s, "workorder.opened", "wo_1", other, `{"category":"plumbing"}`)
		tell(s, "workorder.completed", "wo_1", other.Add(time.Hour), `{"resolution":"done"}`)
		return s
	}
	for _, c := range []struct {
		name  string
		tells func(s *State)
		back  string
		same  bool // as before the import; else one is open again
	}{
		{"one that is open", func(s *State) { tell(s, "workorder.opened", "wo_2", opened, `{"category":"plumbing"}`) },
			fmt.Sprintf(`{"opened":%q,"category":"plumbing"}`, opened.Format(time.RFC3339Nano)), true},
		{"one that was done", func(s *State) {
			tell(s, "workorder.opened", "wo_2", opened, `{"category":"plumbing"}`)
			tell(s, "workorder.completed", "wo_2", done, `{"resolution":"done"}`)
		}, fmt.Sprintf(`{"opened":%q,"completed":%q,"category":"plumbing"}`, opened.Format(time.RFC3339Nano), done.Format(time.RFC3339Nano)), true},
		{"a completion", func(s *State) {
			tell(s, "workorder.opened", "wo_2", opened, `{"category":"plumbing"}`)
			tell(s, "workorder.completed", "wo_2", done, `{"resolution":"done"}`)
		}, fmt.Sprintf(`{"state":"submitted","opened":%q,"completed":%q}`, opened.Format(time.RFC3339Nano), done.Format(time.RFC3339Nano)), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, want := known(), known()
			c.tells(s)
			tell(s, "workorder.taken_back", "wo_2", now, c.back)
			if !c.same {
				tell(want, "workorder.opened", "wo_2", opened, `{"category":"plumbing"}`)
			}
			got, exp := View{State: s, Now: now, Zone: zone}, View{State: want, Now: now, Zone: zone}
			for _, name := range []string{"service.open", "service.opened_30d", "service.opened_90d", "service.total", "service.repeats_90d", "service.closed_90d",
				"service.days_to_close_avg", "service.last_closed_days", "service.days_waiting"} {
				a, okA := got.number(name)
				b, okB := exp.number(name)
				if okA != okB || a != b {
					t.Errorf("%s is %v (%v), want %v (%v)", name, a, okA, b, okB)
				}
			}
		})
	}
}

// A lease that is taken back and told again as it was is the lease as it was.
func TestLeaseTakenBack(t *testing.T) {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	s := &State{}
	tell := func(kind hearth.EventType, data string) {
		s.Fold(&hearth.Event{Type: kind, Subject: hearth.Subject{Kind: "lease", ID: "lse_1"}, Time: now, Recorded: now, Data: []byte(data)}, time.UTC)
	}
	was := `{"lease":"lse_1","unit":"unt_1","status":"current","start":"2026-01-01","end":"2026-12-31","term":1}`
	tell("lease.recorded", was)
	before, _ := View{State: s, Now: now, Zone: time.UTC}.number("lease.days_to_end")
	tell("lease.renewed", `{"lease":"lse_1","unit":"unt_1","start":"2027-01-01","end":"2027-12-31","term":2}`)
	tell("lease.notice_given", `{"lease":"lse_1","unit":"unt_1","move_out":"2026-08-31"}`)
	tell("lease.taken_back", `{"lease":"lse_1","unit":"unt_1"}`)
	if got, ok := (View{State: s, Now: now, Zone: time.UTC}).number("lease.days_to_end"); ok {
		t.Errorf("without the lease %v days are left of it", got)
	}
	tell("lease.recorded", was)
	if got, _ := (View{State: s, Now: now, Zone: time.UTC}).number("lease.days_to_end"); got != before {
		t.Errorf("%v days to the end, before it were %v", got, before)
	}
}

func (v View) number(name string) (float64, bool) {
	if n, ok := v.Int(name); ok {
		return float64(n), true
	}
	return v.Float(name)
}
