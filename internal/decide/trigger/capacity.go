package trigger

import (
	"context"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/playbook"
)

// Capacity is the load of a property's coming days: what is given, what nobody owns yet, and what runs that wait now
// are likely to ask for.
type Capacity struct {
	*assign.Forecast
	Expected []assign.QueueLoad
}

// CapacityNote says in words how a Capacity is computed.
const CapacityNote = "Given: the minutes of tasks by the day on which they are due, those that are done too. To give: each person's minutes, less on " +
	"days of which a part is off, none on days off. Expected: for each run that waits now, the minutes of the tasks between its wait and its next one, on the day on which " +
	"the wait ends at the latest; where a branch lies between, its most expensive way. What nothing has begun yet is not in it."

// Capacity tells the load of a property's coming days. It fails as assign.Forecast does.
func (e *Engine) Capacity(ctx context.Context, tx *db.Tx, property hearth.PropertyID, days int) (*Capacity, error) {
	f, err := e.Assign.Forecast(ctx, tx, property, days)
	if err != nil {
		return nil, err
	}
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids := make([]hearth.PlaybookID, 0, len(act.versions))
	for id := range act.versions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	waiting, err := playbook.WaitingRuns(ctx, tx, ids, property, f.From.Start(f.Zone), (f.From + hearth.Day(days)).Start(f.Zone))
	if err != nil {
		return nil, err
	}
	byRole := map[hearth.Role][]int{}
	for _, w := range waiting {
		p := act.program(w.Playbook, w.Version)
		if p == nil {
			continue
		}
		for role, minutes := range p.Ahead(w.Step) {
			if byRole[role] == nil {
				byRole[role] = make([]int, days)
			}
			byRole[role][hearth.DayOf(w.At, f.Zone)-f.From] += minutes * w.Runs
		}
	}
	c := &Capacity{Forecast: f}
	for _, role := range hearth.Roles() {
		if m := byRole[role]; m != nil {
			c.Expected = append(c.Expected, assign.QueueLoad{Role: role, Minutes: m})
		}
	}
	return c, nil
}
