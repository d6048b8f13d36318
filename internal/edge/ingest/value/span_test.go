package value

import (
	"reflect"
	"testing"
	"time"

	"hearth"
)

func TestSpans(t *testing.T) {
	day := func(m time.Month, d int) hearth.Day { return hearth.MakeDay(2025, m, d) }
	march := Span{day(3, 11), day(3, 24)}
	for _, c := range []struct {
		text  string
		order Order
		want  []Span
		bad   string
	}{
		{"2025-03-11..2025-03-24; 2025-05-01", MonthFirst, []Span{march, {day(5, 1), day(5, 1)}}, ""},
		{"3/11/2025 - 3/24/2025", MonthFirst, []Span{march}, ""},
		{"3/11/2025-3/24/2025, 5/1/2025", MonthFirst, []Span{march, {day(5, 1), day(5, 1)}}, ""},
		{"11.03.2025 – 24.03.2025", DayFirst, []Span{march}, ""},
		{"11-03-2025-24-03-2025", DayFirst, []Span{march}, ""},
		{"2025-03-11/2025-03-24", MonthFirst, []Span{march}, ""},
		{"March 11, 2025 to March 24, 2025", MonthFirst, []Span{march}, ""},
		{"March 11, 2025", MonthFirst, []Span{{day(3, 11), day(3, 11)}}, ""},
		{"2025-03-24..2025-03-11", MonthFirst, []Span{{day(3, 24), day(3, 11)}}, ""},
		{"", MonthFirst, nil, ""},
		{"2025-05-01; two weeks in June", MonthFirst, nil, "two weeks in June"},
		{"24/3/2025..30/3/2025", MonthFirst, nil, "24/3/2025..30/3/2025"},
	} {
		got, bad := Spans(c.text, c.order)
		if !reflect.DeepEqual(got, c.want) || bad != c.bad {
			t.Errorf("%q read %s: %v, bad %q; want %v, bad %q", c.text, c.order, got, bad, c.want, c.bad)
		}
	}
	var d Dates
	d.AddSpans("2/3/2025..4/3/2025; 24/3/2025 to 30/3/2025")
	if order, _ := d.Order(MonthFirst); order != DayFirst || d.Seen != 4 {
		t.Errorf("%+v says %s", d, order)
	}
}
