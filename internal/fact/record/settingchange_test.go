package record

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// Every field of Settings can be set by a name of the list, and nothing else.
func TestSettingSpecsCoverTheDocument(t *testing.T) {
	have := map[string]bool{}
	for _, d := range SettingSpecs() {
		if d.Title == "" || d.Group == "" || !strings.HasSuffix(d.Meaning, ".") {
			t.Errorf("%s lacks words", d.Name)
		}
		have[d.Name] = true
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Type.Kind() != reflect.Struct {
			if !have[name] {
				t.Errorf("%s cannot be set", name)
			}
			delete(have, name)
			continue
		}
		for _, in := range reflect.VisibleFields(f.Type) {
			part, _, _ := strings.Cut(in.Tag.Get("json"), ",")
			if !have[name+"."+part] {
				t.Errorf("%s.%s cannot be set", name, part)
			}
			delete(have, name+"."+part)
		}
	}
	for name := range have {
		t.Errorf("%s is no field of the settings", name)
	}
}

func TestSettingsChange(t *testing.T) {
	for _, tt := range []struct{ name, value, field, want string }{
		{"quiet.from", `"20:30"`, "", "1230"},
		{"quiet.to", `"24:00"`, "", "1440"},
		{"quiet.to", `1441`, "quiet.to", ""},
		{"attention.hour", `"18:00"`, "", "1080"},
		{"attention.at_once", `"yes"`, "attention.at_once", ""},
		{"attention.at_once", `true`, "", "true"},
		{"care.frustration", `0.3`, "care", ""}, // below calm
		{"care.calm", `0`, "care.calm", ""},
		{"surveys.month", `0`, "surveys.month", ""}, // zero would be the default
		{"voice.greeting", `{"en":"Hi\nthere"}`, "voice.greeting", ""},
		{"voice.avoid", `[{"word":"tenant"}]`, "", `[{"word":"tenant"}]`},
		{"holidays", `[{"date":"2026-12-25","name":"Christmas"}]`, "", `[{"date":"2026-12-25","name":"Christmas"}]`},
		{"holidays", `[{"date":"Christmas"}]`, "holidays[0].date", ""},
		{"postal_address", `"1 Oak St\r\nAustin"`, "", `"1 Oak St\nAustin"`},
		{"sender_name", `"Oak\nCourt"`, "sender_name", ""},
		{"quiet", `{}`, "quiet", ""},
	} {
		s := DefaultSettings()
		done, err := s.change([]SettingChange{{tt.name, json.RawMessage(tt.value)}})
		if got := fieldOf(err); got != tt.field {
			t.Errorf("%s=%s: field %q (%v), want %q", tt.name, tt.value, got, err, tt.field)
			continue
		}
		if tt.field == "" && (len(done) != 1 || string(done[0].New) != tt.want) {
			t.Errorf("%s=%s: %s, want %s", tt.name, tt.value, done, tt.want)
		}
	}
	s := DefaultSettings()
	s.Voice.Greeting = map[string]string{"en": "Hello", "es": "Hola"}
	if _, err := s.change([]SettingChange{{"voice.greeting", json.RawMessage(`{"en":"Good day"}`)}}); err != nil || len(s.Voice.Greeting) != 1 {
		t.Errorf("old phrases stay beside the new ones: %v %v", s.Voice.Greeting, err)
	}
	if _, err := s.change([]SettingChange{{"budget.day", nil}, {"budget.day", json.RawMessage("1")}}); fieldOf(err) != "budget.day" {
		t.Errorf("one setting twice: %v", err)
	}
}

func TestSettingsPageIsUpToDate(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	if have, err := os.ReadFile("../../../docs/settings.md"); err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/settings.md is not what the code says (%v); run: go run ./internal/app/gen", err)
	}
}
