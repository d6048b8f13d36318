package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// Change is what is to be another with a webhook; nil leaves it. Its address stays: another address is another program.
type Change struct {
	Types      *[]hearth.EventType
	Note       *string
	Properties *[]hearth.PropertyID // empty: every one, those that come later too
}

// Change has a webhook hear something else. Its secret stays, and so does what waits, as far as it is to hear that still. The same is
// refused as for a new one. Where whoever made it may not have it hear that, it is theirs from then on who changed it.
func (s *Hooks) Change(ctx context.Context, by hearth.Actor, id string, c Change) (h Hook, err error) {
	if c.Types != nil {
		if err := checkTypes(*c.Types); err != nil {
			return h, err
		}
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if h, err = hold(ctx, tx, id); err != nil {
			return err
		}
		d, err := s.apply(ctx, tx, &h, c)
		if err != nil || d == nil {
			return err
		}
		if err := s.alone(ctx, tx, h); err != nil {
			return err
		}
		if h.MadeBy, err = s.answers(ctx, tx, h, by); err != nil {
			return err
		}
		types, err := json.Marshal(h.Types)
		if err != nil {
			return fmt.Errorf("write types: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE webhooks SET types = $1, note = $2, properties = $3, made_by = $4 WHERE org = $5 AND id = $6`,
			string(types), h.Note, packScope(h.Properties), h.MadeBy.String(), tx.Org(), id); err != nil {
			return fmt.Errorf("change webhook %s: %w", id, err)
		}
		return s.did(ctx, tx, by, h, *d)
	})
	return h, err
}

// apply puts a change into a webhook and says what is another; nil: nothing.
func (s *Hooks) apply(ctx context.Context, tx *db.Tx, h *Hook, c Change) (*Deed, error) {
	d, same := Deed{Did: Altered}, true
	if c.Types != nil && !alike(*c.Types, h.Types) {
		d.More, d.Less, same = without(*c.Types, h.Types), without(h.Types, *c.Types), false
		h.Types = *c.Types
	}
	if c.Note != nil && *c.Note != h.Note {
		h.Note, d.Note, same = *c.Note, c.Note, false
	}
	if c.Properties != nil {
		scope, err := s.checkScope(ctx, tx, *c.Properties)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(scope, h.Properties) {
			h.Properties, d.Properties, same = scope, told(scope), false
		}
	}
	if same {
		return nil, nil
	}
	return &d, nil
}

// answers gives who answers for a webhook: whoever made it, or, where they may not have it hear what it hears, by.
func (s *Hooks) answers(ctx context.Context, tx *db.Tx, h Hook, by hearth.Actor) (hearth.Actor, error) {
	may, err := s.May(ctx, tx, h.MadeBy, h.Properties)
	if err != nil || may {
		return h.MadeBy, err
	}
	return by, nil
}

// alone refuses a webhook that would have an address hear the same events twice.
func (s *Hooks) alone(ctx context.Context, tx *db.Tx, h Hook) error {
	have, err := list(ctx, tx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(o Hook) bool {
		return o.ID != h.ID && o.URL == h.URL && alike(o.Types, h.Types) && overlap(o.Properties, h.Properties)
	}) {
		return hearth.FieldErrorf("url", "This address hears these events already.")
	}
	return nil
}

// without gives what is in a and not in b.
func without(a, b []hearth.EventType) []hearth.EventType {
	return slices.DeleteFunc(slices.Clone(a), func(t hearth.EventType) bool { return slices.Contains(b, t) })
}
