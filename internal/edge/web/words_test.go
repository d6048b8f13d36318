package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

func TestSay(t *testing.T) {
	long := strings.Repeat("drip ", 100)
	for _, tt := range []struct {
		name, kind, data string
		what, own        string
	}{
		{"own words", "workorder.opened", `{"description":"The kitchen tap drips"}`, "asked for a repair:", "The kitchen tap drips"},
		{"words on several lines", "message.received", `{"text":"Hello\n\n  there"}`, "wrote:", "Hello there"},
		{"no words given", "workorder.reopened", `{}`, "has a repair that was opened again.", ""},
		{"words of another kind", "workorder.opened", `{"description":7}`, "asked for a repair.", ""},
		{"data that cannot be read", "workorder.opened", `{`, "asked for a repair.", ""},
		{"no words to give", "portal.visited", `{"page":"home"}`, "visited the portal.", ""},
		{"unknown type", "parcel.picked_up", `{}`, "Parcel picked up.", ""},
	} {
		what, own := say(&hearth.Event{Type: hearth.EventType(tt.kind), Data: json.RawMessage(tt.data)})
		if what != tt.what || own != tt.own {
			t.Errorf("%s: got %q %q, want %q %q", tt.name, what, own, tt.what, tt.own)
		}
	}
	_, own := say(&hearth.Event{Type: "message.received", Data: json.RawMessage(`{"text":"` + long + `"}`)})
	if n := utf8.RuneCountInString(own); n > 165 || !strings.HasSuffix(own, " …") {
		t.Errorf("long words are cut to %d characters: %q", n, own)
	}
}

// Every type of the catalog has words of its own.
func TestEveryTypeHasWords(t *testing.T) {
	for _, typ := range eventlog.Types() {
		if _, ok := phrases()[typ.Name]; !ok {
			t.Errorf("%s has no words", typ.Name)
		}
	}
}

func TestInWords(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want string
	}{
		{nil, "not known"}, {true, "yes"}, {false, "no"}, {"x", "x"}, {2.0, "2"}, {2.25, "2.25"},
		{[]any{"a", 1.0}, "a; 1"}, {map[string]any{"a": 1.0}, `{"a":1}`},
	} {
		if got := inWords(tt.v); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.v, got, tt.want)
		}
	}
}

// A language is called by its name, and chosen by it; a tag that has no name here stays as it is told.
func TestALanguageByItsName(t *testing.T) {
	for tag, want := range map[string]string{"": "The property's", "en": "English", "es": "Spanish", "ZH": "Chinese", "xx": "xx"} {
		if got := factValue("language", tag); got != want {
			t.Errorf("%q is called %q, want %q", tag, got, want)
		}
		chosen := ""
		for _, o := range factInput("language", "Language", want).Options {
			if o.Chosen {
				chosen += o.Value
			}
		}
		if chosen != strings.ToLower(tag) {
			t.Errorf("the form of %q chooses %q", tag, chosen)
		}
	}
	day := hearth.Day(20000)
	if got := absenceWords(record.Absence{From: day, To: day + 1, Reason: "leave"}); got != "4 October 2024 to 5 October 2024, leave" {
		t.Errorf("an absence reads %q", got)
	}
}

func TestWhereAnEventComesFrom(t *testing.T) {
	for source, want := range map[string]string{"hearth/edge/portal": "the residents' pages", "hearth/act/task": "the team's work", "hearth/decide/trigger": "Hearth itself",
		"pms/elm-terrace": "pms/elm-terrace", "hearthstone": "hearthstone"} {
		if got := sourceWords(source); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}

func TestCapital(t *testing.T) {
	for in, want := range map[string]string{"": "", "floor 1": "Floor 1", "éclair": "Éclair"} {
		if got := capital(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// How long somebody waits reads alike in the list and where the conversation is open.
func TestWaitsChip(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	q := &request{now: now}
	for hours, want := range map[int]ui.Shade{2: ui.Today, 30: ui.Now} {
		c := conversation.Conversation{State: conversation.Open, Waits: conversation.WaitsForUs, LastIn: now.Add(-time.Duration(hours) * time.Hour)}
		if got, _ := q.talkState(c, nil); got.Shade != want || got.Shade != q.waitsChip(c).Shade {
			t.Errorf("%d hours: got %q, want %q", hours, got.Shade, want)
		}
	}
}
