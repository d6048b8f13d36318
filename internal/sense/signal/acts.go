package signal

import (
	"strings"

	"hearth"
)

// acts90 is the acts of the resident by what they did, each over a quarter. Somebody who never opens mail and always
// picks up the telephone is close to us all the same, so that each way has a count of its own.
type acts90 struct {
	calls, letters, pickups, visits, attended, portal counter
}

// each gives the counters in the order in which they are stored.
func (a *acts90) each() [6]*counter {
	return [...]*counter{&a.calls, &a.letters, &a.pickups, &a.visits, &a.attended, &a.portal}
}

// wrote counts a message from the resident that came as a call or a letter.
func (a *acts90) wrote(channel string, day hearth.Day) {
	switch hearth.Channel(channel) {
	case hearth.ChannelCall:
		a.calls.add(day, 1, quarter)
	case hearth.ChannelLetter:
		a.letters.add(day, 1, quarter)
	}
}

// met counts a personal contact by how it came about. A talk at the office or in the hall is a visit.
func (a *acts90) met(kind string, day hearth.Day) {
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "call", "phone", "telephone", "phone call":
		a.calls.add(day, 1, quarter)
	case "email", "e-mail", "sms", "text", "message", "portal":
		// written, and counted where it was received
	case "letter":
		a.letters.add(day, 1, quarter)
	default:
		a.visits.add(day, 1, quarter)
	}
}

// visitKind sorts what somebody came by for. Of a gathering only that they came is kept: which one it was may tell of
// faith, descent or health, and is nobody's business.
func visitKind(kind string) (attended, pickedUp bool) {
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "attendance", "gathering", "event":
		return true, false
	case "pickup", "pick_up", "package":
		return false, true
	}
	return false, false
}

// came counts a visit and gives the weight of the act.
func (a *acts90) came(kind string, day hearth.Day) float64 {
	attended, pickedUp := visitKind(kind)
	switch {
	case attended:
		a.attended.add(day, 1, quarter)
	case pickedUp:
		a.pickups.add(day, 1, quarter)
	default:
		a.visits.add(day, 1, quarter)
		return weightFull
	}
	return weightLight
}

func (e *encoder) acts90(a *acts90) {
	for _, c := range a.each() {
		e.counter(*c)
	}
}

func (d *decoder) acts90(a *acts90) {
	for _, c := range a.each() {
		*c = d.counter(quarter)
	}
}
