package assign

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Round chooses owners for several tasks of one transaction. It reads each property's team and load once and adds what
// it gives away itself, so the tasks may be inserted together afterwards.
type Round struct {
	s     *Assigner
	sites map[hearth.PropertyID]*situation
}

// Round begins a round. It is good for one transaction and one goroutine.
func (s *Assigner) Round() *Round {
	return &Round{s: s, sites: map[hearth.PropertyID]*situation{}}
}

// Calendar gives a property's business calendar, for due times.
func (r *Round) Calendar(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (Calendar, error) {
	sit, err := r.site(ctx, tx, property)
	if err != nil {
		return Calendar{}, fmt.Errorf("read the calendar of %s: %w", property, err)
	}
	return CalendarOf(sit.settings, nil, sit.zone), nil
}

// Choose names the owner as Assigner.Choose does, counting what this round gave away before.
func (r *Round) Choose(ctx context.Context, tx *db.Tx, a Ask) (Choice, error) {
	if !a.Role.Valid() {
		return Choice{}, hearth.FieldErrorf("role", "%q is not a role; a task needs one.", a.Role)
	}
	sit, err := r.site(ctx, tx, a.Property)
	if err != nil {
		return Choice{}, fmt.Errorf("choose an owner at %s: %w", a.Property, err)
	}
	if err := r.s.loads(ctx, tx, sit, a); err != nil {
		return Choice{}, fmt.Errorf("choose an owner at %s: %w", a.Property, err)
	}
	c := sit.choose(a)
	if c.Staff != "" {
		sit.load[hearth.DayOf(c.Due, sit.zone)][c.Staff] += a.Minutes
	}
	return c, nil
}

func (r *Round) site(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (*situation, error) {
	if sit := r.sites[property]; sit != nil {
		return sit, nil
	}
	sit, err := r.s.team(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	r.sites[property] = sit
	return sit, nil
}

// team reads who works at the property, and its hours.
func (s *Assigner) team(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (*situation, error) {
	p, err := s.records.Property(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	zone, err := p.Location()
	if err != nil {
		return nil, err
	}
	sit := &situation{settings: p.Settings, zone: zone, load: map[hearth.Day]map[hearth.StaffID]int{}}
	sit.team, err = s.records.StaffAt(ctx, tx, property)
	return sit, err
}

// loads reads the minutes given away on the days that the ask allows.
func (s *Assigner) loads(ctx context.Context, tx *db.Tx, sit *situation, a Ask) error {
	for d := hearth.DayOf(a.Due, sit.zone); d <= hearth.DayOf(a.Due.Add(max(a.Slack, time.Duration(0))), sit.zone); d++ {
		if sit.load[d] != nil {
			continue
		}
		load, err := s.tasks.Load(ctx, tx, a.Property, d)
		if err != nil {
			return err
		}
		if load == nil {
			load = map[hearth.StaffID]int{}
		}
		sit.load[d] = load
	}
	return nil
}
