package wording

import (
	"strings"
	"testing"
)

func TestFilled(t *testing.T) {
	for _, tt := range []struct{ name, template, text, want string }{
		{"a name and a fact", "Hello {{ resident.name }},\n\nthe work on {{ event.matter }} is finished.", "Hello Ana Ruiz,\n\nthe work on the sink in the kitchen is finished.",
			"Hello <Ana Ruiz>,\n\nthe work on <the sink in the kitchen> is finished."},
		{"a branch that was not taken", "{% if event.resolution %}About {{ event.matter }}: {{ event.resolution }}{% else %}The work on {{ event.matter }} is finished.{% endif %} Reply to us.",
			"The work on the boiler is finished. Reply to us.", "The work on <the boiler> is finished. Reply to us."},
		{"a fact with words of a branch that was not taken", "You wrote: “{{ event.description }}”{% if event.late %} The part is in the mail and the store sends it.{% endif %} Reply.",
			"You wrote: “There is mold in the corner.” Reply.", "You wrote: “<There is mold in the corner.>” Reply."},
		{"what is not known", "Your lease ends on {{ lease.end | date }}.", "Your lease ends on [lease end].", "Your lease ends on <[lease end]>."},
		{"nothing is filled in", "We are closed.", "We are closed.", "We are closed."},
		{"nothing is the template's", "{{ say.body }}", "Water is off.", "<Water is off.>"},
		{"accents and another script", "Hola, {{ resident.name }}:", "Hola, José علي:", "Hola, <José علي>:"},
	} {
		var b strings.Builder
		whole := ""
		for _, p := range Filled(tt.template, tt.text) {
			whole += p.Words
			if p.Filled {
				p.Words = "<" + p.Words + ">"
			}
			b.WriteString(p.Words)
		}
		if b.String() != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, b.String(), tt.want)
		}
		if whole != tt.text {
			t.Errorf("%s: the pieces together are %q", tt.name, whole)
		}
	}
}
