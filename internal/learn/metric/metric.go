// Package metric keeps the figures of a property by week, folded from the log: how long residents wait for a person's answer and
// for the end of a repair, whether promises are kept, how much residents do by themselves, how they sound, whom the team met.
// Behind every figure stand its rows.
//
// It decides nothing and compares nobody. Events of which only some are told leave nothing in it, and a week in which fewer
// than five people stand behind a figure has none.
package metric

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Figure is what is counted.
type Figure string

// The figures.
const (
	Answer  Figure = "answer"  // business hours from a resident's word to the first word of a person
	Repair  Figure = "repair"  // days from the request to the end of a repair
	Promise Figure = "promise" // whether a promise was kept: 1 or 0; Unsaid while nobody said so
	Act     Figure = "act"     // what a resident did by themselves in a week
	Tone    Figure = "tone"    // how a message or an answer sounds, -1 to 1
	Contact Figure = "contact" // a personal contact with a member of the team
)

// Figures lists them in the order in which people read them.
func Figures() []Figure { return []Figure{Answer, Repair, Promise, Act, Contact, Tone} }

// Unsaid is the value of a promise of which nobody said whether it was kept. It counts neither way.
const Unsaid = -1

// FewestPeople is how many people must stand behind a figure; below it, it would tell on one of them.
const FewestPeople = 5

// Follower is the name under which the figures keep their positions in the log.
const Follower = "figures"

// Bounds of one run, and of what is an answer at all.
const (
	maxEvents  = 1000                // of a partition; others write while they are read
	maxCounted = 24                  // weeks counted anew in one run
	answerFor  = 14 * 24 * time.Hour // a word later than this answers nothing any more
	keepWeeks  = 60
	maxBehind  = 2000 // while decisions lag by more, figures wait
)

// Deps is what the store works with. All fields are required but Ahead.
type Deps struct {
	DB      *db.DB
	Log     *eventlog.Log
	Records *record.Store
	Node    string
	// Ahead names the follower that goes first: figures wait while it lags far behind. "" waits for nobody.
	Ahead string
}

// Store keeps figures. It is safe for concurrent use.
type Store struct{ Deps }

// New makes a store.
func New(d Deps) *Store { return &Store{d} }

// Loop gives the loop that keeps the figures, a bounded piece at a time.
func (s *Store) Loop() work.Loop {
	return work.Loop{Name: "figures", Every: 15 * time.Second, Run: s.RunOnce}
}

// RunOnce folds the next events of each partition, or counts the weeks to which something came; more tells whether anything is left.
func (s *Store) RunOnce(ctx context.Context) (more bool, err error) {
	if wait, err := s.waits(ctx); err != nil || wait {
		return false, err
	}
	for part := range eventlog.Parts {
		again, err := s.follow(ctx, part)
		if err != nil {
			return false, fmt.Errorf("count figures of partition %d: %w", part, err)
		}
		more = more || again
	}
	if more {
		return true, nil
	}
	return s.count(ctx)
}

// waits tells whether decisions have so much before them that figures had better stand back.
func (s *Store) waits(ctx context.Context) (wait bool, err error) {
	if s.Ahead == "" {
		return false, nil
	}
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		lag, err := s.Log.Lag(ctx, tx, s.Ahead)
		wait = lag.Events > maxBehind
		return err
	})
	return wait, err
}

// Monday gives the day on which the week of a day begins.
func Monday(d hearth.Day) hearth.Day { return d - (hearth.Day(d.Weekday())+6)%7 }

// Behind tells how many events of a property's partition are not in the figures yet.
func (s *Store) Behind(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (int64, error) {
	heads, err := s.Log.Heads(ctx, tx)
	if err != nil {
		return 0, err
	}
	positions, err := s.Log.Positions(ctx, tx, Follower)
	part := eventlog.PartOf(property)
	return max(0, heads[part]-positions[part]), err
}
