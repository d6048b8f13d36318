package app

import (
	"time"

	"hearth"
)

// SystemClock is the machine's clock, moved forward by Shift for trials.
type SystemClock struct{ Shift time.Duration }

var _ hearth.Clock = SystemClock{}

// Now gives the machine's time plus the shift, in UTC.
func (c SystemClock) Now() time.Time { return time.Now().Add(c.Shift).UTC() }

// deadline gives the machine's own time after a while; connections know no shift.
func deadline(after time.Duration) time.Time { return time.Now().Add(after) }
