package web

import (
	"context"
	"errors"

	"github.com/a-h/templ"

	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// Set-up is how a community comes to be in Hearth: the property, its homes, the team, and a list of the first day that
// checks itself.

// setupRoutes lists the pages of the set-up and what can be done on them.
func (h *Web) setupRoutes() []route {
	get := func(pattern string, make func(*request) (templ.Component, error)) route {
		return route{"GET " + pattern, rightSettings, h.show(rightSettings, make)}
	}
	post := func(pattern string, act func(*request) (outcome, error)) route {
		return route{"POST " + pattern, rightSettings, h.do(rightSettings, act)}
	}
	// Who gives roles decides what others may do: a right of its own.
	roles := func(pattern string, act func(*request) (outcome, error)) route {
		return route{"POST " + pattern, account.RolesWrite, h.do(account.RolesWrite, act)}
	}
	return []route{
		get("/setup", (*request).setup),
		get("/setup/property", (*request).setupPlace),
		post("/setup/property", (*request).putPlace),
		get("/setup/homes", (*request).setupHomes),
		post("/setup/homes", (*request).putUnit),
		get("/setup/team", (*request).setupTeam),
		roles("/setup/team", (*request).putMember),
		post("/setup/team/{id}", (*request).putMember),
		roles("/setup/team/{id}/roles", (*request).giveRole),
		roles("/setup/team/{id}/roles/drop", (*request).dropRole),
		post("/setup/team/{id}/hours", (*request).putHours),
		post("/setup/team/{id}/away", (*request).putAway),
		post("/setup/team/{id}/away/drop", (*request).dropAway),
		get("/setup/settings", (*request).setupSettings),
		post("/setup/settings", (*request).putSettings),
		post("/setup/oncall", (*request).addOnCall),
		post("/setup/oncall/drop", (*request).dropOnCall),
	}
}

// elsewhere is the answer of a page whose place is another one.
type elsewhere struct{ to string }

// Error says where to go.
func (e elsewhere) Error() string { return "go to " + e.to }

// setupFirst leads an installation that knows no property to its set-up.
func (q *request) setupFirst() error {
	if q.place.ID == "" && !q.many && q.all && q.may(rightSettings) {
		return elsewhere{"/setup"}
	}
	return nil
}

// led answers a page that lies elsewhere; ok is false where it does not.
func led(err error) (to string, ok bool) {
	var e elsewhere
	if errors.As(err, &e) {
		return e.to, true
	}
	return "", false
}

// setupTabs are the pages of the set-up.
func setupTabs(here string) []ui.Link {
	links := []ui.Link{{Name: "First day", Href: "/setup"}, {Name: "Property", Href: "/setup/property"}, {Name: "Buildings and units", Href: "/setup/homes"}, {Name: "Team", Href: "/setup/team"}, {Name: "How it works here", Href: "/setup/settings"}, {Name: "Channels", Href: "/setup/channels"}, {Name: "Texts", Href: "/setup/templates"}, {Name: "Other programs", Href: "/setup/webhooks"}}
	for i := range links {
		links[i].Here = links[i].Href == here
	}
	return links
}

// firstStep is a line of the list of the first day.
type firstStep struct {
	Done  bool
	Name  string
	Words string // how it stands
	Do    ui.Link
}

// setupView is the list of the first day, ready to be drawn.
type setupView struct {
	Lead  string
	Steps []firstStep
	Share int
}

// standing is what the list of the first day is read from.
type standing struct {
	units, residents, team, on int
	place                      record.Property
	mailed                     bool
	mailWords                  string
}

func (q *request) standing() (s standing, err error) {
	s.place = q.place
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		if q.place.ID != "" {
			units, err := q.web.Records.Units(ctx, tx, q.place.ID)
			if err != nil {
				return err
			}
			people, err := q.web.Records.ResidentsAt(ctx, tx, q.place.ID)
			if err != nil {
				return err
			}
			team, err := q.web.Records.StaffAt(ctx, tx, q.place.ID)
			if err != nil {
				return err
			}
			s.units, s.residents = len(units), len(people)
			for _, m := range team {
				if !m.Inactive {
					s.team++
				}
			}
		}
		all, err := playbook.Versions(ctx, tx)
		for _, v := range all {
			if v.State == "active" {
				s.on++
			}
		}
		if err != nil {
			return err
		}
		s.mailed, s.mailWords, err = q.mailTested(ctx, tx)
		return err
	})
	return s, err
}

func (q *request) setup() (templ.Component, error) {
	s, err := q.standing()
	if err != nil {
		return nil, err
	}
	v := setupView{Steps: q.firstSteps(s)}
	left := 0
	for _, x := range v.Steps {
		if !x.Done {
			left++
		}
	}
	v.Share = 100 * (len(v.Steps) - left) / len(v.Steps)
	switch {
	case q.place.ID == "":
		v.Lead = "Hearth knows no community yet. Begin with the property; a file of your property-management system brings the rest."
	case left == 0:
		v.Lead = "Everything of the first day is done. Each line still leads to where it is changed."
	default:
		v.Lead = count(left, "thing is left.", "things are left.") + " The list checks itself."
	}
	return setupPage(q.frame("Set-up", "/setup"), v), nil
}

// firstSteps says how the first day stands, in the order in which one thing needs the other.
func (q *request) firstSteps(s standing) []firstStep {
	real := q.web.Config != nil && q.web.Config.Send == "real"
	step := func(done bool, name, yes, no, do, href string) firstStep {
		words := no
		if done {
			words = yes
		}
		return firstStep{done, name, words, ui.Link{Name: do, Href: href}}
	}
	steps := []firstStep{
		step(s.place.ID != "", "The property is known", s.place.Name+".", "Give it a name and an address.", "Name and address", "/setup/property"),
		step(s.place.ZoneConfirmed, "Its time zone is settled", zoneWords(s.place.Zone)+": "+zoneHow(s.place)+".",
			"Nothing is sent to anybody before somebody has confirmed it: quiet hours go by it.", "Confirm the zone", "/setup/property#f-zone"),
		step(s.units > 0, "Units are in", count(s.units, "unit.", "units."), "Add them one by one, or bring in a file of units or of residents.", "Add units", "/setup/homes"),
		q.residentsStep(s.residents),
		step(s.team > 0, "The team is in", count(s.team, "person works here.", "people work here."), "Tasks need somebody: add at least the manager, and who does repairs.", "Add the team", "/setup/team"),
		step(s.on > 0, "The first playbook is on", count(s.on, "playbook is on.", "playbooks are on."), "Switch one on, such as the first week. It says before it starts what it would do.", "Choose one", q.hrefIf(account.PlaybooksRead, "/playbooks")),
		step(real, "Sending is real", "Messages reach residents.", "Messages go to files until Hearth is started with --send real, which is well for trying.", "How it stands", "/setup/channels"),
		step(s.mailed, "Mail was tried", s.mailWords, orWords(s.mailWords, "Send one to yourself, and see whether it arrives."), "Try it", "/setup/channels"),
	}
	return steps
}

// residentsStep leads whoever may bring files in to where they are given, and others to who is in.
func (q *request) residentsStep(n int) firstStep {
	if n > 0 {
		return firstStep{Done: true, Name: "Residents are in", Words: count(n, "resident.", "residents."), Do: ui.Link{Name: "Who is in", Href: "/setup/homes"}}
	}
	s := firstStep{Name: "Residents are in", Words: "Bring in a file. An export of your property-management system will do as it is."}
	if q.web.Imports != nil {
		s.Do = ui.Link{Name: "Bring in a file", Href: q.hrefIf(account.ImportsWrite, "/imports/new")}
	}
	return s
}

// hrefIf is an address for whoever may open it, "" for others.
func (q *request) hrefIf(need right, href string) string {
	if q.may(need) {
		return href
	}
	return ""
}

// orWords gives words, or others where there are none.
func orWords(words, otherwise string) string {
	if words == "" {
		return otherwise
	}
	return words
}
