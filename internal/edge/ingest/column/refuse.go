package column

import "strings"

// refused gives the reason in words when a heading names something that must not enter Hearth at all: identity
// numbers, and whatever fair-housing law protects or stands in for it. Such cells are dropped while the file is read.
func refused(heading string) string {
	words := " " + strings.Join(tokens(heading), " ") + " "
	has := func(phrases ...string) bool {
		for _, p := range phrases {
			if strings.Contains(words, " "+p+" ") {
				return true
			}
		}
		return false
	}
	switch {
	case has("ssn", "ssn4", "social security", "social", "tin", "itin", "tax id", "taxid", "taxpayer"):
		return "a social security or tax number is never stored here"
	case has("driver license", "drivers license", "license number", "passport", "student id number", "visa"):
		return "an identity document's number is never stored here"
	case has("bank", "routing", "iban", "card number", "account holder"):
		return "bank details are never stored here"
	case has("dob", "birth", "birthday", "birthdate", "age"):
		return "age and date of birth take no part in anything Hearth does"
	case has("gender", "sex", "race", "ethnicity", "religion", "nationality", "national origin", "citizenship", "immigration", "marital", "veteran", "pronoun"):
		return "a protected characteristic takes no part in anything Hearth does"
	case has("disability", "disabled", "accommodation", "medical", "diagnosis", "esa"):
		return "health facts belong to nobody's import"
	case has("income") && !has("other income", "total income", "rental income"),
		has("credit score", "fico", "eiv", "voucher", "subsidy", "section 8", "affordable program", "hap"):
		return "income, credit and subsidy facts take no part in anything Hearth does"
	}
	return ""
}
