package db

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
)

// Without statistics SQLite answers most of these by looking through the whole table, since every row has the same
// organization.
func TestQueriesUseTheIndexMadeForThem(t *testing.T) {
	d, err := Open(t.Context(), Config{Dir: t.TempDir(), Clock: hearth.NewVirtualClock(time.Unix(0, 0))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	tests := []struct{ query, index string }{
		{"SELECT id FROM residents WHERE org = $1 AND household = 'x'", "residents_household"},
		{"SELECT id FROM residents WHERE org = $1 AND name_key = 'x'", "residents_name"},
		{"SELECT id FROM residents WHERE org = $1 AND email_key = 'x'", "residents_email"},
		{"SELECT id FROM residents WHERE org = $1 AND household IN (SELECT value FROM json_each('[1]'))", "residents_household"},
		{"SELECT resident, body FROM states WHERE org = $1 AND resident IN (SELECT value FROM json_each('[1]'))", "PRIMARY KEY (org=? AND resident=?)"},
		{"SELECT id FROM leases WHERE org = $1 AND household IN (SELECT value FROM json_each('[1]')) ORDER BY household, id", "leases_household"},
		{"SELECT id FROM residents WHERE org = $1 AND household = 'x' ORDER BY id", "residents_household"},
		{"SELECT id FROM residents WHERE org = $1 AND name_key = 'x' ORDER BY id", "residents_name"},
		{"SELECT * FROM residents WHERE org = $1 AND household = 'x' ORDER BY created, id", "residents_household"},
		{"SELECT * FROM residents WHERE org = $1 AND name_key = 'x' AND (email_key = 'e' OR phone_key = 'p') ORDER BY created, id", "residents_name"},
		{"SELECT * FROM leases WHERE org = $1 AND household IN (SELECT value FROM json_each('[1]')) ORDER BY created, id", "leases_household"},
		{"SELECT * FROM leases WHERE org = $1 AND unit = 'x' ORDER BY created, id", "leases_unit"},
		{"SELECT id FROM residents WHERE org = $1 AND id = 'x'", "PRIMARY KEY (org=? AND id=?)"},
		{"SELECT id FROM leases WHERE org = $1 AND household IN ('x', 'y')", "leases_household"},
		{"SELECT id FROM leases WHERE org = $1 AND unit = 'x'", "leases_unit"},
		{"SELECT id FROM units WHERE org = $1 AND property = 'p' AND label_key = 'x'", "units_label"},
		{"SELECT id FROM runs WHERE org = $1 AND resident = 'x' AND state = 'active'", "runs_resident"},
		{"SELECT id FROM messages WHERE org = $1 AND resident = 'x' AND made >= 5", "messages_resident"},
		{"SELECT id FROM messages WHERE org = $1 AND resident = 'x' AND +made < 5 AND expires - made > 1209600000", "messages_long"},
		{"SELECT id FROM events WHERE org = $1 AND part = 3 AND seq > 7 ORDER BY seq LIMIT 9", "PRIMARY KEY (org=? AND part=? AND seq>?)"},
		{"SELECT id FROM events WHERE org = $1 AND resident = 'x' ORDER BY time DESC LIMIT 9", "events_resident"},
		{"SELECT key FROM due WHERE org = $1 AND lane = 'engine' AND part = 3 AND due_at <= 9 ORDER BY due_at", "due_at"},
		{"SELECT id FROM decisions WHERE org = $1 AND resident = 'x' ORDER BY at DESC LIMIT 9", "decisions_resident"},
		{"SELECT id FROM external_ids WHERE org = $1 AND kind = 'resident' AND ext = 'x'", "PRIMARY KEY (org=? AND kind=? AND ext=?)"},
	}
	for _, kind := range []string{"reader", "writer"} {
		run := d.Read
		if kind == "writer" {
			run = d.Write
		}
		err := run(t.Context(), func(tx *Tx) error {
			for _, tt := range tests {
				plan, err := explain(t.Context(), tx, tt.query)
				if err != nil {
					return err
				}
				if !strings.Contains(plan, tt.index) {
					t.Errorf("%s, %s: the plan is %q, want it to use %s", kind, tt.query, plan, tt.index)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func explain(ctx context.Context, tx *Tx, query string) (string, error) {
	rows, err := tx.Query(ctx, "EXPLAIN QUERY PLAN "+query, tx.Org())
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, unused int64
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		out = append(out, detail)
	}
	return strings.Join(out, "; "), rows.Err()
}
