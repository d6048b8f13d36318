package message

import (
	"context"
	"regexp"
	"strings"
	"time"
)

// PagesPath is where, under the base address, residents' pages open. A text names it so and is kept so, in lists, on pages and in letters;
// only what is handed over carries the resident's own proof behind it, so that who reads what was written can't open anything.
const PagesPath = "/home/open"

// ShortPath is where, under the base address, the short code beside a link is typed.
const ShortPath = "/go"

// PagesFor is for how long a link in a message shows how things stand.
const PagesFor = 7 * 24 * time.Hour

// withLink writes the resident's own link where a text names their pages. It counts from when the message was queued, so that a retry says the same.
func (s *Sender) withLink(ctx context.Context, m *Message, queued time.Time, body string) (string, error) {
	bare := s.deps.BaseURL + PagesPath
	if s.deps.BaseURL == "" || m.Resident == "" || !strings.Contains(body, bare) {
		return body, nil
	}
	pass, err := s.deps.Store.Pass(ctx, s.deps.DB, PassLink, Passing{Who: m.Resident, Made: queued, Until: queued.Add(PagesFor)})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(body, bare)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		b.WriteString(bare)
		if endsAddress(after) {
			b.WriteString("/" + pass)
		}
		body = after
	}
}

//nolint:gochecknoglobals // compiled once, never changed
var pagesAddress = regexp.MustCompile(`https?://[^\s/]+` + regexp.QuoteMeta(PagesPath))

// PagesIn gives where a text names residents' pages by their address, from and to, whatever the base address was when it was written.
func PagesIn(text string) [][]int {
	if !strings.Contains(text, PagesPath) {
		return nil // almost every text
	}
	var out [][]int
	for _, at := range pagesAddress.FindAllStringIndex(text, -1) {
		if endsAddress(text[at[1]:]) {
			out = append(out, at)
		}
	}
	return out
}

// NamePages puts words where a text names residents' pages: the address opens nothing for who reads it outside the message.
func NamePages(text, words string) string {
	var b strings.Builder
	from := 0
	for _, at := range PagesIn(text) {
		b.WriteString(text[from:at[0]] + words)
		from = at[1]
	}
	return b.String() + text[from:]
}

// endsAddress tells whether an address ended before rest: it went on otherwise, and names something else.
func endsAddress(rest string) bool {
	return rest == "" || strings.ContainsAny(rest[:1], " \t\r\n.,;:!?)")
}
