package portal

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

const (
	deviceCookie   = "home"          // what a resident's device is signed in with
	languageCookie = "home_language" // the language that was chosen on it
	deviceDays     = 30              // for how long a device stays known
	quarter        = 90              // days for which the language is kept
)

// visit is one look or act of somebody in the portal.
type visit struct {
	*http.Request
	p       *Portal
	w       http.ResponseWriter
	words   *words
	who     record.Contact      // the zero value: nobody is signed in
	person  []hearth.ResidentID // all under whom they are known
	session account.HomeSession // the zero value: none
	place   record.Property
	zone    *time.Location
	now     time.Time // in zone
	light   bool      // they came by a link, which shows how things stand and no more
	photo   []byte    // what a form brought as one, at most a byte more than may be
	broken  bool      // the form broke off before its end
	asksKey bool      // the page asks the device for a passkey, which takes a script
}

// T says a line of the visitor's language.
func (v *visit) T(key string, pairs ...string) string { return v.words.T(key, pairs...) }

func (v *visit) actor() hearth.Actor {
	if v.who.ID == "" {
		return hearth.Actor{Kind: "resident", ID: "door"}
	}
	return hearth.Actor{Kind: "resident", ID: string(v.who.ID), Name: v.who.Called()}
}

// news is the envelope of what the visitor does. The same form sent twice is one thing: once is what the form carries.
func (v *visit) news(once string) record.News {
	n := record.News{Source: source, Actor: v.actor()}
	if once != "" {
		n.EventID = hearth.DeriveID("evt_", string(v.who.ID), once)
	}
	return n
}

const source = "hearth/edge/portal"

func (v *visit) read(f func(ctx context.Context, tx *db.Tx) error) error {
	return v.p.DB.Read(v.Context(), func(tx *db.Tx) error { return f(v.Context(), tx) })
}

func (v *visit) write(f func(ctx context.Context, tx *db.Tx) error) error {
	return v.p.DB.Write(v.Context(), func(tx *db.Tx) error { return f(v.Context(), tx) })
}

// field gives a field of the form, trimmed, with one kind of line end.
func (v *visit) field(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(v.FormValue(name), "\r\n", "\n"))
}

// frame is what stands around a page.
func (v *visit) frame(key string) ui.HomeFrame {
	f := ui.HomeFrame{Title: v.T(key), Lang: v.words.tag, Right: v.words.right, Skip: v.T("frame.skip")}
	f.Extra = []string{"portal.js"}
	if v.asksKey {
		f.Extra = append(f.Extra, "passkey.js")
	}
	return f
}

// framed is the frame with what stands on top of each page.
func (v *visit) framed(key string) ui.HomeFrame {
	f := v.frame(key)
	f.Top = top(v)
	return f
}

// other gives the languages that can be chosen instead, each in its own words.
func (v *visit) others() []ui.Link {
	var out []ui.Link
	for _, w := range v.p.words {
		if w.tag != v.words.tag {
			out = append(out, ui.Link{Name: w.name, Href: "/home/language?to=" + w.tag + "&back=" + url.QueryEscape(v.here()), Icon: w.tag})
		}
	}
	return out
}

// direction tells from where a language is written.
func (v *visit) direction(tag string) string {
	if w := v.p.words.find(tag); w != nil && w.right {
		return "rtl"
	}
	return "ltr"
}

// page answers with a page for a resident who has signed in.
func (p *Portal) page(make func(*visit) (templ.Component, error)) http.HandlerFunc {
	return p.shown((*visit).known, make)
}

// glance answers with a page that a link is enough for.
func (p *Portal) glance(make func(*visit) (templ.Component, error)) http.HandlerFunc {
	return p.shown((*visit).linkedIn, make)
}

func (p *Portal) shown(may func(*visit) error, make func(*visit) (templ.Component, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := p.begin(w, r)
		if err == nil {
			err = may(v)
		}
		var body templ.Component
		if err == nil {
			body, err = make(v)
		}
		if err != nil {
			v.refuse(err)
			return
		}
		v.visited()
		p.draw(w, r, http.StatusOK, body)
	}
}

// again carries the page that shows a form once more, with what is wrong in it.
type again struct{ page templ.Component }

// Error says that the form was wrong.
func (again) Error() string { return "the form can't be taken as it is" }

// act answers a form of a resident's who has signed in: it is done, and the page named comes next.
func (p *Portal) act(most int64, do func(*visit) (next string, err error)) http.HandlerFunc {
	return p.done((*visit).known, most, do)
}

// tap answers a form that a link is enough for.
func (p *Portal) tap(most int64, do func(*visit) (next string, err error)) http.HandlerFunc {
	return p.done((*visit).linkedIn, most, do)
}

func (p *Portal) done(may func(*visit) error, most int64, do func(*visit) (next string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		v, err := p.begin(w, r)
		if err == nil {
			err = may(v)
		}
		switch {
		case err != nil:
		case most == maxUpload:
			err = v.parseUpload()
		default:
			err = v.parse(most)
		}
		v.finish(err, do)
	}
}

// parse reads the form whole, so that one that is too large is known as such.
func (v *visit) parse(most int64) error {
	err := v.ParseMultipartForm(most)
	if errors.Is(err, http.ErrNotMultipart) {
		err = v.ParseForm()
	}
	if err != nil {
		return v.unreadable(err)
	}
	return nil
}

func (v *visit) finish(err error, do func(*visit) (string, error)) {
	var next string
	if err == nil {
		next, err = do(v)
	}
	var more again
	switch {
	case errors.As(err, &more):
		v.p.draw(v.w, v.Request, http.StatusUnprocessableEntity, more.page)
	case err != nil:
		v.refuse(err)
	default:
		http.Redirect(v.w, v.Request, next, http.StatusSeeOther)
	}
}

// begin finds out who is there and in what language they read.
func (p *Portal) begin(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{Request: r, p: p, w: w, words: p.words.accept(r.Header.Get("Accept-Language")), zone: time.UTC, now: p.Clock.Now().UTC()}
	err := v.find()
	if c, cookieErr := r.Cookie(languageCookie); cookieErr == nil {
		if chosen := p.words.find(c.Value); chosen != nil {
			v.words = chosen
		}
	}
	return v, err
}

// find looks for who is there: the resident who is signed in on the device, or else the one whose link was followed on it. No session, or one that
// is over, is nobody.
func (v *visit) find() error {
	err := v.absent(v.bySession())
	if err == nil && v.who.ID == "" {
		err = v.absent(v.byLink())
	}
	return err
}

// bySession looks for the resident who is signed in on the device.
func (v *visit) bySession() error {
	value := v.kept(deviceCookie)
	if value == "" {
		return nil
	}
	return v.read(func(ctx context.Context, tx *db.Tx) error {
		s, err := v.p.People.AtHome(ctx, tx, value)
		if err != nil {
			return err
		}
		v.session = s
		return v.settle(ctx, tx, s.Resident)
	})
}

// absent takes who may not come in any more for nobody.
func (v *visit) absent(err error) error {
	if hearth.CodeOf(err) == hearth.CodeForbidden || hearth.CodeOf(err) == hearth.CodeNotFound {
		v.who, v.person, v.session, v.light = record.Contact{}, nil, account.HomeSession{}, false
		return nil
	}
	return err
}

// fresh tells whether the visitor showed just now who they are.
func (v *visit) fresh() bool { return v.session.Fresh(v.now) }

// entrant gives a resident as they come in: of records that are seen as one person the one under whom they are seen. It fails with
// CodeNotFound for who may not come in: who has moved out, or never lived here in their own right.
func (p *Portal) entrant(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (record.Contact, error) {
	person, err := p.Records.PersonOf(ctx, tx, id)
	if err != nil {
		return record.Contact{}, err
	}
	if len(person) > 0 {
		id = person[0]
	}
	all, err := p.Records.Contacts(ctx, tx, []hearth.ResidentID{id})
	if err != nil {
		return record.Contact{}, err
	}
	who, ok := all[id]
	if gone := who.Standing.Status; !ok || !who.Role.Addressable() || gone == record.StatusPast || gone == record.StatusCancelled {
		return record.Contact{}, hearth.Errorf(hearth.CodeNotFound, "There is no such resident.")
	}
	return who, nil
}

// settle reads who the visitor is and where they live.
func (v *visit) settle(ctx context.Context, tx *db.Tx, id hearth.ResidentID) error {
	who, err := v.p.entrant(ctx, tx, id)
	if err != nil {
		return err
	}
	if v.person, err = v.p.Records.PersonOf(ctx, tx, who.ID); err != nil {
		return err
	}
	v.who = who
	for _, tag := range []string{who.Language, who.Prefs["language"]} {
		if w := v.p.words.find(tag); w != nil && tag != "" {
			v.words = w
		}
	}
	return v.arrive(ctx, tx, who.Property)
}

// arrive reads the property and its clock.
func (v *visit) arrive(ctx context.Context, tx *db.Tx, id hearth.PropertyID) error {
	var err error
	if v.place, err = v.p.Records.Property(ctx, tx, id); err != nil {
		return err
	}
	if v.zone, err = v.p.Records.Zone(ctx, tx, id); err != nil {
		return err
	}
	v.now = v.now.In(v.zone)
	return nil
}

// errStranger says that nobody is signed in.
var errStranger = errors.New("nobody is signed in")

// known lets those through who have signed in.
func (v *visit) known() error {
	if v.who.ID != "" && v.light {
		return errLight
	}
	return v.linkedIn()
}

// linkedIn lets those through as well who came by a link.
func (v *visit) linkedIn() error {
	if v.who.ID == "" {
		return errStranger
	}
	return nil
}

// mine tells whether a resident is the visitor.
func (v *visit) mine(id hearth.ResidentID) bool {
	for _, p := range v.person {
		if p == id {
			return true
		}
	}
	return false
}

// refuse says, in the visitor's language, why there is no page, what is safe and what to do.
func (v *visit) refuse(err error) {
	status, what := http.StatusServiceUnavailable, "failed"
	switch code := hearth.CodeOf(err); {
	case errors.Is(err, errStranger):
		v.door(http.StatusUnauthorized, enterDoor{Why: "enter.stranger", Kept: v.keep()})
		return
	case errors.Is(err, errLight):
		v.door(http.StatusUnauthorized, enterDoor{Why: "enter.light", Kept: v.keep()})
		return
	case code == hearth.CodeForbidden:
		status, what = http.StatusForbidden, "link"
	case code == hearth.CodeNotFound:
		status, what = http.StatusNotFound, "missing"
	case code == hearth.CodeTooLarge:
		status, what = http.StatusRequestEntityTooLarge, "large"
	case code == hearth.CodeBusy:
		status, what = http.StatusTooManyRequests, "often"
	case code == hearth.CodeInvalid || code == hearth.CodeConflict:
		status, what = http.StatusUnprocessableEntity, "wrong"
	default:
		v.p.Logger.ErrorContext(v.Context(), "a page of the portal failed", "error", err)
	}
	var k keptForm
	if what == "failed" || what == "often" || what == "wrong" || what == "large" {
		k = v.unsent()
	}
	v.p.draw(v.w, v.Request, status, sorry(v, what, k))
}

// draw writes a page whole or not at all.
func (p *Portal) draw(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		p.Logger.ErrorContext(r.Context(), "a page of the portal could not be drawn", "error", err)
		http.Error(w, "This page could not be drawn. Try again, or call the office.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
