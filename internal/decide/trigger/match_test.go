package trigger_test

import (
	"testing"

	"hearth"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
)

func TestMatching(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -200, 165, old)
		_ = r.home("6C", "Cid", -10, 355, record.News{}) // new in the home
		r.drain()
		got, err := r.engine.Matching(r.Context(), r.property, []string{segment.Unknown(180), segment.Unknown(300), segment.Unknown(5)}, []string{"connection.last_personal_days", "engagement.drop"})
		r.must(err)
		if len(got[0]) != 1 || got[0][0].Resident != ana || got[0][0].Known["connection.last_personal_days"] < 199 {
			r.Errorf("unknown for half a year: %+v, want Ana", got[0])
		}
		if _, known := got[0][0].Known["engagement.drop"]; known {
			r.Error("a signal that is not known is told")
		}
		if len(got[1]) != 0 || len(got[2]) != 2 {
			r.Errorf("for 300 days: %+v, for 5: %+v", got[1], got[2])
		}
		if _, err := r.engine.Matching(r.Context(), r.property, []string{`resident.language == "es"`}, nil); hearth.CodeOf(err) != hearth.CodeInvalid {
			r.Errorf("a stand-in is taken: %v", err)
		}
	})
}
