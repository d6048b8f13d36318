package trigger

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

// Counts is the result of counting repetitions anew.
type Counts struct {
	Counters  int      `json:"counters"`
	Events    int      `json:"events"`    // that they hold
	Different []string `json:"different"` // keys of counters that are not what the log gives, in order
}

// VerifyRepeats compares the counters of repetitions with the log: every event that a counter holds is in the log, of the
// type and kind that is counted, and in no second counter; and every one that came since the playbook was switched on, can
// still count and names its place itself is in that place's counter. Where an event's home is that of the resident at
// the moment of counting, only the first is told. It changes nothing.
func (e *Engine) VerifyRepeats(ctx context.Context) (Counts, error) {
	var out Counts
	act, err := e.liveNow(ctx)
	if err != nil {
		return out, err
	}
	for _, programs := range act.repeats {
		for _, p := range programs {
			for part := range eventlog.Parts {
				err := e.DB.Read(ctx, func(tx *db.Tx) error { return e.verifyCounters(ctx, tx, p, part, &out) })
				if err != nil {
					return out, fmt.Errorf("count repetitions of %s anew: %w", p.Def.ID, err)
				}
			}
		}
	}
	slices.Sort(out.Different)
	return out, nil
}

func (e *Engine) liveNow(ctx context.Context) (act *active, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		act, err = e.playbooks(ctx, tx)
		return err
	})
	return act, err
}

const partCountersSQL = `SELECT key, times FROM repeats WHERE org = $1 AND part = $2 AND playbook = $3 AND version = $4 ORDER BY key`

// tally is what verifying a repetition in one partition knows.
type tally struct {
	program  *playbook.Program
	counters map[string]*counter
	held     map[int64]string // by place in the log, the counter that holds it
	wrong    map[string]bool
}

func (e *Engine) verifyCounters(ctx context.Context, tx *db.Tx, p *playbook.Program, part int, out *Counts) error {
	m, err := readMark(ctx, tx, p, part)
	if err != nil || m == nil {
		return err // it has not begun to count here
	}
	if m.caught { // the follower counts by itself
		positions, err := e.Log.Positions(ctx, tx, Follower)
		if err != nil {
			return err
		}
		m.seq = positions[part]
	}
	t := &tally{program: p, counters: map[string]*counter{}, held: map[int64]string{}, wrong: map[string]bool{}}
	if err := t.read(ctx, tx, part, out); err != nil {
		return err
	}
	found := map[int64]bool{}
	for after := int64(0); after < m.seq; {
		to := min(after+catchUpStep, m.seq)
		events, err := e.Log.ReadType(ctx, tx, part, p.Def.Trigger.Repeat.Event, after, to, 500)
		if err != nil {
			return err
		}
		for _, ev := range events {
			found[ev.Seq] = true
			if err := t.compare(ev, ev.Seq > m.liveFrom, hearth.Millis(tx.Now())); err != nil {
				return err
			}
		}
		if after = to; len(events) == 500 {
			after = events[len(events)-1].Seq
		}
	}
	for seq, key := range t.held {
		if !found[seq] {
			t.wrong[key] = true
		}
	}
	for key := range t.wrong {
		out.Different = append(out.Different, key)
	}
	return nil
}

// read brings the stored counters into memory.
func (t *tally) read(ctx context.Context, tx *db.Tx, part int, out *Counts) error {
	rows, err := tx.Query(ctx, partCountersSQL, tx.Org(), part, string(t.program.Def.ID), t.program.Version)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		c := &counter{program: t.program}
		var raw []byte
		if err := rows.Scan(&c.key, &raw); err != nil {
			return err
		}
		r := reader{b: raw}
		for len(r.b) > 0 && !r.bad {
			c.stamps = append(c.stamps, stamp{r.varint(), r.varint()})
		}
		if r.bad || len(c.stamps) == 0 {
			t.wrong[c.key] = true
			continue
		}
		out.Counters++
		out.Events += len(c.stamps)
		t.counters[c.key] = c
		for _, s := range c.stamps {
			if t.held[s.seq] != "" {
				t.wrong[c.key] = true
			}
			t.held[s.seq] = c.key
		}
	}
	return rows.Err()
}

// compare looks whether an event is counted as it should be. news: it came since the playbook was switched on.
func (t *tally) compare(ev *hearth.Event, news bool, now int64) error {
	data := playbook.EventVars(ev)
	counts := true
	if t.program.Where != nil {
		var err error
		if counts, err = t.program.Where.Eval(rule.Vars{Event: data}); err != nil {
			return err
		}
	}
	at := ev.Time.UnixMilli()
	key := t.held[ev.Seq]
	if key != "" {
		c := t.counters[key]
		if !counts || !slices.Contains(c.stamps, stamp{at, ev.Seq}) {
			t.wrong[key] = true
		}
	}
	place := placeOf(t.program, ev, data, nil, ev.Time) // "" where the home is the resident's
	if !counts || place == "" {
		return nil
	}
	want := versionKey(t.program) + "|" + place
	if key != "" && key != want {
		t.wrong[key] = true
	}
	if keep := (&counter{program: t.program}).keep(); key == want || !news || at+keep < now {
		return nil // a counter is tidied away once nothing in it can count any more
	}
	c := t.counters[want]
	switch {
	case c == nil:
		t.wrong[want] = true
	case at >= c.stamps[len(c.stamps)-1].at-c.keep() && (len(c.stamps) < maxStamps || at > c.stamps[0].at):
		t.wrong[want] = true
	}
	return nil
}

func readMark(ctx context.Context, tx *db.Tx, p *playbook.Program, part int) (*mark, error) {
	rows, err := tx.Query(ctx, marksSQL, tx.Org(), part)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out *mark
	for rows.Next() {
		var id string
		var version int
		var caught int64
		m := &mark{}
		if err := rows.Scan(&id, &version, &m.seq, &m.liveFrom, &caught); err != nil {
			return nil, err
		}
		if m.caught = caught != 0; id == string(p.Def.ID) && version == p.Version {
			out = m
		}
	}
	return out, rows.Err()
}
