package message

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// pushing is a notification on its way, and what became of it on each device.
type pushing struct {
	push *channel.Push
	res  channel.PushResult
}

// notice is what a page's service worker gets; the tag has a second one of the same message replace the first.
type notice struct {
	Title   string           `json:"title"`
	Body    string           `json:"body"`
	Tag     string           `json:"tag"`
	Message hearth.MessageID `json:"message"`
}

// longestKept is how long push services keep a notification at most.
const longestKept = 28 * 24 * time.Hour

// shownAtMost is how much of a text a lock screen has room for, in characters.
const shownAtMost = 300

// pushOf makes the notification of a message for its resident's devices.
func (s *Sender) pushOf(ctx context.Context, m *Message, queued time.Time) (*pushing, error) {
	f, err := s.face(ctx, m.Property)
	if err != nil {
		return nil, err
	}
	p := &channel.Push{ID: string(m.ID), Urgency: urgencyOf(m.Class), Topic: topicOf(m.ID), Date: queued, TTL: longestKept}
	if !m.Expires.IsZero() {
		p.TTL = max(0, min(m.Expires.Sub(s.clock.Now()), longestKept))
	}
	spanish := false
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		r, err := s.deps.Records.Resident(ctx, tx, m.Resident)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		spanish = strings.HasPrefix(r.Language, "es")
		devices, err := s.deps.Store.Devices(ctx, tx, m.Resident)
		for _, d := range devices {
			p.Devices = append(p.Devices, d.Device)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the devices of %s: %w", m.Resident, err)
	}
	p.Payload, err = json.Marshal(noticeOf(m, f.name, spanish))
	return &pushing{push: p}, err
}

// noticeOf is what a lock screen shows, to whoever looks at it: that there is a message, and of whom. Only what is about danger
// says what it is.
func noticeOf(m *Message, from string, spanish bool) notice {
	n := notice{Title: from, Body: pick(spanish, "Hay un mensaje para usted. Ábralo para leerlo.", "There is a message for you. Open to read."),
		Tag: string(m.ID), Message: m.ID}
	if m.Class == hearth.ClassSafety {
		n.Title, n.Body = m.Subject, m.Body
		if r := []rune(n.Body); len(r) > shownAtMost {
			n.Body = string(r[:shownAtMost-1]) + "…"
		}
	}
	return n
}

// urgencyOf is how soon a sleeping device is woken: what the resident waits for and danger at once, what they may do without
// when they have power to spare.
func urgencyOf(c hearth.Class) channel.Urgency {
	switch c {
	case hearth.ClassAnswer, hearth.ClassSafety:
		return channel.UrgencyHigh
	case hearth.ClassRelation:
		return channel.UrgencyLow
	case hearth.ClassPromotion:
		return channel.UrgencyVeryLow
	}
	return channel.UrgencyNormal
}

// topicOf is the message's own, so that a second attempt replaces a first one that still waits at the service.
func topicOf(id hearth.MessageID) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

func (x *pushing) send(ctx context.Context, by channel.PushSender, before func() error) channel.Result {
	if len(x.push.Devices) == 0 {
		x.res = channel.PushResult{Result: channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Text: "No device is subscribed any more."}}
	} else {
		x.res = by.SendPush(ctx, x.push, before)
	}
	return x.res.Result
}

// weigh adds to an outcome what became of the notification on each device. With none that takes it, the desk finds another way.
func (x *pushing) weigh(o *outcome) {
	o.push = &x.res
	switch {
	case o.kind == refused && len(x.res.Gone)+len(x.res.Refused) == len(x.push.Devices):
		o.kind = elsewhere
	case o.kind == gaveUp:
		x.res.Refused = map[string]string{}
		for _, d := range x.push.Devices {
			x.res.Refused[d.ID] = o.text
		}
		o.kind = elsewhere
	}
}

// unheard is the outcome of a notification that no service took in time: the desk looks at it again, and its devices rest.
func (s *Sender) unheard(ctx context.Context, o *outcome) error {
	res := channel.PushResult{Refused: map[string]string{}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		devices, err := s.deps.Store.Devices(ctx, tx, o.p.msg.Resident)
		for _, d := range devices {
			res.Refused[d.ID] = o.text
		}
		return err
	})
	o.kind, o.push = elsewhere, &res
	return err
}

// noteDevices keeps what services said of devices: those that are over are forgotten.
func (s *Store) noteDevices(ctx context.Context, tx *db.Tx, outs []outcome) error {
	var gone []string
	for i := range outs {
		r := outs[i].push
		if r == nil {
			continue
		}
		gone = append(gone, r.Gone...)
		for _, id := range sortedKeys(r.Refused) {
			if _, err := tx.Exec(ctx, faultSQL, r.Refused[id], tx.Now(), tx.Org(), id); err != nil {
				return fmt.Errorf("note what a push service said: %w", err)
			}
		}
	}
	return forget(ctx, tx, gone)
}
