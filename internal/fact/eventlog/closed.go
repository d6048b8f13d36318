package eventlog

import "hearth"

// Closed tells whether it is told only to some that such an event happened at all: somebody is worried about a resident,
// and that is for those who care for them and for nobody else. Lists leave it out for everybody else.
func Closed(t hearth.EventType) bool { return t == "welfare.concern" }
