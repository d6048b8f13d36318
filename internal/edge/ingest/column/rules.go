package column

import (
	"sort"
	"strings"
	"unicode"

	"hearth"
)

// HeadingKey is what two writings of one heading have in common: "Whg.", "whg" and " WHG " are the same.
func HeadingKey(heading string) string {
	key := strings.Join(strings.FieldsFunc(strings.ToLower(heading), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}), " ")
	if key == "" {
		return strings.TrimSpace(heading) // "#" is a heading too
	}
	return key
}

// fields gives what the rules say of the columns under the headings, by index. Where a file has the very heading that a
// rule names, only that one is meant: "Unit" does not speak of "Unit #" beside it.
func (r *Rules) fields(header []string) map[int]string {
	if r == nil {
		return nil
	}
	out := map[int]string{}
	for i, f := range r.Chosen {
		out[i] = f
	}
	nth := map[string]int{}
	for i, h := range header {
		n := nth[h]
		nth[h]++
		if all := r.Repeats[h]; n < len(all) && (all[n] != Skip || !r.Kept) && out[i] == "" {
			out[i] = all[n]
		}
	}
	for _, exactly := range []bool{true, false} {
		for _, key := range r.keys() {
			f := r.Columns[key]
			if f == Skip && r.Kept {
				continue // a column that was not used is judged again: its heading may be known by now, or filled
			}
			columns, same := named(key, header)
			for _, i := range columns {
				if _, told := out[i]; !told && same == exactly {
					out[i] = f
				}
			}
		}
	}
	return out
}

// keys gives the headings that the rules name, by alphabet.
func (r *Rules) keys() []string {
	keys := make([]string, 0, len(r.Columns))
	for k := range r.Columns {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// named gives the columns that a rule's key means, and whether they are called exactly that.
func named(key string, header []string) (columns []int, exactly bool) {
	var same, alike []int
	for i, h := range header {
		switch {
		case strings.TrimSpace(h) == "":
		case strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(key)):
			same = append(same, i)
		case HeadingKey(h) == HeadingKey(key):
			alike = append(alike, i)
		}
	}
	if len(same) > 0 {
		return same, true
	}
	return alike, false
}

// Strange fails with CodeInvalid if a mapping file names a heading that the files do not have. Rules that were kept
// from an import before may: exports lose columns.
func (r *Rules) Strange(header []string) error {
	if r == nil || r.Kept {
		return nil
	}
	for _, key := range r.keys() {
		if columns, _ := named(key, header); len(columns) > 0 {
			continue
		}
		var have []string
		seen := map[string]bool{}
		for _, h := range header {
			if h = strings.TrimSpace(h); h != "" && !seen[h] {
				seen[h] = true
				have = append(have, h)
			}
		}
		return hearth.FieldErrorf("columns."+key, "The mapping file names a column %q, and no column is called that. The columns are: %s.", key, strings.Join(have, ", "))
	}
	return nil
}
