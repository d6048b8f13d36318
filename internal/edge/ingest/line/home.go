package line

import (
	"strings"

	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// home reads a row of a directory or rent roll.
func (r *reading) home() {
	h := &Home{Unit: r.place(), LeaseID: r.get(column.HouseholdID)}
	r.details(&h.Unit)
	if h.Unit.Label == "" {
		if r.get(column.FullName) == "" && r.get(column.LastName) == "" {
			r.problem("The row names neither a home nor a resident. Fill in its unit, or delete the row.")
			return
		}
		r.problem("The row names no home: its unit is blank. Fill it in.")
		return
	}
	h.People = r.people()
	h.Vacant = value.Vacant(r.get(column.FullName))
	r.status(h)
	if len(h.People) == 0 && h.Vacant == "" {
		if h.Status != "" && h.Status != "future" || r.get(column.ResidentID) != "" || r.get(column.LeaseStart) != "" {
			r.problem("The row says that somebody lives in unit %s and does not say who. Fill in the name.", h.Unit.Label)
			return
		}
		h.Vacant = "vacant"
	}
	if h.Vacant != "" && len(h.People) == 0 {
		h.Status, h.LeaseID = "", ""
		r.line.Home = h
		r.line.Key = unitKey("home", h.Unit)
		r.line.What = "Unit " + h.Unit.Label + ", " + h.Vacant
		return
	}
	r.lease(h)
	r.wishes(h)
	r.line.Home = h
	r.line.Key = r.homeKey(h)
	names := make([]string, len(h.People))
	for i, p := range h.People {
		names[i] = p.Name()
	}
	r.line.What = strings.Join(names, " and ") + ", unit " + h.Unit.Label
}

// homeKey names the row within its source: by the system's own number for the person, else for the lease together with
// the person, else by home and name.
func (r *reading) homeKey(h *Home) string {
	p := h.People[0]
	name := value.NameKey(value.Person{First: p.First, Last: p.Last})
	switch {
	case p.ID != "" && h.LeaseID != "":
		return keyOf("person", p.ID, "lease", h.LeaseID)
	case p.ID != "":
		return keyOf("person", p.ID, value.UnitKey(h.Unit.Building), value.UnitKey(h.Unit.Label))
	case h.LeaseID != "":
		return keyOf("lease", h.LeaseID, name)
	}
	return keyOf("home", value.UnitKey(h.Unit.Building), value.UnitKey(h.Unit.Label), name)
}

func (r *reading) lease(h *Home) {
	if s := r.get(column.LeaseEnd); s != "" && monthly(s) {
		h.MonthToMonth = true
	} else {
		h.End = r.date(column.LeaseEnd)
	}
	h.Start, h.MoveIn, h.MoveOut = r.date(column.LeaseStart), r.date(column.MoveIn), r.date(column.MoveOut)
	if s := r.get(column.NoticeOn); s != "" {
		if yes, ok := value.Bool(s); ok && !strings.ContainsAny(s, "0123456789") {
			if yes && h.Status == "current" {
				h.Status = "notice"
			}
		} else {
			h.NoticeOn = r.date(column.NoticeOn)
		}
	}
	h.MonthToMonth = h.MonthToMonth || r.flag(column.MonthToMonth)
	h.UnderEviction = h.UnderEviction || r.flag(column.Eviction)
	h.OfferOut = offerOut(r.get(column.OfferOut))
	h.RentCents = r.rent()
	if h.RentCents < 0 {
		r.problem("The rent %q is negative. Correct it in the file.", r.get(column.Rent))
	}
	if h.Start != "" && h.End != "" && h.End < h.Start {
		r.problem("The lease ends on %s, before it starts on %s. Correct one of them.", h.End, h.Start)
	}
	if h.MoveIn != "" && h.MoveOut != "" && h.MoveOut < h.MoveIn {
		r.problem("The move-out on %s lies before the move-in on %s. Correct one of them.", h.MoveOut, h.MoveIn)
	}
}

// rent is the rent column, else the sum of the charges that are rent.
func (r *reading) rent() int64 {
	if r.get(column.Rent) != "" {
		return r.money(column.Rent)
	}
	var sum int64
	for _, c := range r.raw.charges {
		if !baseRent(c.code) {
			continue
		}
		cents, ok := value.Money(c.amount)
		if !ok {
			if c.amount != "" {
				r.problem("The charge %q for %q is not an amount. Correct it in the file.", c.amount, c.code)
			}
			continue
		}
		sum += cents
	}
	return max(sum, 0)
}

// baseRent tells whether a charge is the rent of the home. Without any code the one amount is taken for it.
func baseRent(code string) bool {
	c := strings.ToLower(code)
	if c == "" || c == "rnt" || c == "rentres" || c == "base" {
		return true
	}
	if !strings.Contains(c, "rent") && !strings.Contains(c, "lease charge") && !strings.Contains(c, "concession") {
		return false
	}
	for _, w := range []string{"pet", "park", "garage", "carport", "storage", "insur", "furniture", "washer", "appliance", "late", "prepaid", "cable"} {
		if strings.Contains(c, w) {
			return false
		}
	}
	return !strings.Contains(c, "concession") // a discount is not the rent agreed
}

func monthly(s string) bool {
	s = strings.ToLower(strings.Trim(s, " ()*"))
	switch s {
	case "mtm", "m-t-m", "m2m", "month to month", "month-to-month", "monthly", "at will", "open", "rolling", "indefinite", "none":
		return true
	}
	return strings.HasPrefix(s, "month-to-month") || strings.HasPrefix(s, "month to month")
}

// offerOut tells whether a renewal offer is out and not yet answered.
func offerOut(s string) bool {
	s = strings.ToLower(s)
	for _, w := range []string{"sent", "generated", "unsigned", "partially", "out", "offered", "countersign"} {
		if strings.Contains(s, w) && !strings.Contains(s, "not") {
			return true
		}
	}
	return false
}

// status reads the source's word for the state of lease and home.
func (r *reading) status(h *Home) {
	s := strings.ToLower(strings.NewReplacer("-", " ", "_", " ", "/", " ").Replace(r.get(column.LeaseStatus)))
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
		h.Status = groupStatus(r.raw.Group)
	case has("vacant", "unoccupied", "available", "model", "down") && len(h.People) == 0:
		h.Vacant = "vacant"
	case has("under evict", "evicting", "pending evict", "eviction"):
		h.Status, h.UnderEviction = "current", true
	case has("evicted"):
		h.Status = "evicted"
	case has("notice", "ntv", "vacating") && !has("no notice"):
		h.Status = "notice"
	case has("past", "former", "moved out", "movedout", "inactive", "ended", "closed"):
		h.Status = "past"
	case has("cancel", "denied", "declined", "withdrawn", "rejected"):
		h.Status = "cancelled"
	case has("applicant", "applied", "application", "prospect"):
		h.Status = "applicant"
	case has("approved"):
		h.Status = "approved"
	case has("future", "pending", "preleased", "pre leased", "upcoming", "scheduled", "reserved", "leased"):
		h.Status = "future"
	case has("current", "occupied", "active", "resident", "month", "renew", "in place", "signed"):
		h.Status = "current"
		h.MonthToMonth = h.MonthToMonth || has("month to month", "mtm")
	default:
		r.note("status %q is not known here; the dates decide", r.get(column.LeaseStatus))
	}
}

// wishes reads what the first person prefers and agreed to.
func (r *reading) wishes(h *Home) {
	h.Channel = string(channel(r.get(column.Preference)))
	if s := r.get(column.TextConsent); s != "" {
		if yes, ok := value.Bool(strings.ReplaceAll(strings.ToLower(s), " ", "")); ok {
			h.TextConsent = map[bool]string{true: "yes", false: "no"}[yes]
		}
	}
}
