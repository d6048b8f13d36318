package eventlog

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := New(d)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := l.Append(context.Background(), tx, &hearth.Event{ID: "e1", Source: "s", Type: "portal.visited", Subject: hearth.Subject{Kind: "resident", ID: "r"}, Property: "p", Time: clock.Now()})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			source, id string
			want       bool
		}{{"s", "e1", true}, {"s", "e2", false}, {"se", "1", false}} {
			err := d.Read(context.Background(), func(tx *db.Tx) error {
				got, err := l.Known(context.Background(), tx, c.source, c.id)
				if got != c.want {
					t.Errorf("Known(%q, %q) = %v", c.source, c.id, got)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
