package trigger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/packet"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// Follower is the name under which the decision follower keeps its positions.
const Follower = "decide"

// Lane is the lane of the due table that this follower works.
const Lane = "engine"

// The kinds of due rows in the lane, and what their keys name.
const (
	dueClock    = "clock"            // resident: a condition may have changed by time alone
	dueMoved    = "moved"            // resident and partition: they came from another one; look at what was started there
	dueRun      = "run"              // run: its wait is over
	dueInclude  = "include"          // playbook and resident: start one who is inside, if they still are
	dueActivate = "activate"         // playbook, version and partition: look at everybody once
	dueEvent    = "event"            // partition and place: an event that could not be decided; put aside, a person may revive it
	dueMove     = "move"             // playbook, versions and partition: put runs onto another version
	dueTask     = "task.due"         // task: its due time passed; act/task puts it
	dueHold     = "desk.hold"        // message: the desk held it until now; decide/desk puts it
	dueRecall   = message.RecallKind // message: taken back from delivery; act/message puts it
	dueLost     = message.AgainKind  // message: a mail or a text that was not delivered; act/message puts it
	dueEnds     = care.EndKind       // situation: it ends by its own date; fact/care puts it
	duePause    = "pause.end"        // pause and partition: what it held goes on
	dueReview   = "review"           // review: a person has decided about something late
)

// How many events, and how many due rows, a batch takes at most. A batch is one transaction, and on the embedded store others wait for it;
// on PostgreSQL it is some forty ways to the server and back, whatever it takes.
const (
	batchSize  = 256
	batchApart = 512
)

// How many events a batch takes on the embedded store, by how long the last ones took: who writes beside it waits for it. While something else
// works at the database too, such as an import, live batches are shorter, because everybody then waits for two. Nobody waits for what an
// import tells of the past, so that a batch with history is always short.
const (
	leastEvents  = 64
	batchFor     = 16 * time.Millisecond
	leastHistory = 16
	mostHistory  = 64
	historyFor   = 4 * time.Millisecond
)

// Deps is what the engine works with. All fields are required.
type Deps struct {
	DB       *db.DB
	Log      *eventlog.Log
	Env      *rule.Env
	Compiler *playbook.Compiler
	Records  *record.Store
	Desk     *desk.Desk
	Tasks    *task.Store
	Assign   *assign.Assigner
	Packer   *packet.Packer
	// Decisions keeps what was decided and why.
	Decisions *decision.Store
	// Care keeps situations and pauses. Default: a store over the same log and records.
	Care   *care.Store
	Node   string // names this process among those that share the database
	Logger *slog.Logger
}

// Engine is the decision follower.
type Engine struct {
	Deps
	at   places
	size int // events, and due rows, of a batch at most
	// first is the partition from which this node looks for work that is nobody's.
	first int
	// fault is for fault tests: asked when a batch is decided and nothing of it written yet. Nil in production.
	fault   func(b *batch) error
	active  atomic.Pointer[active]
	parts   [eventlog.Parts]partCache
	dueSeen atomic.Int64 // when due rows were last looked for, in ms of the clock
	decided atomic.Int64 // events decided by this process
	renewal renewing
	asides  atomic.Int64 // batches begun, each a call of db.WriteAside
}

// New makes the engine.
func New(d Deps) *Engine {
	if d.Care == nil {
		d.Care = care.New(d.Log, d.Records)
	}
	e := &Engine{Deps: d, at: newPlaces(d.Env), size: sizeOf(d.DB.Dialect()), first: eventlog.PartOf(hearth.PropertyID(d.Node))}
	for part := range e.parts {
		e.parts[part].part = part
	}
	e.dueSeen.Store(-1)
	return e
}

func sizeOf(d db.Dialect) int {
	if d == db.Postgres {
		return batchApart
	}
	return batchSize
}

// Loops gives n loops that follow the log side by side. One is right for the embedded store, which has one writer.
func (e *Engine) Loops(n int) []work.Loop {
	loops := []work.Loop{e.renewLoop()}
	for i := range n {
		loops = append(loops, work.Loop{Name: fmt.Sprintf("decide-%d", i), Every: 200 * time.Millisecond, Wake: e.Log.Bell().C(), Run: e.RunOnce})
	}
	return loops
}

// Decided tells how many events this process has decided.
func (e *Engine) Decided() int64 { return e.decided.Load() }

// Drain works until nothing is left to do at the clock's present time. It goes on over items that fail until they are
// put aside, and gives up when nothing succeeds any more.
func (e *Engine) Drain(ctx context.Context) error {
	for failed := 0; ; {
		e.dueSeen.Store(-1)
		for part := range e.parts {
			e.parts[part].leave.Store(0)
		}
		more, err := e.RunOnce(ctx)
		switch {
		case err != nil:
			if failed++; failed > 2*maxTries || ctx.Err() != nil {
				return err
			}
		case !more:
			return nil
		default:
			failed = 0
		}
	}
}

// RunOnce works one batch of every partition that has something to do, and tells whether any had.
func (e *Engine) RunOnce(ctx context.Context) (more bool, err error) {
	parts := e.told()
	known := len(parts) > 0 && !e.lookAgain()
	if !known {
		if parts, err = e.waiting(ctx); err != nil {
			return false, err
		}
	}
	e.order(parts)
	var all []error
	for _, part := range parts {
		n, err := e.RunBatch(ctx, part)
		// One partition's trouble must not keep the others waiting.
		all = append(all, err)
		more = more || n > 0
	}
	if known && more {
		// What else there may be was looked for a moment ago; the loop looks again in a moment.
		more = len(e.told()) > 0 || e.lookAgain()
	}
	return more, errors.Join(all...)
}

// order puts those in front that this node worked last: it remembers who lives there, and every other node would have to read them. Where
// nodes begin with the rest differs from node to node, so that they do not meet at each.
func (e *Engine) order(parts []int) {
	rank := func(part int) int {
		if e.parts[part].mine.Load() {
			return -1
		}
		return (part + e.first) % eventlog.Parts
	}
	slices.SortStableFunc(parts, func(x, y int) int { return cmp.Compare(rank(x), rank(y)) })
}

// told gives the partitions in which this process has appended events behind their positions, as far as is in memory:
// no look at the store is needed to know of that work.
func (e *Engine) told() []int {
	var parts []int
	now := e.DB.Clock().Now().UnixMilli()
	for part := range e.parts {
		if e.parts[part].leave.Load() > now {
			continue
		}
		if _, ok := e.Log.Tail(part, e.parts[part].at.Load(), 1); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// leaveFor is how long a partition is left alone that another node was found at, in milliseconds: about as long as a batch takes it, and leaveMost
// the longest. Whoever tries again and again keeps the server busy with nothing, and breaks the other's events into small batches.
const (
	leaveFor  = 100
	leaveMost = 800
)

// dueEvery is how often due rows, and events of other processes, are looked for while events keep the loop busy, in
// milliseconds.
const dueEvery = 50

func (e *Engine) lookAgain() bool {
	now, seen := e.DB.Clock().Now().UnixMilli(), e.dueSeen.Load()
	return now-seen >= dueEvery || now < seen
}

// waiting gives the partitions with events after the position or with rows that are due.
func (e *Engine) waiting(ctx context.Context) ([]int, error) {
	now := e.DB.Clock().Now().UnixMilli()
	lookForDue := e.lookAgain()
	var parts []int
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		if e.active.Load() == nil {
			// The first look: playbooks are read and compiled here, beside the writer, and not while somebody waits for it.
			act, err := e.playbooks(ctx, tx)
			if err != nil {
				return err
			}
			e.active.Store(act) // what a reader sees is certain
		}
		heads, err := e.Log.Heads(ctx, tx)
		if err != nil {
			return err
		}
		positions, err := e.Log.Positions(ctx, tx, Follower)
		if err != nil {
			return err
		}
		var due map[int]bool
		if lookForDue {
			if due, err = work.DueParts(ctx, tx, Lane, eventlog.Parts, hearth.FromMillis(now)); err != nil {
				return err
			}
		}
		for part := 0; part < eventlog.Parts; part++ {
			e.parts[part].found(positions[part])
			if e.parts[part].leave.Load() <= now && (heads[part] > positions[part] || due[part]) {
				parts = append(parts, part)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for work: %w", err)
	}
	if lookForDue {
		e.dueSeen.Store(now)
	}
	return parts, nil
}

// RunBatch works one batch of one partition and gives how many events and due rows it took. It takes none if another
// node has the partition.
func (e *Engine) RunBatch(ctx context.Context, part int) (int, error) {
	cache := &e.parts[part]
	if !cache.mu.TryLock() {
		return 0, nil
	}
	defer cache.mu.Unlock()
	var b *batch
	e.asides.Add(1)
	// Senders wait for their answers, and nobody for a decision: it goes after them, and takes more events at once for it.
	err := e.DB.WriteAside(ctx, func(tx *db.Tx) error {
		b = nil
		began := e.DB.Clock().Now()
		pos, ok, err := e.Log.Lock(ctx, tx, Follower, part)
		if err != nil {
			return err
		}
		if !ok {
			cache.away(began.UnixMilli())
			return nil
		}
		cache.begin(pos.Node == e.Node, pos.Epoch)
		if b, err = e.open(ctx, tx, part, cache); err != nil {
			return err
		}
		seq, err := b.work(ctx, pos.Seq)
		if err != nil {
			return err
		}
		next := eventlog.Position{Seq: seq, Node: e.Node, Epoch: pos.Epoch + 1}
		if b.taken == 0 {
			cache.dirty = false
			cache.at.Store(pos.Seq)
			return nil
		}
		if err := e.Log.Move(ctx, tx, Follower, part, next); err != nil {
			return err
		}
		took := e.DB.Clock().Now().Sub(began)
		tx.AfterCommit(func() {
			cache.committed(next)
			cache.stride.next(b.events, took, e.others())
		})
		return nil
	})
	if err != nil {
		cache.trouble.failed(b, err)
		return 0, fmt.Errorf("decide in partition %d: %w", part, err)
	}
	if b == nil {
		return 0, nil
	}
	cache.trouble.passed(b)
	if len(b.dues) > 0 {
		e.dueSeen.Store(-1) // there may be more
	}
	e.decided.Add(int64(len(b.events)))
	return b.taken, nil
}

// others counts what else works at the database beside who waits for it: other processes, and jobs such as an import.
func (e *Engine) others() int64 {
	s := e.DB.Stats()
	return s.Waits + s.Asides - e.asides.Load()
}

// open starts a batch with the playbooks that are active as the transaction sees it.
func (e *Engine) open(ctx context.Context, tx *db.Tx, part int, cache *partCache) (*batch, error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	b := &batch{Engine: e, tx: tx, now: tx.Now(), part: part, cache: cache, act: act, isIn: map[hearth.ResidentID]bool{},
		changedRuns: map[hearth.RunID]*playbook.Run{}, fresh: map[string]bool{}, counts: map[countKey]map[hearth.RunID]bool{},
		counted: map[*counter]bool{}, days: map[countKey]*slots{}, paces: map[paceKey]*pace{}, reviews: map[paceKey]hearth.TaskID{},
		limits: map[hearth.PropertyID]record.Care{}}
	return b, b.loadCare(ctx)
}

// playbooks gives the active set, compiled once for each change of it.
func (e *Engine) playbooks(ctx context.Context, tx *db.Tx) (*active, error) {
	epoch, err := playbook.Epoch(ctx, tx)
	if err != nil {
		return nil, err
	}
	before := e.active.Load()
	if before != nil && before.epoch == epoch {
		return before, nil
	}
	act, err := e.loadActive(ctx, tx, epoch, before)
	if err != nil {
		return nil, err
	}
	// Kept only once it is certain: an activation that is rolled back leaves its number to another one.
	tx.AfterCommit(func() { e.active.Store(act) })
	return act, nil
}

// Signals gives a resident's signals as of now. It fails with CodeNotFound for somebody whom no event has concerned.
func (e *Engine) Signals(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (signal.View, error) {
	en, err := e.stored(ctx, tx, id)
	if err != nil {
		return signal.View{}, err
	}
	return en.view(tx.Now()), nil
}

// stored reads one resident's row past the cache, which only batches may touch: of two, that of the property they
// live at.
func (e *Engine) stored(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (*entry, error) {
	in, arg := tx.In("resident", 2, []string{string(id)})
	rows, err := tx.Query(ctx, statesSQL+in+" ORDER BY part", tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("load states: %w", err)
	}
	defer rows.Close()
	var found []*entry
	for rows.Next() {
		en, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, en)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("load states: %w", err)
	}
	rows.Close()
	if len(found) == 0 {
		return nil, hearth.Errorf(hearth.CodeNotFound, "Nothing is known of the resident %q yet.", id)
	}
	if err := e.renew(ctx, tx, found); err != nil {
		return nil, err
	}
	en, err := e.present(ctx, tx, found)
	if err != nil {
		return nil, err
	}
	if en.runs, err = playbook.ActiveRuns(ctx, tx, en.part, []string{string(id)}); err != nil {
		return nil, err
	}
	en.zone, err = e.zoneOf(ctx, tx, en.property)
	return en, err
}

// present gives the entry of the partition in which the resident lives. The others rest, or wait for a lease to come.
func (e *Engine) present(ctx context.Context, tx *db.Tx, found []*entry) (*entry, error) {
	en := found[0]
	if len(found) == 1 {
		return en, nil
	}
	home, err := e.Records.Resident(ctx, tx, en.resident)
	if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
		return nil, err
	}
	for _, other := range found {
		if other.part == eventlog.PartOf(home.Property) {
			return other, nil
		}
		if en.edges.gone && !other.edges.gone {
			en = other
		}
	}
	return en, nil
}

// Behind counts sequence numbers between the heads of the log and the positions: about how many acknowledged events
// wait to be decided (gaps count too).
func (e *Engine) Behind(ctx context.Context, tx *db.Tx) (int64, error) {
	heads, err := e.Log.Heads(ctx, tx)
	if err != nil {
		return 0, err
	}
	positions, err := e.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for part, head := range heads {
		n += max(0, head-positions[part])
	}
	return n, nil
}
