package web

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The homes of a community, building by building, with who lives there.

func (h *Web) unitRoutes() []route {
	return []route{
		{"GET /units", account.ResidentsRead, h.show(account.ResidentsRead, (*request).units)},
		{"GET /units/{id}", account.ResidentsRead, h.show(account.ResidentsRead, (*request).unitPage)},
		{"GET /units/{id}/silence", account.ResidentsRead, h.show(account.ResidentsRead, (*request).unitSilence)},
	}
}

func unitHref(id hearth.UnitID) string { return "/units/" + string(id) }

// unitsView is the list of homes, ready to be drawn.
type unitsView struct {
	Query, Building string
	Lead            string
	Tabs            []ui.Link
	Groups          []unitGroup
	More            string
	Bring           string // where files are brought in; "" where that is not for the viewer
}

// unitGroup is the homes of a building.
type unitGroup struct {
	Name string
	Rows []unitRow
}

// unitRow is a home in the list.
type unitRow struct {
	Label, Href string
	Who         []string // who lives there, by name
	Others      string   // how many more, or that nobody does
	Fine        string   // floor and rooms
	Chip        ui.Chip
}

const (
	homesShown  = 120
	namesOfHome = 3 // named beside a home; the rest are counted
)

func (q *request) units() (templ.Component, error) {
	v := unitsView{Query: q.field("q"), Building: q.field("building"), Bring: q.bringHref()}
	from, _ := strconv.Atoi(q.field("from")) // what is no number is the beginning
	var all []record.Unit
	var buildings []record.Building
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if all, err = q.web.Records.Units(ctx, tx, q.place.ID); err != nil {
			return err
		}
		buildings, err = q.web.Records.Buildings(ctx, tx, q.place.ID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list homes: %w", err)
	}
	names := map[hearth.BuildingID]string{}
	for _, b := range buildings {
		names[b.ID] = b.Name
	}
	v.head(all, buildings)
	shown := v.chosen(all, names)
	from = max(0, min(from, len(shown)))
	if rest := len(shown) - from; rest > homesShown {
		v.More = v.moreHref(from + homesShown)
		shown = shown[:from+homesShown]
	}
	err = q.unitRows(&v, shown[from:], names)
	return unitsPage(q.frame("Homes", "/units"), v), err
}

// head says how many homes there are, and where.
func (v *unitsView) head(all []record.Unit, buildings []record.Building) {
	v.Lead = count(len(all), "home", "homes")
	if len(buildings) < 2 {
		return
	}
	v.Lead += " in " + count(len(buildings), "building", "buildings")
	n := map[hearth.BuildingID]int{}
	for _, u := range all {
		n[u.Building]++
	}
	v.Tabs = []ui.Link{{Name: "All buildings", Href: "/units", Here: v.Building == ""}}
	for _, b := range buildings {
		v.Tabs = append(v.Tabs, ui.Link{Name: buildingWords(b.Name), Href: "/units?building=" + url.QueryEscape(string(b.ID)), Count: strconv.Itoa(n[b.ID]), Here: v.Building == string(b.ID)})
	}
}

// chosen keeps the homes that are asked for, in the order in which people count them.
func (v *unitsView) chosen(all []record.Unit, names map[hearth.BuildingID]string) []record.Unit {
	var out []record.Unit
	want := strings.ToLower(v.Query)
	for _, u := range all {
		if v.Building != "" && string(u.Building) != v.Building || want != "" && !strings.Contains(strings.ToLower(names[u.Building]+" "+u.Label), want) {
			continue
		}
		out = append(out, u)
	}
	return inCountOrder(out, names)
}

// inCountOrder puts homes in the order in which people count them. What they are compared by is made once for each: a comparison of ten thousand homes
// would make it a quarter of a million times.
func inCountOrder(list []record.Unit, names map[hearth.BuildingID]string) []record.Unit {
	type keyed struct {
		unit            record.Unit
		building, label string
	}
	buildings := map[hearth.BuildingID]string{}
	for id, name := range names {
		buildings[id] = countKey(name)
	}
	keys := make([]keyed, len(list))
	for i, u := range list {
		keys[i] = keyed{u, buildings[u.Building], countKey(u.Label)}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int {
		return cmp.Or(strings.Compare(a.building, b.building), strings.Compare(a.label, b.label), strings.Compare(string(a.unit.ID), string(b.unit.ID)))
	})
	for i, k := range keys {
		list[i] = k.unit
	}
	return list
}

// countKey makes a label sort as people count: 2 before 10.
func countKey(label string) string {
	var out, digits strings.Builder
	flush := func() {
		if n := digits.Len(); n > 0 {
			out.WriteString(strings.Repeat("0", max(0, 12-n)) + digits.String())
			digits.Reset()
		}
	}
	for _, r := range strings.ToLower(label) {
		if r >= '0' && r <= '9' {
			digits.WriteRune(r)
			continue
		}
		flush()
		if !unicode.IsSpace(r) {
			out.WriteRune(r)
		}
	}
	flush()
	return out.String()
}

func (v *unitsView) moreHref(from int) string {
	u := url.Values{"from": {strconv.Itoa(from)}}
	for name, value := range map[string]string{"q": v.Query, "building": v.Building} {
		if value != "" {
			u.Set(name, value)
		}
	}
	return "/units?" + u.Encode()
}

// unitRows says of each home who lives there, and what is open to those who see a home's history.
func (q *request) unitRows(v *unitsView, shown []record.Unit, names map[hearth.BuildingID]string) error {
	today := hearth.DayOf(q.now, q.zone)
	homes := make([]hearth.UnitID, len(shown))
	for i, u := range shown {
		homes[i] = u.ID
	}
	living := map[hearth.UnitID][]hearth.ResidentID{}
	var people map[hearth.ResidentID]record.Contact
	var open map[hearth.UnitID]int
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		stays, err := q.web.Records.StaysIn(ctx, tx, homes)
		if err != nil {
			return err
		}
		var ids []hearth.ResidentID
		for _, s := range stays {
			if s.Covers(today) {
				living[s.Unit] = append(living[s.Unit], s.Resident)
				ids = append(ids, s.Resident)
			}
		}
		if people, err = q.contacts(ctx, tx, ids); err != nil {
			return err
		}
		if sight := q.sees(account.FieldHistory, q.place.ID); q.web.Workorders != nil && (sight == account.SeesAll || sight == account.SeesSummary) {
			open, err = q.web.Workorders.OpenIn(ctx, tx, q.place.ID)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read who lives in homes: %w", err)
	}
	for _, u := range shown {
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Name != names[u.Building] {
			v.Groups = append(v.Groups, unitGroup{Name: names[u.Building]})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, unitRowOf(u, living[u.ID], people, open[u.ID]))
	}
	return nil
}

func unitRowOf(u record.Unit, living []hearth.ResidentID, people map[hearth.ResidentID]record.Contact, open int) unitRow {
	r := unitRow{Label: u.Label, Href: unitHref(u.ID)}
	for _, id := range living {
		if c, ok := people[id]; ok && c.Unit == u.ID && c.Standing.Status == record.StatusCurrent {
			r.Who = append(r.Who, cmp.Or(c.Name(), "A resident without a name"))
		}
	}
	switch n := len(r.Who) - namesOfHome; {
	case len(r.Who) == 0:
		r.Others = "Nobody lives here"
	case n > 0:
		r.Who, r.Others = r.Who[:namesOfHome], "and "+count(n, "other", "others")
	}
	var fine []string
	if u.Floor != "" {
		fine = append(fine, "floor "+u.Floor)
	}
	if rooms := roomsWords(u); rooms != "" {
		fine = append(fine, rooms)
	}
	r.Fine = capital(strings.Join(fine, " · "))
	if open > 0 {
		r.Chip = ui.Chip{Word: count(open, "repair open", "repairs open"), Shade: ui.Today, Icon: "wrench"}
	}
	return r
}
