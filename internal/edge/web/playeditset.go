package web

import (
	"strings"

	"hearth"
	"hearth/internal/decide/playbook"
)

// setPart writes what was posted for a part into the text. Only fields that the part has are read.
func (e *editor) setPart(part string, form func(string) (string, bool)) error {
	list := e.fields(part)
	if list == nil {
		return hearth.Errorf(hearth.CodeConflict, "What you changed is not there any more. Look at the steps again; nothing was changed.")
	}
	for _, f := range list {
		if f.Turns {
			if v, ok := form(f.Name); ok && v != f.Value {
				return e.turn(part, f.Name, v)
			}
		}
	}
	for _, f := range list {
		v, ok := form(f.Name)
		if f.Turns || !ok {
			continue
		}
		if err := e.setField(part, f, v, form); err != nil {
			return err
		}
	}
	return nil
}

// turn gives a part other fields, with what is usual.
func (e *editor) turn(part, name, to string) error {
	switch {
	case part == "start":
		if blank := startBlank(to); blank != "" {
			return e.sheet.SetYAML("trigger", blank)
		}
	case strings.HasPrefix(part, "exits."):
		blank := "{on: lease.moved_out, because: They have moved out.}"
		if to == "when" {
			blank = `{when: lease.status == "past", because: The lease has ended.}`
		}
		return e.sheet.SetYAML(part, blank)
	case name == "how":
		if blank := waits()[to]; blank != "" {
			e.sheet.Clear(part + ".wait")
			return e.sheet.SetYAML(part+".wait", blank)
		}
	default:
		for _, k := range playbook.Kinds() {
			if k[0] == to && to != "branch" {
				return e.sheet.SetYAML(part, playbook.Blank(to, e.sheet.FreeID(to)))
			}
		}
	}
	return hearth.Errorf(hearth.CodeInvalid, "There is no such choice.")
}

func (e *editor) setField(part string, f editField, v string, form func(string) (string, bool)) error {
	path := join(part, f.Name)
	switch {
	case f.Cond != nil:
		return e.sheet.Set(path, e.condition(f, v, form))
	case f.Lines:
		if lines := strings.Split(strings.ReplaceAll(v, "\r", ""), "\n"); len(lines) > 1 || f.Name != "trigger.at.weekday" {
			return e.sheet.SetLines(path, lines)
		}
	case f.Raw:
		if strings.TrimSpace(strings.ReplaceAll(v, "\r", "")) == strings.TrimSpace(f.Value) {
			return nil
		}
		sub, err := playbook.ReadSheet(v) // names with values, and nothing cleverer
		if err != nil {
			return err
		}
		return e.sheet.SetYAML(path, sub.Text())
	case strings.Contains(f.Name, ".escalate.0.") && !e.sheet.Has(part+".task.escalate"):
		after, _ := form("task.escalate.0.after")
		role, _ := form("task.escalate.0.role")
		if role == "" && strings.TrimSpace(after) == "" {
			return nil
		}
		if _, err := e.sheet.Insert(part+".task.escalate", 0, "{after: 1d, role: property_manager}"); err != nil {
			return err
		}
	case f.Name == "task.escalate.0.role" && strings.TrimSpace(v) == "" && e.sheet.Len(part+".task.escalate") == 1:
		return e.sheet.Remove(part + ".task.escalate.0")
	case f.Name == "task.escalate.0.after" && !e.sheet.Has(part+".task.escalate.0"):
		return nil
	}
	return e.sheet.Set(path, strings.TrimSpace(v))
}

// condition reads a condition: what an expert wrote if they changed it, else what was chosen.
func (e *editor) condition(f editField, v string, form func(string) (string, bool)) string {
	was, _ := form(f.Name + "~was")
	if strings.Join(strings.Fields(v), " ") != strings.Join(strings.Fields(was), " ") {
		return v
	}
	var list []playbook.Comparison
	for i := 0; ; i++ { // as many as were posted
		signal, ok := form(rowName(f.Name, "s", i))
		if !ok {
			break
		}
		sign, _ := form(rowName(f.Name, "o", i))
		value, _ := form(rowName(f.Name, "v", i))
		if signal != "" {
			list = append(list, playbook.Comparison{Signal: signal, Sign: sign, Value: value})
		}
	}
	if _, rows := form(rowName(f.Name, "s", 0)); !rows {
		return v
	}
	return playbook.Condition(list, f.Cond.Choices)
}
