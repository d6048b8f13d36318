package proposal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// Follower is the name under which this listener keeps its positions.
const Follower = "heard"

const (
	maxEvents = 2000                 // how many places of a partition one run passes
	maxAge    = 180 * 24 * time.Hour // what was said longer ago is no news of how somebody lives
)

// Loop gives the loop that reads what residents said. It works one bounded piece at a time, beside everything else.
func (s *Store) Loop() work.Loop {
	return work.Loop{Name: "heard", Every: 5 * time.Second, Run: s.RunOnce}
}

// stretch is a part of a partition's log that was read, with the facts that are in it.
type stretch struct {
	part     int
	from, to int64
	said     []said
}

// said is one fact of one event.
type said struct {
	heard.Fact
	event    *hearth.Event
	resident hearth.ResidentID
	channel  string
	by       hearth.StaffID // who noted it, "" for the resident's own words
}

// RunOnce reads the next events of every partition, and tells whether more are waiting. Reading needs no lock: what was
// heard is written if the position is still where the reading began.
func (s *Store) RunOnce(ctx context.Context) (more bool, err error) {
	var read []stretch
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		read, more, err = s.listen(ctx, tx)
		return err
	})
	if err != nil || len(read) == 0 {
		return false, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range read {
			if err := s.take(ctx, tx, x); err != nil {
				return fmt.Errorf("hear what residents said, partition %d: %w", x.part, err)
			}
		}
		return nil
	})
	return more && err == nil, err
}

func (s *Store) take(ctx context.Context, tx *db.Tx, x stretch) error {
	pos, ok, err := s.Log.Lock(ctx, tx, Follower, x.part)
	if err != nil || !ok || pos.Seq != x.from {
		return err // another node did it
	}
	for _, f := range x.said {
		if err := s.propose(ctx, tx, f); err != nil {
			return err
		}
	}
	return s.Log.Move(ctx, tx, Follower, x.part, eventlog.Position{Seq: x.to, Node: s.Node, Epoch: pos.Epoch + 1})
}

// listen reads what came behind the positions.
func (s *Store) listen(ctx context.Context, tx *db.Tx) (read []stretch, more bool, err error) {
	positions, err := s.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return nil, false, err
	}
	heads, err := s.Log.Heads(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	for part := range eventlog.Parts {
		x := stretch{part: part, from: positions[part], to: min(heads[part], positions[part]+maxEvents)}
		if x.to == x.from {
			continue
		}
		more = more || x.to < heads[part]
		if x.said, err = s.heardIn(ctx, tx, x); err != nil {
			return nil, false, err
		}
		read = append(read, x)
	}
	return read, more, nil
}

// spoken are the types in which somebody's words stand.
func spoken() []string {
	return []string{"message.received", "survey.answered", "workorder.opened", "workorder.amended", "contact.personal", "task.done"}
}

const spokenSQL = `SELECT id, source, type, subject, property, resident, others, actor, time, data FROM events
WHERE org = $1 AND part = $2 AND seq > $3 AND seq <= $4 AND history = 0 AND time >= $5 AND `

func (s *Store) heardIn(ctx context.Context, tx *db.Tx, x stretch) ([]said, error) {
	in, arg := tx.In("type", 6, spoken())
	rows, err := tx.Query(ctx, spokenSQL+in+" ORDER BY seq", tx.Org(), x.part, x.from, x.to, hearth.Millis(tx.Now().Add(-maxAge)), arg)
	if err != nil {
		return nil, fmt.Errorf("read what was said: %w", err)
	}
	defer rows.Close()
	var out []said
	for rows.Next() {
		var ev hearth.Event
		var subject, resident, others, actor, data string
		var at int64
		if err := rows.Scan(&ev.ID, &ev.Source, &ev.Type, &subject, &ev.Property, &resident, &others, &actor, &at, &data); err != nil {
			return nil, fmt.Errorf("read what was said: %w", err)
		}
		if resident == "" {
			continue
		}
		ev.Subject, _ = hearth.ParseSubject(subject)
		ev.Actor, ev.Time, ev.Data = hearth.ParseActor(actor), hearth.FromMillis(at), json.RawMessage(data)
		one := others == "" || ev.Subject.Kind == "resident" // else any of the household may have said it
		for _, f := range s.listenTo(&ev) {
			if f.resident = hearth.ResidentID(resident); one || f.Kind.Home() {
				out = append(out, f)
			}
		}
	}
	return out, rows.Err()
}

// listenTo reads one event's words.
func (s *Store) listenTo(ev *hearth.Event) []said {
	var d struct {
		Text, Description, Note, Channel, Kind string
		Staff                                  hearth.StaffID
		Facts                                  map[string]any
	}
	if json.Unmarshal(ev.Data, &d) != nil {
		return nil // what does not read is not heard; the door checks what comes in
	}
	var out []said
	hear := func(text string, v heard.Voice, channel string, by hearth.StaffID) {
		for _, f := range s.reader.Read(text, v) {
			out = append(out, said{Fact: f, event: ev, channel: channel, by: by})
		}
	}
	switch ev.Type {
	case "message.received", "survey.answered":
		hear(d.Text, heard.Own, d.Channel, "")
	case "workorder.opened", "workorder.amended":
		hear(d.Description, heard.Own, d.Channel, "")
	case "contact.personal":
		hear(d.Note, heard.Note, d.Kind, d.Staff)
	case "task.done":
		if ev.Actor.Kind != "staff" {
			return nil // whose note it is decides whether it may be heard
		}
		for _, name := range sortedNotes(d.Facts) {
			if text, ok := d.Facts[name].(string); ok {
				hear(text, heard.Note, "", hearth.StaffID(ev.Actor.ID))
			}
		}
	}
	return out
}

// sortedNotes gives the names of the facts of a task that are notes in free words, in order.
func sortedNotes(facts map[string]any) []string {
	var out []string
	for name := range facts {
		if strings.Contains(name, "note") || strings.Contains(name, "said") || strings.Contains(name, "heard") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// propose stores a fact unless it is known, was declined, is older than what is known, or is not for us to keep.
func (s *Store) propose(ctx context.Context, tx *db.Tx, f said) error {
	if confidential, err := s.confidential(ctx, tx, f); err != nil || confidential {
		return err
	}
	person, err := s.Records.PersonOf(ctx, tx, f.resident)
	if err != nil {
		return err
	}
	contacts, err := s.Records.Contacts(ctx, tx, person)
	if err != nil {
		return err
	}
	seen, ok := contacts[person[0]]
	if !ok || !contacts[f.resident].Role.Addressable() || onRecord(seen, f.Fact) {
		return nil
	}
	have, err := s.preference(ctx, tx, person, f.Kind)
	if err != nil || holds(have.Value, f.Fact) != f.Ended || have.At.After(f.event.Time) {
		return err
	}
	before, err := s.Of(ctx, tx, person)
	if err != nil {
		return err
	}
	overtaken, stale := judge(before, f)
	if stale {
		return nil
	}
	for _, o := range overtaken {
		if err := settle(ctx, tx, &o, Replaced, hearth.System("sense/heard")); err != nil {
			return err
		}
	}
	return s.insert(ctx, tx, Proposal{Resident: f.resident, Kind: f.Kind, Value: f.Value, Ended: f.Ended, Words: f.Words, Source: f.event.Source, Event: f.event.ID,
		Type: f.event.Type, Channel: f.channel, Said: f.event.Time, Confidence: f.Confidence, Was: have.Value})
}

// onRecord tells whether the resident's own row says it already.
func onRecord(c record.Contact, f heard.Fact) bool {
	switch f.Kind {
	case heard.Name:
		return strings.EqualFold(f.Value, c.Called()) || strings.EqualFold(f.Value, c.Name())
	case heard.Language:
		return f.Value == c.Language || f.Value == "en" && c.Language == ""
	}
	return false
}

// judge compares a fact with what was heard before. stale: it was declined, stands already, or something newer was said.
func judge(before []Proposal, f said) (overtaken []Proposal, stale bool) {
	for _, o := range before {
		if o.Kind != f.Kind {
			continue
		}
		identical := o.Value == f.Value && o.Ended == f.Ended
		switch {
		case identical && (o.State == Declined || o.State == Open):
			return nil, true
		case identical && !f.event.Time.After(o.Said):
			return nil, true
		case identical && o.State == Kept && !f.event.Time.After(o.Decided):
			return nil, true
		case o.State != Open || f.Kind.Many() && !same(o.Value, f.Value):
		case o.Said.After(f.event.Time):
			return nil, true
		default:
			overtaken = append(overtaken, o)
		}
	}
	return overtaken, false
}

// confidential tells whether the words were noted by a service coordinator: what they are told stays with them.
func (s *Store) confidential(ctx context.Context, tx *db.Tx, f said) (bool, error) {
	if f.by == "" {
		return false, nil
	}
	m, err := s.Records.Staff(ctx, tx, f.by)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return true, nil // nobody knows whose note it is
	}
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return r.Role == hearth.RoleCoordinator }), nil
}
