package webhook

import (
	"context"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Hears tells whether a webhook is to hear an event: one of its types, of a property that it hears of. What belongs to no property is
// heard by those alone that hear of every one: nobody said of such an event to whom it may go.
func (h Hook) Hears(ev *hearth.Event) bool {
	return slices.Contains(h.Types, ev.Type) && (len(h.Properties) == 0 || slices.Contains(h.Properties, ev.Property))
}

// checkScope refuses properties that are not there, and gives those that are named, each once.
func (s *Hooks) checkScope(ctx context.Context, tx *db.Tx, named []hearth.PropertyID) ([]hearth.PropertyID, error) {
	if len(named) == 0 {
		return nil, nil
	}
	all, err := s.Places(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, p := range named {
		if !slices.Contains(all, p) {
			return nil, hearth.FieldErrorf("properties", "There is no property %q.", p)
		}
	}
	out := slices.Clone(named)
	slices.Sort(out)
	return slices.Compact(out), nil
}

// overlap tells whether two webhooks hear of one property; none named is every one.
func overlap(a, b []hearth.PropertyID) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(p hearth.PropertyID) bool { return slices.Contains(b, p) })
}

func packScope(all []hearth.PropertyID) string {
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

func parseScope(words string) (out []hearth.PropertyID) {
	for _, w := range strings.Fields(words) {
		out = append(out, hearth.PropertyID(w))
	}
	return out
}

// told gives properties as the log has them: a list, also where none is named.
func told(all []hearth.PropertyID) *[]hearth.PropertyID {
	out := append([]hearth.PropertyID{}, all...)
	return &out
}
