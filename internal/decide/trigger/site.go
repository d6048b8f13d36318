package trigger

import (
	"context"

	"hearth"
	"hearth/internal/act/task"
)

// A playbook for the property runs for no resident. Its memory is an entry as any other, kept under the property's id
// in a resident's place: so re-entry, timers and waits work alike. Nobody's signals are folded into it.

// siteID is the name under which a property's own entry is kept.
func siteID(p hearth.PropertyID) hearth.ResidentID { return hearth.ResidentID(p) }

// site tells whether the entry is a property's own.
func (en *entry) site() bool { return en.property != "" && en.resident == siteID(en.property) }

// who gives the resident that the entry is about; "" for a property's own.
func (en *entry) who() hearth.ResidentID {
	if en.site() {
		return ""
	}
	return en.resident
}

// onSite carries on what the property's own runs wait for.
func (b *batch) onSite(ctx context.Context, ev *hearth.Event) error {
	if !b.act.siteEvents[ev.Type] || ev.Property == "" || ev.History {
		return nil
	}
	en, err := b.knownEntry(ctx, siteID(ev.Property))
	if err != nil || en == nil {
		return err
	}
	if err := b.hoped(en, ev); err != nil {
		return err
	}
	return b.runsOn(ctx, en, ev)
}

// sitePacket is what is known when a property's task opens: where, and what its event said.
func (b *batch) sitePacket(ctx context.Context, w taskWish) (task.Context, error) {
	p, err := b.Records.Property(ctx, b.tx, w.en.property)
	if err != nil {
		return task.Context{}, err
	}
	facts := []task.Fact{{Name: "Property", Value: p.Name}}
	for _, x := range []struct{ name, field string }{{"What", "description"}, {"Category", "category"}, {"Equipment", "equipment"}, {"Priority", "priority"},
		{"Where", "where"}, {"Their words", "text"}} {
		if text, _ := w.run.Facts.Event[x.field].(string); text != "" {
			facts = append(facts, task.Fact{Name: x.name, Value: text})
		}
	}
	return task.Context{Facts: facts}, nil
}
