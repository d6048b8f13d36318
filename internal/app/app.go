package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strconv"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/act/message/round"
	"hearth/internal/act/task"
	"hearth/internal/act/webhook"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/errand"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/inbox/helper"
	"hearth/internal/decide/outlook"
	"hearth/internal/decide/packet"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/edge/ingest"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/identity"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
	"hearth/internal/sense/heard/proposal"
	"hearth/internal/sense/signal"
	"hearth/playbooks"
)

// Options are what a program brings beside its settings. Zero values mean the real thing.
type Options struct {
	Clock   hearth.Clock // the machine's clock, moved by the setting
	Random  io.Reader    // crypto/rand
	Logger  *slog.Logger // standard error, as the settings say
	Relaxed bool         // no sync at commit: for communities that can be generated again
	Alone   bool         // see db.Config: for those that are being generated
	Version string       // of the program
	Begun   bool         // refuse a data directory that is not there, or holds other things, instead of beginning an installation in it
	// Fault is for fault tests: the database asks it before steps that can fail (base/db). Nil in production.
	Fault func(step string) error
}

// App is Hearth, built and not yet running: every area with the database, clock and chance that it works with.
type App struct {
	Config  config.Config
	Clock   hearth.Clock
	Logger  *slog.Logger
	Version string
	Recent  *Recent // what was complained about
	Node    string  // names this process among those that share the database

	DB         *db.DB
	Log        *eventlog.Log
	Identity   *identity.Store
	Hearing    *proposal.Store // facts heard
	Records    *record.Store
	Consent    *consent.Store
	Accounts   *account.Store
	People     *account.People // who can sign in
	Care       *care.Store
	Decisions  *decision.Store
	Tasks      *task.Store
	Workorders *workorder.Store
	Messages   *message.Store
	Inbox      *inbox.Inbox
	Assign     *assign.Assigner
	Templates  *desk.Library
	Desk       *desk.Desk
	Texting    *texting.Listener // what comes in by text message
	Assistant  *helper.Helper    // helps whoever writes; nil: no language model is set
	Errands    *errand.Service   // what people deliver
	Compiler   *playbook.Compiler
	Engine     *trigger.Engine
	Broadcasts *broadcast.Service
	Webhooks   *webhook.Hooks
	Wording    *wording.Service // the texts of messages
	Outlook    *outlook.Service // what reaches residents, and what does not
	Door       *ingest.Door
	Importer   *ingest.Importer
	Library    map[hearth.PlaybookID][]byte // the shipped playbooks' texts
	Blobs      *blob.Store                  // photos
	Figures    *metric.Store                // how it goes, by week
}

// Open builds the program over the settings' database. It starts nothing. The caller closes it.
func Open(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	a := &App{Config: cfg, Clock: o.Clock, Logger: o.Logger, Version: o.Version, Node: nodeName(cfg)}
	if a.Logger == nil {
		a.Logger = newLogger(cfg)
	}
	a.Recent = &Recent{}
	a.Logger = slog.New(a.Recent.over(a.Logger.Handler()))
	if a.Clock == nil {
		shift, err := cfg.Shift()
		if err != nil {
			return nil, err
		}
		a.Clock = SystemClock{Shift: shift}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if err := a.openDB(ctx, o); err != nil {
		return nil, err
	}
	if err := a.build(o.Random); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

// Close gives the database back.
func (a *App) Close() error { return errors.Join(a.Blobs.Close(), a.DB.Close()) }

func (a *App) openDB(ctx context.Context, o Options) error {
	dc := db.Config{Org: hearth.OrgID(a.Config.Org), Clock: a.Clock, Log: a.Logger, Relaxed: o.Relaxed, Alone: o.Alone, Fault: o.Fault}
	switch {
	case a.Config.Database != "":
		dc.URL = a.Config.DatabaseURL()
	case a.Config.Data != "":
		dc.Dir = a.Config.Data
		if o.Begun && !begun(dc.Dir) {
			return hearth.FieldErrorf("data", "There is no Hearth in %s: it has no %s. Look whether --data is right; hearth serve and hearth import begin a new one.", dc.Dir, db.FileName)
		}
	default:
		return hearth.FieldErrorf("data", "Say where Hearth keeps its data: --data DIR, or --database postgres://… for PostgreSQL.")
	}
	var err error
	a.DB, err = db.Open(ctx, dc)
	return err
}

// begun tells whether a directory holds an installation, or is empty because somebody has just made it for one. What cannot be
// looked at is left to the database to complain about.
func begun(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return len(entries) == 0 || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == db.FileName })
}

// build makes every area, lowest first.
func (a *App) build(random io.Reader) error {
	var err error
	if a.Log, err = eventlog.New(a.DB); err != nil {
		return err
	}
	if a.Blobs, err = blob.Open(a.DB, random); err != nil {
		return err
	}
	a.Records = record.New(a.Log, random)
	a.Records.Versions = rand.Reader
	a.Identity = identity.NewStore(identity.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Random: random, Node: a.Node, Logger: a.Logger})
	a.Hearing = proposal.NewStore(proposal.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Random: random, Node: a.Node, Logger: a.Logger})
	a.Consent = consent.New(a.Log)
	if a.Consent.Hours, err = consent.LoadHours(a.Config.LegalHours); err != nil {
		return err
	}
	a.Accounts = account.New(random)
	// Secrets are never drawn from a seed; and what is drawn at the start would move everything that a simulation draws after it.
	if a.People, err = account.NewPeople(account.Deps{DB: a.DB, Records: a.Records, Random: rand.Reader}); err != nil {
		return err
	}
	a.Care = care.New(a.Log, a.Records)
	a.Decisions = decision.New()
	a.Tasks = task.New(a.Log, a.Records)
	a.Workorders = workorder.New(a.Log, a.Records, random)
	a.Messages = message.New(a.Log, a.Consent, random)
	a.Assign = assign.New(a.Records, a.Tasks)
	if err := a.buildDecide(random); err != nil {
		return err
	}
	if err := a.buildWebhooks(random); err != nil {
		return err
	}
	price, err := config.ParsePrice(a.Config.TextPrice)
	if err != nil {
		return err
	}
	a.Broadcasts = broadcast.New(broadcast.Deps{DB: a.DB, Records: a.Records, Messages: a.Messages, Desk: a.Desk, Members: a.members,
		Views: a.Engine.ViewsOf, Over: a.Config.SecondPerson, Cost: price.Of, NewID: newIDs(random, "brd_")})
	a.Wording = wording.New(wording.Deps{Log: a.Log, Records: a.Records, Desk: a.Desk, Views: a.Engine.ViewsOf})
	a.Outlook = outlook.New(outlook.Deps{Records: a.Records, Messages: a.Messages, Decisions: a.Decisions, Desk: a.Desk, Engine: a.Engine})
	a.Figures = metric.New(metric.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Node: a.Node, Ahead: trigger.Follower})
	a.buildEdge(random)
	return a.buildHelper()
}

func (a *App) buildDecide(random io.Reader) error {
	var err error
	if a.Templates, err = desk.Load(desk.Shipped()); err != nil {
		return err
	}
	a.Desk, err = desk.New(desk.Deps{Records: a.Records, Consent: a.Consent, Messages: a.Messages, Tasks: a.Tasks, Assign: a.Assign,
		Decisions: a.Decisions, Templates: a.Templates, Care: a.Care, Sink: a.Config.Send != "real", Channels: a.channels(), Pages: a.baseURL() + message.PagesPath})
	if err != nil {
		return err
	}
	a.Texting = texting.New(texting.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Consent: a.Consent, Messages: a.Messages, Tasks: a.Tasks,
		Assign: a.Assign, Desk: a.Desk, Node: a.Node, Logger: a.Logger})
	a.Errands = errand.New(errand.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Messages: a.Messages, Rounds: round.New(a.Messages), Tasks: a.Tasks, Assign: a.Assign,
		Node: a.Node, Logger: a.Logger})
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		return err
	}
	has := func(id string) bool { _, ok := a.Templates.Get(id); return ok } // the engine asks for those that are made here
	if a.Compiler, err = playbook.NewCompiler(env, eventlog.Types(), has, a.Templates.IDs()...); err != nil {
		return err
	}
	a.Engine = trigger.New(trigger.Deps{DB: a.DB, Log: a.Log, Env: env, Compiler: a.Compiler, Records: a.Records, Desk: a.Desk,
		Tasks: a.Tasks, Assign: a.Assign, Packer: packet.New(a.Records, a.Workorders, a.Messages), Decisions: a.Decisions,
		Care: a.Care, Node: a.Node, Logger: a.Logger})
	a.Inbox = inbox.New(inbox.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Messages: a.Messages, Letters: letterbox.New(), Conversations: conversation.New(random),
		Tasks: a.Tasks, Assign: a.Assign, Desk: a.Desk, Care: a.Care, Consent: a.Consent, Signals: a.Engine.Signals, Pause: a.Engine.Pause, Believed: a.Config.MailBelieved, Node: a.Node, Logger: a.Logger})
	shipped, err := playbooks.Library()
	if err != nil {
		return err
	}
	a.Library = map[hearth.PlaybookID][]byte{}
	for _, f := range shipped {
		a.Library[hearth.PlaybookID(f.ID)] = f.Text
	}
	return nil
}

func (a *App) buildEdge(random io.Reader) {
	a.Door = ingest.NewDoor(ingest.DoorDeps{DB: a.DB, Log: a.Log, Records: a.Records, Workorders: a.Workorders,
		Messages: a.Messages, Consent: a.Consent})
	a.Importer = ingest.New(ingest.Deps{DB: a.DB, Log: a.Log, Records: a.Records, Workorders: a.Workorders, Messages: a.Messages,
		Consent: a.Consent, Tasks: a.Tasks, Door: a.Door, Accounts: a.People, Node: a.Node, Zone: a.Config.Zone, Random: random, Logger: a.Logger, Served: a.DB.Served})
}

// nodeName names this process: two lives of one node must not share a name, since the earlier may still hold claims.
func nodeName(cfg config.Config) string {
	name := cfg.Node
	if name == "" {
		name, _ = os.Hostname() // a host without a name is told apart by the rest
	}
	var life [4]byte
	if _, err := rand.Read(life[:]); err != nil {
		return name + "-" + strconv.Itoa(os.Getpid())
	}
	return fmt.Sprintf("%s-%d-%x", name, os.Getpid(), life)
}

func newLogger(cfg config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, o))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, o))
}
