package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// counter takes imports and notes what reaches it; all that waits and was applied there is a list of the team at a property.
type counter struct {
	Imports
	at  func() hearth.PropertyID
	did []string
	by  ImportBy
}

func (b *counter) MaxBytes() int64 { return 1 << 20 }

func (b *counter) List(context.Context, *db.Tx, hearth.PropertyID, int, int) ([]ImportRow, error) {
	return nil, nil
}

func (b *counter) Waiting(context.Context, *db.Tx, hearth.PropertyID, int, int) ([]ImportDraft, error) {
	return nil, nil
}

func (b *counter) PropertyOf(context.Context, *db.Tx, string) (hearth.PropertyID, error) {
	return b.at(), nil
}

func (b *counter) Draft(_ context.Context, _ *db.Tx, id string) (ImportDraft, error) {
	return ImportDraft{ID: id, Kind: kindStaff}, nil
}

func (b *counter) One(_ context.Context, _ *db.Tx, id hearth.ImportID) (ImportRow, error) {
	return ImportRow{ID: id, Kind: kindStaff}, nil
}

func (b *counter) Give(_ context.Context, by ImportBy, _ record.Property, kind, _, _ string, _ io.Reader) (string, error) {
	b.did, b.by = append(b.did, "give "+kind), by
	return "imd_1", nil
}

func (b *counter) Remap(_ context.Context, by ImportBy, id string, _ ImportChoice) error {
	b.did, b.by = append(b.did, "columns "+id), by
	return nil
}

func (b *counter) Mend(_ context.Context, by ImportBy, id string, _ int, _ map[string]string) error {
	b.did, b.by = append(b.did, "row "+id), by
	return nil
}

func (b *counter) Apply(_ context.Context, by ImportBy, id string) (hearth.ImportID, error) {
	b.did, b.by = append(b.did, "apply "+id), by
	return "imp_1", nil
}

func (b *counter) BeginUndo(_ context.Context, by ImportBy, id hearth.ImportID) (ImportUndo, error) {
	b.did, b.by = append(b.did, "undo "+string(id)), by
	return ImportUndo{}, nil
}

// gives sends a file by the form of the page.
func (h *house) gives(kind string, in map[string]string) *httptest.ResponseRecorder {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"kind", kind}, {"source", "hr"}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			h.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "file.csv")
	if err == nil {
		_, err = part.Write([]byte("name,role\nAna,manager\n"))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/imports/new", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, v := range in {
		r.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, r)
	return rec
}

// A list of the team gives roles: it is for those who may give them, and who have signed in just now.
func TestAListOfTheTeamAsksForTheRightToGiveRoles(t *testing.T) {
	var h *house
	b := &counter{at: func() hearth.PropertyID { return h.oak }}
	h = newHouse(t, func(d *Deps) { d.Imports = b })
	form := url.Values{"line": {"2"}, "cell.name": {"Ana"}}
	paths := []string{"/imports/imd_1/columns", "/imports/imd_1/row", "/imports/imd_1/apply", "/imports/imp_1/undo"}

	assistant := map[string]string{"hearth": h.session(hearth.RoleAssistant)}
	if rec := h.gives("staff", assistant); rec.Code != 422 || !strings.Contains(rec.Body.String(), "gives roles") {
		t.Errorf("an assistant manager gives a list of the team: %d", rec.Code)
	}
	for _, p := range paths {
		if rec := h.ask("POST", p, form, assistant); rec.Code != 403 {
			t.Errorf("an assistant manager at %s: %d", p, rec.Code)
		}
	}
	if len(b.did) > 0 {
		t.Errorf("an assistant manager did %v", b.did)
	}
	if rec := h.ask("GET", "/imports/new", nil, assistant); rec.Code != 200 || strings.Contains(rec.Body.String(), "The team") || !strings.Contains(rec.Body.String(), "Work orders") {
		t.Errorf("the form offers what they may not: %d", rec.Code)
	}
	if rec := h.gives("residents", assistant); rec.Code != 303 || len(b.did) != 1 || len(b.by.Within) != 1 || b.by.Within[0] != h.oak {
		t.Errorf("an assistant manager gives a directory: %d %v %v", rec.Code, b.did, b.by)
	}

	b.did = nil
	manager := map[string]string{"hearth": h.session(hearth.RoleManager)}
	if rec := h.gives("staff", manager); rec.Code != 303 || rec.Header().Get("Location") != "/imports/imd_1" {
		t.Errorf("a manager gives a list of the team: %d %s", rec.Code, rec.Body)
	}
	for _, p := range paths {
		if rec := h.ask("POST", p, form, manager); rec.Code != 303 {
			t.Errorf("a manager at %s: %d", p, rec.Code)
		}
	}
	if want := []string{"give staff", "columns imd_1", "row imd_1", "apply imd_1", "undo imp_1"}; strings.Join(b.did, ",") != strings.Join(want, ",") {
		t.Errorf("a manager did %v", b.did)
	}
	b.did = nil
	h.clock.Advance(account.StepUpWithin + time.Minute)
	if rec := h.gives("staff", manager); rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/account/again") {
		t.Errorf("no question before a list of the team: %d", rec.Code)
	}
	for _, p := range paths {
		if rec := h.ask("POST", p, form, manager); rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/account/again") {
			t.Errorf("no question before %s: %d %s", p, rec.Code, rec.Header().Get("Location"))
		}
	}
	if len(b.did) > 0 {
		t.Errorf("without signing in again a manager did %v", b.did)
	}
}
