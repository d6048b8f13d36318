package app

import (
	"context"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"path/filepath"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
)

// Mail is the sender with what it holds open.
type Mail struct {
	*message.Sender
	transport channel.Sender
	journal   *channel.Journal
}

// OpenMail makes the sender of this process: to the mail server if real sending is on, else to files.
func (a *App) OpenMail(ctx context.Context) (*Mail, error) {
	m := &Mail{}
	var err error
	if m.transport, err = a.transport(); err != nil {
		return nil, err
	}
	deps := message.Deps{DB: a.DB, Store: a.Messages, Records: a.Records, Sender: m.transport, Node: a.Node,
		Conns: a.Config.MailConnections, From: a.Config.From, BaseURL: a.baseURL(), Log: a.Logger, MailDomain: a.Config.MailDomain, Provider: a.Config.MailProvider,
		Care: a.Care}
	if a.DB.Dialect() == db.SQLite {
		// Beside the embedded store the marks of mails on their way stand in a file; on PostgreSQL other nodes must
		// see them, so there they are rows.
		m.journal, deps.Marks, err = channel.OpenJournal(filepath.Join(a.Config.Data, "mail.journal"),
			a.Config.MailConnections+message.Unrecorded)
		if err != nil {
			return nil, errors.Join(err, m.transport.Close())
		}
		deps.Journal = m.journal
	}
	if m.Sender, err = message.NewSender(ctx, deps); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// Close gives back what is claimed and not begun, and the connections.
func (m *Mail) Close(ctx context.Context) error {
	return errors.Join(m.Sender.Close(ctx), m.close())
}

func (m *Mail) close() error {
	err := m.transport.Close()
	if m.journal != nil {
		err = errors.Join(err, m.journal.Close())
	}
	return err
}

func (a *App) transport() (channel.Sender, error) {
	if a.Config.Send != "real" {
		return channel.NewSink(a.sinkDir())
	}
	server, err := channel.ParseServer(a.Config.SMTP)
	if err != nil {
		return nil, err
	}
	return channel.NewSMTP(channel.Config{Server: server, Password: a.Config.SMTPPassword, Conns: a.Config.MailConnections})
}

// sinkDir is where mail goes as files. With PostgreSQL there is no data directory, so it lies where Hearth was started.
func (a *App) sinkDir() string {
	switch {
	case a.Config.Sink != "":
		return a.Config.Sink
	case a.Config.Data != "":
		return filepath.Join(a.Config.Data, "sink")
	}
	return "hearth-sink"
}

func (a *App) baseURL() string {
	if a.Config.BaseURL != "" {
		return a.Config.BaseURL
	}
	return "http://" + a.Config.Listen
}

// checkReal refuses to send from a machine that nobody can answer: residents would get mail from localhost, with links
// that end there, and nobody would hear a STOP. Servers on this machine are a trial and take everything.
func checkReal(c *config.Config) error {
	if c.Trial() {
		return nil
	}
	const sentence = "Mail would reach residents with a sender or links that end on this machine: set from to an address of yours, and base-url to https://HOST."
	if from, err := mail.ParseAddress(c.From); err != nil || strings.HasSuffix(from.Address, "@localhost") {
		return hearth.FieldErrorf("from", sentence)
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Hostname() == "" || u.Hostname() == "localhost" {
		return hearth.FieldErrorf("base-url", sentence)
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return hearth.FieldErrorf("base-url", sentence)
	}
	return nil
}
