package app

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// AccountLine is an account as a list shows it.
type AccountLine struct {
	account.Person
	Name  string
	Left  bool // the person is not on the team any more
	Roles []string
}

// AccountList lists the accounts of the team, those that are closed as well.
func (a *App) AccountList(ctx context.Context) (out []AccountLine, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		people, err := a.People.All(ctx, tx)
		if err != nil {
			return err
		}
		out = nil
		for _, p := range people {
			if p.Staff == "" {
				continue
			}
			m, err := a.Records.Staff(ctx, tx, p.Staff)
			if err != nil {
				return err
			}
			out = append(out, AccountLine{Person: p, Name: m.Name, Left: m.Inactive, Roles: rolesOf(m, p.Wide)})
		}
		return nil
	})
	return out, err
}

// rolesOf says somebody's roles, each once; those that are held everywhere first.
func rolesOf(m record.Staff, wide []hearth.Role) []string {
	var out []string
	for _, r := range wide {
		out = append(out, string(r)+" everywhere")
	}
	for _, r := range m.Roles {
		if !slices.Contains(out, string(r.Role)) {
			out = append(out, string(r.Role))
		}
	}
	return out
}

// AccountAsk is an account to be made: for somebody of the team, or somebody new.
type AccountAsk struct {
	Login, Name, Property string
	Roles                 []string // at the property; everywhere if none is named
}

// CreateAccount opens an account and gives the link with which its owner chooses how to sign in.
func (a *App) CreateAccount(ctx context.Context, ask AccountAsk) (link string, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := a.newAccount(ctx, tx, ask)
		if err != nil {
			return err
		}
		secret, err := a.People.Invite(ctx, tx, who.ID)
		link = a.baseURL() + "/invitation/" + secret
		return err
	})
	return link, err
}

func (a *App) newAccount(ctx context.Context, tx *db.Tx, ask AccountAsk) (account.Person, error) {
	told := record.Staff{Name: ask.Name, Email: ask.Login}
	var wide []hearth.Role
	for _, r := range ask.Roles {
		role := hearth.Role(r)
		if !role.Valid() {
			return account.Person{}, hearth.FieldErrorf("role", "%q is not a role. Roles are %s.", r, roleList())
		}
		if ask.Property == "" {
			wide = append(wide, role)
			continue
		}
		at, err := a.properties(ctx, tx, ask.Property)
		if err != nil {
			return account.Person{}, err
		}
		told.Roles = append(told.Roles, record.StaffRole{Property: at[0], Role: role})
	}
	m, err := a.teamMember(ctx, tx, ask, told)
	if err != nil {
		return account.Person{}, err
	}
	return a.People.Create(ctx, tx, operator(), account.Person{Staff: m.ID, Login: ask.Login, Wide: wide})
}

// teamMember finds who has the address, or takes somebody new on.
func (a *App) teamMember(ctx context.Context, tx *db.Tx, ask AccountAsk, told record.Staff) (record.Staff, error) {
	all, err := a.Records.AllStaff(ctx, tx)
	if err != nil {
		return record.Staff{}, err
	}
	key := record.EmailKey(ask.Login)
	for _, m := range all {
		if key != "" && record.EmailKey(m.Email) == key && !m.Inactive {
			told.ID, told.Name, told.Email = m.ID, m.Name, m.Email
		}
	}
	if told.ID == "" && strings.TrimSpace(ask.Name) == "" {
		return record.Staff{}, hearth.FieldErrorf("name", "Nobody on the team has the address %s: say who it is with --name.", ask.Login)
	}
	m, _, err := a.Records.PutStaff(ctx, tx, record.News{Source: "hearth", Actor: operator()}, told)
	return m, err
}

// RoleAsk is a role to be given to somebody of the team, or taken.
type RoleAsk struct {
	Who      string // an e-mail address, a name or an id
	Role     string
	Property string // everywhere if none is named
	Take     bool
}

// SetRole gives or takes a role as whoever runs the program wants it, and tells whose it is.
func (a *App) SetRole(ctx context.Context, ask RoleAsk) (name string, err error) {
	role := hearth.Role(ask.Role)
	if !role.Valid() {
		return "", hearth.FieldErrorf("role", "%q is not a role. Roles are %s.", ask.Role, roleList())
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := a.Records.StaffCalled(ctx, tx, ask.Who, "")
		if err != nil {
			return err
		}
		name = m.Name
		if ask.Property == "" {
			return a.setWide(ctx, tx, m, role, ask.Take)
		}
		at, err := a.properties(ctx, tx, ask.Property)
		if err != nil {
			return err
		}
		held := record.StaffRole{Property: at[0], Role: role}
		if ask.Take {
			return a.Records.DropRole(ctx, tx, m.ID, held)
		}
		_, _, err = a.Records.PutStaff(ctx, tx, record.News{Source: "hearth", Actor: operator()},
			record.Staff{ID: m.ID, Name: m.Name, Inactive: m.Inactive, Roles: []record.StaffRole{held}})
		return err
	})
	return name, err
}

// setWide gives or takes a role that is held at every property; it belongs to the account.
func (a *App) setWide(ctx context.Context, tx *db.Tx, m record.Staff, role hearth.Role, take bool) error {
	who, err := a.People.ByStaff(ctx, tx, m.ID)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return hearth.FieldErrorf("property", "%s can't sign in yet: say at which property with --property, or open an account first with hearth account create.", m.Name)
	}
	if err != nil {
		return err
	}
	wide := slices.DeleteFunc(slices.Clone(who.Wide), func(r hearth.Role) bool { return r == role })
	if !take {
		wide = append(wide, role)
	}
	return a.People.SetWide(ctx, tx, who.ID, wide)
}

func roleList() string {
	var out []string
	for _, r := range hearth.Roles() {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}

// account finds an account by its address or id.
func (a *App) account(ctx context.Context, tx *db.Tx, called string) (account.Person, error) {
	p, err := a.People.ByLogin(ctx, tx, called)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		p, err = a.People.Get(ctx, tx, called)
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		err = hearth.Errorf(hearth.CodeNotFound, "Nobody signs in as %s; hearth account list shows who does.", called)
	}
	return p, err
}

// ResetAccount gives a link with which the owner chooses anew. second: the second factor is lost, with the recovery codes, and goes.
func (a *App) ResetAccount(ctx context.Context, called string, second bool) (link string, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.account(ctx, tx, called)
		if err != nil {
			return err
		}
		if second {
			if err := a.People.DropSecond(ctx, tx, p.ID); err != nil {
				return err
			}
		}
		secret, err := a.People.Invite(ctx, tx, p.ID)
		link = a.baseURL() + "/invitation/" + secret
		return err
	})
	return link, err
}

// CloseAccount ends an account with everything that opens it.
func (a *App) CloseAccount(ctx context.Context, called string) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.account(ctx, tx, called)
		if err != nil {
			return err
		}
		return a.People.Close(ctx, tx, p.ID)
	})
}

// AccountSessions lists where somebody is signed in; end signs them out everywhere.
func (a *App) AccountSessions(ctx context.Context, called string, end bool) (list []account.Session, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.account(ctx, tx, called)
		if err != nil {
			return err
		}
		if list, err = a.People.Sessions(ctx, tx, p.ID); err != nil || !end {
			return err
		}
		return a.People.EndAll(ctx, tx, p.ID, "")
	})
	return list, err
}

// SetupLink gives the address of the page that makes the first account; "" once somebody has one.
func (a *App) SetupLink(ctx context.Context) (link string, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		link = ""
		if any, err := a.People.Any(ctx, tx); err != nil || any {
			return err
		}
		secret, err := a.People.SetupLink(ctx, tx)
		link = a.baseURL() + "/set-up/" + secret
		return err
	})
	return link, err
}

// DemoSignIn is a sign-in of a generated community.
type DemoSignIn struct{ Name, Role, Login, Password string }

// DemoSignIns gives one sign-in for each role of a generated community, all with one password that is made anew at each start.
func (a *App) DemoSignIns(ctx context.Context) ([]DemoSignIn, error) {
	password := "look around " + strings.ToLower(rand.Text()[:8])
	var out []DemoSignIn
	var ids []string
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		out, ids = nil, nil
		team, err := a.Records.AllStaff(ctx, tx)
		if err != nil {
			return err
		}
		for _, role := range hearth.Roles() {
			i := slices.IndexFunc(team, func(m record.Staff) bool {
				return !m.Inactive && m.Email != "" && slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return r.Role == role })
			})
			if i < 0 {
				continue
			}
			p, err := a.People.ByStaff(ctx, tx, team[i].ID)
			if hearth.CodeOf(err) == hearth.CodeNotFound {
				p, err = a.People.Create(ctx, tx, operator(), account.Person{Staff: team[i].ID, Login: team[i].Email})
			}
			if err != nil {
				return err
			}
			ids = append(ids, p.ID)
			out = append(out, DemoSignIn{team[i].Name, strings.ReplaceAll(string(role), "_", " "), p.Login, password})
		}
		return nil
	})
	for _, id := range ids {
		if err == nil {
			err = a.People.SetPassword(ctx, id, password)
		}
	}
	return out, err
}
