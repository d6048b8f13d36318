package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// An operator puts texts of their own in place of shipped ones. A version never changes; the next one, or the shipped
// text again, is one more version. Messages are written from the newest, whatever they were wished by.

// Own is a version of a template in an operator's own words.
type Own struct {
	ID      string
	Version int    // counts from 1
	Text    string // YAML; "": from this version on the shipped text holds again
	Made    time.Time
	MadeBy  hearth.Actor
}

// Put stores the next version of a template's text, after the check that every template passes. from is the newest version
// that its author knew, 0 when there was none. It fails with CodeInvalid like Library.Check, and for a template that says it
// is for something else than the one that stands (class, purpose), since playbooks, consent and budget go by these; with
// CodeNotFound when there is none by the id (Create makes one); with CodeConflict when somebody else has put a version
// meanwhile, naming who.
func (d *Desk) Put(ctx context.Context, tx *db.Tx, actor hearth.Actor, from int, raw []byte) (Own, error) {
	t, found, err := d.ExamineOwn(ctx, tx, raw)
	switch {
	case err != nil:
		return Own{}, err
	case t != nil && t.missing:
		return Own{}, d.NoTemplate(t.ID)
	case len(found) > 0:
		return Own{}, hearth.FieldErrorf("text", "The template cannot be used like this: %s", found[0])
	}
	return d.next(ctx, tx, actor, Own{ID: t.ID, Text: string(raw)}, from)
}

// Reset lets the shipped text hold again, as a further version. It fails like Put, and with CodeConflict when the shipped
// text holds already.
func (d *Desk) Reset(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, from int) (Own, error) {
	all, err := Versions(ctx, tx, id)
	if err != nil {
		return Own{}, err
	}
	if _, ok := d.Templates.Get(id); !ok {
		if len(all) > 0 {
			return Own{}, hearth.Errorf(hearth.CodeConflict, "Template %s was made here; there is no shipped text to go back to. Let an earlier version hold again instead.", id)
		}
		return Own{}, d.NoTemplate(id)
	}
	if len(all) == 0 || all[0].Text == "" {
		return Own{}, hearth.Errorf(hearth.CodeConflict, "Template %s is as it came with Hearth already.", id)
	}
	return d.next(ctx, tx, actor, Own{ID: id}, from)
}

const insertVersion = `INSERT INTO template_versions (org, id, version, body, made, made_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (org, id, version) DO NOTHING`

// next writes a version behind the one that its author knew, if that is still the newest.
func (d *Desk) next(ctx context.Context, tx *db.Tx, actor hearth.Actor, v Own, from int) (Own, error) {
	all, err := Versions(ctx, tx, v.ID)
	if err != nil {
		return v, err
	}
	newest := Own{ID: v.ID}
	if len(all) > 0 {
		newest = all[0]
	}
	if from != newest.Version {
		return v, staleWords(newest, from)
	}
	v.Version, v.Made, v.MadeBy = from+1, tx.Now(), actor
	n, err := tx.Exec(ctx, insertVersion, tx.Org(), v.ID, int64(v.Version), v.Text, v.Made, actor.String())
	if err != nil {
		return v, fmt.Errorf("put template %s: %w", v.ID, err)
	}
	if n == 0 {
		newest.Version = v.Version // another node was quicker by a moment
		return v, staleWords(newest, from)
	}
	if _, err := tx.Exec(ctx, bumpTemplates, tx.Org(), epochName); err != nil {
		return v, fmt.Errorf("count a change of the templates: %w", err)
	}
	return v, nil
}

func staleWords(newest Own, from int) error {
	if newest.Version == 0 {
		return hearth.Errorf(hearth.CodeConflict, "Template %s has no version %d: it is as it came with Hearth. Read it again and put yours with from 0.", newest.ID, from)
	}
	by := ""
	if newest.MadeBy.Kind != "" {
		by = " by " + newest.MadeBy.String()
	}
	return hearth.Errorf(hearth.CodeConflict, "Template %s is at version %d%s, and yours began from %d. Read that one first, then put yours with from %d.",
		newest.ID, newest.Version, by, from, newest.Version)
}

// ExamineOwn is Examine for a text that is to stand in place of a shipped one.
func (l *Library) ExamineOwn(raw []byte) (*Template, []Finding) {
	t, found := l.Examine(raw)
	if t == nil {
		return nil, found
	}
	return t, append(found, l.inPlaceOf(t, l.byID[t.ID])...)
}

// inPlaceOf finds what keeps a template from standing in place of another; nil: there is none.
func (l *Library) inPlaceOf(t, stands *Template) []Finding {
	switch {
	case stands == nil:
		return []Finding{finding("there is no template %q in whose place it could stand%s", t.ID, l.near(t.ID))}
	case t.Class != stands.Class || t.Purpose != stands.Purpose:
		return []Finding{finding("%s is of class %s with the purpose %s; leave these as they are, since consent, budget and repetition go by them",
			t.ID, stands.Class, stands.Purpose)}
	}
	return nil
}

// near names the template whose id looks most like id.
func (l *Library) near(id string) string {
	best, at := "", len(id)/2+2
	for _, have := range l.IDs() {
		if n := distance(id, have); n < at {
			best, at = have, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; the nearest is %q", best)
}

const versionColumns = `id, version, body, made, made_by`

const selectVersions = `SELECT ` + versionColumns + ` FROM template_versions WHERE org = $1 AND id = $2 ORDER BY version DESC`

// Versions gives what operators have put in place of a shipped template, the newest first.
func Versions(ctx context.Context, tx *db.Tx, id string) ([]Own, error) {
	return ownRows(tx.Query(ctx, selectVersions, tx.Org(), id))
}

const selectHeads = `SELECT ` + versionColumns + ` FROM template_versions AS t WHERE org = $1
AND version = (SELECT MAX(version) FROM template_versions AS n WHERE n.org = t.org AND n.id = t.id) ORDER BY id`

// Heads gives the newest version of each template that has any, by id.
func Heads(ctx context.Context, tx *db.Tx) ([]Own, error) {
	return ownRows(tx.Query(ctx, selectHeads, tx.Org()))
}

func ownRows(rows *db.Rows, err error) ([]Own, error) {
	if err != nil {
		return nil, fmt.Errorf("read versions of templates: %w", err)
	}
	defer rows.Close()
	var out []Own
	for rows.Next() {
		var v Own
		var version int64
		var by string
		if err := rows.Scan(&v.ID, &version, &v.Text, &v.Made, &by); err != nil {
			return nil, fmt.Errorf("read versions of templates: %w", err)
		}
		v.Version, v.MadeBy = int(version), hearth.ParseActor(by)
		out = append(out, v)
	}
	return out, rows.Err()
}

// epochName is the setting that counts changes of the templates. It is read once a batch that wishes to say something;
// the texts are read again only when it rose.
const epochName = "templates.epoch"

const (
	bumpTemplates = `INSERT INTO settings (org, name, value) VALUES ($1, $2, '1')
ON CONFLICT (org, name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)`
	templatesEpoch = `SELECT value FROM settings WHERE org = $1 AND name = $2`
)

// edition is the library as of one count of changes. It is immutable.
type edition struct {
	epoch int64
	lib   *Library
	rests map[string]string // versions that can no longer be used, and why, by template; the shipped text holds for them
}

// edition gives the library with the operator's own versions in place, as the transaction sees them.
func (d *Desk) edition(ctx context.Context, tx *db.Tx) (*edition, error) {
	var value string
	err := tx.Row(ctx, templatesEpoch, tx.Org(), epochName).Scan(&value)
	if errors.Is(err, db.ErrNotFound) {
		return &edition{lib: d.Templates}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read whether templates changed: %w", err)
	}
	epoch, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read whether templates changed: %w", err)
	}
	if have := d.shelf.edition.Load(); have != nil && have.epoch == epoch {
		return have, nil
	}
	heads, err := Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	e := &edition{epoch: epoch, lib: d.Templates.copied(len(heads)), rests: map[string]string{}}
	for _, v := range heads {
		if v.Text == "" {
			continue
		}
		t, err := d.Templates.Parse([]byte(v.Text))
		if err != nil {
			e.rests[v.ID] = hearth.MessageOf(err) // it passed the check of an earlier Hearth
			continue
		}
		t.Version = v.Version
		e.lib.byID[v.ID] = t
	}
	// Kept only once it is certain: a change that is taken back leaves its number to another one.
	tx.AfterCommit(func() { d.shelf.edition.Store(e) })
	return e, nil
}

// Edition gives the library with the operator's own versions in place, as the transaction sees them, and why some of these
// cannot be used any more, by template: the shipped text holds for them.
func (d *Desk) Edition(ctx context.Context, tx *db.Tx) (*Library, map[string]string, error) {
	e, err := d.edition(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	return e.lib, e.rests, nil
}

// NoTemplate is the error that there is no template by an id, with the nearest one.
func (d *Desk) NoTemplate(id string) error {
	return hearth.Errorf(hearth.CodeNotFound, "There is no template %q%s.", id, d.Templates.near(id))
}

// copied gives a library with the same templates and room for more.
func (l *Library) copied(more int) *Library {
	out := &Library{byID: make(map[string]*Template, len(l.byID)+more), facts: l.facts}
	for id, t := range l.byID {
		out.byID[id] = t
	}
	return out
}
