package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page"
	"hearth/internal/base/work"
	"hearth/internal/edge/api"
	"hearth/internal/edge/mailin"
	"hearth/internal/edge/web"
	"hearth/internal/fact/quality"
	"hearth/internal/learn/fairness"
)

// Server is the running program: its listeners and loops.
type Server struct {
	*App
	mail    *Mail
	texts   *Texts         // nil: no provider is set
	pushes  *Pushes        // nil: push is no way
	mailIn  *mailin.Server // nil: mail is not taken by SMTP
	api     *api.API
	web     *web.Web
	group   *work.Group
	metrics *prometheus.Registry

	handler  atomic.Pointer[http.Handler] // the waiting page at first, then the program
	waiting  *web.Waiting
	public   net.Listener
	private  net.Listener // metrics; nil if they are off
	post     net.Listener // mail that comes in; nil if it is off
	servers  []*http.Server
	serving  sync.WaitGroup
	serveErr chan error
}

// ServeOptions are what a server shows beside its settings.
type ServeOptions struct {
	Open  bool     // pages are shown to everybody: only for a generated community
	Notes []string // sentences on top of the first page
	// NextPort takes the next free port when the wanted one is taken.
	NextPort bool
	// Community tries a playbook on a generated community in which playbooks are on; nil: there is none to generate.
	Community func(ctx context.Context, units int, seed uint64, on map[hearth.PlaybookID][]byte, t Trial) (*TrialReport, error)
}

// Listen takes the ports and answers at once, with a page that says how far the program is. Run follows.
func Listen(a *App, o ServeOptions) (*Server, error) {
	s := &Server{App: a, waiting: web.NewWaiting(), metrics: prometheus.NewRegistry(), serveErr: make(chan error, 3)}
	if err := errors.Join(s.checkClock(), checkReal(&a.Config)); err != nil {
		return nil, err
	}
	var err error
	if s.public, err = listen(a.Config.Listen, o.NextPort); err != nil {
		return nil, err
	}
	a.Config.Listen = s.public.Addr().String()
	if err := s.listenMetrics(); err != nil {
		return nil, errors.Join(err, s.public.Close())
	}
	if err := s.listenMail(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	s.show(s.waiting)
	m, err := httpd.NewMetrics(s.metrics)
	if err != nil {
		return nil, err
	}
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*s.handler.Load()).ServeHTTP(w, r) })
	s.serve(s.public, httpd.Wrap(outer, httpd.Options{Log: a.Logger, Clock: a.Clock, Metrics: m}))
	return s, nil
}

// checkClock refuses a clock that runs ahead while mail could reach somebody.
func (s *Server) checkClock() error {
	shift, err := s.Config.Shift()
	if err != nil {
		return err
	}
	if shift != 0 && !s.Config.Trial() {
		return hearth.FieldErrorf("clock", "The clock can only be moved while messages go to files or to servers on this machine.")
	}
	return nil
}

// Addr gives the address of pages and API.
func (s *Server) Addr() string { return s.public.Addr().String() }

// MetricsAddr gives the address of the metrics, "" if they are off.
func (s *Server) MetricsAddr() string {
	if s.private == nil {
		return ""
	}
	return s.private.Addr().String()
}

// Waiting is the page that says how far the program is until Run.
func (s *Server) Waiting() *web.Waiting { return s.waiting }

// Run builds the edges over the opened program, starts the loops and shows the pages. It comes back at once.
func (s *Server) Run(ctx context.Context, o ServeOptions) error {
	err := s.DB.Serve()
	if err != nil {
		return err
	}
	if s.mail, err = s.OpenMail(ctx); err != nil {
		return err
	}
	if s.texts, err = s.OpenTexts(ctx); err != nil {
		return err
	}
	if s.pushes, err = s.OpenPushes(ctx); err != nil {
		return err
	}
	s.api, err = api.New(api.Deps{DB: s.DB, Log: s.Log, Records: s.Records, Identity: s.Identity, Heard: s.Hearing, Accounts: s.Accounts, Tasks: s.Tasks, Messages: s.Messages,
		Decisions: s.Decisions, Engine: s.Engine, Broadcasts: s.Broadcasts, Webhooks: s.Webhooks, Wording: s.Wording, Outlook: s.Outlook, Inbox: s.Inbox, Consent: s.Consent, Texting: s.Texting, Door: apiDoor{s.Door}, Signals: s.Engine.Signals, Library: s.Library, Simulate: s.simulate(o), Clock: s.Clock,
		PushGuard: s.pushGuard(), Errands: s.Errands, Imports: apiImports{s.Importer}, Helper: s.Assistant,
		Logger: s.Logger, Rate: s.Config.Rate, Version: s.Version})
	if err != nil {
		return err
	}
	notes := o.Notes
	if s.Config.Send != "real" {
		notes = append(slices.Clone(notes), s.sunk()+" in "+s.sinkDir()+"; what stands as sent here reached nobody.")
	}
	s.web = web.New(web.Deps{Imports: webImports{s.Importer}, Deadline: deadline, Health: s.health, DB: s.DB, Log: s.Log, Records: s.Records, Accounts: s.Accounts, People: s.People, Single: s.singleSignOn(), Decisions: s.Decisions, Tasks: s.Tasks,
		Messages: s.Messages, Clock: s.Clock, Logger: s.Logger, Ready: s.ready, Parked: s.parked, Care: s.Care, Proposed: s.proposed, Titles: s.titles(), Round: s.roundSheets, Open: o.Open, Notes: notes,
		Engine: s.Engine, Assign: s.Assign, Outlook: s.Outlook, Inbox: s.Inbox, Consent: s.Consent, Broadcasts: s.Broadcasts, Wording: s.Wording, Identity: s.Identity, Heard: s.Hearing, Library: s.Library, Config: &s.Config, Workorders: s.Workorders, Blobs: s.Blobs, Texting: s.Texting,
		Figures: s.Figures, Fairness: fairness.New(s.Records, s.Figures), Quality: quality.New(s.Records), Helper: s.Assistant, Webhooks: s.Webhooks})
	if !page.Dressed() {
		s.Logger.Warn("the pages are plain: what they are dressed with was not built; run make build")
	}
	s.gauges()
	s.group = work.NewGroup(s.Logger)
	for _, l := range s.loops() {
		s.group.Add(l)
	}
	s.group.Add(work.Loop{Name: "news", Every: web.Beat, Run: s.web.Watch})
	s.group.Start(ctx)
	mux := http.NewServeMux()
	mux.Handle("/api", s.api.Handler())
	mux.Handle("/api/", s.api.Handler())
	home, err := s.portal(o.Open)
	if err != nil {
		return err
	}
	home.Mount(mux)
	s.hooks().Mount(mux)
	s.web.Mount(mux)
	s.show(mux)
	s.serveMail()
	return nil
}

// sunk says what goes to files.
func (s *Server) sunk() string {
	if s.texts != nil {
		return "Mail and text messages go to files"
	}
	return "Mail goes to files"
}

// show makes h answer from now on.
func (s *Server) show(h http.Handler) { s.handler.Store(&h) }

// Wait blocks until ctx ends or a listener fails, then stops: no new work, let what runs finish, then cut it off.
func (s *Server) Wait(ctx context.Context) error {
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-s.serveErr:
	}
	return errors.Join(failed, s.Stop())
}

// stopWithin is how long work in progress may take to finish at a stop.
const stopWithin = 25 * time.Second

// Stop ends listeners and loops. What is acknowledged is on disk; what is unfinished goes on at the next start.
func (s *Server) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	var all []error
	for _, srv := range s.servers {
		all = append(all, srv.Shutdown(ctx))
	}
	all = append(all, s.stopMail(ctx))
	s.serving.Wait()
	if s.group != nil {
		all = append(all, s.group.Stop(ctx), s.Importer.Release(ctx))
	}
	if s.mail != nil {
		all = append(all, s.mail.Close(ctx))
	}
	if s.texts != nil {
		all = append(all, s.texts.Close(ctx))
	}
	if s.pushes != nil {
		all = append(all, s.pushes.Close(ctx))
	}
	return errors.Join(all...)
}

func (s *Server) serve(l net.Listener, h http.Handler) {
	srv := httpd.Server(h, s.Logger)
	s.servers = append(s.servers, srv)
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.serveErr <- fmt.Errorf("serve on %s: %w", l.Addr(), err)
		}
	}()
}

func (s *Server) listenMetrics() error {
	if s.Config.MetricsListen == "off" || s.Config.MetricsListen == "" {
		return nil
	}
	l, err := listen(s.Config.MetricsListen, true)
	if err != nil {
		return err
	}
	s.private = l
	s.Config.MetricsListen = l.Addr().String()
	s.serve(l, httpd.MetricsHandler(s.metrics))
	return nil
}

// listen takes a port, or with next the first free one of the hundred from it.
func listen(addr string, next bool) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err == nil || !next || !errors.Is(err, syscall.EADDRINUSE) {
		return l, listenError(addr, err)
	}
	host, port, splitErr := net.SplitHostPort(addr)
	if splitErr != nil {
		return nil, listenError(addr, err)
	}
	first, portErr := net.LookupPort("tcp", port)
	if portErr != nil {
		return nil, listenError(addr, err)
	}
	for p := first + 1; p < first+100 && p < 65536; p++ {
		if l, next := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(p))); next == nil {
			return l, nil
		}
	}
	return nil, listenError(addr, err)
}

func listenError(addr string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return hearth.Errorf(hearth.CodeConflict, "The address %s is taken by another program; choose another with --listen.", addr)
	}
	return hearth.Errorf(hearth.CodeInvalid, "Hearth can't listen on %s: %w.", addr, err)
}

// ready says what keeps this node from working.
func (s *Server) ready(ctx context.Context) error {
	if err := s.DB.Failed(); err != nil {
		return err
	}
	return s.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := s.Log.Heads(ctx, tx)
		return err
	})
}

func (s *Server) titles() map[hearth.PlaybookID]string {
	out := map[hearth.PlaybookID]string{}
	for id, text := range s.Library {
		if p, err := s.Compiler.Compile(text); err == nil {
			out[id] = p.Def.Title
		}
	}
	return out
}

// gauges registers what the operator watches.
func (s *Server) gauges() {
	gauge := func(name, help string, f func() float64) {
		s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f))
	}
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge("hearth_events_decided_total", "Events that this process decided.", func() float64 { return float64(s.Engine.Decided()) })
	gauge("hearth_db_commits_total", "Commits of the embedded writer.", func() float64 { return float64(s.DB.Stats().Commits) })
	gauge("hearth_db_failed", "1 while writes are refused.", func() float64 { return one(s.DB.Failed() != nil) })
	gauge("hearth_mail_sent_total", "Mails that the server took.", func() float64 { return float64(s.mail.Stats().Sent) })
	gauge("hearth_mail_unknown_total", "Mails whose fate is unknown.", func() float64 { return float64(s.mail.Stats().Unknown) })
	gauge("hearth_mail_failed_total", "Mails given up or bounced.", func() float64 { return float64(s.mail.Stats().Failed) })
	gauge("hearth_mail_waiting", "Mails in hand and not begun.", func() float64 { return float64(s.mail.Stats().Waiting) })
	gauge("hearth_mail_server_down", "1 while the mail server is not reached.", func() float64 { return one(s.mail.Stats().Down) })
	s.textGauges(gauge)
	s.pushGauges(gauge)
	gauge("hearth_mail_in_waiting", "Mails that came in and were not read yet.", func() float64 { return s.letters(letterbox.Waiting) })
	gauge("hearth_mail_in_unplaced", "Mails that wait for a person to say who wrote them.", func() float64 { return s.letters(letterbox.Unplaced) })
	gauge("hearth_mail_in_stuck", "Mails that could not be acted on.", func() float64 { return s.letters(letterbox.Stuck) })
	gauge("hearth_log_behind", "Events that are acknowledged and not decided.", func() float64 { return s.counted(s.Engine.Behind) })
	gauge("hearth_parked_events", "Events that wait for their subject.", func() float64 { return s.counted(s.parkedCount) })
}

// counted asks the database for a number, -1 if that can't be read.
func (s *Server) counted(f func(context.Context, *db.Tx) (int64, error)) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n := int64(0)
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		n, err = f(ctx, tx)
		return err
	})
	if err != nil {
		return -1
	}
	return float64(n)
}

func (s *Server) parkedCount(ctx context.Context, tx *db.Tx) (int64, error) {
	n, err := s.Door.ParkedCount(ctx, tx)
	return int64(n), err
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
