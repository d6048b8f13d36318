package rule

// runPrefix begins the names of what a run of a playbook remembers.
const runPrefix = "run."

// WithRun lets the condition read what the run remembers: run.<name> for each of vars. The values stand in Vars.Event
// under "run.<name>".
func WithRun(vars map[string]Type) Option {
	return func(s *scope) {
		for name, t := range vars {
			s.add(runPrefix+name, variable{field: -1, event: runPrefix + name, typ: t})
		}
	}
}

// Nearest gives the name that was probably meant, or "" if none is near.
func Nearest(name string, names []string) string { return nearest(name, names) }

// Conjuncts gives, for each of the parts that && joins at the top, the names that it reads.
func (c *Cond) Conjuncts() [][]string {
	out := make([][]string, len(c.parts))
	for i, p := range c.parts {
		out[i] = append([]string(nil), p.reads...)
	}
	return out
}

// Words is how the type is called in a sentence: "a whole number".
func (t Type) Words() string { return t.words() }
