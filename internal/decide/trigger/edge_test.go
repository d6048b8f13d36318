package trigger

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
)

func TestEdgesKeepWhatTheyRemember(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e edges
		ms := rapid.Int64Range(1, 1<<45)
		if rapid.Bool().Draw(t, "has clock") {
			e.clock = hearth.FromMillis(ms.Draw(t, "clock"))
		}
		for _, id := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z-]{1,12}`), 0, 8, rapid.ID).Draw(t, "playbooks") {
			x := e.find(hearth.PlaybookID(id))
			x.version = rapid.IntRange(0, 9).Draw(t, "version")
			x.inside = rapid.Bool().Draw(t, "inside")
			x.lastKey = rapid.String().Draw(t, "key")
			x.lastStart = hearth.FromMillis(ms.Draw(t, "start"))
		}
		stored := e.append(nil)
		got, err := decodeEdges(stored)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, want %+v", got, e)
		}
		if again := got.append(nil); !bytes.Equal(again, stored) {
			t.Fatalf("the same content gives other bytes: %x and %x", again, stored)
		}
	})
}

func TestDamagedEdgesAreAnErrorNotAPanic(t *testing.T) {
	e := edges{clock: time.UnixMilli(5)}
	e.find("renewal-window").lastKey = "term:2"
	whole := e.append(nil)
	for n := range len(whole) {
		if _, err := decodeEdges(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were read without an error", n, len(whole))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		// Whatever stands in the row, reading it ends.
		_, _ = decodeEdges(rapid.SliceOf(rapid.Byte()).Draw(t, "row"))
	})
}

func TestFindKeepsTheListInOrder(t *testing.T) {
	var e edges
	for _, id := range []hearth.PlaybookID{"m", "a", "z", "m", "b"} {
		e.find(id).version++
	}
	var got []hearth.PlaybookID
	for _, x := range e.list {
		got = append(got, x.playbook)
	}
	if want := []hearth.PlaybookID{"a", "b", "m", "z"}; !reflect.DeepEqual(got, want) || e.find("m").version != 2 {
		t.Errorf("got %v with m seen %d times, want %v and 2", got, e.find("m").version, want)
	}
}
