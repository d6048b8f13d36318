package message

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
)

// Attempts end this long after the message was queued; then it has failed, and whoever follows makes it a person's task.
const giveUpAfter = 72 * time.Hour

// The one confirmation of a STOP goes out within five minutes or not at all (47 CFR 64.1200(a)(12)).
const confirmWithin = 5 * time.Minute

// giveUp is how long a message is tried.
func giveUp(m *Message) time.Duration {
	if m.Purpose == consent.PurposeConfirmation {
		return confirmWithin
	}
	if m.Purpose == PurposeCode {
		return CodeWithin
	}
	if left := m.Expires.Sub(m.At); m.Channel == hearth.ChannelPush && left > 0 {
		return min(left, giveUpAfter)
	}
	return giveUpAfter
}

func spanWords(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}

// workBatch bounds one run of a worker.
const workBatch = 32

// work sends what is in hand, one mail after the other, until nothing is left.
func (s *Sender) work(ctx context.Context, slot int) (more bool, err error) {
	if err := s.payUp(ctx, slot); err != nil {
		return false, err
	}
	for n := 0; n < workBatch && ctx.Err() == nil; n++ {
		p, ok := s.out.next()
		if !ok {
			return false, nil
		}
		now := s.clock.Now()
		if p.ask == nil && !now.Before(p.queued.Add(giveUp(&p.msg))) {
			if err := s.tooLong(ctx, slot, p); err != nil {
				return false, err
			}
			continue
		}
		if s.expiring(p, now) {
			s.out.release(1) // too late to begin: the claim runs out and somebody takes it anew
			continue
		}
		if p.ask != nil {
			if err := s.askAbout(ctx, slot, p); err != nil {
				return false, err
			}
			continue
		}
		switch stopped, err := s.stopped(ctx, p); {
		case err != nil:
			s.out.back(p)
			return false, err
		case stopped:
			s.out.release(1)
			continue
		}
		if !s.breaker.allow(now) {
			s.out.back(p)
			return false, nil
		}
		if err := s.deliver(ctx, slot, p); err != nil {
			return false, err
		}
	}
	return ctx.Err() == nil, nil
}

// tooLong ends what was tried long enough.
func (s *Sender) tooLong(ctx context.Context, slot int, p parcel) error {
	o := &outcome{p: p, kind: gaveUp, text: s.lastWord(&p.msg), code: "not delivered in time"}
	if s.deps.Push != nil {
		if err := s.unheard(ctx, o); err != nil {
			s.out.back(p)
			return err
		}
	}
	return s.conclude(ctx, slot, o)
}

// expiring tells whether the claim could run out during an attempt that begins now.
func (s *Sender) expiring(p parcel, now time.Time) bool {
	return s.deps.Journal == nil && p.until.Sub(now) < s.deps.ClaimFor/2
}

// deliver tries one mail and records what became of it. An error means that recording must be done again.
func (s *Sender) deliver(ctx context.Context, slot int, p parcel) error {
	send, push, err := s.prepare(ctx, p)
	if err != nil && hearth.CodeOf(err) != hearth.CodeInvalid {
		s.breaker.unprobed()
		s.out.back(p)
		return fmt.Errorf("compose message %s: %w", p.msg.ID, err)
	}
	if err != nil {
		s.breaker.unprobed()
		return s.conclude(ctx, slot, &outcome{p: p, kind: refused, text: hearth.MessageOf(err), code: "not fit to be sent"})
	}
	if s.deps.Texts != nil {
		defer s.deps.Store.flights.enter(p.msg.AddressKey)()
	}
	marked := false
	res := send(func() error {
		marked = true
		return s.mark(ctx, slot, p)
	})
	s.watch(res)
	switch {
	case errors.Is(res.Err, errStale):
		s.clearSlot(slot)
		s.out.release(1)
		return nil
	case !marked && (res.Down || ctx.Err() != nil && res.Outcome == channel.Temporary):
		s.out.back(p) // not tried; no trace is left of it
		return nil
	}
	o := s.judge(p, res)
	if push != nil {
		push.weigh(o)
	}
	return s.conclude(ctx, slot, o)
}

// handOver is the call that sends what was made of a message.
type handOver func(before func() error) channel.Result

// prepare makes what is sent of a message, and gives the call that sends it; for a notification also what becomes of it on each
// device.
func (s *Sender) prepare(ctx context.Context, p parcel) (handOver, *pushing, error) {
	if s.deps.Texts != nil {
		x, err := s.textOf(ctx, &p.msg, p.queued)
		if err != nil {
			return nil, nil, err
		}
		return func(before func() error) channel.Result { return s.deps.Texts.SendText(ctx, x, before) }, nil, nil
	}
	if s.deps.Push != nil {
		x, err := s.pushOf(ctx, &p.msg, p.queued)
		if err != nil {
			return nil, nil, err
		}
		return func(before func() error) channel.Result { return x.send(ctx, s.deps.Push, before) }, x, nil
	}
	mail, err := s.compose(ctx, &p.msg, p.queued)
	if err != nil {
		return nil, nil, err
	}
	return func(before func() error) channel.Result { return s.deps.Sender.Send(ctx, mail, before) }, nil, nil
}

// watch tells the breaker what an attempt says about the server.
func (s *Sender) watch(res channel.Result) {
	switch {
	case s.deps.Push != nil:
		// Services are many, and one that is away holds up none of the others: what they asked for is kept by each.
		s.breaker.unprobed()
	case res.RetryAfter > 0:
		s.breaker.rest(s.clock.Now().Add(res.RetryAfter), serverWord(res))
		s.out.pause(true)
	case res.Down:
		if s.breaker.trip(s.clock.Now(), serverWord(res)) {
			s.out.pause(true)
			s.deps.Log.Error("the "+s.server()+" is not reached; messages wait", "result", res.String())
		}
	case res.Outcome == channel.Sent || res.Code != 0:
		if s.breaker.mend() {
			s.out.pause(false)
			s.deps.Log.Info("the " + s.server() + " is reached again")
		}
	default:
		s.breaker.unprobed()
	}
}

// mark is called just before the final dot.
func (s *Sender) mark(ctx context.Context, slot int, p parcel) error {
	if s.deps.Journal != nil {
		if s.looksAgain(&p) {
			if err := s.stillAllowed(ctx, p); err != nil {
				return err
			}
		}
		return s.deps.Journal.Set(slot, channel.Mark{ID: string(p.msg.ID), Claim: p.claim})
	}
	ask := markAsk{ctx: context.WithoutCancel(ctx), mark: work.Mark{Key: string(p.msg.ID), Claim: p.claim}, msg: &p.msg, look: s.looksAgain(&p), ok: new(bool)}
	if err := s.marks.do(ask); err != nil {
		return err
	}
	if !*ask.ok {
		return errStale
	}
	return nil
}

// markAsk is one worker's wish to mark its mail.
type markAsk struct {
	ctx  context.Context //nolint:containedctx // for the length of one write
	mark work.Mark
	msg  *Message
	look bool // whether it is allowed is asked once more
	ok   *bool
}

func (s *Sender) markAll(asks []markAsk) error {
	ctx := asks[0].ctx
	return s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		free, err := s.haltMarked(ctx, tx, asks)
		if err != nil {
			return err
		}
		if free, err = s.allowedMarks(ctx, tx, asks, free); err != nil {
			return err
		}
		marks := make([]work.Mark, len(free))
		for n, i := range free {
			marks[n] = asks[i].mark
		}
		ok, err := work.Handing(ctx, tx, Kind, marks)
		if err != nil {
			return fmt.Errorf("mark %d mails: %w", len(marks), err)
		}
		for n, i := range free {
			*asks[i].ok = ok[n]
		}
		return nil
	})
}

// judge turns what the server said into what is to be recorded.
func (s *Sender) judge(p parcel, res channel.Result) *outcome {
	o := &outcome{p: p, text: serverWord(res), code: codeWord(res), ref: res.Ref, units: res.Units, optedOut: res.OptedOut}
	switch res.Outcome {
	case channel.Sent:
		o.kind, o.text = delivered, ""
	case channel.Permanent:
		o.kind = refused
		if res.Bounced {
			o.kind = bounced
		}
	case channel.Unknown:
		o.kind = doubtful
		if s.deps.Texts != nil {
			o.inquire(s.clock.Now(), s.clock.Now(), 0)
		}
	default:
		o.kind = again
		now, last := s.clock.Now(), p.queued.Add(giveUp(&p.msg))
		o.at = now.Add(max(backoff(p.msg.ID, p.attempts), res.RetryAfter))
		if res.RetryAfter > 0 {
			o.at = now.Add(res.RetryAfter + spread(p.msg.ID, res.RetryAfter))
		}
		if o.at.After(last) {
			o.at = last
		}
		if !now.Before(last) {
			o.kind = gaveUp
		}
	}
	return o
}

// backoff is the pause after a failed attempt: a minute, three, nine … up to four hours, a quarter more or less. The
// spread comes from the message itself, so that a run can be repeated and a thousand mails do not come back at once.
func backoff(id hearth.MessageID, attempts int) time.Duration {
	d := time.Minute
	for range min(attempts, 6) {
		d *= 3
	}
	d = min(d, 4*time.Hour)
	h := fnv.New32a()
	io.WriteString(h, string(id)+"/"+strconv.Itoa(attempts))
	return d*3/4 + d/2*time.Duration(h.Sum32()%1000)/1000
}

// spread keeps messages that were asked to wait the same time from coming back at once.
func spread(id hearth.MessageID, d time.Duration) time.Duration {
	h := fnv.New32a()
	io.WriteString(h, string(id))
	return d / 2 * time.Duration(h.Sum32()%1000) / 1000
}

// serverWord is what staff reads about an attempt. It may hold the address, as the server repeats it.
func serverWord(res channel.Result) string {
	switch {
	case res.Text != "":
		return codeWord(res) + " " + res.Text
	case res.Err != nil:
		return codeWord(res) + ": " + hearth.MessageOf(plain(res.Err))
	}
	return codeWord(res)
}

// codeWord is what events carry: stage and codes, nothing personal.
func codeWord(res channel.Result) string {
	word := "at " + string(res.Stage)
	if res.Code != 0 {
		word = fmt.Sprintf("%d %s", res.Code, word)
	}
	if res.Detail != "" {
		word = res.Detail + " " + word
	}
	return word
}

// plain keeps sentences and turns the network's errors into one, which MessageOf would call our own fault.
func plain(err error) error {
	var e *hearth.Error
	if errors.As(err, &e) {
		return e
	}
	return hearth.Errorf(hearth.CodeUnavailable, "%w", err)
}

// server is what the other side is called.
func (s *Sender) server() string {
	switch {
	case s.deps.Texts != nil:
		return "provider of text messages"
	case s.deps.Push != nil:
		return "push service"
	}
	return "mail server"
}

func (s *Sender) lastWord(m *Message) string {
	if open, since, why := s.breaker.state(); open {
		return fmt.Sprintf("The "+s.server()+" has not been reached since %s (%s).", since.Format(time.RFC3339), why)
	}
	return fmt.Sprintf("It could not be delivered within %s.", spanWords(giveUp(m)))
}
