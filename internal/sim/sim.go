package sim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"iter"
	"time"

	"hearth"
	"hearth/internal/sim/world"
)

// Hearth is the program as a community's systems and staff reach it: the real program on a virtual clock. Ids of
// residents and staff are those of the world's files.
type Hearth interface {
	// Import takes a file in as an import of the property's source, and comes back when it is applied.
	Import(ctx context.Context, p world.Property, f world.File) error
	// Post brings events to the door and says what became of each: "accepted", "duplicate", "parked" or "rejected".
	Post(ctx context.Context, events []world.Event) ([]string, error)
	// Advance moves the clock to a time, never back, and lets everything happen that is due until then, in order:
	// when it returns, nothing is left to decide or to deliver.
	Advance(ctx context.Context, to time.Time) error
	// Feedback gives the messages delivered after since, and the tasks that are open now.
	Feedback(ctx context.Context, since time.Time) (world.Feedback, error)
	// Finish has a staff member finish a task.
	Finish(ctx context.Context, d world.Done) error
	// Reply has a staff member answer a resident.
	Reply(ctx context.Context, a world.Reply) error
	// Settle has a staff member say whether a promise was kept.
	Settle(ctx context.Context, s world.Settled) error
	// Dump gives all that was decided and done, for the digest: in order of kind and key, each only once.
	Dump(ctx context.Context) iter.Seq2[Row, error]
}

// Row is one thing in a dump. Body is any canonical form of it that is free of real time and chance.
type Row struct {
	Kind string // "decision", "message", "state", "task"
	Key  string
	Body []byte
}

// Options shape a run.
type Options struct {
	// Step is how long what happens may be gathered before it is told together; 0 means two hours. Nothing is told
	// before its time.
	Step time.Duration
	// Fine is the day from which on everything is told at its own time; 0: never.
	Fine hearth.Day
	// Until cuts the last day short: nothing happens after it. Zero: the last day is lived to its end.
	Until time.Time
	// Silent leaves out the digest, for a community that is kept.
	Silent bool
	// Progress is called after each day with the share of days that are done; nil: nobody asks.
	Progress func(day hearth.Day, done float64)
}

// Summary counts what a run did. Digest is the same for the same world over the same days in the same program.
type Summary struct {
	Days     int            `json:"days"`
	Units    int            `json:"units"`
	Files    int            `json:"files"`
	Events   int            `json:"events"`
	Outcomes map[string]int `json:"outcomes"` // of events, by what the door said
	Types    map[string]int `json:"types"`    // of events
	Messages map[string]int `json:"messages"` // delivered, by class
	Tasks    int            `json:"tasks"`    // finished by the staff
	Replies  int            `json:"replies"`  // of the staff to residents
	Settled  int            `json:"settled"`  // promises of which the staff said how they ended
	Undone   int            `json:"undone"`   // what the program did not let the staff do
	Rows     map[string]int `json:"rows"`     // of the dump, by kind
	Digest   string         `json:"digest"`
}

// defaultStep gathers what a small community does in two hours: a handful of events.
const defaultStep = 2 * time.Hour

// Run lives the days from w.Today to to, not included, with the first morning's files before them, and ends with the
// digest. It stops at the first error of a door; an event or a task that is refused is counted and not an error.
func Run(ctx context.Context, h Hearth, w *world.World, to hearth.Day, opts Options) (Summary, error) {
	if opts.Step <= 0 {
		opts.Step = defaultStep
	}
	r := &run{h: h, w: w, opts: opts, sum: Summary{
		Units: w.Units(), Outcomes: map[string]int{}, Types: map[string]int{}, Messages: map[string]int{}, Rows: map[string]int{},
	}}
	if err := r.begin(ctx); err != nil {
		return r.sum, err
	}
	for from := w.Today(); w.Today() < to; {
		if err := r.day(ctx, w.Today()); err != nil {
			return r.sum, fmt.Errorf("live %s: %w", w.Today(), err)
		}
		r.sum.Days++
		if opts.Progress != nil {
			opts.Progress(w.Today()-1, float64(w.Today()-from)/float64(to-from))
		}
	}
	if _, err := r.hear(ctx, to); err != nil {
		return r.sum, fmt.Errorf("end on %s: %w", to, err)
	}
	if opts.Silent {
		return r.sum, nil
	}
	return r.sum, r.digest(ctx)
}

// run is one run under way.
type run struct {
	h       Hearth
	w       *world.World
	opts    Options
	sum     Summary
	asked   time.Time     // when feedback was last asked for
	pending []world.Event // gathered, in order of time
	now     time.Time     // of the clock
}

// begin imports the community as it stands at midnight of the first day.
func (r *run) begin(ctx context.Context) error {
	p := r.w.Property()
	r.asked = r.w.Today().Start(p.Zone)
	if err := r.h.Advance(ctx, r.asked); err != nil {
		return fmt.Errorf("advance to the first day: %w", err)
	}
	for _, f := range r.w.Import() {
		if err := r.h.Import(ctx, p, f); err != nil {
			return fmt.Errorf("import %s: %w", f.Name, err)
		}
		r.sum.Files++
	}
	return nil
}

// hear moves to the midnight before day and gives what Hearth did since the midnight before that.
func (r *run) hear(ctx context.Context, day hearth.Day) (world.Feedback, error) {
	now := day.Start(r.w.Property().Zone)
	if r.after(now) {
		now = r.opts.Until
	}
	if err := r.advance(ctx, now); err != nil {
		return world.Feedback{}, err
	}
	fb, err := r.h.Feedback(ctx, r.asked)
	if err != nil {
		return fb, fmt.Errorf("feedback: %w", err)
	}
	r.asked = now
	for _, m := range fb.Messages {
		r.sum.Messages[string(m.Class)]++
	}
	return fb, nil
}

// after tells whether t is cut off.
func (r *run) after(t time.Time) bool { return !r.opts.Until.IsZero() && t.After(r.opts.Until) }

// day lives one day: the community hears of what Hearth did until midnight, then everything of the day happens.
func (r *run) day(ctx context.Context, day hearth.Day) error {
	fb, err := r.hear(ctx, day)
	if err != nil {
		return err
	}
	happenings, err := r.w.Day(day, fb)
	if err != nil {
		return err
	}
	for _, hp := range happenings {
		if err := r.happen(ctx, hp); err != nil {
			return err
		}
	}
	return r.flush(ctx)
}

// step is how long events are gathered on the day that is lived, which the world has told already.
func (r *run) step() time.Duration {
	if r.opts.Fine != 0 && r.w.Today()-1 >= r.opts.Fine {
		return 0
	}
	return r.opts.Step
}

// happen gathers events. What the staff do is done at its time and does not wait for them, since deadlines depend on it;
// files come after all that was gathered, because they say how things stand, and so do answers, for what they answer.
func (r *run) happen(ctx context.Context, hp world.Happening) error {
	if r.after(hp.At) {
		return nil
	}
	if len(r.pending) > 0 && (hp.File != nil || hp.Reply != nil || hp.At.Sub(r.pending[0].Time) > r.step()) {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	if hp.Event != nil {
		r.pending = append(r.pending, *hp.Event)
		return nil
	}
	if err := r.advance(ctx, hp.At); err != nil {
		return err
	}
	switch {
	case hp.Done != nil:
		return r.did(&r.sum.Tasks, "finish task "+hp.Done.Task, r.h.Finish(ctx, *hp.Done))
	case hp.Reply != nil:
		return r.did(&r.sum.Replies, "answer "+hp.Reply.Resident, r.h.Reply(ctx, *hp.Reply))
	case hp.Settled != nil:
		return r.did(&r.sum.Settled, "settle what was promised in "+hp.Settled.Task, r.h.Settle(ctx, *hp.Settled))
	}
	r.sum.Files++
	if err := r.h.Import(ctx, r.w.Property(), *hp.File); err != nil {
		return fmt.Errorf("import %s: %w", hp.File.Name, err)
	}
	return nil
}

// did counts what the staff did. Hearth may have changed its mind about it since the morning: that is no fault.
func (r *run) did(n *int, what string, err error) error {
	switch hearth.CodeOf(err) {
	case "":
		*n++
	case hearth.CodeConflict, hearth.CodeForbidden, hearth.CodeNotFound:
		r.sum.Undone++
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// flush posts what was gathered, at the time of its last event, or now if that is later.
func (r *run) flush(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	last := r.pending[len(r.pending)-1].Time
	if last.After(r.now) {
		if err := r.advance(ctx, last); err != nil {
			return err
		}
	}
	outcomes, err := r.h.Post(ctx, r.pending)
	if err != nil {
		return fmt.Errorf("post %d events: %w", len(r.pending), err)
	}
	if len(outcomes) != len(r.pending) {
		return fmt.Errorf("post %d events: %d answers", len(r.pending), len(outcomes))
	}
	for i, o := range outcomes {
		r.sum.Events++
		r.sum.Outcomes[o]++
		r.sum.Types[r.pending[i].Type]++
	}
	r.pending = nil // the door may keep what it got
	return nil
}

// advance moves the clock.
func (r *run) advance(ctx context.Context, to time.Time) error {
	r.now = to
	if err := r.h.Advance(ctx, to); err != nil {
		return fmt.Errorf("advance: %w", err)
	}
	return nil
}

// digest hashes the dump: kind, key and body of each row with their lengths, in the order of the dump, which is
// checked, since an order by chance would give a digest by chance.
func (r *run) digest(ctx context.Context) error {
	sum := sha256.New()
	var last Row
	for row, err := range r.h.Dump(ctx) {
		if err != nil {
			return fmt.Errorf("dump: %w", err)
		}
		if row.Kind < last.Kind || row.Kind == last.Kind && row.Key <= last.Key {
			return fmt.Errorf("dump: %s %s comes after %s %s", row.Kind, row.Key, last.Kind, last.Key)
		}
		last = Row{Kind: row.Kind, Key: row.Key}
		r.sum.Rows[row.Kind]++
		add(sum, []byte(row.Kind))
		add(sum, []byte(row.Key))
		add(sum, row.Body)
	}
	r.sum.Digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}

func add(h hash.Hash, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	h.Write(n[:])
	h.Write(b)
}
