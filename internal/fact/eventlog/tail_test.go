package eventlog

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearth"
)

// numbered makes events with the places.
func numbered(seqs ...int64) []*hearth.Event {
	out := []*hearth.Event{}
	for _, s := range seqs {
		out = append(out, &hearth.Event{Seq: s, ID: fmt.Sprint(s)})
	}
	return out
}

func seqs(evs []*hearth.Event) []int64 {
	out := []int64{}
	for _, ev := range evs {
		out = append(out, ev.Seq)
	}
	return out
}

func TestTailStopsAtWhatItDoesNotKnow(t *testing.T) {
	var tl tail
	tl.add(0, numbered(1, 2, 5)) // 3 and 4 were repeats and do not exist
	tl.add(9, numbered(10, 11))  // another process wrote 6 to 9
	for _, tt := range []struct {
		after int64
		limit int
		want  []int64
	}{{0, 10, []int64{1, 2, 5}}, {0, 2, []int64{1, 2}}, {2, 10, []int64{5}}, {9, 10, []int64{10, 11}}, {5, 10, nil}, {3, 10, nil}, {11, 10, nil}, {-1, 10, nil}} {
		got, ok := tl.after(tt.after, tt.limit)
		if ok != (tt.want != nil) || ok && !reflect.DeepEqual(seqs(got), tt.want) {
			t.Errorf("behind %d: %v, %v; want %v", tt.after, seqs(got), ok, tt.want)
		}
	}
}

func TestTailIsBoundedAndLetsGo(t *testing.T) {
	var tl tail
	for i := range int64(3 * tailMax) {
		tl.add(i, numbered(i+1))
	}
	if len(tl.next) != tailMax || len(tl.order) != tailMax {
		t.Errorf("%d events in memory, want %d", len(tl.next), tailMax)
	}
	if _, ok := tl.after(0, 10); ok {
		t.Error("the first event is still there")
	}
	last := int64(3 * tailMax)
	tl.move("quick", last)
	tl.move("slow", last-10) // joins later: what is gone is read from the store
	tl.add(last, numbered(last+1))
	tl.move("quick", last+1)
	if got, ok := tl.after(last, 10); !ok || len(got) != 1 {
		t.Errorf("an event that the slow follower has not seen is gone")
	}
	tl.move("slow", last+1)
	if len(tl.next) != 0 || len(tl.order) != 0 {
		t.Errorf("%d events are kept that all have behind them", len(tl.next))
	}
}

// TestTailNeverSkips adds the batches of a log in any order, some not at all, and follows: what the tail gives is always
// the very next events.
func TestTailNeverSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var log []int64 // the places that exist
		type batch struct {
			before int64
			seqs   []int64
		}
		var batches []batch
		head := int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			b := batch{before: head}
			for range rapid.IntRange(1, 4).Draw(t, "events") {
				head += int64(rapid.IntRange(1, 2).Draw(t, "step"))
				b.seqs = append(b.seqs, head)
			}
			log = append(log, b.seqs...)
			batches = append(batches, b)
		}
		var tl tail
		for _, i := range rapid.Permutation(indexes(len(batches))).Draw(t, "order") {
			if rapid.IntRange(0, 4).Draw(t, "ours") > 0 {
				tl.add(batches[i].before, numbered(batches[i].seqs...))
			}
			at := rapid.SampledFrom(append([]int64{0}, log...)).Draw(t, "follower")
			got, _ := tl.after(at, 100)
			from := slices.Index(log, at) + 1
			for k, ev := range got {
				if log[from+k] != ev.Seq {
					t.Fatalf("behind %d the tail gives %v; the log is %v", at, seqs(got), log)
				}
			}
			if rapid.Bool().Draw(t, "move") {
				tl.move("f", at)
			}
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
