package app

import (
	"context"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// decideLoops is how many followers of the log run side by side. The embedded store has one writer, so a second
// follower would only wait for the first; on PostgreSQL each works a partition of its own.
func decideLoops(d db.Dialect) int {
	if d == db.SQLite {
		return 1
	}
	return 4
}

// loops lists everything that runs by itself, in the order of the flow: what was parked finds its subject, what came in
// is decided (and, beside it, looked at: is it somebody we know, did they say how they like things?), what was decided is delivered, what failed half-way is carried on. They stop in this order too, so that
// nothing that is still being decided finds its delivery gone.
func (s *Server) loops() []work.Loop {
	a := s.App
	loops := []work.Loop{
		{Name: "unpark", Every: time.Second, Run: a.Door.Unpark},
		{Name: "import", Every: 250 * time.Millisecond, Run: a.Importer.Carry},
		{Name: "undo", Every: 250 * time.Millisecond, Run: a.Importer.CarryUndo},
		{Name: "undo-kept", Every: time.Hour, Run: a.Importer.Forget},
		{Name: "broadcast", Every: time.Minute, Run: s.resumeBroadcasts},
		{Name: "aside", Every: time.Second, Run: func(ctx context.Context) (bool, error) { return a.Tasks.Tend(ctx, a.DB) }},
		{Name: "contact", Every: time.Second, Run: func(ctx context.Context) (bool, error) { return a.Records.TendMet(ctx, a.DB) }},
		{Name: "attention", Every: 15 * time.Minute, Run: a.Engine.LearnHours},
		{Name: "sign-ins", Every: time.Hour, Run: s.sweepSignIns},
		a.Identity.Loop(),
		a.Hearing.Loop(),
		a.Figures.Loop(),
	}
	if a.DB.Dialect() == db.Postgres {
		loops = append(loops, work.Loop{Name: "tend", Every: 5 * time.Second, Run: s.tend})
	}
	loops = append(loops, a.Engine.Loops(decideLoops(a.DB.Dialect()))...)
	loops = append(loops, a.Inbox.Loops()...)
	loops = append(loops, s.mail.Loops()...)
	if s.texts != nil {
		loops = append(append(loops, s.texts.Loops()...), a.Texting.Loop())
	}
	if s.pushes != nil {
		loops = append(loops, s.pushes.Loops()...)
	}
	if a.byHand() {
		loops = append(loops, a.Errands.Loops()...)
	}
	loops = append(append(loops, s.Webhooks.Loops()...), s.trialLoop())
	return append(loops, s.api.Loops()...)
}

// sweepSignIns forgets what is over.
func (s *Server) sweepSignIns(ctx context.Context) (more bool, err error) {
	return false, s.DB.Write(ctx, func(tx *db.Tx) error { return s.People.Sweep(ctx, tx) })
}

// resumeBroadcasts goes on with those that a process left while it wrote down who is meant.
func (s *Server) resumeBroadcasts(ctx context.Context) (more bool, err error) {
	return false, s.Broadcasts.Resume(ctx)
}

// tend has the server's figures about the tables follow what came in over the API.
func (s *Server) tend(ctx context.Context) (more bool, err error) {
	s.DB.Tend(ctx)
	return false, nil
}
