package desk

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// evenings is somebody who answers at six in the evening.
func evenings(c *Case) {
	c.Rhythm = Rhythm{Known: true, Hour: 18, Why: "that is when they usually answer (5 of 6 times in the last 90 days)"}
}

func TestTheHourThatSuits(t *testing.T) {
	noon, four := at("2026-11-20 12:00 -0500"), at("2026-11-20 16:00 -0500")
	six, seven, night := at("2026-11-20 18:00 -0500"), at("2026-11-20 19:30 -0500"), at("2026-11-20 22:15 -0500")
	tests := []struct {
		name    string
		class   hearth.Class
		now     time.Time
		change  func(c *Case)
		outcome string
		until   time.Time
		reason  string
	}{
		{"what can be done without waits", hearth.ClassRelation, noon, evenings, Held, six, "Held until today 18:00: that is when they usually answer (5 of 6"},
		{"news of service waits three hours at most", hearth.ClassService, four, evenings, Held, six, "usually answer"},
		{"and not longer", hearth.ClassService, noon, evenings, Sent, time.Time{}, "number 1 of 3 today."},
		{"a survey waits a day", hearth.ClassService, noon, func(c *Case) {
			evenings(c)
			c.Intent.Purpose, c.Place.Surveys = "survey.repair", Surveys{1, 4}
		}, Held, six, "usually answer"},
		{"in that hour it goes, and says so", hearth.ClassRelation, six, evenings, Sent, time.Time{}, "in 7 days; sent at 18:00: that is when they usually answer"},
		{"and in the next", hearth.ClassService, seven, evenings, Sent, time.Time{}, "today; sent at 19:30: that is when they usually answer"},
		{"after it, tomorrow", hearth.ClassPromotion, at("2026-11-20 20:10 -0500"), evenings, Held, at("2026-11-21 18:00 -0500"), "tomorrow 18:00"},
		{"quiet hours come first", hearth.ClassRelation, night, evenings, Held, at("2026-11-21 08:00 -0500"), "quiet hours"},
		{"never beyond its end", hearth.ClassRelation, noon, func(c *Case) { evenings(c); c.Intent.Expires = four }, Sent, time.Time{}, ""},
		{"not when it has waited long already", hearth.ClassRelation, noon, func(c *Case) { evenings(c); c.Intent.Made = noon.Add(-20 * time.Hour) }, Sent, time.Time{}, ""},
		{"not close before what it is about", hearth.ClassRelation, noon, func(c *Case) { evenings(c); c.Intent.About = at("2026-11-21 10:00 -0500") }, Sent, time.Time{}, ""},
		{"nothing is known", hearth.ClassRelation, noon, nil, Sent, time.Time{}, "in 7 days."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := plainCase(tt.class, tt.now, mustZone(t, "America/New_York"))
			if tt.change != nil {
				tt.change(c)
			}
			v, _ := decide(c)
			if v.Outcome != tt.outcome || !v.Until.Equal(tt.until) || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("got %s until %s (%s), want %s until %s (…%s…)", v.Outcome, v.Until, v.Reason, tt.outcome, tt.until, tt.reason)
			}
		})
	}
}

func TestWhoseHourItIs(t *testing.T) {
	zone := mustZone(t, "America/New_York")
	now := at("2026-11-20 12:00 -0500")
	known, unknown := &signal.State{}, &signal.State{}
	for i := range 7 {
		known.Fold(&hearth.Event{Type: "portal.visited", Time: at("2026-11-10 18:20 -0500").AddDate(0, 0, -i)}, zone)
	}
	set := premises{Place: Place{Name: "Oak Court", Quiet: Quiet{1260, 480}}, attention: record.Attention{Hour: 17 * 60}}
	atOnce, crowd, late := set, set, set
	atOnce.attention.AtOnce = true
	crowd.others = signal.Habit{Hour: 19, In: 14, Of: 31}
	late.others = signal.Habit{Hour: 22, In: 14, Of: 31}
	tests := []struct {
		name  string
		in    Intent
		at    premises
		state *signal.State
		hour  int // 0: none
		why   string
	}{
		{"the resident's own", Intent{Class: hearth.ClassRelation}, set, known, 18, "they usually answer (7 of 7"},
		{"else the property's", Intent{Class: hearth.ClassRelation}, set, unknown, 17, "when Oak Court sends what can wait"},
		{"before it that of the others there", Intent{Class: hearth.ClassRelation}, crowd, unknown, 19, "others at Oak Court usually answer (14 of 31 residents in the last 90 days)"},
		{"for questions too", Intent{Class: hearth.ClassService, Purpose: "survey.repair"}, crowd, unknown, 19, "others at Oak Court"},
		{"the resident's own goes before it", Intent{Class: hearth.ClassRelation}, crowd, known, 18, "they usually answer (7 of 7"},
		{"never into the night", Intent{Class: hearth.ClassRelation}, late, unknown, 17, "when Oak Court sends what can wait"},
		{"which news of service does not wait for", Intent{Class: hearth.ClassService}, set, unknown, 0, ""},
		{"else none", Intent{Class: hearth.ClassPromotion}, premises{Place: set.Place}, unknown, 0, ""},
		{"nor for that of others", Intent{Class: hearth.ClassService}, crowd, unknown, 0, ""},
		{"a promise never waits", Intent{Class: hearth.ClassPromise}, set, known, 0, ""},
		{"nor an answer, safety or the law", Intent{Class: hearth.ClassLegal}, set, known, 0, ""},
		{"nor news of service to many", Intent{Class: hearth.ClassService, Many: true}, set, known, 0, ""},
		{"a property that wants none of it", Intent{Class: hearth.ClassRelation}, atOnce, known, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := rhythmOf(&tt.in, &tt.at, signal.NewView(tt.state, now, zone))
			if got.Known != (tt.hour > 0) || got.Hour != tt.hour || !strings.Contains(got.Why, tt.why) {
				t.Errorf("got %+v, want hour %d (…%s…)", got, tt.hour, tt.why)
			}
		})
	}
}

func TestSurveysShareOneBudget(t *testing.T) {
	noon := at("2026-11-20 12:00 -0500")
	asked := func(days int, purpose, state string) Said {
		return Said{ID: "msg_old", Class: hearth.ClassService, Purpose: purpose, State: state, At: noon.AddDate(0, 0, -days), Resident: "res_ana"}
	}
	tests := []struct {
		name    string
		said    []Said
		year    int
		outcome string
		reason  string
	}{
		{"the first", nil, 0, Sent, "number 1 of 3 today"},
		{"another playbook asked three weeks ago", []Said{asked(21, "survey.movein", "delivered")}, 1, Dropped, "Ana Ruiz was asked a question Fri Oct 30 13:00 already; all surveys together ask a resident at most 1 time in 30 days."},
		{"one that is on its way counts", []Said{asked(0, "survey.movein", "queued")}, 0, Dropped, "at most 1 time in 30 days"},
		{"one that was dropped does not", []Said{asked(3, "survey.movein", "dropped")}, 0, Sent, ""},
		{"other messages do not", []Said{asked(3, "service.closed", "sent")}, 0, Sent, ""},
		{"thirty-one days later", []Said{asked(31, "survey.movein", "sent")}, 1, Sent, ""},
		{"four in a year", nil, 4, Dropped, "was asked 4 questions in the last 365 days; all surveys together ask a resident at most 4 times a year"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := plainCase(hearth.ClassService, noon, mustZone(t, "America/New_York"))
			c.Intent.Purpose, c.Place.Surveys, c.Said, c.Asked = "survey.repair", Surveys{1, 4}, tt.said, tt.year
			v, _ := decide(c)
			if v.Outcome != tt.outcome || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("got %s: %s, want %s: …%s…", v.Outcome, v.Reason, tt.outcome, tt.reason)
			}
		})
	}
}

// TestAMessageComesBackAtTheHour goes the whole way: held by the desk, woken by the clock, sent in the hour, with short notes in one.
func TestAMessageComesBackAtTheHour(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-03 16:10 -0500"))
		for i := range 7 {
			h.states[h.cleo].Fold(&hearth.Event{Type: "portal.visited", Time: at("2026-03-02 18:20 -0500").AddDate(0, 0, -i)}, h.zone)
		}
		got := h.submit(h.closed("a", h.cleo, "Replaced the trap."), h.closed("b", h.cleo, "Fixed the lamp."))
		want(t, got[0], Held, "Held until today 18:00: that is when they usually answer (7 of 7 times in the last 90 days).")
		want(t, got[1], Held, "usually answer")
		got = h.wake(at("2026-03-03 18:00 -0500"))
		want(t, got[0], Sent, "sent at 18:00: that is when they usually answer")
		want(t, got[1], Merged, "one message")
		var facts map[string]any
		for _, d := range h.decisions(h.cleo) {
			if d.Outcome == Sent {
				facts = d.Facts
			}
		}
		if facts["usual_hour"] == nil {
			t.Errorf("the decision does not keep the hour: %v", facts)
		}
	})
}
