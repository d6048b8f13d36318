package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
)

// allDue works the due rows in their order; held intents go to the desk together.
func (b *batch) allDue(ctx context.Context, dues []work.Due) error {
	var held []work.Due
	for _, d := range dues {
		var err error
		switch d.Kind {
		case dueClock:
			err = b.clockDue(ctx, d)
		case dueRun:
			err = b.runDue(ctx, d)
		case dueInclude:
			err = b.includeDue(ctx, d)
		case dueActivate:
			err = b.activateDue(ctx, d)
		case dueTask:
			err = b.taskDue(ctx, d)
		case dueHold:
			held = append(held, d)
			_, err = b.entry(ctx, heldFor(d), "")
		default:
			err = fmt.Errorf("nobody knows due rows of the kind %q", d.Kind)
		}
		if err != nil {
			return fmt.Errorf("due %s %s: %w", d.Kind, d.Key, err)
		}
	}
	if len(held) == 0 {
		return nil
	}
	if _, err := b.Desk.Wake(ctx, b.tx, held, b.view); err != nil {
		return fmt.Errorf("ask the desk about held messages: %w", err)
	}
	return nil
}

// clockDue looks at a resident because time passed.
func (b *batch) clockDue(ctx context.Context, d work.Due) error {
	en, err := b.entry(ctx, hearth.ResidentID(d.Key), "")
	if err != nil {
		return err
	}
	en.edges.clock = time.Time{}
	en.changed = true
	for _, r := range append([]*playbook.Run(nil), en.runs...) {
		p := b.act.program(r.Playbook, r.Version)
		if p == nil {
			return fmt.Errorf("run %s: there is no version %d of %s", r.ID, r.Version, r.Playbook)
		}
		if _, err := b.exit(en, p, r, nil); err != nil {
			return err
		}
	}
	for _, p := range b.act.edges {
		if err := b.look(ctx, en, p, nil); err != nil {
			return err
		}
	}
	return nil
}

// runDue carries a run on whose wait is over.
func (b *batch) runDue(ctx context.Context, d work.Due) error {
	en, err := b.entry(ctx, hearth.ResidentID(d.Payload), "")
	if err != nil {
		return err
	}
	for _, r := range en.runs {
		if string(r.ID) != d.Key {
			continue
		}
		p := b.act.program(r.Playbook, r.Version)
		if p == nil {
			return fmt.Errorf("there is no version %d of %s", r.Version, r.Playbook)
		}
		if left, err := b.exit(en, p, r, nil); left || err != nil {
			return err
		}
		r.Wake("timeout")
		return b.advance(ctx, en, p, r)
	}
	// The run is over; its timer was on its way.
	return nil
}

// includeDue starts a playbook for a resident who was inside when it was switched on and was chosen to be included.
func (b *batch) includeDue(ctx context.Context, d work.Due) error {
	id, resident, _ := strings.Cut(d.Key, "/")
	p := b.act.live(hearth.PlaybookID(id))
	if p == nil {
		return nil // switched off meanwhile
	}
	en, err := b.entry(ctx, hearth.ResidentID(resident), "")
	if err != nil {
		return err
	}
	still, err := inside(p, en.view(b.now))
	if err != nil || !still {
		return err
	}
	return b.start(ctx, en, p, cause{included: true})
}

// sweep is how far a look at everybody has come.
type sweep struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version"`
	After    hearth.ResidentID `json:"after"`
}

// sweepStep is how many residents one batch looks at after an activation.
const sweepStep = 500

const sweepSQL = `SELECT resident FROM states WHERE org = $1 AND part = $2 AND resident > $3 ORDER BY resident LIMIT 500`

// activateDue looks at some residents of the partition after an activation: those inside are remembered as inside, so
// that only a new edge starts the playbook, and everybody's clock is set to when it could come true.
func (b *batch) activateDue(ctx context.Context, d work.Due) error {
	var s sweep
	if err := json.Unmarshal([]byte(d.Payload), &s); err != nil {
		return err
	}
	p := b.act.live(s.Playbook)
	if p == nil || p.Version != s.Version || p.Def.Trigger.On != "" {
		return nil
	}
	ids, err := b.sweepIDs(ctx, s.After)
	if err != nil {
		return err
	}
	if err := b.cache.load(ctx, b.tx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		en, err := b.entry(ctx, id, "")
		if err != nil {
			return err
		}
		x := en.edges.find(p.Def.ID)
		if x.version == p.Version {
			continue // an event came first and looked already
		}
		if x.inside, err = inside(p, en.view(b.now)); err != nil {
			return err
		}
		x.version, en.changed = p.Version, true
	}
	if len(ids) < sweepStep {
		return nil
	}
	s.After = ids[len(ids)-1]
	payload, err := json.Marshal(s)
	if err != nil {
		return err
	}
	d.Payload, d.At = string(payload), b.now
	b.puts = append(b.puts, d)
	return nil
}

func (b *batch) sweepIDs(ctx context.Context, after hearth.ResidentID) ([]hearth.ResidentID, error) {
	rows, err := b.tx.Query(ctx, sweepSQL, b.tx.Org(), b.part, string(after))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
