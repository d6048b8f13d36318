package helper

import (
	"context"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
)

// Confidential tells whether a conversation is nobody's business but a service coordinator's: one that they have, in which they wrote, or that somebody who is one looks at. What is told in it goes to
// no model, with marks or without.
func (h *Helper) Confidential(ctx context.Context, tx *db.Tx, c conversation.Conversation, viewer hearth.StaffID) (bool, error) {
	wrote, err := h.Inbox.Conversations.Writers(ctx, tx, c.ID)
	if err != nil {
		return false, err
	}
	people := map[hearth.StaffID]bool{c.Assigned: true, viewer: true}
	for _, by := range wrote {
		if by.Kind == "staff" {
			people[hearth.StaffID(by.ID)] = true
		}
	}
	for id := range people {
		if id == "" {
			continue
		}
		m, err := h.Records.Staff(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil || m.HasRole(c.Property, hearth.RoleCoordinator) {
			return err == nil, err
		}
	}
	return false, nil
}

// readable fails for a conversation that is confidential: the door asks too, and this holds whoever comes in.
func (h *Helper) readable(ctx context.Context, talk string) error {
	closed := false
	err := h.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := h.Inbox.Conversations.Get(ctx, tx, talk)
		if err == nil {
			closed, err = h.Confidential(ctx, tx, c, "")
		}
		return err
	})
	if err == nil && closed {
		err = hearth.Errorf(hearth.CodeUnavailable, "The assistant is not asked about a confidential conversation.")
	}
	return err
}
