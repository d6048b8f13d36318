package web

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
)

// playStep is a line of a playbook with what it did.
type playStep struct {
	playbook.Line
	Icon    string
	Fine    string
	Figures string
	Depth   string // who carries the step
	Cost    string // what it takes of the team's time here
}

// runRow is somebody whom a playbook runs for.
type runRow struct{ Name, Home, Step, Since, Href string }

// versionRow is a version of a playbook.
type versionRow struct{ Name, Words, Href string }

// playView is a playbook, ready to be drawn.
type playView struct {
	ID, Title, Lead, Why string
	Mark                 ui.Chip
	On, May, Pause       bool
	Draft                bool
	Pauses               []pauseLine
	Starts, Only         string
	Steps                []playStep
	Flow                 flow
	Ends                 string
	Limits               string
	Cost                 string // what all steps take of the team's time here
	Effects              []effectView
	NoGoal               bool
	Checks               []checkLine
	Closed               bool
	Running              []runRow
	More                 int
	Versions             []versionRow
	Since                string
}

// checkLine is something that was looked at, and how it stands.
type checkLine struct {
	Words string
	Good  bool
}

// effectView is what a version changed.
type effectView struct {
	Version  string
	Goal     string
	Verdict  string
	Counts   string
	Interval *interval
}

// interval draws a difference with its uncertainty: places from 0 to 100 on a scale from -100 to +100 points.
type interval struct {
	Low, Width, Point string
	Label             string
}

// shownRuns is how many of those it runs for a page lists.
const shownRuns = 25

func (q *request) playbook() (templ.Component, error) {
	id := hearth.PlaybookID(q.PathValue("id"))
	v := playView{ID: string(id), May: q.may(rightPlaybooks), Pause: q.may(account.PausesWrite), Since: "in the last " + strconv.Itoa(reachDays) + " days"}
	var p play
	var program *playbook.Program
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		var versions []playbook.Stored
		if p, versions, err = q.play(ctx, tx, id); err != nil {
			return err
		}
		if _, v.Draft, err = playbook.DraftOf(ctx, tx, id); err != nil {
			return err
		}
		if v.Pauses, err = q.pausesOf(ctx, tx, p); err != nil {
			return err
		}
		v.Versions, err = q.versionRows(ctx, tx, versions)
		return err
	})
	if hearth.CodeOf(err) == hearth.CodeNotFound && q.may(rightPlaybooks) {
		drafted, err := q.onlyDraft(id)
		if err != nil {
			return nil, err
		}
		if drafted {
			return nil, elsewhere{"/playbooks/" + url.PathEscape(string(id)) + "/edit"}
		}
	}
	if err != nil {
		return nil, err
	}
	if program, err = q.compiled(p); err != nil {
		return nil, err
	}
	v.Title, v.Mark, v.On, v.Closed = p.def.Title, p.chip(), p.on(), p.closed
	v.Lead = q.playLead(p)
	v.Why = strings.Join(strings.Fields(p.def.Why), " ")
	v.Starts, v.Ends = p.def.Starts()+".", endsWords(p.def)
	if p.def.Audience != "" {
		v.Only = "Only if " + playbook.Sentence(p.def.Audience) + "."
	}
	v.Limits = limitsWords(p.def)
	lines := program.Outline(q.templateTitle)
	for _, l := range lines {
		v.Steps = append(v.Steps, playStep{Line: l, Icon: stepIcon(l), Fine: stepFine(l), Depth: stepDepth(l)})
	}
	v.Flow = drawFlow(lines)
	v.NoGoal = p.def.Goal == nil
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		if err := q.playFigures(ctx, tx, &v, p, lines); err != nil {
			return err
		}
		return q.playChecks(ctx, tx, &v, p)
	})
	if err != nil {
		return nil, fmt.Errorf("read the playbook %s: %w", id, err)
	}
	return playbookPage(q.frame(v.Title, "/playbooks"), v), nil
}

// onlyDraft tells whether there is nothing but a draft under an id.
func (q *request) onlyDraft(id hearth.PlaybookID) (ok bool, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		_, ok, err = playbook.DraftOf(ctx, tx, id)
		return err
	})
	return ok, err
}

// compiled compiles the text for its instructions; a text that would be refused today is shown without them.
func (q *request) compiled(p play) (*playbook.Program, error) {
	if q.web.Engine == nil {
		return &playbook.Program{Def: p.def}, nil
	}
	compile := q.web.Engine.Compile
	if p.on() {
		compile = q.web.Engine.CompileAccepted
	}
	program, err := compile(q.Context(), []byte(p.Text))
	if hearth.CodeOf(err) == hearth.CodeInvalid {
		return &playbook.Program{Def: p.def}, nil
	}
	return program, err
}

func (q *request) templateTitle(id string) string {
	if q.web.Engine == nil || q.web.Engine.Desk == nil || q.web.Engine.Desk.Templates == nil {
		return ""
	}
	if t, ok := q.web.Engine.Desk.Templates.Get(id); ok {
		return t.Title
	}
	return ""
}

func (q *request) playLead(p play) string {
	parts := []string{momentWords(p.def.Moment)}
	switch {
	case p.on():
		parts = append(parts, fmt.Sprintf("version %d, live since %s", p.Version, q.dayWords(p.Activated)))
	case p.Version > 0 && !p.Retired.IsZero():
		parts = append(parts, fmt.Sprintf("version %d, off since %s", p.Version, q.dayWords(p.Retired)))
	default:
		parts = append(parts, "never switched on")
	}
	return strings.Join(append(parts, depthWords(p.def.Depth)), " · ")
}

// ownerWords says who does a step.
func ownerWords(owner string) string {
	if owner == "system" {
		return "by itself"
	}
	return owner
}

// momentWords says what a playbook is for. The small moments have no name of their own.
func momentWords(id string) string {
	if id == "micro" {
		return "Small moment"
	}
	return capital(plainID(id))
}

// plainID writes an id as words.
func plainID(s string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(s) }

func endsWords(d *playbook.Definition) string {
	ends := d.Ends()
	if len(ends) == 0 {
		return "Nothing ends it before its last step."
	}
	return "Ends at once if " + strings.Join(ends, "; or if ") + "."
}

func limitsWords(d *playbook.Definition) string {
	s := "It starts " + d.Limits.Again.String()
	if d.Limits.AtOnce > 0 {
		s += fmt.Sprintf(", for at most %d at once", d.Limits.AtOnce)
	}
	if d.Limits.ADay > 0 {
		s += fmt.Sprintf(", at most %d a day", d.Limits.ADay)
	}
	return s + ". What is older than " + d.Fresh.String() + " when it becomes known starts nothing."
}

func stepIcon(l playbook.Line) string {
	switch l.Kind {
	case "send":
		return "message-circle"
	case "task", "connect":
		if strings.Contains(strings.ToLower(l.What), "call") || strings.Contains(strings.ToLower(l.What), "speak") {
			return "phone"
		}
		return "user"
	case "wait":
		return "hourglass"
	case "survey":
		return "circle-help"
	case "escalate":
		return "arrow-up"
	case "end":
		return "flag"
	case "if", "else":
		return "git-branch"
	}
	return "tag"
}

func stepFine(l playbook.Line) string {
	if l.Number == 0 {
		return ""
	}
	parts := []string{ownerWords(l.Owner)}
	if l.Minutes > 0 {
		parts = append(parts, strconv.Itoa(l.Minutes)+" min")
	}
	if l.Due != "" {
		parts = append(parts, l.Due)
	}
	return strings.Join(parts, " · ")
}

// playFigures adds the numbers on each step, who it runs for, and what it changed. Of a closed one nothing is told.
func (q *request) playFigures(ctx context.Context, tx *db.Tx, v *playView, p play, lines []playbook.Line) error {
	if p.closed || p.Version == 0 {
		return nil
	}
	since := q.now.AddDate(0, 0, -reachDays)
	sent, err := q.web.Messages.Tallies(ctx, tx, p.ID, q.place.ID, since)
	if err != nil {
		return err
	}
	given, err := q.web.Tasks.Tallies(ctx, tx, p.ID, q.place.ID, since)
	if err != nil {
		return err
	}
	runs, err := playbook.UnderWay(ctx, tx, p.ID, q.place.ID, 1000)
	if err != nil {
		return err
	}
	here := map[int]int{}
	for _, r := range runs {
		if r.Version == p.Version {
			here[playbook.Stands(lines, r)]++
		}
	}
	for i := range v.Steps {
		v.Steps[i].Figures = figuresOf(v.Steps[i].Line, sent, given, here[i])
	}
	q.playCost(v, given)
	if err := q.runRows(ctx, tx, v, runs, p, lines); err != nil {
		return err
	}
	if q.web.Engine == nil {
		return nil
	}
	effects, err := q.web.Engine.Effect(ctx, tx, p.ID)
	for _, e := range effects {
		v.Effects = append(v.Effects, effectWords(e))
	}
	return err
}

func figuresOf(l playbook.Line, sent map[string]map[message.State]int, given map[string]task.Tally, here int) string {
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+words)
		}
	}
	switch l.Kind {
	case "send", "survey":
		s := sent[l.Sends]
		add(s[message.Sent]+s[message.Delivered]+s[message.Unknown], "sent")
		add(s[message.Held]+s[message.Queued], "waiting")
		add(s[message.Merged], "merged")
		add(s[message.Dropped], "not sent")
		add(s[message.Bounced]+s[message.Failed], "failed")
	case "task", "connect", "escalate":
		t := given[l.Title]
		add(t.Given, "given")
		add(t.Done, "done")
		if t.Done > 0 {
			parts = append(parts, "half within "+tookWords(t.Median))
		}
	}
	add(here, "here now")
	return strings.Join(parts, " · ")
}

func tookWords(d time.Duration) string {
	switch {
	case d < time.Hour:
		return strconv.Itoa(max(1, int(d/time.Minute))) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " days"
}

func (q *request) runRows(ctx context.Context, tx *db.Tx, v *playView, runs []*playbook.Run, p play, lines []playbook.Line) error {
	v.More = max(0, len(runs)-shownRuns)
	runs = runs[:min(len(runs), shownRuns)]
	var ids []hearth.ResidentID
	for _, r := range runs {
		ids = append(ids, r.Resident)
	}
	people, err := q.contacts(ctx, tx, ids)
	for _, r := range runs {
		c := people[r.Resident]
		row := runRow{Name: c.Name(), Home: c.UnitLabel, Href: "/residents/" + string(r.Resident), Since: q.dayWords(r.Started)}
		if row.Name == "" {
			row.Name, row.Href = q.place.Name, ""
		}
		if at := playbook.Stands(lines, r); at >= 0 && r.Version == p.Version {
			row.Step = "step " + strconv.Itoa(lines[at].Number)
		} else if r.Version != p.Version {
			row.Step = "on version " + strconv.Itoa(r.Version)
		}
		v.Running = append(v.Running, row)
	}
	return err
}

func effectWords(e playbook.Effect) effectView {
	v := effectView{Version: "Version " + strconv.Itoa(e.Version), Verdict: e.Verdict}
	if over := e.Treated.Reached + e.Treated.Missed; over > 0 {
		low, high := playbook.Wilson(e.Treated.Reached, over)
		v.Counts = fmt.Sprintf("The goal was reached by %d of %d whose time is over, which is %.0f %% (95 %% interval %.0f to %.0f %%); %d are still under way.",
			e.Treated.Reached, over, 100*float64(e.Treated.Reached)/float64(over), 100*low, 100*high, e.Treated.Open)
		v.Interval = &interval{Low: fmt.Sprintf("%.1f", 480*low), Width: fmt.Sprintf("%.1f", 480*(high-low)), Point: fmt.Sprintf("%.1f", 480*float64(e.Treated.Reached)/float64(over)),
			Label: fmt.Sprintf("%.0f %%, between %.0f and %.0f %%", 100*float64(e.Treated.Reached)/float64(over), 100*low, 100*high)}
	} else if e.Treated.Runs > 0 {
		v.Counts = fmt.Sprintf("%s, and the time of the goal is over for nobody yet.", count(e.Treated.Runs, "run has begun", "runs have begun"))
	}
	return v
}

// playChecks says what was looked at in the text.
func (q *request) playChecks(ctx context.Context, tx *db.Tx, v *playView, p play) error {
	if q.web.Engine == nil {
		return nil
	}
	list, err := q.web.Engine.Hints(ctx, tx, map[hearth.PlaybookID][]byte{p.ID: []byte(p.Text)})
	if err != nil {
		return err
	}
	owner, exit, goal := true, true, true
	for _, h := range list {
		if h.Playbook != p.ID {
			continue
		}
		v.Checks = append(v.Checks, checkLine{Words: h.Text})
		owner, exit, goal = owner && !strings.Contains(h.Text, "no owner"), exit && h.Where != "exits", goal && h.Where != "goal"
	}
	for _, c := range []struct {
		good  bool
		words string
	}{{owner, "Every step has an owner, also when somebody is away."}, {exit, "It ends when the resident moves out."}, {goal, "It has a goal that is measured."}} {
		if c.good {
			v.Checks = append([]checkLine{{Words: c.words, Good: true}}, v.Checks...)
		}
	}
	return nil
}

func (q *request) versionRows(ctx context.Context, tx *db.Tx, versions []playbook.Stored) ([]versionRow, error) {
	staff, err := q.web.Records.AllStaff(ctx, tx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, m := range staff {
		names[string(m.ID)] = m.Name
	}
	var out []versionRow
	for i := len(versions) - 1; i >= 0; i-- {
		s := versions[i]
		words := "switched on " + q.dayWords(s.Activated)
		if who := names[s.By.ID]; who != "" {
			words += " by " + who
		}
		if !s.Retired.IsZero() {
			words += ", until " + q.dayWords(s.Retired)
		}
		out = append(out, versionRow{Name: "Version " + strconv.Itoa(s.Version), Words: words, Href: fmt.Sprintf("/playbooks/%s/versions/%d", s.ID, s.Version)})
	}
	return out, nil
}
