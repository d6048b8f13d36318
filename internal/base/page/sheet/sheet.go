// Package sheet draws what is printed: letters for envelopes with a window, notices for doors, and a list to work by. Each is one
// HTML file that loads nothing, with the breaks of its pages. It knows nothing of housing.
package sheet

import (
	"crypto/sha256"
	_ "embed" // the style of paper
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed sheet.css
var style string

// Batch is what is printed in one go.
type Batch struct {
	Title string
	Head  string // a line under the title: where, for whom, until when
	How   string // what to do with it, in a sentence
	Marks []string
	Lines []Line
	Pages []Page // "" for a list alone
}

// Line is one row of the list.
type Line struct {
	N                int
	Who, Where, What string
	Say              string // what is to be said, in a row of its own across the list
	Done             string // what became of it already
}

// Page is one letter or notice.
type Page struct {
	Language string // of the text
	From     []string
	To       []string // in the window of the envelope; none for a notice
	Door     string   // for a notice: the door that it is for
	Date     string
	Subject  string
	Body     string // paragraphs between empty lines
	Large    bool   // in large print
}

// Paragraphs gives the body's, each by its lines.
func (p Page) Paragraphs() [][]string {
	var out [][]string
	for para := range strings.SplitSeq(strings.ReplaceAll(p.Body, "\r\n", "\n"), "\n\n") {
		if para = strings.Trim(para, "\n"); strings.TrimSpace(para) != "" {
			out = append(out, strings.Split(para, "\n"))
		}
	}
	return out
}

const layout = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title><style>{{style}}</style></head><body>
<section class="list"><h1>{{.Title}}</h1><p>{{.Head}}</p><p>{{.How}}</p>
<table><thead><tr><th class="n">No.</th>{{if .Named}}<th class="who">Who</th>{{end}}<th class="where">Where</th><th>What</th>{{range .Marks}}<th class="mark">{{.}}</th>{{end}}<th class="when">When, who</th></tr></thead><tbody>
{{range $line := .Lines}}<tr{{if .Say}} class="above"{{end}}><td>{{.N}}</td>{{if $.Named}}<td>{{.Who}}</td>{{end}}<td class="where">{{.Where}}</td><td class="what">{{.What}}</td>{{if .Done}}<td colspan="{{marks $.Marks}}">{{.Done}}</td>{{else}}{{range $.Marks}}<td class="mark"><span class="box"></span></td>{{end}}<td></td>{{end}}</tr>
{{if .Say}}<tr class="say"><td></td><td class="what" colspan="{{$.Beside}}">{{.Say}}</td></tr>
{{end}}{{end}}</tbody></table></section>
{{range .Pages}}<article class="{{if .Door}}notice{{else}}letter{{end}}{{if .Large}} large{{end}}" lang="{{.Language}}">
{{if .Door}}<p class="door">{{.Door}}</p>{{else}}<address class="from{{if much .From 5 60}} much{{end}}">{{range .From}}<span>{{.}}</span>{{end}}</address><address class="to{{if much .To 5 42}} much{{end}}">{{range .To}}<span>{{.}}</span>{{end}}</address><p class="date">{{.Date}}</p>{{end}}
<h2>{{.Subject}}</h2>
{{range .Paragraphs}}<p>{{range $i, $line := .}}{{if $i}}<br>{{end}}{{$line}}{{end}}</p>
{{end}}{{if .Door}}<p class="sign">{{range $i, $line := .From}}{{if $i}}, {{end}}{{$line}}{{end}} · {{.Date}}</p>{{end}}</article>
{{end}}</body></html>
`

// Write draws a batch.
func Write(w io.Writer, b Batch) error {
	t, err := template.New("sheet").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // our own
		"much":  much,
		"marks": func(m []string) int { return len(m) + 1 },
	}).Parse(layout)
	if err != nil {
		return err
	}
	return t.Execute(w, b)
}

// Named tells whether any line says who somebody is; a list without names has no empty column for them.
func (b Batch) Named() bool {
	return slices.ContainsFunc(b.Lines, func(l Line) bool { return l.Who != "" })
}

// Beside is how many columns the list has beside the numbers.
func (b Batch) Beside() int {
	n := len(b.Marks) + 3
	if b.Named() {
		n++
	}
	return n
}

// much tells whether an address takes more lines, or longer ones, than fit.
func much(lines []string, most, letters int) bool {
	n := 0
	for _, l := range lines {
		n += 1 + utf8.RuneCountInString(l)/(letters+1)
	}
	return n > most
}

// Policy is the Content-Security-Policy of what Write gives: its own style, and nothing else.
func Policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"
}
