package sim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sim/load"
	"hearth/internal/sim/world"
)

// Every event that a world or a load can tell is one that the catalog knows, about a subject that the type allows,
// with data that fits its schema.
func TestEventsFitTheCatalog(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	clock.Set((january() + 400).Start(time.UTC))
	log, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	types, told := map[string]int{}, map[string]bool{}
	check := func(e world.Event) {
		data, err := json.Marshal(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		subject, _ := hearth.ParseSubject(e.Subject)
		err = log.Check(&hearth.Event{ID: e.ID, Source: e.Source, Type: hearth.EventType(e.Type), Subject: subject, Time: e.Time, Data: data})
		if err != nil && !told[e.Type] {
			told[e.Type] = true // one report of each type is enough
			t.Errorf("%s about %s with %s: %v", e.Type, e.Subject, data, err)
		}
		types[e.Type]++
	}
	w := people(t, 1)
	for w.Today() < january()+390 {
		at := w.Today().Start(time.UTC)
		var fb world.Feedback
		for _, id := range []string{"T000001", "T000008", "T000020"} {
			fb.Messages = append(fb.Messages, world.Message{ID: id + at.String(), Resident: id, Class: hearth.ClassRelation,
				Channel: hearth.ChannelEmail, At: at})
		}
		out, err := w.Day(w.Today(), fb)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range out {
			if h.Event != nil {
				check(*h.Event)
			}
		}
	}
	make := load.Mixed("x", "test/load", []string{"resident/a", "resident/b"}, clock.Now)
	for n := range 100 {
		e := make(n)
		var data map[string]any
		if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
			t.Fatal(err)
		}
		check(world.Event{ID: e.ID, Source: e.Source, Type: e.Type, Subject: e.Subject, Time: e.Time, Data: data})
	}
	const expected = "arrears.changed contact.personal lease.moved_in lease.moved_out lease.notice_given lease.renewed message.clicked " +
		"message.received message.unsubscribed payment.recorded portal.visited preference.changed visit.recorded " +
		"workorder.cancelled workorder.completed workorder.opened workorder.reopened workorder.scheduled workorder.waiting"
	for _, name := range strings.Fields(expected) {
		if types[name] == 0 {
			t.Errorf("thirteen months of 50 homes told of no %s", name)
		}
	}
}
