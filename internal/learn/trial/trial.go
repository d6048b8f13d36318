package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Program is what a trial works with of a program over one database: the community that is tried on, or a copy of it.
type Program struct {
	DB       *db.DB
	Log      *eventlog.Log
	Records  *record.Store
	Engine   *trigger.Engine
	Tasks    *task.Store
	Messages *message.Store
	Care     *care.Store
	From     string // sender of properties that have no address of their own
	Logger   *slog.Logger
	Close    func() error
}

// Deps is what a Simulator works with.
type Deps struct {
	Source Program // the community that is tried on; only read
	// Open builds a program over a database of its own in a directory, with a clock and chance that hang on nothing else.
	Open func(ctx context.Context, dir string, clock hearth.Clock) (*Program, error)
	Dir  string // where copies are made; "": the system's directory for temporary files
}

// Simulator tries playbooks on what was recorded. It is safe for concurrent use.
type Simulator struct{ Deps }

// New makes a simulator.
func New(d Deps) *Simulator { return &Simulator{d} }

// Request says what is tried on which days.
type Request struct {
	// Text is the playbook; nil: the one of the id that is switched on, as it stands.
	Text []byte
	ID   hearth.PlaybookID // with Text nil
	From hearth.Day        // the first day
	To   hearth.Day        // the last day, included
	// Property is a property's name or id; "" is right where there is only one.
	Property string
	// Progress is told what is done and the share of all that is; nil: nobody asks.
	Progress func(stage string, done float64)
}

// MaxDays is how many days a trial may have.
const MaxDays = 3 * 366

// A copy begins to decide before the first day, so that the runs which were under way then are: what they still say and ask
// belongs to the days that are told of. It begins as many days before as runs of the playbook last, within these bounds; the
// lower is what the desk remembers of messages.
const (
	leastBefore = 31
	mostBefore  = 200
)

const longestSQL = `SELECT COALESCE(MAX(CASE WHEN ended > 0 THEN ended ELSE $1 END - started), 0) FROM runs WHERE org = $2 AND playbook = $3 AND property = $4`

// lead gives how many days before the first one a copy begins to decide.
func (t *trial) lead(ctx context.Context, tx *db.Tx) (hearth.Day, error) {
	var ms int64
	err := tx.Row(ctx, longestSQL, hearth.Millis(t.to), tx.Org(), string(t.program.Def.ID), string(t.property.ID)).Scan(&ms)
	if err != nil {
		return 0, fmt.Errorf("see how long runs last: %w", err)
	}
	return max(leastBefore, min(mostBefore, hearth.Day(ms/(24*3600*1000))+1)), nil
}

// Run plays a playbook over the days and tells what came of it. It fails with CodeInvalid for days that cannot be and for a
// text that does not pass its checks (with the position and the nearest right name), CodeNotFound for an unknown playbook
// or property.
func (s *Simulator) Run(ctx context.Context, req Request) (*Report, error) {
	t, err := s.plan(ctx, req)
	if err != nil {
		return nil, err
	}
	if t.report.Events.Count == 0 {
		t.report.nothing()
		return t.report, nil
	}
	if err := t.play(ctx); err != nil {
		return nil, fmt.Errorf("simulate %s: %w", t.report.Playbook, err)
	}
	return t.report, nil
}

// trial is one trial under way.
type trial struct {
	*Simulator
	req      Request
	property record.Property
	zone     *time.Location
	program  *playbook.Program               // what is tried
	live     *playbook.Stored                // the version that is switched on; nil when none is
	others   []playbook.Stored               // what else is switched on
	since    map[hearth.PlaybookID]time.Time // when each that is on was switched on first
	begin    time.Time                       // when the copies begin to decide
	from, to time.Time                       // the first and the last instant that the report tells of
	report   *Report
	past     *past
	heads    int64 // the place of the last event before begin
	done     struct {
		mu sync.Mutex
		of [2]float64
	}
}

// plan checks what was asked and finds what is needed for it, without any copy.
func (s *Simulator) plan(ctx context.Context, req Request) (*trial, error) {
	t := &trial{Simulator: s, req: req, since: map[hearth.PlaybookID]time.Time{}}
	if err := s.span(req); err != nil {
		return nil, err
	}
	err := s.Source.DB.Read(ctx, func(tx *db.Tx) error {
		if err := t.findProperty(ctx, tx); err != nil {
			return err
		}
		return t.findLive(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	if err := t.compile(ctx); err != nil {
		return nil, err
	}
	return t, t.reach(ctx)
}

// span refuses days that cannot be.
func (s *Simulator) span(req Request) error {
	switch {
	case req.To < req.From:
		return hearth.FieldErrorf("to", "The last day, %s, lies before the first, %s.", req.To, req.From)
	case req.To-req.From >= MaxDays:
		return hearth.FieldErrorf("to", "A simulation takes at most %d days; from %s to %s are %d.", MaxDays, req.From, req.To, req.To-req.From+1)
	case req.From.Start(time.UTC).After(s.Source.DB.Clock().Now().Add(24 * time.Hour)):
		return hearth.FieldErrorf("from", "%s lies ahead. A simulation plays what was recorded; name days until today, or try a generated community.", req.From)
	}
	return nil
}

// findProperty finds the property by name or id, or the only one.
func (t *trial) findProperty(ctx context.Context, tx *db.Tx) error {
	all, err := t.Source.Records.Properties(ctx, tx)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	is := func(p record.Property) bool {
		return string(p.ID) == t.req.Property || record.NameKey(p.Name) == record.NameKey(t.req.Property)
	}
	switch i := slices.IndexFunc(all, is); {
	case len(all) == 0:
		return hearth.Errorf(hearth.CodeNotFound, "There is no property yet. Bring one in with hearth import, or try a generated community with --units and --seed.")
	case t.req.Property == "" && len(all) == 1:
		t.property = all[0]
	case t.req.Property == "":
		return hearth.FieldErrorf("property", "Name the property to try it on: %s.", strings.Join(names, ", "))
	case i < 0:
		return hearth.Errorf(hearth.CodeNotFound, "There is no property %q. There are: %s.", t.req.Property, strings.Join(names, ", "))
	default:
		t.property = all[i]
	}
	t.zone, err = t.Source.Records.Zone(ctx, tx, t.property.ID)
	return err
}

// findLive reads what is switched on, and since when.
func (t *trial) findLive(ctx context.Context, tx *db.Tx) error {
	stored, err := playbook.Versions(ctx, tx)
	if err != nil {
		return err
	}
	for _, v := range stored {
		if at, ok := t.since[v.ID]; !ok || v.Activated.Before(at) {
			t.since[v.ID] = v.Activated
		}
		if v.State == "active" {
			t.others = append(t.others, v)
		}
	}
	return nil
}

// compile checks the text that is tried, and tells it from what else is on.
func (t *trial) compile(ctx context.Context) error {
	text := t.req.Text
	if text == nil {
		i := slices.IndexFunc(t.others, func(v playbook.Stored) bool { return v.ID == t.req.ID })
		if i < 0 {
			return hearth.Errorf(hearth.CodeNotFound, "The playbook %q is not switched on.", t.req.ID)
		}
		text = []byte(t.others[i].Text)
	}
	var err error
	if t.program, err = t.Source.Engine.Compile(ctx, text); err != nil {
		return err
	}
	t.others = slices.DeleteFunc(t.others, func(v playbook.Stored) bool {
		if v.ID == t.program.Def.ID {
			t.live = &v
		}
		return v.ID == t.program.Def.ID
	})
	return t.Source.DB.Read(ctx, func(tx *db.Tx) error {
		moments, err := playbook.LoadMoments(ctx, tx)
		if err != nil {
			return err
		}
		_, err = moments.Check(t.program.Def)
		return err
	})
}

// reach finds out which part of the record the days cover.
func (t *trial) reach(ctx context.Context) error {
	t.from, t.to = t.req.From.Start(t.zone).UTC(), (t.req.To + 1).Start(t.zone).Add(-time.Millisecond).UTC()
	if now := t.Source.DB.Clock().Now(); t.to.After(now) {
		t.to = now
	}
	t.report = t.newReport()
	return t.Source.DB.Read(ctx, func(tx *db.Tx) error {
		before, err := t.lead(ctx, tx)
		if err != nil {
			return err
		}
		t.begin = (t.req.From - before).Start(t.zone).UTC()
		first, last, err := t.Source.Log.Reach(ctx, tx, t.property.ID)
		if err != nil {
			return err
		}
		t.report.Events.First, t.report.Events.Last = dayOf(first, t.zone), dayOf(last, t.zone)
		t.report.Events.Count, err = countEvents(ctx, tx, t.property.ID, t.from, t.to)
		return err
	})
}

const countSQL = `SELECT count(*) FROM events WHERE org = $1 AND part = $2 AND property = $3 AND recorded >= $4 AND recorded <= $5`

func countEvents(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, to time.Time) (n int, err error) {
	err = tx.Row(ctx, countSQL, tx.Org(), eventlog.PartOf(property), string(property), hearth.Millis(from), hearth.Millis(to)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what was recorded: %w", err)
	}
	return n, nil
}

// The names of the copies.
const (
	baseCopy  = "base"
	liveCopy  = "live"
	stageCopy = "Copying the records and reading the time before"
	stagePlay = "Playing the days"
)

// play makes the copies and plays the days in them.
func (t *trial) play(ctx context.Context) (err error) {
	dir, err := openScratch(t.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	t.progress(stageCopy, 0)
	if err := t.prepare(ctx, dir.path(baseCopy)); err != nil {
		return err
	}
	if t.req.Text == nil {
		tried, err := t.outcome(ctx, dir.path(baseCopy), t.live.Text, t.live.ADay, t.share(0))
		if err != nil {
			return err
		}
		return t.report.tell(ctx, t, tried, nil)
	}
	if err := dir.clone(ctx, baseCopy, liveCopy); err != nil {
		return err
	}
	tried, before, err := t.both(ctx, dir)
	if err != nil {
		return err
	}
	return t.report.tell(ctx, t, tried, before)
}

// both plays the days side by side with the text and without it.
func (t *trial) both(ctx context.Context, dir *scratch) (tried, before *played, err error) {
	text, aDay := "", 0
	if t.live != nil {
		text, aDay = t.live.Text, t.live.ADay
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var beside sync.WaitGroup
	var other error
	beside.Go(func() {
		if before, other = t.outcome(ctx, dir.path(liveCopy), text, aDay, t.share(1)); other != nil {
			stop(other)
		}
	})
	if tried, err = t.outcome(ctx, dir.path(baseCopy), t.program.Text, aDay, t.share(0)); err != nil {
		stop(err)
	}
	beside.Wait()
	return tried, before, cmp.Or(context.Cause(ctx), err, other)
}

// share tells how far the days are played, of two copies together.
func (t *trial) share(copy int) func(float64) {
	return func(done float64) {
		t.done.mu.Lock()
		defer t.done.mu.Unlock()
		t.done.of[copy] = done
		if t.req.Text != nil {
			done = (t.done.of[0] + t.done.of[1]) / 2
		}
		t.progress(stagePlay, 0.1+0.9*done)
	}
}

func (t *trial) progress(stage string, done float64) {
	if t.req.Progress != nil {
		t.req.Progress(stage, min(done, 1))
	}
}

// prepare makes the copy as things stood when it begins to decide: with the records of today and what was known then.
func (t *trial) prepare(ctx context.Context, dir string) (err error) {
	p, err := t.Open(ctx, dir, hearth.NewVirtualClock(t.begin))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := copyRecords(ctx, t.Source.DB, p.DB, t.property.ID); err != nil {
		return err
	}
	if err := t.fold(ctx, p); err != nil {
		return err
	}
	t.progress(stageCopy, 0.08)
	all, err := readPast(ctx, &t.Source, p.DB, t.property.ID, t.begin, t.to)
	if err != nil {
		return err
	}
	first, rest := all.cut(t.begin)
	cares := all.cares[:len(all.cares)-len(rest.cares)]
	t.past = rest
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := write(ctx, tx, first); err != nil {
			return err
		}
		for _, x := range cares {
			if err := p.Care.Restore(ctx, tx, x, t.property.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// fold has the engine of the copy learn what was recorded before it begins to decide, with no playbook switched on.
func (t *trial) fold(ctx context.Context, p *Program) error {
	before := &stream{db: t.Source.DB, log: t.Source.Log, property: t.property.ID, until: t.begin.Add(-time.Millisecond)}
	part := eventlog.PartOf(t.property.ID)
	for {
		evs, err := before.take(ctx, before.until)
		if err != nil {
			return err
		}
		if len(evs) == 0 {
			return nil
		}
		var lot []*hearth.Event
		for _, ev := range evs {
			t.heads = ev.Seq
			if ev.Source != byEngine || ev.Type == "survey.answered" {
				lot = append(lot, again(ev))
			}
		}
		err = p.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := p.Log.AppendChecked(ctx, tx, lot...)
			return err
		})
		if err != nil {
			return fmt.Errorf("copy the log: %w", err)
		}
		for {
			n, err := p.Engine.RunBatch(ctx, part)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
}

// outcome plays the days in a copy, with a text in the place of the playbook that is tried ("": without it), and tells
// what came of them.
func (t *trial) outcome(ctx context.Context, dir, text string, aDay int, tick func(float64)) (out *played, err error) {
	clock := hearth.NewVirtualClock(t.begin)
	p, err := t.Open(ctx, dir, clock)
	if err != nil {
		return nil, err
	}
	r := &replay{Program: p, clock: clock, property: t.property.ID, part: eventlog.PartOf(t.property.ID), begin: t.begin, from: t.from, to: t.to,
		news: p.Log.Bell().C(), activity: map[hearth.PlaybookID]trigger.Activation{},
		events: &stream{db: t.Source.DB, log: t.Source.Log, property: t.property.ID, after: t.heads, until: t.to}}
	past := *t.past
	r.past = &past
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	if tick != nil {
		day := hearth.Day(0)
		r.tick = func(now time.Time) {
			if d := hearth.DayOf(now, t.zone); d != day {
				day = d
				tick(float64(now.Sub(t.begin)) / float64(t.to.Sub(t.begin)))
			}
		}
	}
	if err := r.openMail(ctx, dir); err != nil {
		return nil, err
	}
	r.on = t.schedule(text, aDay)
	if err := r.start(ctx); err != nil {
		return nil, err
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	return t.collect(ctx, r)
}

// schedule lists what is switched on in a copy, by time: what was on when the copy begins, at once; the rest when it was
// switched on, and what was switched on later than the first day that is told of, on that day.
func (t *trial) schedule(text string, aDay int) []switchOn {
	var on []switchOn
	at := func(id hearth.PlaybookID) time.Time {
		since, ok := t.since[id]
		switch {
		case !ok || since.After(t.from):
			return t.from
		case since.Before(t.begin):
			return t.begin
		}
		return since
	}
	for _, v := range t.others {
		on = append(on, switchOn{at(v.ID), []byte(v.Text), v.ADay})
	}
	if text != "" {
		when := t.from
		if t.live != nil {
			when = at(t.live.ID)
		}
		on = append(on, switchOn{when, []byte(text), aDay})
	}
	slices.SortStableFunc(on, func(a, b switchOn) int { return a.at.Compare(b.at) })
	return on
}

// start switches on what is on from the beginning, and has the engine recall what was started before.
func (r *replay) start(ctx context.Context) error {
	for len(r.on) > 0 && !r.on[0].at.After(r.begin) {
		if err := r.switchOn(ctx); err != nil {
			return err
		}
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := startedFor(ctx, tx)
		if err != nil {
			return err
		}
		dues := make([]work.Due, len(who))
		for i, id := range who {
			dues[i] = trigger.Recall(id, r.part, r.begin)
		}
		return work.Put(ctx, tx, dues)
	})
}

// A property's own runs stand under its id.
const startedForSQL = `SELECT DISTINCT resident FROM runs WHERE org = $1 AND resident <> '' ORDER BY resident`

func startedFor(ctx context.Context, tx *db.Tx) ([]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, startedForSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read for whom playbooks started before: %w", err)
	}
	defer rows.Close()
	var who []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		who = append(who, id)
	}
	return who, rows.Err()
}
