package web

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
)

// Whatever a path names belongs to a property, and what somebody may do counts where it belongs, not where they looked last.

// objectProperty gives the property of what the path names; "" where it names nothing that has one, or nothing at all.
func (q *request) objectProperty(ctx context.Context, tx *db.Tx) (hearth.PropertyID, error) {
	_, path, _ := strings.Cut(q.Pattern, " ")
	kind, _, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/{id}")
	id := q.PathValue("id")
	if !ok || id == "" {
		return "", nil
	}
	property, err := q.propertyOf(ctx, tx, kind, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return "", nil // the page itself says so, in its own words
	}
	return property, err
}

// propertyOf reads where a thing of a kind belongs.
func (q *request) propertyOf(ctx context.Context, tx *db.Tx, kind, id string) (hearth.PropertyID, error) {
	switch kind {
	case "residents":
		return q.propertyOfResident(ctx, tx, hearth.ResidentID(id))
	case "tasks":
		t, err := q.web.Tasks.Get(ctx, tx, hearth.TaskID(id))
		return t.Property, err
	case "conversations":
		c, err := q.talkOf(ctx, tx, id)
		return c.Property, err
	case "unplaced/{kind}":
		return q.propertyOfUnplaced(ctx, tx, q.PathValue("kind"), id)
	case "imports":
		if q.web.Imports == nil {
			return "", nil
		}
		return q.web.Imports.PropertyOf(ctx, tx, id)
	case "units":
		u, err := q.web.Records.Unit(ctx, tx, hearth.UnitID(id))
		return u.Property, err
	case "photos":
		return q.propertyOfPhoto(ctx, tx, id)
	case "broadcasts":
		b, err := broadcast.Get(ctx, tx, id)
		return b.Property, err
	}
	return "", nil
}

// propertyOfPhoto gives where the work order is that a photo came with.
func (q *request) propertyOfPhoto(ctx context.Context, tx *db.Tx, id string) (hearth.PropertyID, error) {
	if q.web.Workorders == nil {
		return "", nil
	}
	p, err := q.web.Workorders.Photo(ctx, tx, id)
	if err != nil {
		return "", err
	}
	o, err := q.web.Workorders.Get(ctx, tx, p.Order)
	return o.Property, err
}

// talkOf reads a conversation; one that has not begun is with whom the form names.
func (q *request) talkOf(ctx context.Context, tx *db.Tx, id string) (conversation.Conversation, error) {
	c, err := q.talkStore().Get(ctx, tx, id)
	if hearth.CodeOf(err) != hearth.CodeNotFound {
		return c, err
	}
	to := hearth.ResidentID(q.field("resident"))
	if to == "" || conversation.ID(to, "") != id {
		return c, err
	}
	at, err := q.propertyOfResident(ctx, tx, to)
	if err == nil && at == "" {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no such resident.")
	}
	return conversation.Conversation{ID: id, Property: at, Resident: to}, err
}

// propertyOfUnplaced gives where a message came in that belongs to nobody for sure; "" where that is not known either.
func (q *request) propertyOfUnplaced(ctx context.Context, tx *db.Tx, kind, id string) (hearth.PropertyID, error) {
	if kind == "text" {
		u, err := q.web.Messages.UnplacedByID(ctx, tx, id)
		return u.Property, err
	}
	l, err := q.web.Inbox.Letters.Get(ctx, tx, id)
	return l.Property, err
}

// propertyOfResident gives where somebody lives or lived, through a merge.
func (q *request) propertyOfResident(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (hearth.PropertyID, error) {
	if m, ok, err := q.web.Records.MergeOf(ctx, tx, id); err != nil {
		return "", err
	} else if ok {
		id = m.Kept
	}
	people, err := q.web.Records.Contacts(ctx, tx, []hearth.ResidentID{id})
	return people[id].Property, err
}

// mayObject refuses what the path names where the viewer's role sees only their own of its kind.
func (q *request) mayObject() error {
	if _, path, _ := strings.Cut(q.Pattern, " "); !strings.HasPrefix(path, "/conversations/{id}") || q.readsAll(q.place.ID) {
		return nil
	}
	return q.read(func(ctx context.Context, tx *db.Tx) error {
		c, err := q.talkOf(ctx, tx, q.talkID())
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil // the action itself says so
		}
		if err != nil {
			return err
		}
		return q.mayTalk(ctx, tx, c)
	})
}
