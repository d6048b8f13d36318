package live

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/app"
	"hearth/internal/base/channel"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

// Options say where the program keeps its data and when it begins to live.
type Options struct {
	Dir      string    // the data directory of the embedded store; also holds the journal of mail
	Database string    // PostgreSQL instead, and then Dir is not used
	Seed     uint64    // of all chance in the program
	Start    time.Time // where the clock stands at first
	// IncludeADay is how many residents a day start in a playbook whose condition they were inside when it was switched
	// on; 0 starts none of them. Playbooks are switched on when the first directory of residents is in.
	IncludeADay int
	// Playbooks are the texts that are switched on then, by id; nil: all that are shipped.
	Playbooks map[hearth.PlaybookID][]byte
	Logger    *slog.Logger // nil: silent
	// Before Exact what is due within a Grain of time is done together at its end, as a program does that was stopped for so long;
	// zero: everything at its own time.
	Grain time.Duration
	Exact time.Time
}

// Program is the real program on a virtual clock, reached by its doors. It is not safe for concurrent use.
type Program struct {
	App *app.App

	opts           Options
	clock          *hearth.VirtualClock
	box            *box
	mail           *message.Sender
	marks          *channel.Journal // nil on PostgreSQL
	files          string           // where exports are put to be imported
	source         string           // whose ids the world uses
	names          names
	asks           map[hearth.TaskID][]world.Ask // what tasks ask, by task
	parts          []int                         // the partitions that hold events
	more           bool                          // a batch may have left something behind
	begun, settled bool                          // playbooks are on; nothing is left to do at the clock's time
	next           time.Time                     // while settled: when something is due
	news           <-chan struct{}               // rings when events came
	found          <-chan struct{}               // rings when parked events may be taken in
}

var _ sim.Hearth = (*Program)(nil)

// Open builds the program. The caller closes it.
func Open(ctx context.Context, o Options) (*Program, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	cfg, err := settings(o)
	if err != nil {
		return nil, err
	}
	p := &Program{opts: o, clock: hearth.NewVirtualClock(o.Start), names: newNames(), asks: map[hearth.TaskID][]world.Ask{}}
	p.App, err = app.Open(ctx, cfg, app.Options{Clock: p.clock, Random: random(o.Seed), Logger: o.Logger, Relaxed: true, Alone: true})
	if err != nil {
		return nil, err
	}
	p.news, p.found = p.App.Log.Bell().C(), p.App.Door.Bell().C()
	if err := p.openMail(ctx); err != nil {
		return nil, errors.Join(err, p.App.Close())
	}
	if p.files, err = os.MkdirTemp("", "hearth-exports-"); err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	if err := p.findParts(ctx); err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	p.more = true // whatever an earlier life left undone
	return p, nil
}

// journalFile holds the marks of mails on their way, and is locked by whoever sends them.
const journalFile = "mail.journal"

// settings are the defaults, whatever the environment says: a generated community must be the same everywhere.
func settings(o Options) (config.Config, error) {
	flags := map[string]string{"data": o.Dir}
	if o.Database != "" {
		flags = map[string]string{"database": o.Database}
	}
	l, err := config.Load(config.Input{Flags: flags})
	if err != nil {
		return config.Config{}, fmt.Errorf("settings of a generated community: %w", err)
	}
	return l.Config, nil
}

// random is the program's chance: the same seed gives the same identities.
func random(seed uint64) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256(binary.BigEndian.AppendUint64([]byte("hearth/live/"), seed)))
}

// openMail makes the sender of the program with a transport that takes everything: a year of files in the sink would
// only be in the way.
func (p *Program) openMail(ctx context.Context) error {
	p.box = &box{clock: p.clock}
	a := p.App
	deps := message.Deps{DB: a.DB, Store: a.Messages, Records: a.Records, Sender: p.box, Node: a.Node, Conns: 1, From: a.Config.From, Log: a.Logger}
	var err error
	if a.DB.Dialect() == db.SQLite {
		if p.marks, deps.Marks, err = channel.OpenJournal(filepath.Join(a.Config.Data, journalFile), deps.Conns); err != nil {
			return err
		}
		deps.Journal = p.marks
	}
	if p.mail, err = message.NewSender(ctx, deps); err != nil {
		return errors.Join(err, p.closeMarks())
	}
	return nil
}

// Close gives back what was claimed and closes the program.
func (p *Program) Close(ctx context.Context) error {
	err := errors.Join(p.mail.Close(context.WithoutCancel(ctx)), p.closeMarks(), p.App.Close())
	if p.files == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(p.files))
}

func (p *Program) closeMarks() error {
	if p.marks == nil {
		return nil
	}
	return p.marks.Close()
}

// begin switches the playbooks on, by id.
func (p *Program) begin(ctx context.Context) error {
	if _, err := p.settle(ctx); err != nil {
		return err
	}
	texts := p.opts.Playbooks
	if texts == nil {
		texts = p.App.Library
	}
	if err := p.App.Engine.Drain(ctx); err != nil { // whoever is not decided yet would be missing from those inside
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		if _, err := p.App.Engine.Activate(ctx, texts[id], p.opts.IncludeADay); err != nil {
			return fmt.Errorf("switch on %s: %w", id, err)
		}
		if err := p.App.Engine.Drain(ctx); err != nil {
			return err
		}
	}
	p.begun, p.settled = true, false
	return p.App.Engine.Drain(ctx) // in every partition, those without events too: each looks at its residents once
}
