package playbook

import (
	"fmt"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// Wherever a definition names an event that is closed, or reads what is owed, it says so.
func TestTraits(t *testing.T) {
	end := "\n  - {end: Done., id: z}\n"
	with := func(trigger, more, step string) string {
		return "id: t\ntitle: T\ndepth: playbook\nwhy: So.\ntrigger: " + trigger + "\n" + more + "steps:" + step + end
	}
	const plain = "{on: lease.moved_in}"
	tests := []struct {
		name, text   string
		closed, owed bool
	}{
		{"neither", with("{when: service.open > 0}", "goal: {event: lease.renewed, within: 3d}\nexits: [{on: lease.moved_out}]\n", ""), false, false},
		{"words about payments", strings.Replace(with(plain, "", ""), "So.", "A plan of payments is agreed on elsewhere.", 1), false, false},
		{"started by it", with("{on: welfare.concern}", "", ""), true, false},
		{"by its absence", with("{absence: welfare.concern, for: 30d}", "", ""), true, false},
		{"by its repetition", with("{repeat: {event: welfare.concern, by: resident, times: 2, within: 30d}}", "", ""), true, false},
		{"as a goal", with(plain, "goal: {event: welfare.concern, within: 3d}\n", ""), true, false},
		{"as an exit", with(plain, "exits: [{on: welfare.concern}]\n", ""), true, false},
		{"waited for", with(plain, "", "\n  - {wait: {event: welfare.concern, at_most: 3d}}"), true, false},
		{"waited for beside others, in an arm", with(plain, "", "\n  - branch:\n      - {if: service.open > 0, steps: []}\n      - {else: [{wait: {events: [portal.visited, welfare.concern], at_most: 3d}}]}"), true, false},
		{"owed, as a start", with(`{when: "payments.arrears >= 50.0"}`, "", ""), false, true},
		{"owed, for whom", with(plain, "audience: payments . late_365d > 1\n", ""), false, true},
		{"owed, on a branch", with(plain, "", "\n  - branch: [{if: payments.arrears > 0.0, steps: []}]"), false, true},
		{"owed, noted", with(plain, "", "\n  - {set: {before: {signal: payments.arrears}}}"), false, true},
		{"paid, as a goal", with(plain, "goal: {event: arrears.changed, within: 3d}\n", ""), false, true},
		{"paid late, as a start", with(`{on: payment.recorded, if: event.late}`, "", ""), false, true},
		{"both", with(`{on: welfare.concern, if: payments.arrears > 0.0}`, "", ""), true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := d.Trait(), (Trait{Closed: tt.closed, Owed: tt.owed}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	if got := TraitOf([]byte("id: [")); !got.Closed || !got.Owed {
		t.Errorf("of a text that can't be read %+v is told", got)
	}
}

// What any version would say counts, texts are read once, and the memory is bounded.
func TestTraitsAreRemembered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		keep := func(id string, version int, text string) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), addVersionSQL, tx.Org(), id, version, text, Digest([]byte(text)), 1, 0)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		traits := NewTraits()
		among := func() map[hearth.PlaybookID]Trait {
			t.Helper()
			var out map[hearth.PlaybookID]Trait
			if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
				out, err = traits.Among(t.Context(), tx)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		keep("once", 1, strings.Replace(small, "lease.moved_in", "welfare.concern", 1))
		keep("once", 2, small)
		keep("segments", 1, strings.Replace(small, "Newcomers", "All", 1))
		if got := among(); got["once"] != (Trait{Closed: true}) || got["segments"] != (Trait{}) {
			t.Fatalf("got %+v", got)
		}
		before := len(traits.known)
		if got := among(); !got["once"].Closed || len(traits.known) != before || before != 3 {
			t.Errorf("asked again: %+v, %d texts known after %d", got, len(traits.known), before)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return keepSegments(t.Context(), tx, &Program{Def: &Definition{ID: "segments"}, Segments: map[string]string{"behind": "payments.arrears > 0.0"}}, 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := among(); !got["segments"].Owed {
			t.Error("a segment that reads what is owed is overlooked")
		}
		for i := range mostTraits + 10 {
			traits.learn(fmt.Sprint(i), small)
		}
		if n := len(traits.known); n > mostTraits {
			t.Errorf("%d texts are remembered, and %d is the most", n, mostTraits)
		}
	})
}

// BenchmarkTraits compares what pages ask for of thirty playbooks, read anew and remembered.
func BenchmarkTraits(b *testing.B) {
	d, _ := dbtest.SQLite(b)
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		for i := range 30 {
			text := strings.Replace(small, "steps:\n", "steps:\n"+strings.Repeat("  - task: {title: Say hello, why: They are new and somebody should say hello to them, role: leasing, minutes: 10, due: 1 business day}\n", 20), 1)
			text = strings.Replace(text, "id: hello", fmt.Sprintf("id: hello-%d", i), 1)
			if _, err := tx.Exec(b.Context(), addVersionSQL, tx.Org(), fmt.Sprintf("hello-%d", i), 1, text, Digest([]byte(text)), 1, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	read := func(b *testing.B, f func(tx *db.Tx) error) {
		for b.Loop() {
			if err := d.Read(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("anew", func(b *testing.B) {
		read(b, func(tx *db.Tx) error {
			stored, err := Versions(b.Context(), tx)
			ClosedAmong(stored)
			return err
		})
	})
	traits := NewTraits()
	b.Run("remembered", func(b *testing.B) {
		read(b, func(tx *db.Tx) error {
			_, err := traits.Among(b.Context(), tx)
			return err
		})
	})
}
