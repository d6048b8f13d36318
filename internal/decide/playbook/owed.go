package playbook

import (
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

// restricted refuses to know what somebody owes in a playbook that does more than give tasks to those roles.
func (c *Compiler) restricted(p *Program) error {
	name := p.owing()
	if name == "" {
		return nil
	}
	for _, o := range p.code {
		if o.kind == opSend || o.kind == opTask && o.step.Task.widens() {
			return invalid("steps", "%s may only be used in a playbook that gives tasks to a role and sends nothing.", name)
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
