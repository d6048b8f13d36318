// Package round keeps what people deliver: letters, notices that are hung on doors, and calls, in rounds that one person takes
// care of in one go, and for each the proof of what became of it (when, by whom, how).
//
// It does not decide who gets a letter, makes no tasks and prints nothing (decide/desk/errand does, over base/page/sheet).
package round

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

// Kind is what is done on a round.
type Kind string

// The kinds.
const (
	Letter Kind = "letter" // in an envelope
	Hanger Kind = "hanger" // on the door, read by whoever passes
	Call   Kind = "call"
)

// KindOf gives how a message is delivered: a letter about danger is hung on the door, where it is read at once.
func KindOf(m *message.Message) Kind {
	switch {
	case m.Channel == hearth.ChannelCall:
		return Call
	case m.Class == hearth.ClassSafety:
		return Hanger
	}
	return Letter
}

// Round is one of them.
type Round struct {
	ID        string
	Property  hearth.PropertyID
	Kind      Kind
	Task      hearth.TaskID
	Made, Due time.Time
	Printed   time.Time // the last time; zero: not yet
	PrintedBy string
	Stops     []Stop
}

// Open gives how many are still to do.
func (r *Round) Open() int {
	n := 0
	for i := range r.Stops {
		if r.Stops[i].Open() {
			n++
		}
	}
	return n
}

// Stop is one message of a round.
type Stop struct {
	N        int
	Message  message.Message
	Resident hearth.ResidentID
	How      How // "" until it is marked
	At       time.Time
	Marked   time.Time
	MarkedBy hearth.Actor
	Note     string
	Tries    int // how often nobody answered
}

// Open tells whether it is still to be done: neither marked nor taken back.
func (s *Stop) Open() bool { return s.How == "" && s.Message.State == message.Queued }

// How is what became of a message by a person's hand.
type How string

// What there is to tell.
const (
	Posted     How = "posted"        // given to the mail
	Hung       How = "hung"          // on their door
	HandedOver How = "handed over"   // to them
	SpokeWith  How = "spoke with"    // them
	LeftWord   How = "left word"     // on a machine, or with somebody
	NoAnswer   How = "no answer"     // it stays open until the third time
	CannotBe   How = "cannot be"     // no such door, no such number
	Returned   How = "returned"      // the mail brought the letter back
	NotDone    How = "not delivered" // the round ended without it
)

// Hows gives what can be told of a round of a kind.
func Hows(k Kind) []How {
	switch k {
	case Letter:
		return []How{Posted, HandedOver, Returned, CannotBe}
	case Hanger:
		return []How{Hung, HandedOver, SpokeWith, CannotBe}
	}
	return []How{SpokeWith, LeftWord, NoAnswer, HandedOver, CannotBe}
}

// ParseHow reads what somebody tells, also with hyphens or underscores for spaces.
func ParseHow(s string) How {
	return How(strings.NewReplacer("-", " ", "_", " ").Replace(strings.ToLower(s)))
}

// Done is what "all of it is done" means on a round of a kind; "" where each has to be told.
func Done(k Kind) How {
	switch k {
	case Letter:
		return Posted
	case Hanger:
		return Hung
	}
	return ""
}

// state is what a mark makes of the message.
func (h How) state() message.State {
	switch h {
	case Posted, LeftWord:
		return message.Sent
	case Hung, HandedOver, SpokeWith:
		return message.Delivered
	case Returned:
		return message.Bounced
	}
	return message.Failed
}

// Proof is what a person tells about one message.
type Proof struct {
	How   How
	At    time.Time // when it was; zero: now
	Note  string
	Actor hearth.Actor
}

// maxTries is how often nobody may answer.
const maxTries = 3

// Store keeps rounds. It is safe for concurrent use.
type Store struct{ messages *message.Store }

// New makes a store.
func New(m *message.Store) *Store { return &Store{messages: m} }

const (
	columns   = `id, property, kind, task, made, due, printed, printed_by`
	insertSQL = `INSERT INTO rounds (org, id, property, kind, task, made, due, printed, printed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '')`
	getSQL    = `SELECT ` + columns + ` FROM rounds WHERE org = $1 AND id = $2`
	taskSQL   = `SELECT ` + columns + ` FROM rounds WHERE org = $1 AND task = $2`
	stopsSQL  = `SELECT n, message, resident, how, at, marked, marked_by, note, tries FROM round_stops WHERE org = $1 AND round = $2 ORDER BY n`
	markSQL   = `UPDATE round_stops SET how = $1, at = $2, marked = $3, marked_by = $4, note = $5, tries = $6 WHERE org = $7 AND message = $8`
	printSQL  = `UPDATE rounds SET printed = $1, printed_by = $2 WHERE org = $3 AND id = $4`
)

// Insert keeps a new round. A message that was in an earlier one leaves it.
func (s *Store) Insert(ctx context.Context, tx *db.Tx, r *Round) error {
	if _, err := tx.Exec(ctx, insertSQL, tx.Org(), r.ID, r.Property, string(r.Kind), r.Task, r.Made, r.Due); err != nil {
		return fmt.Errorf("keep round %s: %w", r.ID, err)
	}
	rows := make([][]any, len(r.Stops))
	for i := range r.Stops {
		x := &r.Stops[i]
		rows[i] = []any{tx.Org(), x.Message.ID, r.ID, x.N, x.Resident, "", time.Time{}, time.Time{}, "", "", 0}
	}
	_, err := tx.Bulk(ctx, db.Bulk{Table: "round_stops", Cols: []db.Col{{Name: "org"}, {Name: "message"}, {Name: "round"}, {Name: "n", Type: db.Int}, {Name: "resident"},
		{Name: "how"}, {Name: "at", Type: db.Int}, {Name: "marked", Type: db.Int}, {Name: "marked_by"}, {Name: "note"}, {Name: "tries", Type: db.Int}},
		OnConflict: `ON CONFLICT (org, message) DO UPDATE SET round = excluded.round, n = excluded.n, resident = excluded.resident, how = '', at = 0, marked = 0,
marked_by = '', note = '', tries = 0`, Rows: rows})
	if err != nil {
		return fmt.Errorf("keep round %s: %w", r.ID, err)
	}
	return nil
}

// Get reads a round with its stops. It fails with CodeNotFound if there is none.
func (s *Store) Get(ctx context.Context, tx *db.Tx, id string) (Round, error) {
	return s.one(ctx, tx, getSQL, id)
}

// OfTask reads the round of a task. It fails with CodeNotFound if the task is for none.
func (s *Store) OfTask(ctx context.Context, tx *db.Tx, id hearth.TaskID) (Round, error) {
	return s.one(ctx, tx, taskSQL, string(id))
}

func (s *Store) one(ctx context.Context, tx *db.Tx, q, key string) (Round, error) {
	all, err := rounds(tx.Query(ctx, q, tx.Org(), key))
	if err == nil && len(all) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no round %s.", key)
	}
	if err != nil {
		return Round{}, err
	}
	return all[0], s.fill(ctx, tx, &all[0])
}

// List gives rounds with their stops, the newest first: of a property, or of all; before is where the last page ended, "" at the start.
func (s *Store) List(ctx context.Context, tx *db.Tx, property hearth.PropertyID, before string, limit int) ([]Round, string, error) {
	q, args := `SELECT `+columns+` FROM rounds WHERE org = $1`, []any{tx.Org()}
	if property != "" {
		args = append(args, property)
		q += " AND property = $" + strconv.Itoa(len(args))
	}
	if before != "" {
		ms, id, _ := strings.Cut(before, ".")
		made, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			return nil, "", hearth.FieldErrorf("cursor", "The cursor is not one that a list gave; start without it.")
		}
		args = append(args, made, id)
		q += fmt.Sprintf(" AND (made, id) < ($%d, $%d)", len(args)-1, len(args))
	}
	args = append(args, limit+1)
	all, err := rounds(tx.Query(ctx, q+" ORDER BY made DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(all) > limit {
		all = all[:limit]
		next = strconv.FormatInt(hearth.Millis(all[limit-1].Made), 10) + "." + all[limit-1].ID
	}
	for i := range all {
		if err := s.fill(ctx, tx, &all[i]); err != nil {
			return nil, "", err
		}
	}
	return all, next, nil
}

func rounds(rows *db.Rows, err error) ([]Round, error) {
	if err != nil {
		return nil, fmt.Errorf("read rounds: %w", err)
	}
	defer rows.Close()
	var out []Round
	for rows.Next() {
		var r Round
		if err := rows.Scan(&r.ID, &r.Property, &r.Kind, &r.Task, &r.Made, &r.Due, &r.Printed, &r.PrintedBy); err != nil {
			return nil, fmt.Errorf("read rounds: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (s *Store) fill(ctx context.Context, tx *db.Tx, r *Round) error {
	ids, err := r.readStops(tx.Query(ctx, stopsSQL, tx.Org(), r.ID))
	if err != nil {
		return fmt.Errorf("read round %s: %w", r.ID, err)
	}
	msgs, err := s.messages.Load(ctx, tx, ids)
	if err != nil {
		return fmt.Errorf("read round %s: %w", r.ID, err)
	}
	for i := range r.Stops {
		r.Stops[i].Message = msgs[ids[i]]
	}
	return nil
}

func (r *Round) readStops(rows *db.Rows, err error) ([]hearth.MessageID, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []hearth.MessageID
	for rows.Next() {
		var x Stop
		var by string
		if err := rows.Scan(&x.N, &x.Message.ID, &x.Resident, &x.How, &x.At, &x.Marked, &by, &x.Note, &x.Tries); err != nil {
			return nil, err
		}
		x.MarkedBy = hearth.ParseActor(by)
		r.Stops, ids = append(r.Stops, x), append(ids, x.Message.ID)
	}
	return ids, rows.Err()
}

// Mark records what became of one message of a round, and makes it the message's fate. The same told again changes nothing. It
// fails with CodeInvalid for what is not done on such a round or lies in the future, and with CodeConflict for a message that was marked as
// something else, or taken back; only a letter that was posted can come back.
func (s *Store) Mark(ctx context.Context, tx *db.Tx, r *Round, id hearth.MessageID, p Proof) error {
	i := slices.IndexFunc(r.Stops, func(x Stop) bool { return x.Message.ID == id })
	if i < 0 {
		return hearth.Errorf(hearth.CodeNotFound, "The message %s is not in this round.", id)
	}
	x := &r.Stops[i]
	if p.At.IsZero() {
		p.At = tx.Now()
	}
	switch {
	case p.How != NotDone && !slices.Contains(Hows(r.Kind), p.How):
		return hearth.FieldErrorf("how", "On a round of this kind say one of: %s.", words(Hows(r.Kind)))
	case p.At.After(tx.Now().Add(time.Minute)) || p.At.Before(x.Message.Made):
		return hearth.FieldErrorf("at", "Say when it was: not before the message was made, and not in the future.")
	case x.How == p.How && x.How != "":
		return nil
	case p.How == Returned && x.How != Posted:
		return hearth.Errorf(hearth.CodeConflict, "Only a letter that was posted can come back.")
	case p.How != Returned && !x.Open():
		return hearth.Errorf(hearth.CodeConflict, "This one is settled already: %s.", x.standing())
	}
	x.At, x.Marked, x.MarkedBy, x.Note = p.At, tx.Now(), p.Actor, p.Note
	if p.How == NoAnswer {
		if x.Tries++; x.Tries < maxTries {
			return s.write(ctx, tx, x)
		}
	}
	x.How = p.How
	if err := s.write(ctx, tx, x); err != nil {
		return err
	}
	rep := message.Report{Message: id, State: p.How.state(), Soft: true, At: p.At, Actor: p.Actor, How: string(p.How), Text: "By hand: " + string(p.How) + "."}
	if rep.State == message.Failed || rep.State == message.Bounced {
		rep.Code = "by hand: " + string(p.How)
	}
	done, err := s.messages.Report(ctx, tx, rep)
	x.Message.State = done.Is
	return err
}

// standing says where a stop is, in words.
func (s *Stop) standing() string {
	if s.How != "" {
		return string(s.How)
	}
	return "the message is " + string(s.Message.State)
}

func (s *Store) write(ctx context.Context, tx *db.Tx, x *Stop) error {
	_, err := tx.Exec(ctx, markSQL, string(x.How), x.At, x.Marked, x.MarkedBy.String(), x.Note, x.Tries, tx.Org(), x.Message.ID)
	if err != nil {
		return fmt.Errorf("mark message %s: %w", x.Message.ID, err)
	}
	return nil
}

// Print records that a round was printed.
func (s *Store) Print(ctx context.Context, tx *db.Tx, id string, by hearth.Actor) error {
	if _, err := tx.Exec(ctx, printSQL, tx.Now(), by.String(), tx.Org(), id); err != nil {
		return fmt.Errorf("print round %s: %w", id, err)
	}
	return nil
}

func words(hows []How) string {
	out := make([]string, len(hows))
	for i, h := range hows {
		out[i] = string(h)
	}
	return strings.Join(out, ", ")
}
