package bench

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	for _, row := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{7}, 7}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 2, 3}, 2.5}} {
		if got := median(row.of); got != row.want {
			t.Errorf("median(%v) = %v, want %v", row.of, got, row.want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 20).Draw(rt, "values")
		kept := slices.Clone(values)
		got := median(values)
		below, above := 0, 0
		for _, v := range values {
			if v <= got {
				below++
			}
			if v >= got {
				above++
			}
		}
		if half := (len(values) + 1) / 2; len(values)%2 == 1 && (below < half || above < half) {
			rt.Fatalf("%v of %v has %d below and %d above", got, values, below, above)
		}
		if !slices.Equal(values, kept) {
			rt.Fatal("the samples lost their order")
		}
	})
}

func TestRates(t *testing.T) {
	if got := rate(500, 250*time.Millisecond); got != 2000 {
		t.Errorf("500 in a quarter of a second are %v a second, want 2000", got)
	}
	if got := each(3*time.Millisecond, 10); got != 300 {
		t.Errorf("3 ms for 10 are %v us each, want 300", got)
	}
	if rate(5, 0) != 0 || each(time.Second, 0) != 0 || ratio(3, 0) != 0 || ratio(3, 2) != 1.5 {
		t.Error("nothing to divide by must give 0, and 3 to 2 is 1.5")
	}
	var took []time.Duration
	for i := range 200 {
		took = append(took, time.Duration(200-i)*time.Millisecond)
	}
	if half, most := percentiles(took); half != 100 || most != 198 {
		t.Errorf("percentiles of 1 to 200 ms are %v and %v, want 100 and 198", half, most)
	}
}

func TestAims(t *testing.T) {
	for _, row := range []struct {
		f    Figure
		met  bool
		want string
	}{
		{Figure{Median: 5}, true, ""},
		{Figure{Median: 0.34, Aim: 1.0 / 3, Unit: "x"}, true, "at least 0.333x: met"},
		{Figure{Median: 0.3, Aim: 1.0 / 3, Unit: "x"}, false, "at least 0.333x: not met"},
		{Figure{Median: 140, Aim: 150, Most: true, Unit: "MB"}, true, "at most 150 MB: met"},
		{Figure{Median: 151, Aim: 150, Most: true, Unit: "MB"}, false, "at most 150 MB: not met"},
	} {
		if row.f.Met() != row.met || row.f.aimWords() != row.want {
			t.Errorf("%+v: met is %v in the words %q, want %v and %q", row.f, row.f.Met(), row.f.aimWords(), row.met, row.want)
		}
	}
}

func TestShow(t *testing.T) {
	for _, row := range []struct {
		v    float64
		unit string
		want string
	}{{12345.6, "/s", "12,346/s"}, {1234567, "", "1,234,567"}, {0.38712, "ms", "0.387 ms"}, {99.95, "ms", "100.0 ms"}, {1, "x", "1.00x"},
		{0, "us", "0 us"}, {-1234, "", "-1,234"}} {
		if got := show(row.v, row.unit); got != row.want {
			t.Errorf("show(%v, %q) = %q, want %q", row.v, row.unit, got, row.want)
		}
	}
}

func TestReportInWordsAndJSON(t *testing.T) {
	b := &bench{report: &Report{Date: "2026-11-21", Version: "1", Database: "sqlite", Cores: 2, Go: "go", Quick: true}}
	b.add(Figure{Name: "a.speed", What: "speed", Unit: "/s", Samples: []float64{900, 1500, 1100}, Aim: 1000})
	b.add(Figure{Name: "b.size", What: "size", Unit: "MB", Samples: []float64{160}, Aim: 150, Most: true})
	var text, js bytes.Buffer
	if err := b.report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"short runs", "1,100/s", "900 - 1,500", "at least 1,000/s: met", "160 MB", "not met"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &text)
		}
	}
	if err := b.report.WriteJSON(&js); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(js.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if f, ok := back.Figure("a.speed"); !ok || f.Median != 1100 || !slices.Equal(f.Samples, []float64{900, 1500, 1100}) {
		t.Errorf("the JSON gives %+v", f)
	}
	if _, ok := back.Figure("none"); ok {
		t.Error("there is a figure that nobody measured")
	}
}

func TestPlace(t *testing.T) {
	w := (&bench{}).load("p", 3, 10, 1)
	e := w.event(2)
	if n, ok := place("Hello,\r\nyou wrote: " + e.Data); !ok || n != 2 {
		t.Errorf("the mail about %s is about event %d, %v", e.Data, n, ok)
	}
	for _, text := range []string{"", "ref-", "ref-12345", "ref-abcdefg"} {
		if n, ok := place(text); ok {
			t.Errorf("%q is about event %d", text, n)
		}
	}
}

// TestWorkload: one event in five has an effect, half of these a mail; every resident is met equally often.
func TestWorkload(t *testing.T) {
	w := (&bench{}).load("w", 1000, 100, 5)
	kinds, residents := map[string]int{}, map[string]int{}
	for n := range 1000 {
		e := w.event(n)
		var data struct{ Kind string }
		if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
			t.Fatal(err)
		}
		kinds[data.Kind]++
		residents[e.Subject]++
	}
	if kinds["parcel"] != 800 || kinds["k0"] != 20 || kinds["k9"] != 20 || len(kinds) != 11 {
		t.Errorf("kinds are %v", kinds)
	}
	if len(residents) != 100 || residents["resident/"+resident(7)] != 10 {
		t.Errorf("%d residents are met, the seventh %d times", len(residents), residents["resident/"+resident(7)])
	}
	m := (&bench{}).load("m", 100, 10, 1)
	m.mailOnly = true
	for n := range 100 {
		if e := m.event(n); !strings.Contains(e.Data, `"k0"`) && !strings.Contains(e.Data, `"k2"`) && !strings.Contains(e.Data, `"k4"`) &&
			!strings.Contains(e.Data, `"k6"`) && !strings.Contains(e.Data, `"k8"`) {
			t.Errorf("event %d has no mail: %s", n, e.Data)
		}
	}
}
