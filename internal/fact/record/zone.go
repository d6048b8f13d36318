package record

import (
	"fmt"
	"strings"
)

// FindZone finds the time zone of an address in the United States by state and postal code. how says in words what
// it was found from; sure is false where the state has two zones and the postal code does not settle which, or where
// nothing was found (zone is then ""). Postal prefixes are general knowledge of the postal service's areas; a person
// can always set the zone.
func FindZone(country, state, zip string) (zone, how string, sure bool) {
	switch strings.ToUpper(strings.TrimSpace(country)) {
	case "", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA":
	default:
		return "", "", false
	}
	prefix := zipPrefix(zip)
	code := stateCode(state)
	if code == "" {
		if code = stateOfZip(prefix); code == "" {
			return "", "", false
		}
	}
	main, other, split := stateZone(code)
	if main == "" {
		return "", "", false
	}
	if !split {
		return main, "the state " + code, true
	}
	if prefix == "" {
		return main, fmt.Sprintf("the larger part of %s, which has two zones", code), false
	}
	switch where := splitZip(code, prefix); where {
	case inOther:
		return other, fmt.Sprintf("the postal code area %s in %s", prefix, code), true
	case inEither:
		return main, fmt.Sprintf("the larger part of the postal code area %s in %s, which has two zones", prefix, code), false
	}
	return main, fmt.Sprintf("the postal code area %s in %s", prefix, code), true
}

// zipPrefix gives the first three digits, which name a sorting area.
func zipPrefix(zip string) string {
	z := strings.TrimSpace(zip)
	if head, _, ok := strings.Cut(z, "-"); ok {
		z = head
	}
	for _, r := range z {
		if r < '0' || r > '9' {
			return ""
		}
	}
	switch len(z) {
	case 5, 9:
	case 3, 4: // a spreadsheet took the leading zeros of 02134 away
		z = strings.Repeat("0", 5-len(z)) + z
	default:
		return ""
	}
	return z[:3]
}

const (
	eastern  = "America/New_York"
	central  = "America/Chicago"
	mountain = "America/Denver"
	pacific  = "America/Los_Angeles"
)

// stateZone gives the zone of most of a state, and the other one where it has two.
func stateZone(code string) (main, other string, split bool) {
	switch code {
	case "CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT", "WV":
		return eastern, "", false
	case "AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI":
		return central, "", false
	case "CO", "MT", "NM", "UT", "WY":
		return mountain, "", false
	case "CA", "NV", "WA":
		return pacific, "", false
	case "HI":
		return "Pacific/Honolulu", "", false
	case "PR", "VI":
		return "America/Puerto_Rico", "", false
	case "GU", "MP":
		return "Pacific/Guam", "", false
	case "AS":
		return "Pacific/Pago_Pago", "", false
	case "AZ":
		return "America/Phoenix", mountain, true // the Navajo Nation keeps daylight saving time
	case "AK":
		return "America/Anchorage", "America/Adak", true
	case "FL":
		return eastern, central, true
	case "ID":
		return "America/Boise", pacific, true
	case "IN":
		return "America/Indiana/Indianapolis", central, true
	case "KS", "NE", "ND", "SD", "TX":
		return central, mountain, true
	case "KY":
		return eastern, central, true
	case "MI":
		return "America/Detroit", "America/Menominee", true
	case "OR":
		return pacific, "America/Boise", true
	case "TN":
		return central, eastern, true
	}
	return "", "", false
}

type side int

const (
	inMain side = iota
	inOther
	inEither
)

// splitZip tells on which side of a state's zone border a postal area lies.
func splitZip(code, prefix string) side {
	other, either := splitAreas(code)
	switch {
	case strings.Contains(other, prefix):
		return inOther
	case strings.Contains(either, prefix):
		return inEither
	}
	return inMain
}

// splitAreas lists the postal areas of a state that lie in its second zone, and those that the border crosses.
func splitAreas(code string) (other, either string) {
	switch code {
	case "AZ":
		return "", "860 865"
	case "AK":
		return "", "995 996"
	case "FL":
		return "325", "324"
	case "ID":
		return "835 838", "836"
	case "IN":
		return "463 464 476 477", "465 475"
	case "KS":
		return "", "677 678 679"
	case "KY":
		return "420 421 422 423 424", "425 426 427"
	case "MI":
		return "", "498 499"
	case "NE":
		return "693", "690 691 692"
	case "ND":
		return "", "586 588 585"
	case "SD":
		return "577", "575 576"
	case "TX":
		return "799 885", "798"
	case "OR":
		return "", "979"
	case "TN":
		return "374 376 377 378 379", "373 385"
	}
	return "", ""
}
