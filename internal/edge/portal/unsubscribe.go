package portal

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

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
	every := r.PostFormValue("every") == "yes" // the mail program's own button sends nothing of the kind
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		link, err := p.Messages.Unsubscribe(r.Context(), tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		if every {
			if err := p.stopEvery(r.Context(), tx, link); err != nil {
				return err
			}
		}
		from, err = p.sender(r.Context(), tx, link.Property)
		return err
	})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.draw(w, r, http.StatusOK, stoppedPage(from, every))
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
