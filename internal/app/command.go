package app

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/account"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
	"hearth/playbooks"
)

// operator is who acts when a command is given on the machine itself.
func operator() hearth.Actor {
	return hearth.Actor{Kind: "system", ID: "operator", Name: "The operator"}
}

// CreateToken makes a token for programs and gives its secret, which is shown only now.
func (a *App) CreateToken(ctx context.Context, name string, scopes []string) (secret string, err error) {
	list := make([]account.Scope, len(scopes))
	for i, s := range scopes {
		list[i] = account.Scope(s)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		secret, err = a.Accounts.CreateToken(ctx, tx, name, list)
		return err
	})
	return secret, err
}

// Behind counts the events that no node has decided on yet.
func (a *App) Behind(ctx context.Context) (n int64, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		n, err = a.Engine.Behind(ctx, tx)
		return err
	})
	return n, err
}

// PlaybookLine is a playbook in the list of the command line.
type PlaybookLine struct {
	ID      hearth.PlaybookID
	Title   string
	State   string // "active", "retired", "shipped"
	Version int
	Runs    int // active ones
}

// Playbooks lists the shipped playbooks and those that are or were switched on, by id.
func (a *App) Playbooks(ctx context.Context) ([]PlaybookLine, error) {
	lines := map[hearth.PlaybookID]PlaybookLine{}
	for id, text := range a.Library {
		lines[id] = PlaybookLine{ID: id, Title: titleOf(text), State: "shipped"}
	}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		stored, err := playbook.Versions(ctx, tx)
		if err != nil {
			return err
		}
		counts, err := playbook.Counts(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range stored { // by version: the newest stays
			lines[s.ID] = PlaybookLine{ID: s.ID, Title: titleOf([]byte(s.Text)), State: s.State, Version: s.Version,
				Runs: counts[s.ID][playbook.RunActive]}
		}
		return nil
	})
	out := make([]PlaybookLine, 0, len(lines))
	for _, l := range lines {
		out = append(out, l)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, err
}

func titleOf(text []byte) string {
	if d, err := playbook.Parse(text); err == nil {
		return d.Title
	}
	return ""
}

// CheckPlaybook checks a playbook's text without any database and gives it back in words.
func CheckPlaybook(text []byte) ([]string, error) {
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		return nil, err
	}
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		return nil, err
	}
	c, err := playbook.NewCompiler(env, eventlog.Types(), func(id string) bool { _, ok := templates.Get(id); return ok },
		templates.IDs()...)
	if err != nil {
		return nil, err
	}
	p, err := c.Compile(text)
	if err != nil {
		return nil, err
	}
	warnings, err := playbook.ShippedMap().Check(p.Def)
	return append(p.Def.Words(), warnings...), err
}

// Shipped gives the text of a shipped playbook by its id, or of a file by its path.
func Shipped(idOrPath string) ([]byte, error) {
	all, err := playbooks.Library()
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, f := range all {
		if f.ID == idOrPath {
			return f.Text, nil
		}
		ids[i] = f.ID
	}
	text, err := os.ReadFile(idOrPath)
	if err == nil {
		return text, nil
	}
	if near := rule.Nearest(idOrPath, ids); near != "" {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no playbook or file %q. Did you mean %s?", idOrPath, near)
	}
	return nil, hearth.Errorf(hearth.CodeNotFound, "There is no playbook or file %q. The shipped ones are: %s.", idOrPath, strings.Join(ids, ", "))
}

// Activate switches a playbook on. idOrPath names a shipped one or a file.
func (a *App) Activate(ctx context.Context, idOrPath string, aDay int) (trigger.Activation, error) {
	text, err := Shipped(idOrPath)
	if err != nil {
		return trigger.Activation{}, err
	}
	// What was imported and not yet decided would be missing from those inside.
	if err := a.Engine.Drain(ctx); err != nil {
		return trigger.Activation{}, err
	}
	return a.Engine.Activate(ctx, text, aDay)
}

// Why explains how a playbook stands for a resident, who may be named by Hearth's id or by one of a source; with a time
// ("2026-03-04T14:00:00Z", or a day for its end at their property), how it stood then.
func (a *App) Why(ctx context.Context, resident string, id hearth.PlaybookID, at string) (why *trigger.Explanation, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		who, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		if at == "" {
			why, err = a.Engine.Why(ctx, tx, who, id, a.Library[id])
			return err
		}
		then, err := a.past(ctx, tx, who, at)
		if err != nil {
			return err
		}
		why, err = a.Engine.WhyAt(ctx, tx, who, id, a.Library[id], then)
		return err
	})
	return why, err
}

// past reads a time in the past: an instant, or a day, which means its end where the resident lives.
func (a *App) past(ctx context.Context, tx *db.Tx, who hearth.ResidentID, at string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return t.UTC(), nil
	}
	day, err := hearth.ParseDay(at)
	if err != nil {
		return time.Time{}, hearth.FieldErrorf("at", "%q is neither a time like 2026-03-04T14:00:00Z nor a day like 2026-03-04.", at)
	}
	r, err := a.Records.Resident(ctx, tx, who)
	if err != nil {
		return time.Time{}, err
	}
	zone, err := a.Records.Zone(ctx, tx, r.Property)
	if err != nil {
		return time.Time{}, err
	}
	t := (day + 1).Start(zone).Add(-time.Millisecond)
	if now := tx.Now(); t.After(now) && hearth.DayOf(now, zone) == day {
		t = now
	}
	return t, nil
}

// resident finds who is meant.
func (a *App) resident(ctx context.Context, tx *db.Tx, id string) (hearth.ResidentID, error) {
	found, err := a.Records.Find(ctx, tx, "resident", id, "")
	if err != nil {
		return "", err
	}
	switch len(found) {
	case 0:
		return "", hearth.Errorf(hearth.CodeNotFound, "There is no resident %q. Search with: GET /api/v1/residents?search=NAME.", id)
	case 1:
		return hearth.ResidentID(found[0].ID), nil
	}
	return "", hearth.Errorf(hearth.CodeConflict, "%q could be %d residents; name one by Hearth's own id.", id, len(found))
}

// TaskLine is a task in the list of the command line.
type TaskLine struct {
	task.Task
	OwnerName string // "" when it lies in the property's queue
}

// OpenTasks lists what is still to do, by due time, all pages.
func (a *App) OpenTasks(ctx context.Context) ([]TaskLine, error) {
	all, err := a.openTasks(ctx)
	if err != nil {
		return nil, err
	}
	names := map[hearth.StaffID]string{}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		team, err := a.Records.AllStaff(ctx, tx)
		for _, m := range team {
			names[m.ID] = m.Name
		}
		return err
	})
	lines := make([]TaskLine, len(all))
	for i, t := range all {
		lines[i] = TaskLine{Task: t, OwnerName: names[t.Owner]}
	}
	return lines, err
}

func (a *App) openTasks(ctx context.Context) (out []task.Task, err error) {
	cursor := ""
	for {
		err = a.DB.Read(ctx, func(tx *db.Tx) error {
			page, next, err := a.Tasks.List(ctx, tx, task.Filter{}, cursor, 200)
			out, cursor = append(out, page...), next
			return err
		})
		if err != nil || cursor == "" {
			return out, err
		}
	}
}

// actor is the staff member whom a command acts for, or the operator.
func (a *App) actor(ctx context.Context, tx *db.Tx, as string) (hearth.Actor, error) {
	if as == "" {
		return operator(), nil
	}
	all, err := a.Records.AllStaff(ctx, tx)
	if err != nil {
		return hearth.Actor{}, err
	}
	i := slices.IndexFunc(all, func(s record.Staff) bool {
		return string(s.ID) == as || strings.EqualFold(s.Email, as) || strings.EqualFold(s.Name, as)
	})
	if i < 0 {
		return hearth.Actor{}, hearth.FieldErrorf("as", "Nobody on the team is called %q; give a name, an e-mail address or an id.", as)
	}
	return hearth.Actor{Kind: "staff", ID: string(all[i].ID), Name: all[i].Name}, nil
}

// TakeTask makes a staff member the owner of a task.
func (a *App) TakeTask(ctx context.Context, as string, id hearth.TaskID) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		return a.Tasks.Take(ctx, tx, who, id)
	})
}

// FinishTask closes a task with what was learned.
func (a *App) FinishTask(ctx context.Context, as string, id hearth.TaskID, facts map[string]string) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		return a.Tasks.Done(ctx, tx, who, id, facts)
	})
}

// ImportRequest is an import as a command asks for it.
type ImportRequest struct {
	Property, Zone, Source, Kind string
	Files                        []string
	Mapping                      string
	DryRun, Retry, Partial       bool
	Progress                     func(stage string, done float64, rows int)
}

// Import brings files in.
func (a *App) Import(ctx context.Context, r ImportRequest) (*ImportReport, error) {
	req := ingest.Request{Property: r.Property, Zone: r.Zone, Source: r.Source, Kind: column.Kind(r.Kind), Files: r.Files,
		Mapping: r.Mapping, DryRun: r.DryRun, Retry: r.Retry, Partial: r.Partial, Actor: operator()}
	if r.Progress != nil {
		req.Progress = func(p ingest.Progress) { r.Progress(p.Stage, p.Done, p.Rows) }
	}
	report, err := a.Importer.Run(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return report, nil
}

// ImportReport is the result of an import or of a dry run, row by row.
type ImportReport = ingest.Report

// ImportRow is what became of one row of it.
type ImportRow = ingest.RowReport

// SkipColumn is the field of a column that an import does not use.
const SkipColumn = column.Skip
