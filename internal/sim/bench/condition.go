package bench

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/sense/signal"
)

// conditionSource is the condition that is measured: four comparisons, all of which hold.
const conditionSource = `resident.role == "leaseholder" && lease.status == "current" && engagement.acts_30d >= 0 && service.open < 20`

// evaluations is how often a condition is evaluated in a run.
const evaluations = 200_000

// conditionPart measures the evaluation of one condition, alone, over a resident's signals.
func (b *bench) conditionPart(ctx context.Context) error {
	a, err := app.Open(ctx, b.base.cfg, app.Options{Version: b.Version, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	var view signal.View
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		ids, err := texts(ctx, tx, `SELECT id FROM residents WHERE org = $1 ORDER BY id LIMIT 1`, tx.Org())
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return errors.New("the community has no residents")
		}
		view, err = a.Engine.Signals(ctx, tx, hearth.ResidentID(ids[0]))
		return err
	})
	if err = errors.Join(err, a.Close()); err != nil {
		return err
	}
	cond, err := a.Engine.Env.Compile(conditionSource)
	if err != nil {
		return err
	}
	var took, allocs []float64
	for range b.runs {
		ns, objects, err := evaluate(cond, view)
		if err != nil {
			return err
		}
		took, allocs = append(took, ns), append(allocs, objects)
	}
	b.add(Figure{Name: "condition", What: "one condition of four comparisons, alone", Unit: "ns", Samples: took, Aim: 500, Most: true})
	b.add(Figure{Name: "condition.allocs", What: "  allocations", Samples: allocs, Aim: 1, Most: true})
	return nil
}

// evaluate gives nanoseconds and allocations of one evaluation.
func evaluate(cond *rule.Cond, view signal.View) (ns, allocs float64, err error) {
	vars := rule.Vars{Fields: view}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	for range evaluations {
		holds, err := cond.Eval(vars)
		if err != nil {
			return 0, 0, err
		}
		if !holds {
			return 0, 0, errors.New("the condition that is measured does not hold, so that not all of it was evaluated")
		}
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return float64(took) / evaluations, float64((after.Mallocs - before.Mallocs) / evaluations), nil
}
