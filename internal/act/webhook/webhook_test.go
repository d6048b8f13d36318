package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// far is another program: it fails at random, is slow, and sometimes takes what it says it did not.
type far struct {
	t      *testing.T
	secret string
	fail   float64 // of all calls

	mu    sync.Mutex
	rand  *rand.Rand
	calls int
	taken map[string]int    // by event, how often
	ids   map[string]string // by event, the call's identity
	order map[string][]int  // by subject, in the order in which they were taken first
	bad   []string
	gone  bool
}

func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	var ev struct {
		ID, Subject, Type string
		Data              struct{ N int }
	}
	if err := json.Unmarshal(body, &ev); err != nil {
		f.bad = append(f.bad, err.Error())
	}
	id := r.Header.Get("Webhook-Id")
	if was := f.ids[ev.ID]; was != "" && was != id {
		f.bad = append(f.bad, "an event came under two identities")
	}
	f.ids[ev.ID] = id
	if r.Header.Get("Webhook-Signature") != webhook.Sign(f.secret, id, r.Header.Get("Webhook-Timestamp"), body) {
		f.bad = append(f.bad, "a signature is wrong")
	}
	if f.gone {
		w.WriteHeader(http.StatusGone)
		return
	}
	chance := f.rand.Float64()
	if chance < f.fail/2 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if f.taken[ev.ID]++; f.taken[ev.ID] == 1 {
		f.order[ev.Subject] = append(f.order[ev.Subject], ev.Data.N)
	}
	if chance < f.fail { // it took it, and fails to say so
		w.WriteHeader(http.StatusBadGateway)
	}
}

type env struct {
	*testing.T
	hooks  *Hooks
	clock  *hearth.VirtualClock
	far    *far
	url    string
	alerts []string
	left   string // who may not have others hear any more
	n      int
	step   time.Duration // how far the clock goes while calls wait; at least five seconds
}

func each(t *testing.T, f func(e *env)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		log, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		guard, err := webhook.ParseGuard([]string{"127.0.0.0/8"})
		if err != nil {
			t.Fatal(err)
		}
		e := &env{T: t, clock: clock, far: &far{t: t, rand: rand.New(rand.NewPCG(1, 2)), taken: map[string]int{}, ids: map[string]string{}, order: map[string][]int{}}}
		srv := httptest.NewServer(e.far)
		t.Cleanup(srv.Close)
		e.url = srv.URL + "/hook"
		client := webhook.NewClient(webhook.Config{Guard: guard, Timeout: 5 * time.Second})
		t.Cleanup(client.Close)
		e.hooks = New(Deps{DB: d, Log: log, Guard: guard, Client: client, Random: rand.NewChaCha8([32]byte{1}), Node: "n1",
			Alert: func(_ context.Context, _ *db.Tx, _ Hook, why string) error {
				e.alerts = append(e.alerts, why)
				return nil
			},
			May: func(_ context.Context, _ *db.Tx, by hearth.Actor, _ []hearth.PropertyID) (bool, error) {
				return by.String() != e.left, nil
			},
			Places: func(context.Context, *db.Tx) ([]hearth.PropertyID, error) {
				return []hearth.PropertyID{"prp_0", "prp_1"}, nil
			}})
		f(e)
	})
}

// happen appends events about some residents of two properties.
func (e *env) happen(n, subjects int) {
	e.Helper()
	for n > 0 {
		err := e.hooks.DB.Write(e.Context(), func(tx *db.Tx) error {
			var evs []*hearth.Event
			for range min(n, 200) {
				id := hearth.ResidentID(fmt.Sprintf("res_%d", e.n%subjects))
				evs = append(evs, &hearth.Event{ID: fmt.Sprint("e", e.n), Source: "test", Type: "portal.visited", Subject: hearth.Subject{Kind: "resident", ID: string(id)},
					Property: hearth.PropertyID(fmt.Sprint("prp_", e.n%subjects%2)), Residents: []hearth.ResidentID{id}, Time: tx.Now(), Data: []byte(fmt.Sprintf(`{"n":%d}`, e.n))})
				e.n++
			}
			_, err := e.hooks.Log.Append(e.Context(), tx, evs...)
			return err
		})
		if err != nil {
			e.Fatal(err)
		}
		n -= min(n, 200)
	}
}

// settle feeds and calls until nothing waits, letting time pass where only that helps.
func (e *env) settle() {
	e.Helper()
	for round := 0; ; round++ {
		if round > 100_000 {
			e.Fatal("it does not come to an end")
		}
		fed, err := e.hooks.Feed(e.Context())
		if err != nil {
			e.Fatal(err)
		}
		more, err := e.hooks.Deliver(e.Context())
		if err != nil {
			e.Fatal(err)
		}
		if fed || more {
			continue
		}
		if h := e.hook(); h.Waiting == 0 || h.State == Off {
			return
		}
		e.clock.Advance(max(e.step, 5*time.Second))
	}
}

func (e *env) hook() Hook {
	e.Helper()
	var all []Hook
	err := e.hooks.DB.Read(e.Context(), func(tx *db.Tx) (err error) {
		all, err = List(e.Context(), tx)
		return err
	})
	if err != nil || len(all) == 0 {
		e.Fatalf("%d webhooks, %v", len(all), err)
	}
	return all[0]
}

func (e *env) make(types ...hearth.EventType) Hook {
	e.Helper()
	h, secret, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: e.url, Types: types})
	if err != nil {
		e.Fatal(err)
	}
	e.far.secret = secret
	return h
}

// events is how many events the short form tells; the long one tells ten thousand.
func events() int {
	if os.Getenv("HEARTH_TEST_SOAK") != "" {
		return 10_000
	}
	return 600
}

func TestEveryEventIsToldAndThoseAboutOneThingInOrder(t *testing.T) {
	each(t, func(e *env) {
		e.happen(50, 10) // before anybody listened
		e.make("portal.visited")
		e.far.fail = 0.3
		first, n := e.n, events()
		e.happen(n, 40)
		e.settle()
		if len(e.far.bad) > 0 {
			e.Errorf("%d faults, such as %s", len(e.far.bad), e.far.bad[0])
		}
		missing, twice := 0, 0
		for i := first; i < e.n; i++ {
			switch k := e.far.taken[fmt.Sprint("e", i)]; {
			case k == 0:
				missing++
			case k > 1:
				twice++
			}
		}
		if missing > 0 || len(e.far.taken) != n {
			e.Errorf("%d of %d events were not told, %d were told", missing, n, len(e.far.taken))
		}
		for subject, order := range e.far.order {
			for i := 1; i < len(order); i++ {
				if order[i] < order[i-1] {
					e.Fatalf("%s heard %d after %d", subject, order[i], order[i-1])
				}
			}
		}
		if h := e.hook(); h.Delivered != int64(n) || !h.Failing.IsZero() && h.Fault == "" {
			e.Errorf("delivered %d, want %d: %+v", h.Delivered, n, h)
		}
		e.Logf("%d events in %d calls; %d were told more than once, because the far side took them and did not say so", n, e.far.calls, twice)
	})
}

func TestWhatWasMissedIsToldLater(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		e.happen(20, 5)
		e.far.fail = 2 // always
		e.step = 2 * time.Hour
		e.settle() // days pass, until it is switched off
		got := e.hook()
		if got.State != Off || len(e.alerts) != 1 || !strings.Contains(e.alerts[0], "three days") || got.Fault == "" {
			e.Fatalf("after three days of taking nothing: %s, alerts %q", got.State, e.alerts)
		}
		e.clock.Advance(time.Hour)
		e.happen(20, 5)
		if _, err := e.hooks.Replay(e.Context(), h.ID, e.clock.Now()); hearth.CodeOf(err) != hearth.CodeConflict {
			e.Errorf("replayed while it is off: %v", err)
		}
		e.far.fail, e.far.taken = 0, map[string]int{}
		if err := e.hooks.SwitchOn(e.Context(), hearth.System("test"), h.ID); err != nil {
			e.Fatal(err)
		}
		e.clock.Advance(longest + time.Hour)
		e.settle()
		if len(e.far.taken) != 40 || len(e.alerts) != 1 {
			e.Errorf("%d events were told after it was switched on, want 40; %d alerts", len(e.far.taken), len(e.alerts))
		}
		// Told again on demand, under the same identities.
		n, err := e.hooks.Replay(e.Context(), h.ID, e.clock.Now().Add(-100*24*time.Hour))
		if err != nil || n != 40 {
			e.Errorf("replayed %d, %v; want 40", n, err)
		}
		e.settle()
		for id, k := range e.far.taken {
			if k != 2 {
				e.Errorf("%s was told %d times", id, k)
			}
		}
		if len(e.far.bad) > 0 {
			e.Error(e.far.bad[0])
		}
	})
}

func TestAWebhookThatIsGoneIsSwitchedOff(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		e.far.gone = true
		e.happen(1, 1)
		e.settle()
		if got := e.hook(); got.State != Off || len(e.alerts) != 1 || e.far.calls != 1 {
			e.Errorf("%s after %d calls, alerts %q", got.State, e.far.calls, e.alerts)
		}
		if err := e.hooks.Remove(e.Context(), hearth.System("test"), h.ID); err != nil {
			e.Error(err)
		}
		if err := e.hooks.Remove(e.Context(), hearth.System("test"), h.ID); hearth.CodeOf(err) != hearth.CodeNotFound {
			e.Errorf("removed twice: %v", err)
		}
	})
}

// A webhook acts with the rights of whoever made it: without them nothing is told, somebody is asked once, and it is theirs who resume it.
func TestAWebhookEndsWithTheRightsOfItsMaker(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		e.left = h.MadeBy.String()
		e.happen(3, 1)
		e.settle()
		e.settle()
		if got := e.hook(); got.State != Off || len(e.alerts) != 1 || e.far.calls != 0 || !strings.Contains(got.Fault, "has left") {
			e.Fatalf("%s (%s) after %d calls, alerts %q", got.State, got.Fault, e.far.calls, e.alerts)
		}
		if err := e.hooks.SwitchOn(e.Context(), hearth.Actor{Kind: "staff", ID: "stf_next"}, h.ID); err != nil {
			e.Fatal(err)
		}
		e.settle()
		if got := e.hook(); got.State != On || got.Fault != "" || got.MadeBy.ID != "stf_next" || got.Delivered != 3 || len(e.alerts) != 1 {
			e.Errorf("resumed: %+v, alerts %q", got, e.alerts)
		}
	})
}

func TestASecretIsTurned(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		before := e.far.secret
		after, err := e.hooks.Turn(e.Context(), hearth.System("test"), h.ID)
		if err != nil || after == before || !strings.HasPrefix(after, webhook.SecretPrefix) {
			e.Fatalf("turned from %s to %s, %v", before, after, err)
		}
		both, got := 0, ""
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("Webhook-Signature")
			both = len(strings.Fields(got))
		}))
		defer srv.Close()
		err = e.hooks.DB.Write(e.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(e.Context(), "UPDATE webhooks SET url = $1 WHERE org = $2", srv.URL, tx.Org())
			return err
		})
		if err != nil {
			e.Fatal(err)
		}
		e.happen(1, 1)
		e.settle()
		if both != 2 {
			e.Errorf("on the first day: %q", got)
		}
		e.clock.Advance(25 * time.Hour)
		e.happen(1, 1)
		e.settle()
		if both != 1 {
			e.Errorf("a day later: %q", got)
		}
	})
}

// Whoever turns a secret twice, because the first was not noted or came into wrong hands, leaves a program that knows only the first of
// them, or the one in between, able to prove calls for a day.
func TestASecretThatIsTurnedAgainLeavesTheOnesBefore(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		given := []string{e.far.secret}
		signs := func() (got Hook) {
			err := e.hooks.DB.Read(e.Context(), func(tx *db.Tx) (err error) {
				got, err = Get(e.Context(), tx, h.ID)
				return err
			})
			if err != nil {
				e.Fatal(err)
			}
			return got
		}
		for range 5 {
			e.clock.Advance(time.Hour)
			s, err := e.hooks.Turn(e.Context(), hearth.System("test"), h.ID)
			if err != nil {
				e.Fatal(err)
			}
			given = append(given, s)
		}
		want := []string{given[5], given[0], given[3], given[4]}
		if got := signs().secretsAt(e.clock.Now()); !slices.Equal(got, want) {
			e.Errorf("%v sign; they are to be %v", got, want)
		}
		e.clock.Advance(25 * time.Hour)
		if got := signs().secretsAt(e.clock.Now()); !slices.Equal(got, given[5:]) {
			e.Errorf("a day later %v sign", got)
		}
		last, err := e.hooks.Turn(e.Context(), hearth.System("test"), h.ID)
		if got := signs().secretsAt(e.clock.Now()); err != nil || !slices.Equal(got, []string{last, given[5]}) {
			e.Errorf("turned once more %v sign, %v", got, err)
		}
		if _, err := e.hooks.Turn(e.Context(), hearth.System("test"), "whk_none"); hearth.CodeOf(err) != hearth.CodeNotFound {
			e.Errorf("one that is not there was turned: %v", err)
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	each(t, func(e *env) {
		for field, make := range map[string]func() error{
			"url": func() error {
				_, _, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: "https://10.0.0.1/", Types: []hearth.EventType{"portal.visited"}})
				return err
			},
			"types": func() error {
				_, _, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: e.url, Types: []hearth.EventType{"no.such"}})
				return err
			},
		} {
			var he *hearth.Error
			if err := make(); !errors.As(err, &he) || he.Field != field {
				e.Errorf("%s: %v", field, err)
			}
		}
		for _, k := range eventlog.Types() {
			if !eventlog.Closed(k.Name) {
				continue
			}
			if _, _, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: e.url, Types: []hearth.EventType{k.Name}}); hearth.CodeOf(err) != hearth.CodeInvalid {
				e.Errorf("%s, which only some may read, is told to other programs: %v", k.Name, err)
			}
		}
	})
}

func (e *env) told(h Hook) (out []Told) {
	e.Helper()
	err := e.hooks.DB.Read(e.Context(), func(tx *db.Tx) (err error) {
		out, err = Last(e.Context(), tx, h.ID, 1000)
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	return out
}

// Whoever looks after a program sees what it took and what it said to the rest, and no more than the last of it.
func TestTheLastAttemptsAreKept(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		e.far.fail = 2 // always
		e.happen(1, 1)
		if _, err := e.hooks.Feed(e.Context()); err != nil {
			e.Fatal(err)
		}
		if _, err := e.hooks.Deliver(e.Context()); err != nil {
			e.Fatal(err)
		}
		got := e.told(h)
		if len(got) != 1 || got[0].Took || got[0].Type != "portal.visited" || got[0].Attempt != 1 || !strings.Contains(got[0].Why, "answered with 5") {
			e.Fatalf("after a no: %+v", got)
		}
		e.far.fail = 0
		e.clock.Advance(time.Minute)
		e.settle()
		if got := e.told(h); len(got) != 2 || !got[0].Took || got[0].Attempt != 2 || got[0].Call != got[1].Call || got[0].Why != "" {
			e.Errorf("after a yes: %+v", got)
		}
		for range 70 {
			e.clock.Advance(time.Second)
			e.happen(1, 1)
			e.settle()
		}
		if got := e.told(h); len(got) != Kept {
			e.Errorf("%d attempts are kept, want %d", len(got), Kept)
		}
		if err := e.hooks.Remove(e.Context(), hearth.System("test"), h.ID); err != nil {
			e.Fatal(err)
		}
		if got := e.told(h); len(got) != 0 {
			e.Errorf("of what was removed %d attempts are kept", len(got))
		}
	})
}

func TestATrialTellsOfNoEvent(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		if err := e.hooks.SwitchOff(e.Context(), hearth.System("test"), h.ID); err != nil {
			e.Fatal(err)
		}
		got, err := e.hooks.Try(e.Context(), h.ID)
		if err != nil || !got.Took || got.Type != Trial || e.far.calls != 1 || len(e.far.bad) > 0 {
			e.Errorf("tried: %+v %v, %d calls, %v", got, err, e.far.calls, e.far.bad)
		}
		e.far.gone = true
		if got, err = e.hooks.Try(e.Context(), h.ID); err != nil || got.Took || !strings.Contains(got.Why, "410") {
			e.Errorf("refused: %+v %v", got, err)
		}
		if now := e.hook(); now.Delivered != 0 || now.Waiting != 0 || !now.Failing.IsZero() || len(e.told(h)) != 2 || len(e.alerts) != 0 {
			e.Errorf("a trial counted: %+v", now)
		}
		if _, err := e.hooks.Try(e.Context(), "whk_none"); hearth.CodeOf(err) != hearth.CodeNotFound {
			e.Errorf("none tried: %v", err)
		}
	})
}

// What was put off for hours goes at once when somebody asks for it, or resumes.
func TestWhatWaitsIsTriedNow(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		late := func() {
			e.Helper()
			e.far.fail = 2
			e.happen(3, 3)
			if _, err := e.hooks.Feed(e.Context()); err != nil {
				e.Fatal(err)
			}
			for range 45 { // each time one of them is tried, and then waits for twice as long
				if _, err := e.hooks.Deliver(e.Context()); err != nil {
					e.Fatal(err)
				}
				e.clock.Advance(time.Hour)
			}
			if _, err := e.hooks.Deliver(e.Context()); err != nil {
				e.Fatal(err)
			}
			e.far.fail = 0
		}
		once := func(want int, after string) {
			e.Helper()
			e.far.taken = map[string]int{}
			for range 5 {
				if _, err := e.hooks.Deliver(e.Context()); err != nil {
					e.Fatal(err)
				}
			}
			if len(e.far.taken) != want {
				e.Errorf("%s: %d were told, want %d", after, len(e.far.taken), want)
			}
		}
		late()
		once(0, "nobody asked")
		if n, err := e.hooks.Hurry(e.Context(), h.ID); err != nil || n != 3 {
			e.Errorf("%d are tried now, %v", n, err)
		}
		once(3, "somebody asked")
		late()
		if err := e.hooks.SwitchOff(e.Context(), hearth.System("test"), h.ID); err != nil {
			e.Fatal(err)
		}
		if _, err := e.hooks.Hurry(e.Context(), h.ID); hearth.CodeOf(err) != hearth.CodeConflict {
			e.Errorf("hurried while off: %v", err)
		}
		if err := e.hooks.SwitchOn(e.Context(), hearth.System("test"), h.ID); err != nil {
			e.Fatal(err)
		}
		once(3, "resumed")
		if _, _, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: e.url, Types: []hearth.EventType{"portal.visited"}, Note: "once more"}); hearth.CodeOf(err) != hearth.CodeInvalid {
			e.Errorf("the same address with the same events: %v", err)
		}
	})
}
