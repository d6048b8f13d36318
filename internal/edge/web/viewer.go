package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// right is something that a page or a button needs. The policy (fact/account) says who has it.
type right = account.Right

// The rights as the pages call them.
const (
	rightOpen      = account.WorkspaceRead
	rightRead      = account.TodayRead
	rightTasks     = account.TasksWrite
	rightMessages  = account.MessagesWrite
	rightPlaybooks = account.PlaybooksWrite
	rightSettings  = account.SettingsWrite
	rightReasons   = account.SituationReason
	// anybody marks what needs no sign-in: the door itself, health, files of the design.
	anybody right = "anybody"
)

// viewer is who looks at a page.
type viewer struct {
	actor hearth.Actor
	staff hearth.StaffID // "" for a program's token
	name  string
	roles []record.StaffRole
	all   bool // every property
	may   func(right) bool
	acc   account.Viewer
	guest bool // came without signing in, into a community that is open
}

// hasRole tells whether the viewer has one of the roles anywhere.
func (v viewer) hasRole(roles ...hearth.Role) bool {
	return slices.ContainsFunc(v.roles, func(r record.StaffRole) bool { return slices.Contains(roles, r.Role) }) ||
		slices.ContainsFunc(v.acc.Wide, func(r hearth.Role) bool { return slices.Contains(roles, r) })
}

// sees tells how much of a kind of fact the viewer sees at a property.
func (v viewer) sees(f account.Field, at hearth.PropertyID) account.Sight { return v.acc.Sees(f, at) }

// errStranger says that nobody is signed in.
var errStranger = errors.New("nobody is signed in")

// viewerOf finds out who asks: whoever gives a token, or holds a session; where pages are open to everybody, else the manager of the
// community.
func (h *Web) viewerOf(r *http.Request) (viewer, error) {
	if _, secret, ok := r.BasicAuth(); ok && secret != "" {
		return h.program(r, secret)
	}
	if secret := h.sessionOf(r); secret != "" && h.People != nil {
		v, err := h.signedIn(r.Context(), secret, r.URL.Path != "/live" && r.Header.Get("X-Fragment") != "live")
		if hearth.CodeOf(err) != hearth.CodeForbidden {
			return v, err
		}
	}
	if h.Open {
		return h.host(r.Context())
	}
	return viewer{}, errStranger
}

// program gives the program behind a token.
func (h *Web) program(r *http.Request, secret string) (viewer, error) {
	var token account.Token
	err := h.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		token, err = h.Accounts.Authenticate(r.Context(), tx, secret)
		return err
	})
	if hearth.CodeOf(err) == hearth.CodeForbidden {
		return viewer{}, errStranger
	}
	if err != nil {
		return viewer{}, err
	}
	return view(h.policy.TokenViewer(token)), nil
}

// signedIn gives who holds a session. CodeForbidden: nobody, or not any more. active marks a sign of life: what an open page asks by itself is none.
func (h *Web) signedIn(ctx context.Context, secret string, active bool) (viewer, error) {
	var v account.Viewer
	var tired bool
	err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		v, tired, err = h.People.Who(ctx, tx, secret)
		return err
	})
	if err != nil {
		return viewer{}, err
	}
	if tired && active {
		if err := h.DB.Write(ctx, func(tx *db.Tx) error { return h.People.Touch(ctx, tx, v.Session) }); err != nil {
			return viewer{}, err
		}
	}
	if v.Staff == "" {
		return viewer{}, hearth.Errorf(hearth.CodeForbidden, "These pages are the team's.")
	}
	return view(v), nil
}

// view makes the pages' viewer of the policy's.
func view(v account.Viewer) viewer {
	return viewer{actor: v.Actor, staff: v.Staff, name: v.Name, roles: v.Roles, all: v.Everywhere(), acc: v,
		may: func(r right) bool { return v.May(r, "") }}
}

// host is the one as whom an open community is shown: its manager.
func (h *Web) host(ctx context.Context) (viewer, error) {
	var team []record.Staff
	err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		team, err = h.Records.AllStaff(ctx, tx)
		return err
	})
	if err != nil {
		return viewer{}, err
	}
	m := record.Staff{ID: "demo", Name: "Hearth"}
	for _, one := range team {
		isManager := slices.ContainsFunc(one.Roles, func(r record.StaffRole) bool { return r.Role == hearth.RoleManager })
		if !one.Inactive && isManager {
			m = one
			break
		}
	}
	now := h.Clock.Now()
	acc := h.policy.StaffViewer(m, account.Session{Proved: now.Add(-time.Millisecond)}, now)
	acc.Wide = []hearth.Role{hearth.RoleManager, hearth.RoleAdmin}
	v := view(acc)
	v.guest = true
	if m.ID == "demo" {
		v.actor, v.staff = hearth.Actor{Kind: "system", ID: "demo", Name: "Hearth"}, ""
	}
	return v, nil
}
