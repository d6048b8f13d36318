package trial

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/decide/playbook"
)

// Report is what came of a trial. The same data and the same request give the same report.
type Report struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Title    string            `json:"title"`
	// Against says what the days were played without it: "live" when another version is switched on, "off" when the
	// playbook is not, "" when it is played as it is switched on and there is nothing to compare with.
	Against  string `json:"against" enum:"live,off," doc:"live: beside the version that is switched on; off: beside the days without the playbook; empty: the live version as it stands."`
	Version  int    `json:"live_version,omitempty" doc:"The version that is switched on; left out when none is."`
	Property string `json:"property"`
	// Generated says which community was generated for the trial; "" when recorded days were played.
	Generated string `json:"generated,omitempty" doc:"The community that was generated for it; left out where recorded days were played."`
	Zone      string `json:"zone" doc:"Days and weeks are those of the property's time zone."`
	From      string `json:"from"`
	To        string `json:"to"`
	Days      int    `json:"days"`
	Events    Events `json:"events"`

	Tried      Outcome     `json:"tried" doc:"With the text that was given, or the live version as it stands."`
	Before     *Outcome    `json:"before,omitempty" doc:"With the live version, or without the playbook; what the difference is to."`
	Difference *Difference `json:"difference,omitempty"`
	Overlaps   []Overlap   `json:"overlaps" nullable:"false" doc:"Other playbooks that write to the same residents."`
	Residents  []Touched   `json:"residents" nullable:"false" doc:"Whom the playbook started for, with the reason."`
	Inside     []Person    `json:"inside" nullable:"false" doc:"Who was inside the condition already when it was switched on: they do not start by that."`
	Budget     Budget      `json:"budget"`
	Notes      []string    `json:"notes" nullable:"false" doc:"What these days can and cannot tell."`
}

// Events is what was played, and how far the record reaches.
type Events struct {
	Count int    `json:"count" doc:"Recorded in the days that were played."`
	First string `json:"first,omitempty" doc:"The day of the property's first recorded event."`
	Last  string `json:"last,omitempty"`
}

// Outcome is what a playbook did in the days that were played.
type Outcome struct {
	What     string   `json:"what" doc:"Which text: the given one, the live version, or none."`
	Starts   int      `json:"starts"`
	HeldOut  int      `json:"held_out" doc:"Starts that only measured the goal."`
	NotBegun []Reason `json:"not_started" nullable:"false" doc:"It came true and did not start, because."`
	Ended    []Reason `json:"ended" nullable:"false" doc:"How runs ended."`
	Running  int      `json:"running" doc:"Runs still under way at the end."`
	Messages Messages `json:"messages"`
	Tasks    Tasks    `json:"tasks"`
	Weeks    []Week   `json:"weeks" nullable:"false"`
}

// Messages is what became of the messages that a playbook wished.
type Messages struct {
	Wished     int      `json:"wished"`
	Sent       int      `json:"sent"`
	Waiting    int      `json:"waiting" doc:"Held by the desk, and not yet decided at the end of the days."`
	HeldFirst  int      `json:"held" doc:"Held by the desk for a while, whatever came of them then."`
	Merged     int      `json:"merged"`
	Dropped    int      `json:"dropped"`
	HandedOver int      `json:"handed_over" doc:"Became a draft in a task for a person."`
	Failed     int      `json:"failed"`
	Classes    []Count  `json:"classes" nullable:"false" doc:"Of those sent."`
	Reasons    []Reason `json:"reasons" nullable:"false" doc:"Why the desk held, merged, dropped or handed over."`
}

// Tasks is what a playbook asked of people.
type Tasks struct {
	Count   int     `json:"count"`
	Minutes int     `json:"minutes"`
	Roles   []Count `json:"roles" nullable:"false" doc:"By the role that was asked."`
	Titles  []Count `json:"titles" nullable:"false"`
}

// Count is a number under a name, with minutes where it counts work.
type Count struct {
	Name    string `json:"name"`
	Count   int    `json:"count"`
	Minutes int    `json:"minutes,omitempty"`
}

// Reason is how often something happened for a reason.
type Reason struct {
	What  string `json:"what"` // "held", "dropped", "held back", "left" …
	Why   string `json:"why"`
	Count int    `json:"count"`
}

// Week is one week from Monday on, or the part of it that was played.
type Week struct {
	Monday   string `json:"monday"`
	Starts   int    `json:"starts"`
	Messages int    `json:"messages" doc:"Sent."`
	Budgeted int    `json:"budgeted" doc:"Of these, what counts against residents' budget for what they may do without."`
	Tasks    int    `json:"tasks"`
	Minutes  int    `json:"minutes" doc:"Of the team, by when the tasks came."`
}

// Difference is what the text changes, over all playbooks.
type Difference struct {
	Starts    int      `json:"starts"`
	Messages  int      `json:"messages" doc:"Sent."`
	Tasks     int      `json:"tasks"`
	Minutes   int      `json:"minutes"`
	Residents int      `json:"residents" doc:"For whom it started."`
	Others    []Change `json:"others" nullable:"false" doc:"What changes for other playbooks."`
	Words     []string `json:"words" nullable:"false"`
}

// Change is what changes for another playbook.
type Change struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Title    string            `json:"title"`
	Starts   int               `json:"starts"`
	Messages int               `json:"messages"`
	Tasks    int               `json:"tasks"`
	Minutes  int               `json:"minutes"`
}

func (c Change) none() bool {
	return c.Starts == 0 && c.Messages == 0 && c.Tasks == 0 && c.Minutes == 0
}

// Overlap is how often another playbook writes to the same residents near the same time.
type Overlap struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Title    string            `json:"title"`
	SameDay  int               `json:"same_day" doc:"Residents who would get a message of both on one day."`
	SameWeek int               `json:"same_week" doc:"Residents who would get a message of both within seven days, those of one day included."`
	Who      []Person          `json:"residents" nullable:"false" doc:"Those of one day, then those of one week."`
}

// Person is a resident as the team knows them.
type Person struct {
	Resident hearth.ResidentID `json:"resident"`
	Name     string            `json:"name"`
	Home     string            `json:"home,omitempty"`
}

// Touched is a resident whom a playbook started for.
type Touched struct {
	Person
	Starts   []Start `json:"starts" nullable:"false"`
	Messages int     `json:"messages" doc:"Sent."`
	Tasks    int     `json:"tasks"`
}

// Start is one start with its reason.
type Start struct {
	At      time.Time `json:"at"`
	Because string    `json:"because"`
	Ending  string    `json:"ending,omitempty" doc:"How it ended; left out while it is under way."`
	HeldOut bool      `json:"held_out,omitempty"`
}

// Budget is how far the messages of all playbooks use up what residents may get of class relation and promotion.
type Budget struct {
	PerWeek   int `json:"per_week" doc:"What a resident may get in 7 days."`
	PerMonth  int `json:"per_month" doc:"In 30 days."`
	Used      int `json:"used" doc:"Messages of this playbook that count."`
	AtWeek    int `json:"at_week" doc:"Residents who reached the limit of 7 days at some time, by all playbooks."`
	AtMonth   int `json:"at_month"`
	Prevented int `json:"prevented" doc:"Messages of this playbook that the budget held or dropped."`
}

// newReport begins a report.
func (t *trial) newReport() *Report {
	d := t.program.Def
	r := &Report{Playbook: d.ID, Title: d.Title, Property: t.property.Name, Zone: t.zone.String(), From: t.req.From.String(), To: t.req.To.String(),
		Days: int(t.req.To-t.req.From) + 1, Overlaps: []Overlap{}, Residents: []Touched{}, Inside: []Person{}, Notes: []string{},
		Tried: emptyOutcome("")}
	if t.live != nil {
		r.Version = t.live.Version
	}
	switch {
	case t.req.Text == nil:
		r.Tried.What = fmt.Sprintf("version %d, as it is switched on", t.live.Version)
	case t.live != nil:
		r.Against, r.Tried.What = "live", "the text that was given"
	default:
		r.Against, r.Tried.What = "off", "the text that was given"
	}
	return r
}

func emptyOutcome(what string) Outcome {
	return Outcome{What: what, NotBegun: []Reason{}, Ended: []Reason{}, Weeks: []Week{},
		Messages: Messages{Classes: []Count{}, Reasons: []Reason{}}, Tasks: Tasks{Roles: []Count{}, Titles: []Count{}}}
}

// nothing says that there is nothing to play.
func (r *Report) nothing() {
	if r.Events.First == "" {
		r.Notes = append(r.Notes, "Nothing is recorded for this property yet, so there is nothing to play. Bring an export in first, or try a generated community with --units and --seed.")
		return
	}
	r.Notes = append(r.Notes, fmt.Sprintf("Nothing was recorded from %s to %s, so there is nothing to play. The record of this property reaches from %s to %s.",
		r.From, r.To, r.Events.First, r.Events.Last))
}

// tell fills the report from what was played: with the text, and without it (nil: there is nothing to compare with).
func (r *Report) tell(ctx context.Context, t *trial, tried, before *played) error {
	what := r.Tried.What
	r.Tried = tried.outcome
	r.Tried.What = what
	r.Budget = tried.budget
	r.Notes = t.notes(tried)
	if before != nil {
		r.Before = &before.outcome
		r.Before.What = "without the playbook"
		if t.live != nil {
			r.Before.What = fmt.Sprintf("version %d, which is switched on", t.live.Version)
		}
		r.Difference = t.differ(tried, before)
	}
	return r.people(ctx, t, tried)
}

// titles gives the titles of playbooks that are on.
func (t *trial) titles() map[hearth.PlaybookID]string {
	titles := map[hearth.PlaybookID]string{t.program.Def.ID: t.program.Def.Title}
	for _, v := range t.others {
		titles[v.ID] = string(v.ID)
		if d, err := playbook.Parse([]byte(v.Text)); err == nil {
			titles[v.ID] = d.Title
		}
	}
	return titles
}

// dayOf gives the local day of a time, "" for none.
func dayOf(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return ""
	}
	return hearth.DayOf(at, zone).String()
}
