package column

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hearth/internal/edge/ingest/value"
)

// Below least a column is left unused; below sure the report asks a person to look.
const (
	least = 0.42
	sure  = 0.62
)

// Known gives 0 to 1: how much a text looks like a heading for the kind. Package table finds heading rows with it.
func Known(k Kind) func(string) float64 {
	fields := compile(Fields(k))
	return func(text string) float64 {
		if refused(text) != "" {
			return 1
		}
		best := 0.0
		have := tokens(text)
		for _, f := range fields {
			best = max(best, f.heading(have))
		}
		return best
	}
}

// Recognise maps the columns of a file. profiles has one entry per heading and may be nil when only headings are known.
// rules may be nil. The mapping is complete even when something is missing; Missing then says what.
func Recognise(k Kind, header []string, profiles []*Profile, rules *Rules) *Mapping {
	m := &Mapping{Kind: k, Columns: make([]Column, len(header))}
	fields := compile(Fields(k))
	at := func(i int) *Profile {
		if i < len(profiles) {
			return profiles[i]
		}
		return nil
	}
	told := rules.fields(header)
	free := make([]int, 0, len(header)) // columns that are still to be judged
	taken := map[string]bool{}
	for i, h := range header {
		c := &m.Columns[i]
		*c = Column{Index: i, Heading: h, Field: Skip}
		switch why := refused(h); {
		case why != "":
			c.Refused, c.Confidence, c.Reason = true, 1, "refused: "+why
		case at(i).SSN():
			c.Refused, c.Confidence, c.Reason = true, 1, "refused: its values look like social security numbers"
		default:
			if f, ok := told[i]; ok && !taken[f] {
				c.Field, c.Confidence = f, 1
				c.Reason = "the mapping file says so"
				switch _, chosen := rules.Chosen[i]; {
				case chosen:
					c.Reason = "chosen here"
				case rules.Kept:
					c.Reason = "as in the import before"
				}
				if f != Skip {
					taken[f] = true
				}
				continue
			}
			free = append(free, i)
		}
	}
	m.judge(fields, header, free, taken, at)
	m.rescue(at)
	m.charges(told, rules)
	m.orders(rules, at)
	m.check()
	return m
}

// judge scores every free column against every field, settles what is obvious, and then takes the best assignment of
// the rest as a whole, so that "Resident" is a number where a "Name" column stands beside it and a name where none does.
func (m *Mapping) judge(fields []compiled, header []string, free []int, taken map[string]bool, at func(int) *Profile) {
	verdicts := make([][]verdict, len(free))
	for n, i := range free {
		verdicts[n] = make([]verdict, len(fields))
		have := tokens(header[i])
		for j, f := range fields {
			if taken[f.Name] {
				continue
			}
			if v := f.score(have, at(i)); v.confidence >= least {
				verdicts[n][j] = v
			}
		}
	}
	standBack(verdicts, func(n int) bool { return at(free[n]).empty() })
	settled := map[int]bool{}
	for n, i := range free {
		j := obvious(verdicts, n, fields)
		if j < 0 {
			continue
		}
		settled[n] = true
		m.Columns[i].take(fields[j], verdicts[n][j])
		if fields[j].Ignored == "" {
			for k := range verdicts {
				verdicts[k][j] = verdict{}
			}
		}
	}
	for n, j := range assign(gains(verdicts, settled)) {
		c := &m.Columns[free[n]]
		switch {
		case settled[n]:
		case j < 0:
			c.Reason = "no field of " + string(m.Kind) + " fits this heading and its values"
		default:
			c.take(fields[j], verdicts[n][j])
		}
	}
}

// standBack lets a column without any value stand back behind one that has values and is the same thing by its heading: of
// "service_request_description" and "job_description" the one that says something.
func standBack(verdicts [][]verdict, empty func(n int) bool) {
	const alike, behind = 0.6, 0.1
	if len(verdicts) == 0 {
		return
	}
	for j := range verdicts[0] {
		filled := 0.0
		for n := range verdicts {
			if v := verdicts[n][j].confidence; !empty(n) && v >= bestOf(verdicts[n]) {
				filled = max(filled, v)
			}
		}
		if filled < alike {
			continue
		}
		for n := range verdicts {
			if empty(n) {
				verdicts[n][j].confidence = min(verdicts[n][j].confidence, filled-behind)
			}
		}
	}
}

// gains weighs what is not settled yet. What fits a column far worse than its best does not count: where "unit" and
// "bldg_unit" stand side by side, the one that is left over is left unused rather than taken for the city.
func gains(verdicts [][]verdict, settled map[int]bool) [][]float64 {
	const far = 0.3
	gain := make([][]float64, len(verdicts))
	for n := range verdicts {
		gain[n] = make([]float64, len(verdicts[n]))
		best := bestOf(verdicts[n])
		for j, v := range verdicts[n] {
			if !settled[n] && v.confidence > best-far {
				gain[n][j] = v.confidence * v.confidence
			}
		}
	}
	return gain
}

func bestOf(column []verdict) float64 {
	best := 0.0
	for _, v := range column {
		best = max(best, v.confidence)
	}
	return best
}

// obvious gives the field that column n clearly is: each is the other's best by far. Several columns may be the same
// ignored thing.
func obvious(verdicts [][]verdict, n int, fields []compiled) int {
	const high, margin = 0.85, 0.08
	best, second := -1, 0.0
	for j, v := range verdicts[n] {
		if best < 0 || v.confidence > verdicts[n][best].confidence {
			if best >= 0 {
				second = verdicts[n][best].confidence
			}
			best = j
		} else {
			second = max(second, v.confidence)
		}
	}
	if best < 0 || verdicts[n][best].confidence < high || verdicts[n][best].confidence-second < margin {
		return -1
	}
	if fields[best].Ignored != "" {
		return best
	}
	for k := range verdicts {
		if k != n && verdicts[k][best].confidence > verdicts[n][best].confidence-margin {
			return -1
		}
	}
	return best
}

func (c *Column) take(f compiled, v verdict) {
	c.Confidence = math.Round(v.confidence*100) / 100
	if f.Ignored != "" {
		c.Reason = "recognised and left out: " + f.Ignored
		return
	}
	c.Field, c.Reason = f.Name, v.reason
}

// rescue fills a missing home label from its identifier column when that holds labels.
func (m *Mapping) rescue(at func(int) *Profile) {
	if m.Has(UnitLabel) || !m.Has(UnitID) || (m.Kind != Units && m.Kind != Residents) {
		return
	}
	i := m.Of(UnitID)
	if fit, ok := at(i).fit(Unit); ok && fit < 0.6 {
		return
	}
	m.Columns[i].Field = UnitLabel
	m.Columns[i].Confidence = min(m.Columns[i].Confidence, 0.6)
	m.Columns[i].Reason = "the only column that names homes"
}

// charges takes a bare amount beside charge codes for the amount of each charge: as the rent, the last line of a household,
// its parking or its pet, would win. A mapping file that calls it rent is believed.
func (m *Mapping) charges(told map[int]string, rules *Rules) {
	i := m.Of(Rent)
	if i < 0 || !m.Has(ChargeCode) || m.Has(ChargeAmount) || slices.Contains(tokens(m.Columns[i].Heading), "rent") {
		return
	}
	if _, ok := told[i]; ok && (!rules.Kept || rules.Chosen[i] != "") {
		return
	}
	m.Columns[i].Field = ChargeAmount
	m.Columns[i].Confidence = max(m.Columns[i].Confidence, 0.8)
	m.Columns[i].Reason = "the amount beside the charge codes"
}

// Holds tells whether the column holds values of a class, such as dates.
func (m *Mapping) Holds(c Column, k Class) bool {
	return c.Field != Skip && class(m.Kind, c.Field) == k
}

// orders settles how dates and names are written, over all columns that hold them.
func (m *Mapping) orders(rules *Rules, at func(int) *Profile) {
	var dates value.Dates
	var names value.Names
	for _, c := range m.Columns {
		p := at(c.Index)
		if p == nil || c.Field == Skip {
			continue
		}
		if c.Field == StaffAway {
			for cell := range p.distinct {
				dates.AddSpans(cell)
			}
		}
		if class(m.Kind, c.Field) == Date {
			dates.DayFirst += p.Dates.DayFirst
			dates.DayLater += p.Dates.DayLater
			dates.Ambiguous += p.Dates.Ambiguous
		}
		if class(m.Kind, c.Field) == Name {
			names.FirstFirst += p.Names.FirstFirst
			names.LastFirst += p.Names.LastFirst
			names.Comma += p.Names.Comma
			names.Seen += p.Names.Seen
		}
	}
	m.Dates, m.DatesHow = dates.Order(value.MonthFirst)
	m.Names, m.NamesHow = names.Order()
	m.DatesDoubt, m.NamesDoubt = dates.Doubtful(), names.Doubtful()
	if m.DatesHow == "" {
		m.DatesHow = "no date needs it"
	}
	if rules != nil && rules.Dates != "" && (!rules.Kept || dates.DayFirst+dates.DayLater == 0) {
		m.Dates, m.DatesHow = value.Order(rules.Dates), "as kept or told"
	}
	if rules != nil && rules.Names != "" && (!rules.Kept || names.FirstFirst == names.LastFirst) {
		m.Names, m.NamesHow = value.NameOrder(rules.Names), "as kept or told"
	}
	if rules != nil && rules.ChosenDates != "" {
		m.Dates, m.DatesHow = rules.ChosenDates, "as you chose"
	}
	if rules != nil && rules.ChosenNames != "" {
		m.Names, m.NamesHow = rules.ChosenNames, "as you chose"
	}
	if dates.DayFirst > 0 && dates.DayLater > 0 {
		m.Uncertain = append(m.Uncertain, fmt.Sprintf("Dates are written both ways: %d only fit with the day first, %d only with the month first.", dates.DayFirst, dates.DayLater))
	}
}

// check lists what is missing and what a person should look at.
func (m *Mapping) check() {
	for _, need := range Needs(m.Kind) {
		if !m.Has(need...) {
			m.Missing = append(m.Missing, fmt.Sprintf("No column was recognised as %s.", strings.Join(need, " or ")))
		}
	}
	for _, c := range m.Columns {
		if c.Field != Skip && c.Confidence < sure {
			m.Uncertain = append(m.Uncertain, fmt.Sprintf("%q was taken for %s, which is not certain (%s).", c.Heading, c.Field, c.Reason))
		}
	}
}

func class(k Kind, field string) Class {
	for _, f := range Fields(k) {
		if f.Name == field {
			return f.Class
		}
	}
	return Text
}

// bare is heading without the names that say "id" or "number": a heading that lacks such a word is not one of those.
func (f compiled) bare(have []string) float64 {
	best := 0.0
	for _, p := range f.phrases {
		if !identifies(p.words) {
			best = max(best, p.fit(have))
		}
	}
	return best
}

type phrase struct {
	words  []string
	weight float64
	total  float64
}

type compiled struct {
	Field
	phrases []phrase
}

func compile(fields []Field) []compiled {
	out := make([]compiled, len(fields))
	for i, f := range fields {
		out[i].Field = f
		for _, w := range f.Words {
			text, num, has := strings.Cut(w, "=")
			p := phrase{words: tokens(text), weight: 1}
			if has {
				p.weight, _ = strconv.ParseFloat(num, 64)
			}
			for _, t := range p.words {
				p.total += weight(t)
			}
			out[i].phrases = append(out[i].phrases, p)
		}
	}
	return out
}

// heading gives 0 to 1: how well a heading's words fit one of the field's names.
func (f compiled) heading(have []string) float64 {
	best := 0.0
	for _, p := range f.phrases {
		best = max(best, p.fit(have))
	}
	return best
}

func (p phrase) fit(have []string) float64 {
	if len(have) == 0 || len(p.words) == 0 {
		return 0
	}
	used := make([]bool, len(p.words))
	shared, total, strange := 0.0, 0.0, 1.0
	for _, h := range have {
		w := weight(h)
		total += w
		found := false
		for i, t := range p.words {
			if !used[i] && t == h {
				used[i], found = true, true
				shared += w
				break
			}
		}
		if !found && stranger(h) {
			strange = 0.45
		}
	}
	if shared == 0 {
		return 0
	}
	// Covering the name counts double against having further words beside it: people write long headings.
	precise, covered := shared/total, shared/p.total
	s := 3 * precise * covered / (2*precise + covered)
	for i, t := range p.words {
		if used[i] {
			continue
		}
		if stranger(t) {
			strange = 0.45
		}
	}
	// The word that carries the meaning must be there: "id" alone is not "unit id".
	if strongest(p.words, used) < strongest(p.words, nil)-0.1 {
		s *= 0.6
	}
	return s * strange * p.weight
}

// strongest gives the weight of the most telling of the words, of the used ones or of all.
func strongest(words []string, used []bool) float64 {
	best := 0.0
	for i, t := range words {
		if used == nil || used[i] {
			best = max(best, weight(t))
		}
	}
	return best
}

// elsewhere tells whether a heading speaks of somebody who is not the resident, whose values look just the same.
func elsewhere(have []string) bool {
	for _, w := range have {
		switch w {
		case "emergency", "guarantor", "cosigner", "owner", "vendor", "employer", "landlord", "manager", "contractor", "agent", "previous", "former", "fax", "reference":
			return true
		}
	}
	return false
}

func identifies(have []string) bool {
	for _, w := range have {
		switch w {
		case "id", "number", "code", "key", "uuid", "reference", "ticket", "receipt":
			return true
		}
	}
	return false
}

type verdict struct {
	confidence float64
	reason     string
}

// score joins the evidence of heading and cells.
func (f compiled) score(have []string, p *Profile) verdict {
	h := f.heading(have)
	if f.Class == Code && !identifies(have) {
		h = f.bare(have)
	}
	fit, judged := p.fit(f.Class)
	if !judged {
		if h < 0.62 {
			return verdict{}
		}
		return verdict{h * 0.97, "by its heading; it holds no values to check against"}
	}
	share := int(math.Round(fit * 100))
	joined := h * (0.35 + 0.65*fit)
	if free := f.Class == Text || f.Class == Prose || f.Class == Word; free {
		joined = h * (0.7 + 0.3*fit)
		if fit < 0.2 {
			joined = h * 0.4 // every cell is something else: addresses, dates, phones
		}
	}
	if h >= 0.97 {
		joined = max(joined, 0.45) // called exactly so; unless something fits better, a person should look
	}
	v := verdict{joined, fmt.Sprintf("by its heading, and %d%% of its values look right", share)}
	if alone := f.alone(p, fit); alone > v.confidence && !elsewhere(have) {
		v = verdict{alone, fmt.Sprintf("by its values: %d%% look right, though the heading says otherwise", share)}
		if h > 0.2 {
			v.reason = fmt.Sprintf("by its values: %d%% look right", share)
		}
	}
	return v
}

// alone gives the confidence that cells give without a heading, for what cannot be mistaken for something else.
func (f compiled) alone(p *Profile, fit float64) float64 {
	if fit < 0.6 || f.Ignored != "" {
		return 0
	}
	switch f.Name {
	case LeaseStatus:
		if p.Filled >= 4 && fit > 0.9 && len(p.distinct) <= 8 && len(p.distinct)*2 <= p.Filled+2 {
			return 0.5 * fit
		}
	case EmailAddr:
		return 0.66 * fit
	case PhoneAny:
		if p.Filled >= 5 && len(p.distinct)*4 < p.Filled {
			return 0 // hardly anybody shares one with so many: a number of something else
		}
		return 0.6 * fit
	case UnitLabel:
		if p.known*10 >= p.Filled*7 && p.Filled >= 3 {
			return 0.6 * float64(p.known) / float64(p.Filled)
		}
	case FullName:
		if p.Names.FirstFirst+p.Names.LastFirst+p.Names.Comma >= 3 && len(p.distinct)*2 > p.Filled {
			return 0.55 * fit
		}
	}
	return 0
}
