package playbook

import (
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/rule"
)

// reviewPosted is the event of a public review.
const reviewPosted hearth.EventType = "review.posted"

// alike refuses a playbook that treats public reviews by what they say. Whoever praises and whoever blames is answered
// alike, and nobody is led to a public page because they are content: the Federal Trade Commission's rule on reviews
// (16 CFR 465) forbids it.
func (c *Compiler) alike(p *Program) error {
	const why = "Reviews are all dealt with alike, so that no condition may read what one says or how many stars it gives (16 CFR 465)."
	check := func(field string, meant bool, c *rule.Cond) error {
		if meant && c != nil && readsEvent(c) {
			return invalid(field, why)
		}
		return nil
	}
	mine := p.Def.Trigger.Event() == reviewPosted
	if err := check("trigger.if", mine, p.If); err != nil {
		return err
	}
	if err := check("trigger.repeat.where", mine, p.Where); err != nil {
		return err
	}
	for i, x := range p.Exits {
		if err := check(fmt.Sprintf("exits[%d].if", i), x.On == reviewPosted, x.Cond); err != nil {
			return err
		}
	}
	for _, o := range p.code {
		waits := o.kind == opWait && o.step.Wait != nil && slices.Contains(o.step.Wait.Awaited(), reviewPosted)
		if err := check("steps", mine || waits, o.cond); err != nil {
			return err
		}
	}
	return nil
}

// readsEvent tells whether a condition reads the data of an event.
func readsEvent(c *rule.Cond) bool {
	for _, names := range c.Conjuncts() {
		for _, n := range names {
			if strings.HasPrefix(n, "event.") && n != "event.type" {
				return true
			}
		}
	}
	return false
}
