package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// rolesNow reads what somebody may at the moment; "" for somebody who left.
func (h *house) rolesNow(id hearth.StaffID) string {
	h.t.Helper()
	var out []string
	h.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := h.web.Records.Staff(ctx, tx, id)
		for _, r := range m.Roles {
			if !m.Inactive {
				out = append(out, string(r.Role))
			}
		}
		return err
	})
	return strings.Join(out, " ")
}

// By the pages nobody gives what is not theirs to give, nobody changes their own rights, and who works elsewhere is not for this property alone to say.
func TestNobodyGivesMoreThanTheyHave(t *testing.T) {
	h := newHouse(t, nil)
	in := map[hearth.Role]map[string]string{}
	for _, r := range []hearth.Role{hearth.RoleManager, hearth.RoleAssistant, hearth.RoleAdmin, hearth.RoleRegional} {
		in[r] = map[string]string{"hearth": h.session(r)}
	}
	path := func(r hearth.Role, rest string) string { return "/setup/team/" + string(h.staff[r]) + rest }
	give := func(r hearth.Role) url.Values { return url.Values{"role": {string(r)}} }
	left := url.Values{"name": {"Somebody"}, "minutes": {"60"}, "gone": {"1"}}
	for _, c := range []struct {
		name   string
		by     hearth.Role
		path   string
		form   url.Values
		status int
		whose  hearth.Role
		want   string
	}{
		{"a manager, what they have", hearth.RoleManager, path(hearth.RoleTechnician, "/roles"), give(hearth.RoleLeasing), 303, hearth.RoleTechnician, "leasing technician"},
		{"a manager, what a coordinator sees", hearth.RoleManager, path(hearth.RoleTechnician, "/roles"), give(hearth.RoleCoordinator), 403, hearth.RoleTechnician, "leasing technician"},
		{"a manager, to run it", hearth.RoleManager, path(hearth.RoleTechnician, "/roles"), give(hearth.RoleAdmin), 403, hearth.RoleTechnician, "leasing technician"},
		{"a manager, to themselves", hearth.RoleManager, path(hearth.RoleManager, "/roles"), give(hearth.RoleLeasing), 403, hearth.RoleManager, "property_manager"},
		{"a manager, that they left", hearth.RoleManager, path(hearth.RoleManager, ""), left, 403, hearth.RoleManager, "property_manager"},
		{"an administrator, a manager", hearth.RoleAdmin, path(hearth.RoleTechnician, "/roles"), give(hearth.RoleSupervisor), 303, hearth.RoleTechnician, "leasing maintenance_supervisor technician"},
		{"a regional takes it back", hearth.RoleRegional, path(hearth.RoleTechnician, "/roles/drop"), give(hearth.RoleSupervisor), 303, hearth.RoleTechnician, "leasing technician"},
		{"a regional, a technician", hearth.RoleRegional, path(hearth.RoleLeasing, "/roles"), give(hearth.RoleTechnician), 303, hearth.RoleLeasing, "leasing technician"},
		{"an administrator, a coordinator, alone", hearth.RoleAdmin, path(hearth.RoleTechnician, "/roles"), give(hearth.RoleCoordinator), 303, hearth.RoleTechnician, "leasing technician"},
		{"an assistant, that somebody left", hearth.RoleAssistant, path(hearth.RoleTechnician, ""), left, 403, hearth.RoleTechnician, "leasing technician"},
		{"an assistant, minutes", hearth.RoleAssistant, path(hearth.RoleTechnician, ""), url.Values{"name": {"Somebody"}, "minutes": {"30"}}, 303, hearth.RoleTechnician, "leasing technician"},
		{"a manager, that a coordinator left", hearth.RoleManager, path(hearth.RoleCoordinator, ""), left, 303, hearth.RoleCoordinator, ""},
		{"a manager, that they are back", hearth.RoleManager, path(hearth.RoleCoordinator, ""), url.Values{"name": {"Somebody"}, "minutes": {"60"}}, 403, hearth.RoleCoordinator, ""},
		{"a manager, one role less", hearth.RoleManager, path(hearth.RoleTechnician, "/roles/drop"), give(hearth.RoleLeasing), 303, hearth.RoleTechnician, "technician"},
	} {
		rec := h.ask("POST", c.path, c.form, in[c.by])
		if rec.Code != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, rec.Code, c.status, rec.Body)
		}
		if got := h.rolesNow(h.staff[c.whose]); got != c.want {
			t.Errorf("%s: leaves %q, want %q", c.name, got, c.want)
		}
	}
	before := h.teamSize()
	if rec := h.ask("POST", "/setup/team", url.Values{"name": {"Puppet"}, "minutes": {"60"}, "role": {"service_coordinator"}}, in[hearth.RoleManager]); rec.Code != 403 || h.teamSize() != before {
		t.Errorf("a new coordinator: %d, and there are %d of the team", rec.Code, h.teamSize())
	}
	if rec := h.ask("POST", "/setup/team", url.Values{"name": {"Sam"}, "minutes": {"60"}, "role": {"technician"}}, in[hearth.RoleManager]); rec.Code != 303 || h.teamSize() != before+1 {
		t.Errorf("a new technician: %d", rec.Code)
	}
	body := h.ask("GET", "/setup/team?open="+string(h.staff[hearth.RoleLeasing]), nil, in[hearth.RoleManager]).Body.String()
	if strings.Contains(body, `<option value="service_coordinator"`) || !strings.Contains(body, `<option value="maintenance_supervisor"`) || !strings.Contains(body, `name="gone"`) {
		t.Error("a manager is offered more than they may give, or less")
	}
	body = h.ask("GET", "/setup/team?open="+string(h.staff[hearth.RoleManager]), nil, in[hearth.RoleManager]).Body.String()
	if strings.Contains(body, "/roles/drop") || strings.Contains(body, `name="gone"`) || !strings.Contains(body, "Nobody changes their own rights") {
		t.Error("somebody is offered to change their own rights")
	}
	h.clock.Advance(account.StepUpWithin + time.Minute)
	if rec := h.ask("POST", path(hearth.RoleTechnician, ""), left, in[hearth.RoleManager]); !strings.HasPrefix(rec.Header().Get("Location"), "/account/again") || h.rolesNow(h.staff[hearth.RoleTechnician]) != "technician" {
		t.Errorf("no question before somebody is said to have left: %d", rec.Code)
	}
}

// withRole counts who has a role.
func (h *house) withRole(role hearth.Role) (n int) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := h.web.Records.AllStaff(ctx, tx)
		for _, m := range all {
			if m.HasRole(h.oak, role) {
				n++
			}
		}
		return err
	})
	return n
}

func (h *house) teamSize() (n int) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := h.web.Records.AllStaff(ctx, tx)
		n = len(all)
		return err
	})
	return n
}

// Who works at two properties keeps the other's role when this one's is taken; that they left is for somebody to say who gives roles at both.
func TestWhoWorksElsewhereToo(t *testing.T) {
	h := newHouse(t, nil)
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	tech := h.staff[hearth.RoleTechnician]
	h.write(func(ctx context.Context, tx *db.Tx) error {
		elm, _, err := h.web.Records.PutProperty(ctx, tx, record.News{Source: "hr"}, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		if err != nil {
			return err
		}
		_, _, err = h.web.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{ID: tech, Name: "Somebody technician", Roles: []record.StaffRole{{Property: elm.ID, Role: hearth.RoleSupervisor}}})
		return err
	})
	if rec := h.ask("POST", "/setup/team/"+string(tech), url.Values{"name": {"Somebody"}, "minutes": {"60"}, "gone": {"1"}}, in); rec.Code != http.StatusForbidden {
		t.Errorf("one property says that somebody left who works at two: %d", rec.Code)
	}
	if rec := h.ask("POST", "/setup/team/"+string(tech)+"/roles/drop", url.Values{"role": {"technician"}}, in); rec.Code != http.StatusSeeOther || h.rolesNow(tech) != "maintenance_supervisor" {
		t.Errorf("the role here is taken: %d, leaves %q", rec.Code, h.rolesNow(tech))
	}
}

// A link by which somebody could come in as who may more is not given, whether its owner ever came in or not; nobody closes their own sign-in,
// and the last who can open them stays.
func TestLinksGiveNoMoreThanRoles(t *testing.T) {
	h := newHouse(t, nil)
	manager := map[string]string{"hearth": h.session(hearth.RoleManager)}
	for role, status := range map[hearth.Role]int{hearth.RoleCoordinator: 422, hearth.RoleAdmin: 422, hearth.RoleRegional: 422, hearth.RoleLeasing: 200, hearth.RoleManager: 200} {
		rec := h.ask("POST", "/accounts/"+string(h.staff[role])+"/invite", nil, manager)
		if rec.Code != status || strings.Contains(rec.Body.String(), "/invitation/") != (status == 200) {
			t.Errorf("a link for the %s: %d, want %d", role, rec.Code, status)
		}
	}
	own := "/accounts/" + string(h.staff[hearth.RoleManager]) + "/close"
	if rec := h.ask("POST", own, nil, manager); rec.Code != http.StatusForbidden {
		t.Errorf("their own sign-in is closed: %d", rec.Code)
	}
	if rec := h.ask("GET", "/accounts", nil, manager); rec.Code != http.StatusOK {
		t.Errorf("and they are signed out: %d", rec.Code)
	}
}

// Before anybody who finds residents has come in, an administrator sets the team up with any role, and lets it in.
func TestAnAdministratorSetsTheTeamUp(t *testing.T) {
	h := newHouse(t, nil)
	admin := map[string]string{"hearth": h.session(hearth.RoleAdmin)}
	add := func(name, role string) int {
		return h.ask("POST", "/setup/team", url.Values{"name": {name}, "minutes": {"60"}, "role": {role}}, admin).Code
	}
	if got := add("Mia", "property_manager"); got != http.StatusSeeOther {
		t.Errorf("the first manager: %d", got)
	}
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleManager])+"/invite", nil, admin); rec.Code != http.StatusOK {
		t.Errorf("a link for the first manager: %d", rec.Code)
	}
	h.session(hearth.RoleManager)
	if got := add("Max", "property_manager"); got != http.StatusSeeOther {
		t.Errorf("another manager, once one is at work: %d", got)
	}
	if got := add("Puppet", "service_coordinator"); got != http.StatusSeeOther || h.withRole(hearth.RoleCoordinator) != 1 {
		t.Errorf("a coordinator by one person alone, once somebody is at work: %d", got)
	}
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleAssistant])+"/invite", nil, admin); rec.Code != http.StatusOK {
		t.Errorf("the first link of an assistant manager: %d", rec.Code)
	}
	h.session(hearth.RoleAssistant)
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleAssistant])+"/invite", nil, admin); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a link to come in as an assistant manager who is at work: %d", rec.Code)
	}
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleCoordinator])+"/invite", nil, admin); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a link to come in as the coordinator: %d", rec.Code)
	}
}
