package web

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// settledRoles is for how long what was said to a role stays on the page.
const settledRoles = 90 * 24 * time.Hour

// roleLine is a role that is asked for, or that was settled.
type roleLine struct {
	ID, Who, Role, Words string
	Yes, No              bool   // the viewer may say so
	NoWord               string // what the viewer says no with
}

// rolesView is the page of roles that take two people.
type rolesView struct{ Waiting, Settled []roleLine }

// nobodySecond says what to do where nobody of the team may be the second person.
const nobodySecond = " Nobody else of the team who can sign in may say yes to it, so it waits for whoever runs Hearth: hearth account agree "

func (h *Web) roleRoutes() []route {
	answer := func(yes bool) func(*request) (outcome, error) {
		return func(q *request) (outcome, error) { return q.settleRole(yes) }
	}
	return []route{
		{"GET /roles", account.RolesAgree, h.show(account.RolesAgree, (*request).agreeRoles)},
		{"POST /roles/{id}/yes", account.RolesAgree, h.do(account.RolesAgree, answer(true))},
		{"POST /roles/{id}/no", account.RolesAgree, h.do(account.RolesAgree, answer(false))},
	}
}

func (q *request) agreeRoles() (templ.Component, error) {
	var asked []account.RoleAsk
	names := map[hearth.StaffID]record.Staff{}
	alone := map[string]bool{}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if q.web.People == nil || q.place.ID == "" {
			return nil
		}
		if asked, err = q.web.People.RoleAsks(ctx, tx, q.place.ID, q.now.Add(-settledRoles)); err != nil {
			return err
		}
		for _, a := range asked {
			if !a.Waits(q.now) {
				continue
			}
			second, err := q.web.People.SecondFor(ctx, tx, a)
			if err != nil {
				return err
			}
			alone[a.ID] = !second
		}
		team, err := q.web.Records.AllStaff(ctx, tx)
		for _, m := range team {
			names[m.ID] = m
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var v rolesView
	for _, a := range asked {
		switch {
		case a.Waits(q.now):
			v.Waiting = append(v.Waiting, q.waitingRole(a, names, alone[a.ID]))
		case !a.Settled.IsZero():
			v.Settled = append([]roleLine{q.settledRole(a, names)}, v.Settled...)
		}
	}
	return rolesPage(q.frame("Roles to agree to", "/roles"), v), nil
}

// waitingRole says who asks for what, and how the one who would get it signs in: whoever says yes has to know who that is.
func (q *request) waitingRole(a account.RoleAsk, names map[hearth.StaffID]record.Staff, alone bool) roleLine {
	m := names[a.Staff]
	l := roleLine{ID: a.ID, Who: m.Name, Role: roleWords(a.Role.Role), NoWord: "No"}
	l.Words = names[a.AskedBy].Name + " asked on " + a.Asked.In(q.zone).Format("2 January") + ", until " + a.Asked.Add(account.RoleAskFor).In(q.zone).Format("2 January") + "."
	if m.Email != "" {
		l.Words += " Their address: " + m.Email + "."
	}
	mine := a.AskedBy == q.acc.Staff
	may := a.Staff != q.acc.Staff && q.acc.MayAgree(a.Role.Role, a.Role.Property)
	l.Yes, l.No = may && !mine, may || mine
	if mine {
		l.NoWord = "Take back"
		if !alone {
			l.Words += " You asked for it: somebody else says yes."
		}
	}
	if alone {
		l.Words += nobodySecond + a.ID
	}
	return l
}

func (q *request) settledRole(a account.RoleAsk, names map[hearth.StaffID]record.Staff) roleLine {
	said := "said no"
	if a.Yes {
		said = "said yes"
	} else if a.SettledBy == a.AskedBy {
		said = "took it back"
	}
	by := names[a.SettledBy].Name
	if a.SettledBy == "" {
		by = "whoever runs Hearth"
	}
	words := names[a.AskedBy].Name + " asked on " + a.Asked.In(q.zone).Format("2 January") + "; " + by + " " + said + " on " + a.Settled.In(q.zone).Format("2 January") + "."
	return roleLine{Who: names[a.Staff].Name, Role: roleWords(a.Role.Role), Words: words}
}

// settleRole says yes or no to a role that is asked for here.
func (q *request) settleRole(yes bool) (outcome, error) {
	words := "No: the role is not given."
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		a, err := q.web.People.SettleRole(ctx, tx, q.acc, q.place.ID, q.PathValue("id"), yes)
		if err != nil || !yes {
			return err
		}
		m, err := q.web.Records.Staff(ctx, tx, a.Staff)
		words = m.Name + " has the role now: " + roleWords(a.Role.Role) + "."
		return err
	})
	return outcome{said: words, next: "/roles"}, err
}
