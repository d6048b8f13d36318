package signal

import (
	"testing"
	"time"

	"hearth"
)

func TestTheHourOfACrowd(t *testing.T) {
	day := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	acts := func(hours ...int) View {
		s := &State{}
		for i, h := range hours {
			s.Fold(&hearth.Event{Type: "portal.visited", Time: time.Date(2026, 11, 10-i, h, 20, 0, 0, time.UTC)}, time.UTC)
		}
		return NewView(s, day, time.UTC)
	}
	all := func(int) bool { return true }
	tests := []struct {
		name   string
		people []View
		fits   func(int) bool
		hour   int
		in, of int // of 0: none
	}{
		{"most act in the evening", many(9, acts(18), acts(19), acts(9)), all, 18, 18, 27},
		{"one who writes all day is one", append(many(12, acts(18)), acts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)), all, 18, 12, 13},
		{"too few", many(11, acts(18)), all, 0, 0, 0},
		{"no hour in common", many(4, acts(6), acts(9), acts(12), acts(15), acts(18)), all, 0, 0, 0},
		{"those of whom nothing is known do not count", append(many(12, acts(18)), many(90, acts())...), all, 18, 12, 12},
		{"what was long ago does not", many(12, NewView(acts(18).State, day.AddDate(0, 6, 0), time.UTC)), all, 0, 0, 0},
		{"what was today does not, yet", many(12, NewView(acts(18).State, time.Date(2026, 11, 10, 20, 0, 0, 0, time.UTC), time.UTC)), all, 0, 0, 0},
		{"not into the night", many(12, acts(22), acts(9)), func(h int) bool { return h < 21 }, 9, 12, 24},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Crowd
			for _, v := range tt.people {
				c.Add(v)
			}
			h, ok := c.Habit(tt.fits)
			if ok != (tt.of > 0) || ok && h != (Habit{tt.hour, tt.in, tt.of}) {
				t.Errorf("got %+v, %v, want hour %d, %d of %d", h, ok, tt.hour, tt.in, tt.of)
			}
		})
	}
}

// many gives each of some views n times.
func many(n int, of ...View) (out []View) {
	for range n {
		out = append(out, of...)
	}
	return out
}
