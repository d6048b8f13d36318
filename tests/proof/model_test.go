package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/dbtest"
	"hearth/internal/sim/model"
)

// rough is how many turns one failing commit comes in.
const rough = 20

// TestTheEngineDoesWhatTheModelSays lives communities through faults of every kind and holds what the engine left against
// what must be: no run, step, task or message wrong, missing or too many, no budget exceeded, nothing by night, nothing
// without a record of why.
func TestTheEngineDoesWhatTheModelSays(t *testing.T) {
	for _, c := range modelTrials(t) {
		t.Run(c.String(), func(t *testing.T) { judge(t, c, model.Library()) })
	}
}

// TestTheEngineDoesWhatTheWideModelSays is the same with what starts by the calendar, by repetition and by a segment. The
// trials above keep their library, so that what once failed stays what it was.
func TestTheEngineDoesWhatTheWideModelSays(t *testing.T) {
	for _, c := range wideTrials(t) {
		t.Run(c.String(), func(t *testing.T) { judge(t, c, model.Wide()) })
	}
}

func wideTrials(t *testing.T) []trial {
	if asks.seed != 0 {
		return []trial{{asks.seed, "sqlite", size{2, 12, 90}}, {asks.seed, "postgres", size{2, 12, 90}}}
	}
	out := append(kept(t, "wide"), trial{21, "sqlite", size{1, 12, 60}})
	if asks.soak {
		for seed := range uint64(5) {
			out = append(out, trial{200 + seed, []string{"sqlite", "postgres"}[seed%2], size{max(asks.residents/12, 1), 12, 90}})
		}
	}
	return out
}

func modelTrials(t *testing.T) []trial {
	if asks.seed != 0 {
		return []trial{{asks.seed, "sqlite", size{2, 12, 90}}, {asks.seed, "postgres", size{2, 12, 90}}}
	}
	out := append(kept(t, "model"), trial{12, "postgres", size{1, 12, 40}})
	if asks.soak {
		for seed := range uint64(20) {
			store := "sqlite"
			switch {
			case seed == 19:
				store = "pooler"
			case seed%5 == 4:
				store = "postgres"
			}
			out = append(out, trial{100 + seed, store, size{max(asks.residents/12, 1), 12, 90}})
		}
	}
	return out
}

// open makes the program of a trial over a fresh database.
func (c trial) open(t *testing.T) *program {
	t.Helper()
	flags := map[string]string{"data": t.TempDir()}
	switch c.store {
	case "postgres":
		flags = map[string]string{"database": dbtest.PostgresURL(t)}
	case "pooler":
		flags = map[string]string{"database": dbtest.Pooled(t, dbtest.PostgresURL(t), 8)}
	}
	return newProgram(t, c.seed, flags, dbtest.Start())
}

// judge lives a life and holds what it left against the models.
func judge(t *testing.T, c trial, library []model.Playbook) {
	t.Helper()
	l := newLife(c.open(t), c.seed, c.size, rough, library)
	l.run()
	var sum model.Report
	found := l.found()
	for _, at := range l.places {
		rep := at.model.Compare(*found[at.id], l.turns)
		sum.Runs, sum.Steps, sum.Messages, sum.Verdicts = sum.Runs+rep.Runs, sum.Steps+rep.Steps, sum.Messages+rep.Messages, sum.Verdicts+rep.Verdicts
		sum.Wrong = append(sum.Wrong, rep.Wrong...)
	}
	sum.Wrong = append(sum.Wrong, l.aside()...)
	t.Logf("%s: %d events, %d runs, %d steps, %d messages and %d verdicts compared; %s; %d wrong", c, l.events, sum.Runs, sum.Steps,
		sum.Messages, sum.Verdicts, l.faults, len(sum.Wrong))
	for i, w := range sum.Wrong {
		if i == 20 {
			t.Errorf("and %d more", len(sum.Wrong)-i)
			break
		}
		t.Error(w)
	}
	if sum.Runs == 0 || sum.Messages == 0 {
		t.Error("nothing happened")
	}
}

// String gives what was broken, by kind.
func (f *faults) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := 0
	var kinds []string
	for _, k := range slices.Sorted(maps.Keys(f.counts)) {
		all += f.counts[k]
		kinds = append(kinds, fmt.Sprintf("%s %d", k, f.counts[k]))
	}
	return fmt.Sprintf("%d faults (%s)", all, strings.Join(kinds, ", "))
}

// aside gives what was put aside, which nothing here may be.
func (l *life) aside() []string {
	var out []string
	for _, row := range l.query("SELECT kind, key, last_error FROM due WHERE org = $1 AND state = 'dead' AND lane = 'engine'") {
		out = append(out, fmt.Sprintf("put aside: %s %s: %s", row[0], row[1], row[2]))
	}
	return out
}

// TestTheModelNoticesWhatIsWrong changes what an engine left, one thing at a time; each must be noticed.
func TestTheModelNoticesWhatIsWrong(t *testing.T) {
	c := trial{1, "sqlite", size{1, 16, 60}}
	l := newLife(c.open(t), c.seed, c.size, 0, model.Wide())
	l.run()
	at := l.places[0]
	for _, tt := range []struct {
		name, want string
		change     func(f *model.Found)
	}{
		{"nothing", "", func(*model.Found) {}},
		{"a run is gone", "a run is missing", func(f *model.Found) { f.Runs = f.Runs[1:] }},
		{"a run twice", "a run too many", func(f *model.Found) { f.Runs = append(f.Runs, f.Runs[0]) }},
		{"a run ends early", "state is ended, want active", func(f *model.Found) { waits(f).State = "ended" }},
		{"a timer is late", "next step is", func(f *model.Found) { waits(f).Wakes = waits(f).Wakes.Add(time.Minute) }},
		{"a start without why", "completely why it started", func(f *model.Found) { f.Runs[0].Why = false }},
		{"a task is gone", "a task is missing", func(f *model.Found) { asks := asking(f); asks.Tasks = asks.Tasks[1:] }},
		{"a task twice", "a task too many", func(f *model.Found) { asks := asking(f); asks.Tasks = append(asks.Tasks, asks.Tasks[0]) }},
		{"a message is gone", "is missing", func(f *model.Found) { f.Messages = f.Messages[1:] }},
		{"a message twice", "a message too many", func(f *model.Found) { twin := *f.Messages[0]; f.Messages = append(f.Messages, &twin) }},
		{"a mail twice", "2 times", func(f *model.Found) { x := handed(f); x.Handed = append(x.Handed, x.Handed[0]) }},
		{"a mail by night", "in quiet hours", func(f *model.Found) {
			x := handed(f)
			x.Handed[0] = hearth.DayOf(x.Handed[0], at.zone).At(23*60, at.zone)
		}},
		{"a mail without why", "without a complete record of why", func(f *model.Found) {
			for _, x := range f.Messages {
				for i := range x.Verdicts {
					x.Verdicts[i].Why = false
				}
			}
		}},
		{"sent instead of held", "the desk said sent", func(f *model.Found) { held(f).Verdicts[0].Outcome = "sent" }},
		{"the calendar forgot one", "a run is missing: m-weekly", func(f *model.Found) { without(f, "m-weekly") }},
		{"the third was not counted", "a run is missing: m-thrice", func(f *model.Found) { without(f, "m-thrice") }},
		{"nobody is in the segment", "a run is missing: m-pressed", func(f *model.Found) { without(f, "m-pressed") }},
		{"the calendar started by its own time", "a run too many: m-weekly", func(f *model.Found) {
			r := first(f.Runs, func(r *model.FoundRun) bool { return r.Playbook == "m-weekly" })
			r.ID, r.Started = "run_another", r.Started.Add(time.Hour)
		}},
		{"somebody is in the other arm", "arm is ", func(f *model.Found) {
			first(f.Runs, func(r *model.FoundRun) bool { return r.Playbook == "m-withheld" && r.Arm != "" }).Arm = ""
		}},
		{"a held-out run ends with its last step", "state is ended, want active", func(f *model.Found) {
			first(f.Runs, func(r *model.FoundRun) bool { return r.Arm != "" && r.State == "active" }).State = "ended"
		}},
		{"held and forgotten", "not looked at", func(f *model.Found) { x := held(f); x.Verdicts = x.Verdicts[:1] }},
	} {
		f := l.found()[at.id]
		tt.change(f)
		got := strings.Join(at.model.Compare(*f, l.turns).Wrong, "\n")
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: noticed was %q, want %q", tt.name, got, tt.want)
		}
	}
}

// first gives the first of a list for which something holds.
func first[T any](of []*T, holds func(*T) bool) *T { return of[slices.IndexFunc(of, holds)] }

// without takes a run of a playbook out.
func without(f *model.Found, playbook string) {
	i := slices.IndexFunc(f.Runs, func(r *model.FoundRun) bool { return r.Playbook == playbook })
	f.Runs = slices.Delete(f.Runs, i, i+1)
}

func waits(f *model.Found) *model.FoundRun {
	return first(f.Runs, func(r *model.FoundRun) bool { return r.State == "active" })
}

func asking(f *model.Found) *model.FoundRun {
	return first(f.Runs, func(r *model.FoundRun) bool { return len(r.Tasks) > 0 })
}

func handed(f *model.Found) *model.Message {
	x := first(f.Messages, func(x *model.Message) bool { return len(x.Handed) > 0 })
	x.Handed = slices.Clone(x.Handed) // the mail server's own
	return x
}

func held(f *model.Found) *model.Message {
	return first(f.Messages, func(x *model.Message) bool {
		return len(x.Verdicts) == 2 && x.Verdicts[0].Outcome == "held" && x.Verdicts[1].At.Sub(x.Verdicts[0].At) < 24*time.Hour
	})
}
