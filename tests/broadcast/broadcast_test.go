// Package broadcast tests, over the whole program on virtual time and both databases, that one thing said to many goes
// through the desk for each of them, and that it can be foretold, agreed to, and stopped.
package broadcast

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/broadcast"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// homes is the size of the community: two people each in every third home, two buildings of four floors.
const homes = 120

type house struct {
	*testing.T
	*app.App
	clock    *hearth.VirtualClock
	property hearth.PropertyID
	anna     hearth.Actor
	ben      hearth.Actor
}

// each runs a test in a community on each database.
func each(t *testing.T, f func(h *house)) {
	for name, cfg := range map[string]config.Config{"sqlite": {Data: t.TempDir()}, "postgres": {Database: dbtest.EmptyPostgresURL(t)}} {
		t.Run(name, func(t *testing.T) {
			clock := hearth.NewVirtualClock(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)) // ten in the morning in New York
			cfg.Org, cfg.Zone, cfg.Send, cfg.SecondPerson, cfg.Sink, cfg.MailConnections = "main", "America/New_York", "sink", 50, t.TempDir(), 4
			cfg.From = "office@oak.example"
			cfg.SMS, cfg.SMSFrom, cfg.TextPrice = "https://AC1@texts.example", "+12125550100", "0.0083 USD"
			a, err := app.Open(t.Context(), cfg, app.Options{Clock: clock, Random: rand.NewChaCha8([32]byte{1}), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			})
			h := &house{T: t, App: a, clock: clock, anna: hearth.Actor{Kind: "staff", ID: "anna", Name: "Anna"}, ben: hearth.Actor{Kind: "staff", ID: "ben", Name: "Ben"}}
			h.settle()
			f(h)
		})
	}
}

// settle imports the homes and who lives there.
func (h *house) settle() {
	h.Helper()
	var units, people strings.Builder
	units.WriteString("Unit,Building,Floor,Bedrooms\n")
	people.WriteString("Resident ID,Unit,Building,First Name,Last Name,Email,Phone,Status,Lease Start,Lease End,Move In\n")
	for i := range homes {
		building := []string{"North", "South"}[i%2]
		fmt.Fprintf(&units, "%d,%s,%d,2\n", 100+i, building, i%4)
		for p := range 1 + map[bool]int{true: 1}[i%3 == 0] {
			email := fmt.Sprintf("p%d.%d@home.example", i, p)
			if i%10 == 9 {
				email = "" // nobody can write to them
			}
			phone := ""
			if i%10 == 5 {
				phone = fmt.Sprintf("(212) 555-%04d", 2*i+p) // nobody has agreed to texts
			}
			fmt.Fprintf(&people, "r%d.%d,%d,%s,First%d,Last%d,%s,%s,Current,2025-06-01,2026-12-31,2025-06-01\n", i, p, 100+i, building, p, i, email, phone)
		}
	}
	for _, x := range []struct {
		kind column.Kind
		text string
	}{{column.Units, units.String()}, {column.Residents, people.String()}} {
		path := filepath.Join(h.TempDir(), string(x.kind)+".csv")
		if err := os.WriteFile(path, []byte(x.text), 0o600); err != nil {
			h.Fatal(err)
		}
		rep, err := h.Importer.Run(h.Context(), ingest.Request{Property: "Oak Court", Zone: "America/New_York", Source: "pms", Kind: x.kind, Files: []string{path}, Actor: hearth.System("test")})
		if err != nil {
			h.Fatal(err)
		}
		h.property = rep.Property
	}
	h.drain()
}

func (h *house) drain() {
	h.Helper()
	if err := h.Engine.Drain(h.Context()); err != nil {
		h.Fatal(err)
	}
}

// water is a plan that everybody may hear.
func (h *house) water(with ...func(p *broadcast.Plan)) broadcast.Plan {
	p := broadcast.Plan{Property: h.property, Title: "Water off on Tuesday", Class: hearth.ClassPromise, Purpose: "water.off",
		Texts: map[string]broadcast.Text{
			"en": {Subject: "No water on Tuesday morning", Body: "On Tuesday from nine to noon there is no water.\n\n{{ property.name }}"},
			"es": {Subject: "Sin agua el martes por la mañana", Body: "El martes de nueve a doce no hay agua.\n\n{{ property.name }}"},
		}}
	for _, w := range with {
		w(&p)
	}
	return p
}

func (h *house) make(p broadcast.Plan) broadcast.Broadcast {
	h.Helper()
	b, err := h.Broadcasts.Make(h.Context(), h.anna, p)
	if err != nil {
		h.Fatal(err)
	}
	return b
}

func (h *house) result(id string) (broadcast.Broadcast, broadcast.Result) {
	h.Helper()
	b, r, err := h.Broadcast(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	return b, r
}

func (h *house) write(f func(tx *db.Tx) error) {
	h.Helper()
	if err := h.DB.Write(h.Context(), f); err != nil {
		h.Fatal(err)
	}
}

func TestWhatIsForetoldIsWhatHappens(t *testing.T) {
	each(t, func(h *house) {
		b := h.make(h.water())
		f, err := h.Broadcasts.Foretell(h.Context(), b.ID, nil)
		if err != nil {
			h.Fatal(err)
		}
		// Of 160 people sixteen have no address: they are a task for a person; the second of a home hears it too, under an address of their own.
		if f.People != 160 || f.Homes != homes || !f.Second || f.Outcomes["sent"] != 144 || f.Channels[hearth.ChannelEmail] != 144 {
			h.Errorf("foretold %+v", f)
		}
		if len(f.Left) != 1 {
			h.Errorf("left out for one reason, told as %+v", f.Left)
		}
		left := 0
		for _, l := range f.Left {
			left += l.Count
			if l.Reason == "" || len(l.Some) == 0 {
				h.Errorf("left out without a reason or an example: %+v", l)
			}
		}
		if left != 16 {
			h.Errorf("%d left out, want the 16 without an address: %+v", left, f.Left)
		}
		if _, r := h.result(b.ID); len(r.States) != 0 {
			h.Errorf("a look left %v", r.States)
		}
		if b, err = h.Broadcasts.Send(h.Context(), h.anna, b.ID); err != nil || b.State != broadcast.Asked {
			h.Fatalf("sent to 160 people by one person: %s, %v; want asked", b.State, err)
		}
		h.drain()
		if _, r := h.result(b.ID); len(r.States) != 0 {
			h.Errorf("before the second person's yes: %v", r.States)
		}
		if _, err := h.Broadcasts.Approve(h.Context(), h.anna, b.ID); hearth.CodeOf(err) != hearth.CodeForbidden {
			h.Errorf("the one who sent it said yes as the second person: %v", err)
		}
		if _, err := h.Broadcasts.Approve(h.Context(), h.ben, b.ID); err != nil {
			h.Fatal(err)
		}
		h.drain()
		got, r := h.result(b.ID)
		if got.State != broadcast.Done || got.Next != 160 || r.Waiting != 0 || r.States[message.Queued] != 144 || r.States[broadcast.HandedOver] != 16 {
			h.Errorf("%s, %d of %d, %v", got.State, got.Next, got.People, r.States)
		}
		if got.AskedBy.ID != "anna" || got.ApprovedBy.ID != "ben" {
			h.Errorf("sent by %v, approved by %v", got.AskedBy, got.ApprovedBy)
		}
		h.byHand(16)
		if _, err := h.Broadcasts.Send(h.Context(), h.anna, b.ID); hearth.CodeOf(err) != hearth.CodeConflict {
			h.Errorf("sent a second time: %v", err)
		}
		// The same purpose to the same people was said already.
		again := h.make(h.water(func(p *broadcast.Plan) { p.Texts = map[string]broadcast.Text{"en": p.Texts["en"]} }))
		if f, err = h.Broadcasts.Foretell(h.Context(), again.ID, nil); err != nil {
			h.Fatal(err)
		}
		h.Logf("said again under the same purpose: %v", f.Outcomes)
	})
}

// byHand checks that one task names the people who could not be reached.
func (h *house) byHand(want int) {
	h.Helper()
	err := h.DB.Read(h.Context(), func(tx *db.Tx) error {
		tasks, _, err := h.Tasks.List(h.Context(), tx, task.Filter{Property: h.property}, "", 100)
		if len(tasks) != 1 || len(tasks[0].Context.Facts) != want || !strings.Contains(tasks[0].Title, "Water off on Tuesday") {
			h.Errorf("%d tasks, want one that names %d people", len(tasks), want)
		}
		for _, t := range tasks {
			for _, f := range t.Context.Facts {
				if f.Name == "" || f.Value == "" {
					h.Errorf("somebody stands there without name or reason: %+v", f)
				}
			}
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}

func TestWhoIsMeant(t *testing.T) {
	each(t, func(h *house) {
		tests := []struct {
			name     string
			audience broadcast.Audience
			want     int
		}{
			{"everybody", broadcast.Audience{}, 160},
			{"a building", broadcast.Audience{Buildings: []string{"north"}}, 80},
			{"a floor of it", broadcast.Audience{Buildings: []string{"North"}, Floors: []string{"2"}}, 40},
			{"a floor that the building lacks", broadcast.Audience{Buildings: []string{"North"}, Floors: []string{"1"}}, 0},
			{"homes", broadcast.Audience{Units: []string{"100", " 101 "}}, 3},
			{"a segment", broadcast.Audience{Segment: "waits_long"}, 0},
		}
		for _, tt := range tests {
			b := h.make(h.water(func(p *broadcast.Plan) { p.Audience = tt.audience }))
			f, err := h.Broadcasts.Foretell(h.Context(), b.ID, nil)
			if err != nil || f.People != tt.want {
				h.Errorf("%s: %d people, %v; want %d", tt.name, f.People, err, tt.want)
			}
			if tt.want == 0 {
				if _, err := h.Broadcasts.Send(h.Context(), h.anna, b.ID); hearth.CodeOf(err) != hearth.CodeInvalid {
					h.Errorf("%s: sent to nobody: %v", tt.name, err)
				}
			}
		}
		for field, p := range map[string]broadcast.Plan{
			"audience.buildings": h.water(func(p *broadcast.Plan) { p.Audience.Buildings = []string{"West"} }),
			"audience.floors":    h.water(func(p *broadcast.Plan) { p.Audience.Floors = []string{"9"} }),
			"audience.units":     h.water(func(p *broadcast.Plan) { p.Audience.Units = []string{"999"} }),
			"audience.segment":   h.water(func(p *broadcast.Plan) { p.Audience.Segment = "nobody" }),
			"audience.residents": h.water(func(p *broadcast.Plan) { p.Audience.Residents = []hearth.ResidentID{"res_nobody"} }),
			"class":              h.water(func(p *broadcast.Plan) { p.Class = hearth.ClassAnswer }),
			"title":              h.water(func(p *broadcast.Plan) { p.Title = " " }),
			"texts":              h.water(func(p *broadcast.Plan) { delete(p.Texts, "en") }),
			"channel":            h.water(func(p *broadcast.Plan) { p.Channel = "fax" }),
			"expires":            h.water(func(p *broadcast.Plan) { p.About, p.Expires = time.Time{}, h.clock.Now().Add(-time.Minute) }),
			"texts.": h.water(func(p *broadcast.Plan) {
				p.Texts["en"] = broadcast.Text{Subject: "Hello {{ resident.name }}", Body: "Dear {{ resident.name }}, this is for everybody."}
			}),
		} {
			_, err := h.Broadcasts.Make(h.Context(), h.anna, p)
			if hearth.CodeOf(err) != hearth.CodeInvalid || fieldOf(err) != strings.TrimRight(field, ".") || strings.Contains(err.Error(), "broadcast-") {
				h.Errorf("%q: %v (field %q)", field, err, fieldOf(err))
			}
		}
		// An empty list means nobody, and never everybody.
		for _, none := range []broadcast.Audience{{Buildings: []string{}}, {Floors: []string{}}, {Units: []string{}}, {Residents: []hearth.ResidentID{}}} {
			if _, err := h.Broadcasts.Make(h.Context(), h.anna, h.water(func(p *broadcast.Plan) { p.Audience = none })); hearth.CodeOf(err) != hearth.CodeInvalid {
				h.Errorf("%+v: %v, want it refused", none, err)
			}
		}
	})
}

// Who was named and is not meant is left out with a reason, and never passed over in silence.
func TestWhoIsNamedAndNotMeant(t *testing.T) {
	each(t, func(h *house) {
		path := filepath.Join(h.TempDir(), "more.csv")
		text := "Resident ID,Unit,Building,First Name,Last Name,Email,Status,Lease Start,Lease End,Move In,Household Role\n" +
			"g1,100,North,Gus,Grant,gus@home.example,Current,2025-06-01,2026-12-31,2025-06-01,Guarantor\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			h.Fatal(err)
		}
		if _, err := h.Importer.Run(h.Context(), ingest.Request{Property: "Oak Court", Source: "more", Kind: column.Residents, Files: []string{path}, Actor: hearth.System("test")}); err != nil {
			h.Fatal(err)
		}
		h.drain()
		named := make([]hearth.ResidentID, 3)
		if err := h.DB.Read(h.Context(), func(tx *db.Tx) error {
			ids, err := h.Records.ResidentsAt(h.Context(), tx, h.property)
			if err != nil {
				return err
			}
			contacts, err := h.Records.Contacts(h.Context(), tx, ids)
			for id, c := range contacts {
				if i := slices.Index([]string{"gus@home.example", "p0.0@home.example", "p1.0@home.example"}, c.Email); i >= 0 {
					named[i] = id
				}
			}
			return err
		}); err != nil {
			h.Fatal(err)
		}
		b := h.make(h.water(func(p *broadcast.Plan) {
			p.Audience = broadcast.Audience{Residents: slices.Concat(named, named[:1]), Units: []string{"100"}}
		}))
		f, err := h.Broadcasts.Foretell(h.Context(), b.ID, nil)
		if err != nil || f.People != 1 || len(f.Left) != 2 {
			h.Fatalf("%+v, %v: want one of the three, and two reasons", f, err)
		}
		for _, l := range f.Left {
			guarantor := strings.Contains(l.Reason, "guarantor")
			if l.Count != 1 || guarantor != (l.Some[0] == named[0]) || !guarantor && l.Some[0] != named[2] {
				h.Errorf("%+v: %v were named", l, named)
			}
		}
	})
}

func fieldOf(err error) string {
	var he *hearth.Error
	if errors.As(err, &he) {
		return he.Field
	}
	return ""
}

func TestEachHearsItUnderTheirOwnRules(t *testing.T) {
	each(t, func(h *house) {
		var ids []hearth.ResidentID
		err := h.DB.Read(h.Context(), func(tx *db.Tx) (err error) {
			ids, err = h.Records.ResidentsAt(h.Context(), tx, h.property)
			return err
		})
		if err != nil {
			h.Fatal(err)
		}
		slices.Sort(ids)
		var said string
		h.write(func(tx *db.Tx) error {
			c, err := h.Records.Contacts(h.Context(), tx, ids)
			if err != nil {
				return err
			}
			for _, id := range slices.Sorted(maps.Keys(c)) {
				if c[id].Email == "" {
					continue
				}
				said = string(id)
				return h.Consent.Set(h.Context(), tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: c[id].EmailKey, Purpose: consent.Discretionary,
					Resident: id, Property: h.property, Source: "test", Evidence: "no more", Actor: hearth.Actor{Kind: "resident", ID: string(id)}})
			}
			return nil
		})
		party := func(p *broadcast.Plan) {
			p.Class, p.Purpose, p.Title = hearth.ClassRelation, "party", "Summer party"
			p.Texts = map[string]broadcast.Text{"en": {Subject: "Summer party", Body: "On Saturday we eat together in the yard."}}
		}
		b := h.make(h.water(party))
		f, err := h.Broadcasts.Foretell(h.Context(), b.ID, nil)
		if err != nil {
			h.Fatal(err)
		}
		// Those without an address are not written to about a party, and nobody takes it over.
		if f.Outcomes["sent"] != 143 || f.Outcomes["dropped"]+f.Outcomes["handed over"] != 17 {
			h.Errorf("foretold %v, %+v", f.Outcomes, f.Left)
		}
		found := false
		for _, l := range f.Left {
			found = found || slices.Contains(l.Some, hearth.ResidentID(said))
		}
		if !found {
			h.Errorf("who wants no such messages is not among those left out: %+v", f.Left)
		}
		h.tested(b.ID, hearth.ResidentID(said))
		h.clock.Set(time.Date(2026, 3, 3, 4, 30, 0, 0, time.UTC)) // half past eleven at night
		if f, err = h.Broadcasts.Foretell(h.Context(), b.ID, nil); err != nil || f.Outcomes["held"] != 143 || f.Until.IsZero() {
			h.Errorf("at night: %v until %s, %v; want 143 held", f.Outcomes, f.Until, err)
		}
		text, err := h.Broadcasts.Show(h.Context(), b.ID, hearth.ResidentID(said), "")
		if err != nil || !strings.HasPrefix(text, "Summer party\n") {
			h.Errorf("shown: %q, %v", text, err)
		}
	})
}

// tested sends a test to somebody of the team, and looks that only they get it.
func (h *house) tested(id string, as hearth.ResidentID) {
	h.Helper()
	var staff record.Staff
	h.write(func(tx *db.Tx) (err error) {
		staff, _, err = h.Records.PutStaff(h.Context(), tx, record.News{Source: "test", Actor: hearth.System("test")}, record.Staff{Name: "Dana Fox", Email: "dana@oak.example"})
		return err
	})
	msg, err := h.Broadcasts.Test(h.Context(), id, as, staff.ID)
	if err != nil {
		h.Fatal(err)
	}
	m, err := h.OpenMail(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	defer m.Close(h.Context())
	if err := m.Drain(h.Context()); err != nil {
		h.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(h.Config.Sink, "*", "*.eml"))
	if err != nil || len(files) != 1 {
		h.Fatalf("%d mails, %v; want the test alone", len(files), err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || !strings.Contains(string(text), "dana@oak.example") || !strings.Contains(string(text), "[Test] Summer party") {
		h.Errorf("the test is %s, %v", text, err)
	}
	err = h.DB.Read(h.Context(), func(tx *db.Tx) error {
		got, err := h.Messages.Get(h.Context(), tx, msg)
		if got.State != message.Sent || got.Resident != "" {
			h.Errorf("the test is %s for %q", got.State, got.Resident)
		}
		return err
	})
	if err != nil {
		h.Error(err)
	}
	h.drain() // its event concerns no resident
}

func TestItCanBeStoppedHalfWay(t *testing.T) {
	each(t, func(h *house) {
		b := h.make(h.water())
		if _, err := h.Broadcasts.Send(h.Context(), h.anna, b.ID); err != nil {
			h.Fatal(err)
		}
		if _, err := h.Broadcasts.Approve(h.Context(), h.ben, b.ID); err != nil {
			h.Fatal(err)
		}
		if _, err := h.Engine.RunBatch(h.Context(), eventlog.PartOf(h.property)); err != nil { // one lot
			h.Fatal(err)
		}
		half, r := h.result(b.ID)
		if half.State != broadcast.Running || half.Next != broadcast.LotSize || r.Waiting != 160-broadcast.LotSize {
			h.Fatalf("after one lot: %s, %d put to the desk", half.State, half.Next)
		}
		stopped, taken, err := h.Broadcasts.Stop(h.Context(), h.ben, b.ID)
		if err != nil || stopped.State != broadcast.Stopped || taken == 0 {
			h.Fatalf("stopped: %s, %d taken back, %v", stopped.State, taken, err)
		}
		h.drain()
		got, r := h.result(b.ID)
		if got.Next != broadcast.LotSize || r.States[message.Queued] != 0 || r.States[message.Dropped] != broadcast.LotSize {
			h.Errorf("after the stop: %d put to the desk, %v", got.Next, r.States)
		}
		m, err := h.OpenMail(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		if err := m.Drain(h.Context()); err != nil {
			h.Fatal(err)
		}
		if err := m.Close(h.Context()); err != nil {
			h.Fatal(err)
		}
		if n := m.Stats().Sent; n != 0 {
			h.Errorf("%d mails went out after the stop", n)
		}
		if _, again, err := h.Broadcasts.Stop(h.Context(), h.ben, b.ID); err != nil || again != 0 {
			h.Errorf("stopped twice: %d, %v", again, err)
		}
	})
}

// A process that dies while people are written down leaves a broadcast that goes on.
func TestItGoesOnAfterADeath(t *testing.T) {
	each(t, func(h *house) {
		b := h.make(h.water())
		h.write(func(tx *db.Tx) error {
			_, err := tx.Exec(h.Context(), "UPDATE broadcasts SET state = 'gathering' WHERE org = $1 AND id = $2", tx.Org(), b.ID)
			return err
		})
		h.write(func(tx *db.Tx) error {
			_, err := tx.Exec(h.Context(), "UPDATE broadcasts SET started = $1 WHERE org = $2 AND id = $3", tx.Now(), tx.Org(), b.ID)
			return err
		})
		if err := h.Broadcasts.Resume(h.Context()); err != nil {
			h.Fatal(err)
		}
		if got, _ := h.result(b.ID); got.State != broadcast.Gathering {
			h.Errorf("%s while the one who began may still be at it", got.State)
		}
		h.clock.Advance(5 * time.Minute)
		if err := h.Broadcasts.Resume(h.Context()); err != nil {
			h.Fatal(err)
		}
		h.drain()
		got, r := h.result(b.ID)
		if got.State != broadcast.Done || r.States[message.Queued] != 144 {
			h.Errorf("%s, %v", got.State, r.States)
		}
		err := h.DB.Read(h.Context(), func(tx *db.Tx) error {
			list, err := broadcast.People(h.Context(), tx, b.ID, 0, message.Queued, 500)
			if len(list) != 144 || list[0].Channel != hearth.ChannelEmail {
				h.Errorf("%d listed as queued", len(list))
			}
			return err
		})
		if err != nil {
			h.Error(err)
		}
	})
}

// What waited and then cannot be said by a machine is one task about all whom it concerns, by name, and not one for each.
func TestWhoCannotBeReachedAfterAWaitIsInOneTask(t *testing.T) {
	each(t, func(h *house) {
		pause := care.Pause{What: care.Property, Target: string(h.property), Reason: "The lines are being moved."}
		h.write(func(tx *db.Tx) (err error) {
			pause, err = h.Engine.Pause(h.Context(), tx, hearth.System("test"), pause)
			return err
		})
		until := h.clock.Now().Add(6 * time.Hour)
		b := h.make(h.water(func(p *broadcast.Plan) { p.Class, p.Expires = hearth.ClassService, until }))
		if _, err := h.Broadcasts.Send(h.Context(), h.anna, b.ID); err != nil {
			h.Fatal(err)
		}
		if _, err := h.Broadcasts.Approve(h.Context(), h.ben, b.ID); err != nil {
			h.Fatal(err)
		}
		h.drain()
		if _, r := h.result(b.ID); r.States[message.Held] != 160 {
			h.Fatalf("while the property is paused: %v", r.States)
		}
		h.clock.Set(until.Add(time.Minute))
		h.write(func(tx *db.Tx) error {
			_, err := h.Engine.Resume(h.Context(), tx, h.anna, pause.ID)
			return err
		})
		h.drain()
		h.answerReview("go")
		_, r := h.result(b.ID)
		unreached := r.States[broadcast.HandedOver]
		if r.States[message.Held] != 0 || unreached < 10 || unreached+r.States[message.Queued] != 160 {
			h.Errorf("afterwards: %v", r.States)
		}
		late := 0
		err := h.DB.Read(h.Context(), func(tx *db.Tx) error {
			all, _, err := h.Tasks.List(h.Context(), tx, task.Filter{Property: h.property}, "", 500)
			for _, x := range all {
				if x.State.Closed() {
					continue
				}
				late++
				if len(x.Context.Facts) != unreached || x.Resident != "" || !strings.Contains(x.Context.Facts[0].Value, "no address on record") || x.Context.Facts[0].Name == x.Context.Facts[1].Name {
					h.Errorf("the task about %d of %d is %+v", len(x.Context.Facts), unreached, x)
				}
			}
			return err
		})
		if err != nil || late != 1 {
			h.Errorf("%d tasks, %v; want one", late, err)
		}
	})
}

// answerReview says what is to happen with everything that came too late.
func (h *house) answerReview(what string) {
	h.Helper()
	h.write(func(tx *db.Tx) error {
		all, _, err := h.Tasks.List(h.Context(), tx, task.Filter{Property: h.property}, "", 10)
		if err != nil || len(all) != 1 {
			h.Fatalf("%d tasks, %v; want the one that asks", len(all), err)
		}
		return h.Tasks.Done(h.Context(), tx, hearth.System("test"), all[0].ID, map[string]string{"rest": what})
	})
	h.drain()
	for range 8 { // they come back in doses, so many a day
		h.clock.Advance(24 * time.Hour)
		h.drain()
	}
}

// By text message the forecast tells what it costs.
func TestWhatTextsCost(t *testing.T) {
	each(t, func(h *house) {
		agreed := 0
		h.write(func(tx *db.Tx) error {
			ids, err := h.Records.ResidentsAt(h.Context(), tx, h.property)
			if err != nil {
				return err
			}
			c, err := h.Records.Contacts(h.Context(), tx, ids)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if c[id].Phone == "" {
					continue
				}
				agreed++
				err := h.Consent.Set(h.Context(), tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: c[id].PhoneKey, Allowed: true, Resident: id, Property: h.property,
					Source: "test", Evidence: "said yes", Actor: h.anna})
				if err != nil {
					return err
				}
			}
			return nil
		})
		b := h.make(h.water(func(p *broadcast.Plan) { p.Channel = hearth.ChannelSMS }))
		f, err := h.Broadcasts.Foretell(h.Context(), b.ID, nil)
		if err != nil || agreed < 12 || f.Channels[hearth.ChannelSMS] != agreed || f.Segments < agreed {
			h.Fatalf("%d agreed; foretold %+v, %v", agreed, f, err)
		}
		if want := fmt.Sprintf("%.2f USD", 0.0083*float64(f.Segments)); f.Cost != want {
			h.Errorf("%d parts cost %q, want %q", f.Segments, f.Cost, want)
		}
	})
}
