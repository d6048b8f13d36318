package texting

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

const (
	anas    = "+12125550101" // Ana's alone, at Oak Court
	shared  = "+12125550102" // Ben's and Cleo's
	nobodys = "+12125550199"
	ours    = "+12125550900"
)

// rig is a listener over a property with three residents and a manager.
type rig struct {
	*Listener
	t     *testing.T
	d     *db.DB
	clock *hearth.VirtualClock
	prop  hearth.PropertyID
	who   map[string]hearth.ResidentID // "Ana" …
	boss  hearth.Actor
	n     int
}

func each(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(t, newRig(t, d, clock)) })
}

func newRig(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *rig {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{1})
	records, ledger := record.New(l, random), consent.New(l)
	messages, tasks := message.New(l, ledger, random), task.New(l, records)
	assigner := assign.New(records, tasks)
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	dk, err := desk.New(desk.Deps{Records: records, Consent: ledger, Messages: messages, Tasks: tasks, Assign: assigner, Decisions: decision.New(),
		Templates: templates, Channels: []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, d: d, clock: clock, who: map[string]hearth.ResidentID{}, Listener: New(Deps{DB: d, Log: l, Records: records, Consent: ledger,
		Messages: messages, Tasks: tasks, Assign: assigner, Desk: dk, Node: "node", Logger: dbtest.Log(t)})}
	r.do(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", Address: "12 Oak Street", City: "Springfield", State: "NY",
			Zip: "10001", Zone: "America/New_York", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		r.prop = p.ID
		s, _, err := records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Mia Boss", Roles: []record.StaffRole{{Role: hearth.RoleManager, Property: p.ID}}})
		r.boss = hearth.Actor{Kind: "staff", ID: string(s.ID), Name: "Mia Boss"}
		return err
	})
	r.home("1A", record.Resident{First: "Ana", Last: "Ruiz", Phone: anas, Language: "es"})
	r.home("2B", record.Resident{First: "Ben", Last: "Cole", Phone: shared}, record.Resident{First: "Cleo", Last: "Cole", Phone: shared})
	return r
}

func (r *rig) do(f func(ctx context.Context, tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Write(r.t.Context(), func(tx *db.Tx) error { return f(r.t.Context(), tx) }); err != nil {
		r.t.Fatal(err)
	}
}

// home moves people in who agreed to text messages.
func (r *rig) home(unit string, people ...record.Resident) {
	r.t.Helper()
	today := hearth.DayOf(r.clock.Now(), time.UTC)
	var members []record.Member
	for _, p := range people {
		p.Role = hearth.MemberLeaseholder
		members = append(members, record.Member{Resident: p})
	}
	r.do(func(ctx context.Context, tx *db.Tx) error {
		res, err := r.Records.PutHome(ctx, tx, record.News{Cause: unit}, record.Home{Property: r.prop, Unit: record.Unit{Label: unit}, Members: members,
			Lease: record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100}})
		if err != nil {
			return err
		}
		for i, m := range res.Members {
			r.who[people[i].First] = m.ID
			if err := r.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: people[i].Phone, Allowed: true, Resident: m.ID, Property: r.prop,
				Source: "lease", At: tx.Now().Add(-time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// hear takes a text in and gives the provider's number for it.
func (r *rig) hear(from, body string) string {
	r.t.Helper()
	r.n++
	ref := fmt.Sprintf("SM%03d", r.n)
	r.again(ref, from, body)
	return ref
}

func (r *rig) again(ref, from, body string) {
	r.t.Helper()
	r.clock.Advance(time.Second)
	if err := r.Hear(r.t.Context(), Text{Ref: ref, From: from, To: ours, Body: body}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) allowed(number string) (a consent.Answer) {
	r.t.Helper()
	r.do(func(ctx context.Context, tx *db.Tx) error {
		got, err := r.Consent.Check(ctx, tx, []consent.Ask{{Channel: hearth.ChannelSMS, AddressKey: number, Class: hearth.ClassService, Purpose: "service.update"}})
		a = got[0]
		return err
	})
	return a
}

// messages gives "in: text" and "out: text" of a resident, oldest first.
func (r *rig) messages(who string) (out []string) {
	r.t.Helper()
	r.do(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := r.Messages.List(ctx, tx, message.Filter{Resident: r.who[who]}, "", 100)
		slices.SortStableFunc(all, func(a, b message.Message) int { // what came in before what was said to it
			return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.Direction, b.Direction))
		})
		for _, m := range all {
			out = append(out, m.Direction+": "+m.Body)
		}
		return err
	})
	return out
}

func (r *rig) tasks(kind string, closed bool) (out []task.Task) {
	r.t.Helper()
	r.do(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := r.Tasks.List(ctx, tx, task.Filter{Property: r.prop}, "", 100)
		for _, t := range all {
			if t.Kind == kind && t.State.Closed() == closed {
				out = append(out, t)
			}
		}
		return err
	})
	return out
}

// events counts the events of a type.
func (r *rig) events(kind string) (n int) {
	r.t.Helper()
	r.do(func(ctx context.Context, tx *db.Tx) error {
		evs, err := r.Log.Read(ctx, tx, eventlog.PartOf(r.prop), 0, 10000)
		for _, ev := range evs {
			if string(ev.Type) == kind {
				n++
			}
		}
		return err
	})
	return n
}

// answers closes a task of a kind, and has the listener follow.
func (r *rig) answers(kind, fact, answer string) {
	r.t.Helper()
	open := r.tasks(kind, false)
	if len(open) != 1 {
		r.t.Fatalf("%d open tasks of kind %s", len(open), kind)
	}
	r.do(func(ctx context.Context, tx *db.Tx) error {
		return r.Tasks.Done(ctx, tx, r.boss, open[0].ID, map[string]string{fact: answer})
	})
	r.follows()
}

func (r *rig) follows() {
	r.t.Helper()
	for more := true; more; {
		var err error
		if more, err = r.RunOnce(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
}

// STOP is final, is answered once in the resident's language, and is no message that anything waits for; START restores.
func TestStopAndStart(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.hear(anas, "¡Alto!")
		r.again(ref, anas, "¡Alto!")
		if a := r.allowed(anas); a.Allowed || a.Pending {
			t.Errorf("after STOP: %+v", a)
		}
		got := r.messages("Ana")
		if len(got) != 2 || got[0] != "in: ¡Alto!" || !strings.HasPrefix(got[1], "out: Oak Court: No recibirá más") {
			t.Errorf("messages %q, want the word and one confirmation in Spanish", got)
		}
		if a, b := r.events("message.received"), r.events("message.unsubscribed"); a != 0 || b != 1 {
			t.Errorf("%d messages received and %d unsubscribed, want 0 and 1", a, b)
		}
		// Who has stopped hears nothing more, not even that they have: an answering machine at the other end would go on for ever.
		r.hear(anas, "STOP")
		if now := r.messages("Ana"); len(now) != 3 || now[2] != "in: STOP" && now[0] != "in: STOP" && now[1] != "in: STOP" {
			t.Errorf("messages %q after a second STOP, want its word and no second confirmation", now)
		}
		begin := r.hear(anas, "START")
		if a := r.allowed(anas); !a.Allowed {
			t.Errorf("after START: %+v", a)
		}
		r.hear(anas, "stop")
		r.again(begin, anas, "START") // delivered a second time, after a newer STOP
		r.again(ref, anas, "¡Alto!")
		if a := r.allowed(anas); a.Allowed {
			t.Error("an old START, delivered twice, has lifted a newer STOP")
		}
		if r.hear(anas, "Sí"); !r.allowed(anas).Allowed {
			t.Error("YES from somebody who had stopped does not start")
		}
		if r.hear(anas, "Sí"); r.events("message.received") != 1 {
			t.Error("YES from somebody who had not stopped is no answer")
		}
		r.do(func(ctx context.Context, tx *db.Tx) error {
			l, err := r.Consent.Ledger(ctx, tx, r.who["Ana"], anas)
			if len(l.Words) != 6 || len(l.StopHistory) != 4 || len(l.Revocations) != 3 || l.Revocations[0].Words != "stop" {
				t.Errorf("the ledger has %d words, %d stops and liftings, %d wishes", len(l.Words), len(l.StopHistory), len(l.Revocations))
			}
			return err
		})
	})
}

// One STOP binds everybody who has the number, and everybody's record says so.
func TestStopOfASharedNumber(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hear(shared, "STOP")
		if r.allowed(shared).Allowed {
			t.Error("a shared number is not stopped")
		}
		if n := len(r.messages("Ben")) + len(r.messages("Cleo")); n != 1 {
			t.Errorf("%d messages, want the one confirmation", n)
		}
		if n := r.events("consent.changed"); n != 3+2 {
			t.Errorf("%d changes of consent, want one for each who agreed and one for each who shares the number", n)
		}
		if n := len(r.tasks(TaskWho, false)); n != 0 {
			t.Errorf("%d questions who wrote it; it does not matter", n)
		}
		if r.hear(nobodys, "Unsubscribe"); r.allowed(nobodys).Reason == "" || r.allowed(nobodys).Pending {
			t.Error("a number that nobody has is not stopped")
		}
	})
}

func TestHelp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hear(shared, "HELP")
		r.hear(anas, "STOP")
		r.hear(anas, "ayuda")
		if got := strings.Join(append(r.messages("Ben"), r.messages("Cleo")...), "\n"); strings.Count(got, "out: Oak Court: We text about your home") != 1 {
			t.Errorf("shared: %q", got)
		}
		if got := r.messages("Ana"); len(got) != 4 || !strings.Contains(got[3], "Le escribimos sobre su hogar") {
			t.Errorf("after STOP: %q", got)
		}
		if r.allowed(anas).Allowed || !r.allowed(shared).Allowed {
			t.Error("HELP has changed what is allowed")
		}
	})
}

// Free words hold everything at once; a person says what was meant.
func TestFreeWords(t *testing.T) {
	for _, c := range []struct {
		answer  string
		allowed bool
	}{{"yes", false}, {"no", true}} {
		each(t, func(t *testing.T, r *rig) {
			r.hear(anas, "Por favor no me escriban más")
			r.hear(anas, "ya no quiero mensajes")
			if a := r.allowed(anas); a.Allowed || !a.Pending {
				t.Errorf("while a person reads: %+v", a)
			}
			open := r.tasks(TaskStop, false)
			if len(open) != 1 || !strings.Contains(open[0].Why, "no me escriban más") || !strings.Contains(open[0].Why, "honored by") || open[0].Resident != r.who["Ana"] {
				t.Fatalf("asked: %+v", open)
			}
			if n := len(open[0].Context.Notes); n < 1 || !strings.Contains(open[0].Context.Notes[n-1], "ya no quiero") {
				t.Errorf("their second words are not in the task: %q", open[0].Context.Notes)
			}
			if got := r.messages("Ana"); len(got) != 2 {
				t.Errorf("messages %q, want their words and nothing said", got)
			}
			r.answers(TaskStop, factMeant, c.answer)
			if a := r.allowed(anas); a.Allowed != c.allowed || a.Pending {
				t.Errorf("answered %s: %+v", c.answer, a)
			}
		})
	}
}

// Their own plain word answers the question that their free words had raised.
func TestPlainWordAfterFreeWords(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hear(anas, "stop texting me")
		r.hear(anas, "STOP")
		if a := r.allowed(anas); a.Allowed || a.Pending || len(r.tasks(TaskStop, false)) != 0 {
			t.Errorf("STOP: %+v, %d questions are left", a, len(r.tasks(TaskStop, false)))
		}
		r.hear(shared, "please remove my number")
		r.hear(shared, "START")
		if a := r.allowed(shared); !a.Allowed || len(r.tasks(TaskStop, false)) != 0 {
			t.Errorf("START: %+v, %d questions are left", a, len(r.tasks(TaskStop, false)))
		}
	})
}

// A text goes to the one whose number it is; of a number that several have or nobody, a person says, and it is told once.
func TestWhoWrote(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.hear("(212) 555-0101", "The tap drips")
		r.again(ref, anas, "The tap drips")
		if got := r.messages("Ana"); len(got) != 1 || got[0] != "in: The tap drips" || r.events("message.received") != 1 {
			t.Errorf("Ana's: %q", got)
		}
		first := r.hear(shared, "No hot water")
		r.again(first, shared, "No hot water")
		r.hear(shared, "Still none")
		open := r.tasks(TaskWho, false)
		if len(open) != 1 || !strings.Contains(open[0].Asks[0].Kind, "Ben Cole (2B)") || !strings.Contains(open[0].Asks[0].Kind, "|Cleo Cole (2B)") && !strings.Contains(open[0].Asks[0].Kind, ":Cleo Cole (2B)|") {
			t.Fatalf("asked: %+v", open)
		}
		if n := len(r.messages("Ben")) + len(r.messages("Cleo")); n != 0 {
			t.Errorf("%d messages were guessed", n)
		}
		r.answers(TaskWho, factWho, "Cleo Cole (2B)")
		if got := r.messages("Cleo"); len(got) != 2 || got[0] != "in: No hot water" || len(r.messages("Ben")) != 0 || r.events("message.received") != 3 {
			t.Errorf("Cleo's: %q, Ben's: %q", got, r.messages("Ben"))
		}
	})
}

func TestNobodyKnown(t *testing.T) {
	for answer, want := range map[string]int{"Ana Ruiz": 1, "nobody": 0, "somebody": 0} {
		each(t, func(t *testing.T, r *rig) {
			r.hear(nobodys, "Is the gym open?")
			r.answers(TaskWho, factWho, answer)
			if got := len(r.messages("Ana")); got != want {
				t.Errorf("%s: %d messages, want %d", answer, got, want)
			}
			r.do(func(ctx context.Context, tx *db.Tx) error {
				left, err := r.Messages.Unplaced(ctx, tx, 10)
				if kept := answer == "somebody"; kept != (len(left) == 1) {
					t.Errorf("%s: %d messages still wait for a sender", answer, len(left))
				}
				if len(left) == 1 {
					if err := r.Place(ctx, tx, r.boss, left[0].ID, r.who["Ana"]); err != nil {
						return err
					}
					if err := r.Place(ctx, tx, r.boss, left[0].ID, ""); hearth.CodeOf(err) != hearth.CodeConflict {
						t.Errorf("placed twice: %v", err)
					}
				}
				return err
			})
		})
	}
}

// A number that was dead and writes is alive.
func TestDeadNumberWrites(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.do(func(ctx context.Context, tx *db.Tx) error {
			return r.Consent.Suppress(ctx, tx, hearth.ChannelSMS, anas, consent.ReasonBounce)
		})
		if r.hear(anas, "Hello"); !r.allowed(anas).Allowed {
			t.Error("the number still counts as dead")
		}
	})
}

// What the provider has answered is not answered again.
func TestProviderAnswers(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	if err := r.Hear(t.Context(), Text{Ref: "SM1", From: anas, Body: "STOP", Answered: true}); err != nil {
		t.Fatal(err)
	}
	if got := r.messages("Ana"); len(got) != 1 || r.allowed(anas).Allowed {
		t.Errorf("messages %q", got)
	}
	// A word of the account's own means what the provider took it for.
	for i, x := range []struct {
		word    string
		allowed bool
	}{{"START", true}, {"STOP", false}} {
		if err := r.Hear(t.Context(), Text{Ref: fmt.Sprint("SMW", i), From: anas, Body: "Pizza", Answered: true, Word: x.word}); err != nil {
			t.Fatal(err)
		}
		if got := r.allowed(anas); got.Allowed != x.allowed {
			t.Errorf("after %s by another word: %+v", x.word, got)
		}
	}
	if err := r.Hear(t.Context(), Text{From: anas, Body: "STOP"}); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("a text without a number of its own: %v", err)
	}
	if err := r.Hear(t.Context(), Text{Ref: "SM2", From: "26687", Body: "Your code is 1", Media: 1}); err != nil {
		t.Errorf("from a short code: %v", err)
	}
}

// An answer that cannot be acted on holds up no other: what it was about still waits for its sender.
func TestABadAnswerHoldsUpNoOther(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hear(nobodys, "Is the gym open?")
		bad := r.tasks(TaskWho, false)
		r.hear(shared, "No hot water")
		open := r.tasks(TaskWho, false)
		if len(bad) != 1 || len(open) != 2 {
			t.Fatalf("%d, then %d open questions", len(bad), len(open))
		}
		r.do(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE unplaced SET candidates = '{' WHERE org = $1 AND task = $2`, tx.Org(), string(bad[0].ID)); err != nil {
				return err
			}
			for _, x := range open {
				if err := r.Tasks.Done(ctx, tx, r.boss, x.ID, map[string]string{factWho: "Cleo Cole (2B)"}); err != nil {
					return err
				}
			}
			return nil
		})
		r.follows()
		if got := r.messages("Cleo"); len(got) != 1 || got[0] != "in: No hot water" {
			t.Errorf("Cleo's: %q", got)
		}
		kept := 0
		r.do(func(ctx context.Context, tx *db.Tx) error {
			return tx.Row(ctx, `SELECT COUNT(*) FROM unplaced WHERE org = $1 AND task = $2 AND state = 'open'`, tx.Org(), string(bad[0].ID)).Scan(&kept)
		})
		if kept != 1 {
			t.Errorf("%d of the bad one are kept open, want 1", kept)
		}
		r.follows() // and it is not tried for ever
	})
}
