package trial

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// differ tells what the text changes.
func (t *trial) differ(tried, before *played) *Difference {
	d := &Difference{Others: []Change{}, Residents: residentsOf(tried) - residentsOf(before)}
	titles := t.titles()
	ids := slices.Sorted(maps.Keys(tried.totals))
	for id := range before.totals {
		if _, ok := tried.totals[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		a, b := tried.totals[id], before.totals[id]
		c := Change{Playbook: id, Title: titles[id], Starts: a.Starts - b.Starts, Messages: a.Messages - b.Messages, Tasks: a.Tasks - b.Tasks,
			Minutes: a.Minutes - b.Minutes}
		d.Starts, d.Messages, d.Tasks, d.Minutes = d.Starts+c.Starts, d.Messages+c.Messages, d.Tasks+c.Tasks, d.Minutes+c.Minutes
		if id != t.program.Def.ID && id != "" && !c.none() {
			d.Others = append(d.Others, c)
		}
	}
	d.Words = t.differWords(d, tried, before)
	return d
}

func residentsOf(p *played) int {
	who := map[hearth.ResidentID]bool{}
	for _, s := range p.starts {
		who[s.resident] = true
	}
	return len(who)
}

// differWords says the difference in a few sentences.
func (t *trial) differWords(d *Difference, tried, before *played) []string {
	with := "With the text that was given"
	if t.live == nil {
		with = "With the playbook switched on"
	}
	if d.Starts == 0 && d.Messages == 0 && d.Tasks == 0 && d.Minutes == 0 && len(d.Others) == 0 && sameStarts(tried, before) {
		return []string{with + " these days would have gone just as they do without the change."}
	}
	words := []string{with + " these days would have seen " + list(more(d.Messages, "message"), more(d.Tasks, "task"), moreTime(d.Minutes), more(d.Starts, "start")) + "."}
	if t.live != nil {
		if only, both := compareStarts(tried, before); both >= 0 && (only[0] > 0 || only[1] > 0) {
			words = append(words, fmt.Sprintf("%s for the same residents and reasons in both; %d only with the new text, %d only with the live version.",
				plural(both, "start is", "starts are"), only[0], only[1]))
		}
	}
	if len(d.Others) > 0 {
		words = append(words, "Other playbooks change too, since residents' attention and the team's time are shared: "+others(d.Others)+".")
	}
	return words
}

func others(all []Change) string {
	parts := make([]string, 0, len(all))
	for _, c := range all {
		parts = append(parts, c.Title+" ("+list(more(c.Messages, "message"), more(c.Tasks, "task"), moreTime(c.Minutes), more(c.Starts, "start"))+")")
	}
	if n := len(parts); n > maxNamed {
		parts = append(parts[:maxNamed], fmt.Sprintf("and %d more", n-maxNamed))
	}
	return strings.Join(parts, ", ")
}

// maxNamed is how many other playbooks a sentence names.
const maxNamed = 5

func sameStarts(a, b *played) bool {
	only, _ := compareStarts(a, b)
	return only[0] == 0 && only[1] == 0
}

// compareStarts counts the starts that only one of the two has, and those that both have. A run's id says what it is for, in
// both alike.
func compareStarts(a, b *played) (only [2]int, both int) {
	in := map[hearth.RunID]bool{}
	for _, s := range b.starts {
		in[s.run] = true
	}
	for _, s := range a.starts {
		if in[s.run] {
			both++
		} else {
			only[0]++
		}
	}
	only[1] = len(b.starts) - both
	return only, both
}

// people names the residents, and tells which other playbooks write to them.
func (r *Report) people(ctx context.Context, t *trial, p *played) error {
	r.Residents = t.touched(p)
	r.Overlaps = t.overlaps(p)
	for _, id := range p.inside {
		r.Inside = append(r.Inside, Person{Resident: id})
	}
	var all []*Person
	for i := range r.Residents {
		all = append(all, &r.Residents[i].Person)
	}
	for i := range r.Inside {
		all = append(all, &r.Inside[i])
	}
	for i := range r.Overlaps {
		for j := range r.Overlaps[i].Who {
			all = append(all, &r.Overlaps[i].Who[j])
		}
	}
	return t.name(ctx, all)
}

// nameStep is how many people are looked up at a time.
const nameStep = 500

// name gives people the names and homes under which the team knows them.
func (t *trial) name(ctx context.Context, people []*Person) error {
	for lot := range slices.Chunk(people, nameStep) {
		ids := make([]hearth.ResidentID, 0, len(lot))
		for _, p := range lot {
			ids = append(ids, p.Resident)
		}
		slices.Sort(ids)
		err := t.Source.DB.Read(ctx, func(tx *db.Tx) error {
			known, err := t.Source.Records.Contacts(ctx, tx, slices.Compact(ids))
			if err != nil {
				return err
			}
			for _, p := range lot {
				c, ok := known[p.Resident]
				p.Name, p.Home = nameOf(c, ok, t.property), c.UnitLabel
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func nameOf(c record.Contact, known bool, at record.Property) string {
	if known && c.Name() != "" {
		return c.Name()
	}
	return at.Name // a playbook for the property as a whole
}

// touched lists whom the playbook started for, by their first start.
func (t *trial) touched(p *played) []Touched {
	out := []Touched{}
	at := map[hearth.ResidentID]int{}
	for _, s := range p.starts {
		i, ok := at[s.resident]
		if !ok {
			i = len(out)
			at[s.resident] = i
			out = append(out, Touched{Person: Person{Resident: s.resident}, Starts: []Start{}, Tasks: p.perTask[s.resident], Messages: p.perSent[s.resident]})
		}
		out[i].Starts = append(out[i].Starts, Start{At: s.at.In(t.zone), Because: s.because, Ending: s.ending, HeldOut: s.heldOut})
	}
	return out
}

// near is how often a resident gets messages of two playbooks near each other.
type near struct{ day, week map[hearth.ResidentID]bool }

// overlaps finds the residents who would get messages of two playbooks near each other.
func (t *trial) overlaps(p *played) []Overlap {
	found := map[hearth.PlaybookID]*near{}
	for rest := p.sent; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].resident == rest[0].resident {
			n++
		}
		t.nearby(rest[:n], found)
		rest = rest[n:]
	}
	titles := t.titles()
	out := []Overlap{}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		n := found[id]
		o := Overlap{Playbook: id, Title: titles[id], SameDay: len(n.day), SameWeek: len(n.week), Who: []Person{}}
		for _, who := range slices.Sorted(maps.Keys(n.day)) {
			o.Who = append(o.Who, Person{Resident: who})
		}
		for _, who := range slices.Sorted(maps.Keys(n.week)) {
			if !n.day[who] {
				o.Who = append(o.Who, Person{Resident: who})
			}
		}
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b Overlap) int {
		return cmp.Or(cmp.Compare(b.SameDay, a.SameDay), cmp.Compare(b.SameWeek, a.SameWeek))
	})
	return out
}

// nearby looks at what one resident got.
func (t *trial) nearby(got []sentRow, found map[hearth.PlaybookID]*near) {
	const week = 7 * 24 * time.Hour
	for _, a := range got {
		if a.playbook != t.program.Def.ID || a.at.Before(t.from) {
			continue
		}
		for _, b := range got {
			if b.playbook == a.playbook || b.playbook == "" || b.at.Sub(a.at).Abs() >= week {
				continue
			}
			n := found[b.playbook]
			if n == nil {
				n = &near{map[hearth.ResidentID]bool{}, map[hearth.ResidentID]bool{}}
				found[b.playbook] = n
			}
			n.week[a.resident] = true
			if hearth.DayOf(a.at, t.zone) == hearth.DayOf(b.at, t.zone) {
				n.day[a.resident] = true
			}
		}
	}
}

// notes says what these days can and cannot tell.
func (t *trial) notes(p *played) []string {
	notes := []string{}
	if since := t.since[t.program.Def.ID]; t.live == nil || since.After(t.from) {
		notes = append(notes, fmt.Sprintf("The playbook is switched on in the morning of %s. Whoever was inside its condition by then does not start by that.", t.req.From.Words()))
	} else if since.Before(t.begin) {
		notes = append(notes, fmt.Sprintf("So that runs are under way on the first day, the engine decides from %s on; what began before that is not played.",
			hearth.DayOf(t.begin, t.zone).Words()))
	}
	for _, v := range t.others {
		if t.since[v.ID].After(t.from) {
			notes = append(notes, "Other playbooks that were switched on later than the first day are on from then, as if they had always been.")
			break
		}
	}
	for _, id := range p.refused {
		notes = append(notes, fmt.Sprintf("%s is left out: it is switched on, and would be refused today (hearth playbook check says why).", id))
	}
	notes = append(notes, "Residents do what they did then: nobody answers a message that was not sent, and an answer to one that is no longer sent still comes.",
		"Tasks that were done then are done at the same time and with the same answers.")
	if p.assumed > 0 {
		notes = append(notes, fmt.Sprintf("%s nobody was asked to do then: each counts as done when it is due, with nothing learned.", plural(p.assumed, "task", "tasks")))
	}
	notes = append(notes, "Homes, leases, addresses, the team and its hours are taken as they are recorded today; consent, preferences, situations and what was said are taken as they were.")
	if t.pauses > 0 {
		notes = append(notes, fmt.Sprintf("%s left out: the simulation shows what happens when nothing is paused.",
			plural(t.pauses, "pause that was in force in these days is", "pauses that were in force in these days are")))
	}
	return notes
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %s", thousands(n), many)
}

// more says "212 fewer messages".
func more(n int, what string) string {
	switch n {
	case 0:
		return ""
	case 1, -1:
		return fmt.Sprintf("1 %s %s", fewer(n), what)
	}
	return fmt.Sprintf("%s %s %ss", thousands(max(n, -n)), fewer(n), what)
}

func moreTime(minutes int) string {
	if minutes == 0 {
		return ""
	}
	w := "more"
	if minutes < 0 {
		w = "less"
	}
	return fmt.Sprintf("%s %s of the team's time", span(max(minutes, -minutes)), w)
}

func fewer(n int) string {
	if n < 0 {
		return "fewer"
	}
	return "more"
}

// list joins what is not empty: "a, b and c".
func list(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	switch len(parts) {
	case 0:
		return "other starts, but as many of everything"
	case 1:
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// span gives minutes in words: "45 minutes", "3 h 20 min".
func span(minutes int) string {
	switch {
	case minutes == 1:
		return "1 minute"
	case minutes < 60:
		return fmt.Sprintf("%d minutes", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%s h", thousands(minutes/60))
	}
	return fmt.Sprintf("%s h %02d min", thousands(minutes/60), minutes%60)
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
