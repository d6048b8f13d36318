package ingest

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

func anActor() hearth.Actor { return hearth.Actor{Kind: "staff", ID: "stf_x"} }

// prepared is an import of a directory whose files have been read through and of which nothing is staged.
func (e *env) prepared(text, property string) *job {
	e.t.Helper()
	req := Request{Property: property, Source: "pms", Kind: column.Residents, Files: []string{e.file("again.csv", text)}}
	if err := req.check(); err != nil {
		e.t.Fatal(err)
	}
	j, err := e.im.prepare(context.Background(), req)
	if err != nil {
		e.t.Fatal(err)
	}
	return j
}

func (e *env) wantConflict(err error, words string) {
	e.t.Helper()
	if hearth.CodeOf(err) != hearth.CodeConflict || !strings.Contains(err.Error(), words) {
		e.t.Errorf("want a conflict that says %q: %v", words, err)
	}
}

// While a list is taken back nobody brings it in, and what was read before that is not staged behind it; while it is
// brought in nobody takes it back.
func TestAListIsBroughtInOrTakenBack(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		first := e.bring(column.Residents, directory)
		e.clock.Advance(24 * time.Hour)
		changed := strings.Replace(directory, "ana@", "ana.ruiz@", 1)
		early := e.prepared(changed, "Oak Court")
		if _, err := e.im.BeginUndo(ctx, By{Actor: anActor()}, first.Import); err != nil {
			e.t.Fatal(err)
		}
		_, err := e.run(column.Residents, changed)
		e.wantConflict(err, "is being taken back")
		e.bring(column.Workorders, "work_order_number,unit,description,status,created\nw1,101,Tap drips,Open,2026-02-01\n") // another list
		e.carryAll()
		_, err = e.im.begin(ctx, early)
		e.wantConflict(err, "Try again")
		second := e.bring(column.Residents, changed)
		if !second.History {
			e.t.Error("what was taken back is known all the same")
		}

		e.clock.Advance(24 * time.Hour)
		imp, err := e.im.begin(ctx, e.prepared(directory, "Oak Court"))
		if err != nil {
			e.t.Fatal(err)
		}
		_, err = e.im.BeginUndo(ctx, By{Actor: anActor()}, second.Import)
		e.wantConflict(err, "is being imported now")
		if u, err := e.im.UndoOf(ctx, By{}, second.Import); err != nil || u.State != UndoImpossible {
			e.t.Errorf("the look says %+v, %v", u, err)
		}
		e.clock.Advance(2 * claimFor) // it died: whoever takes back cleans up behind it
		if u := e.undo(second.Import); u.State != UndoDone {
			e.t.Errorf("%+v", u)
		}
		e.read(func(tx *db.Tx) error {
			left, err := readImport(ctx, tx, imp.id)
			if left.state != stateUndone {
				e.t.Errorf("what was cut off is %s", left.state)
			}
			return err
		})
	})
}

// What an undo needs is kept until it is done, even if it began on the last day.
func TestAnUndoUnderWayKeepsWhatItNeeds(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		e.bring(column.Residents, directory)
		e.clock.Advance(24 * time.Hour)
		before := e.snapshot()
		rep := e.bring(column.Residents, strings.Replace(directory, "ana@", "ana.ruiz@", 1))
		e.clock.Advance(UndoFor - time.Hour)
		if _, err := e.im.BeginUndo(ctx, By{Actor: anActor()}, rep.Import); err != nil {
			e.t.Fatal(err)
		}
		e.clock.Advance(2 * time.Hour)
		if _, err := e.im.Forget(ctx); err != nil {
			e.t.Fatal(err)
		}
		e.carryAll()
		e.same("after the last day", e.snapshot(), before)
	})
}

// A transaction that is run again asks again who must stay.
func TestAStepThatIsRunAgainAsksAnew(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		rep := e.bring(column.Residents, directory)
		e.clock.Advance(time.Hour)
		if _, err := e.im.BeginUndo(ctx, By{Actor: anActor()}, rep.Import); err != nil {
			e.t.Fatal(err)
		}
		if err := e.im.pickUndo(ctx); err != nil {
			e.t.Fatal(err)
		}
		x := e.im.taking
		mine := x.worker
		x.worker = "nobody"
		if _, err := x.step(ctx); err == nil {
			e.t.Fatal("it went through")
		}
		if out := e.post(e.event("v1", "portal.visited", "resident/t1", nil)); out[0].Status != Accepted {
			e.t.Fatalf("%+v", out)
		}
		x.worker = mine
		e.carryAll()
		if got := e.people(); len(got) != 1 || !strings.HasPrefix(got[0], "Ana Ruiz") {
			e.t.Errorf("somebody who was there in between is gone: %v", got)
		}
	})
}

// Cut off behind any of its transactions, an undo goes on and gives back the very same records.
func TestUndoCutOffAnywhere(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		e.bring(column.Residents, many(10))
		changed := strings.NewReplacer("1005.00", "1007.00", "r7@", "r7.new@", "Tester"+letters(8), "Other").Replace(many(70))
		for cut := 1; ; cut++ {
			e.clock.Advance(time.Hour)
			before := e.snapshot()
			rep := e.bring(column.Residents, changed)
			e.clock.Advance(time.Hour)
			want, err := e.im.UndoOf(ctx, By{}, rep.Import)
			if err == nil {
				_, err = e.im.BeginUndo(ctx, By{Actor: anActor()}, rep.Import)
			}
			if err == nil {
				err = e.im.pickUndo(ctx)
			}
			if err != nil {
				e.t.Fatal(err)
			}
			over := false
			for n := 0; n < cut && !over; n++ {
				if over, err = e.im.taking.step(ctx); err != nil {
					e.t.Fatal(err)
				}
			}
			e.im.taking = nil // here it dies, and another finds what it left
			e.clock.Advance(2 * claimFor)
			got := e.undo(rep.Import)
			if got.State != UndoDone || got.Counts != want.Counts || len(got.Stays) > 0 {
				e.t.Errorf("cut %d: %+v, want %+v", cut, got, want)
			}
			e.same(fmt.Sprintf("cut %d", cut), e.snapshot(), before)
			if e.t.Failed() {
				return
			}
			if over {
				if cut < 6 {
					e.t.Errorf("only %d places to cut", cut)
				}
				return
			}
		}
	})
}

// cutting ends after it was asked a number of times.
type cutting struct {
	context.Context //nolint:containedctx // it is one
	end             context.CancelFunc
	left            atomic.Int64
}

func (c *cutting) Err() error {
	if c.left.Add(-1) < 0 {
		c.end()
	}
	return c.Context.Err()
}

func (c *cutting) Done() <-chan struct{} {
	if c.left.Add(-1) < 0 {
		c.end()
	}
	return c.Context.Done()
}

// Cut off while it asks about who is listed no more, an import still asks about each and gives all of them back.
func TestAskingAboutTheMissingCutOffAnywhere(t *testing.T) {
	each(t, func(e *env) {
		const gone = 5
		e.bring(column.Residents, many(20))
		for cut := int64(1); ; cut += 2 {
			e.clock.Advance(24 * time.Hour)
			before := e.snapshot()
			req := Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", many(20-gone))}, Leave: true}
			rep, err := e.im.Run(context.Background(), req)
			if err != nil {
				e.t.Fatal(err)
			}
			inner, end := context.WithCancel(context.Background())
			ctx := &cutting{Context: inner, end: end}
			ctx.left.Store(cut)
			errCut := e.carryCut(ctx, rep.Import)
			end()
			e.clock.Advance(2 * claimFor)
			if err := e.im.Recover(context.Background()); err != nil {
				e.t.Fatal(err)
			}
			if n := len(e.openTasks()); n != gone {
				e.t.Errorf("cut %d: %d questions", cut, n)
			}
			e.read(func(tx *db.Tx) error {
				s, err := e.im.Import(context.Background(), tx, rep.Import)
				if s.Counts.Vanished != gone {
					e.t.Errorf("cut %d: the report counts %d", cut, s.Counts.Vanished)
				}
				return err
			})
			e.undo(rep.Import)
			e.same(fmt.Sprintf("cut %d", cut), e.snapshot(), before)
			if e.t.Failed() || errCut == nil {
				return
			}
		}
	})
}

// carryCut applies all rows of an import and then asks about the missing until the context ends.
func (e *env) carryCut(ctx context.Context, id hearth.ImportID) error {
	var imp importRow
	e.read(func(tx *db.Tx) (err error) {
		imp, err = readImport(context.Background(), tx, id)
		return err
	})
	if mine, err := e.im.take(context.Background(), &imp); err != nil || !mine {
		e.t.Fatalf("not taken: %v", err)
	}
	a, err := e.im.begun(context.Background(), imp)
	for err == nil && a.left > 0 {
		err = a.step(context.Background())
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return a.vanished(ctx)
}

// words is what is said about text messages to a number, and what follows from it.
func (e *env) words(number string) []string {
	e.t.Helper()
	var out []string
	e.read(func(tx *db.Tx) error {
		w, found, err := e.im.Consent.Standing(context.Background(), tx, hearth.ChannelSMS, number)
		if err != nil {
			return err
		}
		out = append(out, fmt.Sprintf("%t %t %s %s", found, w.Allowed, w.Evidence, w.At))
		for _, purpose := range []string{"", "rent.reminder", "events"} {
			all, err := e.im.Consent.Check(context.Background(), tx, []consent.Ask{{Channel: hearth.ChannelSMS, AddressKey: number, Purpose: purpose, Class: hearth.ClassRelation}})
			if err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%q: %v", purpose, all))
		}
		return nil
	})
	return out
}

// A yes to text messages that a file told counts no more once it is taken back; what was said before, and about purposes, does.
func TestAnUndoGivesBackWhatWasAllowed(t *testing.T) {
	const head, yes = "id,first name,last name,unit,phone,lease start,lease end,sms opt in\n", "r1,Ana,Ruiz,101,+15035550101,2025-01-01,2026-12-31,yes\nr2,Kim,Ruiz,101,+15035550101,2025-01-01,2026-12-31,yes\n"
	number := record.PhoneKey("+15035550101")
	word := func(purpose string, allowed bool) consent.Grant {
		return consent.Grant{Channel: hearth.ChannelSMS, AddressKey: number, Purpose: purpose, Allowed: allowed, Source: "portal", Evidence: "the form", Actor: anActor()}
	}
	for name, before := range map[string][]consent.Grant{"nothing": nil, "a yes": {word("", true)}, "a purpose": {word("events", true)}, "a no": {word("", false), word("events", true)}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(e *env) {
				for _, g := range before {
					e.clock.Advance(time.Minute)
					e.write(func(tx *db.Tx) error { return e.im.Consent.Set(context.Background(), tx, g) })
				}
				e.clock.Advance(time.Hour)
				was := e.words(number)
				rep := e.bring(column.Residents, head+yes)
				if during := e.words(number); reflect.DeepEqual(during, was) || !strings.HasPrefix(during[0], "true true text consent") {
					e.t.Fatalf("the file told nothing: %v", during)
				}
				e.clock.Advance(time.Minute)
				e.write(func(tx *db.Tx) error { return e.im.Consent.Set(context.Background(), tx, word("promotions", true)) })
				look, err := e.im.UndoOf(context.Background(), By{}, rep.Import)
				if err != nil {
					e.t.Fatal(err)
				}
				if u := e.undo(rep.Import); u.Counts != look.Counts || u.Counts.Changed != look.Counts.Changed {
					e.t.Errorf("it would take back %+v and took back %+v", look.Counts, u.Counts)
				}
				if now := e.words(number); !reflect.DeepEqual(now, was) {
					e.t.Errorf("before %v, now %v", was, now)
				}
			})
		})
	}
}

// A yes of their own that came since stays; and a word of an import that is taken back does not come back by another one.
func TestAnUndoLeavesTheirOwnYes(t *testing.T) {
	const text = "id,first name,last name,unit,phone,lease start,lease end,sms opt in\nr1,Ana,Ruiz,101,+15035550101,2025-01-01,2026-12-31,yes\n"
	number := record.PhoneKey("+15035550101")
	each(t, func(e *env) {
		first := e.bring(column.Residents, text)
		e.clock.Advance(time.Hour)
		other := e.bring(column.Residents, text, func(r *Request) { r.Source = "crm" })
		e.clock.Advance(time.Hour)
		e.undo(first.Import)
		if now := e.words(number); !strings.Contains(now[0], string(other.Import)) {
			e.t.Fatalf("the word of the other source is gone: %v", now)
		}
		e.undo(other.Import)
		if now := e.words(number); !strings.HasPrefix(now[0], "false") {
			e.t.Errorf("a word that was taken back counts: %v", now)
		}
		e.clock.Advance(time.Hour)
		third := e.bring(column.Residents, text)
		e.clock.Advance(time.Hour)
		e.write(func(tx *db.Tx) error {
			return e.im.Consent.Set(context.Background(), tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: number, Allowed: true, Source: "portal", Evidence: "the form", Actor: anActor()})
		})
		e.undo(third.Import)
		if now := e.words(number); !strings.Contains(now[0], "true true the form") {
			e.t.Errorf("their own yes is gone: %v", now)
		}
	})
}
