package care

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

func TestWhatAPauseCovers(t *testing.T) {
	step := Thing{Playbook: "welcome", Property: "prp_oak", Resident: "res_ana"}
	mail := step
	mail.Channel, mail.Class = hearth.ChannelEmail, hearth.ClassService
	answer, safety := mail, mail
	answer.Class, safety.Class = hearth.ClassAnswer, hearth.ClassSafety
	for _, tt := range []struct {
		name string
		p    Pause
		t    Thing
		want bool
	}{
		{"its playbook", Pause{What: Playbook, Target: "welcome"}, step, true},
		{"another playbook", Pause{What: Playbook, Target: "renewal"}, step, false},
		{"its property", Pause{What: Property, Target: "prp_oak"}, step, true},
		{"another property", Pause{What: Property, Target: "prp_elm"}, step, false},
		{"its resident", Pause{What: Resident, Target: "res_ana"}, mail, true},
		{"another resident", Pause{What: Resident, Target: "res_ben"}, mail, false},
		{"its channel", Pause{What: Channel, Target: "email"}, mail, true},
		{"a step has no channel", Pause{What: Channel, Target: "email"}, step, false},
		{"everything", Pause{What: Everything}, step, true},
		{"but answers", Pause{What: Everything}, answer, false},
		{"and safety", Pause{What: Playbook, Target: "welcome"}, safety, false},
		{"unless strict", Pause{What: Everything, Strict: true}, answer, true},
		{"no playbook is no target", Pause{What: Playbook}, Thing{}, false},
	} {
		if got := tt.p.Covers(tt.t); got != tt.want {
			t.Errorf("%s: covered is %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What is kept with a decision is read after the pause too, and tells its day by the property's clock.
func TestAPauseInWordsIsTrueAfterwards(t *testing.T) {
	late := time.Date(2026, 12, 1, 3, 30, 0, 0, time.UTC)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[What]string{Playbook: "the playbook", Property: "the property", Resident: "everything automatic for them", Everything: "everything automatic"} {
		want += " was paused on 30 November 2026: a flood"
		if got := (Pause{What: what, Target: "x", Set: late, Reason: "a flood."}).Words(zone); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWhoMayReadAReason(t *testing.T) {
	mia := hearth.Actor{Kind: "staff", ID: "stf_mia"}
	byManager, byCoordinator := Situation{SetBy: mia}, Situation{SetBy: mia, SetRole: hearth.RoleCoordinator}
	for _, tt := range []struct {
		name string
		r    Reader
		x    Situation
		want bool
	}{
		{"who set it", Reader{Actor: mia}, byCoordinator, true},
		{"a coordinator", Reader{Roles: []hearth.Role{hearth.RoleCoordinator}}, byManager, true},
		{"a manager", Reader{Roles: []hearth.Role{hearth.RoleManager}}, byManager, true},
		{"a manager, of what a coordinator set", Reader{Roles: []hearth.Role{hearth.RoleManager}}, byCoordinator, false},
		{"an administrator", Reader{Roles: []hearth.Role{hearth.RoleAdmin, hearth.RoleRegional, hearth.RoleAuditor}}, byManager, false},
		{"leasing", Reader{Roles: []hearth.Role{hearth.RoleLeasing}}, byManager, false},
		{"a program with the scope", Reader{Scope: true}, byCoordinator, true},
		{"nobody", Reader{}, Situation{}, false},
	} {
		if got := tt.r.MayRead(tt.x); got != tt.want {
			t.Errorf("%s: open is %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWhatIsInForce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		records := record.New(l, rand.Reader)
		s, other := New(l, records), New(l, records) // another node
		who := hearth.System("test")
		write := func(f func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
		}
		now := func(s *Store) (n *Now) {
			t.Helper()
			if err := d.Read(t.Context(), func(tx *db.Tx) (err error) { n, err = s.Now(t.Context(), tx); return err }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		var ana hearth.ResidentID
		write(func(ctx context.Context, tx *db.Tx) error {
			p, _, err := records.PutProperty(ctx, tx, record.News{Source: "t"}, record.Property{Name: "Oak", Zone: "UTC"})
			if err != nil {
				return err
			}
			h, err := records.PutHome(ctx, tx, record.News{Source: "t"}, record.Home{Property: p.ID, Unit: record.Unit{Label: "1"},
				Members: []record.Member{{Resident: record.Resident{First: "Ana"}, External: "R-1"}}, Lease: record.HomeLease{Start: 20000, End: 21000}})
			ana = h.Members[0].ID
			return err
		})
		if n := now(s); !n.Quiet() {
			t.Fatalf("at first %+v is in force", n)
		}
		var sit Situation
		var pause Pause
		write(func(ctx context.Context, tx *db.Tx) (err error) {
			if sit, err = s.Set(ctx, tx, who, Told{Resident: ana, Kind: Away, Until: clock.Now().Add(48 * time.Hour), Reason: "x"}); err != nil {
				return err
			}
			pause, err = s.Pause(ctx, tx, who, Pause{What: Everything, Reason: "x", Until: clock.Now().Add(time.Hour)})
			return err
		})
		for _, node := range []*Store{s, other} {
			n := now(node)
			if _, ok := n.Situation(ana, clock.Now()); !ok {
				t.Error("the situation is not in force")
			}
			if _, ok := n.Paused(Thing{Property: "prp_x"}, clock.Now()); !ok {
				t.Error("the pause is not in force")
			}
			if _, ok := n.Paused(Thing{Property: "prp_x"}, clock.Now().Add(time.Hour)); ok {
				t.Error("the pause outlives its end")
			}
			if until, ok := n.HoldsEntry(ana, clock.Now().Add(47*time.Hour)); !ok || !until.Equal(sit.Until) {
				t.Error("a visit while away is not held")
			}
			if _, ok := n.HoldsEntry(ana, clock.Now().Add(48*time.Hour)); ok {
				t.Error("a visit after the return is held")
			}
		}
		// What is rolled back never was, though its number comes again.
		boom := hearth.Errorf(hearth.CodeConflict, "No.")
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := s.Pause(t.Context(), tx, who, Pause{What: Channel, Target: "sms", Reason: "x"}); err != nil {
				return err
			}
			if _, err := s.Now(t.Context(), tx); err != nil {
				return err
			}
			return boom
		})
		if hearth.CodeOf(err) != hearth.CodeConflict {
			t.Fatal(err)
		}
		write(func(ctx context.Context, tx *db.Tx) error {
			for range 2 { // the second time changes nothing
				if _, _, err := s.Resume(ctx, tx, who, pause.ID); err != nil {
					return err
				}
				if _, err := s.End(ctx, tx, who, sit.ID); err != nil {
					return err
				}
			}
			return nil
		})
		for _, node := range []*Store{s, other} {
			if n := now(node); !n.Quiet() {
				t.Errorf("in the end %+v is in force", n)
			}
		}
	})
}

func TestAWordIsSaidForPeople(t *testing.T) {
	w := PlanWord{Word: Hold, By: hearth.Actor{Kind: "staff", ID: "stf_1", Name: "Mara Lindt"}, Reason: "she is at a funeral", Until: time.Date(2026, 12, 4, 15, 0, 0, 0, time.UTC)}
	if got, want := w.Says(time.FixedZone("there", -6*3600)), "Held until 4 December 2026, 09:00 by Mara Lindt: she is at a funeral."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A pause is of the person, and is shown with the row that it was set for.
func TestAPauseKeepsWhomItNames(t *testing.T) {
	n := &Now{pauses: []Pause{{ID: "pau_1", What: Resident, Target: "res_twice"}}, under: map[hearth.ResidentID]hearth.ResidentID{"res_twice": "res_ana"}}
	if got := n.Pauses(time.Time{})[0]; got.Target != "res_twice" {
		t.Errorf("it names %s", got.Target)
	}
	for id, want := range map[hearth.ResidentID]bool{"res_ana": true, "res_twice": true, "res_ben": false} {
		if _, got := n.Paused(Thing{Resident: id}, time.Time{}); got != want || n.PauseOf(n.pauses[0], id) != want || n.Concerns(id) != want {
			t.Errorf("of %s: paused %v, its pause %v, concerned %v, want %v", id, got, n.PauseOf(n.pauses[0], id), n.Concerns(id), want)
		}
	}
	if n.PauseOf(Pause{What: Property, Target: "res_ana"}, "res_ana") {
		t.Error("a pause of a property is taken for one of a resident")
	}
}
