package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
)

// The library: every playbook as what it is called, when it starts, whether it is on and what it does now.

// playbookRoutes lists the pages about playbooks and what can be done there.
func (h *Web) playbookRoutes() []route {
	return []route{
		{"GET /playbooks", account.PlaybooksRead, h.show(account.PlaybooksRead, (*request).playbooks)},
		{"GET /playbooks/{id}", account.PlaybooksRead, h.show(account.PlaybooksRead, (*request).playbook)},
		{"GET /playbooks/{id}/why", account.PlaybooksRead, h.show(account.PlaybooksRead, (*request).playbookWhy)},
		{"GET /playbooks/{id}/versions/{n}", account.PlaybooksRead, h.show(account.PlaybooksRead, (*request).playbookVersion)},
		{"GET /playbooks/{id}/start", rightPlaybooks, h.show(rightPlaybooks, (*request).startPage)},
		{"POST /playbooks/{id}/start", rightPlaybooks, h.do(rightPlaybooks, (*request).startPlaybook)},
		{"POST /playbooks/{id}/stop", rightPlaybooks, h.do(rightPlaybooks, (*request).stopPlaybook)},
		{"GET /pause", account.PausesWrite, h.show(account.PausesWrite, (*request).pausePage)},
		{"POST /pause", account.PausesWrite, h.do(account.PausesWrite, (*request).pause)},
		{"POST /pauses/{id}/resume", account.PausesWrite, h.do(account.PausesWrite, (*request).resume)},
	}
}

// reachDays is how far back the numbers on pages about playbooks look.
const reachDays = 30

// play is a playbook as the pages show it: the version that is on, else the newest, else the shipped text.
type play struct {
	playbook.Stored
	def    *playbook.Definition
	closed bool // whom it starts for is told only to some, and not to who looks
	pause  care.Pause
	paused bool
}

// State of a playbook on the pages.
func (p play) on() bool { return p.State == "active" }

func (p play) chip() ui.Chip {
	switch {
	case p.paused:
		return ui.Chip{Word: "paused", Shade: ui.Today, Icon: "circle-pause"}
	case p.on():
		return ui.Chip{Word: "live", Shade: ui.Good, Icon: "circle-play"}
	}
	return ui.Chip{Word: "off", Icon: "circle"}
}

// plays gives all playbooks by id.
func (q *request) plays(ctx context.Context, tx *db.Tx) (map[hearth.PlaybookID]play, []playbook.Stored, error) {
	stored, err := playbook.Versions(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	all := map[hearth.PlaybookID]play{}
	for id, text := range q.web.Library {
		all[id] = play{Stored: playbook.Stored{ID: id, Text: string(text), State: "shipped"}}
	}
	for _, s := range stored { // by version: the newest stays
		all[s.ID] = play{Stored: s}
	}
	traits, err := q.web.traits.Among(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	var now *care.Now
	if q.web.Care != nil {
		if now, err = q.web.Care.Now(ctx, tx); err != nil {
			return nil, nil, err
		}
	}
	for id, p := range all {
		if p.def, err = playbook.Parse([]byte(p.Text)); err != nil {
			return nil, nil, err
		}
		p.closed = q.closes(traits[id], q.place.ID) || q.closes(p.def.Trait(), q.place.ID)
		if now != nil && p.on() {
			p.pause, p.paused = now.Paused(care.Thing{Playbook: id, Property: q.place.ID}, q.now)
		}
		all[id] = p
	}
	return all, stored, nil
}

// play gives one playbook with all its versions; it fails with CodeNotFound.
func (q *request) play(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) (play, []playbook.Stored, error) {
	all, stored, err := q.plays(ctx, tx)
	if err != nil {
		return play{}, nil, err
	}
	p, ok := all[id]
	if !ok {
		return play{}, nil, hearth.Errorf(hearth.CodeNotFound, "There is no playbook of this name. The library lists all of them.")
	}
	return p, slices.DeleteFunc(stored, func(s playbook.Stored) bool { return s.ID != id }), nil
}

// playRow is a playbook in the library.
type playRow struct {
	ID, Title, Starts, Moment, Href string
	Mark                            ui.Chip
	Depth                           string
	Figures                         string // "3 now, 12 in 30 days"
	Goal                            string
	Hints                           []string
	Draft                           bool
	Switch                          bool // it can be switched on
}

// libraryView is the library, ready to be drawn.
type libraryView struct {
	Lead   string
	Drafts []playRow // that nothing else is there of
	Live   []playRow
	Off    []playRow
	Pauses []pauseLine
	May    bool
	Pause  bool // the viewer may pause
}

func (q *request) playbooks() (templ.Component, error) {
	v := libraryView{May: q.may(rightPlaybooks), Pause: q.may(account.PausesWrite)}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := q.plays(ctx, tx)
		if err != nil {
			return err
		}
		reach, err := playbook.Reached(ctx, tx, q.place.ID, q.now.AddDate(0, 0, -reachDays))
		if err != nil {
			return err
		}
		drafts, err := playbook.Drafts(ctx, tx)
		if err != nil {
			return err
		}
		hints := map[hearth.PlaybookID][]string{}
		if q.web.Engine != nil {
			list, err := q.web.Engine.Hints(ctx, tx, nil)
			if err != nil {
				return err
			}
			for _, h := range list {
				hints[h.Playbook] = append(hints[h.Playbook], h.Text)
			}
		}
		if v.Pauses, err = q.pausesNow(ctx, tx, all); err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(drafts)) {
			if _, ok := all[id]; !ok && v.May {
				r, err := q.draftRow(ctx, tx, id)
				if err != nil {
					return err
				}
				v.Drafts = append(v.Drafts, r)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(all)) {
			p := all[id]
			r := playRow{ID: string(id), Title: p.def.Title, Starts: "Starts when " + p.def.Starts() + ".", Moment: momentWords(p.def.Moment), Depth: depthWords(p.def.Depth),
				Href: "/playbooks/" + string(id), Mark: p.chip(), Hints: hints[id], Switch: !p.on()}
			_, r.Draft = drafts[id]
			if !p.closed {
				r.Figures = reachWords(reach[id])
			}
			if p.def.Goal != nil {
				r.Goal = "Goal: " + playbook.EventWords(p.def.Goal.Event) + " within " + p.def.Goal.Within.String()
			}
			if p.on() {
				v.Live = append(v.Live, r)
			} else {
				v.Off = append(v.Off, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the library: %w", err)
	}
	v.Lead = countOrNone(len(v.Live), "playbook is", "playbooks are") + " switched on. Each does the routine part of a moment the same way every time, and hands the rest to a person."
	return playbooksPage(q.frame("Playbooks", "/playbooks"), v), nil
}

// draftRow is a playbook that is still being written.
func (q *request) draftRow(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) (playRow, error) {
	d, _, err := playbook.DraftOf(ctx, tx, id)
	if err != nil {
		return playRow{}, err
	}
	staff, err := q.staffNames(ctx, tx)
	r := playRow{ID: string(id), Title: plainID(string(id)), Href: "/playbooks/" + string(id) + "/edit", Mark: ui.Chip{Word: "draft", Shade: ui.Calm, Icon: "pencil"},
		Starts: "Saved " + page.When(d.Saved, q.now, q.zone) + " by " + q.nameOf(staff, d.By) + "."}
	if s, wrong := playbook.ReadSheet(d.Text); wrong == nil && s.Get("title") != "" {
		r.Title = s.Get("title")
	}
	return r, err
}

func reachWords(r playbook.Reach) string {
	if r.Active == 0 && r.Started == 0 {
		return "nobody in " + strconv.Itoa(reachDays) + " days"
	}
	return fmt.Sprintf("%d now, %d in %d days", r.Active, r.Started, reachDays)
}

func depthWords(d hearth.Depth) string {
	switch d {
	case hearth.DepthHuman:
		return "a person decides"
	case hearth.DepthPlaybook:
		return "a playbook does the routine, people the rest"
	}
	return "done reliably, without a person"
}

// pauseLine is something that stands still.
type pauseLine struct {
	ID, Words string
}

// pausesNow lists what is paused, in words.
func (q *request) pausesNow(ctx context.Context, tx *db.Tx, all map[hearth.PlaybookID]play) ([]pauseLine, error) {
	if q.web.Care == nil {
		return nil, nil
	}
	now, err := q.web.Care.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	g := &glance{titles: map[hearth.PlaybookID]string{}}
	if g.properties, err = q.web.Records.Properties(ctx, tx); err != nil {
		return nil, err
	}
	for id, p := range all {
		g.titles[id] = p.def.Title
	}
	var out []pauseLine
	for _, p := range now.Pauses(q.now) {
		if p.What == care.Resident {
			continue // stands on their page
		}
		out = append(out, pauseLine{ID: p.ID, Words: pausedNote(p, g)})
	}
	return out, nil
}

// dayWords says a day for people.
func (q *request) dayWords(t time.Time) string {
	t = t.In(q.zone)
	if t.Year() == q.now.In(q.zone).Year() {
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}
