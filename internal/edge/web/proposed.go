package web

// notes says what waits for a person's word, and where to give it.
func (p Proposed) notes() []note {
	var out []note
	if p.Heard > 0 {
		out = append(out, note{Text: "Residents said " + count(p.Heard, "thing", "things") + " worth remembering. Keep or decline each: " +
			"hearth heard list, or GET /api/v1/heard."})
	}
	if p.People > 0 {
		out = append(out, note{Text: count(p.People, "pair of residents may be one person", "pairs of residents may be one person each") +
			". Say so, or that they are not: hearth identity list, or GET /api/v1/identity/proposals."})
	}
	return out
}
