package web

import (
	"context"
	"errors"
	"slices"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
)

// Pausing: one button that stops everything automatic, and the same for a property, a channel or a playbook.

// pauseAsk is the form that pauses something.
type pauseAsk struct {
	Title, Lead string
	Back        string
	Wrongs      []ui.Input
	What        ui.Input
	Reason      ui.Input
	Until       ui.Input
	Strict      bool
}

// pausable lists what can be paused from here; a value is what and, behind a slash, its target.
func (q *request) pausable(ctx context.Context, tx *db.Tx) ([]ui.Option, error) {
	out := []ui.Option{{Value: "everything/", Name: "Everything automatic"}}
	if q.place.ID != "" {
		out = append(out, ui.Option{Value: "property/" + string(q.place.ID), Name: "Everything automatic at " + q.place.Name})
	}
	for _, c := range [][2]string{{"email", "Sending by mail"}, {"sms", "Sending by text message"}, {"push", "Notices on telephones and browsers"}} {
		out = append(out, ui.Option{Value: "channel/" + c[0], Name: c[1]})
	}
	stored, err := playbook.Versions(ctx, tx)
	for _, s := range stored {
		if s.State != "active" {
			continue
		}
		name := string(s.ID)
		if d, err := playbook.Parse([]byte(s.Text)); err == nil {
			name = d.Title
		}
		out = append(out, ui.Option{Value: "playbook/" + string(s.ID), Name: "The playbook “" + name + "”"})
	}
	return out, err
}

func (q *request) pauseForm() (v pauseAsk, err error) {
	v = pauseAsk{Title: "Pause", Lead: "Whatever is paused stands still at once: no step is taken, and what waits for delivery is taken back. Answers to residents and warnings of danger go on.",
		Back:   q.back("/playbooks"),
		What:   ui.Input{Name: "what", Label: "What stands still", Value: "everything/"},
		Reason: ui.Input{Name: "reason", Label: "Why", Hint: "Whoever finds the pause reads it. It stands in every decision that it changed.", Max: 500, Required: true, Value: q.field("reason")},
		Until:  ui.Input{Name: "until", Label: "Until the end of", Kind: "date", Optional: true, Hint: "Left empty, it lasts until somebody resumes.", Value: q.field("until")},
		Strict: q.field("strict") != ""}
	err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		v.What.Options, err = q.pausable(ctx, tx)
		return err
	})
	if what := q.field("what"); what != "" {
		v.What.Value = what
		if target := q.field("target"); target != "" {
			v.What.Value += "/" + target
			v.Back = "/playbooks/" + target
		}
	}
	return v, err
}

func (q *request) pausePage() (templ.Component, error) {
	v, err := q.pauseForm()
	if err != nil {
		return nil, err
	}
	return pauseFormPage(q.frame(v.Title, "/playbooks"), v), nil
}

func (q *request) pause() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	v, err := q.pauseForm()
	if err != nil {
		return outcome{}, err
	}
	what, target, _ := cutWhat(q.field("what"))
	if !slices.ContainsFunc(v.What.Options, func(o ui.Option) bool { return o.Value == q.field("what") }) {
		return outcome{}, hearth.FieldErrorf("what", "Choose what stands still from the list.")
	}
	p := care.Pause{What: what, Target: target, Reason: q.field("reason"), Strict: v.Strict}
	err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if p.Until, err = q.untilOf(ctx, tx, q.field("until")); err != nil {
			return err
		}
		p, err = q.web.Engine.Pause(ctx, tx, q.actor, p)
		return err
	})
	if hearth.CodeOf(err) == hearth.CodeInvalid {
		for name, in := range map[string]*ui.Input{"reason": &v.Reason, "until": &v.Until, "what": &v.What} {
			if wrong := (*hearth.Error)(nil); errors.As(err, &wrong) && wrong.Field == name {
				in.Wrong = hearth.MessageOf(err)
			}
		}
		v.Wrongs = []ui.Input{v.What, v.Reason, v.Until}
		return outcome{}, wrongForm{pauseFormPage(q.frame(v.Title, "/playbooks"), v)}
	}
	said := "It stands still."
	if what == care.Everything {
		said = "Everything automatic stands still."
	}
	return outcome{said: said, undo: "/pauses/" + p.ID + "/resume", next: v.Back}, err
}

func cutWhat(s string) (what care.What, target string, ok bool) {
	for i := range s {
		if s[i] == '/' {
			return care.What(s[:i]), s[i+1:], true
		}
	}
	return care.What(s), "", false
}

func (q *request) resume() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		if err := q.ownPause(ctx, tx, q.PathValue("id")); err != nil {
			return err
		}
		_, err := q.web.Engine.Resume(ctx, tx, q.actor, q.PathValue("id"))
		return err
	})
	return outcome{said: "Resumed. What was held goes on in doses; what became stale waits for a look.", next: q.back("/playbooks")}, err
}

// ownPause refuses a pause of what the viewer may not look at, in the words for one that does not exist.
func (q *request) ownPause(ctx context.Context, tx *db.Tx, id string) error {
	open, err := q.web.Care.Pauses(ctx, tx)
	for _, p := range open {
		if err != nil || p.ID != id {
			continue
		}
		at := hearth.PropertyID("")
		switch p.What {
		case care.Property:
			at = hearth.PropertyID(p.Target)
		case care.Resident:
			at, err = q.propertyOfResident(ctx, tx, hearth.ResidentID(p.Target))
		}
		if at != "" && !q.seesPlace(at) {
			return hearth.Errorf(hearth.CodeNotFound, "There is no such pause.")
		}
	}
	return err
}

// pausesOf lists the pauses that hold a playbook.
func (q *request) pausesOf(ctx context.Context, tx *db.Tx, p play) ([]pauseLine, error) {
	if !p.paused {
		return nil, nil
	}
	all, err := q.pausesNow(ctx, tx, map[hearth.PlaybookID]play{p.ID: p})
	var out []pauseLine
	for _, x := range all {
		if x.ID == p.pause.ID {
			out = append(out, x)
		}
	}
	return out, err
}
