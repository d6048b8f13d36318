package trial

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// shown is how many lines a list of the page has; JSON has all.
const shown = 20

// fewWeeks is how many weeks are shown one by one; a longer time is shown by month.
const fewWeeks = 16

// Write writes the report as a page for a manager.
func (r *Report) Write(w io.Writer) error {
	p := &page{w: w}
	where := r.Property
	if r.Generated != "" {
		where += " (an invented community: " + r.Generated + ")"
	}
	p.line("%s (%s), tried at %s from %s to %s: %s, %s.", r.Title, r.Playbook, where, r.From, r.To, plural(r.Days, "day", "days"),
		plural(r.Events.Count, "recorded event", "recorded events"))
	if r.Events.Count == 0 {
		p.blank()
		for _, n := range r.Notes {
			p.line("%s", n)
		}
		return p.err
	}
	p.line("%s", r.against())
	if r.Difference != nil {
		p.head("What would change")
		for _, s := range r.Difference.Words {
			p.line("  %s", s)
		}
	}
	p.head("What it would do")
	p.outcome(r)
	p.reasons("Why the desk did not say something at once", r.Tried.Messages.Reasons)
	p.reasons("Why it did not start, though it came true", r.Tried.NotBegun)
	p.reasons("How it ended", r.Tried.Ended)
	p.weeks(r)
	p.overlaps(r)
	p.residents(r)
	p.head("What to keep in mind")
	for _, n := range r.Notes {
		p.line("  - %s", n)
	}
	return p.err
}

func (r *Report) against() string {
	switch r.Against {
	case "live":
		return fmt.Sprintf("Tried in the place of version %d, which is switched on.", r.Version)
	case "off":
		return "It is not switched on; the days are told as they would be with it."
	}
	return fmt.Sprintf("Version %d, as it is switched on.", r.Version)
}

// page writes lines and remembers the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) blank() { p.line("") }

func (p *page) head(title string) {
	p.blank()
	p.line("%s", title)
}

// table writes rows of cells under each other.
func (p *page) table(rows [][]string) {
	if p.err != nil || len(rows) == 0 {
		return
	}
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if _, p.err = fmt.Fprintln(t, "  "+strings.Join(r, "\t")); p.err != nil {
			return
		}
	}
	p.err = t.Flush()
}

// outcome writes the totals, beside those of before where there are any.
func (p *page) outcome(r *Report) {
	head := []string{"", "", ""}
	if r.Before != nil && r.Against == "live" {
		head = []string{"", "now", "tried"}
	}
	rows := [][]string{}
	row := func(name string, of func(Outcome) int, more string) {
		cells := []string{name}
		if r.Before != nil && r.Against == "live" {
			cells = append(cells, thousands(of(*r.Before)))
		}
		rows = append(rows, append(cells, thousands(of(r.Tried)), more))
	}
	if head[1] != "" {
		rows = append(rows, append(head, ""))
	}
	t, weeks := r.Tried, float64(r.Days)/7
	row("Starts", func(o Outcome) int { return o.Starts }, "for "+plural(len(r.Residents), "resident", "residents")+extra(t.HeldOut, "more only measured its goal")+
		extra(t.Running, "still under way at the end"))
	row("Messages sent", func(o Outcome) int { return o.Messages.Sent }, named(t.Messages.Classes, 0))
	row("  held for a while", func(o Outcome) int { return o.Messages.HeldFirst }, "before they went out or were dropped"+extra(t.Messages.Waiting, "still held at the end"))
	row("  merged", func(o Outcome) int { return o.Messages.Merged }, "into another message")
	row("  dropped", func(o Outcome) int { return o.Messages.Dropped }, "")
	row("  handed to a person", func(o Outcome) int { return o.Messages.HandedOver }, "as a draft in a task")
	row("Tasks", func(o Outcome) int { return o.Tasks.Count }, roleWords(t.Tasks.Roles))
	row("Minutes of the team", func(o Outcome) int { return o.Tasks.Minutes }, span(t.Tasks.Minutes)+
		fmt.Sprintf(", %s a week", span(int(float64(t.Tasks.Minutes)/max(weeks, 1)+0.5))))
	rows = slices.DeleteFunc(rows, func(c []string) bool {
		return strings.HasPrefix(c[0], "  ") && c[1] == "0" && (len(c) < 4 || c[2] == "0")
	})
	p.table(rows)
	p.budget(r)
}

func (p *page) budget(r *Report) {
	b := r.Budget
	if b.Used == 0 && b.Prevented == 0 {
		p.line("  Nothing of it counts against what residents may do without (%d in 7 days, %d in 30).", b.PerWeek, b.PerMonth)
		return
	}
	at, held := "nobody was", "nothing was held or dropped"
	if n := max(b.AtWeek, b.AtMonth); n > 0 {
		at = plural(n, "resident was", "residents were")
	}
	if b.Prevented > 0 {
		held = plural(b.Prevented, "message was held or dropped", "messages were held or dropped")
	}
	p.line("  %s against what residents may do without (%d in 7 days, %d in 30); %s at that limit at some time, and %s for it.",
		plural(b.Used, "message counts", "messages count"), b.PerWeek, b.PerMonth, at, held)
}

func extra(n int, words string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s %s", thousands(n), words)
}

func named(all []Count, most int) string {
	var parts []string
	for i, c := range all {
		if most > 0 && i == most {
			break
		}
		parts = append(parts, fmt.Sprintf("%s of class %s", thousands(c.Count), c.Name))
	}
	return strings.Join(parts, ", ")
}

func roleWords(all []Count) string {
	parts := make([]string, len(all))
	for i, c := range all {
		parts[i] = fmt.Sprintf("%s for %s", thousands(c.Count), strings.ReplaceAll(c.Name, "_", " "))
	}
	return strings.Join(parts, ", ")
}

func (p *page) reasons(title string, all []Reason) {
	if len(all) == 0 {
		return
	}
	p.head(title)
	var rows [][]string
	for i, r := range all {
		if i == shown {
			break
		}
		rows = append(rows, []string{thousands(r.Count), r.What, r.Why})
	}
	p.table(rows)
	p.rest(len(all), "reasons")
}

func (p *page) rest(n int, what string) {
	if n > shown {
		p.line("  and %s more %s (--json has all).", thousands(n-shown), what)
	}
}

// weeks writes the course of the days, by week or by month.
func (p *page) weeks(r *Report) {
	p.head("Week by week")
	all, title := r.Tried.Weeks, "WEEK OF"
	if len(all) > fewWeeks {
		all, title = byMonth(all), "MONTH"
	}
	rows := [][]string{{title, "STARTS", "MESSAGES", "TASKS", "TIME OF THE TEAM"}}
	for _, w := range all {
		rows = append(rows, []string{w.Monday, thousands(w.Starts), thousands(w.Messages), thousands(w.Tasks), span(w.Minutes)})
	}
	p.table(rows)
	if busiest := busiest(r.Tried.Weeks); busiest.Minutes > 0 {
		p.line("  The fullest week is that of %s: %s, %s.", busiest.Monday, plural(busiest.Tasks, "task", "tasks"), span(busiest.Minutes))
	}
}

func byMonth(weeks []Week) []Week {
	var out []Week
	for _, w := range weeks {
		month := w.Monday[:7]
		if len(out) == 0 || out[len(out)-1].Monday != month {
			out = append(out, Week{Monday: month})
		}
		m := &out[len(out)-1]
		m.Starts, m.Messages, m.Tasks, m.Minutes = m.Starts+w.Starts, m.Messages+w.Messages, m.Tasks+w.Tasks, m.Minutes+w.Minutes
	}
	return out
}

func busiest(weeks []Week) (most Week) {
	for _, w := range weeks {
		if w.Minutes > most.Minutes {
			most = w
		}
	}
	return most
}

func (p *page) overlaps(r *Report) {
	p.head("Who would hear from more than one playbook")
	if len(r.Overlaps) == 0 {
		p.line("  Nobody gets a message of another playbook within seven days.")
		return
	}
	rows := [][]string{{"PLAYBOOK", "ON ONE DAY", "IN SEVEN DAYS", "FOR EXAMPLE"}}
	for _, o := range r.Overlaps {
		var who []string
		for i, x := range o.Who {
			if i == 3 {
				break
			}
			who = append(who, x.words())
		}
		rows = append(rows, []string{o.Title, plural(o.SameDay, "resident", "residents"), plural(o.SameWeek, "resident", "residents"), strings.Join(who, "; ")})
	}
	p.table(rows)
}

func (x Person) words() string {
	if x.Home == "" {
		return x.Name
	}
	return x.Name + ", " + x.Home
}

func (p *page) residents(r *Report) {
	if n := len(r.Inside); n > 0 {
		p.head("Inside its condition already")
		p.line("  %s inside its condition when it was switched on, and did not start by that.", plural(n, "resident was", "residents were"))
	}
	if len(r.Residents) == 0 {
		return
	}
	p.head("Whom it started for, and why")
	var rows [][]string
	for i, x := range r.Residents {
		if i == shown {
			break
		}
		times := ""
		if n := len(x.Starts); n > 1 {
			times = fmt.Sprintf(" (%d starts in all)", n)
		}
		rows = append(rows, []string{x.Starts[0].At.Format("2006-01-02"), x.words(), x.Starts[0].Because + times})
	}
	p.table(rows)
	p.rest(len(r.Residents), "residents")
}
