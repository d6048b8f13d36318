package message

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// A text message in doubt is not sent again and not given to a person at once: first the provider is asked whether it has
// it. Until that is known its due row says so, behind the time at which the message was queued.
const askMark = " ask "

// inquiry is what is known while a provider is asked about a message.
type inquiry struct {
	handed time.Time // no later than this the message was handed over
	looks  int       // how often the provider said that it has no such message
}

// askPayload is the payload of a due row whose message is in doubt.
func askPayload(queued time.Time, q inquiry) string {
	return queuedAt(queued) + askMark + queuedAt(q.handed) + " " + strconv.Itoa(q.looks)
}

// asking tells whether a due row is there to ask about its message, and not to send it.
func asking(payload string) bool { return strings.Contains(payload, askMark) }

// parseInquiry reads what askPayload wrote; nil for a row whose message is to be sent.
func parseInquiry(payload string) *inquiry {
	_, rest, ok := strings.Cut(payload, askMark)
	if !ok {
		return nil
	}
	handed, looks, _ := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(handed, 10, 64)
	if err != nil {
		return nil
	}
	n, err := strconv.Atoi(looks)
	if err != nil {
		n = 0
	}
	return &inquiry{handed: hearth.FromMillis(ms), looks: n}
}

const (
	askFirst  = 20 * time.Second // how soon the provider is asked
	askAgain  = time.Minute      // how soon again while it does not answer; it doubles
	askMost   = 15 * time.Minute
	absentFor = 5 * time.Minute // how old a hand-over must be before "there is no such message" is believed
	absences  = 2               // and how often it must be said
	askUntil  = 24 * time.Hour  // after that a person decides
)

// inquire turns an outcome in doubt into one that asks the provider later.
func (o *outcome) inquire(now, handed time.Time, looks int) {
	o.kind, o.ask, o.at = again, &inquiry{handed: handed, looks: looks}, now.Add(askFirst)
}

// turnInquiry has a due row that waits again say what it waits for: to ask, or, after an absence, to send.
func (s *Store) turnInquiry(ctx context.Context, tx *db.Tx, o *outcome) error {
	d := work.Due{Lane: TextLane, Kind: Kind, Key: string(o.p.msg.ID), At: o.at, Payload: queuedAt(o.p.queued)}
	if o.ask != nil {
		d.Payload = askPayload(o.p.queued, *o.ask)
	}
	if err := work.Put(ctx, tx, []work.Due{d}); err != nil {
		return fmt.Errorf("ask about message %s later: %w", o.p.msg.ID, err)
	}
	reason := askingWords
	if o.ask == nil {
		reason = absentWords
	}
	if _, err := tx.Exec(ctx, askedSQL, reason, tx.Org(), o.p.msg.ID); err != nil {
		return fmt.Errorf("ask about message %s later: %w", o.p.msg.ID, err)
	}
	return nil
}

const (
	askedSQL    = `UPDATE messages SET error = $1 WHERE org = $2 AND id = $3 AND state = 'queued'`
	askingWords = "The provider did not say whether it took this. It is being asked before anything is sent again."
	absentWords = "The provider was asked and has no such message, so it is sent again."
)

// askAbout asks the provider about a message in doubt. What it has is sent; what it twice says it does not have, long
// enough after the hand-over, is sent again; and what it does not say for a day is for a person.
func (s *Sender) askAbout(ctx context.Context, slot int, p parcel) error {
	known := func(ref string) (other bool, err error) {
		err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
			t, err := s.deps.Store.TextByRef(ctx, tx, ref)
			other = err == nil && t.Message != p.msg.ID
			if hearth.CodeOf(err) == hearth.CodeNotFound {
				return nil
			}
			return err
		})
		return other, err
	}
	text, err := s.textOf(ctx, &p.msg, p.queued)
	if err != nil {
		s.out.back(p)
		return err
	}
	found, err := s.deps.Texts.FindText(ctx, text, p.queued, known)
	if stopping(ctx) {
		s.out.back(p) // it is asked at the next start
		return nil
	}
	return s.conclude(ctx, slot, s.judgeAnswer(p, found, err))
}

// stopping tells whether the program ends: then whatever was answered says nothing about the message.
func stopping(ctx context.Context) bool { return ctx.Err() != nil }

// judgeAnswer turns what the provider said about a message into what is to be recorded.
func (s *Sender) judgeAnswer(p parcel, found channel.Found, err error) *outcome {
	now, q := s.clock.Now(), *p.ask
	o := &outcome{p: p, ref: found.Ref, units: found.Units}
	switch {
	case err == nil && found.There:
		o.kind = delivered
		if !found.Fate.Open {
			o.fate = &found.Fate
		}
	case err == nil && now.Sub(q.handed) >= absentFor && q.looks+1 >= absences:
		o.kind, o.at, o.text = again, now, absentWords
	case err != nil && now.Sub(q.handed) >= askUntil:
		o.kind, o.text, o.code = doubtful, "The provider did not say within a day whether it took this.", "the provider gave no answer"
	case err == nil:
		o.inquire(now, q.handed, min(q.looks+1, absences-1))
		if wait := q.handed.Add(absentFor).Sub(now); wait > 0 {
			o.at = now.Add(wait)
		} else {
			o.at = now.Add(askAgain)
		}
	default:
		o.inquire(now, q.handed, q.looks)
		o.at = now.Add(min(max(askAgain, now.Sub(q.handed)), askMost))
		s.deps.Log.Warn("the provider does not say whether it took a message; it is asked again", "error", err)
	}
	return o
}

// textOf is what is sent of a message.
func (s *Sender) textOf(ctx context.Context, m *Message, queued time.Time) (*channel.Text, error) {
	body, err := s.whole(ctx, m, queued)
	if err != nil {
		return nil, err
	}
	t := &channel.Text{ID: string(m.ID), To: m.AddressKey, Body: body, Date: queued}
	if s.deps.BaseURL != "" {
		t.CallBack = s.deps.BaseURL + channel.TwilioStatusPath + "?" + channel.TwilioMessageParam + "=" + string(m.ID)
	}
	return t, nil
}
