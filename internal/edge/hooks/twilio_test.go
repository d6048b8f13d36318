package hooks

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

const (
	token = "12345"
	base  = "https://oak.example/hearth"
	oak   = hearth.PropertyID("prp_oak")
	phone = "+12125550101"
)

// The example of the provider's documentation, and what its own libraries are tested with.
func TestTwilioProof(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	got := base64.StdEncoding.EncodeToString(twilioProof(token, "https://mycompany.com/myapp.php?foo=1&bar=2", form))
	if want := "RSOYDt4T1cUTdK1PDd93/VVr8B8="; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

// rig is the call-backs over a real store.
type rig struct {
	t     *testing.T
	d     *db.DB
	log   *eventlog.Log
	store *message.Store
	mux   *http.ServeMux
	came  []InboundText
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	random := bytes.NewReader(bytes.Repeat([]byte{7}, 4096))
	r := &rig{t: t, d: d, log: l, store: message.New(l, consent.New(l), random), mux: http.NewServeMux()}
	r.write(func(tx *db.Tx) error {
		_, _, err := record.New(l, random).PutProperty(t.Context(), tx, record.News{}, record.Property{ID: oak, Name: "Oak Court", Zone: "America/New_York"})
		return err
	})
	New(Deps{DB: d, Messages: r.store, Logger: slog.New(slog.DiscardHandler), BaseURL: base,
		Twilio: &Twilio{Token: token, Account: "AC1", Inbound: func(_ context.Context, in InboundText) error { r.came = append(r.came, in); return nil }}}).Mount(r.mux)
	return r
}

func (r *rig) write(f func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Write(r.t.Context(), f); err != nil {
		r.t.Fatal(err)
	}
}

// text queues a text message.
func (r *rig) text(id string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.store.Insert(r.t.Context(), tx, []message.Message{{ID: hearth.MessageID(id), Property: oak, Resident: "res_a", State: message.Queued,
			Class: hearth.ClassService, Purpose: "service.update", Channel: hearth.ChannelSMS, Address: phone, AddressKey: phone, Body: "The tap is fixed."}})
	})
}

// post sends a call-back with the signature of a token.
func (r *rig) post(path, tok string, form url.Values) int {
	r.t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(twilioProof(tok, base+path, form)))
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	return w.Code
}

func (r *rig) status(id, status, errorCode string) int {
	r.t.Helper()
	form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM" + id}, "MessageStatus": {status}, "To": {phone}, "Something": {"new"}}
	if errorCode != "" {
		form.Set("ErrorCode", errorCode)
	}
	return r.post(channel.TwilioStatusPath+"?m="+id, token, form)
}

// want checks where a message stands and what was told of it.
func (r *rig) want(id string, state message.State, events string) {
	r.t.Helper()
	var m message.Message
	var types []string
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		if m, err = r.store.Get(r.t.Context(), tx, hearth.MessageID(id)); err != nil {
			return err
		}
		evs, err := r.log.Read(r.t.Context(), tx, eventlog.PartOf(oak), 0, 10000)
		for _, ev := range evs {
			if ev.Subject.ID == id {
				types = append(types, strings.TrimPrefix(string(ev.Type), "message."))
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if got := strings.Join(types, " "); m.State != state || got != events {
		r.t.Errorf("%s is %s with %q told of it, want %s with %q", id, m.State, got, state, events)
	}
}

func (r *rig) stopped() (reason string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		a, err := consent.New(r.log).Check(r.t.Context(), tx, []consent.Ask{{Channel: hearth.ChannelSMS, AddressKey: phone, Class: hearth.ClassService, Resident: "res_a"}})
		if a[0].Recorded {
			reason = a[0].Reason
		}
		return err
	})
	return reason
}

// Every order of call-backs, each of them twice, ends in the same state with each thing told once.
func TestStatusInAnyOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		r := newRig(t, d)
		n := 0
		for _, c := range []struct {
			calls  []string // "status" or "status/code"
			state  message.State
			events string // of the order as given
		}{
			{[]string{"queued", "sent", "delivered"}, message.Delivered, "sent delivered"},
			{[]string{"sent", "undelivered/30003"}, message.Failed, "sent failed"},
			{[]string{"undelivered/30003", "delivered", "sent"}, message.Delivered, "failed delivered"},
			{[]string{"failed/30008"}, message.Failed, "failed"},
			{[]string{"accepted", "sending", "a status of next year"}, message.Queued, ""},
		} {
			for turn, order := range orders(c.calls) {
				n++
				id := fmt.Sprintf("msg_%03d", n)
				r.text(id)
				for _, call := range append(order, order...) {
					status, code, _ := strings.Cut(call, "/")
					if got := r.status(id, status, code); got != http.StatusNoContent {
						t.Fatalf("%v: the call-back %s is answered with %d", order, call, got)
					}
				}
				events := c.events
				if turn > 0 && len(order) > 1 {
					events = told(order)
				}
				r.want(id, c.state, events)
			}
		}
		if got := r.stopped(); got != "" {
			t.Errorf("a number that could not be reached for now is stopped: %s", got)
		}
	})
}

// orders gives all orders of the calls, the given one first.
func orders(calls []string) [][]string {
	if len(calls) <= 1 {
		return [][]string{calls}
	}
	var out [][]string
	for i := range calls {
		rest := append(append([]string{}, calls[:i]...), calls[i+1:]...)
		for _, o := range orders(rest) {
			out = append(out, append([]string{calls[i]}, o...))
		}
	}
	return out
}

// told says, apart from the program, what is told of a text message when call-backs come in an order.
func told(order []string) string {
	var out []string
	was := "queued"
	for _, call := range order {
		status, _, _ := strings.Cut(call, "/")
		switch {
		case status == "sent" && was == "queued":
			out, was = append(out, "sent"), "sent"
		case status == "delivered" && was != "delivered":
			if was == "queued" {
				out = append(out, "sent")
			}
			out, was = append(out, "delivered"), "delivered"
		case (status == "undelivered" || status == "failed") && (was == "queued" || was == "sent"):
			out, was = append(out, "failed"), "failed"
		}
	}
	return strings.Join(out, " ")
}

// A number that is dead takes nothing more, and one whose owner told the provider to stop has stopped.
func TestCodesThatStopANumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		for _, c := range []struct {
			code   string
			state  message.State
			events string
			reason string // part of the sentence; "" = not stopped
		}{
			{"30003", message.Failed, "failed", ""},
			{"30007", message.Failed, "failed", ""},
			{"30005", message.Bounced, "bounced", "came back"},
			{"30006", message.Bounced, "bounced", "came back"},
			{"21614", message.Bounced, "bounced", "came back"},
			{"21610", message.Failed, "failed", "STOP"},
			{"30005", message.Bounced, "bounced", "STOP"}, // and a STOP is never replaced by less
		} {
			r := newRig(t, d)
			id := "msg_" + c.code + strings.ToLower(c.reason[:min(len(c.reason), 3)])
			r.text(id)
			r.status(id, "undelivered", c.code)
			r.want(id, c.state, c.events)
			if got := r.stopped(); c.reason == "" && got != "" || !strings.Contains(got, c.reason) {
				t.Errorf("after %s the number is stopped because %q, want %q", c.code, got, c.reason)
			}
		}
	})
}

// What does not carry our signature changes nothing, and a message that is not ours is no news.
func TestWhoseCallBack(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	r := newRig(t, d)
	r.text("msg_a")
	path := channel.TwilioStatusPath + "?m=msg_a"
	form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	if got := r.post(path, "another token", form); got != http.StatusForbidden {
		t.Errorf("signed by somebody else: %d", got)
	}
	other := url.Values{"AccountSid": {"AC2"}, "MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	if got := r.post(path, token, other); got != http.StatusForbidden {
		t.Errorf("of another account: %d", got)
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	w := httptest.NewRecorder()
	if r.mux.ServeHTTP(w, req); w.Code != http.StatusForbidden {
		t.Errorf("not signed: %d", w.Code)
	}
	r.want("msg_a", message.Queued, "")
	for _, id := range []string{"msg_nobody", ""} {
		if got := r.post(channel.TwilioStatusPath+"?m="+id, token, form); got != http.StatusNoContent {
			t.Errorf("a message that is not ours: %d", got)
		}
	}
	if got := r.post(path, token, url.Values{"AccountSid": {"AC1"}}); got != http.StatusBadRequest {
		t.Errorf("a call-back without a message: %d", got)
	}
	long := url.Values{"AccountSid": {"AC1"}, "Body": {strings.Repeat("a", defaultLimit)}}
	if got := r.post(path, token, long); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a call-back without end: %d", got)
	}
	if got := r.post(path, token, form); got != http.StatusNoContent {
		t.Errorf("ours: %d", got)
	}
	r.want("msg_a", message.Delivered, "sent delivered")
}

// Every status of the provider's description leads where the list beside it says.
func TestEveryStatus(t *testing.T) {
	raw, err := os.ReadFile("testdata/twilio_message_status.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(rows) < 14 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		f := channel.TwilioState(row[0], 0)
		var got string
		switch {
		case f.Open:
			got = "open"
		case f.Sent:
			got = "sent"
		case f.Delivered:
			got = "delivered"
		default:
			got = "given up"
		}
		if got != row[1] {
			t.Errorf("%s counts as %s, want %s", row[0], got, row[1])
		}
	}
}

func TestInboundForm(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	r := newRig(t, d)
	form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM9"}, "From": {phone}, "To": {"+12125550199"}, "Body": {"Stop"}, "NumMedia": {"1"}, "OptOutType": {"Stop"}}
	if got := r.post(channel.TwilioMessagePath, token, form); got != http.StatusOK {
		t.Errorf("answered with %d", got)
	}
	want := InboundText{Ref: "SM9", From: phone, To: "+12125550199", Body: "Stop", Media: 1, OptOut: "STOP"}
	if len(r.came) != 1 || r.came[0] != want {
		t.Errorf("came in: %+v, want %+v", r.came, want)
	}
	form.Del("From")
	if got := r.post(channel.TwilioMessagePath, token, form); got != http.StatusBadRequest {
		t.Errorf("from nobody: %d", got)
	}
}
