package proof

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/channel"
)

// faults breaks commits, as it was told to before, and counts what it broke.
type faults struct {
	mu     sync.Mutex
	r      *rand.Rand
	after  int    // commits until the next fault; 0: none is planned
	kind   string // of the planned one
	plain  int    // how many errors may still look like the work's own fault: more, and it would rightly be put aside
	dead   bool   // the power is off: nothing is committed any more, and nothing is heard
	counts map[string]int
}

func newFaults(r *rand.Rand) *faults { return &faults{r: r, counts: map[string]int{}} }

func (f *faults) count(what string) { f.counts[what]++ }

// plan has one of the next commits fail, with a probability of one in n.
func (f *faults) plan(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.after = 0; f.r.IntN(n) == 0 {
		f.after = 1 + f.r.IntN(4)
		f.kind = []string{"busy", "busy", "busy", "broken", "broken", "power", "unheard", "unheard"}[f.r.IntN(8)]
	}
}

// calm plans nothing.
func (f *faults) calm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after = 0
}

// off turns the power off.
func (f *faults) off() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

func (f *faults) isOff() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// step is asked by the database before it commits, and on PostgreSQL after it.
func (f *faults) step(step string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return hearth.Errorf(hearth.CodeUnavailable, "The power is off.")
	}
	if f.after == 0 || (step == "committed") != (f.kind == "unheard") || step == "probe" || step == "fold" {
		return nil
	}
	if f.after--; f.after > 0 {
		return nil
	}
	f.count("commit " + f.kind)
	switch f.kind {
	case "power":
		f.dead = true
		return hearth.Errorf(hearth.CodeUnavailable, "The power went off.")
	case "busy":
		return hearth.Errorf(hearth.CodeBusy, "The database is busy.")
	case "unheard":
		return errors.New("the answer to the commit was not heard")
	}
	if f.plain--; f.plain < 0 {
		return hearth.Errorf(hearth.CodeBusy, "The database is busy.")
	}
	return errors.New("the commit failed")
}

// mailbox is a mail server that takes mail, refuses it, is away, or leaves open what it did.
type mailbox struct {
	clock  hearth.Clock
	faults *faults
	r      *rand.Rand
	rough  bool
	away   time.Time                        // until when it is not reached
	took   map[hearth.MessageID][]time.Time // what it took, or may have
}

var _ channel.Sender = (*mailbox)(nil)

// Send implements channel.Sender.
func (b *mailbox) Send(_ context.Context, mail *channel.Email, beforeDot func() error) channel.Result {
	if _, err := mail.Compose(); err != nil {
		return channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err}
	}
	now := b.clock.Now()
	luck := 99
	if b.rough {
		luck = b.r.IntN(100)
	}
	switch {
	case b.faults.isOff() || now.Before(b.away):
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageConnect, Down: true, Err: errors.New("connection refused")}
	case luck < 2:
		b.faults.count("mail server away")
		b.away = now.Add(time.Duration(1+b.r.IntN(240)) * time.Minute)
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageConnect, Down: true, Err: errors.New("connection refused")}
	case luck < 14:
		b.faults.count("mail put off")
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageTo, Code: 451, Text: "try again later"}
	case luck < 16:
		b.faults.count("mail refused")
		return channel.Result{Outcome: channel.Permanent, Stage: channel.StageData, Code: 554, Text: "no"}
	}
	if err := beforeDot(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageData, Err: err}
	}
	id, _, _ := strings.Cut(mail.MessageID, "@")
	b.took[hearth.MessageID(id)] = append(b.took[hearth.MessageID(id)], now)
	switch {
	case luck < 19:
		b.faults.count("mail in doubt")
		return channel.Result{Outcome: channel.Unknown, Stage: channel.StageReply, Err: errors.New("connection reset")}
	case luck < 20:
		b.faults.count("power off behind the last byte of a mail")
		b.faults.off()
	}
	return channel.Result{Outcome: channel.Sent, Stage: channel.StageReply, Code: 250}
}

// Close implements channel.Sender.
func (b *mailbox) Close() error { return nil }
