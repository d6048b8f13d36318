package signal

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"hearth"
)

// Bounds of what a state remembers about work orders.
const (
	maxOpenOrders   = 32 // more are not counted as open; a home with more has another problem
	maxClosedOrders = 8  // remembered so that a reopening or a late opening finds its order
	maxOpenings     = 64 // openings of the last 180 days, for repeats
	repeatMemory    = 2 * quarter
	closedMemory    = quarter * dayMillis // between the last closed order and the ones before it
)

// stage is the last thing that happened to an order. At the same instant the higher one counts: sources that know
// only dates open and complete in the same breath.
type stage uint8

const (
	stageOpened stage = iota
	stageCompleted
	stageCancelled
	stageReopened
)

// order is a work order that is open, or was lately.
type order struct {
	id      uint64
	opened  hearth.Day // 0: not told yet
	changed int64      // when stage was reached, milliseconds
	stage   stage
	urgent  bool
}

func (o *order) open() bool {
	return o.opened != 0 && (o.stage == stageOpened || o.stage == stageReopened)
}

// opening is one opened order, remembered for repeats of the same category.
type opening struct {
	day      hearth.Day
	category uint32
}

// foldOrder folds what happened to a work order.
func (s *State) foldOrder(k kind, d *data, subject hearth.Subject, at int64, day hearth.Day) {
	id := hash(d.WorkOrder)
	if subject.Kind == "workorder" {
		id = hash(subject.ID)
	}
	o := s.order(id)
	switch k {
	case kindOrderOpened:
		s.openOrder(o, d, at, day)
	case kindOrderCompleted:
		s.lastClosed = max(s.lastClosed, day)
		if o.opened != 0 {
			s.closedAfter(day, o.opened, at)
		}
		o.reach(stageCompleted, at)
	case kindOrderCancelled:
		o.reach(stageCancelled, at)
	case kindOrderAmended:
		// Second thoughts make it more pressing, never less: which of two words was the later would have to be kept for that.
		o.urgent = o.urgent || pressing(d.Priority)
	case kindOrderReopened:
		s.reopened.add(day, 1, quarter)
		o.reach(stageReopened, at)
		if o.opened == 0 {
			o.opened = day // its opening was before our time
		}
	}
	s.keepOrder(o)
}

func (s *State) openOrder(o *order, d *data, at int64, day hearth.Day) {
	s.total++
	s.opened.add(day, 1, year)
	o.urgent = o.urgent || pressing(d.Priority)
	if o.opened == 0 && o.stage == stageCompleted {
		s.closedAfter(s.dayOfChange(o, day), day, o.changed)
	}
	o.opened = day
	o.reach(stageOpened, at)
	if c := category(d.Category); c != 0 {
		s.openings = insertOpening(s.openings, opening{day, c})
	}
}

func pressing(priority string) bool {
	return slices.Contains([]string{"emergency", "urgent", "high"}, strings.ToLower(priority))
}

// dayOfChange is the local date of the last change. The opening comes late here, so that the distance in whole days
// from its own date is near enough.
func (s *State) dayOfChange(o *order, opened hearth.Day) hearth.Day {
	return max(opened, hearth.Day(floorDiv(o.changed, dayMillis)))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// closedAfter notes how many days an order took that was completed at an instant: for the average, and for the last.
func (s *State) closedAfter(day, opened hearth.Day, at int64) {
	took := int64(max(day-opened, 0))
	s.closeCount.add(day, 1, year)
	s.closeDays.add(day, took, year)
	if at > s.lastTookAt || at == s.lastTookAt && took > s.lastTook {
		s.lastTook, s.lastTookAt = took, at
	}
}

func (o *order) reach(st stage, at int64) {
	if o.changed == 0 || at > o.changed || at == o.changed && st > o.stage {
		o.stage, o.changed = st, at
	}
}

// order finds an order by id; one without id, or a new one, is blank.
func (s *State) order(id uint64) *order {
	for i := range s.orders {
		if id != 0 && s.orders[i].id == id {
			o := s.orders[i]
			return &o
		}
	}
	return &order{id: id}
}

// keepOrder stores an order back and forgets the ones beyond the bounds: of the open ones the newest, because the
// oldest wait most, of the others the longest gone.
func (s *State) keepOrder(o *order) {
	if o.id == 0 {
		return // it could never be found again, so it cannot be known to be open
	}
	found := false
	for i := range s.orders {
		if s.orders[i].id == o.id {
			s.orders[i], found = *o, true
		}
	}
	if !found {
		s.orders = append(s.orders, *o)
	}
	slices.SortFunc(s.orders, byWait)
	open := sort.Search(len(s.orders), func(i int) bool { return !s.orders[i].open() })
	end := min(len(s.orders), open+maxClosedOrders)
	for end > open && s.orders[open].changed-s.orders[end-1].changed > closedMemory {
		end--
	}
	s.orders = append(s.orders[:min(open, maxOpenOrders)], s.orders[open:end]...)
}

// byWait sorts open orders first, the longest open foremost, then the others, the last changed foremost.
func byWait(a, b order) int {
	switch {
	case a.open() != b.open():
		if a.open() {
			return -1
		}
		return 1
	case a.open() && a.opened != b.opened:
		return cmp.Compare(a.opened, b.opened)
	case !a.open() && a.changed != b.changed:
		return cmp.Compare(b.changed, a.changed)
	}
	return cmp.Compare(a.id, b.id)
}

// category names a category in 32 bits, without regard to case; 0 for none.
func category(s string) uint32 {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return 0
	}
	return uint32(hash(s)) | 1
}

// insertOpening keeps openings ascending by day and no older than repeats need.
func insertOpening(list []opening, o opening) []opening {
	i := len(list)
	for i > 0 && (list[i-1].day > o.day || list[i-1].day == o.day && list[i-1].category > o.category) {
		i--
	}
	list = append(list, opening{})
	copy(list[i+1:], list[i:])
	list[i] = o
	newest, drop := list[len(list)-1].day, 0
	for int(newest-list[drop].day) >= repeatMemory || len(list)-drop > maxOpenings {
		drop++
	}
	return append(list[:0], list[drop:]...)
}

// repeats counts the openings of the last 90 days that follow one of the same category within 90 days.
func (s *State) repeats(today hearth.Day) int64 {
	var n int64
	for i := len(s.openings) - 1; i >= 0; i-- {
		o := s.openings[i]
		if int(today-o.day) >= quarter {
			break
		}
		if o.day > today {
			continue
		}
		for j := i - 1; j >= 0 && int(o.day-s.openings[j].day) < quarter; j-- {
			if s.openings[j].category == o.category {
				n++
				break
			}
		}
	}
	return n
}
