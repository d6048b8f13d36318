package world

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
)

// tasksDue gives n tasks of the role's queue, of so many minutes, due at the end of day.
func tasksDue(n, minutes int, role hearth.Role, day hearth.Day) []Task {
	var tasks []Task
	for i := range n {
		tasks = append(tasks, Task{ID: fmt.Sprintf("tsk_%03d", i), Role: role, Minutes: minutes, Due: day.At(17*60, time.UTC)})
	}
	return tasks
}

// doneOn gives the finished tasks of a day.
func doneOn(t *testing.T, w *World, tasks []Task) []Happening {
	t.Helper()
	out, err := w.Day(w.Today(), Feedback{Tasks: tasks})
	if err != nil {
		t.Fatal(err)
	}
	var done []Happening
	for _, h := range out {
		if h.Done != nil {
			done = append(done, h)
		}
	}
	return done
}

func TestTeamWorksWithinItsMinutes(t *testing.T) {
	w := community(t, Config{Units: 240, Seed: 1})
	live(t, w, 1, nil) // Tuesday: everybody works
	done := doneOn(t, w, tasksDue(60, 20, hearth.RoleTechnician, monday()+1))
	perMember := map[string]int{}
	for _, h := range done {
		perMember[h.Done.Staff]++
		local := h.At.In(w.Property().Zone)
		if local.Hour() < 9 || local.Hour() >= 18 {
			t.Errorf("a task is done at %s", local)
		}
	}
	// Two technicians with 120 minutes each do six such tasks each; the rest waits.
	if len(done) != 12 || len(perMember) != 2 {
		t.Errorf("%d tasks done by %v, want 12 by two", len(done), perMember)
	}
}

func TestTasksGoToTheirOwner(t *testing.T) {
	w := community(t, Config{Units: 240, Seed: 1})
	owner := w.team[1]
	if !owner.has(hearth.RoleLeasing) {
		t.Fatalf("roles of the second in the office: %v", owner.roles)
	}
	task := Task{ID: "tsk_1", Staff: owner.ext, Minutes: 400}
	for range 40 {
		day := w.Today()
		task.Due = day.At(10*60, time.UTC)
		done := doneOn(t, w, []Task{task})
		if owner.on(day) != (len(done) == 1) {
			t.Fatalf("on %s the owner is at work: %v; done: %d", day, owner.on(day), len(done))
		}
		if len(done) == 1 && done[0].Done.Staff != owner.ext {
			t.Errorf("done by %s, want %s", done[0].Done.Staff, owner.ext)
		}
	}
}

// Nobody works on a Sunday, in the vacation, or on the day off for a Saturday.
func TestDaysOff(t *testing.T) {
	w := community(t, Config{Units: 240, Seed: 1})
	for _, m := range w.team {
		if m.on(monday() + 6) {
			t.Errorf("%s works on Sunday", m.name)
		}
		if m.on(m.absences[0].from) || m.on(m.absences[0].to) {
			t.Errorf("%s works in the vacation", m.name)
		}
		if saturday := m.hours[time.Saturday].to > 0; saturday == (m.hours[time.Monday].to > 0) {
			t.Errorf("%s works on Saturday: %v, and on Monday too or neither", m.name, saturday)
		}
	}
}

func TestFactsAnswerTheAsks(t *testing.T) {
	w := community(t, Config{Units: 50, Seed: 1})
	asks := []Ask{{"reached", "contact"}, {"by", "promise"}, {"on", "date"}, {"fixed", "yes_no"}, {"mood", "choice:good|mixed|bad"}, {"score", "number"},
		{"channel", "preference:channel"}, {"pets", "preference:pets"}, {"note", "text"}}
	done := doneOn(t, w, []Task{{ID: "tsk_1", Resident: "T000001", Minutes: 5, Due: monday().Start(time.UTC), Asks: asks}})
	if len(done) != 1 {
		t.Fatalf("%d tasks done, want one", len(done))
	}
	facts := done[0].Done.Facts
	for _, a := range asks {
		if facts[a.Fact] == "" {
			t.Errorf("%s (%s) is not answered", a.Fact, a.Kind)
		}
	}
	date, what, _ := strings.Cut(facts["by"], " ")
	if by, err := hearth.ParseDay(date); facts["by"] != "no" && (err != nil || by <= monday() || what == "") {
		t.Errorf("a promise for %q", facts["by"])
	}
	if !strings.Contains("good mixed bad", facts["mood"]) {
		t.Errorf("mood: %q", facts["mood"])
	}
	if _, err := hearth.ParseDay(facts["on"]); err != nil {
		t.Error(err)
	}
	if facts["fixed"] != "yes" && facts["fixed"] != "no" {
		t.Errorf("fixed: %q", facts["fixed"])
	}
}

// What has time is mostly put off; what is due is not.
func TestSomeTasksArePutOff(t *testing.T) {
	w := community(t, Config{Units: 1000, Seed: 1})
	live(t, w, 1, nil)
	done := doneOn(t, w, tasksDue(40, 1, hearth.RoleTechnician, monday()+9))
	if len(done) > 20 || len(done) < 2 {
		t.Errorf("%d of 40 tasks with a week of time were done on the first day", len(done))
	}
	if rest := doneOn(t, w, tasksDue(40, 1, hearth.RoleTechnician, monday()+2)); len(rest) != 40 {
		t.Errorf("%d of 40 due tasks were done", len(rest))
	}
}

func TestPeopleReactToMail(t *testing.T) {
	w := community(t, Config{Units: 300, Seed: 2})
	var mails []Message
	for _, u := range w.units {
		if u.home != nil && u.home.here(monday()+20) {
			mails = append(mails, Message{ID: "msg_" + u.ext, Resident: u.home.people[0].ext, Class: hearth.ClassRelation,
				Channel: hearth.ChannelEmail, At: monday().At(10*60, w.Property().Zone)})
		}
	}
	seen := map[string]int{}
	first := true
	all := live(t, w, 6, func(hearth.Day) Feedback {
		if !first {
			return Feedback{}
		}
		first = false
		return Feedback{Messages: mails}
	})
	for _, h := range all {
		if h.Event == nil || h.Event.Type != "message.clicked" {
			continue
		}
		seen[h.Event.Data["message"].(string)]++
		if !h.At.After(mails[0].At) {
			t.Errorf("clicked at %s, before the mail came", h.At)
		}
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s was clicked %d times", id, n)
		}
	}
	if share := float64(len(seen)) / float64(len(mails)); share < 0.08 || share > 0.26 {
		t.Errorf("%.2f of the mails were clicked", share)
	}
	if out := live(t, w, 1, func(hearth.Day) Feedback { return Feedback{Messages: []Message{{ID: "x", Resident: "T999999"}}} }); len(out) == 0 {
		t.Error("mail to a stranger stopped the day")
	}
}
