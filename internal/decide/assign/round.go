package assign

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Round chooses owners for several tasks of one transaction. It reads each property's team and load once and adds what
// it gives away itself, so the tasks may be inserted together afterwards.
type Round struct {
	s     *Assigner
	sites map[hearth.PropertyID]*site
	// notices tell what was given past somebody's minutes; told says of which properties that was looked at today.
	notices []task.Task
	told    map[hearth.PropertyID]bool
	version *string // of the team, once it was read
}

// site is what a round knows of a property.
type site struct {
	situation
	from, to hearth.Day // the days whose load was read; to is the first one not read
	gave     map[hearth.Day]map[hearth.StaffID]int
	rotaRead bool
}

// Round begins a round. It is good for one transaction and one goroutine.
func (s *Assigner) Round() *Round {
	return &Round{s: s, sites: map[hearth.PropertyID]*site{}, told: map[hearth.PropertyID]bool{}}
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
	sit, err := r.ready(ctx, tx, a)
	if err != nil {
		return Choice{}, fmt.Errorf("choose an owner at %s: %w", a.Property, err)
	}
	c := sit.choose(a)
	minutes := a.Minutes
	if c.Light {
		minutes = a.Light
	}
	sit.give(c, minutes, a.Stored)
	return c, r.tell(ctx, tx, a.Property, sit, c)
}

// ready gives the property with all that an ask may look at.
func (r *Round) ready(ctx context.Context, tx *db.Tx, a Ask) (*site, error) {
	sit, err := r.site(ctx, tx, a.Property)
	if err != nil {
		return nil, err
	}
	day := hearth.DayOf(a.Due, sit.zone)
	if err := r.s.loads(ctx, tx, sit, min(day, hearth.DayOf(sit.now, sit.zone)), max(day+week, hearth.DayOf(a.Due.Add(a.Slack), sit.zone)+1)); err != nil {
		return nil, err
	}
	if a.Urgent && !sit.rotaRead {
		if sit.rota, err = r.s.records.OnCall(ctx, tx, a.Property); err != nil {
			return nil, err
		}
		sit.rotaRead = true
	}
	return sit, nil
}

// give counts what a choice gives away. What is stored already is found by a later look at the load.
func (s *site) give(c Choice, minutes int, stored bool) {
	if c.Staff == "" {
		return
	}
	day := hearth.DayOf(c.Due, s.zone)
	s.count(s.load, day, c.Staff, minutes)
	if !stored {
		s.count(s.gave, day, c.Staff, minutes)
	}
}

func (s *site) count(in map[hearth.Day]map[hearth.StaffID]int, day hearth.Day, id hearth.StaffID, minutes int) {
	if in[day] == nil {
		in[day] = map[hearth.StaffID]int{}
	}
	in[day][id] += minutes
}

func (r *Round) site(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (*site, error) {
	if sit := r.sites[property]; sit != nil {
		return sit, nil
	}
	if r.version == nil {
		version, err := r.s.records.TeamVersion(ctx, tx)
		if err != nil {
			return nil, err
		}
		r.version = &version
	}
	sit, err := r.s.team(ctx, tx, property, *r.version)
	if err != nil {
		return nil, err
	}
	r.sites[property] = sit
	return sit, nil
}

const (
	week = 7
	// lasting is how many working days in a row past somebody's minutes are a lasting overload.
	lasting = 3
)

// loads reads the minutes given away from one day up to another, with one query for the team. The days before tell a
// lasting overload, and those behind save a second look.
func (s *Assigner) loads(ctx context.Context, tx *db.Tx, sit *site, from, to hearth.Day) error {
	if sit.to > sit.from && sit.from <= from && to <= sit.to {
		return nil
	}
	if from -= week; sit.to > sit.from {
		from, to = min(from, sit.from), max(to, sit.to)
	}
	ids := make([]hearth.StaffID, len(sit.team))
	for i := range sit.team {
		ids[i] = sit.team[i].ID
	}
	load, err := s.tasks.Given(ctx, tx, ids, from.Start(sit.zone), to.Start(sit.zone))
	if err != nil {
		return err
	}
	sit.from, sit.to = from, to
	sit.load = map[hearth.Day]map[hearth.StaffID]int{}
	for _, g := range load {
		sit.count(sit.load, hearth.DayOf(g.At, sit.zone), g.Owner, g.Minutes)
	}
	for day, given := range sit.gave {
		for id, minutes := range given {
			sit.count(sit.load, day, id, minutes)
		}
	}
	return nil
}

// staffOf reads one of the team, or somebody who has no role here any more.
func (r *Round) staffOf(ctx context.Context, tx *db.Tx, sit *site, id hearth.StaffID) (record.Staff, error) {
	if m := sit.member(id); m != nil {
		return *m, nil
	}
	return r.s.records.Staff(ctx, tx, id)
}

// until is the due time to ask for a task that is handed on now: its own, or an hour of work from now if that is past.
func (s *site) until(due time.Time) time.Time {
	return latest(due, CalendarOf(s.settings, nil, s.zone).Add(s.now, time.Hour))
}
