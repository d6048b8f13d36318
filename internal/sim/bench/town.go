package bench

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/config"
)

// Names of the generated community. The time zone is given, so it counts as confirmed and mail may really go out.
const (
	townName   = "Bench Court"
	townZone   = "America/Chicago"
	townSource = "bench"
)

// town is a community on disk, ready to be served: residents, staff, playbooks and a token.
type town struct {
	cfg       config.Config
	dir       string // its own files: the embedded database, mail that goes into files
	token     string
	residents int
	flags     []string // further ones of the program that serves it
}

// resident gives the id by which the community's source knows its n-th resident.
func resident(n int) string { return fmt.Sprintf("b%07d", n) }

// residentsCSV writes a tenant directory of n people, each the only one in a home.
func residentsCSV(n int, today time.Time) []byte { return residentsOf(townName, 0, n, today) }

// residentsOf is residentsCSV for a property and the people whose numbers begin with first.
func residentsOf(property string, first, n int, today time.Time) []byte {
	rows := [][]string{{"Property", "Unit", "Tenant ID", "First Name", "Last Name", "Tenant Type", "Email", "Lease ID",
		"Status", "Move-in Date", "Lease Start Date", "Lease End Date", "Rent"}}
	given := []string{"Ana", "Ben", "Cleo", "Dev", "Eva", "Finn", "Gina", "Hugo", "Iris", "Jon"}
	family := []string{"Abel", "Brandt", "Castro", "Dunn", "Ellis", "Ferro", "Gupta", "Hale", "Ito", "Jansen", "Kerr"}
	for i := first; i < first+n; i++ {
		start := today.AddDate(0, 0, -30-i%300)
		rows = append(rows, []string{property, strconv.Itoa(1001 + i), resident(i), given[i%len(given)],
			family[i/len(given)%len(family)] + " " + letters(i), "Leaseholder", fmt.Sprintf("r%d@homes.example", i), fmt.Sprintf("l%07d", i),
			"Current", start.Format("1/2/2006"), start.Format("1/2/2006"), start.AddDate(1, 0, -1).Format("1/2/2006"), "1500.00"})
	}
	return csvBytes(rows)
}

// letters writes a number in letters, so that no two residents share a name.
func letters(n int) string {
	out := []byte{byte('A' + n%26)}
	for n /= 26; n > 0; n /= 26 {
		out = append(out, byte('a'+n%26))
	}
	return string(out)
}

func staffCSV() []byte {
	rows := [][]string{{"Staff ID", "Name", "Email", "Role", "Work Days", "Work Hours", "Minutes a Day"}}
	for i, role := range []string{"Property Manager", "Leasing", "Leasing", "Maintenance Supervisor", "Technician"} {
		rows = append(rows, []string{fmt.Sprintf("s%d", i), "Staff " + letters(i), fmt.Sprintf("s%d@court.example", i), role,
			"Mon-Sun", "09:00-18:00", "420"})
	}
	return csvBytes(rows)
}

func csvBytes(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a bytes.Buffer takes everything
	return b.Bytes()
}

// settings gives the settings of a community: a directory of its own, or a database under an organization of its own.
func (b *bench) settings(dir string) (config.Config, error) {
	flags := map[string]string{"log-level": "error", "log-format": "text"}
	if b.Database == "" {
		flags["data"] = dir
	} else {
		flags["database"], flags["org"] = b.Database, "bench-"+filepath.Base(b.dir)+"-"+filepath.Base(dir)
	}
	l, err := config.Load(config.Input{Flags: flags, Environ: nil})
	if err != nil {
		return config.Config{}, err
	}
	return l.Config, nil
}

// build makes a community of n residents with the bench's playbooks. Everything in it is history or decided.
func (b *bench) build(ctx context.Context, name string, n int) (*town, error) {
	return b.made(ctx, name, n, func(a *app.App, t *town) error {
		if n == 0 {
			return nil
		}
		return b.bring(ctx, a, t, townName, residentsCSV(n, a.Clock.Now()), staffCSV())
	})
}

// spread makes a community of several properties, which nodes can share.
func (b *bench) spread(ctx context.Context, name string) (*town, error) {
	return b.made(ctx, name, nodeHomes*nodeResident, func(a *app.App, t *town) error {
		for i := range nodeHomes {
			property := fmt.Sprintf("%s %d", townName, i)
			if err := b.bring(ctx, a, t, property, residentsOf(property, i*nodeResident, nodeResident, a.Clock.Now()), nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// made makes a community that fill fills, with the bench's playbooks.
func (b *bench) made(ctx context.Context, name string, n int, fill func(a *app.App, t *town) error) (*town, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	cfg, err := b.settings(dir)
	if err != nil {
		return nil, err
	}
	t := &town{cfg: cfg, dir: dir, residents: n}
	a, err := app.Open(ctx, cfg, app.Options{Version: b.Version, Relaxed: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	b.orgs = append(b.orgs, cfg)
	if err = fill(a, t); err == nil {
		err = b.open(ctx, a, t)
	}
	return t, errors.Join(err, a.Close())
}

// bring imports residents and, if there are any, staff.
func (b *bench) bring(ctx context.Context, a *app.App, t *town, property string, residents, staff []byte) error {
	for _, f := range []struct {
		kind string
		body []byte
	}{{"residents", residents}, {"staff", staff}} {
		if len(f.body) == 0 {
			continue
		}
		path := filepath.Join(t.dir, f.kind+".csv")
		if err := os.WriteFile(path, f.body, 0o600); err != nil {
			return err
		}
		rep, err := a.Import(ctx, app.ImportRequest{Property: property, Zone: townZone, Source: townSource, Kind: f.kind, Files: []string{path}})
		if err != nil {
			return err
		}
		if c := rep.Counts; c.Added != c.Rows {
			return fmt.Errorf("import %s: %d of %d rows came in", f.kind, c.Added, c.Rows)
		}
	}
	return nil
}

// open switches the playbooks on, decides what is there and makes a token.
func (b *bench) open(ctx context.Context, a *app.App, t *town) error {
	for _, text := range playbooksFor() {
		if _, err := a.Engine.Activate(ctx, []byte(text), 0); err != nil {
			return fmt.Errorf("%w in %s", err, text)
		}
	}
	if err := a.Engine.Drain(ctx); err != nil {
		return err
	}
	if err := catchUp(ctx, a.Identity.RunOnce, a.Hearing.RunOnce, a.Inbox.FollowOnce); err != nil {
		return err
	}
	var err error
	t.token, err = a.CreateToken(ctx, "bench", []string{"admin"})
	return err
}

// catchUp lets those who follow the log beside the decisions come to its end: who the residents are and what they said is
// looked at once, after they came in, and is no part of what an event costs.
func catchUp(ctx context.Context, followers ...func(context.Context) (bool, error)) error {
	for _, follow := range followers {
		for more := true; more; {
			var err error
			if more, err = follow(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// clone gives a copy of a community that a run may change. On PostgreSQL, where copies are not to be had, the community
// is built anew under another organization.
func (b *bench) clone(ctx context.Context, t *town, name string) (*town, error) {
	if b.Database != "" {
		return b.build(ctx, name, t.residents)
	}
	dir := filepath.Join(b.dir, name)
	if err := os.CopyFS(dir, os.DirFS(t.dir)); err != nil {
		return nil, fmt.Errorf("copy the community: %w", err)
	}
	// What is copied must not be written while something is measured: the first commits would wait for all of it.
	if err := syncAll(dir); err != nil {
		return nil, fmt.Errorf("write the copied community: %w", err)
	}
	c := *t
	c.cfg.Data, c.dir = dir, dir
	return &c, nil
}

// syncAll writes the files of a directory, and those below it, to the disk.
func syncAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// drop removes a clone's files.
func (b *bench) drop(t *town) { os.RemoveAll(t.dir) }

// Of the event type that the load posts, ten playbooks have a condition; half of them send and half give a task.
const (
	loadType = hearth.EventType("visit.recorded")
	matching = 10
	active   = 50
)

// playbooksFor writes the fifty playbooks of the bench: ten on the load's event type, twenty on other types, twenty
// standing conditions that nobody comes inside.
func playbooksFor() []string {
	var all []string
	for i := range matching {
		effect := fmt.Sprintf("send: {template: service-received, class: answer, purpose: bench.k%d}", i)
		if i%2 == 1 {
			effect = "task: {title: Look at it, why: The bench asks for it., role: leasing, minutes: 5, due: 4 business hours}"
		}
		all = append(all, fmt.Sprintf(`id: bench-match-%d
title: Match %d
depth: automatic
why: The bench measures how fast this is decided.
trigger:
  on: %s
  if: resident.role == "leaseholder" && lease.status == "current" && engagement.acts_30d >= 0 && event.kind == "k%d"
limits: {again: each time}
steps:
  - branch:
      - if: service.open > 20
        steps: [{end: Too much is open.}]
      - else:
          - %s
`, i, i, loadType, i, effect))
	}
	others := []string{"workorder.opened", "workorder.completed", "portal.visited", "message.clicked", "survey.answered"}
	for i := range 20 {
		all = append(all, idle(i, fmt.Sprintf("on: %s\n  if: service.open > %d && lease.status == \"past\" && tenancy.days > 30 && engagement.level > 100.0",
			others[i%len(others)], 20+i)))
	}
	for i := range 20 {
		cond := fmt.Sprintf("service.open > %d && service.repeats_90d > 8 && lease.status == \"current\" && tenancy.days > 30", 10+i)
		if i%4 == 0 {
			cond = fmt.Sprintf("lease.days_to_end >= 0 && lease.days_to_end <= %d && service.open > 10 && lease.status == \"current\"", 30+i)
		}
		all = append(all, idle(20+i, "when: "+cond))
	}
	return all
}

// idle is a playbook that is loaded and looked at and never starts.
func idle(i int, trigger string) string {
	return fmt.Sprintf(`id: bench-idle-%d
title: Idle %d
depth: automatic
why: The bench loads it beside those that start.
trigger:
  %s
limits: {again: once per 90 days}
steps:
  - send: {template: service-received, class: answer, purpose: bench.idle}
`, i, i, trigger)
}
