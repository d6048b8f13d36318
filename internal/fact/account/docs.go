package account

import (
	"fmt"
	"io"
	"slices"

	"hearth"
)

// WriteDocs writes docs/rights.md: the three tables of the policy.
func WriteDocs(w io.Writer) error {
	d := docs{w: w}
	d.line("# Who may do and see what\n")
	d.line("This page is made from code (`internal/fact/account/policy.go`), which is the policy itself: what it does not name, nobody may. A role counts at the property")
	d.line("where it is held. Tests ask every page of the workspace as every role, so that a page without its row here fails. How people sign in: [sign-in.md](sign-in.md).\n")
	d.line("## What each role may do\n")
	d.row("May", "Right", columns(hearth.Roles()), "Program's scope")
	for _, g := range Grants() {
		var marks []string
		for _, r := range hearth.Roles() {
			marks = append(marks, yes(g.Has(r)))
		}
		means := g.Means
		if g.StepUp {
			means += " (asks for the sign-in again if it was more than ten minutes ago)"
		}
		d.row(means, "`"+string(g.Right)+"`", marks, scopeWord(g.Scope))
	}
	d.line("\n**Programs** come in by a token, and what its scopes open holds at every property. A person's session opens no operation of the API, whatever their role: the API knows")
	d.line("tokens alone, so there is no role by operation to be set there. A test asks every operation with each scope alone, by nobody and with the session of each role; one that is in")
	d.line("no row of the matrix fails (`internal/edge/api/matrix_test.go`).")
	d.line("\n## Who gives which role\n")
	d.line("Those who run a property's daily work are made by its manager, and by the administrator and the regional, who need not see what they will see. What opens confidential work takes")
	d.line("two people: one *asks*, and somebody else who *agrees*, or could ask as well, says yes (*Roles to agree to*). So does every role that says yes to it, or one person could make the second.")
	d.line("The manager has no part in making a coordinator. An asking waits for two weeks; a yes counts only while who asked could still ask, and whoever asked may take it back. Whoever may say yes is told so on the page with which they begin, and by a number in the menu of every page.\n")
	d.line("Nobody changes their own rights, and the last one who can open and close sign-ins stays. The same holds for letting somebody back who had left, for lists of the team (a row that")
	d.line("would give what is not the importer's to give alone is set aside) and for taking such a list back. A link to come in by is given for whoever may and sees no more than its giver, and the first one")
	d.line("also for somebody all of whose roles its giver gives alone. Who says yes as a second person is let in by a link from here only if they have a second factor, which the page of the link asks for.")
	d.line("Taking a role away, or saying that somebody has left, is for whoever gives roles wherever that person works. Programs give and take none: there is no operation for it.")
	d.line("Until somebody who finds residents has come in at a community, whoever may give roles there sets the team up, with any role. Whoever runs Hearth is bound by none of this: `hearth account role`; `hearth account asked` lists what waits, `agree` and `decline` settle it.\n")
	d.row("Role", "", columns(hearth.Roles()), "Takes")
	for _, a := range Assigns() {
		var marks []string
		for _, giver := range hearth.Roles() {
			marks = append(marks, string(a.Of(giver)))
		}
		takes := "two people"
		if slices.Contains(a.Parts[:], PartGives) {
			takes = "one person"
		}
		d.row(string(a.Role), "", marks, takes)
	}
	d.line("\n## What each sees of residents\n")
	d.line("*own*: their own, or what is assigned to them. *job*: only while a job of theirs is open there. *first*: the first name and the home. *reveal*: masked, uncovered one at a time and recorded.")
	d.line("*masked*: for good. *shared*: what somebody who may decide shared with them. *summary*: that there is something, and of what kind. *figures*: only counted over many. *addressed*: as an address, never in words.\n")
	var heads []string
	for _, p := range parties() {
		heads = append(heads, string(p))
	}
	d.row("Field", "", heads, "")
	for _, v := range Views() {
		var marks []string
		for _, p := range parties() {
			marks = append(marks, string(v.Of(p)))
		}
		d.row(v.Means, "`"+string(v.Field)+"`", marks, "")
	}
	return d.err
}

// docs writes lines and remembers the first failure.
type docs struct {
	w    io.Writer
	err  error
	rows int
}

func (d *docs) line(s string) {
	if d.err == nil {
		_, d.err = fmt.Fprintln(d.w, s)
	}
	d.rows = 0
}

// row writes a row of a table; the first behind a line is its head.
func (d *docs) row(first, second string, marks []string, last string) {
	cells := append([]string{first, second}, marks...)
	if last != "" || d.rows > 0 && len(marks) == len(hearth.Roles()) {
		cells = append(cells, last)
	}
	line, rule := "|", "|"
	for _, c := range cells {
		line += " " + c + " |"
		rule += " --- |"
	}
	if d.rows == 0 {
		line += "\n" + rule
	}
	n := d.rows + 1
	d.line(line)
	d.rows = n
}

func columns(roles []hearth.Role) []string {
	var out []string
	for _, r := range roles {
		out = append(out, string(r))
	}
	return out
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func scopeWord(s Scope) string {
	if s == "" {
		return "none"
	}
	return "`" + string(s) + "`"
}
