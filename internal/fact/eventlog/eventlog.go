// Package eventlog keeps what happened: an append-only log of events in partitions, each with an order of its own, read
// by followers with saved positions. It checks events against the catalog of types and stores each only once.
//
// It changes no records and decides nothing; followers do, each in a transaction with its position.
package eventlog

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// Parts is the number of partitions. It is part of what is stored and never changes.
const Parts = 16

// PartOf gives the partition that a property's events live in.
func PartOf(p hearth.PropertyID) int {
	h := fnv.New32a()
	io.WriteString(h, string(p))
	return int(h.Sum32() % Parts)
}

// Log is the event log of one organization.
type Log struct {
	bell work.Bell
}

var errBuilding = errors.New("being built")

// New opens the log of d.
func New(d *db.DB) (*Log, error) { return &Log{}, nil }

// Check tells what is wrong with an event that came from outside: CodeInvalid with the field.
func (l *Log) Check(ev *hearth.Event) error { return errBuilding }

// Result tells what became of one appended event.
type Result struct {
	Part      int
	Seq       int64 // its place, or that of the event it repeats
	Duplicate bool  // an event with the same source and id was there before
}

// Append checks events and adds them to the log, in order within each partition. It sets Part and Seq, Recorded and
// AsOf where they are zero (now, and Recorded), and skips duplicates. The events belong to the log from then on and
// must not be changed: after the commit followers of this process read them from memory.
func (l *Log) Append(ctx context.Context, tx *db.Tx, evs ...*hearth.Event) ([]Result, error) {
	return nil, errBuilding
}

// AppendChecked is Append for a door that has called Check on each event just before.
func (l *Log) AppendChecked(ctx context.Context, tx *db.Tx, evs ...*hearth.Event) ([]Result, error) {
	return nil, errBuilding
}

// Read gives events of a partition behind a place, in order.
func (l *Log) Read(ctx context.Context, tx *db.Tx, part int, after int64, limit int) ([]*hearth.Event, error) {
	return nil, errBuilding
}

// Tail gives committed events that are still in memory and directly follow a place; false: they are not in memory, or
// there are none yet; use Read.
func (l *Log) Tail(part int, after int64, limit int) ([]*hearth.Event, bool) { return nil, false }

// Bell rings after every append of this process.
func (l *Log) Bell() *work.Bell { return &l.bell }

// Heads gives the place of the last event by partition.
func (l *Log) Heads(ctx context.Context, tx *db.Tx) (map[int]int64, error) { return nil, errBuilding }

// Position is how far a follower has come in a partition, and who moved it there.
type Position struct {
	Seq   int64
	Node  string
	Epoch int64
}

// Lock takes a follower's position in a partition for this transaction. false: another transaction has it now.
func (l *Log) Lock(ctx context.Context, tx *db.Tx, follower string, part int) (Position, bool, error) {
	return Position{}, false, errBuilding
}

// Move saves a position that was locked in this transaction.
func (l *Log) Move(ctx context.Context, tx *db.Tx, follower string, part int, p Position) error {
	return errBuilding
}

// Positions gives a follower's places by partition.
func (l *Log) Positions(ctx context.Context, tx *db.Tx, follower string) (map[int]int64, error) {
	return nil, errBuilding
}

// Cursor is a place in a timeline. The zero Cursor is before the newest event.
type Cursor struct {
	Time time.Time
	Part int
	Seq  int64
}

// Timeline gives a resident's events, newest first, with those that concern the household. types empty: all.
func (l *Log) Timeline(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, types []hearth.EventType, before Cursor, limit int) ([]*hearth.Event, error) {
	return nil, errBuilding
}

// Type is one entry of the catalog of event types.
type Type struct {
	Name      hearth.EventType
	Doc       string   // one sentence: what happened
	Subjects  []string // kinds of subject that the event may be about
	Household bool     // concerns all addressable members of the household
	Schema    string   // JSON Schema of the data
	Example   string   // data that fits
}

// Types gives the catalog, sorted by name.
func Types() []Type { return nil }

// WriteDocs writes the catalog as Markdown.
func WriteDocs(w io.Writer) error { return errBuilding }
