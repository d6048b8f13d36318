package trial

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// stream gives a property's recorded events one after the other, a page of them in memory.
type stream struct {
	db       *db.DB
	log      *eventlog.Log
	property hearth.PropertyID
	after    int64     // the place behind which it goes on reading
	until    time.Time // what was recorded later is not read
	page     []*hearth.Event
	over     bool
}

// pageSize is how many events are in memory.
const pageSize = 1000

// peek gives the next event, nil at the end.
func (s *stream) peek(ctx context.Context) (*hearth.Event, error) {
	for len(s.page) == 0 && !s.over {
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			s.page, err = s.log.ReadProperty(ctx, tx, s.property, s.after, pageSize)
			return err
		})
		if err != nil {
			return nil, err
		}
		if s.over = len(s.page) < pageSize; len(s.page) > 0 {
			s.after = s.page[len(s.page)-1].Seq
		}
	}
	if len(s.page) == 0 || s.page[0].Recorded.After(s.until) {
		return nil, nil
	}
	return s.page[0], nil
}

// take gives the next events that were recorded until a time, at most as many as a page holds.
func (s *stream) take(ctx context.Context, until time.Time) ([]*hearth.Event, error) {
	var out []*hearth.Event
	for len(out) < pageSize {
		ev, err := s.peek(ctx)
		if err != nil || ev == nil || ev.Recorded.After(until) {
			return out, err
		}
		out, s.page = append(out, ev), s.page[1:]
	}
	return out, nil
}

// again gives the event as one that is still to be appended.
func again(ev *hearth.Event) *hearth.Event {
	c := *ev
	c.Part, c.Seq = 0, 0
	return &c
}

// The sources and types of what Hearth tells itself. The engine of the copy tells it anew.
const (
	byEngine  = "hearth/decide/trigger"
	byMessage = "hearth/act/message"
	byTask    = "hearth/act/task"
	byCare    = "hearth/fact/care"
)
