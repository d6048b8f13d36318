package value

import "strings"

// Address is an address that stood in one cell. Parts that it does not name are empty.
type Address struct{ Street, City, State, Zip string }

// OneAddress takes apart "1 Oak St, Phoenix, AZ 85001". state says what is a state; it is asked for words as they
// stand. ok is false where no state is found at the end, either behind a comma or before a postal code.
func OneAddress(s string, state func(string) bool) (a Address, ok bool) {
	s = strings.TrimRight(Clean(s), " .,")
	for _, country := range []string{", united states of america", ", united states", ", usa", ", us", ", u.s.a", " usa"} {
		if n := len(s) - len(country); n > 0 && strings.EqualFold(s[n:], country) {
			s = strings.TrimRight(s[:n], " ,")
			break
		}
	}
	words := strings.Fields(s)
	if n := len(words); n > 1 && zipCode(words[n-1]) {
		a.Zip = words[n-1]
		words = words[:n-1]
	}
	for take := min(4, len(words)-1); take > 0; take-- { // "District of Columbia" before "Columbia"
		head, last := words[:len(words)-take], strings.Join(words[len(words)-take:], " ")
		name := strings.Trim(last, " ,.")
		behindComma := strings.HasSuffix(head[len(head)-1], ",")
		if strings.Contains(name, ",") || (a.Zip == "" && !behindComma) || !state(name) {
			continue
		}
		a.State = name
		a.Street = strings.TrimRight(strings.Join(head, " "), " ,")
		if i := strings.LastIndexByte(a.Street, ','); i > 0 {
			a.Street, a.City = strings.TrimRight(a.Street[:i], " ,"), strings.TrimSpace(a.Street[i+1:])
		}
		return a, true
	}
	return Address{}, false
}

// zipCode tells whether a word is a postal code of five or nine digits.
func zipCode(s string) bool {
	head, tail, plus := strings.Cut(s, "-")
	return len(head) == 5 && digits(head) && (!plus || len(tail) == 4 && digits(tail))
}
