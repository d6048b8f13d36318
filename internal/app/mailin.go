package app

import (
	"context"
	"crypto/tls"
	"net"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/edge/mailin"
)

// listenMail takes the port for mail that comes in, if one is set. Until serveMail nobody is answered on it.
func (s *Server) listenMail() error {
	if s.Config.MailIn == "" {
		return nil
	}
	d := mailin.Deps{Domain: s.Config.MailDomain, Keep: s.Inbox.Keep, Logger: s.Logger}
	if s.Config.MailInCert != "" {
		cert, err := tls.LoadX509KeyPair(s.Config.MailInCert, s.Config.MailInKey)
		if err != nil {
			return hearth.FieldErrorf("mail-in-cert", "The certificate for mail that comes in cannot be used: %w.", err)
		}
		d.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	l, err := net.Listen("tcp", s.Config.MailIn)
	if err != nil {
		return hearth.FieldErrorf("mail-in", "Hearth can't take mail on %s: %w.", s.Config.MailIn, err)
	}
	s.post, s.mailIn = l, mailin.New(d)
	s.Config.MailIn = l.Addr().String()
	return nil
}

// serveMail answers on it.
func (s *Server) serveMail() {
	if s.mailIn == nil {
		return
	}
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		if err := s.mailIn.Serve(s.post); err != nil {
			s.serveErr <- err
		}
	}()
}

// stopMail takes no more mail; what was kept is read at the next start.
func (s *Server) stopMail(ctx context.Context) error {
	if s.mailIn == nil {
		return nil
	}
	err := s.mailIn.Shutdown(ctx)
	s.post.Close() // when nobody was answered yet
	return err
}

// MailInAddr gives the address on which mail is taken, "" if it is not.
func (s *Server) MailInAddr() string {
	if s.post == nil {
		return ""
	}
	return s.post.Addr().String()
}

// letters counts what came in by where it stands.
func (s *Server) letters(st letterbox.State) float64 {
	return s.counted(func(ctx context.Context, tx *db.Tx) (int64, error) {
		all, err := s.Inbox.Letters.Counts(ctx, tx)
		return all[st], err
	})
}
