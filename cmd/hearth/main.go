// Command hearth is the whole program: it serves a community, brings exports in, makes demonstrations and measures
// itself. One file per command; what a command does is in internal/app and internal/sim.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/config"
)

// version is set by the linker.
var version = "dev" //nolint:gochecknoglobals // the linker needs a variable

// cli is the command line. Exact names: people script them.
type cli struct {
	Serve    serveCmd    `cmd:"" help:"Serve pages and API, decide on events, deliver mail."`
	Demo     demoCmd     `cmd:"" help:"Generate a believable community with a year of history and serve it."`
	Import   importsCmd  `cmd:"" help:"Bring in an export of another system, or take one back."`
	Token    tokenCmd    `cmd:"" help:"Tokens for programs."`
	Account  accountCmd  `cmd:"" help:"Who can sign in: list, open, reset, close; where they are signed in."`
	Playbook playbookCmd `cmd:"" help:"List, check, switch on and explain playbooks."`
	Task     taskCmd     `cmd:"" help:"List, take and finish tasks."`
	Moments  momentsCmd  `cmd:"" help:"The map of moments: how much personal effort each gets."`
	Staff    staffCmd    `cmd:"" help:"The team's absences."`
	Segment  segmentCmd  `cmd:"" help:"Named conditions over signals, and who is in them now."`
	Quality  qualityCmd  `cmd:"" help:"What is missing where it matters next, and what contradicts itself."`
	careCmds
	Signals   signalsCmd   `cmd:"" help:"Signals of residents."`
	Identity  identityCmd  `cmd:"" help:"Residents who may be one person: list, decide, take back."`
	Heard     heardCmd     `cmd:"" help:"What residents said about how they like things: list, keep, decline."`
	Consent   consentCmd   `cmd:"" help:"What residents allowed and refused: list, record."`
	Broadcast broadcastCmd `cmd:"" help:"Say one thing to many: foretell, send, stop, and see what came of it."`
	Template  templateCmd  `cmd:"" help:"The texts of messages: list, check, preview, put your own."`
	Outlook   outlookCmd   `cmd:"" help:"What will reach a resident, how much reaches a property, why a home got nothing."`
	Round     roundCmd     `cmd:"" help:"Letters, notices for doors and calls: list, print, say what became of each."`
	Mail      mailCmd      `cmd:"" help:"Mail that came in: list, say who wrote it."`
	Property  propertyCmd  `cmd:"" help:"How a property works: its settings."`
	Webhook   webhookCmd   `cmd:"" help:"Programs that hear what happens: list, add, test, pause, resume, remove."`
	Simulate  simulateCmd  `cmd:"" help:"Live a generated community's days on virtual time and print what came of it."`
	Evaluate  evaluateCmd  `cmd:"" help:"Measure how well Hearth understands, on lists whose truth is known."`
	Bench     benchCmd     `cmd:"" help:"Measure speed and memory on this machine."`
	Config    configCmd    `cmd:"" help:"Settings: where each comes from."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// place is where the data is, for commands beside serve.
type place struct {
	Data     string `name:"data" placeholder:"DIR" help:"Directory of the embedded database."`
	Database string `name:"database" placeholder:"URL" help:"PostgreSQL: postgres://USER@HOST/NAME."`
	Org      string `name:"org" placeholder:"NAME" help:"Organization; main if none is named."`
	File     string `name:"config" placeholder:"FILE" help:"File of settings."`
}

// run is what commands work with.
type run struct {
	ctx    context.Context   //nolint:containedctx // for the length of one command
	flags  map[string]string // given on the command line
	out    io.Writer
	errOut io.Writer
	unsaid error // the first that kept words from standard output
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs one command line and gives the exit code: 0 done, 1 it failed, 2 the command line is wrong.
func execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("hearth"), kong.Writers(out, errOut), kong.Exit(func(n int) { exited = n }),
		kong.Description("Residents known, not processed."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		warnf(errOut, "%s\n", err)
		return 1
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		warnf(errOut, "hearth: %s\nSee: hearth --help\n", err)
		return 2
	}
	r := &run{ctx: ctx, flags: given(k), out: out, errOut: errOut}
	err = k.Run(r)
	if err = errors.Join(err, r.unsaid); err != nil {
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			return 0
		}
		warnf(errOut, "hearth: %s\n", sentence(err))
		return 1
	}
	return 0
}

// given collects the settings that stand on the command line, without those that have only their default. A flag with the
// tag own means something else in its command than the setting of that name.
func given(k *kong.Context) map[string]string {
	flags := map[string]string{}
	for _, p := range k.Path {
		if p.Flag != nil && !p.Flag.Tag.Has("own") {
			flags[p.Flag.Name] = fmt.Sprint(p.Flag.Target.Interface())
		}
	}
	return flags
}

// sentence is an error for the terminal: the sentence for a person, and for the operator what lies beneath.
func sentence(err error) string {
	var e *hearth.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// settings gathers the settings; flags that are no settings are left out.
func (r *run) settings() (*config.Loaded, error) {
	known := map[string]string{}
	for _, name := range append(config.Names(), config.FileKey) {
		if v, ok := r.flags[name]; ok {
			known[name] = v
		}
	}
	return config.Load(config.Input{Flags: known, Environ: os.Environ()})
}

// open builds the program over the settings, quietly: commands talk to people, not to a log.
func (r *run) open(o app.Options) (*app.App, error) {
	cfg, err := r.settings()
	if err != nil {
		return nil, err
	}
	if cfg.Origin("log-level") == config.FromDefault {
		cfg.LogLevel, cfg.LogFormat = "warn", "text"
	}
	o.Version = version
	return app.Open(r.ctx, cfg.Config, o)
}

// with runs f over the opened program and closes it. A directory that is mistyped is said, and not made into another installation.
func (r *run) with(f func(a *app.App) error) error {
	return r.over(app.Options{Begun: true}, f)
}

// begin is with for a command that an installation can begin with.
func (r *run) begin(f func(a *app.App) error) error {
	return r.over(app.Options{}, f)
}

func (r *run) over(o app.Options, f func(a *app.App) error) error {
	a, err := r.open(o)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(r *run) error {
	_, err := fmt.Fprintln(r.out, "hearth", version)
	return err
}
