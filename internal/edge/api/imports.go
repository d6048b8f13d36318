package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// Imports is what the API asks of whoever brings files in and takes them back.
type Imports interface {
	// List gives the imports of a property, the newest first.
	List(ctx context.Context, tx *db.Tx, property hearth.PropertyID, limit int) ([]ImportItem, error)
	// Undo tells what taking an import back would do, is doing or has done.
	Undo(ctx context.Context, id hearth.ImportID) (ImportUndo, error)
	// Begin has an import taken back; it goes on by itself.
	Begin(ctx context.Context, actor hearth.Actor, id hearth.ImportID) (ImportUndo, error)
}

// ImportItem is an import that was applied.
type ImportItem struct {
	ID       hearth.ImportID   `json:"id"`
	Property hearth.PropertyID `json:"property"`
	Source   string            `json:"source" doc:"The system that made the files."`
	Kind     string            `json:"kind" enum:"units,residents,staff,workorders,payments,messages,events"`
	Files    []string          `json:"files" nullable:"false"`
	State    string            `json:"state" enum:"applying,done"`
	By       string            `json:"by"`
	Started  time.Time         `json:"started"`
	Finished *time.Time        `json:"finished,omitempty"`
	Rows     map[string]int    `json:"rows" doc:"Rows by what became of them: added, changed, same, set aside, vanished, about another property."`
	Undo     string            `json:"undo,omitempty" enum:"running,done" doc:"Left out: it was not taken back."`
}

// ImportUndo is what taking an import back would do, or has done.
type ImportUndo struct {
	Import   hearth.ImportID `json:"import"`
	State    string          `json:"state" enum:"possible,impossible,running,done"`
	Why      string          `json:"why,omitempty" doc:"Why it is not possible, in words."`
	First    hearth.ImportID `json:"first,omitempty" doc:"The import that has to be taken back before this one."`
	Until    time.Time       `json:"until" doc:"It is possible until then."`
	Counts   map[string]int  `json:"counts" doc:"What goes, or has gone: residents, homes, leases, team, work_orders, changed."`
	Stays    []ImportStays   `json:"stays" nullable:"false" doc:"All that can't be taken back, by reason."`
	Named    []ImportNamed   `json:"named" nullable:"false" doc:"The first hundred of it, by name."`
	Done     float64         `json:"done" doc:"How far it is, 0 to 1."`
	By       string          `json:"by,omitempty"`
	Finished *time.Time      `json:"finished,omitempty"`
}

// ImportStays counts what stays for a reason.
type ImportStays struct {
	What string `json:"what" doc:"What it is, in words: resident, home, lease, team member, work order, property."`
	Why  string `json:"why" doc:"In words."`
	N    int    `json:"count"`
}

// ImportNamed is something that stays.
type ImportNamed struct {
	What string `json:"what"`
	ID   string `json:"id"`
	Name string `json:"name"`
	Why  string `json:"why"`
}

func (a *API) addImports() {
	const tag = "Imports"
	add(a, about{http.MethodGet, "/imports", tag, "list-imports", "List imports", "The newest first, at most 200.", account.ScopeAdmin}, a.listImports)
	add(a, about{http.MethodGet, "/imports/{id}/undo", tag, "show-import-undo", "Read what taking an import back would do",
		"Changes nothing. Once it is taken back: what came of it.", account.ScopeAdmin}, a.showImportUndo)
	add(a, about{http.MethodPost, "/imports/{id}/undo", tag, "undo-import", "Take an import back",
		"For 30 days: what it made or changed goes, as far as nothing later depends on it. It goes on by itself; ask again how far it is. Told again it changes nothing.", account.ScopeAdmin}, a.undoImport)
}

// ImportOf names an import in the path.
type ImportOf struct {
	ID hearth.ImportID `path:"id" maxLength:"64" doc:"The import's id."`
}

func (a *API) listImports(ctx context.Context, in *struct {
	Property hearth.PropertyID `query:"property" required:"true" maxLength:"100" doc:"The property's id."`
}) (*list[ImportItem], error) {
	var items []ImportItem
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if err = a.property(ctx, tx, in.Property); err != nil {
			return err
		}
		items, err = a.Imports.List(ctx, tx, in.Property, 200)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(items, "", func(i ImportItem) ImportItem { return i }), nil
}

func (a *API) showImportUndo(ctx context.Context, in *ImportOf) (*one[ImportUndo], error) {
	u, err := a.Imports.Undo(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[ImportUndo]{u}, nil
}

func (a *API) undoImport(ctx context.Context, in *ImportOf) (*one[ImportUndo], error) {
	u, err := a.Imports.Begin(ctx, actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &one[ImportUndo]{u}, nil
}
