package trigger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"sort"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// Verified is the result of rebuilding signals from the log.
type Verified struct {
	Events    int                 `json:"events"`
	Residents int                 `json:"residents"`
	Different []hearth.ResidentID `json:"different"` // whose stored signals are not what the log gives
	Older     int                 `json:"older"`     // stored by another version: folded anew from the log when next needed
}

// Verify folds the whole log anew, partition by partition, and compares each resident's signals with the stored ones,
// bit for bit. It changes nothing. Events after a partition's position are left out: they are not decided yet.
func (e *Engine) Verify(ctx context.Context, progress func(events int)) (Verified, error) {
	var out Verified
	for part := 0; part < eventlog.Parts; part++ {
		// One snapshot for a partition, so that log, position and states are of one moment.
		err := e.DB.Read(ctx, func(tx *db.Tx) error { return e.verifyPart(ctx, tx, part, &out, progress) })
		if err != nil {
			return out, fmt.Errorf("verify partition %d: %w", part, err)
		}
	}
	return out, nil
}

func (e *Engine) verifyPart(ctx context.Context, tx *db.Tx, part int, out *Verified, progress func(int)) error {
	positions, err := e.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return err
	}
	states, groups := map[hearth.ResidentID]*signal.State{}, grouped{}
	err = e.eachUpTo(ctx, tx, part, positions[part], func(ev *hearth.Event) error {
		groups.note(ev)
		out.Events++
		if progress != nil && out.Events%1000 == 0 {
			progress(out.Events)
		}
		return e.refold(ctx, tx, states, ev.Residents, ev)
	})
	if err != nil {
		return err
	}
	if progress != nil {
		progress(out.Events)
	}
	if len(groups) > 0 { // once more, for those who are one person with others: all events of both, in their order
		kept := map[hearth.ResidentID]*signal.State{}
		for _, id := range groups {
			kept[id] = &signal.State{}
		}
		err := e.eachUpTo(ctx, tx, part, positions[part], func(ev *hearth.Event) error {
			return e.refold(ctx, tx, kept, groups.kept(ev, kept), ev)
		})
		if err != nil {
			return err
		}
		maps.Copy(states, kept)
	}
	return compare(ctx, tx, part, states, out)
}

// eachUpTo calls f for each event of a partition up to a place, in order.
func (e *Engine) eachUpTo(ctx context.Context, tx *db.Tx, part int, upto int64, f func(*hearth.Event) error) error {
	for after := int64(0); after < upto; {
		events, err := e.Log.Read(ctx, tx, part, after, 1000)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, ev := range events {
			if after = ev.Seq; after > upto {
				break
			}
			if err := f(ev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) refold(ctx context.Context, tx *db.Tx, states map[hearth.ResidentID]*signal.State, whom []hearth.ResidentID, ev *hearth.Event) error {
	zone, err := e.zoneOf(ctx, tx, ev.Property)
	if err != nil {
		return err
	}
	for _, id := range whom {
		if id == "" {
			continue
		}
		if anew(ev) {
			if states[id], err = e.rebuild(ctx, tx, id, ev, true); err != nil {
				return err
			}
			continue
		}
		s := states[id]
		if s == nil {
			s = &signal.State{}
			states[id] = s
		}
		s.Fold(ev, zone)
	}
	return nil
}

func (e *Engine) zoneOf(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (*time.Location, error) {
	if property == "" {
		return time.UTC, nil
	}
	return e.Records.Zone(ctx, tx, property)
}

// A property's own rows hold no signals.
const partStatesSQL = `SELECT resident, body FROM states WHERE org = $1 AND part = $2 AND resident <> property`

func compare(ctx context.Context, tx *db.Tx, part int, states map[hearth.ResidentID]*signal.State, out *Verified) error {
	rows, err := tx.Query(ctx, partStatesSQL, tx.Org(), part)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.ResidentID
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		out.Residents++
		s := states[id]
		delete(states, id)
		if _, err := signal.Decode(body); errors.Is(err, signal.ErrVersion) {
			out.Older++
			continue
		}
		if s == nil || !bytes.Equal(s.AppendBinary(nil), body) {
			out.Different = append(out.Different, id)
		}
	}
	for id := range states {
		out.Different = append(out.Different, id)
	}
	sort.Slice(out.Different, func(i, j int) bool { return out.Different[i] < out.Different[j] })
	return rows.Err()
}
