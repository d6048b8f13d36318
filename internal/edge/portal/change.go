package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob/picture"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// A request takes three taps, so nobody is asked to check it before it is sent. Its page shows what was sent, and for some minutes it can be put
// right there: by who is signed in, and at a home's door by who has the code of the request.

// sent is what somebody sent, as they look at it again.
type sent struct {
	draft
	Order  workorder.Order
	Photos []workorder.Photo
	Ours   bool   // it came by these pages: what another system tells is changed there
	Open   bool   // it can still be changed
	Until  string // until when
	Href   string // the request's page; beneath it stand those that change it
	Shots  string // where its photos stand
	Seen   string // what is shown, so that a change by somebody else meanwhile is noticed
	Wish   string // what is on record of coming in when nobody is home
	Other  string // what it says since somebody else changed it, "" for nothing
}

const maxPhotos = 5

// sent reads a work order back into what was filled in.
func (v *visit) sent(o workorder.Order, photos []workorder.Photo, href, shots string) sent {
	s := sent{draft: v.p.undescribe(o, len(photos) > 0), Order: o, Photos: photos, Href: href, Shots: shots, Seen: seenAs(o, photos)}
	s.Ours = o.Source == source
	s.Open = s.Ours && o.Amendable(v.now)
	s.Until = v.words.clock(o.Opened.Add(workorder.AmendFor).In(v.zone))
	if s.Door = o.Resident == ""; !s.Door {
		s.Entry = v.who.Prefs["access"]
	}
	s.Wish = s.Entry
	return s
}

// tiles says which tiles were tapped.
func (s sent) tiles(v *visit) string {
	var out []string
	if s.Trouble != "" {
		out = append(out, v.T("trouble."+s.Trouble))
	}
	if s.Room != "" {
		out = append(out, v.T("room."+s.Room))
	}
	if s.Door && s.Entry != "" {
		out = append(out, v.T(entryKey(s.Entry)))
	}
	return strings.Join(out, ", ")
}

// late is the line that says why a request can't be changed.
func (s sent) late() string {
	switch st := s.Order.State; {
	case st == workorder.Cancelled:
		return "change.late-cancelled"
	case !st.Unfinished():
		return "change.late-done"
	case st == workorder.EnRoute || st == workorder.InProgress:
		return "change.late-begun"
	}
	return "change.late-time"
}

// entries are the answers to whether we may come in when nobody is home.
func entries() []string { return []string{heard.MayEnter, heard.NotAlone, ""} }

func entryWords(i int) string {
	return []string{"wish.access.1", "wish.access.2", "wish.unsure"}[i]
}

// addWords asks for a photo: the first, or one more.
func addWords(v *visit, have int) string {
	if have > 0 {
		return v.T("change.add")
	}
	return v.T("repair.photo")
}

// seenAs names what a request says.
func seenAs(o workorder.Order, photos []workorder.Photo) string {
	all := []string{o.Description}
	for _, ph := range photos {
		all = append(all, ph.ID)
	}
	sum := sha256.Sum256([]byte(strings.Join(all, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// undescribe finds the tiles and the words from which describe made a description: the ones that make it again. What the team has put in other words since
// is all words.
func (p *Portal) undescribe(o workorder.Order, photo bool) draft {
	full := o.Description
	words, _, _ := cutLast(full, "\n(")
	for _, c := range append([]choice{{}}, troubles()...) {
		for _, room := range append([]string{""}, rooms()...) {
			for _, entry := range []string{"", heard.MayEnter, heard.NotAlone} {
				for _, said := range []string{words, ""} {
					d := draft{Words: said, Trouble: c.value, Room: room, Entry: entry, Door: o.Resident == ""}
					tiles := d.Trouble != "" || d.Room != "" || d.Entry != "" && d.Door
					if (tiles || said == "") && p.describe(d, photo) == full {
						return d
					}
				}
			}
		}
	}
	return draft{Words: full}
}

// cutLast cuts text around the last mark in it.
func cutLast(text, mark string) (before, after string, found bool) {
	if i := strings.LastIndex(text, mark); i >= 0 {
		return text[:i], text[i+len(mark):], true
	}
	return text, "", false
}

// entryKey is the line of what is said about coming in.
func entryKey(value string) string {
	if value == heard.MayEnter {
		return "entry.yes"
	}
	return "entry.no"
}

// asked is how a request is found again: by who is signed in, or by its code.
type asked struct {
	find        func(ctx context.Context, tx *db.Tx) (workorder.Order, error)
	href, shots string
}

func (v *visit) asked() asked {
	id := hearth.WorkOrderID(v.PathValue("id"))
	return asked{href: "/home/repair/" + string(id), shots: "/home/photo/",
		find: func(ctx context.Context, tx *db.Tx) (workorder.Order, error) { return v.request(ctx, tx, id) }}
}

// changeForm shows what was sent, to be changed.
func (p *Portal) changeForm(v *visit) (templ.Component, error) { return p.changing(v, v.asked()) }

// changeRepair takes the change.
func (p *Portal) changeRepair(v *visit) (string, error) { return p.amend(v, v.asked()) }

func (p *Portal) changing(v *visit, a asked) (templ.Component, error) {
	var s sent
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		o, err := a.find(ctx, tx)
		if err != nil {
			return err
		}
		photos, err := p.Workorders.Photos(ctx, tx, o.ID)
		s = v.sent(o, photos, a.href, a.shots)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !s.Open {
		return latePage(v, s, ""), nil
	}
	s.Once, err = p.once()
	return changePage(v, s), err
}

// change is what a form asks to be changed.
type change struct {
	draft
	asked
	seen   string
	entry  bool     // they answered anew whether we may come in: what stood marked by itself is no answer, since it may be old
	drop   []string // the photos that are taken away
	shot   *picture.Picture
	stored string // where the new photo lies
}

// amend takes a change of what was sent. Nothing of it is kept, or all.
func (p *Portal) amend(v *visit, a asked) (string, error) {
	c := change{draft: v.draftOf(), asked: a, seen: v.field("seen"), drop: v.Form["drop"], entry: v.Form.Has("entry") && (!v.Form.Has("entry-was") || v.field("entry") != v.field("entry-was"))}
	var err error
	if c.shot, err = p.shot(v); err != nil && v.photoWrong(&c.draft, err) != nil {
		return "", err
	}
	switch {
	case v.broken:
		c.Wrong = v.T("error.cut")
	case !utf8.ValidString(c.Words) || len(c.Words) > maxWords:
		c.Wrong = v.T("repair.too-long")
	}
	if c.shot != nil && c.Photo == "" && c.Wrong == "" {
		if c.stored, err = p.Blobs.Put(v.Context(), c.shot.Body); err != nil {
			return "", err
		}
	}
	gone, used := []string(nil), false
	err = v.write(func(ctx context.Context, tx *db.Tx) error {
		gone, used, err = p.amendIn(ctx, tx, v, c)
		return err
	})
	switch { // pictures go once nothing names them: the old ones after it is done, the new one where it is not
	case err != nil:
		gone = []string{c.stored}
	case !used:
		gone = append(gone, c.stored)
	}
	for _, name := range gone {
		if name != "" {
			err = errors.Join(err, p.Blobs.Remove(v.Context(), name))
		}
	}
	return a.href + "?changed=1", err
}

// amendIn carries a change out, and gives the pictures that are of no use after it; used tells that the new one is.
func (p *Portal) amendIn(ctx context.Context, tx *db.Tx, v *visit, c change) (gone []string, used bool, err error) {
	o, err := c.find(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	n := v.news(c.Once)
	if c.Once != "" {
		n.EventID = hearth.DeriveID("evt_", string(o.ID), "amended", c.Once)
		if again, err := p.Log.Known(ctx, tx, source, n.EventID); err != nil || again {
			return nil, false, err
		}
	}
	if o, err = p.Workorders.Hold(ctx, tx, o.ID); err != nil {
		return nil, false, err
	}
	photos, err := p.Workorders.Photos(ctx, tx, o.ID)
	if err != nil {
		return nil, false, err
	}
	s := v.sent(o, photos, c.href, c.shots)
	if err := v.refuses(&s, c); err != nil {
		return nil, false, err
	}
	a := v.amendment(s, c)
	if _, err := p.Workorders.Amend(ctx, tx, n, o.ID, a); err != nil {
		return nil, false, err
	}
	if gone, err = p.movePhotos(ctx, tx, s, c); err != nil {
		return nil, false, err
	}
	return gone, c.stored != "", v.mayEnter(ctx, tx, s, c)
}

// refuses gives the page that stands instead of what a change leads to, nil if it can be taken: the time is over, somebody else changed it, or
// something is missing.
func (v *visit) refuses(s *sent, c change) error {
	before := *s
	s.Words, s.Trouble, s.Room, s.Once = c.Words, c.Trouble, c.Room, c.Once
	s.Wrong, s.Photo = c.Wrong, c.Photo
	if c.entry {
		s.Entry = c.Entry
	}
	left := len(s.Photos) - len(s.dropped(c.drop))
	if c.shot != nil {
		left++
	}
	switch {
	case !s.Open:
		return again{latePage(v, before, c.Words)}
	case c.seen != s.Seen:
		s.Other = s.Order.Description
	case s.Wrong != "" || s.Photo != "":
	case left == 0 && s.Words == "" && s.Trouble == "" && s.Room == "":
		s.Wrong = v.T("repair.nothing")
	case left > maxPhotos:
		s.Photo = v.T("change.many")
	default:
		return nil
	}
	return again{changePage(v, *s)}
}

// dropped gives the photos of the request that are named.
func (s *sent) dropped(ids []string) []workorder.Photo {
	var out []workorder.Photo
	for _, ph := range s.Photos {
		if slices.Contains(ids, ph.ID) {
			out = append(out, ph)
		}
	}
	return out
}

// amendment says to the work order what changes. s holds what the form brought.
func (v *visit) amendment(s sent, c change) workorder.Amendment {
	was, away := v.p.undescribe(s.Order, len(s.Photos) > 0), len(s.dropped(c.drop))
	photo := len(s.Photos)-away > 0 || c.shot != nil
	a := workorder.Amendment{Description: v.p.describe(s.draft, photo), Category: c.Trouble}
	if c.Trouble == "" && was.Trouble != "" {
		a.Category = workorder.Suggest(a.Description, s.Order.Opened).Category
	}
	switch {
	case c.shot != nil && away > 0:
		a.Photo = "exchanged"
	case c.shot != nil:
		a.Photo = "added"
	case away > 0:
		a.Photo = "taken away"
	}
	before := was.Entry
	if !s.Door {
		before = v.who.Prefs["access"]
	}
	if c.entry && c.Entry != before {
		a.Entry = c.Entry
	}
	return a
}

func (p *Portal) movePhotos(ctx context.Context, tx *db.Tx, s sent, c change) (gone []string, err error) {
	for _, ph := range s.dropped(c.drop) {
		if err := p.Workorders.RemovePhoto(ctx, tx, ph.ID); err != nil {
			return nil, err
		}
		gone = append(gone, ph.Blob)
	}
	if c.stored != "" {
		_, err = p.Workorders.AddPhoto(ctx, tx, workorder.Photo{Order: s.Order.ID, Resident: s.Order.Resident, Kind: c.shot.Kind, Blob: c.stored, Width: c.shot.Width, Height: c.shot.Height})
	}
	return gone, err
}

// mayEnter keeps whether we may come in when nobody is home, where it was said anew by somebody who is known. At a door it stands with the request alone.
func (v *visit) mayEnter(ctx context.Context, tx *db.Tx, s sent, c change) error {
	if s.Door || !c.entry || c.Entry == v.who.Prefs["access"] {
		return nil
	}
	_, err := v.p.Records.PutPreference(ctx, tx, v.news(""), record.Preference{Resident: v.who.ID, Name: "access", Value: c.Entry})
	return err
}
