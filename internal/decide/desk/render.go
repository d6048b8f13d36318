package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"math"
	"strings"
	"unicode"

	"github.com/osteele/liquid"

	"hearth"
	"hearth/internal/base/channel"
)

// Rendered is a template's text with a resident's facts in it, as plain text.
type Rendered struct {
	Template string
	Version  int    // of the template; 0: the shipped one
	Language string // the language that was found: the asked one, or English
	Subject  string // one line
	Body     string
	Short    string // "" when the template has none in this language
	// ContentKey is the same for the same template with the same facts, whoever is addressed. "Was it said?" and
	// "once per address" go by it.
	ContentKey string
}

// on gives a text that was written already as it is said on a channel: a text message takes the short form where there is one.
func (r *Rendered) on(ch hearth.Channel) Rendered {
	out := *r
	if ch == hearth.ChannelSMS && out.Short != "" {
		out.Body = out.Short
	}
	return out
}

// shortFor is what is kept beside a message for the case that it has to be said by text message after all; "" where its body is that already.
func (r *Rendered) shortFor(ch hearth.Channel) string {
	if ch == hearth.ChannelSMS || r.Short == r.Body {
		return ""
	}
	return r.Short
}

const tooLongForText = "It is too long for a text message, and has no short form."

// fitsText tells whether a text that was written already can be said whole in a text message. What is still to be written can: its template says how.
func (r *Rendered) fitsText() bool {
	return r == nil || len([]rune(r.on(hearth.ChannelSMS).Body)) <= channel.MaxTextLength
}

// maxFact bounds one fact's length in characters, so that a long complaint quoted back stays a quotation.
const maxFact = 400

// Render fills a template with facts (flat names as in Facts; text, whole numbers, or lists of text). missing lists
// needed facts that have neither a value nor a stand-in: the text is then not usable, and a person has to write.
// Text messages get the short form when there is one. It fails with CodeNotFound when there is no such template.
func (l *Library) Render(id, lang string, channel hearth.Channel, facts map[string]any) (Rendered, []string, error) {
	return l.render(id, lang, channel, facts, false)
}

// Draft is Render for a person's eyes: a missing fact stands in brackets, to be filled in by hand.
func (l *Library) Draft(id, lang string, channel hearth.Channel, facts map[string]any) (Rendered, error) {
	r, _, err := l.render(id, lang, channel, facts, true)
	return r, err
}

func (l *Library) render(id, lang string, channel hearth.Channel, facts map[string]any, draft bool) (Rendered, []string, error) {
	t, ok := l.byID[id]
	if !ok {
		return Rendered{}, nil, hearth.Errorf(hearth.CodeNotFound, "There is no template %q.", id)
	}
	lang = languageOf(lang)
	if !t.Speaks(lang) {
		lang = english
	}
	say := t.texts[lang]
	values, missing := l.values(t, lang, facts)
	if draft {
		for _, name := range missing {
			values[name] = "[" + spaced(strings.ReplaceAll(name, ".", " ")) + "]"
		}
	} else if len(missing) == 0 {
		missing = say.emptyFor(values)
	}
	if len(missing) > 0 && !draft {
		return Rendered{Template: id, Version: t.Version, Language: lang}, missing, nil
	}
	out := Rendered{Template: id, Version: t.Version, Language: lang, ContentKey: t.contentKey(values)}
	names := nest(values) // each part works on a copy
	for _, part := range []struct {
		tpl  *liquid.Template
		into *string
	}{{say.subject, &out.Subject}, {say.body, &out.Body}, {say.short, &out.Short}} {
		if part.tpl == nil {
			continue
		}
		s, err := part.tpl.RenderString(names)
		if err != nil {
			return Rendered{}, nil, fmt.Errorf("render template %s in %s: %w", id, lang, err)
		}
		*part.into = tidy(s)
	}
	out.Subject = strings.Join(strings.Fields(out.Subject), " ")
	if channel == hearth.ChannelSMS && out.Short != "" {
		out.Body = out.Short
	}
	return out, nil, nil
}

// values takes the facts that the language has and fits them: known names only, no blanks, bounded, with stand-ins.
func (l *Library) values(t *Template, lang string, facts map[string]any) (map[string]any, []string) {
	values := map[string]any{}
	for name, v := range facts {
		f, ok := l.facts[name]
		if !ok {
			continue
		}
		if fitted := fit(v, f.List); fitted != nil {
			values[name] = fitted
		}
	}
	var missing []string
	for _, name := range sortedKeys(t.Needs) {
		if _, ok := values[name]; ok {
			continue
		}
		if stand := t.Needs[name][lang]; stand != "" {
			values[name] = standIn(stand)
			continue
		}
		missing = append(missing, name)
	}
	return values, missing
}

// standIn is a fact's fallback: it reads like the fact, but tells nothing of the resident's situation.
type standIn string

// emptyFor is the check against empty personalization on the real facts: with a name in the text, at least one fact
// of the situation is really known. Stand-ins alone would be a form letter with a name on it.
func (out *text) emptyFor(values map[string]any) []string {
	if !out.names {
		return nil
	}
	for _, name := range out.situation {
		if v, ok := values[name]; ok {
			if _, stand := v.(standIn); !stand {
				return nil
			}
		}
	}
	return out.situation
}

// contentKey hashes what is said, apart from who is addressed.
func (t *Template) contentKey(values map[string]any) string {
	h := sha256.New()
	io.WriteString(h, t.ID)
	for _, name := range t.saids {
		io.WriteString(h, fmt.Sprintf("\x00%s\x00%v", name, values[name]))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// fit makes a value fit for a text: nil for blanks, whole numbers as int64, text on one line and bounded.
func fit(v any, list bool) any {
	if list {
		lines, ok := v.([]string)
		if !ok || len(lines) == 0 {
			return nil
		}
		var kept []any
		for _, line := range lines[:min(len(lines), maxList)] {
			if s := oneLine(line); s != "" {
				kept = append(kept, s)
			}
		}
		if kept == nil {
			return nil
		}
		return kept
	}
	switch v := v.(type) {
	case string:
		if s := oneLine(v); s != "" {
			return s
		}
	case int:
		return int64(v)
	case int64:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return math.Round(v*10) / 10
		}
	}
	return nil
}

// oneLine puts a text on one line without control characters, and cuts a long one.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	return cutAtWord(strings.Join(strings.Fields(s), " "), maxFact)
}

// cutAtWord shortens a text to at most n characters and a mark that something was left out, between two words where
// there are any.
func cutAtWord(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	cut := string(runes[:max(n, 0)])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + "…"
}

// nest turns "lease.end" into {"lease": {"end": …}}, which is how Liquid looks names up.
func nest(values map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range values {
		root, leaf, _ := cutName(name)
		branch, ok := out[root].(map[string]any)
		if !ok {
			branch = map[string]any{}
			out[root] = branch
		}
		if s, ok := v.(standIn); ok {
			v = string(s)
		}
		branch[leaf] = v
	}
	return out
}

func cutName(name string) (string, string, bool) { return strings.Cut(name, ".") }

// tidy removes the blanks that conditions leave: spaces at line ends and more than one empty line in a row.
func tidy(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// HTML makes the HTML twin of a plain text: everything escaped, one paragraph for each block of lines, in a fixed
// plain layout without images, links or tracking.
func HTML(language, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html lang="%s"><head><meta charset="utf-8">`+
		`<meta name="viewport" content="width=device-width"></head>`+
		`<body style="margin:0 auto;max-width:36em;padding:1.5em;font:16px/1.5 sans-serif">`, html.EscapeString(language))
	for _, block := range strings.Split(tidy(body), "\n\n") {
		b.WriteString("<p>")
		b.WriteString(strings.ReplaceAll(html.EscapeString(block), "\n", "<br>"))
		b.WriteString("</p>")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}
