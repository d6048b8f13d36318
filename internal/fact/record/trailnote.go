package record

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// nameOf is name for what is told with News, whose trail keeps what the name meant before.
func (s *Store) nameOf(ctx context.Context, tx *db.Tx, n News, kind, ext, id string) error {
	if ext = strings.TrimSpace(ext); ext == "" {
		return nil
	}
	if n.Trail != nil {
		was, err := s.named(ctx, tx, kind, ext, n.Source)
		if err != nil {
			return err
		}
		n.Trail.name(kind, ext, n.Source, was, id)
	}
	return s.name(ctx, tx, kind, ext, n.Source, id)
}

// nameNew is nameOf for the pile, whose names were looked up together.
func (h *homing) nameNew(tx *db.Tx, k *known, kind, ext, id string) {
	h.pile.name(tx, kind, ext, h.news.Source, id)
	if ext = strings.TrimSpace(ext); ext != "" {
		h.news.Trail.name(kind, ext, h.news.Source, k.named[kind+" "+ext], id)
	}
}

// Named notes that a source has a name for one of ours, and what it meant by it before; "" for nothing.
func (t *Trail) Named(e External, was string) { t.name(e.Kind, e.Ext, e.Source, was, e.ID) }

func (t *Trail) name(kind, ext, source, was, id string) {
	switch was {
	case id:
	case "":
		t.Made(ThingName, nameKey(kind, ext, source), id)
	default:
		t.Changed(ThingName, nameKey(kind, ext, source), was, id)
	}
}

func (t *Trail) lease(before, after Lease, added bool) {
	if added {
		t.Made(ThingLease, string(after.ID), after.image())
		return
	}
	t.Changed(ThingLease, string(after.ID), before.image(), after.image())
}

func (t *Trail) preference(was, is Preference) {
	key := preferenceKey(is.Resident, is.Name)
	if is.Value == "" {
		is = Preference{}
	}
	if was.Value == "" {
		t.Made(ThingPreference, key, is.image())
		return
	}
	t.Changed(ThingPreference, key, was.image(), is.image())
}

// trailMember notes what becomes of a resident who is about to be written.
func (s *Store) trailMember(ctx context.Context, tx *db.Tx, t *Trail, m Resident, added bool) error {
	switch {
	case t == nil:
		return nil
	case added:
		t.Made(ThingResident, string(m.ID), m.image())
		return nil
	}
	was, err := s.Resident(ctx, tx, m.ID)
	t.Changed(ThingResident, string(m.ID), was.image(), m.image())
	return err
}

// trailed reads somebody of the team for a trail, if there is one.
func (s *Store) trailed(ctx context.Context, tx *db.Tx, t *Trail, id hearth.StaffID) (Staff, error) {
	if t == nil {
		return Staff{}, nil
	}
	return s.Staff(ctx, tx, id)
}

// trailStaff notes what became of somebody of the team, as it was stored.
func (s *Store) trailStaff(ctx context.Context, tx *db.Tx, t *Trail, was Staff, id hearth.StaffID, added bool) error {
	if t == nil {
		return nil
	}
	is, err := s.Staff(ctx, tx, id)
	if added {
		t.Made(ThingStaff, string(id), is.image())
	} else {
		t.Changed(ThingStaff, string(id), was.image(), is.image())
	}
	return err
}
