package trigger

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

// Repetitions are counted where they happen: a home's faults are its own, whoever lives in it, so the counters lie in
// the property's partition and not with a resident. A counter keeps when the newest events happened, with their places
// in the log, so that an event is counted once and a late one at its own time. Its size is bounded.

// stamp is one counted event.
type stamp struct{ at, seq int64 }

// maxStamps bounds a counter: twice what a trigger can ask for.
const maxStamps = 2 * playbook.MaxTimes

// counter is how often something happened in one place.
type counter struct {
	key      string
	program  *playbook.Program
	property hearth.PropertyID
	resident hearth.ResidentID // whose it is, when it counts by resident
	stamps   []stamp           // by time and place
	changed  bool
}

// add takes an event in and tells whether it makes the count full: whether the most events that lie within the window
// around it are now exactly as many as the trigger asks for. What comes on top of a full count is no news; once some
// have passed out of the window, the count can become full anew.
func (c *counter) add(s stamp) bool {
	t := c.program.Def.Trigger.Repeat
	i, there := slices.BinarySearchFunc(c.stamps, s, func(a, b stamp) int {
		if a.at != b.at {
			return int(max(-1, min(1, a.at-b.at)))
		}
		return int(max(-1, min(1, a.seq-b.seq)))
	})
	if there {
		return false
	}
	c.stamps, c.changed = slices.Insert(c.stamps, i, s), true
	within, most := t.Within.Plain().Milliseconds(), 0
	for l := i; l >= 0 && s.at-c.stamps[l].at < within; l-- {
		r := i
		for r+1 < len(c.stamps) && c.stamps[r+1].at-c.stamps[l].at < within {
			r++
		}
		most = max(most, r-l+1)
	}
	c.prune()
	return most == t.Times
}

// keep is how long an event can still count: the window, and the time by which another may come late and start.
func (c *counter) keep() int64 {
	return (c.program.Def.Trigger.Repeat.Within.Plain() + c.program.Def.Fresh.Plain()).Milliseconds()
}

func (c *counter) prune() {
	old := c.stamps[len(c.stamps)-1].at - c.keep()
	n := 0
	for n < len(c.stamps) && (c.stamps[n].at < old || len(c.stamps)-n > maxStamps) {
		n++
	}
	c.stamps = slices.Delete(c.stamps, 0, n)
}

// days gives when the counted ones up to a moment happened, as many as the trigger asks for.
func (c *counter) days(upTo int64, zone *time.Location) []string {
	var days []string
	for _, s := range c.stamps {
		if s.at <= upTo {
			days = append(days, hearth.DayWords(time.UnixMilli(s.at), zone))
		}
	}
	return days[max(0, len(days)-c.program.Def.Trigger.Repeat.Times):]
}

func (c *counter) bytes() []byte {
	var dst []byte
	for _, s := range c.stamps {
		dst = binary.AppendVarint(binary.AppendVarint(dst, s.at), s.seq)
	}
	return dst
}

// versionKey names a version of a playbook.
func versionKey(p *playbook.Program) string { return string(p.Def.ID) + "@" + strconv.Itoa(p.Version) }

// placeOf names the place that an event is counted in, "" if it does not say. home gives the signals of the resident
// whom it is about, for what does not name its home.
func placeOf(p *playbook.Program, ev *hearth.Event, data map[string]any, home *entry, now time.Time) string {
	t := p.Def.Trigger.Repeat
	place := ""
	switch t.By {
	case "resident":
		place = string(ev.Primary())
	case "property":
		place = string(ev.Property)
	case "equipment":
		place, _ = data["equipment"].(string)
	case "household":
		if home != nil {
			place = home.view(now).TenancyKey()
		}
	case "unit":
		place = unitOf(ev, data, home, now)
	}
	if place == "" || t.Same == "" {
		return place
	}
	same := strings.ToLower(strings.TrimSpace(fmt.Sprint(data[t.Same])))
	if data[t.Same] == nil || same == "" {
		return ""
	}
	return place + "|" + same
}

// unitOf names the home that an event is about, in one form whether the event or the resident's lease says it.
func unitOf(ev *hearth.Event, data map[string]any, home *entry, now time.Time) string {
	if unit, _ := data["unit"].(string); unit != "" {
		return signal.UnitKey(unit)
	}
	if ev.Subject.Kind == "unit" {
		return signal.UnitKey(ev.Subject.ID)
	}
	if home != nil {
		return home.view(now).UnitKey()
	}
	return ""
}

// recur counts an event for the repetitions of its type, and starts those that it makes full.
func (b *batch) recur(ctx context.Context, ev *hearth.Event) error {
	programs := b.act.repeats[ev.Type]
	if len(programs) == 0 {
		return nil
	}
	marks, err := b.marks(ctx)
	if err != nil {
		return err
	}
	for _, p := range programs {
		if m := marks[versionKey(p)]; m == nil || !m.caught {
			continue // the log is still being counted for it; this event follows in its turn
		}
		if err := b.count(ctx, p, ev, !ev.History); err != nil {
			return err
		}
	}
	return nil
}

// count counts one event for one repetition, and starts it when it becomes full and starts is set.
func (b *batch) count(ctx context.Context, p *playbook.Program, ev *hearth.Event, starts bool) error {
	data := playbook.EventVars(ev)
	if p.Where != nil {
		if holds, err := p.Where.Eval(rule.Vars{Event: data}); err != nil || !holds {
			return err
		}
	}
	var home *entry
	if id := ev.Primary(); id != "" {
		var err error
		if home, err = b.knownEntry(ctx, id); err != nil {
			return err
		}
	}
	place := placeOf(p, ev, data, home, b.now)
	if place == "" {
		return nil
	}
	c, err := b.counter(ctx, p, versionKey(p)+"|"+place)
	if err != nil {
		return err
	}
	c.property = ev.Property
	if p.Def.Trigger.Repeat.By == "resident" {
		c.resident = ev.Primary()
	}
	if full := c.add(stamp{ev.Time.UnixMilli(), ev.Seq}); !full || !starts {
		return nil
	}
	return b.recurred(ctx, p, ev, data, c)
}

// recurred starts a playbook whose repetition has become full.
func (b *batch) recurred(ctx context.Context, p *playbook.Program, ev *hearth.Event, data map[string]any, c *counter) error {
	en, err := b.addressed(ctx, p, ev)
	if err != nil || en == nil {
		return err
	}
	if p.If != nil {
		holds, err := p.If.Eval(rule.Vars{Fields: en.view(b.now), Event: data})
		if err != nil || !holds {
			return err
		}
	}
	t := p.Def.Trigger.Repeat
	again := fmt.Sprintf("%s for the %s time %s within %s", p.Happens, playbook.Ordinal(t.Times), t.WhereWords(), t.Within)
	if t.Same != "" {
		again += fmt.Sprintf(", with the same %s (%v)", t.Same, data[t.Same])
	}
	return b.start(ctx, en, p, cause{event: ev, vars: data,
		repeated: again + ": on " + andList(c.days(ev.Time.UnixMilli(), en.zone)) + "."})
}

// andList joins "a, b and c".
func andList(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

const counterSQL = `SELECT key, times FROM repeats WHERE org = $1 AND part = $2 AND `

// counter gives a counter, from memory or from its row.
func (b *batch) counter(ctx context.Context, p *playbook.Program, key string) (*counter, error) {
	if c := b.cache.counters[key]; c != nil {
		c.program = p
		b.counted[c] = true
		return c, nil
	}
	if err := b.loadCounters(ctx, []string{key}); err != nil {
		return nil, err
	}
	c := b.cache.counters[key]
	c.program, b.counted[c] = p, true
	return c, nil
}

// loadCounters brings counters into memory, new ones empty.
func (b *batch) loadCounters(ctx context.Context, keys []string) error {
	var missing []string
	for _, k := range keys {
		if b.cache.counters[k] == nil && !slices.Contains(missing, k) {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	in, arg := b.tx.In("key", 3, missing)
	rows, err := b.tx.Query(ctx, counterSQL+in, b.tx.Org(), b.part, arg)
	if err != nil {
		return fmt.Errorf("load counters of repetition: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		c := &counter{}
		var raw []byte
		if err := rows.Scan(&c.key, &raw); err != nil {
			return fmt.Errorf("load counters of repetition: %w", err)
		}
		r := reader{b: raw}
		for len(r.b) > 0 && !r.bad {
			c.stamps = append(c.stamps, stamp{r.varint(), r.varint()})
		}
		if r.bad {
			return fmt.Errorf("load counter of repetition %s: the row is damaged", c.key)
		}
		b.cache.counters[c.key] = c
	}
	for _, k := range missing {
		if b.cache.counters[k] == nil {
			b.cache.counters[k] = &counter{key: k}
		}
	}
	return rows.Err()
}

// preload brings the counters of the batch's events into memory with one query. What it can't tell beforehand is
// loaded when it is needed.
func (b *batch) preload(ctx context.Context) error {
	if len(b.act.repeats) == 0 {
		return nil
	}
	var keys []string
	for _, ev := range b.events {
		for _, p := range b.act.repeats[ev.Type] {
			home := b.cache.entries[ev.Primary()]
			if home != nil && home.zone == nil {
				home = nil // its zone is looked up when it is worked on
			}
			if place := placeOf(p, ev, playbook.EventVars(ev), home, b.now); place != "" {
				keys = append(keys, versionKey(p)+"|"+place)
			}
		}
	}
	return b.loadCounters(ctx, keys)
}

// saveCounters writes the counters that changed.
func (b *batch) saveCounters(ctx context.Context) error {
	bulk := db.Bulk{Table: "repeats", OnConflict: `ON CONFLICT (org, part, key) DO UPDATE SET times = excluded.times,
keep_until = excluded.keep_until, property = excluded.property`, Cols: []db.Col{{Name: "org"}, {Name: "part", Type: db.Int}, {Name: "key"},
		{Name: "playbook"}, {Name: "version", Type: db.Int}, {Name: "property"}, {Name: "resident"}, {Name: "times", Type: db.Bytes},
		{Name: "keep_until", Type: db.Int}}}
	for c := range b.counted {
		if !c.changed {
			continue
		}
		c.changed = false
		until := c.stamps[len(c.stamps)-1].at + c.keep()
		bulk.Rows = append(bulk.Rows, []any{b.tx.Org(), int64(b.part), c.key, string(c.program.Def.ID), int64(c.program.Version),
			string(c.property), string(c.resident), c.bytes(), until})
	}
	if len(bulk.Rows) == 0 {
		return nil
	}
	if err := b.tx.BulkLater(ctx, bulk); err != nil {
		return fmt.Errorf("save counters of repetition: %w", err)
	}
	return nil
}
