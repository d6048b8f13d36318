// Package portal is what residents open in a browser. So far it is the page behind the link under a message that ends
// discretionary mail. It parses, calls and draws; what an opt-out means is act/message's and fact/consent's.
package portal

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Deps is what the pages call. All fields are required.
type Deps struct {
	DB       *db.DB
	Messages *message.Store
	Records  *record.Store
	Logger   *slog.Logger
}

// Portal answers residents' pages.
type Portal struct{ Deps }

// New builds the pages.
func New(d Deps) *Portal { return &Portal{d} }

// Mount puts the pages on the program's mux. A GET never acts: programs that check links in mail follow them. The POST
// is what a mail program sends for one-click unsubscribing (RFC 8058), and what the button on the page sends; it
// carries its own proof, so it needs no sign-in and may come from anywhere.
func (p *Portal) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET "+message.UnsubscribePath+"{token}", p.ask)
	mux.HandleFunc("POST "+message.UnsubscribePath+"{token}", p.stop)
}

// ask shows what the button does.
func (p *Portal) ask(w http.ResponseWriter, r *http.Request) {
	var from string
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		link, err := p.Messages.Linked(r.Context(), tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		from, err = p.sender(r.Context(), tx, link.Property)
		return err
	})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.draw(w, r, http.StatusOK, askPage(from))
}

// stop records the opt-out; the second time it changes nothing and says the same.
func (p *Portal) stop(w http.ResponseWriter, r *http.Request) {
	var from string
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		link, err := p.Messages.Unsubscribe(r.Context(), tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		from, err = p.sender(r.Context(), tx, link.Property)
		return err
	})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.draw(w, r, http.StatusOK, stoppedPage(from))
}

func (p *Portal) sender(ctx context.Context, tx *db.Tx, id hearth.PropertyID) (string, error) {
	prop, err := p.Records.Property(ctx, tx, id)
	return prop.Name, err
}

// fail answers with a sentence and a status. A link that is not ours and one that is not whole look the same.
func (p *Portal) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusServiceUnavailable
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		status = http.StatusNotFound
	} else {
		p.Logger.ErrorContext(r.Context(), "an unsubscribe page failed", "error", err)
	}
	p.draw(w, r, status, sorryPage(hearth.MessageOf(err)))
}

// draw writes a page whole or not at all.
func (p *Portal) draw(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		p.Logger.ErrorContext(r.Context(), "an unsubscribe page could not be drawn", "error", err)
		http.Error(w, "This page could not be drawn. Answer the message with STOP instead.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
