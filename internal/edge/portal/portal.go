// Package portal is what residents open in a browser: their home page, repairs, messages, how they are reached and what is
// known of them; the form behind the code at a door; and the page behind the link under a message that ends discretionary
// mail. It parses, calls and draws; what anything means is decided by the areas that it calls. No page needs a script; a passkey does.
package portal

import (
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/db"
	"hearth/internal/base/httpd"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Deps is what the pages call. All fields are required, but those that say so.
type Deps struct {
	DB         *db.DB
	Log        *eventlog.Log
	Messages   *message.Store
	Records    *record.Store
	People     *account.People
	Workorders *workorder.Store
	Desk       *desk.Desk
	Consent    *consent.Store
	Blobs      *blob.Store
	Clock      hearth.Clock
	Logger     *slog.Logger
	Random     io.Reader // what names forms, fit for secrets
	// Texts tells that text messages are sent, so that a code can go to a telephone.
	Texts bool
	// BaseURL is how residents' browsers reach us, which says where passkeys are good; "" for however they come.
	BaseURL string
	// Open lets whoever follows a resident's link see everything: only for a generated community, where nobody's own is kept.
	Open bool
	// Secure tells that browsers reach us through TLS, though a proxy may not say so.
	Secure bool
	// Proxied tells whether an address of the network is that of a proxy of ours; nil: none is.
	Proxied func(address string) bool
	// Pace is how long the answer to who asks for a code takes at least, so that nobody can tell by it whether they are known.
	Pace time.Duration
}

// addressOf is where a request comes from.
func (p *Portal) addressOf(r *http.Request) string { return httpd.Client(r, p.Proxied) }

// Portal answers residents' pages.
type Portal struct {
	Deps
	words library
	// drawing lets one photo at a time be drawn anew: each takes tens of megabytes for a moment.
	drawing sync.Mutex
	gate    gate
}

// New builds the pages. It fails if a language's file can't be read.
func New(d Deps) (*Portal, error) {
	all, err := loadWords(shippedWords)
	if err != nil {
		return nil, err
	}
	return &Portal{Deps: d, words: all}, nil
}

// Mount puts the pages on the program's mux. A GET never acts, but that it takes what it shows as read: programs that check links in mail follow them. The
// POST to the unsubscribe page is what a mail program sends for one-click unsubscribing (RFC 8058); it
// carries its own proof, so it needs no sign-in and may come from anywhere. Every other form must come from a page of ours.
func (p *Portal) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET "+message.UnsubscribePath+"{token}", p.ask)
	mux.HandleFunc("POST "+message.UnsubscribePath+"{token}", p.stop)
	own := http.NewCrossOriginProtection()
	for pattern, h := range p.routes() {
		mux.Handle(pattern, own.Handler(h))
	}
}

// OpenPath is where, under the base address, the link that a resident is sent opens their pages.
const OpenPath = message.PagesPath + "/"

func (p *Portal) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET " + message.PagesPath:                p.openNothing,
		"GET " + OpenPath + "{token}":             p.open,
		"POST " + OpenPath + "{token}":            p.openInstead,
		"GET " + ShortPath:                        p.shortForm,
		"POST " + ShortPath:                       p.tryShort,
		"GET " + EnterPath:                        p.enter,
		"POST " + EnterPath:                       p.askCode,
		"GET " + EnterPath + "/code":              p.enterCode,
		"POST " + EnterPath + "/code":             p.tryCode,
		"GET " + EnterPath + "/who":               p.enterWho,
		"POST " + EnterPath + "/who":              p.chooseWho,
		"POST " + EnterPath + "/key/ask":          p.askKey,
		"POST " + EnterPath + "/key":              p.enterByKey,
		"GET /home/leave":                         p.leave,
		"POST /home/leave/all":                    p.act(maxForm, p.leaveAll),
		"GET /home/language":                      p.language,
		"GET /home":                               p.glance(p.home),
		"GET /home/repairs":                       p.page(p.repairs),
		"GET /home/repair":                        p.glance(p.askRepair),
		"POST /home/repair":                       p.tap(maxUpload, p.openRepair),
		"GET /home/repair/{id}":                   p.glance(p.showRepair),
		"POST /home/repair/{id}/fixed":            p.tap(maxForm, p.fixed),
		"POST /home/repair/{id}/not":              p.tap(maxForm, p.notFixed),
		"POST /home/repair/{id}/cancel":           p.act(maxForm, p.cancelRepair),
		"GET /home/repair/{id}/change":            p.page(p.changeForm),
		"POST /home/repair/{id}/change":           p.act(maxUpload, p.changeRepair),
		"GET /home/photo/{id}":                    p.photo,
		"GET /home/messages":                      p.page(p.letters),
		"POST /home/messages":                     p.act(maxForm, p.writeLetter),
		"GET /home/question/{message}":            p.glance(p.showQuestion),
		"POST /home/question/{message}":           p.tap(maxForm, p.answerQuestion),
		"GET /home/wishes":                        p.page(p.wishList),
		"GET /home/wishes/{name}":                 p.page(p.askWish),
		"POST /home/wishes/{name}":                p.act(maxForm, p.keepWish),
		"POST /home/stop":                         p.act(maxForm, p.stopMessages),
		"POST /home/start":                        p.act(maxForm, p.startMessages),
		"GET /home/ahead":                         p.page(p.lookAhead),
		"GET /home/known":                         p.page(p.knownFacts),
		"GET /home/{rest...}":                     p.page(nothingThere),
		"POST /home/keys/ask":                     p.offerKey,
		"POST /home/keys":                         p.act(maxForm, p.keepKey),
		"POST /home/keys/{key}/drop":              p.act(maxForm, p.dropKey),
		"GET " + DoorPath + "{code}":              p.doorForm,
		"POST " + DoorPath + "{code}":             p.doorRepair,
		"GET " + statusPath + "{code}":            p.doorStatus,
		"GET " + statusPath + "{code}/photo/{id}": p.doorPhoto,
		"GET " + statusPath + "{code}/change":     p.doorChangeForm,
		"POST " + statusPath + "{code}/change":    p.doorChange,
		"POST " + statusPath + "{code}/cancel":    p.doorCancel,
	}
}

// nothingThere answers at an address under theirs that has no page, and at that of a form, which a browser asks for when it loads again.
func nothingThere(*visit) (templ.Component, error) {
	return nil, hearth.Errorf(hearth.CodeNotFound, "There is no such page.")
}

const (
	maxForm   = 256 << 10 // what a form brings
	maxUpload = 64 << 20  // what is read of a form with a photo, of which no more is held than a photo may have
)

// once names a form, so that sending it twice is one thing.
func (p *Portal) once() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(p.Random, b[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}
