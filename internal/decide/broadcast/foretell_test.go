package broadcast

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/decide/desk"
)

// What a pause holds has no hour: it is told by its reason, and the last hour is that of what lets go by itself.
func TestAPauseHasNoHour(t *testing.T) {
	eight := time.Date(2026, 3, 3, 13, 0, 0, 0, time.UTC)
	f := Forecast{Outcomes: map[string]int{}, Channels: map[hearth.Channel]int{}}
	left := map[[2]string]*Left{}
	for id, v := range map[hearth.ResidentID]desk.Verdict{
		"res_a": {Outcome: desk.Held, Until: desk.Parked(), Reason: "Held until somebody resumes.", Channel: hearth.ChannelEmail},
		"res_b": {Outcome: desk.Held, Until: desk.Parked(), Reason: "Held until somebody resumes.", Channel: hearth.ChannelEmail},
		"res_c": {Outcome: desk.Held, Until: eight, Reason: "Held until 08:00.", Channel: hearth.ChannelEmail},
	} {
		f.count(v, person{id: id}, left)
	}
	if !f.Until.Equal(eight) || f.Outcomes[desk.Held] != 3 {
		t.Errorf("%d wait, the last until %s; want 3 and %s", f.Outcomes[desk.Held], f.Until, eight)
	}
	if l := left[[2]string{desk.Held, "Held until somebody resumes."}]; len(left) != 1 || l == nil || l.Count != 2 || len(l.Some) != 2 {
		t.Errorf("told with a reason: %+v", left)
	}
}

// Whichever way their message would have taken, those of one reason are one line.
func TestAlikeAreOneLine(t *testing.T) {
	got := alike([]Left{{Outcome: "dropped", Reason: "It was stopped.", Count: 12}, {Outcome: "held", Reason: "It was stopped.", Count: 13}, {Outcome: "dropped", Reason: "It was stopped.", Count: 5},
		{Outcome: "dropped", Reason: "They left.", Count: 1, Some: []hearth.ResidentID{"res_a"}}})
	if len(got) != 3 || got[0].Count != 17 || got[0].Outcome != "dropped" || got[1].Outcome != "held" || len(got[2].Some) != 1 {
		t.Errorf("%+v", got)
	}
}
