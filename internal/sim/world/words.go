package world

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed words/*.txt
var wordFiles embed.FS

// words are the lists that the community is made from, as in words/.
type words struct {
	given, family []string
	categories    []category
	sayings       map[string][]string
	places        []place
	streets       []string
	communities   []string
}

// category is one kind of repair with what people write about it.
type category struct {
	name              string
	weight, hot, cold float64
	reports, urgent   []fault
	waits             []string
}

// fault is what a resident reports and how it is put right.
type fault struct{ report, fix string }

type place struct {
	zone, city, state, zip string
	areaCodes              []string
}

// loadWords reads the lists. An error means that a list in this package is malformed.
func loadWords() (*words, error) {
	w := &words{sayings: map[string][]string{}}
	var err error
	if w.given, err = commaList("given"); err != nil {
		return nil, err
	}
	if w.family, err = commaList("family"); err != nil {
		return nil, err
	}
	if err = w.loadCategories(); err != nil {
		return nil, err
	}
	err = eachLine("sayings", func(section, line string) error {
		w.sayings[section] = append(w.sayings[section], line)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return w, eachLine("places", w.addPlace)
}

func (w *words) addPlace(section, line string) error {
	switch section {
	case "street":
		w.streets = append(w.streets, line)
	case "community":
		w.communities = append(w.communities, line)
	default:
		f := strings.Split(line, "|")
		if len(f) != 5 {
			return fmt.Errorf("place %q: want 5 parts", line)
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		w.places = append(w.places, place{f[0], f[1], f[2], f[3], strings.Fields(f[4])})
	}
	return nil
}

func (w *words) loadCategories() error {
	return eachLine("orders", func(section, line string) error {
		name, numbers, _ := strings.Cut(section, "]")
		if n := len(w.categories); n == 0 || w.categories[n-1].name != name {
			c := category{name: name}
			for i, f := range strings.Fields(numbers) {
				x, err := strconv.ParseFloat(f, 64)
				if err != nil {
					return fmt.Errorf("category %s: %w", name, err)
				}
				*[]*float64{&c.weight, &c.hot, &c.cold}[i] = x
			}
			w.categories = append(w.categories, c)
		}
		c := &w.categories[len(w.categories)-1]
		mark, text, _ := strings.Cut(line, " ")
		report, fix, paired := strings.Cut(text, " | ")
		if paired != (mark != "w") {
			return fmt.Errorf("category %s: a fault has a fix, and a wait has none: %q", name, line)
		}
		f := fault{report, fix}
		switch mark {
		case "o":
			c.reports = append(c.reports, f)
		case "e":
			c.urgent = append(c.urgent, f)
		case "w":
			c.waits = append(c.waits, text)
		default:
			return fmt.Errorf("category %s: unknown mark in %q", name, line)
		}
		return nil
	})
}

// placesIn gives the places in a zone, or all of them for a zone that the list does not know.
func (w *words) placesIn(zone string) []place {
	var found []place
	for _, p := range w.places {
		if p.zone == zone {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return w.places
	}
	return found
}

func commaList(name string) ([]string, error) {
	var all []string
	err := eachLine(name, func(_, line string) error {
		for _, s := range strings.Split(line, ",") {
			if s = strings.TrimSpace(s); s != "" {
				all = append(all, s)
			}
		}
		return nil
	})
	return all, err
}

// eachLine calls f with every line of a list and the section above it: what stands behind "[", up to the line's end,
// without the closing bracket when that is the last character.
func eachLine(name string, f func(section, line string) error) error {
	raw, err := wordFiles.ReadFile("words/" + name + ".txt")
	if err != nil {
		return fmt.Errorf("read words: %w", err)
	}
	section := ""
	for _, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.TrimSuffix(line[1:], "]")
		default:
			if err := f(section, line); err != nil {
				return fmt.Errorf("words/%s.txt: %w", name, err)
			}
		}
	}
	return nil
}
