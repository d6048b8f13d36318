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
