package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/learn/trial"
)

// Trying a playbook on recorded days: a job that goes on when the page is closed, and its result.

// playTryRoutes lists the pages of trials.
func (h *Web) playTryRoutes() []route {
	return []route{
		{"GET /playbooks/{id}/simulate", account.PlaybooksRead, h.show(account.PlaybooksRead, (*request).tryPlaybook)},
		{"POST /playbooks/{id}/simulate", rightPlaybooks, h.do(rightPlaybooks, (*request).startTrial)},
		{"POST /playbooks/{id}/simulate/{job}/stop", rightPlaybooks, h.do(rightPlaybooks, (*request).stopTrial)},
	}
}

// tryView is the page of trials, ready to be drawn.
type tryView struct {
	ID, Title, Lead string
	May             bool
	Closed          bool
	Which, From, To ui.Input
	Faults          bool
	EditHref        string
	Job             *tryJob
	Past            []ui.Link
}

// tryJob is one trial.
type tryJob struct {
	ID, Words, Queue, Stage string
	Href, Stop              string
	Percent                 int
	Waits, Runs, Over       bool
	Wrong                   string
	Report                  *tryReport
}

// tryReport is what came of one.
type tryReport struct {
	Words    []string
	Figures  []ui.Fact
	Charts   []tryChart
	Overlaps []string
	Notes    []string
	NotBegun []string
	Desk     []string
	Roles    []string
	People   []tryPerson
	Count    int
	Shown    string
	Query    string
	Prev     string
	Next     string
	Named    bool
}

type tryChart struct {
	ID, Title, Words string
	Bars             ui.Bars
	None             bool // there is nothing to draw
}

type tryPerson struct{ Name, Home, Href, Because, Fine string }

// tryPage is how many residents stand on a page of a result.
const tryPage = 25

// tryDays is how many days are tried unless somebody chooses others.
const tryDays = 90

func (q *request) tryPlaybook() (templ.Component, error) {
	if err := q.needEngine(); err != nil {
		return nil, err
	}
	v, err := q.tryView()
	if err != nil {
		return nil, err
	}
	return playTryPage(q.frame("Try it on the past: "+v.Title, "/playbooks"), v), nil
}

func (q *request) tryView() (tryView, error) {
	v := tryView{ID: string(q.playID()), May: q.may(rightPlaybooks), EditHref: "/playbooks/" + string(q.playID()) + "/edit"}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		b, err := q.editBase(ctx, tx)
		if err != nil {
			return err
		}
		v.Title, v.Closed = q.titleOf(b), q.closedTo(b)
		if v.Closed {
			return nil
		}
		q.tryForm(&v, b)
		list, err := trial.JobsOf(ctx, tx, q.playID(), q.place.ID)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, q.hidesTrial)
		return q.tryJobs(ctx, tx, &v, b, list)
	})
	v.Lead = "Plays the days as they were recorded, in a copy, with this playbook in its place. Nothing is sent, and nobody is asked for anything."
	return v, err
}

func (q *request) titleOf(b editBase) string {
	if b.play != nil {
		return b.play.def.Title
	}
	if s, err := playbook.ReadSheet(b.draft.Text); err == nil && s.Get("title") != "" {
		return s.Get("title")
	}
	return plainID(string(q.playID()))
}

// closedTo tells whether whom the playbook is for is told only to some, and not to who looks.
func (q *request) closedTo(b editBase) bool {
	if b.play != nil && b.play.closed {
		return true
	}
	d, err := playbook.Parse([]byte(b.draft.Text)) // one that can't be read can't be tried either
	return b.has && err == nil && q.closes(d.Trait(), q.place.ID)
}

// hidesTrial tells whether whom a trial started for is told only to some, and not to who looks: by the text that it tried, whatever became of the
// draft since. One of the version that is on is as closed as the playbook.
func (q *request) hidesTrial(j trial.Job) bool {
	return j.Text != "" && q.closes(q.web.traits.Of(j.Text), q.place.ID)
}

func (q *request) tryForm(v *tryView, b editBase) {
	which := options()
	if b.has {
		which = append(which, ui.Option{Value: "draft", Name: "The draft"})
	}
	if b.play != nil {
		which = append(which, ui.Option{Value: "live", Name: capital(b.name)})
	}
	chosen := first(q.field("which"), which[0].Value)
	if q.field("draft") == "" && q.field("which") == "" && b.play != nil && q.URL.Query().Has("live") {
		chosen = "live"
	}
	today := hearth.DayOf(q.now, q.zone)
	v.Which = ui.Input{Name: "which", Label: "What is tried", Options: which, Value: chosen}
	v.From = ui.Input{Name: "from", Label: "From", Kind: "date", Value: first(q.field("from"), (today - tryDays).String()), Required: true}
	v.To = ui.Input{Name: "to", Label: "To the end of", Kind: "date", Value: first(q.field("to"), (today - 1).String()), Required: true, Hint: ""}
}

// tryJobs chooses the job that is shown, and lists the others.
func (q *request) tryJobs(ctx context.Context, tx *db.Tx, v *tryView, b editBase, list []trial.Job) error {
	asked := q.URL.Query().Get("job")
	for i, j := range list {
		href := "/playbooks/" + v.ID + "/simulate?job=" + url.QueryEscape(j.ID)
		if j.ID == asked || asked == "" && i == 0 {
			full, err := trial.GetJob(ctx, tx, j.ID)
			if err != nil {
				return err
			}
			if v.Job, err = q.tryJob(ctx, tx, full, href, b); err != nil {
				return err
			}
			continue
		}
		v.Past = append(v.Past, ui.Link{Name: q.tryWords(j, b), Href: href})
	}
	return nil
}

func (q *request) tryWords(j trial.Job, b editBase) string {
	what := "the version that is on"
	if j.Text != "" {
		what = "a draft"
	}
	return fmt.Sprintf("%s to %s with %s, asked %s by %s", q.dayWords(j.From.Start(q.zone)), q.dayWords(j.To.Start(q.zone)), what, page.When(j.Asked, q.now, q.zone), q.nameOf(b.staff, j.By))
}

func (q *request) tryJob(ctx context.Context, tx *db.Tx, j trial.Job, href string, b editBase) (*tryJob, error) {
	t := &tryJob{ID: j.ID, Words: capital(q.tryWords(j, b)) + ".", Href: href, Stage: j.Stage, Percent: int(100 * j.Done), Over: j.Over(), Wrong: j.Wrong,
		Waits: j.State == trial.JobWaiting, Runs: j.State == trial.JobRunning}
	t.Stop = "/playbooks/" + string(j.Playbook) + "/simulate/" + url.PathEscape(j.ID) + "/stop"
	switch {
	case j.State == trial.JobStopped:
		t.Wrong = "It was stopped, and there is no result."
	case t.Waits:
		queue, err := trial.Queue(ctx, tx, j.Property)
		if err != nil {
			return nil, err
		}
		t.Queue, err = q.queueWords(ctx, tx, queue, j)
		return t, err
	case j.Report != nil:
		var err error
		t.Report, err = q.tryReport(ctx, tx, j, href)
		return t, err
	}
	return t, nil
}

// queueWords says what a trial waits for; of a playbook that is closed not even its name.
func (q *request) queueWords(ctx context.Context, tx *db.Tx, queue []trial.Job, j trial.Job) (string, error) {
	at := slices.IndexFunc(queue, func(x trial.Job) bool { return x.ID == j.ID })
	if at <= 0 {
		return "It begins within a moment.", nil
	}
	name := "Another trial"
	closed, err := q.closedPlaybooks(ctx, tx)
	if err != nil {
		return "", err
	}
	if !closed[queue[0].Playbook] && !q.hidesTrial(queue[0]) {
		name = "“" + queue[0].Title + "”"
	}
	words := name + " is tried here at the moment, and one is tried at a time"
	if queue[0].State == trial.JobRunning {
		words += fmt.Sprintf(" (%d %% of it is done)", int(100*queue[0].Done))
	}
	if at == 1 {
		return words + ". This one is next; you may close the page.", nil
	}
	return words + fmt.Sprintf(". %s before this one; you may close the page.", count(at-1, "more waits", "more wait")), nil
}

func (q *request) tryReport(ctx context.Context, tx *db.Tx, j trial.Job, href string) (*tryReport, error) {
	closed, err := q.closedPlaybooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := j.Report.Without(func(id hearth.PlaybookID) bool { return closed[id] })
	out := &tryReport{Notes: r.Notes, Count: len(r.Residents), Named: q.may(account.ResidentsRead), Query: q.field("who")}
	if r.Difference != nil {
		out.Words = r.Difference.Words
	} else if r.Events.Count > 0 {
		out.Words = []string{fmt.Sprintf("In these %d days it started %s and sent %s.", r.Days, count(r.Tried.Starts, "time", "times"), noneOr(r.Tried.Messages.Sent, "message", "messages"))}
	}
	if r.Events.Count == 0 {
		return out, nil
	}
	out.Figures = tryFigures(r)
	out.Charts = tryCharts(r)
	for _, o := range r.Overlaps {
		out.Overlaps = append(out.Overlaps, fmt.Sprintf("%s: %s on one day, %s within a week.", o.Title, count(o.SameDay, "resident would hear from both", "residents would hear from both"), strconv.Itoa(o.SameWeek)))
	}
	out.NotBegun, out.Desk = reasonWords(r.Tried.NotBegun), reasonWords(r.Tried.Messages.Reasons)
	for _, c := range r.Tried.Tasks.Roles {
		out.Roles = append(out.Roles, fmt.Sprintf("%s: %s, %s", capital(plainID(c.Name)), count(c.Count, "task", "tasks"), hoursWords(c.Minutes)))
	}
	if out.Named {
		return out, q.tryPeople(ctx, tx, out, r, href)
	}
	return out, nil
}

// noneOr says a number of things, none in words.
func noneOr(n int, one, many string) string {
	if n == 0 {
		return "no " + many
	}
	return count(n, one, many)
}

func hoursWords(minutes int) string {
	if minutes < 60 {
		return count(minutes, "minute", "minutes")
	}
	return fmt.Sprintf("%.1f hours", float64(minutes)/60)
}

func tryFigures(r *trial.Report) []ui.Fact {
	t, b := r.Tried, r.Budget
	budget := "nothing of it is used"
	if b.Used > 0 {
		budget = fmt.Sprintf("%s; %s reached the limit of a week, %s that of a month", count(b.Used, "message counts", "messages count"), count(b.AtWeek, "resident", "residents"), strconv.Itoa(b.AtMonth))
	}
	messages := "none was wished"
	if t.Messages.Wished > 0 {
		messages = fmt.Sprintf("%d sent of %d wished", t.Messages.Sent, t.Messages.Wished)
	}
	return []ui.Fact{{Name: "Starts", Value: fmt.Sprintf("%d, for %s", t.Starts, count(len(r.Residents), "resident", "residents"))},
		{Name: "Messages", Value: messages},
		{Name: "Tasks", Value: fmt.Sprintf("%d, %s of the team's time", t.Tasks.Count, hoursWords(t.Tasks.Minutes))},
		{Name: "Budget of residents", Value: budget}, {Name: "Still under way at the end", Value: strconv.Itoa(t.Running)}}
}

func reasonWords(list []trial.Reason) []string {
	var out []string
	for _, x := range list[:min(len(list), 8)] {
		out = append(out, fmt.Sprintf("%d %s: %s", x.Count, x.What, x.Why))
	}
	return out
}

// tryCharts draws messages, minutes and budget by week, beside the days without the change.
func tryCharts(r *trial.Report) []tryChart {
	kinds := []struct {
		id, title, unit string
		of              func(trial.Week) int
	}{{"messages", "Messages a week", "messages", func(w trial.Week) int { return w.Messages }}, {"minutes", "Minutes of the team a week", "minutes", func(w trial.Week) int { return w.Minutes }},
		{"budget", "Of residents' budget a week", "messages that count", func(w trial.Week) int { return w.Budgeted }}}
	var out []tryChart
	for _, k := range kinds {
		c := tryChart{ID: "chart-" + k.id, Title: k.title}
		sum, before, top := 0, 0, 0
		for i, w := range r.Tried.Weeks {
			n := k.of(w)
			p := ui.Point{Name: weekWords(w.Monday), Words: weekWords(w.Monday) + ": " + strconv.Itoa(n), Cells: []string{strconv.Itoa(n)}}
			c.Bars.Own = append(c.Bars.Own, float64(n))
			sum, top = sum+n, max(top, n)
			if r.Before != nil {
				was := 0
				if i < len(r.Before.Weeks) {
					was = k.of(r.Before.Weeks[i])
				}
				c.Bars.Past = append(c.Bars.Past, float64(was))
				p.Cells = append(p.Cells, strconv.Itoa(was))
				p.Words += ", " + strconv.Itoa(was) + " without the change"
				before, top = before+was, max(top, was)
			}
			c.Bars.Points = append(c.Bars.Points, p)
		}
		c.Words, c.None = fmt.Sprintf("%d %s in all", sum, k.unit), top == 0
		c.Bars.Table = ui.Columns{Head: []string{"Week of", "With it"}, Caption: k.title}
		if r.Before != nil {
			c.Words += fmt.Sprintf(", %d without the change (grey)", before)
			c.Bars.Table.Head = append(c.Bars.Table.Head, "Without")
		}
		c.Bars.Label, c.Bars.Top = k.title+": "+c.Words, strconv.Itoa(top)
		if n := len(r.Tried.Weeks); n > 0 {
			c.Bars.Names = []string{weekWords(r.Tried.Weeks[0].Monday), weekWords(r.Tried.Weeks[n-1].Monday)}
		}
		out = append(out, c)
	}
	return out
}

func weekWords(monday string) string {
	d, err := hearth.ParseDay(monday)
	if err != nil {
		return monday
	}
	return shortDay(d)
}

// tryPeople lists whom it would start for, with why, a page at a time.
func (q *request) tryPeople(ctx context.Context, tx *db.Tx, out *tryReport, r *trial.Report, href string) error {
	list := r.Residents
	names := map[hearth.ResidentID]record.Contact{}
	read := func(part []trial.Touched) error {
		for lot := range slices.Chunk(part, 500) {
			var ids []hearth.ResidentID
			for _, t := range lot {
				ids = append(ids, t.Resident)
			}
			got, err := q.contacts(ctx, tx, ids)
			if err != nil {
				return err
			}
			for id, c := range got {
				names[id] = c
			}
		}
		return nil
	}
	if out.Query != "" {
		if err := read(list); err != nil {
			return err
		}
		list = slices.DeleteFunc(slices.Clone(list), func(t trial.Touched) bool {
			c, why := names[t.Resident], ""
			for _, s := range t.Starts {
				why += " " + s.Because
			}
			return !strings.Contains(strings.ToLower(c.Name()+" "+c.UnitLabel+why), strings.ToLower(out.Query))
		})
	}
	n, _ := strconv.Atoi(q.field("page"))
	from := max(0, min(n-1, (len(list)-1)/tryPage)) * tryPage
	shown := list[min(from, len(list)):min(from+tryPage, len(list))]
	if err := read(shown); err != nil {
		return err
	}
	for _, t := range shown {
		out.People = append(out.People, q.tryPerson(t, names[t.Resident]))
	}
	out.Shown = fmt.Sprintf("%d to %d of %d", min(from+1, len(list)), from+len(shown), len(list))
	link := func(page int) string {
		return href + "&" + url.Values{"page": {strconv.Itoa(page)}, "who": {out.Query}}.Encode() + "#people"
	}
	if from > 0 {
		out.Prev = link(from / tryPage)
	}
	if from+tryPage < len(list) {
		out.Next = link(from/tryPage + 2)
	}
	return nil
}

func (q *request) tryPerson(t trial.Touched, c record.Contact) tryPerson {
	p := tryPerson{Name: c.Name(), Home: c.UnitLabel, Href: "/residents/" + string(t.Resident)}
	if p.Name == "" {
		p.Name, p.Href = q.place.Name, ""
	}
	if len(t.Starts) > 0 {
		p.Because = q.dayWords(t.Starts[0].At) + ": " + t.Starts[0].Because
	}
	var fine []string
	if n := len(t.Starts); n > 1 {
		fine = append(fine, "starts "+strconv.Itoa(n)+" times")
	}
	if len(t.Starts) > 0 && t.Starts[0].HeldOut {
		fine = append(fine, "held out, so that the effect can be measured")
	}
	for _, n := range []struct {
		n         int
		one, many string
	}{{t.Messages, "message", "messages"}, {t.Tasks, "task", "tasks"}} {
		if n.n > 0 {
			fine = append(fine, count(n.n, n.one, n.many))
		}
	}
	p.Fine = strings.Join(fine, " · ")
	return p
}

// startTrial asks for a trial.
func (q *request) startTrial() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	j := trial.Job{Playbook: q.playID(), Property: q.place.ID, By: q.actor}
	var err error
	if j.From, err = hearth.ParseDay(q.field("from")); err != nil {
		return outcome{}, hearth.FieldErrorf("from", "Choose the first day.")
	}
	if j.To, err = hearth.ParseDay(q.field("to")); err != nil {
		return outcome{}, hearth.FieldErrorf("to", "Choose the last day.")
	}
	id := ""
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		b, err := q.editBase(ctx, tx)
		if err != nil {
			return err
		}
		if q.closedTo(b) {
			return hearth.Errorf(hearth.CodeForbidden, "For whom this playbook starts is told only to those to whom it is open.")
		}
		j.Title = q.titleOf(b)
		switch {
		case q.field("which") == "draft" && b.has:
			j.Text = b.draft.Text
		case b.play == nil:
			return hearth.Errorf(hearth.CodeConflict, "There is no draft any more. Look at the playbook again.")
		case !b.play.on():
			j.Text = b.play.Text
		}
		return nil
	})
	if err != nil {
		return outcome{}, err
	}
	if j.Text != "" {
		if _, err := q.web.Engine.Compile(q.Context(), []byte(j.Text)); err != nil {
			return outcome{}, hearth.Errorf(hearth.CodeInvalid, "It can't be tried as it stands: %s", hearth.MessageOf(err))
		}
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = trial.Ask(ctx, tx, j)
		return err
	})
	return outcome{said: "The trial goes on by itself, also when you close this page.", next: "/playbooks/" + url.PathEscape(string(j.Playbook)) + "/simulate?job=" + url.QueryEscape(id)}, err
}

func (q *request) stopTrial() (outcome, error) {
	back := "/playbooks/" + url.PathEscape(string(q.playID())) + "/simulate?job=" + url.QueryEscape(q.PathValue("job"))
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		j, err := trial.GetJob(ctx, tx, q.PathValue("job"))
		if err != nil {
			return err
		}
		if j.Property != q.place.ID || j.Playbook != q.playID() || q.hidesTrial(j) {
			return hearth.Errorf(hearth.CodeNotFound, "There is no such trial here.")
		}
		return trial.StopJob(ctx, tx, j.ID)
	})
	return outcome{said: "Stopped.", next: back}, err
}
