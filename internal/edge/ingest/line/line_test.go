package line

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/table"
	"hearth/internal/edge/ingest/value"
)

func options(k column.Kind) Options {
	return Options{Kind: k, Dates: value.MonthFirst, Names: value.FirstLast, Zone: time.UTC, Region: "US"}
}

func read(k column.Kind, fields map[string]string) *Line {
	return options(k).Read(&Raw{File: "f", N: 2, Fields: fields})
}

func TestStatus(t *testing.T) {
	for in, want := range map[string]string{
		"Current": "current", "Occupied No Notice": "current", "Occupied NTV": "notice", "On Notice": "notice", "Notice-Unrented": "notice", "Past": "past", "Former": "past",
		"Future": "future", "Applicant": "applicant", "Approved": "approved", "Evicted": "evicted", "Under Eviction": "current", "Cancelled": "cancelled", "Denied": "cancelled",
		"Month-to-Month": "current", "Active": "current", "MovedOut": "past", "Purple": "",
	} {
		l := read(column.Residents, map[string]string{column.UnitLabel: "1", column.FullName: "Ana Ruiz", column.LeaseStatus: in})
		if l.Problem != "" || l.Home.Status != want {
			t.Errorf("%q is %q (%s), want %q", in, l.Home.Status, l.Problem, want)
		}
		if in == "Month-to-Month" && !l.Home.MonthToMonth || in == "Under Eviction" && !l.Home.UnderEviction {
			t.Errorf("%q: flags %+v", in, l.Home)
		}
		if in == "Purple" && len(l.Notes) != 1 {
			t.Errorf("an unknown status is noted, not %q", l.Notes)
		}
	}
}

func TestHome(t *testing.T) {
	l := read(column.Residents, map[string]string{column.UnitLabel: "Apt 4B", column.Building: "Building 2", column.FullName: "Smith, John & Jane", column.ResidentID: "t1", column.OtherPeople: "Kim Lee",
		column.EmailAddr: "J@Example.com", column.PhoneHome: "503 555 0123", column.LeaseStart: "1/1/2025", column.LeaseEnd: "MTM", column.Rent: "$1,234.50", column.Language: "Spanish",
		column.Preference: "Text", column.TextConsent: "OptedIn", column.BedsBaths: "2/1.5", column.NoticeOn: "2/3/2025", column.OfferOut: "Sent"})
	want := &Home{Unit: Unit{Label: "4B", Building: "2", Beds: 2, Baths: 1.5}, Start: "2025-01-01", MonthToMonth: true, NoticeOn: "2025-02-03", RentCents: 123450, OfferOut: true,
		Channel: "sms", TextConsent: "yes", People: []Person{
			{ID: "t1", First: "John", Last: "Smith", Email: "j@example.com", Phone: "+15035550123", Language: "es"}, {First: "Jane", Last: "Smith"}, {First: "Kim", Last: "Lee"}}}
	if l.Problem != "" || !reflect.DeepEqual(l.Home, want) {
		t.Errorf("%s\n%+v\nwant\n%+v", l.Problem, l.Home, want)
	}
	if l.Key != "person|t1|2|4B" && !strings.HasPrefix(l.Key, "person|t1|") {
		t.Errorf("key %q", l.Key)
	}
}

// An e-mail in the street's place and a phone in the city's are found row by row, and addresses stay addresses.
func TestMisplacedContacts(t *testing.T) {
	l := read(column.Residents, map[string]string{column.UnitLabel: "1", column.FullName: "Ana Ruiz", column.Street: "ana@example.com", column.City: "(503) 555-0101"})
	if p := l.Home.People[0]; p.Email != "ana@example.com" || p.Phone != "+15035550101" || l.Home.Unit.Address != "" {
		t.Errorf("%+v at %q", p, l.Home.Unit.Address)
	}
	l = read(column.Residents, map[string]string{column.UnitLabel: "1", column.FullName: "Ana Ruiz", column.Street: "12 Oak St", column.City: "Portland"})
	if p := l.Home.People[0]; p.Email != "" || p.Phone != "" || l.Home.Unit.Address != "12 Oak St" {
		t.Errorf("%+v at %q", p, l.Home.Unit.Address)
	}
}

func TestVacantHomes(t *testing.T) {
	for _, f := range []map[string]string{{column.FullName: "VACANT"}, {column.LeaseStatus: "Vacant Unrented"}, {}, {column.FullName: "Model", column.Rent: "0"}, {column.LastName: "Vacant"}} {
		f[column.UnitLabel] = "7"
		if l := read(column.Residents, f); l.Problem != "" || l.Home == nil || len(l.Home.People) != 0 || l.Home.Vacant == "" {
			t.Errorf("%v: %s %+v", f, l.Problem, l.Home)
		}
	}
}

func TestProblemsInWords(t *testing.T) {
	base := map[string]string{column.UnitLabel: "1", column.FullName: "Ana Ruiz"}
	for _, c := range []struct {
		kind  column.Kind
		field string
		value string
		says  string
	}{
		{column.Residents, column.UnitLabel, "", "names no home"},
		{column.Residents, column.LeaseEnd, "soonish", `"soonish", which is not a date`},
		{column.Residents, column.Rent, "free", "not an amount"},
		{column.Residents, column.Rent, "(5.00)", "negative"},
		{column.Units, column.UnitLabel, "", "names no home"},
		{column.Workorders, column.OrderOpened, "yesterday", "not a date or time"},
		{column.Workorders, column.OrderPriority, "high", "says nothing"},
		{column.Payments, column.PayType, "Rent", "has no amount"},
		{column.Messages, column.MessageSide, "in", "no text"},
		{column.Staff, column.StaffRole, "Wizard", "no role"},
	} {
		fields := map[string]string{}
		for k, v := range base {
			fields[k] = v
		}
		fields[c.field] = c.value
		if c.value == "" {
			delete(fields, c.field)
		}
		if l := read(c.kind, fields); !strings.Contains(l.Problem, c.says) || l.Key == "" {
			t.Errorf("%s with %s %q: problem %q does not say %q", c.kind, c.field, c.value, l.Problem, c.says)
		}
	}
}

func TestHours(t *testing.T) {
	week := func(from, to int, days ...int) []Hours {
		var out []Hours
		for _, d := range days {
			out = append(out, Hours{d, from, to})
		}
		return out
	}
	for _, c := range []struct {
		days, hours, start, end string
		want                    []Hours
	}{
		{"", "Mon-Fri 9:00-17:00", "", "", week(540, 1020, 1, 2, 3, 4, 5)},
		{"Tue-Sat", "10:00 - 18:30", "", "", week(600, 1110, 2, 3, 4, 5, 6)},
		{"Mon, Wed", "", "9:00 AM", "5:00 PM", week(540, 1020, 1, 3)},
		{"Sat-Mon", "8-4", "", "", week(480, 960, 6, 0, 1)},
		{"", "", "0730", "1600", week(450, 960, 1, 2, 3, 4, 5)},
		{"daily", "12:00 PM to 8 PM", "", "", week(720, 1200, 0, 1, 2, 3, 4, 5, 6)},
		{"", "flexible", "", "", nil},
		{"Mon", "17:00-9:00 PM", "", "", week(1020, 1260, 1)},
		{"Mon", "22:00-6:00", "", "", nil},
	} {
		fields := map[string]string{column.FullName: "Ana Ruiz", column.StaffRole: "Manager", column.WorkDays: c.days, column.WorkHours: c.hours, column.ShiftStart: c.start, column.ShiftEnd: c.end}
		if l := read(column.Staff, fields); !reflect.DeepEqual(l.Staff.Hours, c.want) {
			t.Errorf("%q %q %q-%q: %v, want %v", c.days, c.hours, c.start, c.end, l.Staff.Hours, c.want)
		}
	}
}

func TestRoles(t *testing.T) {
	for title, want := range map[string][]hearth.Role{
		"Property Manager": {hearth.RoleManager}, "Assistant Property Manager": {hearth.RoleAssistant}, "Leasing Consultant": {hearth.RoleLeasing},
		"Maintenance Supervisor": {hearth.RoleSupervisor}, "Service Manager": {hearth.RoleSupervisor}, "Maintenance Technician": {hearth.RoleTechnician}, "Porter": {hearth.RoleTechnician},
		"Resident Services Coordinator": {hearth.RoleCoordinator}, "Regional Manager": {hearth.RoleRegional}, "technician": {hearth.RoleTechnician},
		"Leasing / Assistant Manager": {hearth.RoleLeasing, hearth.RoleAssistant}, "Wizard": nil, "": nil,
	} {
		if got := roles(title); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", title, got, want)
		}
	}
}

func TestOrders(t *testing.T) {
	for _, c := range []struct{ status, done, canceled, from, want string }{
		{"New", "", "", "", "open"}, {"Completed", "", "", "", "complete"}, {"Open", "2025-10-03", "", "", "complete"}, {"In Progress", "", "", "2025-10-05", "scheduled"},
		{"Waiting for parts", "", "", "", "waiting"}, {"Canceled", "2025-10-03", "", "", "cancelled"}, {"", "", "2025-10-03", "", "cancelled"}, {"Not complete", "", "", "", "open"},
	} {
		l := read(column.Workorders, map[string]string{column.UnitLabel: "1", column.OrderText: "Tap drips", column.OrderOpened: "2025-10-02", column.OrderStatus: c.status,
			column.OrderDone: c.done, column.OrderCanceled: c.canceled, column.OrderFrom: c.from})
		if l.Problem != "" || l.Order.State != c.want {
			t.Errorf("%+v: %q (%s)", c, l.Order.State, l.Problem)
		}
	}
	l := read(column.Workorders, map[string]string{column.UnitLabel: "1", column.OrderTitle: "Sink", column.OrderText: "It leaks.", column.OrderPriority: "P1", column.OrderOpened: "2025-10-03 14:00", column.OrderDone: "2025-10-03"})
	if l.Order.Text != "Sink. It leaks." || l.Order.Priority != "emergency" || l.Order.Done.Before(l.Order.Opened) {
		t.Errorf("%+v", l.Order)
	}
}

// Told and cleared: what a row said and the next one leaves blank is taken back, and only that.
func TestCleared(t *testing.T) {
	row := func(fields map[string]string) *Line {
		fields[column.UnitLabel], fields[column.FullName] = "1", "Ana Ruiz"
		return read(column.Residents, fields)
	}
	before := row(map[string]string{column.NoticeOn: "2025-10-01", column.EmailAddr: "a@example.com", column.TextConsent: "yes"})
	digest, err := before.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got := row(map[string]string{column.EmailAddr: "a@example.com"}).Cleared(digest); !reflect.DeepEqual(got, []string{"notice_on"}) {
		t.Errorf("cleared %v", got)
	}
	if got := row(map[string]string{}).Cleared(""); got != nil {
		t.Errorf("a first row clears %v", got)
	}
	if !before.Said(digest, "+yes") || before.Said(digest, "+no") {
		t.Error("the mark of consent is lost")
	}
	again, _ := row(map[string]string{column.NoticeOn: "10/1/2025", column.EmailAddr: "A@example.com", column.TextConsent: "Y"}).Digest()
	if again != digest {
		t.Error("the same told in another writing is news")
	}
}

// Rows that belong together are joined, and group titles reach the rows under them.
func TestReaderJoinsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "roll.csv")
	text := `Unit,Resident,Charge Codes,Scheduled Charges
Building: North,,,
1,Ana Ruiz,RENT,1000.00
,,PET RENT,25.00
,,Concession,-100.00
1,Kim Lee,RENT,900.00
2,Lou Hill,PARKING,50.00
2,Lou Hill,RENT,800.00
Future Residents,,,
3,Max Stone,RENT,700.00,extra
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := table.Open(path, table.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	header := []string{"Unit", "Resident", "Charge Codes", "Scheduled Charges"}
	layout, err := table.FindLayout([]table.Row{{Line: 1, Cells: header}}, column.Known(column.Residents))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(f, layout, column.Recognise(column.Residents, header, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for {
		raw, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		l := options(column.Residents).Read(raw)
		if l.Problem != "" {
			got = append(got, l.Problem[:20])
			continue
		}
		got = append(got, strings.Join([]string{l.Home.Unit.Building, l.Home.People[0].Name(), l.Home.Status, value2(l.Home.RentCents)}, " "))
	}
	want := []string{"North Ana Ruiz  1000", "North Kim Lee  900", "North Lou Hill  800", "The row has 5 cells "}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func value2(cents int64) string {
	s := ""
	for n := cents / 100; n > 0; n /= 10 {
		s = string(rune('0'+n%10)) + s
	}
	return s
}

// Whatever stands in its cells, a row is either read or set aside with a reason, has a key, and the same cells give
// the same line.
func TestAnyRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]column.Kind{column.Units, column.Residents, column.Staff, column.Workorders, column.Payments, column.Messages}).Draw(t, "kind")
		fields := map[string]string{}
		for _, f := range column.Fields(k) {
			if rapid.IntRange(0, 2).Draw(t, "has") == 0 {
				fields[f.Name] = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"1", "Ana Ruiz", "2025-01-02", "$5.00", "yes", "VACANT", "a@b.com", "(503) 555-0101"})).Draw(t, f.Name)
			}
		}
		a, b := read(k, fields), read(k, fields)
		if a.Key == "" {
			t.Fatal("no key")
		}
		if a.Problem == "" && a.Unit == nil && a.Home == nil && a.Staff == nil && a.Order == nil && a.Payment == nil && a.Message == nil {
			t.Fatal("neither read nor set aside")
		}
		da, err := a.Digest()
		if db, _ := b.Digest(); err != nil || da != db || a.Key != b.Key {
			t.Fatalf("%v: %q %q, keys %q %q", err, da, db, a.Key, b.Key)
		}
	})
}
