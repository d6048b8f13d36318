package trigger_test

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

const (
	hello    = "Have a few words with them"
	onceMore = "Decide whether to try once more"
)

// settled gives a resident who has lived here for long and spoke with somebody today.
func (r *rig) settled(unit string, names ...string) []hearth.ResidentID {
	r.Helper()
	var ids []hearth.ResidentID
	for _, m := range r.homeTold(old, unit, r.dates(-300, 430), names...).Members {
		ids = append(ids, m.ID)
	}
	r.happen("contact.personal", ids[0], map[string]any{"staff": "stf_1", "kind": "visit"})
	return ids
}

func TestQuietResidentIsFoundAndSpokenWith(t *testing.T) {
	play(t, "quiet-resident", func(r *rig) {
		start := r.today()
		ana := r.settled("4B", "Ana")[0]
		r.until(start+59, 23)
		if got := titles(r, ana); got != "" {
			r.Fatalf("after 59 days somebody is to do %q", got)
		}
		r.until(start+60, 0)
		k := r.task(ana, hello)
		if r.owner(k) != "Maria Lopez" || !strings.Contains(k.Draft, "Hello Ana") || !strings.Contains(k.Draft, "Maria Lopez") || !strings.Contains(k.Draft, "360 days") {
			r.Errorf("%s has the draft %q, want leasing with a text that knows her", r.owner(k), k.Draft)
		}
		r.until(start+61, 12)
		r.do(ana, hello, map[string]string{"contact": "visit", "learned": "She likes it, and is away a lot"})
		r.ended(ana, "left", "Somebody spoke with them.")
		r.pass(30 * day)
		if got := titles(r, ana) + r.said(ana); got != "" {
			r.Errorf("after the talk there is %q", got)
		}
	})
}

func TestQuietResidentWhomNobodyReaches(t *testing.T) {
	play(t, "quiet-resident", func(r *rig) {
		start := r.today()
		ana := r.settled("4B", "Ana")[0]
		r.until(start+60, 9)
		r.do(ana, hello, map[string]string{"contact": "no", "learned": "Nobody opened"})
		r.until(start+74, 1)
		if got := r.owner(r.task(ana, onceMore)); got != "Ruth Ames" {
			r.Errorf("%s decides, want the manager", got)
		}
		r.do(ana, onceMore, map[string]string{"decision": "Leave them in peace for now"})
		r.until(start+60+119, 12)
		if n := r.starts(ana); n != 1 {
			r.Errorf("within 120 days it started %d times", n)
		}
		r.until(start+60+120, 12)
		if n := r.starts(ana); n != 2 {
			r.Errorf("still nobody has heard of her after 120 days, and it started %d times, want twice", n)
		}
		r.task(ana, hello)
		if got := r.said(ana); got != "" {
			r.Errorf("this is a moment for people, and yet there was said %q", got)
		}
	})
}

func TestQuietResidentWhoIsHeldBackIsNotForgotten(t *testing.T) {
	play(t, "quiet-resident", func(r *rig) {
		start := r.today()
		ana := r.settled("4B", "Ana")[0]
		r.until(start+60, 9)
		r.do(ana, hello, map[string]string{"contact": "call", "learned": "All is well"})
		// Quiet again 60 days after the call: too soon for the playbook, and nothing will happen that tries again.
		r.until(start+121, 12)
		held := r.outcomes(ana, "trigger")
		if last := held[len(held)-1]; last.Outcome != "held back" || !strings.Contains(last.Reason, "once per 120 days") {
			r.Fatalf("at 120 days the decision is %+v, want held back by the re-entry rule", last)
		}
		r.until(start+181, 12)
		if n := r.starts(ana); n != 2 {
			r.Errorf("120 days after the first start it started %d times, want twice", n)
		}
	})
}

func TestQuietResidentIsLeftAloneWhenThereAreSigns(t *testing.T) {
	play(t, "quiet-resident", func(r *rig) {
		start := r.today()
		ids := r.settled("4B", "Ana", "Ben", "Leo:minor")
		ana, ben := ids[0], ids[1]
		r.happen("contact.personal", ben, map[string]any{"staff": "stf_1", "kind": "visit"})
		for d := hearth.Day(30); d <= 60; d += 30 {
			r.until(start+d, 12)
			r.happen("portal.visited", ana, map[string]any{})
		}
		r.untouched(ana, ids[2])
		if n := r.starts(ben); n != 1 {
			r.Errorf("Ben was not heard of, and it started %d times for him, want once", n)
		}
		r.says(ben, "Is the pool open on Sunday?")
		r.ended(ben, "left", "They got in touch themselves.")
		if got := titles(r, ben); got != "" {
			r.Errorf("he wrote himself, and yet somebody is to do %q", got)
		}
		r.until(start+90, 12)
		r.happen("portal.visited", ana, map[string]any{})
		r.until(start+130, 12)
		r.untouched(ana, ids[2])
	})
}

func TestOldLettersDoNotEndAQuietRun(t *testing.T) {
	play(t, "quiet-resident", func(r *rig) {
		start := r.today()
		ana := r.settled("4B", "Ana")[0]
		r.until(start+60, 12)
		r.task(ana, hello)
		// A second source tells what was written half a year ago.
		for _, history := range []bool{true, false} {
			r.event(&hearth.Event{Type: "message.received", Residents: []hearth.ResidentID{ana}, History: history,
				Time: r.clock.Now().Add(-180 * day)}, map[string]any{"channel": "email", "text": "Thank you"})
			r.drain()
		}
		if got := r.outcomes(ana, "run"); len(got) != 0 {
			r.Errorf("a letter of last year ended the run: %+v", got)
		}
		r.event(&hearth.Event{Type: "message.received", Residents: []hearth.ResidentID{ana}, Time: r.clock.Now().Add(-time.Hour)},
			map[string]any{"channel": "email", "text": "Hello"})
		r.drain()
		r.ended(ana, "left", "They got in touch themselves.")
	})
}

func TestQuietWithNoticeGivenIsAnotherConversation(t *testing.T) {
	play(t, "quiet-resident", func(r *rig) {
		start := r.today()
		res := r.homeTold(old, "4B", r.dates(-300, 430), "Ana")
		ana := res.Members[0].ID
		r.happen("contact.personal", ana, map[string]any{"staff": "stf_1", "kind": "visit"})
		r.until(start+50, 12)
		r.homeTold(record.News{}, "4B", record.HomeLease{NoticeOn: r.today(), MoveOut: r.today() + 60}, "Ana")
		r.until(start+70, 12)
		if n := r.starts(ana); n != 0 || titles(r, ana) != "" {
			r.Errorf("notice was given, and yet it started %d times", n)
		}
	})
}
