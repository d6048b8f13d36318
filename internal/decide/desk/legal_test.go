package desk

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/consent"
)

// No text goes out outside the law's hours of the state, in any zone, on either edge of daylight saving, of any class but
// answer and safety; what waits comes back within them, and e-mail is not held by them.
func TestNoTextOutsideLegalHours(t *testing.T) {
	legal, err := consent.ShippedHours()
	if err != nil {
		t.Fatal(err)
	}
	said, held := 0, 0
	for _, name := range zones() {
		zone := mustZone(t, name)
		for _, state := range []string{"", "FL", "OK", "WA", "TX", "MS", "RI"} {
			for _, day := range []string{"2026-03-07", "2026-10-31", "2026-03-28", "2026-10-24"} { // Saturdays before the clocks change
				from, err := time.ParseInLocation("2006-01-02", day, zone)
				if err != nil {
					t.Fatal(err)
				}
				for now := from.UTC(); now.Before(from.Add(50 * time.Hour)); now = now.Add(83 * time.Minute) {
					for _, class := range []hearth.Class{hearth.ClassAnswer, hearth.ClassSafety, hearth.ClassLegal, hearth.ClassPromise, hearth.ClassService, hearth.ClassRelation, hearth.ClassPromotion} {
						c := plainCase(class, now, zone)
						c.Place.State, c.Place.Legal = state, legal
						c.Ways = []Way{{Channel: hearth.ChannelSMS, Address: "+12125550101", AddressKey: "+12125550101", Allowed: true}}
						v, _ := decide(c)
						ok, _ := legal.Allows(now, zone, state)
						exempt := class == hearth.ClassAnswer || class == hearth.ClassSafety
						switch {
						case v.Outcome == Sent && !ok && !exempt:
							t.Fatalf("%s in %q of class %s sent at %s", name, state, class, now.In(zone))
						case v.Outcome != Sent && exempt:
							t.Fatalf("%s of class %s is %s at %s", name, class, v.Outcome, now.In(zone))
						case v.Outcome == Held:
							held++
							if then, _ := legal.Allows(v.Until, zone, state); !then || c.Place.Quiet.Holds(v.Until, zone) {
								t.Fatalf("%s in %q: held at %s until %s, which is no better", name, state, now.In(zone), v.Until.In(zone))
							}
						case v.Outcome == Sent:
							said++
						}
					}
				}
			}
		}
	}
	if said == 0 || held == 0 {
		t.Errorf("%d sent and %d held show nothing", said, held)
	}
	t.Logf("%d sent, %d held, 0 outside", said, held)
}

func TestLegalHoursSayWhy(t *testing.T) {
	legal, err := consent.ShippedHours()
	if err != nil {
		t.Fatal(err)
	}
	zone := mustZone(t, "America/New_York")
	c := plainCase(hearth.ClassService, at("2026-11-20 20:30 -0500"), zone)
	c.Place.State, c.Place.Legal = "FL", legal
	if v, _ := decide(c); v.Outcome != Sent {
		t.Errorf("e-mail in the evening is %s: %s", v.Outcome, v.Reason)
	}
	c.Ways[0].Channel = hearth.ChannelSMS
	v, _ := decide(c)
	if v.Outcome != Held || v.Question != 6 || !strings.Contains(v.Reason, "in FL are 08:00 to 20:00") || !v.Until.Equal(at("2026-11-21 08:00 -0500")) {
		t.Errorf("%+v", v)
	}
	c.Ways[0].Allowed, c.Ways[0].Pending, c.Ways[0].Reason = false, true, "They may have asked for no more messages; a person reads their words first."
	if v, _ := decide(c); v.Outcome != Held || v.Question != 1 || !strings.Contains(v.Reason, "a person reads") {
		t.Errorf("while a person reads: %+v", v)
	}
	c.Ways = append(c.Ways, Way{Channel: hearth.ChannelEmail, Address: "ana@example.com", AddressKey: "ana@example.com", Allowed: true})
	if v, _ := decide(c); v.Outcome != Sent {
		t.Errorf("with another way open: %+v", v)
	}
}
