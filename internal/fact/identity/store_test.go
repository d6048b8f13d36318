package identity_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/identity"
	"hearth/internal/fact/record"
)

// rig is a property with its residents.
type rig struct {
	testing.TB
	d       *db.DB
	clock   *hearth.VirtualClock
	records *record.Store
	store   *identity.Store
	oak     hearth.PropertyID
}

func newRig(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *rig {
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{TB: t, d: d, clock: clock, records: record.New(l, rand.Reader)}
	r.store = identity.NewStore(identity.Deps{DB: d, Log: l, Records: r.records, Random: rand.Reader, Node: "a", Logger: slog.New(slog.DiscardHandler)})
	r.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := r.records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak", State: "NY", Zip: "10001"})
		r.oak = p.ID
		return err
	})
	return r
}

func (r *rig) write(f func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	if err := r.d.Write(r.Context(), func(tx *db.Tx) error { return f(r.Context(), tx) }); err != nil {
		r.Fatal(err)
	}
}

// tell is an import of one line.
func (r *rig) tell(source, unit, ext, first, last, mail, phone string) hearth.ResidentID {
	r.Helper()
	var id hearth.ResidentID
	r.clock.Advance(time.Second)
	r.write(func(ctx context.Context, tx *db.Tx) error {
		res, err := r.records.PutHome(ctx, tx, record.News{Source: source}, record.Home{Property: r.oak, Unit: record.Unit{Label: unit},
			Members: []record.Member{{Resident: record.Resident{First: first, Last: last, Email: mail, Phone: phone}, External: ext}}})
		if err == nil {
			id = res.Members[0].ID
		}
		return err
	})
	return id
}

// open looks at everybody who changed, and gives what waits for a person.
func (r *rig) open() []identity.Proposal {
	r.Helper()
	for more := true; more; {
		var err error
		if more, err = r.store.RunOnce(r.Context()); err != nil {
			r.Fatal(err)
		}
	}
	var out []identity.Proposal
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = r.store.List(ctx, tx, identity.Open, "", 10)
		return err
	})
	return out
}

func (r *rig) decide(id string, as identity.State) error {
	return r.d.Write(r.Context(), func(tx *db.Tx) error {
		_, err := r.store.Decide(r.Context(), tx, hearth.System("test"), id, as)
		return err
	})
}

func TestProposals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		bob := r.tell("yardi", "1A", "t1", "Bob", "Thornwick", "bt@example.com", "614-555-0134")
		r.tell("yardi", "2A", "t2", "Sofia", "Dunn", "dunn@example.com", "614-555-0177")
		r.tell("yardi", "2A", "t3", "Peter", "Dunn", "dunn@example.com", "614-555-0177")
		r.tell("yardi", "3A", "t4", "Ana", "Quinstead", "", "")
		if got := r.open(); len(got) != 0 {
			t.Fatalf("a couple with one phone and e-mail, and strangers, gave %+v", got)
		}
		robert := r.tell("portal", "7A", "p1", "Robert", "Thornwick", "bt@example.com", "614-555-0134")
		if bob == robert {
			t.Fatal("the importer took them for one by itself: the test needs another pair")
		}
		got := r.open()
		if len(got) != 1 || got[0].A != bob || got[0].B != robert || got[0].Probability < identity.ProposalAt ||
			!strings.Contains(identity.Sentence(got[0].Evidence), "same phone") {
			t.Fatalf("got %+v, want Bob and Robert proposed", got)
		}
		first := got[0].ID
		if err := r.decide(first, identity.Different); err != nil {
			t.Fatal(err)
		}
		r.tell("portal", "7A", "p1", "Robert", "Thornwick", "bt@example.com", "614-555-0134")
		if got := r.open(); len(got) != 0 {
			t.Fatalf("kept apart, they were proposed again: %+v", got)
		}
		if err := r.decide(first, identity.Same); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("deciding the other way: %v, want a conflict", err)
		}
		r.tell("portal", "7A", "p1", "Bobby", "Thornwyck", "bt@example.com", "614-555-0134")
		if got = r.open(); len(got) != 1 || got[0].ID != first {
			t.Fatalf("with other evidence got %+v, want them proposed again", got)
		}
		r.mergeAndBack(first, bob, robert)
	})
}

// mergeAndBack decides that two are one, and takes it back.
func (r *rig) mergeAndBack(proposal string, bob, robert hearth.ResidentID) {
	r.Helper()
	for range 2 { // told twice, it happens once
		if err := r.decide(proposal, identity.Same); err != nil {
			r.Fatal(err)
		}
	}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		person, err := r.records.PersonOf(ctx, tx, robert)
		if err != nil || len(person) != 2 || person[0] != bob {
			r.Errorf("the person is %v (%v), want Bob with Robert under him", person, err)
		}
		return nil
	})
	if got := r.open(); len(got) != 0 {
		r.Errorf("merged, they are still proposed: %+v", got)
	}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.store.Unmerge(ctx, tx, hearth.System("test"), robert)
		return err
	})
	r.tell("portal", "7A", "p1", "Bobby", "Thornwyck", "bt@example.com", "614-555-0134")
	if got := r.open(); len(got) != 0 {
		r.Errorf("taken apart, they were proposed again: %+v", got)
	}
}

// What stops being alike is no question any more.
func TestProposalsEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.tell("yardi", "1A", "t1", "Bob", "Thornwick", "bt@example.com", "614-555-0134")
		r.tell("portal", "7A", "p1", "Robert", "Thornwick", "bt@example.com", "614-555-0134")
		if got := r.open(); len(got) != 1 {
			t.Fatalf("got %d proposals, want 1", len(got))
		}
		r.tell("portal", "7A", "p1", "Sofia", "Marwood", "sofia@example.com", "614-555-0177")
		if got := r.open(); len(got) != 0 {
			t.Errorf("they are nothing alike now, and are still proposed: %+v", got)
		}
		r.tell("portal", "7A", "p1", "Robert", "Thornwick", "bt@example.com", "614-555-0134")
		if got := r.open(); len(got) != 1 {
			t.Errorf("alike again, %d are proposed, want 1", len(got))
		}
	})
}
