package api

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// fakeImports stands in for who applies imports.
type fakeImports struct {
	began hearth.ImportID
	by    hearth.Actor
}

func (f *fakeImports) List(_ context.Context, _ *db.Tx, p hearth.PropertyID, _ int) ([]ImportItem, error) {
	return []ImportItem{{ID: "imp_1", Property: p, Source: "pms", Kind: "residents", Files: []string{"list.csv"}, State: "done", By: "staff/stf_1", Rows: map[string]int{"added": 4}}}, nil
}

func (f *fakeImports) Undo(_ context.Context, id hearth.ImportID) (ImportUndo, error) {
	if id != "imp_1" {
		return ImportUndo{}, hearth.Errorf(hearth.CodeNotFound, "There is no import %s.", id)
	}
	return ImportUndo{Import: id, State: "possible", Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Counts: map[string]int{"residents": 3},
		Stays: []ImportStays{{What: "resident", Why: "it was changed since", N: 1}}, Named: []ImportNamed{}}, nil
}

func (f *fakeImports) Begin(ctx context.Context, actor hearth.Actor, id hearth.ImportID) (ImportUndo, error) {
	u, err := f.Undo(ctx, id)
	f.began, f.by, u.State = id, actor, "running"
	return u, err
}

func TestImports(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		f := &fakeImports{}
		b.api.Imports = f
		for _, c := range []struct {
			name, scope, method, path string
			status                    int
			want                      string
		}{
			{"the list", "admin", http.MethodGet, "/api/v1/imports?property=" + string(b.property), http.StatusOK, `"id":"imp_1"`},
			{"a look", "admin", http.MethodGet, "/api/v1/imports/imp_1/undo", http.StatusOK, `"why":"it was changed since"`},
			{"nobody", "admin", http.MethodGet, "/api/v1/imports/imp_2/undo", http.StatusNotFound, "There is no import"},
			{"who may only read", "read", http.MethodPost, "/api/v1/imports/imp_1/undo", http.StatusForbidden, ""},
			{"the undo", "admin", http.MethodPost, "/api/v1/imports/imp_1/undo", http.StatusOK, `"state":"running"`},
		} {
			status, _, answer := b.call(c.method, c.path, b.tokens[c.scope], nil, "")
			if status != c.status || !strings.Contains(answer, c.want) {
				t.Errorf("%s: %d %s", c.name, status, answer)
			}
		}
		if f.began != "imp_1" || f.by.Kind != "token" {
			t.Errorf("began %q by %v", f.began, f.by)
		}
	})
}
