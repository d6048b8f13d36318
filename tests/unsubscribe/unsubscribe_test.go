// Package unsubscribe tests the way of an opt-out through the whole program: from the header of a real mail to the
// desk's next answer.
package unsubscribe

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/app"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/edge/portal"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// community opens the program with one resident and sends them a discretionary mail to a real server.
func community(t *testing.T) (*app.App, hearth.ResidentID, *mail.Message) {
	t.Helper()
	ctx := t.Context()
	server, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	a, err := app.Open(ctx, config.Config{Data: t.TempDir(), Org: "main", Zone: "America/New_York", Send: "real", SMTP: server.URL(),
		MailConnections: 2, From: "Hearth <hearth@oak.example>", BaseURL: "https://oak.example"},
		app.Options{Clock: hearth.NewVirtualClock(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)), Random: rand.NewChaCha8([32]byte{1}),
			Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	m, err := a.OpenMail(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(context.WithoutCancel(ctx)) })
	var who hearth.ResidentID
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		n := record.News{Source: "test"}
		p, _, err := a.Records.PutProperty(ctx, tx, n, record.Property{Name: "Oak Court", State: "NY", Zone: "America/New_York", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		home, err := a.Records.PutHome(ctx, tx, n, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"},
			Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Lopez", Email: "ana@home.example"}}}})
		if err != nil {
			return err
		}
		who = home.Members[0].ID
		return a.Messages.Insert(ctx, tx, []message.Message{{ID: "msg_test", Property: p.ID, Resident: who, State: message.Queued,
			Class: hearth.ClassRelation, Purpose: "movein.checkin", Channel: hearth.ChannelEmail, Address: "ana@home.example",
			AddressKey: record.EmailKey("ana@home.example"), Subject: "How are the first days?", Body: "Does everything work?"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	sent := server.Mails()
	if len(sent) != 1 {
		t.Fatalf("%d mails arrived, want 1", len(sent))
	}
	parsed, err := mail.ReadMessage(strings.NewReader(sent[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	return a, who, parsed
}

// allowed asks whether a message of a class may still go.
func allowed(t *testing.T, a *app.App, who hearth.ResidentID, class hearth.Class) bool {
	t.Helper()
	var answers []consent.Answer
	err := a.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		answers, err = a.Consent.Check(t.Context(), tx, []consent.Ask{{Resident: who, Channel: hearth.ChannelEmail,
			AddressKey: record.EmailKey("ana@home.example"), Purpose: "renewal.open", Class: class}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answers[0].Allowed
}

func TestOneClickEndsDiscretionaryMailAndNothingElse(t *testing.T) {
	a, who, m := community(t)
	if got := m.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Fatalf("List-Unsubscribe-Post is %q", got)
	}
	link, err := url.Parse(strings.Trim(m.Header.Get("List-Unsubscribe"), "<> "))
	if err != nil || link.Host != "oak.example" {
		t.Fatalf("List-Unsubscribe is %q (%v)", m.Header.Get("List-Unsubscribe"), err)
	}
	mux := http.NewServeMux()
	home, err := portal.New(portal.Deps{DB: a.DB, Messages: a.Messages, Records: a.Records, Consent: a.Consent, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	home.Mount(mux)
	ask := func(method, path string) (int, string) {
		t.Helper()
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader("List-Unsubscribe=One-Click")))
		body, err := io.ReadAll(rec.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		return rec.Code, string(body)
	}
	if code, body := ask("GET", link.Path); code != 200 || !strings.Contains(body, "Fewer messages from Oak Court") || !strings.Contains(body, `method="post"`) {
		t.Fatalf("GET gives %d:\n%s", code, body)
	}
	if !allowed(t, a, who, hearth.ClassRelation) {
		t.Fatal("a GET acted: a program that checks links would unsubscribe people")
	}
	for i := range 2 {
		if code, body := ask("POST", link.Path); code != 200 || !strings.Contains(body, "no more such messages") {
			t.Fatalf("POST number %d gives %d:\n%s", i+1, code, body)
		}
	}
	for class, want := range map[hearth.Class]bool{hearth.ClassRelation: false, hearth.ClassPromotion: false, hearth.ClassService: true,
		hearth.ClassLegal: true, hearth.ClassSafety: true, hearth.ClassPromise: true} {
		if got := allowed(t, a, who, class); got != want {
			t.Errorf("after the opt-out a message of class %s may go: %v, want %v", class, got, want)
		}
	}
	byLetter := func() bool {
		var answers []consent.Answer
		if err := a.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
			answers, err = a.Consent.Check(t.Context(), tx, []consent.Ask{{Resident: who, Channel: hearth.ChannelLetter, Purpose: "renewal.open", Class: hearth.ClassRelation}})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return answers[0].Allowed
	}
	if !byLetter() {
		t.Error("the mail program's own button ends letters too")
	}
	rec, r := httptest.NewRecorder(), httptest.NewRequest("POST", link.Path, strings.NewReader("every=yes"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if mux.ServeHTTP(rec, r); rec.Code != 200 || !strings.Contains(rec.Body.String(), "by any way") || byLetter() || !allowed(t, a, who, hearth.ClassService) {
		t.Errorf("the button for every way gives %d; letters go: %v\n%s", rec.Code, byLetter(), rec.Body)
	}
	for _, forged := range []string{"/u/msg_test", "/u/msg_test.AAAA", link.Path + "x", "/u/" + strings.Repeat("a", 500)} {
		if code, body := ask("POST", forged); code != 404 || !strings.Contains(body, "not complete") {
			t.Errorf("POST %s gives %d, want 404 with a sentence", forged, code)
		}
	}
}
