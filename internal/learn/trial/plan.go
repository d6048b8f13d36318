package trial

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// plan checks what was asked and finds what is needed for it, without any copy.
func (s *Simulator) plan(ctx context.Context, req Request) (*trial, error) {
	t := &trial{Simulator: s, req: req, since: map[hearth.PlaybookID]time.Time{}, wishes: wishes{}}
	if err := s.span(req); err != nil {
		return nil, err
	}
	err := s.Source.DB.Read(ctx, func(tx *db.Tx) error {
		if err := t.findProperty(ctx, tx); err != nil {
			return err
		}
		return t.findLive(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	if err := t.compile(ctx); err != nil {
		return nil, err
	}
	return t, t.reach(ctx)
}

// span refuses days that cannot be.
func (s *Simulator) span(req Request) error {
	switch {
	case req.To < req.From:
		return hearth.FieldErrorf("to", "The last day, %s, lies before the first, %s.", req.To, req.From)
	case req.To-req.From >= MaxDays:
		return hearth.FieldErrorf("to", "A simulation takes at most %d days; from %s to %s are %d.", MaxDays, req.From, req.To, req.To-req.From+1)
	case req.From.Start(time.UTC).After(s.Source.DB.Clock().Now().Add(24 * time.Hour)):
		return hearth.FieldErrorf("from", "%s lies ahead. A simulation plays what was recorded; name days until today, or try a generated community.", req.From)
	}
	return nil
}

// findProperty finds the property by name or id, or the only one.
func (t *trial) findProperty(ctx context.Context, tx *db.Tx) error {
	all, err := t.Source.Records.Properties(ctx, tx)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	is := func(p record.Property) bool {
		return string(p.ID) == t.req.Property || record.NameKey(p.Name) == record.NameKey(t.req.Property)
	}
	switch i := slices.IndexFunc(all, is); {
	case len(all) == 0:
		return hearth.Errorf(hearth.CodeNotFound, "There is no property yet. Bring one in with hearth import, or try a generated community with --units and --seed.")
	case t.req.Property == "" && len(all) == 1:
		t.property = all[0]
	case t.req.Property == "":
		return hearth.FieldErrorf("property", "Name the property to try it on: %s.", strings.Join(names, ", "))
	case i < 0:
		return hearth.Errorf(hearth.CodeNotFound, "There is no property %q. There are: %s.", t.req.Property, strings.Join(names, ", "))
	default:
		t.property = all[i]
	}
	t.zone, err = t.Source.Records.Zone(ctx, tx, t.property.ID)
	return err
}

// findLive reads what is switched on, and since when.
func (t *trial) findLive(ctx context.Context, tx *db.Tx) error {
	stored, err := playbook.Versions(ctx, tx)
	if err != nil {
		return err
	}
	for _, v := range stored {
		if at, ok := t.since[v.ID]; !ok || v.Activated.Before(at) {
			t.since[v.ID] = v.Activated
		}
		if v.State == "active" {
			t.others = append(t.others, v)
		}
	}
	return nil
}

// compile checks the text that is tried, and tells it from what else is on.
func (t *trial) compile(ctx context.Context) error {
	text, compile := t.req.Text, t.Source.Engine.Compile
	if text == nil {
		compile = t.Source.Engine.CompileAccepted
		i := slices.IndexFunc(t.others, func(v playbook.Stored) bool { return v.ID == t.req.ID })
		if i < 0 {
			return hearth.Errorf(hearth.CodeNotFound, "The playbook %q is not switched on.", t.req.ID)
		}
		text = []byte(t.others[i].Text)
	}
	var err error
	if t.program, err = compile(ctx, text); err != nil {
		return err
	}
	t.others = slices.DeleteFunc(t.others, func(v playbook.Stored) bool {
		if v.ID == t.program.Def.ID {
			t.live = &v
		}
		return v.ID == t.program.Def.ID
	})
	return t.Source.DB.Read(ctx, func(tx *db.Tx) error {
		moments, err := playbook.LoadMoments(ctx, tx)
		if err != nil {
			return err
		}
		_, err = moments.Check(t.program.Def)
		return err
	})
}

// reach finds out which part of the record the days cover.
func (t *trial) reach(ctx context.Context) error {
	t.from, t.to = t.req.From.Start(t.zone).UTC(), (t.req.To + 1).Start(t.zone).Add(-time.Millisecond).UTC()
	if now := t.Source.DB.Clock().Now(); t.to.After(now) {
		t.to = now
	}
	t.report = t.newReport()
	return t.Source.DB.Read(ctx, func(tx *db.Tx) error {
		before, err := t.lead(ctx, tx)
		if err != nil {
			return err
		}
		t.begin = (t.req.From - before).Start(t.zone).UTC()
		if err := tx.Row(ctx, pausesSQL, tx.Org(), hearth.Millis(t.to), hearth.Millis(t.from)).Scan(&t.pauses); err != nil {
			return fmt.Errorf("count pauses: %w", err)
		}
		first, last, err := t.Source.Log.Reach(ctx, tx, t.property.ID)
		if err != nil {
			return err
		}
		t.report.Events.First, t.report.Events.Last = dayOf(first, t.zone), dayOf(last, t.zone)
		t.report.Events.Count, err = countEvents(ctx, tx, t.property.ID, t.from, t.to)
		return err
	})
}

const pausesSQL = `SELECT count(*) FROM pauses WHERE org = $1 AND set_at <= $2 AND (ended = 0 OR ended >= $3) AND (until = 0 OR until >= $3)`

const countSQL = `SELECT count(*) FROM events WHERE org = $1 AND part = $2 AND property = $3 AND recorded >= $4 AND recorded <= $5`

func countEvents(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, to time.Time) (n int, err error) {
	err = tx.Row(ctx, countSQL, tx.Org(), eventlog.PartOf(property), string(property), hearth.Millis(from), hearth.Millis(to)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what was recorded: %w", err)
	}
	return n, nil
}

// A copy begins to decide before the first day, so that the runs which were under way then are: what they still say and ask
// belongs to the days that are told of. It begins as many days before as runs of the playbook last, within these bounds; the
// lower is what the desk remembers of messages.
const (
	leastBefore = 31
	mostBefore  = 200
)

const longestSQL = `SELECT COALESCE(MAX(CASE WHEN ended > 0 THEN ended ELSE $1 END - started), 0) FROM runs WHERE org = $2 AND playbook = $3 AND property = $4`

// lead gives how many days before the first one a copy begins to decide.
func (t *trial) lead(ctx context.Context, tx *db.Tx) (hearth.Day, error) {
	var ms int64
	err := tx.Row(ctx, longestSQL, hearth.Millis(t.to), tx.Org(), string(t.program.Def.ID), string(t.property.ID)).Scan(&ms)
	if err != nil {
		return 0, fmt.Errorf("see how long runs last: %w", err)
	}
	return max(leastBefore, min(mostBefore, hearth.Day(ms/(24*3600*1000))+1)), nil
}
