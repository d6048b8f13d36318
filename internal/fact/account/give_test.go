package account

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// Who gives which role at a property where they hold one: word for word, so that a change of the policy's tables shows here.
func TestWhoGivesWhich(t *testing.T) {
	want := map[hearth.Role]string{
		hearth.RoleManager:  "property_manager assistant_manager leasing maintenance_supervisor technician",
		hearth.RoleRegional: "regional",
		hearth.RoleAdmin:    "administrator",
	}
	for _, giver := range hearth.Roles() {
		v := staffViewer(giver)
		var got []string
		for _, r := range hearth.Roles() {
			if v.MayGive(r, oak) {
				got = append(got, string(r))
				if !v.Covers(staffViewer(r)) {
					t.Errorf("%s gives %s, which may more", giver, r)
				}
			}
			if v.MayGive(r, elm) || v.MayGive(r, "") {
				t.Errorf("%s of one property gives %s at another", giver, r)
			}
		}
		if strings.Join(got, " ") != want[giver] {
			t.Errorf("%s gives %q, want %q", giver, got, want[giver])
		}
	}
	program := NewPolicy().TokenViewer(Token{Scopes: []Scope{ScopeAdmin, ScopeRead, ScopeTasks}})
	for _, r := range hearth.Roles() {
		if program.MayGive(r, oak) {
			t.Errorf("a program gives %s", r)
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
		{"an administrator", staffViewer(hearth.RoleAdmin), RightsChange{Was: at(oak), Is: at(oak, hearth.RoleManager)}, false},
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
