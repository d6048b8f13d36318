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

const phone = "+12125550101"

// book is a consent store with a way to write.
type book struct {
	*Store
	t     *testing.T
	d     *db.DB
	clock *hearth.VirtualClock
}

func eachBook(t *testing.T, f func(t *testing.T, b *book)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		f(t, &book{New(l), t, d, clock})
	})
}

// do runs f in a transaction; its error is given back.
func (b *book) do(f func(ctx context.Context, tx *db.Tx) error) error {
	b.t.Helper()
	b.clock.Advance(time.Minute)
	return b.d.Write(b.t.Context(), func(tx *db.Tx) error { return f(b.t.Context(), tx) })
}

func (b *book) must(f func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.do(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) ask(class hearth.Class) (a Answer) {
	b.t.Helper()
	b.must(func(ctx context.Context, tx *db.Tx) error {
		got, err := b.Check(ctx, tx, []Ask{{Channel: hearth.ChannelSMS, AddressKey: phone, Resident: "res_a", Class: class}})
		a = got[0]
		return err
	})
	return a
}

var ana = hearth.Actor{Kind: "staff", ID: "stf_ana"} //nolint:gochecknoglobals // of the tests

// Every stop and every lifting is kept with reason, evidence, who and when; nothing is overwritten.
func TestStopsAreKept(t *testing.T) {
	eachBook(t, func(t *testing.T, b *book) {
		stop := func(reason, note, evidence string) (changed bool) {
			b.must(func(ctx context.Context, tx *db.Tx) (err error) {
				changed, err = b.Stop(ctx, tx, Stop{Channel: hearth.ChannelSMS, AddressKey: phone, Reason: reason, Note: note, Evidence: evidence, Actor: ana, Source: "test"})
				return err
			})
			return changed
		}
		if !stop(ReasonBounce, "", "30005") || stop(ReasonBounce, "", "again") {
			t.Error("the same stop twice is not one")
		}
		if !stop(ReasonStop, "", "STOP") || stop(ReasonPerson, "on the telephone", "") || stop(ReasonPending, "", "") {
			t.Error("a STOP was replaced by less, or did not replace a bounce")
		}
		if err := b.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.Lift(ctx, tx, Stop{Channel: hearth.ChannelSMS, AddressKey: phone})
			return err
		}); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("lifted without a reason: %v", err)
		}
		lift := func() (lifted bool) {
			b.must(func(ctx context.Context, tx *db.Tx) (err error) {
				lifted, err = b.Lift(ctx, tx, Stop{Channel: hearth.ChannelSMS, AddressKey: phone, Reason: "START", Evidence: "msg_2", Actor: ana})
				return err
			})
			return lifted
		}
		if !lift() || lift() {
			t.Error("lifting twice is not once")
		}
		b.must(func(ctx context.Context, tx *db.Tx) error {
			all, err := b.StopHistory(ctx, tx, hearth.ChannelSMS, phone)
			if len(all) != 3 || !all[0].Lifted || all[0].Reason != "START" || all[1].Reason != ReasonStop || all[1].Evidence != "STOP" ||
				all[2].Evidence != "30005" || all[2].Actor != ana || !all[1].At.After(all[2].At) || all[1].Source != "test" {
				t.Errorf("the history is %+v", all)
			}
			now, err2 := b.Stops(ctx, tx, Stop{}, 10)
			if len(now) != 0 || err2 != nil {
				t.Errorf("still stopped: %+v, %v", now, err2)
			}
			return err
		})
	})
}

func TestRevocations(t *testing.T) {
	eachBook(t, func(t *testing.T, b *book) {
		revoke := func(id string, state RevocationState) {
			b.must(func(ctx context.Context, tx *db.Tx) error {
				for want := range 2 {
					fresh, err := b.Revoke(ctx, tx, Revocation{ID: id, Channel: hearth.ChannelSMS, AddressKey: phone, Words: "please stop", Received: tx.Now(),
						Due: DueFor(tx.Now(), time.UTC), State: state})
					if err != nil || fresh != (want == 0) {
						t.Errorf("revoke %s: fresh %v, %v", id, fresh, err)
					}
				}
				return nil
			})
		}
		settle := func(id string, meant bool) error {
			return b.do(func(ctx context.Context, tx *db.Tx) error { return b.Settle(ctx, tx, ana, id, meant) })
		}
		b.must(func(ctx context.Context, tx *db.Tx) error {
			return b.Set(ctx, tx, Grant{Channel: hearth.ChannelSMS, AddressKey: phone, Allowed: true, Source: "lease"})
		})
		revoke("one", RevocationOpen)
		revoke("two", RevocationOpen)
		if a := b.ask(hearth.ClassSafety); a.Allowed || !a.Pending {
			t.Errorf("while a person reads: %+v", a)
		}
		if err := settle("one", false); err != nil || b.ask(hearth.ClassService).Allowed {
			t.Errorf("the hold ended while another wish waits (%v)", err)
		}
		if err := settle("two", false); err != nil || !b.ask(hearth.ClassService).Allowed {
			t.Errorf("meant otherwise, and still held (%v)", err)
		}
		if err := settle("two", true); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("settled twice: %v", err)
		}
		if err := settle("none", true); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("nobody's: %v", err)
		}
		revoke("three", RevocationOpen)
		if err := settle("three", true); err != nil {
			t.Fatal(err)
		}
		if a := b.ask(hearth.ClassSafety); a.Allowed || a.Pending || !strings.Contains(a.Reason, "STOP") {
			t.Errorf("meant: %+v", a)
		}
		revoke("four", RevocationHonoured)
		b.must(func(ctx context.Context, tx *db.Tx) error {
			open, err := b.Open(ctx, tx, 10)
			all, err2 := b.RevocationsOf(ctx, tx, phone)
			if len(open) != 0 || len(all) != 4 || all[0].ID != "four" || all[0].Settled.IsZero() || all[0].Rule != RevocationRule || err2 != nil {
				t.Errorf("open %+v, all %+v, %v", open, all, err2)
			}
			return err
		})
	})
}

func TestDueFor(t *testing.T) {
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-11-20T12:00:00-05:00": "2026-12-04", // a Friday: two weeks later
		"2026-11-21T23:59:00-05:00": "2026-12-04", // a Saturday counts from Monday
		"2026-11-22T00:00:00-05:00": "2026-12-04",
		"2026-11-23T09:00:00-05:00": "2026-12-07",
		"2026-03-02T09:00:00-05:00": "2026-03-16", // the clock goes forward meanwhile
	} {
		from, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DueFor(from, ny).In(ny).Format("2006-01-02 15:04:05"); got != want+" 23:59:59" {
			t.Errorf("received %s: due %s, want the end of %s", at, got, want)
		}
	}
}

// What was shown never changes, and a word can only name what was there and was about it.
func TestWordings(t *testing.T) {
	eachBook(t, func(t *testing.T, b *book) {
		put := func(words string) (w Wording, err error) {
			err = b.do(func(ctx context.Context, tx *db.Tx) (err error) {
				w, err = b.PutWording(ctx, tx, Wording{ID: "texts", Language: "EN", Channel: hearth.ChannelSMS, Words: words, Actor: ana})
				return err
			})
			return w, err
		}
		for i, c := range []struct {
			words string
			want  int
		}{{"May we text you?", 1}, {"May we text you? ", 1}, {"May we text you about repairs?", 2}, {"May we text you?", 3}} {
			if w, err := put(c.words); err != nil || w.Version != c.want {
				t.Errorf("%d: version %d, %v, want %d", i, w.Version, err, c.want)
			}
		}
		if _, err := put(""); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("no words: %v", err)
		}
		set := func(g Grant) error {
			g.AddressKey, g.Allowed, g.Reason = phone, true, "they called back"
			return b.do(func(ctx context.Context, tx *db.Tx) error { return b.Set(ctx, tx, g) })
		}
		for name, g := range map[string]Grant{
			"a version to come":  {Channel: hearth.ChannelSMS, Wording: "texts/4/en"},
			"another language":   {Channel: hearth.ChannelSMS, Wording: "texts/1/es"},
			"no name":            {Channel: hearth.ChannelSMS, Wording: "texts"},
			"of another channel": {Channel: hearth.ChannelCall, Wording: "texts/1/en"},
			"of another purpose": {Channel: hearth.ChannelSMS, Purpose: "promotion", Wording: "texts/1/en"},
		} {
			if err := set(g); hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := set(Grant{Channel: hearth.ChannelSMS, Wording: "texts/2/en"}); err != nil {
			t.Fatal(err)
		}
		b.must(func(ctx context.Context, tx *db.Tx) error {
			l, err := b.Ledger(ctx, tx, "res_a", phone)
			if len(l.Words) != 1 || l.Words[0].Wording != "texts/2/en" || l.Words[0].Reason != "they called back" {
				t.Errorf("the ledger has %+v", l.Words)
			}
			return err
		})
	})
}

// A word about everything reaches each channel, and those that share an address see it in their ledger too.
func TestEverything(t *testing.T) {
	eachBook(t, func(t *testing.T, b *book) {
		b.must(func(ctx context.Context, tx *db.Tx) error {
			return b.SetAll(ctx, tx, Grant{Resident: "res_a", Source: "office"}, Reach{Email: "ana@example.com", Phone: phone})
		})
		b.must(func(ctx context.Context, tx *db.Tx) error {
			var asks []Ask
			for _, ch := range []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelCall, hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelLetter} {
				a := Ask{Channel: ch, Resident: "res_a", Class: hearth.ClassService}
				switch ch {
				case hearth.ChannelEmail:
					a.AddressKey = "ana@example.com"
				case hearth.ChannelSMS, hearth.ChannelCall:
					a.AddressKey, a.Resident = phone, "res_b"
				}
				asks = append(asks, a)
			}
			got, err := b.Check(ctx, tx, asks)
			for i, a := range got {
				if a.Allowed {
					t.Errorf("%s is still allowed", asks[i].Channel)
				}
			}
			shared, err2 := b.Ledger(ctx, tx, "res_b", phone)
			if len(shared.Words) != 2 || shared.Words[0].Resident != "res_a" || err2 != nil {
				t.Errorf("the other one's ledger has %+v, %v", shared.Words, err2)
			}
			return err
		})
	})
}

// Two who share a number said it both: the ledger of the number has it, and the log has it for each.
func TestSharedWordsAreOfBoth(t *testing.T) {
	eachBook(t, func(t *testing.T, b *book) {
		b.must(func(ctx context.Context, tx *db.Tx) error {
			for _, who := range []hearth.ResidentID{"res_a", "res_b", "res_a"} {
				err := b.Set(ctx, tx, Grant{Channel: hearth.ChannelSMS, AddressKey: phone, Resident: who, Property: "pro_1",
					Source: "text", Evidence: "STOP", Actor: ana, At: tx.Now()})
				if err != nil {
					return err
				}
			}
			return nil
		})
		told := map[hearth.ResidentID]int{}
		b.must(func(ctx context.Context, tx *db.Tx) error {
			for _, who := range []hearth.ResidentID{"res_a", "res_b"} {
				page, err := b.log.Timeline(ctx, tx, who, nil, eventlog.Cursor{}, 10)
				if err != nil {
					return err
				}
				told[who] = len(page)
			}
			return nil
		})
		if told["res_a"] != 1 || told["res_b"] != 1 {
			t.Errorf("events of each: %v", told)
		}
	})
}
