package ingest

import (
	"context"
	"encoding/json"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// A contact is with somebody of the team, under one id whatever a source calls them; also one that waits for its resident.
func TestContactNamesTheTeam(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		var mia hearth.StaffID
		err := e.d.Write(context.Background(), func(tx *db.Tx) error {
			for _, told := range []record.Staff{{Name: "Mia Berg", Email: "mia@example.com", External: "7"}, {Name: "Tom Ash", Email: "tom@example.com"}, {Name: "Tom Ash", Email: "ash@example.com"}} {
				m, _, err := e.records.PutStaff(context.Background(), tx, record.News{Source: "pms"}, told)
				if err != nil {
					return err
				}
				if told.External != "" {
					mia = m.ID
				}
			}
			return nil
		})
		if err != nil {
			e.t.Fatal(err)
		}
		contact := func(id, subject, staff string) CloudEvent {
			return e.event(id, "contact.personal", subject, map[string]any{"staff": staff, "kind": "visit", "rooms": 3})
		}
		out := e.post(contact("c1", "resident/t1", string(mia)), contact("c2", "resident/t1", "7"), contact("c3", "resident/t1", "Mia Berg"), contact("c4", "resident/t2", "MIA@example.com"),
			contact("c5", "resident/t1", "nosuchstaff"), contact("c6", "resident/t1", "Tom Ash"), contact("c7", "resident/unknown", "7"), contact("c8", "resident/unknown", "nosuchstaff"))
		for i, want := range []string{Accepted, Accepted, Accepted, Accepted, Rejected, Rejected, Parked, Rejected} {
			if out[i].Status != want || (want == Rejected && (out[i].Err == nil || out[i].Err.Field != "data.staff")) {
				e.t.Errorf("contact %s: %s %v, want %s", out[i].ID, out[i].Status, out[i].Err, want)
			}
		}
		told := e.events("contact.personal")
		if len(told) != 4 {
			e.t.Fatalf("%d contacts, want 4", len(told))
		}
		for _, ev := range told {
			var data struct {
				Staff string
				Kind  string
				Rooms int
			}
			if err := json.Unmarshal(ev.Data, &data); err != nil || data.Staff != string(mia) || data.Kind != "visit" || data.Rooms != 3 {
				e.t.Errorf("%s tells %s, %v", ev.ID, ev.Data, err)
			}
		}
	})
}

// What only Hearth knows is refused from outside, before anything else about it is asked, and so are its own sources.
// Every other type of the catalog comes in: providers and connected systems need them.
func TestDoorTypesAndSources(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	e.bring(column.Residents, directory)
	for _, typ := range eventlog.Types() {
		ce := e.event("t-"+string(typ.Name), string(typ.Name), "resident/t1", nil)
		out := e.post(ce)[0]
		refused := out.Status == Rejected && out.Err.Field == "type"
		if refused != eventlog.Ours(typ.Name) {
			t.Errorf("%s: %s %v", typ.Name, out.Status, out.Err)
		}
	}
	for source, want := range map[string]string{"hearth/edge/ingest": Rejected, "hearth": Rejected, "Hearth/act/task": Rejected, "hearthstone/pms": Accepted, "pms/hearth": Accepted} {
		ce := e.event("s1", "portal.visited", "resident/t1", nil)
		ce.Source = source
		if out := e.post(ce)[0]; out.Status != want || want == Rejected && out.Err.Field != "source" {
			t.Errorf("source %s: %s %v, want %s", source, out.Status, out.Err, want)
		}
	}
}
