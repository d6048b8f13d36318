package trigger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

// happenings is what an explanation knows of how often something happened in one place.
type happenings struct {
	counter *counter
	place   string
	last    *hearth.Event // the newest that was counted; nil where only its counter is known
}

// repeated counts for an explanation what repeats in the places of somebody, and gives the place where most did. Now the engine's own counters
// say it; of a past time, and of what is not switched on, the log does, by the engine's rule.
func (e *Engine) repeated(ctx context.Context, tx *db.Tx, p *playbook.Program, en *entry, at time.Time) (*happenings, error) {
	if m, err := readMark(ctx, tx, p, en.part); err != nil {
		return nil, err
	} else if m != nil && m.caught && at.Equal(tx.Now()) {
		return e.countedFor(ctx, tx, p, en, at)
	}
	return e.countAnew(ctx, tx, p, en, at)
}

// countedFor gives the fullest of the counters in which somebody's events are counted.
func (e *Engine) countedFor(ctx context.Context, tx *db.Tx, p *playbook.Program, en *entry, at time.Time) (*happenings, error) {
	t := tally{program: p, counters: map[string]*counter{}, held: map[int64]string{}, wrong: map[string]bool{}}
	if err := t.read(ctx, tx, en.part, &Counts{}); err != nil {
		return nil, err
	}
	evs, err := e.Log.Timelines(ctx, tx, append([]hearth.ResidentID{en.resident}, en.edges.of...), []hearth.EventType{p.Def.Trigger.Repeat.Event}, eventlog.Cursor{}, maxStamps)
	if err != nil {
		return nil, err
	}
	own, found := ownPlace(p, en, at), map[string]*happenings{}
	for key, c := range t.counters {
		place := strings.TrimPrefix(key, versionKey(p)+"|")
		if mine, _, _ := strings.Cut(place, "|"); mine == own && own != "" {
			c.resident = en.resident
		}
		found[place] = &happenings{counter: c, place: place}
	}
	for _, ev := range evs { // the newest first
		h := found[strings.TrimPrefix(t.held[ev.Seq], versionKey(p)+"|")]
		if h == nil || ev.Part != en.part {
			continue
		}
		if h.counter.resident = en.resident; h.last == nil {
			h.last = ev
		}
	}
	return fullest(found, at), nil
}

func (e *Engine) countAnew(ctx context.Context, tx *db.Tx, p *playbook.Program, en *entry, at time.Time) (*happenings, error) {
	c := &counter{program: p}
	after, err := e.Log.PlaceAt(ctx, tx, en.part, at.Add(-time.Duration(c.keep())*time.Millisecond-eventlog.MaxFuture))
	if err != nil {
		return nil, err
	}
	heads, err := e.Log.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	own := ownPlace(p, en, at)
	found, homes := map[string]*happenings{}, map[hearth.ResidentID]*entry{en.resident: en}
	for head := heads[en.part]; after < head; {
		evs, err := e.Log.ReadType(ctx, tx, en.part, p.Def.Trigger.Repeat.Event, after, head, 500)
		if err != nil {
			return nil, err
		}
		for _, ev := range evs {
			if ev.Recorded.After(at) {
				continue
			}
			if err := e.tell(ctx, tx, p, en, ev, own, found, homes); err != nil {
				return nil, err
			}
		}
		if len(evs) < 500 {
			break
		}
		after = evs[len(evs)-1].Seq
	}
	return fullest(found, at), nil
}

// ownPlace names the place of somebody without any event; "" where only an event tells it.
func ownPlace(p *playbook.Program, en *entry, at time.Time) string {
	switch p.Def.Trigger.Repeat.By {
	case "resident":
		return string(en.resident)
	case "property":
		return string(en.property)
	case "household":
		return en.view(at).TenancyKey()
	case "unit":
		return en.view(at).UnitKey()
	}
	return ""
}

// tell counts an event, if it is counted where somebody is: in their own place, or in one that an event of theirs names.
func (e *Engine) tell(ctx context.Context, tx *db.Tx, p *playbook.Program, en *entry, ev *hearth.Event, own string, found map[string]*happenings,
	homes map[hearth.ResidentID]*entry) error {
	data := playbook.EventVars(ev)
	if p.Where != nil {
		if counts, err := p.Where.Eval(rule.Vars{Event: data}); err != nil || !counts {
			return err
		}
	}
	id := ev.Primary()
	home, known := homes[id]
	if en.is(id) {
		home = en
	} else if by := p.Def.Trigger.Repeat.By; !known && id != "" && (by == "unit" || by == "household") && placeOf(p, ev, data, nil, ev.Recorded) == "" {
		var err error
		if home, err = e.stored(ctx, tx, id); err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		homes[id] = home
	}
	place := placeOf(p, ev, data, home, ev.Recorded)
	if p.Def.Trigger.Repeat.By == "resident" && en.is(id) {
		place = strings.Replace(place, string(id), string(en.resident), 1)
	}
	if place == "" {
		return nil
	}
	h := found[place]
	if h == nil {
		h = &happenings{counter: &counter{program: p}, place: place}
		found[place] = h
	}
	h.counter.add(stamp{ev.Time.UnixMilli(), ev.Seq})
	if h.last == nil || !ev.Time.Before(h.last.Time) {
		h.last = ev
	}
	if mine, _, _ := strings.Cut(place, "|"); mine == own && own != "" || slices.ContainsFunc(ev.Residents, en.is) {
		h.counter.resident = en.resident // it is one of theirs
	}
	return nil
}

// fullest gives the one of somebody's places where most lies in the window that ends at a time; nil if nothing does.
func fullest(found map[string]*happenings, at time.Time) *happenings {
	var best *happenings
	for _, h := range found {
		if h.counter.resident == "" {
			continue
		}
		if best == nil || cmp.Or(len(h.within(at))-len(best.within(at)), strings.Compare(best.place, h.place)) > 0 {
			best = h
		}
	}
	return best
}

// within gives what lies in the window that ends at a time.
func (h *happenings) within(at time.Time) []stamp {
	now, span := at.UnixMilli(), h.counter.program.Def.Trigger.Repeat.Within.Plain().Milliseconds()
	var in []stamp
	for _, s := range h.counter.stamps {
		if s.at <= now && now-s.at < span {
			in = append(in, s)
		}
	}
	return in
}

// became gives when the count last became full; zero: it never was.
func (h *happenings) became() (full time.Time) {
	anew := &counter{program: h.counter.program}
	for _, s := range h.counter.stamps {
		if anew.add(s) {
			full = time.UnixMilli(s.at).UTC()
		}
	}
	return full
}

// repeats says of a repetition how often it happened, where, and what is lacking.
func (e *Engine) repeats(ctx context.Context, tx *db.Tx, p *playbook.Program, en *entry, at time.Time) (Check, *hearth.Event, error) {
	c := Check{What: "trigger", Text: p.Def.StartsBare(), Known: true}
	t := p.Def.Trigger.Repeat
	h, err := e.repeated(ctx, tx, p, en, at)
	if err != nil {
		return c, nil, fmt.Errorf("count what repeats for %s: %w", en.resident, err)
	}
	if h == nil || len(h.within(at)) == 0 {
		c.Values = []string{fmt.Sprintf("within the last %s it did not happen %s; %d more are lacking", t.Within, t.WhereWords(), t.Times)}
		return c, nil, nil
	}
	in := h.within(at)
	days := make([]string, len(in))
	for i, s := range in {
		days[i] = hearth.DayWords(time.UnixMilli(s.at), en.zone)
	}
	said := fmt.Sprintf("within the last %s it happened %s %s%s: on %s", t.Within, timesWords(len(in)), t.WhereWords(), h.about(), andList(days))
	full := h.became()
	c.Holds = !full.IsZero() && at.Sub(full) <= p.Def.Fresh.Plain()
	switch {
	case c.Holds:
	case len(in) < t.Times:
		is := "is"
		if t.Times-len(in) > 1 {
			is = "are"
		}
		said += fmt.Sprintf("; %d more %s lacking", t.Times-len(in), is)
	case !full.IsZero():
		said += fmt.Sprintf("; there were enough on %s, and what comes on top is no news", hearth.DayWords(full, en.zone))
	}
	c.Values = []string{said}
	return c, h.last, nil
}

// about names what a place is beside somebody's own home: the piece of equipment, and what had to be the same.
func (h *happenings) about() string {
	t := h.counter.program.Def.Trigger.Repeat
	place, same, some := strings.Cut(h.place, "|")
	var words []string
	if t.By == "equipment" {
		words = append(words, place)
	}
	if some {
		words = append(words, t.Same+" "+strings.ReplaceAll(same, "_", " "))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func timesWords(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
