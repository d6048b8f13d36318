package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// A resident who moves to a property in another partition takes their signals along. Nothing is handed over for that:
// when the new partition folds the arrival, the log has all that the old one knew, up to the event that told of the
// leaving, and the state is folded from there. So running and rebuilding do the same, a kill between the two partitions
// loses nothing, and no form of state travels.
//
// What the old partition learns later (the repair that was open is finished) is forwarded: its follower appends an event
// to the new one's order that names the place of the news.

// stretch is a piece of one partition's order: the places behind after, up to until.
type stretch struct {
	part         int
	after, until int64
}

func (s stretch) holds(p place) bool { return s.part == p.Part && s.after < p.Seq && p.Seq <= s.until }

// place is where an event stands.
type place struct {
	Part int   `json:"part"`
	Seq  int64 `json:"seq"`
}

// life gives the stretches of the log that make up what a partition knows of a resident up to a place, in the order in
// which they are folded: what the partition knew from which they came last, then its own events that are not in there
// yet. all is everything that concerns the resident.
func life(all []*hearth.Event, part int, until int64) []stretch {
	var left *hearth.Event
	for _, ev := range all {
		if ev.Part == part && ev.Seq <= until && arrives(ev) {
			left = leaving(all, ev)
		}
	}
	if left == nil {
		return []stretch{{part: part, until: until}}
	}
	before, known := life(all, left.Part, left.Seq), int64(0)
	for _, s := range before {
		if s.part == part {
			known = s.until // stretches of one partition follow each other
		}
	}
	return append(before, stretch{part: part, after: known, until: until})
}

// arrival is what the event of an arrival says of where somebody came from.
type arrival struct {
	From       hearth.PropertyID `json:"moved_from"`
	Left       string            `json:"left"`
	LeftSource string            `json:"left_source"`
}

// arrives tells whether the event brings a resident from a property in another partition.
func arrives(ev *hearth.Event) bool {
	if ev.Type != "resident.added" || !bytes.Contains(ev.Data, []byte(`"moved_from"`)) {
		return false
	}
	var a arrival
	err := json.Unmarshal(ev.Data, &a)
	return err == nil && a.Left != "" && eventlog.PartOf(a.From) != ev.Part
}

// leaving gives the event by which the other partition learned that the resident left; nil if the log does not have it.
func leaving(all []*hearth.Event, arrived *hearth.Event) *hearth.Event {
	var a arrival
	if json.Unmarshal(arrived.Data, &a) != nil {
		return nil
	}
	for _, ev := range all {
		if ev.ID == a.Left && ev.Source == a.LeftSource && ev.Part != arrived.Part {
			return ev
		}
	}
	return nil
}

// forwarded is the type of the event that brings late news of another partition.
const forwarded hearth.EventType = "resident.news_forwarded"

// pointer is the data of such an event.
type pointer struct {
	Property hearth.PropertyID `json:"property"`
	Type     hearth.EventType  `json:"type"`
	place
}

// pointerOf reads where the news that an event brings stands: the event itself, unless it is forwarded.
func pointerOf(ev *hearth.Event) (pointer, error) {
	if ev.Type != forwarded {
		return pointer{Property: ev.Property, Type: ev.Type, place: place{ev.Part, ev.Seq}}, nil
	}
	var p pointer
	if err := json.Unmarshal(ev.Data, &p); err != nil {
		return p, fmt.Errorf("read where forwarded news stands: %w", err)
	}
	return p, nil
}

// foldLife folds the stretches of all, each event once: news that was forwarded and lies in one of the stretches too
// counts where it lies.
func (e *Engine) foldLife(ctx context.Context, tx *db.Tx, who hearth.ResidentID, all []*hearth.Event, of []stretch) (*signal.State, error) {
	at := make(map[place]*hearth.Event, len(all))
	for _, ev := range all {
		at[place{ev.Part, ev.Seq}] = ev
	}
	s, zones, seen := &signal.State{}, map[hearth.PropertyID]*time.Location{}, map[place]bool{}
	for _, st := range of {
		for _, ev := range all {
			if !st.holds(place{ev.Part, ev.Seq}) {
				continue
			}
			if ev.Type == forwarded {
				p, err := pointerOf(ev)
				if err != nil {
					return nil, err
				}
				lies := slices.ContainsFunc(of, func(s stretch) bool { return s.holds(p.place) })
				if ev = at[p.place]; ev == nil || lies || seen[p.place] {
					continue
				}
				seen[p.place] = true
			}
			if err := e.foldIn(ctx, tx, s, who, ev, zones); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// foldIn folds an event as often as it names the resident.
func (e *Engine) foldIn(ctx context.Context, tx *db.Tx, s *signal.State, who hearth.ResidentID, ev *hearth.Event, zones map[hearth.PropertyID]*time.Location) error {
	zone := zones[ev.Property]
	if zone == nil {
		var err error
		if zone, err = e.zoneOf(ctx, tx, ev.Property); err != nil {
			return err
		}
		zones[ev.Property] = zone
	}
	for _, id := range ev.Residents {
		if id == who {
			s.Fold(ev, zone)
		}
	}
	return nil
}

// rebuild folds anew what a partition knows of a resident at the place of ev, with ev itself or just before it.
func (e *Engine) rebuild(ctx context.Context, tx *db.Tx, who hearth.ResidentID, ev *hearth.Event, with bool) (*signal.State, error) {
	if with {
		return e.fromLog(ctx, tx, who, ev.Part, ev.Seq)
	}
	all, err := e.Log.All(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	of := life(all, ev.Part, ev.Seq)
	of[len(of)-1].until = ev.Seq - 1
	return e.foldLife(ctx, tx, who, all, of)
}

// anew tells whether an event is not folded into the state that was, but has it folded anew.
func anew(ev *hearth.Event) bool { return ev.Type == forwarded || arrives(ev) }
