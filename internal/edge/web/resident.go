package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/outlook"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// A resident's page: who they are, what is known and from where, all that happened, what comes next and why, how they feel.

// Rights of these pages, by the names of the policy.
const (
	rightCorrect right = "residents.write"
	rightReveal  right = "resident.phone.reveal"
	rightPause   right = "pauses.write"
)

// residentRoutes lists a resident's page and what can be done on it.
func (h *Web) residentRoutes() []route {
	return []route{
		{"GET /residents/{id}", account.ResidentsRead, h.show(account.ResidentsRead, (*request).residentPage)},
		{"GET /residents/{id}/why", account.ResidentsRead, h.show(account.ResidentsRead, (*request).residentWhy)},
		{"GET /residents/{id}/silence", account.ResidentsRead, h.show(account.ResidentsRead, (*request).residentSilence)},
		{"POST /residents/{id}/met", rightTasks, h.do(rightTasks, (*request).metResident)},
		{"POST /residents/{id}/unmet", rightTasks, h.do(rightTasks, (*request).unmetResident)},
		{"POST /residents/{id}/promise", rightTasks, h.do(rightTasks, (*request).settlePromise)},
		{"POST /residents/{id}/facts", rightCorrect, h.do(rightCorrect, (*request).correctFact)},
		{"POST /residents/{id}/link", rightCorrect, h.present(rightCorrect, (*request).giveLink)},
		{"POST /residents/{id}/reveal", rightReveal, h.show(rightReveal, (*request).revealContact)},
		{"POST /residents/{id}/refuse", account.ConsentsWrite, h.do(account.ConsentsWrite, (*request).refuseResident)},
		{"POST /residents/{id}/unrefuse", account.ConsentsWrite, h.do(account.ConsentsWrite, (*request).unrefuseResident)},
		{"POST /residents/{id}/pause", rightPause, h.do(rightPause, (*request).pauseResident)},
		{"POST /residents/{id}/resume", rightPause, h.do(rightPause, (*request).resumeResident)},
		{"POST /residents/{id}/messages/{message}/hold", rightMessages, h.do(rightMessages, (*request).holdPlanned)},
		{"POST /residents/{id}/messages/{message}/cancel", rightMessages, h.do(rightMessages, (*request).cancelPlanned)},
	}
}

// resident is one as read for the pages about them.
type resident struct {
	record.Contact
	person   []hearth.ResidentID // who is seen under them, they first
	property record.Property
	home     record.Household
	lease    record.Lease
	closed   map[hearth.PlaybookID]bool // playbooks of which nothing is told to the viewer
	staff    map[hearth.StaffID]string
	view     signal.View
	seen     bool // view holds something
	mayWrite bool // the viewer may write to them
}

// residentView is the page, ready to be drawn.
type residentView struct {
	ID, Name, Called string
	Home             ui.Link // Href "" without one
	Lead             string
	Care             string // "Handle with care until …"; "" without
	Notes            []ui.Note
	Kinds            []ui.Option // of a contact
	CanTalk          bool
	CanLink          bool   // a link to their own pages may be given
	Write            string // where one writes to them; "" where one can't
	Facts            []factView
	Add              *factView // a further thing to know
	Knows            []knowsRow
	Promises         []promiseRow
	MaySettle        bool // say whether a promise was kept
	Time             timeView
	Ahead            aheadView
	Feel             feelView
	Attention        attentionView
	Pauses           pauseView
	Refuses          refusesView
	Why              string
	Silence          string // where it is asked why they got nothing; "" for those who see no messages
}

// findResident reads whom the address names, within what the viewer may look at. It fails with CodeNotFound, in the same words, for
// nobody and for somebody elsewhere.
func (q *request) findResident(ctx context.Context, tx *db.Tx) (*resident, error) {
	none := hearth.Errorf(hearth.CodeNotFound, "There is no resident at this address. Search by name or home in Residents.")
	id := hearth.ResidentID(q.PathValue("id"))
	if m, ok, err := q.web.Records.MergeOf(ctx, tx, id); err != nil {
		return nil, err
	} else if ok {
		id = m.Kept
	}
	people, err := q.web.Records.Contacts(ctx, tx, []hearth.ResidentID{id})
	if err != nil {
		return nil, err
	}
	c, ok := people[id]
	if !ok || !q.seesPlace(c.Property) {
		return nil, none
	}
	r := &resident{Contact: q.seen(c), person: []hearth.ResidentID{id}}
	if r.property, err = q.web.Records.Property(ctx, tx, c.Property); err != nil {
		return nil, err
	}
	q.place = r.property
	if zone, err := r.property.Location(); err == nil {
		q.zone = zone
	}
	merged, err := q.web.Records.MergedInto(ctx, tx, id)
	for _, m := range merged {
		r.person = append(r.person, m.Resident)
	}
	return r, err
}

// seesPlace tells whether the viewer may look at a property.
func (q *request) seesPlace(id hearth.PropertyID) bool {
	if q.all {
		return true
	}
	for _, r := range q.roles {
		if r.Property == id {
			return true
		}
	}
	return false
}

// seenPlaces are the properties that the viewer may look at; nil: all of them.
func (q *request) seenPlaces() []hearth.PropertyID {
	if q.all {
		return nil
	}
	out := []hearth.PropertyID{}
	for _, r := range q.roles {
		out = append(out, r.Property)
	}
	return out
}

// readResident adds what the page needs beside the contact.
func (q *request) readResident(ctx context.Context, tx *db.Tx) (*resident, error) {
	r, err := q.findResident(ctx, tx)
	if err != nil {
		return nil, err
	}
	if r.home, err = q.web.Records.HouseholdOf(ctx, tx, r.ID); err != nil {
		return nil, err
	}
	if r.Lease != "" {
		if r.lease, err = q.web.Records.Lease(ctx, tx, r.Lease); err != nil {
			return nil, err
		}
	}
	team, err := q.web.Records.AllStaff(ctx, tx)
	if err != nil {
		return nil, err
	}
	r.staff = map[hearth.StaffID]string{}
	for _, m := range team {
		r.staff[m.ID] = m.Name
	}
	if r.closed, err = q.closedPlaybooks(ctx, tx); err != nil {
		return nil, err
	}
	if r.mayWrite, err = q.mayWrite(ctx, tx, r); err != nil {
		return nil, err
	}
	if q.web.Engine == nil {
		return r, nil
	}
	r.view, err = q.web.Engine.Signals(ctx, tx, r.ID)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return r, nil
	}
	r.seen = err == nil
	return r, err
}

// closedPlaybooks gives those of which the viewer is told nothing at the property, shipped ones among them.
func (q *request) closedPlaybooks(ctx context.Context, tx *db.Tx) (map[hearth.PlaybookID]bool, error) {
	all, err := q.web.traits.Among(ctx, tx)
	if err != nil {
		return nil, err
	}
	closed := map[hearth.PlaybookID]bool{}
	for id, t := range all {
		if q.closes(t, q.place.ID) {
			closed[id] = true
		}
	}
	for id, text := range q.web.Library {
		if q.closes(q.web.traits.Of(string(text)), q.place.ID) {
			closed[id] = true
		}
	}
	return closed, nil
}

// closes tells whether it is not told to the viewer for whom a playbook that says such things starts at a property.
func (q *request) closes(t playbook.Trait, at hearth.PropertyID) bool {
	return t.Closed && !q.may(rightReasons) || t.Owed && q.sees(account.FieldArrears, at) != account.SeesAll
}

const aheadDays = 14

func (q *request) residentPage() (templ.Component, error) { return q.residentWith(nil) }

// residentWith draws the page; shown holds what was just uncovered, by its name.
func (q *request) residentWith(shown map[string]string) (templ.Component, error) {
	var r *resident
	var v residentView
	var ahead outlook.Ahead
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if r, err = q.readResident(ctx, tx); err != nil {
			return err
		}
		if v.Facts, v.Add, err = q.factsOf(ctx, tx, r, shown); err != nil {
			return err
		}
		if v.Knows, err = q.knowsOf(ctx, tx, r); err != nil {
			return err
		}
		v.MaySettle = q.may(rightTasks)
		if v.Promises, err = q.promisesOf(ctx, tx, r); err != nil {
			return err
		}
		if v.Time, err = q.timeOf(ctx, tx, r); err != nil {
			return err
		}
		if v.Feel, err = q.feelingsOf(ctx, tx, r); err != nil {
			return err
		}
		if v.Care, v.Pauses, err = q.careOf(ctx, tx, r); err != nil {
			return err
		}
		if v.Refuses, err = q.refusesOf(ctx, tx, r); err != nil {
			return err
		}
		tells, err := q.tellsSilence(ctx, tx, r.Property, r.person)
		if err != nil {
			return err
		}
		if tells {
			v.Silence = "/residents/" + string(r.ID) + "/silence"
		}
		if q.web.Outlook != nil {
			ahead, err = q.web.Outlook.Upcoming(ctx, tx, r.ID, aheadDays)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a resident's page: %w", err)
	}
	v.Ahead = q.aheadOf(ahead, r)
	v.Attention = attentionOf(r)
	q.headOf(&v, r)
	f := q.frame(v.Name, "/residents")
	f.Help = append(f.Help, ui.Keys{Key: "t", Does: "I talked with them"}, ui.Keys{Key: "w", Does: "Write"}, ui.Keys{Key: "u", Does: "Their home"}, ui.Keys{Key: "z", Does: "Undo"})
	return residentPage(f, v), nil
}

// onButton gives the name by which a resident is called, no longer than a button on a telephone can hold.
func onButton(r record.Resident) string { return short(r.Called(), 24) }

// headOf fills in who it is.
func (q *request) headOf(v *residentView, r *resident) {
	v.ID, v.Name, v.Called = string(r.ID), r.Name(), onButton(r.Resident)
	if v.Name == "" {
		v.Name, v.Called = "A resident without a name", "them"
	}
	parts := []string{r.property.Name}
	if r.UnitLabel != "" {
		v.Home = ui.Link{Name: r.UnitLabel, Href: unitHref(r.Unit)}
		if r.BuildingName != "" && !strings.HasPrefix(r.UnitLabel, r.BuildingName) {
			parts[0] = r.BuildingName + ", " + parts[0]
		}
	}
	if with := withWhom(r); with != "" {
		parts = append(parts, with)
	}
	v.Lead = strings.Join(append(parts, leaseWords(r, hearth.DayOf(q.now, q.zone))...), " · ")
	v.Why = "/residents/" + v.ID + "/why"
	v.CanTalk = q.may(rightTasks) && q.staff != ""
	v.CanLink = q.may(rightCorrect) && mayLink(r.Contact)
	if q.menuPage("/conversations") != "" && r.mayWrite {
		v.Write = "/residents/" + v.ID + "/write"
	}
}

// menuPage gives the first of the addresses that is a page of the menu which the viewer may see; "" for none.
func (q *request) menuPage(any ...string) string {
	for _, href := range any {
		for _, e := range menu() {
			if e.href == href && q.may(e.need) {
				return href
			}
		}
	}
	return ""
}

// withWhom names who shares the home, without saying what they are to each other.
func withWhom(r *resident) string {
	var names []string
	for _, m := range r.home.Members {
		if m.ID != r.ID && m.Role.Addressable() {
			names = append(names, m.Called())
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 3:
		return fmt.Sprintf("with %s and %d others", strings.Join(names[:2], ", "), len(names)-2)
	}
	return "with " + strings.Join(names, ", ")
}

// leaseWords says how the lease stands.
func leaseWords(r *resident, today hearth.Day) []string {
	if r.Lease == "" {
		return []string{"no lease on record"}
	}
	l := r.lease
	since := l.Begins()
	switch r.Standing.Status {
	case record.StatusPast:
		return []string{"moved out " + dayWords(l.MoveOut)}
	case record.StatusCurrent:
	case record.StatusFuture:
		return []string{"moves in " + dayWords(since)}
	default:
		return []string{string(r.Standing.Status)}
	}
	var out []string
	switch {
	case l.NoticeOn != 0 && r.Standing.Notice:
		out = append(out, "leaves "+dayWords(l.MoveOut))
	case r.Standing.MonthToMonth || l.Ends() == 0:
		out = append(out, "lease from month to month")
	default:
		out = append(out, "lease to "+dayWords(l.Ends()))
	}
	if since != 0 && since <= today {
		out = append(out, "here "+spanWords(int(today-since)))
	}
	return out
}

func dayWords(d hearth.Day) string {
	if d == 0 {
		return "on a day not known"
	}
	return d.Start(time.UTC).Format("2 January 2006")
}

// spanWords says a number of days as people do: "3 years 6 months".
func spanWords(days int) string {
	months := days * 12 / 365
	switch {
	case days < 14:
		return count(days, "day", "days")
	case days < 61:
		return count(days/7, "week", "weeks")
	case months < 12:
		return count(months, "month", "months")
	case months%12 == 0:
		return count(months/12, "year", "years")
	}
	return count(months/12, "year", "years") + " " + count(months%12, "month", "months")
}

// careOf says that somebody asks for care, and nothing of why, and what is paused.
func (q *request) careOf(ctx context.Context, tx *db.Tx, r *resident) (words string, p pauseView, err error) {
	p.Can = q.may(rightPause) && q.web.Engine != nil
	if q.web.Care == nil {
		return "", p, nil
	}
	n, err := q.web.Care.Now(ctx, tx)
	if err != nil {
		return "", p, err
	}
	if x, ok := n.Situation(r.ID, q.now); ok {
		words = "Handle with care"
		if !x.Until.IsZero() {
			words += " until " + x.Until.Add(-time.Second).In(q.zone).Format("2 January")
		}
	}
	for _, x := range n.Pauses(q.now) {
		mine := n.PauseOf(x, r.ID)
		if mine || x.What == care.Everything || x.What == care.Property && x.Target == string(r.Property) {
			p.List = append(p.List, pauseRow{ID: x.ID, Words: q.pauseWords(x, mine, r.Called()), Mine: mine})
			p.On = p.On || mine
		}
	}
	return words, p, nil
}

func (q *request) pauseWords(x care.Pause, mine bool, called string) string {
	what := "Everything automatic, for everybody"
	switch {
	case mine:
		what = "Everything automatic for " + called
	case x.What == care.Property:
		what = "Everything automatic at " + q.place.Name
	}
	until := "until somebody resumes it"
	if !x.Until.IsZero() {
		until = "until " + x.Until.Add(-time.Second).In(q.zone).Format("2 January")
	}
	return what + " is paused since " + x.Set.In(q.zone).Format("2 January") + ", " + until + ": " + strings.TrimRight(x.Reason, ". ") + "."
}

type pauseView struct {
	Can, On bool
	List    []pauseRow
}

type pauseRow struct {
	ID, Words string
	Mine      bool
}

// revealContact uncovers a number or an address and says so on the timeline.
func (q *request) revealContact() (templ.Component, error) {
	q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	what, value := q.field("what"), ""
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.findResident(ctx, tx)
		if err != nil {
			return err
		}
		value, err = q.web.Records.Reveal(ctx, tx, q.actor, r.ID, what)
		return err
	})
	if err != nil {
		return nil, err
	}
	return q.residentWith(map[string]string{what: value})
}
