package portal

import (
	"strconv"

	"github.com/a-h/templ"
)

// stepAttr marks the step that a request is at.
func stepAttr(i, at int) templ.Attributes {
	if i == at {
		return templ.Attributes{"aria-current": "step"}
	}
	return nil
}

// wrongAttr ties a field to what is wrong with it.
func wrongAttr(wrong, id string) templ.Attributes {
	if wrong == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": id}
}

// hintAttr ties a field to its hint, and to what is wrong with it.
func hintAttr(wrong, hint string) templ.Attributes {
	if wrong == "" {
		return templ.Attributes{"aria-describedby": hint}
	}
	return wrongAttr(wrong, "wrongs "+hint)
}

// sendTo is where a form is sent: an address beside that of its page. Where the line breaks, a browser puts its own page at the address that it could not reach; at the form's own
// the way back would lead past the form and what was written in it.
func sendTo(path string) templ.SafeURL { return templ.SafeURL(path + "?send") }

// unread says how many messages are new.
func unread(v *visit, n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return v.T("letters.new-one")
	}
	return v.T("letters.new-many", "n", strconv.Itoa(n))
}

// addressKind tells the browser what it may fill in.
func addressKind(texts bool) string {
	if texts {
		return "username"
	}
	return "email"
}
