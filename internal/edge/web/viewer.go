package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// right is something that a page or a button needs.
type right string

// The rights.
const (
	rightRead      right = "read"            // see pages of the community
	rightTasks     right = "tasks.write"     // take, finish, give away tasks; say that somebody was talked to
	rightMessages  right = "messages.write"  // write to residents, through the desk
	rightPlaybooks right = "playbooks.write" // change and switch playbooks; pause what is automatic
	rightSettings  right = "settings.write"  // set-up, imports, team
	rightReasons   right = "situations.reason"
)

// viewer is who looks at a page.
type viewer struct {
	actor hearth.Actor
	staff hearth.StaffID // "" for a program's token
	name  string
	roles []record.StaffRole
	all   bool // every property
	may   func(right) bool
}

// hasRole tells whether the viewer has one of the roles anywhere.
func (v viewer) hasRole(roles ...hearth.Role) bool {
	return slices.ContainsFunc(v.roles, func(r record.StaffRole) bool { return slices.Contains(roles, r.Role) })
}

// errStranger says that nobody is signed in.
var errStranger = errors.New("nobody is signed in")

// viewerOf finds out who asks: where pages are open to everybody, the manager of the community; else whoever gives a token.
func (h *Web) viewerOf(r *http.Request) (viewer, error) {
	if h.Open {
		return h.host(r.Context())
	}
	_, secret, ok := r.BasicAuth()
	if !ok || secret == "" {
		return viewer{}, errStranger
	}
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
	return viewer{actor: token.Actor(), name: token.Name, all: true, may: byScope(token)}, nil
}

// byScope reads rights out of a token's scopes.
func byScope(t account.Token) func(right) bool {
	return func(r right) bool {
		switch r {
		case rightRead:
			return t.Has(account.ScopeRead)
		case rightTasks:
			return t.Has(account.ScopeTasks)
		case rightMessages:
			return t.Has(account.ScopeMessages)
		case rightPlaybooks, rightSettings:
			return t.Has(account.ScopeAdmin)
		case rightReasons:
			return t.Has(account.ScopeReasons)
		}
		return account.NewPolicy().TokenViewer(t).May(account.Right(r), "")
	}
}

// host is the one as whom an open community is shown: its manager.
func (h *Web) host(ctx context.Context) (viewer, error) {
	var team []record.Staff
	err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		team, err = h.Records.AllStaff(ctx, tx)
		return err
	})
	everything := func(r right) bool { return r != rightReasons }
	for _, m := range team {
		isManager := slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return r.Role == hearth.RoleManager })
		if !m.Inactive && isManager {
			return viewer{actor: hearth.Actor{Kind: "staff", ID: string(m.ID), Name: m.Name}, staff: m.ID, name: m.Name, roles: m.Roles, all: true, may: everything}, err
		}
	}
	return viewer{actor: hearth.Actor{Kind: "system", ID: "demo", Name: "Hearth"}, name: "Hearth", all: true, may: everything}, err
}
