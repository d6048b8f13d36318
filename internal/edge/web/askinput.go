package web

import (
	"strings"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/page/ui"
)

// askInput is the field in which a task's question is answered.
func askInput(a task.Ask) ui.Input {
	in := ui.Input{Name: "fact." + a.Fact, Label: a.Question, Optional: a.Optional, Max: 2000, Required: !a.Optional}
	kind, arg, _ := strings.Cut(a.Kind, ":")
	switch kind {
	case "yes_no":
		in.Options = choices(a.Optional, [][2]string{{"yes", "Yes"}, {"no", "No"}})
	case "choice":
		var list [][2]string
		for _, c := range strings.Split(arg, "|") {
			list = append(list, [2]string{c, capital(strings.ReplaceAll(c, "_", " "))})
		}
		in.Options = choices(a.Optional, list)
	case "contact":
		in.Options = choices(a.Optional, [][2]string{{"call", "By phone"}, {"visit", "In person, at their home"}, {"office", "In person, at the office"}, {"event", "At an event"}, {"no", "Not reached"}})
	case "number":
		in.Kind = "number"
	case "date":
		in.Kind = "date"
	case "detail":
		in.Kind, in.Auto = map[string]string{"email": "email", "phone": "tel"}[arg], "off"
	case "promise":
		in.Hint = "The day, then what: 2026-12-01 a new filter. Write no if nothing was promised."
	default:
		in.Rows = 2
	}
	return in
}

// choices puts an empty first answer before those that there are, so that nothing is answered by chance.
func choices(optional bool, list [][2]string) []ui.Option {
	first := "Choose"
	if optional {
		first = "Not known"
	}
	out := []ui.Option{{Value: "", Name: first}}
	for _, c := range list {
		out = append(out, ui.Option{Value: c[0], Name: c[1]})
	}
	return out
}

// roleWords says a role the way people do.
func roleWords(r hearth.Role) string {
	switch r {
	case "":
		return "team"
	case hearth.RoleLeasing:
		return "leasing team"
	}
	return strings.ReplaceAll(string(r), "_", " ")
}
