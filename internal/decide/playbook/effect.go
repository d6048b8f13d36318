package playbook

import (
	"context"
	"fmt"
	"math"

	"hearth"
	"hearth/internal/base/db"
)

// ArmCount is what came of the goals of one arm.
type ArmCount struct {
	Runs    int `json:"runs" doc:"Runs that began; where somebody was held out, people, each with the first run of theirs."`
	Open    int `json:"open" doc:"Those whose time is not over yet; they are not compared."`
	Reached int `json:"reached" doc:"Of those whose time is over: the goal was reached within it."`
	Missed  int `json:"missed" doc:"Of those whose time is over: it was not."`
}

// over counts the runs whose time is over.
func (a ArmCount) over() int { return a.Reached + a.Missed }

// Effect is what one version of a playbook changed, as far as can be told.
type Effect struct {
	Version int      `json:"version"`
	Goal    string   `json:"goal" doc:"In words; empty when the version has none."`
	Treated ArmCount `json:"treated" doc:"Who got the playbook."`
	HeldOut ArmCount `json:"held_out" doc:"Who was held out."`
	// Told tells whether both arms are large enough to say anything; only then Difference, Low and High mean something.
	Told       bool    `json:"told" doc:"Whether both arms are large enough to say anything."`
	Difference float64 `json:"difference" doc:"Share of those treated who reached the goal, less the share of those held out."`
	Low        float64 `json:"low" doc:"Lower end of the 95 % interval of the difference (Newcombe)."`
	High       float64 `json:"high" doc:"Its upper end."`
	Verdict    string  `json:"verdict" doc:"In one sentence."`
}

// LeastOver is how many people of each arm must be over before anything is said of an effect.
const LeastOver = 30

// Chance decided once about each person (or home), and whoever was held out is busy waiting while others start anew: of somebody who starts
// often there are more runs in one arm than in the other. So the arms are compared by people, each with their first run; the later ones are
// no further witnesses: of a home too, whoever speaks for it, and of one whom two lists knew as two. A property's own runs are nobody's, and
// each counts.
const effectSQL = `SELECT version, arm, CASE WHEN nth > 1 THEN 1 ELSE 0 END, CASE WHEN until > $1 THEN 'running' ELSE state END, count(*) FROM (
  SELECT version, arm, state, until,
    ROW_NUMBER() OVER (PARTITION BY version, CASE WHEN resident = '' THEN run ELSE whom END ORDER BY started, run) AS nth
  FROM (SELECT g.version, g.arm, g.state, g.until, g.started, g.run, g.resident,
      COALESCE(m.kept, CASE WHEN g.whom = '' THEN g.resident ELSE g.whom END) AS whom
    FROM goals g LEFT JOIN merges m ON m.org = g.org AND m.resident = CASE WHEN g.whom = '' THEN g.resident ELSE g.whom END
    WHERE g.org = $2 AND g.playbook = $3) AS w) AS g
GROUP BY 1, 2, 3, 4 ORDER BY 1`

// Effects gives the effect of each version of a playbook that has measured goals, by version. goals words each version's goal.
func Effects(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, goals map[int]string) ([]Effect, error) {
	rows, err := tx.Query(ctx, effectSQL, hearth.Millis(tx.Now()), tx.Org(), string(id))
	if err != nil {
		return nil, fmt.Errorf("count goals of %s: %w", id, err)
	}
	defer rows.Close()
	var out []Effect
	var later []ArmCount // by version: of those treated, the runs behind the first of each
	for rows.Next() {
		var version, n int64
		var again bool
		var arm, state string
		if err := rows.Scan(&version, &arm, &again, &state, &n); err != nil {
			return nil, fmt.Errorf("count goals of %s: %w", id, err)
		}
		if len(out) == 0 || out[len(out)-1].Version != int(version) {
			out, later = append(out, Effect{Version: int(version), Goal: goals[int(version)]}), append(later, ArmCount{})
		}
		e := &out[len(out)-1]
		switch {
		case again && Group(arm) == GroupTreated:
			later[len(later)-1].add(state, int(n))
		case again:
		case Group(arm) == GroupHeldOut:
			e.HeldOut.add(state, int(n))
		default:
			e.Treated.add(state, int(n))
		}
	}
	for i := range out {
		if out[i].HeldOut.Runs == 0 {
			out[i].Treated.join(later[i]) // there is nobody to compare with, and each run is told
		}
		out[i].judge()
	}
	return out, rows.Err()
}

func (a *ArmCount) join(b ArmCount) {
	a.Runs, a.Open, a.Reached, a.Missed = a.Runs+b.Runs, a.Open+b.Open, a.Reached+b.Reached, a.Missed+b.Missed
}

func (a *ArmCount) add(state string, n int) {
	a.Runs += n
	switch state {
	case "running":
		a.Open += n
	case string(GoalReached):
		a.Reached += n
	default:
		a.Missed += n
	}
}

// judge says what can be said. An effect is only told with both arms, and only when both are large enough.
func (e *Effect) judge() {
	switch {
	case e.HeldOut.Runs == 0:
		e.Verdict = "Nobody was held out, so nobody can tell what would have happened without the playbook."
		return
	case e.Treated.over() < LeastOver || e.HeldOut.over() < LeastOver:
		e.Verdict = fmt.Sprintf("Too few to say: the time of the goal is over for %d who got it and %d who were held out, and each must be %d.",
			e.Treated.over(), e.HeldOut.over(), LeastOver)
		return
	}
	e.Told = true
	e.Difference, e.Low, e.High = Newcombe(e.Treated.Reached, e.Treated.over(), e.HeldOut.Reached, e.HeldOut.over())
	shares := fmt.Sprintf("%s of %d who got it reached the goal, and %s of %d who were held out", percent(e.Treated.Reached, e.Treated.over()),
		e.Treated.over(), percent(e.HeldOut.Reached, e.HeldOut.over()), e.HeldOut.over())
	switch {
	case e.Low > 0:
		e.Verdict = fmt.Sprintf("It helps: %s; the difference lies between %+.0f and %+.0f points.", shares, 100*e.Low, 100*e.High)
	case e.High < 0:
		e.Verdict = fmt.Sprintf("It harms: %s; the difference lies between %+.0f and %+.0f points.", shares, 100*e.Low, 100*e.High)
	default:
		e.Verdict = fmt.Sprintf("No effect can be told from chance: %s; the difference lies between %+.0f and %+.0f points.", shares, 100*e.Low, 100*e.High)
	}
}

func percent(x, n int) string { return fmt.Sprintf("%.0f %%", 100*float64(x)/float64(n)) }

// z is the quantile of the normal distribution for 95 %.
const z = 1.959963984540054

// Wilson gives the 95 % interval of a share of x in n, n > 0.
func Wilson(x, n int) (low, high float64) {
	p, m := float64(x)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return math.Max(0, mid-half), math.Min(1, mid+half)
}

// Newcombe gives the difference of two shares, x1 of n1 less x2 of n2, with its 95 % interval by Newcombe's hybrid of two
// Wilson intervals (Statistics in Medicine 17, 1998, method 10): it holds for small counts and shares near 0 and 1.
func Newcombe(x1, n1, x2, n2 int) (diff, low, high float64) {
	p1, p2 := float64(x1)/float64(n1), float64(x2)/float64(n2)
	l1, u1 := Wilson(x1, n1)
	l2, u2 := Wilson(x2, n2)
	diff = p1 - p2
	return diff, diff - math.Hypot(p1-l1, u2-p2), diff + math.Hypot(u1-p1, p2-l2)
}
