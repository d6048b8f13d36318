package app

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// Consents gives the ledger of a resident's consent.
func (a *App) Consents(ctx context.Context, resident string) (l consent.Ledger, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		who, to, _, err := a.reach(ctx, tx, resident)
		if err != nil {
			return err
		}
		var keys []string
		for _, key := range []string{to.Email, to.Phone} {
			if key != "" {
				keys = append(keys, key)
			}
		}
		l, err = a.Consent.Ledger(ctx, tx, who, keys...)
		return err
	})
	return l, err
}

// Said is a word that the command line records.
type Said struct {
	Resident, Channel, Purpose        string
	Allowed                           bool
	Source, Evidence, Wording, Reason string
	As                                string // a member of the team; "" the operator
}

// RecordConsent records a yes or no.
func (a *App) RecordConsent(ctx context.Context, s Said) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, s.As)
		if err != nil {
			return err
		}
		who, to, property, err := a.reach(ctx, tx, s.Resident)
		if err != nil {
			return err
		}
		return a.Consent.Tell(ctx, tx, consent.Grant{Channel: hearth.Channel(s.Channel), Purpose: s.Purpose, Allowed: s.Allowed, Resident: who, Property: property,
			Source: s.Source, Evidence: s.Evidence, Wording: s.Wording, Reason: s.Reason, Actor: actor}, to)
	})
}

func (a *App) reach(ctx context.Context, tx *db.Tx, resident string) (hearth.ResidentID, consent.Reach, hearth.PropertyID, error) {
	who, err := a.resident(ctx, tx, resident)
	if err != nil {
		return "", consent.Reach{}, "", err
	}
	r, err := a.Records.Resident(ctx, tx, who)
	return who, consent.Reach{Email: record.EmailKey(r.Email), Phone: record.PhoneKey(r.Phone)}, r.Property, err
}

// Refused is one no that is in force, with the names of whom it binds.
type Refused struct {
	consent.Refusal
	Names []string
}

// Refusals lists who of a property wants no more of what.
func (a *App) Refusals(ctx context.Context, property string) (out []Refused, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		at, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		all, err := a.Consent.Refusals(ctx, tx, a.Records, at)
		if err != nil {
			return err
		}
		var ids []hearth.ResidentID
		for _, r := range all {
			ids = append(ids, r.People...)
		}
		people, err := a.Records.Contacts(ctx, tx, ids)
		if err != nil {
			return err
		}
		out = nil
		for _, r := range all {
			x := Refused{Refusal: r}
			for _, id := range r.People {
				c := people[id]
				x.Names = append(x.Names, strings.TrimSpace(c.Name()+" "+c.UnitLabel))
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}
