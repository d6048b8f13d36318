package world

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

// eventsOf gives a story's events by subject, and by type.
func eventsOf(all []Happening) (bySubject, byType map[string][]*Event) {
	bySubject, byType = map[string][]*Event{}, map[string][]*Event{}
	for _, h := range all {
		if e := h.Event; e != nil {
			bySubject[e.Subject] = append(bySubject[e.Subject], e)
			byType[e.Type] = append(byType[e.Type], e)
		}
	}
	return bySubject, byType
}

// Some homes keep to themselves: nobody of the team meets them all year. They are what the quiet-resident playbook is
// there for.
func TestQuietHouseholds(t *testing.T) {
	w := community(t, Config{Units: 300, Seed: 3})
	var homes []*home
	for _, u := range w.units {
		if u.home != nil {
			homes = append(homes, u.home)
		}
	}
	bySubject, _ := eventsOf(live(t, w, 365, nil))
	quiet, known := 0, 0
	for _, h := range homes {
		met := 0
		for _, p := range h.people {
			for _, e := range bySubject["resident/"+p.ext] {
				if e.Type == "contact.personal" {
					met++
				}
			}
		}
		switch {
		case h.friend == nil && met > 0:
			t.Errorf("%s keeps to itself and met somebody %d times", h.ext, met)
		case met == 0:
			quiet++
		case met > 1:
			known++
		}
	}
	if share := float64(quiet) / float64(len(homes)); share < 0.2 || share > 0.5 || known < len(homes)/4 {
		t.Errorf("%d of %d households were met by nobody, %d more than once", quiet, len(homes), known)
	}
}

// Glad households stay: the mood is hidden, but the decision to renew hangs on it.
func TestMoodDecides(t *testing.T) {
	stays := func(mood float64) int {
		n := 0
		h := &home{mood: mood, r: stream(1, "mood")}
		for range 2000 {
			if h.staysOn() {
				n++
			}
		}
		return n
	}
	sad, usual, glad := stays(0.1), stays(startMood), stays(0.95)
	if sad >= usual || usual >= glad || sad < 2000/10 || glad > 2000*9/10 {
		t.Errorf("of 2000 sad, usual and glad households %d, %d and %d stay", sad, usual, glad)
	}
}

// The same repair again and again in some homes, which is a pattern to be found.
func TestChronicFaultsRepeat(t *testing.T) {
	w := community(t, Config{Units: 400, Seed: 5})
	_, byType := eventsOf(live(t, w, 365, nil))
	repeats := map[bool][]int{}
	count := map[string]map[string]int{}
	for _, e := range byType["workorder.opened"] {
		unit := e.Data["unit"].(string)
		if count[unit] == nil {
			count[unit] = map[string]int{}
		}
		category, _ := e.Data["category"].(string)
		count[unit][category]++
	}
	for _, u := range w.units {
		most := 0
		for _, n := range count[u.ext] {
			most = max(most, n)
		}
		repeats[u.chronic != nil] = append(repeats[u.chronic != nil], most)
	}
	if len(repeats[true]) < 10 || mean(repeats[true]) < mean(repeats[false])+0.7 {
		t.Errorf("%d homes with a chronic fault report %.1f of a kind, the others %.1f", len(repeats[true]), mean(repeats[true]), mean(repeats[false]))
	}
}

// Whoever waits too long says so, and only while waiting; some say thanks afterwards.
func TestPeopleSpeakUpWhileTheyWait(t *testing.T) {
	w := community(t, Config{Units: 400, Seed: 6})
	opened, done := map[string]time.Time{}, map[string]time.Time{}
	_, byType := eventsOf(live(t, w, 365, nil))
	for _, e := range byType["workorder.opened"] {
		opened[e.Data["workorder"].(string)] = e.Time
	}
	for _, e := range byType["workorder.completed"] {
		done[strings.TrimPrefix(e.Subject, "workorder/")] = e.Time
	}
	longWaits := 0
	for id, at := range opened {
		if end, ok := done[id]; ok && end.Sub(at) > 6*24*time.Hour {
			longWaits++
		}
	}
	occasions := map[string]int{}
	for _, e := range byType["message.received"] {
		for occasion, texts := range w.words.sayings {
			for _, text := range texts {
				if strings.Contains(strings.ToLower(e.Data["text"].(string)), strings.ToLower(strings.TrimSuffix(text, "."))) {
					occasions[occasion]++
				}
			}
		}
		if topic, ok := e.Data["topic"]; ok && topic != "maintenance" {
			t.Errorf("topic %v", topic)
		}
	}
	if n := occasions["waiting"]; n < longWaits/4 || n > longWaits*4 {
		t.Errorf("%d long waits, %d people spoke up", longWaits, n)
	}
	if occasions["thanks"] == 0 || occasions["question"] < occasions["complaint"] || occasions["complaint"] == 0 {
		t.Errorf("what people wrote: %v", occasions)
	}
}

// Rent is paid every month at what the current term says: a renewal's new rent begins with the new term.
func TestRentFollowsTheTerm(t *testing.T) {
	w := community(t, Config{Units: 120, Seed: 7})
	_, byType := eventsOf(live(t, w, 365, nil))
	from, rent := map[string]string{}, map[string]any{}
	for _, e := range byType["lease.renewed"] {
		if from[e.Subject] == "" {
			from[e.Subject], rent[e.Subject] = e.Data["start"].(string), e.Data["rent"]
		}
	}
	before, after := 0, 0
	seen := map[string]bool{}
	for _, e := range byType["payment.recorded"] {
		due := e.Data["due_date"].(string)
		if key := e.Subject + due; seen[key] {
			t.Errorf("%s paid twice for %s", e.Subject, due)
		} else {
			seen[key] = true
		}
		start := from[e.Subject]
		switch {
		case start == "":
		case due < start && e.Data["amount"] == rent[e.Subject]:
			t.Errorf("%s pays the new rent on %s, before the term of %s", e.Subject, due, start)
		case due < start:
			before++
		case e.Data["amount"] == rent[e.Subject]:
			after++
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("%d payments before a new term, %d in it", before, after)
	}
}

// Notices come about sixty days before the last day, and the next household moves in some days after it.
func TestNoticeAndTurn(t *testing.T) {
	w := community(t, Config{Units: 500, Seed: 8})
	zone := w.Property().Zone
	bySubject, byType := eventsOf(live(t, w, 420, nil))
	var ahead []int
	for _, e := range byType["lease.notice_given"] {
		last, err := hearth.ParseDay(e.Data["move_out"].(string))
		if err != nil {
			t.Fatal(err)
		}
		ahead = append(ahead, int(last-hearth.DayOf(e.Time, zone)))
		for _, later := range bySubject[e.Subject] {
			if later.Type == "lease.moved_out" && later.Data["date"] != last.String() {
				t.Errorf("%s moves out on %s, having said %s", e.Subject, later.Data["date"], last)
			}
		}
	}
	if m := mean(ahead); m < 52 || m > 63 {
		t.Errorf("notice comes %.1f days ahead on average", m)
	}
	left, gaps := map[string]hearth.Day{}, []int{}
	units := map[string]string{}
	for ext, p := range w.people {
		units["resident/"+ext] = p.home.unit.ext
	}
	for _, e := range byType["lease.moved_out"] {
		left[units[e.Subject]] = hearth.DayOf(e.Time, zone)
	}
	for _, e := range byType["lease.moved_in"] {
		if out, ok := left[units[e.Subject]]; ok && hearth.DayOf(e.Time, zone) > out {
			gaps = append(gaps, int(hearth.DayOf(e.Time, zone)-out))
		}
	}
	low := gaps[0]
	for _, g := range gaps {
		low = min(low, g)
	}
	if m := mean(gaps); len(gaps) < 50 || low < 4 || m < 8 || m > 35 {
		t.Errorf("%d turns of %.1f days on average, the quickest of %d", len(gaps), m, low)
	}
}
