package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// A test of mail really leaves, to the viewer's own address, and the page and the list of the first day tell what came of it.
func TestMailIsTried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		server, err := smtptest.Start(smtptest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		r.web.Config = &config.Config{Send: "real", SMTP: server.URL(), From: "Oak Court <office@oak.example>", BaseURL: "https://hearth.oak.example", MailDomain: "mail.oak.example", MailIn: "0.0.0.0:25", Ways: "portal"}
		const at = "/setup/channels"
		musts(t, "before", r.page(t, at), "no e-mail address of yours on record", "sms: https://ACCOUNT@api.twilio.com", "ways: portal,letter", "v=spf1 a:127.0.0.1 -all", "_dmarc.oak.example", "nothing has left yet", "!Send a test to my")
		if rec := r.post(t, at+"/test", url.Values{"channel": {"email"}}); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("a test to nowhere: %d", rec.Code)
		}
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			dana, err := r.web.Records.Staff(ctx, tx, r.dana)
			if err != nil {
				return err
			}
			dana.Email = "dana@oak.example"
			_, _, err = r.web.Records.PutStaff(ctx, tx, record.News{}, dana)
			return err
		})
		musts(t, "with an address", r.page(t, at), "Send a test to my address")
		musts(t, "the first day", r.page(t, "/setup"), "Mail was tried")
		if rec := r.post(t, at+"/test", url.Values{"channel": {"email"}}); rec.Code != http.StatusSeeOther || !strings.Contains(toastOf(t, rec), "on its way to dana@oak.example") {
			t.Fatalf("a test: %d %s", rec.Code, rec.Body)
		}
		musts(t, "on its way", r.page(t, at), "The last test is on its way.")
		if rec := r.post(t, at+"/test", url.Values{"channel": {"email"}}); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("two tests at once: %d", rec.Code)
		}
		r.deliver(t, server)
		if mails := server.Mails(); len(mails) != 1 || !strings.Contains(mails[0].Data, "[Test] Mail of Oak Court works") || !strings.Contains(mails[0].Data, "dana@oak.example") {
			t.Errorf("the server got %d mails: %v", len(mails), mails)
		}
		musts(t, "sent", r.page(t, at), "was taken by the server")
		musts(t, "the first day", r.page(t, "/setup"), "The last test was taken by the server")
	})
}

// deliver sends what is queued to a mail server.
func (r *deskRoom) deliver(t *testing.T, server *smtptest.Server) {
	t.Helper()
	to, err := channel.ParseServer(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client, err := channel.NewSMTP(channel.Config{Server: to, RootCAs: server.Roots})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := message.NewSender(t.Context(), message.Deps{DB: r.web.DB, Store: r.web.Messages, Records: r.web.Records, Node: "test", Conns: 1, From: "Oak Court <office@oak.example>", Sender: client, Care: r.web.Care})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestWhatATestCameTo(t *testing.T) {
	for _, x := range []struct {
		m    message.Message
		real bool
		want string
	}{
		{message.Message{State: message.Sent}, false, "written to a file"},
		{message.Message{State: message.Delivered}, true, "arrived"},
		{message.Message{State: message.Queued, Error: "The server is away."}, true, "waits: The server is away."},
		{message.Message{State: message.Bounced, Error: "550 no such user."}, true, "came back: 550 no such user."},
		{message.Message{State: message.Failed, Error: "535 wrong password"}, true, "failed: 535 wrong password."},
		{message.Message{State: message.Unknown}, true, "not known"},
	} {
		if got, _ := testWords(x.m, x.real); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q in it", x.m.State, got, x.want)
		}
	}
}

func TestChannelsInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	r.web.Config = &config.Config{Send: "sink", From: "Hearth <hearth@localhost>", Listen: "127.0.0.1:8080", SMS: "https://AC1@api.twilio.com", SMSFrom: "+12125550100"}
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		dana, err := r.web.Records.Staff(ctx, tx, r.dana)
		if err != nil {
			return err
		}
		dana.Email = "dana-with-a-very-long-name@residents-and-offices.oak-court.example"
		_, _, err = r.web.Records.PutStaff(ctx, tx, record.News{}, dana)
		return err
	})
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/setup/channels")
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/setup/channels"), chromedp.Focus(`//button[contains(., "Send a test to my address")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//div[@class="toast"][contains(., "A test is on its way")]`), chromedp.WaitVisible(`//*[@id="ways"]//p[contains(., "The last test is on its way")]`)); err != nil {
		t.Fatalf("a test by keyboard: %v", err)
	}
	clock.Advance(time.Minute)
	r.web.Open = false
	if got := r.get(t, "/setup/channels", r.tokens[account.ScopeRead]).Code; got != http.StatusForbidden {
		t.Errorf("for a reader: %d", got)
	}
	if got := r.get(t, "/setup/channels", r.tokens[account.ScopeAdmin]).Body.String(); !strings.Contains(got, "Sign in as yourself") {
		t.Errorf("for a program: %s", got)
	}
}

// What a pause holds is seen at the way that it is about, and let go there by whoever may.
func TestWhatIsHeldIsSeenAtItsWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		playsOf(t, r.bench)
		r.web.Config = &config.Config{Send: "real", SMTP: "smtp://relay.example:587", From: "Oak Court <office@oak.example>", BaseURL: "https://hearth.oak.example", Ways: "call"}
		var ids []string
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			ids = nil
			for _, target := range []string{"email" + care.Discretionary, "call"} {
				p, err := r.web.Engine.Pause(ctx, tx, hearth.System("inbox"), care.Pause{What: care.Channel, Target: target, Reason: "30 of the last 500 mails came back"})
				if err != nil {
					return err
				}
				ids = append(ids, p.ID)
			}
			return nil
		})
		const at = "/setup/channels"
		musts(t, "held", r.page(t, at), "partly held", "what residents can do without, since", "30 of the last 500", "/pauses/"+ids[0]+"/resume", "/pauses/"+ids[1]+"/resume", ">held<")
		musts(t, "in words", r.page(t, "/playbooks"), "Sending by e-mail what residents may do without is paused", "Sending by telephone is paused")
		for _, id := range ids {
			if rec := r.post(t, "/pauses/"+id+"/resume", url.Values{"back": {at}}); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != at {
				t.Errorf("let go: %d %s", rec.Code, rec.Header().Get("Location"))
			}
		}
		musts(t, "let go", r.page(t, at), "!held<", "!/resume", "nothing has left since it was resumed on 2 March")
	})
}
