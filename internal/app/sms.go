package app

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// Texts is the sender of text messages with what it holds open.
type Texts struct {
	*message.Sender
	transport channel.TextSender
	journal   *channel.Journal
}

// channels are those that can deliver, the usual one first.
func (a *App) channels() []hearth.Channel {
	out := []hearth.Channel{hearth.ChannelEmail}
	if a.Config.SMS != "" {
		out = append(out, hearth.ChannelSMS)
	}
	for _, ch := range []hearth.Channel{hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelLetter, hearth.ChannelCall} {
		if a.Config.Way(ch) {
			out = append(out, ch)
		}
	}
	return out
}

// OpenTexts makes the sender of text messages of this process: to the provider if real sending is on, else to files. It
// gives nil when no provider is set.
func (a *App) OpenTexts(ctx context.Context) (*Texts, error) {
	if a.Config.SMS == "" {
		return nil, nil //nolint:nilnil // no provider is no sender
	}
	t := &Texts{}
	var err error
	if t.transport, err = a.textTransport(); err != nil {
		return nil, err
	}
	deps := message.Deps{DB: a.DB, Store: a.Messages, Records: a.Records, Texts: t.transport, Node: a.Node,
		Conns: a.Config.SMSConnections, BaseURL: a.baseURL(), Log: a.Logger, Care: a.Care}
	if a.DB.Dialect() == db.SQLite {
		t.journal, deps.Marks, err = channel.OpenJournal(filepath.Join(a.Config.Data, "sms.journal"), a.Config.SMSConnections+message.Unrecorded)
		if err != nil {
			return nil, errors.Join(err, t.transport.Close())
		}
		deps.Journal = t.journal
	}
	if t.Sender, err = message.NewSender(ctx, deps); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (a *App) textTransport() (channel.TextSender, error) {
	if a.Config.Send != "real" {
		return channel.NewTextSink(a.sinkDir(), a.Config.SMSFrom)
	}
	return channel.NewTwilio(channel.TwilioConfig{Base: a.Config.SMS, Token: a.Config.SMSToken, From: a.Config.SMSFrom, Conns: a.Config.SMSConnections})
}

// Close gives back what is claimed and not begun, and the connections.
func (t *Texts) Close(ctx context.Context) error {
	return errors.Join(t.Sender.Close(ctx), t.close())
}

func (t *Texts) close() error {
	err := t.transport.Close()
	if t.journal != nil {
		err = errors.Join(err, t.journal.Close())
	}
	return err
}

// smsAccount is the number of the account in the setting sms; "" when there is none.
func smsAccount(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.User.Username()
}

// textGauges registers what the operator watches of text messages.
func (s *Server) textGauges(gauge func(name, help string, f func() float64)) {
	if s.texts == nil {
		return
	}
	gauge("hearth_sms_sent_total", "Text messages that the provider took.", func() float64 { return float64(s.texts.Stats().Sent) })
	gauge("hearth_sms_unknown_total", "Text messages whose fate is unknown.", func() float64 { return float64(s.texts.Stats().Unknown) })
	gauge("hearth_sms_failed_total", "Text messages given up or refused.", func() float64 { return float64(s.texts.Stats().Failed) })
	gauge("hearth_sms_waiting", "Text messages in hand and not begun.", func() float64 { return float64(s.texts.Stats().Waiting) })
	gauge("hearth_sms_provider_down", "1 while the provider of text messages is not reached.", func() float64 { return one(s.texts.Stats().Down) })
}
