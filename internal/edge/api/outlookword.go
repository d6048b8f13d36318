package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// ContactPath names a contact of a resident's outlook in a path.
type ContactPath struct {
	ResidentPath
	Contact string `path:"contact" maxLength:"100" doc:"The id that the outlook gives it."`
}

// contactWord is why a person says something about a contact.
type contactWord struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Whoever asks later reads it."`
}

func (a *API) addOutlookWords() {
	const tag = "Outlook"
	add(a, about{http.MethodPost, "/residents/{id}/outlook/{contact}/hold", tag, "hold-contact", "Hold one planned contact",
		"A message that waits, or the step of a playbook that will come: the run stands before it, and goes on from there. Without a time: until somebody resumes, at most sixty days.",
		account.ScopeMessages}, a.holdContact)
	add(a, about{http.MethodPost, "/residents/{id}/outlook/{contact}/cancel", tag, "cancel-contact", "Cancel one planned contact",
		"A message that waits is not said; the step of a playbook is left out the next time that it comes, and the run goes on behind it.", account.ScopeMessages}, a.cancelContact)
	add(a, about{http.MethodPost, "/residents/{id}/outlook/{contact}/resume", tag, "resume-contact", "Take back a hold or a cancelling",
		"What is held comes before the desk again at once; what was cancelled is said after all.", account.ScopeMessages}, a.resumeContact)
}

func (a *API) holdContact(ctx context.Context, in *struct {
	ContactPath
	Body struct {
		Reason string     `json:"reason" minLength:"1" maxLength:"500" doc:"Whoever asks later reads it."`
		Until  *time.Time `json:"until,omitempty" doc:"Left out: until somebody resumes, at most sixty days."`
	}
}) (*one[aheadItem], error) {
	return a.saidOfContact(ctx, in.ContactPath, func(tx *db.Tx, id hearth.ResidentID) error {
		var until time.Time
		if in.Body.Until != nil {
			until = *in.Body.Until
		}
		return a.Outlook.HoldContact(ctx, tx, actorOf(ctx), id, in.Contact, until, in.Body.Reason)
	})
}

func (a *API) cancelContact(ctx context.Context, in *struct {
	ContactPath
	Body contactWord
}) (*one[aheadItem], error) {
	return a.saidOfContact(ctx, in.ContactPath, func(tx *db.Tx, id hearth.ResidentID) error {
		return a.Outlook.CancelContact(ctx, tx, actorOf(ctx), id, in.Contact, in.Body.Reason)
	})
}

func (a *API) resumeContact(ctx context.Context, in *struct {
	ContactPath
	Body contactWord
}) (*one[aheadItem], error) {
	return a.saidOfContact(ctx, in.ContactPath, func(tx *db.Tx, id hearth.ResidentID) error {
		return a.Outlook.ResumeContact(ctx, tx, actorOf(ctx), id, in.Contact, in.Body.Reason)
	})
}

// saidOfContact says something about a contact and gives the outlook as it is then.
func (a *API) saidOfContact(ctx context.Context, in ContactPath, say func(tx *db.Tx, id hearth.ResidentID) error) (*one[aheadItem], error) {
	out := &one[aheadItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if err := say(tx, id); err != nil {
			return err
		}
		got, err := a.Outlook.Upcoming(ctx, tx, id, 14)
		out.Body = aheadOf(got)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
