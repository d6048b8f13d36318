package trial

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

const peopleSQL = `SELECT id, first_name, last_name, preferred_name FROM residents WHERE org = $1 ORDER BY id`

// namesHere gives the names under which reasons speak of residents.
func namesHere(ctx context.Context, tx *db.Tx) (map[hearth.ResidentID]string, error) {
	rows, err := tx.Query(ctx, peopleSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer rows.Close()
	out := map[hearth.ResidentID]string{}
	for rows.Next() {
		var id hearth.ResidentID
		var first, last, preferred string
		if err := rows.Scan(&id, &first, &last, &preferred); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		if preferred != "" {
			first = preferred
		}
		out[id] = strings.TrimSpace(first + " " + last)
	}
	return out, rows.Err()
}

// wording takes out of reasons what makes one differ from another that is the same for a manager: a day, an hour, a name.
type wording struct{ lastTime, until, told, when *regexp.Regexp }

func newWording() *wording {
	const day = `\d{4}-\d{2}-\d{2}|(?:[A-Z][a-z]+day )?\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)\b(?: \d{4})?` // as it was written once, and as it is now
	const when = `(today|yesterday|tomorrow|[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2}|` + day + `)(,? \d{2}:\d{2})?`
	return &wording{
		lastTime: regexp.MustCompile(`,? and (last )?(did|started)( so)? on (` + day + `)`),
		until:    regexp.MustCompile(`^Held until [^:]*\d{2}:\d{2}: `),
		told:     regexp.MustCompile(`(was said|was decided|went to this address) ` + when),
		when:     regexp.MustCompile(`\b` + when),
	}
}

// general gives a reason without name and days, so that equal reasons are counted as one.
func (w *wording) general(reason, name string) string {
	s := w.lastTime.ReplaceAllString(reason, "")
	s = w.until.ReplaceAllString(s, "")
	s = w.told.ReplaceAllString(s, "$1 before")
	s = w.when.ReplaceAllString(s, "a certain time")
	if name != "" {
		s = strings.ReplaceAll(s, name, "the resident")
	}
	if s == "" {
		return reason
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// withoutName gives a task's title without whom it is about.
func withoutName(title, name string) string {
	before, _, ok := strings.Cut(title, name)
	if name == "" || !ok {
		return title
	}
	return strings.TrimRight(before, " :") + " …"
}
