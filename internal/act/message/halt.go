package message

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/care"
)

// halts is what a sender knows of pauses and of residents for whom everything has stopped. What this process changes
// it heeds at once, what another one changes within lookAgain; where marks are written into the database, the mark
// itself looks a last time.
type halts struct {
	care *care.Store // nil: nobody can pause

	mu      sync.Mutex // guards the rest
	now     *care.Now
	at      time.Time
	changes int64
}

// lookAgain is how long what is in force is believed without asking.
const lookAgain = 100 * time.Millisecond

// inForce gives what is in force; nil when nothing is.
func (h *halts) inForce(ctx context.Context, d *db.DB) (*care.Now, error) {
	if h.care == nil {
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now, changes := d.Clock().Now(), h.care.Changes()
	if age := now.Sub(h.at); h.now == nil || changes != h.changes || age < 0 || age >= lookAgain {
		err := d.Read(ctx, func(tx *db.Tx) (err error) {
			h.now, err = h.care.Now(ctx, tx)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look whether anything is paused: %w", err)
		}
		h.at, h.changes = now, changes
	}
	if h.now.Quiet() {
		return nil, nil
	}
	return h.now, nil
}

// stopped gives a parcel that must not go out back to the desk; true: it is not to be sent.
func (s *Sender) stopped(ctx context.Context, p parcel) (bool, error) {
	n, err := s.halts.inForce(ctx, s.deps.DB)
	if err != nil {
		return false, err
	}
	if n == nil || !p.msg.halted(n, s.clock.Now()) {
		if late, err := s.tooLate(ctx, &p.msg); !late || err != nil {
			return false, err
		}
	}
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error { return s.deps.Store.returnToDesk(ctx, tx, []Message{p.msg}) })
	if err != nil {
		return false, fmt.Errorf("keep message %s back: %w", p.msg.ID, err)
	}
	return true, nil
}

// tooLate tells whether a message has waited into quiet hours: its server was away, or put it off. They bind at the moment
// of the hand-over too, so the desk looks at it again.
func (s *Sender) tooLate(ctx context.Context, m *Message) (bool, error) {
	if m.Class == hearth.ClassAnswer || m.Class == hearth.ClassSafety {
		return false, nil
	}
	f, err := s.face(ctx, m.Property)
	if err != nil || f.zone == nil {
		return false, err
	}
	if h := s.deps.Store.consent.Hours; h.Covers(m.Channel) {
		if ok, _ := h.Allows(s.clock.Now(), f.zone, f.state); !ok {
			return true, nil
		}
	}
	local := s.clock.Now().In(f.zone)
	return f.quiet.Covers(local.Hour()*60 + local.Minute()), nil
}

// haltMarked takes out of a group of marks, and gives back to the desk, those whose mail must not go out: the last look
// before the last byte.
func (s *Sender) haltMarked(ctx context.Context, tx *db.Tx, asks []markAsk) (free []int, err error) {
	all := make([]int, len(asks))
	for i := range all {
		all[i] = i
	}
	if s.halts.care == nil {
		return all, nil
	}
	n, err := s.halts.care.Now(ctx, tx)
	if err != nil || n.Quiet() {
		return all, err
	}
	var back []Message
	free = all[:0]
	for i, a := range asks {
		if a.msg.halted(n, tx.Now()) {
			back = append(back, *a.msg)
			continue
		}
		free = append(free, i)
	}
	return free, s.deps.Store.returnToDesk(ctx, tx, back)
}
