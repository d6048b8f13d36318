package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// postbox takes mail and text messages, as the world would.
type postbox struct {
	mails []*channel.Email
	texts []*channel.Text
	send  []*message.Sender
}

func (p *postbox) Send(_ context.Context, m *channel.Email, before func() error) channel.Result {
	if err := before(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Err: err}
	}
	p.mails = append(p.mails, m)
	return channel.Result{Outcome: channel.Sent}
}

func (p *postbox) SendText(_ context.Context, x *channel.Text, before func() error) channel.Result {
	if err := before(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Err: err}
	}
	p.texts = append(p.texts, x)
	return channel.Result{Outcome: channel.Sent}
}

func (p *postbox) FindText(context.Context, *channel.Text, time.Time, func(string) (bool, error)) (channel.Found, error) {
	return channel.Found{}, nil
}

func (p *postbox) Close() error { return nil }

// post opens the ways out of the community.
func (r *rig) post() *postbox {
	r.t.Helper()
	box := &postbox{}
	for _, d := range []message.Deps{{Sender: box, From: "Oak Court <office@oak.example>"}, {Texts: box}} {
		d.DB, d.Store, d.Records, d.Node, d.Conns, d.Log = r.DB, r.Messages, r.Records, "test", 1, dbtest.Log(r.t)
		s, err := message.NewSender(r.t.Context(), d)
		if err != nil {
			r.t.Fatal(err)
		}
		box.send = append(box.send, s)
	}
	return box
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// arrived lets everything go out and gives the codes that came, mail first.
func (r *rig) arrived(box *postbox) []string {
	r.t.Helper()
	for _, s := range box.send {
		if err := s.Drain(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
	var out []string
	for _, m := range box.mails {
		out = append(out, sixDigits.FindString(m.Text))
	}
	for _, x := range box.texts {
		out = append(out, sixDigits.FindString(x.Body))
	}
	box.mails, box.texts = nil, nil
	return out
}

func (r *rig) stranger() *person {
	return &person{rig: r, cookies: map[string]string{}, header: http.Header{}}
}

// asks begins to sign in and gives what the page after it says.
func (p *person) asks(address string) string {
	p.t.Helper()
	if to := p.led(p.post(EnterPath, url.Values{"address": {address}})); to != EnterPath+"/code" {
		p.t.Fatalf("asking for a code led to %s", to)
	}
	return p.get(EnterPath + "/code").Body.String()
}

// tries a code and tells what came of it: where it led, or "wrong".
func (p *person) tries(code string) string {
	p.t.Helper()
	rec := p.post(EnterPath+"/code", url.Values{"code": {code}})
	if rec.Code == http.StatusUnprocessableEntity && strings.Contains(rec.Body.String(), "This is not the code.") {
		return "wrong"
	}
	return p.led(rec)
}

// other gives a code that is not this one.
func other(code string) string {
	return fmt.Sprintf("%c%s", '0'+(code[0]-'0'+1)%10, code[1:])
}

const over = EnterPath + "?over"

// newHome moves people in whose record has addresses.
func (r *rig) newHome(unit string, people ...record.Resident) []hearth.ResidentID {
	r.t.Helper()
	var out []hearth.ResidentID
	r.write(func(ctx context.Context, tx *db.Tx) error {
		out = nil
		today := hearth.DayOf(tx.Now(), time.UTC)
		h := record.Home{Property: r.place, Unit: record.Unit{Label: unit}, Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}}
		for _, p := range people {
			h.Members = append(h.Members, record.Member{Resident: p})
		}
		home, err := r.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, h)
		for _, m := range home.Members {
			out = append(out, m.ID)
		}
		return err
	})
	return out
}

// A resident comes in with the code that they are sent, once, and leaves for good; the session is over after thirty days.
func TestEnterByCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		ana := r.stranger()
		ana.must(EnterPath, []string{"E-mail or telephone", "Send me a code"})
		if page := ana.asks("  Ana@Home.example "); !strings.Contains(page, "If we know you by it, a code is on its way.") {
			t.Errorf("the page says %s", page)
		}
		codes := r.arrived(box)
		if len(codes) != 1 || codes[0] == "" {
			t.Fatalf("the codes that came are %q", codes)
		}
		if rec := ana.get("/home"); rec.Code != http.StatusUnauthorized || !strings.Contains(rec.Body.String(), `action="/home/enter"`) {
			t.Errorf("before the code /home answers %d", rec.Code)
		}
		if to := ana.tries(codes[0][:3] + " " + codes[0][3:]); to != "/home" {
			t.Fatalf("the right code led to %s", to)
		}
		ana.must("/home", []string{"Hello", "Ana"})
		ana.must("/home/messages", nil, message.CodeGap, "code to sign in")
		if to := ana.led(ana.get(EnterPath)); to != "/home" {
			t.Errorf("somebody signed in is led to %s", to)
		}
		copied := &person{rig: r, cookies: map[string]string{deviceCookie: ana.cookies[deviceCookie]}, header: http.Header{}}
		copied.must("/home", []string{"Ana"})
		if to := ana.led(ana.get("/home/leave")); to != neutral {
			t.Errorf("leaving led to %s", to)
		}
		if rec := copied.get("/home"); rec.Code != http.StatusUnauthorized {
			t.Errorf("after leaving, what the device kept still answers %d", rec.Code)
		}
		clock.Advance(time.Hour)
		ana.asks("ana@home.example")
		if to := ana.tries(r.arrived(box)[0]); to != "/home" {
			t.Fatalf("the second code led to %s", to)
		}
		clock.Advance(deviceDays*24*time.Hour - time.Second)
		ana.must("/home", []string{"Ana"})
		clock.Advance(time.Second)
		if rec := ana.get("/home"); rec.Code != http.StatusUnauthorized {
			t.Errorf("after thirty days /home answers %d", rec.Code)
		}
	})
}

// Whoever lost a device ends all of their sessions, and nobody else's.
func TestLeaveOnAllDevices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		lost, here, ben := r.as(r.ana), r.as(r.ana), r.as(r.ben)
		here.must("/home/known", []string{`action="/home/leave/all"`})
		if to := here.led(here.post("/home/leave/all", nil)); to != EnterPath {
			t.Errorf("leaving everywhere led to %s", to)
		}
		for name, p := range map[string]*person{"here": here, "the lost device": lost} {
			if rec := p.get("/home"); rec.Code != http.StatusUnauthorized {
				t.Errorf("%s is answered with %d", name, rec.Code)
			}
		}
		ben.must("/home", []string{"Ben"})
	})
}

// A code opens once, within ten minutes, within five tries, and only the newest does; what it opens is the browser that asked for it.
func TestCodesThatOpenNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		fresh := func() (*person, string) {
			clock.Advance(2 * time.Hour)
			p := r.stranger()
			p.asks("ana@home.example")
			return p, r.arrived(box)[0]
		}
		p, code := fresh()
		for range 4 {
			if got := p.tries(other(code)); got != "wrong" {
				t.Fatalf("a wrong code led to %s", got)
			}
		}
		if got := p.tries(code); got != "/home" {
			t.Errorf("the fifth try, right, led to %s", got)
		}
		p, code = fresh()
		for range 5 {
			p.tries(other(code))
		}
		if got := p.tries(code); got != over {
			t.Errorf("after five wrong codes the right one led to %s", got)
		}
		p.must(EnterPath+"?over", []string{"That code was used already, or its time is over."})

		p, code = fresh()
		clock.Advance(10*time.Minute - time.Second)
		if got := p.tries(code); got != "/home" {
			t.Errorf("just before its time is over it led to %s", got)
		}
		p, code = fresh()
		clock.Advance(10 * time.Minute)
		if got := p.tries(code); got != over {
			t.Errorf("after its time it led to %s", got)
		}

		p, code = fresh()
		kept := p.cookies[codeCookie]
		p.tries(code)
		p.cookies[codeCookie] = kept
		if got := p.tries(code); got != over {
			t.Errorf("used twice it led to %s", got)
		}

		p, code = fresh()
		again := r.stranger()
		again.asks("ANA@home.example")
		newest := r.arrived(box)[0]
		if got := p.tries(code); code != newest && got != "wrong" {
			t.Errorf("an earlier code led to %s", got)
		}
		if got := again.tries(newest); got != "/home" {
			t.Errorf("the newest code led to %s", got)
		}
		p, code = fresh()
		elsewhere := r.stranger()
		elsewhere.asks("nobody@home.example")
		if got := elsewhere.tries(code); got != "wrong" {
			t.Errorf("in another browser it led to %s", got)
		}
		if got := p.tries(code); got != "/home" {
			t.Errorf("in its own it led to %s", got)
		}
	})
}

// Nobody can tell from what the pages answer whether somebody is known: step by step, right to the end, it is the same.
func TestUnknownAddressesAnswerTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Phone: "(212) 555-0133"})
		walk := func(address, second string) string {
			clock.Advance(3 * time.Hour)
			var said strings.Builder
			note := func(p *person, name string, status int, body, to string) {
				fmt.Fprintln(&said, name, status, to, body, p.cookies[codeCookie] != "")
			}
			p, q := r.stranger(), r.stranger()
			rec := p.post(EnterPath, url.Values{"address": {address}})
			note(p, "asked", rec.Code, rec.Body.String(), rec.Header().Get("Location"))
			rec = q.post(EnterPath, url.Values{"address": {second}}) // the same person again: ends the first code
			note(q, "asked again", rec.Code, rec.Body.String(), rec.Header().Get("Location"))
			for i := range 6 {
				for _, who := range []*person{p, q} {
					rec = who.post(EnterPath+"/code", url.Values{"code": {"12345"}})
					note(who, fmt.Sprint("try ", i), rec.Code, rec.Body.String(), rec.Header().Get("Location"))
				}
			}
			for i := range 8 {
				rec = p.post(EnterPath, url.Values{"address": {address}})
				note(p, fmt.Sprint("too often ", i), rec.Code, rec.Body.String(), rec.Header().Get("Location"))
			}
			return said.String()
		}
		known, unknown := walk("ana@home.example", "Ana@home.example"), walk("eve@home.example", "Eve@home.example")
		if known != unknown {
			t.Errorf("for somebody known:\n%s\nfor nobody:\n%s", known, unknown)
		}
		if !strings.Contains(known, "too often 7 429") {
			t.Errorf("nothing brakes who asks again and again:\n%s", known)
		}
		known, unknown = walk("212 555 0133", "+1 212 555 0133"), walk("212 555 0199", "+12125550199")
		if known != unknown {
			t.Errorf("for a number that is known:\n%s\nfor one that is not:\n%s", known, unknown)
		}
		for _, bad := range []string{"", "ana", "@", "123", strings.Repeat("a", 400) + "@home.example"} {
			if rec := r.stranger().post(EnterPath, url.Values{"address": {bad}}); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("%.20q answered %d", bad, rec.Code)
			}
		}
	})
}

// From one network come so many and no more, whatever they write.
func TestOneNetworkAsksSoOften(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	taken := 0
	for i := range 60 {
		if rec := r.stranger().post(EnterPath, url.Values{"address": {fmt.Sprintf("p%d@home.example", i)}}); rec.Code == http.StatusSeeOther {
			taken++
		}
	}
	if taken != 40 {
		t.Errorf("%d of 60 were taken, want 40", taken)
	}
}

// Who has moved out gets no code and is not let in, by a link or a session neither; a record that was merged comes in as the one that was kept.
func TestMovedOutAndMerged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		tom := r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Email: "tom@home.example"})[0]
		lea := r.newHome("7D", record.Resident{First: "Lea", Last: "Old", Email: "old@home.example"}, record.Resident{First: "Lea", Last: "New"})
		here := r.as(tom)
		here.must("/home", []string{"Tom"})
		waiting := r.stranger()
		waiting.asks("tom@home.example")
		code := r.arrived(box)[0]
		r.write(func(ctx context.Context, tx *db.Tx) error {
			today := hearth.DayOf(tx.Now(), time.UTC)
			_, err := r.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: r.place, Unit: record.Unit{Label: "6C"},
				Members: []record.Member{{Resident: record.Resident{First: "Tom", Last: "Berg", Email: "tom@home.example"}}},
				Lease:   record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30, MoveOut: today - 2, Status: record.StatusPast}})
			if err != nil {
				return err
			}
			return r.Records.MergeResidents(ctx, tx, record.News{Source: "test", Actor: hearth.System("test")}, lea[1], lea[0], "the same person")
		})
		if got := waiting.tries(code); got != over {
			t.Errorf("a code from before the moving out led to %s", got)
		}
		if rec := here.get("/home"); rec.Code != http.StatusUnauthorized {
			t.Errorf("the session of somebody who moved out answers %d", rec.Code)
		}
		if rec := r.stranger().get(r.link(tom)); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "This link has expired.") || !strings.Contains(rec.Body.String(), `action="/home/enter"`) {
			t.Errorf("the link of somebody who moved out answers %d", rec.Code)
		}
		r.stranger().asks("tom@home.example")
		if codes := r.arrived(box); len(codes) != 0 {
			t.Errorf("somebody who moved out was sent %q", codes)
		}
		p := r.stranger()
		p.asks("old@home.example")
		if got := p.tries(r.arrived(box)[0]); got != "/home" {
			t.Fatalf("the merged record led to %s", got)
		}
		p.must("/home/known", []string{"Lea New"}, "Lea Old")
		r.as(lea[0]).must("/home/known", []string{"Lea New"}, "Lea Old")
	})
}

// A couple with one address is asked who is there, by first names; nobody else can be chosen, and it is chosen once.
func TestSeveralBehindOneAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		both := r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Email: "berg@home.example"}, record.Resident{First: "Ida", Last: "Berg", Email: "berg@home.example"})
		p := r.stranger()
		p.asks("berg@home.example")
		codes := r.arrived(box)
		if len(codes) != 1 {
			t.Fatalf("%d codes came, want one", len(codes))
		}
		if to := p.led(p.get(EnterPath + "/who")); to != over {
			t.Errorf("before the code the names are asked for at %s", to)
		}
		p = r.stranger()
		p.asks("berg@home.example")
		code := r.arrived(box)[0]
		if to := p.tries(code); to != EnterPath+"/who" {
			t.Fatalf("the code led to %s", to)
		}
		p.must(EnterPath+"/who", []string{"Who are you?", ">Tom<", ">Ida<"}, "Berg", "Ana")
		if rec := p.get("/home"); rec.Code != http.StatusUnauthorized {
			t.Errorf("before choosing /home answers %d", rec.Code)
		}
		q := r.stranger()
		q.cookies[codeCookie] = p.cookies[codeCookie]
		if to := q.tries(code); to != over {
			t.Errorf("the code a second time led to %s", to)
		}
		kept := p.cookies[codeCookie]
		if to := p.led(p.post(EnterPath+"/who", url.Values{"who": {string(r.ana)}})); to != over {
			t.Errorf("choosing somebody else led to %s", to)
		}
		p.cookies[codeCookie] = kept
		if to := p.led(p.post(EnterPath+"/who", url.Values{"who": {string(both[1])}})); to != "/home" {
			t.Fatalf("choosing led to %s", to)
		}
		p.must("/home", []string{"Ida"}, "Tom")
		q.cookies[codeCookie] = kept
		if to := q.led(q.post(EnterPath+"/who", url.Values{"who": {string(both[0])}})); to != over {
			t.Errorf("choosing a second time led to %s", to)
		}
	})
}

// A code by text message needs no earlier yes, and is not sent against a no.
func TestCodeByText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Phone: "(212) 555-0133"})
		p := r.stranger()
		p.asks("212-555-0133")
		if got := p.tries(r.arrived(box)[0]); got != "/home" {
			t.Fatalf("the code by text led to %s", got)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: "+12125550133", Property: r.place, Source: "test", Actor: hearth.System("test")})
		})
		r.stranger().asks("212-555-0133")
		if codes := r.arrived(box); len(codes) != 0 {
			t.Errorf("against a no there came %q", codes)
		}
	})
}

// The code stands nowhere in the database, nor does what a browser keeps; the team reads that there was one.
func TestTheCodeIsKeptNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Phone: "(212) 555-0133"})
		p, q := r.stranger(), r.stranger()
		p.asks("ana@home.example")
		q.asks("212-555-0133")
		before := r.everyText() // as they wait
		codes := r.arrived(box)
		if len(codes) != 2 || codes[0] == codes[1] {
			t.Fatalf("the codes are %q", codes)
		}
		after := r.everyText()
		p.tries(codes[0])
		for when, text := range map[string]string{"before sending": before, "after sending": after, "after use": r.everyText()} {
			for _, must := range []string{"A code to sign in", message.CodeGap + " is your code"} {
				if !strings.Contains(text, must) {
					t.Fatalf("%s: the look at the tables does not find %q", when, must)
				}
			}
			for i, code := range codes {
				sum := sha256.Sum256([]byte(code))
				if regexp.MustCompile(`\b`+code+`\b`).MatchString(text) || strings.Contains(text, hex.EncodeToString(sum[:])) {
					t.Errorf("%s: code %d is readable", when, i)
				}
			}
			for _, secret := range []string{q.cookies[codeCookie], p.cookies[deviceCookie]} {
				if secret == "" || strings.Contains(text, secret) {
					t.Errorf("%s: what a browser keeps stands in the tables, or it keeps nothing", when)
				}
			}
		}
		if strings.Contains(r.log.String(), codes[0]) {
			t.Error("the code is in the log")
		}
	})
}

// everyText gives what stands in all columns of text and bytes of all tables.
func (r *rig) everyText() string {
	r.t.Helper()
	columns := `SELECT c.table_name AS org, c.column_name, c.data_type FROM information_schema.columns c WHERE c.table_schema = current_schema()
 AND c.data_type IN ('text','bytea','character varying','jsonb','json') AND EXISTS (SELECT 1 FROM information_schema.columns o
 WHERE o.table_schema = c.table_schema AND o.table_name = c.table_name AND o.column_name = 'org')`
	as := map[string]string{"bytea": "encode(%s, 'escape')", "": "%s::text"}
	if r.DB.Dialect() == db.SQLite {
		columns = `SELECT m.name AS org, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type IN ('TEXT','BYTEA','BLOB','')
 AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) o WHERE o.name = 'org')`
		as = map[string]string{"": "CAST(%s AS TEXT)"}
	}
	var all strings.Builder
	err := r.DB.Read(r.t.Context(), func(tx *db.Tx) error {
		all.Reset()
		var pairs [][3]string
		if err := each(r.t.Context(), tx, columns, func(rows *db.Rows) error {
			var p [3]string
			err := rows.Scan(&p[0], &p[1], &p[2])
			pairs = append(pairs, p)
			return err
		}); err != nil {
			return err
		}
		if len(pairs) < 200 {
			return fmt.Errorf("only %d columns are looked at", len(pairs))
		}
		for _, p := range pairs {
			cast := as[p[2]]
			if cast == "" {
				cast = as[""]
			}
			q := `SELECT COALESCE(` + fmt.Sprintf(cast, `"`+p[1]+`"`) + `, '') FROM "` + p[0] + `" WHERE org = $1`
			if err := each(r.t.Context(), tx, q, func(rows *db.Rows) error {
				var text string
				err := rows.Scan(&text)
				all.WriteString(text + "\n")
				return err
			}, tx.Org()); err != nil {
				return fmt.Errorf("%s.%s: %w", p[0], p[1], err)
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all.String()
}

func each(ctx context.Context, tx *db.Tx, q string, f func(*db.Rows) error, args ...any) error {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
