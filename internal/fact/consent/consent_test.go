package consent

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

func TestDecide(t *testing.T) {
	t0 := time.Unix(1000, 0)
	yes := func(at time.Time) yesno { return yesno{allowed: true, at: at} }
	no := func(at time.Time) yesno { return yesno{at: at} }
	words := func(all, one *yesno) map[string]yesno {
		m := map[string]yesno{}
		if all != nil {
			m[""] = *all
		}
		if one != nil {
			m["renewal"] = *one
		}
		return m
	}
	y0, n0, y1, n1 := yes(t0), no(t0), yes(t0.Add(time.Hour)), no(t0.Add(time.Hour))
	const mail, sms = hearth.ChannelEmail, hearth.ChannelSMS
	for _, c := range []struct {
		name     string
		channel  hearth.Channel
		class    hearth.Class
		stopped  string
		all, one *yesno
		want     bool
	}{
		{"e-mail, nothing said", mail, hearth.ClassRelation, "", nil, nil, true},
		{"text, nothing said", sms, hearth.ClassService, "", nil, nil, false},
		{"text, a yes to texts", sms, hearth.ClassService, "", &y0, nil, true},
		{"promotion by text needs its own yes", sms, hearth.ClassPromotion, "", &y0, nil, false},
		{"promotion by text with it", sms, hearth.ClassPromotion, "", &y0, &y0, true},
		{"a no to the channel", mail, hearth.ClassRelation, "", &n0, nil, false},
		{"a no to the purpose", mail, hearth.ClassRelation, "", nil, &n0, false},
		{"a no to the channel after a yes to the purpose", mail, hearth.ClassRelation, "", &n1, &y0, false},
		{"a yes to the purpose after a no to the channel", mail, hearth.ClassRelation, "", &n0, &y1, true},
		{"a no to the purpose beside a yes to the channel", mail, hearth.ClassRelation, "", &y1, &n0, false},
		{"safety passes an opt-out by mail", mail, hearth.ClassSafety, "", &n0, nil, true},
		{"so does a legal notice", mail, hearth.ClassLegal, "", &n0, &n0, true},
		{"and an answer", mail, hearth.ClassAnswer, "", &n0, nil, true},
		{"a promise does not", mail, hearth.ClassPromise, "", &n0, nil, false},
		{"safety does not pass an opt-out of texts", sms, hearth.ClassSafety, "", &n0, nil, false},
		{"nothing passes a dead address", mail, hearth.ClassSafety, ReasonBounce, &y0, &y0, false},
		{"after STOP not even an answer", sms, hearth.ClassAnswer, ReasonStop, &y0, nil, false},
		{"after STOP no safety notice by text", sms, hearth.ClassSafety, ReasonStop, &y0, nil, false},
	} {
		got := decide(Ask{Channel: c.channel, Class: c.class, Purpose: "renewal"}, c.stopped, words(c.all, c.one))
		if got.Allowed != c.want {
			t.Errorf("%s: allowed %v (%s), want %v", c.name, got.Allowed, got.Reason, c.want)
		}
		if got.Allowed == (got.Reason != "") {
			t.Errorf("%s: allowed %v with the reason %q", c.name, got.Allowed, got.Reason)
		}
	}
}

// The one confirmation and the help that was asked for go out whatever was said, and to a number that does not exist
// not even these.
func TestReplies(t *testing.T) {
	no := map[string]yesno{"": {at: time.Unix(1000, 0)}}
	for _, purpose := range []string{PurposeConfirmation, PurposeHelp} {
		for _, c := range []struct {
			stopped string
			class   hearth.Class
			want    bool
		}{
			{"", hearth.ClassAnswer, true}, {ReasonStop, hearth.ClassAnswer, true}, {ReasonPending, hearth.ClassAnswer, true},
			{ReasonBounce, hearth.ClassAnswer, false}, {ReasonComplaint, hearth.ClassAnswer, false},
			{ReasonStop, hearth.ClassService, false}, {"", hearth.ClassPromotion, false},
		} {
			for _, words := range []map[string]yesno{nil, no} {
				if got := decide(Ask{Channel: hearth.ChannelSMS, Class: c.class, Purpose: purpose}, c.stopped, words); got.Allowed != c.want {
					t.Errorf("%s of class %s to a number that is stopped because %q: %+v, want %v", purpose, c.class, c.stopped, got, c.want)
				}
			}
		}
	}
	if got := decide(Ask{Channel: hearth.ChannelSMS, Class: hearth.ClassService}, ReasonPending, nil); got.Allowed || !got.Pending {
		t.Errorf("while a person reads it: %+v", got)
	}
}

// One word binds all who share an address, and says so.
func TestSharedAddress(t *testing.T) {
	words := map[string]yesno{"": {at: time.Unix(1000, 0), resident: "res_a"}}
	for who, want := range map[hearth.ResidentID]string{"res_a": "They asked", "res_b": "Somebody who shares this address asked"} {
		got := decide(Ask{Channel: hearth.ChannelSMS, AddressKey: "+12125550101", Resident: who, Class: hearth.ClassService}, "", words)
		if got.Allowed || !strings.HasPrefix(got.Reason, want) {
			t.Errorf("%s: %+v, want %q", who, got, want)
		}
	}
}

func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		s := New(l)
		write := func(f func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
		}
		check := func(a Ask) Answer {
			t.Helper()
			var got []Answer
			write(func(ctx context.Context, tx *db.Tx) (err error) {
				got, err = s.Check(ctx, tx, []Ask{a, {Resident: "res_b", Channel: hearth.ChannelPortal, Purpose: "x", Class: hearth.ClassService}})
				return err
			})
			if len(got) != 2 || !got[1].Allowed {
				t.Fatalf("answers %+v", got)
			}
			return got[0]
		}
		ask := Ask{Resident: "res_a", Channel: hearth.ChannelEmail, AddressKey: "ana@example.com", Purpose: "renewal", Class: hearth.ClassRelation}
		grant := Grant{Channel: hearth.ChannelEmail, AddressKey: "ana@example.com", Purpose: "renewal", Resident: "res_a", Property: "prp_a",
			Source: "unsubscribe link", Evidence: "msg_1", Actor: hearth.Actor{Kind: "resident", ID: "res_a"}}
		set := func(g Grant) { write(func(ctx context.Context, tx *db.Tx) error { return s.Set(ctx, tx, g) }) }
		set(grant)
		if got := check(ask); got.Allowed || !strings.Contains(got.Reason, "renewal") || !got.Recorded {
			t.Errorf("after the no: %+v", got)
		}
		old := grant
		old.Allowed, old.At = true, clock.Now().Add(-time.Hour)
		set(old)
		if got := check(ask); got.Allowed {
			t.Errorf("an older yes counts: %+v", got)
		}
		clock.Advance(time.Minute)
		grant.Allowed = true
		set(grant)
		if got := check(ask); !got.Allowed {
			t.Errorf("after the newer yes: %+v", got)
		}
		write(func(ctx context.Context, tx *db.Tx) error {
			all, err := s.History(ctx, tx, hearth.ChannelEmail, "ana@example.com")
			if len(all) != 3 || !all[0].Allowed || all[1].Evidence != "msg_1" || all[0].Actor.ID != "res_a" {
				t.Errorf("history %+v", all)
			}
			evs, err2 := l.Read(ctx, tx, eventlog.PartOf("prp_a"), 0, 10)
			if len(evs) != 3 || evs[0].Type != "consent.changed" || err2 != nil {
				t.Errorf("events %+v (%v)", evs, err2)
			}
			return err
		})
		write(func(ctx context.Context, tx *db.Tx) error {
			return s.Suppress(ctx, tx, hearth.ChannelEmail, "ana@example.com", ReasonBounce)
		})
		ask.Class = hearth.ClassLegal
		if got := check(ask); got.Allowed {
			t.Error("a dead address is written to")
		}
		write(func(ctx context.Context, tx *db.Tx) error {
			return s.Unsuppress(ctx, tx, hearth.ChannelEmail, "ana@example.com")
		})
		if got := check(ask); !got.Allowed {
			t.Errorf("after the suppression was lifted: %+v", got)
		}
	})
}

func TestStopStays(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	s := New(l)
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		for _, reason := range []string{ReasonStop, ReasonBounce} {
			if err := s.Suppress(t.Context(), tx, hearth.ChannelSMS, "+12125550101", reason); err != nil {
				return err
			}
		}
		got, err := s.Check(t.Context(), tx, []Ask{{Channel: hearth.ChannelSMS, AddressKey: "+12125550101", Class: hearth.ClassAnswer, Purpose: PurposeConfirmation}})
		if err == nil && !got[0].Allowed {
			t.Errorf("STOP was replaced by a lesser reason: %+v", got)
		}
		if err := s.Suppress(t.Context(), tx, hearth.ChannelSMS, "", ReasonStop); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("no address: %v", err)
		}
		if err := s.Set(t.Context(), tx, Grant{Channel: hearth.ChannelSMS}); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("nobody's consent: %v", err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
