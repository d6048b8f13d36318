package trigger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/fact/decision"
)

const (
	askPackage = "Ask about a package that nobody picks up"
	calledOff  = "Tell them that their booking cannot be kept, and find another time"
	reachNow   = "Try to reach them now"
	nobodyYet  = "An hour has passed and nobody has reached them"
	lookBack   = "Ask how they are, and look back at what was done"
)

func TestPackageWaiting(t *testing.T) {
	play(t, "package-waiting", func(r *rig) {
		r.ship("package-forgotten")
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid")
		r.happen("package.arrived", ana, map[string]any{"package": "p1", "count": 2, "where": "Parcel room, shelf 4"})
		r.message(ana, "package-arrived", "2 packages are here for home 4B", "Parcel room, shelf 4")
		r.happen("package.arrived", ben, map[string]any{"package": "p2"})
		r.message(ben, "package-arrived", "A package is here for home 5A")
		r.event(&hearth.Event{Type: "package.arrived", Residents: []hearth.ResidentID{cid.Members[0].ID}, Time: r.clock.Now().Add(-30 * time.Hour)},
			map[string]any{"package": "p3"})
		r.drain()
		r.pass(day)
		r.happen("package.arrived", ben, map[string]any{"package": "p4"})
		r.happen("package.collected", ben, map[string]any{"package": "p2"})
		if over := r.outcomes(ben, "run"); !slices.ContainsFunc(over, func(d decision.Decision) bool { return d.Reason == "They have picked it up." }) {
			r.Errorf("it was picked up, and yet the run goes on: %+v", over)
		}
		r.pass(2*day + time.Hour)
		r.message(ana, "package-reminder", "2 packages have waited", "shelf 4")
		r.pass(4 * day)
		r.asks(ana, askPackage, "Maria Lopez")
		r.happen("package.collected", ana, map[string]any{"package": "p1"})
		r.pass(20 * day)
		if got := r.said(ben); got != "package-arrived queued; package-arrived queued" {
			r.Errorf("each package is said once; there was said %q", got)
		}
		if got := titles(r, ana) + titles(r, ben); got != "" {
			r.Errorf("nothing waits, and yet somebody is to do %q", got)
		}
		r.untouched(cid.Members[0].ID) // learned too late
	})
}

func TestPackageOfSomebodyWhoMovesOut(t *testing.T) {
	play(t, "package-forgotten", func(r *rig) {
		home := r.lives("4B", 300, "Ana")
		r.happen("package.arrived", home.Members[0].ID, map[string]any{})
		r.pass(day)
		r.leave(home.Lease)
		r.ended(home.Members[0].ID, "left", "They have moved out.")
		r.pass(20 * day)
		r.nothing(home.Members[0].ID)
	})
}

func TestAmenityVisit(t *testing.T) {
	play(t, "amenity-visit", func(r *rig) {
		r.ship("amenity-called-off")
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid")
		book := func(who hearth.ResidentID, id string, d hearth.Day) {
			r.happen("amenity.booked", who, map[string]any{"amenity": "The clubhouse", "booking": id,
				"start": d.At(18*60, r.zone).UTC().Format(time.RFC3339), "end": d.At(21*60, r.zone).UTC().Format(time.RFC3339)})
		}
		r.until(r.today(), 23) // an answer is not held over the night
		book(ana, "b1", r.today()+4)
		m := r.message(ana, "amenity-booked", "The clubhouse is yours on Friday, March 6 from 6 p.m. to 9 p.m.")
		if m.Class != hearth.ClassAnswer || m.State != message.Queued {
			r.Errorf("the confirmation is %s of class %s, want an answer at once", m.State, m.Class)
		}
		book(ben, "b2", r.today()+5)
		r.leave(cid.Lease)
		r.pass(day)
		book(cid.Members[0].ID, "b3", r.today()+5) // they have left
		r.pass(10 * time.Hour)
		r.happen("amenity.cancelled", ana, map[string]any{"by": "us", "booking": "b1"})
		r.happen("amenity.cancelled", ben, map[string]any{"by": "resident", "booking": "b2"})
		r.asks(ana, calledOff, "Maria Lopez")
		book(ana, "b4", r.today()+6)
		r.pass(10 * day)
		if got := r.said(ben) + titles(r, ben); got != "amenity-booked queued" {
			r.Errorf("they cancelled it themselves, and there is %q", got)
		}
		r.untouched(cid.Members[0].ID)
	})
}

func TestOutageNotice(t *testing.T) {
	play(t, "outage-notice", func(r *rig) {
		r.ship("outage-over")
		home := r.lives("4B", 300, "Ana", "Flo").Members
		ana, flo := home[0].ID, home[1].ID
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		tell := func(kind hearth.EventType, what string, start time.Time) {
			r.event(&hearth.Event{Type: kind, Residents: []hearth.ResidentID{ana, flo}}, map[string]any{"what": what,
				"start": start.UTC().Format(time.RFC3339), "end": start.Add(3 * time.Hour).UTC().Format(time.RFC3339)})
			r.drain()
		}
		first := r.today()
		tell("outage.announced", "water", (first+2).At(9*60, r.zone))
		m := r.message(ana, "outage-notice", "Wednesday, March 4, 9 a.m.: the water will be off", "until about Wednesday, March 4, 12 p.m.")
		if m.Class != hearth.ClassPromise || m.State != message.Queued {
			r.Errorf("it is %s of class %s, want a promise at once", m.State, m.Class)
		}
		r.until(first, 23)
		tell("outage.announced", "weather", (first+1).At(2*60, r.zone))
		if m := r.message(ana, "outage-safety", "severe weather"); m.Class != hearth.ClassSafety || m.State != message.Queued {
			r.Errorf("at night it is %s of class %s, want it out at once", m.State, m.Class)
		}
		tell("outage.announced", "elevator", (first+1).At(6*60, r.zone))
		if got := titles(r, ana); !strings.Contains(got, "Decide how to tell Ana") {
			r.Errorf("it begins before the quiet hours end, and a person is asked %q", got)
		}
		r.until(first+3, 12)
		tell("outage.ended", "water", (first+2).At(9*60, r.zone))
		if got := r.said(ana); strings.Contains(got, "outage-over") {
			r.Errorf("that the water runs is noticed by itself, and yet there was said %q", got)
		}
		tell("outage.ended", "drinking_water", (first+2).At(9*60, r.zone))
		r.message(ana, "outage-over", "can be drunk again")
		r.untouched(flo, dan)
	})
}

func TestOutageIsNotToldToWhoLeft(t *testing.T) {
	play(t, "outage-notice", func(r *rig) {
		home := r.lives("4B", 300, "Ana")
		ana := home.Members[0].ID
		r.leave(home.Lease)
		r.pass(2 * day)
		r.event(&hearth.Event{Type: "outage.announced", Residents: []hearth.ResidentID{ana}}, map[string]any{"what": "water",
			"start": r.clock.Now().Add(day).UTC().Format(time.RFC3339)})
		r.drain()
		r.untouched(ana)
	})
}

func TestReviewsAreAnsweredAlike(t *testing.T) {
	play(t, "review-follow-up", func(r *rig) {
		post := func(stars int, at time.Time, text string) {
			r.event(&hearth.Event{Type: "review.posted", Subject: hearth.Subject{Kind: "property", ID: string(r.property)}, Time: at},
				map[string]any{"where": "a review site", "stars": stars, "text": text})
			r.drain()
		}
		post(5, r.clock.Now(), "Friendly people")
		post(1, r.clock.Now(), "Nobody answers")
		post(2, r.clock.Now().Add(-8*day), "Long ago") // too old to be news
		all := r.siteTasks("review-follow-up")
		if len(all) != 2 {
			r.Fatalf("there are %d tasks, want one for each of the two new reviews", len(all))
		}
		a, b := all[0], all[1]
		if a.Title != b.Title || a.Why != b.Why || a.Minutes != b.Minutes || a.Role != b.Role || !a.DueAt.Equal(b.DueAt) ||
			strings.Join(a.Checklist, "") != strings.Join(b.Checklist, "") {
			r.Errorf("they are not dealt with alike: %+v and %+v", a, b)
		}
		if r.owner(a) != "Ruth Ames" || a.Resident != "" {
			r.Errorf("%s has it, about %q; want the manager, about nobody", r.owner(a), a.Resident)
		}
	})
}

func TestWelfareCheck(t *testing.T) {
	play(t, "welfare-check", func(r *rig) {
		r.ship("welfare-afterwards")
		r.joins("Nora Hale", hearth.RoleCoordinator)
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid")
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		worry := func(who hearth.ResidentID) {
			r.happen("welfare.concern", who, map[string]any{"raised_by": "neighbour"})
		}
		worry(ana)
		worry(ben)
		worry(cid.Members[0].ID)
		r.event(&hearth.Event{Type: "welfare.concern", Residents: []hearth.ResidentID{dan}, Time: r.clock.Now().Add(-30 * time.Hour)},
			map[string]any{"raised_by": "team"})
		r.drain()
		if k := r.task(ana, reachNow); r.owner(k) != "Ruth Ames" || k.DueAt.Sub(r.clock.Now()) != 30*time.Minute {
			r.Errorf("%s is to reach them by %s, want the manager within half an hour", r.owner(k), k.DueAt.In(r.zone))
		}
		r.leave(cid.Lease)
		r.pass(20 * time.Minute)
		r.do(ana, reachNow, map[string]string{"contact": "visit", "next": "reached, all is well"})
		r.pass(41 * time.Minute)
		r.asks(ben, nobodyYet, "Ruth Ames")
		r.pass(day)
		r.asks(ana, lookBack, "Nora Hale")
		if got := titles(r, cid.Members[0].ID); got != "" {
			r.Errorf("they have moved out, and yet somebody is to do %q", got)
		}
		worry(ana) // a second concern is never too much
		r.asks(ana, reachNow, "Ruth Ames")
		if got := r.said(ana) + r.said(ben); got != "" {
			r.Errorf("nobody is written to, and yet there was said %q", got)
		}
		r.untouched(dan)
	})
}
