package desk

import (
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hearth"
)

func shippedLibrary(t *testing.T) *Library {
	t.Helper()
	l, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestShippedTemplatesAreWholeInBothLanguages(t *testing.T) {
	l := shippedLibrary(t)
	if len(l.IDs()) < 10 {
		t.Fatalf("got %d templates, want at least 10", len(l.IDs()))
	}
	for _, id := range l.IDs() {
		tpl, _ := l.Get(id)
		for _, lang := range []string{"en", "es"} {
			if !tpl.Speaks(lang) {
				t.Errorf("template %s has no text in %q", id, lang)
				continue
			}
			for _, part := range []string{tpl.Languages[lang].Subject, tpl.Languages[lang].Body, tpl.Languages[lang].Short} {
				for _, bad := range []string{"!", "tenant", "ticket", "inquilino"} {
					if strings.Contains(strings.ToLower(strings.ReplaceAll(part, "!=", "")), bad) {
						t.Errorf("template %s (%s) contains %q", id, lang, bad)
					}
				}
			}
		}
	}
}

// everyFact gives a value to each fact of the list.
func everyFact() map[string]any {
	facts := map[string]any{}
	for _, f := range Facts() {
		switch {
		case f.List:
			facts[f.Name] = []string{"The first note.", "The second note."}
		case strings.Contains(f.Name, "service.") || strings.Contains(f.Name, "days") || strings.Contains(f.Name, "years") || strings.Contains(f.Name, "term_number"):
			facts[f.Name] = 3
		default:
			facts[f.Name] = "«" + f.Name + "»"
		}
	}
	return facts
}

func TestEveryShippedTemplateRendersWithEveryFact(t *testing.T) {
	l := shippedLibrary(t)
	for _, id := range l.IDs() {
		for _, lang := range []string{"en", "es"} {
			r, missing, err := l.Render(id, lang, hearth.ChannelEmail, everyFact())
			if err != nil || len(missing) > 0 {
				t.Fatalf("%s in %s: missing %v, error %v", id, lang, missing, err)
			}
			if r.Subject == "" || r.Body == "" || r.ContentKey == "" || r.Language != lang {
				t.Errorf("%s in %s: got %+v, want a subject, a body and a key in that language", id, lang, r)
			}
			for _, s := range []string{r.Subject, r.Body, r.Short} {
				if strings.Contains(s, "{") || strings.Contains(s, "\n\n\n") || strings.Contains(s, "  ") {
					t.Errorf("%s in %s: leftovers in %q", id, lang, s)
				}
			}
		}
	}
}

func TestMessagesReadAsWritten(t *testing.T) {
	l := shippedLibrary(t)
	tests := []struct {
		name, id, lang string
		facts          map[string]any
		subject, body  string
	}{
		{"received", "service-received", "en", map[string]any{
			"resident.name": "Ana", "property.name": "Oak Court", "event.matter": "your plumbing request",
			"event.description": "Kitchen sink leaks again", "service.repeats_90d": int64(1),
		}, "We have your plumbing request", `Hello Ana,

we have your plumbing request. You wrote: “Kitchen sink leaks again”

We see that there was something like it in the last three months, and whoever comes will know that.

Somebody looks at it next and tells you when we come. If it gets worse before then, or there is something we should know before coming in, reply to this message.

Oak Court`},
		{"closed in Spanish", "service-closed", "es-MX", map[string]any{
			"resident.name": "Luis", "property.name": "Oak Court", "event.matter": "su solicitud de plomería",
			"event.resolution": "Replaced the trap.",
		}, "Su solicitud de plomería: lo que hicimos", `Hola, Luis:

Esto es lo que anotó el equipo sobre su solicitud de plomería: Replaced the trap.

Si todo funciona como debe, no tiene que hacer nada. Si no, o si vuelve a ocurrir, responda a este mensaje y lo retomamos donde lo dejamos.

Oak Court`},
		{"a digest", "digest", "en", map[string]any{
			"property.name": "Oak Court", "digest.notes": []string{"The lamp is repaired.", "Your lease ends on May 4."},
		}, "A few short notes from Oak Court", `Hello,

- The lamp is repaired.

- Your lease ends on May 4.

You can reply to this message; it reaches the office.

Oak Court`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, missing, err := l.Render(tt.id, tt.lang, hearth.ChannelEmail, tt.facts)
			if err != nil || len(missing) > 0 {
				t.Fatalf("missing %v, error %v", missing, err)
			}
			if r.Subject != tt.subject {
				t.Errorf("got subject %q, want %q", r.Subject, tt.subject)
			}
			if r.Body != tt.body {
				t.Errorf("got body:\n%s\nwant:\n%s", r.Body, tt.body)
			}
		})
	}
}

// one makes a template with an English text.
func one(subject, body, needs string) string {
	return "id: test-one\ntitle: A test\nclass: service\npurpose: test.one\nwhy: To test.\nneeds: " + needs +
		"\nlanguages:\n  en:\n    subject: '" + subject + "'\n    body: '" + strings.ReplaceAll(body, "'", "''") + "'\n"
}

func TestCheckRefuses(t *testing.T) {
	l := shippedLibrary(t)
	deep := strings.Repeat("{% if lease.end %}", 5) + strings.Repeat("{% endif %}", 5)
	tests := []struct {
		name, source, want string
	}{
		{"a name and nothing else", one("News", "Hello {{ resident.name }}, how are you?", "{resident.name: {}}"),
			"knows the resident's name and nothing of their situation"},
		{"a name and the home's number", one("News", "Hello {{ resident.name }} in {{ home.unit }}.", "{resident.name: {}, home.unit: {}}"),
			"knows the resident's name and nothing of their situation"},
		{"a situation that only steers", one("News", "{% if lease.end %}Hello {{ resident.name }}.{% endif %}", "{resident.name: {}}"),
			"knows the resident's name"},
		{"a misspelt fact", one("News", "{{ lease.ends }}", "{}"), `the nearest fact is "lease.end"`},
		{"a fact that may be missing", one("News", "Until {{ lease.end }}.", "{}"), "may be missing"},
		{"a fact that only one side of or gives", one("News", "{% if lease.end or home.unit %}{{ lease.end }}{% endif %}", "{}"), "may be missing"},
		{"a fact asked for in the other branch", one("News", "{% if lease.end %}a{% else %}{{ lease.end }}{% endif %}", "{}"), "may be missing"},
		{"a confidential signal", one("News", "{{ payments.late_365d }}", "{}"), "can't say"},
		{"a score", one("News", "{{ frustration.level }}", "{}"), "can't say"},
		{"a fact that is only known not to be something", one("News", "{% if lease.end != \"x\" %}{{ lease.end }}{% endif %}", "{}"), "may be missing"},
		{"a condition that stops", one("News", "{% if lease.end and %}x{% endif %}", "{}"), "names a fact"},
		{"two facts compared", one("News", "{% if lease.end == lease.start %}x{% endif %}", "{}"), "not a text or a number"},
		{"include", one("News", "{% include \"/etc/passwd\" %}", "{}"), "include"},
		{"assign", one("News", "{% assign x = 1 %}", "{}"), "="},
		{"raw", one("News", "{% raw %}x{% endraw %}", "{}"), "not allowed"},
		{"a range", one("News", "{% for i in (1..1000000000) %}x{% endfor %}", "{}"), "can't read"},
		{"a loop over text", one("News", "{% for i in lease.end %}x{% endfor %}", "{lease.end: {}}"), "not a list"},
		{"a loop in a loop", one("News", "{% for a in digest.notes %}{% for b in digest.notes %}x{% endfor %}{% endfor %}", "{digest.notes: {}}"), "inside a loop"},
		{"a loop that hides a fact", one("News", "{% for resident in digest.notes %}x{% endfor %}", "{digest.notes: {}}"), "is taken"},
		{"an index", one("News", "{{ digest.notes[0] }}", "{}"), "can't read"},
		{"a list as text", one("News", "{{ digest.notes }}", "{digest.notes: {}}"), "is a list"},
		{"an unknown filter", one("News", "{{ lease.end | json }}", "{lease.end: {}}"), "no filter"},
		{"a filter with a fact", one("News", "{{ lease.end | truncate: lease.days_to_end }}", "{lease.end: {}}"), "whole numbers"},
		{"a filter with text", one("News", "{{ lease.end | truncate: \"a\" }}", "{lease.end: {}}"), "whole numbers"},
		{"a filter with too little", one("News", "{{ lease.end | truncate }}", "{lease.end: {}}"), "takes 1 number, not 0"},
		{"an open block", one("News", "{% if lease.end %}x", "{}"), "has no {% endif %}"},
		{"a wrong end", one("News", "{% if lease.end %}x{% endfor %}", "{}"), "does not belong here"},
		{"else twice", one("News", "{% if lease.end %}{% else %}{% else %}{% endif %}", "{}"), "does not belong here"},
		{"deep nesting", one("News", deep, "{}"), "nested"},
		{"braces that don't close", one("News", "{{ lease.end", "{lease.end: {}}"), "not closed"},
		{"a text with a brace inside", one("News", "{{ \"}}\" }}", "{}"), "can't read"},
		{"an unknown class", strings.Replace(one("News", "x", "{}"), "class: service", "class: chatter", 1), "no message class"},
		{"no English", strings.Replace(one("News", "x", "{}"), "  en:", "  es:", 1), "no English text"},
		{"a stand-in in another language", one("News", "{{ lease.end }}", "{lease.end: {fr: bientôt}}"), "language without a text"},
		{"an unknown key", one("News", "x", "{}") + "colour: red\n", "colour"},
		{"two documents", one("News", "x", "{}") + "---\nid: more\n", "something after it"},
		{"not YAML", "id: [", "not a template"},
		{"a window in weeks", one("News", "x", "{}") + "window: 2w\n", "window"},
		{"a window of one letter", one("News", "x", "{}") + "window: d\n", "window"},
		{"too long", one("News", strings.Repeat("x", maxSource+1), "{}"), "longer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := l.Parse([]byte(tt.source))
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Fatalf("got %v, want a refusal with CodeInvalid", err)
			}
			if got := hearth.MessageOf(err); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want it to contain %q", got, tt.want)
			}
		})
	}
}

func TestCheckAccepts(t *testing.T) {
	l := shippedLibrary(t)
	for name, source := range map[string]string{
		"plainly general":     one("Water off on Tuesday", "The water is off on Tuesday from nine to eleven.", "{}"),
		"a name and a fact":   one("Your lease", "{{ resident.name }}: {{ lease.end }}", "{resident.name: {}, lease.end: {}}"),
		"asked for first":     one("Your lease", "{% if lease.end and home.unit != \"\" %}{{ lease.end }}{% endif %}", "{}"),
		"a case":              one("Hello", "{% case event.category %}{% when \"pest\", \"plumbing\" %}a{% else %}b{% endcase %}", "{}"),
		"compared":            one("Hello", "{% if service.open > 1 %}{{ service.open }}{% elsif service.open == 1 %}one{% endif %}", "{}"),
		"a stand-in":          one("Hello", "{{ staff.name }}", "{staff.name: {en: the office}}"),
		"trimmed whitespace":  one("Hello", "a {{- property.name -}} b", "{}"),
		"a filter with value": one("Hello", "{{ event.description | strip | truncate: 20 }}", "{event.description: {}}"),
	} {
		if _, err := l.Parse([]byte(source)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	_, err := Load(Shipped(), fstest.MapFS{"own.yaml": {Data: []byte(one("x", "{{ secret.name }}", "{}"))}})
	if err == nil || !strings.Contains(err.Error(), "own.yaml") {
		t.Fatalf("got %v, want the file's name", err)
	}
	l, err := Load(Shipped(), fstest.MapFS{"own.yaml": {Data: []byte(strings.Replace(one("Changed", "x", "{}"), "test-one", "digest", 1))}})
	if err != nil {
		t.Fatal(err)
	}
	if tpl, _ := l.Get("digest"); tpl.Languages["en"].Subject != "Changed" {
		t.Errorf("got %q, want the community's own text to replace the shipped one", tpl.Languages["en"].Subject)
	}
}

func TestRenderNeverLeavesABlank(t *testing.T) {
	l := shippedLibrary(t)
	tpl, err := l.Parse([]byte(one("Until {{ lease.end }}", "{{ resident.name }}, {{ staff.name }} asks about {{ lease.end }}.",
		"{resident.name: {}, lease.end: {}, staff.name: {en: the office}}")))
	if err != nil {
		t.Fatal(err)
	}
	l.byID[tpl.ID] = tpl
	tests := []struct {
		name    string
		facts   map[string]any
		missing string
		body    string
	}{
		{"all there", map[string]any{"resident.name": "Ana", "lease.end": "May 4", "staff.name": "Sam"}, "", "Ana, Sam asks about May 4."},
		{"a stand-in", map[string]any{"resident.name": "Ana", "lease.end": "May 4"}, "", "Ana, the office asks about May 4."},
		{"one missing", map[string]any{"resident.name": "Ana"}, "lease.end", ""},
		{"blank is missing", map[string]any{"resident.name": " \t", "lease.end": "May 4"}, "resident.name", ""},
		{"a wrong type is missing", map[string]any{"resident.name": "Ana", "lease.end": []int{1}}, "lease.end", ""},
		{"facts off the list change nothing", map[string]any{"resident.name": "Ana", "lease.end": "May 4", "staff": "x", "resident.age": "80"}, "", "Ana, the office asks about May 4."},
		{"Liquid in a value stays text", map[string]any{"resident.name": "{{ lease.end }}", "lease.end": "May 4"}, "", "{{ lease.end }}, the office asks about May 4."},
		{"line breaks in a value are gone", map[string]any{"resident.name": "Ana\r\nBcc: x", "lease.end": "May 4"}, "", "Ana Bcc: x, the office asks about May 4."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, missing, err := l.Render("test-one", "fr", hearth.ChannelEmail, tt.facts)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(missing, " "); got != tt.missing {
				t.Errorf("got missing %q, want %q", got, tt.missing)
			}
			if r.Body != tt.body {
				t.Errorf("got %q, want %q", r.Body, tt.body)
			}
		})
	}
}

func TestStandInsAloneAreEmptyPersonalization(t *testing.T) {
	l := shippedLibrary(t)
	_, missing, err := l.Render("service-closed", "en", hearth.ChannelEmail,
		map[string]any{"resident.name": "Ana", "property.name": "Oak Court"})
	if err != nil {
		t.Fatal(err)
	}
	if len(missing) == 0 {
		t.Error("a letter that knows a name and stand-ins was rendered; want its situation to be missing")
	}
	draft, err := l.Draft("quiet-hello", "en", hearth.ChannelEmail, map[string]any{"resident.name": "Ana", "tenancy.days": 90, "property.name": "Oak Court"})
	if err != nil || !strings.Contains(draft.Body, "[staff name]") {
		t.Errorf("got %q, %v; want the gap in brackets", draft.Body, err)
	}
}

func TestContentKeyIsAboutWhatIsSaid(t *testing.T) {
	l := shippedLibrary(t)
	key := func(name, description string) string {
		r, missing, err := l.Render("service-received", "en", hearth.ChannelEmail, map[string]any{
			"resident.name": name, "property.name": "Oak Court", "event.description": description})
		if err != nil || len(missing) > 0 {
			t.Fatal(missing, err)
		}
		return r.ContentKey
	}
	if key("Ana", "leak") != key("Luis", "leak") {
		t.Error("the same news to two people in a home has two keys; want one")
	}
	if key("Ana", "leak") == key("Ana", "lamp") {
		t.Error("two pieces of news have one key; want two")
	}
}

func TestHTMLTwinEscapesEverything(t *testing.T) {
	got := HTML(`en"><script>`, "Hello <b>Ana</b> & \"Luis\",\nline two\n\n<img src=x>")
	for _, bad := range []string{"<script", "<b>", "<img"} {
		if strings.Contains(got, bad) {
			t.Errorf("got %s, want no %s", got, bad)
		}
	}
	if !strings.Contains(got, "&lt;b&gt;Ana&lt;/b&gt; &amp; &#34;Luis&#34;,<br>line two</p><p>") {
		t.Errorf("got %s", got)
	}
}

func TestLongQuotationsAreCutAtAWord(t *testing.T) {
	got := oneLine(strings.Repeat("water ", 200))
	if n := len([]rune(got)); n > maxFact+1 || !strings.HasSuffix(got, "water…") {
		t.Errorf("got %d characters ending in %q", n, got[len(got)-12:])
	}
}

// FuzzTemplates looks for a text that passes the check and then fails, loops, prints a leftover, or reaches something
// off the list.
func FuzzTemplates(f *testing.F) {
	for _, seed := range []string{
		"{{ lease.end }}", "{% if lease.end %}{{ lease.end | truncate: 5 }}{% endif %}", "{% for x in digest.notes %}{{ x }}{% endfor %}",
		"{{ secret.key }}", "{% include 'x' %}", "{{ resident.name.size }}", "{% case home.unit %}{% when 1, 'a' %}b{% endcase %}",
		"{%- if lease.end == 'x' and service.open >= 2 -%}y{%- endif -%}", "{{ lease.end | default: secret.key }}",
		"{{ service.open | downcase | capitalize | truncate: 1 | strip }}", "{{ lease.end | truncate: 0 }}", "{% if lease.end > 3 %}a{% endif %}", "{% case service.open %}{% when 'x' %}b{% endcase %}",
	} {
		f.Add(seed)
	}
	l, err := Load(Shipped())
	if err != nil {
		f.Fatal(err)
	}
	facts := everyFact()
	facts["secret.key"] = "CANARY"
	facts["payments.arrears"] = "CANARY"
	f.Fuzz(func(t *testing.T, body string) {
		tpl := &Template{ID: "fuzzed", Title: "x", Why: "x", Class: hearth.ClassService, Purpose: "fuzz",
			Languages: map[string]Wording{"en": {Subject: "x", Body: body}}, Needs: map[string]map[string]string{}}
		for _, fact := range Facts() {
			tpl.Needs[fact.Name] = nil
		}
		if l.Check(tpl) != nil {
			return
		}
		own := &Library{byID: map[string]*Template{"fuzzed": tpl}, facts: l.facts}
		r, missing, err := own.Render("fuzzed", "en", hearth.ChannelEmail, facts)
		if err != nil || len(missing) > 0 {
			t.Fatalf("%q passed the check and then: missing %v, error %v", body, missing, err)
		}
		if strings.Contains(r.Body, "CANARY") {
			t.Fatalf("%q reached a value off the list: %q", body, r.Body)
		}
		if n := utf8.RuneCountInString(r.Body); n > maxLength {
			t.Fatalf("%q grew to %d characters", body, n)
		}
	})
}

// TestTextsOfTheLanguageAlwaysRender puts texts together from the words of the language, right and wrong: each is
// either refused or renders, and none grows without bound.
func TestTextsOfTheLanguageAlwaysRender(t *testing.T) {
	l := shippedLibrary(t)
	words := []string{"{{ lease.end }}", "{{ service.open }}", "{{ service.open | capitalize }}", "{{ lease.end | truncate: 3 }}", "{{ line }}",
		"{% if lease.end %}", "{% if service.open > 1 and home.unit == 'a' %}", "{% elsif service.open == 'x' or lease.end < 3 %}", "{% else %}", "{% endif %}",
		"{% case service.open %}", "{% when 1, 'b' %}", "{% endcase %}", "{% for line in digest.notes %}", "{% endfor %}",
		"{%- if home.unit -%}", "{{- home.unit -}}", " ", "\n\n", "é", "{", "}}", "{% break %}", "{{ forloop.index }}", "{{ secret.key }}"}
	facts := everyFact()
	facts["secret.key"] = "CANARY"
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(t, "words"), "x")
		tpl := &Template{ID: "drawn", Title: "x", Why: "x", Class: hearth.ClassService, Purpose: "drawn", Needs: map[string]map[string]string{},
			Languages: map[string]Wording{"en": {Subject: "x", Body: body}}}
		for _, f := range Facts() {
			tpl.Needs[f.Name] = nil
		}
		if l.Check(tpl) != nil {
			return
		}
		accepted++
		own := &Library{byID: map[string]*Template{"drawn": tpl}, facts: l.facts}
		r, missing, err := own.Render("drawn", "en", hearth.ChannelEmail, facts)
		if err != nil || len(missing) > 0 || strings.Contains(r.Body, "CANARY") || utf8.RuneCountInString(r.Body) > maxLength {
			t.Fatalf("%q: %q, missing %v, %v", body, r.Body, missing, err)
		}
	})
	if accepted == 0 {
		t.Error("no drawn text was accepted, so this proves nothing")
	}
}
