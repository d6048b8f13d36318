package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// Deps is what a Sender works with.
type Deps struct {
	DB      *db.DB
	Store   *Store
	Records *record.Store
	Sender  channel.Sender
	// Texts makes it a sender of text messages instead of mail. Sender, From and the unsubscribe links are then not used.
	Texts channel.TextSender
	// Push makes it a sender of notifications, likewise.
	Push channel.PushSender
	// Journal marks, in a file, which mails are at the point of no return. It is for the embedded store, where only
	// one process can send; it needs at least Conns slots, better Unrecorded more, and Marks are what it held at the
	// start. Without it the
	// marks are written into the due table, in grouped commits, for any number of nodes.
	Journal *channel.Journal
	Marks   []channel.Mark
	Node    string // this process among others: never the name of an earlier life that may still run
	Conns   int    // mails on their way at once; 16
	From    string // sender of properties that have no address of their own
	BaseURL string // "https://hearth.example": where the unsubscribe page is; "" leaves the link out
	// MailDomain is the domain under which mail comes back to Hearth: with it each mail carries addresses of its own for
	// bounces and answers. "" leaves the sender's.
	MailDomain string
	// Provider is the service behind the mail server, which gets the message's id in the way that it gives back in its
	// call-backs: sendgrid, postmark, mandrill; others take none.
	Provider string
	// ClaimFor is how long a mail is this node's without a mark or a result, when there is no journal; 5 min. It must
	// exceed what one attempt may take, else a slow server's mails are called unknown until its answer comes.
	ClaimFor time.Duration
	Log      *slog.Logger
	// Care tells what is paused and for whom everything has stopped; nil: nothing ever is.
	Care *care.Store
}

// Sender delivers what is queued. Its loops claim, hand over and record; see Loops.
type Sender struct {
	deps    Deps
	clock   hearth.Clock
	lane    string
	out     *outbox
	breaker breaker
	records batcher[outcome]
	marks   batcher[markAsk]
	faces   faces
	late    late
	halts   halts
	owed    []*outcome // by worker: results that could not be recorded yet; touched by its worker alone

	sent, failed, unknown, retried atomic.Int64
}

// Stats are counts since the start, and how things stand.
type Stats struct {
	Waiting   int // claimed and not begun, in memory
	Sent      int64
	Failed    int64 // bounced too
	Unknown   int64
	Retried   int64
	Down      bool // the mail server is not reached
	DownSince time.Time
	DownWhy   string
}

// NewSender makes the sender of this process. With a journal it first settles what an earlier life left: what was marked
// becomes unknown, what was only claimed is free again. Messages are born claimed by this process from then on; they go
// out when the loops run.
func NewSender(ctx context.Context, d Deps) (*Sender, error) {
	if d.Conns <= 0 {
		d.Conns = 16
	}
	if d.ClaimFor <= 0 {
		d.ClaimFor = 5 * time.Minute
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Journal != nil && d.Journal.Slots() < d.Conns {
		return nil, fmt.Errorf("new sender: the journal has %d slots for %d connections", d.Journal.Slots(), d.Conns)
	}
	s := &Sender{deps: d, clock: d.DB.Clock(), lane: Lane, out: d.Store.out, owed: make([]*outcome, d.Conns), faces: newFaces()}
	if d.Texts != nil {
		s.lane, s.out = TextLane, d.Store.texts
	}
	if d.Push != nil {
		s.lane, s.out = PushLane, d.Store.pushes
	}
	s.halts.care = d.Care
	s.records = batcher[outcome]{write: s.recordAll, max: 256}
	s.marks = batcher[markAsk]{write: s.markAll, max: 256}
	terms := claimTerms{node: d.Node, span: d.ClaimFor}
	if d.Journal != nil {
		terms.span = 0
		s.late.open(d.Conns, d.Journal.Slots())
		if err := s.recover(ctx); err != nil {
			return nil, fmt.Errorf("settle what was in doubt at the last stop: %w", err)
		}
	}
	s.out.open(maxOutbox, terms)
	return s, nil
}

// Loops gives the background work: one loop that claims what is due, one that records what was sent, and a worker for
// each connection.
func (s *Sender) Loops() []work.Loop {
	loops := []work.Loop{
		{Name: s.lane + " claim", Every: time.Second, Wake: s.out.more.C(), Run: s.claim},
		{Name: s.lane + " record", Every: time.Second, Rest: recordRest, Wake: s.late.bell.C(), Run: s.recordLate},
	}
	for slot := range s.deps.Conns {
		loops = append(loops, work.Loop{Name: fmt.Sprintf("%s %d", s.lane, slot), Every: time.Second, Wake: s.out.wake,
			Run: func(ctx context.Context) (bool, error) { return s.work(ctx, slot) }})
	}
	return loops
}

// Drain claims and delivers one after the other until nothing is due, for simulations that turn the clock themselves.
// While the server is away it returns with messages left.
func (s *Sender) Drain(ctx context.Context) error {
	for {
		if _, err := s.claim(ctx); err != nil {
			return err
		}
		if s.out.waiting() == 0 && s.owed[0] == nil && s.late.empty() {
			return nil
		}
		for again := true; again; {
			var err error
			if again, err = s.work(ctx, 0); err != nil {
				return err
			}
		}
		if err := s.recordAllLate(ctx); err != nil {
			return err
		}
		if s.out.waiting() > 0 || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// Close records what was sent and gives back what no worker has begun, so that another node or the next start takes it
// at once. The loops have been stopped before.
func (s *Sender) Close(ctx context.Context) error {
	err := s.recordAllLate(ctx)
	left := s.out.shut()
	if len(left) == 0 {
		return err
	}
	return errors.Join(err, s.giveBack(ctx, left))
}

func (s *Sender) giveBack(ctx context.Context, left []parcel) error {
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		for _, p := range left {
			if _, err := work.Retry(ctx, tx, Kind, string(p.msg.ID), p.claim, tx.Now(), ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("give back %d messages: %w", len(left), err)
	}
	return nil
}

// Stats gives counts and the state of the mail server.
func (s *Sender) Stats() Stats {
	st := Stats{Waiting: s.out.waiting(), Sent: s.sent.Load(), Failed: s.failed.Load(), Unknown: s.unknown.Load(), Retried: s.retried.Load()}
	st.Down, st.DownSince, st.DownWhy = s.breaker.state()
	return st
}

// claimBatch bounds one claim.
const claimBatch = 128

// claim takes over what is due in the table: retries, what was born unclaimed, what a node left behind.
func (s *Sender) claim(ctx context.Context) (more bool, err error) {
	if open, _, _ := s.breaker.state(); open && s.out.waiting() > 0 {
		return false, nil // what is in hand is enough to find out when the server is back
	}
	due, err := s.anyDue(ctx)
	if err != nil || !due {
		return false, err
	}
	s.out.catching()
	room, terms := s.out.room(claimBatch)
	if room > 0 || s.deps.Journal == nil {
		more, err = s.claimUpTo(ctx, room, terms)
	}
	if more || err != nil || room < claimBatch {
		s.out.behind()
	}
	return more && room == claimBatch, err
}

func (s *Sender) anyDue(ctx context.Context) (due bool, err error) {
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		at, ok, err := work.NextAt(ctx, tx, s.lane, 0)
		due = ok && !at.After(s.clock.Now())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for due messages: %w", err)
	}
	return due, nil
}

// claimUpTo claims up to room messages, for which there is room reserved. more: there may be others.
func (s *Sender) claimUpTo(ctx context.Context, room int, terms claimTerms) (more bool, err error) {
	var parcels []parcel
	var put bool
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		parcels, more = nil, false // PostgreSQL may run this again
		if s.deps.Journal == nil {
			if err := s.deps.Store.doubt(ctx, tx, s.lane); err != nil {
				return err
			}
		}
		if room == 0 {
			return nil
		}
		now := tx.Now()
		due, err := work.Claim(ctx, tx, s.lane, terms.node, now, terms.until(now), room)
		if err != nil {
			return err
		}
		more = len(due) == room
		if parcels, err = s.parcelsOf(ctx, tx, due); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			put = true
			s.out.release(room - len(parcels))
			s.out.put(parcels, false)
		})
		return nil
	})
	if !put {
		s.out.release(room)
	}
	if err != nil {
		return false, fmt.Errorf("claim messages: %w", err)
	}
	return more, nil
}

// parcelsOf reads the messages of claimed rows. A row whose message is gone or no longer queued has nothing to deliver;
// what must not go out now goes back to the desk.
func (s *Sender) parcelsOf(ctx context.Context, tx *db.Tx, due []work.Due) ([]parcel, error) {
	ids := make([]string, len(due))
	for i, d := range due {
		ids[i] = d.Key
	}
	msgs, err := load(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	now := &care.Now{}
	if s.deps.Care != nil && len(due) > 0 {
		if now, err = s.deps.Care.Now(ctx, tx); err != nil {
			return nil, err
		}
	}
	var parcels []parcel
	var back []Message
	for _, d := range due {
		m, ok := msgs[hearth.MessageID(d.Key)]
		if !ok || m.State != Queued {
			if _, err := work.Finish(ctx, tx, Kind, d.Key, d.Claim); err != nil {
				return nil, err
			}
			continue
		}
		ask := parseInquiry(d.Payload)
		if ask == nil && m.halted(now, tx.Now()) {
			back = append(back, m)
			continue
		}
		parcels = append(parcels, parcel{msg: m, claim: d.Claim, until: d.ClaimedUntil, queued: parseQueued(d.Payload, m.Made), attempts: d.Attempts, heeded: -1, ask: ask})
	}
	return parcels, s.deps.Store.returnToDesk(ctx, tx, back)
}

var errStale = errors.New("the claim on the message is no longer ours")
