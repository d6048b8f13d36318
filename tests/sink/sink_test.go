// Package sink tests that the real program starts and keeps its mail in files wherever its data is: sending is off
// until somebody switches it on, on PostgreSQL too.
package sink

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

func TestMailStaysInFilesUntilSendingIsSwitchedOn(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		cfg  config.Config
		want string
	}{
		"beside the embedded database": {config.Config{Data: filepath.Join(dir, "data")}, filepath.Join(dir, "data", "sink")},
		"with PostgreSQL":              {config.Config{Database: dbtest.EmptyPostgresURL(t), Sink: filepath.Join(dir, "mail")}, filepath.Join(dir, "mail")},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := tt.cfg
			cfg.Org, cfg.Zone, cfg.Send, cfg.MailConnections, cfg.From = "main", "America/New_York", "sink", 2, "Hearth <hearth@oak.example>"
			deliver(t, cfg)
			files, err := filepath.Glob(filepath.Join(tt.want, "*", "*.eml"))
			if err != nil || len(files) != 1 {
				t.Errorf("there are %d mails in %s (%v), want 1", len(files), tt.want, err)
			}
		})
	}
}

// deliver sends one mail through the program.
func deliver(t *testing.T, cfg config.Config) {
	t.Helper()
	ctx := t.Context()
	a, err := app.Open(ctx, cfg, app.Options{Clock: hearth.NewVirtualClock(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)),
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	m, err := a.OpenMail(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(context.WithoutCancel(ctx))
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		p, _, err := a.Records.PutProperty(ctx, tx, record.News{Source: "test"}, record.Property{Name: "Oak Court", State: "NY"})
		if err != nil {
			return err
		}
		return a.Messages.Insert(ctx, tx, []message.Message{{ID: "msg_test", Property: p.ID, Resident: "res_test", State: message.Queued,
			Class: hearth.ClassService, Purpose: "test", Channel: hearth.ChannelEmail, Address: "ana@home.example",
			AddressKey: record.EmailKey("ana@home.example"), Subject: "Water", Body: "The water is back."}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}
