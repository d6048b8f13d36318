package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/account"
)

// The first page is everybody's: that somebody is worried about a resident does not stand on it.
func TestWorryIsNotOnTheFirstPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		look := func() string {
			req := httptest.NewRequest(http.MethodGet, "/happened", nil)
			req.SetBasicAuth("x", b.tokens[account.ScopeRead])
			rec := httptest.NewRecorder()
			b.web.ServeHTTP(rec, req)
			if rec.Code != http.StatusOK {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
			return rec.Body.String()
		}
		if strings.Contains(look(), "worry-test") {
			t.Fatal("the test's events are there before it told of them")
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			people, err := b.web.Records.Search(t.Context(), tx, "", "", 1)
			if err != nil {
				return err
			}
			who := people.Items[0]
			for i, kind := range []hearth.EventType{"portal.visited", "welfare.concern"} {
				data := json.RawMessage(`{}`)
				if kind == "welfare.concern" {
					data = json.RawMessage(`{"raised_by":"neighbour"}`)
				}
				if _, err := b.web.Log.Append(t.Context(), tx, &hearth.Event{ID: string(rune('a' + i)), Source: "worry-test", Type: kind,
					Subject: hearth.Subject{Kind: "resident", ID: string(who.ID)}, Property: who.Property, Residents: []hearth.ResidentID{who.ID}, Time: tx.Now(), Data: data}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		page := look()
		if !strings.Contains(page, "worry-test") || !strings.Contains(page, "visited the portal") {
			t.Errorf("the visit does not stand on the page: %s", page)
		}
		if strings.Contains(page, "worried") || strings.Contains(page, "neighbour") {
			t.Error("the worry stands on the first page")
		}
	})
}
