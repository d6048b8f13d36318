package api

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// refusalItem is one no that is in force.
type refusalItem struct {
	Residents []hearth.ResidentID `json:"residents" nullable:"false" doc:"Whom it binds: everybody who has the address."`
	Channels  []hearth.Channel    `json:"channels" nullable:"false"`
	Address   string              `json:"address,omitempty" doc:"Left out where it is about no address, or several."`
	Scope     string              `json:"scope,omitempty" doc:"Left out: everything on the channel. discretionary: what they can do without. Else a purpose."`
	Reason    string              `json:"reason,omitempty" doc:"Of a stop: stop, complaint, may have asked to stop (a person reads it), or in words."`
	Words     string              `json:"words" doc:"What it is about and how it was told, as a sentence."`
	Said      string              `json:"said,omitempty" doc:"Their own words, where they were kept."`
	Source    string              `json:"source,omitempty"`
	Evidence  string              `json:"evidence,omitempty"`
	Actor     string              `json:"actor"`
	At        time.Time           `json:"at"`
	Due       *time.Time          `json:"due,omitempty" doc:"By when a person has to have read it."`
}

func refusalOf(r consent.Refusal) refusalItem {
	who := r.People
	if who == nil {
		who = []hearth.ResidentID{}
	}
	return refusalItem{who, r.Channels, r.AddressKey, r.Scope, r.Reason, r.ScopeWords() + ". " + r.HowWords() + ".", r.Said, r.Source, r.Evidence, r.Actor.String(), r.At, instant(r.Due)}
}

func (a *API) listRefusals(ctx context.Context, in *struct {
	Paging
	Property hearth.PropertyID `query:"property" required:"true" minLength:"1" maxLength:"100"`
}) (*list[refusalItem], error) {
	var some []consent.Refusal
	var next string
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if _, err := a.Records.Property(ctx, tx, in.Property); err != nil {
			return err
		}
		some, next, err = a.Consent.RefusalsPage(ctx, tx, a.Records, in.Property, in.Cursor, in.Limit)
		return err
	})
	return paged(some, next, refusalOf), err
}
