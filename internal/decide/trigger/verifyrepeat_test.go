package trigger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"hearth"
	"hearth/internal/base/db"
)

// counted tells that the log gives the stored counters.
func (r *rig) counted(when string, counters int) {
	r.Helper()
	v, err := r.engine.VerifyRepeats(r.Context())
	if err != nil || len(v.Different) > 0 || v.Counters != counters || v.Events == 0 {
		r.Errorf("%s: %+v (%v), want %d counters that are what the log gives", when, v, err, counters)
	}
}

// A counter that is not what the log gives is named, whatever is wrong with it.
func TestWrongCountersAreNamed(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		for i := range 2 {
			r.pass(day)
			r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Time: r.clock.Now()},
				map[string]any{"description": "x", "category": "hvac", "unit": "u1", "workorder": fmt.Sprint("l", i)})
			r.drain()
		}
		r.counted("at first", 1)
		var key string
		var times []byte
		r.read(func(ctx context.Context, tx *db.Tx) error {
			return tx.Row(ctx, "SELECT key, times FROM repeats WHERE org = $1", tx.Org()).Scan(&key, &times)
		})
		_, n := binary.Varint(times)
		_, m := binary.Varint(times[n:])
		none := binary.AppendVarint(binary.AppendVarint(nil, r.clock.Now().UnixMilli()), 1<<40)
		for _, tt := range []struct {
			name string
			set  []byte
		}{
			{"one is missing", times[n+m:]}, {"one that never happened", append(append([]byte(nil), times...), none...)}, {"damaged", times[:n]},
			{"at another time", append(binary.AppendVarint(binary.AppendVarint(nil, 1), seqOf(times[n:])), times[n+m:]...)},
		} {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE repeats SET times = $1 WHERE org = $2 AND key = $3", tt.set, tx.Org(), key)
				return err
			})
			if v, err := r.engine.VerifyRepeats(r.Context()); err != nil || len(v.Different) != 1 || v.Different[0] != key {
				r.Errorf("%s: %+v (%v), want the counter named", tt.name, v, err)
			}
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM repeats WHERE org = $1", tx.Org())
			return err
		})
		if v, err := r.engine.VerifyRepeats(r.Context()); err != nil || len(v.Different) != 1 {
			r.Errorf("the whole counter is gone: %+v (%v), want it named", v, err)
		}
	})
}

func seqOf(b []byte) int64 {
	v, _ := binary.Varint(b)
	return v
}
