// Package channel carries messages out of the house: e-mail over SMTP, text messages over an HTTP API, or both into files
// while real sending is off. It builds the mail, speaks to the server over connections that it keeps, and says for every mail what became of it,
// with "unknown" where the server may have taken it. The journal remembers across a crash which mails were at that point.
//
// It does not decide what is sent, does not retry, and stores no state of a message: act/message does. It knows
// nothing of residents or properties.
package channel

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Outcome is what became of one attempt to send.
type Outcome string

// The outcomes.
const (
	Sent      Outcome = "sent"      // the server said that it took the mail
	Temporary Outcome = "temporary" // not taken; trying again later is safe and may help
	Permanent Outcome = "permanent" // not taken, and trying again will not help
	Unknown   Outcome = "unknown"   // the server may have taken it; sending again may double it
)

// Stage is how far an attempt came.
type Stage string

// The stages, in order. Only StageReply can end as Unknown.
const (
	StageBuild   Stage = "build"   // composing the mail
	StageConnect Stage = "connect" // reaching the server, its greeting, TLS
	StageAuth    Stage = "auth"    // signing in
	StageFrom    Stage = "from"    // MAIL FROM
	StageTo      Stage = "to"      // RCPT TO
	StageData    Stage = "data"    // the body, up to but without the final dot
	StageReply   Stage = "reply"   // the final dot is out
)

// Result tells what became of one attempt to send.
type Result struct {
	Outcome Outcome
	Stage   Stage  // where the attempt ended
	Code    int    // the server's reply code, 0 if it gave none
	Detail  string // the server's enhanced code ("5.1.1"), if it gave one
	// Text is what the server said, made printable and cut. It may name the address: personal, not for logs.
	Text string
	// Down says that the server could not be used at all. It tells nothing about this mail and should not count
	// as one of its attempts.
	Down bool
	// Bounced says that the server refused the address itself, OptedOut that its owner has told the provider to stop.
	Bounced, OptedOut bool
	// Ref is the number that a provider gave the message, Units how many it charges for; "" and 0 where it did not say.
	Ref   string
	Units int
	// RetryAfter is how long the provider asks everybody to wait; 0: it did not.
	RetryAfter time.Duration
	Err        error // what went wrong on our side of the wire; nil when the server spoke
}

// String gives stage, code and cause for logs, without the server's text.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s", r.Outcome, r.Stage)
	if r.Code != 0 {
		fmt.Fprintf(&b, " %d", r.Code)
	}
	if r.Detail != "" {
		b.WriteString(" " + r.Detail)
	}
	if r.Err != nil {
		b.WriteString(": " + r.Err.Error())
	}
	return b.String()
}

// Sender sends mail. SMTP and Sink are the two.
type Sender interface {
	// Send tries once. It calls beforeDot at most once, just before the last byte that makes the mail
	// irrevocable, after everything else was accepted; if beforeDot fails, that byte is not sent and the result is
	// Temporary with beforeDot's error. An attempt that ends before beforeDot was called is never Unknown.
	// After ctx ends, an attempt before that point is given up; one after it still waits a few seconds for the answer.
	Send(ctx context.Context, mail *Email, beforeDot func() error) Result
	// Close ends the connections after the running attempts.
	Close() error
}
