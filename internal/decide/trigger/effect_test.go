package trigger_test

import (
	"fmt"
	"strings"
	"testing"

	"hearth"
)

// A message that does nothing has no effect, however often it starts: those who come by daily start it again and again, but while they are
// held out they wait for the end of their goal's time. The arms are compared by people.
func TestAnEffectIsCountedByPeople(t *testing.T) {
	each(t, func(r *rig) {
		var ids []hearth.ResidentID
		for i := range 8 {
			ids = append(ids, r.home(fmt.Sprintf("%dA", i), fmt.Sprintf("P%c", 'a'+i), -40, 300, old))
		}
		r.drain()
		idle := strings.NewReplacer("once per 60 days", "each time", "message.received, if: event.channel == \"email\", within: 14d", "portal.visited, within: 14d",
			"  - wait: 2d\n", "").Replace(measured)
		r.activate(idle, 0)
		treated, out := 0, 0
		for range 6 { // each comes by on six days, whatever was said
			for _, id := range ids {
				r.happen("portal.visited", id, map[string]any{})
			}
			r.pass(day)
		}
		for _, id := range ids {
			switch d := r.outcomes(id, "trigger"); d[len(d)-1].Outcome {
			case "held out":
				out++
			default:
				if strings.Contains(fmt.Sprint(d), "held out") {
					out++
				} else {
					treated++
				}
			}
		}
		if treated == 0 || out == 0 {
			r.Fatalf("%d treated and %d held out: the test needs both", treated, out)
		}
		r.pass(20 * day)
		e := r.effects("word")
		if len(e) != 1 || e[0].Treated.Runs != treated || e[0].HeldOut.Runs != out || e[0].Treated.Reached != treated || e[0].HeldOut.Reached != out {
			r.Errorf("the effect is %+v, want %d and %d people who all reached the goal", e, treated, out)
		}
		// Where nobody is held out each run counts.
		r.activate(strings.NewReplacer("id: word", "id: words", "holdout: 40\n", "").Replace(idle), 0)
		for range 3 {
			r.happen("portal.visited", ids[0], map[string]any{})
			r.pass(day)
		}
		if e := r.effects("words"); len(e) != 1 || e[0].Treated.Runs != 3 {
			r.Errorf("without a holdout the effect is %+v, want three runs", e)
		}
	})
}
