package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"hearth"
	"hearth/internal/base/db"
)

// Beside the shipped templates there are those that were written here, such as the text of a broadcast. One never
// changes, since messages that were held are written from it later.

const insertTemplate = `INSERT INTO templates (org, id, body, made, made_by) VALUES ($1, $2, $3, $4, $5)`

// Keep stores a template that was written here, after the check that every template passes. It fails with CodeInvalid
// like Library.Check, and with CodeConflict when there is one with the id, shipped or stored.
func (d *Desk) Keep(ctx context.Context, tx *db.Tx, actor hearth.Actor, raw []byte) (*Template, error) {
	t, err := d.Templates.Parse(raw)
	if err != nil {
		return nil, err
	}
	have, err := d.stock(ctx, tx, d.Templates, []string{t.ID})
	if err != nil {
		return nil, err
	}
	if _, ok := have.Get(t.ID); ok {
		return nil, hearth.Errorf(hearth.CodeConflict, "There is a template %q already. Name this one otherwise.", t.ID)
	}
	if _, err := tx.Exec(ctx, insertTemplate, tx.Org(), t.ID, string(raw), tx.Now(), actor.String()); err != nil {
		return nil, fmt.Errorf("keep template %s: %w", t.ID, err)
	}
	return t, nil
}

// Template gives a template by id, as messages are written from it now. It fails with CodeNotFound when there is none.
func (d *Desk) Template(ctx context.Context, tx *db.Tx, id string) (*Template, error) {
	now, err := d.edition(ctx, tx)
	if err != nil {
		return nil, err
	}
	have, err := d.stock(ctx, tx, now.lib, []string{id})
	if err != nil {
		return nil, err
	}
	if t, ok := have.Get(id); ok {
		return t, nil
	}
	return nil, hearth.Errorf(hearth.CodeNotFound, "There is no template %q.", id)
}

// shelf holds the stored templates that were used lately, checked and compiled.
type shelf struct {
	edition atomic.Pointer[edition] // the library with what operators put in place

	mu   sync.Mutex // guards byID
	byID map[string]*Template
}

// shelfRoom is how many stored templates stay compiled.
const shelfRoom = 64

func (s *shelf) get(id string) *Template {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

func (s *shelf) put(t *Template) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil || len(s.byID) >= shelfRoom {
		s.byID = map[string]*Template{}
	}
	s.byID[t.ID] = t
}

// stocked gives a desk whose library holds the operator's own versions, and the stored templates that the intents name.
// Shipped ones need no look.
func (d *Desk) stocked(ctx context.Context, tx *db.Tx, in []Intent) (*Desk, error) {
	now, err := d.edition(ctx, tx)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for i := range in {
		if id := in[i].Template; id != "" {
			if _, ok := now.lib.Get(id); !ok {
				unknown = append(unknown, id)
			}
		}
	}
	lib := now.lib
	if len(unknown) > 0 {
		if lib, err = d.stock(ctx, tx, lib, unknown); err != nil {
			return nil, err
		}
	}
	if lib == d.Templates {
		return d, nil
	}
	more := *d
	more.Templates = lib
	return &more, nil
}

// stock gives a library with the stored templates of the ids in it, as far as there are any.
func (d *Desk) stock(ctx context.Context, tx *db.Tx, have *Library, ids []string) (*Library, error) {
	out := have.copied(1)
	for _, id := range ids {
		if _, ok := out.byID[id]; ok {
			continue
		}
		t := d.shelf.get(id)
		if t == nil {
			var err error
			if t, err = d.readTemplate(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		if t != nil {
			out.byID[id] = t
		}
	}
	return out, nil
}

const selectTemplate = `SELECT body FROM templates WHERE org = $1 AND id = $2`

// readTemplate gives a stored template; nil when there is none.
func (d *Desk) readTemplate(ctx context.Context, tx *db.Tx, id string) (*Template, error) {
	var body string
	err := tx.Row(ctx, selectTemplate, tx.Org(), id).Scan(&body)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read template %s: %w", id, err)
	}
	t, err := d.Templates.Parse([]byte(body))
	if err != nil {
		return nil, fmt.Errorf("template %s cannot be used any more: %w", id, err)
	}
	// What this transaction sees may be its own, and be taken back.
	tx.AfterCommit(func() { d.shelf.put(t) })
	return t, nil
}
