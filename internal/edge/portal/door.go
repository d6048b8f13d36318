package portal

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// DoorPath is where, under the base address, the form behind the code at a home's door answers.
const DoorPath = "/r/"

// How much may come without anybody being signed in, in a quarter of an hour.
const (
	doorWindow  = 15 * time.Minute
	perAddress  = 10
	perHome     = 6
	perLooker   = 60 // looks at codes, right or wrong, from one address
	mostWatched = 4096
)

// gate counts what comes from where. It forgets what is older than the window, and everything when it is full.
type gate struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

// pass counts one more under a key, and fails with CodeBusy beyond most.
func (g *gate) pass(key string, most int, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil || len(g.seen) >= mostWatched {
		g.seen = map[string][]time.Time{}
	}
	var young []time.Time
	for _, t := range g.seen[key] {
		if now.Sub(t) < doorWindow {
			young = append(young, t)
		}
	}
	if len(young) >= most {
		g.seen[key] = young
		return hearth.Errorf(hearth.CodeBusy, "This was too often in a short time.")
	}
	g.seen[key] = append(young, now)
	return nil
}

// atDoor begins a visit at the door of a home. Nobody is signed in, whatever the device knows.
func (p *Portal) atDoor(w http.ResponseWriter, r *http.Request) (*visit, record.Unit, error) {
	v, err := p.begin(w, r)
	v.who, v.person = record.Contact{}, nil
	if err == nil {
		err = p.gate.pass("look "+p.addressOf(r), perLooker, p.Clock.Now())
	}
	var unit record.Unit
	if err == nil {
		err = v.read(func(ctx context.Context, tx *db.Tx) error {
			if unit, err = p.Records.UnitByCode(ctx, tx, r.PathValue("code")); err != nil {
				return err
			}
			return v.arrive(ctx, tx, unit.Property)
		})
	}
	return v, unit, err
}

// doorForm shows the form. It names the home, which stands at the door as well, and nobody in it.
func (p *Portal) doorForm(w http.ResponseWriter, r *http.Request) {
	v, unit, err := p.atDoor(w, r)
	once := ""
	if err == nil {
		once, err = p.once()
	}
	if err != nil {
		v.refuse(err)
		return
	}
	p.draw(w, r, http.StatusOK, repairPage(v, draft{Once: once, Door: true, Home: unit.Label}))
}

// doorRepair takes a request at the door, and gives a code by which it is followed.
func (p *Portal) doorRepair(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	v, unit, err := p.atDoor(w, r)
	for key, most := range map[string]int{"from " + p.addressOf(r): perAddress, "home " + string(unit.ID): perHome} {
		if err == nil {
			err = p.gate.pass(key, most, p.Clock.Now())
		}
	}
	if err == nil {
		err = v.parseUpload()
	}
	v.finish(err, func(v *visit) (string, error) {
		code, err := p.Records.Code()
		if err != nil {
			return "", err
		}
		d := v.draftOf()
		d.Door, d.Home = true, unit.Label
		_, err = p.take(v, d, workorder.Order{Unit: unit.ID}, func(d draft) templ.Component { return repairPage(v, d) },
			func(ctx context.Context, tx *db.Tx, o workorder.Order) error {
				return p.Workorders.Follow(ctx, tx, o.ID, code)
			})
		return statusPath + code, err
	})
}

// statusPath is where a request is followed by its code.
const statusPath = DoorPath + "status/"

// atStatus begins a visit by the code of a request, of which it gives what was sent.
func (p *Portal) atStatus(w http.ResponseWriter, r *http.Request) (*visit, sent, error) {
	v, err := p.begin(w, r)
	v.who, v.person = record.Contact{}, nil
	if err == nil {
		err = p.gate.pass("look "+p.addressOf(r), perLooker, p.Clock.Now())
	}
	var s sent
	a := v.followed()
	if err == nil {
		err = v.read(func(ctx context.Context, tx *db.Tx) error {
			o, err := a.find(ctx, tx)
			if err != nil {
				return err
			}
			photos, err := p.Workorders.Photos(ctx, tx, o.ID)
			if err != nil {
				return err
			}
			if err := v.arrive(ctx, tx, o.Property); err != nil {
				return err
			}
			s = v.sent(o, photos, a.href, a.shots)
			return nil
		})
	}
	return v, s, err
}

// followed finds a request by the code of the address.
func (v *visit) followed() asked {
	code := v.PathValue("code")
	return asked{href: statusPath + code, shots: statusPath + code + "/photo/",
		find: func(ctx context.Context, tx *db.Tx) (workorder.Order, error) {
			return v.p.Workorders.Followed(ctx, tx, code)
		}}
}

// doorStatus shows how far a request is to whoever has its code: not who asked, and what was written only while it can be changed.
func (p *Portal) doorStatus(w http.ResponseWriter, r *http.Request) {
	v, s, err := p.atStatus(w, r)
	if err != nil {
		v.refuse(err)
		return
	}
	p.draw(w, r, http.StatusOK, statusPage(v, v.follow(s.Order), s, r.PathValue("code")))
}

// doorPhoto gives a picture back to whoever sent it, while it can be taken away.
func (p *Portal) doorPhoto(w http.ResponseWriter, r *http.Request) {
	v, s, err := p.atStatus(w, r)
	i := slices.IndexFunc(s.Photos, func(ph workorder.Photo) bool { return ph.ID == r.PathValue("id") })
	if err == nil && (i < 0 || !s.Open) {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no such photo.")
	}
	var body []byte
	if err == nil {
		body, err = p.Blobs.Get(r.Context(), s.Photos[i].Blob)
	}
	if err != nil {
		v.refuse(err)
		return
	}
	blob.Serve(w, s.Photos[i].Kind, body)
}

// doorChangeForm shows what was sent, to be changed.
func (p *Portal) doorChangeForm(w http.ResponseWriter, r *http.Request) {
	v, _, err := p.atStatus(w, r)
	var body templ.Component
	if err == nil {
		body, err = p.changing(v, v.followed())
	}
	if err != nil {
		v.refuse(err)
		return
	}
	p.draw(w, r, http.StatusOK, body)
}

// doorChange takes the change.
func (p *Portal) doorChange(w http.ResponseWriter, r *http.Request) {
	p.atStatusDo(w, r, maxUpload, func(v *visit) (string, error) { return p.amend(v, v.followed()) })
}

// doorCancel calls a request off, as long as it can be changed: after that a code that somebody found would undo what is planned.
func (p *Portal) doorCancel(w http.ResponseWriter, r *http.Request) {
	p.atStatusDo(w, r, maxForm, func(v *visit) (string, error) {
		a := v.followed()
		err := v.write(func(ctx context.Context, tx *db.Tx) error {
			o, err := a.find(ctx, tx)
			if err != nil {
				return err
			}
			if o, err = p.Workorders.Hold(ctx, tx, o.ID); err != nil {
				return err
			}
			if o.State != workorder.Cancelled && !o.Amendable(tx.Now()) {
				photos, err := p.Workorders.Photos(ctx, tx, o.ID)
				return errors.Join(err, again{latePage(v, v.sent(o, photos, a.href, a.shots), "")})
			}
			_, err = p.Workorders.Cancel(ctx, tx, v.news(""), o.ID, "Whoever asked at the door does not need it any more.")
			return err
		})
		return a.href, err
	})
}

// atStatusDo answers a form of whoever has the code of a request.
func (p *Portal) atStatusDo(w http.ResponseWriter, r *http.Request, most int64, do func(*visit) (string, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	v, _, err := p.atStatus(w, r)
	if err == nil {
		err = p.gate.pass("from "+p.addressOf(r), perAddress, p.Clock.Now())
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
