package signal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hearth"
)

func anyHour(int) bool { return true }

// acts folds acts at local times, in their order.
func actsAt(z *time.Location, typ hearth.EventType, data string, times ...string) *State {
	s := &State{}
	for i, at := range times {
		t, err := time.ParseInLocation("2006-01-02 15:04", at, z)
		if err != nil {
			panic(err)
		}
		s.Fold(&hearth.Event{ID: fmt.Sprint(i), Type: typ, Time: t, Data: json.RawMessage(data)}, z)
	}
	return s
}

func TestHabit(t *testing.T) {
	z := zone(t)
	evenings := []string{"2026-05-01 18:10", "2026-05-05 18:40", "2026-05-09 19:05", "2026-05-20 18:20", "2026-06-01 09:00", "2026-06-10 18:59"}
	now := time.Date(2026, 6, 20, 12, 0, 0, 0, z)
	tests := []struct {
		name  string
		typ   hearth.EventType
		data  string
		times []string
		fits  func(int) bool
		now   time.Time
		want  Habit
		ok    bool
	}{
		{"replies in the evening", "message.received", `{"channel":"email"}`, evenings, anyHour, now, Habit{18, 5, 6}, true},
		{"clicks count", "message.clicked", `{}`, evenings, anyHour, now, Habit{18, 5, 6}, true},
		{"so do visits of the portal", "portal.visited", `{}`, evenings, anyHour, now, Habit{18, 5, 6}, true},
		{"opens do not: programs open too", "message.opened", `{}`, evenings, anyHour, now, Habit{}, false},
		{"nor calls, which are written down later", "message.received", `{"channel":"call"}`, evenings, anyHour, now, Habit{}, false},
		{"nor a STOP", "message.received", `{"channel":"sms","topic":"opt_out"}`, evenings, anyHour, now, Habit{}, false},
		{"five acts are too few", "portal.visited", `{}`, evenings[1:], anyHour, now, Habit{}, false},
		{"many on three days are too few days", "portal.visited", `{}`, []string{"2026-06-01 18:00", "2026-06-01 18:05", "2026-06-02 18:00", "2026-06-02 18:05", "2026-06-03 18:00", "2026-06-03 18:09"}, anyHour, now, Habit{}, false},
		{"at all hours is no habit", "portal.visited", `{}`, []string{"2026-06-01 08:30", "2026-06-02 11:00", "2026-06-03 13:05", "2026-06-04 15:00", "2026-06-05 18:05", "2026-06-06 20:00"}, anyHour, now, Habit{}, false},
		{"it fades", "portal.visited", `{}`, evenings, anyHour, now.AddDate(0, 0, 60), Habit{}, false},
		{"the newer acts count twice", "portal.visited", `{}`, []string{"2026-04-01 09:00", "2026-04-02 09:00", "2026-04-03 09:00", "2026-04-04 09:00", "2026-04-05 09:00",
			"2026-06-01 19:00", "2026-06-02 19:00", "2026-06-03 19:00", "2026-06-04 19:00"}, anyHour, now, Habit{19, 4, 9}, true},
		{"an hour that may not be named", "portal.visited", `{}`, evenings, func(h int) bool { return h < 17 }, now, Habit{}, false},
		{"dates without a time of day", "portal.visited", `{}`, []string{"2026-06-01 00:00", "2026-06-02 00:00", "2026-06-03 00:00", "2026-06-04 00:00", "2026-06-05 00:00", "2026-06-06 00:00"}, anyHour, now, Habit{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := NewView(actsAt(z, tt.typ, tt.data, tt.times...), tt.now, z).Habit(tt.fits)
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("got %+v, %v; want %+v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// The same acts learned in any order, with all others between them, give the same bytes and the same habit.
func TestHoursDoNotDependOnTheOrder(t *testing.T) {
	z := zone(t)
	r := rand.New(rand.NewPCG(7, 7))
	var times []time.Time
	for range 80 {
		times = append(times, time.Date(2026, 1, 1+r.IntN(200), r.IntN(24), 1+r.IntN(59), 0, 0, z))
	}
	var first []byte
	for n := range 20 {
		r.Shuffle(len(times), func(i, j int) { times[i], times[j] = times[j], times[i] })
		var h actHours
		for _, at := range times {
			h.acted(at, hearth.DayOf(at, z))
		}
		if len(h) > maxHours {
			t.Fatalf("%d acts are kept", len(h))
		}
		e := encoder{}
		e.hours(h)
		if n == 0 {
			first = e.b
		} else if !bytes.Equal(first, e.b) {
			t.Fatalf("another order gives other bytes")
		}
		d := decoder{b: e.b}
		if got := d.hours(); d.bad || len(got) != len(h) || got[len(got)-1] != h[len(h)-1] {
			t.Fatalf("read back %v, want %v", got, h)
		}
	}
}

func TestSurveysAsked(t *testing.T) {
	z := zone(t)
	s := actsAt(z, "message.sent", `{"purpose":"survey.repair","class":"service"}`, "2025-05-01 10:00", "2025-07-01 10:00", "2026-01-01 10:00")
	s.Fold(&hearth.Event{Type: "message.sent", Time: time.Date(2026, 2, 1, 9, 0, 0, 0, z), Data: json.RawMessage(`{"purpose":"surveyor.visit","class":"service"}`)}, z)
	if got := NewView(s, time.Date(2026, 6, 20, 12, 0, 0, 0, z), z).Asked(365); got != 2 {
		t.Errorf("%d surveys in a year, want 2", got)
	}
}
