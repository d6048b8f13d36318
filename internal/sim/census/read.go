package census

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hearth"
	"hearth/internal/fact/identity"
)

// ReadList reads a table of records (CSV, gzipped or not) with headings as the public lists have them: rec_id or
// unique_id; given_name or first_name; surname or last_name; date_of_birth or dob; street_number, address_1, suburb or
// city, postcode or zip; email; phone; and for the truth cluster, else the number in a rec_id "rec-N-…". It fails with
// CodeInvalid for a list without names or truth.
func ReadList(path string) (*List, error) {
	rows, err := readTable(path)
	if err != nil {
		return nil, err
	}
	list := &List{Name: filepath.Base(path)}
	for _, row := range rows {
		p, truth := personOf(row)
		if truth == "" {
			return nil, hearth.Errorf(hearth.CodeInvalid, "%s does not tell which records are one person: it needs a column cluster, or rec_id with rec-N-….", path)
		}
		list.People = append(list.People, p)
		list.Truth = append(list.Truth, truth)
		list.Quirk = append(list.Quirk, "")
	}
	if len(list.People) == 0 {
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s holds no records.", path)
	}
	return list, nil
}

func personOf(row map[string]string) (identity.Person, string) {
	get := func(names ...string) string {
		for _, n := range names {
			if v := row[n]; v != "" {
				return v
			}
		}
		return ""
	}
	p := identity.Person{ID: get("rec_id", "unique_id", "id"), First: get("given_name", "first_name"), Last: get("surname", "last_name"),
		Birth: get("date_of_birth", "dob", "birth_date"), Place: get("suburb", "city"), Zip: get("postcode", "zip"), Source: get("source"),
		Street: strings.TrimSpace(get("street_number") + " " + get("address_1", "street"))}
	if m := get("email"); m != "" {
		p.Emails = []string{m}
	}
	if t := get("phone"); t != "" {
		p.Phones = []string{t}
	}
	truth := get("cluster")
	if parts := strings.Split(p.ID, "-"); truth == "" && len(parts) >= 3 && parts[0] == "rec" {
		truth = parts[1]
	}
	return p, truth
}

// ReadLabels reads pairs that people judged (unique_id_l, unique_id_r, clerical_match_score from 0 to 1) for a list:
// only they count then.
func (l *List) ReadLabels(path string) error {
	rows, err := readTable(path)
	if err != nil {
		return err
	}
	at := make(map[string]int, len(l.People))
	for i, p := range l.People {
		at[p.ID] = i
	}
	l.Judged = map[[2]int]bool{}
	for _, row := range rows {
		a, okA := at[row["unique_id_l"]]
		b, okB := at[row["unique_id_r"]]
		if !okA || !okB {
			return hearth.Errorf(hearth.CodeInvalid, "%s judges a pair that %s does not hold: %q and %q.", path, l.Name, row["unique_id_l"], row["unique_id_r"])
		}
		l.Judged[[2]int{min(a, b), max(a, b)}] = row["clerical_match_score"] > "0.5"
	}
	l.Name += " (judged pairs)"
	return nil
}

// readTable reads a CSV file into rows by heading; blanks around cells are dropped.
func readTable(path string) (rows []map[string]string, err error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the list: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	for _, cells := range all[min(1, len(all)):] {
		row := map[string]string{}
		for i, c := range cells {
			row[strings.TrimSpace(all[0][i])] = strings.TrimSpace(c)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
