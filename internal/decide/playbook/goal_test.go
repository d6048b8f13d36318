package playbook

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"hearth"
)

// The published examples of the method (Newcombe 1998, table II, method 10).
func TestNewcombeGivesThePublishedIntervals(t *testing.T) {
	tests := []struct {
		x1, n1, x2, n2 int
		low, high      float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090}, {6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926}, {0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775}, {10, 10, 0, 20, 0.6791, 1}, {10, 10, 0, 10, 0.6075, 1},
	}
	for _, tt := range tests {
		diff, low, high := Newcombe(tt.x1, tt.n1, tt.x2, tt.n2)
		if math.Abs(low-tt.low) > 0.00006 || math.Abs(high-tt.high) > 0.00006 || diff < low || diff > high {
			t.Errorf("%d/%d and %d/%d: %.4f in %.4f to %.4f, want %.4f to %.4f", tt.x1, tt.n1, tt.x2, tt.n2, diff, low, high, tt.low, tt.high)
		}
	}
}

func TestAnEffectIsToldOnlyWithTwoLargeArms(t *testing.T) {
	arm := func(reached, missed, open int) ArmCount {
		return ArmCount{Runs: reached + missed + open, Reached: reached, Missed: missed, Open: open}
	}
	tests := []struct {
		treated, held ArmCount
		told          bool
		want          string
	}{
		{arm(50, 50, 0), arm(0, 0, 0), false, "Nobody was held out"},
		{arm(50, 50, 0), arm(0, 29, 100), false, "Too few to say: the time of the goal is over for 100 who got it and 29 who were held out, and each must be 30."},
		{arm(20, 9, 0), arm(20, 20, 0), false, "Too few to say"},
		{arm(240, 160, 0), arm(20, 30, 0), true, "It helps: 60 % of 400 who got it reached the goal, and 40 % of 50 who were held out"},
		{arm(20, 180, 3), arm(20, 20, 0), true, "It harms"},
		{arm(52, 48, 0), arm(25, 25, 0), true, "No effect can be told from chance"},
	}
	for _, tt := range tests {
		e := Effect{Treated: tt.treated, HeldOut: tt.held}
		if e.judge(); e.Told != tt.told || !strings.Contains(e.Verdict, tt.want) || e.Told != (e.Low != 0) {
			t.Errorf("got %+v, want told %v and %q", e, tt.told, tt.want)
		}
	}
}

const measured = `
id: birthday-free
title: A word in between
depth: automatic
why: To see whether it does anything.
trigger: {on: portal.visited}
holdout: 10
goal: {event: message.received, within: 14d}
steps:
  - send: {template: movein-welcome, class: relation, purpose: word}
  - wait: 2d
  - branch:
      - if: run.waited == "event"
        steps: [{set: {x: 1}}]
`

func TestNobodyIsHeldOutFromCare(t *testing.T) {
	c := fullCompiler(t)
	if _, err := c.Compile([]byte(measured)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ old, new, want string }{
		{"class: relation", "class: service", "of class service: care is never withheld"},
		{"depth: automatic", "depth: human", "In a moment for people nobody is held out"},
		{"goal: {event: message.received, within: 14d}\n", "", "say which"},
		{"holdout: 10", "holdout: 60", "Between 1 and 50"},
		{"holdout: 10", "holdout: many", "a number of percent"},
		{"holdout: 10", "holdout: {percent: 10, slat: x}", "Did you mean salt?"},
		{"  - wait: 2d\n", "  - connect: {why: x}\n", "never withheld"},
		{"{set: {x: 1}}", "{task: {title: x, why: x, role: leasing, minutes: 5, due: 1 business day}}", "the attention of a person"},
		{"  - wait: 2d\n", "  - survey: {question: repair, template: survey-repair, at_most: 2d}\n", "never withheld"},
		{"  - wait: 2d\n", "  - escalate: {role: leasing, reason: x}\n", "never withheld"},
		{"within: 14d", "within: 14d, if: event.chanel == \"email\"", `Did you mean "event.channel"?`},
	}
	for _, tt := range tests {
		_, err := c.Compile([]byte(strings.Replace(measured, tt.old, tt.new, 1)))
		if err == nil || !strings.Contains(hearth.MessageOf(err), tt.want) {
			t.Errorf("%s: got %v, want a sentence with %q", tt.new, err, tt.want)
		}
	}
}

func TestArmsAreKeptAndOfTheirSize(t *testing.T) {
	c := fullCompiler(t)
	compile := func(holdout string) *Program {
		p, err := c.Compile([]byte(strings.Replace(measured, "holdout: 10", "holdout: "+holdout, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ten, more, salted := compile("10"), compile("20"), compile("{percent: 10, salt: spring}")
	n, other := 0, 0
	for i := range 20_000 {
		who := fmt.Sprint("res_", i)
		out := ten.HeldOut(who)
		if out {
			n++
		}
		if out && !more.HeldOut(who) {
			t.Fatalf("%s leaves the arm when it grows", who)
		}
		if out != salted.HeldOut(who) {
			other++
		}
	}
	if n < 1800 || n > 2200 {
		t.Errorf("%d of 20,000 are held out, want about 2,000", n)
	}
	if other < 3000 {
		t.Errorf("another salt moves %d of 20,000, want about 3,600", other)
	}
}

func TestARunIsMovedOntoTheSameStep(t *testing.T) {
	const text = `
id: mv
title: Move
depth: playbook
why: To move.
trigger: {on: portal.visited}
steps:
  - id: rest
    wait: 10d
  - id: reply
    wait: {event: message.received, at_most: 5d}
  - wait: 3d
  - end: Done.
`
	c := fullCompiler(t)
	old, err := c.Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	at := func(step int) (*Run, time.Time) {
		r, now := start(old), epoch
		for range step {
			if _, err := old.Advance(r, stand(t, now, 100)); err != nil {
				t.Fatal(err)
			}
			if step--; step > 0 {
				now = r.WakeAt
				r.TimeOut()
			}
		}
		return r, now
	}
	tests := []struct {
		name     string
		step     int
		old, new string
		moved    bool
		days     int // from the beginning of the wait to its end
	}{
		{"nothing but words changed", 1, "why: To move.", "why: To move on.", true, 10},
		{"a longer rest", 1, "wait: 10d", "wait: 20d", true, 20},
		{"a step before it", 1, "steps:\n", "steps:\n  - connect: {why: x}\n", true, 10},
		{"a shorter time-out", 2, "at_most: 5d", "at_most: 3d", true, 3},
		{"the step is gone", 1, "id: rest", "id: pause", false, 10},
		{"a step without an id", 3, "why: To move.", "why: x", false, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next, err := c.Compile([]byte(strings.Replace(text, tt.old, tt.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			next.Version = 2
			r, began := at(tt.step)
			v := stand(t, began.Add(24*time.Hour), 100)
			if got := old.MoveTo(next, r, v); got != tt.moved {
				t.Fatalf("moved %v to version %d, want %v", got, r.Version, tt.moved)
			}
			if want := (Span{N: tt.days, Unit: UnitDay}).After(began, v.Zone); !r.WakeAt.Equal(want) {
				t.Errorf("it waits until %s, want %s", r.WakeAt, want)
			}
		})
	}
}
