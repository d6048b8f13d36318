package live

import (
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

// Who may not be written to is called, and their conversation waits no longer.
func TestWhoMayNotBeWrittenToIsCalled(t *testing.T) {
	w, err := world.New(world.Config{Units: 60, Seed: 3, Start: january()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), Options{Dir: t.TempDir(), Seed: 3, Start: january().Start(w.Property().Zone), IncludeADay: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	if _, err := sim.Run(t.Context(), p, w, january()+60, sim.Options{}); err != nil {
		t.Fatal(err)
	}
	var called, forgotten int64
	err = p.App.DB.Read(t.Context(), func(tx *db.Tx) error {
		if err := tx.Row(t.Context(), "SELECT COUNT(*) FROM events WHERE org = $1 AND type = 'contact.personal' AND id >= 'called-' AND id < 'called.'", tx.Org()).Scan(&called); err != nil {
			return err
		}
		return tx.Row(t.Context(), `SELECT COUNT(*) FROM events e WHERE e.org = $1 AND e.type = 'contact.personal' AND e.id >= 'called-' AND e.id < 'called.'
  AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.org = e.org AND c.resident = e.resident AND (c.waits <> 'us' OR c.last_in > e.time))`, tx.Org()).Scan(&forgotten)
	})
	if err != nil {
		t.Fatal(err)
	}
	if called == 0 || forgotten > 0 {
		t.Errorf("%d were called, and %d of them wait on", called, forgotten)
	}
}
