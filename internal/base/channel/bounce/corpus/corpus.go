// Package corpus gives mails that come back, for tests and for the operator's check of what Hearth makes of them: those
// written by hand in testdata, and those of a generator in the shapes of many servers.
package corpus

import (
	"embed"
	"io/fs"
	"strings"

	"hearth/internal/base/channel/bounce"
)

//go:embed testdata/*.eml
var files embed.FS //nolint:gochecknoglobals // embedded files are read only

// Item is one mail and what it is.
type Item struct {
	Name   string
	Want   bounce.Class
	Sender string // of the envelope; "" is the empty one
	Raw    []byte
}

// About is the mail that the corpus is about.
type About struct {
	To        string // where bounces of it go: its token address
	Recipient string // whom it was for
	MessageID string // without brackets
}

// All gives the whole corpus, always the same for the same About.
func All(a About) ([]Item, error) {
	out, err := written(a)
	if err != nil {
		return nil, err
	}
	return append(out, generated(a)...), nil
}

// written gives the mails of testdata. The name of each begins with its class.
func written(a About) ([]Item, error) {
	names, err := fs.Glob(files, "testdata/*.eml")
	if err != nil {
		return nil, err
	}
	var out []Item
	for _, path := range names {
		raw, err := files.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".eml")
		class, _, _ := strings.Cut(name, "_")
		out = append(out, item(a, name, bounce.Class(class), string(raw)))
	}
	return out, nil
}

func item(a About, name string, want bounce.Class, text string) Item {
	text = strings.NewReplacer("{{to}}", a.To, "{{rcpt}}", a.Recipient, "{{id}}", a.MessageID).Replace(text)
	sender := ""
	if want == bounce.Reply || want == bounce.Complaint {
		sender = a.Recipient
	}
	return Item{Name: name, Want: want, Sender: sender, Raw: []byte(strings.ReplaceAll(text, "\n", "\r\n"))}
}
