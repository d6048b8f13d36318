package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

const (
	insertDraft = `INSERT INTO import_drafts (org, id, property, property_name, source, kind, file, size, plan, actor, created)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	insertPart    = `INSERT INTO import_draft_parts (org, draft, n, part) VALUES ($1, $2, $3, $4)`
	updateDraft   = `UPDATE import_drafts SET plan = $1 WHERE org = $2 AND id = $3 AND plan = $4`
	draftColumns  = `SELECT id, property, property_name, source, kind, file, size, plan, actor, created FROM import_drafts WHERE org = $1 AND `
	selectParts   = `SELECT part FROM import_draft_parts WHERE org = $1 AND draft = $2 ORDER BY n`
	deleteDraft   = `DELETE FROM import_drafts WHERE org = $1 AND id = $2`
	deleteParts   = `DELETE FROM import_draft_parts WHERE org = $1 AND draft = $2`
	dropOldParts  = `DELETE FROM import_draft_parts WHERE org = $1 AND draft IN (SELECT id FROM import_drafts WHERE org = $2 AND created < $3)`
	dropOldDrafts = `DELETE FROM import_drafts WHERE org = $1 AND created < $2`
)

// keepDraft stores a draft with its file, some of it at a time.
func (im *Importer) keepDraft(ctx context.Context, d Draft, path string) error {
	body, err := encodePlan(d.Plan)
	if err != nil {
		return err
	}
	err = im.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, insertDraft, tx.Org(), d.ID, string(d.Property), d.Name, d.Source, string(d.Kind), d.File, d.Size, body, d.Actor.String(), hearth.Millis(tx.Now()))
		if err != nil {
			return fmt.Errorf("keep draft %s: %w", d.ID, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := im.keepFile(ctx, d.ID, path); err != nil {
		return errors.Join(err, im.DropDraft(context.WithoutCancel(ctx), d.ID))
	}
	return nil
}

// giftLot is how many parts of a file one transaction writes: others get in between.
const giftLot = 4

func (im *Importer) keepFile(ctx context.Context, id, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the file of draft %s: %w", id, err)
	}
	defer f.Close()
	lot := make([]byte, giftLot*giftPart)
	for n := int64(0); ; n += giftLot {
		got, err := io.ReadFull(f, lot)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("read the file of draft %s: %w", id, err)
		}
		if got == 0 {
			return nil
		}
		err = im.DB.WriteAside(ctx, func(tx *db.Tx) error {
			part := n
			for chunk := range slices.Chunk(lot[:got], giftPart) {
				if _, err := tx.Exec(ctx, insertPart, tx.Org(), id, part, chunk); err != nil {
					return fmt.Errorf("keep the file of draft %s: %w", id, err)
				}
				part++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// keepPlan writes a changed plan. It fails with errPlanMoved if the one that was read is not the draft's any more.
func (im *Importer) keepPlan(ctx context.Context, d Draft) error {
	body, err := encodePlan(d.Plan)
	if err != nil {
		return err
	}
	return im.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, updateDraft, body, tx.Org(), d.ID, d.stored)
		if err != nil || n == 1 {
			return err
		}
		if _, err := im.Draft(ctx, tx, d.ID); err != nil {
			return err
		}
		return errPlanMoved
	})
}

// DropDraft throws a draft away. None of that name is fine.
func (im *Importer) DropDraft(ctx context.Context, id string) error {
	return im.DB.Write(ctx, func(tx *db.Tx) error {
		for _, q := range []string{deleteParts, deleteDraft} {
			if _, err := tx.Exec(ctx, q, tx.Org(), id); err != nil {
				return fmt.Errorf("drop draft %s: %w", id, err)
			}
		}
		return nil
	})
}

// Draft reads a draft. It fails with CodeNotFound if there is none.
func (im *Importer) Draft(ctx context.Context, tx *db.Tx, id string) (Draft, error) {
	all, err := drafts(tx.Query(ctx, draftColumns+"id = $2", tx.Org(), id))
	if err == nil && len(all) == 0 {
		return Draft{}, noDraft(id)
	}
	if err != nil {
		return Draft{}, err
	}
	return all[0], nil
}

// Drafts lists the files of a property that wait, the newest first, without the first from of them, at most limit.
func (im *Importer) Drafts(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, limit int) ([]Draft, error) {
	return drafts(tx.Query(ctx, draftColumns+"property = $2 ORDER BY created DESC, id DESC LIMIT $3 OFFSET $4", tx.Org(), string(property), int64(limit), int64(from)))
}

func drafts(rows *db.Rows, err error) ([]Draft, error) {
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	defer rows.Close()
	var out []Draft
	for rows.Next() {
		var d Draft
		var body, actor string
		var created int64
		if err := rows.Scan(&d.ID, &d.Property, &d.Name, &d.Source, &d.Kind, &d.File, &d.Size, &body, &actor, &created); err != nil {
			return nil, fmt.Errorf("read drafts: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &d.Plan); err != nil {
			return nil, fmt.Errorf("read the plan of draft %s: %w", d.ID, err)
		}
		d.stored = body
		d.Actor, d.Created = hearth.ParseActor(actor), hearth.FromMillis(created)
		out = append(out, d)
	}
	return out, rows.Err()
}

// unpack reads a draft and writes its file into a directory of its own, which the caller removes.
func (im *Importer) unpack(ctx context.Context, id string) (d Draft, path string, err error) {
	dir, err := os.MkdirTemp("", "hearth-import-")
	if err != nil {
		return d, "", fmt.Errorf("make room for a file: %w", err)
	}
	path = filepath.Join(dir, "file")
	err = im.DB.Read(ctx, func(tx *db.Tx) error {
		if d, err = im.Draft(ctx, tx, id); err != nil {
			return err
		}
		path = filepath.Join(dir, plainName(d.File))
		return im.writeParts(ctx, tx, id, path)
	})
	if err == nil {
		err = d.whole(path)
	}
	return d, path, err
}

// whole fails with CodeConflict while a part of the file is missing, which is kept piece by piece.
func (d *Draft) whole(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at the file of draft %s: %w", d.ID, err)
	}
	if info.Size() != d.Size {
		return hearth.Errorf(hearth.CodeConflict, "This file is still on its way, or did not arrive whole. Wait for a moment; if that does not help, drop it and give it again.")
	}
	return nil
}

func (im *Importer) writeParts(ctx context.Context, tx *db.Tx, id, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make room for a file: %w", err)
	}
	defer f.Close()
	rows, err := tx.Query(ctx, selectParts, tx.Org(), id)
	if err != nil {
		return fmt.Errorf("read the file of draft %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return fmt.Errorf("read the file of draft %s: %w", id, err)
		}
		if _, err := f.Write(part); err != nil {
			return fmt.Errorf("write the file of draft %s: %w", id, err)
		}
	}
	return rows.Err()
}
