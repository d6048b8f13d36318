package playbook

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hearth/internal/fact/eventlog"
)

// WriteLibrary writes the playbooks of a library as Markdown, for managers: what each is for, when it starts, what it
// does, and what it still waits for. texts are the playbooks' files.
func WriteLibrary(w io.Writer, texts [][]byte) error {
	var b, table strings.Builder
	for _, text := range texts {
		d, err := Parse(text)
		if err != nil {
			return fmt.Errorf("read a playbook of the library: %w", err)
		}
		waits := ""
		if t := d.Trigger.Event(); eventlog.Awaited(t) {
			waits = "`" + string(t) + "`"
		}
		fmt.Fprintf(&table, "| [`%s`](#%s) | %s | %s | %s | %s |\n", d.ID, d.ID, d.Title, d.Moment, d.Depth, waits)
		d.writeEntry(&b, waits)
	}
	_, err := fmt.Fprintf(w, "# The library of playbooks\n\n<!-- Generated from playbooks/*.yaml. Do not edit. -->\n\n"+
		"Hearth comes with these playbooks. None acts by itself: each is switched on by a person, for example with\n"+
		"`hearth playbook activate ID`; `hearth playbook check FILE` reads one back in words, step by step. All of them end when the\n"+
		"resident moves out. Where the last column names an event, Hearth has no record of its own for it yet: such a playbook\n"+
		"can be switched on, and does nothing until a program sends that event ([events.md](events.md) says how).\n\n"+
		"| id | playbook | moment | depth | waits for |\n| --- | --- | --- | --- | --- |\n%s%s", table.String(), b.String())
	return err
}

// writeEntry writes one playbook as a paragraph with its id as heading.
func (d *Definition) writeEntry(b *strings.Builder, waits string) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s\n%s", d.ID, strings.TrimRight(d.Title, ".?"), oneLine(d.Why), oneLine(d.StartWords()))
	if roles := d.roles(); len(roles) > 0 {
		fmt.Fprintf(b, "\nIts tasks go to: %s.", strings.Join(roles, ", "))
	}
	if sends := d.sends(); len(sends) > 0 {
		fmt.Fprintf(b, "\nThe resident may hear: %s.", strings.Join(sends, "; "))
	} else {
		b.WriteString("\nNothing is sent by itself.")
	}
	if d.Goal != nil {
		fmt.Fprintf(b, "\nIts goal is `%s` within %s.", d.Goal.Event, d.Goal.Within)
	}
	if waits != "" {
		fmt.Fprintf(b, "\nIt waits for %s from a program beside Hearth.", waits)
	}
	b.WriteString("\n")
}

// roles gives the roles whose people the playbook asks for something, in words and in the order of asking.
func (d *Definition) roles() []string {
	var out []string
	add := func(role string) {
		if !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	walkSteps(d.Steps, func(s *Step) {
		switch {
		case s.Task != nil:
			add(roleWords(s.Task.Role))
		case s.Escalate != nil:
			add(roleWords(s.Escalate.Role))
		case s.Connect != nil:
			add(roleWords(s.Connect.Role))
		}
	})
	return out
}

// sends gives what the playbook may say to the resident.
func (d *Definition) sends() []string {
	var out []string
	walkSteps(d.Steps, func(s *Step) {
		switch {
		case s.Send != nil:
			out = append(out, fmt.Sprintf("`%s` (%s)", s.Send.Template, s.Send.Class))
		case s.Survey != nil:
			out = append(out, fmt.Sprintf("`%s` (one question)", s.Survey.Template))
		}
	})
	return out
}

// walkSteps visits every step, branches included.
func walkSteps(steps []Step, visit func(*Step)) {
	for i := range steps {
		visit(&steps[i])
		for _, arm := range steps[i].Branch {
			walkSteps(arm.Steps, visit)
			walkSteps(arm.Else, visit)
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Writes tells whether any step sends something.
func (d *Definition) Writes() bool {
	found := false
	walkSteps(d.Steps, func(s *Step) { found = found || s.Send != nil || s.Survey != nil })
	return found
}
