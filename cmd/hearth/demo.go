package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/sim/live"
)

type demoCmd struct {
	Listen  string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of pages and API; the next free port if it is taken."`
	Data    string `placeholder:"DIR" help:"Keep the community in this directory, and serve it again the next time. Left out, it is gone at the end."`
	Units   int    `default:"240" placeholder:"N" help:"Homes in the community."`
	Seed    uint64 `default:"1" placeholder:"S" help:"Another seed gives another community."`
	Backups string `placeholder:"DIR" help:"Directory whose backups the operator's page watches, as serve's setting of that name. Left out, none are watched."`
}

// Run makes a community, unless the directory holds one, and serves it until it is told to stop.
func (c *demoCmd) Run(r *run) (err error) {
	data := c.Data
	if data == "" {
		tmp, err := os.MkdirTemp("", "hearth-demo-")
		if err != nil {
			return fmt.Errorf("make a directory for the demo: %w", err)
		}
		defer os.RemoveAll(tmp)
		data = filepath.Join(tmp, "data")
	}
	demo, found, err := live.FindDemo(data)
	if err != nil {
		return err
	}
	// The environment's settings are those of the real thing; a demo takes none of them.
	cfg, err := config.Load(config.Input{Flags: map[string]string{"data": data, "listen": c.Listen, "metrics-listen": "off", "backups": c.Backups,
		"send": "sink", "log-level": "error", "log-format": "text"}})
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(r.errOut, &slog.HandlerOptions{Level: slog.LevelError}))
	opts := app.ServeOptions{Open: true, NextPort: true, Community: live.OnCommunity}
	// The address answers before there is a program behind it.
	s, err := app.Listen(&app.App{Config: cfg.Config, Clock: app.SystemClock{}, Logger: logger}, opts)
	if err != nil {
		return err
	}
	if !found {
		r.printf("Making a community of %d homes with a year of history; follow it on http://%s\n", c.Units, s.Addr())
		if demo, err = c.make(r, s, data); err != nil {
			return errors.Join(err, s.Stop())
		}
	}
	return c.serve(r, s, cfg.Config, opts, demo)
}

// make generates the community while the address says how far it is.
func (c *demoCmd) make(r *run, s *app.Server, data string) (live.Demo, error) {
	now := app.SystemClock{}.Now()
	// Somebody waits: for these seconds memory is cheaper than time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	s.Waiting().Set(0, "Building the homes and moving everybody in.")
	return live.MakeDemo(r.ctx, data, c.Units, c.Seed, now, func(day hearth.Day, done float64) {
		y, m, _ := day.Date()
		s.Waiting().Set(int(97*done), fmt.Sprintf("Living a year of the community: %s %d.", m, y))
	})
}

// serve opens what was made, as a real community is served: with the machine's clock, and every commit on disk.
func (c *demoCmd) serve(r *run, s *app.Server, cfg config.Config, opts app.ServeOptions, demo live.Demo) error {
	s.Waiting().Set(98, "Opening the community.")
	cfg.Listen = s.Addr()
	a, err := app.Open(r.ctx, cfg, app.Options{Version: version, Logger: s.Logger})
	if err != nil {
		return errors.Join(err, s.Stop())
	}
	s.App = a
	made := demo.Made.Format("2 January 2006")
	opts.Notes = []string{fmt.Sprintf("Everything here is invented: %s, its %d homes, their people, and a year of history that ends on %s. "+
		"The mail of that year was never sent.", demo.Community, demo.Units, made)}
	if err := s.Run(r.ctx, opts); err != nil {
		return errors.Join(err, s.Stop(), a.Close())
	}
	secret, err := a.CreateToken(r.ctx, "demo", []string{"admin"})
	if err != nil {
		return errors.Join(err, s.Stop(), a.Close())
	}
	r.printf("%s: %d homes, %d events since %s. All of it is invented.\n", demo.Community, demo.Units, demo.Events, demo.From)
	r.printf("Open http://%s\nToken for the API (Authorization: Bearer …): %s\n", s.Addr(), secret)
	if err := sayResident(r, a, s.Addr()); err != nil {
		return errors.Join(err, s.Stop(), a.Close())
	}
	people, err := a.DemoSignIns(r.ctx)
	if err != nil {
		return errors.Join(err, s.Stop(), a.Close())
	}
	for i, p := range people {
		if i == 0 {
			r.printf("Look around without signing in, or sign in as one of the team, with the password %q:\n", p.Password)
		}
		r.printf("  %s  %s, %s\n", p.Login, p.Name, p.Role)
	}
	return errors.Join(s.Wait(r.ctx), a.Close())
}

// sayResident prints a link that opens the portal as a resident.
func sayResident(r *run, a *app.App, addr string) error {
	who, err := a.SomeResident(r.ctx)
	if err != nil || who == "" {
		return err
	}
	link, err := a.HomeLink(r.ctx, who, 7*24*time.Hour)
	if err != nil {
		return err
	}
	r.printf("As a resident: http://%s%s\n", addr, link)
	return nil
}
