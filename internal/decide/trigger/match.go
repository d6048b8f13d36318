package trigger

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/rule"
)

// Match is a resident for whom a condition holds now, with what was asked of their signals; those that are not known are missing.
type Match struct {
	Resident hearth.ResidentID
	Known    map[string]float64
}

// Matching gives the residents of a property for whom each of some conditions holds now, by id, with the signals in reads. It
// looks at everybody once, whatever the number of conditions. Those count who live there or will, and may be written to. It
// fails with CodeInvalid for a condition that cannot be used.
func (e *Engine) Matching(ctx context.Context, property hearth.PropertyID, conditions []string, reads []string) ([][]Match, error) {
	conds := make([]*rule.Cond, len(conditions))
	for i, text := range conditions {
		var err error
		if conds[i], err = e.Env.Compile(text); err != nil {
			return nil, hearth.FieldErrorf("if", "The condition cannot be used: %s", err.Error())
		}
	}
	out := make([][]Match, len(conds))
	err := e.everybody(ctx, property, "", func(en *entry, now time.Time) (bool, error) {
		v := en.view(now)
		for i, c := range conds {
			in, err := c.Eval(rule.Vars{Fields: v})
			if err != nil {
				return false, err
			}
			if !in {
				continue
			}
			m := Match{Resident: en.resident, Known: map[string]float64{}}
			for _, name := range reads {
				if n, ok := v.Int(name); ok {
					m.Known[name] = float64(n)
				} else if f, ok := v.Float(name); ok {
					m.Known[name] = f
				}
			}
			out[i] = append(out[i], m)
		}
		return true, nil
	})
	return out, err
}
