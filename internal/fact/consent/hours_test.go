package consent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth"
)

func shipped(t *testing.T) *Hours {
	t.Helper()
	h, err := ShippedHours()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestShippedHours(t *testing.T) {
	h := shipped(t)
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		state, at string // 2026-11-22 is a Sunday
		want      bool
	}{
		{"NY", "2026-11-23 07:59", false}, {"NY", "2026-11-23 08:00", true}, {"NY", "2026-11-23 20:59", true}, {"NY", "2026-11-23 21:00", false},
		{"", "2026-11-23 20:59", true}, {"", "2026-11-23 21:00", false}, {"nowhere", "2026-11-23 07:59", false},
		{"FL", "2026-11-23 19:59", true}, {"FL", "2026-11-23 20:00", false}, {"Florida", "2026-11-23 20:00", false}, {"fl", "2026-11-23 20:30", false},
		{"OK", "2026-11-23 20:00", false}, {"WA", "2026-11-23 20:00", false},
		{"TX", "2026-11-23 08:59", false}, {"TX", "2026-11-23 09:00", true}, {"TX", "2026-11-22 11:59", false}, {"TX", "2026-11-22 12:00", true}, {"TX", "2026-11-22 21:00", false},
		{"RI", "2026-11-21 17:00", false}, {"RI", "2026-11-20 17:59", true}, {"MS", "2026-11-22 12:00", false}, {"KY", "2026-11-23 09:59", false},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, ny)
		if err != nil {
			t.Fatal(err)
		}
		if got, by := h.Allows(at, ny, c.state); got != c.want || !got && (by.Source == "" || by.Checked == "") {
			t.Errorf("%s at %s: %v by %+v, want %v", c.state, c.at, got, by, c.want)
		}
	}
	if h.Covers(hearth.ChannelEmail) || !h.Covers(hearth.ChannelSMS) || !h.Covers(hearth.ChannelCall) || (*Hours)(nil).Covers(hearth.ChannelSMS) {
		t.Error("texts and calls are bound, and nothing else")
	}
}

// On every zone and both edges of daylight saving, the next moment is allowed and the first that is.
func TestNextMoment(t *testing.T) {
	h := shipped(t)
	for _, name := range []string{"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
		"America/Adak", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, state := range []string{"", "FL", "TX", "MS", "RI", "KY"} {
			for _, day := range []string{"2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03", "2026-04-23", "2026-10-29"} {
				start, err := time.ParseInLocation("2006-01-02", day, zone)
				if err != nil {
					t.Fatal(err)
				}
				for at := start.Add(13 * time.Minute); at.Before(start.Add(49 * time.Hour)); at = at.Add(131 * time.Minute) {
					next := h.Next(at, zone, state)
					if ok, by := h.Allows(next, zone, state); !ok || next.Before(at) {
						t.Fatalf("%s in %q: from %s the next moment is %s, against %s", name, state, at, next.In(zone), by.Where)
					}
					for x := at; x.Before(next); x = x.Add(time.Minute) {
						if ok, _ := h.Allows(x, zone, state); ok {
							t.Fatalf("%s in %q: from %s the next moment is %s, and %s was allowed before", name, state, at, next.In(zone), x.In(zone))
						}
					}
				}
			}
		}
	}
}

// An organization's file replaces single places; what does not read is named.
func TestLoadHours(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "hours.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	h, err := LoadHours(file("- where: Florida\n  week: 09:00-18:00\n  sunday: closed\n  source: our lawyer\n  checked: 2026-11-01\n"))
	if err != nil {
		t.Fatal(err)
	}
	if all := h.Rules("FL"); len(all) != 2 || all[1].Source != "our lawyer" || all[1].On(time.Sunday) != "never" || all[1].On(time.Monday) != "09:00 to 18:00" {
		t.Errorf("Florida's rules are %+v", all)
	}
	if all := h.Rules("TX"); len(all) != 2 || all[1].On(time.Sunday) != "12:00 to 21:00" {
		t.Errorf("Texas' rules are %+v", all)
	}
	for text, want := range map[string]string{
		"- where: Atlantis\n  week: 08:00-21:00\n  source: x\n  checked: 2026-11-01": "no state",
		"- where: FL\n  week: 08:00-21:00\n  checked: 2026-11-01":                    "source",
		"- where: FL\n  week: 08:00-21:00\n  source: x":                              "checked",
		"- where: FL\n  week: 21:00-08:00\n  source: x\n  checked: 2026-11-01":       "do not read",
		"- where: FL\n  week: always\n  source: x\n  checked: 2026-11-01":            "do not read",
		"where: FL": "list of rules",
	} {
		if _, err := LoadHours(file(text)); hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := LoadHours("/nowhere/at/all"); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("no such file: %v", err)
	}
}

// The page for operators shows every rule as it is.
func TestThePageOfHoursIsTrue(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/consent.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range shipped(t).rules {
		where, found := r.Where, false
		if where == wholeCountry {
			where = "everywhere in the US"
		}
		for line := range strings.Lines(string(raw)) {
			found = found || strings.HasPrefix(line, "| "+where+" | "+r.On(time.Monday)) && strings.Contains(line, r.Source) && strings.Contains(line, r.Checked)
		}
		if !found {
			t.Errorf("docs/consent.md lacks the rule of %s: %s, %s, %s", r.Where, r.On(time.Monday), r.Source, r.Checked)
		}
	}
}
