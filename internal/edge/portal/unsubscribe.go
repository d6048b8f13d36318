package portal

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
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
