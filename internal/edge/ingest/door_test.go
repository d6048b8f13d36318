package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/consent"
)

func TestParse(t *testing.T) {
	good := `{"specversion":"1.0","id":"e1","source":"yardi/oak","type":"portal.visited","subject":"resident/t1","time":"2026-03-01T10:00:00Z","data":{"a":1},"extension":5}`
	ce, err := ParseStructured([]byte(good))
	if err != nil || ce.Err != nil || ce.ID != "e1" || ce.Subject != "resident/t1" || string(ce.Data) != `{"a":1}` || ce.Time.IsZero() {
		t.Errorf("%+v, %v", ce, err)
	}
	for body, field := range map[string]string{
		`{"id":"e1","source":"s","type":"t"}`:                                                                         "specversion",
		`{"specversion":"0.3","id":"e1","source":"s","type":"t"}`:                                                     "specversion",
		`{"specversion":"1.0","source":"s","type":"t"}`:                                                               "id",
		`{"specversion":"1.0","id":7,"source":"s","type":"t"}`:                                                        "id",
		`{"specversion":"1.0","id":"e1","type":"t"}`:                                                                  "source",
		`{"specversion":"1.0","id":"e1","source":":","type":"t"}`:                                                     "source",
		`{"specversion":"1.0","id":"e1","source":"s"}`:                                                                "type",
		`{"specversion":"1.0","id":"e1","source":"s","type":"t","time":"yesterday"}`:                                  "time",
		`{"specversion":"1.0","id":"e1","source":"s","type":"t","datacontenttype":"text/xml","data":"<a/>"}`:          "datacontenttype",
		`{"specversion":"1.0","id":"e1","source":"s","type":"t","data_base64":"%%"}`:                                  "data_base64",
		`{"specversion":"1.0","id":"e1","source":"s","type":"t","data":{},"data_base64":"e30="}`:                      "data",
		`{"specversion":"1.0","id":"e1","source":"s","type":"t","datacontenttype":"text/plain","data_base64":"e30="}`: "datacontenttype",
	} {
		ce, err := ParseStructured([]byte(body))
		if err != nil || ce.Err == nil || ce.Err.Field != field || ce.Err.Code != hearth.CodeInvalid {
			t.Errorf("%s: %+v, %v; want field %s", body, ce.Err, err, field)
		}
	}
	for _, body := range []string{"", "null", "[1]", `"x"`, "{", `{"id":}`} {
		if _, err := ParseStructured([]byte(body)); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%q: %v", body, err)
		}
	}
	batch, err := ParseBatch([]byte(" [" + good + `,5,{"specversion":"1.0"}]`))
	if err != nil || len(batch) != 3 || batch[0].Err != nil || batch[1].Err == nil || batch[2].Err == nil {
		t.Errorf("batch %+v, %v", batch, err)
	}
	if _, err := ParseBatch([]byte("[" + strings.Repeat("1,", MaxBatch) + "1]")); hearth.CodeOf(err) != hearth.CodeTooLarge {
		t.Errorf("a large batch: %v", err)
	}
	h := http.Header{}
	for k, v := range map[string]string{"Specversion": "1.0", "Id": "e%201", "Source": "s", "Type": "portal.visited", "Subject": "resident/t1"} {
		h.Set("ce-"+k, v)
	}
	if ce := ParseBinary(h, []byte(`{"x":1}`)); ce.Err != nil || ce.ID != "e 1" || string(ce.Data) != `{"x":1}` {
		t.Errorf("binary %+v", ce)
	}
}

// No bytes upset the parsers.
func TestParseAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.StringMatching(`[\[{"]?[a-z"{}:,\[\] 0-9]{0,40}`), func(s string) []byte { return []byte(s) })).Draw(t, "body")
		if ce, err := ParseStructured(b); err == nil && ce.Err == nil && (ce.ID == "" || ce.Source == "" || ce.Type == "") {
			t.Fatalf("%q is an event without a name: %+v", b, ce)
		}
		ParseBatch(b)
	})
}

func TestDoorOutcomes(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		visit := e.event("v1", "portal.visited", "resident/t1", nil)
		twice := visit
		twice.Err = nil
		out := e.post(visit, twice, e.event("v2", "portal.visited", "resident/unknown", nil), e.event("v3", "no.such", "resident/t1", nil),
			e.event("v4", "message.received", "resident/t1", map[string]any{"channel": "pigeon", "text": "hi"}), e.event("v5", "portal.visited", "nonsense", nil),
			e.event("v6", "resident.added", "resident/t1", map[string]any{"role": "leaseholder", "primary": true}), CloudEvent{ID: "v7", Err: hearth.FieldErrorf("id", "No.")})
		want := []struct{ status, field string }{{Accepted, ""}, {Duplicate, ""}, {Parked, ""}, {Rejected, "type"}, {Rejected, "data.channel"}, {Rejected, "subject"}, {Rejected, "type"}, {Rejected, "id"}}
		for i, w := range want {
			field := ""
			if out[i].Err != nil {
				field = out[i].Err.Field
			}
			if out[i].Status != w.status || field != w.field {
				e.t.Errorf("event %d: %s %q %v, want %s %q", i, out[i].Status, field, out[i].Err, w.status, w.field)
			}
		}
		if out := e.post(visit, e.event("v2", "portal.visited", "resident/unknown", nil)); out[0].Status != Duplicate || out[1].Status != Duplicate {
			e.t.Errorf("told again: %+v", out)
		}
		if n := len(e.events("portal.visited")); n != 1 {
			e.t.Errorf("%d visits", n)
		}
	})
}

// Events that change a record go through it, once, and appear in the log under their own id.
func TestDoorChangesRecords(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		evs := []CloudEvent{
			e.event("n1", "lease.notice_given", "resident/t1", map[string]any{"move_out": "2026-05-14"}),
			e.event("p1", "preference.changed", "resident/t2", map[string]any{"name": "channel", "value": "portal"}),
			e.event("c1", "consent.changed", "resident/t2", map[string]any{"purpose": "", "channel": "sms", "allowed": true}),
			e.event("u1", "message.unsubscribed", "resident/t2", nil),
			e.event("m1", "message.received", "resident/t3", map[string]any{"channel": "email", "text": "Still no heat."}),
			e.event("t1", "tone.corrected", "resident/t3", map[string]any{"message": "m1", "tone": "neutral"}),
			e.event("w1", "workorder.opened", "workorder/W-9", map[string]any{"description": "No heat", "unit": "103"}),
			e.event("w2", "workorder.opened", "unit/102", map[string]any{"description": "Tap drips", "workorder": "W-10"}),
			e.event("w3", "workorder.completed", "workorder/W-10", map[string]any{"resolution": "New washer"}),
			e.event("r1", "lease.renewed", "unit/102", map[string]any{"start": "2026-07-01", "end": "2027-06-30", "rent": 1500.5}),
		}
		for round, status := range []string{Accepted, Duplicate} {
			for i, o := range e.post(evs...) {
				if o.Status != status {
					e.t.Errorf("round %d, event %s: %s %v", round, evs[i].ID, o.Status, o.Err)
				}
			}
		}
		ids := map[string]int{}
		for _, ev := range e.events() {
			ids[ev.ID]++
		}
		for _, ce := range evs {
			if ids[ce.ID] != 1 {
				e.t.Errorf("event %s stands %d times in the log", ce.ID, ids[ce.ID])
			}
		}
		e.read(func(tx *db.Tx) error {
			found, err := e.records.Find(context.Background(), tx, "resident", "t1", "pms")
			if err != nil || len(found) != 1 {
				e.t.Fatalf("%+v, %v", found, err)
			}
			l, err := e.records.LeaseOf(context.Background(), tx, hearth.ResidentID(found[0].ID))
			if l.MoveOut.String() != "2026-05-14" || l.NoticeOn == 0 {
				e.t.Errorf("lease %+v", l)
			}
			asked, errAsk := e.im.Consent.Check(context.Background(), tx, []consent.Ask{
				{Channel: hearth.ChannelEmail, AddressKey: "james@example.com", Purpose: message.PurposeDiscretionary, Class: hearth.ClassRelation},
				{Channel: hearth.ChannelSMS, AddressKey: "+15035550102", Purpose: "service", Class: hearth.ClassService}})
			if errAsk != nil || asked[0].Allowed || !asked[1].Allowed {
				e.t.Errorf("consent %+v, %v", asked, errAsk)
			}
			orders, err2 := e.orders.History(context.Background(), tx, l.Unit, hearth.ResidentID(found[0].ID), 10)
			if len(orders) != 0 {
				e.t.Errorf("orders of somebody else: %+v", orders)
			}
			if err == nil {
				err = err2
			}
			return err
		})
	})
}

// What a record refuses is rejected with its field and takes nothing of the others with it.
func TestDoorRefusalsAreAlone(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		out := e.post(e.event("a", "portal.visited", "resident/t1", nil), e.event("b", "workorder.completed", "unit/101", map[string]any{"resolution": "x"}),
			e.event("c", "lease.notice_given", "resident/t1", map[string]any{"move_out": "1999-01-01"}), e.event("d", "portal.visited", "resident/t2", nil))
		if out[0].Status != Accepted || out[1].Status != Rejected || out[2].Status != Rejected || out[3].Status != Accepted {
			e.t.Errorf("%+v", out)
		}
		if out[1].Err.Field != "data.workorder" || out[2].Err.Field != "data.move_out" {
			e.t.Errorf("fields %q, %q", out[1].Err.Field, out[2].Err.Field)
		}
		if n := len(e.events("portal.visited")); n != 2 {
			e.t.Errorf("%d visits", n)
		}
	})
}

func TestAmbiguousSubject(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		e.bring(column.Residents, strings.ReplaceAll(strings.ReplaceAll(directory, "Oak Court", "Elm House"), "@example", "@elm.example"),
			func(r *Request) { r.Property, r.Source = "Elm House", "other" })
		ce := e.event("x", "portal.visited", "unit/101", nil)
		ce.Source, ce.Type, ce.Data = "third", "workorder.opened", json.RawMessage(`{"description":"Tap drips"}`)
		out := e.post(ce)
		if out[0].Status != Rejected || out[0].Err.Code != CodeAmbiguous {
			e.t.Errorf("%+v", out[0])
		}
	})
}

// Events wait for their subject and are then applied in the order in which they came, with the age that they had.
func TestParkedEvents(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		bell := e.door.Bell().C()
		first := e.clock.Now()
		for _, id := range []string{"p1", "p2", "p3"} {
			if out := e.post(e.event(id, "message.received", "resident/t1", map[string]any{"channel": "email", "text": id})); out[0].Status != Parked {
				e.t.Fatalf("%+v", out)
			}
			e.clock.Advance(time.Second)
		}
		if more, err := e.door.Unpark(ctx); more || err != nil {
			e.t.Fatal(more, err)
		}
		e.clock.Advance(time.Hour)
		e.bring(column.Residents, directory)
		// The import rings; until Unpark ran, a newer event waits behind the older ones.
		select {
		case <-bell:
		default:
			e.t.Error("nobody rang")
		}
		if out := e.post(e.event("p4", "message.received", "resident/t1", map[string]any{"channel": "email", "text": "p4"})); out[0].Status != Parked {
			e.t.Fatalf("%+v", out)
		}
		for more := true; more; {
			var err error
			if more, err = e.door.Unpark(ctx); err != nil {
				e.t.Fatal(err)
			}
		}
		var got []string
		for _, ev := range e.events("message.received") {
			got = append(got, ev.ID)
			if ev.ID == "p1" && !ev.AsOf.Equal(first) {
				e.t.Errorf("p1 counts as of %s, it came %s", ev.AsOf, first)
			}
		}
		if strings.Join(got, " ") != "p1 p2 p3 p4" {
			e.t.Errorf("applied in the order %v", got)
		}
		e.read(func(tx *db.Tx) error {
			n, err := e.door.ParkedCount(ctx, tx)
			if n != 0 {
				e.t.Errorf("%d still parked", n)
			}
			return err
		})
	})
}

// A parked event that its record refuses stays for a person to see, and holds up nobody.
func TestParkedRefusal(t *testing.T) {
	each(t, func(e *env) {
		e.post(e.event("bad", "lease.notice_given", "resident/t1", map[string]any{"move_out": "1999-01-01"}), e.event("good", "portal.visited", "resident/t2", nil))
		e.bring(column.Residents, directory)
		if _, err := e.door.Unpark(context.Background()); err == nil || !strings.Contains(err.Error(), "bad") {
			e.t.Errorf("error = %v", err)
		}
		if n := len(e.events("portal.visited")); n != 1 {
			e.t.Error("the good one was held up")
		}
		e.read(func(tx *db.Tx) error {
			n, err := e.door.ParkedCount(context.Background(), tx)
			if n != 1 {
				e.t.Errorf("%d parked, want the refused one", n)
			}
			return err
		})
	})
}

func TestEventFiles(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		lines := `{"specversion":"1.0","id":"f1","source":"crm","type":"portal.visited","subject":"resident/t1","time":"2026-03-01T10:00:00Z"}

{"specversion":"1.0","id":"f2","source":"crm","type":"portal.visited","subject":"resident/t2","time":"soon"}
{"specversion":"1.0","id":"f3","source":"crm","type":"portal.visited","subject":"resident/nobody"}
`
		csv := "type,subject,time,channel,text\nmessage.received,resident/t3,2026-03-01 09:00,email,\"Hello, again\"\nvisit.recorded,resident/t1,,,\n"
		array := `[{"specversion":"1.0","id":"g1","source":"crm","type":"portal.visited","subject":"resident/t4"}]`
		for _, c := range []struct {
			text string
			want Counts
		}{{lines, Counts{Rows: 3, Added: 2, Quarantined: 1}}, {csv, Counts{Rows: 2, Added: 1, Quarantined: 1}}, {array, Counts{Rows: 1, Added: 1}}} {
			before := len(e.events())
			e.wantCounts(e.bring(column.Events, c.text, dry), c.want)
			if len(e.events()) != before {
				e.t.Error("a dry run left events")
			}
			e.wantCounts(e.bring(column.Events, c.text), c.want)
			again := c.want
			again.Added, again.Same = 0, again.Added
			e.wantCounts(e.bring(column.Events, c.text), again)
		}
	})
}

// A subject is remembered only for a moment: events follow a resident who moved to another property.
func TestDoorForgets(t *testing.T) {
	each(t, func(e *env) {
		where := func() hearth.PropertyID {
			var p hearth.PropertyID
			e.read(func(tx *db.Tx) error {
				found, err := e.records.Find(context.Background(), tx, "resident", "t1", "pms")
				p = found[0].Property
				return err
			})
			return p
		}
		e.bring(column.Residents, directory)
		before := where()
		e.post(e.event("a", "portal.visited", "resident/t1", nil))
		head, row, _ := strings.Cut(directory, "\n")
		row, _, _ = strings.Cut(row, "\n")
		row = strings.NewReplacer("Oak Court", "Elm House", "2023-05-15", "2026-02-01", "2025-05-15,2026-05-14", "2026-02-01,2027-01-31").Replace(row)
		e.bring(column.Residents, head+"\n"+row+"\n", func(r *Request) { r.Property = "Elm House" })
		after := where()
		if before == after {
			e.t.Fatal("nobody moved")
		}
		e.post(e.event("b", "portal.visited", "resident/t1", nil))
		for _, ev := range e.events("portal.visited") {
			if want := map[string]hearth.PropertyID{"a": before, "b": after}[ev.ID]; ev.Property != want {
				e.t.Errorf("%s belongs to %s, want %s", ev.ID, ev.Property, want)
			}
		}
	})
}
