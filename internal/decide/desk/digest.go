package desk

import (
	"fmt"

	"hearth"
)

// carrier is a short note that goes out now and can take others of the same resident with it.
type carrier struct {
	intent   int
	message  int // its place among the round's messages
	digest   Digest
	language string
	facts    map[string]any
	notes    []string
}

// carry makes a message that goes out the one that later short notes of this batch may join.
func (r *round) carry(c *Case, i int) {
	small := c.Intent.Class == hearth.ClassService || c.Intent.Class == hearth.ClassRelation
	if !small || c.Text.Short == "" || r.carriers[c.Intent.Resident] != nil {
		return
	}
	w := c.best()
	r.carriers[c.Intent.Resident] = &carrier{
		intent: i, message: len(r.messages), language: c.Text.Language,
		digest: Digest{Into: c.Intent.ID, Class: c.Intent.Class, Channel: w.Channel, AddressKey: w.AddressKey},
		facts:  map[string]any{"property.name": c.Place.Name},
		notes:  []string{c.Text.Short},
	}
}

// join adds a note to the message that goes out. A relation note makes the whole a relation message: it counts as one,
// and one can unsubscribe from it.
func (r *round) join(c *Case) {
	k := r.carriers[c.Intent.Resident]
	k.notes = append(k.notes, c.Text.Short)
	if !k.digest.Class.Stronger(c.Intent.Class) {
		return
	}
	k.digest.Class = c.Intent.Class
	for _, s := range r.recent[c.Intent.Resident] {
		if s.ID == k.digest.Into {
			s.Class = k.digest.Class
			r.remember(s)
		}
	}
}

// digests rewrites the messages that others joined.
func (r *round) digests() error {
	for _, k := range r.carriers {
		if len(k.notes) < 2 {
			continue
		}
		k.facts["digest.notes"] = k.notes
		text, missing, err := r.Templates.Render("digest", k.language, k.digest.Channel, k.facts)
		if err != nil || len(missing) > 0 {
			return fmt.Errorf("write digest (missing %v): %w", missing, err)
		}
		m := &r.messages[k.message]
		m.Class, m.Subject, m.Body, m.Short = k.digest.Class, text.Subject, text.Body, text.shortFor(m.Channel)
		m.Reason = fmt.Sprintf("%s It carries %s.", m.Reason, countWords(len(k.notes), "short note"))
	}
	return nil
}
