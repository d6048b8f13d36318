package inbound

import (
	"html"
	"strings"
)

// text joins what was read: the plain texts, else what the HTML says.
func (r *reader) text() string {
	parts := r.plain
	if strings.TrimSpace(strings.Join(parts, "")) == "" {
		parts = nil
		for _, h := range r.html {
			parts = append(parts, fromHTML(h))
		}
	}
	out := strings.Trim(strings.Join(parts, "\n"), "\n")
	if len(out) > maxText {
		out = strings.ToValidUTF8(out[:maxText], "")
		r.mail.fault("The text is very long; its end was not read.")
	}
	return out
}

// clean makes line ends one kind and takes out what no text needs.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfeff:
			return -1
		case r == 0x2028 || r == 0x2029:
			return '\n'
		case r == 0xa0:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// fromHTML gives the words of HTML, a line for each block; what stands in a quotation gets ">" in front.
func fromHTML(s string) string {
	h := hypertext{}
	for s != "" && h.out.Len() < maxText {
		before, rest, ok := strings.Cut(s, "<")
		h.words(before)
		if !ok {
			break
		}
		if after, comment := strings.CutPrefix(rest, "!--"); comment {
			_, s, _ = strings.Cut(after, "-->")
			continue
		}
		tag, after, closed := strings.Cut(rest, ">")
		if !closed {
			break
		}
		s = h.tag(tag, after)
	}
	return strings.Trim(h.out.String(), "\n ")
}

// hypertext collects the words of HTML.
type hypertext struct {
	out    strings.Builder
	quotes int  // quotations within quotations
	rest   bool // all that follows is quoted
	begun  bool // the line has words
	blank  int  // empty lines that stand behind the last words
}

func (h *hypertext) words(s string) {
	s = clean(html.UnescapeString(s))
	space := s != "" && strings.ContainsRune(" \n\t", rune(s[0]))
	fields := strings.Fields(s)
	if len(fields) == 0 {
		if space && h.begun {
			h.out.WriteByte(' ')
		}
		return
	}
	if !h.begun {
		if h.quotes > 0 || h.rest {
			h.out.WriteString("> ")
		}
		h.begun, space = true, false
	}
	if space {
		h.out.WriteByte(' ')
	}
	h.out.WriteString(strings.Join(fields, " "))
	if last := s[len(s)-1]; last == ' ' || last == '\n' || last == '\t' {
		h.out.WriteByte(' ')
	}
	h.blank = 0
}

func (h *hypertext) line() {
	if h.begun || h.blank < 1 && h.out.Len() > 0 {
		if !h.begun {
			h.blank++
		}
		h.out.WriteByte('\n')
	}
	h.begun = false
}

// behind gives the text from a closing tag on, in whatever case it is written; "" without one. It compares in place: letters may
// be longer in lower case, and the places of one text are not those of the other.
func behind(text, closing string) string {
	for {
		i := strings.Index(text, "</")
		if i < 0 || len(text) < i+len(closing) {
			return ""
		}
		if text = text[i:]; strings.EqualFold(text[:len(closing)], closing) {
			return text
		}
		text = text[2:]
	}
}

// tag follows one tag and gives the text behind it; scripts and styles are passed over.
func (h *hypertext) tag(tag, after string) string {
	name := strings.ToLower(tag)
	if i := strings.IndexAny(name, " \t\n\r/"); i > 0 {
		name = name[:i]
	}
	switch name {
	case "script", "style", "head", "title":
		_, after, _ = strings.Cut(behind(after, "</"+name), ">")
		return after
	case "blockquote":
		h.line()
		h.quotes++
	case "/blockquote":
		h.line()
		h.quotes = max(0, h.quotes-1)
	case "br", "p", "/p", "tr", "/tr", "li", "h1", "h2", "h3", "h4", "/h1", "/h2", "/h3", "hr", "table", "/table", "/div":
		h.line()
	case "div":
		if h.begun {
			h.line()
		}
		if low := strings.ToLower(tag); strings.Contains(low, "gmail_quote") || strings.Contains(low, "divrplyfwdmsg") ||
			strings.Contains(low, "yahoo_quoted") || strings.Contains(low, "appendonsend") || strings.Contains(low, "moz-cite-prefix") {
			h.rest = true
		}
	}
	return after
}
