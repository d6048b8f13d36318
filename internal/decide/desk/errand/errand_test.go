package errand

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/round"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// house is a property with eighty homes, of one resident each.
type house struct {
	t     *testing.T
	d     *db.DB
	clock *hearth.VirtualClock
	s     *Service
	oak   hearth.PropertyID
	who   []hearth.ResidentID
}

func eachHouse(t *testing.T, homes int, f func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		clock.Set(time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)) // Tuesday, ten in the morning
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.NewChaCha8([32]byte{7})
		records := record.New(l, random)
		tasks, msgs := task.New(l, records), message.New(l, consent.New(l), random)
		h := &house{t: t, d: d, clock: clock, s: New(Deps{DB: d, Log: l, Records: records, Messages: msgs, Rounds: round.New(msgs), Tasks: tasks,
			Assign: assign.New(records, tasks), Node: "test", Logger: dbtest.Log(t)})}
		h.write(func(ctx context.Context, tx *db.Tx) error { return h.moveIn(ctx, tx, homes) })
		f(h)
	})
}

func (h *house) moveIn(ctx context.Context, tx *db.Tx, homes int) error {
	n := record.News{Source: "test"}
	p, _, err := h.s.Records.PutProperty(ctx, tx, n, record.Property{Name: "Oak Court", Zone: "America/New_York", ZoneConfirmed: true})
	if err != nil {
		return err
	}
	h.oak = p.ID
	today := hearth.DayOf(tx.Now(), time.UTC)
	for i := range homes {
		res, err := h.s.Records.PutHome(ctx, tx, n, record.Home{Property: p.ID, Unit: record.Unit{Label: fmt.Sprintf("%03d", homes-i)},
			Members: []record.Member{{Resident: record.Resident{First: fmt.Sprint("R", i), Last: "Ruiz", Role: hearth.MemberLeaseholder}}},
			Lease:   record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100}})
		if err != nil {
			return err
		}
		h.who = append(h.who, res.Members[0].ID)
	}
	_, _, err = h.s.Records.PutStaff(ctx, tx, n, record.Staff{Name: "Pat Moss", Roles: []record.StaffRole{{Property: p.ID, Role: hearth.RoleLeasing}}})
	return err
}

func (h *house) write(f func(ctx context.Context, tx *db.Tx) error) {
	h.t.Helper()
	if err := h.d.Write(h.t.Context(), func(tx *db.Tx) error { return f(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// letters queues one for each of the first n residents.
func (h *house) letters(n int, class hearth.Class, ch hearth.Channel) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		var all []message.Message
		for i := range n {
			all = append(all, message.Message{ID: hearth.MessageID(fmt.Sprintf("msg_%s%s%03d", class, ch, i)), Property: h.oak, Resident: h.who[i], State: message.Queued, Class: class,
				Purpose: "service.update", Channel: ch, Address: "somewhere", Subject: "News", Body: "Something."})
		}
		return h.s.Messages.Insert(ctx, tx, all)
	})
}

func (h *house) gather() {
	h.t.Helper()
	for more := true; more; {
		var err error
		if more, err = h.s.Gather(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) rounds() (all []round.Round) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		all, _, err = h.s.Rounds.List(ctx, tx, h.oak, "", 100)
		return err
	})
	return all
}

func TestRoundsAreOfASizeThatOnePersonCanDo(t *testing.T) {
	eachHouse(t, 85, func(h *house) {
		h.letters(85, hearth.ClassService, hearth.ChannelLetter)
		h.gather()
		if n := len(h.rounds()); n != 0 {
			t.Fatalf("%d rounds in the middle of the day", n)
		}
		h.clock.Set(time.Date(2026, 3, 4, 14, 0, 2, 0, time.UTC))
		h.gather()
		h.gather() // nothing is gathered twice
		all := h.rounds()
		stops, last := 0, ""
		for _, r := range all {
			if has := r.Due.Sub(r.Made); has < 4*time.Hour || has > 10*time.Hour {
				t.Errorf("a round of the morning has %s, want the rest of the day", has)
			}
			stops += len(r.Stops)
			if len(r.Stops) > mostStops {
				t.Errorf("a round of %d", len(r.Stops))
			}
		}
		if len(all) != 3 || stops != 85 {
			t.Fatalf("%d rounds with %d stops", len(all), stops)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error {
			b, err := h.s.Sheets(ctx, tx, all[0].ID)
			for _, l := range b.Lines {
				if l.Where < last {
					t.Errorf("home %s comes after %s", l.Where, last)
				}
				last = l.Where
			}
			return err
		})
		h.write(func(ctx context.Context, tx *db.Tx) error {
			page, next, err := h.s.Rounds.List(ctx, tx, "", "", 2)
			if err != nil || len(page) != 2 || next == "" {
				t.Errorf("%d rounds, then %q", len(page), next)
				return err
			}
			rest, end, err := h.s.Rounds.List(ctx, tx, "", next, 2)
			if len(rest) != 1 || end != "" {
				t.Errorf("then %d, and %q", len(rest), end)
			}
			return err
		})
	})
}

func TestATaskThatIsClosedEndsItsRound(t *testing.T) {
	for answer, want := range map[string]message.State{"yes": message.Sent, "no": message.Failed} {
		eachHouse(t, 3, func(h *house) {
			h.letters(3, hearth.ClassPromise, hearth.ChannelLetter)
			h.gather()
			r := h.rounds()[0]
			h.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := h.s.Mark(ctx, tx, r.ID, r.Stops[0].Message.ID, round.Proof{How: round.HandedOver, Actor: hearth.System("test")})
				return err
			})
			h.write(func(ctx context.Context, tx *db.Tx) error {
				return h.s.Tasks.Done(ctx, tx, hearth.System("test"), r.Task, map[string]string{factDone: answer})
			})
			for range 2 {
				if _, err := h.s.Follow(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			r = h.rounds()[0]
			if a, b := r.Stops[0].Message.State, r.Stops[1].Message.State; r.Open() != 0 || a != message.Delivered || b != want {
				t.Errorf("with %s: %d open, %s and %s", answer, r.Open(), a, b)
			}
		})
	}
}

func TestWhatIsMarkedIsChecked(t *testing.T) {
	eachHouse(t, 1, func(h *house) {
		h.letters(1, hearth.ClassPromise, hearth.ChannelCall)
		h.gather()
		r := h.rounds()[0]
		id := r.Stops[0].Message.ID
		for name, p := range map[string]struct {
			proof round.Proof
			code  hearth.Code
		}{
			"posted, on a list of calls": {round.Proof{How: round.Posted}, hearth.CodeInvalid},
			"in the future":              {round.Proof{How: round.SpokeWith, At: h.clock.Now().Add(time.Hour)}, hearth.CodeInvalid},
			"before it was written":      {round.Proof{How: round.SpokeWith, At: h.clock.Now().Add(-time.Hour)}, hearth.CodeInvalid},
			"by a resident":              {round.Proof{How: round.SpokeWith, Actor: hearth.Actor{Kind: "resident", ID: "res_a"}}, hearth.CodeForbidden},
			"as not done":                {round.Proof{How: round.NotDone}, hearth.CodeInvalid},
		} {
			err := h.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := h.s.Mark(t.Context(), tx, r.ID, id, p.proof)
				return err
			})
			if hearth.CodeOf(err) != p.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if m := h.rounds()[0].Stops[0].Message; m.State != message.Queued {
			t.Errorf("it is %s", m.State)
		}
		if !strings.Contains(h.rounds()[0].ID, roundMark) {
			t.Error("an id without its beginning")
		}
	})
}
