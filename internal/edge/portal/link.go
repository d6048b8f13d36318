package portal

import (
	"context"
	"errors"
	"net/http"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// A link in a mail is forwarded, lies in a shared mailbox and is followed by programs that check mail. So it can be followed again until
// it is over, changes nothing when it is followed, and shows no more than the mails that it stands in: how things stand, and the questions
// that they ask. What is a resident's alone takes a code.

// linkCookie is what a device keeps that came by a link: the link's own proof.
const linkCookie = "home_link"

// errLight says that somebody who came by a link asks for what takes a code.
var errLight = errors.New("this takes more than a link")

// linked gives whom a link stands for. CodeForbidden for one that is over or was ended, CodeNotFound for who may not come in.
func (p *Portal) linked(ctx context.Context, tx *db.Tx, token string) (message.Passing, record.Contact, error) {
	link, err := p.Messages.Passed(ctx, tx, message.PassLink, token)
	if err != nil {
		return link, record.Contact{}, err
	}
	ended, err := p.People.LinkEnded(ctx, tx, link.Who, link.Made)
	if err == nil && ended {
		err = hearth.Errorf(hearth.CodeForbidden, "This link was ended.")
	}
	if err != nil {
		return link, record.Contact{}, err
	}
	who, err := p.entrant(ctx, tx, link.Who)
	return link, who, err
}

// byLink looks for the resident whose link was followed on the device. None, or one that is over, is nobody.
func (v *visit) byLink() error {
	token := v.kept(linkCookie)
	if token == "" {
		return nil
	}
	return v.read(func(ctx context.Context, tx *db.Tx) error {
		_, who, err := v.p.linked(ctx, tx, token)
		if err != nil {
			return err
		}
		v.light = !v.p.Open
		return v.settle(ctx, tx, who.ID)
	})
}

// followLink reads the link of the address. Where it opens nothing it has answered, and ok is false.
func (v *visit) followLink(err error) (link message.Passing, who record.Contact, ok bool) {
	if err == nil {
		err = v.read(func(ctx context.Context, tx *db.Tx) error {
			link, who, err = v.p.linked(ctx, tx, v.PathValue("token"))
			return err
		})
	}
	code := hearth.CodeOf(err)
	switch refused := code == hearth.CodeForbidden || code == hearth.CodeNotFound; {
	case refused && (v.who.ID == "" || v.light):
		v.door(http.StatusForbidden, enterDoor{Why: "enter.link"})
	case err != nil:
		v.refuse(err)
	default:
		return link, who, true
	}
	return link, who, false
}

// open follows the link that a resident was sent. It changes nothing here. A device on which somebody else is signed in is asked first, so
// that nobody finds themselves in another's pages.
func (p *Portal) open(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	link, who, ok := v.followLink(err)
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case !ok:
	case v.session.Resident == "":
		v.takeLink(link)
	case v.mine(who.ID):
		http.Redirect(w, r, v.wanted(), http.StatusSeeOther)
	default:
		p.draw(w, r, http.StatusOK, otherPage(v, who))
	}
}

// openNothing answers the address of links as texts keep it, without a proof: it is printed in letters, and leads to the door.
func (p *Portal) openNothing(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/home", http.StatusSeeOther)
}

// openInstead leaves whoever was signed in on the device, and follows the link.
func (p *Portal) openInstead(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v, err := p.begin(w, r)
	link, _, ok := v.followLink(err)
	if !ok {
		return
	}
	if old := v.kept(deviceCookie); old != "" {
		if err := v.write(func(ctx context.Context, tx *db.Tx) error { return p.People.LeaveHome(ctx, tx, old) }); err != nil {
			v.refuse(err)
			return
		}
		v.give(deviceCookie, "/home", "", 0)
	}
	v.takeLink(link)
}

// takeLink gives the device the link to keep, and shows what was wanted.
func (v *visit) takeLink(link message.Passing) {
	v.give(linkCookie, "/home", v.PathValue("token"), link.Until.Sub(v.p.Clock.Now()))
	http.Redirect(v.w, v.Request, v.wanted(), http.StatusSeeOther)
}
