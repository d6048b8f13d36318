package playbook

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// Two people change one draft: other parts stand beside each other, the same part is told and not taken, and every step can be
// gone back to.
func TestTwoPeopleChangeADraft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ana, bo := hearth.Actor{Kind: "staff", ID: "stf_ana"}, hearth.Actor{Kind: "staff", ID: "stf_bo"}
		about := func(what string) func(string, string) string { return func(string, string) string { return what } }
		change := func(who hearth.Actor, base int, part, value string) (draft Draft, beside []hearth.Actor, err error) {
			err = d.Write(t.Context(), func(tx *db.Tx) error {
				draft, beside, err = ChangeDraft(t.Context(), tx, who, "sheet", Change{Base: base, Start: sheetTest, About: about(part), Part: part, Apply: func(text, part string) (string, error) {
					if part == "" {
						return value, nil
					}
					s, err := ReadSheet(text)
					if err != nil {
						return "", err
					}
					return s.Text(), s.Set(part, value)
				}})
				return err
			})
			return draft, beside, err
		}
		set := func(who hearth.Actor, base int, path, value string) (draft Draft, beside []hearth.Actor, err error) {
			err = d.Write(t.Context(), func(tx *db.Tx) error {
				draft, beside, err = ChangeDraft(t.Context(), tx, who, "sheet", Change{Base: base, Start: sheetTest, About: about(path), Part: path, Apply: func(text, path string) (string, error) {
					s, err := ReadSheet(text)
					if err == nil {
						err = s.Set(path, value)
					}
					if err != nil {
						return "", err
					}
					return s.Text(), nil
				}})
				return err
			})
			return draft, beside, err
		}
		first, _, err := set(ana, 0, "title", "From Ana")
		if err != nil || first.Rev != 1 {
			t.Fatalf("first is %+v, %v", first, err)
		}
		// Bo looked at the text before there was a draft, and changes something else.
		second, beside, err := set(bo, 0, "why", "From Bo")
		if err != nil || second.Rev != 2 || len(beside) != 1 || beside[0].ID != "stf_ana" || !strings.Contains(second.Text, "From Ana") || !strings.Contains(second.Text, "From Bo") {
			t.Fatalf("second is %+v beside %v, %v", second, beside, err)
		}
		// Ana still looks at the first, and changes what Bo changed.
		_, _, err = set(ana, 1, "why", "From Ana too")
		if c, ok := AsDraftConflict(err); !ok || c.By.ID != "stf_bo" || c.Now.Rev != 2 {
			t.Fatalf("the same part: %v", err)
		}
		// The whole text over somebody's change is a conflict; over one's own it is not.
		if _, _, err = change(ana, 1, "", "id: sheet\n"); err == nil {
			t.Fatal("the whole text was taken over Bo's change")
		}
		if third, _, err := change(bo, 1, "", "id: sheet\n"); err != nil || third.Rev != 3 {
			t.Fatalf("third is %+v, %v", third, err)
		}
		restore := func(to, seen int) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return RestoreDraft(t.Context(), tx, ana, "sheet", to, seen) })
		}
		if err := restore(2, 2); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("taken back over a change: %v", err)
		}
		if err := restore(2, 3); err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return DropDraft(t.Context(), tx, "sheet") })
		if err != nil {
			t.Fatal(err)
		}
		if err := restore(4, 0); err != nil {
			t.Fatalf("the discarded draft does not come back: %v", err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			got, ok, err := DraftOf(context.Background(), tx, "sheet")
			if !ok || got.Rev != 5 || got.Text != second.Text {
				t.Errorf("in the end it is %+v, %v", got, ok)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// A draft that begins anew has nothing of the old one behind it, and Bo's steps in that one are nothing to Ana.
		err = d.Write(t.Context(), func(tx *db.Tx) error { return DropDraftOf(t.Context(), tx, "sheet", second.Text) })
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := set(bo, 5, "why", "Late"); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Fatalf("a part of a draft that is no more: %v", err)
		}
		sixth, _, err := set(ana, 0, "title", "Anew")
		if err != nil || sixth.Rev != 6 || strings.Contains(sixth.Text, "From Bo") {
			t.Fatalf("anew: %+v, %v", sixth, err)
		}
		if seventh, beside, err := set(ana, 0, "title", "Anew again"); err != nil || seventh.Rev != 7 || len(beside) > 0 {
			t.Errorf("anew again: %+v beside %v, %v", seventh, beside, err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			past, err := Revisions(t.Context(), tx, "sheet", 1)
			if len(past) != 2 || past[0].Rev != 6 || !Whole(past) {
				t.Errorf("behind it lies %+v", past)
			}
			if err == nil { // what was written since is another draft
				err = DropDraftOf(t.Context(), tx, "sheet", sixth.Text)
			}
			if _, ok, _ := DraftOf(t.Context(), tx, "sheet"); !ok {
				t.Error("a text that nobody switched on is gone")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A step that somebody else moved meanwhile is changed where it stands now, and never the one that came into its place.
func TestStepsThatMovedMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ana, bo := hearth.Actor{Kind: "staff", ID: "stf_ana"}, hearth.Actor{Kind: "staff", ID: "stf_bo"}
		change := func(who hearth.Actor, base, over int, part string, do func(s *Sheet, part string) error) (draft Draft, about string, err error) {
			err = d.Write(t.Context(), func(tx *db.Tx) error {
				draft, _, err = ChangeDraft(t.Context(), tx, who, "moves", Change{Base: base, Over: over, Start: "steps:\n  - end: one\n  - end: two\n  - end: three\n", Part: part,
					About: func(text, part string) string { about = part; return part },
					Apply: func(text, part string) (string, error) {
						s, err := ReadSheet(text)
						if err == nil {
							err = do(s, part)
						}
						if err != nil {
							return "", err
						}
						return s.Text(), nil
					}})
				return err
			})
			return draft, about, err
		}
		up := func(s *Sheet, part string) error { _, err := s.Move(part, -1); return err }
		remove := func(s *Sheet, part string) error { return s.Remove(part) }
		set := func(to string) func(*Sheet, string) error {
			return func(s *Sheet, part string) error { return s.Set(part+".end", to) }
		}
		is := func(got Draft, err error, want string) {
			t.Helper()
			if flat := strings.NewReplacer("steps:\n", "", "  - end: ", "", "\n", " ").Replace(got.Text); err != nil || flat != want {
				t.Fatalf("the steps are %q, %v, want %q", flat, err, want)
			}
		}
		got, _, err := change(bo, 0, 0, "steps.1", up)
		is(got, err, "two one three ")
		got, about, err := change(ana, 0, 0, "steps.1", set("second"))
		if is(got, err, "second one three "); about != "steps.0" {
			t.Errorf("it was said of %s", about)
		}
		// Pressed twice, one step goes.
		got, _, err = change(ana, 2, 0, "steps.1", remove)
		is(got, err, "second three ")
		if _, _, err = change(ana, 2, 0, "steps.1", remove); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("removed twice: %v", err)
		}
		// Bo changes what Ana changes: told where it stands now; Ana has seen it, and hers is taken there.
		if _, _, err = change(bo, 3, 0, "steps.1", set("third")); err != nil {
			t.Fatal(err)
		}
		_, _, err = change(ana, 3, 0, "steps.1", set("last"))
		if c, ok := AsDraftConflict(err); !ok || c.Part != "steps.1" {
			t.Fatalf("the same step: %v", err)
		}
		got, _, err = change(ana, 3, 4, "steps.1", set("last"))
		is(got, err, "second last ")
		// What is only known by a place in a text that is not kept is left alone.
		if _, _, err = change(ana, -7, 0, "steps.1", set("lost")); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("a place in no text: %v", err)
		}
	})
}

// Whoever takes back twice goes back twice: what was taken back is no change to take back.
func TestUndoGoesOn(t *testing.T) {
	past := []Revision{{Rev: 1, Text: "a", About: "made"}, {Rev: 2, Text: "b", About: "title"}, {Rev: 3, Text: "c", About: "steps"}, {Rev: 4, Text: "b", About: WentBack}, {Rev: 5, Text: "a", About: WentBack}, {Rev: 6, Text: "d", About: "why"}, {Rev: 7, Text: "gone", About: WentBack}}
	for n, want := range []int{0, 1, 2, 1, 0, 5, 6} {
		if got := StoodAt(past, n); got != want {
			t.Errorf("at %d it stands at %d, want %d", n, got, want)
		}
	}
}
