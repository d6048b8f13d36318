package proof

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest"
	"hearth/internal/fact/record"
	"hearth/internal/sim/model"
)

var update = flag.Bool("update", false, "record anew what the engine decides")

const recordingFile = "testdata/recorded.json.gz"

// recording is a community's time with all that was told, the playbooks as they were, and what the engine decided then.
type recording struct {
	Start     time.Time
	Playbooks []string // their texts: runs are pinned to these versions
	Homes     []recordedHome
	Told      []recordedEvent
	Decided   []string // runs, decisions, tasks and messages, a line each, sorted
}

type recordedHome struct {
	Resident, Unit string
	MoveIn, End    hearth.Day
}

type recordedEvent struct {
	At                time.Time // when it was told
	ID, Type, Subject string
	Time              time.Time
	Data              json.RawMessage
}

// TestRecordedRunsAreDecidedAsTheyWere plays a recording to this version of the engine. The playbooks are those of the
// recording, so a difference is a change of the engine: mend it, or record anew if it is meant (docs/proof.md).
func TestRecordedRunsAreDecidedAsTheyWere(t *testing.T) {
	var rec recording
	if *update {
		rec = invent(t, 41)
	} else {
		rec = readRecording(t)
	}
	got := replay(t, &rec)
	if *update {
		rec.Decided = got
		writeRecording(t, rec)
	}
	differ := difference(rec.Decided, got)
	runs := 0
	for _, line := range rec.Decided {
		if strings.HasPrefix(line, "run ") {
			runs++
		}
	}
	t.Logf("%d events, %d playbooks, %d recorded runs, %d lines compared, %d differ", len(rec.Told), len(rec.Playbooks), runs, len(rec.Decided), len(differ))
	if len(differ) > 0 {
		t.Errorf("decided otherwise than recorded (- then, + now):\n%s", strings.Join(differ[:min(len(differ), 20)], "\n"))
	}
	if runs < 500 {
		t.Errorf("the recording has %d runs, want at least 500", runs)
	}
}

// invent makes a community up and what is told of it.
func invent(t *testing.T, seed uint64) recording {
	t.Helper()
	const people, days, events = 30, 40, 420
	r := rand.New(chance(seed, "recording"))
	rec := recording{Start: dbtest.Start()}
	library := trial{seed: seed, store: "sqlite"}.open(t).app.Library
	for _, id := range slices.Sorted(maps.Keys(library)) {
		rec.Playbooks = append(rec.Playbooks, string(library[id]))
	}
	for _, pb := range model.Library() {
		rec.Playbooks = append(rec.Playbooks, pb.Text)
	}
	today := hearth.DayOf(rec.Start, time.UTC)
	for i := range people {
		rec.Homes = append(rec.Homes, recordedHome{Resident: fmt.Sprint("R", i), Unit: fmt.Sprint(100 + i), MoveIn: today - hearth.Day(r.IntN(500)),
			End: today + hearth.Day(10+r.IntN(220))})
	}
	for i := range events {
		rec.Told = append(rec.Told, inventEvent(r, rec.Start, i, people, days))
	}
	for i, e := range rec.Told {
		if e.Type == "workorder.opened" && r.IntN(4) != 0 {
			done := e.At.Add(time.Duration(1+r.IntN(12*24*60)) * time.Minute)
			rec.Told = append(rec.Told, recordedEvent{At: done, ID: fmt.Sprint("done", i), Type: "workorder.completed", Subject: "workorder/W" + e.ID,
				Time: done, Data: json.RawMessage(`{"resolution":"Done"}`)})
		}
	}
	slices.SortFunc(rec.Told, func(a, b recordedEvent) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return rec
}

func inventEvent(r *rand.Rand, start time.Time, i, people, days int) recordedEvent {
	at := start.Add(time.Duration(r.IntN(days*24*3600)) * time.Second)
	e := recordedEvent{At: at, Time: at, ID: fmt.Sprint("e", i), Subject: fmt.Sprint("resident/R", r.IntN(people))}
	if r.IntN(6) == 0 {
		e.Time = at.Add(-time.Duration(r.IntN(90*3600)) * time.Second)
	}
	day := hearth.DayOf(at, time.UTC)
	kinds := []struct{ typ, data string }{
		{"portal.visited", `{}`}, {"portal.visited", `{}`}, {"package.arrived", `{"count":1,"where":"Shelf ` + e.ID + `"}`}, {"package.collected", `{}`},
		{"amenity.booked", `{"amenity":"Hall","start":"` + at.AddDate(0, 0, 3).Format(time.RFC3339) + `","end":"` + at.AddDate(0, 0, 4).Format(time.RFC3339) + `"}`},
		{"workorder.opened", `{"description":"The tap drips","category":"plumbing","priority":"routine","workorder":"W` + e.ID + `"}`},
		{"workorder.opened", `{"description":"No heat","category":"hvac","priority":"urgent","workorder":"W` + e.ID + `"}`},
		{"message.received", `{"channel":"email","text":"Thank you, all is well."}`},
		{"message.received", `{"channel":"email","text":"Nobody came again, this is not okay."}`},
		{"payment.recorded", `{"amount":1450,"late":true}`},
	}
	if r.IntN(40) == 0 {
		kinds = []struct{ typ, data string }{{"lease.notice_given", `{"move_out":"` + (day + 45).String() + `"}`},
			{"consent.changed", `{"purpose":"discretionary","channel":"email","allowed":false}`}}
	}
	k := kinds[r.IntN(len(kinds))]
	e.Type, e.Data = k.typ, json.RawMessage(k.data)
	return e
}

// replay plays a recording and gives what the engine decides. What is invented and makes no sense is left out of it.
func replay(t *testing.T, rec *recording) []string {
	t.Helper()
	p := newProgram(t, 41, map[string]string{"data": t.TempDir()}, rec.Start)
	p.recordedHomes(*rec)
	p.settle(0)
	for _, text := range rec.Playbooks {
		_, err := p.app.Engine.Activate(p.ctx(), []byte(text), 2)
		p.must(err)
	}
	p.settle(0)
	var taken []recordedEvent
	for _, e := range rec.Told {
		p.passTo(e.At)
		out, err := p.app.Door.Post(p.ctx(), []ingest.CloudEvent{{ID: e.ID, Source: source, Type: e.Type, Subject: e.Subject, Time: e.Time, Data: e.Data}},
			hearth.Actor{Kind: "token", ID: "pms", Name: "The property's system"})
		p.must(err)
		switch {
		case out[0].Status == ingest.Accepted:
			taken = append(taken, e)
		case !*update:
			t.Fatalf("the recorded %s %s is %s now: %v", e.Type, e.ID, out[0].Status, out[0].Err)
		}
		p.settle(0)
	}
	rec.Told = taken
	p.passTo(p.clock.Now().AddDate(0, 0, 5))
	return p.decided()
}

// passTo lets time pass from one due time to the next.
func (p *program) passTo(to time.Time) {
	p.t.Helper()
	for {
		next := p.next()
		if next.IsZero() || next.After(to) {
			break
		}
		p.clock.Set(next)
		p.settle(0)
	}
	if to.After(p.clock.Now()) {
		p.clock.Set(to)
		p.settle(0)
	}
}

func (p *program) recordedHomes(rec recording) {
	p.t.Helper()
	p.write(func(ctx context.Context, tx *db.Tx) error {
		at, _, err := p.app.Records.PutProperty(ctx, tx, record.News{Source: source}, record.Property{Name: "Oak Court", City: "Albany", State: "NY",
			Zip: "12207", Zone: "America/New_York", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		for _, role := range []hearth.Role{hearth.RoleLeasing, hearth.RoleSupervisor, hearth.RoleManager, hearth.RoleTechnician, hearth.RoleCoordinator} {
			if _, _, err := p.app.Records.PutStaff(ctx, tx, record.News{Source: source}, record.Staff{Name: "The " + string(role),
				Roles: []record.StaffRole{{Property: at.ID, Role: role}}}); err != nil {
				return err
			}
		}
		for _, h := range rec.Homes {
			_, err := p.app.Records.PutHome(ctx, tx, record.News{Source: source, History: true}, record.Home{Property: at.ID, Unit: record.Unit{Label: h.Unit},
				Lease: record.HomeLease{Start: h.MoveIn, End: h.End, MoveIn: h.MoveIn, RentCents: 150000},
				Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Of " + h.Resident, Email: h.Resident + "@home.example"},
					External: h.Resident}}})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// decided gives what the engine decided, without identities, which chance gives, and without words, which may get better.
func (p *program) decided() []string {
	p.t.Helper()
	name := map[string]string{"": "-"}
	for _, row := range p.query("SELECT id, ext FROM external_ids WHERE org = $1 AND kind = 'resident'") {
		name[row[0]] = row[1]
	}
	var out []string
	for _, q := range []struct{ what, sql string }{
		{"run", `SELECT resident, playbook, CAST(version AS TEXT), state, CAST(step AS TEXT), waits_for, CAST(wake_at AS TEXT), CAST(started AS TEXT), CAST(ended AS TEXT)
FROM runs WHERE org = $1`},
		{"decision", `SELECT resident, playbook, CAST(version AS TEXT), stage, CAST(at AS TEXT), outcome FROM decisions WHERE org = $1`},
		{"task", `SELECT resident, playbook, kind, role, state, CAST(made AS TEXT), CAST(due_at AS TEXT), title FROM tasks WHERE org = $1`},
		{"message", `SELECT resident, playbook, template, class, purpose, state, CAST(made AS TEXT), CAST(at AS TEXT) FROM messages WHERE org = $1 AND direction = 'out'`},
	} {
		for _, row := range p.query(q.sql) {
			row[0] = name[row[0]]
			out = append(out, q.what+" "+strings.Join(row, " | "))
		}
	}
	slices.Sort(out)
	return out
}

func readRecording(t *testing.T) (rec recording) {
	t.Helper()
	f, err := os.Open(recordingFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

func writeRecording(t *testing.T, rec recording) {
	t.Helper()
	text, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recordingFile, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
