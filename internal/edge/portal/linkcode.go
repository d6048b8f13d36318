package portal

import (
	"context"
	"net/http"

	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

// ShortPath is where the code of a slip is typed when no camera is at hand. It is short, since it is typed as well.
const ShortPath = message.ShortPath

// shortForm asks for the code that is printed on a slip.
func (p *Portal) shortForm(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	if err != nil {
		v.refuse(err)
		return
	}
	p.draw(w, r, http.StatusOK, shortPage(v, "", ""))
}

// tryShort goes where the slip's own link goes, and opens no more than that.
func (p *Portal) tryShort(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v, err := p.begin(w, r)
	if err == nil {
		err = v.parse(maxForm)
	}
	if err != nil {
		v.refuse(err)
		return
	}
	typed, link, ok := v.field("code"), message.Passing{}, false
	err = v.write(func(ctx context.Context, tx *db.Tx) (err error) {
		ok, err = p.People.TryShort(ctx, tx, p.addressOf(r), func() error {
			link, err = p.Messages.Shortened(ctx, tx, typed)
			return err
		})
		return err
	})
	pass := ""
	if err == nil && ok {
		pass, err = p.Messages.Pass(r.Context(), p.DB, message.PassLink, link)
	}
	switch {
	case err != nil:
		v.refuse(err)
	case !ok:
		p.draw(w, r, http.StatusUnprocessableEntity, shortPage(v, typed, v.T("short.wrong")))
	default:
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, OpenPath+pass, http.StatusSeeOther)
	}
}
