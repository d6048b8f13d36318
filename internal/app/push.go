package app

import (
	"context"
	"crypto/rand"
	"errors"
	"net/mail"
	"path/filepath"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/base/channel/webpush"
	"hearth/internal/base/db"
)

// Pushes is the sender of notifications with what it holds open.
type Pushes struct {
	*message.Sender
	transport channel.PushSender
	journal   *channel.Journal
}

// pushConnections are notifications on their way at once.
const pushConnections = 4

// pushGuard checks where notifications may lead; nil while push is no way.
func (a *App) pushGuard() *call.Guard {
	if !a.Config.Way(hearth.ChannelPush) {
		return nil
	}
	g, err := a.guard()
	if err != nil {
		return &call.Guard{} // the setting is read at the start, where it fails
	}
	return g
}

// OpenPushes makes the sender of notifications of this process: to browsers' push services if real sending is on, else to
// files. It gives nil when push is none of the ways.
func (a *App) OpenPushes(ctx context.Context) (*Pushes, error) {
	if !a.Config.Way(hearth.ChannelPush) {
		return nil, nil //nolint:nilnil // no way is no sender
	}
	p := &Pushes{}
	var err error
	if p.transport, err = a.pushTransport(ctx); err != nil {
		return nil, err
	}
	deps := message.Deps{DB: a.DB, Store: a.Messages, Records: a.Records, Push: p.transport, Node: a.Node, Conns: pushConnections, Log: a.Logger, Care: a.Care}
	if a.DB.Dialect() == db.SQLite {
		p.journal, deps.Marks, err = channel.OpenJournal(filepath.Join(a.Config.Data, "push.journal"), pushConnections+message.Unrecorded)
		if err != nil {
			return nil, errors.Join(err, p.transport.Close())
		}
		deps.Journal = p.journal
	}
	if p.Sender, err = message.NewSender(ctx, deps); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (a *App) pushTransport(ctx context.Context) (channel.PushSender, error) {
	if a.Config.Send != "real" {
		return channel.NewPushSink(a.sinkDir())
	}
	key, err := a.Messages.PushKey(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	guard := a.pushGuard()
	return webpush.New(webpush.Config{Key: key, Subject: a.pushSubject(), Guard: guard, Clock: a.Clock, Random: rand.Reader,
		HTTP: call.HTTP(call.Config{Guard: guard, Agent: "Hearth/" + a.Version})}), nil
}

// pushSubject is whom a push service may ask about what we send: the sender's address, else where the program is reached.
func (a *App) pushSubject() string {
	if from, err := mail.ParseAddress(a.Config.From); err == nil && !strings.HasSuffix(from.Address, "@localhost") {
		return "mailto:" + from.Address
	}
	if strings.HasPrefix(a.baseURL(), "https://") {
		return a.baseURL()
	}
	return ""
}

// Close gives back what is claimed and not begun, and the connections.
func (p *Pushes) Close(ctx context.Context) error {
	return errors.Join(p.Sender.Close(ctx), p.close())
}

func (p *Pushes) close() error {
	err := p.transport.Close()
	if p.journal != nil {
		err = errors.Join(err, p.journal.Close())
	}
	return err
}

// pushGauges registers what the operator watches of notifications.
func (s *Server) pushGauges(gauge func(name, help string, f func() float64)) {
	if s.pushes == nil {
		return
	}
	gauge("hearth_push_sent_total", "Notifications that a push service took.", func() float64 { return float64(s.pushes.Stats().Sent) })
	gauge("hearth_push_failed_total", "Notifications given up or refused.", func() float64 { return float64(s.pushes.Stats().Failed) })
	gauge("hearth_push_waiting", "Notifications in hand and not begun.", func() float64 { return float64(s.pushes.Stats().Waiting) })
}
