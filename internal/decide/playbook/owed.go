package playbook

import (
	"errors"
	"slices"
	"strings"

	"hearth"
)

// What a resident owes, or has paid late, must not colour the tone or timing of what they are told, and is open to those alone
// whom it concerns. Signals say it, and so do the events that feed them.

// tellsOwed tells whether an event of the type says what somebody owes or paid.
func tellsOwed(t hearth.EventType) bool {
	return strings.HasPrefix(string(t), "payment.") || strings.HasPrefix(string(t), "arrears.")
}

// owing names the first signal or event by which a program knows what somebody owes; "" when it does not.
func (p *Program) owing() string {
	for _, cond := range p.conditions() {
		if names := cond.Restricted(); len(names) > 0 {
			return names[0]
		}
	}
	for t := range p.Def.named() {
		if tellsOwed(t) {
			return string(t)
		}
	}
	return ""
}

// owedRoles gives who may learn from a task what somebody owes.
func owedRoles() []hearth.Role {
	return []hearth.Role{hearth.RoleManager, hearth.RoleAssistant, hearth.RoleCoordinator}
}

// Accepted gives a compiler for texts that were switched on once: what a rule that came since would refuse goes on, and its program says
// so (Program.Refused). Runs of people end for no reason of theirs otherwise.
func (c *Compiler) Accepted() *Compiler {
	accepted := *c
	accepted.accepted = true
	return &accepted
}

// mayKnow puts the rule about what somebody owes to a program.
func (c *Compiler) mayKnow(p *Program) error {
	err := c.restricted(p)
	if err != nil && c.accepted {
		p.Refused = locate(&p.Def.root, err)
		return nil
	}
	return err
}

// Overdue gives the hint about a program that could not be switched on again as it stands; false: it could.
func (p *Program) Overdue() (Hint, bool) {
	if p.Refused == nil {
		return Hint{}, false
	}
	h := Hint{Playbook: p.Def.ID, Text: "It goes on for now, but a newer rule refuses it: " + hearth.MessageOf(p.Refused) + " Change it and switch it on again."}
	if e := new(hearth.Error); errors.As(p.Refused, &e) {
		h.Where = e.Field
	}
	return h, true
}

// restricted refuses to know what somebody owes in a playbook that does more than give tasks to those roles.
func (c *Compiler) restricted(p *Program) error {
	name := p.owing()
	if name == "" {
		return nil
	}
	for _, o := range p.code {
		if o.kind == opSend || o.kind == opTask && o.step.Task.widens() {
			return invalid("steps", "%s may only be used in a playbook that sends nothing and gives its tasks to a named role, not to whoever knows them best.", name)
		}
		for _, role := range o.roles() {
			if !slices.Contains(owedRoles(), role) {
				return o.step.fail("%s may only be used in a playbook whose tasks are for the property manager, the assistant manager or the service coordinator, and not for the %s.",
					name, strings.ReplaceAll(string(role), "_", " "))
			}
		}
	}
	return nil
}

// roles gives everybody to whom the instruction can bring a task.
func (o *op) roles() []hearth.Role {
	switch o.kind {
	case opEscalate:
		return []hearth.Role{o.step.Escalate.Role}
	case opTask:
		roles := []hearth.Role{o.step.Task.Role}
		for _, r := range o.step.Task.Escalate {
			roles = append(roles, r.Role)
		}
		return roles
	}
	return nil
}
