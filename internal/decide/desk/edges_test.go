package desk

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/consent"
)

// everyZone gives one name for each way in which clocks are set in the two years from 2026 on, out of all zones and links of
// the database of time zones, with the instants at which the clocks change there.
func everyZone(t *testing.T) (zones map[string][]time.Time, names int) {
	t.Helper()
	raw, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	zones = map[string][]time.Time{}
	seen := map[string]bool{}
	for _, name := range strings.Fields(string(raw)) {
		names++
		zone := mustZone(t, name)
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var edges []time.Time
		way := ""
		for end := at.AddDate(2, 0, 0); at.Before(end); {
			_, offset := at.In(zone).Zone()
			way += fmt.Sprint(at.Unix(), " ", offset, ",")
			_, next := at.In(zone).ZoneBounds()
			if next.IsZero() || !next.Before(end) {
				break
			}
			at = next.UTC()
			edges = append(edges, at)
		}
		if !seen[way] {
			seen[way] = true
			zones[name] = edges
		}
	}
	return zones, names
}

// mayBeDisturbed is the rule about hours, as the law and the settings of the test say it: e-mail from eight to nine in the
// evening, text messages in Florida from eight to eight, on the clock of where the resident lives.
func mayBeDisturbed(local time.Time, ch hearth.Channel) bool {
	minute, last := local.Hour()*60+local.Minute(), 21*60
	if ch == hearth.ChannelSMS {
		last = 20 * 60
	}
	return 8*60 <= minute && minute < last
}

// TestNothingLeavesAtTheWrongHourAnywhere goes through thirty hours around every change of the clock in two years, in every
// zone there is, a quarter of an hour at a time.
func TestNothingLeavesAtTheWrongHourAnywhere(t *testing.T) {
	legal, err := consent.ShippedHours()
	if err != nil {
		t.Fatal(err)
	}
	zones, names := everyZone(t)
	said, held, edges := 0, 0, 0
	for name, changes := range zones {
		zone := mustZone(t, name)
		edges += len(changes)
		if len(changes) == 0 {
			changes = []time.Time{time.Date(2026, 5, 5, 12, 0, 0, 0, time.UTC)}
		}
		for _, edge := range changes {
			for now := edge.Add(-15 * time.Hour); now.Before(edge.Add(15 * time.Hour)); now = now.Add(15 * time.Minute) {
				for _, ch := range []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS} {
					for _, class := range []hearth.Class{hearth.ClassAnswer, hearth.ClassSafety, hearth.ClassLegal, hearth.ClassPromise, hearth.ClassService, hearth.ClassPromotion} {
						c := plainCase(class, now, zone)
						c.Place.State, c.Place.Legal = "FL", legal
						c.Ways[0].Channel = ch
						v, _ := decide(c)
						if why := wrongHour(v, now, zone, class, ch); why != "" {
							t.Fatalf("%s, %s by %s at %s: %s", name, class, ch, now.In(zone), why)
						}
						if v.Outcome == Held {
							held++
						} else {
							said++
						}
					}
				}
			}
		}
	}
	if names < 590 || edges < 100 || said == 0 || held == 0 {
		t.Errorf("%d zones, %d changes, %d sent and %d held show little", names, edges, said, held)
	}
	t.Logf("%d zones (%d ways to set a clock), %d changes: %d sent, %d held, 0 at the wrong hour", names, len(zones), edges, said, held)
}

// wrongHour says what is wrong with an answer about the hour, "" where nothing is. What is held has to come back at the first
// good minute: neither in the night nor later than needed.
func wrongHour(v Verdict, now time.Time, zone *time.Location, class hearth.Class, ch hearth.Channel) string {
	good := mayBeDisturbed(now.In(zone), ch) || class == hearth.ClassAnswer || class == hearth.ClassSafety
	switch {
	case good && v.Outcome != Sent:
		return "not sent: " + v.Reason
	case good:
		return ""
	case v.Outcome != Held:
		return v.Outcome + ": " + v.Reason
	case !mayBeDisturbed(v.Until.In(zone), ch):
		return "held until the wrong hour " + v.Until.In(zone).String()
	}
	for late := v.Until.Add(-time.Minute); late.After(now); late = late.Add(-15 * time.Minute) {
		if mayBeDisturbed(late.In(zone), ch) {
			return fmt.Sprintf("held until %s, although %s was good", v.Until.In(zone), late.In(zone))
		}
	}
	return ""
}
