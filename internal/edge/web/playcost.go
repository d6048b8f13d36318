package web

import (
	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/decide/playbook"
)

// Each step says who carries it, and what that takes of the team's time at this property.

// stepDepth is the depth of a step in words: a person, a person with a draft, done by itself, or nothing that reaches anybody.
func stepDepth(l playbook.Line) string {
	switch l.Kind {
	case "task", "connect", "escalate":
		if l.Sends != "" {
			return "a person, with a draft"
		}
		return "a person"
	case "send", "survey":
		if l.Depth == hearth.DepthHuman {
			return "a person, with a draft"
		}
		return "by itself"
	}
	return ""
}

// playCost adds what the steps that people do took a week, by the tasks that were given here within the days that the page looks at.
func (q *request) playCost(v *playView, given map[string]task.Tally) {
	if q.place.ID == "" {
		return
	}
	all, asked := 0, false
	for i := range v.Steps {
		s := &v.Steps[i]
		if s.Number == 0 || s.Minutes == 0 {
			continue
		}
		asked = true
		minutes := given[s.Title].Given * s.Minutes
		all += minutes
		s.Cost = aWeek(minutes)
	}
	switch {
	case !asked:
		v.Cost = "It takes none of the team's time."
	case all == 0:
		v.Cost = "It took none of the team's time at " + q.place.Name + " " + v.Since + "."
	default:
		v.Cost = "It takes " + aWeek(all) + " of the team's time at " + q.place.Name + ", by what it asked for " + v.Since + "."
	}
}

// aWeek writes minutes within the days looked at as minutes a week.
func aWeek(minutes int) string {
	switch n := (minutes*7 + reachDays/2) / reachDays; {
	case minutes == 0:
		return "no time yet"
	case n == 0:
		return "under a minute a week"
	default:
		return minutesWords(n) + " a week"
	}
}
