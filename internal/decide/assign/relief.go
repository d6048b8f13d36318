package assign

import (
	"cmp"
	"slices"

	"hearth"
)

// Planned is a task of a forecast's days.
type Planned struct {
	Task    hearth.TaskID
	Role    hearth.Role
	Owner   hearth.StaffID
	Day     hearth.Day // on which it is due
	Minutes int
	Begun   bool // taken by its owner: it is not moved without them
}

// Relief is how a day that is too full could become lighter: a task given to somebody of the role with room on the day, else put
// on a later day of its owner.
type Relief struct {
	Planned
	To hearth.StaffID // "" where it waits with its owner
	On hearth.Day     // until when it waits; the day itself where it is given
}

// Relieve proposes what could be given or could wait on the days on which somebody has more than their minutes. It is a pure rule
// over the forecast: the largest task first, and nothing that would overfill another day. Today's tasks can be given and do not wait.
func (f *Forecast) Relieve(tasks []Planned) []Relief {
	given := make([][]int, len(f.People))
	for i, p := range f.People {
		given[i] = make([]int, len(p.Days))
		for d := range p.Days {
			given[i][d] = p.Days[d].Given
		}
	}
	room := func(i, d int) int { return f.People[i].Days[d].Minutes - given[i][d] }
	tasks = slices.Clone(tasks)
	slices.SortFunc(tasks, func(a, b Planned) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(b.Minutes, a.Minutes), cmp.Compare(a.Task, b.Task))
	})
	var out []Relief
	for _, t := range tasks {
		d := int(t.Day - f.From)
		i := slices.IndexFunc(f.People, func(p PersonLoad) bool { return p.Staff == t.Owner })
		if i < 0 || d < 0 || d >= f.Days || t.Begun || t.Minutes <= 0 || room(i, d) >= 0 {
			continue
		}
		r := Relief{Planned: t, On: t.Day}
		best := -1
		for j, p := range f.People {
			if j != i && slices.Contains(p.Roles, t.Role) && room(j, d) >= t.Minutes && (best < 0 || room(j, d) > room(best, d)) {
				best = j
			}
		}
		later := d + 1
		for later < f.Days && room(i, later) < t.Minutes {
			later++
		}
		switch {
		case best >= 0:
			r.To = f.People[best].Staff
			given[best][d] += t.Minutes
		case d > 0 && later < f.Days:
			r.On = f.From + hearth.Day(later)
			given[i][later] += t.Minutes
		default:
			continue
		}
		given[i][d] -= t.Minutes
		out = append(out, r)
	}
	return out
}
