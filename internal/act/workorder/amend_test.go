package workorder

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// Whoever asked puts right what they sent: the words follow, what they were before stands in the log, and told twice it is one change.
func TestAmend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		o := b.open(record.News{}, Order{Resident: b.ana, Description: "The tap drips"})
		n := record.News{Source: "hearth/edge/portal", EventID: "evt_change"}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for range 2 {
				got, err := b.orders.Amend(ctx, tx, n, o.ID, Amendment{Description: "I smell gas in the kitchen", Photo: "added"})
				if err != nil {
					return err
				}
				if got.Description == "I smell gas in the kitchen" && got.Priority != Emergency {
					t.Errorf("words that tell of a danger make it %s", got.Priority)
				}
			}
			return nil
		})
		told := b.amended(o.ID)
		if len(told) != 1 || told[0]["was"] != "The tap drips" || told[0]["description"] != "I smell gas in the kitchen" || told[0]["photo"] != "added" || told[0]["priority"] != Emergency {
			t.Errorf("the log has %v", told)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := b.orders.Amend(ctx, tx, record.News{}, o.ID, Amendment{Description: "I smell gas in the kitchen"}); err != nil {
				return err
			}
			clock.Advance(AmendFor)
			return nil
		})
		if told := b.amended(o.ID); len(told) != 1 {
			t.Errorf("a change that changes nothing is told: %v", told)
		}
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.orders.Amend(ctx, tx, record.News{}, o.ID, Amendment{Description: "too late"})
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("after its time it answers %v", err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.orders.Amend(ctx, tx, n, o.ID, Amendment{Description: "I smell gas in the kitchen", Photo: "added"})
			return err // the same form once more is no conflict
		})
	})
}

// What somebody of the team set stays, but that new words may make it more pressing; and nothing is changed once somebody is at it.
func TestAmendLeavesWhatTheTeamSet(t *testing.T) {
	for _, c := range []struct {
		name         string
		do           func(context.Context, *db.Tx, *Store, hearth.WorkOrderID) error
		words        string
		category     string
		wantCategory string
		wantPriority string
		code         hearth.Code
	}{
		{"nobody has looked", nil, "The bedroom outlet is loose", "", Electrical, Routine, ""},
		{"a tile", nil, "It is loose", Doors, Doors, Routine, ""},
		{"triaged", triage(Appliance, Urgent), "The bedroom outlet is loose", Electrical, Appliance, Urgent, ""},
		{"triaged, and it is a danger", triage(Appliance, Routine), "There are sparks", "", Appliance, Emergency, ""},
		{"on the way", advance(EnRoute), "The outlet", "", "", "", hearth.CodeConflict},
		{"begun", advance(InProgress), "The outlet", "", "", "", hearth.CodeConflict},
		{"called off", func(ctx context.Context, tx *db.Tx, s *Store, id hearth.WorkOrderID) error {
			_, err := s.Cancel(ctx, tx, record.News{}, id, "")
			return err
		}, "The outlet", "", "", "", hearth.CodeConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			b := setup(t, d, clock)
			o := b.open(record.News{}, Order{Resident: b.ana, Description: "The kitchen tap drips"})
			b.write(func(ctx context.Context, tx *db.Tx) error {
				if c.do == nil {
					return nil
				}
				return c.do(ctx, tx, b.orders, o.ID)
			})
			clock.Advance(time.Minute)
			var got Order
			err := b.try(func(ctx context.Context, tx *db.Tx) (err error) {
				got, err = b.orders.Amend(ctx, tx, record.News{}, o.ID, Amendment{Description: c.words, Category: c.category})
				return err
			})
			if hearth.CodeOf(err) != c.code || err == nil && (got.Category != c.wantCategory || got.Priority != c.wantPriority) {
				t.Errorf("got %s, %s, %v; want %s, %s, %q", got.Category, got.Priority, err, c.wantCategory, c.wantPriority, c.code)
			}
		})
	}
}

func triage(category, priority string) func(context.Context, *db.Tx, *Store, hearth.WorkOrderID) error {
	return func(ctx context.Context, tx *db.Tx, s *Store, id hearth.WorkOrderID) error {
		_, err := s.Triage(ctx, tx, record.News{}, id, category, priority)
		return err
	}
}

func advance(to State) func(context.Context, *db.Tx, *Store, hearth.WorkOrderID) error {
	return func(ctx context.Context, tx *db.Tx, s *Store, id hearth.WorkOrderID) error {
		_, err := s.Advance(ctx, tx, record.News{}, id, to)
		return err
	}
}

// amended gives the data of the changes in the log.
func (b *bundle) amended(id hearth.WorkOrderID) (out []map[string]any) {
	b.t.Helper()
	for _, ev := range b.events() {
		var data map[string]any
		if ev.Type != "workorder.amended" || ev.Subject.ID != string(id) {
			continue
		}
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			b.t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}
