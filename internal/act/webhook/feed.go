package webhook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
)

// Follower is the name under which webhooks follow the log.
const Follower = "webhooks"

// fed is how many events one transaction passes.
const fed = 500

// Loops gives the loop that follows the log and the one that makes the calls.
func (s *Hooks) Loops() []work.Loop {
	return []work.Loop{
		{Name: "webhooks-feed", Every: time.Second, Wake: nil, Run: s.Feed},
		{Name: "webhooks-call", Every: time.Second, Wake: s.wake, Run: s.Deliver},
	}
}

// startHere has the follower begin with what happens from now on: nobody listened before.
func (s *Hooks) startHere(ctx context.Context, tx *db.Tx) error {
	heads, err := s.Log.Heads(ctx, tx)
	if err != nil {
		return err
	}
	for part, head := range heads {
		pos, ok, err := s.Log.Lock(ctx, tx, Follower, part)
		if err != nil || !ok {
			return err
		}
		if err := s.Log.Move(ctx, tx, Follower, part, eventlog.Position{Seq: head, Node: s.Node, Epoch: pos.Epoch + 1}); err != nil {
			return err
		}
	}
	return nil
}

// Feed notes, for the next events of each partition, who is to hear them. It tells whether more are waiting.
func (s *Hooks) Feed(ctx context.Context) (more bool, err error) {
	var behind []int
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		hooks, err := listening(ctx, tx)
		if err != nil || len(hooks) == 0 {
			return err
		}
		heads, err := s.Log.Heads(ctx, tx)
		if err != nil {
			return err
		}
		at, err := s.Log.Positions(ctx, tx, Follower)
		for part, head := range heads {
			if head > at[part] {
				behind = append(behind, part)
			}
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look what webhooks are to hear: %w", err)
	}
	slices.Sort(behind)
	for _, part := range behind {
		again, err := s.feedPart(ctx, part)
		if err != nil {
			return false, fmt.Errorf("note what webhooks are to hear, partition %d: %w", part, err)
		}
		more = more || again
	}
	if len(behind) > 0 {
		s.ring()
	}
	return more, nil
}

func (s *Hooks) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// listening gives the webhooks that are on.
func listening(ctx context.Context, tx *db.Tx) ([]Hook, error) {
	all, err := list(ctx, tx)
	return slices.DeleteFunc(all, func(h Hook) bool { return h.State != On }), err
}

func (s *Hooks) feedPart(ctx context.Context, part int) (more bool, err error) {
	err = s.DB.WriteAside(ctx, func(tx *db.Tx) error {
		pos, ok, err := s.Log.Lock(ctx, tx, Follower, part)
		if err != nil || !ok {
			return err
		}
		events, err := s.Log.Read(ctx, tx, part, pos.Seq, fed)
		if err != nil || len(events) == 0 {
			return err
		}
		more = len(events) == fed
		// Read behind the events: whoever was there when one of them came is among them.
		hooks, err := listening(ctx, tx)
		if err != nil {
			return err
		}
		if err := put(ctx, tx, part, events, hooks); err != nil {
			return err
		}
		return s.Log.Move(ctx, tx, Follower, part, eventlog.Position{Seq: events[len(events)-1].Seq, Node: s.Node, Epoch: pos.Epoch + 1})
	})
	return more, err
}

// put notes events for those who are to hear them.
func put(ctx context.Context, tx *db.Tx, part int, events []*hearth.Event, hooks []Hook) error {
	b := db.Bulk{Table: "webhook_calls", Cols: []db.Col{{Name: "org"}, {Name: "webhook"}, {Name: "part", Type: db.Int}, {Name: "seq", Type: db.Int},
		{Name: "subject"}, {Name: "next_at", Type: db.Int}, {Name: "attempts", Type: db.Int}}, OnConflict: "ON CONFLICT (org, webhook, part, seq) DO NOTHING"}
	for _, ev := range events {
		for _, h := range hooks {
			if h.Hears(ev) {
				b.Rows = append(b.Rows, []any{tx.Org(), h.ID, int64(part), ev.Seq, ev.Subject.Kind + "/" + ev.Subject.ID, tx.Now(), 0})
			}
		}
	}
	if len(b.Rows) == 0 {
		return nil
	}
	_, err := tx.Bulk(ctx, b)
	return err
}

// Replay notes again, for one webhook, the events that were recorded since a time, and gives how many they are. What waits
// for it already is not doubled; what it had taken before it hears once more, under the same identities.
func (s *Hooks) Replay(ctx context.Context, id string, since time.Time) (n int, err error) {
	var h Hook
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		h, err = Get(ctx, tx, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	if h.State == Off {
		return 0, hearth.Errorf(hearth.CodeConflict, "Switch the webhook on first; what it has missed is then told by itself.")
	}
	return s.note(ctx, h, since)
}

// note notes for a webhook what was recorded since a time.
func (s *Hooks) note(ctx context.Context, h Hook, since time.Time) (n int, err error) {
	var heads map[int]int64
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		heads, err = s.Log.Heads(ctx, tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for part := range eventlog.Parts {
		if heads[part] == 0 {
			continue
		}
		some, err := s.replayPart(ctx, h, part, since, heads[part])
		if err != nil {
			return n, fmt.Errorf("replay for webhook %s: %w", h.ID, err)
		}
		n += some
	}
	s.ring()
	return n, nil
}

func (s *Hooks) replayPart(ctx context.Context, h Hook, part int, since time.Time, head int64) (n int, err error) {
	var at int64
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		at, err = s.Log.PlaceAt(ctx, tx, part, since)
		return err
	})
	for err == nil && at < head {
		err = s.DB.WriteAside(ctx, func(tx *db.Tx) error {
			events, err := s.Log.Read(ctx, tx, part, at, fed)
			if err != nil || len(events) == 0 {
				at = head
				return err
			}
			var kept []*hearth.Event
			for _, ev := range events {
				if !ev.Recorded.Before(since) && ev.Seq <= head && h.Hears(ev) {
					kept = append(kept, ev)
				}
			}
			n += len(kept)
			at = events[len(events)-1].Seq
			return put(ctx, tx, part, kept, []Hook{h})
		})
	}
	return n, err
}
