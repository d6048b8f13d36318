package web

import (
	"context"
	"sort"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/trigger"
)

// whyView says how a playbook stands for a resident, condition by condition.
type whyView struct {
	Name, Back string
	Playbooks  []ui.Option
	Title      string
	Verdict    string
	Checks     []checkRow
	Runs       []ui.Fact
	Past       []ui.Fact
}

type checkRow struct {
	Icon  string
	Shade ui.Shade
	Says  string // "holds", "does not hold", "not known"
	What  string
	Text  string
	Facts string
}

func (q *request) residentWhy() (templ.Component, error) {
	var v whyView
	var x *trigger.Explanation
	asked := hearth.PlaybookID(q.URL.Query().Get("playbook"))
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.findResident(ctx, tx)
		if err != nil {
			return err
		}
		v.Name, v.Back = r.Called(), "/residents/"+string(r.ID)
		if r.closed, err = q.closedPlaybooks(ctx, tx); err != nil {
			return err
		}
		for id, title := range q.web.Titles {
			if !r.closed[id] {
				v.Playbooks = append(v.Playbooks, ui.Option{Value: string(id), Name: title, Chosen: id == asked})
			}
		}
		sort.Slice(v.Playbooks, func(i, j int) bool { return v.Playbooks[i].Name < v.Playbooks[j].Name })
		if asked == "" || q.web.Engine == nil {
			return nil
		}
		if r.closed[asked] { // in the words for one that there is not
			return hearth.Errorf(hearth.CodeNotFound, "There is no playbook of this name. Choose one from the list on the page before.")
		}
		x, err = q.web.Engine.Why(ctx, tx, r.ID, asked, q.web.Library[asked])
		return err
	})
	if err != nil {
		return nil, err
	}
	if x != nil {
		q.explain(&v, x)
	}
	return residentWhyPage(q.frame("Why, and why not", "/residents"), v), nil
}

func (q *request) explain(v *whyView, x *trigger.Explanation) {
	v.Title, v.Verdict = x.Title, x.Verdict
	for _, c := range x.Checks {
		row := checkRow{What: capital(c.What), Text: c.Text, Facts: strings.Join(c.Values, ", "), Icon: "circle-check", Shade: ui.Good, Says: "holds"}
		switch {
		case !c.Known:
			row.Icon, row.Shade, row.Says = "circle-help", ui.Calm, "not known"
		case !c.Holds:
			row.Icon, row.Shade, row.Says = "circle-x", ui.Today, "does not hold"
		}
		v.Checks = append(v.Checks, row)
	}
	for _, r := range x.Runs {
		v.Runs = append(v.Runs, ui.Fact{Name: capital(r.State), Value: r.Because})
	}
	for _, p := range x.Past {
		v.Past = append(v.Past, ui.Fact{Name: capital(p.Outcome), Value: plainDays(p.Reason), From: page.When(p.At, q.now, q.zone)})
	}
}
