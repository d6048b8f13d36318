package broadcast

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/record"
)

// A lot is as large as there is room beside what is due for delivery or in a sender's hands. What waits for another attempt, perhaps
// for hours, takes no room: else one mail provider that is busy would hold up everybody's news.
func TestALotIsAsLargeAsThereIsRoom(t *testing.T) {
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what          string
		due, claimed  int
		again, others int // to be tried again in an hour; in another lane
		said          int
		pauses        []int // ms
	}{
		{what: "nothing waits", said: 3},
		{what: "as much as leaves room for a lot", due: 400, claimed: mostQueued - 400 - LotSize, said: 3},
		{what: "one more", due: 400, claimed: mostQueued - 400 - LotSize + 1, pauses: []int{20, 40, 80, 160, 320, 640, 640}},
		{what: "all in the sender's hands", claimed: 2 * mostQueued, pauses: []int{20, 40}},
		{what: "only what is tried again later", again: 2 * mostQueued, others: mostQueued, said: 3},
	} {
		eachLand(t, 100, func(t *testing.T, l *land) {
			plan := water()
			plan.Property = l.at[0]
			b, err := l.Make(t.Context(), staff("Dana"), plan)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Send(t.Context(), staff("Dana"), b.ID); err != nil {
				t.Fatal(err)
			}
			l.write(func(ctx context.Context, tx *db.Tx) error {
				var rows []work.Due
				add := func(n int, d work.Due) {
					for range n {
						d.Kind, d.Key = "filler", fmt.Sprint(len(rows))
						rows = append(rows, d)
					}
				}
				add(c.due, work.Due{Lane: "mail", At: tx.Now()})
				add(c.claimed, work.Due{Lane: "sms", At: tx.Now(), Claim: 1, Node: "n", ClaimedUntil: far})
				add(c.again, work.Due{Lane: "mail", At: tx.Now().Add(time.Hour)})
				add(c.others, work.Due{Lane: "push", At: tx.Now()})
				return work.Put(ctx, tx, rows)
			})
			d := b.due(l.clock.Now())
			for i, want := range c.pauses {
				l.write(func(ctx context.Context, tx *db.Tx) error {
					lot, err := Next(ctx, tx, d, LotSize)
					if err != nil {
						return err
					}
					next, over, err := lot.End(ctx, tx, nil)
					if err != nil || over || len(lot.Intents) > 0 {
						return fmt.Errorf("%s: %d people are put to the desk, %w", c.what, len(lot.Intents), err)
					}
					if got := next.At.Sub(tx.Now()); got != time.Duration(want)*time.Millisecond {
						t.Errorf("%s: it looks again after %s, want %d ms, at look %d", c.what, got, want, i)
					}
					d = *next
					return nil
				})
			}
			if c.pauses != nil {
				return
			}
			l.write(func(ctx context.Context, tx *db.Tx) error {
				lot, err := Next(ctx, tx, d, LotSize)
				if err == nil && len(lot.Intents) != c.said {
					t.Errorf("%s: %d people are put to the desk, want %d", c.what, len(lot.Intents), c.said)
				}
				return err
			})
		})
	}
}

// Who is left to a person is counted apart from who hears nothing. Of a broadcast that is stopped half-way there is no task about them, so that they
// hear nothing.
func TestWhoIsLeftToAPersonIsCountedApart(t *testing.T) {
	eachLand(t, 100, func(t *testing.T, l *land) {
		plan := water()
		plan.Property = l.at[0]
		l.write(func(ctx context.Context, tx *db.Tx) error {
			today := hearth.DayOf(tx.Now(), time.UTC)
			_, err := l.Records.PutHome(ctx, tx, record.News{Cause: "first"}, record.Home{Property: l.at[0], Unit: record.Unit{Label: "001"}, Members: []record.Member{{Resident: record.Resident{First: "Zoe", Last: "Ash", Role: hearth.MemberLeaseholder}}},
				Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}}) // whom nothing reaches, and who is asked about first
			return err
		})
		b, err := l.Make(t.Context(), staff("Dana"), plan)
		if err == nil {
			_, err = l.Send(t.Context(), staff("Dana"), b.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		count := func(where string, handed, dropped int) {
			t.Helper()
			l.write(func(ctx context.Context, tx *db.Tx) error {
				now, err := Get(ctx, tx, b.ID)
				if err != nil {
					return err
				}
				r, err := l.Outcome(ctx, tx, now)
				if err != nil {
					return err
				}
				if r.States[HandedOver] != handed || r.States[message.Dropped] != dropped {
					t.Errorf("%s: %v, want %d handed over and %d dropped", where, r.States, handed, dropped)
				}
				named := 0
				for _, x := range r.Left {
					if x.Outcome == string(HandedOver) {
						named += x.Count
					}
				}
				list, err := People(ctx, tx, b.ID, 0, HandedOver, 10)
				if err != nil {
					return err
				}
				if named != handed || len(list) != handed {
					t.Errorf("%s: %d by reason and %d by name, want %d", where, named, len(list), handed)
				}
				if list, err = People(ctx, tx, b.ID, 0, message.Dropped, 10); len(list) != dropped {
					t.Errorf("%s: %d are listed as dropped, want %d", where, len(list), dropped)
				}
				return err
			})
		}
		l.write(func(ctx context.Context, tx *db.Tx) error {
			lot, err := Next(ctx, tx, b.due(tx.Now()), 2)
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
			_, over, err := lot.End(ctx, tx, verdicts)
			if err == nil && (over || len(lot.Intents) != 2) {
				t.Errorf("%d of the lot, over %v", len(lot.Intents), over)
			}
			return err
		})
		count("under way", 1, 0)
		if _, _, err := l.Stop(t.Context(), staff("Dana"), b.ID); err != nil {
			t.Fatal(err)
		}
		count("stopped half-way", 0, 2)
	})
}
