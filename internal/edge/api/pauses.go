package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
)

// pauseItem is a pause in force.
type pauseItem struct {
	ID     string     `json:"id"`
	What   care.What  `json:"what"`
	Target string     `json:"target,omitempty"`
	Reason string     `json:"reason"`
	Strict bool       `json:"strict" doc:"Answers and safety are stopped too."`
	SetBy  string     `json:"set_by"`
	Set    *time.Time `json:"set"`
	Until  *time.Time `json:"until,omitempty" doc:"Left out: until somebody resumes."`
}

func pauseOf(p care.Pause) pauseItem {
	return pauseItem{p.ID, p.What, p.Target, p.Reason, p.Strict, p.SetBy.String(), instant(p.Set), instant(p.Until)}
}

func (a *API) addPauses() {
	const tag = "Pauses"
	add(a, about{http.MethodGet, "/pauses", tag, "list-pauses", "List what is paused", "What stands still now, oldest first.", account.ScopeRead}, a.listPauses)
	add(a, about{http.MethodPost, "/pauses", tag, "post-pause", "Pause something",
		"A playbook, a property, a resident, a channel or everything, at once: no step is taken, and what waits for delivery is taken back. Answers and safety go on, unless strict. " +
			"Triggers that come true meanwhile are on record and start nothing.", account.ScopeAdmin}, a.postPause)
	add(a, about{http.MethodDelete, "/pauses/{id}", tag, "end-pause", "Resume",
		"What was held goes on in doses over the days; what has become stale waits for a person's look, in /reviews. With include, those inside the playbook's condition start, so many a day.",
		account.ScopeAdmin}, a.endPause)
}

func (a *API) listPauses(ctx context.Context, _ *struct{}) (*list[pauseItem], error) {
	var all []care.Pause
	err := a.read(ctx, func(tx *db.Tx) error {
		n, err := a.Engine.Care.Now(ctx, tx)
		if err == nil {
			all = n.Pauses(tx.Now())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", pauseOf), nil
}

func (a *API) postPause(ctx context.Context, in *struct {
	Body struct {
		What   care.What `json:"what" enum:"playbook,property,resident,channel,everything"`
		ID     string    `json:"id,omitempty" maxLength:"256" doc:"Of the playbook, property or resident, or the channel's name; left out for everything."`
		Reason string    `json:"reason" maxLength:"500" doc:"Stands in decisions and on the first page."`
		Until  string    `json:"until,omitempty" maxLength:"40" doc:"The last day of the pause, such as 2026-12-31, or a time; left out: until somebody resumes."`
		Strict bool      `json:"strict,omitempty" doc:"Stop answers and safety too."`
	}
}) (*one[pauseItem], error) {
	out := &one[pauseItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		p := care.Pause{What: in.Body.What, Target: in.Body.ID, Reason: in.Body.Reason, Strict: in.Body.Strict}
		var at hearth.PropertyID
		switch p.What {
		case care.Property:
			at = hearth.PropertyID(p.Target)
			if err := a.property(ctx, tx, at); err != nil {
				return err
			}
		case care.Resident:
			id, err := a.resident(ctx, tx, p.Target)
			if err != nil {
				return err
			}
			p.Target = string(id)
		}
		var err error
		if p.Until, err = a.Engine.Last(ctx, tx, in.Body.Until, at); err != nil {
			return err
		}
		p, err = a.Engine.Pause(ctx, tx, actorOf(ctx), p)
		out.Body = pauseOf(p)
		return err
	})
	return out, err
}

func (a *API) endPause(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"100"`
	Include int    `query:"include" minimum:"0" maximum:"100000" doc:"For a playbook: start those inside its condition now, so many a day; 0: nobody."`
}) (*one[resumed], error) {
	out := &one[resumed]{Body: resumed{Included: []hearth.ResidentID{}}}
	var p care.Pause
	err := a.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = a.Engine.Resume(ctx, tx, actorOf(ctx), in.ID)
		return err
	})
	if err != nil || in.Include == 0 {
		return out, err
	}
	if p.What != care.Playbook {
		return nil, hearth.FieldErrorf("include", "Only the pause of a playbook has a condition that residents can be inside.")
	}
	who, err := a.Engine.Include(ctx, hearth.PlaybookID(p.Target), in.Include)
	out.Body.Included = append(out.Body.Included, who...)
	return out, err
}

// resumed is what a resumption did beside letting go on what was held.
type resumed struct {
	Included []hearth.ResidentID `json:"included" nullable:"false" doc:"Who starts, at the pace asked for."`
}

func (a *API) addReviews() {
	const tag = "Reviews"
	add(a, about{http.MethodGet, "/reviews", tag, "list-reviews", "List what came too late",
		"Steps and messages whose time had passed by days when their turn came, because the program stood still, was paused or its clock was set. Nothing of it goes out without a person.",
		account.ScopeRead}, a.listReviews)
	add(a, about{http.MethodPost, "/reviews/{id}/settle", tag, "settle-review", "Let go or skip what came too late",
		"go does it now; skip passes it over, and the run goes on behind it. Saying the same again changes nothing.", account.ScopeTasks}, a.settleReview)
}

func (a *API) listReviews(ctx context.Context, in *struct {
	Paging
	Property hearth.PropertyID `query:"property" maxLength:"100"`
}) (*list[trigger.Review], error) {
	var all []trigger.Review
	next := ""
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, next, err = a.Engine.Reviews(ctx, tx, in.Property, in.Cursor, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, next, func(x trigger.Review) trigger.Review { return x }), nil
}

func (a *API) settleReview(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		How string `json:"how" enum:"go,skip"`
	}
}) (*one[settled], error) {
	err := a.db.Write(ctx, func(tx *db.Tx) error { return a.Engine.Settle(ctx, tx, actorOf(ctx), in.ID, in.Body.How) })
	return &one[settled]{Body: settled{in.ID, in.Body.How}}, err
}

type settled struct {
	ID  string `json:"id"`
	How string `json:"how"`
}
