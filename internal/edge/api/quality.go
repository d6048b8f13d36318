package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/quality"
)

func (a *API) addQuality() {
	add(a, about{http.MethodGet, "/quality", "Quality", "get-quality", "See what is missing and what contradicts itself",
		"How complete each field of a property is, and what to put right, what matters first at the top. A task about somebody asks for what is missing by itself.", account.ScopeRead}, a.getQuality)
}

func (a *API) getQuality(ctx context.Context, in *struct {
	Property hearth.PropertyID `query:"property" required:"true" maxLength:"100" doc:"The property."`
}) (*one[quality.Report], error) {
	out := &one[quality.Report]{}
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if err = a.property(ctx, tx, in.Property); err != nil {
			return err
		}
		out.Body, err = quality.New(a.Records).Report(ctx, tx, in.Property)
		return err
	})
	return out, err
}
