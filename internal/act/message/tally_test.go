package message

import (
	"crypto/rand"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
)

func TestTallies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		s := New(l, consent.New(l), rand.Reader)
		ctx := t.Context()
		message := func(id string, property hearth.PropertyID, state State, template string) Message {
			return Message{ID: hearth.MessageID(id), Property: property, Resident: "res_a", State: state, Class: hearth.ClassRelation, Channel: hearth.ChannelEmail, Template: template, Playbook: "hello", Subject: "Hello", Body: "Hello"}
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			return s.Insert(ctx, tx, []Message{message("a", "prp_a", Held, "hi"), message("b", "prp_a", Dropped, "hi"), message("c", "prp_a", Held, "hi"), message("d", "prp_b", Held, "hi"), message("e", "prp_a", Held, "bye")})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			got, err := s.Tallies(ctx, tx, "hello", "prp_a", clock.Now())
			if err == nil && (got["hi"][Held] != 2 || got["hi"][Dropped] != 1 || got["bye"][Held] != 1) {
				t.Errorf("came to %v", got)
			}
			if later, err := s.Tallies(ctx, tx, "hello", "", clock.Now().Add(time.Hour)); err != nil || len(later) != 0 {
				t.Errorf("later: %v, %v", later, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
