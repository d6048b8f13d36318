package record

import (
	"testing"
	"time"

	"hearth"
)

func TestQuietCovers(t *testing.T) {
	night := Quiet{From: 21 * 60, To: 8 * 60}
	for _, c := range []struct {
		q    Quiet
		at   int
		want bool
	}{
		{night, 20*60 + 59, false}, {night, 21 * 60, true}, {night, 0, true}, {night, 7*60 + 59, true}, {night, 8 * 60, false},
		{Quiet{From: 60, To: 120}, 60, true}, {Quiet{From: 60, To: 120}, 120, false}, {Quiet{}, 0, false},
	} {
		if got := c.q.Covers(c.at); got != c.want {
			t.Errorf("%+v at minute %d: %v, want %v", c.q, c.at, got, c.want)
		}
	}
}

func TestSettingsCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Settings)
		field  string
	}{
		{"the defaults", func(*Settings) {}, ""},
		{"a split shift", func(s *Settings) { s.Business = []Hours{{time.Monday, 480, 720}, {time.Monday, 780, 1020}} }, ""},
		{"overlapping hours", func(s *Settings) { s.Business = []Hours{{time.Monday, 480, 720}, {time.Monday, 700, 1020}} }, "settings.business[1]"},
		{"hours backwards", func(s *Settings) { s.Business = []Hours{{time.Monday, 720, 480}} }, "settings.business[0]"},
		{"a ninth weekday", func(s *Settings) { s.Business = []Hours{{9, 480, 720}} }, "settings.business[0].weekday"},
		{"a holiday that is no date", func(s *Settings) { s.Holidays = []Holiday{{Date: "Christmas"}} }, "settings.holidays[0].date"},
		{"quiet beyond the day", func(s *Settings) { s.Quiet.To = 1500 }, "settings.quiet"},
		{"a negative budget", func(s *Settings) { s.Budget.Day = -1 }, "settings.budget"},
	} {
		s := DefaultSettings()
		c.change(&s)
		err := s.Check()
		if got := fieldOf(err); got != c.field {
			t.Errorf("%s: field %q (%v), want %q", c.name, got, err, c.field)
		}
	}
}

func TestSettingsOverlayTheDefaults(t *testing.T) {
	s, err := decodeSettings(`{"budget":{"week":1,"month":5,"day":3},"holidays":[{"date":"2026-12-25","name":"Christmas"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if s.Budget.Week != 1 || s.Quiet != (Quiet{From: 1260, To: 480}) || len(s.Business) != 6 {
		t.Errorf("settings %+v", s)
	}
	if name, closed := s.Holiday(hearth.MakeDay(2026, 12, 25)); !closed || name != "Christmas" {
		t.Errorf("holiday %q %v", name, closed)
	}
	if _, closed := s.Holiday(hearth.MakeDay(2026, 12, 24)); closed {
		t.Error("the day before is closed too")
	}
	if (Settings{}).Told() || !DefaultSettings().Told() {
		t.Error("told and not told are mixed up")
	}
}
