package trigger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// A message that does nothing has no effect, however often it starts: those who come by daily start it again and again, but while they are
// held out they wait for the end of their goal's time. The arms are compared by people.
func TestAnEffectIsCountedByPeople(t *testing.T) {
	each(t, func(r *rig) {
		var ids []hearth.ResidentID
		for i := range 24 { // enough that chance puts somebody into each arm
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

// A home is one witness, whoever of the two who speak for it a run is of; so is one person whom two lists know as two.
func TestAnEffectCountsAHomeAndAPersonOnce(t *testing.T) {
	each(t, func(r *rig) {
		ids := make([][]hearth.ResidentID, 20)
		speaks := func(n int) {
			for i := range ids {
				unit := fmt.Sprintf("%dA", i)
				both := people(unit, fmt.Sprintf("P%c", 'a'+i), fmt.Sprintf("Q%c:leaseholder", 'a'+i))
				both[0].Role = []hearth.HouseholdRole{hearth.MemberLeaseholder, hearth.MemberGuarantor}[n]
				r.write(func(ctx context.Context, tx *db.Tx) error {
					res, err := r.records.PutHome(ctx, tx, record.News{Source: "test", History: true}, record.Home{Property: r.property, Unit: record.Unit{Label: unit},
						Lease: r.dates(-40, 300), Members: both})
					if err == nil {
						ids[i] = []hearth.ResidentID{res.Members[0].ID, res.Members[1].ID}
					}
					return err
				})
			}
			r.drain()
		}
		speaks(0)
		often := strings.NewReplacer("once per 60 days", "each time", "message.received, if: event.channel == \"email\", within: 14d", "portal.visited, within: 14d",
			"  - wait: 2d\n", "", "holdout: 40", "holdout: 50").Replace(measured)
		r.activate(strings.Replace(often, "id: word", "id: homes\nfor: household", 1), 0)
		r.activate(often, 0)
		for n := range 2 {
			speaks(n)
			for _, home := range ids {
				r.happen("portal.visited", home[n], map[string]any{})
			}
			r.pass(day)
		}
		r.merge(ids[0][0], ids[1][0])
		for id, want := range map[hearth.PlaybookID]int{"homes": 20, "word": 39} {
			e := r.effects(id)
			if len(e) != 1 || e[0].HeldOut.Runs == 0 || e[0].Treated.Runs == 0 || e[0].Treated.Runs+e[0].HeldOut.Runs != want {
				r.Errorf("the effect of %s is %+v, want %d in both arms", id, e, want)
			}
		}
	})
}
