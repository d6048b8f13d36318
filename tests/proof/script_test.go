package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// script does one thing after another to a program, by chance, and writes down what each came to. The same seed asks for
// the same of every program.
type script struct {
	*program
	r     *rand.Rand
	said  []string // what each operation came to
	n     int      // of names given
	files string   // where exports are put to be imported; its name is this run's alone
}

// properties of the script, and how many homes each has.
const (
	scriptHomes = 8
	scriptFile  = "tenant_id,tenant_name,first_name,last_name,email,phone,mobile_phone,unit,unit_id,property_name,occupancy_id,status,lease_from,lease_to,move_in,move_out,notice_given_date\n"
)

func scriptProperties() []string { return []string{"Oak Court", "Elm House", "Ash Row"} }

func newScript(p *program, seed uint64) *script {
	p.t.Helper()
	s := &script{program: p, r: rand.New(chance(seed, "script")), files: p.t.TempDir()}
	for i, name := range scriptProperties() {
		s.write(func(ctx context.Context, tx *db.Tx) error {
			at, _, err := s.app.Records.PutProperty(ctx, tx, record.News{Source: source}, record.Property{Name: name, City: "Albany", State: "NY",
				Zip: "12207", Zone: "America/New_York", ZoneConfirmed: true})
			if err != nil {
				return err
			}
			for n, role := range []hearth.Role{hearth.RoleLeasing, hearth.RoleSupervisor, hearth.RoleManager, hearth.RoleTechnician} {
				_, _, err := s.app.Records.PutStaff(ctx, tx, record.News{Source: source}, record.Staff{Name: fmt.Sprintf("Staff %d of %d", n, i),
					Roles: []record.StaffRole{{Property: at.ID, Role: role}}})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	for i := range scriptProperties() {
		s.must(s.bring(i, scriptHomes))
	}
	s.settle(0)
	for _, id := range []string{"service-first", "package-waiting", "package-forgotten", "amenity-visit", "notice-given", "quiet-resident",
		"service-wait", "repeat-issue", "renewal-window", "tone-shift"} {
		if _, ok := s.app.Library[hearth.PlaybookID(id)]; ok {
			_, err := s.app.Activate(s.ctx(), id, 5)
			s.must(err)
		}
	}
	for _, text := range scriptPlaybooks() {
		_, err := s.app.Engine.Activate(s.ctx(), []byte(text), 3)
		s.must(err)
	}
	s.settle(0)
	return s
}

// run does n things and lets everything come to rest.
func (s *script) run(n int) {
	s.t.Helper()
	for i := range n {
		s.clock.Advance(time.Duration(1+s.r.IntN(60_000)) * time.Millisecond) // no two things at once
		what, err := s.one()
		code := string(hearth.CodeOf(err))
		if err != nil && !own(err) {
			s.t.Fatalf("operation %d, %s: %v", i, what, err)
		}
		s.said = append(s.said, fmt.Sprintf("%d %s: %s", i, what, code))
		if s.r.IntN(2) == 0 {
			s.settle(0)
		}
	}
	s.clock.Advance(48 * time.Hour)
	s.settle(0)
}

// one does one thing.
func (s *script) one() (what string, err error) {
	switch n := s.r.IntN(100); {
	case n < 45:
		return s.event()
	case n < 55:
		return s.home()
	case n < 58:
		at := s.r.IntN(len(scriptProperties()))
		return "import", s.bring(at, scriptHomes)
	case n < 72:
		return s.task()
	case n < 76:
		return s.pause()
	case n < 80:
		return s.situation()
	case n < 83:
		return s.merge()
	case n < 85:
		return s.review()
	}
	by := []time.Duration{10 * time.Minute, time.Hour, 5 * time.Hour, 26 * time.Hour, 80 * time.Hour, -time.Hour}[s.r.IntN(6)]
	s.settle(0)
	s.clock.Advance(by)
	s.settle(0)
	return "clock by " + by.String(), nil
}

// who gives a name by which the source calls somebody; a few are unknown.
func (s *script) who() string {
	return fmt.Sprintf("t%d-%d", s.r.IntN(len(scriptProperties())), s.r.IntN(scriptHomes+1))
}

func (s *script) event() (string, error) {
	day := hearth.DayOf(s.clock.Now(), time.UTC)
	order := fmt.Sprintf("W-%d", s.r.IntN(30))
	kinds := []struct {
		typ, subject string
		data         map[string]any
	}{
		{"portal.visited", "", map[string]any{}},
		{"package.arrived", "", map[string]any{"count": s.r.IntN(3) + 1}},
		{"package.collected", "", map[string]any{}},
		{"amenity.booked", "", map[string]any{"amenity": "Hall", "start": s.clock.Now().Add(50 * time.Hour).Format(time.RFC3339),
			"end": s.clock.Now().Add(53 * time.Hour).Format(time.RFC3339)}},
		{"workorder.opened", "", map[string]any{"description": "The tap drips", "category": []string{"plumbing", "pest", "hvac"}[s.r.IntN(3)],
			"priority": []string{"routine", "urgent"}[s.r.IntN(2)], "workorder": order}},
		{"workorder.completed", "workorder/" + order, map[string]any{"resolution": "Done"}},
		{"workorder.reopened", "workorder/" + order, map[string]any{"reason": "It drips again"}},
		{"workorder.cancelled", "workorder/" + order, map[string]any{"reason": "Not needed"}},
		{"message.received", "", map[string]any{"channel": "email", "text": []string{"Thank you, all is well.", "Nobody came again, this is not okay."}[s.r.IntN(2)]}},
		{"contact.personal", "", map[string]any{"staff": "Staff 0 of 0", "kind": "visit"}},
		{"lease.notice_given", "", map[string]any{"move_out": (day + 40).String()}},
		{"lease.notice_withdrawn", "", map[string]any{}},
		{"lease.renewed", "", map[string]any{"start": (day + 100).String(), "end": (day + 465).String()}},
		{"consent.changed", "", map[string]any{"purpose": "discretionary", "channel": "email", "allowed": s.r.IntN(2) == 0}},
		{"preference.changed", "", map[string]any{"name": "channel", "value": "email"}},
		{"payment.recorded", "", map[string]any{"amount": 1450, "late": s.r.IntN(2) == 0}},
		{"message.received", "", map[string]any{"channel": "pigeon"}}, // refused
	}
	k := kinds[s.r.IntN(len(kinds))]
	if k.subject == "" {
		k.subject = "resident/" + s.who()
	}
	raw, err := json.Marshal(k.data)
	s.must(err)
	if s.r.IntN(8) != 0 {
		s.n++ // else under the name of the one before
	}
	late := time.Duration([]int{0, 0, 0, 2, 30, 100}[s.r.IntN(6)]) * time.Hour
	out, err := s.app.Door.Post(s.ctx(), []ingest.CloudEvent{{ID: fmt.Sprint("e", s.n), Source: source, Type: k.typ, Subject: k.subject,
		Time: s.clock.Now().Add(-late), Data: raw}}, hearth.Actor{Kind: "token", ID: "pms", Name: "The property's system"})
	if err != nil {
		return k.typ, err
	}
	why := ""
	if out[0].Err != nil {
		why = out[0].Err.Message
	}
	return fmt.Sprintf("%s of %s is %s %s", k.typ, k.subject, out[0].Status, why), nil
}

// home tells of a home: somebody new, a move to another one, another property, new dates.
func (s *script) home() (string, error) {
	at, unit := s.r.IntN(len(scriptProperties())), s.r.IntN(scriptHomes)
	who, today := s.who(), hearth.DayOf(s.clock.Now(), time.UTC)
	lease := record.HomeLease{Start: today - hearth.Day(s.r.IntN(300)), End: today + hearth.Day(s.r.IntN(200)), RentCents: 140000 + int64(s.r.IntN(9))*1000}
	lease.MoveIn = lease.Start
	mail := fmt.Sprintf("%s@home.example", who)
	return "home of " + who, s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
		p, err := s.app.Records.PropertyByName(s.ctx(), tx, scriptProperties()[at])
		if err != nil {
			return err
		}
		_, err = s.app.Records.PutHome(s.ctx(), tx, record.News{Source: source}, record.Home{Property: p.ID, Unit: record.Unit{Label: fmt.Sprint(100 + unit)},
			Lease: lease, Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Of " + who, Email: mail}, External: who}}})
		return err
	})
}

// bring imports a property's directory, as it stands today.
func (s *script) bring(at, homes int) error {
	s.t.Helper()
	var b strings.Builder
	b.WriteString(scriptFile)
	today := hearth.DayOf(s.clock.Now(), time.UTC)
	for i := range homes {
		start := today - hearth.Day(100+s.r.IntN(100))
		who := fmt.Sprintf("t%d-%d", at, i)
		fmt.Fprintf(&b, "%s,Ana Of %s,Ana,Of %s,%s@home.example,,,%d,u%d-%d,%s,o%d-%d,Current,%s,%s,%s,,\n", who, who, who, who, 100+i, at, i,
			scriptProperties()[at], at, i, start, today+hearth.Day(20+s.r.IntN(150)), start)
	}
	path := filepath.Join(s.files, "directory.csv")
	s.must(os.WriteFile(path, []byte(b.String()), 0o600))
	_, err := s.app.Import(s.ctx(), app.ImportRequest{Property: scriptProperties()[at], Zone: "America/New_York", Source: source, Kind: "residents",
		Files: []string{path}})
	return err
}

// pick gives one of the rows of a statement; nil if there is none. The statement orders them alike on every database.
func (s *script) pick(q string) []string {
	rows := s.query(q)
	if len(rows) == 0 {
		return nil
	}
	return rows[s.r.IntN(len(rows))]
}

func (s *script) task() (string, error) {
	row := s.pick("SELECT id, owner FROM tasks WHERE org = $1 AND state IN ('open','taken') ORDER BY id")
	if row == nil {
		return "no task", nil
	}
	actor, id := hearth.Actor{Kind: "staff", ID: row[1]}, hearth.TaskID(row[0])
	what := []string{"take", "finish", "finish", "decline"}[s.r.IntN(4)]
	return what + " task", s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
		switch what {
		case "take":
			return s.app.Tasks.Take(s.ctx(), tx, actor, id)
		case "decline":
			return s.app.Tasks.Decline(s.ctx(), tx, actor, id, "No time")
		}
		return s.app.Tasks.Done(s.ctx(), tx, actor, id, map[string]string{})
	})
}

func (s *script) pause() (string, error) {
	if row := s.pick("SELECT id, what FROM pauses WHERE org = $1 AND ended = 0 ORDER BY id"); row != nil && s.r.IntN(3) != 0 {
		return "resume " + row[1], s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
			_, err := s.app.Engine.Resume(s.ctx(), tx, hearth.System("test"), row[0])
			return err
		})
	}
	x := care.Pause{What: care.Everything, Reason: "a test"}
	if row := s.pick("SELECT id FROM residents WHERE org = $1 ORDER BY id"); s.r.IntN(3) != 0 && row != nil {
		x.What, x.Target = care.Resident, row[0]
	}
	if s.r.IntN(2) == 0 {
		x.Until = s.clock.Now().Add(time.Duration(1+s.r.IntN(60)) * time.Hour)
	}
	return "pause " + string(x.What), s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
		_, err := s.app.Engine.Pause(s.ctx(), tx, hearth.System("test"), x)
		return err
	})
}

func (s *script) situation() (string, error) {
	if row := s.pick("SELECT id FROM situations WHERE org = $1 AND ended = 0 ORDER BY id"); row != nil && s.r.IntN(2) == 0 {
		return "end situation", s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
			return s.app.Engine.EndSituation(s.ctx(), tx, hearth.System("test"), row[0])
		})
	}
	row := s.pick("SELECT id FROM residents WHERE org = $1 ORDER BY id")
	kind := []care.Kind{care.Away, care.Hospital, care.Dispute, care.Bereavement}[s.r.IntN(4)]
	until := s.clock.Now().Add(time.Duration(1+s.r.IntN(200)) * time.Hour)
	return "situation " + string(kind), s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
		_, err := s.app.Engine.SetSituation(s.ctx(), tx, hearth.System("test"), care.Told{Resident: hearth.ResidentID(row[0]), Kind: kind, Until: until,
			Reason: "a test"})
		return err
	})
}

func (s *script) merge() (string, error) {
	if row := s.pick("SELECT resident FROM merges WHERE org = $1 ORDER BY resident"); row != nil && s.r.IntN(2) == 0 {
		return "unmerge", s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
			_, err := s.app.Records.UnmergeResident(s.ctx(), tx, record.News{Source: source}, hearth.ResidentID(row[0]))
			return err
		})
	}
	const q = "SELECT id FROM residents WHERE org = $1 ORDER BY id"
	a, b := s.pick(q), s.pick(q)
	return "merge", s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
		return s.app.Records.MergeResidents(s.ctx(), tx, record.News{Source: source}, hearth.ResidentID(a[0]), hearth.ResidentID(b[0]), "a test")
	})
}

func (s *script) review() (string, error) {
	row := s.pick("SELECT id FROM reviews WHERE org = $1 AND state = 'open' ORDER BY id")
	if row == nil {
		return "no review", nil
	}
	how := []string{"go", "skip"}[s.r.IntN(2)]
	return "review " + how, s.app.DB.Write(s.ctx(), func(tx *db.Tx) error {
		return s.app.Engine.Settle(s.ctx(), tx, hearth.System("test"), row[0], how)
	})
}
