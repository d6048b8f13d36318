package signal

import "hearth"

// Reads tells whether events of a type say anything to signals.
func Reads(t hearth.EventType) bool { return kindOf(t) != 0 }
