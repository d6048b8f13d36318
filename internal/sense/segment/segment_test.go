package segment

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/rule"
	"hearth/internal/sense/signal"
)

func env(t *testing.T) *rule.Env {
	t.Helper()
	e, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestShippedSegmentsCanBeUsed(t *testing.T) {
	s, err := NewSet(env(t), Shipped())
	if err != nil {
		t.Fatal(err)
	}
	for _, seg := range s.List() {
		if seg.Title == "" || seg.Why == "" {
			t.Errorf("%s needs a title and a why", seg.ID)
		}
		if _, err := s.Compile(seg.ID); err != nil {
			t.Errorf("%s: %v", seg.ID, err)
		}
	}
}

func TestWhatIsNoSegmentIsRefused(t *testing.T) {
	base, err := NewSet(env(t), Shipped())
	if err != nil {
		t.Fatal(err)
	}
	ok := func(id, cond string) Segment { return Segment{ID: id, Title: "A title", If: cond} }
	first, err := base.With(ok("first", "service.open > 0 && segment.waits_long"))
	if err != nil {
		t.Fatal(err)
	}
	if got := first.Conditions()["first"]; !strings.Contains(got, "(service.days_waiting >= 14 ||") || strings.Contains(got, "segment.") {
		t.Errorf("written out: %s", got)
	}
	for name, tt := range map[string]struct {
		seg  Segment
		want string
	}{
		"a language":              {ok("x1", `resident.language == "es"`), "stand-in"},
		"a child":                 {ok("x1", `resident.role == "minor"`), "fair-housing"},
		"what they owe":           {ok("x1", "payments.arrears > 0.0"), "no segment may be made of it"},
		"what they owe, by name":  {ok("x1", "payments.late_365d > 2"), "no segment may be made of it"},
		"a signal that is none":   {ok("x1", "service.opend > 1"), "Did you mean"},
		"a segment that is none":  {ok("x1", "segment.waits_lon"), "Did you mean waits_long"},
		"itself":                  {ok("x1", "segment.x1 || service.open > 0"), "circle"},
		"a circle of two":         {ok("waits_long", "segment.first"), "circle"},
		"a remark":                {ok("x1", "service.open > 0 // really"), "without remarks"},
		"the data of an event":    {ok("x1", "event.priority == 'urgent'"), "not about one event"},
		"no condition":            {ok("x1", ""), "empty"},
		"no title":                {Segment{ID: "x1", If: "service.open > 0"}, "title"},
		"an id with a hyphen":     {ok("waits-long", "service.open > 0"), "underscores"},
		"something that is no if": {ok("x1", "service.open"), "yes or no"},
	} {
		if _, err := first.With(tt.seg); hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want a refusal with %q", name, err, tt.want)
		}
	}
	if _, err := first.Without("waits_long"); hearth.CodeOf(err) != hearth.CodeConflict {
		t.Errorf("a segment that another one names is taken away: %v", err)
	}
}

func TestVersions(t *testing.T) {
	e := env(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		put := func(s Segment) (out Segment, added bool) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				before, err := Load(t.Context(), tx, e)
				if err != nil {
					return err
				}
				out, added, err = Put(t.Context(), tx, hearth.System("test"), before, s)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out, added
		}
		mine := Segment{ID: "waits_long", Title: "Waits a week", If: "service.days_waiting >= 7"}
		if s, added := put(mine); !added || s.Version != 1 || s.By == "" {
			t.Errorf("got %+v, added %v", s, added)
		}
		if s, added := put(mine); added || s.Version != 1 {
			t.Errorf("the same again: %+v, added %v", s, added)
		}
		mine.If = "service.days_waiting >= 8"
		if s, _ := put(mine); s.Version != 2 {
			t.Errorf("changed: %+v", s)
		}
		remove := func(id string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				before, err := Load(t.Context(), tx, e)
				if err != nil {
					return err
				}
				return Remove(t.Context(), tx, before, id)
			})
		}
		if err := remove("waits_long"); err != nil {
			t.Fatal(err)
		}
		if err := remove("waits_long"); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("what is shipped was taken away: %v", err)
		}
		if err := remove("nothing"); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("got %v", err)
		}
		if s, _ := put(mine); s.Version != 3 {
			t.Errorf("made again: %+v", s)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			set, err := Load(context.Background(), tx, e)
			if err == nil && len(set.List()) != len(Shipped()) {
				t.Errorf("%d segments", len(set.List()))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
