// Package letterbox keeps mail that came in: whole, once, and before anybody is told that it was taken; then what was made
// of it. What belongs to nobody for sure waits in it until a person says who wrote it.
//
// It does not read mail (base/channel/inbound does), and does not decide what follows from one (decide/inbox does).
package letterbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// State is where a letter stands.
type State string

// The states.
const (
	Waiting  State = "waiting"  // not read yet
	Done     State = "done"     // read, and what it asks for was done
	Unplaced State = "unplaced" // a person says who wrote it
	Nobody   State = "nobody"   // a person said that it is none of ours
	Stuck    State = "stuck"    // reading it failed again and again; it is whole
)

// MaxBytes bounds one letter.
const MaxBytes = 10 << 20

// Incoming is a mail as it arrives.
type Incoming struct {
	Source string   // "smtp", or the provider that brings it
	Sender string   // of the envelope; "" for the empty one
	Rcpt   []string // to whom, of the envelope
	Raw    []byte   // header and body, whole
}

// Letter is a mail that is kept.
type Letter struct {
	ID       string
	Received time.Time
	Source   string
	Sender   string
	Rcpt     []string
	Size     int64
	State    State
	Tries    int
	Outcome
	Settled   time.Time // zero: not by a person
	SettledBy hearth.Actor
}

// Outcome is what was made of a letter.
type Outcome struct {
	Kind       string           // what it is: a class of base/channel/bounce
	Note       string           // what was made of it, in words
	About      hearth.MessageID // the message that it answers or returns
	Message    hearth.MessageID // the message that it became
	Property   hearth.PropertyID
	Resident   hearth.ResidentID
	Address    string // who wrote
	AddressKey string
	Subject    string
	Body       string // the writer's own words
	Candidates []hearth.ResidentID
}

// Store keeps letters. It is safe for concurrent use.
type Store struct{}

// New makes a store.
func New() *Store { return &Store{} }

const keepSQL = `INSERT INTO inbound_mail (org, id, received, source, sender, rcpt, raw, size, state, kind, note, tries, about, message,
property, resident, address, address_key, subject, body, candidates, settled, settled_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', '', '', 0, '', '', '', '', '', '', '', '', '[]', 0, '') ON CONFLICT (org, id) DO NOTHING`

// Keep stores a mail. fresh is false for one that is there already, by whatever way it came. It fails with CodeInvalid for one
// that is empty or too long.
func (s *Store) Keep(ctx context.Context, tx *db.Tx, in Incoming) (id string, fresh bool, err error) {
	if len(in.Raw) == 0 || len(in.Raw) > MaxBytes {
		return "", false, hearth.FieldErrorf("raw", "A mail needs at least a byte, and has at most %d MB.", MaxBytes>>20)
	}
	id = nameOf(in)
	rcpt, err := json.Marshal(in.Rcpt)
	if err != nil {
		return "", false, fmt.Errorf("keep a mail: %w", err)
	}
	n, err := tx.Exec(ctx, keepSQL, tx.Org(), id, tx.Now(), in.Source, in.Sender, string(rcpt), in.Raw, len(in.Raw))
	if err != nil {
		return "", false, fmt.Errorf("keep a mail: %w", err)
	}
	return id, n == 1, nil
}

// nameOf names a mail by its Message-ID and its body. What servers on the way add in front makes no difference. A mail
// without an id of its own is named by its whole header and its recipients instead.
func nameOf(in Incoming) string {
	head, body, ok := bytes.Cut(in.Raw, []byte("\r\n\r\n"))
	if !ok {
		head, body, _ = bytes.Cut(in.Raw, []byte("\n\n"))
	}
	sum := sha256.Sum256(bytes.TrimRight(body, "\r\n"))
	parts := []string{"letter", hex.EncodeToString(sum[:])}
	if id := messageID(head); id != "" {
		return hearth.DeriveID("eml_", append(parts, id)...)
	}
	whole := sha256.Sum256(head)
	return hearth.DeriveID("eml_", append(append(parts, hex.EncodeToString(whole[:])), in.Rcpt...)...)
}

func messageID(head []byte) string {
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
		if len(line) > 11 && strings.EqualFold(string(line[:11]), "message-id:") {
			v := line[11:]
			if len(bytes.TrimSpace(v)) == 0 { // the id stands on the next line
				v, _, _ = bytes.Cut(head, []byte("\n"))
			}
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}

const letterColumns = `id, received, source, sender, rcpt, size, state, tries, kind, note, about, message, property, resident, address, address_key,
subject, body, candidates, settled, settled_by`

func scan(r *db.Rows) (Letter, error) {
	var l Letter
	var rcpt, candidates, by string
	err := r.Scan(&l.ID, &l.Received, &l.Source, &l.Sender, &rcpt, &l.Size, &l.State, &l.Tries, &l.Kind, &l.Note, &l.About, &l.Message, &l.Property,
		&l.Resident, &l.Address, &l.AddressKey, &l.Subject, &l.Body, &candidates, &l.Settled, &by)
	if err != nil {
		return l, err
	}
	l.SettledBy = hearth.ParseActor(by)
	if err := json.Unmarshal([]byte(rcpt), &l.Rcpt); err != nil {
		return l, fmt.Errorf("decode the recipients: %w", err)
	}
	if err := json.Unmarshal([]byte(candidates), &l.Candidates); err != nil {
		return l, fmt.Errorf("decode the candidates: %w", err)
	}
	return l, nil
}

func collect(rows *db.Rows, err error) ([]Letter, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Letter
	for rows.Next() {
		l, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

const waitingSQL = `SELECT ` + letterColumns + ` FROM inbound_mail WHERE org = $1 AND state = 'waiting' ORDER BY received, id LIMIT $2`

// Waiting gives letters that nobody has read, the oldest first.
func (s *Store) Waiting(ctx context.Context, tx *db.Tx, limit int) ([]Letter, error) {
	all, err := collect(tx.Query(ctx, waitingSQL, tx.Org(), limit))
	if err != nil {
		return nil, fmt.Errorf("read what came in: %w", err)
	}
	return all, nil
}

const rawSQL = `SELECT raw FROM inbound_mail WHERE org = $1 AND id = $2`

// Raw gives a letter whole, as it came. It fails with CodeNotFound if there is none.
func (s *Store) Raw(ctx context.Context, tx *db.Tx, id string) ([]byte, error) {
	rows, err := tx.Query(ctx, rawSQL, tx.Org(), id)
	if err != nil {
		return nil, fmt.Errorf("read mail %s: %w", id, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read mail %s: %w", id, err)
		}
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no mail %s.", id)
	}
	var raw []byte
	return raw, rows.Scan(&raw)
}

const getSQL = `SELECT ` + letterColumns + ` FROM inbound_mail WHERE org = $1 AND id = $2`

// Get gives one letter. It fails with CodeNotFound if there is none.
func (s *Store) Get(ctx context.Context, tx *db.Tx, id string) (Letter, error) {
	all, err := collect(tx.Query(ctx, getSQL, tx.Org(), id))
	if err == nil && len(all) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no mail %s.", id)
	}
	if err != nil {
		return Letter{}, fmt.Errorf("read mail %s: %w", id, err)
	}
	return all[0], nil
}

const claimSQL = `UPDATE inbound_mail SET state = $1 WHERE org = $2 AND id = $3 AND state = $4`

// Take moves a letter from one state to another for whoever works on it in this transaction. ours is false if somebody
// else was first.
func (s *Store) Take(ctx context.Context, tx *db.Tx, id string, from, to State) (ours bool, err error) {
	n, err := tx.Exec(ctx, claimSQL, to, tx.Org(), id, from)
	if err != nil {
		return false, fmt.Errorf("take mail %s: %w", id, err)
	}
	return n == 1, nil
}

const noteSQL = `UPDATE inbound_mail SET kind = $1, note = $2, about = $3, message = $4, property = $5, resident = $6, address = $7, address_key = $8,
subject = $9, body = $10, candidates = $11 WHERE org = $12 AND id = $13`

// Note stores what was made of a letter.
func (s *Store) Note(ctx context.Context, tx *db.Tx, id string, o Outcome) error {
	if o.Candidates == nil {
		o.Candidates = []hearth.ResidentID{}
	}
	candidates, err := json.Marshal(o.Candidates)
	if err != nil {
		return fmt.Errorf("note mail %s: %w", id, err)
	}
	_, err = tx.Exec(ctx, noteSQL, o.Kind, o.Note, o.About, o.Message, o.Property, o.Resident, o.Address, o.AddressKey, o.Subject, o.Body, string(candidates), tx.Org(), id)
	if err != nil {
		return fmt.Errorf("note mail %s: %w", id, err)
	}
	return nil
}

const (
	triedSQL = `UPDATE inbound_mail SET tries = tries + 1, note = $1, state = CASE WHEN tries + 1 >= $2 THEN 'stuck' ELSE state END
WHERE org = $3 AND id = $4 AND state = 'waiting'`
	maxTries = 3
)

// Tried notes that reading a letter failed. After the third time it is stuck, for a person to look at.
func (s *Store) Tried(ctx context.Context, tx *db.Tx, id, why string) error {
	if _, err := tx.Exec(ctx, triedSQL, why, maxTries, tx.Org(), id); err != nil {
		return fmt.Errorf("note mail %s: %w", id, err)
	}
	return nil
}

const settleSQL = `UPDATE inbound_mail SET state = $1, resident = $2, property = $3, message = $4, note = $5, settled = $6, settled_by = $7 WHERE org = $8 AND id = $9`

// Settle stores what a person decided about a letter.
func (s *Store) Settle(ctx context.Context, tx *db.Tx, actor hearth.Actor, l Letter) error {
	if _, err := tx.Exec(ctx, settleSQL, l.State, l.Resident, l.Property, l.Message, l.Note, tx.Now(), actor.String(), tx.Org(), l.ID); err != nil {
		return fmt.Errorf("settle mail %s: %w", l.ID, err)
	}
	return nil
}

const countSQL = `SELECT state, COUNT(*) FROM inbound_mail WHERE org = $1 GROUP BY state`

// Counts gives how many letters stand in each state.
func (s *Store) Counts(ctx context.Context, tx *db.Tx) (map[State]int64, error) {
	rows, err := tx.Query(ctx, countSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("count what came in: %w", err)
	}
	defer rows.Close()
	out := map[State]int64{}
	for rows.Next() {
		var st State
		var n int64
		if err := rows.Scan(&st, &n); err != nil {
			return nil, err
		}
		out[st] = n
	}
	return out, rows.Err()
}

const listSQL = `SELECT ` + letterColumns + ` FROM inbound_mail WHERE org = $1 AND state = $2`

// maxPage bounds one page of List.
const maxPage = 200

// List gives letters in a state, the newest first, and the cursor of the next page, "" at the end.
func (s *Store) List(ctx context.Context, tx *db.Tx, st State, cursor string, limit int) ([]Letter, string, error) {
	limit = max(1, min(limit, maxPage))
	q, args := listSQL, []any{tx.Org(), st}
	if cursor != "" {
		ms, id, ok := strings.Cut(cursor, ".")
		at, err := strconv.ParseInt(ms, 10, 64)
		if !ok || err != nil || id == "" {
			return nil, "", hearth.FieldErrorf("cursor", "The cursor is not one that a list gave; start without it.")
		}
		q, args = q+" AND (received, id) < ($3, $4)", append(args, at, id)
	}
	args = append(args, limit+1)
	all, err := collect(tx.Query(ctx, q+" ORDER BY received DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...))
	if err != nil {
		return nil, "", fmt.Errorf("list what came in: %w", err)
	}
	if len(all) <= limit {
		return all, "", nil
	}
	last := all[limit-1]
	return all[:limit], strconv.FormatInt(hearth.Millis(last.Received), 10) + "." + last.ID, nil
}
