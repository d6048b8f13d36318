package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// onResident runs a change about the resident that the address names, and gives who it is.
func (q *request) onResident(change func(ctx context.Context, tx *db.Tx, r *resident) error) (called, path string, err error) {
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.findResident(ctx, tx)
		if err != nil {
			return err
		}
		called, path = r.Called(), "/residents/"+string(r.ID)
		return change(ctx, tx, r)
	})
	return called, path, err
}

func (q *request) metResident() (outcome, error) {
	kind := q.field("kind")
	if kind == "" {
		kind = record.MetKinds()[0]
	}
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		_, err := q.web.Records.MetSoon(ctx, tx, q.actor, r.ID, kind, q.field("note"))
		return err
	})
	return outcome{said: "Noted: you talked, just now. It is on the timeline in a moment.", undo: path + "/unmet?kind=" + url.QueryEscape(kind), next: q.back(path)}, err
}

func (q *request) unmetResident() (outcome, error) {
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		return q.web.Records.MetBack(ctx, tx, q.actor, r.ID, q.field("kind"))
	})
	return outcome{said: "Taken back. Nothing was noted.", next: path}, err
}

// correctFact changes one fact, with who said so.
func (q *request) correctFact() (outcome, error) {
	name, value := strings.ToLower(q.field("name")), q.field("value")
	said := "Corrected. Messages follow it from now on."
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		news := record.News{Source: "hearth/edge/web", Actor: q.actor}
		if isDetail(name) {
			_, err := q.web.Records.PutDetail(ctx, tx, news, r.ID, name, value)
			return err
		}
		if name == "" {
			return hearth.FieldErrorf("name", "Say what it is about, such as pets or parking.")
		}
		_, err := q.web.Records.PutPreference(ctx, tx, news, record.Preference{Resident: r.ID, Name: strings.ReplaceAll(name, " ", "_"), Value: value, Source: q.name})
		return err
	})
	if value == "" {
		said = "Taken out. What it was stands in its history."
	}
	return outcome{said: said, next: path}, err
}

func isDetail(name string) bool {
	return name == "email" || name == "phone" || name == "preferred_name" || name == "language"
}

func (q *request) pauseResident() (outcome, error) {
	var p care.Pause
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		if q.web.Engine == nil {
			return hearth.Errorf(hearth.CodeUnavailable, "Nothing is automatic here, so nothing can be paused.")
		}
		reason := q.field("reason")
		if reason == "" {
			return hearth.FieldErrorf("reason", "Say why everything pauses: whoever wonders later reads it.")
		}
		p = care.Pause{What: care.Resident, Target: string(r.ID), Reason: reason}
		if days, err := strconv.Atoi(q.field("days")); err == nil && days > 0 && days <= 365 {
			p.Until = (hearth.DayOf(q.now, q.zone) + hearth.Day(days) + 1).Start(q.zone)
		}
		var err error
		p, err = q.web.Engine.Pause(ctx, tx, q.actor, p)
		return err
	})
	return outcome{said: "Paused. Answers and safety still go out; everything else waits.", undo: path + "/resume?pause=" + url.QueryEscape(p.ID), next: path}, err
}

func (q *request) resumeResident() (outcome, error) {
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		n, err := q.web.Care.Now(ctx, tx)
		if err != nil {
			return err
		}
		for _, x := range n.Pauses(q.now) {
			if x.ID == q.field("pause") && n.PauseOf(x, r.ID) {
				_, err = q.web.Engine.Resume(ctx, tx, q.actor, x.ID)
				return err
			}
		}
		return hearth.Errorf(hearth.CodeConflict, "Nothing is paused for them any more; somebody resumed it before.")
	})
	return outcome{said: "Resumed. What was held goes on step by step.", next: path}, err
}

// planned makes sure that a message is the resident's.
func (q *request) planned(ctx context.Context, tx *db.Tx, r *resident) (hearth.MessageID, error) {
	m, err := q.web.Messages.Get(ctx, tx, hearth.MessageID(q.PathValue("message")))
	if err == nil {
		for _, id := range r.person {
			if m.Resident == id {
				return m.ID, nil
			}
		}
		err = hearth.Errorf(hearth.CodeNotFound, "There is no such message for them.")
	}
	return "", err
}

func (q *request) holdPlanned() (outcome, error) {
	until := time.Time{}
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		id, err := q.planned(ctx, tx, r)
		if err != nil {
			return err
		}
		until = (hearth.DayOf(q.now, q.zone) + 7).Start(q.zone).Add(9 * time.Hour)
		return q.web.Outlook.Hold(ctx, tx, q.actor, id, until, "held for a week from the resident's page")
	})
	return outcome{said: "Held until " + until.In(q.zone).Format("Monday 2 January") + ". Then the desk looks again.", next: path}, err
}

func (q *request) cancelPlanned() (outcome, error) {
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		id, err := q.planned(ctx, tx, r)
		if err != nil {
			return err
		}
		return q.web.Outlook.Cancel(ctx, tx, q.actor, id, "not to be said, from the resident's page")
	})
	return outcome{said: "It will not be said.", next: path}, err
}
