package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

func fieldAttrs(i Input) templ.Attributes {
	a := templ.Attributes{}
	if d := i.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if i.Wrong != "" {
		a["aria-invalid"] = "true"
	}
	for name, value := range map[string]string{"autocomplete": i.Auto, "placeholder": i.Placeholder, "data-key": i.Key, "min": i.Min, "list": i.List} {
		if value != "" {
			a[name] = value
		}
	}
	if i.Max > 0 {
		a["maxlength"] = strconv.Itoa(i.Max)
	}
	if i.Focus {
		a["autofocus"] = true
	}
	if i.Required {
		a["required"] = true
	}
	return a
}

func hereAttr(l Link) templ.Attributes {
	if l.Here {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

func anyWrong(list []Input) bool {
	for _, i := range list {
		if i.Wrong != "" {
			return true
		}
	}
	return false
}

func shadeWord(s Shade) string {
	if s == None {
		return ""
	}
	return "is-" + string(s)
}

func direction(right bool) string {
	if right {
		return "rtl"
	}
	return "ltr"
}
