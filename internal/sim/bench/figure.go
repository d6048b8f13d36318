package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Figure is one measured quantity.
type Figure struct {
	Name    string    `json:"name"` // for programs: "decided.share"
	What    string    `json:"what"` // for people
	Unit    string    `json:"unit"` // "/s", "ms", "us", "MB", "s", "x" for a ratio
	Median  float64   `json:"median"`
	Samples []float64 `json:"samples"` // one a run, in the order of the runs
	// Aim is what was wished for; 0 when there is no aim. Most says that less is better.
	Aim  float64 `json:"aim,omitempty"`
	Most bool    `json:"most,omitempty"`
}

// Met tells whether the aim is met; true without one.
func (f *Figure) Met() bool {
	switch {
	case f.Aim == 0:
		return true
	case f.Most:
		return f.Median <= f.Aim
	}
	return f.Median >= f.Aim
}

// Report is the result of a run.
type Report struct {
	Date     string   `json:"date"`
	Version  string   `json:"version"`
	Database string   `json:"database"` // "sqlite" or "postgres"
	Cores    int      `json:"cores"`
	Go       string   `json:"go"`
	Quick    bool     `json:"quick"` // shorter runs: the figures are rougher
	Figures  []Figure `json:"figures"`
	Seconds  float64  `json:"seconds"`
}

// Figure gives the figure of a name.
func (r *Report) Figure(name string) (Figure, bool) {
	for _, f := range r.Figures {
		if f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}

// WriteJSON writes the report with all samples.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes the report as a table: median, lowest and highest run, aim.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer // a buffer takes everything; only the last write can fail
	fmt.Fprintf(&b, "hearth %s, %s, %d cores, %s, %s", r.Version, r.Database, r.Cores, r.Go, r.Date)
	if r.Quick {
		b.WriteString(", short runs")
	}
	b.WriteString("\n\n")
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	io.WriteString(t, "figure\tmedian\tlowest - highest\taim\t\n")
	for i := range r.Figures {
		f := &r.Figures[i]
		low, high := spread(f.Samples)
		io.WriteString(t, fmt.Sprintf("%s\t%s\t%s - %s\t%s\t\n", f.What, show(f.Median, f.Unit), show(low, ""), show(high, ""), f.aimWords()))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%d figures in %.0f s\n", len(r.Figures), r.Seconds)
	_, err := w.Write(b.Bytes())
	return err
}

func (f *Figure) aimWords() string {
	if f.Aim == 0 {
		return ""
	}
	word := "at least "
	if f.Most {
		word = "at most "
	}
	if f.Met() {
		return word + show(f.Aim, f.Unit) + ": met"
	}
	return word + show(f.Aim, f.Unit) + ": not met"
}

func spread(samples []float64) (low, high float64) {
	if len(samples) == 0 {
		return 0, 0
	}
	low, high = samples[0], samples[0]
	for _, s := range samples {
		low, high = min(low, s), max(high, s)
	}
	return low, high
}

// show writes a number with three digits that mean something, thousands apart.
func show(v float64, unit string) string {
	digits := 0
	if v != 0 {
		digits = max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	}
	text := strconv.FormatFloat(v, 'f', min(digits, 4), 64)
	whole, rest, dot := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + rest
	}
	if unit == "" || strings.HasPrefix(unit, "/") || unit == "x" {
		return whole + unit
	}
	return whole + " " + unit
}
