package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
)

// Photos that came with repairs: small beside what they are about, and each large on a page of its own with who sent it and when. They are part
// of a home's history: whoever does not see that finds nothing of them.

func (h *Web) photoRoutes() []route {
	return []route{
		{"GET /photos/{id}", account.ResidentsRead, h.show(account.ResidentsRead, (*request).photoPage)},
		{"GET /photos/{id}/image", account.ResidentsRead, h.photoImage},
	}
}

// shot is a photo in a row of small ones.
type shot struct {
	ID, Href, Image string
	Who, When       string
	Words           string // all of it in a sentence, for those who don't see it
	Width, Height   int
}

// photoView is one photo, large.
type photoView struct {
	shot
	About  string // what the resident wrote
	Home   ui.Link
	Asked  ui.Link // who asked for the repair
	Back   ui.Link
	Before string // the photo before this one, "" at the first
	After  string
	Place  string // "2 of 3"
}

// nothingHere is the answer for what does not exist, and for what the viewer is not told of.
func nothingHere() error {
	return hearth.Errorf(hearth.CodeNotFound, "There is nothing at this address.")
}

// shotsOf gives the photos of work orders, by the order. The caller has asked whether the viewer sees the home's history.
func (q *request) shotsOf(ctx context.Context, tx *db.Tx, ids []hearth.WorkOrderID) (map[hearth.WorkOrderID][]shot, error) {
	if q.web.Workorders == nil || q.web.Blobs == nil || len(ids) == 0 {
		return nil, nil
	}
	found, err := q.web.Workorders.PhotosOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var who []hearth.ResidentID
	for _, list := range found {
		for _, p := range list {
			if p.Resident != "" {
				who = append(who, p.Resident)
			}
		}
	}
	people, err := q.contacts(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	out := map[hearth.WorkOrderID][]shot{}
	for id, list := range found {
		for _, p := range list {
			out[id] = append(out[id], q.shot(p, people[p.Resident].Name()))
		}
	}
	return out, nil
}

func (q *request) shot(p workorder.Photo, name string) shot {
	s := shot{ID: p.ID, Href: "/photos/" + p.ID, Image: "/photos/" + p.ID + "/image", Who: name, When: page.When(p.At, q.now, q.zone), Width: p.Width, Height: p.Height}
	if hearth.DayOf(p.At, q.zone) == hearth.DayOf(q.now, q.zone) {
		s.When = "today at " + s.When
	}
	switch {
	case p.Resident == "":
		s.Who = "Somebody at the home's own form" // the code at its door; nobody is signed in there
	case s.Who == "":
		s.Who = "A resident"
	}
	s.Words = "Photo from " + s.Who + ", " + s.When
	return s
}

// photoOf reads a photo and what it belongs to, for those who see the home's history.
func (q *request) photoOf(ctx context.Context, tx *db.Tx) (p workorder.Photo, o workorder.Order, err error) {
	if q.web.Workorders == nil || q.web.Blobs == nil {
		return p, o, nothingHere()
	}
	if p, err = q.web.Workorders.Photo(ctx, tx, q.PathValue("id")); err == nil {
		o, err = q.web.Workorders.Get(ctx, tx, p.Order)
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		err = nothingHere()
	}
	if err != nil {
		return p, o, err
	}
	people, err := q.web.Workorders.Concerned(ctx, tx, o)
	if err != nil {
		return p, o, err
	}
	ok, err := q.withinAt(ctx, tx, account.FieldHistory, o.Property, people)
	if err == nil && !ok {
		err = nothingHere()
	}
	return p, o, err
}

// photoPage shows one photo large, with who sent it, when, and about what.
func (q *request) photoPage() (templ.Component, error) {
	var v photoView
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		p, o, err := q.photoOf(ctx, tx)
		if err != nil {
			return err
		}
		all, err := q.shotsOf(ctx, tx, []hearth.WorkOrderID{o.ID})
		if err != nil {
			return err
		}
		list := all[o.ID]
		at := slices.IndexFunc(list, func(s shot) bool { return s.ID == p.ID })
		if at < 0 {
			return nothingHere()
		}
		v.shot, v.About, v.Place = list[at], o.Description, placeOf(at, len(list))
		if at > 0 {
			v.Before = list[at-1].Href
		}
		if at+1 < len(list) {
			v.After = list[at+1].Href
		}
		return q.photoAbout(ctx, tx, &v, o)
	})
	if err != nil {
		return nil, err
	}
	f := q.frame("Photo", "")
	f.Help = append(f.Help, ui.Keys{Key: "n", Does: "Next photo"}, ui.Keys{Key: "p", Does: "Photo before"}, ui.Keys{Key: "b", Does: "Back"})
	return photoPage(f, v), nil
}

// photoAbout adds whose home it is and where one goes back to.
func (q *request) photoAbout(ctx context.Context, tx *db.Tx, v *photoView, o workorder.Order) error {
	if o.Resident != "" {
		people, err := q.contacts(ctx, tx, []hearth.ResidentID{o.Resident})
		if err != nil {
			return err
		}
		if c, ok := people[o.Resident]; ok {
			v.Asked = ui.Link{Name: c.Name(), Href: "/residents/" + string(c.ID)}
			v.Back = ui.Link{Name: "Back to " + c.Name(), Href: v.Asked.Href + "?see=repairs"}
		}
	}
	if o.Unit == "" {
		return nil
	}
	u, err := q.web.Records.Unit(ctx, tx, o.Unit)
	if err != nil {
		return err
	}
	v.Home = ui.Link{Name: u.Label, Href: unitHref(u.ID)}
	v.Back = ui.Link{Name: "Back to the home", Href: unitHref(u.ID) + "#repair-" + string(o.ID)}
	return nil
}

func placeOf(at, of int) string {
	if of < 2 {
		return ""
	}
	return fmt.Sprintf("Photo %d of %d", at+1, of)
}

// photoImage answers with the picture itself, under the rights of its page and with headers that let it be nothing but a picture.
func (h *Web) photoImage(w http.ResponseWriter, r *http.Request) {
	q, err := h.begin(w, r, account.ResidentsRead)
	var p workorder.Photo
	if err == nil {
		err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
			p, _, err = q.photoOf(ctx, tx)
			return err
		})
	}
	var body []byte
	if err == nil {
		body, err = h.Blobs.Get(r.Context(), p.Blob)
	}
	if err != nil {
		h.refuse(w, r, q, err)
		return
	}
	blob.Serve(w, p.Kind, body)
}
