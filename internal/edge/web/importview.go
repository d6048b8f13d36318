package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth/internal/base/page/ui"
)

type importLineView struct {
	ImportRow
	When, By string
}

type importListView struct {
	Rows                   []importLineView
	Drafts                 []ImportDraft
	From, WaitsFrom        int    // how many newer ones stand before
	Newer, Older           string // the addresses of the imports before and after; "" for none
	NewerFiles, OlderFiles string // and of the files that wait
}

type importNewView struct {
	Kind, Source, Place, Most string
	Wrong, WrongField         string
	Sources                   []string
	Kinds                     []ui.Option // what it can hold
}

type importView struct {
	importLineView
	Over string // the day until which it could be taken back, once that is over
}

type importUndoView struct {
	importLineView
	Look         ImportUndo
	Until, Ended string
}

// importKinds is what a file can hold, in words.
func importKinds() []ui.Option {
	return []ui.Option{{Value: "residents", Name: "Residents: a directory or a rent roll"}, {Value: "units", Name: "Units"}, {Value: "staff", Name: "The team"},
		{Value: "workorders", Name: "Work orders"}, {Value: "payments", Name: "Payments and balances"}, {Value: "messages", Name: "Messages of the past"}}
}

func kindWord(kind string) string {
	switch kind {
	case "workorders":
		return "Work orders"
	case "staff":
		return "The team"
	case "":
		return "A file"
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}

func importTitle(kind, source string) string { return kindWord(kind) + " from " + source }

// fieldWord says what a field is called: "lease_end" is "lease end".
func fieldWord(f string) string {
	if f == "" || f == "-" {
		return "not used"
	}
	return strings.ReplaceAll(strings.ReplaceAll(f, "_", " "), ".", " ")
}

func (r importLineView) state() ui.Chip {
	switch {
	case r.Undo == "done":
		return ui.Chip{Word: "Taken back", Shade: ui.Calm}
	case r.Undo == "running":
		return ui.Chip{Word: "Being taken back", Shade: ui.Today}
	case r.Fault != "":
		return ui.Chip{Word: "Stands still", Shade: ui.Now}
	case r.Running:
		return ui.Chip{Word: "Being applied", Shade: ui.Today}
	case r.Wrong > 0:
		return ui.Chip{Word: count(r.Wrong, "row set aside", "rows set aside"), Shade: ui.Today}
	}
	return ui.Chip{Word: "Applied", Shade: ui.Good}
}

// became says what became of an import's rows.
func (r ImportRow) became() string {
	if r.Running {
		return "under way"
	}
	return sentence([]ImportCount{{r.Added, "new"}, {r.Changed, "changed"}, {r.Same, "the same"}, {r.Wrong, "set aside"}, {r.Vanished, "no longer listed"},
		{r.AboutElsewhere, "about other properties"}}, "no rows")
}

// sentence joins counts, leaving out what is none.
func sentence(all []ImportCount, none string) string {
	var parts []string
	for _, c := range all {
		if c.N > 0 {
			parts = append(parts, thousands(c.N)+" "+c.What)
		}
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, ", ")
}

func groupHead(g ImportGroup) string {
	switch g.Action {
	case "added":
		return thousands(g.N) + " would be new"
	case "changed":
		return thousands(g.N) + " would change"
	case "vanished":
		return thousands(g.N) + " are no longer listed: a person will be asked about each"
	}
	return thousands(g.N) + " " + g.Action
}

func orBlank(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// cellLabel names a field of a wrong row.
func cellLabel(f string) string {
	w := fieldWord(f)
	return strings.ToUpper(w[:1]) + w[1:]
}

// thousands writes a number with its thousands apart.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// stayNames names the first who stay for a reason.
func stayNames(u ImportUndo, s ImportStay) string {
	var names []string
	for _, n := range u.Named {
		if n.What == s.What && n.Why == s.Why && n.Name != "" && len(names) < 8 {
			names = append(names, n.Name)
		}
	}
	if rest := s.N - len(names); rest > 0 && len(names) > 0 {
		return strings.Join(names, ", ") + " and " + strconv.Itoa(rest) + " more"
	}
	return strings.Join(names, ", ")
}

// groupIcon stands beside rows of which the same becomes.
func groupIcon(g ImportGroup) string {
	switch g.Action {
	case "added":
		return "plus"
	case "changed":
		return "pencil"
	}
	return "circle-help"
}

// readsOrders are the two ways in which something can be read.
func readsOrders(what string) []ui.Option {
	if what == "dates" {
		return []ui.Option{{Value: "month first", Name: "Month, then day"}, {Value: "day first", Name: "Day, then month"}}
	}
	return []ui.Option{{Value: "first name first", Name: "First name, then last name"}, {Value: "last name first", Name: "Last name, then first name"}}
}

func readsAsk(what string) string {
	if what == "dates" {
		return "How are its dates written?"
	}
	return "How are its names written?"
}

// readsWhy says why it is asked.
func readsWhy(r ImportReading) string {
	if r.How == "as you chose" {
		return "As you chose. It is kept for the next file of this source."
	}
	return "The file does not settle it for sure; it was read as the choice below says."
}

func orNoDate(s string) string {
	if s == "" {
		return "nothing that can be read"
	}
	return s
}

// cellAttrs marks the cell that is wrong, as far as the reason quotes it, and sends the keyboard there, or to the first cell.
func cellAttrs(l ImportLine, at int, next bool) templ.Attributes {
	wrong := -1
	for i, f := range l.Fields {
		if wrong < 0 && f.Value != "" && strings.Contains(l.Reason, strconv.Quote(f.Value)) {
			wrong = i
		}
	}
	a := templ.Attributes{}
	if at == wrong {
		a["aria-invalid"] = "true"
	}
	if next && at == max(wrong, 0) {
		a["autofocus"] = true
	}
	return a
}

// reasonHere leaves out where else a row could be corrected: here it is corrected in place.
func reasonHere(reason string) string { return strings.TrimSuffix(reason, " Correct it in the file.") }
