package world

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

// The two sides have the same people doing the same at the same times, and differ in what the people are.
func TestTwinsDifferInWhatTheyAreAlone(t *testing.T) {
	var files, events [2]string
	var minors [2]int
	for side := range 2 {
		w, err := New(Config{Units: 60, Seed: 5, Start: hearth.MakeDay(2025, time.January, 6), Twin: &Twin{Other: side == 1}})
		if err != nil {
			t.Fatal(err)
		}
		body := string(w.Import()[2].Body)
		files[side], minors[side] = body, strings.Count(body, ",Minor,")
		for day := w.Today(); day < hearth.MakeDay(2025, time.March, 1); day++ {
			all, err := w.Day(day, Feedback{})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range all {
				if h.Event != nil {
					events[side] += h.At.String() + " " + h.Event.Type + " " + h.Event.Subject + "\n"
				}
			}
		}
	}
	if events[0] != events[1] {
		t.Error("the twins do other things, or at other times")
	}
	a, b := strings.Split(files[0], "\n"), strings.Split(files[1], "\n")
	if len(a) != len(b) {
		t.Fatalf("%d people on one side, %d on the other", len(a), len(b))
	}
	same := 0
	for i := range a[1:] {
		if a[i+1] == b[i+1] {
			same++
		}
	}
	if same > 1 { // the end of the file
		t.Errorf("%d of %d people are the same on both sides", same, len(a))
	}
	if minors[0] == 0 || minors[1] == 0 || minors[0] == minors[1] {
		t.Errorf("%d and %d children", minors[0], minors[1])
	}
}

func TestOtherNamesAreShared(t *testing.T) {
	lists, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct{ others, names []string }{{otherGiven(), lists.given}, {otherFamily(), lists.family}} {
		seen := map[string]string{}
		for _, n := range l.names {
			other := otherName(l.others, l.names, n)
			if before, ok := seen[other]; ok && before != n {
				t.Errorf("%s and %s are both %s", before, n, other)
			}
			seen[other] = n
		}
	}
}
