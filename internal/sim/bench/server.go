package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sim/load"
)

// server is the program serving a community, as a process of its own, with a view of its database beside it.
type server struct {
	*load.Process
	town *town
	db   *db.DB
	log  *eventlog.Log
	now  load.Usage // when the measuring began
}

// args gives the command line that serves the community. smtp is the mail server's URL, "" for files.
func (t *town) args(smtp string) []string {
	args := []string{"serve", "--listen", "{addr}", "--metrics-listen", "off", "--rate", "1000000", "--log-level", "error"}
	args = append(append(args, t.place()...), t.flags...)
	if smtp != "" {
		return append(args, "--send", "real", "--smtp", smtp)
	}
	return append(args, "--sink", filepath.Join(t.dir, "sink"))
}

// place gives the flags that name the community's database.
func (t *town) place() []string {
	if t.cfg.Database != "" {
		return []string{"--database", t.cfg.Database, "--org", t.cfg.Org}
	}
	return []string{"--data", t.cfg.Data}
}

// serve starts the program on a community and waits until nothing is left to decide.
func (b *bench) serve(ctx context.Context, t *town, smtp string) (*server, error) {
	p, err := load.Start(ctx, load.Program{Path: b.Program, Args: t.args(smtp), Env: b.Env})
	if err != nil {
		return nil, err
	}
	s := &server{Process: p, town: t}
	if err := s.watch(ctx); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	if _, err := s.decided(ctx); err != nil {
		return nil, errors.Join(err, s.stop(ctx))
	}
	return s, nil
}

// watch opens the community's database beside the server, to see how far it is.
func (s *server) watch(ctx context.Context) error {
	var err error
	if s.db, err = openStore(ctx, s.town.cfg, false); err != nil {
		return err
	}
	if s.log, err = eventlog.New(s.db); err != nil {
		return errors.Join(err, s.db.Close())
	}
	return nil
}

func openStore(ctx context.Context, cfg config.Config, relaxed bool) (*db.DB, error) {
	dc := db.Config{Dir: cfg.Data, Clock: app.SystemClock{}, Readers: 2, Relaxed: relaxed}
	if cfg.Database != "" {
		dc.Dir, dc.URL, dc.Org = "", cfg.DatabaseURL(), hearth.OrgID(cfg.Org)
	}
	return db.Open(ctx, dc)
}

// begin marks the moment from which processor time counts.
func (s *server) begin() (err error) {
	s.now, err = load.UsageOf(s.PID())
	return err
}

// used gives the processor time since begin, and the memory.
func (s *server) used() (cpu time.Duration, u load.Usage, err error) {
	u, err = load.UsageOf(s.PID())
	return u.CPU - s.now.CPU, u, err
}

// decided waits until everything that stands in the log now is decided, and says when that was seen.
func (s *server) decided(ctx context.Context) (time.Time, error) {
	var heads map[int]int64
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		heads, err = s.log.Heads(ctx, tx)
		return err
	})
	for err == nil {
		behind := false
		err = s.db.Read(ctx, func(tx *db.Tx) error {
			at, err := s.log.Positions(ctx, tx, "decide")
			for part, head := range heads {
				behind = behind || at[part] < head
			}
			return err
		})
		if err == nil && !behind {
			return time.Now(), nil
		}
		if err == nil {
			err = pause(ctx, 2*time.Millisecond)
		}
	}
	return time.Time{}, fmt.Errorf("wait until all is decided: %w", err)
}

// settled waits until no message waits for its delivery.
func (s *server) settled(ctx context.Context) error {
	for {
		n := int64(0)
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, `SELECT COUNT(*) FROM due WHERE org = $1 AND lane = $2 AND state <> $3`, tx.Org(), "mail", "dead").Scan(&n)
		})
		if err == nil && n > 0 {
			err = pause(ctx, 5*time.Millisecond)
		}
		if err != nil || n == 0 {
			return err
		}
	}
}

// stop ends the server in good order.
func (s *server) stop(ctx context.Context) error {
	err := s.db.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return errors.Join(s.Stop(ctx), err)
}

func (s *server) target() load.Target {
	return load.Target{URL: s.URL, Token: s.town.token}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// good says what is wrong with a load whose events were not all accepted, or nil.
func good(r load.Result, events int) error {
	if r.Outcomes["accepted"] == events {
		return nil
	}
	var said strings.Builder
	for word, n := range r.Outcomes {
		fmt.Fprintf(&said, " %d %s", n, word)
	}
	return fmt.Errorf("of %d events%s, %d requests failed (%s)", events, said.String(), r.Failed, r.FirstError)
}
