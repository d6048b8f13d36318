package consent

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// Ledger is all that is known of what somebody allowed, refused and was stopped from, newest first.
type Ledger struct {
	Words       []Word
	Stops       []Stop
	StopHistory []Stopped
	Revocations []Revocation
}

const selectLedger = `SELECT ` + wordColumns + ` FROM consent_log WHERE org = $1 AND `

// Ledger gives what was said about a resident's addresses, by whomever, and by the resident about any address. The keys
// are the resident's addresses now; what was said about the resident without one is kept under the resident.
func (s *Store) Ledger(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, addressKeys ...string) (Ledger, error) {
	keys := append([]string{string(resident)}, addressKeys...)
	clause, arg := tx.In("address_key", 2, keys)
	var out Ledger
	var err error
	if out.Words, err = words(tx.Query(ctx, selectLedger+"("+clause+" OR resident = $3) ORDER BY at DESC, n DESC", tx.Org(), arg, string(resident))); err != nil {
		return out, err
	}
	if out.Stops, err = s.StopsOf(ctx, tx, keys...); err != nil {
		return out, err
	}
	seen := map[addressOf]bool{}
	for _, ch := range []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelCall} {
		for _, key := range addressKeys {
			if at := (addressOf{ch, key}); key != "" && !seen[at] {
				seen[at] = true
				some, err := s.StopHistory(ctx, tx, ch, key)
				if err != nil {
					return out, err
				}
				out.StopHistory = append(out.StopHistory, some...)
			}
		}
	}
	out.Revocations, err = s.RevocationsOf(ctx, tx, keys...)
	return out, err
}

// Everything is the scope of a word about all channels at once; see SetAll.
const Everything hearth.Channel = "all"

// Reach is how somebody can be reached: an address for each channel that has one.
type Reach struct {
	Email, Phone string // normalised; "" for none
}

// SetAll records one word about every channel: those with an address under it, the others under the resident. It is Set
// for each.
func (s *Store) SetAll(ctx context.Context, tx *db.Tx, g Grant, to Reach) error {
	for _, way := range []struct {
		channel hearth.Channel
		address string
		has     bool // it goes to an address
	}{
		{hearth.ChannelEmail, to.Email, true}, {hearth.ChannelSMS, to.Phone, true}, {hearth.ChannelCall, to.Phone, true},
		{hearth.ChannelPortal, "", false}, {hearth.ChannelPush, "", false}, {hearth.ChannelLetter, "", false},
	} {
		if way.has && way.address == "" {
			continue
		}
		one := g
		one.Channel, one.AddressKey = way.channel, way.address
		if one.EventID != "" {
			one.EventID += "/" + string(way.channel)
		}
		if err := s.Set(ctx, tx, one); err != nil {
			return fmt.Errorf("record a word about %s: %w", way.channel, err)
		}
	}
	return nil
}

// Tell is Set or SetAll for what a person records: a yes against a no that counts needs a reason. A stop of the address
// stays in force; lifting it is a step of its own. It fails with CodeInvalid for a channel on which the resident has no
// address.
func (s *Store) Tell(ctx context.Context, tx *db.Tx, g Grant, to Reach) error {
	if g.Channel == Everything {
		if g.Wording != "" {
			return hearth.FieldErrorf("wording", "A wording is about one channel; record the word for each.")
		}
		if g.Allowed && g.Reason == "" {
			return hearth.FieldErrorf("reason", "Say why everything is allowed again.")
		}
		return s.SetAll(ctx, tx, g, to)
	}
	switch g.Channel {
	case hearth.ChannelEmail:
		g.AddressKey = to.Email
	case hearth.ChannelSMS, hearth.ChannelCall:
		g.AddressKey = to.Phone
	}
	if g.AddressKey == "" && (g.Channel == hearth.ChannelEmail || g.Channel == hearth.ChannelSMS || g.Channel == hearth.ChannelCall) {
		return hearth.FieldErrorf("channel", "There is no address on record for %s; add it first.", g.Channel.Words())
	}
	if g.Allowed && g.Reason == "" {
		was, err := readWords(ctx, tx, []string{key(g.AddressKey, g.Resident)})
		if err != nil {
			return err
		}
		if w, ok := was[addressOf{g.Channel, key(g.AddressKey, g.Resident)}][g.Purpose]; ok && !w.allowed {
			return hearth.FieldErrorf("reason", "There is a no on record for this. Say why it is a yes now.")
		}
	}
	return s.Set(ctx, tx, g)
}
