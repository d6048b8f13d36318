package desk

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// Beside other words for shipped templates, an operator makes templates of their own. Their versions are kept like those of
// shipped ones; the first one says for good what the template is for.

// Create stores the first version of a template that did not come with Hearth, after the check that every template passes. It
// fails with CodeInvalid like Library.Check, and with CodeConflict when there is one by the id.
func (d *Desk) Create(ctx context.Context, tx *db.Tx, actor hearth.Actor, raw []byte) (Own, error) {
	t, found := d.Templates.Examine(raw)
	if len(found) > 0 {
		return Own{}, hearth.FieldErrorf("text", "The template cannot be used like this: %s", found[0])
	}
	_, err := d.Template(ctx, tx, t.ID)
	if err == nil {
		return Own{}, hearth.Errorf(hearth.CodeConflict, "There is a template %q already. Name this one otherwise.", t.ID)
	}
	if hearth.CodeOf(err) != hearth.CodeNotFound {
		return Own{}, err
	}
	return d.next(ctx, tx, actor, Own{ID: t.ID, Text: string(raw)}, 0)
}

// ExamineOwn is Library.ExamineOwn that knows the templates which were made here as well.
func (d *Desk) ExamineOwn(ctx context.Context, tx *db.Tx, raw []byte) (*Template, []Finding, error) {
	t, found := d.Templates.Examine(raw)
	if t == nil {
		return nil, found, nil
	}
	stands := d.Templates.byID[t.ID]
	if stands == nil {
		all, err := Versions(ctx, tx, t.ID)
		if err != nil {
			return nil, nil, err
		}
		if len(all) > 0 {
			if stands, err = decode([]byte(all[len(all)-1].Text)); err != nil {
				return nil, nil, fmt.Errorf("read the first version of %s: %w", t.ID, err)
			}
		}
	}
	t.missing = stands == nil
	return t, append(found, d.Templates.inPlaceOf(t, stands)...), nil
}

// Has tells whether there is a template by an id, shipped or made here, as the transaction sees them: for those who check a
// playbook. One whose words can't be used any more is there all the same.
func (d *Desk) Has(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	if _, ok := d.Templates.Get(id); ok {
		return true, nil
	}
	now, err := d.edition(ctx, tx)
	if err != nil {
		return false, err
	}
	_, ok := now.lib.Get(id)
	_, rests := now.rests[id]
	return ok || rests, nil
}

// Take copies the newest versions of another store's templates into an empty one, as they are: for a copy in which
// something is tried.
func (d *Desk) Take(ctx context.Context, tx *db.Tx, heads []Own) error {
	for _, v := range heads {
		if _, err := tx.Exec(ctx, insertVersion, tx.Org(), v.ID, int64(v.Version), v.Text, v.Made, v.MadeBy.String()); err != nil {
			return fmt.Errorf("copy template %s: %w", v.ID, err)
		}
	}
	if len(heads) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, bumpTemplates, tx.Org(), epochName)
	return err
}

// Personal tells what a checked template says of the resident in a language: whether it says who they are, and the facts of
// their situation, sorted.
func (t *Template) Personal(lang string) (names bool, situation []string) {
	if x := t.texts[lang]; x != nil {
		return x.names, x.situation
	}
	return false, nil
}
