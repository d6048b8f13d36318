package identity

import (
	"strings"
	"testing"

	"hearth"
)

func crowd() *Crowd { return &Crowd{N: 2000} }

func person(name string, with ...func(*Person)) Person {
	first, last, _ := strings.Cut(name, "|")
	p := Person{First: first, Last: last}
	for _, f := range with {
		f(&p)
	}
	return p
}

func mail(m string) func(*Person)  { return func(p *Person) { p.Emails = append(p.Emails, m) } }
func call(n string) func(*Person)  { return func(p *Person) { p.Phones = append(p.Phones, n) } }
func born(d string) func(*Person)  { return func(p *Person) { p.Birth = d } }
func lives(u string) func(*Person) { return func(p *Person) { p.Unit, p.Property = u, "maple" } }
func stays(u string, from, to hearth.Day) func(*Person) {
	return func(p *Person) { p.Unit, p.Property, p.Homes = u, "maple", []Stay{{u, from, to}} }
}

const phone1, phone2 = "(614) 555-0134", "614-555-0177"

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name       string
		a, b       Person
		from, to   float64 // the probability
		sure       bool
		words, els string
	}{
		{"the same in all", person("Ana|Lopez", call(phone1), mail("ana@example.com"), born("19810228")),
			person("Ana|Lopez", call(phone1), mail("ANA@example.com"), born("1981-02-28")), .9999, 1, true, "same surname", ""},
		{"exchanged columns and a pet form", person("Robert|Whitwood", call(phone1), born("19810228")),
			person("Whitwood|Bob", call(phone1), born("19810228")), .99, 1, false, "first name and surname exchanged", ""},
		{"accents and one column", person("José|Núñez", call(phone1), mail("jn@example.com")),
			person("NUNEZ, JOSE|", call(phone1), mail("jn@example.com")), .95, 1, false, "same first name", ""},
		{"half of a double name", person("Ana|Lopez-Garcia", call(phone1), mail("al@example.com")),
			person("Ana|Garcia", call(phone1), mail("al@example.com")), .9, 1, false, "surnames that share a part", ""},
		{"a slip and one phone", person("Maria|Thornwick", call(phone1), lives("1A")),
			person("Marla|Thornwick", call(phone1)), .5, .999, false, "first names a slip apart", ""},
		{"an initial", person("J|Thornwick", call(phone1), mail("jt@example.com")),
			person("Jane|Thornwick", call(phone1), mail("jt@example.com")), .3, .999, false, "the same first initial", ""},
		{"Jr against Sr", person("Kofi|Powell Jr", call(phone1), mail("p@example.com"), lives("2B")),
			person("Kofi|Powell Sr.", call(phone1), mail("p@example.com"), lives("2B")), 0, .5, false, "; but", "a parent and child of one name"},
		{"Jr in one only", person("Kofi|Powell, Jr", call(phone1), lives("2B")),
			person("Kofi|Powell", call(phone1), lives("2B")), .3, .9995, false, "'Jr' in one only", "a parent and child of one name"},
		// A person is asked about twins who share all but the first name: one of the names may be the middle one.
		{"twins", person("Sofia|Dunn", call(phone1), mail("dunn@example.com"), born("20010203"), lives("3C")),
			person("Laura|Dunn", call(phone1), mail("dunn@example.com"), born("20010203"), lives("3C")), 0, .75, false, "same date of birth", "twins"},
		{"a couple with one phone and e-mail", person("Sofia|Dunn", call(phone1), mail("dunn@example.com"), lives("3C")),
			person("Peter|Dunn", call(phone1), mail("dunn@example.com"), lives("3C")), 0, .5, false, "different first names", "two people of one household or family"},
		{"a number that was somebody's before", person("Sofia|Dunn", call(phone1), mail("sofia@example.com")),
			person("Peter|Ashford", call(phone1), mail("ashford@example.com")), 0, .01, false, "same phone", ""},
		{"a name and nothing else", person("Anna|Smith", call(phone1), mail("as@example.com")),
			person("Anna|Smith", call(phone2), mail("anna77@example.org")), 0, .9, false, "different phones", ""},
		{"two homes at the same time", person("Anna|Smith", stays("1A", 18000, 19000)),
			person("Anna|Smith", stays("7D", 18100, 19000)), 0, .8, false, "both live in their homes at the same time", ""},
		{"who moved", person("Anna|Quinstead", call(phone1), stays("1A", 18000, 19000)),
			person("Anna|Quinstead", call(phone1), stays("7D", 19001, 19500)), .95, 1, false, "one moved in when the other moved out", ""},
		{"nothing in common", person("Anna|Quinstead"), person("Peter|Ashford"), 0, .001, false, "", "strangers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, back := New().Compare(tt.a, tt.b, crowd()), New().Compare(tt.b, tt.a, crowd())
			words := Sentence(got.Evidence)
			if got.Probability < tt.from || got.Probability > tt.to || tt.sure && !got.Sure || !strings.Contains(words, tt.words) ||
				tt.els != "" && got.Else != tt.els {
				t.Errorf("got %.5f (sure %v), else %s: %s; want %g to %g", got.Probability, got.Sure, got.Else, words, tt.from, tt.to)
			}
			if got.Probability != back.Probability || got.Sure != back.Sure {
				t.Errorf("%.9f one way, %.9f the other", got.Probability, back.Probability)
			}
		})
	}
}

// Those of whom we must never believe by ourselves that they are one are not sure, whatever they share.
func TestNeverSure(t *testing.T) {
	shared := []func(*Person){call(phone1), mail("us@example.com"), lives("2B")}
	for name, pair := range map[string][2]string{
		"a couple": {"Sofia|Dunn", "Peter|Dunn"}, "Jr and Sr": {"Kofi|Powell Jr", "Kofi|Powell Sr"}, "Jr and nobody": {"Kofi|Powell", "Kofi|Powell Jr"},
		"a father and son without suffix": {"Kofi|Powell", "Kofi|Powell"}, "an initial": {"J|Dunn", "Jane|Dunn"},
		"middle names": {"Ana B|Dunn", "Ana C|Dunn"},
	} {
		if s := New().Compare(person(pair[0], shared...), person(pair[1], shared...), crowd()); s.Sure {
			t.Errorf("%s: sure at %.5f: %s", name, s.Probability, Sentence(s.Evidence))
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"maria", "maria", 0}, {"maria", "marla", 1}, {"maria", "maira", 1}, {"maria", "mara", 1}, {"maria", "mar", 2}, {"ab", "wxyz", 3}, {"", "ab", 2}} {
		if got := osa(tt.a, tt.b, 2); got != tt.want || osa(tt.b, tt.a, 2) != tt.want {
			t.Errorf("%s to %s is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	if got := jaroWinkler("martha", "marhta"); got < .9610 || got > .9612 {
		t.Errorf("martha and marhta are %.4f alike, want 0.9611", got)
	}
	if a, b := sound("robert"), sound("rupert"); a != "r163" || a != b {
		t.Errorf("robert sounds %s, rupert %s; both are r163", a, b)
	}
}

// Find gives the same pairs, in the same order, however the list is turned, and no pair twice.
func TestFindIsDeterministic(t *testing.T) {
	var people []Person
	for _, n := range []string{"Ana|Lopez", "Anna|Lopez", "Bob|Ashford", "Robert|Ashford", "Sofia|Dunn"} {
		people = append(people, person(n, call(phone1)), person(n, mail("x@example.com")))
	}
	first := New().Find(people, 0)
	seen := map[[2]int]bool{}
	for _, p := range first.Pairs {
		if p.A >= p.B || seen[[2]int{p.A, p.B}] {
			t.Fatalf("pair %d, %d is given twice or turned", p.A, p.B)
		}
		seen[[2]int{p.A, p.B}] = true
	}
	n := len(people)
	turned := make([]Person, n)
	for i, p := range people {
		turned[n-1-i] = p
	}
	second := New().Find(turned, 0)
	if len(first.Pairs) != len(second.Pairs) || len(first.Pairs) == 0 {
		t.Fatalf("%d pairs, turned %d", len(first.Pairs), len(second.Pairs))
	}
	for _, p := range second.Pairs {
		if !seen[[2]int{n - 1 - p.B, n - 1 - p.A}] {
			t.Errorf("pair %d, %d was not found before the list was turned", p.A, p.B)
		}
	}
}
