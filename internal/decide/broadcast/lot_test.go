package broadcast

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/base/work"
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
