package message

import (
	"slices"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// A message that a person let go long after it was wished counts from when it was said, however old it is; so does news
// that was wished long before, and what is held counts until somebody decides.
func TestRecentKnowsWhatWasMadeLongBefore(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.bare()
		made := r.clock.Now()
		for _, id := range []string{"let-go", "wished", "dropped", "held"} {
			m := mailOf(id)
			m.Resident, m.State, m.Made, m.Expires = "res_ana", Held, made, made.Add(10*24*time.Hour)
			if id == "wished" {
				m.Expires = made.Add(61 * 24 * time.Hour)
			}
			p.insert(m)
		}
		at := func(id string, state State, now, expires time.Time) {
			r.clock.Set(now)
			m := mailOf(id)
			m.Resident, m.State, m.Made, m.Expires = "res_ana", state, made, expires
			p.insert(m)
		}
		at("dropped", Dropped, made.Add(10*24*time.Hour), made.Add(10*24*time.Hour))
		at("let-go", Queued, made.Add(60*24*time.Hour), made.Add(70*24*time.Hour))
		at("wished", Queued, made.Add(60*24*time.Hour), made.Add(61*24*time.Hour))
		recent := func(since time.Duration) []string {
			var got []string
			err := r.d.Read(t.Context(), func(tx *db.Tx) error {
				all, err := p.store.Recent(t.Context(), tx, []hearth.ResidentID{"res_ana"}, made.Add(since))
				got = nil
				for _, b := range all["res_ana"] {
					got = append(got, string(b.ID)+" "+string(b.State))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := recent(50 * 24 * time.Hour); !slices.Equal(got, []string{"msg_let-go queued", "msg_wished queued"}) {
			t.Errorf("recent is %v", got)
		}
		if got := recent(12 * 24 * time.Hour); !slices.Equal(got, []string{"msg_held held", "msg_let-go queued", "msg_wished queued"}) {
			t.Errorf("recent is %v", got)
		}
	})
}
