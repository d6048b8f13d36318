package signal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/rule"
)

// anyEvent draws an event of the catalog, or nearly: with wrong types, missing fields and odd times among them.
func anyEvent(rt *rapid.T, base time.Time) *hearth.Event {
	typ := rapid.SampledFrom(append(Types(), "something.else")).Draw(rt, "type")
	fields := map[string]any{}
	draw := func(name string, values ...any) {
		if rapid.Bool().Draw(rt, "has "+name) {
			fields[name] = rapid.SampledFrom(values).Draw(rt, name)
		}
	}
	day := func() any {
		return hearth.DayOf(base.AddDate(0, 0, rapid.IntRange(-500, 500).Draw(rt, "days")), time.UTC).String()
	}
	draw("lease", "L1", "L2", "L3", "L4", 7)
	draw("unit", "4B", "7C", "9D", "1A", nil)
	draw("start", day(), "never", 3)
	draw("end", day(), "")
	draw("move_in", day())
	draw("move_out", day(), "2026-13-01")
	draw("date", day())
	draw("status", "applicant", "approved", "current", "past", "cancelled", "odd")
	draw("month_to_month", true, false, "yes")
	draw("term", 1, 2, 3, "x", 1.5)
	draw("workorder", "a", "b", "c", "d")
	draw("category", "plumbing", "HVAC", "", 4)
	draw("priority", "urgent", "routine")
	draw("text", "Thank you, great", "This is terrible", "ok", 5)
	draw("question", "resolved_properly", "how easy", "recommend", "odd", 3)
	draw("promise", "p1", "p2", "p3", 9)
	draw("due", base.AddDate(0, 0, rapid.IntRange(-60, 60).Draw(rt, "due")).Format(time.RFC3339), "soon")
	draw("class", "relation", "service", "answer")
	draw("purpose", "reply", "renewal")
	draw("kind", "hard", "visit", "package", "attendance", "call", "letter")
	draw("channel", "email", "sms", "call", "letter")
	draw("staff", "s1", "s2", "s3")
	draw("score", 1, 5, 9, -3, "high")
	draw("amount", 12.5, 0, "much")
	draw("role", "leaseholder", "minor", string(bytes.Repeat([]byte("é"), 60)))
	draw("primary", true, false)
	draw("email", true, false)
	draw("due_date", day())
	draw("paid_date", day())
	draw("message", "m1", "m2", "m3")
	draw("tone", "negative", "positive", "blue", 2)
	raw, err := json.Marshal(fields)
	if err != nil {
		rt.Fatal(err)
	}
	ev := &hearth.Event{ID: rapid.SampledFrom([]string{"", "m2", "m3", "m4"}).Draw(rt, "id"), Type: typ, Time: base.Add(time.Duration(rapid.IntRange(-500*24*60, 500*24*60).Draw(rt, "minutes")) * time.Minute), Data: raw}
	if rapid.Bool().Draw(rt, "order") {
		ev.Subject = hearth.Subject{Kind: "workorder", ID: rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(rt, "subject")}
	}
	if rapid.IntRange(0, 9).Draw(rt, "odd") == 0 {
		ev.Data = json.RawMessage(rapid.SampledFrom([]string{"", "null", "[]", "{", `"x"`, "\xff"}).Draw(rt, "raw"))
	}
	return ev
}

// Any history: folding does not panic, is repeatable to the byte, stays bounded, and survives the way to disk and
// back at every step; every field can be read, and NextChange answers for each.
func TestAnyHistory(t *testing.T) {
	z := zone(t)
	fields := Fields()
	rapid.Check(t, func(rt *rapid.T) {
		base := time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC)
		var events []*hearth.Event
		for range rapid.IntRange(0, 40).Draw(rt, "n") {
			events = append(events, anyEvent(rt, base))
		}
		a, b := &State{}, &State{}
		for _, ev := range events {
			a.Fold(ev, z)
			b.Fold(ev, z)
			raw := b.AppendBinary([]byte("x"))[1:]
			var err error
			if b, err = Decode(raw); err != nil {
				rt.Fatalf("after %s %s: %v", ev.Type, ev.Data, err)
			}
			if got := a.AppendBinary(nil); !bytes.Equal(got, raw) {
				rt.Fatalf("after %s %s: the state that was stored in between differs", ev.Type, ev.Data)
			}
		}
		v, w := NewView(a, base, z), View{State: b, Now: base, Zone: z}
		for i, f := range fields {
			x, okX := v.Field(i)
			y, okY := w.Field(i)
			if okX != okY || !reflect.DeepEqual(x, y) {
				rt.Fatalf("%s: %v, stored and read back %v", f.Name, x, y)
			}
			if next := v.NextChange(rule.Atom{Field: i, Op: "<", Value: 3, Simple: true}); !next.IsZero() && !next.After(base) {
				rt.Fatalf("%s: next change %v is not after %v", f.Name, next, base)
			}
		}
	})
}

// Folding the same events in another order gives the same windows; levels agree up to rounding.
func TestOrderDoesNotMatterForCounts(t *testing.T) {
	z := zone(t)
	types := []hearth.EventType{"workorder.opened", "message.sent", "message.received", "portal.visited", "promise.missed", "promise.made", "promise.kept", "payment.recorded",
		"contact.personal", "visit.recorded", "survey.answered", "workorder.completed"}
	rapid.Check(t, func(rt *rapid.T) {
		base := time.Date(2026, 11, 3, 4, 30, 0, 0, time.UTC)
		var events []*hearth.Event
		for i := range rapid.IntRange(0, 30).Draw(rt, "n") {
			pick := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(rt, name) }
			at := base.Add(-time.Duration(rapid.IntRange(0, 200*24).Draw(rt, "hours"))*time.Hour - time.Duration(i)*time.Second)
			events = append(events, &hearth.Event{Type: rapid.SampledFrom(types).Draw(rt, "type"), Time: at,
				Subject: hearth.Subject{Kind: "workorder", ID: fmt.Sprint(i)},
				Data: json.RawMessage(`{"class":"relation","category":"` + pick("category", "a", "b") + `","staff":"s1","late":true,"text":"great","score":4,` +
					`"question":"` + pick("question", "how_easy", "as_expected") + `","channel":"` + pick("channel", "call", "letter", "email") +
					`","kind":"` + pick("kind", "call", "visit", "package", "attendance") + `","promise":"` + pick("promise", "p1", "p2", "p3", "p4") +
					`","due":"` + base.AddDate(0, 0, i-10).Format(time.RFC3339) + `"}`)})
		}
		a, b := &State{}, &State{}
		for _, ev := range events {
			a.Fold(ev, z)
		}
		for _, i := range rapid.Permutation(indexes(len(events))).Draw(rt, "order") {
			b.Fold(events[i], z)
		}
		v, w := NewView(a, base, z), NewView(b, base, z)
		for i, f := range Fields() {
			x, okX := v.Field(i)
			y, okY := w.Field(i)
			same := reflect.DeepEqual(x, y)
			if fx, isFloat := x.(float64); isFloat && okX && okY {
				same = math.Abs(fx-y.(float64)) < 1e-9
			}
			if okX != okY || !same {
				rt.Fatalf("%s: %v in one order, %v in another", f.Name, x, y)
			}
		}
	})
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Windows against a recount from all events, at any day and hour, across daylight saving and month ends.
func TestWindowsAgainstRecount(t *testing.T) {
	z := zone(t)
	windows := []struct {
		typ   hearth.EventType
		field string
		days  int
	}{
		{"workorder.opened", "service.opened_30d", 30}, {"workorder.opened", "service.opened_90d", 90}, {"workorder.opened", "service.opened_365d", 365},
		{"workorder.reopened", "service.reopened_90d", 90}, {"message.sent", "messages.received_7d", 7}, {"message.sent", "messages.received_30d", 30},
		{"message.received", "messages.inbound_7d", 7}, {"message.received", "messages.inbound_30d", 30}, {"promise.missed", "promises.broken_90d", 90},
		{"promise.kept", "promises.kept_90d", 90}, {"portal.visited", "engagement.acts_30d", 30},
		{"workorder.opened", "service.opened_7d", 7}, {"message.received", "engagement.replies_90d", 90}, {"portal.visited", "engagement.portal_90d", 90},
		{"contact.personal", "connection.contacts_90d", 90}, {"contact.personal", "engagement.visits_90d", 90}, {"visit.recorded", "engagement.visits_90d", 90},
	}
	rapid.Check(t, func(rt *rapid.T) {
		win := rapid.SampledFrom(windows).Draw(rt, "window")
		now := time.Date(2025, 12, 1, 5, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(rt, "now")) * time.Minute)
		s := &State{}
		var times []time.Time
		for i := range rapid.IntRange(0, 60).Draw(rt, "n") {
			at := now.Add(-time.Duration(rapid.IntRange(0, 2*win.days*24*60).Draw(rt, "ago")) * time.Minute)
			times = append(times, at)
			s.Fold(&hearth.Event{Type: win.typ, Time: at, Subject: hearth.Subject{Kind: "workorder", ID: fmt.Sprint(i)}}, z)
		}
		want := int64(0)
		y, m, d := now.In(z).Date()
		for _, at := range times {
			ay, am, ad := at.In(z).Date()
			age := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(ay, am, ad, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour)
			if int(age) < win.days {
				want++
			}
		}
		if got, _ := NewView(s, now, z).Int(win.field); got != want {
			rt.Fatalf("%s at %v: got %d, want %d of %v", win.field, now.In(z), got, want, times)
		}
	})
}

// Repeats against a recount over all pairs.
func TestRepeatsAgainstRecount(t *testing.T) {
	z := zone(t)
	rapid.Check(t, func(rt *rapid.T) {
		today := hearth.MakeDay(2026, 6, 1)
		s := &State{}
		var all []opening
		for i := range rapid.IntRange(0, 25).Draw(rt, "n") {
			o := opening{today - hearth.Day(rapid.IntRange(0, 200).Draw(rt, "ago")), uint32(rapid.IntRange(0, 2).Draw(rt, "category"))}
			all = append(all, o)
			s.Fold(&hearth.Event{Type: "workorder.opened", Time: o.day.At(600, z), Subject: hearth.Subject{Kind: "workorder", ID: fmt.Sprint(i)},
				Data: json.RawMessage(fmt.Sprintf(`{"category":"c%d"}`, o.category))}, z)
		}
		want := int64(0)
		for i, o := range all {
			for j, p := range all {
				earlier := p.day < o.day || p.day == o.day && j < i
				if today-o.day < 90 && p.category == o.category && earlier && o.day-p.day < 90 {
					want++
					break
				}
			}
		}
		if got := s.repeats(today); got != want {
			rt.Fatalf("got %d, want %d of %v", got, want, all)
		}
	})
}

// NextChange against looking every hour: no answer may change before the instant that it names, and for fields that
// are no mixtures the answer does change there.
func TestNextChangeAgainstLooking(t *testing.T) {
	z := zone(t)
	fields := Fields()
	var numeric []int
	for i, f := range fields {
		if f.Clock && (f.Type == rule.Int || f.Type == rule.Double) {
			numeric = append(numeric, i)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		base := time.Date(2026, 2, 27, 17, 3, 0, 0, time.UTC)
		s := &State{}
		for range rapid.IntRange(1, 25).Draw(rt, "n") {
			s.Fold(anyEvent(rt, base), z)
		}
		i := rapid.SampledFrom(numeric).Draw(rt, "field")
		value := float64(rapid.IntRange(-2, 60).Draw(rt, "value"))
		if fields[i].Type == rule.Double {
			value /= 40
		}
		a := rule.Atom{Field: i, Op: rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(rt, "op"), Value: value, Simple: true}
		v := NewView(s, base, z)
		next := v.NextChange(a)
		answerAt := func(at time.Time) answer {
			w := watch{reader{s: s, now: at.UnixMilli(), today: hearth.DayOf(at, z), zone: z}, a}
			return w.at(at.UnixMilli(), hearth.DayOf(at, z))
		}
		now := answerAt(base)
		for at := base; at.Before(base.AddDate(0, 0, 120)) && (next.IsZero() || at.Before(next)); at = at.Add(time.Hour) {
			if got := answerAt(at); got != now {
				rt.Fatalf("%s %s %v changes from %d to %d at %v, before %v", fields[i].Name, a.Op, a.Value, now, got, at, next)
			}
		}
		early := i == engagementDrop || i == frustrationLevel || !next.Before(base.AddDate(0, 0, horizon-1))
		if !next.IsZero() && !early && answerAt(next) == now {
			rt.Fatalf("%s %s %v does not change at %v", fields[i].Name, a.Op, a.Value, next)
		}
	})
}

// The same for what is a word or yes and no, where every answer is a comparison with what it reads now.
func TestTurningAgainstLooking(t *testing.T) {
	z := zone(t)
	rapid.Check(t, func(rt *rapid.T) {
		base := time.Date(2026, 2, 27, 17, 3, 0, 0, time.UTC)
		s := &State{}
		for range rapid.IntRange(1, 25).Draw(rt, "n") {
			s.Fold(anyEvent(rt, base), z)
		}
		i := rapid.SampledFrom([]int{leaseStatusField, leaseMonthToMonth}).Draw(rt, "field")
		next := NewView(s, base, z).NextChange(rule.Atom{Field: i})
		was, known := NewView(s, base, z).Field(i)
		for day := range 500 {
			at := base.AddDate(0, 0, day)
			is, ok := NewView(s, at, z).Field(i)
			switch turned := ok != known || is != was; {
			case turned && (next.IsZero() || at.Before(next)):
				rt.Fatalf("field %d turns from %v to %v at %v, before %v", i, was, is, at, next)
			case !next.IsZero() && !at.Before(next):
				if !turned {
					rt.Fatalf("field %d still is %v at %v, after %v", i, was, at, next)
				}
				return
			}
		}
	})
}

func TestNextChange(t *testing.T) {
	st := newStory(t)
	st.on("2026-01-01", "lease.recorded", `"unit":"4B","start":"2025-12-01","end":"2026-11-30"`)
	st.on("2026-03-01 12:00", "portal.visited", "").order("2026-03-01", "workorder.opened", "a", "")
	at := st.clock("2026-03-05")
	tests := []struct {
		field string
		op    string
		value float64
		want  string // local; "" for never
	}{
		{"lease.days_to_end", "<=", 120, "2026-08-02 00:00"},
		{"lease.days_to_end", "<", 30, "2026-11-01 00:00"},
		{"lease.days_to_end", "==", 29, "2026-11-01 00:00"},
		{"lease.days_to_end", "<=", 300, "2026-12-01 00:00"}, // true now, not known after the end
		{"lease.days_since_move_in", ">=", 100, "2026-03-11 00:00"},
		{"engagement.last_days", ">=", 30, "2026-03-31 00:00"},
		{"service.opened_30d", ">=", 1, "2026-03-31 00:00"},
		{"service.opened_30d", ">", 1, ""},
		{"service.opened_365d", ">=", 1, "2027-03-01 00:00"},
		{"service.total", ">=", 1, ""},
		{"service.days_waiting", ">", 6, "2026-03-08 00:00"},
		{"service.days_waiting", ">", 7, "2026-03-09 00:00"}, // the short day in between
		{"engagement.level", "<", 0.3, "2026-03-31 13:00"},   // 30 days of 24 hours: summer time has begun
		{"engagement.level", ">", 2, ""},
		{"engagement.level", "<", -1, ""},
		{"lease.status", "==", 0, ""},
	}
	for _, tt := range tests {
		got := NewView(st.s, at, st.zone).NextChange(rule.Atom{Field: index(tt.field), Op: tt.op, Value: tt.value, Simple: true})
		if tt.want == "" {
			if !got.IsZero() {
				t.Errorf("%s %s %v: got %v, want never", tt.field, tt.op, tt.value, got.In(st.zone))
			}
			continue
		}
		if want := st.clock(tt.want); !got.Truncate(time.Minute).Equal(want) {
			t.Errorf("%s %s %v: got %v, want %v", tt.field, tt.op, tt.value, got.In(st.zone), want)
		}
	}
	view := NewView(st.s, at, st.zone)
	if got := view.NextChange(rule.Atom{Field: index("lease.days_to_end")}); !got.Equal(st.clock("2026-03-06 00:00")) {
		t.Errorf("not simple: got %v, want the next midnight", got)
	}
	if got := view.NextChange(rule.Atom{Field: index("lease.status")}); !got.IsZero() {
		t.Errorf("a status without a day to change on: got %v, want never", got)
	}
	if got := view.NextChange(rule.Atom{Field: index("lease.month_to_month")}); !got.Equal(st.clock("2026-12-01 00:00")) {
		t.Errorf("month to month: got %v, want the day after the term", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	st := newStory(t)
	rich(st)
	good := st.s.AppendBinary(nil)
	if _, err := Decode(good); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "another version": append([]byte{99}, good[1:]...), "more": append(bytes.Clone(good), 0)} {
		if _, err := Decode(b); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for n := range good {
		if _, err := Decode(good[:n]); err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(good))
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := bytes.Clone(good)
		for range rapid.IntRange(1, 4).Draw(rt, "n") {
			b[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		s, err := Decode(b)
		if err != nil {
			return
		}
		// Damage that still reads must not make trouble later.
		s.AppendBinary(nil)
		v := NewView(s, st.clock("2026-06-20"), st.zone)
		for i := range numFields {
			v.Field(i)
		}
	})
}

// The size of a state does not grow with the length of the history.
func TestSizeIsBounded(t *testing.T) {
	z := zone(t)
	s := &State{}
	at := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	var after2, after6 int
	for n := range 6 * 365 {
		for i, typ := range Types() {
			s.Fold(&hearth.Event{Type: typ, Time: at.AddDate(0, 0, n).Add(time.Duration(i) * time.Minute), Subject: hearth.Subject{Kind: "workorder", ID: fmt.Sprint(n)},
				Data: json.RawMessage(fmt.Sprintf(`{"category":"c%d","staff":"s%d","lease":"L%d","start":"2026-01-01","late":true}`, n, n, n))}, z)
		}
		switch n {
		case 2 * 365:
			after2 = len(s.AppendBinary(nil))
		case 6*365 - 1:
			after6 = len(s.AppendBinary(nil))
		}
	}
	// Everything every day is the worst case; what is left to grow are the digits of numbers.
	if after6 > after2+100 || after6 > 8000 {
		t.Errorf("%d bytes after two years of everything every day, %d after six", after2, after6)
	}
}

func TestUsualSize(t *testing.T) {
	st := newStory(t)
	st.on("2025-06-01", "resident.added", `"role":"leaseholder","primary":true,"email":true,"phone":true`)
	st.on("2025-06-02", "lease.recorded", `"lease":"L1","unit":"4B","start":"2025-07-01","end":"2026-06-30","move_in":"2025-07-03","term":1`)
	for i, day := range []string{"2025-08-02", "2025-11-01", "2026-03-03"} {
		st.order(day, "workorder.opened", fmt.Sprint(i), `"category":"plumbing"`).order(day+" 18:00", "workorder.completed", fmt.Sprint(i), "")
		st.on(day, "message.sent", `"class":"service"`).on(day, "message.received", `"text":"thanks"`).on(day, "portal.visited", "")
	}
	n := len(st.s.AppendBinary(nil))
	t.Logf("%d bytes", n)
	if n > 300 {
		t.Errorf("a usual resident takes %d bytes", n)
	}
}

func benchEvents(b *testing.B) (*story, []*hearth.Event) {
	st := newStory(b)
	rich(st)
	at := st.clock("2026-06-21")
	data := []struct{ typ, data string }{
		{"portal.visited", "{}"}, {"message.sent", `{"class":"service","channel":"email","message":"msg_0123456789"}`},
		{"message.received", `{"channel":"email","text":"The sink is fine now, thank you"}`}, {"workorder.opened", `{"description":"Sink","category":"plumbing","priority":"routine"}`},
		{"workorder.completed", `{"resolution":"done"}`}, {"message.opened", `{"message":"msg_0123456789"}`}, {"promise.kept", `{"promise":"p"}`},
	}
	var events []*hearth.Event
	for i := range 700 {
		d := data[i%len(data)]
		events = append(events, &hearth.Event{Type: hearth.EventType(d.typ), Data: json.RawMessage(d.data), Time: at.Add(time.Duration(i) * time.Hour),
			Subject: hearth.Subject{Kind: "workorder", ID: fmt.Sprint(i / len(data))}})
	}
	return st, events
}

func BenchmarkFold(b *testing.B) {
	st, events := benchEvents(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		st.s.Fold(events[i%len(events)], st.zone)
		i++
	}
}

func BenchmarkEncode(b *testing.B) {
	st, events := benchEvents(b)
	for _, ev := range events[:50] {
		st.s.Fold(ev, st.zone)
	}
	buf := st.s.AppendBinary(nil)
	b.ReportMetric(float64(len(buf)), "bytes")
	b.ReportAllocs()
	for b.Loop() {
		buf = st.s.AppendBinary(buf[:0])
	}
}

func BenchmarkDecode(b *testing.B) {
	st, _ := benchEvents(b)
	buf := st.s.AppendBinary(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFields(b *testing.B) {
	st, _ := benchEvents(b)
	v := NewView(st.s, st.clock("2026-06-20"), st.zone)
	b.ReportAllocs()
	for b.Loop() {
		for i := range numFields {
			v.Field(i)
		}
	}
}

func BenchmarkNextChange(b *testing.B) {
	st, _ := benchEvents(b)
	v := NewView(st.s, st.clock("2026-06-20"), st.zone)
	for _, a := range []rule.Atom{{Field: leaseDaysToEnd, Op: "<=", Value: 5, Simple: true}, {Field: serviceOpened90, Op: ">", Value: 2, Simple: true},
		{Field: engagementLevel, Op: "<", Value: 0.4, Simple: true}, {Field: frustrationLevel, Op: ">", Value: 0.99, Simple: true}} {
		b.Run(name(a.Field), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.NextChange(a)
			}
		})
	}
}
