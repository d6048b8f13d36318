package signal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
)

const (
	furious = `"text":"This is terrible, unacceptable and disgusting. I am furious."`
	glad    = `"text":"Thank you so much, this is wonderful, great work!"`
)

func toneOf(t *testing.T, st *story, at, name string) float64 {
	t.Helper()
	v, ok := NewView(st.s, st.clock(at), st.zone).Float(name)
	if !ok {
		t.Fatalf("%s is not known", name)
	}
	return v
}

// The same message weighs against what is usual for the one who wrote it: from somebody who always grumbles it says
// little, from somebody who is always content it says a lot.
func TestShiftIsAgainstOnesOwnAverage(t *testing.T) {
	grumbler, content := newStory(t), newStory(t)
	for i := range 12 {
		day := fmt.Sprintf("2026-%02d-10", 1+i/2)
		grumbler.on(day, "message.received", furious)
		content.on(day, "message.received", glad)
	}
	calm := map[string]float64{
		"grumbler": toneOf(t, grumbler, "2026-06-11", "sentiment.shift"),
		"content":  toneOf(t, content, "2026-06-11", "sentiment.shift"),
	}
	for who, shift := range calm {
		if math.Abs(shift) > 0.05 {
			t.Errorf("the %s resident sounds as ever, but shifts by %v", who, shift)
		}
	}
	for range 3 {
		grumbler.on("2026-07-10", "message.received", furious)
		content.on("2026-07-10", "message.received", furious)
	}
	same, other := toneOf(t, grumbler, "2026-07-11", "sentiment.shift"), toneOf(t, content, "2026-07-11", "sentiment.shift")
	if math.Abs(same) > 0.05 || other > -0.3 {
		t.Errorf("three furious messages shift the grumbler by %.2f and the content one by %.2f, want none and a lot", same, other)
	}
	// Too few readings are no baseline.
	few := newStory(t).on("2026-07-01", "message.received", glad).on("2026-07-02", "message.received", furious)
	few.want("2026-07-03", "sentiment.shift=?")
}

func TestCorrection(t *testing.T) {
	message := func(st *story, day, id, said string) {
		st.s.Fold(&hearth.Event{ID: id, Type: "message.received", Time: st.clock(day), Data: json.RawMessage(`{` + said + `,"message":"msg_` + id + `"}`)}, st.zone)
	}
	correct := func(st *story, id, tone string) *story {
		return st.on("2026-03-01", "tone.corrected", `"message":"`+id+`","tone":"`+tone+`"`)
	}
	build := func() *story {
		st := newStory(t)
		for i := range maxRecent + 2 {
			message(st, fmt.Sprintf("2026-02-%02d", i+1), fmt.Sprint("m", i), furious)
		}
		return st
	}
	was := toneOf(t, build(), "2026-03-01", "sentiment.level")
	tests := []struct {
		name, id, tone string
		changes        bool
	}{
		{"the newest", "m9", "positive", true},
		{"by the message's own id", "msg_m9", "neutral", true},
		{"the oldest that is kept", "m2", "positive", true},
		{"one that is too old", "m1", "positive", false},
		{"one nobody knows", "m77", "positive", false},
		{"no id", "", "positive", false},
		{"no tone", "m9", "blue", false},
	}
	for _, tt := range tests {
		st := correct(build(), tt.id, tt.tone)
		if got := toneOf(t, st, "2026-03-01", "sentiment.level"); (got > was) != tt.changes {
			t.Errorf("%s: the level goes from %v to %v, want a change: %v", tt.name, was, got, tt.changes)
		}
	}
	if got := toneOf(t, correct(build(), "m9", "positive"), "2026-03-01", "sentiment.last"); got != 0.8 {
		t.Errorf("the last tone is %v after the correction, want 0.8", got)
	}
	// The last word counts, and a correction of a text in which nothing could be read makes it a reading.
	twice, once := correct(correct(build(), "m9", "positive"), "m9", "neutral"), correct(build(), "m9", "neutral")
	if a, b := toneOf(t, twice, "2026-03-01", "sentiment.level"), toneOf(t, once, "2026-03-01", "sentiment.level"); a != b {
		t.Errorf("corrected twice: %v, once: %v", a, b)
	}
	st := newStory(t)
	message(st, "2026-02-01", "es", `"text":"La fuga sigue igual y nadie responde"`)
	st.want("2026-03-01", "sentiment.level=?", "sentiment.last=?", "sentiment.confidence=?")
	correct(st, "es", "negative").want("2026-03-01", "sentiment.level=-0.80", "sentiment.last=-0.80")
}

// A corrected reading counts as if it had been read so at first: the order of telling does not matter, and nothing of
// what it was is left behind.
func TestCorrectionLeavesNothingBehind(t *testing.T) {
	z := zone(t)
	rapid.Check(t, func(rt *rapid.T) {
		base := time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC)
		n := rapid.IntRange(1, maxRecent).Draw(rt, "n")
		at := make([]time.Time, n)
		for i := range at {
			at[i] = base.Add(time.Duration(rapid.IntRange(-100*24, 0).Draw(rt, "hours")) * time.Hour)
		}
		which := rapid.IntRange(0, n-1).Draw(rt, "which")
		fold := func(text string) *State {
			s := &State{}
			for i := range at {
				said := "Thanks, great"
				if i == which {
					said = text
				}
				s.Fold(&hearth.Event{ID: fmt.Sprint(i), Type: "message.received", Time: at[i], Data: json.RawMessage(`{"text":"` + said + `"}`)}, z)
			}
			s.Fold(&hearth.Event{ID: "c", Type: "tone.corrected", Time: base, Data: json.RawMessage(fmt.Sprintf(`{"message":"%d","tone":"negative"}`, which))}, z)
			return s
		}
		if a, b := fold("This is wonderful").AppendBinary(nil), fold("Disgusting and terrible").AppendBinary(nil); !bytes.Equal(a, b) {
			rt.Fatalf("what the corrected message was read as is still in the state")
		}
	})
}

func TestAStateOfAnotherVersionIsRefused(t *testing.T) {
	raw := newStory(t).on("2026-01-01", "message.received", glad).s.AppendBinary(nil)
	raw[0]--
	if _, err := Decode(raw); !errors.Is(err, ErrVersion) {
		t.Errorf("got %v, want ErrVersion", err)
	}
}

// Sharp words are a fresh complaint until a person has answered them, or a week has passed; mild ones and old ones are none.
func TestAFreshComplaint(t *testing.T) {
	complains := func(st *story, at string) bool {
		t.Helper()
		return NewView(st.s, st.clock(at), st.zone).Complaint()
	}
	st := newStory(t).on("2026-07-01 10:00", "message.received", furious)
	for _, tt := range []struct {
		at   string
		want bool
	}{{"2026-07-01 10:01", true}, {"2026-07-05", true}, {"2026-07-09", false}} {
		if got := complains(st, tt.at); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.at, got, tt.want)
		}
	}
	st.on("2026-07-01 11:00", "message.received", `"text":"Which day is the trash picked up?"`)
	if !complains(st, "2026-07-02") {
		t.Error("a question behind it hides a complaint that nobody answered")
	}
	st.on("2026-07-02 09:00", "message.sent", `"purpose":"conversation.reply","class":"service"`)
	if complains(st, "2026-07-02 10:00") {
		t.Error("it was answered, and still counts")
	}
	if st.on("2026-07-02 12:00", "message.received", glad); complains(st, "2026-07-02 13:00") {
		t.Error("praise is a complaint")
	}
	if none := newStory(t); complains(none, "2026-07-02") {
		t.Error("somebody who wrote nothing complains")
	}
}

// Words that end messages are a right that somebody uses: they say nothing of how they feel, and wait for no answer. They were written all the same.
func TestWordsThatEndMessagesHaveNoTone(t *testing.T) {
	told := newStory(t).on("2026-07-01", "message.received", `"channel":"email","topic":"opt_out","text":"STOP. Unsubscribe me."`)
	told.want("2026-07-03", "sentiment.level=?")
	told.want("2026-07-03", "sentiment.last=?")
	told.want("2026-07-03", "messages.unanswered_days=?")
	told.want("2026-07-03", "messages.inbound_7d=1")
	heard := newStory(t).on("2026-07-01", "message.received", `"channel":"email","text":"STOP. Unsubscribe me."`)
	if level := toneOf(t, heard, "2026-07-03", "sentiment.level"); level > -0.3 {
		t.Errorf("the same words about something else read %.2f: this test shows nothing", level)
	}
}
