package web

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// factView is one thing that is good to know, with where it comes from and what it was before.
type factView struct {
	Key, Name string
	Value     string
	From      string
	Masked    bool
	CanReveal bool
	Noted     bool // the first that can be uncovered says what is noted; once is enough
	Editing   bool
	Edit      string // where it is corrected; "" where it can't be
	Input     ui.Input
	History   []string
}

// knowsRow is somebody of the team who knows the resident.
type knowsRow struct{ Name, Words string }

// promiseRow is a promise.
type promiseRow struct {
	ID         string // as its source calls it
	Words, Due string
	At         string // when it is due, RFC 3339
	Late       bool
	Settled    bool // somebody said how it ended
}

// mostLooked bounds how many events a part of the page is made from.
const mostLooked = 200

func (q *request) factsOf(ctx context.Context, tx *db.Tx, r *resident, shown map[string]string) ([]factView, *factView, error) {
	prefs, err := q.web.Records.PersonPreferences(ctx, tx, r.person)
	if err != nil {
		return nil, nil, err
	}
	changes, err := q.web.Log.Timelines(ctx, tx, r.person, []hearth.EventType{"preference.changed"}, eventlog.Cursor{}, mostLooked)
	if err != nil {
		return nil, nil, err
	}
	before := map[string][]string{}
	for _, ev := range changes {
		var d struct{ Name, Value string }
		if json.Unmarshal(ev.Data, &d) == nil {
			before[d.Name] = append(before[d.Name], q.changeWords(ev, d.Name, d.Value, r))
		}
	}
	edit := q.URL.Query().Get("edit")
	var out []factView
	add := func(key, name, value, from string) *factView {
		f := factView{Key: key, Name: name, Value: value, From: from, History: before[key], Editing: edit == key && q.may(rightCorrect)}
		if q.may(rightCorrect) {
			f.Edit = "/residents/" + string(r.ID) + "?edit=" + key + "#fact-" + key
		}
		f.Input = factInput(key, name, value)
		out = append(out, f)
		return &out[len(out)-1]
	}
	for _, c := range []struct{ key, name, value string }{{"phone", "Phone", r.Phone}, {"email", "E-mail", r.Email}} {
		if hidden, err := q.hides(ctx, tx, r, c.key); err != nil || hidden {
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		f := add(c.key, c.name, mask(c.value), "")
		f.Masked = c.value != ""
		f.CanReveal = f.Masked && q.may(rightReveal)
		f.Input.Value = "" // a form would show what is masked
		if v, ok := shown[c.key]; ok {
			if c.key == "phone" {
				v = record.PhoneWords(v)
			}
			f.Value, f.Masked, f.CanReveal, f.From = v, false, false, "uncovered by you just now; the timeline says so"
		}
		f.Noted = f.CanReveal && !slices.ContainsFunc(out[:len(out)-1], func(o factView) bool { return o.Noted })
	}
	add("preferred_name", "Called", r.Called(), "")
	if _, told := r.Prefs["language"]; !told {
		add("language", "Language", languageWords(r.Language), "")
	}
	for _, p := range prefs {
		if hidden, err := q.hides(ctx, tx, r, p.Name); err != nil || hidden {
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		add(p.Name, factName(p.Name), factValue(p.Name, p.Value), q.sourceWords(p, r))
	}
	if !q.may(rightCorrect) {
		return out, nil, nil
	}
	return out, &factView{Key: "new", Edit: "/residents/" + string(r.ID) + "?edit=new#fact-new", Editing: edit == "new"}, nil
}

func factInput(key, name, value string) ui.Input {
	in := ui.Input{Name: "value", Label: name, Value: value, Max: 500, Hint: "Empty takes it out.", Focus: true}
	switch key {
	case "phone":
		in.Kind, in.Hint = "tel", "With the area code."
	case "email":
		in.Kind, in.Hint = "email", ""
	case "language":
		in.Hint = ""
		for _, l := range languages() {
			in.Options = append(in.Options, ui.Option{Value: l.Value, Name: l.Name, Chosen: l.Name == value})
		}
		if in.Value != "" && languageWords("") != value && !slices.ContainsFunc(languages(), func(l ui.Option) bool { return l.Name == value }) {
			in.Options = append(in.Options, ui.Option{Value: value, Name: value, Chosen: true})
		}
	case "preferred_name":
		in.Hint = "How they like to be called."
	case "channel":
		in.Hint = ""
		for _, c := range []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelCall, hearth.ChannelLetter} {
			in.Options = append(in.Options, ui.Option{Value: string(c), Name: channelWords(c), Chosen: channelWords(c) == value})
		}
	}
	return in
}

// addressWords writes a value that may be an address: a line that is too short for it ends behind the @, and not in a word.
func addressWords(value string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, to io.Writer) error {
		name, host, ok := strings.Cut(value, "@")
		words := templ.EscapeString(value)
		if ok && !strings.ContainsAny(value, " \n") {
			words = templ.EscapeString(name) + "@<wbr>" + templ.EscapeString(host)
		}
		_, err := io.WriteString(to, words)
		return err
	})
}

// mask leaves enough of an address to recognise it.
func mask(s string) string {
	if s == "" {
		return "not known"
	}
	if name, host, ok := strings.Cut(s, "@"); ok {
		r := []rune(name)
		return string(r[:min(1, len(r))]) + "•••@" + host
	}
	if len(s) < 4 {
		return "•••"
	}
	return "••• ••• " + s[len(s)-2:]
}

func factName(key string) string {
	if n, ok := map[string]string{"channel": "Reach them", "quiet_from": "Quiet from", "quiet_to": "Quiet until", "entry": "Entry", "entry_permission": "Entry", "access": "Coming in"}[key]; ok {
		return n
	}
	return capital(plainWords(key))
}

func factValue(key, value string) string {
	switch key {
	case "channel":
		return channelWords(hearth.Channel(value))
	case "language":
		return languageWords(value)
	case "access":
		return capital(value)
	}
	return value
}

func channelWords(c hearth.Channel) string {
	if w, ok := map[hearth.Channel]string{hearth.ChannelEmail: "E-mail", hearth.ChannelSMS: "Text message", hearth.ChannelPortal: "The portal", hearth.ChannelPush: "Push", hearth.ChannelCall: "A call", hearth.ChannelLetter: "A letter"}[c]; ok {
		return w
	}
	return string(c)
}

func languageWords(tag string) string {
	for _, l := range languages() {
		if l.Value == strings.ToLower(tag) {
			return l.Name
		}
	}
	return tag
}

// languages are those that are called by their names, the property's own first; any other is shown by its tag.
func languages() []ui.Option {
	return []ui.Option{{Value: "", Name: "The property's"}, {Value: "en", Name: "English"}, {Value: "es", Name: "Spanish"}, {Value: "zh", Name: "Chinese"}, {Value: "vi", Name: "Vietnamese"},
		{Value: "ru", Name: "Russian"}, {Value: "ar", Name: "Arabic"}, {Value: "ht", Name: "Haitian Creole"}, {Value: "fr", Name: "French"}, {Value: "pt", Name: "Portuguese"}, {Value: "ko", Name: "Korean"}, {Value: "tl", Name: "Tagalog"}}
}

// sourceWords says who told it, and when.
func (q *request) sourceWords(p record.Preference, r *resident) string {
	who := p.Source
	switch {
	case strings.HasPrefix(who, "hearth/act/task"):
		who = "noted with a task"
	case strings.HasPrefix(who, "hearth/"):
		who = "noted here"
	case who == "":
		who = "source not known"
	}
	return who + ", " + q.dateWords(p.At)
}

func (q *request) dateWords(t time.Time) string {
	t = t.In(q.zone)
	if t.Year() == q.now.In(q.zone).Year() {
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}

func (q *request) changeWords(ev *hearth.Event, name, value string, r *resident) string {
	value = factValue(name, value)
	if value == "" {
		value = "taken out"
	}
	return value + " (" + q.actorWords(ev, r) + ", " + q.dateWords(ev.Time) + ")"
}

// actorWords names who did something.
func (q *request) actorWords(ev *hearth.Event, r *resident) string {
	switch ev.Actor.Kind {
	case "staff":
		if n := r.staff[hearth.StaffID(ev.Actor.ID)]; n != "" {
			return n
		}
	case "resident":
		return r.Called()
	}
	if strings.HasPrefix(ev.Source, "hearth") {
		return "Hearth"
	}
	return ev.Source
}

// knowsOf gives who of the team had a real contact with the resident in the last year, who talked most first.
func (q *request) knowsOf(ctx context.Context, tx *db.Tx, r *resident) ([]knowsRow, error) {
	evs, err := q.web.Log.Timelines(ctx, tx, r.person, []hearth.EventType{"contact.personal"}, eventlog.Cursor{}, mostLooked)
	if err != nil {
		return nil, err
	}
	type known struct {
		name, kind string
		n          int
		last       time.Time
	}
	var all []*known
	by := map[string]*known{}
	for _, ev := range evs {
		var d struct{ Staff, Kind string }
		if json.Unmarshal(ev.Data, &d) != nil || ev.Time.Before(q.now.AddDate(-1, 0, 0)) {
			continue
		}
		k := by[d.Staff]
		if k == nil {
			name := r.staff[hearth.StaffID(d.Staff)]
			if name == "" {
				name = "Somebody who has left the team"
			}
			k = &known{name: name, kind: d.Kind, last: ev.Time}
			by[d.Staff] = k
			all = append(all, k)
		}
		k.n++
	}
	slices.SortStableFunc(all, func(a, b *known) int { return b.n - a.n })
	var out []knowsRow
	for _, k := range all[:min(5, len(all))] {
		out = append(out, knowsRow{k.name, count(k.n, "time", "times") + ", last a " + plainWords(k.kind) + " on " + q.dateWords(k.last)})
	}
	return out, nil
}

// promisesOf gives what was promised and is neither kept nor missed.
func (q *request) promisesOf(ctx context.Context, tx *db.Tx, r *resident) ([]promiseRow, error) {
	all, err := q.promisesMade(ctx, tx, r)
	return slices.DeleteFunc(all, func(p promiseRow) bool { return p.Settled }), err
}

// promisesMade gives what was promised as it was stated last, the newest first.
func (q *request) promisesMade(ctx context.Context, tx *db.Tx, r *resident) ([]promiseRow, error) {
	evs, err := q.web.Log.Timelines(ctx, tx, r.person, []hearth.EventType{"promise.made", "promise.kept", "promise.missed"}, eventlog.Cursor{}, mostLooked)
	if err != nil {
		return nil, err
	}
	settled, stated := map[string]bool{}, map[string]bool{}
	var out []promiseRow
	for _, ev := range evs { // newest first: the last word on each counts
		var d struct{ Promise, Due, Text string }
		switch {
		case json.Unmarshal(ev.Data, &d) != nil || stated[d.Promise]:
			continue
		case ev.Type != "promise.made":
			settled[d.Promise] = true
			continue
		}
		stated[d.Promise] = true
		p := promiseRow{ID: d.Promise, Words: d.Text, At: d.Due, Settled: settled[d.Promise]}
		if p.Words == "" {
			p.Words = d.Promise
		}
		if due, err := time.Parse(time.RFC3339, d.Due); err == nil {
			p.Due, p.Late = dueWords(due, q.now, q.zone), due.Before(q.now)
		}
		out = append(out, p)
	}
	return out, nil
}
