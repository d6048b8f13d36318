package web

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
	"hearth/internal/sense/signal"
)

// peopleRoutes lists the pages that find residents.
func (h *Web) peopleRoutes() []route {
	return []route{
		{"GET /residents", account.ResidentsRead, h.show(account.ResidentsRead, (*request).people)},
		{"GET /residents/refused", account.ConsentsRead, h.show(account.ConsentsRead, (*request).refused)},
		{"POST /residents/chosen", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).choosePeople)},
		{"GET /find", rightRead, h.show(rightRead, (*request).find)},
	}
}

// peopleView is the list of residents.
type peopleView struct {
	Query   string
	Segment string
	Title   string // of the segment
	Because string // why the segment is looked at
	Lists   []ui.Link
	Rows    []personRow
	Next    string
	Lead    string
	Write   ui.Link // to all of the list at once, as a broadcast; Href "" where that is not for the viewer
	Choice  choice
	Homes   []ui.Link // that are called so
	Bring   string    // where files are brought in, while nobody lives here; "" where that is not for the viewer
}

type personRow struct {
	ID               hearth.ResidentID
	Name, Home, Href string
	Words            string // what matters now
	Shade            ui.Shade
	Tick             bool // can be chosen
	Ticked           bool
}

const peopleShown = 40

func (q *request) people() (templ.Component, error) {
	v := peopleView{Query: q.field("q"), Segment: q.field("list")}
	after := q.field("after")
	v.Bring = q.bringHref()
	if err := q.choiceOf(&v); err != nil {
		return nil, fmt.Errorf("read who was chosen: %w", err)
	}
	found, err := q.peopleFound(&v, after)
	if err != nil {
		return nil, fmt.Errorf("list residents: %w", err)
	}
	if v.Lists, err = q.peopleLists(&v); err != nil {
		return nil, fmt.Errorf("count residents in lists: %w", err)
	}
	if v.Rows, err = q.personRows(found); err != nil {
		return nil, fmt.Errorf("read what matters of residents: %w", err)
	}
	v.Choice.mark(q.place.ID, found, v.Rows)
	if v.Homes, err = q.findHomes(v.Query, homesFound); err != nil {
		return nil, fmt.Errorf("find homes: %w", err)
	}
	v.Write = q.writeToAll(v)
	if v.Next != "" {
		u := url.Values{"after": {v.Next}}
		for name, value := range map[string]string{"q": v.Query, "list": v.Segment} {
			if value != "" {
				u.Set(name, value)
			}
		}
		v.Next = "/residents?" + u.Encode()
	}
	f := q.frame("Residents", "/residents")
	if v.Choice.May {
		f.Help = append(f.Help, ui.Keys{Key: "x", Does: "Choose, or not"}, ui.Keys{Key: "r", Does: "Write to those who are chosen"})
	}
	return peoplePage(f, v), nil
}

// writeToAll leads to a broadcast to a list. Each of it still passes the desk, and a second person looks at it where it is to many.
func (q *request) writeToAll(v peopleView) ui.Link {
	if !q.may(account.BroadcastsWrite) || v.Query != "" || v.Segment == listPast || v.Segment == listChosen || len(v.Rows) == 0 {
		return ui.Link{}
	}
	if v.Segment == "" {
		return ui.Link{Name: "Write to everybody", Href: "/broadcasts/new"}
	}
	return ui.Link{Name: "Write to all of these", Href: "/broadcasts/new?segment=" + url.QueryEscape(v.Segment)}
}

// peopleFound reads one page of whom is asked for.
func (q *request) peopleFound(v *peopleView, after string) ([]record.Contact, error) {
	if v.Segment == listChosen && v.Query == "" {
		all, err := q.contactsInOrder(v.Choice.ids)
		slices.SortStableFunc(all, byName)
		return all, err
	}
	if v.Segment != "" && v.Segment != listPast && v.Segment != listChosen && q.web.Engine != nil {
		members, err := q.web.Engine.SegmentMembers(q.Context(), v.Segment, q.place.ID, hearth.ResidentID(after), peopleShown)
		if err != nil {
			return nil, err
		}
		ids := make([]hearth.ResidentID, len(members))
		for i, m := range members {
			ids[i] = m.Resident
		}
		if len(members) == peopleShown {
			v.Next = string(ids[len(ids)-1])
		}
		return q.contactsInOrder(ids)
	}
	if v.Query == "" {
		return q.peopleByName(v, hearth.ResidentID(after))
	}
	var found []record.Contact
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		page, err := q.web.Records.SearchIn(ctx, tx, q.seenPlaces(), v.Query, after, peopleShown)
		if err != nil {
			return err
		}
		v.Next = page.Next
		for _, c := range page.Items {
			if q.finds(c, v.Query) {
				found = append(found, q.seen(c))
			}
		}
		if len(found) == 0 && v.Query != "" && after == "" {
			found, err = q.byWorkOrder(ctx, tx, v.Query)
		}
		return err
	})
	return found, err
}

// byName orders people as a list by name has them.
func byName(a, b record.Contact) int {
	lower := strings.ToLower
	return cmp.Or(cmp.Compare(lower(a.Last), lower(b.Last)), cmp.Compare(lower(a.First), lower(b.First)), cmp.Compare(a.ID, b.ID))
}

// listPast is the list of those who moved out.
const listPast = "past"

// listRefused is the list of who wants no more of what.
const listRefused = "refused"

// peopleByName lists the property's residents by name: who lives here or is about to, or who moved out.
func (q *request) peopleByName(v *peopleView, after hearth.ResidentID) (found []record.Contact, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		page, err := q.web.Records.Roll(ctx, tx, q.place.ID, v.Segment == listPast, after, peopleShown)
		v.Next = page.Next
		for _, c := range page.Items {
			found = append(found, q.seen(c))
		}
		return err
	})
	return found, err
}

// byWorkOrder gives whom the work order of this number is about.
func (q *request) byWorkOrder(ctx context.Context, tx *db.Tx, number string) ([]record.Contact, error) {
	if q.web.Workorders == nil {
		return nil, nil
	}
	orders, err := q.web.Workorders.Find(ctx, tx, number, "")
	if err != nil {
		return nil, err
	}
	var ids []hearth.ResidentID
	for _, o := range orders {
		if q.seesPlace(o.Property) {
			ids = append(ids, o.Residents...)
		}
	}
	people, err := q.contacts(ctx, tx, ids)
	var out []record.Contact
	for _, id := range ids {
		if c, ok := people[id]; ok {
			out = append(out, c)
		}
	}
	return out, err
}

func (q *request) contactsInOrder(ids []hearth.ResidentID) (out []record.Contact, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		people, err := q.contacts(ctx, tx, ids)
		for _, id := range ids {
			if c, ok := people[id]; ok {
				out = append(out, c)
			}
		}
		return err
	})
	return out, err
}

// peopleLists gives the segments with how many are in each now.
func (q *request) peopleLists(v *peopleView) ([]ui.Link, error) {
	links := []ui.Link{{Name: "Who lives here", Href: "/residents", Here: v.Segment == ""}}
	if n := len(v.Choice.ids); n > 0 {
		links = append(links, ui.Link{Name: "Chosen", Href: "/residents?list=" + listChosen, Count: thousands(n), Here: v.Segment == listChosen})
	}
	last := []ui.Link{{Name: "Moved out", Href: "/residents?list=" + listPast, Here: v.Segment == listPast}}
	if q.may(account.ConsentsRead) {
		last = append(last, ui.Link{Name: "Want no more", Href: "/residents/refused", Here: v.Segment == listRefused})
	}
	if q.web.Engine == nil {
		return append(links, last...), nil
	}
	var set *segment.Set
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		set, err = segment.Load(ctx, tx, q.web.Engine.Env)
		return err
	})
	if err != nil {
		return nil, err
	}
	counts, err := q.web.Engine.SegmentCounts(q.Context(), q.place.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range set.List() {
		here := s.ID == v.Segment
		if here {
			v.Title, v.Because = s.Title, s.Why
		}
		links = append(links, ui.Link{Name: s.Title, Href: "/residents?list=" + url.QueryEscape(s.ID), Count: thousands(counts[s.ID]), Here: here})
	}
	return append(links, last...), nil
}

// personRows says of each what matters now, with one reading for all.
func (q *request) personRows(found []record.Contact) ([]personRow, error) {
	ids := make([]hearth.ResidentID, len(found))
	for i, c := range found {
		ids[i] = c.ID
	}
	var views desk.Views
	var now *care.Now
	var left map[hearth.HouseholdID]hearth.Day
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if left, err = q.leftOn(ctx, tx, found); err != nil {
			return err
		}
		if q.web.Care != nil {
			if now, err = q.web.Care.Now(ctx, tx); err != nil {
				return err
			}
		}
		if q.web.Engine != nil && len(ids) > 0 {
			views, err = q.web.Engine.ViewsOf(ctx, tx, ids)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]personRow, len(found))
	for i, c := range found {
		r := personRow{ID: c.ID, Name: c.Name(), Home: c.UnitLabel, Href: "/residents/" + string(c.ID)}
		if r.Name == "" {
			r.Name = "A resident without a name"
		}
		r.Words, r.Shade = q.mattersOf(c, now, views)
		if day := left[c.Household]; day != 0 && r.Words == movedOut {
			r.Words = "Moved out on " + dayWords(day) + "."
		}
		out[i] = r
	}
	return out, nil
}

// leftOn gives the last day in the home of those among found who have moved out.
func (q *request) leftOn(ctx context.Context, tx *db.Tx, found []record.Contact) (map[hearth.HouseholdID]hearth.Day, error) {
	var past []hearth.ResidentID
	for _, c := range found {
		if c.Standing.Status == record.StatusPast {
			past = append(past, c.ID)
		}
	}
	if len(past) == 0 {
		return nil, nil
	}
	_, leases, err := q.web.Records.ContactsWithLeases(ctx, tx, past)
	if err != nil {
		return nil, fmt.Errorf("read when people left: %w", err)
	}
	out := map[hearth.HouseholdID]hearth.Day{}
	for household, all := range leases {
		for _, l := range all {
			out[household] = max(out[household], l.MoveOut)
		}
	}
	return out, nil
}

// movedOut is said of who has left, where the day is not on record.
const movedOut = "Moved out."

// mattersOf gives the one sentence about a resident that matters most now.
func (q *request) mattersOf(c record.Contact, now *care.Now, views desk.Views) (string, ui.Shade) {
	if now != nil {
		if _, ok := now.Situation(c.ID, q.now); ok {
			return "Handle with care.", ui.Today
		}
		for _, p := range now.Pauses(q.now) {
			if now.PauseOf(p, c.ID) {
				return "Everything automatic is paused.", ui.Calm
			}
		}
	}
	switch c.Standing.Status {
	case record.StatusPast:
		return movedOut, ui.None
	case "":
		return "No lease on record.", ui.None
	case record.StatusCurrent:
	default:
		return capital(string(c.Standing.Status)) + ".", ui.None
	}
	if views != nil {
		if words, shade := signalWords(views(c.ID)); words != "" {
			return words, shade
		}
	}
	if c.Standing.Notice {
		return "Gave notice.", ui.Today
	}
	return "All quiet.", ui.None
}

// signalWords reads what matters out of the signals, the most pressing first.
func signalWords(v signal.View) (string, ui.Shade) {
	if v.State == nil || v.Zone == nil {
		return "", ui.None
	}
	n := func(name string) int {
		x, ok := v.Int(name)
		if !ok {
			return -1
		}
		return int(x)
	}
	if n("service.urgent_open") > 0 {
		return "An urgent repair is open.", ui.Now
	}
	if x := n("promises.overdue"); x > 0 {
		return count(x, "promise is", "promises are") + " past due.", ui.Now
	}
	if x := n("messages.unanswered_days"); x >= 1 {
		return "Waits " + count(x, "day", "days") + " for an answer.", ui.Now
	}
	if x := n("service.open"); x > 0 {
		return count(x, "repair is", "repairs are") + " open, the longest for " + count(max(0, n("service.days_waiting")), "day", "days") + ".", ui.Today
	}
	if x, ok := v.Float("sentiment.shift"); ok && x <= -0.4 {
		return "Sounds sharper than usual.", ui.Today
	}
	if x := n("lease.days_to_end"); x >= 0 && x <= 120 {
		return "The lease ends " + inDays(x) + ".", ui.Today
	}
	if x := n("connection.last_personal_days"); x >= 180 {
		return "No personal contact in " + count(x, "day", "days") + ".", ui.Calm
	}
	return "", ui.None
}

// bringHref is where files are brought in, "" where there is no such place for the viewer.
func (q *request) bringHref() string {
	if q.web.Imports == nil || q.place.ID == "" {
		return ""
	}
	return q.hrefIf(account.ImportsWrite, "/imports/new")
}

// inDays says how far off a day is, as people say it.
func inDays(n int) string {
	switch n {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	return "in " + count(n, "day", "days")
}

// findView is what was found for the palette.
type findView struct {
	Query  string
	Groups []findGroup
}

type findGroup struct {
	Name  string
	Items []findItem
}

type findItem struct{ ID, Icon, Name, Sub, Href, Key string }

const peopleInPalette = 6

// find answers the palette, and is a page for those without a script.
func (q *request) find() (templ.Component, error) {
	v := findView{Query: q.field("q")}
	people, err := q.findPeople(v.Query)
	if err != nil {
		return nil, fmt.Errorf("find: %w", err)
	}
	n := 0
	add := func(name string, items []findItem) {
		for i := range items {
			items[i].ID = fmt.Sprintf("found-%d", n)
			n++
		}
		if len(items) > 0 {
			v.Groups = append(v.Groups, findGroup{name, items})
		}
	}
	add("Residents", people)
	homes, err := q.findHomes(v.Query, homesFound)
	if err != nil {
		return nil, fmt.Errorf("find homes: %w", err)
	}
	var doors []findItem
	for _, l := range homes {
		doors = append(doors, findItem{Icon: "building-2", Name: "Home " + l.Name, Sub: l.Count, Href: l.Href})
	}
	add("Homes", doors)
	add("To do", append(q.findToDo(v.Query, people), q.findDeeper(doings(), v.Query)...))
	add("Pages", append(q.findPages(v.Query), q.findDeeper(deeperPages(), v.Query)...))
	if q.Header.Get("X-Fragment") == "palette" {
		return findItems(v), nil
	}
	return findPage(q.frame("Find", ""), v), nil
}

// homesFound is how many homes stand beside the people who are found.
const homesFound = 4

// findHomes finds homes by the beginning of their number, where the viewer may look; Count says where each is.
func (q *request) findHomes(text string, most int) ([]ui.Link, error) {
	if text == "" || !q.may(account.ResidentsRead) {
		return nil, nil
	}
	var out []ui.Link
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		found, err := q.web.Records.FindUnits(ctx, tx, q.seenPlaces(), text, most)
		if err != nil || len(found) == 0 {
			return err
		}
		names := map[hearth.PropertyID]string{}
		all, err := q.web.Records.Properties(ctx, tx)
		for _, p := range all {
			names[p.ID] = p.Name
		}
		for _, u := range found {
			where := names[u.Property]
			if u.Floor != "" {
				where = "floor " + u.Floor + ", " + where
			}
			out = append(out, ui.Link{Name: u.Label, Href: unitHref(u.ID), Count: where})
		}
		return err
	})
	return out, err
}

func (q *request) findPeople(text string) ([]findItem, error) {
	if text == "" || !q.may(account.ResidentsRead) {
		return nil, nil
	}
	var found []record.Contact
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		for _, try := range findTries(text) {
			page, err := q.web.Records.SearchIn(ctx, tx, q.seenPlaces(), try, "", 4*peopleInPalette)
			if err != nil {
				return err
			}
			for _, c := range page.Items {
				if q.finds(c, try) && len(found) < peopleInPalette {
					found = append(found, q.seen(c))
				}
			}
			if len(found) > 0 {
				return nil
			}
		}
		var err error
		found, err = q.byWorkOrder(ctx, tx, text)
		return err
	})
	var out []findItem
	for _, c := range found {
		out = append(out, findItem{Icon: "user", Name: c.Name(), Sub: c.UnitLabel, Href: "/residents/" + string(c.ID)})
	}
	return out, err
}

// findTries gives what is searched for, one after another until something is found: as written, then without the words of a wish
// such as "write to ana".
func findTries(text string) []string {
	tries := []string{text}
	low := strings.ToLower(text)
	for _, begin := range []string{"write to ", "i talked with ", "talked with ", "pause "} {
		if strings.HasPrefix(low, begin) {
			tries = append(tries, strings.TrimSpace(text[len(begin):]))
		}
	}
	return tries
}

// findToDo offers what can be done, for the first who was found.
func (q *request) findToDo(text string, people []findItem) []findItem {
	var out []findItem
	if len(people) == 0 {
		return nil
	}
	p := people[0]
	if q.menuPage("/conversations") != "" && q.may(rightMessages) {
		out = append(out, findItem{Icon: "message-circle", Name: "Write to " + p.Name, Href: p.Href + "/write"})
	}
	if q.may(rightTasks) && q.staff != "" {
		out = append(out, findItem{Icon: "heart-handshake", Name: "I talked with " + p.Name, Href: p.Href, Key: "t"})
	}
	if q.may(rightPause) && q.web.Engine != nil {
		out = append(out, findItem{Icon: "pause", Name: "Pause everything for " + p.Name, Href: p.Href + "#pause"})
	}
	return out
}

// findPages gives the pages whose name has the text in it; all of them for none.
func (q *request) findPages(text string) []findItem {
	var out []findItem
	for _, e := range menu() {
		if q.may(e.need) && fuzzy(e.name, text) && len(out) < 8 {
			out = append(out, findItem{Icon: e.icon, Name: e.name, Href: e.href, Key: goKey(e)})
		}
	}
	return out
}
