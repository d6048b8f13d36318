package world

import (
	"testing"

	"hearth"
)

// liveYear tells a year of a community that gets no feedback.
func liveYear(t testing.TB, cfg Config, days int) (*World, []Happening) {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var all []Happening
	for d := range days {
		out, err := w.Day(cfg.Start+hearth.Day(d), Feedback{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out...)
	}
	return w, all
}

func BenchmarkYear(b *testing.B) {
	for range b.N {
		liveYear(b, Config{Units: 240, Seed: 1, Start: hearth.MakeDay(2025, 1, 6)}, 365)
	}
}

func TestPrint(t *testing.T) {
	_, all := liveYear(t, Config{Units: 2000, Seed: 1, Start: hearth.MakeDay(2025, 1, 6)}, 365)
	n := map[string]int{}
	opened := map[string]int64{}
	var sum float64
	var day, done int
	for _, h := range all {
		if h.File != nil {
			n["file"]++
			continue
		}
		n[h.Event.Type]++
		switch h.Event.Type {
		case "workorder.opened":
			opened[h.Event.Data["workorder"].(string)] = h.At.Unix()
			n["prio "+h.Event.Data["priority"].(string)]++
		case "workorder.completed":
			if o, ok := opened[h.Event.Subject[10:]]; ok {
				d := float64(h.At.Unix()-o) / 86400
				sum += d
				done++
				if d <= 1 {
					day++
				}
				delete(opened, h.Event.Subject[10:])
			}
		}
	}
	t.Log(n, len(all))
	t.Log(sum/float64(done), float64(day)/float64(done))
	t.Log(float64(n["lease.renewed"]) / float64(n["lease.renewed"]+n["lease.notice_given"]-n["lease.notice_withdrawn"]))
}
