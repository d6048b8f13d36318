package broadcast

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// land is an operator with three properties, from east to west: at nine in the morning of the first it is six in the third. At each
// live two people with an address and one without.
type land struct {
	*Service
	t     *testing.T
	clock *hearth.VirtualClock
	at    []hearth.PropertyID
}

func eachLand(t *testing.T, over int, f func(t *testing.T, l *land)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		log, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		records, consents := record.New(log, rand.Reader), consent.New(log)
		messages, tasks := message.New(log, consents, rand.Reader), task.New(log, records)
		templates, err := desk.Load(desk.Shipped())
		if err != nil {
			t.Fatal(err)
		}
		dk, err := desk.New(desk.Deps{Records: records, Consent: consents, Messages: messages, Tasks: tasks, Decisions: decision.New(), Assign: assign.New(records, tasks), Templates: templates})
		if err != nil {
			t.Fatal(err)
		}
		l := &land{t: t, clock: clock, Service: New(Deps{DB: d, Records: records, Messages: messages, Desk: dk, Over: over, Views: l0, Cost: func(int) string { return "" },
			Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
			NewID:   func() (string, error) { return hearth.NewID(rand.Reader, "brd_") }})}
		for _, p := range []record.Property{{Name: "Ash Court", Zone: "America/New_York"}, {Name: "Birch Hill", Zone: "America/Chicago"}, {Name: "Cedar Row", Zone: "America/Los_Angeles"}} {
			l.at = append(l.at, l.build(p))
		}
		f(t, l)
	})
}

// l0 are the signals of people of whom nothing is known.
func l0(_ context.Context, tx *db.Tx, _ []hearth.ResidentID) (desk.Views, error) {
	none := signal.NewView(&signal.State{}, tx.Now(), time.UTC)
	return func(hearth.ResidentID) signal.View { return none }, nil
}

func (l *land) write(f func(ctx context.Context, tx *db.Tx) error) {
	l.t.Helper()
	if err := l.DB.Write(l.t.Context(), func(tx *db.Tx) error { return f(l.t.Context(), tx) }); err != nil {
		l.t.Fatal(err)
	}
}

func (l *land) build(p record.Property) (id hearth.PropertyID) {
	l.t.Helper()
	l.write(func(ctx context.Context, tx *db.Tx) error {
		p.ZoneHow, p.ZoneConfirmed = "told", true
		made, _, err := l.Records.PutProperty(ctx, tx, record.News{}, p)
		if err != nil {
			return err
		}
		id = made.ID
		today := hearth.DayOf(tx.Now(), time.UTC)
		for i, first := range []string{"Ana", "Ben", "Cleo"} {
			who := record.Resident{First: first, Last: p.Name, Role: hearth.MemberLeaseholder, Email: fmt.Sprintf("%s%s@home.example", first, p.Name[:1])}
			if i == 2 {
				who.Email = ""
			}
			if _, err := l.Records.PutHome(ctx, tx, record.News{Cause: p.Name + first}, record.Home{Property: id, Unit: record.Unit{Label: fmt.Sprint(100 + i)}, Members: []record.Member{{Resident: who}},
				Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}}); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

func water() Plan {
	return Plan{Title: "Water off", Class: hearth.ClassService, Texts: map[string]Text{"en": {Subject: "No water on Tuesday", Body: "On Tuesday from nine to noon there is no water at {{ property.name }}."}}}
}

func (l *land) everywhere(hearth.PropertyID) bool { return true }

// but gives the right everywhere except at some.
func (l *land) but(no ...int) May {
	return func(at hearth.PropertyID) bool {
		for _, i := range no {
			if l.at[i] == at {
				return false
			}
		}
		return true
	}
}

func staff(name string) hearth.Actor { return hearth.Actor{Kind: "staff", ID: name, Name: name} }

func (l *land) made() Joint {
	l.t.Helper()
	j, err := l.MakeJoint(l.t.Context(), staff("Dana"), water(), l.at, l.everywhere)
	if err != nil {
		l.t.Fatal(err)
	}
	return j
}

// run puts everything that is under way to the desk.
func (l *land) run() {
	l.t.Helper()
	for more := true; more; {
		more = false
		l.write(func(ctx context.Context, tx *db.Tx) error {
			for part := range eventlog.Parts {
				due, err := work.Take(ctx, tx, work.EngineLane, part, tx.Now(), 10)
				if err != nil {
					return err
				}
				for _, d := range due {
					if d.Kind != Kind {
						continue
					}
					if err := l.lot(ctx, tx, d); err != nil {
						return err
					}
					more = true
				}
			}
			return nil
		})
	}
}

func (l *land) lot(ctx context.Context, tx *db.Tx, d work.Due) error {
	lot, err := Next(ctx, tx, d, LotSize)
	if err != nil {
		return err
	}
	views, err := l.Views(ctx, tx, nil)
	if err != nil {
		return err
	}
	verdicts, err := l.Desk.Submit(ctx, tx, lot.Intents, views)
	if err != nil {
		return err
	}
	next, _, err := lot.End(ctx, tx, verdicts)
	if err == nil && next != nil {
		err = work.Put(ctx, tx, []work.Due{*next})
	}
	return err
}

// stands gives the states of the parts, and how many messages of each state there are, from east to west.
func (l *land) stands(id string) string {
	l.t.Helper()
	var out []string
	l.write(func(ctx context.Context, tx *db.Tx) error {
		out = nil
		j, err := l.Joint(ctx, tx, id)
		for _, p := range j.Parts {
			r, err := l.Outcome(ctx, tx, p.Broadcast)
			if err != nil {
				return err
			}
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %v", p.State, r.States)))
		}
		return err
	})
	return strings.Join(out, "; ")
}

func (l *land) stood(id, want string) {
	l.t.Helper()
	if got := l.stands(id); got != want {
		l.t.Errorf("it stands\n%s\nwant\n%s", got, want)
	}
}

func failed(t *testing.T, err error, code hearth.Code, words string) {
	t.Helper()
	if hearth.CodeOf(err) != code || !strings.Contains(hearth.MessageOf(err), words) {
		t.Errorf("got %v, want %s with %q", err, code, words)
	}
}

// What would happen is told for each property by its own clock, and altogether; who is left out, with the reason.
func TestAJointIsForetoldByProperty(t *testing.T) {
	eachLand(t, 100, func(t *testing.T, l *land) {
		j, f, err := l.ForetellJoint(t.Context(), l.made().ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []struct {
			place      string
			sent, held int
		}{{"Ash Court", 2, 0}, {"Birch Hill", 2, 0}, {"Cedar Row", 0, 2}} {
			got := f.Parts[i]
			if j.Parts[i].Place != want.place || got.People != 3 || got.Homes != 3 || got.Outcomes[desk.Sent] != want.sent || got.Outcomes[desk.Held] != want.held || got.Outcomes[desk.HandedOver] != 1 {
				t.Errorf("at %s: %+v", j.Parts[i].Place, got)
			}
			if len(got.Left) != 1 || !strings.Contains(got.Left[0].Reason, "no address on record") || len(got.Left[0].Some) != 1 {
				t.Errorf("left out at %s: %+v", want.place, got.Left)
			}
		}
		if until := f.Parts[2].Until.UTC(); until != time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC) {
			t.Errorf("in the west it waits until %s, want eight o'clock there", until)
		}
		if a := f.All; a.People != 9 || a.Homes != 9 || a.Outcomes[desk.Sent] != 4 || a.Outcomes[desk.Held] != 2 || a.Channels[hearth.ChannelEmail] != 6 || len(a.Left) != 1 || a.Left[0].Count != 3 || a.Second {
			t.Errorf("altogether: %+v", a)
		}
		l.stood(j.ID, "draft map[]; draft map[]; draft map[]")
	})
}

// It goes out at each property at its own hour, with one text, and each property's own part can be stopped.
func TestAJointGoesByEachProperty(t *testing.T) {
	eachLand(t, 100, func(t *testing.T, l *land) {
		j := l.made()
		_, err := l.Send(t.Context(), staff("Dana"), j.Parts[0].ID)
		failed(t, err, hearth.CodeConflict, "several properties")
		if _, err := l.SendJoint(t.Context(), staff("Dana"), j.ID, l.everywhere); err != nil {
			t.Fatal(err)
		}
		l.run()
		l.stood(j.ID, "done map[handed over:1 queued:2]; done map[handed over:1 queued:2]; done map[handed over:1 held:2]")
		l.write(func(ctx context.Context, tx *db.Tx) error {
			for i, place := range []string{"Ash Court", "Birch Hill", "Cedar Row"} {
				all, _, err := l.Messages.List(ctx, tx, message.Filter{Property: l.at[i]}, "", 10)
				if err != nil {
					return err
				}
				for _, m := range all {
					if m.Template != j.Parts[0].Template || m.Body != "On Tuesday from nine to noon there is no water at "+place+"." {
						t.Errorf("at %s it says %q by %s", place, m.Body, m.Template)
					}
				}
			}
			return nil
		})
		_, err = l.SendJoint(t.Context(), staff("Dana"), j.ID, l.everywhere)
		failed(t, err, hearth.CodeConflict, "sent before")
		if _, taken, err := l.StopJoint(t.Context(), staff("Lee"), j.ID, l.but(0, 1)); err != nil || taken != 2 {
			t.Errorf("stopping where one may took %d back (%v), want the two that wait in the west", taken, err)
		}
		l.stood(j.ID, "done map[handed over:1 queued:2]; done map[handed over:1 queued:2]; stopped map[dropped:2 handed over:1]")
		_, _, err = l.StopJoint(t.Context(), staff("Lee"), j.ID, l.but(0, 1, 2))
		failed(t, err, hearth.CodeForbidden, "any of its properties")
	})
}

// Three at each are fewer than five, and nine together are more: the second yes is needed, and counts where it may be given.
func TestAJointNeedsASecondPersonByItsWholeCount(t *testing.T) {
	eachLand(t, 5, func(t *testing.T, l *land) {
		j := l.made()
		_, f, err := l.ForetellJoint(t.Context(), j.ID)
		if err != nil || !f.All.Second || !f.Parts[0].Second {
			t.Errorf("foretold %+v (%v)", f.All, err)
		}
		if _, err := l.SendJoint(t.Context(), staff("Dana"), j.ID, l.everywhere); err != nil {
			t.Fatal(err)
		}
		l.run()
		l.stood(j.ID, "asked map[]; asked map[]; asked map[]")
		_, err = l.SendJoint(t.Context(), staff("Dana"), j.ID, l.everywhere)
		failed(t, err, hearth.CodeConflict, "second person's yes already")
		_, err = l.ApproveJoint(t.Context(), staff("Dana"), j.ID, l.everywhere)
		failed(t, err, hearth.CodeForbidden, "somebody else's yes")
		_, err = l.ApproveJoint(t.Context(), staff("Sam"), j.ID, l.but(0, 1, 2))
		failed(t, err, hearth.CodeForbidden, "any of its properties")
		if _, err := l.ApproveJoint(t.Context(), staff("Sam"), j.ID, l.but(1)); err != nil {
			t.Fatal(err)
		}
		l.run()
		l.stood(j.ID, "done map[handed over:1 queued:2]; asked map[]; done map[handed over:1 held:2]")
		if _, err := l.Approve(t.Context(), staff("Kim"), j.Parts[1].ID); err != nil { // the part's own manager
			t.Fatal(err)
		}
		l.run()
		l.stood(j.ID, "done map[handed over:1 queued:2]; done map[handed over:1 queued:2]; done map[handed over:1 held:2]")
		_, err = l.ApproveJoint(t.Context(), staff("Sam"), j.ID, l.everywhere)
		failed(t, err, hearth.CodeConflict, "Nobody's yes is asked")
	})
}

// Only at properties where one may: else nothing is written anywhere. What one property called off before is not sent there.
func TestAJointOnlyWhereOneMay(t *testing.T) {
	eachLand(t, 100, func(t *testing.T, l *land) {
		for name, x := range map[string]struct {
			plan  Plan
			at    []hearth.PropertyID
			may   May
			code  hearth.Code
			words string
		}{
			"one is closed":          {water(), l.at, l.but(1), hearth.CodeForbidden, "at Birch Hill. Nothing was done at the others"},
			"two are closed":         {water(), l.at, l.but(0, 2), hearth.CodeForbidden, "at Ash Court, Cedar Row"},
			"one that is not there":  {water(), append([]hearth.PropertyID{"prp_none"}, l.at...), l.everywhere, hearth.CodeNotFound, ""},
			"one alone, named twice": {water(), []hearth.PropertyID{l.at[0], l.at[0]}, l.everywhere, hearth.CodeInvalid, "at least two"},
			"a building":             {Plan{Title: "x", Class: hearth.ClassService, Audience: Audience{Buildings: []string{"A"}}, Texts: water().Texts}, l.at, l.everywhere, hearth.CodeInvalid, "one property's"},
			"an answer to many":      {Plan{Title: "x", Class: hearth.ClassAnswer, Texts: water().Texts}, l.at, l.everywhere, hearth.CodeInvalid, "for the one who asked"},
			"a text without a check": {Plan{Title: "x", Class: hearth.ClassService, Texts: map[string]Text{"en": {Subject: "x", Body: "{{ nothing.known }}"}}}, l.at, l.everywhere, hearth.CodeInvalid, ""},
		} {
			_, err := l.MakeJoint(t.Context(), staff("Dana"), x.plan, x.at, x.may)
			if hearth.CodeOf(err) != x.code || !strings.Contains(hearth.MessageOf(err), x.words) {
				t.Errorf("%s: %v, want %s with %q", name, err, x.code, x.words)
			}
		}
		l.write(func(ctx context.Context, tx *db.Tx) error {
			all, err := List(ctx, tx, "", Broadcast{}, 10)
			if len(all) != 0 {
				t.Errorf("%d drafts are left of what was refused", len(all))
			}
			return err
		})
		j := l.made()
		_, err := l.SendJoint(t.Context(), staff("Dana"), j.ID, l.but(2))
		failed(t, err, hearth.CodeForbidden, "at Cedar Row")
		l.stood(j.ID, "draft map[]; draft map[]; draft map[]")
		if _, _, err := l.Stop(t.Context(), staff("Kim"), j.Parts[1].ID); err != nil {
			t.Fatal(err)
		}
		if n, err := l.CountJoint(t.Context(), j.ID); n != 6 || err != nil {
			t.Errorf("without the one that was called off it is for %d (%v), want 6", n, err)
		}
		if _, err := l.SendJoint(t.Context(), staff("Dana"), j.ID, l.but(1)); err != nil {
			t.Fatal(err)
		}
		l.run()
		l.stood(j.ID, "done map[handed over:1 queued:2]; stopped map[]; done map[handed over:1 held:2]")
		off := l.made()
		if _, _, err := l.StopJoint(t.Context(), staff("Dana"), off.ID, l.everywhere); err != nil {
			t.Fatal(err)
		}
		_, err = l.SendJoint(t.Context(), staff("Dana"), off.ID, l.everywhere)
		failed(t, err, hearth.CodeConflict, "called off at all")
		l.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := l.Joint(ctx, tx, "brd_none")
			failed(t, err, hearth.CodeNotFound, "")
			return nil
		})
	})
}
