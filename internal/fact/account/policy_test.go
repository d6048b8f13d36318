package account

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

const oak, elm = hearth.PropertyID("prp_oak"), hearth.PropertyID("prp_elm")

func staffViewer(roles ...hearth.Role) Viewer {
	m := record.Staff{ID: "stf_1", Name: "Dana"}
	for _, r := range roles {
		m.Roles = append(m.Roles, record.StaffRole{Property: oak, Role: r})
	}
	return NewPolicy().StaffViewer(m, Session{}, time.UnixMilli(0))
}

// Who has another program hear what happens has it hear residents' words: no role may that sees less of them than all.
func TestWordsGoToNoProgramOfThoseWhoMayNotReadThem(t *testing.T) {
	for _, role := range hearth.Roles() {
		v := staffViewer(role)
		if !v.May(WebhooksWrite, oak) {
			continue
		}
		for _, f := range []Field{FieldName, FieldContact, FieldMessages, FieldArrears} {
			if got := v.Sees(f, oak); got != SeesAll {
				t.Errorf("%s has other programs hear and sees %q of %s", role, got, f)
			}
		}
	}
	if !staffViewer(hearth.RoleManager).May(WebhooksWrite, oak) {
		t.Error("nobody has another program hear")
	}
}

// What nobody granted, nobody has.
func TestDefaultIsDeny(t *testing.T) {
	var stranger Viewer
	for _, g := range Grants() {
		if stranger.May(g.Right, "") {
			t.Errorf("a stranger may %s", g.Right)
		}
	}
	manager := staffViewer(hearth.RoleManager)
	if manager.May("unheard.of", oak) || manager.Sees("unheard of", oak) != SeesNothing {
		t.Error("what is not in the tables was granted")
	}
	if manager.May(TodayRead, elm) || !manager.May(TodayRead, oak) || !manager.May(TodayRead, "") {
		t.Error("a role counts elsewhere than where it is held")
	}
	gone := NewPolicy().StaffViewer(record.Staff{ID: "stf_2", Inactive: true, Roles: manager.Roles}, Session{}, time.UnixMilli(0))
	if gone.May(TodayRead, oak) || gone.May(OwnAccount, "") {
		t.Error("somebody who left may still do something")
	}
	if r := NewPolicy().ResidentViewer("res_1", "Ana", Session{}, time.UnixMilli(0)); r.May(TodayRead, "") || !r.May(OwnAccount, "") || r.Sees(FieldContact, "") != SeesOwn {
		t.Error("a resident may and sees their own, and that alone")
	}
}

func TestTablesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range Grants() {
		if seen[string(g.Right)] || g.Means == "" || strings.HasSuffix(g.Means, ".") {
			t.Errorf("row %q: twice, or without a clause", g.Right)
		}
		seen[string(g.Right)] = true
		if g.Scope != "" && !g.Scope.Valid() {
			t.Errorf("%s names the scope %q", g.Right, g.Scope)
		}
	}
	for _, v := range Views() {
		if seen[string(v.Field)] || v.Means == "" {
			t.Errorf("field %q: twice, or without a name", v.Field)
		}
		seen[string(v.Field)] = true
		for i, s := range v.Sights {
			if s.rank() < 0 {
				t.Errorf("%s, %s: %q is no sight", v.Field, parties()[i], s)
			}
		}
	}
	if len(parties()) != len(View{}.Sights) || len(hearth.Roles()) != len(roleMarks{}) {
		t.Error("the tables' columns are not the roles")
	}
}

// The promises of the design, word for word where they forbid: these cells must never become looser.
func TestWhatIsPromised(t *testing.T) {
	for _, c := range []struct {
		role hearth.Role
		f    Field
		want Sight
	}{
		{hearth.RoleTechnician, FieldContact, SeesNothing}, {hearth.RoleTechnician, FieldName, SeesFirst}, {hearth.RoleTechnician, FieldEntry, SeesJob},
		{hearth.RoleTechnician, FieldArrears, SeesNothing}, {hearth.RoleTechnician, FieldCase, SeesNothing}, {hearth.RoleManager, FieldCase, SeesNothing},
		{hearth.RoleAssistant, FieldCase, SeesNothing}, {hearth.RoleRegional, FieldContact, SeesFigures}, {hearth.RoleRegional, FieldMessages, SeesNothing},
		{hearth.RoleSupervisor, FieldContact, SeesReveal}, {hearth.RoleLeasing, FieldArrears, SeesNothing}, {hearth.RoleLeasing, FieldMessages, SeesOwn},
		{hearth.RoleCoordinator, FieldArrears, SeesShared}, {hearth.RoleCoordinator, FieldCase, SeesOwn}, {hearth.RoleAuditor, FieldName, SeesMasked},
		{hearth.RoleAuditor, FieldMessages, SeesNothing}, {hearth.RoleManager, FieldProtected, SeesNothing}, {hearth.RoleTechnician, FieldProtected, SeesNothing},
	} {
		if got := staffViewer(c.role).Sees(c.f, oak); got != c.want {
			t.Errorf("%s sees %s: %q, want %q", c.role, c.f, got, c.want)
		}
	}
	for _, v := range Views() {
		if s := staffViewer(hearth.RoleAdmin).Sees(v.Field, oak); s != SeesNothing {
			t.Errorf("the administrator sees %s (%s), but configuration is no residents' content", v.Field, s)
		}
	}
	for _, g := range Grants() {
		if auditor := staffViewer(hearth.RoleAuditor); auditor.May(g.Right, oak) && strings.HasSuffix(string(g.Right), ".write") {
			t.Errorf("the auditor may %s", g.Right)
		}
		if staffViewer(hearth.RoleAssistant).May(g.Right, oak) && !staffViewer(hearth.RoleManager).May(g.Right, oak) {
			t.Errorf("the assistant may %s, which the manager may not", g.Right)
		}
	}
	for _, r := range []Right{RolesWrite, BroadcastsMany} {
		if staffViewer(hearth.RoleAssistant).May(r, oak) {
			t.Errorf("the assistant manager may %s", r)
		}
	}
}

func TestViewersOfOtherKinds(t *testing.T) {
	p := NewPolicy()
	reader := p.TokenViewer(Token{Hash: strings.Repeat("a", 64), Scopes: []Scope{ScopeRead}})
	admin := p.TokenViewer(Token{Hash: strings.Repeat("b", 64), Scopes: []Scope{ScopeAdmin}})
	if !reader.May(TodayRead, oak) || reader.May(TasksWrite, oak) || !reader.Everywhere() || reader.Sees(FieldSituation, oak) != SeesNothing {
		t.Error("a token with the scope read does not read, or does more")
	}
	if !admin.May(SettingsWrite, elm) || admin.May(SituationReason, oak) || admin.May(RolesWrite, oak) || admin.May(AccountsWrite, oak) || admin.May(OwnAccount, "") {
		t.Error("a token with the scope admin may what programs never may")
	}
	both := staffViewer(hearth.RoleTechnician, hearth.RoleSupervisor)
	if both.Sees(FieldContact, oak) != SeesReveal || both.Sees(FieldHistory, "") != SeesAll || both.Sees(FieldContact, elm) != SeesNothing {
		t.Error("of two roles the one that sees more counts, where it is held")
	}
	if got := both.Where(TodayRead); len(got) != 1 || got[0] != oak {
		t.Errorf("may at %v", got)
	}
}

func TestStepUp(t *testing.T) {
	now := time.UnixMilli(1e12)
	m := record.Staff{ID: "stf_1", Roles: []record.StaffRole{{Property: oak, Role: hearth.RoleManager}}}
	for age, want := range map[time.Duration]bool{0: false, StepUpWithin: false, StepUpWithin + time.Second: true, -time.Second: true} {
		v := NewPolicy().StaffViewer(m, Session{Proved: now.Add(-age)}, now)
		if v.NeedsStepUp(RolesWrite) != want || v.NeedsStepUp(TodayRead) {
			t.Errorf("proved %v ago: asks again is %v, want %v", age, !want, want)
		}
	}
}
