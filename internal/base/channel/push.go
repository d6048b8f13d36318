package channel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hearth"
)

// Device is one browser that a resident lets us notify, as it subscribed (the Push API's PushSubscription).
type Device struct {
	ID       string // ours
	Endpoint string // https, at the browser maker's push service
	P256dh   []byte // its public key: an uncompressed point of P-256, 65 bytes
	Auth     []byte // its secret, 16 bytes
}

// Urgency is how soon a sleeping device is woken (RFC 8030, section 5.3).
type Urgency string

// The urgencies.
const (
	UrgencyVeryLow Urgency = "very-low"
	UrgencyLow     Urgency = "low"
	UrgencyNormal  Urgency = "normal"
	UrgencyHigh    Urgency = "high"
)

// Push is one notification for a resident's devices.
type Push struct {
	ID      string // ours
	Payload []byte // what the page's service worker gets: JSON, at most MaxPush bytes
	Devices []Device
	TTL     time.Duration // how long the service keeps it for a device that is away; 0: not at all
	Urgency Urgency
	// Topic: one that waits for a device that is away is replaced by a later one with the same topic. Up to 32 letters of the
	// alphabet of base64url; "" replaces nothing.
	Topic string
	Date  time.Time // when it was queued
}

// MaxPush is the most that a push service has to carry in one notification, less what encryption adds (RFC 8291, section 4).
const MaxPush = 3993

// PushResult is what became of one attempt to notify.
type PushResult struct {
	Result
	Gone    []string          // devices whose subscription is over: nothing can be sent to them ever again
	Refused map[string]string // devices that the service refused for another reason, with it in words
}

// PushSender notifies residents' devices. webpush.Client and PushSink are the two.
type PushSender interface {
	// SendPush tries each device once, one after the other. It calls before once, ahead of the first; if before fails, nothing is
	// sent and the result is Temporary with its error. The result is Sent if one of the devices' services took it, else Temporary if
	// trying again can help, else Permanent. It is never Unknown: the same notification twice shows once, by its tag and topic.
	SendPush(ctx context.Context, p *Push, before func() error) PushResult
	// Close ends the connections after the running attempts.
	Close() error
}

// CheckPush refuses a notification that no service could take.
func CheckPush(p *Push) error {
	switch {
	case len(p.Devices) == 0:
		return hearth.FieldErrorf("devices", "There is no device to notify.")
	case len(p.Payload) > MaxPush:
		return hearth.FieldErrorf("body", "A notification is longer than %d bytes; shorten its template.", MaxPush)
	}
	return nil
}

// PushSink writes each notification as a file instead of sending it: DIR/2026-11-21/msg_abc.push. The same message gives the
// same file, so a retry does not double it.
type PushSink struct{ sink *Sink }

// NewPushSink makes a sink over the directory, which it creates for the owner alone.
func NewPushSink(dir string) (*PushSink, error) {
	s, err := NewSink(dir)
	if err != nil {
		return nil, err
	}
	return &PushSink{sink: s}, nil
}

// SendPush implements PushSender. The file appears whole or not at all.
func (s *PushSink) SendPush(ctx context.Context, p *Push, before func() error) PushResult {
	if err := CheckPush(p); err != nil {
		return PushResult{Result: Result{Outcome: Permanent, Stage: StageBuild, Err: err}}
	}
	day, err := s.sink.day(p.Date.UTC().Format("2006-01-02"))
	if err != nil {
		return PushResult{Result: Result{Outcome: Temporary, Stage: StageConnect, Err: err}}
	}
	name := filepath.Join(day, fileName(p.ID)+".push")
	tmp := filepath.Join(day, "."+fileName(p.ID)+".part")
	text := fmt.Sprintf("Devices: %d\nTTL: %d\nUrgency: %s\nDate: %s\n\n%s\n", len(p.Devices), int(p.TTL.Seconds()), p.Urgency, p.Date.UTC().Format(time.RFC3339), p.Payload)
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		return PushResult{Result: Result{Outcome: Temporary, Stage: StageData, Err: errors.Join(err, removeIfThere(tmp))}}
	}
	if err = ctx.Err(); err == nil {
		err = before()
	}
	if err != nil {
		return PushResult{Result: Result{Outcome: Temporary, Stage: StageData, Err: errors.Join(err, removeIfThere(tmp))}}
	}
	if err := os.Rename(tmp, name); err != nil {
		return PushResult{Result: Result{Outcome: Temporary, Stage: StageReply, Err: err}}
	}
	return PushResult{Result: Result{Outcome: Sent, Stage: StageReply, Code: 201, Text: "Written to a file; nothing was sent."}}
}

// Close implements PushSender; a sink holds nothing open.
func (s *PushSink) Close() error { return nil }
