package trial

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// played is what one copy holds when its days are over.
type played struct {
	outcome Outcome
	totals  map[hearth.PlaybookID]Change // of all playbooks
	starts  []startRow                   // of the one that is tried, by time
	sent    []sentRow                    // of all playbooks, by resident and time
	perTask map[hearth.ResidentID]int    // tasks of the one that is tried
	perSent map[hearth.ResidentID]int    // its messages that were sent
	inside  []hearth.ResidentID
	budget  Budget
	assumed int                 // tasks that were closed because nobody did them in reality
	refused []hearth.PlaybookID // that are on and were left out, because they would be refused today
	names   map[hearth.ResidentID]string
	because map[hearth.RunID]string // why each start came
}

// startRow is a start of the playbook that is tried.
type startRow struct {
	run      hearth.RunID
	resident hearth.ResidentID
	at       time.Time
	because  string
	state    string
	ending   string
	heldOut  bool
}

// sentRow is a message that went out in the copy.
type sentRow struct {
	resident hearth.ResidentID
	playbook hearth.PlaybookID
	class    hearth.Class
	at       time.Time
}

// collect reads what came of the days in a copy.
func (t *trial) collect(ctx context.Context, r *replay) (*played, error) {
	id := t.program.Def.ID
	p := &played{outcome: emptyOutcome(""), totals: map[hearth.PlaybookID]Change{}, perTask: map[hearth.ResidentID]int{}, perSent: map[hearth.ResidentID]int{}, because: map[hearth.RunID]string{},
		inside: r.activity[id].Inside, assumed: r.assumed, refused: r.refused}
	weeks := weeksOf(t.from, t.to, t.zone)
	err := r.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		if p.names, err = namesHere(ctx, tx); err != nil {
			return err
		}
		for _, step := range []func(context.Context, *db.Tx, *trial, *weekly) error{p.readMessages, p.readTasks, p.readDecisions, p.readRuns} {
			if err := step(ctx, tx, t, weeks); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what came of the days: %w", err)
	}
	p.outcome.Weeks = weeks.list
	p.spend(t)
	return p, nil
}

// weekly sums things up by week.
type weekly struct {
	list []Week
	days []hearth.Day // the Mondays
	zone *time.Location
}

func monday(d hearth.Day) hearth.Day {
	// 1970-01-01 was a Thursday.
	return d - hearth.Day((int(d)%7+7+3)%7)
}

func weeksOf(from, to time.Time, zone *time.Location) *weekly {
	w := &weekly{zone: zone, list: []Week{}}
	for d := monday(hearth.DayOf(from, zone)); d <= hearth.DayOf(to, zone); d += 7 {
		w.days, w.list = append(w.days, d), append(w.list, Week{Monday: d.String()})
	}
	return w
}

// of gives the week of a time; times outside are left out.
func (w *weekly) of(at time.Time) *Week {
	i, ok := slices.BinarySearch(w.days, monday(hearth.DayOf(at, w.zone)))
	if !ok {
		return &Week{}
	}
	return &w.list[i]
}

const ranSQL = `SELECT id, playbook, resident, started, state, ending, arm, ended FROM runs
WHERE org = $1 AND started <= $2 AND started >= $3 AND (started >= $4 OR ended >= $4 OR state = 'active') ORDER BY started, id`

func (p *played) readRuns(ctx context.Context, tx *db.Tx, t *trial, weeks *weekly) error {
	rows, err := tx.Query(ctx, ranSQL, tx.Org(), hearth.Millis(t.to), hearth.Millis(t.begin), hearth.Millis(t.from))
	if err != nil {
		return err
	}
	defer rows.Close()
	endings := map[Reason]int{}
	for rows.Next() {
		var s startRow
		var of hearth.PlaybookID
		var arm string
		var ended time.Time
		if err := rows.Scan(&s.run, &of, &s.resident, &s.at, &s.state, &s.ending, &arm, &ended); err != nil {
			return err
		}
		s.heldOut, s.because = arm != "", p.because[s.run]
		if !s.at.Before(t.from) {
			c := p.totals[of]
			c.Starts++
			p.totals[of] = c
		}
		if of != t.program.Def.ID {
			continue
		}
		if s.state != "active" && !ended.Before(t.from) {
			endings[Reason{What: s.state, Why: s.ending}]++
		}
		p.ran(s, t.from, weeks)
	}
	p.outcome.Ended = reasons(endings)
	return rows.Err()
}

// ran counts one run of the playbook that is tried, and remembers its start if it falls into the days that are told of.
func (p *played) ran(s startRow, from time.Time, weeks *weekly) {
	if s.state == "active" {
		p.outcome.Running++
	}
	if s.at.Before(from) {
		return
	}
	if s.heldOut {
		p.outcome.HeldOut++
	} else {
		p.outcome.Starts++
	}
	weeks.of(s.at).Starts++
	p.starts = append(p.starts, s)
}

const saidSQL = `SELECT resident, playbook, class, state, made, at FROM messages
WHERE org = $1 AND made <= $2 AND (made >= $3 OR at >= $3) AND direction = 'out' ORDER BY resident, made, id`

func (p *played) readMessages(ctx context.Context, tx *db.Tx, t *trial, weeks *weekly) error {
	// Somewhat before the first day, for messages of which the second falls into it.
	early := t.from.AddDate(0, 0, -budgetDays)
	rows, err := tx.Query(ctx, saidSQL, tx.Org(), hearth.Millis(t.to), hearth.Millis(early))
	if err != nil {
		return err
	}
	defer rows.Close()
	classes := map[string]int{}
	for rows.Next() {
		var s sentRow
		var state string
		var made time.Time
		if err := rows.Scan(&s.resident, &s.playbook, &s.class, &state, &made, &s.at); err != nil {
			return err
		}
		out := state == "sent" || state == "delivered"
		if out {
			p.sent = append(p.sent, s)
		}
		if at := s.at; at.Before(t.from) {
			continue
		}
		if out {
			c := p.totals[s.playbook]
			c.Messages++
			p.totals[s.playbook] = c
		}
		if s.playbook == t.program.Def.ID {
			p.said(s, state, weeks, classes)
		}
	}
	p.outcome.Messages.Classes = counts(classes, nil)
	return rows.Err()
}

// said counts one message of the playbook that is tried.
func (p *played) said(s sentRow, state string, weeks *weekly, classes map[string]int) {
	m := &p.outcome.Messages
	m.Wished++
	switch state {
	case "sent", "delivered":
		m.Sent++
		p.perSent[s.resident]++
		classes[string(s.class)]++
		w := weeks.of(s.at)
		w.Messages++
		if s.class.Discretionary() {
			w.Budgeted++
		}
	case "held", "queued":
		m.Waiting++
	case "merged":
		m.Merged++
	case "dropped":
		m.Dropped++
	default:
		m.Failed++
	}
}

const askedSQL = `SELECT playbook, resident, title, role, minutes, made FROM tasks
WHERE org = $1 AND made >= $2 AND made <= $3 AND playbook <> '' ORDER BY made, id`

func (p *played) readTasks(ctx context.Context, tx *db.Tx, t *trial, weeks *weekly) error {
	rows, err := tx.Query(ctx, askedSQL, tx.Org(), hearth.Millis(t.from), hearth.Millis(t.to))
	if err != nil {
		return err
	}
	defer rows.Close()
	roles, titles, minutes := map[string]int{}, map[string]int{}, map[string]int{}
	for rows.Next() {
		var of hearth.PlaybookID
		var who hearth.ResidentID
		var title, role string
		var mins int
		var made time.Time
		if err := rows.Scan(&of, &who, &title, &role, &mins, &made); err != nil {
			return err
		}
		c := p.totals[of]
		c.Tasks, c.Minutes = c.Tasks+1, c.Minutes+mins
		p.totals[of] = c
		if of != t.program.Def.ID {
			continue
		}
		title = withoutName(title, p.names[who])
		p.outcome.Tasks.Count++
		p.outcome.Tasks.Minutes += mins
		roles[role]++
		titles[title]++
		minutes["role "+role] += mins
		minutes["title "+title] += mins
		p.perTask[who]++
		w := weeks.of(made)
		w.Tasks, w.Minutes = w.Tasks+1, w.Minutes+mins
	}
	p.outcome.Tasks.Roles = counts(roles, func(name string) int { return minutes["role "+name] })
	p.outcome.Tasks.Titles = counts(titles, func(name string) int { return minutes["title "+name] })
	return rows.Err()
}

const decidedSQL = `SELECT stage, outcome, reason, facts, object, run, resident FROM decisions
WHERE org = $1 AND at >= $2 AND at <= $3 AND playbook = $4 ORDER BY at, id`

// decided is a decision about the playbook that is tried.
type decided struct {
	stage, outcome, reason, facts, object string
	run                                   hearth.RunID
	who                                   hearth.ResidentID
}

// tally counts why things did not start or were not said at once, in words without names and days.
type tally struct {
	*wording
	notBegun, desk  map[Reason]int
	held, prevented map[string]bool   // messages
	last            map[string]string // the desk's last word about each
}

func (p *played) readDecisions(ctx context.Context, tx *db.Tx, t *trial, _ *weekly) error {
	rows, err := tx.Query(ctx, decidedSQL, tx.Org(), hearth.Millis(t.from), hearth.Millis(t.to), string(t.program.Def.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	y := tally{newWording(), map[Reason]int{}, map[Reason]int{}, map[string]bool{}, map[string]bool{}, map[string]string{}}
	for rows.Next() {
		var d decided
		if err := rows.Scan(&d.stage, &d.outcome, &d.reason, &d.facts, &d.object, &d.run, &d.who); err != nil {
			return err
		}
		p.decided(&y, d)
	}
	for _, outcome := range y.last {
		if outcome == handedOver { // the message itself was dropped for it
			p.outcome.Messages.HandedOver++
			p.outcome.Messages.Dropped--
		}
	}
	p.outcome.Messages.HeldFirst, p.budget.Prevented = len(y.held), len(y.prevented)
	p.outcome.NotBegun, p.outcome.Messages.Reasons = reasons(y.notBegun), reasons(y.desk)
	return rows.Err()
}

// decided counts one decision.
func (p *played) decided(y *tally, d decided) {
	switch {
	case d.stage == "trigger" && d.run != "":
		p.because[d.run] = d.reason
	case d.stage == "trigger":
		y.notBegun[Reason{What: d.outcome, Why: y.general(d.reason, "")}]++
	case d.stage == "run" && d.outcome == handedOver: // a moment for people: it never came to the desk
		p.outcome.Messages.HandedOver++
		p.outcome.Messages.Wished++
		y.desk[Reason{What: d.outcome, Why: y.general(d.reason, "")}]++
	case d.stage == "desk":
		y.last[d.object] = d.outcome
		if d.outcome == "sent" {
			return
		}
		y.desk[Reason{What: d.outcome, Why: y.general(d.reason, p.names[d.who])}]++
		if d.outcome == "held" {
			y.held[d.object] = true
		}
		if question(d.facts) == budgetQuestion {
			y.prevented[d.object] = true
		}
	}
}

const handedOver = "handed over"

// budgetQuestion is the desk's question about the budget.
const budgetQuestion = 5

// question gives which of the desk's questions spoke.
func question(facts string) int {
	var f struct {
		Question int `json:"question"`
	}
	_ = json.Unmarshal([]byte(facts), &f) // the desk wrote it
	return f.Question
}

func counts(m map[string]int, minutes func(string) int) []Count {
	out := make([]Count, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		c := Count{Name: name, Count: m[name]}
		if minutes != nil {
			c.Minutes = minutes(name)
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Count) int { return b.Count - a.Count })
	return out
}

func reasons(m map[Reason]int) []Reason {
	out := make([]Reason, 0, len(m))
	for r, n := range m {
		r.Count = n
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why))
	})
	return out
}

// budgetDays is the longest time that the budget looks back.
const budgetDays = 30

// spend reckons how far residents' budgets were used up.
func (p *played) spend(t *trial) {
	limits := t.property.Settings.Budget
	p.budget.PerWeek, p.budget.PerMonth = limits.Week, limits.Month
	var times []time.Time
	var who hearth.ResidentID
	week, month := false, false
	end := func() {
		if week {
			p.budget.AtWeek++
		}
		if month {
			p.budget.AtMonth++
		}
		times, week, month = nil, false, false
	}
	for _, s := range p.sent {
		if s.resident != who {
			end()
			who = s.resident
		}
		if !s.class.Discretionary() {
			continue
		}
		if s.playbook == t.program.Def.ID && !s.at.Before(t.from) {
			p.budget.Used++
		}
		times = append(times, s.at)
		if s.at.Before(t.from) {
			continue
		}
		week = week || limits.Week > 0 && since(times, s.at.AddDate(0, 0, -7)) >= limits.Week
		month = month || limits.Month > 0 && since(times, s.at.AddDate(0, 0, -budgetDays)) >= limits.Month
	}
	end()
}

func since(times []time.Time, from time.Time) int {
	n := 0
	for _, at := range times {
		if at.After(from) {
			n++
		}
	}
	return n
}
