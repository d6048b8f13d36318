package desk

import (
	"context"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
)

// Every shipped template survives being edited: it says the same when nothing was changed, and the change when something was.
func TestRewriteKeepsWhatIsNotEdited(t *testing.T) {
	l := shippedLibrary(t)
	for _, id := range l.IDs() {
		was, _ := l.Get(id)
		raw, err := Rewrite([]byte(was.Text()), Edit{Needs: was.Needs, Languages: was.Languages})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		now, found := l.ExamineOwn(raw)
		if len(found) > 0 {
			t.Fatalf("%s: %v in\n%s", id, found, raw)
		}
		if now.Title != was.Title || now.Why != was.Why || now.Window != was.Window || now.Class != was.Class || now.Purpose != was.Purpose {
			t.Errorf("%s: the head changed:\n%s", id, raw)
		}
		for lang, w := range was.Languages {
			if now.Languages[lang] != w.tidied() {
				t.Errorf("%s in %s became %+v", id, lang, now.Languages[lang])
			}
		}
		if !maps.EqualFunc(now.Needs, was.Needs, func(a, b map[string]string) bool { return maps.Equal(a, b) }) {
			t.Errorf("%s: needs %v became %v", id, was.Needs, now.Needs)
		}
	}
}

// Whatever is written is kept as it is, or refused: never as something else.
func TestRewriteAnything(t *testing.T) {
	l := shippedLibrary(t)
	was, _ := l.Get("service-closed")
	rapid.Check(t, func(t *rapid.T) {
		w := Wording{Subject: rapid.String().Draw(t, "subject"), Body: rapid.String().Draw(t, "body"), Short: rapid.String().Draw(t, "short")}
		raw, err := Rewrite([]byte(was.Text()), Edit{Needs: was.Needs, Languages: map[string]Wording{"en": w}})
		if err != nil {
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Fatalf("%q: %v", w, err)
			}
			return
		}
		back, err := decode(raw)
		if err != nil || back.Languages["en"] != w.tidied() || back.ID != was.ID || back.Class != was.Class {
			t.Fatalf("%q became %q, %v", w, back.Languages["en"], err)
		}
	})
}

const parking = `id: parking-lines
title: The lines are painted
class: service
purpose: parking.lines
why: People have to move their cars.
languages:
  en: {subject: The parking lines, body: "On Friday the lines are painted. Please leave the lot free.\n"}
`

// A template that was made here holds from its first version on, has versions like any other, and playbooks may name it.
func TestTemplatesAreMadeHere(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		has := func() (ok bool) {
			if err := h.db.Read(context.Background(), func(tx *db.Tx) (err error) {
				ok, err = h.desk.Has(context.Background(), tx, "parking-lines")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if has() {
			t.Error("it is known before it is made")
		}
		create := func(text string) error {
			return h.db.Write(context.Background(), func(tx *db.Tx) error {
				_, err := h.desk.Create(context.Background(), tx, hearth.Actor{Kind: "staff", ID: "pat"}, []byte(text))
				return err
			})
		}
		if err := create(parking); err != nil {
			t.Fatal(err)
		}
		if !has() {
			t.Error("it is not known once it is made")
		}
		for name, tt := range map[string]struct {
			text string
			code hearth.Code
		}{
			"again":     {parking, hearth.CodeConflict},
			"a shipped": {strings.Replace(parking, "parking-lines", "service-closed", 1), hearth.CodeConflict},
			"no text":   {strings.Replace(parking, "body:", "short:", 1), hearth.CodeInvalid},
		} {
			if err := create(tt.text); hearth.CodeOf(err) != tt.code {
				t.Errorf("%s: %v, want %s", name, err, tt.code)
			}
		}
		if _, err := h.put(1, []byte(strings.Replace(parking, "class: service", "class: safety", 1))); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("it may not become something else: %v", err)
		}
		if _, err := h.put(1, []byte(strings.Replace(parking, "Friday", "Monday", 1))); err != nil {
			t.Fatal(err)
		}
		h.submit(Intent{ID: "msg_a", Property: h.oak, Resident: h.cleo, Template: "parking-lines", Class: hearth.ClassService, Purpose: "parking.lines"})
		if m := h.message("a"); m.TemplateVersion != 2 || !strings.Contains(m.Body, "On Monday") {
			t.Errorf("version %d of %q", m.TemplateVersion, m.Body)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := h.desk.Reset(ctx, tx, hearth.System("test"), "parking-lines", 2); hearth.CodeOf(err) != hearth.CodeConflict {
				t.Errorf("there is nothing shipped to go back to: %v", err)
			}
			return nil
		})
	})
}
