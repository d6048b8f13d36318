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
		change := func(who hearth.Actor, base int, part, value string) (draft Draft, beside []hearth.Actor, err error) {
			err = d.Write(t.Context(), func(tx *db.Tx) error {
				draft, beside, err = ChangeDraft(t.Context(), tx, who, "sheet", Change{Base: base, Start: sheetTest, About: part, Part: part, Apply: func(text string) (string, error) {
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
				draft, beside, err = ChangeDraft(t.Context(), tx, who, "sheet", Change{Base: base, Start: sheetTest, About: path, Part: path, Apply: func(text string) (string, error) {
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
