package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/sense/signal"
)

const canary = "CANARY"

// longest gives each listed fact the longest value that it can have.
func longest() map[string]any {
	facts := map[string]any{}
	for _, f := range Facts() {
		facts[f.Name] = strings.Repeat("ñ", 2*maxFact)
		if f.List {
			facts[f.Name] = slices.Repeat([]string{strings.Repeat("ñ", 2*maxFact)}, 3*maxList)
		}
	}
	return facts
}

// planted is what somebody may know of a resident and no text may say, under the names that it has in Hearth and a few that
// would be tempting. Listed names are left out.
func planted() map[string]any {
	names := []string{"resident.ssn", "resident.email", "resident.phone", "resident.language", "resident.notes", "situation.kind", "situation.reason", "case.notes",
		"household.members", "event.actor", "event.source", "event.id", "event", "resident", "self", "forloop", "template", "env", "settings"}
	for _, f := range signal.Fields() {
		names = append(names, f.Name)
	}
	listed := newCatalog()
	out := map[string]any{}
	for _, name := range names {
		if _, ok := listed[name]; !ok {
			out[name] = canary
		}
	}
	return out
}

// unreached fails if a text that passed the check says anything off the list, leaves a blank or grows beyond its bound.
func unreached(t interface {
	Fatalf(format string, args ...any)
}, l *Library, tpl *Template) {
	own := &Library{byID: map[string]*Template{tpl.ID: tpl}, facts: l.facts}
	for lang := range tpl.Languages {
		facts := longest()
		maps.Copy(facts, planted())
		for _, ch := range []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS} {
			r, missing, err := own.Render(tpl.ID, lang, ch, facts)
			if err != nil || len(missing) > 0 {
				t.Fatalf("%q passed the check and then: missing %v, error %v", tpl.raw, missing, err)
			}
			for _, part := range []string{r.Subject, r.Body, r.Short} {
				if strings.Contains(part, canary) || utf8.RuneCountInString(part) > maxLength {
					t.Fatalf("%q came to %d characters, or reached a value off the list: %.400q", tpl.raw, utf8.RuneCountInString(part), part)
				}
			}
		}
	}
}

// fileOf makes a file of one text that needs every fact.
func fileOf(subject, body, short string) string {
	needs := ""
	for _, f := range Facts() {
		needs += fmt.Sprintf("  %s: {}\n", f.Name)
	}
	part := func(name, s string) string { return fmt.Sprintf("    %s: %q\n", name, s) }
	return "id: service-closed\ntitle: x\nclass: service\npurpose: service.closed\nwhy: x\nneeds:\n" + needs + "languages:\n  en:\n" +
		part("subject", subject) + part("body", body) + part("short", short)
}

// FuzzTemplateFiles looks for a file that an operator could put and that then reaches something off the list, fails, or costs
// more than its bound: in bytes, or in time.
func FuzzTemplateFiles(f *testing.F) {
	l, err := Load(Shipped())
	if err != nil {
		f.Fatal(err)
	}
	for _, id := range l.IDs() {
		tpl, _ := l.Get(id)
		f.Add(tpl.Text())
	}
	for _, x := range hostile() {
		if len(x.text) <= maxFile { // what is longer is refused before it is read
			f.Add(x.text)
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		began := time.Now()
		tpl, found := l.ExamineOwn([]byte(raw))
		if tpl != nil && len(found) == 0 {
			unreached(t, l, tpl)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%.200q took %s", raw, took)
		}
	})
}

type attack struct{ name, text, must string }

// hostile is what an operator who means harm, or a stolen token, could try to put.
func hostile() []attack {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	loop := func(inside string) string {
		return "{% for line in digest.notes %}" + inside + "{% endfor %}"
	}
	return []attack{
		{"a file of a megabyte", fileOf("x", strings.Repeat("x", 1<<20), ""), "at most"},
		{"aliases that multiply", bomb + fileOf("x", "y", ""), "not a template"},
		{"deep YAML", strings.Repeat("[", 30_000), "not a template"},
		{"a loop over a loop", fileOf("x", loop(loop("x")), ""), "inside a loop"},
		{"a range", fileOf("x", "{% for i in (1..999999999) %}x{% endfor %}", ""), "can't read"},
		{"a loop that says much", fileOf("x", loop(strings.Repeat("{{ event.description }}", 300)), ""), "could come to"},
		{"every fact a hundred times", fileOf("x", strings.Repeat("{{ event.description }}", 300), ""), "could come to"},
		{"two loops", fileOf("x", strings.Repeat(loop("{{ line }}{{ event.description }}"), 5), ""), "could come to"},
		{"an include", fileOf("x", "{% include '/etc/passwd' %}", ""), "include"},
		{"a render", fileOf("x", "{% render 'x' %}", ""), "not allowed"},
		{"a variable", fileOf("x", "{% assign x = resident %}{{ x.ssn }}", ""), ""},
		{"a capture", fileOf("x", "{% capture x %}{% endcapture %}", ""), "not allowed"},
		{"a whole branch", fileOf("x", "{{ resident }}", ""), "can't say"},
		{"a branch in a loop", fileOf("x", "{% for x in resident %}{{ x }}{% endfor %}", ""), "can't say"},
		{"a property of a value", fileOf("x", "{{ resident.name.first }}", ""), "can't say"},
		{"a name that hides", fileOf("x", "{{ line.ssn }}"+loop("{{ line.ssn }}"), ""), "can't say"},
		{"a filter with cost", fileOf("x", "{{ lease.end | replace: 'a', lease.end }}", ""), "no filter"},
		{"a filter that sorts", fileOf("x", "{{ digest.notes | sort | join: ',' }}", ""), "is a list"},
		{"a comment that opens", fileOf("x", "{% comment %}{{ resident.ssn }}{% endcomment %}", ""), "not allowed"},
		{"raw", fileOf("x", "{% raw %}{{ resident.ssn }}{% endraw %}", ""), "not allowed"},
		{"a signal that is not said", fileOf("x", "{{ payments.late_365d }}", ""), "can't say"},
		{"a tag in a subject", fileOf("{% include 'x' %}", "y", ""), "include"},
		{"a tag in a short form", fileOf("x", "y", "{{ resident.ssn }}"), "can't say"},
		{"a signal that steers", fileOf("x", "{% if payments.late_365d > 0 %}You owe.{% endif %}", ""), "can't say"},
		{"a name that steers", fileOf("x", "{% if resident.last_name == 'Ruiz' %}x{% endif %}", ""), "fair-housing"},
	}
}

// Nothing of the kind gets into the database, neither in place of a shipped text nor as a new one, and finding out is quick.
func TestHostileTextsAreNotStored(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		for _, x := range hostile() {
			began := time.Now()
			_, err := h.put(0, []byte(x.text))
			if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), x.must) {
				t.Errorf("%s: %.300v, want a refusal with %q", x.name, err, x.must)
			}
			err = h.db.Write(context.Background(), func(tx *db.Tx) error {
				_, err := h.desk.Keep(context.Background(), tx, hearth.System("test"), []byte(strings.Replace(x.text, "id: service-closed", "id: mine", 1)))
				return err
			})
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("%s, as a new one: %v", x.name, err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s took %s", x.name, took)
			}
		}
	})
}

// One that got in past the check, by a hand in the database, rests: nothing is said with it.
func TestAHostileRowInTheDatabaseRests(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		for i, x := range hostile() {
			h.write(func(ctx context.Context, tx *db.Tx) error {
				if _, err := tx.Exec(ctx, insertVersion, tx.Org(), "service-closed", int64(i+1), x.text, tx.Now(), "staff:eve"); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, bumpTemplates, tx.Org(), epochName)
				return err
			})
			h.write(func(ctx context.Context, tx *db.Tx) error {
				lib, rests, err := h.desk.Edition(ctx, tx)
				if err != nil {
					return err
				}
				if tpl, _ := lib.Get("service-closed"); tpl.Version != 0 || rests["service-closed"] == "" {
					t.Errorf("%s holds", x.name)
				}
				return nil
			})
		}
	})
}

// Whatever is put together from the language's own pieces and from what somebody would try, in any part of a file, is refused
// or keeps within the list and the bound: also through the facts that the desk itself gathers.
func TestNothingOffTheListIsReached(t *testing.T) {
	l := shippedLibrary(t)
	pieces := []string{"{{ lease.end }}", "{{ event.description | truncate: 300 }}", "{{ line }}", "{% for line in digest.notes %}", "{% endfor %}",
		"{% if lease.end %}", "{% else %}", "{% endif %}", "{% case service.open %}{% when 1 %}", "{% endcase %}", "{{ resident.name }}", " and ", "\n"}
	for name := range planted() {
		pieces = append(pieces, "{{ "+name+" }}", "{% if "+name+" %}", "{{ lease.end | "+name+" }}", "{% for line in "+name+" %}", "{% case "+name+" %}")
	}
	slices.Sort(pieces)
	whole := []string{"{{ lease.end }}", "{{ event.matter | capitalize | truncate: 9 }}", " and\n", "{{ resident.name }}",
		"{% if lease.end %}{{ event.for }}{% elsif service.open == 1 %}x{% else %}{{ lease.start }}{% endif %}",
		"{% for line in digest.notes %}- {{ line }} {{ home.unit }}{% endfor %}", "{% case service.open %}{% when 1, 2 %}{{ staff.name }}{% endcase %}"}
	listed := newCatalog()
	accepted := 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.Custom(func(rt *rapid.T) string {
			var out []string
			for range rapid.IntRange(1, 8).Draw(rt, "n") {
				from := whole
				if rapid.IntRange(0, 19).Draw(rt, "tempted") == 0 { // most of the time not, so that some pass
					from = pieces
				}
				out = append(out, rapid.SampledFrom(from).Draw(rt, "piece"))
			}
			return strings.Join(out, "")
		})
		tpl, found := l.ExamineOwn([]byte(fileOf("x", text.Draw(rt, "body"), text.Draw(rt, "short"))))
		if tpl == nil || len(found) > 0 {
			return
		}
		accepted++
		unreached(rt, l, tpl)
		view := signal.NewView(&signal.State{}, time.Unix(1_800_000_000, 0), time.UTC)
		for name := range factsFor(tpl, "en", Intent{Facts: planted()}, addressee{called: "Ana"}, venue{name: "Oak Court"}, view, view.Now, time.UTC) {
			if _, ok := listed[name]; !ok {
				rt.Fatalf("the desk gathers %q for a text, which is off the list", name)
			}
		}
	})
	if accepted < 10 {
		t.Errorf("only %d drawn texts were accepted, so this proves little", accepted)
	}
}
