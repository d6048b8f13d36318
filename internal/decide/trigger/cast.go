package trigger

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/sense/signal"
)

// castDue takes the next lot of a broadcast; the desk is asked about it with all else of the batch.
func (b *batch) castDue(ctx context.Context, d work.Due) error {
	lot, err := broadcast.Next(ctx, b.tx, d)
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

// sayLots puts what broadcasts say to the desk, behind what the batch's own runs say.
func (b *batch) sayLots(ctx context.Context) error {
	for _, lot := range b.lots {
		if len(lot.Intents) > 0 {
			verdicts, err := b.desk.Submit(ctx, b.tx, lot.Intents, b.view)
			if err != nil {
				return fmt.Errorf("ask the desk about a broadcast: %w", err)
			}
			b.felt(verdicts)
		}
		next, err := lot.End(ctx, b.tx)
		if err != nil {
			return err
		}
		if next != nil {
			b.puts = append(b.puts, *next)
		}
	}
	return nil
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
