package record

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestStaffCalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		ids := map[string]hearth.StaffID{}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for _, told := range []Staff{{Name: "Mia Berg", Email: "mia@example.com", External: "7"}, {Name: "Tom Ash", Email: "tom@example.com"}, {Name: "Tom Ash", Email: "ash@example.com"}, {Name: "Lee"}} {
				told.Roles = []StaffRole{{Property: b.oak.ID, Role: hearth.RoleLeasing}}
				m, _, err := b.store.PutStaff(ctx, tx, News{Source: "hr"}, told)
				if err != nil {
					return err
				}
				ids[told.Name+told.Email] = m.ID
			}
			return nil
		})
		mia, lee := ids["Mia Bergmia@example.com"], ids["Lee"]
		for _, c := range []struct {
			called, source string
			want           hearth.StaffID
			code           hearth.Code
		}{
			{string(mia), "", mia, ""}, {"7", "hr", mia, ""}, {"7", "other", mia, ""}, {"MIA@example.com", "", mia, ""}, {" mia  berg ", "", mia, ""}, {"Lee", "", lee, ""},
			{"ash@example.com", "", ids["Tom Ashash@example.com"], ""}, {"Tom Ash", "", "", hearth.CodeConflict},
			{"nosuchstaff", "", "", hearth.CodeNotFound}, {"token/c7af", "", "", hearth.CodeNotFound}, {"", "", "", hearth.CodeNotFound}, {" ", "", "", hearth.CodeNotFound},
		} {
			b.read(func(ctx context.Context, tx *db.Tx) error {
				m, err := b.store.StaffCalled(ctx, tx, c.called, c.source)
				if m.ID != c.want || hearth.CodeOf(err) != c.code {
					t.Errorf("%q of %q: %q, %v; want %q %q", c.called, c.source, m.ID, err, c.want, c.code)
				}
				return nil
			})
		}
	})
}
