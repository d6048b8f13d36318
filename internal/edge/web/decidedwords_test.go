package web

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/page/ui"
)

// What a decision rests on is said in words: no record's name of a thing, no figure that only a program reads, no day as records write it.
func TestWhyIsSaidInWords(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	w := decidedWords{now: time.Date(2026, 11, 29, 12, 0, 0, 0, zone), zone: zone}
	got := w.facts(map[string]any{
		"conditions": []any{`lease.days_to_end <= 120: yes (lease.days_to_end is 119)`, `lease.status == "current": yes (lease.status is current)`, `service.total > 1 + 0: no (service.total is 1)`},
		"event":      "workorder.opened", "event_time": "2026-11-29T20:04:56Z", "turned": []any{"the lease ends in at most 120 days (now 119)"},
		"class": "relation", "purpose": "service.closed", "template": "service-closed", "question": float64(0), "zone": "America/Chicago", "frustration": 0.11069920350243923,
		"local": "2026-11-15 13:42", "until": "2026-12-01T14:00:00Z", "urgent_open": float64(0), "task": "tsk_06h1v1q39009yc501yw2", "channel": "sms",
		"why": "The first request: Somebody asked for a repair, on 2026-10-31.", "new_one": "prm_3tpqkf30x8w2xw065g46",
	})
	want := []ui.Fact{{Name: "What happened", Value: "Somebody asked for a repair"}, {Name: "When", Value: "29 November 2026, 14:04"},
		{Name: "What was looked at", Value: "the lease ends in at most 120 days: yes (119); the lease is current: yes; service.total > 1 + 0: no (service.total is 1)"},
		{Name: "What it came from", Value: "The first request: Somebody asked for a repair, on 31 October 2026."},
		{Name: "Kind of message", Value: "Staying in touch"}, {Name: "Text", Value: "Service closed"}, {Name: "Way", Value: "Text message"},
		{Name: "Their time then", Value: "15 November 2026, 13:42"}, {Name: "Until", Value: "1 December 2026, 08:00"}}
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

// What was decided before days and moments were written for people still says them as records do; the pages do not.
func TestMomentsInSentencesAreForPeople(t *testing.T) {
	for sentence, want := range map[string]string{
		"Held until 2026-12-04 09:00 by Mara Lindt: she is away until 2026-12-03.":                             "Held until 4 December 2026, 09:00 by Mara Lindt: she is away until 3 December 2026.",
		"It was due on 2026-11-28 18:30 and comes 2 days late, so a person looks first whether it still fits.": "It was due on 28 November 2026, 18:30 and comes 2 days late, so a person looks first whether it still fits.",
		"Order 2026-99-99 12:00 is no day.":                                                                    "Order 2026-99-99 12:00 is no day.",
		"Nothing of that sort - as it stands.":                                                                 "Nothing of that sort - as it stands.",
	} {
		if got := plainDays(sentence); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAPromiseIsNotItsNumber(t *testing.T) {
	for data, want := range map[string]string{`{"promise":"prm_3tpqkf30x8w2xw065g46"}`: "", `{"promise":"prm_3tpqkf30x8w2xw065g46","text":"A call by noon"}`: "A call by noon", `{"promise":"A call"}`: "A call"} {
		if _, own := say(&hearth.Event{Type: "promise.made", Data: []byte(data)}); own != want || strings.HasPrefix(own, "prm_") {
			t.Errorf("%s: %q, want %q", data, own, want)
		}
	}
}
