package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/fact/record"
)

// Many of the same name at a property that the viewer may not look at hide nobody of their own.
func TestASearchIsFullOfTheViewersOwn(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Wording = wording.New(wording.Deps{Log: d.Log, Records: d.Records, Desk: d.Inbox.Desk, Views: viewsOfNobody})
	})
	h.write(func(ctx context.Context, tx *db.Tx) error {
		news := record.News{Source: "yardi/elm"}
		elm, _, err := h.web.Records.PutProperty(ctx, tx, news, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		if err != nil {
			return err
		}
		for at, n := range map[hearth.PropertyID]int{elm.ID: 150, h.oak: 12} {
			home := record.Home{Property: at, Unit: record.Unit{Label: "9Z"}}
			for i := range n {
				home.Members = append(home.Members, record.Member{Resident: record.Resident{First: fmt.Sprintf("Zoe%d", i), Last: "Lind"}})
			}
			if _, err := h.web.Records.PutHome(ctx, tx, news, home); err != nil {
				return err
			}
		}
		return nil
	})
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	for path, want := range map[string]int{"/find?q=Zoe": peopleInPalette, "/residents?q=Zoe": 12, "/setup/templates/service-closed?who=Zoe": lookedAtOnce} {
		rec := h.ask("GET", path, nil, in)
		seen := map[string]bool{}
		for i := range 150 {
			if name := fmt.Sprintf("Zoe%d Lind", i); strings.Contains(rec.Body.String(), name) {
				seen[name] = true
			}
		}
		if rec.Code != 200 || len(seen) < want {
			t.Errorf("%s: %d, and %d are found, want %d", path, rec.Code, len(seen), want)
		}
	}
	musts(t, "read as somebody", h.ask("GET", "/setup/templates/service-closed", nil, in).Body.String(), "!Nobody is chosen")
	musts(t, "whose mail it is", h.ask("POST", "/unplaced/mail/none", url.Values{"other": {"Zoe"}}, in).Body.String(), "may be 12 people")
}
