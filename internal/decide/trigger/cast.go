package trigger

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/sense/signal"
)

// castDue takes the next lot of a broadcast; the desk is asked about it with all else of the batch.
func (b *batch) castDue(ctx context.Context, d work.Due) error {
	lot, err := broadcast.Next(ctx, b.tx, d, b.lotSize())
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	ids := make([]hearth.ResidentID, len(lot.Intents))
	for i := range lot.Intents {
		ids[i] = lot.Intents[i].Resident
	}
	if err := b.cache.load(ctx, b.tx, ids, b.Engine); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := b.knownEntry(ctx, id); err != nil {
			return err
		}
	}
	b.lots = append(b.lots, lot)
	return nil
}

// lotSize is how many people the next lot of a broadcast has.
func (b *batch) lotSize() int {
	return b.cache.lotSize(b.DB.Stats().Met - b.Desk.Messages.Recorded())
}

// lotSize is few when somebody has waited to write since the last lot, other than those who record what was sent.
func (c *partCache) lotSize(waited int64) int {
	alone := waited == c.waited
	c.waited = waited
	if alone {
		return broadcast.LotAlone
	}
	return broadcast.LotSize
}

// sayLots puts what broadcasts say to the desk, behind what the batch's own runs say.
func (b *batch) sayLots(ctx context.Context) error {
	for _, lot := range b.lots {
		verdicts, err := b.desk.Submit(ctx, b.tx, lot.Intents, b.view)
		if err != nil {
			return fmt.Errorf("ask the desk about a broadcast: %w", err)
		}
		b.felt(verdicts)
		next, over, err := lot.End(ctx, b.tx, verdicts)
		if err != nil {
			return err
		}
		if next != nil {
			b.puts = append(b.puts, *next)
		}
		if over {
			if err := b.byHand(ctx, lot.Broadcast()); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	castTask    = "broadcast"
	mostByName  = 100 // people whom the task names
	castMinutes = 3   // for one of them
	castDay     = 480 // minutes that it takes at most: more is for several people to plan
)

// byHand makes the one task about all whom a broadcast could not reach.
func (b *batch) byHand(ctx context.Context, cast broadcast.Broadcast) error {
	ids, err := broadcast.ByHand(ctx, b.tx, cast.ID)
	if err != nil || len(ids) == 0 {
		return err
	}
	contacts, err := b.Records.Contacts(ctx, b.tx, ids[:min(len(ids), mostByName)])
	if err != nil {
		return err
	}
	t := task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", "broadcast", cast.ID)), Part: b.part, Property: cast.Property, Kind: castTask,
		Title: fmt.Sprintf("Tell %d residents by hand: %s", len(ids), cast.Title),
		Why:   "It was said to many at once, and these could not be reached, or not by a machine. Each line says why.",
		Role:  hearth.RoleManager, Minutes: min(castMinutes*len(ids), castDay)}
	people, err := broadcast.People(ctx, b.tx, cast.ID, 0, broadcast.HandedOver, cast.People)
	if err != nil {
		return err
	}
	why := make(map[hearth.ResidentID]string, len(people))
	for _, p := range people {
		why[p.Resident] = p.Reason
	}
	for _, id := range ids[:min(len(ids), mostByName)] {
		c := contacts[id]
		name := c.Name()
		if c.UnitLabel != "" {
			name += ", " + c.UnitLabel
		}
		t.Context.Facts = append(t.Context.Facts, task.Fact{Name: name, Value: why[id]})
	}
	if more := len(ids) - mostByName; more > 0 {
		t.Context.Notes = append(t.Context.Notes, fmt.Sprintf("And %d more: GET /api/v1/broadcasts/%s/people?state=handed%%20over lists everybody.", more, cast.ID))
	}
	cal, err := b.owners().Calendar(ctx, b.tx, cast.Property)
	if err != nil {
		return err
	}
	due := cal.AddDays(b.now, 1)
	if !cast.About.IsZero() && cast.About.Before(due) {
		due = cast.About
	}
	choice, err := b.owners().Choose(ctx, b.tx, assign.Ask{Property: cast.Property, Role: t.Role, Minutes: t.Minutes, Due: due})
	if err != nil {
		return err
	}
	t.Owner, t.DueAt, t.NotifyAt = choice.Staff, choice.Due, choice.Notify
	return b.Tasks.Insert(ctx, b.tx, []task.Task{t})
}

// ViewsOf gives the signals of residents as a transaction sees them, for a look that decides nothing. Who is unknown has
// an empty state.
func (e *Engine) ViewsOf(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (desk.Views, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	in, arg := tx.In("resident", 2, keys)
	page, err := e.pageOf(ctx, tx, statesSQL+in+" ORDER BY resident, part", tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("read signals: %w", err)
	}
	by := make(map[hearth.ResidentID]*entry, len(page))
	for _, en := range page {
		if by[en.resident] == nil || !en.edges.gone { // of two, that of the property they live at
			by[en.resident] = en
		}
	}
	now := tx.Now()
	return func(id hearth.ResidentID) signal.View {
		if en := by[id]; en != nil {
			return en.view(now)
		}
		return unknownView(now)
	}, nil
}
