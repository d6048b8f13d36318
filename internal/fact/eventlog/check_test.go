package eventlog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// outside makes an event as a connector would send it.
func outside(typ hearth.EventType, subject, data string) *hearth.Event {
	s, _ := hearth.ParseSubject(subject)
	return &hearth.Event{ID: "1", Source: "yardi/oak", Type: typ, Subject: s, Time: dbtest.Start().Add(-time.Minute), Data: json.RawMessage(data)}
}

func TestCheck(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	l := open(t, d)
	with := func(change func(ev *hearth.Event)) *hearth.Event {
		ev := outside("portal.visited", "resident/1", `{}`)
		change(ev)
		return ev
	}
	tests := []struct {
		name  string
		ev    *hearth.Event
		field string // "" for an event that is fine
		says  string
	}{
		{"least data", outside("portal.visited", "resident/1", ``), "", ""},
		{"unknown fields", outside("portal.visited", "resident/1", `{"page":"/pay","deep":{"er":[1,null]}}`), "", ""},
		{"message", outside("message.received", "resident/1", `{"channel":"sms","text":"Hi"}`), "", ""},
		{"order", outside("workorder.opened", "unit/4B", `{"description":"drip"}`), "", ""},
		{"order done", outside("workorder.completed", "workorder/7", `{"resolution":""}`), "", ""},
		{"notice", outside("lease.notice_given", "resident/1", `{"move_out":"2026-08-31"}`), "", ""},
		{"contact", outside("contact.personal", "resident/1", `{"staff":"ana","kind":"visit"}`), "", ""},
		{"preference", outside("preference.changed", "resident/1", `{"name":"channel","value":""}`), "", ""},
		{"clock a little ahead", with(func(ev *hearth.Event) { ev.Time = dbtest.Start().Add(23 * time.Hour) }), "", ""},
		{"odd but printable", with(func(ev *hearth.Event) { ev.ID = "ä/ö ü?#%" }), "", ""},

		{"no id", with(func(ev *hearth.Event) { ev.ID = "" }), "id", "needs its id"},
		{"no source", with(func(ev *hearth.Event) { ev.Source = "" }), "source", "needs its source"},
		{"long id", with(func(ev *hearth.Event) { ev.ID = strings.Repeat("x", 257) }), "id", "at most 256"},
		{"line break in source", with(func(ev *hearth.Event) { ev.Source = "a\nb" }), "source", "printable"},
		{"broken UTF-8 in subject", with(func(ev *hearth.Event) { ev.Subject.ID = "a\xff" }), "subject", "printable"},
		{"no subject", with(func(ev *hearth.Event) { ev.Subject = hearth.Subject{} }), "subject", "needs a subject"},
		{"wrong subject", outside("portal.visited", "unit/4B", `{}`), "subject", `about a resident, not about "unit"`},
		{"no such type", outside("portal.visits", "resident/1", `{}`), "type", `"portal.visits"`},
		{"no time", with(func(ev *hearth.Event) { ev.Time = time.Time{} }), "time", "needs the time"},
		{"far future", with(func(ev *hearth.Event) { ev.Time = dbtest.Start().Add(25 * time.Hour) }), "time", "future"},
		{"long ago", with(func(ev *hearth.Event) { ev.Time = time.Date(1066, 10, 14, 9, 0, 0, 0, time.UTC) }), "time", "long ago"},

		{"not JSON", outside("portal.visited", "resident/1", `{"a":`), "data", "not JSON"},
		{"two values", outside("portal.visited", "resident/1", `{} {}`), "data", "not JSON"},
		{"a list", outside("portal.visited", "resident/1", `[]`), "data", "JSON object"},
		{"null", outside("portal.visited", "resident/1", `null`), "data", "JSON object"},
		{"not UTF-8", outside("portal.visited", "resident/1", "{\"a\":\"\xff\"}"), "data", "UTF-8"},
		{"NUL", outside("message.received", "resident/1", `{"channel":"sms","text":"a\u0000b"}`), "data", "NUL"},
		{"NUL that is none", outside("message.received", "resident/1", `{"channel":"sms","text":"a\\u0000b"}`), "", ""},
		{"too large", outside("portal.visited", "resident/1", `{"a":"`+strings.Repeat("x", 64<<10)+`"}`), "data", "at most 65536"},
		{"field missing", outside("message.received", "resident/1", `{"channel":"sms"}`), "data.text", "needs data.text"},
		{"field empty", outside("message.received", "resident/1", `{"channel":"sms","text":""}`), "data.text", "must not be empty"},
		{"no such channel", outside("message.received", "resident/1", `{"channel":"pigeon","text":"x"}`), "data.channel", "one of email, sms"},
		{"wrong type", outside("message.received", "resident/1", `{"channel":"sms","text":7}`), "data.text", "must be a text, not a number"},
		{"no such day", outside("lease.notice_given", "resident/1", `{"move_out":"2026-02-30"}`), "data.move_out", "a date like"},
		{"no time at all", outside("workorder.scheduled", "workorder/1", `{"start":"soon","end":"2026-03-04T17:00:00Z"}`), "data.start", "a time like"},
		{"whole number", outside("lease.changed", "lease/1", `{"term":1.5}`), "data.term", "must be an integer"},
		{"within a list", outside("resident.changed", "resident/1", `{"fields":["a",1]}`), "data.fields.1", "must be a text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := l.Check(tt.ev)
			var he *hearth.Error
			switch {
			case tt.field == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.field == "":
			case !errors.As(err, &he) || he.Code != hearth.CodeInvalid:
				t.Errorf("gave %v, want a refusal", err)
			case he.Field != tt.field || !strings.Contains(he.Message, tt.says):
				t.Errorf("gave %s: %q; want %s with %q", he.Field, he.Message, tt.field, tt.says)
			}
		})
	}
}

// TestCheckNeverPanics: whatever a sender makes up is taken or refused with a field.
func TestCheckNeverPanics(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	l := open(t, d)
	types := eventlog.Types()
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(t, "type")
		var data []byte
		if rapid.Bool().Draw(t, "bytes") {
			data = rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		} else {
			data = []byte(mutate(t, typ.Example))
		}
		ev := &hearth.Event{ID: rapid.String().Draw(t, "id"), Source: "s", Type: typ.Name, Data: data, Time: dbtest.Start(),
			Subject: hearth.Subject{Kind: rapid.SampledFrom(append(typ.Subjects, "x")).Draw(t, "kind"), ID: rapid.String().Draw(t, "subject")}}
		err := l.Check(ev)
		var he *hearth.Error
		if err != nil && (!errors.As(err, &he) || he.Code != hearth.CodeInvalid || he.Field == "" || he.Message == "") {
			t.Fatalf("gave %v, want a refusal with a field", err)
		}
	})
}

// mutate changes a few bytes of a text.
func mutate(t *rapid.T, s string) string {
	b := []byte(s)
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		if len(b) > 0 {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "to")
		}
	}
	return string(b)
}

// TestCatalog holds every entry to what the door and the documentation promise.
func TestCatalog(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	l := open(t, d)
	types := eventlog.Types()
	var names []string
	for _, typ := range types {
		names = append(names, string(typ.Name))
		if typ.Doc == "" || len(typ.Subjects) == 0 {
			t.Errorf("%s has no documentation or no subjects", typ.Name)
		}
		for _, s := range typ.Subjects {
			if err := l.Check(outside(typ.Name, s+"/1", typ.Example)); err != nil {
				t.Errorf("the example of %s does not fit: %v", typ.Name, err)
			}
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("the catalog is not sorted or names a type twice: %v", names)
	}
	var a, b bytes.Buffer
	if err := errors.Join(eventlog.WriteDocs(&a), eventlog.WriteDocs(&b)); err != nil || a.String() != b.String() {
		t.Errorf("the documentation differs from run to run, %v", err)
	}
	for _, want := range append(names, "**`description`**", "`priority`", "email, sms") {
		if !strings.Contains(a.String(), want) {
			t.Errorf("the documentation lacks %s", want)
		}
	}
	ours := 0
	for _, section := range strings.Split(a.String(), "\n## `")[1:] {
		name, _, _ := strings.Cut(section, "`")
		marked := strings.Contains(section, "Told by Hearth only")
		if marked != eventlog.Ours(hearth.EventType(name)) {
			t.Errorf("%s: the documentation marks it as told by Hearth only: %t", name, marked)
		}
		if marked {
			ours++
		}
	}
	if ours < 10 {
		t.Errorf("only %d types are marked as told by Hearth only", ours)
	}
	if page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "events.md")); err != nil || string(page) != a.String() {
		t.Errorf("docs/events.md is not what the code says (%v); run: go run ./internal/app/gen", err)
	}
}
