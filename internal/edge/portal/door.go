package portal

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/workorder"
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
		return DoorPath + "status/" + code, err
	})
}

// doorStatus shows how far a request is to whoever has its code: not who asked, nor what was written.
func (p *Portal) doorStatus(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	v.who, v.person = record.Contact{}, nil
	var o workorder.Order
	if err == nil {
		err = p.gate.pass("look "+p.addressOf(r), perLooker, p.Clock.Now())
	}
	if err == nil {
		err = v.read(func(ctx context.Context, tx *db.Tx) error {
			if o, err = p.Workorders.Followed(ctx, tx, r.PathValue("code")); err != nil {
				return err
			}
			return v.arrive(ctx, tx, o.Property)
		})
	}
	if err != nil {
		v.refuse(err)
		return
	}
	p.draw(w, r, http.StatusOK, statusPage(v, v.follow(o), r.PathValue("code")))
}
