package app

import (
	"testing"

	"hearth"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// What waits for a second person is listed in names, and whoever runs the program says yes to one and no to another.
func TestRolesAsked(t *testing.T) {
	a, err := Open(t.Context(), config.Config{Data: t.TempDir(), Org: "main"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var cora record.Staff
	var oak record.Property
	write := func(f func(tx *db.Tx) error) {
		t.Helper()
		if err := a.DB.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *db.Tx) (err error) {
		news := record.News{Source: "hr"}
		if oak, _, err = a.Records.PutProperty(t.Context(), tx, news, record.Property{Name: "Oak Court", Zone: "America/Chicago"}); err != nil {
			return err
		}
		ada, _, err := a.Records.PutStaff(t.Context(), tx, news, record.Staff{Name: "Ada Hill", Email: "ada@oak.example", Roles: []record.StaffRole{{Property: oak.ID, Role: hearth.RoleAdmin}}})
		if err != nil {
			return err
		}
		if cora, _, err = a.Records.PutStaff(t.Context(), tx, news, record.Staff{Name: "Cora Hill", Email: "cora@oak.example", Roles: []record.StaffRole{{Property: oak.ID, Role: hearth.RoleLeasing}}}); err != nil {
			return err
		}
		by := account.NewPolicy().StaffViewer(ada, account.Session{}, tx.Now())
		for _, r := range []hearth.Role{hearth.RoleCoordinator, hearth.RoleAuditor} {
			if err := a.People.AskRole(t.Context(), tx, by, cora.ID, record.StaffRole{Property: oak.ID, Role: r}); err != nil {
				return err
			}
		}
		return nil
	})
	list, err := a.RolesAsked(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d wait (%v), want 2", len(list), err)
	}
	for _, l := range list {
		if l.Who != "Cora Hill" || l.By != "Ada Hill" || l.Property != "Oak Court" || l.Until.Sub(l.Asked) != account.RoleAskFor {
			t.Errorf("listed as %+v", l)
		}
		if _, err := a.SettleRoleAsked(t.Context(), l.ID, l.Role == string(hearth.RoleCoordinator)); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *db.Tx) error {
		m, err := a.Records.Staff(t.Context(), tx, cora.ID)
		if !m.HasRole(oak.ID, hearth.RoleCoordinator) || m.HasRole(oak.ID, hearth.RoleAuditor) {
			t.Errorf("they have %v", m.Roles)
		}
		return err
	})
	if list, err := a.RolesAsked(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d wait after all were settled (%v)", len(list), err)
	}
}
