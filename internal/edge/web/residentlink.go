package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// slipFor is for how long a link that is given at the desk shows how things stand: the way home, and the evening.
const slipFor = 24 * time.Hour

// slipView is what is handed to a resident at the desk, in their language.
type slipView struct {
	ID, Name, Place string
	Words           slipWords
	Link, Enter     string // the link, and where one comes in by a code
	Go, Short       string // where a short code is typed that stands for the link, and the code
	Until           string
	Code            qrView
	Lang            string
}

// slipWords are the sentences of the slip.
type slipWords struct{ Title, Camera, Typed, Code, Shows, Alone string }

// qrView is a code that a camera reads: its side in modules, and the dark ones as a path.
type qrView struct{ Box, Path string }

// mayLink tells whether somebody has pages of their own to be given a link to.
func mayLink(c record.Contact) bool {
	return c.Role.Addressable() && c.Standing.Status != record.StatusPast && c.Standing.Status != record.StatusCancelled
}

// giveLink makes a link to a resident's pages for a person at the desk, and notes who gave it. It shows how things stand and takes one-tap
// answers, as the links in mails do: whoever gives it sees no more by it than on this resident's page.
func (q *request) giveLink() (templ.Component, error) {
	var one *resident
	until := q.now.Add(slipFor)
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if one, err = q.findResident(ctx, tx); err != nil {
			return err
		}
		if !mayLink(one.Contact) {
			return hearth.Errorf(hearth.CodeConflict, "%s has no pages of their own: they have moved out, or do not live here in their own right.", one.Name())
		}
		return q.web.Records.GaveLink(ctx, tx, q.actor, one.ID, until)
	})
	if err != nil {
		return nil, err
	}
	stands := message.Passing{Who: one.ID, Made: q.now, Until: until}
	pass, err := q.web.Messages.Pass(q.Context(), q.web.DB, message.PassLink, stands)
	if err != nil {
		return nil, err
	}
	v := slipView{ID: string(one.ID), Name: one.Name(), Place: one.property.Name, Link: q.web.link(q.Request, message.PagesPath+"/"+pass), Enter: bare(q.web.link(q.Request, "/home/enter")), Go: bare(q.web.link(q.Request, message.ShortPath))}
	if v.Short, err = q.web.Messages.Shorten(q.Context(), q.web.DB, stands); err != nil {
		return nil, err
	}
	v.Lang, v.Words, v.Until = slipIn(one.Language, until.In(q.zone))
	if v.Code, err = qrOf(v.Link); err != nil {
		return nil, err
	}
	return slipPage(q.frame("A link for "+one.Name(), "/residents"), v), nil
}

// bare is an address as people type it.
func bare(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return rest
}

// slipIn writes the slip in a resident's language, English where it is none of ours.
func slipIn(language string, until time.Time) (lang string, w slipWords, end string) {
	if strings.HasPrefix(language, "es") {
		months := []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
		return "es", slipWords{Title: "Su página", Camera: "Apunte la cámara de su teléfono a este código.", Typed: "O escriba en su navegador", Code: "y allí este código:", Shows: "Muestra cómo van sus asuntos hasta el",
			Alone: "Lo que es solo suyo pide un código, que llega a la dirección o al teléfono que tenemos anotado:"}, fmt.Sprintf("%d de %s, %s", until.Day(), months[until.Month()-1], until.Format("15:04"))
	}
	return "en", slipWords{Title: "Your page", Camera: "Point your telephone's camera at this code.", Typed: "Or type into a browser", Code: "and there this code:", Shows: "It shows how things stand until",
		Alone: "What is yours alone takes a code, which goes to the address or telephone that we have on record:"}, until.Format("January 2, 3:04 PM")
}

// qrOf draws a text as a code, with the quiet edge of four modules that cameras ask for.
func qrOf(text string) (qrView, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return qrView{}, fmt.Errorf("draw a code: %w", err)
	}
	const edge = 4
	var b strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+edge, y+edge)
			}
		}
	}
	side := code.Size + 2*edge
	return qrView{Box: fmt.Sprintf("0 0 %d %d", side, side), Path: b.String()}, nil
}
