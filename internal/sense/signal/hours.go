package signal

import (
	"slices"
	"time"

	"hearth"
)

// actHour is one act of the resident's own: its local date and the hour on the clock.
type actHour struct {
	day  hearth.Day
	hour uint8
}

// actHours are the newest acts whose hour is known, ascending, none older than a quarter before the newest. Which they are
// does not depend on the order in which they are learned.
type actHours []actHour

// maxHours bounds them.
const maxHours = 32

// acted notes an act. An instant that is midnight to the second is a date without a time of day, as lists have it.
func (h *actHours) acted(local time.Time, day hearth.Day) {
	if local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		return
	}
	x, list := actHour{day, uint8(local.Hour())}, *h
	i, _ := slices.BinarySearchFunc(list, x, func(a, b actHour) int {
		if a.day != b.day {
			return int(a.day - b.day)
		}
		return int(a.hour) - int(b.hour)
	})
	list = slices.Insert(list, i, x)
	newest, drop := list[len(list)-1].day, max(0, len(list)-maxHours)
	for int(newest-list[drop].day) >= quarter {
		drop++
	}
	*h = slices.Delete(list, 0, drop)
}

// tellsHour tells whether an event is an act of the resident's own at its time. A call or a letter is recorded when the team
// comes to it, and a STOP says nothing about when they like to read.
func tellsHour(k kind, d *data) bool {
	switch k {
	case kindMessageClicked, kindPortalVisited:
		return true
	case kindMessageReceived:
		ch := hearth.Channel(d.Channel)
		return ch != hearth.ChannelCall && ch != hearth.ChannelLetter && d.Topic != OptOut
	}
	return false
}

// Habit is when a resident usually acts by themselves: In of their Of acts of the last quarter fell into Hour (0 to 23, on
// the property's clock) and the hour behind it.
type Habit struct {
	Hour, In, Of int
}

// What makes a habit: so many acts on so many days, at least four and at least half of them (the newer ones, of the last
// month, counted twice) within two hours.
const (
	habitActs = 6
	habitDays = 4
	habitIn   = 4
)

// Habit gives when the resident usually replies, clicks or visits the portal, going by these acts alone. fits says which
// hours may be named. ok is false while there is too little to tell, or no such time.
func (v View) Habit(fits func(hour int) bool) (h Habit, ok bool) {
	var count, weight [24]int
	all, days, last := 0, 0, hearth.Day(0)
	today := v.day()
	for _, x := range v.State.hours {
		age := int(today - x.day)
		if age < 0 || age >= quarter {
			continue
		}
		w := 1
		if age < month {
			w = 2
		}
		count[x.hour]++
		weight[x.hour] += w
		all += w
		h.Of++
		if x.day != last {
			days, last = days+1, x.day
		}
	}
	if h.Of < habitActs || days < habitDays {
		return Habit{}, false
	}
	most := 0
	for hour := range 24 {
		next := (hour + 1) % 24
		w := weight[hour] + weight[next]
		if better := w > most || w == most && weight[hour] > weight[h.Hour]; better && fits(hour) {
			most, h.Hour, h.In = w, hour, count[hour]+count[next]
		}
	}
	return h, h.In >= habitIn && 2*most >= all
}

// Asked gives how many surveys the resident was sent in the last days, at most a year back.
func (v View) Asked(days int) int { return int(v.State.asked.count(v.day(), days)) }

func (e *encoder) hours(h actHours) {
	e.uint(uint64(len(h)))
	for _, x := range h {
		e.day(x.day)
		e.b = append(e.b, x.hour)
	}
}

func (d *decoder) hours() actHours {
	n := d.len(maxHours)
	if n == 0 {
		return nil
	}
	h := make(actHours, n)
	for i := range h {
		h[i] = actHour{d.day(), d.byte()}
		if h[i].hour > 23 {
			d.fail()
		}
	}
	return h
}
