package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/blob/picture"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// dwelling is Ana's home with repairs, photos and who lived there before.
type dwelling struct {
	unit   hearth.UnitID
	order  hearth.WorkOrderID
	photos []string
}

const (
	dripping = "The kitchen faucet drips under the sink"
	brutus   = "The dog Brutus is in the hall"
)

// storesOf gives the pages what they need for repairs and their photos.
func storesOf(t testing.TB, d *Deps) {
	t.Helper()
	d.Workorders = workorder.New(d.Log, d.Records, rand.Reader)
	var err error
	if d.Blobs, err = blob.Open(d.DB, rand.Reader); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Blobs.Close() })
}

// dwellingOf fills Ana's home.
func dwellingOf(t testing.TB, d Deps, ana hearth.ResidentID) dwelling {
	t.Helper()
	var out dwelling
	var names []string
	for i := range 2 {
		img := image.NewRGBA(image.Rect(0, 0, 320, 240))
		for x := range 320 {
			for y := range 240 {
				img.Set(x, y, color.RGBA{uint8(120 + 80*i), uint8(x / 2), uint8(y), 255})
			}
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			t.Fatal(err)
		}
		clean, err := picture.Clean(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		name, err := d.Blobs.Put(t.Context(), clean.Body)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	err := d.DB.Write(t.Context(), func(tx *db.Tx) error {
		ctx, news := t.Context(), record.News{Source: "yardi/oak"}
		who, err := d.Records.Contacts(ctx, tx, []hearth.ResidentID{ana})
		if err != nil {
			return err
		}
		c := who[ana]
		out.unit = c.Unit
		if _, err := d.Records.PutPreference(ctx, tx, news, record.Preference{Resident: ana, Name: "entry", Value: brutus}); err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		if _, err := d.Records.PutHome(ctx, tx, news, record.Home{Property: c.Property, Unit: record.Unit{Label: c.UnitLabel}, Members: []record.Member{{Resident: record.Resident{First: "Vera", Last: "Longago"}}},
			Lease: record.HomeLease{Start: today - 900, End: today - 400, MoveIn: today - 900, MoveOut: today - 400}}); err != nil {
			return err
		}
		for i, text := range []string{"Faucet in the bath drips", "The faucet again", dripping} {
			o, err := d.Workorders.Open(ctx, tx, record.News{Source: "portal", Time: tx.Now().AddDate(0, 0, -60+25*i)}, workorder.Order{Property: c.Property, Unit: c.Unit, Resident: ana, Description: text, Category: workorder.Plumbing})
			if err != nil {
				return err
			}
			if i < 2 {
				if _, err := d.Workorders.Complete(ctx, tx, record.News{Source: "portal", Time: tx.Now().AddDate(0, 0, -59+25*i)}, o.ID, "New washer put in."); err != nil {
					return err
				}
				continue
			}
			out.order = o.ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, from := range []hearth.ResidentID{ana, ""} { // the second by the code at the door, a moment later
		err := d.DB.Write(t.Context(), func(tx *db.Tx) error {
			p, err := d.Workorders.AddPhoto(t.Context(), tx, workorder.Photo{Order: out.order, Resident: from, Kind: "image/jpeg", Blob: names[i], Width: 320, Height: 240})
			out.photos = append(out.photos, p.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		d.Clock.(*hearth.VirtualClock).Advance(time.Second)
	}
	return out
}

// A home says who lives there and lived there, what whoever enters should know, what is open, and what repeats; links lead there.
func TestAHome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		storesOf(t, &r.web.Deps)
		x := dwellingOf(t, r.web.Deps, r.ana)
		at, photo := "/units/"+string(x.unit), "/photos/"+x.photos[0]
		musts(t, "home", r.page(t, at), "Ana Ruiz", "Who lives here", "Before you go in", brutus, "Ana: yardi/oak", "Open now", "Call Ana", dripping, "not planned yet", "New washer put in.",
			"Plumbing, mostly the faucet: 3 times since", "Who lived here", "Vera Longago", `href="`+photo+`"`, "Photo from Ana Ruiz", "Photo from Somebody at the home")
		body := r.page(t, at)
		if strings.Index(body, dripping) > strings.Index(body, "New washer put in.") {
			t.Error("what is open does not stand before what is done")
		}
		musts(t, "photo", r.page(t, photo), "Photo from Ana Ruiz", dripping, `src="`+photo+`/image"`, "Photo 1 of 2", `href="/photos/`+x.photos[1]+`"`, at+"#repair-"+string(x.order))
		rec := r.get(t, photo+"/image", "")
		for name, want := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, no-store"} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("the image's %s is %q, want %q", name, got, want)
			}
		}
		if _, kind, err := image.Decode(rec.Body); err != nil || kind != "jpeg" {
			t.Errorf("the image is %q, %v", kind, err)
		}
		musts(t, "homes", r.page(t, "/units"), "1 home", "4B", "Ana Ruiz", "1 repair open", "!Vera")
		musts(t, "found", r.page(t, "/units?q=4b"), at)
		musts(t, "not found", r.page(t, "/units?q=zz"), "No home is called so")
		musts(t, "resident", r.page(t, "/residents/"+string(r.ana)), `href="`+at+`"`, `href="`+photo+`"`)
		musts(t, "search", r.page(t, "/residents?q=4B"), `href="`+at+`"`)
		musts(t, "palette", r.page(t, "/find?q=4b"), "Home 4B", at)
		for _, path := range []string{"/units/unt_none", "/photos/pho_none", "/photos/pho_none/image"} {
			if rec := r.get(t, path, ""); rec.Code != http.StatusNotFound {
				t.Errorf("%s: %d", path, rec.Code)
			}
		}
	})
}

// What of a home each role sees. Where nothing is to be seen, the answer is the one for what does not exist.
func TestWhoSeesAHome(t *testing.T) {
	h := newHouse(t, func(d *Deps) { storesOf(t, d) })
	x := dwellingOf(t, h.web.Deps, h.ana)
	at, photo := "/units/"+string(x.unit), "/photos/"+x.photos[0]
	job := func(owner hearth.StaffID) {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.web.Tasks.Insert(ctx, tx, []task.Task{{ID: hearth.TaskID("tsk_" + string(owner)), Property: h.oak, Resident: h.ana, Kind: "playbook", Title: "Mend the faucet", Role: hearth.RoleTechnician, Owner: owner, DueAt: tx.Now().Add(time.Hour)}})
		})
	}
	for _, c := range []struct {
		role           hearth.Role
		job            bool
		open           bool // the page opens at all
		must           []string
		photo, history bool
	}{
		{hearth.RoleManager, false, true, []string{"Ana Ruiz", brutus, dripping, "Vera Longago", "mostly the faucet"}, true, true},
		{hearth.RoleSupervisor, false, true, []string{"Ana", "!Ruiz", "!" + brutus, dripping, "Vera", "!Longago"}, true, true},
		{hearth.RoleLeasing, false, true, []string{"Ana Ruiz", "!" + brutus, "!" + dripping, "Plumbing", "!New washer", "!mostly the faucet", "Vera Longago"}, false, true},
		{hearth.RoleCoordinator, false, true, []string{"Ana Ruiz", brutus, "!" + dripping, "Plumbing"}, false, true},
		{hearth.RoleTechnician, false, true, []string{"Ana", "!Ruiz", "!" + brutus, "!Plumbing", "!Before you go in", "!Repairs", "!repair open", "!Who lived here", "!Vera"}, false, false},
		{hearth.RoleTechnician, true, true, []string{"Ana", "!Ruiz", brutus, dripping, "Mend the faucet", "Vera", "!Longago"}, true, true},
		{hearth.RoleRegional, false, false, nil, false, false},
		{hearth.RoleAdmin, false, false, nil, false, false},
		{hearth.RoleAuditor, false, false, nil, false, false},
	} {
		if c.job {
			job(h.staff[c.role])
		}
		in := map[string]string{"hearth": h.session(c.role)}
		rec := h.ask("GET", at, nil, in)
		if c.open != (rec.Code == http.StatusOK) {
			t.Errorf("%s: the home answers %d", c.role, rec.Code)
		}
		if !c.open {
			if rec = h.ask("GET", photo+"/image", nil, in); rec.Code != http.StatusForbidden {
				t.Errorf("%s: a photo answers %d", c.role, rec.Code)
			}
			continue
		}
		musts(t, string(c.role), rec.Body.String(), c.must...)
		musts(t, string(c.role)+", list", h.ask("GET", "/units", nil, in).Body.String(), "4B", "Ana", map[bool]string{true: "repair", false: "!repair open"}[c.role != hearth.RoleTechnician])
		for _, path := range []string{photo, photo + "/image"} {
			rec, none := h.ask("GET", path, nil, in), h.ask("GET", strings.Replace(path, x.photos[0], "pho_none", 1), nil, in)
			if c.photo {
				if rec.Code != http.StatusOK {
					t.Errorf("%s: %s answers %d", c.role, path, rec.Code)
				}
			} else if rec.Code != http.StatusNotFound || plainOf(rec.Body.String()) != plainOf(none.Body.String()) {
				t.Errorf("%s: %s answers %d, another than for what does not exist", c.role, path, rec.Code)
			}
		}
		if shown := strings.Contains(h.ask("GET", "/residents/"+string(h.ana), nil, in).Body.String(), photo); shown != c.photo {
			t.Errorf("%s: the timeline shows photos: %v", c.role, shown)
		}
	}
	// On the task of somebody who goes there, the photos stand as well.
	in := map[string]string{"hearth": h.session(hearth.RoleTechnician)}
	musts(t, "task", h.ask("GET", "/?open=tsk_"+string(h.staff[hearth.RoleTechnician]), nil, in).Body.String(), "Photos of what is open there", photo, `href="`+at+`"`)
	musts(t, "another's task", h.ask("GET", "/?whose=all&open=tsk_a", nil, in).Body.String(), "!Photos of what is open there")
}

// plainOf takes out what differs from one answer to the next.
func plainOf(body string) string {
	return regexp.MustCompile(`nonce-\S+`).ReplaceAllString(body, "")
}

// Homes are in the order in which people count them.
func TestHomesAreCounted(t *testing.T) {
	units := []record.Unit{{ID: "a", Label: "10"}, {ID: "b", Label: "2"}, {ID: "c", Label: "2B"}, {ID: "d", Label: "A-1"}, {ID: "e", Label: "1", Building: "n"}}
	v := unitsView{}
	var got []string
	for _, u := range v.chosen(units, map[hearth.BuildingID]string{"n": "North"}) {
		got = append(got, u.Label)
	}
	if want := "2 2B 10 A-1 1"; strings.Join(got, " ") != want {
		t.Errorf("in the order %v, want %s", got, want)
	}
	v = unitsView{Query: "north 1"}
	if one := v.chosen(units, map[hearth.BuildingID]string{"n": "North"}); len(one) != 1 || one[0].ID != "e" {
		t.Errorf("found %v", one)
	}
}
