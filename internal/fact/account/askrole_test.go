package account

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// On both databases: asked once, settled once, by another person, and the role is there only after a yes.
func TestAskedOnceSettledOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		role := record.StaffRole{Role: hearth.RoleCoordinator}
		who := map[string]record.Staff{}
		view := map[string]Viewer{}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			oak, _, err := b.records.PutProperty(ctx, tx, record.News{Source: "hr"}, record.Property{Name: "Oak Court", Zone: "America/Chicago"})
			if err != nil {
				return err
			}
			role.Property = oak.ID
			for name, r := range map[string]hearth.Role{"ada": hearth.RoleAdmin, "rex": hearth.RoleRegional, "ted": hearth.RoleTechnician, "mia": hearth.RoleManager} {
				m, _, err := b.records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: name, Email: name + "@oak.example", Roles: []record.StaffRole{{Property: oak.ID, Role: r}}})
				if err != nil {
					return err
				}
				who[name], view[name] = m, b.Policy().StaffViewer(m, Session{}, tx.Now())
			}
			return nil
		})
		ask := func(by string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return b.AskRole(t.Context(), tx, view[by], who["ted"].ID, role) })
		}
		if err := ask("mia"); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("a manager asks: %v", err)
		}
		if err := ask("ada"); err != nil {
			t.Fatal(err)
		}
		if err := ask("rex"); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("asked twice: %v", err)
		}
		var asks []RoleAsk
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			asks, err = b.RoleAsks(ctx, tx, role.Property, tx.Now())
			return err
		})
		if len(asks) != 1 || asks[0].AskedBy != who["ada"].ID || asks[0].Role != role {
			t.Fatalf("asked: %+v", asks)
		}
		settle := func(by string, at hearth.PropertyID, yes bool) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := b.SettleRole(t.Context(), tx, view[by], at, asks[0].ID, yes)
				return err
			})
		}
		for by, want := range map[string]hearth.Code{"ada": hearth.CodeForbidden, "ted": hearth.CodeForbidden, "mia": hearth.CodeForbidden} {
			if err := settle(by, role.Property, true); hearth.CodeOf(err) != want {
				t.Errorf("%s says yes: %v", by, err)
			}
		}
		if err := settle("rex", "prp_elsewhere", true); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("a yes at another property: %v", err)
		}
		if err := settle("rex", role.Property, true); err != nil {
			t.Fatal(err)
		}
		if err := settle("rex", role.Property, false); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("settled twice: %v", err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			m, err := b.records.Staff(ctx, tx, who["ted"].ID)
			if err == nil && !m.HasRole(role.Property, role.Role) {
				t.Error("a yes gives nothing")
			}
			return err
		})
		if err := ask("ada"); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("asked for what they have: %v", err)
		}
	})
}

// Whoever may say yes is told so, nobody else is; whoever runs Hearth lists what waits, and says yes or no to it under the rights of who asked.
func TestWhoHearsOfAnAskedRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		operator := hearth.Actor{Kind: "system", ID: "operator"}
		who, view := map[string]record.Staff{}, map[string]Viewer{}
		var oak record.Property
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			if oak, _, err = b.records.PutProperty(ctx, tx, record.News{Source: "hr"}, record.Property{Name: "Oak Court", Zone: "America/Chicago"}); err != nil {
				return err
			}
			for name, r := range map[string]hearth.Role{"ada": hearth.RoleAdmin, "rex": hearth.RoleRegional, "cora": hearth.RoleCoordinator, "ted": hearth.RoleTechnician, "mia": hearth.RoleManager} {
				m, _, err := b.records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: name, Email: name + "@oak.example", Roles: []record.StaffRole{{Property: oak.ID, Role: r}}})
				if err != nil {
					return err
				}
				who[name], view[name] = m, b.Policy().StaffViewer(m, Session{}, tx.Now())
			}
			return nil
		})
		ask := func(r hearth.Role) (id string) {
			t.Helper()
			b.write(func(ctx context.Context, tx *db.Tx) error {
				if err := b.AskRole(ctx, tx, view["ada"], who["ted"].ID, record.StaffRole{Property: oak.ID, Role: r}); err != nil {
					return err
				}
				all, err := b.WaitingRoles(ctx, tx)
				for _, a := range all {
					if a.Role.Role == r {
						id = a.ID
					}
				}
				return err
			})
			return id
		}
		coordinator, auditor := ask(hearth.RoleCoordinator), ask(hearth.RoleAuditor)
		hears := func(name string) (n int) {
			b.write(func(ctx context.Context, tx *db.Tx) error {
				all, err := b.RolesFor(ctx, tx, view[name])
				n = len(all)
				return err
			})
			return n
		}
		for name, want := range map[string]int{"ada": 0, "ted": 0, "mia": 0, "cora": 1, "rex": 2} {
			if got := hears(name); got != want {
				t.Errorf("%s hears of %d, want %d", name, got, want)
			}
		}
		settle := func(id string, yes bool) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := b.SettleRoleAsOperator(t.Context(), tx, operator, id, yes)
				return err
			})
		}
		if err := settle("rla_none", true); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("what nobody asked for: %v", err)
		}
		if err := settle(coordinator, true); err != nil {
			t.Fatal(err)
		}
		if err := settle(coordinator, false); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("settled twice: %v", err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error { // who asked may no more
			return b.records.DropRole(ctx, tx, who["ada"].ID, who["ada"].Roles[0])
		})
		if err := settle(auditor, true); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("a yes to what its asker may not ask for any more: %v", err)
		}
		if err := settle(auditor, false); err != nil {
			t.Error(err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			m, err := b.records.Staff(ctx, tx, who["ted"].ID)
			if err == nil && (!m.HasRole(oak.ID, hearth.RoleCoordinator) || m.HasRole(oak.ID, hearth.RoleAuditor)) {
				t.Errorf("they have %v", m.Roles)
			}
			return err
		})
		if n := hears("rex"); n != 0 {
			t.Errorf("%d wait after all was settled", n)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := b.records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{ID: who["ada"].ID, Name: "ada", Roles: who["ada"].Roles})
			return err
		})
		ask(hearth.RoleRegional)
		if n := hears("rex"); n != 1 {
			t.Errorf("%d wait, want 1", n)
		}
		clock.Advance(RoleAskFor)
		if n := hears("rex"); n != 0 {
			t.Errorf("%d wait after two weeks", n)
		}
	})
}
