package playbook

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
	"hearth/internal/base/rule"
)

// keysOf gives the keys that may stand in each part of a playbook. A value names the part below it; "*" takes any key.
func keysOf(part string) map[string]string {
	plain := func(names string) map[string]string {
		keys := map[string]string{}
		for _, n := range strings.Fields(names) {
			keys[n] = ""
		}
		return keys
	}
	with := func(names string, below map[string]string) map[string]string {
		keys := plain(names)
		for n, p := range below {
			keys[n] = p
		}
		return keys
	}
	switch part {
	case "playbook":
		return with("id title moment depth why for audience fresh", map[string]string{"trigger": "trigger",
			"limits": "limits", "goal": "goal", "holdout": "holdout", "steps": "step", "exits": "exit"})
	case "trigger":
		return with("on if when absence for", map[string]string{"repeat": "repeat", "at": "at"})
	case "step":
		return with("id end", map[string]string{"send": "send", "task": "task", "wait": "wait", "branch": "arm", "survey": "survey",
			"escalate": "escalate", "set": "set", "connect": "connect"})
	case "arm":
		return with("if", map[string]string{"steps": "step", "else": "step"})
	case "task":
		return with("title why role minutes due checklist draft owner lighter", map[string]string{"asks": "ask", "escalate": "rung"})
	case "set":
		return map[string]string{"*": "value"}
	}
	return plain(map[string]string{
		"repeat":   "event by same where times within",
		"at":       "every weekday day date month time",
		"limits":   "again cooldown at_once a_day",
		"goal":     "event if within",
		"holdout":  "percent salt",
		"exit":     "on if when because",
		"send":     "template class purpose channel topic",
		"ask":      "fact question kind optional",
		"rung":     "after role",
		"wait":     "for until event events if at_most days_before days_after days at",
		"survey":   "question template at_most channel",
		"escalate": "role reason title minutes due",
		"connect":  "why role minutes due checklist",
		"value":    "signal",
	}[part])
}

// checkKeys refuses a key that nobody reads, with its place and the nearest right one.
func checkKeys(n *yaml.Node, part string) error {
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if err := checkKeys(item, part); err != nil {
				return err
			}
		}
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	known := keysOf(part)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		below, ok := known[key.Value]
		if any, all := known["*"]; all {
			below, ok = any, true
		}
		if !ok {
			return unknownKey(key, part, known)
		}
		if below == "" {
			continue
		}
		if err := checkKeys(n.Content[i+1], below); err != nil {
			return err
		}
	}
	return nil
}

func unknownKey(key *yaml.Node, part string, known map[string]string) error {
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	slices.Sort(names)
	where := "a " + part
	if strings.ContainsRune("aeiou", rune(part[0])) {
		where = "an " + part
	}
	if part == "playbook" {
		where = "a playbook at its top"
	}
	hint := meant(key.Value, names)
	if hint == "" {
		hint = " There are " + strings.Join(names, ", ") + "."
	}
	return invalid(fmt.Sprintf("line %d", key.Line), "line %d: there is no key %q in %s (column %d).%s", key.Line, key.Value, where, key.Column, hint)
}

// meant gives the sentence "Did you mean …?" if one of the names is near.
func meant(got string, names []string) string {
	if near := rule.Nearest(got, names); near != "" && got != "" {
		return fmt.Sprintf(" Did you mean %s?", near)
	}
	return ""
}

// locate adds to an error that names a key ("trigger.at.time", "exits[0].when") the line on which that stands. Errors
// that name a line already stay as they are.
func locate(root *yaml.Node, err error) error {
	e, ok := err.(*hearth.Error) //nolint:errorlint // checks give plain errors
	if !ok || e.Field == "" || strings.HasPrefix(e.Field, "line ") || root == nil || len(root.Content) == 0 {
		return err
	}
	n := root.Content[0]
	line := n.Line
	for _, part := range strings.FieldsFunc(e.Field, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if n = below(n, part); n == nil {
			break
		}
		line = n.Line
	}
	located := *e
	located.Field = fmt.Sprintf("line %d, %s", line, e.Field)
	return &located
}

// below gives the node under a key or at a place of a list; nil if there is none.
func below(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		var i int
		if _, err := fmt.Sscan(name, &i); err != nil || i < 0 || i >= len(n.Content) {
			return nil
		}
		return n.Content[i]
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// Keys gives every key of the language once, sorted.
func Keys() []string {
	var all []string
	for _, part := range []string{"playbook", "trigger", "step", "arm", "task", "repeat", "at", "limits", "goal", "holdout", "exit", "send", "ask",
		"rung", "wait", "survey", "escalate", "connect", "value"} {
		for key := range keysOf(part) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
