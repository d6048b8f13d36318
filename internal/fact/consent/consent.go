// Package consent is the only place that answers "may we?": whether a message for a purpose may go to an address over
// a channel. It keeps who said yes or no, when, how we know, and the addresses that nothing can or may reach.
//
// It knows the hours that the law leaves for texts and calls, and does not know the fatigue budget, a property's quiet hours or what is fitting (decide/desk does), and it sends nothing.
package consent

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// Store keeps consent. It is safe for concurrent use.
type Store struct {
	log *eventlog.Log
	// Hours says when texts and calls may reach people; nil asks nothing of the hour. It is set before the store is used.
	Hours *Hours

	changes atomic.Int64
}

// Changes counts what this process has changed of words and stops: who has asked already need not ask again while it stays
// the same.
func (s *Store) Changes() int64 { return s.changes.Load() }

func (s *Store) changed(tx *db.Tx) { tx.AfterCommit(func() { s.changes.Add(1) }) }

// New makes a store that appends consent.changed to l.
func New(l *eventlog.Log) *Store { return &Store{log: l} }

// Ask is one question. AddressKey is the normalised address (record.EmailKey, record.PhoneKey); it is empty for
// channels without one, such as the portal.
type Ask struct {
	Resident   hearth.ResidentID
	Channel    hearth.Channel
	AddressKey string
	Purpose    string
	Class      hearth.Class
}

// Answer is yes, or no with a reason in words. Recorded tells whether anybody ever said yes or no, as against the
// channel's default.
type Answer struct {
	Allowed  bool
	Reason   string
	Recorded bool
	// Pending says of a no that a person has still to look at what somebody wrote: it may become a yes again soon.
	Pending bool
}

// Reasons of a suppression.
const (
	ReasonBounce    = "bounced"   // the address does not exist
	ReasonStop      = "stop"      // STOP by SMS: nothing more on this number
	ReasonComplaint = "complaint" // marked as spam
	ReasonPerson    = "asked us"  // told to a person
	// ReasonPending is a stop until a person has read what somebody wrote, which may mean STOP.
	ReasonPending = "may have asked to stop"
)

// Purposes of what may be said after a STOP, and without anybody's yes: the one confirmation of the law, and the help
// that somebody asked for in the same minute.
const (
	PurposeConfirmation = "consent.confirmation"
	PurposeHelp         = "consent.help"
)

// PurposeCode is for a code with which a resident signs in, that somebody who wrote this very address asked for in the same minute.
const PurposeCode = "portal.code"

// replies tells whether a message is one of these.
func replies(a Ask) bool {
	return a.Class == hearth.ClassAnswer && (a.Purpose == PurposeConfirmation || a.Purpose == PurposeHelp)
}

// yesno is a recorded word about one purpose on one address; purpose "" is the whole channel.
type yesno struct {
	channel  hearth.Channel
	address  string
	purpose  string
	allowed  bool
	at       time.Time
	resident hearth.ResidentID // who said it; another one of the same address is bound by it too
}

type addressOf struct {
	channel hearth.Channel
	address string
}

// Check answers many questions with two statements. The rules, first match wins:
//
//  1. A suppressed address gets nothing; after a STOP by SMS only its confirmation and help that was asked for.
//  2. Answer, safety and legal pass every opt-out on other channels than SMS.
//  3. A recorded word about the purpose decides, else one about the whole channel; the channel's no goes before a
//     purpose's older yes.
//  4. Without a word: SMS needs a yes, unless it carries a code to sign in, promotion by SMS one for its own purpose; e-mail, portal, push, letter and call do not.
func (s *Store) Check(ctx context.Context, tx *db.Tx, asks []Ask) ([]Answer, error) {
	out := make([]Answer, len(asks))
	if len(asks) == 0 {
		return out, nil
	}
	keys := make([]string, 0, len(asks))
	seen := map[string]bool{}
	for _, a := range asks {
		if k := key(a.AddressKey, a.Resident); !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	words, err := readWords(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	stopped, err := readSuppressions(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	for i, a := range asks {
		at := addressOf{a.Channel, key(a.AddressKey, a.Resident)}
		out[i] = decide(a, stopped[at], words[at])
	}
	return out, nil
}

// key is what consent is kept under: the address, or the resident for channels without one.
func key(address string, resident hearth.ResidentID) string {
	if address != "" {
		return address
	}
	return string(resident)
}

// decide is the rule, free of the database.
func decide(a Ask, stopped string, words map[string]yesno) Answer {
	if stopped != "" {
		if (stopped == ReasonStop || stopped == ReasonPending) && replies(a) {
			return Answer{Allowed: true, Recorded: true}
		}
		return Answer{Reason: suppressed(a.Channel, stopped), Recorded: true, Pending: stopped == ReasonPending}
	}
	if a.Channel == hearth.ChannelSMS && replies(a) {
		return Answer{Allowed: true, Recorded: len(words) > 0}
	}
	all, hasAll := words[""]
	one, hasOne := words[a.Purpose]
	if a.Purpose == "" {
		hasOne = false
	}
	if a.Channel != hearth.ChannelSMS {
		switch a.Class {
		case hearth.ClassAnswer, hearth.ClassSafety, hearth.ClassLegal:
			return Answer{Allowed: true, Recorded: hasAll || hasOne}
		}
	}
	switch {
	case hasAll && !all.allowed && (!hasOne || !one.allowed || !one.at.After(all.at)):
		return Answer{Reason: fmt.Sprintf("%s asked not to be reached by %s.", all.who(a), a.Channel.Words()), Recorded: true}
	case hasOne && !one.allowed:
		return Answer{Reason: fmt.Sprintf("%s asked for no messages about %s by %s.", one.who(a), hearth.PurposeWords(a.Purpose), a.Channel.Words()), Recorded: true}
	case a.Class.Discretionary() && refusedDiscretionary(words, one, hasOne):
		return Answer{Reason: fmt.Sprintf("%s asked for no more than the necessary by %s.", words[Discretionary].who(a), a.Channel.Words()), Recorded: true}
	case hasOne:
		return Answer{Allowed: true, Recorded: true}
	case a.Channel == hearth.ChannelSMS && a.Class == hearth.ClassPromotion:
		// US law wants a written yes for promotion; a yes to texts in general is none.
		return Answer{Reason: "They have not said yes to promotion by text message.", Recorded: hasAll}
	case hasAll:
		return Answer{Allowed: true, Recorded: true}
	case a.Channel == hearth.ChannelSMS && a.Class == hearth.ClassAnswer && a.Purpose == PurposeCode:
		return Answer{Allowed: true}
	case a.Channel == hearth.ChannelSMS:
		return Answer{Reason: "They have not said yes to text messages."}
	}
	return Answer{Allowed: true}
}

// who names who said a word: an address that is shared is bound by each who shares it.
func (w yesno) who(a Ask) string {
	if a.AddressKey != "" && w.resident != "" && a.Resident != "" && w.resident != a.Resident {
		return "Somebody who shares this address"
	}
	return "They"
}

// Discretionary is the purpose under which a no to everything of class relation and promotion is kept, such as by the
// link under a message.
const Discretionary = "discretionary"

// refusedDiscretionary tells whether they said no to all that is discretionary, and no later yes to this purpose.
func refusedDiscretionary(words map[string]yesno, one yesno, hasOne bool) bool {
	no, has := words[Discretionary]
	return has && !no.allowed && !(hasOne && one.allowed && one.at.After(no.at))
}

func suppressed(c hearth.Channel, reason string) string {
	switch reason {
	case ReasonBounce:
		return fmt.Sprintf("The address for %s does not work: a message came back.", c.Words())
	case ReasonStop:
		return "They answered STOP; nothing more goes to this number."
	case ReasonComplaint:
		return fmt.Sprintf("They marked a message by %s as unwanted.", c.Words())
	case ReasonPending:
		return fmt.Sprintf("They may have asked for no more messages by %s; a person reads their words first.", c.Words())
	}
	return fmt.Sprintf("Nothing goes to this address by %s: %s.", c.Words(), reason)
}

const selectWords = `SELECT channel, address_key, purpose, allowed, at, resident FROM consents WHERE org = $1 AND `

func readWords(ctx context.Context, tx *db.Tx, keys []string) (map[addressOf]map[string]yesno, error) {
	clause, arg := tx.In("address_key", 2, keys)
	rows, err := tx.Query(ctx, selectWords+clause, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	defer rows.Close()
	out := map[addressOf]map[string]yesno{}
	for rows.Next() {
		var w yesno
		var allowed, at int64
		if err := rows.Scan(&w.channel, &w.address, &w.purpose, &allowed, &at, &w.resident); err != nil {
			return nil, fmt.Errorf("read consents: %w", err)
		}
		w.allowed, w.at = allowed != 0, hearth.FromMillis(at)
		k := addressOf{w.channel, w.address}
		if out[k] == nil {
			out[k] = map[string]yesno{}
		}
		out[k][w.purpose] = w
	}
	return out, rows.Err()
}

const selectSuppressions = `SELECT channel, address_key, reason FROM suppressions WHERE org = $1 AND `

func readSuppressions(ctx context.Context, tx *db.Tx, keys []string) (map[addressOf]string, error) {
	clause, arg := tx.In("address_key", 2, keys)
	rows, err := tx.Query(ctx, selectSuppressions+clause, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("read suppressions: %w", err)
	}
	defer rows.Close()
	out := map[addressOf]string{}
	for rows.Next() {
		var k addressOf
		var reason string
		if err := rows.Scan(&k.channel, &k.address, &reason); err != nil {
			return nil, fmt.Errorf("read suppressions: %w", err)
		}
		out[k] = reason
	}
	return out, rows.Err()
}

// Grant is a yes or no with its evidence.
type Grant struct {
	Channel    hearth.Channel
	AddressKey string // empty: kept under the resident
	Purpose    string // "" is everything on the channel
	Allowed    bool
	Resident   hearth.ResidentID
	Property   hearth.PropertyID
	Source     string // where it was said: "portal", "unsubscribe link", an event's source
	Evidence   string // the words, the form, the message id
	Wording    string // the words that were shown: WordingName; "" where nothing was, or nobody knows
	Reason     string // why an earlier word is turned, where somebody told
	Actor      hearth.Actor
	At         time.Time // zero: the transaction's now
	// EventID is the id of the event by which a source told it; empty: one is made from what was said and when.
	EventID string
}

const upsertWord = `INSERT INTO consents (org, channel, address_key, purpose, allowed, resident, source, evidence, actor, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (org, channel, address_key, purpose) DO UPDATE SET allowed = excluded.allowed, resident = excluded.resident,
  source = excluded.source, evidence = excluded.evidence, actor = excluded.actor, at = excluded.at
  WHERE consents.at <= excluded.at`

// Set records a yes or no, keeps its evidence for good, and appends consent.changed. A word older than the one that
// counts is kept as evidence and changes nothing else.
func (s *Store) Set(ctx context.Context, tx *db.Tx, g Grant) error {
	address := key(g.AddressKey, g.Resident)
	if address == "" || g.Channel == "" {
		return hearth.FieldErrorf("data.channel", "Consent needs a channel, and an address or a resident.")
	}
	if g.At.IsZero() {
		g.At = tx.Now()
	}
	if err := checkWording(ctx, tx, g); err != nil {
		return err
	}
	known, err := s.tell(ctx, tx, g)
	if err != nil || known {
		return err
	}
	if _, err := tx.Exec(ctx, upsertWord, tx.Org(), string(g.Channel), address, g.Purpose, allowed(g.Allowed),
		string(g.Resident), g.Source, g.Evidence, g.Actor.String(), hearth.Millis(g.At)); err != nil {
		return fmt.Errorf("write consent: %w", err)
	}
	s.changed(tx)
	return keep(ctx, tx, g, address)
}

func allowed(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

const (
	selectLogged = `SELECT COALESCE(MAX(n), 0) FROM consent_log WHERE org = $1 AND channel = $2 AND address_key = $3 AND at = $4`
	insertLogged = `INSERT INTO consent_log (org, channel, address_key, at, n, purpose, allowed, resident, source, evidence, actor, wording, reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
)

// keep adds the evidence to the log of an address.
func keep(ctx context.Context, tx *db.Tx, g Grant, address string) error {
	var n int64
	err := tx.Row(ctx, selectLogged, tx.Org(), string(g.Channel), address, hearth.Millis(g.At)).Scan(&n)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("read consent log: %w", err)
	}
	if _, err := tx.Exec(ctx, insertLogged, tx.Org(), string(g.Channel), address, hearth.Millis(g.At), n+1, g.Purpose,
		allowed(g.Allowed), string(g.Resident), g.Source, g.Evidence, g.Actor.String(), g.Wording, g.Reason); err != nil {
		return fmt.Errorf("write consent log: %w", err)
	}
	return nil
}
