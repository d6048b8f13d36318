package channel

import (
	"context"
	"errors"
	"time"

	"hearth"
)

// Text is one text message.
type Text struct {
	ID   string // ours: call-backs bring it back
	To   string // E.164
	Body string
	// CallBack is where the provider tells what becomes of it; "" for nowhere.
	CallBack string
	Date     time.Time // when it was queued
}

// TextSender sends text messages. Twilio and TextSink are the two.
type TextSender interface {
	// SendText tries once. It calls before at most once, when nothing more can keep the message from being taken; if
	// before fails nothing is sent, and the result is Temporary with its error. An attempt that ends before that is
	// never Unknown. After ctx ends, an attempt before that point is given up; one after it waits a few seconds more.
	SendText(ctx context.Context, t *Text, before func() error) Result
	// FindText asks whether a message that was handed over some time after since has arrived at the provider after all. known
	// tells of a provider's number that it belongs to another message of ours.
	FindText(ctx context.Context, t *Text, since time.Time, known func(ref string) (bool, error)) (Found, error)
	// Close ends the connections after the running attempts.
	Close() error
}

// Found is what a provider knows of a message.
type Found struct {
	There bool
	Ref   string
	Fate  TextFate
	Units int
}

// ErrNoAnswer says that the provider was asked and did not answer in a way that settles anything.
var ErrNoAnswer = errors.New("the provider gave no answer that settles it")

// checkText refuses a text that no provider could take.
func checkText(t *Text) error {
	switch {
	case len(t.To) < 9 || t.To[0] != '+':
		return hearth.FieldErrorf("address", "A text message needs a telephone number with its country code, such as +12125550100.")
	case t.Body == "":
		return hearth.FieldErrorf("body", "A text message needs a text.")
	case len([]rune(t.Body)) > MaxTextLength:
		return hearth.FieldErrorf("body", "A text message is longer than %d characters; shorten its template.", MaxTextLength)
	}
	return nil
}

// MaxTextLength is the most that the provider takes, in characters.
const MaxTextLength = 1600
