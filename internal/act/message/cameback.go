package message

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// Back is what came back about an e-mail that went out.
type Back struct {
	Message hearth.MessageID
	Code    string // "5.1.1"; events carry it
	Said    string // what the other server said; for staff
	At      time.Time
}

// CameBack records that a mail was returned. hard: its address does not work, and nothing goes to it any more; otherwise the
// address is stopped once this has happened too often. It tells whether the address is stopped now. The same twice is one.
func (s *Store) CameBack(ctx context.Context, tx *db.Tx, b Back, hard bool) (stopped bool, err error) {
	r := Report{Message: b.Message, State: Bounced, Soft: !hard, Code: b.Code, Text: b.Said, At: b.At}
	if r.Code == "" {
		r.Code = "not told"
	}
	if hard {
		r.Stop = consent.ReasonBounce
	} else if r.Stop, err = s.softAgain(ctx, tx, b); err != nil {
		return false, err
	}
	if _, err := s.Report(ctx, tx, r); err != nil {
		return false, fmt.Errorf("record that message %s came back: %w", b.Message, err)
	}
	return r.Stop != "", nil
}

// What counts as too often: this many mails returned for now within the span, over at least so many days.
const (
	softLimit  = 5
	softWithin = 30 * 24 * time.Hour
	softOver   = 3 * 24 * time.Hour
)

const (
	keepSoftSQL = `INSERT INTO soft_bounces (org, channel, address_key, message, at, code) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (org, channel, address_key, message) DO NOTHING`
	countSoftSQL = `SELECT COUNT(*), COALESCE(MIN(at), 0), COALESCE(MAX(at), 0) FROM soft_bounces WHERE org = $1 AND channel = $2 AND address_key = $3 AND at >= $4`
)

// softAgain notes a return that is only for now, and gives the reason to stop once there were too many.
func (s *Store) softAgain(ctx context.Context, tx *db.Tx, b Back) (stop string, err error) {
	m, err := s.Get(ctx, tx, b.Message)
	if err != nil || m.AddressKey == "" {
		return "", err
	}
	if _, err := tx.Exec(ctx, keepSoftSQL, tx.Org(), m.Channel, m.AddressKey, m.ID, tx.Now(), b.Code); err != nil {
		return "", fmt.Errorf("note that message %s came back: %w", m.ID, err)
	}
	var n, first, last int64
	if err := tx.Row(ctx, countSoftSQL, tx.Org(), m.Channel, m.AddressKey, tx.Now().Add(-softWithin)).Scan(&n, &first, &last); err != nil {
		return "", fmt.Errorf("count what came back: %w", err)
	}
	if n >= softLimit && hearth.FromMillis(last).Sub(hearth.FromMillis(first)) >= softOver {
		return consent.ReasonBounce, nil
	}
	return "", nil
}

// Complained records that the resident marked a message as unwanted: nothing goes to the address any more. The same twice is one.
func (s *Store) Complained(ctx context.Context, tx *db.Tx, id hearth.MessageID, at time.Time) error {
	m, err := s.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if m.Direction == In || m.AddressKey == "" {
		return hearth.Errorf(hearth.CodeConflict, "Nobody can complain of message %s: it did not go to an address.", id)
	}
	if _, err := s.consent.Stop(ctx, tx, consent.Stop{Channel: m.Channel, AddressKey: m.AddressKey, Reason: consent.ReasonComplaint, Source: source,
		Evidence: string(m.ID), Resident: m.Resident}); err != nil {
		return err
	}
	if at.IsZero() || at.After(tx.Now()) {
		at = tx.Now()
	}
	ev := newEvent(&m, "message.complained", 0, at, hearth.System("message"), map[string]any{"message": string(m.ID), "channel": string(m.Channel), "purpose": m.Purpose})
	if _, err := s.log.Append(ctx, tx, ev); err != nil {
		return fmt.Errorf("record the complaint about message %s: %w", id, err)
	}
	return nil
}

// MailStop is a word that ends what one may do without at an e-mail address.
type MailStop struct {
	Resident   hearth.ResidentID // who is known to have the address
	Property   hearth.PropertyID
	AddressKey string
	Evidence   string    // their words
	Source     string    // by which way they came
	At         time.Time // when it was said; zero: now
	// Actor is who said it. Its zero is the resident; where several have the address nobody knows, and it is the system.
	Actor hearth.Actor
}

// StopBy records that whoever is behind an e-mail address wants no more discretionary messages there, because they answered so, or told a
// provider. The same twice is one.
func (s *Store) StopBy(ctx context.Context, tx *db.Tx, w MailStop) error {
	m := Message{Resident: w.Resident, Property: w.Property, Channel: hearth.ChannelEmail, AddressKey: w.AddressKey}
	done, err := s.consent.Refused(ctx, tx, consent.Ask{Resident: w.Resident, Channel: m.Channel, AddressKey: w.AddressKey, Purpose: PurposeDiscretionary})
	if err != nil {
		return fmt.Errorf("stop messages to %s: %w", w.Resident, err)
	}
	if done {
		return nil
	}
	if w.Actor.Kind == "" {
		w.Actor = hearth.Actor{Kind: "resident", ID: string(w.Resident)}
	}
	if err := s.consent.Set(ctx, tx, consent.Grant{Channel: m.Channel, AddressKey: w.AddressKey, Purpose: PurposeDiscretionary, Resident: w.Resident, Property: w.Property,
		Source: w.Source, Evidence: w.Evidence, Actor: w.Actor, At: w.At}); err != nil {
		return fmt.Errorf("stop messages to %s: %w", w.Resident, err)
	}
	// A person may say late who wrote: by then the same one can have asked for messages again, and that word is the newer one.
	if no, err := s.consent.Refused(ctx, tx, consent.Ask{Resident: w.Resident, Channel: m.Channel, AddressKey: w.AddressKey, Purpose: PurposeDiscretionary}); err != nil || !no {
		return err
	}
	return s.drop(ctx, tx, m)
}

const fateSQL = `SELECT id, property, state FROM messages WHERE org = $1 AND direction = 'out' AND channel = 'email' AND made > $2
AND state IN ('sent','delivered','bounced') ORDER BY made DESC, id DESC LIMIT $3`

// Fate tells how the last mails fared: how many of them went out, how many came back, and the property that most came back
// of. Only those count that were made after a time.
type Fate struct {
	Sent, Back int
	Property   hearth.PropertyID
}

// LastMails looks at the last n mails that were made after since.
func (s *Store) LastMails(ctx context.Context, tx *db.Tx, since time.Time, n int) (Fate, error) {
	rows, err := tx.Query(ctx, fateSQL, tx.Org(), since, n)
	if err != nil {
		return Fate{}, fmt.Errorf("look how the last mails fared: %w", err)
	}
	defer rows.Close()
	var f Fate
	back := map[hearth.PropertyID]int{}
	for rows.Next() {
		var id hearth.MessageID
		var p hearth.PropertyID
		var st State
		if err := rows.Scan(&id, &p, &st); err != nil {
			return Fate{}, err
		}
		f.Sent++
		if st == Bounced {
			f.Back++
			back[p]++
			if best := back[f.Property]; f.Property == "" || back[p] > best || back[p] == best && p < f.Property {
				f.Property = p
			}
		}
	}
	return f, rows.Err()
}

// ByMailID finds the message of a Message-ID that we gave. It fails with CodeNotFound for one that is none of ours.
func (s *Store) ByMailID(ctx context.Context, tx *db.Tx, id string) (Message, error) {
	name, _, ok := strings.Cut(id, "@")
	if !ok || !strings.HasPrefix(name, "msg_") {
		return Message{}, hearth.Errorf(hearth.CodeNotFound, "This is no mail of ours.")
	}
	return s.Get(ctx, tx, hearth.MessageID(name))
}

// Looked records what a resident did with a message, as a provider saw it: "message.opened" or "message.clicked". link is which one,
// without what stands behind its question mark. The same twice is one.
func (s *Store) Looked(ctx context.Context, tx *db.Tx, id hearth.MessageID, kind hearth.EventType, link string, at time.Time) error {
	m, err := s.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if m.Direction == In || m.Resident == "" {
		return hearth.Errorf(hearth.CodeConflict, "Nobody can open message %s: it did not go to a resident.", id)
	}
	if at.IsZero() || at.After(tx.Now()) {
		at = tx.Now()
	}
	link, _, _ = strings.Cut(link, "?")
	data := map[string]any{"message": string(m.ID), "purpose": m.Purpose}
	if kind == "message.clicked" {
		data["link"] = link
	}
	if _, err := s.log.Append(ctx, tx, newEvent(&m, kind, 0, at, hearth.System("message"), data)); err != nil {
		return fmt.Errorf("record what was done with message %s: %w", id, err)
	}
	return nil
}
