package trigger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
)

// waiting gives a task to whoever comes into a segment.
const waiting = `
id: waiting
title: Somebody waits
depth: playbook
why: Nobody should wait without hearing from us.
trigger: {when: segment.several}
audience: '!segment.new_in_the_home'
steps:
  - task: {title: Call them, why: They wait, role: leasing, minutes: 5, due: 1 business day}
  - wait: 60d
exits:
  - {when: '!segment.several', because: It is quiet again.}
`

func several(n int) segment.Segment {
	return segment.Segment{ID: "several", Title: "Several requests", If: fmt.Sprintf("service.opened_90d >= %d", n)}
}

func (r *rig) setSegment(s segment.Segment, aDay int) []string {
	r.Helper()
	out, err := r.engine.SetSegment(r.Context(), hearth.System("test"), s, aDay)
	r.must(err)
	var ids []string
	for _, p := range out.Playbooks {
		ids = append(ids, fmt.Sprintf("%s@%d", p.Playbook, p.Version))
	}
	r.drain()
	return ids
}

func (r *rig) members(id string) (names []hearth.ResidentID) {
	r.Helper()
	list, err := r.engine.SegmentMembers(r.Context(), id, r.property, "", 100)
	r.must(err)
	for _, m := range list {
		names = append(names, m.Resident)
	}
	all, err := r.engine.SegmentMembers(r.Context(), id, "", "", 100)
	r.must(err)
	counts, err := r.engine.SegmentCounts(r.Context(), r.property)
	r.must(err)
	if len(all) != len(list) || counts[id] != len(list) {
		r.Errorf("%s: %d at the property, %d at all of them, counted %d", id, len(list), len(all), counts[id])
	}
	return names
}

func TestPlaybooksUseSegmentsByName(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -200, 165, old)
		ben := r.home("5A", "Ben", -200, 165, old)
		_ = r.home("6C", "Cid", -10, 355, record.News{}) // new in the home
		r.drain()
		if ids := r.setSegment(several(2), 0); len(ids) != 0 {
			r.Errorf("playbooks %v were activated by a segment that nothing names", ids)
		}
		r.activate(waiting, 0)
		for i, id := range []hearth.ResidentID{ana, ana, ben} {
			r.order(id, "wo_"+string(rune('a'+i)), "routine")
		}
		if got := r.members("several"); len(got) != 1 || got[0] != ana {
			r.Errorf("in the segment: %v, want Ana", got)
		}
		if got := r.members("new_in_the_home"); len(got) != 1 {
			r.Errorf("new in the home: %v", got)
		}
		if n, m := len(r.tasksOf(ana)), len(r.tasksOf(ben)); n != 1 || m != 0 {
			r.Errorf("Ana has %d tasks, Ben %d; want 1 and none", n, m)
		}
		// Ben comes inside by the change: like after an activation, that is no edge. Ana's run stays on what it began with.
		if ids := r.setSegment(several(1), 0); len(ids) != 1 || ids[0] != "waiting@2" {
			r.Errorf("activated anew: %v, want the second version", ids)
		}
		if ids := r.setSegment(several(1), 0); len(ids) != 0 {
			r.Errorf("the same again activated %v", ids)
		}
		if n, m := len(r.tasksOf(ana)), len(r.tasksOf(ben)); n != 1 || m != 0 {
			r.Errorf("after the change Ana has %d tasks, Ben %d; want 1 and none", n, m)
		}
		if got := r.members("several"); len(got) != 2 {
			r.Errorf("in the changed segment: %v, want two", got)
		}
		// Ninety days later Ana has no two requests any more. Her run began when the segment meant two, and ends by that.
		r.pass(80 * 24 * time.Hour)
		r.order(ana, "wo_x", "routine")
		r.read(func(ctx context.Context, tx *db.Tx) error {
			why, err := r.engine.Why(ctx, tx, ana, "waiting", nil)
			if err == nil && (len(why.Runs) == 0 || why.Runs[len(why.Runs)-1].Version != 1) {
				r.Errorf("Ana's runs: %+v, want one on the first version", why.Runs)
			}
			return err
		})
	})
}

func TestIncludedByAChangedSegment(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -200, 165, old)
		r.drain()
		r.setSegment(several(2), 0)
		r.activate(waiting, 0)
		r.order(ana, "wo_a", "routine")
		r.setSegment(several(1), 5)
		if n := len(r.tasksOf(ana)); n != 1 {
			r.Errorf("Ana has %d tasks, want one: those inside were to start", n)
		}
	})
}

func TestSegmentsInUseStay(t *testing.T) {
	each(t, func(r *rig) {
		r.setSegment(several(2), 0)
		r.activate(waiting, 0)
		if _, err := r.engine.RemoveSegment(r.Context(), "several"); hearth.CodeOf(err) != hearth.CodeConflict || !strings.Contains(err.Error(), "waiting") {
			r.Errorf("a segment in use was removed: %v", err)
		}
		_, err := r.engine.SetSegment(r.Context(), hearth.System("test"), segment.Segment{ID: "several", Title: "By language", If: `resident.language == "es"`}, 0)
		if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(err.Error(), "fair-housing") {
			r.Errorf("a segment by language: %v", err)
		}
		// Alone it is a fine segment; the playbook's trigger would hang on tone alone.
		_, err = r.engine.SetSegment(r.Context(), hearth.System("test"), segment.Segment{ID: "several", Title: "Sounds sad", If: "sentiment.level < -0.5"}, 0)
		if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(err.Error(), "waiting") {
			r.Errorf("a segment that makes a playbook unusable: %v", err)
		}
		if _, err := r.engine.SegmentMembers(r.Context(), "sevral", "", "", 10); hearth.CodeOf(err) != hearth.CodeNotFound {
			r.Errorf("members of a segment that is none: %v", err)
		}
	})
}

// A list of a community of five thousand comes while somebody waits for it.
func BenchmarkSegmentCounts(b *testing.B) {
	clock := hearth.NewVirtualClock(dbtest.Start())
	d, err := db.Open(b.Context(), db.Config{Dir: b.TempDir(), Clock: clock, Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	r := newRigWith(b, d, clock, rand.NewChaCha8([32]byte{1}))
	var ids []hearth.ResidentID
	for i := range 5000 {
		ids = append(ids, r.home(fmt.Sprint(i), fmt.Sprintf("P%d", i), -200+i%100, 150+i%200, old))
	}
	for n := 0; n < 40*256; {
		n = r.load(ids, n)
	}
	r.drain()
	for b.Loop() {
		if _, err := r.engine.SegmentCounts(b.Context(), r.property); err != nil {
			b.Fatal(err)
		}
	}
}
