package record

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// Store reads and changes records. It is safe for concurrent use.
type Store struct {
	log *eventlog.Log
	// Versions is where versions of the team are drawn from; nil: from the same source as identities.
	Versions io.Reader

	randomMu sync.Mutex // guards random
	random   io.Reader

	zonesMu sync.Mutex // guards zones
	zones   map[zoneKey]zoneEntry
}

type zoneKey struct {
	org      string
	property hearth.PropertyID
}

type zoneEntry struct {
	zone *time.Location
	at   time.Time
}

// zoneFor is how long a node trusts a zone that it has read: another node may have changed it meanwhile.
const zoneFor = time.Minute

// New makes a store that appends its events to l and takes new identities from random.
func New(l *eventlog.Log, random io.Reader) *Store {
	return &Store{log: l, random: random, zones: map[zoneKey]zoneEntry{}}
}

func (s *Store) newID(tx *db.Tx, prefix string) (string, error) {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	id, err := hearth.NewIDAt(s.random, tx.Now(), prefix)
	if err != nil {
		return "", fmt.Errorf("new identity: %w", err)
	}
	return id, nil
}

// fact is what an event says, before News gives it its envelope.
type fact struct {
	kind      hearth.EventType
	subject   hearth.Subject
	property  hearth.PropertyID
	residents []hearth.ResidentID
	data      map[string]any
	at        time.Time // when the fact itself names a time; News.Time goes before it
	// told marks the event that the source itself told: it takes News.EventID and News.Data.
	told bool
	// since sets apart two equal changes of one cause: what the record was before.
	since string
}

// emit appends the event of a fact. known tells that the source's own event was in the log already.
func (s *Store) emit(ctx context.Context, tx *db.Tx, n News, f fact) (known bool, err error) {
	ev, err := s.event(tx, n, f)
	if err != nil {
		return false, fmt.Errorf("event %s of %s: %w", f.kind, f.subject, err)
	}
	res, err := s.log.Append(ctx, tx, ev)
	if err != nil {
		return false, fmt.Errorf("append %s of %s: %w", f.kind, f.subject, err)
	}
	return f.told && n.EventID != "" && len(res) == 1 && res[0].Duplicate, nil
}

func (s *Store) event(tx *db.Tx, n News, f fact) (*hearth.Event, error) {
	data, err := n.data(f)
	if err != nil {
		return nil, err
	}
	ev := &hearth.Event{
		Source: n.Source, Type: f.kind, Subject: f.subject, Property: f.property, Residents: f.residents,
		Actor: n.Actor, Time: f.at, AsOf: n.AsOf, History: n.History, Data: data,
	}
	if ev.Source == "" {
		ev.Source = "hearth/fact/record"
	}
	if !n.Time.IsZero() {
		ev.Time = n.Time
	}
	if ev.Time.IsZero() {
		ev.Time = tx.Now()
	}
	switch {
	case f.told && n.EventID != "":
		ev.ID = n.EventID
	case n.Cause != "":
		ev.ID = hearth.DeriveID("evt_", n.Cause, string(f.kind), f.subject.String(), f.since, string(data))
	default:
		if ev.ID, err = s.newID(tx, hearth.TimedEvent); err != nil {
			return nil, err
		}
	}
	return ev, nil
}

// data joins what the source told with the fact's own fields, which win.
func (n News) data(f fact) (json.RawMessage, error) {
	all := map[string]any{}
	if f.told && len(n.Data) > 0 {
		if err := json.Unmarshal(n.Data, &all); err != nil {
			return nil, hearth.FieldErrorf("data", "The event's data is not a JSON object.")
		}
	}
	for k, v := range f.data {
		all[k] = v
	}
	b, err := json.Marshal(all) // sorts the keys, so equal facts have equal bytes
	if err != nil {
		return nil, fmt.Errorf("encode data: %w", err)
	}
	return b, nil
}

// day is the calendar date of the news in the zone: that of News.Time, else today.
func (n News) day(tx *db.Tx, zone *time.Location) hearth.Day {
	if !n.Time.IsZero() {
		return hearth.DayOf(n.Time, zone)
	}
	return hearth.DayOf(tx.Now(), zone)
}

// noon is the instant at which a fact that names only a day counts as having happened: midday there, but never
// later than now, because an event cannot lie ahead.
func noon(tx *db.Tx, day hearth.Day, zone *time.Location) time.Time {
	if day <= 0 { // none, or before the time that an event can have
		return tx.Now()
	}
	if t := day.At(12*60, zone); t.Before(tx.Now()) {
		return t.UTC()
	}
	return tx.Now()
}

// diff collects the columns that differ, while it takes over what was told.
type diff struct {
	fields []string
}

func (d *diff) note(name string) { d.fields = append(d.fields, name) }

// text takes over a told text; empty means not told.
func (d *diff) text(name string, have *string, told string) {
	if told != "" && told != *have {
		*have = told
		d.note(name)
	}
}

func (d *diff) change() Change {
	sort.Strings(d.fields)
	return Change{Changed: len(d.fields) > 0, Fields: d.fields}
}

// number takes over a told number; the zero value means not told.
func number[N ~int | ~int32 | ~int64 | ~float64](d *diff, name string, have *N, told N) {
	if told != 0 && told != *have {
		*have = told
		d.note(name)
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func millis(t time.Time) string { return strconv.FormatInt(hearth.Millis(t), 10) }

// texts turns identities into the strings that statements take.
func texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
