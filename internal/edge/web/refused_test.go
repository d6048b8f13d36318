package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
)

// refuse has somebody stop texts in free words, answer STOP, and end by one tap what they can do without.
func refuse(t *testing.T, b *bench) {
	t.Helper()
	who := anaOf(t, b)
	log, err := eventlog.New(b.web.DB)
	if err != nil {
		t.Fatal(err)
	}
	words := consent.New(log)
	err = b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		c, err := b.web.Records.Contacts(context.Background(), tx, []hearth.ResidentID{who})
		if err != nil {
			return err
		}
		ana := c[who]
		if _, err := words.Revoke(t.Context(), tx, consent.Revocation{ID: "rev_1", Channel: hearth.ChannelSMS, AddressKey: ana.PhoneKey, Resident: who, Property: ana.Property,
			Words: "please no more of these", Received: tx.Now(), Due: tx.Now().AddDate(0, 0, 14), State: consent.RevocationOpen, Actor: hearth.Actor{Kind: "resident", ID: string(who)}}); err != nil {
			return err
		}
		return words.SetAll(t.Context(), tx, consent.Grant{Purpose: consent.Discretionary, Resident: who, Property: ana.Property, Source: "portal", Evidence: "the button in their pages",
			Actor: hearth.Actor{Kind: "resident", ID: string(who)}, At: tx.Now().Add(-1)}, consent.Reach{Email: ana.EmailKey, Phone: ana.PhoneKey})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The team sees in one list who wants no more of what, by whichever way it was said, and what somebody has still to read.
func TestWhoWantsNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		deskOf(t, b)
		anaOf(t, b)
		if body := b.get(t, "/residents/refused", "").Body.String(); !strings.Contains(body, "Nobody has refused anything") {
			t.Errorf("at first it says %s", body)
		}
		refuse(t, b)
		rec := b.get(t, "/residents/refused", "")
		for _, must := range []string{"Ana Ruiz", "What they can do without by any way", "They said so in their pages.", "Everything by text, until somebody has read what they meant", "please no more of these",
			"somebody has to read it by", `href="/residents/refused"`} {
			if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), must) {
				t.Errorf("%d: %q does not stand there", rec.Code, must)
			}
		}
		if strings.Contains(rec.Body.String(), "0147") {
			t.Error("the list shows a telephone number")
		}
	})
}

func TestWhoWantsNoMoreInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	anaOf(t, b)
	refuse(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/residents/refused")
	// By keyboard: down to the first row, and on to whom it is about.
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/residents/refused"), chromedp.WaitVisible(`//li[contains(., "Ana Ruiz")]`), chromedp.Focus(`ul.rows a`),
		chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//h1[contains(., "Ana Ruiz")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
}
