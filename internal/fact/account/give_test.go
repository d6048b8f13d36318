package account

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// Who has which part in giving which role at a property where they hold theirs: word for word, so that a change of the table shows here, and no
// part anywhere else.
func TestWhoGivesWhich(t *testing.T) {
	daily := "property_manager assistant_manager leasing maintenance_supervisor technician"
	want := map[hearth.Role]map[string]string{
		hearth.RoleManager:     {"give": daily},
		hearth.RoleCoordinator: {"agree": "service_coordinator"},
		hearth.RoleRegional:    {"give": daily, "ask": "service_coordinator regional auditor", "agree": "service_coordinator regional administrator auditor"},
		hearth.RoleAdmin:       {"give": daily, "ask": "service_coordinator regional administrator auditor", "agree": "service_coordinator regional administrator auditor"},
	}
	for _, giver := range hearth.Roles() {
		v := staffViewer(giver)
		for part, may := range map[string]func(hearth.Role, hearth.PropertyID) bool{"give": v.MayGive, "ask": v.MayAsk, "agree": v.MayAgree} {
			var got []string
			for _, r := range hearth.Roles() {
				if may(r, oak) {
					got = append(got, string(r))
				}
				if may(r, elm) || may(r, "") {
					t.Errorf("%s of one property has a part (%s) in %s at another", giver, part, r)
				}
			}
			if strings.Join(got, " ") != want[giver][part] {
				t.Errorf("%s may %s %q, want %q", giver, part, got, want[giver][part])
			}
		}
	}
	program := NewPolicy().TokenViewer(Token{Scopes: []Scope{ScopeAdmin, ScopeRead, ScopeTasks}})
	resident := NewPolicy().ResidentViewer("res_1", "Ana", Session{}, time.UnixMilli(0))
	for _, r := range hearth.Roles() {
		for _, v := range []Viewer{program, resident, {}} {
			if v.MayGive(r, oak) || v.MayAsk(r, oak) || v.MayAgree(r, oak) {
				t.Errorf("a program, a resident or nobody has a part in %s", r)
			}
		}
	}
}

// One person alone never makes somebody who reads what is confidential, nor somebody who could say yes to it; who has a part has the right for it.
func TestWhatIsConfidentialTakesTwo(t *testing.T) {
	if len(Assigns()) != len(hearth.Roles()) {
		t.Fatalf("%d rows for %d roles", len(Assigns()), len(hearth.Roles()))
	}
	for _, a := range Assigns() {
		made := staffViewer(a.Role)
		closed := made.May(SituationReason, oak) || made.Sees(FieldCase, oak).rank() > SeesFigures.rank() || made.Sees(FieldProtected, oak) != SeesNothing
		asked, agreed := 0, 0
		for _, giver := range hearth.Roles() {
			v, p := staffViewer(giver), a.Of(giver)
			if p == PartGives && (closed || made.May(RolesAgree, oak)) {
				t.Errorf("%s alone makes somebody %s", giver, a.Role)
			}
			if (p == PartGives || p == PartAsks) && !v.May(RolesWrite, oak) || (p == PartAsks || p == PartAgrees) && !v.May(RolesAgree, oak) {
				t.Errorf("%s has a part in %s and not the right for it", giver, a.Role)
			}
			if giver == hearth.RoleManager && closed && p != PartNone {
				t.Errorf("the manager has a part in making somebody %s", a.Role)
			}
			if p == PartAsks {
				asked++
			}
			if p == PartAsks || p == PartAgrees {
				agreed++
			}
		}
		if asked > 0 && agreed < 2 {
			t.Errorf("nobody could say yes to %s", a.Role)
		}
	}
}

func TestWhoChangesWhoseRights(t *testing.T) {
	at := func(p hearth.PropertyID, roles ...hearth.Role) record.Staff {
		m := record.Staff{ID: "stf_2", Name: "Quinn"}
		for _, r := range roles {
			m.Roles = append(m.Roles, record.StaffRole{Property: p, Role: r})
		}
		return m
	}
	left := func(m record.Staff) record.Staff { m.Inactive = true; return m }
	self := at(oak, hearth.RoleManager)
	self.ID = "stf_1"
	more := self
	more.Roles = append(more.Roles[:1:1], record.StaffRole{Property: oak, Role: hearth.RoleTechnician})
	both := at(oak, hearth.RoleTechnician)
	both.Roles = append(both.Roles, record.StaffRole{Property: elm, Role: hearth.RoleTechnician})
	everywhere := []hearth.Role{hearth.RoleAdmin}
	fresh := func(hearth.PropertyID) bool { return true }
	for _, c := range []struct {
		name string
		by   Viewer
		c    RightsChange
		want bool
	}{
		{"nothing changes", staffViewer(hearth.RoleAuditor), RightsChange{Was: self, Is: self}, true},
		{"a manager gives what they have", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleLeasing)}, true},
		{"a manager gives more", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleCoordinator)}, false},
		{"elsewhere", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak), Is: at(elm, hearth.RoleLeasing)}, false},
		{"to themselves", staffViewer(hearth.RoleManager), RightsChange{Was: self, Is: more}, false},
		{"from themselves", staffViewer(hearth.RoleManager), RightsChange{Was: more, Is: self}, false},
		{"that they left themselves", staffViewer(hearth.RoleManager), RightsChange{Was: self, Is: left(self)}, false},
		{"takes what is more", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak, hearth.RoleCoordinator), Is: at(oak)}, true},
		{"that somebody left", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak, hearth.RoleCoordinator), Is: left(at(oak, hearth.RoleCoordinator))}, true},
		{"back, with more", staffViewer(hearth.RoleManager), RightsChange{Was: left(at(oak, hearth.RoleCoordinator)), Is: at(oak, hearth.RoleCoordinator)}, false},
		{"back", staffViewer(hearth.RoleManager), RightsChange{Was: left(at(oak, hearth.RoleLeasing)), Is: at(oak, hearth.RoleLeasing)}, true},
		{"a role to somebody who left", staffViewer(hearth.RoleManager), RightsChange{Was: left(at(oak)), Is: left(at(oak, hearth.RoleCoordinator))}, true},
		{"left, and works elsewhere", staffViewer(hearth.RoleManager), RightsChange{Was: both, Is: left(both)}, false},
		{"an assistant says that somebody left", staffViewer(hearth.RoleAssistant), RightsChange{Was: at(oak, hearth.RoleTechnician), Is: left(at(oak, hearth.RoleTechnician))}, false},
		{"everywhere", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak), Is: left(at(oak)), Wide: everywhere}, false},
		{"back, everywhere", staffViewer(hearth.RoleManager), RightsChange{Was: left(at(oak)), Is: at(oak), Wide: everywhere}, false},
		{"a program", NewPolicy().TokenViewer(Token{Scopes: []Scope{ScopeAdmin}}), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleLeasing)}, false},
		{"nobody", Viewer{}, RightsChange{Was: at(oak), Is: at(oak, hearth.RoleLeasing), New: fresh}, false},
		{"an administrator", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleManager)}, true},
		{"an administrator, a coordinator", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleCoordinator)}, false},
		{"an administrator, a coordinator, with a yes", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleCoordinator), Second: record.StaffRole{Property: oak, Role: hearth.RoleCoordinator}}, true},
		{"a yes to something else", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleCoordinator), Second: record.StaffRole{Property: elm, Role: hearth.RoleCoordinator}}, false},
		{"a manager, a coordinator, with a yes", staffViewer(hearth.RoleManager), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleCoordinator), Second: record.StaffRole{Property: oak, Role: hearth.RoleCoordinator}}, false},
		{"an administrator, another", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleAdmin)}, false},
		{"a regional lets a technician back", staffViewer(hearth.RoleRegional), RightsChange{Was: left(at(oak, hearth.RoleTechnician)), Is: at(oak, hearth.RoleTechnician)}, true},
		{"an administrator lets a coordinator back", staffViewer(hearth.RoleAdmin), RightsChange{Was: left(at(oak, hearth.RoleCoordinator)), Is: at(oak, hearth.RoleCoordinator)}, false},
		{"an administrator where all is new", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleManager), New: fresh}, true},
		{"an assistant where all is new", staffViewer(hearth.RoleAssistant), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleManager), New: fresh}, false},
	} {
		if err := c.by.MayChange(c.c); (err == nil) != c.want {
			t.Errorf("%s: %v, want allowed %v", c.name, err, c.want)
		}
	}
}

// The last one who can see to sign-ins stays, on both databases; whoever came in later may go.
func TestTheLastWhoSeesToSignInsStays(t *testing.T) {
	now := time.UnixMilli(0)
	policy := NewPolicy()
	somebody := func(id string, here bool, roles ...hearth.Role) member {
		m := record.Staff{ID: hearth.StaffID("stf_" + id), Name: id}
		for _, r := range roles {
			m.Roles = append(m.Roles, record.StaffRole{Property: oak, Role: r})
		}
		return member{Person{ID: "acc_" + id, Staff: m.ID, LastIn: now.Add(time.Hour)}, policy.StaffViewer(m, Session{}, now), here}
	}
	manager, second, gone, tech := somebody("a", true, hearth.RoleManager), somebody("b", true, hearth.RoleManager), somebody("c", false, hearth.RoleManager), somebody("d", true, hearth.RoleTechnician)
	admin := somebody("e", true)
	admin.viewer.Wide = []hearth.Role{hearth.RoleAdmin}
	for _, c := range []struct {
		name string
		all  team
		who  member
		want bool
	}{
		{"alone", team{manager, tech}, manager, false},
		{"with somebody who left", team{manager, gone}, manager, false},
		{"with a second", team{manager, second}, manager, true},
		{"with an administrator of all", team{manager, admin}, manager, true},
		{"the administrator of all", team{manager, admin}, admin, false},
		{"a technician", team{manager, tech}, tech, true},
		{"who left already", team{gone}, gone, true},
	} {
		if err := c.all.keepsOne(c.who.who, Viewer{}); (err == nil) != c.want {
			t.Errorf("%s: %v, want allowed %v", c.name, err, c.want)
		}
	}
	if err := (team{manager}).keepsOne(manager.who, manager.viewer); err != nil {
		t.Errorf("who keeps the right: %v", err)
	}
	if (team{manager}).newAt(oak) || !(team{manager}).newAt(elm) || !(team{admin}).newAt(oak) {
		t.Error("where nobody who finds residents came in, all is new, and nowhere else")
	}
}
