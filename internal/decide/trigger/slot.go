package trigger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// slots is up to which day a playbook's starts at a property are given out, and how many of that day.
type slots struct {
	day     hearth.Day
	starts  int
	changed bool
}

// slotFrom is the local time, in minutes, from which those who waited for their day start, in the order of their coming.
const slotFrom = 9 * 60

// slot applies the limit on starts a day: a start that finds the day full is given the next day that has room.
func (b *batch) slot(ctx context.Context, en *entry, p *playbook.Program, c cause) (hold, error) {
	most := p.Def.Limits.ADay
	if most == 0 || c.slot {
		return hold{}, nil
	}
	s, err := b.slotsOf(ctx, countKey{p.Def.ID, en.property})
	if err != nil {
		return hold{}, err
	}
	today := hearth.DayOf(b.now, en.zone)
	if s.day < today {
		s.day, s.starts = today, 0
	}
	if s.starts >= most {
		s.day, s.starts = s.day+1, 0
	}
	s.starts, s.changed = s.starts+1, true
	if s.day == today {
		return hold{}, nil
	}
	at := s.day.At(slotFrom, en.zone).Add(time.Duration(s.starts) * time.Millisecond)
	return hold{slot: true, retry: at,
		why: fmt.Sprintf("It starts at most %d times a day at this property; this one follows on %s.", most, s.day)}, nil
}

const slotsSQL = `SELECT day, starts FROM start_days WHERE org = $1 AND property = $2 AND playbook = $3`

// slotsOf reads what is given out, once a batch.
func (b *batch) slotsOf(ctx context.Context, key countKey) (*slots, error) {
	if s := b.days[key]; s != nil {
		return s, nil
	}
	s := &slots{}
	err := b.tx.Row(ctx, slotsSQL, b.tx.Org(), string(key.property), string(key.playbook)).Scan(&s.day, &s.starts)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, fmt.Errorf("read the starts given out of %s: %w", key.playbook, err)
	}
	b.days[key] = s
	return s, nil
}

func (b *batch) saveSlots(ctx context.Context) error {
	bulk := db.Bulk{Table: "start_days", Cols: []db.Col{{Name: "org"}, {Name: "property"}, {Name: "playbook"}, {Name: "day", Type: db.Int},
		{Name: "starts", Type: db.Int}},
		OnConflict: "ON CONFLICT (org, property, playbook) DO UPDATE SET day = excluded.day, starts = excluded.starts"}
	for key, s := range b.days {
		if s.changed {
			bulk.Rows = append(bulk.Rows, []any{b.tx.Org(), string(key.property), string(key.playbook), int64(s.day), int64(s.starts)})
		}
	}
	if len(bulk.Rows) == 0 {
		return nil
	}
	if err := b.tx.BulkLater(ctx, bulk); err != nil {
		return fmt.Errorf("write the starts given out: %w", err)
	}
	return nil
}
