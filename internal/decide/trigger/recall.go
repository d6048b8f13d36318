package trigger

import (
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
)

// Recall is the due row that has the engine take over, from the runs on record, when each playbook last started for a
// resident: for whoever comes into a partition with a past that it has not decided itself.
func Recall(resident hearth.ResidentID, part int, at time.Time) work.Due {
	return work.Due{Lane: Lane, Kind: dueMoved, Key: string(resident) + "/" + strconv.Itoa(part), Part: part, At: at}
}

// Again is the due row at which a playbook with a standing condition may start for somebody once more.
func Again(id hearth.PlaybookID, resident hearth.ResidentID, part int, at time.Time) work.Due {
	return inclusion{Again: true}.due(id, resident, part, at)
}

// Wake is the due row at which a run goes on.
func Wake(run hearth.RunID, resident hearth.ResidentID, part int, at time.Time) work.Due {
	return work.Due{Lane: Lane, Kind: dueRun, Key: string(run), Part: part, At: at, Payload: string(resident)}
}

// MadeHere tells whether the engine made a task of the kind by itself: for a run, for what the desk handed over, for care, and
// where work is more than minutes. Tasks of other kinds come from elsewhere.
func MadeHere(kind string) bool {
	switch kind {
	case "playbook", promiseTask, reviewTask, castTask, assign.CapacityKind, assign.OverloadKind:
		return true
	}
	return strings.HasPrefix(kind, "care.") || strings.HasPrefix(kind, "desk.")
}
