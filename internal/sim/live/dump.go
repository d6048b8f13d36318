package live

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"hearth/internal/base/db"
	"hearth/internal/sim"
)

// What the dump reads, by kind: the columns of each table that are free of real time and of the store's own order. A
// column with # is a number. The first column is the key. Every statement is made of these constants alone.
func dumped() []struct{ kind, table, columns string } {
	return []struct{ kind, table, columns string }{
		{"decision", "decisions", "id resident property at# stage outcome reason facts playbook version# run object"},
		{"message", "messages", "id property resident direction state class purpose topic channel address subject body template content_key " +
			"playbook version# run reason made# at# error expires#"},
		{"run", "runs", "id property resident playbook version# start_key state ending step# wake_at# waits_for facts started# ended#"},
		{"task", "tasks", "id property resident kind title why context checklist asks draft role owner state minutes# due_at# escalation " +
			"escalated# playbook run facts made# closed# closed_by"},
		{"workorder", "workorders", "id property unit resident description category priority state waiting_for resolution opened# " +
			"scheduled_from# scheduled_to# completed# closed# reopened# source"},
	}
}

// Dump implements sim.Hearth. Rows come sorted here and not by the database, whose order of text may be its own.
func (p *Program) Dump(ctx context.Context) iter.Seq2[sim.Row, error] {
	return func(yield func(sim.Row, error) bool) {
		var rows []sim.Row
		_, err := p.settle(ctx)
		if err == nil {
			err = p.App.DB.Read(ctx, func(tx *db.Tx) error {
				rows, err = dump(ctx, tx)
				return err
			})
		}
		if err != nil {
			yield(sim.Row{}, err)
			return
		}
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func dump(ctx context.Context, tx *db.Tx) ([]sim.Row, error) {
	var all []sim.Row
	for _, d := range dumped() {
		rows, err := dumpTable(ctx, tx, d.kind, d.table, strings.Fields(d.columns))
		if err != nil {
			return nil, fmt.Errorf("dump %s: %w", d.table, err)
		}
		all = append(all, rows...)
	}
	states, err := dumpStates(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("dump states: %w", err)
	}
	all = append(all, states...)
	slices.SortFunc(all, func(a, b sim.Row) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(a.Key, b.Key)
	})
	return all, nil
}

func dumpTable(ctx context.Context, tx *db.Tx, kind, table string, columns []string) ([]sim.Row, error) {
	selected := make([]string, len(columns))
	for i, c := range columns {
		name, number := strings.CutSuffix(c, "#")
		if selected[i] = name; number {
			selected[i] = "CAST(" + name + " AS TEXT)"
		}
	}
	rows, err := tx.Query(ctx, "SELECT "+strings.Join(selected, ", ")+" FROM "+table+" WHERE org = $1", tx.Org())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sim.Row
	cells, dest := make([]string, len(columns)), make([]any, len(columns))
	for i := range cells {
		dest[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		body, err := json.Marshal(cells)
		if err != nil {
			return nil, err
		}
		out = append(out, sim.Row{Kind: kind, Key: cells[0], Body: body})
	}
	return out, rows.Err()
}

const statesSQL = `SELECT resident, property, body FROM states WHERE org = $1`

func dumpStates(ctx context.Context, tx *db.Tx) ([]sim.Row, error) {
	rows, err := tx.Query(ctx, statesSQL, tx.Org())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sim.Row
	for rows.Next() {
		var resident, property string
		var body []byte
		if err := rows.Scan(&resident, &property, &body); err != nil {
			return nil, err
		}
		out = append(out, sim.Row{Kind: "state", Key: resident, Body: []byte(property + "\n" + hex.EncodeToString(body))})
	}
	return out, rows.Err()
}
