package broadcast

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
)

// What became of a broadcast goes by what is said in the place of a mail that came back; once it was stopped, nothing is.
func TestABroadcastFollowsWhatIsSaidAnotherWay(t *testing.T) {
	eachLand(t, 100, func(t *testing.T, l *land) {
		b, err := l.Make(t.Context(), staff("Dana"), func() Plan { p := water(); p.Property = l.at[0]; return p }())
		if err != nil {
			t.Fatal(err)
		}
		if b, err = l.Send(t.Context(), staff("Dana"), b.ID); err != nil {
			t.Fatal(err)
		}
		l.run()
		l.write(func(ctx context.Context, tx *db.Tx) error {
			people, err := People(ctx, tx, b.ID, 0, message.Queued, 10)
			if err != nil || len(people) != 2 {
				t.Fatalf("%d go out (%v), want two", len(people), err)
			}
			if _, err := l.Messages.Report(ctx, tx, message.Report{Message: people[0].Message, State: message.Bounced, Stop: "bounced"}); err != nil {
				return err
			}
			m, err := l.Messages.Get(ctx, tx, people[0].Message)
			if err != nil {
				return err
			}
			if is, stopped, err := Of(ctx, tx, m); err != nil || !is || stopped {
				t.Errorf("of a broadcast %v, stopped %v (%v)", is, stopped, err)
			}
			views, err := l.Views(ctx, tx, nil)
			if err != nil {
				return err
			}
			v, err := l.Desk.Again(ctx, tx, []desk.Lost{{Message: m, Many: true}}, views)
			if err != nil || v[0].Outcome != desk.HandedOver {
				t.Errorf("said another way: %+v (%v)", v, err)
			}
			return Replace(ctx, tx, m, v[0].Message)
		})
		l.write(func(ctx context.Context, tx *db.Tx) error {
			r, err := l.Outcome(ctx, tx, b)
			if r.States[message.Bounced] != 0 || r.States[HandedOver] != 2 || r.States[message.Dropped] != 0 || r.States[message.Queued] != 1 {
				t.Errorf("it stands %v", r.States)
			}
			if len(r.Left) != 2 || !strings.Contains(r.Left[0].Reason+r.Left[1].Reason, "The e-mail came back.") {
				t.Errorf("left out: %+v", r.Left)
			}
			return err
		})
		if got, _, err := l.Stop(t.Context(), staff("Dana"), b.ID); err != nil || got.State != Stopped {
			t.Fatalf("stopped after the last lot it is %s (%v)", got.State, err)
		}
		for _, as := range []State{Stopped, Done} { // as it is written now, and as it once was
			l.write(func(ctx context.Context, tx *db.Tx) error {
				if _, err := tx.Exec(ctx, "UPDATE broadcasts SET state = $1 WHERE org = $2 AND id = $3 AND state IN ('stopped', 'done')", string(as), tx.Org(), b.ID); err != nil {
					return err
				}
				got, err := Get(ctx, tx, b.ID)
				if err != nil || got.State != Stopped || got.StoppedBy.ID != staff("Dana").ID {
					t.Errorf("written as %s it reads as %s by %v (%v)", as, got.State, got.StoppedBy, err)
				}
				return nil
			})
		}
		l.write(func(ctx context.Context, tx *db.Tx) error {
			for _, c := range []struct {
				topic       string
				is, stopped bool
			}{{b.ID, true, true}, {"brd_none", false, false}, {"workorder.7", false, false}} {
				if is, stopped, err := Of(ctx, tx, message.Message{ID: hearth.MessageID("msg_x"), Topic: c.topic}); err != nil || is != c.is || stopped != c.stopped {
					t.Errorf("%s: of a broadcast %v, stopped %v (%v)", c.topic, is, stopped, err)
				}
			}
			return nil
		})
	})
}
