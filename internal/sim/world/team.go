package world

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hearth"
)

// work is the team's day: everybody on duty takes what is theirs and what their role may take from the queue, by due
// time, until the minutes of the day are used up. Now and then something is put off that has time.
func (w *World) work(tasks []Task) {
	tasks = slices.Clone(tasks)
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	used := make(map[string]int, len(w.team))
	end := (w.today + 1).Start(w.property.Zone)
	for _, t := range tasks {
		r := stream(w.cfg.Seed, "task", t.ID, w.today.String())
		if chance(r, putOff(t.Due.Sub(end))) {
			continue
		}
		m := w.worker(t, used)
		if m == nil {
			continue
		}
		used[m.ext] += max(t.Minutes, 1)
		hours := m.hours[w.today.Weekday()]
		// Tasks lie between other work: a day's task minutes are spread over its hours.
		minute := hours.from + 5 + (hours.to-hours.from-20)*min(used[m.ext], m.minutes)/m.minutes
		done := Done{Task: t.ID, Staff: m.ext, Facts: w.facts(r, m, t)}
		w.out = append(w.out, Happening{At: w.clock(w.today, minute, r.IntN(60)), Done: &done})
		w.settleWord(m, t, done.Facts)
		if p := w.people[t.Resident]; p != nil {
			p.home.cheer(0.02) // somebody cared
		}
	}
}

// putOff is the chance that a task waits although somebody could do it, by how long after today it is due: people do what
// is due today today, and most of the rest when its time comes.
func putOff(left time.Duration) float64 {
	switch {
	case left <= 0:
		return 0
	case left <= 24*time.Hour:
		return 0.3
	}
	return 0.8
}

// worker gives who does t today: its owner, or for the queue whoever has the role and the most room; nil when that is
// nobody. What waits for a role that nobody here has, the manager does.
func (w *World) worker(t Task, used map[string]int) *member {
	var best *member
	if t.Staff == "" && t.Role != "" && !slices.ContainsFunc(w.team, func(m *member) bool { return m.has(t.Role) }) {
		t.Role = hearth.RoleManager
	}
	for _, m := range w.team {
		if t.Staff != "" && m.ext != t.Staff || t.Staff == "" && t.Role != "" && !m.has(t.Role) {
			continue
		}
		// A task longer than a whole day's minutes gets done on an empty day.
		if !m.on(w.today) || used[m.ext] > 0 && used[m.ext]+t.Minutes > m.minutes {
			continue
		}
		if best == nil || m.minutes-used[m.ext] > best.minutes-used[best.ext] {
			best = m
		}
	}
	return best
}

// facts answers what the task asks.
func (w *World) facts(r *rand.Rand, m *member, t Task) map[string]string {
	facts := make(map[string]string, len(t.Asks))
	for _, a := range t.Asks {
		kind, name, _ := strings.Cut(a.Kind, ":")
		switch kind {
		case "contact":
			facts[a.Fact] = pick(r, []string{"call", "call", "visit", "visit", "conversation", "conversation", "no"})
		case "promise":
			facts[a.Fact] = "no"
			if chance(r, 0.85) {
				facts[a.Fact] = (w.today + hearth.Day(between(r, 1, 4))).String() + " " + pick(r, w.words.sayings["promise"])
			}
		case "choice":
			facts[a.Fact] = pick(r, strings.Split(name, "|"))
		case "date":
			facts[a.Fact] = (w.today + hearth.Day(between(r, 1, 10))).String()
		case "yes_no":
			facts[a.Fact] = "no"
			if chance(r, 0.8) {
				facts[a.Fact] = "yes"
			}
		case "number":
			facts[a.Fact] = fmt.Sprint(between(r, 1, 5))
		case "preference":
			facts[a.Fact] = preferred(r, name)
		case "detail":
			if facts[a.Fact] = "no"; name == "phone" && chance(r, 0.8) {
				facts[a.Fact] = w.phone(r.IntN(100), r.IntN(5))
			} else if name == "email" && chance(r, 0.8) {
				facts[a.Fact] = fmt.Sprintf("box%d@example.com", between(r, 100000, 999999))
			}
		default:
			facts[a.Fact] = pick(r, w.words.sayings["staff_note"])
		}
	}
	return facts
}

// preferred answers for a preference.
func preferred(r *rand.Rand, name string) string {
	if name == "channel" {
		return pick(r, []string{"email", "sms", "call"})
	}
	return pick(r, []string{"yes", "no", "mornings", "after five"})
}
