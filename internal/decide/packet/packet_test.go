package packet

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

var now = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

// view gives a resident who moved in 40 days ago, with more events on top.
func view(t *testing.T, more ...*hearth.Event) signal.View {
	t.Helper()
	s := &signal.State{}
	moved := hearth.DayOf(now, time.UTC) - 40
	all := append([]*hearth.Event{
		{Type: "resident.added", Data: json.RawMessage(`{"role":"leaseholder","primary":true,"email":true}`), Time: now.AddDate(0, 0, -40)},
		{Type: "lease.recorded", Data: json.RawMessage(`{"lease":"l","unit":"u","start":"` + moved.String() + `","end":"` + (moved + 365).String() +
			`","move_in":"` + moved.String() + `","term":1}`), Time: now.AddDate(0, 0, -40)}}, more...)
	for _, ev := range all {
		ev.Recorded, ev.AsOf = ev.Time, ev.Time
		s.Fold(ev, time.UTC)
	}
	return signal.NewView(s, now, time.UTC)
}

func fact(t *testing.T, c record.Contact, v signal.View, name string) string {
	t.Helper()
	for _, f := range known(c, v) {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func TestWhatIsKnownIsSaidAndNothingElse(t *testing.T) {
	c := record.Contact{Resident: record.Resident{First: "Ana", Last: "Lopez", Preferred: "Annie", Language: "es"}, UnitLabel: "4B",
		Prefs: map[string]string{"channel": "call", "avoid": "email", "schedule": "works nights", "entry": "after 10:00", "notice": "call first", "pets": "dog"}}
	v := view(t)
	for name, want := range map[string]string{"Resident": "Ana Lopez, called Annie", "Home": "4B", "Here for": "40 days",
		"Last spoken with": "no conversation on record", "Likes to be reached by": "call", "Open requests": "", "Does not want": "e-mail", "Their day": "works nights",
		"Come to the door": "after 10:00", "Before coming": "call first", "Animals": "dog", "Best time": ""} {
		if got := fact(t, c, v, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, f := range known(c, v) {
		if f.Value == "es" || strings.Contains(f.Name, "anguage") {
			t.Errorf("%s: %s tells what a person is, not what happened", f.Name, f.Value)
		}
	}
	spoken := view(t, &hearth.Event{Type: "contact.personal", Data: json.RawMessage(`{"staff":"stf_1","kind":"visit"}`), Time: now.AddDate(0, 0, -3)})
	if got := fact(t, c, spoken, "Last spoken with"); got != "3 days ago" {
		t.Errorf("last spoken with: %q, want 3 days ago", got)
	}
}

func TestLengthsAreSaidAsPeopleDo(t *testing.T) {
	for days, want := range map[int64]string{0: "0 days", 1: "1 day", 60: "60 days", 61: "2 months", 183: "6 months", 298: "10 months", 700: "23 months", 730: "2 years", 912: "2 years 6 months", 3653: "10 years"} {
		if got := length(days); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
	for channel, want := range map[string]string{"sms": "text message", "portal": "their own pages", "call": "call", "": "", "knock twice": "knock twice"} {
		if got := way(channel); got != want {
			t.Errorf("%s: %q, want %q", channel, got, want)
		}
	}
}

func TestTheHomesHistoryTellsWhoseItIs(t *testing.T) {
	at := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	lines := orderLines([]workorder.Order{
		{Resident: "res_ana", Opened: at(5), Description: "The tap drips.", State: workorder.Waiting, WaitingFor: "a part"},
		{Resident: "res_ben", Opened: at(20), Description: "No light", Resolution: "New bulb."},
		{Resident: "res_old", Opened: at(400), Description: "Mice", Resolution: "Traps"},
	}, "res_ana", view(t))
	want := []string{
		"25 Feb 2026: The tap drips. Waits for a part",
		"10 Feb 2026 (by somebody else of this home): No light. Done: New bulb",
		"26 Jan 2025 (before they lived here): Mice. Done: Traps",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestWhatWasSaidLeavesOutWhatWasNot(t *testing.T) {
	lines := saidLines([]message.Brief{
		{Purpose: "movein.welcome", Channel: hearth.ChannelEmail, State: message.Sent, At: now.AddDate(0, 0, -30)},
		{Purpose: "movein.checkin", Channel: hearth.ChannelEmail, State: message.Dropped, At: now.AddDate(0, 0, -20)},
		{Purpose: "survey.resolved-properly", Channel: hearth.ChannelSMS, State: message.Delivered, At: now.AddDate(0, 0, -10)},
		{Purpose: "conversation.reply", Channel: hearth.ChannelEmail, State: message.Bounced, At: now.AddDate(0, 0, -9)},
	}, time.UTC)
	want := []string{"21 Feb 2026: an answer by mail (came back)", "20 Feb 2026: the question “was it resolved properly?” by text message (arrived)", "31 Jan 2026: the day of the move by mail (sent)"}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}
