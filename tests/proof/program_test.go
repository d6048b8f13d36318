package proof

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/app"
	"hearth/internal/base/channel"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
)

// program is the real program on a virtual clock and a database that breaks. When its power has gone off it is built anew
// over what the database holds.
type program struct {
	t       testing.TB
	flags   map[string]string // the settings that say which database
	clock   *hearth.VirtualClock
	random  *rand.ChaCha8
	r       *rand.Rand
	faults  *faults
	box     *mailbox
	app     *app.App
	engines []*trigger.Engine // of several nodes, which work in turn
	mail    *message.Sender
	journal *channel.Journal
	forgets bool // engines lose their memory now and then
}

// chance gives a source of chance of its own for one purpose of a seed.
func chance(seed uint64, what string) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256(binary.BigEndian.AppendUint64([]byte("hearth/proof/"+what+"/"), seed)))
}

func newProgram(t testing.TB, seed uint64, flags map[string]string, start time.Time) *program {
	t.Helper()
	p := &program{t: t, flags: flags, clock: hearth.NewVirtualClock(start), random: chance(seed, "identities"),
		r: rand.New(chance(seed, "program"))}
	p.faults = newFaults(rand.New(chance(seed, "faults")))
	p.box = &mailbox{clock: p.clock, faults: p.faults, r: rand.New(chance(seed, "mail")), took: map[hearth.MessageID][]time.Time{}}
	p.open()
	t.Cleanup(func() {
		if p.app != nil {
			p.close()
		}
	})
	return p
}

func (p *program) ctx() context.Context { return context.Background() }

func (p *program) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// open builds the program over its database.
func (p *program) open() {
	p.t.Helper()
	l, err := config.Load(config.Input{Flags: p.flags})
	p.must(err)
	p.app, err = app.Open(p.ctx(), l.Config, app.Options{Clock: p.clock, Random: p.random, Logger: slog.New(slog.DiscardHandler),
		Relaxed: true, Fault: p.faults.step})
	p.must(err)
	other := p.app.Engine.Deps
	other.Node += "-other"
	p.engines = []*trigger.Engine{p.app.Engine, trigger.New(other)}
	p.openMail()
}

const mailConns = 1

func (p *program) openMail() {
	p.t.Helper()
	a := p.app
	deps := message.Deps{DB: a.DB, Store: a.Messages, Records: a.Records, Sender: p.box, Node: a.Node, Conns: mailConns, From: a.Config.From,
		Log: a.Logger, Care: a.Care}
	var err error
	if a.DB.Dialect() == db.SQLite {
		p.journal, deps.Marks, err = channel.OpenJournal(filepath.Join(a.Config.Data, "mail.journal"), mailConns+message.Unrecorded)
		p.must(err)
		deps.Journal = p.journal
	}
	p.mail, err = message.NewSender(p.ctx(), deps)
	p.must(err)
}

func (p *program) close() {
	// While the power is off this gives nothing back, as in a crash.
	_ = p.mail.Close(p.ctx())
	if p.journal != nil {
		p.must(p.journal.Close())
		p.journal = nil
	}
	if err := p.app.Close(); err != nil && !p.faults.isOff() {
		p.t.Error(err)
	}
	p.app = nil
}

// rebuild kills the program and starts it anew.
func (p *program) rebuild() {
	p.t.Helper()
	p.faults.off()
	p.close()
	p.faults.mu.Lock()
	p.faults.dead, p.faults.after = false, 0
	p.faults.count("program killed and started anew")
	p.faults.mu.Unlock()
	p.open()
}

// patience bounds how often something is tried again before the test gives up.
const patience = 100

// settle has the engines decide and the mail go out until nothing is left to do at the clock's time. rough: one commit in
// so many turns fails; 0: none.
func (p *program) settle(rough int) {
	p.t.Helper()
	p.faults.plain = 2
	for try := 0; ; try++ {
		if rough > 0 && try < 4 {
			p.faults.plan(rough)
		} else {
			p.faults.calm()
		}
		err := p.once()
		switch {
		case p.faults.isOff():
			p.rebuild()
		case err == nil:
			p.faults.calm()
			return
		case try > patience:
			p.t.Fatalf("after %d tries: %v", try, err)
		}
	}
}

// once works all there is, as far as it succeeds.
func (p *program) once() error {
	e := p.engines[p.r.IntN(len(p.engines))]
	if p.r.IntN(40) == 0 && p.forgets {
		p.faults.count("an engine lost its memory")
		p.engines[p.r.IntN(len(p.engines))] = trigger.New(e.Deps)
	}
	for turn := 0; ; turn++ {
		if turn > tooMany {
			p.t.Fatalf("at %s the engine goes round in circles", p.clock.Now())
		}
		taken := 0
		parts, err := p.busy()
		if err != nil {
			return err
		}
		for _, part := range parts {
			n, err := e.RunBatch(p.ctx(), part)
			if err != nil {
				return err
			}
			taken += n
		}
		before := p.mail.Stats()
		if err := p.mail.Drain(p.ctx()); err != nil {
			return err
		}
		if after := p.mail.Stats(); taken == 0 && before == after {
			return nil
		}
	}
}

const busySQL = `SELECT DISTINCT part FROM due WHERE org = $1 AND lane = $2 AND due_at <= $3 AND state = 'waiting' ORDER BY part`

// busy gives the partitions in which anything is to do: where something was told or is due.
func (p *program) busy() ([]int, error) {
	var parts []int
	err := p.app.DB.Read(p.ctx(), func(tx *db.Tx) error {
		parts = nil
		heads, err := p.app.Log.Heads(p.ctx(), tx)
		if err != nil {
			return err
		}
		positions, err := p.app.Log.Positions(p.ctx(), tx, trigger.Follower)
		if err != nil {
			return err
		}
		for part, head := range heads {
			if head > positions[part] {
				parts = append(parts, part)
			}
		}
		rows, err := tx.Query(p.ctx(), busySQL, tx.Org(), trigger.Lane, tx.Now())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var part int
			if err := rows.Scan(&part); err != nil {
				return err
			}
			if !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
		return rows.Err()
	})
	slices.Sort(parts)
	return parts, err
}

// tooMany is how many batches are too many for one moment.
const tooMany = 2000

// write does something in a transaction, again until it succeeds.
func (p *program) write(f func(ctx context.Context, tx *db.Tx) error) {
	p.t.Helper()
	p.must(p.again(func() error {
		return p.app.DB.Write(p.ctx(), func(tx *db.Tx) error { return f(p.ctx(), tx) })
	}))
}

// again tries something until it succeeds or fails by a fault of its own.
func (p *program) again(f func() error) error {
	for try := 0; ; try++ {
		err := f()
		switch {
		case err == nil:
			return nil
		case p.faults.isOff():
			p.rebuild()
		case try > patience || own(err):
			return err
		}
		p.faults.calm()
	}
}

// own tells errors that say what is wrong with what was asked.
func own(err error) bool {
	switch hearth.CodeOf(err) {
	case hearth.CodeInvalid, hearth.CodeConflict, hearth.CodeForbidden, hearth.CodeNotFound:
		return true
	}
	return errors.Is(err, context.Canceled)
}

const nextSQL = `SELECT due_at FROM due WHERE org = $1 AND lane = $2 AND state <> 'dead' ORDER BY due_at LIMIT 1`

// next gives when something is due next; zero: never. Mail that could not go out is tried again in a minute.
func (p *program) next() time.Time {
	p.t.Helper()
	now := p.clock.Now()
	next := p.dueIn(trigger.Lane)
	if !next.IsZero() && !next.After(now) {
		p.t.Fatalf("at %s something due at %s is not worked", now, next)
	}
	mail := p.dueIn(message.Lane)
	if p.mail.Stats().Waiting > 0 || !mail.IsZero() && !mail.After(now) {
		mail = now.Add(time.Minute)
	}
	if next.IsZero() || !mail.IsZero() && mail.Before(next) {
		return mail
	}
	return next
}

func (p *program) dueIn(lane string) time.Time {
	p.t.Helper()
	var ms int64
	p.must(p.app.DB.Read(p.ctx(), func(tx *db.Tx) error {
		ms = 0
		err := tx.Row(p.ctx(), nextSQL, tx.Org(), lane).Scan(&ms)
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		return err
	}))
	return hearth.FromMillis(ms)
}

// query reads all rows of a statement as text.
func (p *program) query(q string, args ...any) [][]string {
	p.t.Helper()
	var out [][]string
	p.must(p.app.DB.Read(p.ctx(), func(tx *db.Tx) error {
		out = nil
		rows, err := tx.Query(p.ctx(), q, append([]any{tx.Org()}, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		width := strings.Count(q[:strings.Index(q, "FROM ")], ",") + 1
		for rows.Next() {
			cells, into := make([]string, width), make([]any, width)
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			out = append(out, cells)
		}
		return rows.Err()
	}))
	return out
}
