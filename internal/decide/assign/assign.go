package assign

import (
	"context"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/record"
)

// Assigner chooses owners. It is safe for concurrent use.
type Assigner struct {
	records *record.Store
	tasks   *task.Store
	known   known
}

// New makes an assigner.
func New(records *record.Store, tasks *task.Store) *Assigner {
	return &Assigner{records: records, tasks: tasks}
}

// Choose names the owner for a task and the time that it is due. For several in one transaction take a Round.
func (s *Assigner) Choose(ctx context.Context, tx *db.Tx, a Ask) (Choice, error) {
	return s.Round().Choose(ctx, tx, a)
}

// Calendar gives a property's business calendar, for due times.
func (s *Assigner) Calendar(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (Calendar, error) {
	return s.Round().Calendar(ctx, tx, property)
}

// Wake is Round.Wake with a round of its own.
func (s *Assigner) Wake(ctx context.Context, tx *db.Tx, due []work.Due) ([]Overdue, error) {
	return s.Round().Wake(ctx, tx, due)
}
