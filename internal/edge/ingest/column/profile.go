package column

import (
	"strings"
	"unicode"

	"hearth/internal/edge/ingest/value"
)

// deepRows is how many rows are looked at closely; the order of dates is judged on all.
const deepRows = 1500

// Profile is what the cells of one column look like.
type Profile struct {
	Filled  int // of the rows looked at closely
	Rows    int
	Dates   value.Dates // over all rows
	Names   value.Names
	Samples []string // a few different cells, as they stand

	email, phone, ssn, money, number, flag, unit, known, code, name, word, prose int
	date, serial, state, stage, urgent, way, side, job, zip, vacant              int
	numbered                                                                     int // words with a number behind: "Resident 17"
	span                                                                         int // stretches of days, or lists of them
	distinct                                                                     map[string]struct{}
}

// Add takes one cell into account. known tells whether a unit key is that of a home of this property; it may be nil.
func (p *Profile) Add(cell string, known func(key string) bool) {
	deep := p.Rows < deepRows
	p.Rows++
	cell = value.Clean(cell)
	if cell == "" || value.None(cell) {
		return
	}
	if !deep {
		if p.Dates.Seen > p.Dates.Other {
			p.Dates.Add(cell)
		}
		return
	}
	p.Filled++
	p.remember(cell)
	p.scalar(cell)
	p.vocabulary(strings.ToLower(cell))
	if value.LooksLikeUnit(cell) {
		p.unit++
		if known != nil && known(value.UnitKey(cell)) {
			p.known++
		}
	}
	if value.LooksLikeCode(cell) {
		p.code++
	}
	if value.Vacant(cell) != "" {
		p.vacant++
	}
	p.Names.Add(cell)
	if value.LooksLikeName(cell) {
		p.name++
	}
	words := len(strings.Fields(cell))
	if words <= 3 && !strings.ContainsAny(cell, "0123456789@") {
		p.word++
	}
	if words <= 4 && isNumbered(cell) {
		p.numbered++
	}
	if words >= 4 {
		p.prose++
	}
}

// isNumbered tells whether a cell is words of letters with digits only at the end of some: "Resident 17", "Kim2". People
// in samples and in places that number their guests are called so.
func isNumbered(cell string) bool {
	letters, digits := 0, 0
	for _, w := range strings.Fields(cell) {
		head := strings.TrimRight(w, "0123456789")
		if strings.ContainsFunc(head, func(r rune) bool { return !unicode.IsLetter(r) && r != '.' && r != '-' && r != '\'' && r != ',' }) {
			return false
		}
		letters += len(head)
		digits += len(w) - len(head)
	}
	return letters >= 3 && digits > 0
}

// isSpan tells whether a cell is a stretch of days or a list of days, and not one day.
func isSpan(cell string) bool {
	if len(cell) > 200 || !strings.ContainsAny(cell, "0123456789") {
		return false
	}
	for _, order := range []value.Order{value.MonthFirst, value.DayFirst} {
		if s, bad := value.Spans(cell, order); bad == "" && (len(s) > 1 || len(s) == 1 && s[0].From != s[0].To) {
			return true
		}
	}
	return false
}

func (p *Profile) remember(cell string) {
	if p.distinct == nil {
		p.distinct = map[string]struct{}{}
	}
	if _, seen := p.distinct[cell]; seen || len(p.distinct) >= 1024 {
		return
	}
	p.distinct[cell] = struct{}{}
	if len(p.Samples) < 3 {
		p.Samples = append(p.Samples, cell)
	}
}

func (p *Profile) scalar(cell string) {
	seen, serial := p.Dates.Seen, p.Dates.Serial
	p.Dates.Add(cell)
	switch {
	case isSpan(cell):
		p.span++ // its first date is not what it says
	case p.Dates.Serial > serial:
		p.serial++ // a bare number: a date only if the heading says so
	case p.Dates.Seen > seen:
		p.date++
	}
	if _, ok := value.Email(cell); ok {
		p.email++
	}
	if value.LooksLikePhone(cell) {
		p.phone++
	}
	if value.LooksLikeSSN(cell) {
		p.ssn++
	}
	if _, ok := value.Money(cell); ok {
		p.money++
	}
	if _, ok := value.Number(cell); ok {
		p.number++
	}
	if _, ok := value.Bool(cell); ok {
		p.flag++
	}
	if n := len(cell); (n == 5 || n == 10) && strings.Trim(cell, "0123456789-") == "" {
		p.zip++
	}
}

// vocabulary counts cells that use the words of a list; a cell may count for several.
func (p *Profile) vocabulary(cell string) {
	count := func(n *int, words ...string) {
		for _, w := range words {
			if strings.Contains(cell, w) {
				*n++
				return
			}
		}
	}
	if len(cell) > 40 {
		return
	}
	count(&p.state, "current", "past", "future", "notice", "vacant", "occupied", "evict", "applicant", "former", "active", "inactive", "moved", "month-to-month", "pending", "leased", "model", "down", "renew")
	count(&p.stage, "new", "open", "close", "complete", "progress", "assigned", "scheduled", "hold", "waiting", "cancel", "done", "deferred", "submitted", "resolved", "pending", "finished", "received")
	count(&p.urgent, "emergency", "urgent", "high", "normal", "low", "routine", "standard", "medium", "critical", "prevent", "p1", "p2", "p3", "p4")
	count(&p.way, "email", "e-mail", "sms", "text", "call", "phone", "portal", "letter", "mail", "voice", "in person", "office", "chat")
	count(&p.side, "in", "out", "sent", "received", "from resident", "to resident")
	count(&p.job, "manager", "leasing", "maintenance", "technician", "supervisor", "coordinator", "regional", "assistant", "admin", "auditor", "porter", "director", "tech", "consultant")
}

// fit gives 0 to 1: how well the cells fit a class. ok is false when there is nothing to judge.
func (p *Profile) fit(c Class) (share float64, ok bool) {
	if p == nil || p.Filled == 0 {
		return 0, false
	}
	of := func(n int) float64 { return float64(n) / float64(p.Filled) }
	plain := 1 - max(of(p.email), of(p.phone), of(p.date)) // free text is what is nothing else
	switch c {
	case Email:
		return of(p.email), true
	case Phone:
		return of(p.phone), true
	case Date:
		return of(p.date + p.serial), true
	case Spans:
		return of(p.span + p.date), true
	case Money:
		return of(p.money) * (1 - 0.7*of(p.date)), true
	case Number:
		return of(p.number), true
	case Flag:
		return of(p.flag), true
	case Zip:
		return of(p.zip), true
	case Unit:
		return max(of(p.unit)*0.9, of(p.known)) * (1 - of(p.date)), true
	case Code:
		if p.Filled >= 5 && len(p.distinct) == 1 {
			return 0.2, true // the same everywhere: what it identifies is the file, not the row
		}
		return of(p.code) * (1 - of(p.date)), true
	case Name:
		return min(1, of(p.name+p.vacant)+0.7*of(p.numbered)), true
	case Word:
		return min(1, of(p.word)+0.7*of(p.numbered)), true
	case Prose:
		return min(plain, 0.4+of(p.prose)), true
	case State:
		return of(p.state), true
	case Stage:
		return of(p.stage), true
	case Urgent:
		return of(p.urgent), true
	case Way:
		return of(p.way), true
	case Side:
		return of(p.side), true
	case Job:
		return of(p.job), true
	}
	return plain * (1 - 0.3*of(p.money)), true
}

// empty tells whether cells were looked at and none holds anything; of a file without rows nothing is known.
func (p *Profile) empty() bool { return p != nil && p.Filled == 0 }

// SSN tells whether the column holds social security numbers, whatever its heading says.
func (p *Profile) SSN() bool { return p != nil && p.Filled > 0 && p.ssn*4 >= p.Filled }
