package ingest

import (
	"reflect"
	"strings"
	"testing"

	"hearth/internal/edge/ingest/column"
)

// Father and son share a name and a phone; neither their homes nor their wives may be mixed up.
func TestSharedContactsNeverMergePeople(t *testing.T) {
	each(t, func(e *env) {
		r := e.bring(column.Residents, `Unit,Resident,Email,Phone
1,John Doe,john.sr@example.com,(212) 555-0101
1,Mary Doe,mary@example.com,(212) 555-0101
2,John Doe,john.jr@example.com,(212) 555-0101
3,Ann Poe,office@corp.example,
4,Ann Poe,office@corp.example,
`)
		e.wantCounts(r, Counts{Rows: 5, Added: 5})
		want := []string{"Ann Poe 3 office@corp.example", "Ann Poe 4 office@corp.example", "John Doe 1 john.sr@example.com +12125550101",
			"John Doe 2 john.jr@example.com +12125550101", "Mary Doe 1 mary@example.com +12125550101"}
		if got := e.people(); !reflect.DeepEqual(got, want) {
			t.Errorf("people %q, want %q", got, want)
		}
		if why := r.Rows[4].Reason; !strings.Contains(why, "two people") {
			t.Errorf("the report says %q of the second Ann Poe", why)
		}
		again := e.bring(column.Residents, "Unit,Resident,Email,Phone\n1,John Doe,john.sr@example.com,(212) 555-0101\n", func(r *Request) { r.Property = "Elm House" })
		if again.Counts.Added != 1 || len(e.people()) != 6 {
			t.Errorf("the list of another property: %+v, people %q", again.Counts, e.people())
		}
	})
}
