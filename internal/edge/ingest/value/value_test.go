package value

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDate(t *testing.T) {
	for _, c := range []struct {
		in    string
		order Order
		want  string
	}{
		{"2018-03-31 00:00:00", MonthFirst, "2018-03-31"},
		{"2018-03-31T00:00:00.000", MonthFirst, "2018-03-31"},
		{"2018-03-31T10:00:00Z", DayFirst, "2018-03-31"},
		{"11/13/2013", MonthFirst, "2013-11-13"},
		{"6/15/2017", MonthFirst, "2017-06-15"},
		{"06/15/17", MonthFirst, "2017-06-15"},
		{"15/6/2017", DayFirst, "2017-06-15"},
		{"15.06.2017", DayFirst, "2017-06-15"},
		{"3-4-2020", MonthFirst, "2020-03-04"},
		{"3-4-2020", DayFirst, "2020-04-03"},
		{"09/12/2014 12:00:00 AM", MonthFirst, "2014-09-12"},
		{"2024/02/29", MonthFirst, "2024-02-29"},
		{"2023/02/29", MonthFirst, ""},
		{"Mar 31, 2018", MonthFirst, "2018-03-31"},
		{"31-Mar-18", MonthFirst, "2018-03-31"},
		{"31 March 2018", MonthFirst, "2018-03-31"},
		{"March 3rd, 2018", MonthFirst, "2018-03-03"},
		{"20180331", MonthFirst, "2018-03-31"},
		{"43190", MonthFirst, "2018-03-31"},
		{"43190.5", MonthFirst, "2018-03-31"},
		{"13/13/2013", MonthFirst, ""},
		{"1,234.50", MonthFirst, ""},
		{"555-123-4567", MonthFirst, ""},
		{"10.0.0.1", MonthFirst, ""},
		{"MTM", MonthFirst, ""},
		{"", MonthFirst, ""},
		{"0000-00-00", MonthFirst, ""},
		{"2018-03-31 nonsense", MonthFirst, ""},
	} {
		got, ok := Date(c.in, c.order)
		if got.String() != c.want || ok != (c.want != "") {
			t.Errorf("Date(%q, %s) = %q, %v; want %q", c.in, c.order, got, ok, c.want)
		}
	}
}

func TestTimeInZone(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in, want string
		exact    bool
	}{
		{"08/01/2017 2:05 PM", "2017-08-01T14:05:00-04:00", true},
		{"2017-08-01 14:05:09", "2017-08-01T14:05:09-04:00", true},
		{"2017-01-01", "2017-01-01T00:00:00-05:00", false},
		{"2017-01-01T05:00:00Z", "2017-01-01T00:00:00-05:00", true},
		{"2017-01-01T05:00:00.250+02:00", "2016-12-31T22:00:00-05:00", true},
		{"43190.75", "2018-03-31T18:00:00-04:00", true},
	} {
		got, exact, ok := Time(c.in, MonthFirst, zone)
		if !ok || exact != c.exact || got.In(zone).Format(time.RFC3339) != c.want {
			t.Errorf("Time(%q) = %v exact %v ok %v; want %s", c.in, got.In(zone).Format(time.RFC3339), exact, ok, c.want)
		}
	}
	if _, _, ok := Time("soon", MonthFirst, zone); ok {
		t.Error("words are not a time")
	}
}

func TestDateOrderOfColumn(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  Order
	}{
		{[]string{"1/2/2020", "3/4/2020", "25/12/2020"}, DayFirst},
		{[]string{"1/2/2020", "12/25/2020"}, MonthFirst},
		{[]string{"1/2/2020", "3/4/2020"}, MonthFirst},
		{[]string{"2020-01-02"}, MonthFirst},
		{[]string{"13/1/2020", "14/1/2020", "1/15/2020"}, DayFirst},
	} {
		var d Dates
		for _, s := range c.cells {
			d.Add(s)
		}
		if got, _ := d.Order(MonthFirst); got != c.want {
			t.Errorf("order of %v = %s, want %s", c.cells, got, c.want)
		}
	}
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]int64{
		"$1,234.50": 123450, "1234.5": 123450, "(12.00)": -1200, "-12": -1200, "$ -1,000": -100000, "12.00-": -1200,
		"1.234,50 €": 123450, "1,234": 123400, "0": 0, "$0.00": 0, "12.005": 1201, "1,234,567.89": 123456789, "12.00 CR": -1200,
		".50": 50, "12,5": 1250, "1 234.00": 123400, "($1,050)": -105000,
	} {
		if got, ok := Money(in); !ok || got != want {
			t.Errorf("Money(%q) = %d, %v; want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "abc", "12/31/2020", "1,23,4", "101A", "--", "$", "99999999999999999999"} {
		if got, ok := Money(in); ok {
			t.Errorf("Money(%q) = %d, want none", in, got)
		}
	}
}

func TestPhonesAndMail(t *testing.T) {
	for in, want := range map[string]string{
		"(503) 555-0123": "+15035550123", "503.555.0123": "+15035550123", "5035550123": "+15035550123", "+1 503 555 0123": "+15035550123",
		"Mobile: (503) 555-0123": "+15035550123", "Phone: 503-555-0123, Mobile: 503-555-0199": "+15035550123", "+44 20 7946 0018": "+442079460018", "503-555-0123 x22": "+15035550123",
	} {
		if got, ok := Phone(in, "US"); !ok || got != want {
			t.Errorf("Phone(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "123", "n/a", "call me", "000"} {
		if got, ok := Phone(in, "US"); ok {
			t.Errorf("Phone(%q) = %q, want none", in, got)
		}
	}
	for in, want := range map[string]string{
		"Ana.Ruiz@Example.com": "ana.ruiz@example.com", "<kim@example.org>": "kim@example.org", "a@example.com; b@example.com": "a@example.com", "o'hara@example.com": "o'hara@example.com",
	} {
		if got, ok := Email(in); !ok || got != want {
			t.Errorf("Email(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "kim@", "@example.com", "kim@example", "kim@ex..com", "a b@example.com\x00", "none"} {
		if got, ok := Email(in); ok && got != "b@example.com" {
			t.Errorf("Email(%q) = %q, want none", in, got)
		}
	}
}

func TestPeople(t *testing.T) {
	for _, c := range []struct {
		in    string
		order NameOrder
		want  []Person
	}{
		{"Kim Lee", FirstLast, []Person{{First: "Kim", Last: "Lee"}}},
		{"Lee Kim", LastFirst, []Person{{First: "Kim", Last: "Lee"}}},
		{"Lee, Kim", FirstLast, []Person{{First: "Kim", Last: "Lee"}}},
		{"Lee, Kim A.", LastFirst, []Person{{First: "Kim", Middle: "A.", Last: "Lee"}}},
		{"John Smith Jr", FirstLast, []Person{{First: "John", Last: "Smith", Suffix: "Jr."}}},
		{"Smith Jr, John", FirstLast, []Person{{First: "John", Last: "Smith", Suffix: "Jr."}}},
		{"John Smith, III", FirstLast, []Person{{First: "John", Last: "Smith", Suffix: "III"}}},
		{"John & Jane Smith", FirstLast, []Person{{First: "John", Last: "Smith"}, {First: "Jane", Last: "Smith"}}},
		{"Smith, John & Jane", FirstLast, []Person{{First: "John", Last: "Smith"}, {First: "Jane", Last: "Smith"}}},
		{"Ana Ruiz and Kim Lee", FirstLast, []Person{{First: "Ana", Last: "Ruiz"}, {First: "Kim", Last: "Lee"}}},
		{"Ana Ruiz, Kimberly Lee", FirstLast, []Person{{First: "Ana", Last: "Ruiz"}, {First: "Kimberly", Last: "Lee"}}},
		{"Ana Ruiz; Kim Lee", FirstLast, []Person{{First: "Ana", Last: "Ruiz"}, {First: "Kim", Last: "Lee"}}},
		{"De La Cruz, Ana Maria", FirstLast, []Person{{First: "Ana", Middle: "Maria", Last: "De La Cruz"}}},
		{"Ana de la Cruz", FirstLast, []Person{{First: "Ana", Last: "de la Cruz"}}},
		{"Van Dyke Peter", LastFirst, []Person{{First: "Peter", Last: "Van Dyke"}}},
		{"MCDONALD, SARAH", FirstLast, []Person{{First: "Sarah", Last: "McDonald"}}},
		{"Robert \"Bob\" Stone", FirstLast, []Person{{First: "Robert", Last: "Stone", Preferred: "Bob"}}},
		{"Mr. Robert Stone", FirstLast, []Person{{First: "Robert", Last: "Stone"}}},
		{"Harbor Nursing LLC", FirstLast, []Person{{Last: "Harbor Nursing LLC"}}},
		{"Prince", FirstLast, []Person{{Last: "Prince"}}},
		{"  Kim   Lee ", FirstLast, []Person{{First: "Kim", Last: "Lee"}}},
		{"VACANT", FirstLast, nil},
		{"", FirstLast, nil},
		{"N/A", FirstLast, nil},
	} {
		got := People(c.in, c.order)
		if len(got) != len(c.want) {
			t.Errorf("People(%q) = %+v, want %+v", c.in, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("People(%q)[%d] = %+v, want %+v", c.in, i, got[i], c.want[i])
			}
		}
	}
}

func TestNameOrderOfColumn(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  NameOrder
	}{
		{[]string{"Okafor James", "Ruiz Ana", "VACANT", "Lee Kimberly"}, LastFirst},
		{[]string{"James Okafor", "Ana Ruiz", "VACANT", "Kimberly Lee"}, FirstLast},
		{[]string{"Stone Robert A", "Hill Susan B"}, LastFirst},
		{[]string{"Ruiz, Ana", "Lee, Kim"}, FirstLast},
		{[]string{"Ana & Luis Ruiz", "Xu Wei"}, FirstLast},
	} {
		var n Names
		for _, s := range c.cells {
			n.Add(s)
		}
		if got, _ := n.Order(); got != c.want {
			t.Errorf("order of %v = %s, want %s (%+v)", c.cells, got, c.want, n)
		}
	}
}

func TestVacant(t *testing.T) {
	for in, want := range map[string]string{"VACANT": "vacant", "- Vacant -": "vacant", "Vacant Unit": "vacant", "MODEL": "model", "Down": "down", "Mo Dell": "", "Kim Lee": ""} {
		if got := Vacant(in); got != want {
			t.Errorf("Vacant(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	for in, want := range map[string]string{"AA101   ": "AA101", "Apt A-101": "A101", "a 101": "A101", "#0012": "12", "000": "000", "Unit 4B": "4B"} {
		if got := UnitKey(in); got != want {
			t.Errorf("UnitKey(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]bool{"A-101": true, "4B": true, "AA101   ": true, "12/31/2020": false, "$950": false, "Kim Lee": false, "1,050.00": false, "B": true, "": false, "5035550123": false} {
		if got := LooksLikeUnit(in); got != want {
			t.Errorf("LooksLikeUnit(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestSSN(t *testing.T) {
	for in, want := range map[string]bool{"123-45-6789": true, "XXX-XX-6789": true, "***-**-6789": true, "503-555-0123": false, "2020-01-02": false, "": false} {
		if got := LooksLikeSSN(in); got != want {
			t.Errorf("LooksLikeSSN(%q) = %v, want %v", in, got, want)
		}
	}
}

// Whatever stands in a cell, reading it must not fail in an unexpected way, and what is read stays within bounds.
func TestAnythingCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9A-Za-z ,./:&()$@"#-]{0,40}`)).Draw(t, "cell")
		for _, o := range []Order{MonthFirst, DayFirst} {
			if d, ok := Date(s, o); ok {
				if y, _, _ := d.Date(); y < minYear || y > maxYear {
					t.Fatalf("Date(%q) = %s", s, d)
				}
			}
			Time(s, o, time.UTC)
		}
		Money(s)
		Number(s)
		if yes, ok := Bool(s); yes && !ok {
			t.Fatalf("Bool(%q) is yes and unreadable", s)
		}
		Email(s)
		LooksLikePhone(s)
		UnitKey(s)
		for _, p := range People(s, LastFirst) {
			if p.First == "" && p.Last == "" && p.Preferred == "" {
				t.Fatalf("People(%q) gives a person without a name", s)
			}
		}
		var d Dates
		d.Add(s)
		var n Names
		n.Add(s)
		LooksLikeName(s)
		Vacant(s)
	})
}

// A date that is written in any of the usual ways is read back as the same day.
func TestDatesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1975, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 30000).Draw(t, "days"))
		for layout, order := range map[string]Order{
			time.DateOnly: MonthFirst, "1/2/2006": MonthFirst, "2/1/2006": DayFirst, "02.01.2006": DayFirst, "Jan 2, 2006": MonthFirst,
			"2-Jan-2006": DayFirst, time.DateTime: MonthFirst, "01/02/2006 03:04:05 PM": MonthFirst, "20060102": MonthFirst, "2006-01-02T15:04:05": DayFirst,
		} {
			s := day.Format(layout)
			if got, ok := Date(s, order); !ok || got.String() != day.Format(time.DateOnly) {
				t.Fatalf("Date(%q, %s) = %s, %v", s, order, got, ok)
			}
		}
	})
}
