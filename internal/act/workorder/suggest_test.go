package workorder

import (
	"testing"
	"time"
)

func TestSuggest(t *testing.T) {
	winter := time.Date(2026, time.January, 10, 12, 0, 0, 0, time.UTC)
	summer := time.Date(2026, time.July, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text     string
		at       time.Time
		category string
		priority string
	}{
		{"The kitchen faucet drips a little.", summer, Plumbing, Routine},
		{"I smell gas near the stove!", summer, LifeSafety, Emergency},
		{"There is a smell of gas in the hallway", summer, LifeSafety, Emergency},
		{"No smell of gas, but the burner does not light.", summer, Appliance, Routine},
		{"Water is gushing from under the sink", summer, Plumbing, Emergency},
		{"A pipe burst and the bathroom is flooded", winter, Plumbing, Emergency},
		{"Sewage is backing up into the tub", summer, Plumbing, Emergency},
		{"We have no heat since last night", winter, HVAC, Emergency},
		{"We have no heat since last night", summer, HVAC, Urgent},
		{"The AC is not cooling at all", summer, HVAC, Urgent},
		{"The AC is not cooling at all", winter, HVAC, Routine},
		{"Sparks came out of the outlet", summer, Electrical, Emergency},
		{"The carbon monoxide alarm is going off", winter, LifeSafety, Emergency},
		{"Smoke detector chirps, needs a battery", summer, LifeSafety, Urgent},
		{"I'm locked out of my apartment", summer, Lockout, Urgent},
		{"I am locked out and my baby is inside", summer, Lockout, Emergency},
		{"The fridge isn't working and food is spoiling", summer, Appliance, Urgent},
		{"Toilet won't flush", summer, Plumbing, Urgent},
		{"My front door won't lock", summer, Doors, Urgent},
		{"Saw two roaches in the kitchen", summer, Pest, Routine},
		{"Bed bugs in the bedroom", summer, Pest, Urgent},
		{"Please replace the air filter, quarterly", summer, HVAC, Preventive},
		{"Turn unit 4B, make ready", summer, General, MakeReady},
		{"The closet door came off its hinge", summer, Doors, Routine},
		{"Hello", summer, General, Routine},
		{"", summer, General, Routine},
	} {
		got := Suggest(c.text, c.at)
		if got.Priority != c.priority {
			t.Errorf("%q: priority %s (%v), want %s", c.text, got.Priority, got.Words, c.priority)
		}
		if got.Category != c.category {
			t.Errorf("%q: category %s (%v), want %s", c.text, got.Category, got.Words, c.category)
		}
		if got.Priority != Routine && len(got.Words) == 0 {
			t.Errorf("%q: %s without the words that it rests on", c.text, got.Priority)
		}
	}
}

func FuzzSuggest(f *testing.F) {
	f.Add("no heat, water gushing; won’t stop")
	f.Add("\x00\xff''--//")
	f.Fuzz(func(t *testing.T, text string) {
		got := Suggest(text, time.Unix(0, 0))
		if got.Category == "" || got.Priority == "" {
			t.Errorf("%q: %+v", text, got)
		}
	})
}
