package web

// notes says what waits for a person's word, and where to give it.
func (p Proposed) notes() []note {
	var out []note
	if p.Heard > 0 {
		out = append(out, note{Text: count(p.Heard, "thing that a resident said would make a preference", "things that residents said would make preferences") +
			", once somebody keeps or declines it: hearth heard list, or GET /api/v1/heard."})
	}
	if p.People > 0 {
		out = append(out, note{Text: count(p.People, "pair of residents may be one person", "pairs of residents may be one person each") +
			"; somebody should say: hearth identity list, or GET /api/v1/identity/proposals."})
	}
	return out
}
