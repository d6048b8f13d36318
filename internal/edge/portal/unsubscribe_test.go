package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// under gives the address of the page behind the link under a mail to somebody.
func (r *rig) under(id string, who hearth.ResidentID, address string) string {
	r.t.Helper()
	r.tell(message.Message{ID: hearth.MessageID(id), Resident: who, Class: hearth.ClassRelation, Purpose: "event.party", Channel: hearth.ChannelEmail, Address: address, AddressKey: address,
		Subject: "A picnic", Body: "On Sunday."})
	token, err := r.Messages.UnsubscribeToken(r.t.Context(), r.DB, hearth.MessageID(id))
	if err != nil {
		r.t.Fatal(err)
	}
	return message.UnsubscribePath + token
}

// The page behind the link under a mail speaks the resident's language from the first look to what went wrong, unless another one was chosen on the
// device; looking ends nothing.
func TestThePageUnderAMailSpeaksTheirLanguage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.Records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: r.cem, Name: "language", Value: "es"})
			return err
		})
		wants := func(channel hearth.Channel, address string) (yes bool) {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				a, err := r.Consent.Check(ctx, tx, []consent.Ask{{Resident: r.cem, Channel: channel, AddressKey: address, Purpose: "event.party", Class: hearth.ClassRelation}})
				yes = a[0].Allowed
				return err
			})
			return yes
		}
		link := r.under("msg_p1", r.cem, "cem@home.example")
		english := []string{"Fewer messages", "Stop these", "You still hear", "To the content", "My home"}
		p := r.stranger()
		p.must(link, []string{`<html lang="es"`, "Menos mensajes de Oak Court", "Detener estos mensajes", "por todos los medios", "Seguirá sabiendo"}, english...)
		if !wants(hearth.ChannelEmail, "cem@home.example") {
			t.Fatal("a look ended something")
		}
		rec := p.post(link, url.Values{"List-Unsubscribe": {"One-Click"}})
		if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, "no enviará más mensajes de este tipo a esta dirección") || strings.Contains(body, "sends") {
			t.Errorf("%d: %s", rec.Code, body)
		}
		if wants(hearth.ChannelEmail, "cem@home.example") || !wants(hearth.ChannelLetter, "") {
			t.Error("the mail program's own button is about the address")
		}
		if body := p.post(link, url.Values{"every": {"yes"}}).Body.String(); !strings.Contains(body, "por ningún medio") || wants(hearth.ChannelLetter, "") {
			t.Errorf("every way: %s", body)
		}
		// Another language, where it is chosen on the device; the page offers it.
		p.must(link, []string{"/home/language?to=en&amp;back=" + url.QueryEscape(link)})
		if to := p.led(p.get("/home/language?to=en&back=" + url.QueryEscape(link))); to != link {
			t.Errorf("after choosing a language: %s", to)
		}
		p.must(link, []string{`<html lang="en"`, "Fewer messages from Oak Court"})
		// Who has no language on record is spoken to as their browser asks.
		ben := r.stranger()
		ben.header = http.Header{"Accept-Language": {"es-MX,es;q=0.9"}}
		ben.must(r.under("msg_p2", r.ben, "ben@home.example"), []string{"Menos mensajes"})
		rec = ben.get(message.UnsubscribePath + "msg_p2.AAAA")
		if body := rec.Body.String(); rec.Code != http.StatusNotFound || !strings.Contains(body, "Este enlace no está completo") || strings.Contains(body, "Oak Court") || strings.Contains(body, "This ") {
			t.Errorf("a link that is not whole: %d %s", rec.Code, body)
		}
	})
}
