package playbook

import (
	"strings"
	"testing"

	"hearth"
)

func TestDepthOfAMoment(t *testing.T) {
	const human, book, auto, none = hearth.DepthHuman, hearth.DepthPlaybook, hearth.DepthAutomatic, hearth.DepthNone
	// Rows are emotion and impact; columns frequency low, middle, high.
	for _, row := range []struct {
		emotion, impact Level
		want            [3]hearth.Depth
	}{
		{LevelHigh, LevelHigh, [3]hearth.Depth{human, human, human}},
		{LevelHigh, LevelMiddle, [3]hearth.Depth{book, book, book}},
		{LevelHigh, LevelLow, [3]hearth.Depth{book, book, book}},
		{LevelMiddle, LevelHigh, [3]hearth.Depth{book, book, book}},
		{LevelMiddle, LevelMiddle, [3]hearth.Depth{book, book, auto}},
		{LevelMiddle, LevelLow, [3]hearth.Depth{book, book, auto}},
		{LevelLow, LevelHigh, [3]hearth.Depth{book, book, book}},
		{LevelLow, LevelMiddle, [3]hearth.Depth{auto, auto, auto}},
		{LevelLow, LevelLow, [3]hearth.Depth{none, none, auto}},
	} {
		for i, f := range []Level{LevelLow, LevelMiddle, LevelHigh} {
			got, why := Moment{Emotion: row.emotion, Impact: row.impact, Frequency: f}.Depth()
			if got != row.want[i] || why == "" {
				t.Errorf("emotion %s, frequency %s, impact %s is %s (%s), want %s", row.emotion, f, row.impact, got, why, row.want[i])
			}
		}
	}
}

func TestMoreFeelingNeverGetsLessDepth(t *testing.T) {
	levels := []Level{LevelLow, LevelMiddle, LevelHigh}
	for e := range levels {
		for f := range levels {
			for i := range levels {
				here, _ := Moment{Emotion: levels[e], Frequency: levels[f], Impact: levels[i]}.Depth()
				if e+1 < 3 {
					if more, _ := (Moment{Emotion: levels[e+1], Frequency: levels[f], Impact: levels[i]}).Depth(); Heavier(here, more) {
						t.Errorf("more emotion than %s/%s/%s goes from %s to %s", levels[e], levels[f], levels[i], here, more)
					}
				}
				if i+1 < 3 {
					if more, _ := (Moment{Emotion: levels[e], Frequency: levels[f], Impact: levels[i+1]}).Depth(); Heavier(here, more) {
						t.Errorf("more impact than %s/%s/%s goes from %s to %s", levels[e], levels[f], levels[i], here, more)
					}
				}
			}
		}
	}
}

func TestAPlaybookLighterThanItsMoment(t *testing.T) {
	m := ShippedMap()
	m.properties["prp_oak"] = map[string]Moment{"micro": {Name: "micro", Emotion: LevelHigh, Frequency: LevelLow, Impact: LevelHigh}}
	for _, tt := range []struct {
		moment string
		depth  hearth.Depth
		refuse string // part of the refusal
		warn   string // part of the warning
	}{
		{"renewal", hearth.DepthHuman, "", ""},
		{"renewal", hearth.DepthPlaybook, "one for people", ""},
		{"complaint", hearth.DepthAutomatic, "depth: human", ""},
		{"move-in", hearth.DepthPlaybook, "", ""},
		{"move-in", hearth.DepthHuman, "", ""}, // heavier is always allowed
		{"move-in", hearth.DepthAutomatic, "", "lighter"},
		{"micro", hearth.DepthAutomatic, "", "prp_oak"},
		{"picnic", hearth.DepthAutomatic, "", `no "picnic"`},
	} {
		warnings, err := m.Check(&Definition{Moment: tt.moment, Depth: tt.depth})
		got := strings.Join(warnings, " ")
		switch {
		case tt.refuse != "":
			if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), tt.refuse) {
				t.Errorf("%s as %s: %v, want it refused with %q", tt.moment, tt.depth, err, tt.refuse)
			}
		case err != nil:
			t.Errorf("%s as %s is refused: %v", tt.moment, tt.depth, err)
		case tt.warn == "" && got != "" || !strings.Contains(got, tt.warn):
			t.Errorf("%s as %s warns %q, want %q", tt.moment, tt.depth, got, tt.warn)
		}
	}
	if d := m.Depth(&Definition{Moment: "micro", Depth: hearth.DepthAutomatic}, "prp_oak"); d != hearth.DepthHuman {
		t.Errorf("where the property's map asks for people, the playbook acts as %s", d)
	}
	if d := m.Depth(&Definition{Moment: "micro", Depth: hearth.DepthAutomatic}, "prp_elm"); d != hearth.DepthAutomatic {
		t.Errorf("at another property it acts as %s", d)
	}
}
