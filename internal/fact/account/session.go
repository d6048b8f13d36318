package account

import "time"

// Session is somebody's being signed in on one device.
type Session struct {
	ID      string // names it in lists; it opens nothing
	Account string
	Started time.Time // when the first way in was shown
	Proved  time.Time // when they last proved who they are
	Seen    time.Time
	Ends    time.Time // at the latest
	Device  string    // in words: "Firefox on Linux"
	Address string    // where it came from
}

// Fresh tells whether the sign-in was just now.
func (s Session) Fresh(now time.Time) bool {
	age := now.Sub(s.Proved)
	return !s.Proved.IsZero() && age >= 0 && age <= StepUpWithin
}
