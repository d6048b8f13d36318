package trial

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
)

// past is what was recorded beside the log and bears on decisions, read once from the community that is tried on: what came in
// the days that are played, to be put into the copies when its time comes.
type past struct {
	rows  []stamped        // by time
	cares []care.Situation // by time
	asked *asked           // what the engine asked of people in those days
	ends  []ending         // by time
	again map[string]bool  // messages that playbooks wished in those days, by id: the engine wishes them again
}

// ending is when a task was called off that the engine does not make again.
type ending struct {
	at   int64
	task hearth.TaskID
}

// stamped is a row that was written at a time.
type stamped struct {
	at    int64
	table *table
	row   []any
}

// table is where stamped rows go.
type table struct {
	copied
	at       string            // the column, or expression, that says when a row was written
	as       map[string]string // what columns are read as, where not as they are
	order    string            // of rows of one time
	from     string            // the table that is read, if it is not the one that is written
	conflict string
	cols     []db.Col
}

// Texts and addresses of what was said, and what people were told with their tasks, decide nothing: they stay where they are.
func said() map[string]string {
	return map[string]string{"subject": "''", "body": "''", "address": "''", "reason": "''", "error": "''",
		"state": "CASE WHEN state = 'queued' THEN 'sent' ELSE state END"}
}

// before are the runs that began before the copy decides. Those that were under way then are in it as ones that do nothing
// any more: they keep the playbook from starting again until they ended, by their exits or when they really did.
func before(begin, end int64) map[string]string {
	underWay := fmt.Sprintf("(ended = 0 OR ended >= %d)", begin)
	return map[string]string{"state": "CASE WHEN " + underWay + " THEN 'active' ELSE 'left' END",
		"arm":     "CASE WHEN " + underWay + " THEN '" + string(playbook.GroupHeldOut) + "' ELSE arm END",
		"wake_at": fmt.Sprintf("CASE WHEN ended = 0 THEN %d WHEN ended >= %d THEN ended ELSE 0 END", end+1, begin),
		"ended":   "CASE WHEN " + underWay + " THEN 0 ELSE ended END",
		"ending":  "''", "facts": "'{}'", "waits_for": "''", "step": "0", "version": "1"}
}

// tables are what is put into the copy by time. begin and end bound the days that are played.
func tables(begin, end int64) []*table {
	const reached = "direction = 'out' AND state IN ('queued','sent','delivered','bounced','failed','unknown')"
	const address = `(resident IN ` + residentsHere + ` OR address_key IN (SELECT email_key FROM residents WHERE org = $1 AND property = $2)
OR address_key IN (SELECT phone_key FROM residents WHERE org = $1 AND property = $2))`
	return []*table{
		{copied: copied{"consents", address}, from: "consent_log", at: "at", order: "n", as: map[string]string{"evidence": "''"},
			conflict: `ON CONFLICT (org, channel, address_key, purpose) DO UPDATE SET allowed = excluded.allowed, resident = excluded.resident,
source = excluded.source, actor = excluded.actor, at = excluded.at WHERE consents.at <= excluded.at`},
		{copied: copied{"preferences", "resident IN " + residentsHere}, at: "at", conflict: "ON CONFLICT (org, resident, name) DO NOTHING"},
		{copied: copied{"suppressions", ""}, at: "at", conflict: "ON CONFLICT (org, channel, address_key) DO NOTHING"},
		{copied: copied{"messages", inProperty + " AND " + reached}, at: "made", as: said(), conflict: "ON CONFLICT (org, id) DO NOTHING"},
		{copied: copied{"tasks", inProperty}, at: "made", conflict: "ON CONFLICT (org, id) DO NOTHING",
			as: map[string]string{"context": "'{}'", "draft": "''", "state": "'open'", "closed": "0", "closed_by": "''", "facts": "'{}'"}},
		{copied: copied{"runs", inProperty}, at: "started", conflict: "ON CONFLICT (org, id) DO NOTHING", as: before(begin, end)},
	}
}

// readPast reads what was recorded of a property until end and still matters to days that begin at begin. What came before
// goes into the copy at once.
func readPast(ctx context.Context, from *Program, copy *db.DB, property hearth.PropertyID, begin, end time.Time) (*past, error) {
	p := &past{asked: newAsked(), again: map[string]bool{}}
	b, e := hearth.Millis(begin), hearth.Millis(end)
	for _, t := range tables(b, e) {
		var err error
		if t.cols, err = columns(ctx, copy, t.table); err != nil {
			return nil, err
		}
		if err := p.read(ctx, from.DB, copy, t, property, b, e); err != nil {
			return nil, fmt.Errorf("read what was written to %s then: %w", t.table, err)
		}
	}
	slices.SortStableFunc(p.rows, func(x, y stamped) int { return cmp.Compare(x.at, y.at) })
	return p, from.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := from.Care.Between(ctx, tx, b, e)
		if err != nil {
			return err
		}
		p.cares = all
		if err := p.readWished(ctx, tx, property, b); err != nil {
			return err
		}
		return p.readAsked(ctx, tx, property, b)
	})
}

// remembered is how long what was said before the days that are played still counts at the desk.
const remembered = 45 * 24 * time.Hour

// wanted narrows what is read of a table to the times that matter.
func (t *table) wanted(begin, end int64) string {
	at := fmt.Sprintf(" AND %s <= %d", t.at, end)
	switch t.table {
	case "messages": // the engine says again what it said since
		return at + fmt.Sprintf(" AND made >= %d AND (at < %d OR playbook = '')", begin-remembered.Milliseconds(), begin)
	case "tasks": // likewise what it asked of people
		return at + fmt.Sprintf(" AND (closed = 0 OR closed >= %d)", begin)
	case "preferences": // what changed since is in the log
		return fmt.Sprintf(" AND at < %d", begin)
	case "runs":
		return fmt.Sprintf(" AND started < %d", begin)
	}
	return at
}

// statement reads the wanted rows of a table, with their times behind the columns.
func (t *table) statement(from *db.DB, property hearth.PropertyID, begin, end int64) (q string, cols []db.Col, args []any) {
	source := t.from
	if source == "" {
		source = t.table
	}
	var list []string
	for _, c := range t.cols {
		name := c.Name
		if as, ok := t.as[c.Name]; ok {
			name = as + " AS " + c.Name
		}
		list = append(list, name)
	}
	list = append(list, t.at)
	q, args = "SELECT "+strings.Join(list, ", ")+" FROM "+source+" WHERE org = $1"+t.wanted(begin, end), []any{string(from.Config().Org)}
	if t.where != "" {
		q += " AND " + t.where
		args = append(args, string(property))
		if strings.Contains(t.where, "$3") {
			args = append(args, eventlog.PartOf(property))
		}
	}
	q += " ORDER BY " + t.at
	if t.order != "" {
		q += ", " + t.order
	}
	return q, append(slices.Clone(t.cols), db.Col{Name: t.at, Type: db.Int}), args
}

func (p *past) read(ctx context.Context, from, copy *db.DB, t *table, property hearth.PropertyID, begin, end int64) error {
	q, cols, args := t.statement(from, property, begin, end)
	place := slices.IndexFunc(cols, func(c db.Col) bool { return c.Name == "kind" })
	return from.Read(ctx, func(tx *db.Tx) error {
		return eachRow(ctx, tx, cols, func(rows [][]any) error {
			var early []stamped
			for _, r := range rows {
				at, _ := r[len(r)-1].(int64)
				x := stamped{at: at, table: t, row: r[:len(r)-1]}
				kind := ""
				if t.table == "tasks" {
					kind, _ = r[place].(string)
				}
				switch {
				case at < begin:
					early = append(early, x)
				case trigger.MadeHere(kind): // the engine makes it again, if it still would
				default:
					p.rows = append(p.rows, x)
				}
			}
			return copy.Write(ctx, func(tx *db.Tx) error { return write(ctx, tx, early) })
		}, q, args...)
	})
}

const wishedSQL = `SELECT id FROM messages WHERE org = $1 AND property = $2 AND made >= $3 AND direction = 'out' AND playbook <> ''`

func (p *past) readWished(ctx context.Context, tx *db.Tx, property hearth.PropertyID, begin int64) error {
	rows, err := tx.Query(ctx, wishedSQL, tx.Org(), string(property), begin)
	if err != nil {
		return fmt.Errorf("read what playbooks said: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("read what playbooks said: %w", err)
		}
		p.again[id] = true
	}
	return rows.Err()
}

// cut gives the rows that were written before a time, and leaves the rest.
func (p *past) cut(before time.Time) (first []stamped, rest *past) {
	ms := hearth.Millis(before)
	n, _ := slices.BinarySearchFunc(p.rows, ms, func(s stamped, at int64) int { return cmp.Compare(s.at, at) })
	m := 0
	for m < len(p.cares) && p.cares[m].Set.Before(before) {
		m++
	}
	return p.rows[:n], &past{rows: p.rows[n:], cares: p.cares[m:], asked: p.asked, ends: p.ends, again: p.again}
}

// write puts stamped rows into a copy, in their order, several with one statement where they go to one table.
func write(ctx context.Context, tx *db.Tx, rows []stamped) error {
	for len(rows) > 0 {
		t, n := rows[0].table, 1
		for n < len(rows) && n < copyStep && rows[n].table == t && !strings.Contains(t.conflict, "UPDATE") {
			n++
		}
		b := db.Bulk{Table: t.table, Cols: t.cols, OnConflict: t.conflict}
		for _, s := range rows[:n] {
			row := slices.Clone(s.row)
			row[0] = tx.Org()
			b.Rows = append(b.Rows, row)
		}
		if _, err := tx.Bulk(ctx, b); err != nil {
			return err
		}
		if err := watch(ctx, tx, t, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// watch has the engine look at tasks at their due time, and at runs when they ended, as it would if they were its own.
func watch(ctx context.Context, tx *db.Tx, t *table, rows []stamped) error {
	at := map[string]int{}
	for i, c := range t.cols {
		at[c.Name] = i
	}
	text := func(s stamped, name string) string { v, _ := s.row[at[name]].(string); return v }
	number := func(s stamped, name string) int64 { v, _ := s.row[at[name]].(int64); return v }
	var dues []work.Due
	for _, s := range rows {
		part := int(number(s, "part"))
		switch t.table {
		case "tasks":
			if due := number(s, "due_at"); due > hearth.Millis(tx.Now()) {
				dues = append(dues, work.Due{Lane: task.DueLane, Kind: task.DueKind, Key: text(s, "id"), Part: part, At: hearth.FromMillis(due)})
			}
		case "runs":
			if wake := number(s, "wake_at"); wake > 0 {
				dues = append(dues, trigger.Wake(hearth.RunID(text(s, "id")), hearth.ResidentID(text(s, "resident")), part, hearth.FromMillis(wake)))
			}
		}
	}
	return work.Put(ctx, tx, dues)
}
