package portal

import (
	"encoding/json"
	"slices"
	"time"

	"hearth"
)

// box is a package that waits, or several that came together.
type box struct {
	id    string // as its source names it; "" where it has no name
	count int
	where string
	at    time.Time
}

// forgotten is after how long a package that nobody was told to have picked up is no longer shown: it is not there any more, or
// nobody tells such things.
const forgotten = 60 * 24 * time.Hour

// happened is what these events say.
type happened struct {
	Package string    `json:"package"`
	Count   int       `json:"count"`
	Where   string    `json:"where"`
	Amenity string    `json:"amenity"`
	Booking string    `json:"booking"`
	What    string    `json:"what"`
	Outage  string    `json:"outage"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
}

// oldestFirst reads events that came newest first in their order. One that can't be read says nothing.
func oldestFirst(told []*hearth.Event, each func(*hearth.Event, happened)) {
	for _, ev := range slices.Backward(told) {
		var h happened
		if len(ev.Data) == 0 || json.Unmarshal(ev.Data, &h) == nil {
			each(ev, h)
		}
	}
}

// waiting gives the packages that have arrived for somebody and were not picked up, the newest first. A package that is picked up by name is
// the one of that name, whoever of the home took it; without a name it is everything that was there for whoever took it; a name that nobody told before is the oldest without one.
func waiting(told []*hearth.Event, mine func(hearth.ResidentID) bool, now time.Time) []box {
	var out []box
	oldestFirst(told, func(ev *hearth.Event, h happened) {
		own := slices.ContainsFunc(ev.Residents, mine)
		switch {
		case ev.Type == "package.arrived" && own && now.Sub(ev.Time) < forgotten:
			out = append(out, box{id: h.Package, count: max(h.Count, 1), where: h.Where, at: ev.Time})
		case ev.Type == "package.collected" && h.Package == "" && own:
			out = nil
		case ev.Type == "package.collected" && h.Package != "":
			i := slices.IndexFunc(out, func(b box) bool { return b.id == h.Package })
			if i < 0 && own {
				i = slices.IndexFunc(out, func(b box) bool { return b.id == "" })
			}
			if i >= 0 {
				out = slices.Delete(out, i, i+1)
			}
		}
	})
	slices.Reverse(out)
	return out
}

// span is something that lasts; to is zero where nobody knows for how long.
type span struct {
	id, what string
	from, to time.Time
}

// booked gives what somebody has booked and is not over. A booking is called off by its name, or by what was booked; of several the last one.
func booked(told []*hearth.Event, now time.Time) []span {
	var out []span
	oldestFirst(told, func(ev *hearth.Event, h happened) {
		switch ev.Type {
		case "amenity.booked":
			out = append(out, span{id: h.Booking, what: h.Amenity, from: h.Start, to: h.End})
		case "amenity.cancelled":
			out = without(out, func(s span) bool {
				if h.Booking != "" {
					return s.id == h.Booking
				}
				return h.Amenity == "" || s.what == h.Amenity
			})
		}
	})
	return slices.DeleteFunc(out, func(s span) bool { return !s.to.After(now) })
}

// unended is for how long an outage whose end nobody told is shown after it began.
const unended = 3 * 24 * time.Hour

// outages gives what does not work or will not, until it is told to be over. News of the same one replace what was said before.
func outages(told []*hearth.Event, now time.Time) []span {
	var out []span
	oldestFirst(told, func(ev *hearth.Event, h happened) {
		same := func(s span) bool {
			if h.Outage != "" {
				return s.id == h.Outage
			}
			return s.what == h.What
		}
		switch ev.Type {
		case "outage.announced":
			if h.Outage != "" {
				out = without(out, same)
			}
			out = append(out, span{id: h.Outage, what: h.What, from: h.Start, to: h.End})
		case "outage.ended":
			out = slices.DeleteFunc(out, func(s span) bool { return same(s) && !s.from.After(ev.Time) })
		}
	})
	return slices.DeleteFunc(out, func(s span) bool {
		return !s.to.IsZero() && !s.to.After(now) || s.to.IsZero() && now.Sub(s.from) > unended
	})
}

// without takes the last of those that fit away.
func without(all []span, fits func(span) bool) []span {
	for i := len(all) - 1; i >= 0; i-- {
		if fits(all[i]) {
			return slices.Delete(all, i, i+1)
		}
	}
	return all
}
