package trigger

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/fact/decision"
)

// item names one event or due row of a partition: "event 17", "run run_…".
type item string

func dueItem(d work.Due) item { return item(d.Kind + " " + d.Key) }

func eventItem(ev *hearth.Event) item { return item(dueEvent + " " + eventKey(ev.Part, ev.Seq)) }

func eventKey(part int, seq int64) string { return fmt.Sprintf("%d/%d", part, seq) }

// maxTries is how often an item may fail by itself before it is put aside.
const maxTries = 3

// trouble isolates what cannot be decided. After a batch has failed, the partition is worked one item at a time, so
// that the others go on and the one that fails becomes known; when it has failed often enough it is put aside for a
// person. It is kept in memory: another process finds out by itself.
type trouble struct {
	careful int // how many items are still worked one by one
	tries   map[item]int
	last    map[item]string // the error of the latest try
}

// failed notes that a batch failed; b is nil if it did not come to its work.
func (t *trouble) failed(b *batch, err error) {
	if b == nil || b.taken == 0 || hearth.Outage(err) {
		return
	}
	if b.single {
		if t.tries == nil {
			t.tries, t.last = map[item]int{}, map[item]string{}
		}
		t.tries[b.item]++
		t.last[b.item] = err.Error()
	}
	t.careful = 2 * b.size
}

// passed notes that a batch succeeded. What was put aside and is revived begins anew.
func (t *trouble) passed(b *batch) {
	if t.careful == 0 {
		return
	}
	delete(t.tries, b.item)
	if t.careful--; t.careful == 0 {
		t.tries, t.last = nil, nil
	}
}

func (t *trouble) tired(x item) bool { return x != "" && t.tries[x] >= maxTries }

// setAside puts the batch's one item into state dead, with its error, where a person finds and may revive it. An event
// is still taken into the signals, which never fails, so that they remain what the log gives.
func (b *batch) setAside(ctx context.Context) error {
	why := b.cache.trouble.last[b.item]
	var row work.Due
	if len(b.dues) > 0 {
		row = b.dues[0]
	} else {
		ev := b.events[0]
		row = work.Due{Lane: Lane, Kind: dueEvent, Key: eventKey(b.part, ev.Seq), Part: b.part}
		if err := b.learnOnly(ctx, ev, why); err != nil {
			return err
		}
	}
	row.At, row.Claim = b.now, 0
	if err := work.Put(ctx, b.tx, []work.Due{row}); err != nil {
		return err
	}
	if _, err := work.Bury(ctx, b.tx, row.Kind, row.Key, 0, why); err != nil {
		return err
	}
	log, part, kind, key := b.Logger, b.part, row.Kind, row.Key
	b.tx.AfterCommit(func() {
		log.Error("put aside what cannot be decided", "partition", part, "kind", kind, "key", key, "error", why)
	})
	return nil
}

func (b *batch) learnOnly(ctx context.Context, ev *hearth.Event, why string) error {
	for i, id := range ev.Residents {
		if id == "" {
			continue
		}
		en, err := b.entry(ctx, id, ev.Property)
		if err != nil {
			return err
		}
		if kept, err := b.passedTo(ctx, en, i, ev); err != nil {
			return err
		} else if kept != nil {
			if err := b.learn(ctx, kept, ev); err != nil {
				return err
			}
		}
		if arrives(ev) {
			if err := b.arrive(ctx, en, ev); err != nil {
				return err
			}
		}
		if err := b.learn(ctx, en, ev); err != nil {
			return err
		}
		b.decide(en, decision.Decision{Stage: "trigger", Outcome: "put aside", Facts: map[string]any{"event": string(ev.Type), "error": why},
			Reason: fmt.Sprintf("%s could not be decided; it was put aside with its error.", ev.Type)}, string(eventItem(ev)), "aside")
	}
	return b.learnMerge(ctx, ev)
}

// eventDue decides an event that was put aside, after a person has revived it. The signals hold it already.
func (b *batch) eventDue(ctx context.Context, d work.Due) error {
	_, after, _ := strings.Cut(d.Key, "/")
	seq, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return fmt.Errorf("read the place of an event: %w", err)
	}
	events, err := b.Log.Read(ctx, b.tx, b.part, seq-1, 1)
	if err != nil || len(events) == 0 || events[0].Seq != seq || events[0].History {
		return err
	}
	ev, err := b.newsOf(ctx, events[0])
	if err != nil {
		return err
	}
	for i, id := range events[0].Residents {
		en, err := b.knownEntry(ctx, id)
		if err != nil {
			return err
		}
		if en == nil {
			continue
		}
		kept, err := b.passedTo(ctx, en, i, events[0])
		if err != nil {
			return err
		}
		if err := b.revived(ctx, en, ev, events[0]); err != nil {
			return err
		}
		if kept != nil {
			if err := b.revived(ctx, kept, ev, events[0]); err != nil {
				return err
			}
		}
	}
	if err := b.mergeDue(ctx, events[0]); err != nil {
		return err
	}
	if events[0].Type == "task.done" {
		if err := b.taskDone(ctx, events[0]); err != nil {
			return err
		}
	}
	if err := b.onSite(ctx, events[0]); err != nil {
		return err
	}
	if err := b.recur(ctx, events[0]); err != nil {
		return err
	}
	return b.onEvent(ctx, events[0])
}

// revived follows for one resident what depends on an event whose signals they have already: their goals, what asks for care, their
// runs and conditions.
func (b *batch) revived(ctx context.Context, en *entry, news, ev *hearth.Event) error {
	if err := b.hoped(en, news); err != nil {
		return err
	}
	if err := b.carefully(ctx, en, ev); err != nil {
		return err
	}
	if err := b.runsOn(ctx, en, news); err != nil {
		return err
	}
	for _, p := range b.act.fedBy[news.Type] {
		if err := b.look(ctx, en, p, news); err != nil {
			return err
		}
	}
	return nil
}
