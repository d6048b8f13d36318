package portal

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/blob/picture"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// choice is a tile: what is kept, and its icon. Its words are those of the language.
type choice struct{ value, icon string }

// troubles are what can be broken; the value is the category.
func troubles() []choice {
	return []choice{{workorder.Plumbing, "droplets"}, {workorder.HVAC, "thermometer"}, {workorder.Electrical, "zap"}, {workorder.Doors, "lock"},
		{workorder.Appliance, "plug"}, {workorder.Pest, "bug"}}
}

// rooms are where it is.
func rooms() []string { return []string{"kitchen", "bathroom", "bedroom", "living", "outside"} }

// draft is a request as it was filled in.
type draft struct {
	Once    string
	Words   string
	Trouble string
	Room    string
	Wrong   string // what is missing, "" for nothing
	Photo   string // what is wrong with the photo
	Entry   string // whether we may come in when nobody is home, where it was said with the request
	Door    bool   // asked by the code at the door: nobody is signed in
	Home    string // which home, at the door
}

const maxWords = 4000

// repairs lists everything that the visitor has asked for.
func (p *Portal) repairs(v *visit) (templ.Component, error) {
	var all []parcel
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		orders, err := v.requests(ctx, tx)
		for _, o := range orders {
			all = append(all, v.follow(o))
		}
		return err
	})
	return repairsPage(v, all), err
}

// askRepair shows the form.
func (p *Portal) askRepair(v *visit) (templ.Component, error) {
	once, err := p.once()
	return repairPage(v, draft{Once: once}), err
}

// draftOf reads the form.
func (v *visit) draftOf() draft {
	d := draft{Once: v.field("once"), Words: v.field("words"), Trouble: v.field("trouble"), Room: v.field("room")}
	if !slices.ContainsFunc(troubles(), func(c choice) bool { return c.value == d.Trouble }) {
		d.Trouble = ""
	}
	if !slices.Contains(rooms(), d.Room) {
		d.Room = ""
	}
	if d.Entry = v.field("entry"); d.Entry != heard.MayEnter && d.Entry != heard.NotAlone {
		d.Entry = ""
	}
	return d
}

// openRepair takes a request: a photo, words or a tile is enough.
func (p *Portal) openRepair(v *visit) (string, error) {
	d := v.draftOf()
	o, err := p.take(v, d, workorder.Order{Resident: v.who.ID, Unit: v.who.Unit}, func(d draft) templ.Component { return repairPage(v, d) }, nil)
	if err != nil {
		return "", err
	}
	return "/home/repair/" + string(o.ID) + "?sent=1", nil
}

// take makes a request's work order, with its photo; also does more in the same transaction.
func (p *Portal) take(v *visit, d draft, told workorder.Order, form func(draft) templ.Component, also func(context.Context, *db.Tx, workorder.Order) error) (workorder.Order, error) {
	shot, err := p.shot(v)
	if err != nil && v.photoWrong(&d, err) != nil {
		return workorder.Order{}, err
	}
	switch {
	case err != nil:
	case v.broken:
		d.Wrong = v.T("error.cut")
	case !utf8.ValidString(d.Words) || len(d.Words) > maxWords:
		d.Wrong = v.T("repair.too-long")
	case shot == nil && d.Words == "" && d.Trouble == "" && d.Room == "":
		d.Wrong = v.T("repair.nothing")
	}
	if d.Wrong != "" || d.Photo != "" {
		return workorder.Order{}, again{form(d)}
	}
	told.Description, told.Category = p.describe(d, shot != nil), d.Trouble
	return p.keep(v, d, told, shot, also)
}

// keep stores the photo, then everything else in one transaction. Without the transaction nothing of it stays.
func (p *Portal) keep(v *visit, d draft, told workorder.Order, shot *picture.Picture, also func(context.Context, *db.Tx, workorder.Order) error) (workorder.Order, error) {
	name := ""
	if shot != nil {
		var err error
		if name, err = p.Blobs.Put(v.Context(), shot.Body); err != nil {
			return workorder.Order{}, err
		}
	}
	var o workorder.Order
	used := false
	err := v.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if o, err = p.Workorders.Open(ctx, tx, v.news(d.Once), told); err != nil {
			return err
		}
		have, err := p.Workorders.Photos(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		used = shot != nil && len(have) == 0 // sent twice, the first photo stays
		if used {
			_, err = p.Workorders.AddPhoto(ctx, tx, workorder.Photo{Order: o.ID, Resident: told.Resident, Kind: shot.Kind, Blob: name, Width: shot.Width, Height: shot.Height})
		}
		if err == nil && also != nil {
			err = also(ctx, tx, o)
		}
		return err
	})
	if name != "" && (err != nil || !used) {
		err = errors.Join(err, p.Blobs.Remove(v.Context(), name))
	}
	return o, err
}

// describe says in the team's words what the tiles say, before the resident's own words.
func (p *Portal) describe(d draft, photo bool) string {
	team := p.words[0]
	var parts []string
	if d.Trouble != "" {
		parts = append(parts, team.T("trouble."+d.Trouble))
	}
	if d.Room != "" {
		parts = append(parts, team.T("room."+d.Room))
	}
	if d.Door && d.Entry != "" { // nobody is known there of whom it could be kept
		parts = append(parts, team.T(entryKey(d.Entry)))
	}
	tiles := strings.Join(parts, ", ")
	switch {
	case d.Words != "" && tiles != "":
		return d.Words + "\n(" + tiles + ")"
	case d.Words != "":
		return d.Words
	case photo && tiles != "":
		return tiles + ": see the photo"
	case photo:
		return justPhoto
	}
	return tiles
}

const justPhoto = "Something is broken: see the photo"

// shot reads the photo of a form; nil if there is none.
func (p *Portal) shot(v *visit) (*picture.Picture, error) {
	if len(v.photo) == 0 {
		return nil, nil
	}
	p.drawing.Lock()
	defer p.drawing.Unlock()
	clean, err := picture.Clean(v.photo)
	return &clean, err
}

// photoWrong says in a form what is wrong with its photo; it gives the error back where it is none of the photo's.
func (v *visit) photoWrong(d *draft, err error) error {
	switch hearth.CodeOf(err) {
	case hearth.CodeTooLarge:
		d.Photo = v.T("photo.too-large")
	case hearth.CodeInvalid:
		d.Photo = v.T("photo.unreadable")
	default:
		return err
	}
	return nil
}

// view is a request with everything that is shown of it.
type view struct {
	parcel
	Back   sent // what they sent, and whether it can be changed
	Photos []workorder.Photo
	Sent   bool // it was sent just now
	Other  bool // it was changed just now
	Entry  bool // whether we may come in is not known yet
}

// showRepair shows how far a request is.
func (p *Portal) showRepair(v *visit) (templ.Component, error) {
	var x view
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		o, err := v.request(ctx, tx, hearth.WorkOrderID(v.PathValue("id")))
		if err != nil {
			return err
		}
		x.parcel = v.follow(o)
		x.Photos, err = p.Workorders.Photos(ctx, tx, o.ID)
		x.Back = v.sent(o, x.Photos, x.Href, "/home/photo/")
		return err
	})
	x.Sent, x.Other = v.URL.Query().Get("sent") != "", v.URL.Query().Get("changed") != ""
	x.Entry = v.who.Prefs["access"] == "" && x.Order.State.Unfinished()
	return repairView(v, x), err
}

// fixed records that the visitor says that it is well.
func (p *Portal) fixed(v *visit) (string, error) {
	return p.move(v, func(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID) error {
		_, err := p.Workorders.Advance(ctx, tx, n, id, workorder.Confirmed)
		return err
	})
}

// notFixed opens a request again.
func (p *Portal) notFixed(v *visit) (string, error) {
	reason := v.field("words")
	if len(reason) > maxWords {
		reason = strings.ToValidUTF8(reason[:maxWords], "")
	}
	if reason == "" {
		reason = "The resident says that it is not fixed."
	}
	return p.move(v, func(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID) error {
		_, err := p.Workorders.Reopen(ctx, tx, n, id, reason)
		return err
	})
}

// cancelRepair calls a request off.
func (p *Portal) cancelRepair(v *visit) (string, error) {
	return p.move(v, func(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID) error {
		_, err := p.Workorders.Cancel(ctx, tx, n, id, "The resident does not need it any more.")
		return err
	})
}

func (p *Portal) move(v *visit, step func(context.Context, *db.Tx, record.News, hearth.WorkOrderID) error) (string, error) {
	id := hearth.WorkOrderID(v.PathValue("id"))
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := v.request(ctx, tx, id); err != nil {
			return err
		}
		return step(ctx, tx, v.news(""), id)
	})
	return "/home/repair/" + string(id), err
}

// photo gives a picture to the one who sent it.
func (p *Portal) photo(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	if err == nil {
		err = v.known()
	}
	var shot workorder.Photo
	var body []byte
	if err == nil {
		err = v.read(func(ctx context.Context, tx *db.Tx) error {
			if shot, err = p.Workorders.Photo(ctx, tx, r.PathValue("id")); err != nil {
				return err
			}
			_, err = v.request(ctx, tx, shot.Order)
			return err
		})
	}
	if err == nil {
		body, err = p.Blobs.Get(r.Context(), shot.Blob)
	}
	if err != nil {
		v.refuse(err)
		return
	}
	blob.Serve(w, shot.Kind, body)
}
