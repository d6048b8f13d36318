package account

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// bench is people on a fresh database, with hashes that cost little.
type bench struct {
	t       *testing.T
	d       *db.DB
	clock   *hearth.VirtualClock
	records *record.Store
	*People
}

func newBench(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *bench {
	t.Helper()
	log, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, d: d, clock: clock, records: record.New(log, rand.NewChaCha8([32]byte{1}))}
	if b.People, err = NewPeople(Deps{DB: d, Records: b.records, Random: rand.NewChaCha8([32]byte{2}), Cost: Cost{KiB: 64, Rounds: 1}}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) write(f func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.d.Write(b.t.Context(), func(tx *db.Tx) error { return f(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) who(session string) (v Viewer, err error) {
	b.t.Helper()
	errTx := b.d.Read(b.t.Context(), func(tx *db.Tx) error {
		v, _, err = b.Who(b.t.Context(), tx, session)
		return nil
	})
	if errTx != nil {
		b.t.Fatal(errTx)
	}
	return v, err
}

const (
	phrase  = "copper lantern walks slowly"
	another = "seven geese over the harbour"
)

// first sets the installation up and gives Dana's session.
func (b *bench) first() string {
	b.t.Helper()
	var link string
	b.write(func(ctx context.Context, tx *db.Tx) (err error) { link, err = b.SetupLink(ctx, tx); return err })
	session, codes, err := b.Begin(b.t.Context(), link, Choice{Name: "Dana Reyes", Login: "Dana@Oak.example", Password: phrase, Manages: true}, From{})
	if err != nil || codes != nil {
		b.t.Fatal(session, codes, err)
	}
	return session
}

func TestFirstStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		var old, link string
		b.write(func(ctx context.Context, tx *db.Tx) (err error) { old, err = b.SetupLink(ctx, tx); return err })
		b.write(func(ctx context.Context, tx *db.Tx) (err error) { link, err = b.SetupLink(ctx, tx); return err })
		good := Choice{Name: "Dana Reyes", Login: "dana@oak.example", Password: phrase}
		for name, try := range map[string]struct {
			link string
			c    Choice
			want hearth.Code
		}{
			"an earlier link":   {old, good, hearth.CodeForbidden},
			"a made-up link":    {"x", good, hearth.CodeForbidden},
			"no name":           {link, Choice{Login: good.Login, Password: phrase}, hearth.CodeInvalid},
			"no address":        {link, Choice{Name: "Dana", Password: phrase}, hearth.CodeInvalid},
			"a short password":  {link, Choice{Name: "Dana", Login: good.Login, Password: "kx7-uv2-qw"}, hearth.CodeInvalid},
			"a common password": {link, Choice{Name: "Dana", Login: good.Login, Password: "passwordpassword"}, hearth.CodeInvalid},
			"a wrong code":      {link, Choice{Name: "Dana", Login: good.Login, Password: phrase, Code: "000000"}, hearth.CodeInvalid},
		} {
			if _, _, err := b.Begin(t.Context(), try.link, try.c, From{}); hearth.CodeOf(err) != try.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		session, _, err := b.Begin(t.Context(), link, good, From{Device: "Firefox on Linux", Address: "192.0.2.7"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := b.who(session)
		if err != nil || !v.May(SettingsWrite, "prp_any") || v.May(ResidentsRead, "") || v.Name != "Dana Reyes" || !v.Everywhere() {
			t.Errorf("the first account: %+v, %v", v, err)
		}
		if _, _, err := b.Begin(t.Context(), link, good, From{}); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("the link opened twice: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { _, err := b.SetupLink(t.Context(), tx); return err })
		if hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("a second set-up: %v", err)
		}
	})
}

func TestSetupLinkExpires(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	var link string
	b.write(func(ctx context.Context, tx *db.Tx) (err error) { link, err = b.SetupLink(ctx, tx); return err })
	clock.Advance(setupFor)
	if _, _, err := b.Begin(t.Context(), link, Choice{Name: "Dana", Login: "d@oak.example", Password: phrase}, From{}); hearth.CodeOf(err) != hearth.CodeForbidden {
		t.Error(err)
	}
}

func TestSignInAndOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.first()
		ctx := t.Context()
		var wrong []string
		for _, c := range [][2]string{{"dana@oak.example", another}, {"nobody@oak.example", phrase}, {"", ""}, {"dana@oak.example", ""}, {"dana@oak.example", strings.Repeat("x", 100000)}} {
			_, err := b.SignIn(ctx, c[0], c[1], From{Address: "192.0.2.1"})
			if hearth.CodeOf(err) != hearth.CodeForbidden {
				t.Errorf("%q: %v", c[0], err)
			}
			wrong = append(wrong, hearth.MessageOf(err))
		}
		for _, w := range wrong {
			if w != wrong[0] {
				t.Errorf("the answers tell who has an account: %q", wrong)
			}
		}
		in, err := b.SignIn(ctx, " DANA@oak.example", phrase, From{Device: "Safari on iPhone", Address: "192.0.2.1"})
		if err != nil || in.Session == "" || in.Second != "" {
			t.Fatal(in, err)
		}
		v, err := b.who(in.Session)
		if err != nil || v.NeedsStepUp(RolesWrite) {
			t.Fatal(v, err)
		}
		var list []Session
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			list, err = b.Sessions(ctx, tx, v.Session.Account)
			return err
		})
		if len(list) != 2 || list[1].Device != "Safari on iPhone" && list[0].Device != "Safari on iPhone" {
			t.Errorf("devices: %+v", list)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error { return b.SignOut(ctx, tx, in.Session) })
		if _, err := b.who(in.Session); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("signed out, and yet %v", err)
		}
	})
}

// The second factor: an app's code, each good once, and recovery codes.
func TestSecondFactor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		ctx := t.Context()
		v, err := b.who(b.first())
		if err != nil {
			t.Fatal(err)
		}
		var app, pending string
		var codes []string
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			app, pending, err = b.OfferApp(ctx, tx, v)
			return err
		})
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			codes, err = b.ConfirmApp(ctx, tx, v, pending, CodeNow(app, clock.Now()))
			return err
		})
		if len(codes) != recoveryCodes {
			t.Fatal(codes)
		}
		try := func(code string) error {
			in, err := b.SignIn(ctx, "dana@oak.example", phrase, From{Address: "192.0.2.1"})
			if err != nil || in.Session != "" {
				t.Fatal(in, err)
			}
			s, err := b.Second(ctx, in.Second, code, From{Address: "192.0.2.1"})
			if err == nil {
				_, err = b.who(s)
				if _, again := b.Second(ctx, in.Second, codes[0], From{}); hearth.CodeOf(again) != hearth.CodeForbidden {
					t.Errorf("half a sign-in was good twice: %v", again)
				}
			}
			return err
		}
		if err := try(CodeNow(app, clock.Now())); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("the code that made the app a factor was good again: %v", err)
		}
		clock.Advance(2 * stepSeconds * time.Second)
		code := CodeNow(app, clock.Now())
		if err := try(code); err != nil {
			t.Errorf("the code of now: %v", err)
		}
		if err := try(code); err == nil {
			t.Error("a code was good twice")
		}
		if err := try(strings.ToUpper(codes[3])); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		if err := try(codes[3]); err == nil {
			t.Error("a recovery code was good twice")
		}
		clock.Advance(pairWindow)
		in, err := b.SignIn(ctx, "dana@oak.example", phrase, From{Address: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		for range codeTries {
			if _, err := b.Second(ctx, in.Second, "123", From{}); hearth.CodeOf(err) != hearth.CodeForbidden {
				t.Error(err)
			}
		}
		if _, err := b.Second(ctx, in.Second, CodeNow(app, clock.Now()), From{}); err == nil {
			t.Error("codes can be tried for ever")
		}
	})
}

// A reset is a link: who asks for it can't choose, a second factor stays, and what was signed in ends.
func TestReset(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	session := b.first()
	v, _ := b.who(session)
	var app, pending, link string
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		app, pending, err = b.OfferApp(ctx, tx, v)
		return err
	})
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		_, err = b.ConfirmApp(ctx, tx, v, pending, CodeNow(app, clock.Now()))
		return err
	})
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		link, err = b.Invite(ctx, tx, v.Session.Account)
		return err
	})
	clock.Advance(time.Minute)
	for _, code := range []string{"", "123456"} {
		if _, _, err := b.Accept(t.Context(), link, Choice{Password: another, Code: code}, From{}); err == nil {
			t.Errorf("the reset skipped the second factor with %q", code)
		}
	}
	if _, _, err := b.Accept(t.Context(), link, Choice{Password: another, Code: CodeNow(app, clock.Now())}, From{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.who(session); err == nil {
		t.Error("what was signed in before the reset still is")
	}
	if _, err := b.SignIn(t.Context(), "dana@oak.example", phrase, From{}); err == nil {
		t.Error("the old password is good")
	}
	if in, err := b.SignIn(t.Context(), "dana@oak.example", another, From{}); err != nil || in.Second == "" {
		t.Error(in, err)
	}
}

func TestSessionsEnd(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	session := b.first()
	touch := func() {
		b.write(func(ctx context.Context, tx *db.Tx) error {
			v, tired, err := b.Who(ctx, tx, session)
			if err == nil && tired {
				err = b.Touch(ctx, tx, v.Session)
			}
			return err
		})
	}
	for range 25 {
		clock.Advance(55 * time.Minute)
		touch()
	}
	clock.Advance(time.Hour)
	if _, err := b.who(session); err == nil {
		t.Error("a session lives without a sign of life, or longer than a day")
	}
	in, err := b.SignIn(t.Context(), "dana@oak.example", phrase, From{})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(StaffIdle)
	if _, err := b.who(in.Session); err == nil {
		t.Error("an hour without a sign of life ended nothing")
	}
	in, err = b.SignIn(t.Context(), "dana@oak.example", phrase, From{})
	if err != nil {
		t.Fatal(err)
	}
	clock.Set(clock.Now().Add(-2 * time.Hour))
	if _, err := b.who(in.Session); err == nil {
		t.Error("a clock that went back left the session good")
	}
	clock.Advance(50 * time.Hour)
	b.write(b.Sweep)
	var n int
	b.write(func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, `SELECT COUNT(*) FROM sessions WHERE org = $1`, tx.Org()).Scan(&n)
	})
	if n != 0 {
		t.Errorf("%d sessions that are over were kept", n)
	}
}

// Whoever proves themselves again gets a new secret, and the old one opens nothing.
func TestStepUpRotates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		session := b.first()
		clock.Advance(StepUpWithin + time.Minute)
		v, err := b.who(session)
		if err != nil || !v.NeedsStepUp(AccountsWrite) || v.NeedsStepUp(TodayRead) {
			t.Fatal(v, err)
		}
		if _, err := b.ChangePassword(t.Context(), v, another); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("the password was changed by whoever sat there: %v", err)
		}
		if _, err := b.StepUp(t.Context(), v.Session, another, "", "192.0.2.1"); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("a wrong password: %v", err)
		}
		again, err := b.StepUp(t.Context(), v.Session, phrase, "", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.who(session); err == nil {
			t.Error("the old secret is good")
		}
		v2, err := b.who(again)
		if err != nil || v2.NeedsStepUp(AccountsWrite) || v2.Session.ID != v.Session.ID || !v2.Session.Ends.Equal(v.Session.Ends) {
			t.Errorf("%+v, %v", v2.Session, err)
		}
		elsewhere, err := b.SignIn(t.Context(), "dana@oak.example", phrase, From{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.ChangePassword(t.Context(), v2, another); err != nil {
			t.Fatal(err)
		}
		if _, err := b.who(elsewhere.Session); err == nil {
			t.Error("the new password left other devices signed in")
		}
	})
}
