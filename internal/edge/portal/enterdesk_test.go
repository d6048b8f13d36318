package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

// decided gives what the desk decided about somebody, the newest first.
func (r *rig) decided(who hearth.ResidentID) []decision.Decision {
	r.t.Helper()
	var out []decision.Decision
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, _, err = r.Desk.Decisions.List(ctx, tx, decision.Filter{Resident: who, Stage: "desk"}, "", 50)
		return err
	})
	return out
}

func (r *rig) stop(ch hearth.Channel, key, reason string) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error { return r.Consent.Suppress(ctx, tx, ch, key, reason) })
}

// Each code leaves its decision, sent or refused, and a page that says the same.
func TestEachCodeHasItsDecision(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		p := r.stranger()
		sent := p.asks("ana@home.example")
		if got := r.decided(r.ana); len(got) != 1 || got[0].Outcome != desk.Sent || got[0].Facts["class"] != "answer" || !strings.Contains(got[0].Reason, "waits for no hour") {
			t.Fatalf("the decisions are %+v", got)
		}
		if codes := r.arrived(box); len(codes) != 1 {
			t.Fatalf("the codes that came are %q", codes)
		}
		clock.Advance(time.Hour)
		r.stop(hearth.ChannelEmail, "ana@home.example", consent.ReasonBounce)
		q := r.stranger()
		if refused := q.asks("ana@home.example"); refused != sent {
			t.Errorf("where nothing goes, the page says\n%s\ninstead of\n%s", refused, sent)
		}
		got := r.decided(r.ana)
		if len(got) != 2 || got[0].Outcome != desk.Dropped || !strings.Contains(got[0].Reason, "does not work") {
			t.Fatalf("the decisions are %+v", got)
		}
		if codes := r.arrived(box); len(codes) != 0 {
			t.Errorf("against a stop there came %q", codes)
		}
		if to := q.tries("123456"); to != "wrong" {
			t.Errorf("a code that never went is answered by %s", to)
		}
		r.as(r.ana).must("/home/messages", nil, "code to sign in")
	})
}

// From a number under STOP the code goes to the mail address of the same person; the page says nothing of it, and nobody else comes
// in by it.
func TestAStoppedNumberFallsBackToMail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		home := r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Phone: "(212) 555-0133"},
			record.Resident{First: "Ida", Last: "Berg", Phone: "(212) 555-0133", Email: "ida@home.example"})
		tom, ida := home[0], home[1]
		p := r.stranger()
		before := p.asks("212-555-0133")
		if r.arrived(box); p.asksWho() != "Tom Ida" {
			t.Fatalf("by text it may be one of %q", p.asksWho())
		}
		clock.Advance(time.Hour)
		r.stop(hearth.ChannelSMS, "+12125550133", consent.ReasonStop)
		p = r.stranger()
		if after := p.asks("212-555-0133"); after != before {
			t.Errorf("after STOP the page says\n%s\ninstead of\n%s", after, before)
		}
		mails, texts := r.taken(box)
		if len(texts) != 0 || len(mails) != 1 || mails[0].To != "ida@home.example" {
			t.Fatalf("there went %d texts, and mails %v", len(texts), mails)
		}
		if to := p.tries(sixDigits.FindString(mails[0].Text)); to != "/home" {
			t.Fatalf("the code by mail led to %s", to)
		}
		p.must("/home", []string{"Ida"}, "Tom") // who reads that mail is not asked whether they are somebody else
		got := r.decided(ida)
		if len(got) != 2 || got[0].Outcome != desk.Sent || got[0].Facts["channel"] != "email" || !strings.Contains(got[0].Reason, "They wrote the address for text message, where it may not go: they answered STOP") {
			t.Errorf("the decisions are %+v", got)
		}
		if n := len(r.decided(tom)); n != 0 {
			t.Errorf("of Tom there are %d decisions: it is Ida's mail", n)
		}
		clock.Advance(time.Hour)
		r.stop(hearth.ChannelEmail, "ida@home.example", consent.ReasonBounce)
		r.stranger().asks("212-555-0133")
		if mails, texts := r.taken(box); len(mails)+len(texts) != 0 {
			t.Errorf("with mail that comes back there went %v and %v", mails, texts)
		}
	})
}

// Two people with one number and an address each: nobody knows who asked, so neither gets the other's code.
func TestAStoppedNumberOfTwoIsNotGuessed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		home := r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Phone: "(212) 555-0133", Email: "tom@home.example"},
			record.Resident{First: "Ida", Last: "Berg", Phone: "(212) 555-0133", Email: "ida@home.example"})
		r.stop(hearth.ChannelSMS, "+12125550133", consent.ReasonStop)
		p := r.stranger()
		p.asks("212-555-0133")
		if mails, texts := r.taken(box); len(mails)+len(texts) != 0 {
			t.Errorf("there went %v and %v", mails, texts)
		}
		got := append(r.decided(home[0]), r.decided(home[1])...)
		if len(got) != 1 || got[0].Outcome != desk.Dropped || !strings.Contains(got[0].Reason, "STOP") {
			t.Errorf("the decisions are %+v", got)
		}
	})
}

// taken lets everything go out and gives what went.
func (r *rig) taken(box *postbox) ([]*channel.Email, []*channel.Text) {
	r.t.Helper()
	for _, s := range box.send {
		if err := s.Drain(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
	mails, texts := box.mails, box.texts
	box.mails, box.texts = nil, nil
	return mails, texts
}

// asksWho gives the names behind the code that a browser waits with.
func (p *person) asksWho() string {
	p.t.Helper()
	var out []string
	p.write(func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, "SELECT r.first_name FROM home_entrants e JOIN residents r ON r.org = e.org AND r.id = e.resident WHERE e.org = $1 ORDER BY r.first_name DESC", tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		out = nil
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			out = append(out, name)
		}
		return rows.Err()
	})
	return strings.Join(out, " ")
}

// wallClock is the machine's.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

// Whoever measures the answer learns nothing from it: for an address that sixty people share (long to look up), for one that is
// stopped, for a number that falls back to mail and for nobody it comes at the same time. Each is timed several times and the
// quickest counts, which a busy machine does not move.
func TestThePaceIsTheSameForEverybody(t *testing.T) {
	d, clock := dbtest.Postgres(t) // where each question to the database takes its time
	r := newRig(t, d, clock)
	var floor []record.Resident
	for i := range 60 {
		floor = append(floor, record.Resident{First: fmt.Sprintf("P%d", i), Last: "Berg", Email: "floor@home.example"})
	}
	r.newHome("6C", floor...)
	r.newHome("7D", record.Resident{First: "Tom", Last: "Old", Phone: "(212) 555-0133", Email: "tom@home.example"})
	r.stop(hearth.ChannelSMS, "+12125550133", consent.ReasonStop)
	r.stop(hearth.ChannelEmail, "ana@home.example", consent.ReasonBounce)
	r.Portal.Clock = wallClock{}
	quickest := func(address string) time.Duration {
		var took []time.Duration
		for range 7 {
			clock.Advance(2 * time.Hour)
			began := time.Now()
			rec := r.stranger().post(EnterPath, url.Values{"address": {address}})
			took = append(took, time.Since(began))
			if rec.Code != http.StatusSeeOther {
				t.Fatalf("asking for %s answered %d", address, rec.Code)
			}
		}
		return slices.Min(took)
	}
	addresses := []string{"nobody@home.example", "floor@home.example", "ana@home.example", "212 555 0133", "212 555 0199"}
	nobody, known := quickest(addresses[0]), quickest(addresses[1])
	if known < 4*nobody {
		t.Fatalf("without a pace it takes %s for nobody and %s for sixty people: this test would not see a difference", nobody, known)
	}
	tells := (known - nobody) / 2 // what shows that the pace hides the work, on a machine of any speed
	r.Portal.Pace = 300 * time.Millisecond
	var least, most time.Duration
	for i, a := range addresses {
		took := quickest(a)
		if took < r.Portal.Pace {
			t.Errorf("the answer for %s came after %s, before its time", a, took)
		}
		if i == 0 || took < least {
			least = took
		}
		most = max(most, took)
	}
	if most-least > tells {
		t.Errorf("the answers differ by %s", most-least)
	}
}
