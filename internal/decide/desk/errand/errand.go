// Package errand makes work for people of the messages that people deliver: it gathers letters, notices for doors and calls into
// rounds, gives each round to somebody as a task, prints it, and takes down what became of every message.
//
// It does not decide that somebody gets a letter (decide/desk does) and keeps no rounds itself (act/message/round does).
package errand

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/round"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Deps is what errands work with. All fields are required.
type Deps struct {
	DB       *db.DB
	Log      *eventlog.Log
	Records  *record.Store
	Messages *message.Store
	Rounds   *round.Store
	Tasks    *task.Store
	Assign   *assign.Assigner
	Node     string
	Logger   *slog.Logger
}

// Service makes and closes rounds. It is safe for concurrent use.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Loops gives the background work: one gathers, one heeds that a round's task was closed.
func (s *Service) Loops() []work.Loop {
	return []work.Loop{
		{Name: "errand gather", Every: 5 * time.Second, Run: s.Gather},
		{Name: "errand follow", Every: 2 * time.Second, Run: s.Follow},
	}
}

const (
	gatherHour = 9   // what is not urgent goes into the next round at this hour of the property's day
	mostStops  = 40  // of one round
	batch      = 200 // messages that one transaction gathers
	lastUse    = 14 * 24 * time.Hour
	roundMark  = "rnd_" // begins the payload of the due row of a message that is in a round, and its id
)

// urgent tells whether a message makes a round of its own at once.
func urgent(c hearth.Class) bool {
	return c == hearth.ClassSafety || c == hearth.ClassAnswer || c == hearth.ClassPromise
}

// gatherAt is when a message goes into a round.
func gatherAt(m *message.Message, zone *time.Location) time.Time {
	if urgent(m.Class) {
		return m.At
	}
	day := hearth.DayOf(m.At, zone)
	at := day.At(gatherHour*60, zone)
	if at.Before(m.At) {
		at = (day + 1).At(gatherHour*60, zone)
	}
	return at.UTC()
}

// useUntil is how long a message in a round may wait to be delivered.
func useUntil(m *message.Message) time.Time {
	if m.Expires.After(m.Made) {
		return m.Expires
	}
	return m.Made.Add(lastUse)
}

// group is what goes into rounds together.
type group struct {
	property hearth.PropertyID
	kind     round.Kind
	urgent   bool
}

// Gather puts what waits into rounds, and gives up what nobody has delivered in time. more: there may be others.
func (s *Service) Gather(ctx context.Context) (more bool, err error) {
	due := false
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		at, ok, err := work.NextAt(ctx, tx, message.HandLane, 0)
		due = ok && !at.After(tx.Now())
		return err
	})
	if err != nil || !due {
		return false, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		rows, err := work.Claim(ctx, tx, message.HandLane, s.Node, tx.Now(), tx.Now().Add(time.Minute), batch)
		more = len(rows) == batch
		if err != nil || len(rows) == 0 {
			return err
		}
		return s.sort(ctx, tx, rows)
	})
	if err != nil {
		return false, fmt.Errorf("gather what people deliver: %w", err)
	}
	return more, nil
}

// sort sends each claimed row where it belongs.
func (s *Service) sort(ctx context.Context, tx *db.Tx, rows []work.Due) error {
	ids := make([]hearth.MessageID, len(rows))
	for i, d := range rows {
		ids[i] = hearth.MessageID(d.Key)
	}
	msgs, err := s.Messages.Load(ctx, tx, ids)
	if err != nil {
		return err
	}
	groups := map[group][]message.Message{}
	for _, d := range rows {
		m, ok := msgs[hearth.MessageID(d.Key)]
		switch {
		case !ok || m.State != message.Queued:
			if _, err := work.Finish(ctx, tx, message.Kind, d.Key, d.Claim); err != nil {
				return err
			}
		case strings.HasPrefix(d.Payload, roundMark):
			if err := s.giveUp(ctx, tx, d.Payload, m.ID); err != nil {
				return err
			}
		default:
			zone, err := s.Records.Zone(ctx, tx, m.Property)
			if err != nil {
				return err
			}
			if at := gatherAt(&m, zone); at.After(tx.Now()) {
				if _, err := work.Retry(ctx, tx, message.Kind, d.Key, d.Claim, at, ""); err != nil {
					return err
				}
				continue
			}
			g := group{m.Property, round.KindOf(&m), urgent(m.Class)}
			groups[g] = append(groups[g], m)
		}
	}
	return s.makeAll(ctx, tx, groups)
}

// giveUp ends a message that nobody delivered while it was of use.
func (s *Service) giveUp(ctx context.Context, tx *db.Tx, id string, msg hearth.MessageID) error {
	r, err := s.Rounds.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.Rounds.Mark(ctx, tx, &r, msg, round.Proof{How: round.NotDone, Actor: hearth.System("errand"), Note: "Nobody delivered it while it was of use."})
}

func (s *Service) makeAll(ctx context.Context, tx *db.Tx, groups map[group][]message.Message) error {
	keys := make([]group, 0, len(groups))
	for g := range groups {
		keys = append(keys, g)
	}
	slices.SortFunc(keys, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.property, b.property), cmp.Compare(a.kind, b.kind), cmp.Compare(fmt.Sprint(b.urgent), fmt.Sprint(a.urgent)))
	})
	team := s.Assign.Round()
	for _, g := range keys {
		all := groups[g]
		contacts, err := s.contacts(ctx, tx, all)
		if err != nil {
			return err
		}
		// By home, so that the way is short.
		slices.SortFunc(all, func(a, b message.Message) int {
			return cmp.Or(cmp.Compare(contacts[a.Resident].BuildingName, contacts[b.Resident].BuildingName),
				cmp.Compare(contacts[a.Resident].UnitLabel, contacts[b.Resident].UnitLabel), cmp.Compare(a.ID, b.ID))
		})
		for some := range slices.Chunk(all, mostStops) {
			if err := s.make(ctx, tx, team, g, some); err != nil {
				return err
			}
		}
	}
	return s.Tasks.Insert(ctx, tx, team.Notices())
}

func (s *Service) contacts(ctx context.Context, tx *db.Tx, msgs []message.Message) (map[hearth.ResidentID]record.Contact, error) {
	var ids []hearth.ResidentID
	for i := range msgs {
		if !slices.Contains(ids, msgs[i].Resident) {
			ids = append(ids, msgs[i].Resident)
		}
	}
	return s.Records.Contacts(ctx, tx, ids)
}

// aDay is how much business time a round has. A round is made as the day begins: with the whole of an office's hours it would be due at that
// minute of the next day, and whoever has no room then would be given it today, due within minutes.
const aDay = 8 * time.Hour

// make makes one round with its task.
func (s *Service) make(ctx context.Context, tx *db.Tx, team *assign.Round, g group, msgs []message.Message) error {
	cal, err := team.Calendar(ctx, tx, g.property)
	if err != nil {
		return err
	}
	due, role := cal.Add(tx.Now(), aDay), hearth.RoleLeasing
	if g.urgent {
		due = tx.Now().Add(2 * time.Hour)
	}
	for i := range msgs {
		if until := useUntil(&msgs[i]); until.Before(due) {
			due = until
		}
	}
	minutes := minutesFor(g.kind, len(msgs))
	choice, err := team.Choose(ctx, tx, assign.Ask{Property: g.property, Role: role, Minutes: minutes, Due: due, Urgent: g.urgent, Stored: true})
	if err != nil {
		return fmt.Errorf("choose who goes on a round: %w", err)
	}
	id := hearth.DeriveIDAt(roundMark, tx.Now(), string(g.property), string(g.kind), string(msgs[0].ID))
	r := round.Round{ID: id, Property: g.property, Kind: g.kind, Task: hearth.TaskID(hearth.DeriveIDAt("tsk_", tx.Now(), id)), Made: tx.Now(), Due: choice.Due}
	rows := make([]work.Due, len(msgs))
	for i := range msgs {
		r.Stops = append(r.Stops, round.Stop{N: i + 1, Message: msgs[i], Resident: msgs[i].Resident})
		rows[i] = work.Due{Lane: message.HandLane, Kind: message.Kind, Key: string(msgs[i].ID), At: useUntil(&msgs[i]), Payload: id}
	}
	if err := work.Put(ctx, tx, rows); err != nil {
		return err
	}
	if err := s.Rounds.Insert(ctx, tx, &r); err != nil {
		return err
	}
	t := taskOf(&r, minutes)
	t.Role, t.Owner, t.DueAt, t.NotifyAt = role, choice.Staff, choice.Due, choice.Notify
	t.Context = task.Context{Notes: []string{choice.Reason}}
	t.Escalation = []task.Rung{{AfterBusinessHours: 4, Role: hearth.RoleManager}}
	if g.urgent {
		t.Escalation[0].AfterBusinessHours = 1
	}
	return s.Tasks.Insert(ctx, tx, []task.Task{t})
}

// minutesFor is what a round takes: getting ready, then each stop.
func minutesFor(k round.Kind, stops int) int {
	switch k {
	case round.Letter:
		return 5 + 2*stops
	case round.Hanger:
		return 5 + 3*stops
	}
	return 6 * stops
}

// factDone is what the task asks: whether all that is not marked was delivered.
const factDone = "delivered"

// taskKind of a round's task.
func taskKind(k round.Kind) string { return "round." + string(k) }

// taskOf is the task of a round.
func taskOf(r *round.Round, minutes int) task.Task {
	n := len(r.Stops)
	t := task.Task{ID: r.Task, Property: r.Property, Kind: taskKind(r.Kind), Minutes: minutes, Draft: "",
		Why:  "These messages reach their residents by a person's hand: by their own wish, for want of another way, or because the law's notices go on paper.",
		Asks: []task.Ask{{Fact: factDone, Question: "Was everything delivered that is not marked otherwise? With no, the rest counts as not delivered.", Kind: "yes_no"}}}
	paper := "Print it: hearth round print " + r.ID + ", or the page /rounds/" + r.ID + "."
	mark := "What did not work, or went another way, mark one by one: hearth round mark " + r.ID + " MESSAGE HOW."
	switch r.Kind {
	case round.Letter:
		t.Title = "Print and post " + count(n, "letter")
		t.Checklist = []string{paper, "Fold each so that the address stands in the window of the envelope, and post it or hand it over.", mark}
	case round.Hanger:
		t.Title = "Hang " + count(n, "notice") + " on doors"
		t.Checklist = []string{paper, "Hang each on its door; where somebody is at home, tell them.", mark}
	default:
		t.Title = "Call " + count(n, "resident")
		t.Checklist = []string{paper, "Call each within the hours that the list names, and tell them what it says.",
			"Mark each: hearth round mark " + r.ID + " MESSAGE HOW (spoke-with, left-word, no-answer). After the third no-answer a message has failed."}
		t.Asks[0].Question = "Did you mark each of them? With no, the rest counts as not delivered."
	}
	return t
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Mark records what became of one message of a round; when nothing is left open, the task is done. It fails as round.Store.Mark
// does, and with CodeForbidden for residents.
func (s *Service) Mark(ctx context.Context, tx *db.Tx, id string, msg hearth.MessageID, p round.Proof) (round.Round, error) {
	if p.Actor.Kind == "resident" {
		return round.Round{}, hearth.Errorf(hearth.CodeForbidden, "Only a member of the team can say what became of a round.")
	}
	r, err := s.Rounds.Get(ctx, tx, id)
	if err != nil {
		return round.Round{}, err
	}
	if p.How == round.NotDone {
		return round.Round{}, hearth.FieldErrorf("how", "Close the task instead: what is left of the round counts as not delivered.")
	}
	if err := s.Rounds.Mark(ctx, tx, &r, msg, p); err != nil {
		return round.Round{}, err
	}
	if r.Open() > 0 {
		return r, nil
	}
	t, err := s.Tasks.Get(ctx, tx, r.Task)
	if err != nil || t.State.Closed() {
		return r, err
	}
	err = s.Tasks.Done(ctx, tx, p.Actor, t.ID, map[string]string{factDone: "yes"})
	if hearth.CodeOf(err) == hearth.CodeForbidden { // somebody else marked the last one; what is done is done
		err = s.Tasks.Done(ctx, tx, hearth.System("errand"), t.ID, map[string]string{factDone: "yes"})
	}
	return r, err
}
