// Package fit trains and measures the model of tone: it reads labelled texts, keeps a part of them out of training by a
// rule that hangs on the text alone, fits the weights and counts how right the readings are. The same texts give the
// same bytes. Nothing here runs while Hearth serves.
package fit

import (
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hearth/internal/sense/sentiment"
)

// Text is a text whose tone people told.
type Text struct {
	Corpus string
	Words  string
	Class  sentiment.Class
	Target [3]float64 // how likely people are to call it negative, neutral, positive
}

// NeutralBand is how far from zero, on the scale of -4 to 4, a mean rating may be for a text to count as neutral. The
// mean of twenty people is only known to about a quarter of a point.
const NeutralBand = 0.5

//go:embed testdata/residents.csv
var residents string //nolint:gochecknoglobals // embedding needs a variable; nothing writes it

// Residents gives the sentences of residents and technicians that come with Hearth.
func Residents() ([]Text, error) {
	return parse("residents", strings.NewReader(residents), NeutralBand)
}

// Load reads a file of labelled texts: CSV, plain or gzip, with a column text, and a column class (negative, neutral or
// positive) or mean_sentiment (-4 to 4). band is NeutralBand or another.
func Load(path string, band float64) (texts []Text, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open labelled texts: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	name := filepath.Base(path)
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		name = strings.TrimSuffix(name, ".gz")
	}
	return parse(strings.TrimSuffix(name, ".csv"), r, band)
}

func parse(corpus string, r io.Reader, band float64) ([]Text, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", corpus, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s is empty", corpus)
	}
	text, class, rating := -1, -1, -1
	for i, name := range rows[0] {
		switch name {
		case "text":
			text = i
		case "class":
			class = i
		case "mean_sentiment":
			rating = i
		}
	}
	if text < 0 || class < 0 && rating < 0 {
		return nil, fmt.Errorf("%s needs the column text, and class or mean_sentiment", corpus)
	}
	out := make([]Text, 0, len(rows)-1)
	for i, row := range rows[1:] {
		t := Text{Corpus: corpus, Words: strings.ToValidUTF8(row[text], "?")}
		if class >= 0 {
			err = t.call(row[class])
		} else {
			err = t.rate(row[rating], band)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, row %d: %w", corpus, i+2, err)
		}
		out = append(out, t)
	}
	return out, nil
}

func (t *Text) call(class string) error {
	t.Class = sentiment.Class(class)
	k := place(t.Class)
	if k < 0 {
		return fmt.Errorf("%q is no class; it is negative, neutral or positive", class)
	}
	// People disagree about one in ten: a model that is asked for certainty learns to boast.
	t.Target = [3]float64{0.04, 0.04, 0.04}
	t.Target[k] = 0.92
	return nil
}

// rate takes the mean of people's ratings. A text near the edge of the band is a little of both classes.
func (t *Text) rate(s string, band float64) error {
	r, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return fmt.Errorf("%q is no rating", s)
	}
	t.Class = sentiment.Neutral
	if r >= band {
		t.Class = sentiment.Positive
	} else if r <= -band {
		t.Class = sentiment.Negative
	}
	const blur = 0.35
	t.Target[0], t.Target[2] = ramp((-band-r)/blur), ramp((r-band)/blur)
	t.Target[1] = max(0, 1-t.Target[0]-t.Target[2])
	return nil
}

// ramp rises from 0 at -1 to 1 at 1.
func ramp(x float64) float64 { return max(0, min(1, (x+1)/2)) }

// place is the index of a class in Target, -1 for none.
func place(c sentiment.Class) int {
	switch c {
	case sentiment.Negative:
		return 0
	case sentiment.Neutral:
		return 1
	case sentiment.Positive:
		return 2
	}
	return -1
}

// HeldOut tells whether a text is kept out of training, always and by everybody: one in four, by a hash of its words.
func HeldOut(words string) bool {
	h := uint64(14695981039346656037)
	for _, b := range []byte(strings.ToLower(strings.Join(strings.Fields(words), " "))) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	h ^= h >> 32
	return (h*0x9e3779b97f4a7c15)>>62 == 0
}

// Split divides texts by HeldOut.
func Split(texts []Text) (train, held []Text) {
	for _, t := range texts {
		if HeldOut(t.Words) {
			held = append(held, t)
		} else {
			train = append(train, t)
		}
	}
	return train, held
}
