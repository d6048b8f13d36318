package portal

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// seenIn gives what a form of change says that it was shown.
func seenIn(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("there is no form of change: %s", body)
	}
	return m[1]
}

// orderOf reads a request with its photos.
func (r *rig) orderOf(id string) (o workorder.Order, photos []workorder.Photo) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if o, err = r.Workorders.Get(ctx, tx, hearth.WorkOrderID(id)); err == nil {
			photos, err = r.Workorders.Photos(ctx, tx, o.ID)
		}
		return err
	})
	return o, photos
}

// amended gives what the log says of changes to requests, in their order.
func (r *rig) amended() (out []string) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT data FROM events WHERE org = $1 AND type = 'workorder.amended' ORDER BY seq`, tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			out = append(out, s)
		}
		return rows.Err()
	})
	return out
}

// A request that was sent shows what it says, and whoever sent it puts it right: the words, the tiles, the photo, whether we may come in. What it was before stands
// in the log, the work order follows, and sent twice it is one change.
func TestWhatWasSentCanBeChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		ana := r.as(r.ana)
		there, _, _ := strings.Cut(ana.led(ana.upload("/home/repair", map[string]string{"once": "a", "words": "It drips", "trouble": "plumbing", "room": "kitchen"}, photo(t))), "?")
		ana.must(there, []string{"It drips", "Water, Kitchen", "You can change it until", `href="` + there + `/change"`})
		form := ana.must(there+"/change", []string{`value="plumbing" checked`, `value="kitchen" checked`, ">It drips</textarea>", "Take this photo away"})
		_, photos := r.orderOf(strings.TrimPrefix(there, "/home/repair/"))
		change := url.Values{"once": {"c1"}, "seen": {seenIn(t, form)}, "words": {"It drips from the ceiling"}, "room": {"bathroom"}, "trouble": {"plumbing"}, "drop": {photos[0].ID}, "entry": {heard.MayEnter}}
		for range 2 {
			if to := ana.led(ana.post(there+"/change", change)); to != there+"?changed=1" {
				t.Errorf("a change led to %s", to)
			}
		}
		ana.must(there+"?changed=1", []string{"Changed. The team sees", "It drips from the ceiling", "Water, Bathroom"}, "/home/photo/")
		o, left := r.orderOf(strings.TrimPrefix(there, "/home/repair/"))
		if o.Description != "It drips from the ceiling\n(Water, Bathroom)" || len(left) != 0 {
			t.Errorf("the work order says %q with %d photos", o.Description, len(left))
		}
		told := r.amended()
		if len(told) != 1 || !strings.Contains(told[0], `"was":"It drips\n(Water, Kitchen)"`) || !strings.Contains(told[0], `"photo":"taken away"`) || !strings.Contains(told[0], heard.MayEnter) {
			t.Errorf("the log says %q", told)
		}
		if _, err := r.Blobs.Get(t.Context(), photos[0].Blob); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("the photo that was taken away is kept: %v", err)
		}
		ana.must("/home/wishes", []string{"Yes, you may enter"})
		form = ana.must(there+"/change", []string{`value="` + heard.MayEnter + `" checked`})
		ana.led(ana.upload(there+"/change", map[string]string{"once": "c2", "seen": seenIn(t, form), "words": "It drips from the ceiling", "room": "bathroom", "trouble": "plumbing"}, photo(t)))
		if _, left = r.orderOf(string(o.ID)); len(left) != 1 {
			t.Errorf("after one was added there are %d photos", len(left))
		}
		if rec := r.as(r.cem).get(there + "/change"); rec.Code != 404 {
			t.Errorf("somebody else's request answers %d", rec.Code)
		}
	})
}

// A form whose answer was not touched says nothing anew about coming in: on another page they may have thought better of it.
func TestACorrectionSaysNothingOfComingIn(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	ana := r.as(r.ana)
	wish := func(value string) {
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.Records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: r.ana, Name: "access", Value: value})
			return err
		})
	}
	wish(heard.MayEnter)
	there, _, _ := strings.Cut(ana.led(ana.upload("/home/repair", map[string]string{"once": "a", "words": "It drips"}, nil)), "?")
	form := ana.must(there+"/change", []string{`name="entry-was" value="` + heard.MayEnter + `"`})
	clock.Advance(time.Minute)
	wish(heard.NotAlone)
	send := func(once, seen, entry string) {
		ana.led(ana.post(there+"/change", url.Values{"once": {once}, "seen": {seen}, "words": {"It drips, " + once}, "entry-was": {heard.MayEnter}, "entry": {entry}}))
	}
	clock.Advance(time.Minute)
	send("one", seenIn(t, form), heard.MayEnter)
	form = ana.must(there+"/change", []string{"It drips, one", `name="entry-was" value="` + heard.NotAlone + `"`})
	send("two", seenIn(t, form), "")
	ana.must(there+"/change", []string{"It drips, two", `name="entry-was" value=""`})
}

// A change that can't be taken loses nothing: too late, somebody is at it already, changed from another phone meanwhile, too long, nothing left, no picture.
func TestAChangeThatIsNotTaken(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  func(r *rig, ana *person, there, seen string)
		form    map[string]string
		photo   []byte
		says    []string
		changed bool // by somebody else
	}{
		{"too late", func(r *rig, _ *person, _, _ string) { r.clock.Advance(workorder.AmendFor) }, nil, nil,
			[]string{"can&#39;t be changed here any more", "The time in which", `action="/home/messages"`, ">My new words</textarea>"}, false},
		{"somebody is at it", func(r *rig, _ *person, there, _ string) {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := r.Workorders.Advance(ctx, tx, (&visit{p: r.Portal}).news(""), hearth.WorkOrderID(strings.TrimPrefix(there, "/home/repair/")), workorder.EnRoute)
				return err
			})
		}, nil, nil, []string{"Somebody is already on the way", ">My new words</textarea>"}, false},
		{"changed from another phone", func(_ *rig, ana *person, there, seen string) {
			ana.led(ana.post(there+"/change", url.Values{"once": {"other"}, "seen": {seen}, "words": {"From the other phone"}}))
		}, nil, nil, []string{"Meanwhile it was changed elsewhere", "From the other phone", ">My new words</textarea>"}, true},
		{"too long", nil, map[string]string{"words": strings.Repeat("long ", maxWords)}, nil, []string{"more words than we can take", "long long"}, false},
		{"no picture", nil, nil, []byte("<svg onload=alert(1)>"), []string{"This is not a photo", ">My new words</textarea>"}, false},
		{"nothing left", nil, map[string]string{"words": " "}, nil, []string{"One of them is enough"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			r := newRig(t, d, clock)
			ana := r.as(r.ana)
			there, _, _ := strings.Cut(ana.led(ana.post("/home/repair", url.Values{"once": {"a"}, "words": {"It drips"}})), "?")
			seen := seenIn(t, ana.must(there+"/change", nil))
			if c.before != nil {
				c.before(r, ana, there, seen)
			}
			form := map[string]string{"once": "mine", "seen": seen, "words": "My new words"}
			for k, v := range c.form {
				form[k] = v
			}
			rec := ana.upload(there+"/change", form, c.photo)
			for _, s := range c.says {
				if body := rec.Body.String(); rec.Code != 422 || !strings.Contains(body, s) {
					t.Errorf("answered %d and does not say %q: %s", rec.Code, s, body[max(0, strings.Index(body, "<main")):])
				}
			}
			o, _ := r.orderOf(strings.TrimPrefix(there, "/home/repair/"))
			if want := map[bool]string{false: "It drips", true: "From the other phone"}[c.changed]; o.Description != want {
				t.Errorf("the work order says %q, want %q", o.Description, want)
			}
			if c.changed { // the page that says so shows what stands there now, and saving from it puts one's own in place
				form["seen"] = seenIn(t, rec.Body.String())
				ana.led(ana.upload(there+"/change", form, nil))
				if o, _ := r.orderOf(string(o.ID)); o.Description != "My new words" {
					t.Errorf("after that it says %q", o.Description)
				}
			}
		})
	}
}

// At a door the code of the request is the key: for some minutes it shows what was sent and changes it or calls it off; after that it shows how far it is, and says whom to tell.
func TestWhatWasSentAtTheDoorCanBeChanged(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	code := r.doorCode()
	guest := r.stranger()
	there := guest.led(guest.upload("/r/"+code, map[string]string{"once": "g1", "words": "The tap drips"}, photo(t)))
	body := guest.must(there, []string{"The tap drips", "You can change it until", there + "/photo/"}, "Ana", "4B")
	shot := regexp.MustCompile(there + `/photo/[a-z0-9_]+`).FindString(body)
	if rec := guest.get(shot); rec.Code != 200 || rec.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("the photo answers %d", rec.Code)
	}
	seen := seenIn(t, guest.must(there+"/change", []string{">The tap drips</textarea>"}, "Ana", "4B"))
	guest.led(guest.upload(there+"/change", map[string]string{"once": "g2", "seen": seen, "words": "The tap drips a lot", "entry": heard.NotAlone}, nil))
	guest.must(there, []string{"The tap drips a lot", "Enter only when somebody is home"})
	guest.must(there+"/change", []string{`value="` + heard.NotAlone + `" checked`})
	told := r.amended()
	if len(told) != 1 || !strings.Contains(told[0], `The tap drips a lot\n(Enter only when somebody is home)`) {
		t.Errorf("the log says %q", told)
	}
	late := r.stranger()
	later := late.led(late.post("/r/"+code, url.Values{"once": {"g3"}, "words": {"Another thing"}}))
	late.led(late.post(later+"/cancel", nil))
	late.must(later, []string{"Called off."}, "Another thing")
	clock.Advance(workorder.AmendFor)
	guest.must(there, []string{"tell the office and name the code"}, "The tap drips", "/photo/", "/cancel")
	if rec := guest.get(shot); rec.Code != 404 {
		t.Errorf("after its time the photo answers %d", rec.Code)
	}
	rec := guest.post(there+"/change", url.Values{"once": {"g4"}, "seen": {"x"}, "words": {"Still my words"}})
	if rec.Code != 422 || !strings.Contains(rec.Body.String(), "Still my words") || strings.Contains(rec.Body.String(), "The tap drips") {
		t.Errorf("after its time a change answers %d", rec.Code)
	}
	if rec := guest.post(there+"/cancel", nil); rec.Code != 422 {
		t.Errorf("after its time calling off answers %d", rec.Code)
	}
	if o := r.homeOrders(); o[len(o)-1].State == workorder.Cancelled {
		t.Error("it was called off after its time")
	}
}

// Whatever is written stays text where it is shown to be changed, and comes back as it was written.
func TestHostileWordsAreChangedAsText(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	ana := r.as(r.ana)
	for i, text := range append(hostile(), "ends in a tile\n(Water)", "(Water, Kitchen)", "a\n(b", justPhoto) {
		there, _, _ := strings.Cut(ana.led(ana.post("/home/repair", url.Values{"once": {fmt.Sprint("h", i)}, "words": {text}, "room": {"kitchen"}})), "?")
		o, _ := r.orderOf(strings.TrimPrefix(there, "/home/repair/"))
		if d := r.undescribe(o, false); d.Room != "kitchen" || r.describe(d, false) != o.Description || d.Words != text {
			t.Errorf("%q reads back as %+v", text, d)
		}
		body := ana.must(there+"/change", nil, "<script>alert", "<img src=x", "<svg/onload", "<iframe", "<details open", "<base", "<meta http-equiv=refresh")
		ana.led(ana.post(there+"/change", url.Values{"once": {fmt.Sprint("k", i)}, "seen": {seenIn(t, body)}, "words": {text + " " + text}, "room": {"kitchen"}}))
		ana.must(there, nil, "<script>alert", "<img src=x", "<svg/onload", "<iframe", "<details open", "<base", "<meta http-equiv=refresh")
	}
}

// doorCode gives the code at the door of Ana's home.
func (r *rig) doorCode() (code string) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		code, err = r.Records.UnitCode(ctx, tx, r.unit)
		return err
	})
	return code
}

// homeOrders gives the requests of Ana's home, the newest first.
func (r *rig) homeOrders() (all []workorder.Order) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = r.Workorders.History(ctx, tx, r.unit, "", 50)
		return err
	})
	return all
}
