package workorder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Photo is a picture that came with a request. The picture itself lies in the store of blobs.
type Photo struct {
	ID            string
	Order         hearth.WorkOrderID
	Resident      hearth.ResidentID // who sent it, "" for somebody who was not signed in
	Kind          string            // "image/jpeg" or "image/png"
	Blob          string
	Width, Height int
	At            time.Time
}

const (
	photoColumns   = `id, workorder, resident, kind, blob, width, height, at`
	insertPhoto    = `INSERT INTO workorder_photos (org, id, workorder, resident, kind, blob, width, height, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	selectPhotos   = `SELECT ` + photoColumns + ` FROM workorder_photos WHERE org = $1 AND workorder = $2 ORDER BY at, id`
	selectPhotosOf = `SELECT ` + photoColumns + ` FROM workorder_photos WHERE org = $1 AND `
	selectPhoto    = `SELECT ` + photoColumns + ` FROM workorder_photos WHERE org = $1 AND id = $2`
	insertCode     = `INSERT INTO workorder_codes (org, digest, workorder, at) VALUES ($1, $2, $3, $4) ON CONFLICT (org, digest) DO NOTHING`
	selectCode     = `SELECT workorder FROM workorder_codes WHERE org = $1 AND digest = $2`
)

// AddPhoto puts a picture beside a work order and gives it its identity.
func (s *Store) AddPhoto(ctx context.Context, tx *db.Tx, p Photo) (Photo, error) {
	id, err := s.newID(tx, "pho_")
	if err != nil {
		return Photo{}, err
	}
	p.ID, p.At = id, tx.Now()
	_, err = tx.Exec(ctx, insertPhoto, tx.Org(), p.ID, string(p.Order), string(p.Resident), p.Kind, p.Blob, int64(p.Width), int64(p.Height), p.At)
	if err != nil {
		return Photo{}, fmt.Errorf("put a photo beside work order %s: %w", p.Order, err)
	}
	return p, nil
}

// Photos gives the pictures of a work order, the first one first.
func (s *Store) Photos(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) ([]Photo, error) {
	rows, err := tx.Query(ctx, selectPhotos, tx.Org(), string(id))
	if err != nil {
		return nil, fmt.Errorf("read the photos of work order %s: %w", id, err)
	}
	defer rows.Close()
	var out []Photo
	for rows.Next() {
		p, err := scanPhoto(rows)
		if err != nil {
			return nil, fmt.Errorf("read the photos of work order %s: %w", id, err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// PhotosOf gives the pictures of many work orders with one statement, by the order, the first one first of each.
func (s *Store) PhotosOf(ctx context.Context, tx *db.Tx, ids []hearth.WorkOrderID) (map[hearth.WorkOrderID][]Photo, error) {
	out := map[hearth.WorkOrderID][]Photo{}
	if len(ids) == 0 {
		return out, nil
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	clause, arg := tx.In("workorder", 2, texts)
	rows, err := tx.Query(ctx, selectPhotosOf+clause+` ORDER BY at, id`, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("read the photos of work orders: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scanPhoto(rows)
		if err != nil {
			return nil, fmt.Errorf("read the photos of work orders: %w", err)
		}
		out[p.Order] = append(out[p.Order], p)
	}
	return out, rows.Err()
}

// Concerned gives whom a work order is about: who asked, then the others who live in the home now.
func (s *Store) Concerned(ctx context.Context, tx *db.Tx, o Order) ([]hearth.ResidentID, error) {
	return s.concerns(ctx, tx, o, tx.Now())
}

// Photo gives one picture. It fails with CodeNotFound if there is none.
func (s *Store) Photo(ctx context.Context, tx *db.Tx, id string) (Photo, error) {
	p, err := scanPhoto(tx.Row(ctx, selectPhoto, tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		return Photo{}, hearth.Errorf(hearth.CodeNotFound, "There is no such photo.")
	}
	if err != nil {
		return Photo{}, fmt.Errorf("read photo %s: %w", id, err)
	}
	return p, nil
}

func scanPhoto(r interface{ Scan(dest ...any) error }) (Photo, error) {
	var p Photo
	err := r.Scan(&p.ID, &p.Order, &p.Resident, &p.Kind, &p.Blob, &p.Width, &p.Height, &p.At)
	return p, err
}

// Follow lets a work order be followed by a code, of which only a digest is kept. Whoever has the code sees how far it is.
func (s *Store) Follow(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID, code string) error {
	if _, err := tx.Exec(ctx, insertCode, tx.Org(), codeDigest(code), string(id), tx.Now()); err != nil {
		return fmt.Errorf("keep the code of work order %s: %w", id, err)
	}
	return nil
}

// Followed gives the work order that a code follows. It fails with CodeNotFound for a code that we did not give.
func (s *Store) Followed(ctx context.Context, tx *db.Tx, code string) (Order, error) {
	var id hearth.WorkOrderID
	err := tx.Row(ctx, selectCode, tx.Org(), codeDigest(code)).Scan(&id)
	if errors.Is(err, db.ErrNotFound) {
		return Order{}, hearth.Errorf(hearth.CodeNotFound, "There is no request with this code.")
	}
	if err != nil {
		return Order{}, fmt.Errorf("look for a code: %w", err)
	}
	return s.Get(ctx, tx, id)
}

func codeDigest(code string) string {
	sum := sha256.Sum256([]byte("workorder\x00" + code))
	return hex.EncodeToString(sum[:])
}
