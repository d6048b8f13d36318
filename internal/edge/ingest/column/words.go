package column

import (
	"strings"
	"unicode"
)

// tokens breaks a heading into the words of the trade: "LeaseFromDate", "lease_from" and "Lease From Date" read the
// same, and so do "Tenant" and "Resident".
func tokens(heading string) []string {
	var raw []string
	for _, w := range splitWords(spelled(heading)) {
		raw = append(raw, segment(strings.ToLower(w))...)
	}
	var out []string
	for i := 0; i < len(raw); i++ {
		if i+1 < len(raw) {
			if w, ok := pair(raw[i], raw[i+1]); ok {
				out = append(out, w...)
				i++
				continue
			}
		}
		out = append(out, canonical(raw[i])...)
	}
	return out
}

// spelled writes out what a heading abbreviates by signs. Most have none, and a replacer is made anew for each that has.
func spelled(heading string) string {
	if !strings.ContainsAny(heading, "#%?") && !strings.Contains(strings.ToLower(heading), "mail") {
		return heading
	}
	return strings.NewReplacer("e-mail", "email", "E-Mail", "email", "E-mail", "email", "e mail", "email", "#", " number ", "%", " percent ", "?", " ").Replace(heading)
}

// splitWords cuts at everything but letters and digits, and inside camelCase.
func splitWords(s string) []string {
	var words []string
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			words = append(words, string(cur))
			cur = cur[:0]
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if r != '\'' && r != '’' {
				flush()
			}
			continue
		}
		if i > 0 {
			prev := runes[i-1]
			switch {
			case unicode.IsLower(prev) && unicode.IsUpper(r), unicode.IsLetter(prev) && unicode.IsDigit(r), unicode.IsDigit(prev) && unicode.IsLetter(r):
				flush()
			case unicode.IsUpper(prev) && unicode.IsUpper(r) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) && len(cur) > 1:
				flush() // "SMSOptIn": the capital before a small letter starts the next word
			}
		}
		cur = append(cur, r)
	}
	flush()
	return words
}

// pair reads two words that together mean one thing.
func pair(a, b string) ([]string, bool) {
	switch a + " " + b {
	case "sq ft", "sq feet", "square ft", "sq footage", "square footage", "square foot":
		return []string{"square", "feet"}, true
	case "cell phone", "cellular phone", "cell number", "mobile phone", "mobile number", "mobile tel":
		return []string{"mobile", "phone"}, true
	case "work order", "work orders":
		return []string{"workorder"}, true
	case "service request", "service requests", "maintenance request", "service ticket", "maintenance ticket":
		return []string{"servicerequest"}, true
	case "moved in", "moves in", "moving in":
		return []string{"move", "in"}, true
	case "moved out", "moves out", "moving out":
		return []string{"move", "out"}, true
	case "floor plan", "floor plans":
		return []string{"floorplan"}, true
	case "move in", "move out":
		return []string{a, b}, true
	case "lease from", "lease begin", "lease commencement", "contract from", "tenancy from", "lease commences":
		return []string{"lease", "start"}, true
	case "lease to", "lease thru", "lease exp", "contract to", "tenancy to", "lease until":
		return []string{"lease", "end"}, true
	case "month to":
		return []string{"month", "to"}, true
	case "telephone number", "phone number", "phone no", "tel no", "telephone no", "phone numbers":
		return []string{"phone", "number"}, true
	}
	return nil, false
}

// canonical gives the word of the trade for another one.
func canonical(w string) []string {
	switch w {
	case "apt", "apartment", "apartments", "apts", "suite", "ste", "flat", "dwelling", "units", "aptno":
		return []string{"unit"}
	case "tenant", "tenants", "residents", "occupant", "occupants", "lessee", "lessees", "renter", "renters", "leaseholder", "leaseholders", "res", "occupier", "inhabitant", "ten":
		return []string{"resident"}
	case "no", "nbr", "num", "nr", "numbers":
		return []string{"number"}
	case "dt", "dates":
		return []string{"date"}
	case "begin", "begins", "beginning", "commence", "commences", "commencing", "starts", "started", "starting", "beg", "from":
		return []string{"start"}
	case "expiration", "expires", "expire", "expired", "expiry", "exp", "ends", "ending", "ended", "thru", "through", "until", "terminates", "expiring":
		return []string{"end"}
	case "contract", "tenancy", "agreement", "leases", "rental":
		return []string{"lease"}
	case "bldg", "bld", "buildings":
		return []string{"building"}
	case "telephone", "tel", "ph", "phones", "fone":
		return []string{"phone"}
	case "cell", "cellular", "cellphone", "mob":
		return []string{"mobile"}
	case "mail", "emails", "mailaddress":
		return []string{"email"}
	case "sqft", "sf", "sqf":
		return []string{"square", "feet"}
	case "mkt":
		return []string{"market"}
	case "amt", "amounts", "sum":
		return []string{"amount"}
	case "beds", "bedroom", "bedrooms", "br", "bd", "bdrm", "bdrms", "brs":
		return []string{"bed"}
	case "baths", "bathrooms", "ba", "bathroom":
		return []string{"bath"}
	case "wo", "workorders":
		return []string{"workorder"}
	case "sr":
		return []string{"servicerequest"}
	case "ntv":
		return []string{"notice", "to", "vacate"}
	case "mi", "movein":
		return []string{"move", "in"}
	case "mo", "moveout":
		return []string{"move", "out"}
	case "tech", "techs", "technicians":
		return []string{"technician"}
	case "desc", "descr", "descriptions":
		return []string{"description"}
	case "addr", "addresses":
		return []string{"address"}
	case "canceled", "cancelation", "cancellation":
		return []string{"cancelled"}
	case "notes", "remarks", "remark":
		return []string{"note"}
	case "comments":
		return []string{"comment"}
	case "sms", "texts":
		return []string{"sms"}
	case "postal", "postcode":
		return []string{"zip"}
	case "community", "communities", "properties":
		return []string{"property"}
	case "identifier", "ident":
		return []string{"id"}
	case "emp", "employees":
		return []string{"employee"}
	case "trans", "txn", "trx":
		return []string{"transaction"}
	case "completion":
		return []string{"completed"}
	case "schedule":
		return []string{"scheduled"}
	}
	return []string{singular(w)}
}

// singular takes off a plural's s.
func singular(w string) string {
	if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && w != "status" && w != "address" && w != "sms" && w != "baths" && w != "premises" {
		return strings.TrimSuffix(w, "s")
	}
	return w
}

// glued are words that headings write together without a capital: "leaseexpdate", "unitno".
const glued = " lease unit apt resident tenant name date start end exp expiration expires move in out movein moveout rent market phone mobile cell home work email address first last full building bldg number no code id status type notice given order request work description desc priority created opened closed completed scheduled received reported property amount paid due balance payment message sent zip city state street floor sqft category issue problem inspection approved house owner complaint major minor note comment balance deposit total transaction trans receipt account resident occupant expected actual "

// segment cuts a word that is glued from known ones; others stay whole.
func segment(w string) []string {
	if len(w) < 6 || len(w) > 30 || strings.Contains(glued, " "+w+" ") {
		return []string{w}
	}
	if parts, ok := cut(w); ok && len(parts) > 1 {
		return parts
	}
	return []string{w}
}

func cut(w string) ([]string, bool) {
	if w == "" {
		return nil, true
	}
	for n := len(w); n >= 2; n-- {
		if !strings.Contains(glued, " "+w[:n]+" ") {
			continue
		}
		if rest, ok := cut(w[n:]); ok {
			return append([]string{w[:n]}, rest...), true
		}
	}
	return nil, false
}

// weight says how much a word tells. Words that stand in many headings tell little.
func weight(w string) float64 {
	switch w {
	case "date", "name", "number", "the", "of", "current", "info", "is", "a", "on", "at", "to", "for", "actual", "value", "display", "full", "per", "this", "and", "or", "time", "was", "line":
		return 0.35
	case "id", "code", "type":
		return 0.8
	}
	return 1
}

// stranger tells whether a word says that a column is about somebody or something else.
func stranger(w string) bool {
	switch w {
	case "emergency", "guarantor", "cosigner", "previous", "prior", "former", "owner", "owners", "vendor", "employer", "landlord", "billing", "mailing", "forwarding", "alternate", "next", "site", "manager",
		"signed", "sign", "deposit", "fee", "fees", "pet", "insurance", "parking", "application", "applied", "updated", "modified", "termination", "charge", "increase", "renewal", "photo", "image", "url", "count", "percent", "estimate", "invoice", "approval", "approved", "warranty", "tax", "agent", "portfolio", "group", "tag", "created", "deleted", "waived", "required", "advertised", "market", "budgeted", "legal", "preferential", "asking", "computed":
		return true
	}
	return false
}
