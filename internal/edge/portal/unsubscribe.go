package portal

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// atLink begins a visit to the page behind the link under a message. Nobody is signed in, whatever the device knows.
func (p *Portal) atLink(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{Request: r, p: p, w: w, words: p.words.accept(r.Header.Get("Accept-Language")), zone: time.UTC}
}

// speak has the page speak the language of whom the message was for, unless another one was chosen on the device.
func (v *visit) speak(ctx context.Context, tx *db.Tx, link message.Optout) error {
	people, err := v.p.Records.Contacts(ctx, tx, []hearth.ResidentID{link.Resident})
	if err != nil {
		return err
	}
	c := people[link.Resident]
	for _, tag := range []string{c.Language, c.Prefs["language"]} {
		if w := v.p.words.find(tag); w != nil && tag != "" {
			v.words = w
		}
	}
	if kept, err := v.Cookie(languageCookie); err == nil {
		if w := v.p.words.find(kept.Value); w != nil {
			v.words = w
		}
	}
	v.place, err = v.p.Records.Property(ctx, tx, link.Property)
	return err
}

// ask shows what the button does.
func (p *Portal) ask(w http.ResponseWriter, r *http.Request) {
	v := p.atLink(w, r)
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		link, err := p.Messages.Linked(ctx, tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		return v.speak(ctx, tx, link)
	})
	if err != nil {
		v.notEnded(err)
		return
	}
	p.draw(w, r, http.StatusOK, fewerPage(v))
}

// stop records the opt-out; the second time it changes nothing and says the same.
func (p *Portal) stop(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := p.atLink(w, r)
	every := r.PostFormValue("every") == "yes" // the mail program's own button sends nothing of the kind
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		link, err := p.Messages.Unsubscribe(ctx, tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		if every {
			if err := p.stopEvery(ctx, tx, link); err != nil {
				return err
			}
		}
		return v.speak(ctx, tx, link)
	})
	if err != nil {
		v.notEnded(err)
		return
	}
	p.draw(w, r, http.StatusOK, fewerDonePage(v, every))
}

// stopEvery ends what they can do without by every way, not only at the address of the mail whose link they followed.
func (p *Portal) stopEvery(ctx context.Context, tx *db.Tx, link message.Optout) error {
	people, err := p.Records.Contacts(ctx, tx, []hearth.ResidentID{link.Resident})
	if err != nil {
		return err
	}
	c, ok := people[link.Resident]
	if !ok {
		return nil // a test to the team, or somebody who was erased
	}
	return p.Consent.SetAll(ctx, tx, consent.Grant{Purpose: consent.Discretionary, Resident: c.ID, Property: c.Property, Source: "unsubscribe link", Evidence: string(link.Message) + ": every way",
		Actor: hearth.Actor{Kind: "resident", ID: string(c.ID)}}, consent.Reach{Email: c.EmailKey, Phone: c.PhoneKey})
}

// notEnded says why nothing was ended, and what helps. A link that is not ours and one that is not whole look the same.
func (v *visit) notEnded(err error) {
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		v.p.draw(v.w, v.Request, http.StatusNotFound, notEndedPage(v, "fewer-link"))
		return
	}
	v.p.Logger.ErrorContext(v.Context(), "an unsubscribe page failed", "error", err)
	v.p.draw(v.w, v.Request, http.StatusServiceUnavailable, notEndedPage(v, "failed"))
}
