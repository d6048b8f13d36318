package app

import (
	"context"

	"hearth/internal/base/db"
	"hearth/internal/edge/web"
)

// health tells the operator's page what this process knows of itself.
func (s *Server) health(ctx context.Context, tx *db.Tx) (web.Health, error) {
	h := web.Health{Version: s.Version, Database: "SQLite", Ways: s.ways(), Backups: s.watchBackups(), Renewing: s.Engine.Renewing()}
	if tx.Dialect() == db.Postgres {
		h.Database = "PostgreSQL"
	}
	for _, c := range s.Recent.List() {
		h.Recent = append(h.Recent, web.Complaint(c))
	}
	var err error
	if h.Bytes, err = tx.Size(ctx); err != nil {
		return h, err
	}
	h.Behind, err = s.Engine.Behind(ctx, tx)
	return h, err
}

// ways says which ways are on, and where they go.
func (s *Server) ways() []web.Way {
	real := s.Config.Send == "real"
	mail := web.Way{Name: "Mail", On: true, Words: "To files in " + s.sinkDir() + "; it reaches nobody."}
	if real {
		mail.Words = "To the mail server; it reaches people."
	}
	texts := web.Way{Name: "Text messages", On: s.texts != nil, Words: "Set sms to a provider's address."}
	switch {
	case s.texts != nil && real:
		texts.Words = "To the provider; they reach people."
	case s.texts != nil:
		texts.Words = "To files; they reach nobody."
	}
	push := web.Way{Name: "Notifications", On: s.pushes != nil, Words: "Name push among the ways."}
	if s.pushes != nil {
		push.Words = "To browsers that asked for them."
	}
	in := web.Way{Name: "Mail that comes in", On: s.Config.MailDomain != "", Words: "Set mail-domain, so that answers and bounces find their way back."}
	if in.On {
		in.Words = "For " + s.Config.MailDomain + "."
	}
	return []web.Way{mail, texts, push, in}
}
