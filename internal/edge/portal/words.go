package portal

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A language is a file: its name is the tag, its lines are what is said.
//
//go:embed words/*.yaml
var shippedWords embed.FS

// words is what the pages say in one language.
type words struct {
	tag   string
	name  string // in its own language
	right bool   // it is written from right to left
	said  map[string]string
	base  *words // says what this one lacks; nil for the first
}

// library is every language, the first one being what others fall back to.
type library []*words

// firstLanguage is the one in which everything is said.
const firstLanguage = "en"

// loadWords reads every language of a folder.
func loadWords(dir fs.FS) (library, error) {
	files, err := fs.Glob(dir, "words/*.yaml")
	if err != nil {
		return nil, err
	}
	var all library
	for _, f := range files {
		w, err := readWords(dir, f)
		if err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", f, err)
		}
		all = append(all, w)
	}
	first := slices.IndexFunc(all, func(w *words) bool { return w.tag == firstLanguage })
	if first < 0 {
		return nil, fmt.Errorf("there are no words in %s", firstLanguage)
	}
	all[0], all[first] = all[first], all[0]
	for _, w := range all[1:] {
		w.base = all[0]
	}
	return all, nil
}

func readWords(dir fs.FS, file string) (*words, error) {
	raw, err := fs.ReadFile(dir, file)
	if err != nil {
		return nil, err
	}
	w := &words{tag: strings.TrimSuffix(path.Base(file), ".yaml"), said: map[string]string{}}
	if err := yaml.Unmarshal(raw, &w.said); err != nil {
		return nil, err
	}
	w.name, w.right = w.said["language.name"], w.said["language.direction"] == "right to left"
	if w.name == "" {
		return nil, fmt.Errorf("it does not say how the language is called (language.name)")
	}
	return w, nil
}

// find gives the language of a tag such as "es-MX"; nil if there is none.
func (l library) find(tag string) *words {
	tag = strings.ToLower(strings.TrimSpace(tag))
	for _, want := range []string{tag, strings.SplitN(tag, "-", 2)[0]} {
		for _, w := range l {
			if w.tag == want {
				return w
			}
		}
	}
	return nil
}

// accept gives the language that a browser would like best, the first one if none.
func (l library) accept(header string) *words {
	for _, part := range strings.Split(header, ",") {
		if w := l.find(strings.SplitN(part, ";", 2)[0]); w != nil {
			return w
		}
	}
	return l[0]
}

// T says a line, with what stands in braces replaced: T("home.hello", "name", "Rosa"). A line that is missing is said in the first
// language.
func (w *words) T(key string, pairs ...string) string {
	line, ok := w.said[key]
	if !ok && w.base != nil {
		line, ok = w.base.said[key]
	}
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return line
	}
	swaps := make([]string, len(pairs))
	for i, p := range pairs {
		swaps[i] = p
		if i%2 == 0 {
			swaps[i] = "{" + p + "}"
		}
	}
	return strings.NewReplacer(swaps...).Replace(line)
}

// has tells whether there is a line.
func (w *words) has(key string) bool {
	_, ok := w.said[key]
	return ok || w.base != nil && w.base.has(key)
}

// piece gives the nth of a line's pieces: the names of months and days stand in one line.
func (w *words) piece(key string, n int) string {
	parts := strings.Split(w.T(key), "|")
	if n < 0 || n >= len(parts) {
		return ""
	}
	return strings.TrimSpace(parts[n])
}

// day says a date: "today", "tomorrow", "yesterday", "Tuesday 24 October", with the year if it is another one.
func (w *words) day(t, now time.Time) string {
	switch dayNumber(t) - dayNumber(now) {
	case 0:
		return w.T("time.today")
	case 1:
		return w.T("time.tomorrow")
	case -1:
		return w.T("time.yesterday")
	}
	key := "time.date"
	if t.Year() != now.Year() {
		key = "time.date-year"
	}
	return w.T(key, "weekday", w.piece("time.weekdays", int(t.Weekday())), "day", fmt.Sprint(t.Day()), "month", w.piece("time.months", int(t.Month())-1), "year", fmt.Sprint(t.Year()))
}

// moment says a day and the time of day.
func (w *words) moment(t, now time.Time) string {
	return w.T("time.moment", "day", w.day(t, now), "time", w.clock(t))
}

// clock says the time of day as the language does: layouts are Go's.
func (w *words) clock(t time.Time) string { return t.Format(w.T("time.clock")) }

func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
