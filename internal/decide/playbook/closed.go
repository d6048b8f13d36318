package playbook

import (
	"hearth"
	"hearth/internal/fact/eventlog"
)

// ClosedWords is all that is told of what a closed playbook decided to those to whom it is not open.
const ClosedWords = "Somebody cares for them. What for is told only to those to whom it is open."

// Closed tells whether that a playbook started for somebody would say what is told only to some.
func (d *Definition) Closed() bool { return eventlog.Closed(d.Trigger.On) }

// ClosedAmong gives the closed playbooks among stored versions: of one that is closed in any version nothing is told.
func ClosedAmong(stored []Stored) map[hearth.PlaybookID]bool {
	out := map[hearth.PlaybookID]bool{}
	for _, s := range stored {
		if d, err := Parse([]byte(s.Text)); err == nil && d.Closed() {
			out[s.ID] = true
		}
	}
	return out
}
