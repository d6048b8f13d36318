package trial

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// wish is a resident's preference under a name.
type wish struct {
	resident hearth.ResidentID
	name     string
}

// wishes keeps the newest event about each preference.
type wishes map[wish]*hearth.Event

// note remembers what an event says of preferences, if it does.
func (w wishes) note(ev *hearth.Event) {
	if ev.Type != "preference.changed" {
		return
	}
	name, _ := preferred(ev)
	for _, id := range ev.Residents {
		w[wish{id, name}] = ev
	}
}

// preferred reads what is preferred now; "" is nothing.
func preferred(ev *hearth.Event) (name, value string) {
	var data struct{ Name, Value string }
	_ = json.Unmarshal(ev.Data, &data) // checked when it was appended
	return data.Name, data.Value
}

const (
	preferSQL = `INSERT INTO preferences (org, resident, name, value, source, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (org, resident, name) DO UPDATE SET value = excluded.value, source = excluded.source, at = excluded.at`
	unpreferSQL = `DELETE FROM preferences WHERE org = $1 AND resident = $2 AND name = $3`
)

// write makes preferences what they were when the events were recorded.
func (w wishes) write(ctx context.Context, tx *db.Tx) error {
	keys := slices.SortedFunc(maps.Keys(w), func(a, b wish) int {
		return cmp.Or(cmp.Compare(a.resident, b.resident), cmp.Compare(a.name, b.name))
	})
	for _, k := range keys {
		ev := w[k]
		var err error
		if _, value := preferred(ev); value == "" {
			_, err = tx.Exec(ctx, unpreferSQL, tx.Org(), string(k.resident), k.name)
		} else {
			_, err = tx.Exec(ctx, preferSQL, tx.Org(), string(k.resident), k.name, value, ev.Source, hearth.Millis(ev.Time))
		}
		if err != nil {
			return fmt.Errorf("write a preference: %w", err)
		}
	}
	return nil
}
