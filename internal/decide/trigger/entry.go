package trigger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// entry is all that the engine holds of one resident while it works on them. Somebody who has moved to a property in
// another partition has an entry in both: the old one rests, the new one begins with what the old one knew (see life).
type entry struct {
	resident hearth.ResidentID
	part     int
	property hearth.PropertyID
	zone     *time.Location
	state    *signal.State
	edges    edges
	runs     []*playbook.Run // active ones
	known    bool            // it has a row
	changed  bool            // the row is to be written

	// Of the present batch: which types of events came in, and whether the clock is out of date for another reason: the
	// zone was corrected, or a playbook is new.
	news   []hearth.EventType
	relook bool
}

func (en *entry) view(now time.Time) signal.View {
	return signal.NewView(en.state, now, en.zone)
}

// run gives the active run of a playbook; nil if there is none.
func (en *entry) run(id hearth.PlaybookID) *playbook.Run {
	for _, r := range en.runs {
		if r.Playbook == id {
			return r
		}
	}
	return nil
}

func (en *entry) runByID(id hearth.RunID) *playbook.Run {
	for _, r := range en.runs {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (en *entry) dropRun(r *playbook.Run) {
	for i, x := range en.runs {
		if x == r {
			en.runs = append(en.runs[:i:i], en.runs[i+1:]...)
			return
		}
	}
}

// partCache keeps the entries of one partition between batches. It may be believed only while this node was the last
// to move the partition's position: then nobody else wrote these rows.
type partCache struct {
	mu      sync.Mutex // held for a whole batch
	part    int
	epoch   int64        // of the position row when this node last moved it
	at      atomic.Int64 // the position when this node last saw it
	leave   atomic.Int64 // until then, in ms of the clock, it is another node's: that one had it a moment ago
	missed  atomic.Int64 // how often in a row another node was found at it
	mine    atomic.Bool  // this node worked it last, as far as it knows, so that what it remembers of it holds
	dirty   bool         // a batch changed entries and has not committed
	entries map[hearth.ResidentID]*entry
	// Counters of repetition by key, and how far they are counted by version; nil: not read yet.
	counters map[string]*counter
	marks    map[string]*mark
	trouble  trouble
	stride   stride
	waited   int64 // who had waited to write when a lot of a broadcast was last taken
}

// stride tells how many events a partition's batches take.
type stride struct {
	history    bool  // the last batch had some
	live, past int   // of a batch without and with history; 0: as many as may be
	others     int64 // of the engine, when last told
}

func (p *stride) limit(history bool) int {
	if history {
		return cmp.Or(p.past, mostHistory)
	}
	return cmp.Or(p.live, batchSize)
}

// next learns from a batch that took so long, its commit apart, and from how often others have worked at the database.
func (p *stride) next(events []*hearth.Event, took time.Duration, others int64) {
	alone := others == p.others
	p.history, p.others = hasHistory(events), others
	if alone && !p.history {
		p.live = 0
		return
	}
	size, least, most, aim := &p.live, leastEvents, batchSize, batchFor
	if p.history {
		size, least, most, aim = &p.past, leastHistory, mostHistory, historyFor
	}
	now := p.limit(p.history)
	switch {
	case took > aim:
		*size = max(least, now*3/4)
	case took < aim*3/4 && len(events) >= now:
		*size = min(most, now*5/4)
	}
}

func hasHistory(events []*hearth.Event) bool {
	return slices.ContainsFunc(events, func(ev *hearth.Event) bool { return ev.History })
}

// cachedResidents is how many residents a partition keeps in memory: about 1 kB each.
const cachedResidents = 20_000

// begin makes the cache fit for a batch at the position's epoch; owner tells whether this node moved it last.
func (c *partCache) begin(owner bool, epoch int64) {
	c.mine.Store(owner)
	c.missed.Store(0)
	if !owner || c.epoch != epoch || c.dirty || c.entries == nil || len(c.entries)+len(c.counters) > cachedResidents {
		c.entries, c.counters, c.marks = map[hearth.ResidentID]*entry{}, map[string]*counter{}, nil
	}
	c.dirty = true
}

// found notes how far the partition is by the store, which another node may have moved.
func (c *partCache) found(seq int64) {
	for {
		at := c.at.Load()
		if at >= seq || c.at.CompareAndSwap(at, seq) {
			return
		}
	}
}

// away notes, at a time in ms of the clock, that another node is at the partition: it is left alone for a while, the longer the more often in
// a row that was so. What that node takes in its next batch needs nobody else.
func (c *partCache) away(now int64) {
	c.mine.Store(false)
	c.leave.Store(now + min(int64(leaveFor)<<min(c.missed.Add(1)-1, 10), int64(leaveMost)))
}

// committed is called when the batch that begin opened is on disk.
func (c *partCache) committed(p eventlog.Position) {
	c.epoch, c.dirty = p.Epoch, false
	c.at.Store(p.Seq)
	c.mine.Store(true)
}

const statesSQL = `SELECT resident, property, body, edges, part FROM states WHERE org = $1 AND `

// load puts the residents into the cache that are not there yet; e folds anew what is of another version.
func (c *partCache) load(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID, e *Engine) error {
	var missing []string
	var loaded []*entry
	seen := map[hearth.ResidentID]bool{}
	for _, id := range ids {
		if c.entries[id] == nil && !seen[id] && id != "" {
			seen[id] = true
			missing = append(missing, string(id))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	in, arg := tx.In("resident", 2, missing)
	rows, err := tx.Query(ctx, statesSQL+in+" AND part = $3", tx.Org(), arg, c.part)
	if err != nil {
		return fmt.Errorf("load states: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		en, err := scanEntry(rows)
		if err != nil {
			return err
		}
		loaded = append(loaded, en)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("load states: %w", err)
	}
	rows.Close()
	if err := e.renew(ctx, tx, loaded); err != nil {
		return err
	}
	for _, en := range loaded {
		c.entries[en.resident] = en
	}
	for id := range seen {
		if c.entries[id] == nil {
			c.entries[id] = &entry{resident: id, part: c.part, state: &signal.State{}}
		}
	}
	runs, err := playbook.ActiveRuns(ctx, tx, c.part, missing)
	if err != nil {
		return err
	}
	for _, r := range runs {
		en := c.entries[r.Resident]
		en.runs = append(en.runs, r)
	}
	return nil
}

func stateCols() []db.Col {
	return []db.Col{{Name: "org", Type: db.Text}, {Name: "resident", Type: db.Text}, {Name: "part", Type: db.Int},
		{Name: "property", Type: db.Text}, {Name: "body", Type: db.Bytes}, {Name: "edges", Type: db.Bytes}}
}

// stateRoom is what most states, and most edges, fit into, in bytes.
const stateRoom = 512

// saveStates writes the changed entries.
func saveStates(ctx context.Context, tx *db.Tx, part int, list []*entry) error {
	b := db.Bulk{Table: "states", Cols: stateCols(), OnConflict: `ON CONFLICT (org, resident, part) DO UPDATE SET
property = excluded.property, body = excluded.body, edges = excluded.edges`}
	for _, en := range list {
		if !en.changed {
			continue
		}
		en.changed, en.known = false, true
		b.Rows = append(b.Rows, []any{tx.Org(), string(en.resident), int64(part), string(en.property),
			en.state.AppendBinary(make([]byte, 0, stateRoom)), en.edges.append(make([]byte, 0, stateRoom))})
	}
	if len(b.Rows) == 0 {
		return nil
	}
	if err := tx.BulkLater(ctx, b); err != nil {
		return fmt.Errorf("save states: %w", err)
	}
	return nil
}

func scanEntry(rows *db.Rows) (*entry, error) {
	en := &entry{known: true}
	var body, edgeBytes []byte
	if err := rows.Scan(&en.resident, &en.property, &body, &edgeBytes, &en.part); err != nil {
		return nil, fmt.Errorf("load states: %w", err)
	}
	return en, en.decode(body, edgeBytes)
}

func (en *entry) decode(body, edgeBytes []byte) error {
	var err error
	if en.state, err = signal.Decode(body); errors.Is(err, signal.ErrVersion) {
		en.state = nil // whoever scans renews it, once no rows are open
	} else if err != nil {
		return fmt.Errorf("load state of %s: %w", en.resident, err)
	}
	if en.edges, err = decodeEdges(edgeBytes); err != nil {
		return fmt.Errorf("load state of %s: %w", en.resident, err)
	}
	return nil
}
