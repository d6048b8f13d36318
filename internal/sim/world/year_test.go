package world

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
)

func monday() hearth.Day { return hearth.MakeDay(2025, time.January, 6) }

// community makes a world and fails the test if it can't.
func community(t testing.TB, cfg Config) *World {
	t.Helper()
	if cfg.Start == 0 {
		cfg.Start = monday()
	}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// live tells days of a world, with feedback by day if there is any.
func live(t testing.TB, w *World, days int, feedback func(hearth.Day) Feedback) []Happening {
	t.Helper()
	var all []Happening
	for range days {
		var fb Feedback
		if feedback != nil {
			fb = feedback(w.Today())
		}
		out, err := w.Day(w.Today(), fb)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out...)
	}
	return all
}

// bytesOf gives everything that a world says, files included, as text.
func bytesOf(t testing.TB, files []File, all []Happening) string {
	t.Helper()
	b, err := json.Marshal(struct {
		Files []File
		All   []Happening
	}{files, all})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

func TestSameSeedSameBytes(t *testing.T) {
	tell := func(seed uint64, feedback func(hearth.Day) Feedback) string {
		w := community(t, Config{Units: 60, Seed: seed})
		files := append(w.Import(), w.RentRoll())
		return bytesOf(t, files, live(t, w, 200, feedback))
	}
	first := tell(7, nil)
	if again := tell(7, nil); again != first {
		t.Error("the same seed told another story")
	}
	if other := tell(8, nil); other == first {
		t.Error("another seed told the same story")
	}
	some := func(d hearth.Day) Feedback {
		return Feedback{
			Messages: []Message{{ID: "msg_" + d.String(), Resident: "T000003", Class: hearth.ClassRelation,
				Channel: hearth.ChannelEmail, At: d.Start(time.UTC)}},
			Tasks: []Task{{ID: "tsk_" + d.String(), Minutes: 10, Due: d.Start(time.UTC), Asks: []Ask{{"how", "contact"}}}},
		}
	}
	if a, b := tell(7, some), tell(7, some); a != b || a == first {
		t.Error("feedback must count, and always in the same way")
	}
}

// One household more attention must not change what its neighbours do by themselves.
func TestFeedbackStaysWithItsHousehold(t *testing.T) {
	about := func(feedback func(hearth.Day) Feedback) map[string]string {
		w := community(t, Config{Units: 40, Seed: 3})
		told := map[string]string{}
		for _, h := range live(t, w, 60, feedback) {
			if h.Event != nil {
				told[h.Event.Subject] += h.Event.Type + h.At.String()
			}
		}
		return told
	}
	plain := about(nil)
	first := "T000001"
	nudged := about(func(d hearth.Day) Feedback {
		return Feedback{Messages: []Message{{ID: "m" + d.String(), Resident: first, Class: hearth.ClassRelation,
			Channel: hearth.ChannelEmail, At: d.Start(time.UTC)}}}
	})
	if plain["resident/"+first] == nudged["resident/"+first] {
		t.Error("sixty messages moved nobody to answer")
	}
	for subject, want := range plain {
		if strings.HasPrefix(subject, "resident/") && subject != "resident/"+first && nudged[subject] != want {
			t.Errorf("%s behaved differently because a neighbour got mail", subject)
		}
	}
}

// tally is what a year looked like.
type tally struct {
	types, priorities, categories map[string]int
	early                         int // repairs within ninety days of a move-in seen in the year
	quick, done                   int
	days                          float64
}

func count(all []Happening) tally {
	y := tally{types: map[string]int{}, priorities: map[string]int{}, categories: map[string]int{}}
	opened := map[string]time.Time{}
	movedIn := map[string]time.Time{}
	for _, h := range all {
		e := h.Event
		if e == nil {
			continue
		}
		y.types[e.Type]++
		switch e.Type {
		case "lease.moved_in":
			movedIn[e.Subject] = e.Time
		case "workorder.opened":
			opened["workorder/"+e.Data["workorder"].(string)] = e.Time
			y.priorities[e.Data["priority"].(string)]++
			if c, ok := e.Data["category"].(string); ok {
				y.categories[c]++
			}
			if in, ok := movedIn[e.Subject]; ok && e.Time.Sub(in) < 90*24*time.Hour {
				y.early++
			}
		case "workorder.completed":
			if from, ok := opened[e.Subject]; ok {
				delete(opened, e.Subject)
				y.done++
				days := e.Time.Sub(from).Hours() / 24
				y.days += days
				if days <= 1 {
					y.quick++
				}
			}
		}
	}
	return y
}

// The bands are those of the domain facts (7, realistic volumes) with room for the chance of one seed.
func TestYearIsBelievable(t *testing.T) {
	const units = 1500
	w := community(t, Config{Units: units, Seed: 11})
	y := count(live(t, w, 365, nil))
	share := func(a, b int) float64 { return float64(a) / float64(b) }
	opened := y.types["workorder.opened"]
	left := y.types["lease.notice_given"] - y.types["lease.notice_withdrawn"]
	for _, row := range []struct {
		what      string
		got       float64
		low, high float64
	}{
		{"requests a unit and year", share(opened, units), 4, 6},
		{"emergency share", share(y.priorities["emergency"], opened), 0.055, 0.078},
		{"mean days to done", y.days / float64(y.done), 3.4, 4.4},
		{"done within a day", share(y.quick, y.done), 0.62, 0.70},
		{"callbacks", share(y.types["workorder.reopened"], y.done), 0.015, 0.026},
		{"open at a time for each unit", share(opened, units) / 365 * y.days / float64(y.done), 0.03, 0.065},
		{"renewals among decisions", share(y.types["lease.renewed"], y.types["lease.renewed"]+left), 0.57, 0.64},
		{"move-outs a unit", share(y.types["lease.moved_out"], units), 0.30, 0.48},
		{"move-ins for each move-out", share(y.types["lease.moved_in"], y.types["lease.moved_out"]), 0.9, 1.25},
		{"requests in a newcomer's ninety days, a year's worth", share(y.early, y.types["lease.moved_in"]) * 365 / 90, 5.5, 11},
		{"residents' messages a unit", share(y.types["message.received"], units), 4, 14},
		{"personal contacts a unit", share(y.types["contact.personal"], units), 1, 6},
		{"late payments", share(y.types["arrears.changed"]/2, y.types["payment.recorded"]), 0.03, 0.12},
		{"events a unit", share(len(y.types), 1), 14, 30},
	} {
		if row.got < row.low || row.got > row.high {
			t.Errorf("%s: %.4f, want %.4f to %.4f", row.what, row.got, row.low, row.high)
		}
	}
	if y.categories["appliance"] < y.categories["electrical"] || y.categories["plumbing"] < y.categories["pest"] {
		t.Errorf("categories out of their order: %v", y.categories)
	}
}

func TestHeatAndColdBringTheirRepairs(t *testing.T) {
	w := community(t, Config{Units: 600, Seed: 4})
	byMonth := map[time.Month]map[string]int{}
	for _, h := range live(t, w, 365, nil) {
		if h.Event == nil || h.Event.Type != "workorder.opened" {
			continue
		}
		m := h.At.In(w.Property().Zone).Month()
		if byMonth[m] == nil {
			byMonth[m] = map[string]int{}
		}
		category, _ := h.Event.Data["category"].(string)
		byMonth[m][category]++
	}
	if byMonth[time.July]["hvac"] <= byMonth[time.April]["hvac"] || byMonth[time.January]["pest"] >= byMonth[time.July]["pest"] {
		t.Errorf("hvac in July %d, in April %d; pest in January %d, in July %d", byMonth[time.July]["hvac"],
			byMonth[time.April]["hvac"], byMonth[time.January]["pest"], byMonth[time.July]["pest"])
	}
}

func BenchmarkYear(b *testing.B) {
	for b.Loop() {
		live(b, community(b, Config{Units: 240, Seed: 1}), 365, nil)
	}
}
