package main

import (
	"errors"
	"fmt"

	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/sim/live"
)

type serveCmd struct {
	config.Config
	File string `name:"config" placeholder:"FILE" help:"File of settings, in YAML."`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(r *run) error {
	cfg, err := r.settings()
	if err != nil {
		return err
	}
	a, err := app.Open(r.ctx, cfg.Config, app.Options{Version: version})
	if err != nil {
		return err
	}
	return errors.Join(serve(r, a, app.ServeOptions{Community: live.OnCommunity}), a.Close())
}

// serve listens, says where, and runs until the end.
func serve(r *run, a *app.App, o app.ServeOptions) error {
	s, err := app.Listen(a, o)
	if err != nil {
		return err
	}
	if err := s.Run(r.ctx, o); err != nil {
		return errors.Join(err, s.Stop())
	}
	r.printf("Hearth serves on http://%s\n", s.Addr())
	offerSetup(r, a)
	if addr := s.MetricsAddr(); addr != "" {
		r.printf("Metrics are on http://%s/metrics\n", addr)
	}
	if addr := s.MailInAddr(); addr != "" {
		r.printf("Mail for %s is taken on %s\n", a.Config.MailDomain, addr)
	}
	return s.Wait(r.ctx)
}

// offerSetup prints the link that makes the first account. A program that serves goes on when none can be made, for
// residents' messages and work orders do not wait for a sign-in.
func offerSetup(r *run, a *app.App) {
	link, err := a.SetupLink(r.ctx)
	if err != nil {
		r.printf("Nobody may be able to sign in, for no link to open the first account could be made: %v Start Hearth again then, or run hearth account create.\n", err)
	} else if link != "" {
		r.printf("Nobody can sign in yet. Open the first account here, once, within a day: %s\n", link)
	}
}

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Print the settings with where each comes from; passwords are masked."`
	Check configCheckCmd `cmd:"" help:"Check the settings."`
}

type configPrintCmd struct {
	config.Config
	File string `name:"config" placeholder:"FILE" help:"File of settings, in YAML."`
}

// Run prints the settings.
func (c *configPrintCmd) Run(r *run) error {
	cfg, err := r.settings()
	if err != nil {
		return err
	}
	return cfg.Print(r.out)
}

type configCheckCmd struct {
	config.Config
	File string `name:"config" placeholder:"FILE" help:"File of settings, in YAML."`
}

// Run checks the settings.
func (c *configCheckCmd) Run(r *run) error {
	if _, err := r.settings(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(r.out, "The settings are in order.")
	return err
}
