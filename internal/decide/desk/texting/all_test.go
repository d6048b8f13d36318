package texting

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// "Stop all" binds every way in what one can do without, for the one who has the number; a bare STOP is about the number alone, and who shares a
// number speaks for the number only.
func TestStopAllBindsEveryWay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		wanted := func(who string) bool {
			var a []consent.Answer
			r.do(func(ctx context.Context, tx *db.Tx) (err error) {
				a, err = r.Consent.Check(ctx, tx, []consent.Ask{{Resident: r.who[who], Channel: hearth.ChannelLetter, Purpose: "event.party", Class: hearth.ClassRelation}})
				return err
			})
			return a[0].Allowed
		}
		r.hear(anas, "STOP")
		if !wanted("Ana") {
			t.Error("a bare STOP to a text ends letters")
		}
		r.hear(anas, "START")
		ref := r.hear(anas, "Stop all, please!")
		r.again(ref, anas, "Stop all, please!")
		if wanted("Ana") || r.allowed(anas).Allowed {
			t.Error("after \"stop all\" something still goes")
		}
		if r.hear(anas, "START"); wanted("Ana") || !r.allowed(anas).Allowed {
			t.Error("START is about the number alone")
		}
		if r.hear(shared, "STOPALL"); !wanted("Ben") || !wanted("Cleo") || r.allowed(shared).Allowed {
			t.Error("who shares a number has spoken for the other by every way")
		}
	})
}
