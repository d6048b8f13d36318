package playbook

import "hearth"

// Ahead is the minutes of tasks that a run asks for next, by role: those between where it waits and its next wait or
// end. Where a branch lies on the way, each role's most expensive way counts: which one is taken is not known yet.
func (p *Program) Ahead(step int) map[hearth.Role]int {
	return p.ahead(step, map[int]map[hearth.Role]int{})
}

// ahead remembers what it found from each instruction: branches meet again behind their arms.
func (p *Program) ahead(step int, seen map[int]map[hearth.Role]int) map[hearth.Role]int {
	if found, ok := seen[step]; ok || step < 0 || step >= len(p.code) {
		return found
	}
	out := map[hearth.Role]int{}
	take := func(from map[hearth.Role]int) {
		for role, minutes := range from {
			out[role] = max(out[role], minutes)
		}
	}
	switch o := p.code[step]; o.kind {
	case opWait, opEnd:
	case opJump:
		take(p.ahead(o.target, seen))
	case opBranch:
		take(p.ahead(step+1, seen))
		take(p.ahead(o.target, seen))
	case opTask:
		take(p.ahead(step+1, seen))
		out[o.step.Task.Role] += o.step.Task.Minutes
	default:
		take(p.ahead(step+1, seen))
	}
	seen[step] = out
	return out
}
