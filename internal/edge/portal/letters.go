package portal

import (
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

// said is one message as the visitor reads it.
type said struct {
	ID    hearth.MessageID
	Mine  bool
	Head  string
	Body  string
	When  string
	At    string // machine-readable
	Ask   bool   // it asks something that waits for an answer
	Score int    // what was answered, 0 for nothing
}

const shownLetters = 60

// letters shows what was said between the visitor and the team, the newest first, so that it is what the page opens with on
// every device, and takes it as read.
func (p *Portal) letters(v *visit) (templ.Component, error) {
	thread, fresh, err := v.thread()
	if err != nil {
		return nil, err
	}
	if len(fresh) > 0 {
		err := v.write(func(ctx context.Context, tx *db.Tx) error {
			return p.Messages.Seen(ctx, tx, v.actor(), v.person, fresh, false)
		})
		if err != nil {
			return nil, err
		}
	}
	once, err := p.once()
	return lettersPage(v, thread, pen{Once: once, Sent: v.URL.Query().Get("sent") != ""}), err
}

// pen is the form under the messages.
type pen struct {
	Once, Words, Wrong string
	Sent               bool
}

// thread gives the messages that went back and forth, and those that are shown for the first time.
func (v *visit) thread() (out []said, fresh []hearth.MessageID, err error) {
	err = v.read(func(ctx context.Context, tx *db.Tx) error {
		ours, _, err := v.p.Messages.Reading(ctx, tx, v.person, true, "", shownLetters)
		if err != nil {
			return err
		}
		all, err := v.p.Messages.Talk(ctx, tx, v.person, nil, 4*shownLetters)
		if err != nil {
			return err
		}
		answered, err := v.p.Messages.Answered(ctx, tx, ids(ours))
		if err != nil {
			return err
		}
		for _, m := range ours {
			if m.Purpose == message.PurposeCode {
				continue // good for nothing any more, and nobody wrote it
			}
			if m.Shown.IsZero() {
				fresh = append(fresh, m.ID)
			}
			s := v.say(m.Message)
			s.Score = answered[m.ID]
			s.Ask = m.Question() != "" && s.Score == 0 && v.now.Sub(m.Made) < openFor
			out = append(out, s)
		}
		for _, m := range all {
			if m.Direction == message.In && m.State == message.Received && m.Purpose != message.PurposeAutomatic {
				out = append(out, v.say(m))
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b said) int { return compareText(a.At, b.At) })
	slices.Reverse(out)
	if len(out) > shownLetters {
		out = out[:shownLetters]
	}
	return out, fresh, err
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// say shows a message with when it came in or went out, which is not when it was decided about: that may have been at night.
func (v *visit) say(m message.Message) said {
	at := m.Made
	if m.Direction == message.Out && (m.State == message.Sent || m.State == message.Delivered) && m.At.After(at) {
		at = m.At
	}
	return said{ID: m.ID, Mine: m.Direction == message.In, Head: m.Subject, Body: m.Body, When: v.words.moment(at.In(v.zone), v.now),
		At: at.UTC().Format("2006-01-02T15:04:05.000Z")}
}

// writeLetter takes a message to the team.
func (p *Portal) writeLetter(v *visit) (string, error) {
	text := v.field("words")
	if text == "" || len(text) > message.MaxText || !utf8.ValidString(text) {
		thread, _, err := v.thread()
		if err != nil {
			return "", err
		}
		wrong := v.T("letters.empty")
		if text != "" {
			wrong = v.T("letters.too-long")
		}
		return "", again{lettersPage(v, thread, pen{Once: v.field("once"), Words: text, Wrong: wrong})}
	}
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := p.Messages.Receive(ctx, tx, v.news(v.field("once")), message.Inbound{Property: v.who.Property, Resident: v.who.ID,
			Channel: hearth.ChannelPortal, Text: text})
		return err
	})
	return "/home/messages?sent=1", err
}

// showQuestion shows one question with its answers as buttons.
func (p *Portal) showQuestion(v *visit) (templ.Component, error) {
	var s said
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		m, err := v.letter(ctx, tx)
		if err != nil {
			return err
		}
		answered, err := p.Messages.Answered(ctx, tx, []hearth.MessageID{m.ID})
		s = v.say(m)
		s.Score = answered[m.ID]
		return err
	})
	return questionPage(v, s), err
}

// letter reads the message of the address, if it is the visitor's and asks something.
func (v *visit) letter(ctx context.Context, tx *db.Tx) (message.Message, error) {
	m, err := v.p.Messages.Get(ctx, tx, hearth.MessageID(v.PathValue("message")))
	if err != nil {
		return m, err
	}
	if !v.mine(m.Resident) || m.Question() == "" || m.State != message.Sent && m.State != message.Delivered {
		return m, hearth.Errorf(hearth.CodeNotFound, "There is no such question.")
	}
	return m, nil
}

// answerQuestion takes the tap.
func (p *Portal) answerQuestion(v *visit) (string, error) {
	score, err := strconv.Atoi(v.field("score"))
	if err != nil {
		return "", hearth.FieldErrorf("score", "An answer is a figure from 1 to 5.")
	}
	id := hearth.MessageID(v.PathValue("message"))
	err = v.write(func(ctx context.Context, tx *db.Tx) error {
		return p.Messages.Answer(ctx, tx, v.actor(), v.person, id, score, "")
	})
	return "/home/question/" + string(id), err
}
