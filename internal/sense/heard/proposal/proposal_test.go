package proposal_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard/proposal"
)

// rig is a property with two homes, and a team of two.
type rig struct {
	*testing.T
	d       *db.DB
	clock   *hearth.VirtualClock
	log     *eventlog.Log
	records *record.Store
	store   *proposal.Store
	oak     hearth.PropertyID
	ana     hearth.ResidentID
	ben     hearth.ResidentID // shares Ana's home
	kim     hearth.ResidentID // their child
	eva     hearth.ResidentID
	maria   hearth.StaffID // leasing
	carol   hearth.StaffID // service coordinator
	n       int
}

func newRig(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *rig {
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, d: d, clock: clock, log: l, records: record.New(l, rand.Reader)}
	r.store = r.node("a")
	r.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := r.records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak", Zone: "America/New_York"})
		if err != nil {
			return err
		}
		r.oak = p.ID
		home, err := r.records.PutHome(ctx, tx, record.News{Source: "test"}, record.Home{Property: r.oak, Unit: record.Unit{Label: "1A"}, Members: []record.Member{
			{Resident: record.Resident{First: "Anastasia", Last: "Ruiz", Email: "ana@home.example"}, External: "R-1"},
			{Resident: record.Resident{First: "Ben", Last: "Ruiz", Email: "ben@home.example"}, External: "R-2"},
			{Resident: record.Resident{First: "Kim", Last: "Ruiz", Role: hearth.MemberMinor}, External: "R-3"}}})
		if err != nil {
			return err
		}
		r.ana, r.ben, r.kim = home.Members[0].ID, home.Members[1].ID, home.Members[2].ID
		other, err := r.records.PutHome(ctx, tx, record.News{Source: "portal"}, record.Home{Property: r.oak, Unit: record.Unit{Label: "2A"}, Members: []record.Member{
			{Resident: record.Resident{First: "Ann", Last: "Ruiz-Bell", Email: "eva@home.example"}, External: "P-1"}}})
		if err != nil {
			return err
		}
		r.eva = other.Members[0].ID
		for _, m := range []struct {
			id   *hearth.StaffID
			name string
			role hearth.Role
		}{{&r.maria, "Maria Sol", hearth.RoleLeasing}, {&r.carol, "Carol Orr", hearth.RoleCoordinator}} {
			s, _, err := r.records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: m.name, Roles: []record.StaffRole{{Property: r.oak, Role: m.role}}})
			if err != nil {
				return err
			}
			*m.id = s.ID
		}
		return nil
	})
	return r
}

func (r *rig) node(name string) *proposal.Store {
	return proposal.NewStore(proposal.Deps{DB: r.d, Log: r.log, Records: r.records, Random: rand.Reader, Node: name, Logger: slog.New(slog.DiscardHandler)})
}

func (r *rig) write(f func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	if err := r.d.Write(r.Context(), func(tx *db.Tx) error { return f(r.Context(), tx) }); err != nil {
		r.Fatal(err)
	}
}

// tell appends an event a minute later, changed by f.
func (r *rig) tell(kind hearth.EventType, who hearth.ResidentID, data map[string]any, f func(ev *hearth.Event)) {
	r.Helper()
	r.clock.Advance(time.Minute)
	b, err := json.Marshal(data)
	if err != nil {
		r.Fatal(err)
	}
	r.n++
	ev := &hearth.Event{ID: fmt.Sprint("e", r.n), Source: "test", Type: kind, Subject: hearth.Subject{Kind: "resident", ID: string(who)}, Property: r.oak,
		Residents: []hearth.ResidentID{who}, Time: r.clock.Now(), Data: b}
	if f != nil {
		f(ev)
	}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.log.Append(ctx, tx, ev)
		return err
	})
}

func (r *rig) says(who hearth.ResidentID, text string) {
	r.Helper()
	r.tell("message.received", who, map[string]any{"channel": "sms", "text": text}, nil)
}

// hear reads what was said, and gives what waits, as words: "channel sms", with "no longer" and what it changes.
func (r *rig) hear() (words []string, found []proposal.Proposal) {
	r.Helper()
	for more := true; more; {
		var err error
		if more, err = r.store.RunOnce(r.Context()); err != nil {
			r.Fatal(err)
		}
	}
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		found, err = r.store.List(ctx, tx, proposal.Open, r.oak, "", 100)
		return err
	})
	slices.SortFunc(found, func(a, b proposal.Proposal) int { return a.Said.Compare(b.Said) })
	for _, p := range found {
		w := string(p.Kind) + " " + p.Value
		if p.Ended {
			w += " no longer"
		}
		if p.Was != "" {
			w += " was " + p.Was
		}
		words = append(words, w)
	}
	return words, found
}

func (r *rig) wants(want ...string) []proposal.Proposal {
	r.Helper()
	got, found := r.hear()
	if !slices.Equal(got, want) {
		r.Fatalf("heard %q, want %q", got, want)
	}
	return found
}

func (r *rig) decide(id string, f func(context.Context, *db.Tx, hearth.Actor, string) (proposal.Proposal, error)) error {
	return r.d.Write(r.Context(), func(tx *db.Tx) error {
		_, err := f(r.Context(), tx, hearth.Actor{Kind: "staff", ID: string(r.maria)}, id)
		return err
	})
}

func (r *rig) preference(who hearth.ResidentID, name string) (p record.Preference) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := r.records.Preferences(ctx, tx, who)
		for _, x := range all {
			if x.Name == name {
				p = x
			}
		}
		return err
	})
	return p
}

func (r *rig) rows() (n int) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, `SELECT count(*) FROM heard_facts WHERE org = $1`, tx.Org()).Scan(&n)
	})
	return n
}

// What was said is proposed with its words, kept as a preference with its source and date, and changes by what is said later.
func TestKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.says(r.ana, "Hi! Just so you know, I work nights. Thanks")
		said := r.clock.Now()
		found := r.wants("schedule works nights")
		if p := found[0]; p.Words != "I work nights" || p.Resident != r.ana || p.Event != "e1" || p.Source != "test" || p.Type != "message.received" || p.Channel != "sms" ||
			!p.Said.Equal(said) || p.Confidence < 0.8 || p.Confidence > 1 {
			t.Errorf("proposed %+v", p)
		}
		r.says(r.ana, "As I said, I work nights.")
		if again := r.wants("schedule works nights"); again[0].ID != found[0].ID || again[0].Event != "e1" {
			t.Errorf("said twice it is %+v", again)
		}
		if got := r.preference(r.ana, "schedule"); got.Value != "" {
			t.Fatalf("a proposal is a preference already: %+v", got)
		}
		r.clock.Advance(time.Hour)
		for range 2 {
			if err := r.decide(found[0].ID, r.store.Keep); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.preference(r.ana, "schedule"); got.Value != "works nights" || got.Source != proposal.Source || !got.At.Equal(said) {
			t.Errorf("kept: %+v, want the date when it was said", got)
		}
		var told []*hearth.Event
		r.write(func(ctx context.Context, tx *db.Tx) (err error) {
			told, err = r.log.Timeline(ctx, tx, r.ana, []hearth.EventType{"preference.changed"}, eventlog.Cursor{}, 10)
			return err
		})
		if len(told) != 1 || told[0].Actor.ID != string(r.maria) || !strings.Contains(string(told[0].Data), found[0].ID) {
			t.Errorf("the log tells %+v", told)
		}
		if err := r.decide(found[0].ID, r.store.Decline); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("declining what was kept: %v, want a conflict", err)
		}
		r.says(r.ana, "I work nights.")
		r.wants()
		r.says(r.ana, "From now on I work evenings.")
		change := r.wants("schedule works evenings was works nights")
		if err := r.decide(change[0].ID, r.store.Keep); err != nil {
			t.Fatal(err)
		}
		r.says(r.ana, "I no longer work nights.") // nobody thinks so
		r.says(r.ana, "I no longer work evenings.")
		over := r.wants("schedule works evenings no longer was works evenings")
		if err := r.decide(over[0].ID, r.store.Keep); err != nil {
			t.Fatal(err)
		}
		if got := r.preference(r.ana, "schedule"); got.Value != "" {
			t.Errorf("it is so no longer, and stands as %+v", got)
		}
		r.says(r.ana, "I work nights again, so I work nights.")
		r.wants("schedule works nights")
	})
}

func TestDeclinedIsNotProposedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.says(r.ana, "We got a puppy!")
		p := r.wants("pets dog")[0]
		for range 2 {
			if err := r.decide(p.ID, r.store.Decline); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.decide(p.ID, r.store.Keep); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("keeping what was declined: %v, want a conflict", err)
		}
		r.clock.Advance(30 * 24 * time.Hour)
		r.says(r.ana, "I have a dog.")
		r.wants()
		r.write(func(ctx context.Context, tx *db.Tx) error {
			got, err := r.store.Proposal(ctx, tx, p.ID)
			if got.State != proposal.Declined || got.Actor.ID != string(r.maria) || got.Decided.IsZero() {
				t.Errorf("declined: %+v", got)
			}
			if _, err := r.store.Proposal(ctx, tx, "hrd_none"); hearth.CodeOf(err) != hearth.CodeNotFound {
				t.Errorf("nobody's: %v", err)
			}
			return err
		})
		if got := r.preference(r.ana, "pets"); got.Value != "" {
			t.Errorf("a preference stands: %+v", got)
		}
	})
}

// Nothing of what somebody is gets into the table, whatever stands beside it; nor what is no news, or not for us.
func TestNothingIsKeptOf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		note := func(by hearth.StaffID) map[string]any {
			return map[string]any{"staff": string(by), "kind": "call", "note": "Works nights."}
		}
		for _, c := range []struct {
			name string
			tell func()
		}{
			{"pregnant", func() { r.says(r.ana, "I'm pregnant, so please call before you come.") }},
			{"wheelchair", func() { r.says(r.ana, "My wheelchair is in the hall, please call before you come.") }},
			{"faith", func() { r.says(r.ana, "After Ramadan I work nights.") }},
			{"the reason behind", func() { r.says(r.ana, "Please text me instead. Because I am deaf.") }},
			{"hearsay", func() { r.says(r.ana, "My neighbour works nights.") }},
			{"a question", func() { r.says(r.ana, "Do you allow a puppy?") }},
			{"history", func() {
				r.tell("message.received", r.ana, map[string]any{"channel": "sms", "text": "I work nights."}, func(ev *hearth.Event) { ev.History = true })
			}},
			{"long ago", func() {
				r.tell("message.received", r.ana, map[string]any{"channel": "sms", "text": "I work nights."}, func(ev *hearth.Event) { ev.Time = ev.Time.Add(-200 * 24 * time.Hour) })
			}},
			{"a child", func() { r.says(r.kim, "We got a puppy!") }},
			{"told to the coordinator", func() { r.tell("contact.personal", r.ana, note(r.carol), nil) }},
			{"noted by nobody known", func() { r.tell("contact.personal", r.ana, note("stf_nobody"), nil) }},
			{"noted in a task by nobody knows whom", func() {
				r.tell("task.done", r.ana, map[string]any{"task": "tsk_1", "facts": map[string]any{"note": "Works nights."}}, nil)
			}},
			{"noted in a task by the coordinator", func() {
				r.tell("task.done", r.ana, map[string]any{"task": "tsk_1", "facts": map[string]any{"note": "Works nights."}}, func(ev *hearth.Event) {
					ev.Actor = hearth.Actor{Kind: "staff", ID: string(r.carol)}
				})
			}},
			{"one of the household, and nobody knows which", func() {
				r.tell("workorder.opened", r.ana, map[string]any{"description": "I work nights. The tap drips."}, func(ev *hearth.Event) {
					ev.Subject, ev.Residents = hearth.Subject{Kind: "workorder", ID: "1"}, []hearth.ResidentID{r.ana, r.ben}
				})
			}},
			{"the name that they have", func() { r.says(r.ana, "Please call me Anastasia.") }},
		} {
			c.tell()
			if got, _ := r.hear(); len(got) != 0 || r.rows() != 0 {
				t.Fatalf("%s: heard %q, %d rows; want none", c.name, got, r.rows())
			}
		}
		r.tell("contact.personal", r.ana, note(r.maria), nil)
		r.tell("workorder.opened", r.ben, map[string]any{"description": "The tap drips. Please call before you come."}, func(ev *hearth.Event) {
			ev.Subject, ev.Residents = hearth.Subject{Kind: "workorder", ID: "2"}, []hearth.ResidentID{r.ben, r.ana}
		})
		r.tell("task.done", r.ben, map[string]any{"task": "tsk_1", "facts": map[string]any{"note": "Prefers email.", "promise": "2026-03-04 call after 5"}}, func(ev *hearth.Event) {
			ev.Actor = hearth.Actor{Kind: "staff", ID: string(r.maria)}
		})
		r.tell("survey.answered", r.ana, map[string]any{"question": "repair", "score": 5, "text": "Great. We have two cats, they liked him."}, nil)
		r.wants("schedule works nights", "notice call first", "channel email", "pets 2 cats")
	})
}

// What is said later goes before what waits, what is older changes nothing, and what stands beside each other does.
func TestOneAfterAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.says(r.ana, "I prefer email.")
		r.says(r.ana, "I prefer texts.")
		r.tell("message.received", r.ana, map[string]any{"channel": "sms", "text": "I prefer letters."}, func(ev *hearth.Event) { ev.Time = ev.Time.Add(-time.Hour) })
		channel := r.wants("channel sms")[0]
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: r.ana, Name: "channel", Value: "call"})
			return err
		})
		if err := r.decide(channel.ID, r.store.Keep); err != nil {
			t.Fatal(err)
		}
		if got := r.preference(r.ana, "channel"); got.Value != "sms" {
			t.Errorf("a person said that it holds although something else was learned since: %+v", got)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: r.ana, Name: "pets", Value: "a cat"})
			return err
		})
		r.says(r.ana, "My cat is shy. And we got a puppy!")
		r.says(r.ana, "Please don't call me.")
		found := r.wants("pets dog was a cat", "avoid call")
		for _, p := range found {
			if err := r.decide(p.ID, r.store.Keep); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.preference(r.ana, "pets"); got.Value != "a cat, dog" {
			t.Errorf("pets are %q", got.Value)
		}
		r.says(r.ana, "Please don't text me.")
		r.says(r.ana, "I no longer have a cat.")
		for _, p := range r.wants("avoid sms was call", "pets cat no longer was a cat, dog") {
			if err := r.decide(p.ID, r.store.Keep); err != nil {
				t.Fatal(err)
			}
		}
		if pets, avoid := r.preference(r.ana, "pets"), r.preference(r.ana, "avoid"); pets.Value != "dog" || avoid.Value != "call, sms" {
			t.Errorf("pets are %q, avoided is %q", pets.Value, avoid.Value)
		}
	})
}

func TestNameAndLanguageReachTheRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.says(r.ana, "Please call me Ana.")
		r.says(r.ana, "Please write to me in Spanish.")
		for _, p := range r.wants("name Ana", "language es") {
			if err := r.decide(p.ID, r.store.Keep); err != nil {
				t.Fatal(err)
			}
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			got, err := r.records.Resident(ctx, tx, r.ana)
			if got.Called() != "Ana" || got.First != "Anastasia" || got.Language != "es" {
				t.Errorf("the record calls them %q and writes in %q", got.Called(), got.Language)
			}
			return err
		})
		r.says(r.ana, "Please call me Ana. Please write to me in Spanish.")
		r.wants()
	})
}

// Two residents who are one person are heard as one: a decision about either holds, and keeping goes to the one they are
// seen under.
func TestOnePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.says(r.ana, "I work nights.")
		if err := r.decide(r.wants("schedule works nights")[0].ID, r.store.Decline); err != nil {
			t.Fatal(err)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.records.MergeResidents(ctx, tx, record.News{}, r.ana, r.eva, "for the test")
		})
		r.says(r.eva, "I work nights. Please call before you come.")
		p := r.wants("notice call first")[0]
		if p.Resident != r.eva {
			t.Errorf("the words are %s's, want those of the other", p.Resident)
		}
		if err := r.decide(p.ID, r.store.Keep); err != nil {
			t.Fatal(err)
		}
		if a, e := r.preference(r.ana, "notice"), r.preference(r.eva, "notice"); a.Value != "call first" || e.Value != "" {
			t.Errorf("kept for the one seen: %+v, for the other: %+v", a, e)
		}
		r.says(r.ana, "Please call before you come.")
		r.wants()
	})
}

// Two nodes read the same stretch: each fact is proposed once, and none is left out.
func TestTwoNodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		other := r.node("b")
		for i := range 20 {
			r.says(r.ana, []string{"I work nights.", "We got a puppy!", "The tap drips.", "I prefer email."}[i%4])
			store := r.store
			if i%2 == 0 {
				store = other
			}
			if _, err := store.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r.wants("schedule works nights", "pets dog", "channel email")
		if r.rows() != 3 {
			t.Errorf("%d rows, want 3", r.rows())
		}
	})
}
