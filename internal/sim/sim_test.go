package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/sim/world"
)

// paper is a Hearth on paper: it keeps what it is told, checks that the driver behaves, writes a mail for every move-in
// and gives the team a task for every complaint.
type paper struct {
	t      *testing.T
	now    time.Time
	files  map[string]int
	posted []world.Event
	tasks  map[string]world.Task
	wrote  map[string]bool // resident and topic
	rows   []Row
	mails  []world.Message
	sizes  []int // of batches

	failPost, failImport, failFinish error
	dump                             func() []Row // instead of its own
}

func newPaper(t *testing.T) *paper {
	return &paper{t: t, files: map[string]int{}, tasks: map[string]world.Task{}, wrote: map[string]bool{}}
}

func (p *paper) Import(_ context.Context, prop world.Property, f world.File) error {
	if prop.Source == "" || len(f.Body) == 0 {
		p.t.Errorf("file %s of property %+v is empty", f.Name, prop)
	}
	p.files[f.Name]++
	return p.failImport
}

func (p *paper) Post(_ context.Context, events []world.Event) ([]string, error) {
	p.sizes = append(p.sizes, len(events))
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = "accepted"
		if e.Time.After(p.now) {
			p.t.Errorf("%s is posted at %s, before it happens at %s", e.Type, p.now, e.Time)
		}
		if e.Type == "lease.moved_in" {
			p.mails = append(p.mails, world.Message{ID: "msg_" + e.ID, Resident: strings.TrimPrefix(e.Subject, "resident/"),
				Class: hearth.ClassService, Channel: hearth.ChannelEmail, At: p.now})
		}
		if e.Type == "message.received" {
			topic, _ := e.Data["topic"].(string)
			p.wrote[e.Subject+topic] = true
			p.tasks["tsk_"+e.ID] = world.Task{ID: "tsk_" + e.ID, Minutes: 5, Due: p.now.Add(24 * time.Hour)}
		}
	}
	p.posted = append(p.posted, events...)
	return out, p.failPost
}

func (p *paper) Advance(_ context.Context, to time.Time) error {
	if to.Before(p.now) {
		p.t.Errorf("the clock goes back from %s to %s", p.now, to)
	}
	p.now = to
	return nil
}

func (p *paper) Feedback(_ context.Context, since time.Time) (world.Feedback, error) {
	var fb world.Feedback
	for _, m := range p.mails {
		if m.At.After(since) {
			fb.Messages = append(fb.Messages, m)
		}
	}
	for _, t := range p.tasks {
		fb.Tasks = append(fb.Tasks, t) // in no order: the world must not care
	}
	return fb, nil
}

func (p *paper) Finish(_ context.Context, d world.Done) error {
	if _, open := p.tasks[d.Task]; !open {
		p.t.Errorf("task %s is finished and was not open", d.Task)
	}
	delete(p.tasks, d.Task)
	p.rows = append(p.rows, Row{"task", d.Task, []byte(d.Staff + p.now.String())})
	return p.failFinish
}

func (p *paper) Reply(_ context.Context, a world.Reply) error {
	if !p.wrote["resident/"+a.Resident+a.Topic] {
		p.t.Errorf("%s is answered and did not write", a.Resident)
	}
	p.rows = append(p.rows, Row{"reply", a.Resident + p.now.String(), []byte(a.Staff + a.Text)})
	return nil
}

func (p *paper) Settle(_ context.Context, s world.Settled) error {
	if _, open := p.tasks[s.Task]; open {
		p.t.Errorf("what was promised in task %s is settled, and the task is open", s.Task)
	}
	p.rows = append(p.rows, Row{"settled", s.Task + s.Fact, fmt.Append(nil, s.Kept)})
	return nil
}

func (p *paper) Dump(context.Context) iter.Seq2[Row, error] {
	rows := p.rows
	for _, e := range p.posted {
		rows = append(rows, Row{"event", e.ID, []byte(e.Type + e.Subject + fmt.Sprint(e.Data))})
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key)) })
	if p.dump != nil {
		rows = p.dump()
	}
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func january() hearth.Day { return hearth.MakeDay(2025, time.January, 6) }

func people(t *testing.T, seed uint64) *world.World {
	t.Helper()
	w, err := world.New(world.Config{Units: 50, Seed: seed, Start: january()})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRunLivesThePaperYear(t *testing.T) {
	run := func(seed uint64, opts Options) (Summary, *paper) {
		p := newPaper(t)
		s, err := Run(t.Context(), p, people(t, seed), january()+120, opts)
		if err != nil {
			t.Fatal(err)
		}
		return s, p
	}
	days := 0
	s, p := run(5, Options{Progress: func(day hearth.Day, done float64) {
		days++
		if day != january()+hearth.Day(days-1) || done != float64(days)/120 {
			t.Errorf("after %d days: %s, %.3f", days, day, done)
		}
	}})
	if s.Days != 120 || days != 120 || s.Units != 50 || s.Events != len(p.posted) || s.Outcomes["accepted"] != s.Events {
		t.Errorf("summary %+v of %d events", s, len(p.posted))
	}
	if s.Messages["service"] != s.Types["lease.moved_in"] || s.Messages["service"] == 0 {
		t.Errorf("%d mails for %d move-ins", s.Messages["service"], s.Types["lease.moved_in"])
	}
	// Open at the end is what came on the last days.
	if s.Tasks == 0 || s.Undone != 0 || s.Tasks+len(p.tasks) != s.Types["message.received"] || len(p.tasks) > 20 {
		t.Errorf("%d tasks done, %d open, %d messages", s.Tasks, len(p.tasks), s.Types["message.received"])
	}
	if len(p.files) != s.Files || p.files["residents.csv"] != 1 || len(p.files) < 6 {
		t.Errorf("%d files: %v", s.Files, p.files)
	}
	if want := (january() + 120).Start(people(t, 5).Property().Zone); !p.now.Equal(want) {
		t.Errorf("the clock stands at %s, want %s", p.now, want)
	}
	if s.Rows["event"] != s.Events || s.Rows["task"] != s.Tasks {
		t.Errorf("rows %v", s.Rows)
	}
	if again, _ := run(5, Options{}); again.Digest != s.Digest {
		t.Error("the same seed gave another digest")
	}
	if other, _ := run(6, Options{}); other.Digest == s.Digest || len(s.Digest) != 64 {
		t.Errorf("digest %q and %q", other.Digest, s.Digest)
	}
}

// A shorter step posts in smaller lots and tells the same.
func TestStepOnlyGathers(t *testing.T) {
	lots := func(step time.Duration) (int, int) {
		p := newPaper(t)
		s, err := Run(t.Context(), p, people(t, 5), january()+30, Options{Step: step})
		if err != nil {
			t.Fatal(err)
		}
		return len(p.sizes), s.Types["workorder.opened"]
	}
	fine, a := lots(time.Nanosecond)
	coarse, b := lots(24 * time.Hour)
	if fine <= coarse || a != b {
		t.Errorf("%d lots by the instant and %d by the day; %d and %d requests", fine, coarse, a, b)
	}
}

func TestRunStopsAtFaults(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		with func(*paper)
		want string
	}{
		"import": {func(p *paper) { p.failImport = broken }, "import units.csv: broken"},
		"post":   {func(p *paper) { p.failPost = broken }, "broken"},
		"finish": {func(p *paper) { p.failFinish = broken }, "finish task"},
		"order of the dump": {func(p *paper) {
			p.dump = func() []Row { return []Row{{Kind: "task", Key: "b"}, {Kind: "task", Key: "a"}} }
		}, "dump: task a comes after task b"},
		"row twice": {func(p *paper) {
			p.dump = func() []Row { return []Row{{Kind: "task", Key: "b"}, {Kind: "task", Key: "b"}} }
		}, "dump: task b comes after task b"},
	} {
		p := newPaper(t)
		c.with(p)
		_, err := Run(t.Context(), p, people(t, 5), january()+20, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A task that Hearth took back meanwhile is counted, not a fault.
func TestRefusedTasksAreCounted(t *testing.T) {
	p := newPaper(t)
	p.failFinish = hearth.Errorf(hearth.CodeConflict, "This task was cancelled.")
	s, err := Run(t.Context(), p, people(t, 5), january()+20, Options{})
	if err != nil || s.Undone == 0 || s.Tasks != 0 {
		t.Errorf("%d done, %d refused: %v", s.Tasks, s.Undone, err)
	}
}

// A last day that is cut short has nothing after the cut, and the clock stands there.
func TestUntilCutsTheLastDay(t *testing.T) {
	w := people(t, 5)
	cut := (january() + 29).At(13*60, w.Property().Zone)
	p := newPaper(t)
	whole := newPaper(t)
	if _, err := Run(t.Context(), p, w, january()+30, Options{Until: cut}); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), whole, people(t, 5), january()+30, Options{}); err != nil {
		t.Fatal(err)
	}
	if !p.now.Equal(cut) || len(p.posted) >= len(whole.posted) {
		t.Errorf("the clock stands at %s after %d of %d events, want %s", p.now, len(p.posted), len(whole.posted), cut)
	}
	for i, e := range p.posted {
		if e.Time.After(cut) || e.ID != whole.posted[i].ID {
			t.Errorf("event %d is %s at %s; the whole month has %s there", i, e.ID, e.Time, whole.posted[i].ID)
		}
	}
}

// From the fine day on everything is told at its own time.
func TestFineDaysTellToTheMinute(t *testing.T) {
	w := people(t, 5)
	p := newPaper(t)
	fine := january() + 20
	if _, err := Run(t.Context(), punctual{p, fine.Start(w.Property().Zone)}, w, january()+30, Options{Step: 12 * time.Hour, Fine: fine}); err != nil {
		t.Fatal(err)
	}
	if len(p.sizes) < 100 {
		t.Errorf("only %d lots", len(p.sizes))
	}
}

// punctual checks that what is told from a day on is told when it happens.
type punctual struct {
	*paper
	from time.Time
}

func (p punctual) Post(ctx context.Context, events []world.Event) ([]string, error) {
	for _, e := range events {
		if !e.Time.Before(p.from) && !e.Time.Equal(p.now) {
			p.t.Errorf("%s of %s is told at %s", e.Type, e.Time, p.now)
		}
	}
	return p.paper.Post(ctx, events)
}
