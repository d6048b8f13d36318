package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Complaint is a sentence of the log that says that something is not as it should be. It holds what the code says and nothing
// of what it was about, so it names nobody.
type Complaint struct {
	At    time.Time // the last time
	Words string
	Grave bool // an error, not a warning
	Times int
}

// complaintsKept bounds how many different ones are remembered.
const complaintsKept = 50

// Recent remembers what this process complained about last. It is safe for concurrent use.
type Recent struct {
	mu  sync.Mutex
	all []Complaint // by time, the last one last
}

// List gives the complaints, the newest first.
func (r *Recent) List() []Complaint {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.all)
	slices.Reverse(out)
	return out
}

func (r *Recent) note(at time.Time, words string, grave bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := Complaint{At: at, Words: words, Grave: grave, Times: 1}
	if i := slices.IndexFunc(r.all, func(o Complaint) bool { return o.Words == words }); i >= 0 {
		c.Times += r.all[i].Times
		r.all = slices.Delete(r.all, i, i+1)
	}
	if len(r.all) == complaintsKept {
		r.all = slices.Delete(r.all, 0, 1)
	}
	r.all = append(r.all, c)
}

// over gives a handler that remembers complaints and hands everything on.
func (r *Recent) over(h slog.Handler) slog.Handler { return listening{h, r} }

type listening struct {
	slog.Handler
	to *Recent
}

// Enabled implements slog.Handler: complaints are heard even where they are not written.
func (l listening) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || l.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (l listening) Handle(ctx context.Context, rec slog.Record) error {
	if rec.Level >= slog.LevelWarn {
		l.to.note(rec.Time, rec.Message, rec.Level >= slog.LevelError)
	}
	if !l.Handler.Enabled(ctx, rec.Level) {
		return nil
	}
	return l.Handler.Handle(ctx, rec)
}

// WithAttrs implements slog.Handler.
func (l listening) WithAttrs(attrs []slog.Attr) slog.Handler {
	return listening{l.Handler.WithAttrs(attrs), l.to}
}

// WithGroup implements slog.Handler.
func (l listening) WithGroup(name string) slog.Handler {
	return listening{l.Handler.WithGroup(name), l.to}
}
