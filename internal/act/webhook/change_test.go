package webhook

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

func (e *env) acts(id string) (out []Act) {
	e.Helper()
	err := e.hooks.DB.Read(e.Context(), func(tx *db.Tx) (err error) {
		out, err = Acts(e.Context(), tx, id, 100)
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	return out
}

func (e *env) set(h Hook, by hearth.Actor, c Change) Hook {
	e.Helper()
	got, err := e.hooks.Change(e.Context(), by, h.ID, c)
	if err != nil {
		e.Fatal(err)
	}
	return got
}

// What a program hears can be changed: its secret stays, and so does what waits, as far as it is to hear that still.
func TestWhatAWebhookHearsIsChanged(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		e.far.fail = 2 // always
		e.happen(4, 2)
		if _, err := e.hooks.Feed(e.Context()); err != nil {
			e.Fatal(err)
		}
		note, dana := "The owner's reports", hearth.Actor{Kind: "staff", ID: "stf_dana"}
		both := []hearth.EventType{"portal.visited", "workorder.opened"}
		if got := e.set(h, dana, Change{Types: &both, Note: &note}); !slices.Equal(got.Types, both) || got.Note != note || got.MadeBy.String() != h.MadeBy.String() {
			e.Errorf("changed: %+v", got)
		}
		if now := e.hook(); now.Waiting != 4 || now.secret != e.far.secret || !slices.Equal(now.Types, both) || now.Note != note {
			e.Errorf("after the change: %+v", now)
		}
		e.far.fail = 0
		e.clock.Advance(time.Hour)
		e.settle()
		if len(e.far.taken) != 4 || len(e.far.bad) > 0 || e.hook().Delivered != 4 {
			e.Errorf("%d of what waited were told, %v, %+v", len(e.far.taken), e.far.bad, e.hook())
		}
		// What it is to hear no more is not told, though it waited.
		e.far.fail = 2
		e.happen(4, 2)
		if _, err := e.hooks.Feed(e.Context()); err != nil {
			e.Fatal(err)
		}
		only := []hearth.EventType{"workorder.opened"}
		e.set(h, dana, Change{Types: &only})
		calls := e.far.calls
		e.clock.Advance(time.Hour)
		e.settle()
		if now := e.hook(); e.far.calls != calls || now.Waiting != 0 || now.Delivered != 4 {
			e.Errorf("%d calls were made of what it hears no more: %+v", e.far.calls-calls, now)
		}
		// The same again is no change.
		before := len(e.acts(h.ID))
		e.set(h, dana, Change{Types: &only, Note: &note, Properties: &[]hearth.PropertyID{}})
		if n := len(e.acts(h.ID)); n != before {
			e.Errorf("what changed nothing was noted")
		}
		for field, c := range map[string]Change{"types": {Types: &[]hearth.EventType{}}, "properties": {Properties: &[]hearth.PropertyID{"prp_none"}}} {
			var he *hearth.Error
			if _, err := e.hooks.Change(e.Context(), dana, h.ID, c); !errors.As(err, &he) || he.Field != field {
				e.Errorf("%s: %v", field, err)
			}
		}
		if _, err := e.hooks.Change(e.Context(), dana, h.ID, Change{Types: &[]hearth.EventType{"welfare.concern"}}); hearth.CodeOf(err) != hearth.CodeInvalid {
			e.Errorf("what is for a few only: %v", err)
		}
		if _, err := e.hooks.Change(e.Context(), dana, "whk_none", Change{Note: &note}); hearth.CodeOf(err) != hearth.CodeNotFound {
			e.Errorf("none changed: %v", err)
		}
	})
}

// Of which properties a program hears is decided by somebody: what is of another, and of none, it is not told, now or again.
func TestAWebhookHearsOfItsPropertiesOnly(t *testing.T) {
	each(t, func(e *env) {
		one, secret, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: e.url, Types: []hearth.EventType{"portal.visited"}, Properties: []hearth.PropertyID{"prp_1", "prp_1"}})
		if err != nil || !slices.Equal(one.Properties, []hearth.PropertyID{"prp_1"}) {
			e.Fatalf("%+v %v", one, err)
		}
		e.far.secret = secret
		e.happen(10, 4) // of either property
		e.settle()
		if len(e.far.taken) != 5 {
			e.Errorf("%d events were told, of 5 that are of its property", len(e.far.taken))
		}
		if n, err := e.hooks.Replay(e.Context(), one.ID, e.clock.Now().Add(-time.Hour)); err != nil || n != 5 {
			e.Errorf("told again: %d %v", n, err)
		}
		e.settle()
		for _, scope := range [][]hearth.PropertyID{nil, {"prp_0", "prp_1"}} {
			if _, _, err := e.hooks.Make(e.Context(), hearth.System("test"), Wish{URL: e.url, Types: one.Types, Properties: scope}); hearth.CodeOf(err) != hearth.CodeInvalid {
				e.Errorf("it would hear twice of one property: %v", err)
			}
		}
		// What waits of a property that it is to hear no more of is not told.
		e.far.fail = 2
		e.happen(10, 4)
		if _, err := e.hooks.Feed(e.Context()); err != nil {
			e.Fatal(err)
		}
		dana := hearth.Actor{Kind: "staff", ID: "stf_dana"}
		e.set(one, dana, Change{Properties: &[]hearth.PropertyID{"prp_0"}})
		e.far.fail, e.far.taken = 0, map[string]int{}
		e.clock.Advance(time.Hour)
		e.settle()
		if len(e.far.taken) != 0 {
			e.Errorf("%d events of a property that it hears no more of were told", len(e.far.taken))
		}
		// Of every one, those without a property too; whoever may not have it hear that is followed by who widened it.
		e.left = one.MadeBy.String()
		if got := e.set(one, dana, Change{Properties: &[]hearth.PropertyID{}}); got.MadeBy.String() != dana.String() {
			e.Errorf("it is still %s's", got.MadeBy)
		}
		e.happen(10, 4)
		e.settle()
		if len(e.far.taken) != 10 {
			e.Errorf("%d of 10 events were told", len(e.far.taken))
		}
	})
}

// Who added, changed, paused, resumed, removed a program is known afterwards, here and in the log.
func TestWhoDidWhatWithAWebhook(t *testing.T) {
	each(t, func(e *env) {
		h := e.make("portal.visited")
		dana := hearth.Actor{Kind: "staff", ID: "stf_dana", Name: "Dana Weiss"}
		must := func(err error) {
			e.Helper()
			if err != nil {
				e.Fatal(err)
			}
			e.clock.Advance(time.Minute)
		}
		e.clock.Advance(time.Minute)
		e.set(h, dana, Change{Properties: &[]hearth.PropertyID{"prp_0"}})
		e.clock.Advance(time.Minute)
		for range 2 { // the second does nothing
			must(e.hooks.SwitchOff(e.Context(), dana, h.ID))
		}
		for range 2 {
			must(e.hooks.SwitchOn(e.Context(), dana, h.ID))
		}
		_, err := e.hooks.Turn(e.Context(), dana, h.ID)
		must(err)
		e.far.gone = true
		e.happen(2, 2)
		e.settle()
		e.clock.Advance(time.Minute)
		must(e.hooks.Remove(e.Context(), dana, h.ID))
		got := e.acts(h.ID)
		slices.Reverse(got)
		want := []Did{Added, Altered, Paused, Resumed, NewSecret, Paused, Removed}
		if len(got) != len(want) {
			e.Fatalf("%d acts: %+v", len(got), got)
		}
		for i, a := range got {
			by := dana
			switch i {
			case 0:
				by = hearth.System("test")
			case 5:
				by = itself()
			}
			if a.Did != want[i] || a.Actor.String() != by.String() || a.Actor.Name != by.Name || a.Host == "" || (a.Why != "") != (i == 5) || i > 0 && !a.At.After(got[i-1].At) {
				e.Errorf("%d: %+v", i, a)
			}
		}
		var told []Deed
		var gone []Act
		err = e.hooks.DB.Read(e.Context(), func(tx *db.Tx) error {
			for part := range eventlog.Parts {
				events, err := e.hooks.Log.Read(e.Context(), tx, part, 0, 100)
				if err != nil {
					return err
				}
				for _, ev := range events {
					var d Deed
					if ev.Type != Changed {
						continue
					}
					if err := json.Unmarshal(ev.Data, &d); err != nil || ev.Actor.String() != d.By || ev.Subject.ID != h.ID {
						e.Errorf("%v: %+v", err, ev)
					}
					told = append(told, d)
				}
			}
			gone, err = Gone(e.Context(), tx, 10)
			return err
		})
		if err != nil || len(told) != len(want) || len(gone) != 1 || gone[0].Did != Removed {
			e.Errorf("%v: the log has %+v; removed are %+v", err, told, gone)
		}
	})
}
