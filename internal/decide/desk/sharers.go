package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// sharedWords ends the reason of a message that was left out because another one said the same at its address.
const sharedWords = "which others in the home share."

// Sharers gives the messages to others at the address of one that was not delivered, which were left out because it said the same there: they have
// not heard it either.
func (d *Desk) Sharers(ctx context.Context, tx *db.Tx, m message.Message) ([]Lost, error) {
	if m.AddressKey == "" || m.ContentKey == "" || !undelivered(m) {
		return nil, nil
	}
	ids, err := d.whoShare(ctx, tx, m)
	if err != nil {
		return nil, fmt.Errorf("find who shares the address of message %s: %w", m.ID, err)
	}
	ids = slices.DeleteFunc(ids, func(id hearth.ResidentID) bool { return id == m.Resident })
	recent, err := d.Messages.Recent(ctx, tx, ids, m.Made)
	if err != nil {
		return nil, err
	}
	var out []Lost
	for _, id := range ids {
		for _, b := range recent[id] {
			if b.State != message.Dropped || b.ContentKey != m.ContentKey || b.AddressKey != m.AddressKey || b.Channel != m.Channel {
				continue
			}
			x, err := d.Messages.Get(ctx, tx, b.ID)
			if err != nil {
				return nil, err
			}
			if strings.HasSuffix(x.Reason, sharedWords) {
				out = append(out, Lost{Message: x, Shared: &m})
			}
		}
	}
	return out, nil
}

// whoShare gives the residents who have the address of a message; a letter's is their home.
func (d *Desk) whoShare(ctx context.Context, tx *db.Tx, m message.Message) ([]hearth.ResidentID, error) {
	var people []record.Resident
	var err error
	switch m.Channel {
	case hearth.ChannelEmail:
		people, err = d.Records.ResidentsByEmail(ctx, tx, m.AddressKey)
	case hearth.ChannelSMS, hearth.ChannelCall:
		people, err = d.Records.ByPhone(ctx, tx, m.AddressKey)
	case hearth.ChannelLetter:
		home, err := d.Records.HouseholdOf(ctx, tx, m.Resident)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil, nil
		}
		return home.Addressable(), err
	}
	ids := make([]hearth.ResidentID, len(people))
	for i, r := range people {
		ids[i] = r.ID
	}
	return ids, err
}
