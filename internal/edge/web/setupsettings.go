package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/record"
)

// settingField is a setting as it is edited.
type settingField struct {
	Title  string
	Fields []ui.Input
	From   string // where the value came from
}

// settingsView is a group of settings, ready to be drawn.
type settingsView struct {
	Group  string
	Groups []ui.Link
	List   []settingField
	Wrong  []ui.Input
	Why    ui.Input
}

func (q *request) setupSettings() (templ.Component, error) { return q.settingsPage(nil) }

// settingsOf reads the settings and their groups in order.
func (q *request) settingsOf() (all []record.Setting, groups []string, err error) {
	if q.place.ID == "" {
		return nil, nil, elsewhere{"/setup/property"}
	}
	err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = q.web.Records.SettingsOf(ctx, tx, q.place.ID)
		return err
	})
	for _, s := range all {
		if !slices.Contains(groups, s.Group) {
			groups = append(groups, s.Group)
		}
	}
	return all, groups, err
}

// settingsPage draws one group; wrong brings back what was written.
func (q *request) settingsPage(wrong error) (templ.Component, error) {
	all, groups, err := q.settingsOf()
	if err != nil {
		return nil, err
	}
	v := settingsView{Group: q.field("group"), Why: ui.Input{Name: "reason", Label: "Why you change it", Optional: true, Max: 500, Hint: "Whoever asks later reads it."}}
	if !slices.Contains(groups, v.Group) {
		v.Group = groups[0]
	}
	for _, g := range groups {
		v.Groups = append(v.Groups, ui.Link{Name: g, Href: "/setup/settings?group=" + g, Here: g == v.Group})
	}
	placed := false
	for _, s := range all {
		if s.Group != v.Group {
			continue
		}
		f := settingField{Title: s.Title, Fields: settingInputs(s), From: q.settingFrom(s)}
		for i := range f.Fields {
			x := &f.Fields[i]
			if wrong != nil {
				x.Value = q.FormValue(x.Name)
				if field := fieldOf(wrong); field == x.Name || field == s.Name || strings.HasPrefix(field, s.Name+"[") || strings.HasPrefix(field, "settings."+s.Name) {
					x.Wrong, placed = hearth.MessageOf(wrong), true
				}
			}
			v.Wrong = append(v.Wrong, *x)
		}
		v.List = append(v.List, f)
	}
	if wrong != nil && !placed {
		v.Why.Wrong = hearth.MessageOf(wrong)
	}
	v.Wrong = append(v.Wrong, v.Why)
	return setupSettingsPage(q.frame("How it works here", "/setup"), v), nil
}

// settingFrom says where a value came from.
func (q *request) settingFrom(s record.Setting) string {
	switch s.Source {
	case "changed":
		words := s.By.Name
		if words == "" {
			words = s.By.ID
		}
		words = "set by " + words + ", " + page.When(s.At, q.now, q.zone)
		if s.Reason != "" {
			words += ": " + s.Reason
		}
		return words
	case "told":
		return "told with the property"
	}
	return "as Hearth came"
}

// settingInputs gives the fields in which a setting is edited.
func settingInputs(s record.Setting) []ui.Input {
	x := ui.Input{Name: s.Name, Label: s.Title, Hint: s.Meaning, Value: s.Words}
	switch s.Kind {
	case record.SettingWhole, record.SettingNumber:
		x.Hint = strings.TrimSuffix(s.Meaning, ".") + fmt.Sprintf("; from %g to %g %s.", s.Least, s.Most, s.Unit)
	case record.SettingClock:
		x.Placeholder = "21:00"
	case record.SettingYesNo:
		x.Options = []ui.Option{{Value: "yes", Name: "Yes"}, {Value: "no", Name: "No"}}
	case record.SettingHours:
		var list []record.Hours
		if json.Unmarshal(s.Value, &list) != nil {
			return nil // the store keeps only what can be read
		}
		var out []ui.Input
		for _, d := range weekHours(list) {
			out = append(out, ui.Input{Name: d.Field, Label: d.Name, Value: d.Value, Placeholder: "closed", Max: 80})
		}
		return out
	case record.SettingDays:
		x.Rows, x.Hint = 4, s.Meaning+" One a line: 2026-12-25 Christmas."
		x.Value = dayLines(s.Value)
	case record.SettingPhrases:
		x.Rows, x.Hint = 2, s.Meaning+" One a line: en: Good day."
		x.Value = phraseLines(s.Value)
	case record.SettingWords:
		x.Rows, x.Hint = 4, s.Meaning+" One a line: tenant = resident. A language may follow: inquilino = residente (es)."
		x.Value = avoidLines(s.Value)
	case record.SettingText:
		if s.Name == "postal_address" {
			x.Rows = 3
		}
	case record.SettingAddress:
		x.Kind = "email"
	}
	return []ui.Input{x}
}

func dayLines(v json.RawMessage) string {
	var list []record.Holiday
	if json.Unmarshal(v, &list) != nil {
		return ""
	}
	var lines []string
	for _, h := range list {
		lines = append(lines, strings.TrimSpace(h.Date+" "+h.Name))
	}
	return strings.Join(lines, "\n")
}

func phraseLines(v json.RawMessage) string {
	var by map[string]string
	if json.Unmarshal(v, &by) != nil {
		return ""
	}
	var lines []string
	for _, lang := range slices.Sorted(maps.Keys(by)) {
		lines = append(lines, lang+": "+by[lang])
	}
	return strings.Join(lines, "\n")
}

func avoidLines(v json.RawMessage) string {
	var list []record.Avoid
	if json.Unmarshal(v, &list) != nil {
		return ""
	}
	var lines []string
	for _, a := range list {
		l := a.Word
		if a.Instead != "" {
			l += " = " + a.Instead
		}
		if a.Language != "" {
			l += " (" + a.Language + ")"
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "\n")
}

// putSettings changes a group, all of it or nothing.
func (q *request) putSettings() (outcome, error) {
	all, _, err := q.settingsOf()
	if err != nil {
		return outcome{}, err
	}
	var changes []record.SettingChange
	for _, s := range all {
		if s.Group != q.field("group") || err != nil {
			continue
		}
		var value json.RawMessage
		if value, err = q.settingValue(s); err == nil {
			changes = append(changes, record.SettingChange{Name: s.Name, Value: value})
		}
	}
	var done []record.SettingChanged
	if err == nil {
		err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
			done, err = q.web.Records.ChangeSettings(ctx, tx, q.actor, q.place.ID, q.field("reason"), changes)
			return err
		})
	}
	if formFault(err) {
		again, err := q.settingsPage(err)
		if err != nil {
			return outcome{}, err
		}
		return outcome{}, wrongForm{again}
	}
	words := "Nothing was different."
	if len(done) > 0 {
		words = count(len(done), "setting is changed.", "settings are changed.")
	}
	return outcome{said: words, next: "/setup/settings?group=" + q.field("group")}, err
}

// settingValue reads a setting out of the form; the record checks what it means.
func (q *request) settingValue(s record.Setting) (json.RawMessage, error) {
	text := q.field(s.Name)
	switch s.Kind {
	case record.SettingWhole, record.SettingNumber:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return json.Marshal(n)
		}
	case record.SettingYesNo:
		return json.Marshal(text == "yes")
	case record.SettingHours:
		hours, err := q.hoursOf()
		if err != nil {
			return nil, err
		}
		return json.Marshal(append([]record.Hours{}, hours...))
	case record.SettingDays:
		days := []record.Holiday{}
		for l := range eachLine(text) {
			date, name, _ := strings.Cut(l, " ")
			days = append(days, record.Holiday{Date: date, Name: strings.TrimSpace(name)})
		}
		return json.Marshal(days)
	case record.SettingPhrases:
		by := map[string]string{}
		for l := range eachLine(text) {
			lang, phrase, _ := strings.Cut(l, ":")
			by[strings.TrimSpace(lang)] = strings.TrimSpace(phrase)
		}
		return json.Marshal(by)
	case record.SettingWords:
		list := []record.Avoid{}
		for l := range eachLine(text) {
			list = append(list, avoidOf(l))
		}
		return json.Marshal(list)
	case record.SettingClock, record.SettingText, record.SettingAddress:
	}
	return json.Marshal(text)
}

// avoidOf reads "tenant = resident (en)".
func avoidOf(line string) record.Avoid {
	var a record.Avoid
	if head, tail, ok := strings.Cut(line, "("); ok && strings.HasSuffix(tail, ")") && len(tail) <= 4 {
		line, a.Language = head, strings.TrimSuffix(tail, ")")
	}
	word, instead, _ := strings.Cut(line, "=")
	a.Word, a.Instead = strings.TrimSpace(word), strings.TrimSpace(instead)
	return a
}

// eachLine gives the lines of a text that hold something.
func eachLine(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for l := range strings.SplitSeq(text, "\n") {
			if l = strings.TrimSpace(l); l != "" && !yield(l) {
				return
			}
		}
	}
}
