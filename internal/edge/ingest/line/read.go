package line

import (
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// Read says what a row says. A row that cannot be right comes back with Problem.
func (o Options) Read(raw *Raw) *Line {
	l := &Line{File: raw.File, N: raw.N, Fields: raw.Fields, Problem: raw.Problem}
	r := &reading{Options: o, raw: raw, line: l}
	if l.Problem == "" {
		switch o.Kind {
		case column.Units:
			r.unit()
		case column.Residents:
			r.home()
		case column.Staff:
			r.staff()
		case column.Workorders:
			r.order()
		case column.Payments:
			r.payment()
		case column.Messages:
			r.message()
		}
	}
	if l.Key == "" {
		l.Key = keyOf("row", raw.File, fmt.Sprint(raw.N)) // quarantined before it could be named
	}
	if l.What == "" {
		l.What = r.about()
	}
	return l
}

// reading is one row on its way.
type reading struct {
	Options
	raw  *Raw
	line *Line
}

func (r *reading) get(field string) string {
	v := r.raw.Get(field)
	if value.None(v) {
		return ""
	}
	return v
}

// problem sets the row aside; the first reason stands.
func (r *reading) problem(format string, args ...any) {
	if r.line.Problem == "" {
		r.line.Problem = fmt.Sprintf(format, args...)
	}
}

func (r *reading) note(format string, args ...any) {
	r.line.Notes = append(r.line.Notes, fmt.Sprintf(format, args...))
}

// about names the row for a person when nothing better is known.
func (r *reading) about() string {
	var parts []string
	for _, f := range []string{column.FullName, column.FirstName, column.LastName, column.UnitLabel, column.OrderID, column.PayID, column.MessageID} {
		if v := r.get(f); v != "" {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, ", ")
}

// date reads a date field as 2026-11-21, "" when it is blank.
func (r *reading) date(field string) string {
	s := r.get(field)
	if s == "" {
		return ""
	}
	d, ok := value.Date(s, r.Dates)
	if !ok {
		r.problem("%s is %q, which is not a date (read %s). Correct it in the file.", words(field), s, r.Dates)
		return ""
	}
	return d.String()
}

// time reads a date field with its time of day; the zero time when it is blank.
func (r *reading) time(field string) (time.Time, bool) {
	s := r.get(field)
	if s == "" {
		return time.Time{}, false
	}
	t, exact, ok := value.Time(s, r.Dates, r.Zone)
	if !ok {
		r.problem("%s is %q, which is not a date or time (read %s). Correct it in the file.", words(field), s, r.Dates)
		return time.Time{}, false
	}
	return t.UTC(), exact
}

func (r *reading) money(field string) int64 {
	s := r.get(field)
	if s == "" {
		return 0
	}
	cents, ok := value.Money(s)
	if !ok {
		r.problem("%s is %q, which is not an amount. Correct it in the file.", words(field), s)
	}
	return cents
}

// number reads a number that may be missing; an unreadable one is left out.
func (r *reading) number(field string) float64 {
	s := r.get(field)
	if s == "" {
		return 0
	}
	f, ok := value.Number(s)
	if !ok {
		if f, ok = inWords(s); ok {
			return f
		}
		r.note("%s %q was left out: it is not a number", words(field), s)
		return 0
	}
	return f
}

// inWords reads counts of rooms that are written as words: "Studio", "TwoBed", "OnePointFiveBath".
func inWords(s string) (float64, bool) {
	s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
	if strings.HasPrefix(s, "studio") {
		return 0, true
	}
	half := 0.0
	if a, b, ok := strings.Cut(s, "pointfive"); ok {
		s, half = a+b, 0.5
	}
	for i, w := range []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"} {
		if strings.HasPrefix(s, w) {
			return float64(i) + half, true
		}
	}
	return 0, false
}

func (r *reading) flag(field string) bool {
	v, ok := value.Bool(r.get(field))
	return ok && v
}

// words writes a field's name as people say it.
func words(field string) string {
	s := strings.ReplaceAll(field, "_", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

// place reads the home that a row is about.
func (r *reading) place() Unit {
	u := Unit{ID: r.get(column.UnitID), Label: value.UnitLabel(r.get(column.UnitLabel)), Building: r.get(column.Building)}
	if u.Building == "" {
		u.Building = groupBuilding(r.raw.Group)
	}
	for _, w := range []string{"Building ", "Bldg. ", "Bldg "} {
		if rest, ok := strings.CutPrefix(u.Building, w); ok && rest != "" {
			u.Building = rest
		}
	}
	return u
}

// details adds what is known of the home itself.
func (r *reading) details(u *Unit) {
	u.Type, u.Floor = r.get(column.UnitType), r.get(column.UnitFloor)
	u.Beds, u.Baths = r.number(column.Beds), r.number(column.Baths)
	if s := r.get(column.BedsBaths); s != "" {
		a, b, _ := strings.Cut(strings.NewReplacer("x", "/", "X", "/", "|", "/").Replace(s), "/")
		if beds, ok := value.Number(a); ok {
			u.Beds = beds
		}
		if baths, ok := value.Number(b); ok {
			u.Baths = baths
		}
	}
	u.SquareFeet = int64(r.number(column.SquareFeet))
	if s := r.get(column.MarketRent); s != "" {
		if cents, ok := value.Money(s); ok {
			u.MarketCents = cents
		} else {
			r.note("market rent %q was left out: it is not an amount", s)
		}
	}
	if s := r.get(column.Street); s != "" {
		if _, mail := value.Email(s); !mail {
			u.Address = s
		}
	}
}

func (r *reading) unit() {
	u := r.place()
	r.details(&u)
	if u.Label == "" {
		r.problem("The row names no home: its unit is blank. Fill it in.")
		return
	}
	r.line.Unit = &u
	r.line.Key = unitKey("unit", u)
	r.line.What = "Unit " + u.Label
}

// unitKey names a home within its source.
func unitKey(kind string, u Unit) string {
	if u.ID != "" {
		return keyOf(kind, "id", u.ID)
	}
	return keyOf(kind, value.UnitKey(u.Building), value.UnitKey(u.Label))
}

// people reads everybody that the row names.
func (r *reading) people() []Person {
	var named []value.Person
	first, last := r.get(column.FirstName), r.get(column.LastName)
	if last != "" || (first != "" && r.get(column.FullName) == "") {
		if value.Vacant(last) == "" && value.Vacant(first+" "+last) == "" {
			p := value.Person{First: first, Middle: r.get(column.MiddleName), Last: last}
			named = append(named, p)
		}
	} else {
		named = value.People(r.get(column.FullName), r.Names)
	}
	main := len(named)
	named = append(named, value.People(r.get(column.OtherPeople), r.Names)...)
	out := make([]Person, 0, len(named))
	for i, n := range named {
		p := Person{First: n.First, Last: strings.TrimSpace(n.Last + " " + n.Suffix), Preferred: n.Preferred}
		if p.Last == "" {
			p.Last, p.First = p.First, ""
		}
		if i == 0 && main > 0 {
			r.contact(&p)
		}
		out = append(out, p)
	}
	return out
}

// contact reads how the row's person is reached. Addresses in the wrong columns are found: some systems put the e-mail
// in a street's place and the phone in a city's.
func (r *reading) contact(p *Person) {
	p.ID = r.get(column.ResidentID)
	if v := r.get(column.PreferredName); v != "" {
		p.Preferred = v
	}
	p.Language = language(r.get(column.Language))
	for _, f := range []string{column.EmailAddr, column.EmailOther, column.Street, column.City} {
		s := r.get(f)
		if s == "" {
			continue
		}
		if mail, ok := value.Email(s); ok {
			p.Email = mail
			break
		}
		if f == column.EmailAddr {
			r.note("e-mail %q was left out: it is not an address", s)
		}
	}
	for _, f := range []string{column.PhoneMobile, column.PhoneAny, column.PhoneHome, column.PhoneWork, column.City, column.Street} {
		s := r.get(f)
		if s == "" || (f == column.City || f == column.Street) && !value.LooksLikePhone(s) {
			continue
		}
		if phone, ok := value.Phone(s, r.Region); ok {
			p.Phone = phone
			break
		}
		r.note("%s %q was left out: it is not a number that can be called", strings.ReplaceAll(f, "_", " "), s)
	}
	p.Role = householdRole(r.get(column.HouseRole))
}

// who reads whom a row is about.
func (r *reading) who() Who {
	u := r.place()
	w := Who{UnitID: u.ID, Unit: u.Label, Building: u.Building, ResidentID: r.get(column.ResidentID), LeaseID: r.get(column.HouseholdID)}
	if all := r.people(); len(all) > 0 {
		w.Person = all[0]
	} else {
		r.contact(&w.Person)
	}
	w.Person.ID, w.Person.Role, w.Person.Language, w.Person.Preferred = "", "", "", ""
	return w
}

// Empty tells whether nothing says who is meant.
func (w Who) Empty() bool {
	return w.UnitID == "" && w.Unit == "" && w.ResidentID == "" && w.LeaseID == "" && w.Person == (Person{})
}

func (w Who) String() string {
	var parts []string
	for _, s := range []string{w.Person.Name(), w.Unit, w.ResidentID} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func householdRole(s string) hearth.HouseholdRole {
	s = strings.ToLower(s)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case s == "":
		return ""
	case has("emergency"):
		return hearth.MemberEmergency
	case has("guarantor", "cosign", "co-sign"):
		return hearth.MemberGuarantor
	case has("child", "minor", "son", "daughter", "dependent", "dependant") && !has("person"):
		return hearth.MemberMinor
	case has("attorney", "poa", "representative", "guardian", "conservator"):
		return hearth.MemberRepresentative
	case has("occupant", "spouse", "partner", "aide", "other", "wife", "husband"):
		return hearth.MemberOccupant
	}
	return hearth.MemberLeaseholder
}

// language gives the tag of a language named in English, its own name or as a tag; others are left as not told.
func language(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "english", "en", "eng", "en-us":
		return "en"
	case "spanish", "es", "spa", "español", "espanol", "es-us", "es-mx":
		return "es"
	case "chinese", "mandarin", "cantonese", "zh", "zh-cn", "zh-tw":
		return "zh"
	case "vietnamese", "vi":
		return "vi"
	case "korean", "ko":
		return "ko"
	case "russian", "ru":
		return "ru"
	case "french", "fr", "français":
		return "fr"
	case "haitian creole", "creole", "ht":
		return "ht"
	case "arabic", "ar":
		return "ar"
	case "portuguese", "pt":
		return "pt"
	case "tagalog", "filipino", "tl":
		return "tl"
	}
	return ""
}
