package desk

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
)

// ours is service-closed in an operator's words.
func ours(t *testing.T, l *Library, line string) []byte {
	t.Helper()
	tpl, _ := l.Get("service-closed")
	out := strings.Replace(tpl.Text(), "If it works as it should, there is nothing to do.", line, 1)
	if out == tpl.Text() {
		t.Fatal("the shipped text has changed: choose another line")
	}
	return []byte(out)
}

func (h *house) put(from int, raw []byte) (Own, error) {
	var v Own
	err := h.db.Write(context.Background(), func(tx *db.Tx) (err error) {
		v, err = h.desk.Put(context.Background(), tx, hearth.Actor{Kind: "staff", ID: "pat"}, from, raw)
		return err
	})
	return v, err
}

// Messages are written from the newest version on, remember which it was, and go back to the shipped text.
func TestOwnTextsHoldFromAVersionOn(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		said := func(id, must string, version int) {
			t.Helper()
			h.submit(h.closed(id, h.cleo, "Work "+id))
			m := h.message(id)
			if !strings.Contains(m.Body, must) || m.TemplateVersion != version {
				t.Errorf("%s: version %d of %q, want %d with %q", id, m.TemplateVersion, m.Body, version, must)
			}
		}
		said("a", "there is nothing to do", 0)
		v, err := h.put(0, ours(t, h.desk.Templates, "Our own first line."))
		if err != nil || v.Version != 1 {
			t.Fatalf("put: %+v, %v", v, err)
		}
		said("b", "Our own first line.", 1)
		if _, err := h.put(0, ours(t, h.desk.Templates, "Somebody who knew nothing of it.")); hearth.CodeOf(err) != hearth.CodeConflict ||
			!strings.Contains(hearth.MessageOf(err), "at version 1") || !strings.Contains(hearth.MessageOf(err), "pat") {
			t.Errorf("a stale version: %v, want a conflict that names the newest and who put it", err)
		}
		if _, err := h.put(1, ours(t, h.desk.Templates, "Our second line.")); err != nil {
			t.Fatal(err)
		}
		said("c", "Our second line.", 2)
		if got := h.decisions(h.cleo)[0].Facts["template_version"]; got != float64(2) {
			t.Errorf("the decision tells version %v, want 2", got)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := h.desk.Reset(ctx, tx, hearth.System("test"), "service-closed", 2)
			return err
		})
		h.clock.Advance(24 * 3600e9)
		said("d", "there is nothing to do", 0)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			all, err := Versions(ctx, tx, "service-closed")
			if err != nil || len(all) != 3 || all[0].Text != "" || !strings.Contains(all[1].Text, "Our second line.") || !strings.Contains(all[2].Text, "Our own first line.") {
				t.Errorf("versions %+v, %v: want three, the newest empty and the others as they were put", all, err)
			}
			if _, err := h.desk.Reset(ctx, tx, hearth.System("test"), "service-closed", 3); hearth.CodeOf(err) != hearth.CodeConflict {
				t.Errorf("reset twice: %v", err)
			}
			return nil
		})
	})
}

// A version that was taken back with its transaction holds for nobody, also where another one gets its number.
func TestAPutThatIsRolledBackLeavesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		no := errors.New("no")
		err := h.db.Write(context.Background(), func(tx *db.Tx) error {
			if _, err := h.desk.Put(context.Background(), tx, hearth.System("test"), 0, ours(t, h.desk.Templates, "Never said.")); err != nil {
				return err
			}
			if _, err := h.desk.Submit(context.Background(), tx, []Intent{h.closed("x", h.cleo, "Undone.")}, h.view); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		if _, err := h.put(0, ours(t, h.desk.Templates, "Said.")); err != nil {
			t.Fatal(err)
		}
		h.submit(h.closed("a", h.cleo, "Done."))
		if m := h.message("a"); !strings.Contains(m.Body, "Said.") || strings.Contains(m.Body, "Never") {
			t.Errorf("got %q", m.Body)
		}
	})
}

// What is held is written from the version that holds when it goes out.
func TestHeldMessagesTakeTheNewestText(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-06 22:30 -0500"))
		v := h.submit(h.closed("a", h.cleo, "Done."))[0]
		want(t, v, Held, "quiet hours")
		if _, err := h.put(0, ours(t, h.desk.Templates, "Put in the night.")); err != nil {
			t.Fatal(err)
		}
		h.wake(v.Until)
		if m := h.message("a"); m.TemplateVersion != 1 || !strings.Contains(m.Body, "Put in the night.") {
			t.Errorf("got version %d: %q", m.TemplateVersion, m.Body)
		}
	})
}

// A stored text that this Hearth refuses rests, and the shipped one holds.
func TestAVersionThatCannotBeUsedRests(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, insertVersion, tx.Org(), "service-closed", int64(1), "id: service-closed\nnews: from the future\n", tx.Now(), "staff:pat"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, bumpTemplates, tx.Org(), epochName)
			return err
		})
		h.submit(h.closed("a", h.cleo, "Done."))
		if m := h.message("a"); m.TemplateVersion != 0 || !strings.Contains(m.Body, "there is nothing to do") {
			t.Errorf("got version %d: %q", m.TemplateVersion, m.Body)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error {
			_, rests, err := h.desk.Edition(ctx, tx)
			if !strings.Contains(rests["service-closed"], "not a template") {
				t.Errorf("rests: %v", rests)
			}
			return err
		})
	})
}

func TestPutRefuses(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		good := string(ours(t, h.desk.Templates, "Fine."))
		for name, tt := range map[string]struct {
			text, must string
			code       hearth.Code
		}{
			"another class":   {strings.Replace(good, "class: service", "class: safety", 1), "of class service", hearth.CodeInvalid},
			"another purpose": {strings.Replace(good, "purpose: service.closed", "purpose: other", 1), "purpose service.closed", hearth.CodeInvalid},
			"no such one":     {strings.Replace(good, "id: service-closed", "id: service-close", 1), `nearest is "service-closed"`, hearth.CodeNotFound},
			"a bad text":      {strings.Replace(good, "Fine.", "{{ payments.late_365d }}", 1), "can't say", hearth.CodeInvalid},
			"a long title":    {strings.Replace(good, "title: What was done", "title: "+strings.Repeat("é", MostTitle+1), 1), "the title has 81 letters, and 80 are the most", hearth.CodeInvalid},
			"nothing":         {"", "not a template", hearth.CodeInvalid},
		} {
			if _, err := h.put(0, []byte(tt.text)); hearth.CodeOf(err) != tt.code || !strings.Contains(hearth.MessageOf(err), tt.must) {
				t.Errorf("%s: %v, want %s with %q", name, err, tt.code, tt.must)
			}
		}
	})
}

// The check says where, what and what to do, for all that is wrong.
func TestFindingsHaveTheirPlace(t *testing.T) {
	l := shippedLibrary(t)
	const text = `id: service-closed
title: What was done
class: service
purpose: service.closed
why: To test.
languages:
  en:
    subject: Hello {{ resident.name }}
    body: |
      First line.
      {{ lease.ends }}
  es:
    subject: Hola
    body: |
      Uno.

      Dos {{ lease.end }}
`
	_, found := l.Examine([]byte(text))
	var got []string
	for _, f := range found {
		got = append(got, strings.Join([]string{f.String(), string(rune('0' + f.FileLine/10)), string(rune('0' + f.FileLine%10))}, " "))
	}
	want := []string{
		`en subject, line 1: it says "resident.name", which may be missing; list it under needs, or ask with {% if resident.name %}. 0 8`,
		`en body, line 2: templates can't say "lease.ends"; the nearest fact is "lease.end". 1 1`,
		`es body, line 3: it says "lease.end", which may be missing; list it under needs, or ask with {% if lease.end %}. 1 7`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, found = l.Examine([]byte(one("News", "Good day.\n\nHello {{ resident.name }}, how are you?", "{resident.name: {}}")))
	if len(found) != 1 || found[0].Part != "body" || !strings.Contains(found[0].Says, "{{ resident.name }}") || !strings.Contains(found[0].Says, "leave the name out") {
		t.Errorf("empty personalization: %+v", found)
	}
}

// What is refused is told with template, field and sentence apart, for whoever wrote the words elsewhere. A title that was taken once is no reason
// to stop saying what stands under it.
func TestARefusalIsToldInParts(t *testing.T) {
	l := shippedLibrary(t)
	_, err := l.Parse([]byte(one("News", "It says {{ nothing.known }}.", "{}")))
	at := (*Refused)(nil)
	if !errors.As(err, &at) || at.Template != "test-one" || at.Field != "languages.en.body" || !strings.HasPrefix(at.Sentence, "En body, line 1: templates can't say") || hearth.MessageOf(err) != "Template test-one: en"+at.Sentence[2:] {
		t.Errorf("%v: %+v", err, at)
	}
	long := strings.Replace(one("News", "Good day.", "{}"), "title: A test", "title: "+strings.Repeat("x", MostTitle+1), 1)
	if _, err := l.Parse([]byte(long)); err != nil {
		t.Errorf("what is stored can't be said any more: %v", err)
	}
}
