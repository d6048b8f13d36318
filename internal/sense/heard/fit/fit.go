// Package fit measures how well facts are heard: precision and recall for each kind over sentences whose truth is known.
// It changes nothing, and no program but the one that measures calls it.
package fit

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/sense/heard"
)

//go:embed testdata/*.tsv
var files embed.FS //nolint:gochecknoglobals // the compiler's way to embed files

// Sentence is a text with the facts that are in it.
type Sentence struct {
	Text  string
	Voice heard.Voice
	Facts []string // "kind=value", and "-kind=value" for what is so no longer
	Line  int
}

// Corpus is sentences of one sort.
type Corpus struct {
	Name      string
	Sentences []Sentence
}

// Shipped gives the corpora that come with Hearth: the sentences that the rules were written on, those held out, and those
// that must give nothing.
func Shipped() ([]Corpus, error) {
	var out []Corpus
	for _, name := range []string{"seen", "held_out", "denied"} {
		b, err := files.ReadFile("testdata/" + name + ".tsv")
		if err != nil {
			return nil, fmt.Errorf("sentences %s: %w", name, err)
		}
		c, err := read(name, bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Load reads a corpus from a file. A text file has a line for each sentence, with voice (own or note), facts
// ("kind=value", several parted by ";", "-" for none) and text, parted by tabs; lines without tabs are the resident's words
// with nothing to be heard. A CSV file (.gz too) gives the texts of one column, and holds nothing to be heard either.
func Load(path, column string) (Corpus, error) {
	f, err := os.Open(path)
	if err != nil {
		return Corpus{}, fmt.Errorf("open sentences: %w", err)
	}
	defer f.Close()
	name, packed := strings.CutSuffix(filepath.Base(path), ".gz")
	var r io.Reader = f
	if packed {
		if r, err = gzip.NewReader(f); err != nil {
			return Corpus{}, hearth.Errorf(hearth.CodeInvalid, "%s cannot be unpacked: %w.", filepath.Base(path), err)
		}
	}
	if name, table := strings.CutSuffix(name, ".csv"); table {
		return readTable(name, column, r)
	}
	return read(strings.TrimSuffix(name, filepath.Ext(name)), r)
}

func readTable(name, column string, r io.Reader) (Corpus, error) {
	c := Corpus{Name: name}
	table := csv.NewReader(r)
	table.LazyQuotes, table.FieldsPerRecord = true, -1
	head, err := table.Read()
	at := slices.Index(head, column)
	if err != nil || at < 0 {
		return c, hearth.Errorf(hearth.CodeInvalid, "%s has no column %s; name the one with the texts.", name, column)
	}
	for line := 2; ; line++ {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return c, hearth.Errorf(hearth.CodeInvalid, "%s cannot be read: %w.", name, err)
		}
		if at < len(row) && strings.TrimSpace(row[at]) != "" {
			c.Sentences = append(c.Sentences, Sentence{Text: row[at], Line: line})
		}
	}
}

func read(name string, r io.Reader) (Corpus, error) {
	c := Corpus{Name: name}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSpace(sc.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		s := Sentence{Text: text, Line: line}
		if voice, rest, ok := strings.Cut(text, "\t"); ok {
			facts, text, _ := strings.Cut(rest, "\t")
			s.Text = text
			switch voice {
			case "own":
			case "note":
				s.Voice = heard.Note
			default:
				return c, hearth.Errorf(hearth.CodeInvalid, "%s, line %d: the voice is own or note, not %q.", name, line, voice)
			}
			if s.Text == "" {
				return c, hearth.Errorf(hearth.CodeInvalid, "%s, line %d has no text: a line is voice, facts and text, parted by tabs.", name, line)
			}
			if facts != "-" {
				s.Facts = strings.Split(facts, ";")
			}
			for _, x := range s.Facts {
				if kind, _, ok := strings.Cut(strings.TrimPrefix(x, "-"), "="); !ok || !slices.Contains(heard.Kinds(), heard.Kind(kind)) {
					return c, hearth.Errorf(hearth.CodeInvalid, "%s, line %d: %q is no fact like channel=sms.", name, line, x)
				}
			}
		}
		c.Sentences = append(c.Sentences, s)
	}
	if err := sc.Err(); err != nil {
		return c, fmt.Errorf("read sentences of %s: %w", name, err)
	}
	return c, nil
}

// Count is how often a kind was heard.
type Count struct {
	Kind      string  `json:"kind"`  // "all" for all of them
	Truth     int     `json:"truth"` // facts that there are
	Right     int     `json:"right"`
	Wrong     int     `json:"wrong"` // heard, and not there
	Missed    int     `json:"missed"`
	Precision float64 `json:"precision"` // 1 when nothing was heard
	Recall    float64 `json:"recall"`    // 1 when there is nothing to hear
}

// Miss is a sentence that was heard otherwise than it is.
type Miss struct {
	Line int      `json:"line"`
	Text string   `json:"text"`
	Want []string `json:"want"`
	Got  []string `json:"got"`
}

// Measure is what one corpus gave.
type Measure struct {
	Corpus    string  `json:"corpus"`
	Sentences int     `json:"sentences"`
	Counts    []Count `json:"counts"`
	Misses    []Miss  `json:"misses"`
}

// Evaluate reads all sentences of a corpus.
func Evaluate(r *heard.Reader, c Corpus) Measure {
	m := Measure{Corpus: c.Name, Sentences: len(c.Sentences), Misses: []Miss{}}
	byKind := map[string]*Count{"all": {Kind: "all"}}
	for _, k := range heard.Kinds() {
		byKind[string(k)] = &Count{Kind: string(k)}
	}
	note := func(fact string, f func(*Count)) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(fact, "-"), "=")
		f(byKind[kind])
		f(byKind["all"])
	}
	for _, s := range c.Sentences {
		var got []string
		for _, f := range r.Read(s.Text, s.Voice) {
			got = append(got, label(f))
		}
		miss := false
		for _, g := range got {
			if right := slices.Contains(s.Facts, g); right {
				note(g, func(c *Count) { c.Right++ })
			} else {
				note(g, func(c *Count) { c.Wrong++ })
				miss = true
			}
		}
		for _, w := range s.Facts {
			note(w, func(c *Count) { c.Truth++ })
			if !slices.Contains(got, w) {
				note(w, func(c *Count) { c.Missed++ })
				miss = true
			}
		}
		if miss {
			m.Misses = append(m.Misses, Miss{s.Line, s.Text, s.Facts, got})
		}
	}
	for _, k := range append(heard.Kinds(), "all") {
		c := byKind[string(k)]
		c.Precision, c.Recall = share(c.Right, c.Right+c.Wrong), share(c.Right, c.Truth)
		m.Counts = append(m.Counts, *c)
	}
	return m
}

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

func label(f heard.Fact) string {
	if f.Ended {
		return "-" + string(f.Kind) + "=" + f.Value
	}
	return string(f.Kind) + "=" + f.Value
}
