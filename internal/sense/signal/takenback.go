package signal

import (
	"slices"
	"time"

	"hearth"
)

// takeOrderBack unfolds what an import told of a work order: its opening, its completion or its reopening. What was counted
// then is counted no more; the last completion is the latest that is still remembered.
func (s *State) takeOrderBack(d *data, subject hearth.Subject, at int64, zone *time.Location) {
	id := hash(d.WorkOrder)
	if subject.Kind == "workorder" {
		id = hash(subject.ID)
	}
	o := s.order(id)
	opened, _ := instantDay(d.Opened, zone)
	if completed, when := instantDay(d.Completed, zone); completed != 0 {
		s.uncomplete(id, opened, completed, when)
	}
	if d.Reopened != "" {
		s.reopened.takeLast()
	}
	if d.State != "" {
		o.stage, o.changed = stageOf(d.State), max(at, o.changed)
		s.keepOrder(o)
		return
	}
	s.orders = slices.DeleteFunc(s.orders, func(o order) bool { return o.id == id })
	s.total = max(s.total-1, 0)
	s.opened.take(opened, 1)
	c := category(d.Category)
	if i := slices.Index(s.openings, opening{opened, c}); c != 0 && i >= 0 {
		s.openings = slices.Delete(s.openings, i, i+1)
	}
}

func (s *State) uncomplete(id uint64, opened, completed hearth.Day, at int64) {
	took := int64(max(completed-opened, 0))
	s.closeCount.take(completed, 1)
	s.closeDays.take(completed, took)
	if s.lastTookAt == at && s.lastTook == took {
		s.lastTook, s.lastTookAt = 0, 0
	}
	if s.lastClosed != completed {
		return
	}
	s.lastClosed = 0
	for _, o := range s.orders {
		if o.id != id && o.stage == stageCompleted {
			s.lastClosed = max(s.lastClosed, hearth.Day(floorDiv(o.changed, dayMillis)))
		}
	}
}

func stageOf(state string) stage {
	switch state {
	case "complete", "confirmed":
		return stageCompleted
	case "cancelled":
		return stageCancelled
	}
	return stageOpened
}

// instantDay reads an instant: its local date and its milliseconds; 0 for none.
func instantDay(text string, zone *time.Location) (hearth.Day, int64) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, 0
	}
	return hearth.DayOf(t, zone), hearth.Millis(t)
}

// take counts n less on a day, as far as it was counted.
func (c *counter) take(day hearth.Day, n int64) {
	for i := range *c {
		b := &(*c)[i]
		if b.day != day {
			continue
		}
		if b.n -= n; b.n <= 0 {
			*c = slices.Delete(*c, i, i+1)
		}
		return
	}
}

// takeLast counts one less on the newest day.
func (c *counter) takeLast() {
	if n := len(*c); n > 0 {
		c.take((*c)[n-1].day, 1)
	}
}
