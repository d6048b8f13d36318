package desk

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// Shown is a text as one resident would get it by one channel.
type Shown struct {
	Language string
	Channel  hearth.Channel
	Subject  string
	Body     string   // what is not known stands in brackets
	Source   string   // the template's own words for the body, with its braces
	Missing  []string // the facts that are not known: a person would have to write
	Parts    int      // of a text message, as providers charge them; 0 for other channels
	Unicode  bool     // of a text message: it has letters that make its parts shorter
}

// Preview writes a template for a resident in each of its languages and the channels, and decides nothing. candidates
// are the facts that a sender could tell, tried in order: the first with the least missing is taken, and told by its
// place; -1 when there are none.
func (d *Desk) Preview(ctx context.Context, tx *db.Tx, t *Template, resident hearth.ResidentID, candidates []map[string]any, channels []hearth.Channel, view Views) ([]Shown, int, error) {
	r, err := d.gather(ctx, tx, []Intent{{ID: "preview", Resident: resident, Template: t.ID, Class: t.Class, Purpose: t.Purpose}}, view, false)
	if err != nil {
		return nil, -1, err
	}
	if _, ok := r.contacts[resident]; !ok {
		return nil, -1, hearth.Errorf(hearth.CodeNotFound, "There is no resident %q.", resident)
	}
	lib := d.Templates.copied(1)
	lib.byID[t.ID] = t
	taken := r.fittest(lib, t, candidates)
	out, err := lib.shown(t, channels, func(lang string) map[string]any { return r.factsOf(t, 0, lang) })
	return out, taken, err
}

// Sketch writes a template for nobody: all that it says of a resident stands in brackets.
func (d *Desk) Sketch(t *Template, channels []hearth.Channel) ([]Shown, error) {
	lib := d.Templates.copied(1)
	lib.byID[t.ID] = t
	bare := map[string]any{}
	for name := range t.wants {
		if f := lib.facts[name]; !f.List {
			bare[name] = "[" + spaced(strings.ReplaceAll(name, ".", " ")) + "]"
		}
	}
	return lib.shown(t, channels, func(string) map[string]any { return bare })
}

// shown writes a template in each of its languages and the channels.
func (l *Library) shown(t *Template, channels []hearth.Channel, factsIn func(lang string) map[string]any) ([]Shown, error) {
	var out []Shown
	for _, lang := range sortedKeys(t.Languages) {
		facts := factsIn(lang)
		for _, ch := range channels {
			text, missing, err := l.Render(t.ID, lang, ch, facts)
			if err == nil && len(missing) > 0 {
				text, err = l.Draft(t.ID, lang, ch, facts)
			}
			if err != nil {
				return nil, err
			}
			s := Shown{Language: lang, Channel: ch, Subject: text.Subject, Body: text.Body, Source: t.Languages[lang].Body, Missing: missing}
			if ch == hearth.ChannelSMS && t.Languages[lang].Short != "" {
				s.Source = t.Languages[lang].Short
			}
			if ch == hearth.ChannelSMS {
				n := channel.CountSegments(text.Body)
				s.Subject, s.Parts, s.Unicode = "", n.Count, n.UCS2
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// fittest gives the round's intent the facts with which the least is missing, and tells their place.
func (r *round) fittest(lib *Library, t *Template, candidates []map[string]any) int {
	best, least := -1, 0
	for i, facts := range candidates {
		r.in[0].Facts = facts
		_, missing := lib.values(t, english, r.factsOf(t, 0, english))
		missing = append(missing, t.texts[english].emptyFor(fitted(lib, r.factsOf(t, 0, english)))...)
		if best < 0 || len(missing) < least {
			best, least = i, len(missing)
		}
		if least == 0 {
			break
		}
	}
	r.in[0].Facts = nil
	if best >= 0 {
		r.in[0].Facts = candidates[best]
	}
	return best
}

// fitted gives the facts that a text may say, without stand-ins.
func fitted(lib *Library, facts map[string]any) map[string]any {
	values, _ := lib.values(&Template{}, english, facts)
	return values
}
