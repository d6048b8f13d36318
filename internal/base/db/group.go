package db

import (
	"context"
	"errors"
	"fmt"

	"hearth"
)

// group is the jobs of one commit. Every job is in exactly one of the lists, or answered.
type group struct {
	w       *writer
	waiting []*job // not run yet
	running *job
	good    []*job // run well, not committed yet
}

// errGone is what a caller gets whose function ended the goroutine instead of returning.
var errGone = errors.New("the transaction's function did not return")

// runAll runs the jobs; a job that fails is answered at once. The error is that of the whole transaction, which is then
// lost.
//
// A savepoint for each would have SQLite copy every page that a job changes, and hardly any job fails once it has written.
// So they run without; when one does fail behind a change, all is taken back and those that went well run again before the
// rest, from then on each behind a savepoint.
func (g *group) runAll(ctx context.Context) error {
	guarded := false
	for len(g.waiting) > 0 {
		j := g.waiting[0]
		g.waiting, g.running = g.waiting[1:], j
		if err := j.ctx.Err(); err != nil {
			g.running = nil
			j.fail(err)
			continue
		}
		clean, err := g.runOne(ctx, j, guarded)
		if err != nil {
			return err
		}
		if !clean {
			guarded = true
			if err := g.again(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// runOne runs one job. clean is false when it failed and left something behind in the transaction.
func (g *group) runOne(ctx context.Context, j *job, guarded bool) (clean bool, err error) {
	conn := g.w.conn
	if guarded {
		if err := g.step(ctx, "SAVEPOINT caller"); err != nil {
			return false, err
		}
	}
	j.tx = &Tx{conn: conn, sess: g.w.sess, now: g.w.cfg.now()}
	err = j.tx.finish(call(j.tx, j.fn))
	if broken := j.tx.broken; broken != nil && g.w.health.note(broken) {
		return false, broken // the disk: SQLite has given up the whole transaction
	}
	if err != nil && guarded {
		if rerr := g.step(ctx, "ROLLBACK TO caller"); rerr != nil {
			return false, errors.Join(rerr, err)
		}
	}
	if guarded {
		if rerr := g.step(ctx, "RELEASE caller"); rerr != nil {
			return false, errors.Join(rerr, err)
		}
	}
	g.running = nil
	if err != nil {
		j.fail(err)
		return guarded || !j.tx.wrote, nil
	}
	g.good = append(g.good, j)
	return true, nil
}

// again takes the transaction back and has those that went well run once more, first.
func (g *group) again(ctx context.Context) error {
	g.w.rollback()
	for _, j := range g.good {
		j.tx.rolledBack()
	}
	g.waiting, g.good = append(g.good, g.waiting...), nil
	if len(g.waiting) == 0 {
		return nil
	}
	return g.w.lock(ctx)
}

func (g *group) step(ctx context.Context, q string) error {
	if _, err := g.w.conn.exec(ctx, q, nil); err != nil {
		return fmt.Errorf("%s: %w", q, err)
	}
	return nil
}

// lose answers everybody: nothing of this group is saved.
func (g *group) lose(err error) {
	if g.w.health.note(err) {
		g.w.log.Error("the store takes no more writes", "error", err)
		err = g.w.health.failed()
	} else if hearth.CodeOf(err) == hearth.CodeInternal {
		err = sentence(hearth.CodeUnavailable, err, "Nothing was saved, because the database refused a group of changes. Try again.")
	}
	g.fail(err)
}

func (g *group) fail(err error) {
	for _, j := range g.good {
		j.fail(err)
	}
	if g.running != nil {
		g.running.fail(err)
	}
	for _, j := range g.waiting {
		j.fail(err)
	}
	g.good, g.running, g.waiting = nil, nil, nil
}

// succeed calls the hooks in the order of the work, then answers. A hook runs before its caller goes on, so that what it
// hands over is there when the caller acts on the commit.
func (g *group) succeed() {
	for _, j := range g.good {
		j.tx.committed()
	}
	for _, j := range g.good {
		close(j.done)
	}
	g.good = nil
}

// answerRest ends a group whose goroutine is being ended by a caller's function.
func (g *group) answerRest() {
	if g.running == nil && len(g.good) == 0 && len(g.waiting) == 0 {
		return
	}
	if g.running != nil {
		g.running.tx.end()
	}
	g.w.rollback()
	g.fail(errGone)
}

func (j *job) fail(err error) {
	j.err = err
	if j.tx != nil {
		j.tx.rolledBack()
	}
	close(j.done)
}
