package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/edge/api"
	"hearth/internal/learn/trial"
)

// trialProgram is this program as a trial works with it.
func (a *App) trialProgram() trial.Program {
	return trial.Program{DB: a.DB, Log: a.Log, Records: a.Records, Engine: a.Engine, Tasks: a.Tasks, Messages: a.Messages, Care: a.Care,
		From: a.Config.From, Logger: a.Logger, Close: a.Close}
}

// Simulator makes what tries playbooks on what this program has recorded: in copies that are built as this program is,
// over an embedded store each, with chance that is the same every time.
func (a *App) Simulator() *trial.Simulator {
	return trial.New(trial.Deps{Source: a.trialProgram(), Open: a.openTrial})
}

func (a *App) openTrial(ctx context.Context, dir string, clock hearth.Clock) (*trial.Program, error) {
	cfg := a.Config
	cfg.Data, cfg.Database, cfg.Node = dir, "", "trial"
	b, err := Open(ctx, cfg, Options{Clock: clock, Random: rand.NewChaCha8(sha256.Sum256([]byte("hearth/trial"))), Relaxed: true,
		Logger: slog.New(slog.DiscardHandler), Version: a.Version})
	if err != nil {
		return nil, err
	}
	if err := a.lendTemplates(ctx, b); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	p := b.trialProgram()
	return &p, nil
}

// lendTemplates gives a copy the texts that hold here.
func (a *App) lendTemplates(ctx context.Context, b *App) error {
	var heads []desk.Own
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		heads, err = desk.Heads(ctx, tx)
		return err
	})
	if err != nil || len(heads) == 0 {
		return err
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error { return b.Desk.Take(ctx, tx, heads) })
}

// Trial is what a simulation is asked for: a playbook's id or file, and the days.
type Trial struct {
	Playbook string // the id of one that is switched on or shipped, or a file
	Text     []byte // the text itself; nil: the one that Playbook names
	From, To hearth.Day
	Property string
	Progress func(stage string, done float64)
}

// TrialReport is what came of a simulation.
type TrialReport = trial.Report

// Try plays a playbook over recorded days: the one that is switched on under an id, else a shipped one or a file.
func (a *App) Try(ctx context.Context, t Trial) (*TrialReport, error) {
	req := trial.Request{Text: t.Text, ID: hearth.PlaybookID(t.Playbook), From: t.From, To: t.To, Property: t.Property, Progress: t.Progress}
	if req.Text == nil {
		on, err := a.SwitchedOn(ctx)
		if err != nil {
			return nil, err
		}
		if on[req.ID] == nil {
			if req.Text, err = Shipped(t.Playbook); err != nil {
				return nil, err
			}
		}
	}
	return a.Simulator().Run(ctx, req)
}

// SwitchedOn gives the texts of the playbooks that are switched on, by id.
func (a *App) SwitchedOn(ctx context.Context) (map[hearth.PlaybookID][]byte, error) {
	on := map[hearth.PlaybookID][]byte{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		stored, err := playbook.Versions(ctx, tx)
		for _, v := range stored {
			if v.State == "active" {
				on[v.ID] = []byte(v.Text)
			}
		}
		return err
	})
	return on, err
}

// simulate is Try for those who ask over the network: files are none of theirs.
func (s *Server) simulate(o ServeOptions) api.Simulate {
	return func(ctx context.Context, in api.Trial) (*trial.Report, error) {
		on, err := s.SwitchedOn(ctx)
		if err != nil {
			return nil, err
		}
		t := Trial{Playbook: string(in.Playbook), Text: in.Text, From: in.From, To: in.To, Property: in.Property, Progress: in.Progress}
		if t.Text == nil && on[in.Playbook] == nil {
			if t.Text = s.Library[in.Playbook]; t.Text == nil {
				return nil, unknownPlaybook(in.Playbook, on, s.Library)
			}
		}
		switch {
		case in.Units == 0:
			return s.Try(ctx, t)
		case o.Community == nil:
			return nil, hearth.FieldErrorf("units", "This program generates no communities; leave units out.")
		}
		return o.Community(ctx, in.Units, in.Seed, on, t)
	}
}

func unknownPlaybook(id hearth.PlaybookID, on, shipped map[hearth.PlaybookID][]byte) error {
	var ids []string
	for _, texts := range []map[hearth.PlaybookID][]byte{on, shipped} {
		for have := range texts {
			ids = append(ids, string(have))
		}
	}
	slices.Sort(ids)
	if near := rule.Nearest(string(id), ids); near != "" {
		return hearth.Errorf(hearth.CodeNotFound, "There is no playbook %q. Did you mean %s?", id, near)
	}
	return hearth.Errorf(hearth.CodeNotFound, "There is no playbook %q.", id)
}
