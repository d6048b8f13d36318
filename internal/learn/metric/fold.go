package metric

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/sense/signal"
)

// line is one row behind a figure.
type line struct {
	figure        Figure
	id            string
	resident      hearth.ResidentID
	week          hearth.Day // 0: open
	at, ended     time.Time
	value, weight float64
	ref, note     string
}

type lineKey struct {
	figure Figure
	id     string
}

// folding is the figures of one property while a stretch of events is folded.
type folding struct {
	property hearth.PropertyID
	zone     *time.Location
	hours    assign.Calendar
	lines    map[lineKey]*line
	acts     map[string]*line // by resident and week: added to what is stored
	waiting  map[hearth.ResidentID]*line
	touched  map[Figure]map[hearth.Day]bool
	said     []*told // corrections of tone
	mark     int64   // the place in the log up to which is folded
}

func newFolding(property hearth.PropertyID, zone *time.Location, hours assign.Calendar, mark int64) *folding {
	return &folding{property: property, mark: mark, zone: zone, hours: hours, lines: map[lineKey]*line{}, acts: map[string]*line{},
		waiting: map[hearth.ResidentID]*line{}, touched: map[Figure]map[hearth.Day]bool{}}
}

func (f *folding) touch(figure Figure, week hearth.Day) {
	if week == 0 {
		return
	}
	if f.touched[figure] == nil {
		f.touched[figure] = map[hearth.Day]bool{}
	}
	f.touched[figure][week] = true
}

func (f *folding) week(t time.Time) hearth.Day { return Monday(hearth.DayOf(t, f.zone)) }

const openAnswersSQL = `SELECT id, resident, week, at, ended, value, weight, ref, note FROM figure_rows
WHERE org = $1 AND property = $2 AND figure = 'answer' AND week = 0 AND `

const ordersSQL = `SELECT id, resident, week, at, ended, value, weight, ref, note FROM figure_rows
WHERE org = $1 AND property = $2 AND figure = 'repair' AND `

const promisesSQL = `SELECT id, resident, week, at, ended, value, weight, ref, note FROM figure_rows
WHERE org = $1 AND property = $2 AND figure = 'promise' AND `

// load reads what the events may end: who waits for an answer, and the repairs, each with one statement.
func (f *folding) load(ctx context.Context, tx *db.Tx, evs []told) error {
	var residents, orders, promises []string
	for i := range evs {
		if strings.HasPrefix(string(evs[i].kind), "promise.") {
			promises = append(promises, promiseOf(&evs[i]))
		}
		if id := orderOf(&evs[i]); id != "" {
			orders = append(orders, id)
		} else if evs[i].resident != "" && (evs[i].kind == "message.received" || signal.ByPerson(evs[i].event(), evs[i].data.Purpose)) {
			residents = append(residents, string(evs[i].resident))
		}
	}
	if err := f.loadLines(ctx, tx, Answer, openAnswersSQL, "resident", residents); err != nil {
		return err
	}
	if err := f.loadLines(ctx, tx, Promise, promisesSQL, "id", promises); err != nil {
		return err
	}
	return f.loadLines(ctx, tx, Repair, ordersSQL, "id", orders)
}

func (f *folding) loadLines(ctx context.Context, tx *db.Tx, figure Figure, q, column string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	in, arg := tx.In(column, 3, slices.Compact(ids))
	rows, err := tx.Query(ctx, q+in, tx.Org(), string(f.property), arg)
	if err != nil {
		return fmt.Errorf("read what is open: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		l := &line{figure: figure}
		if err := scanLine(rows, l); err != nil {
			return fmt.Errorf("read what is open: %w", err)
		}
		f.lines[lineKey{figure, l.id}] = l
		if figure == Answer && (f.waiting[l.resident] == nil || f.waiting[l.resident].at.Before(l.at)) {
			f.waiting[l.resident] = l
		}
	}
	return rows.Err()
}

func scanLine(rows *db.Rows, l *line) error {
	var at, ended int64
	if err := rows.Scan(&l.id, &l.resident, &l.week, &at, &ended, &l.value, &l.weight, &l.ref, &l.note); err != nil {
		return err
	}
	l.at, l.ended = hearth.FromMillis(at), hearth.FromMillis(ended)
	return nil
}

func (ev *told) event() *hearth.Event { return &hearth.Event{Type: ev.kind, Actor: ev.actor} }

// orderOf names the work order that an event is about, "" for other events.
func orderOf(ev *told) string {
	switch {
	case !strings.HasPrefix(string(ev.kind), "workorder."):
		return ""
	case ev.subject.Kind == "workorder":
		return ev.subject.ID
	}
	return ev.data.WorkOrder
}

// take folds one event.
func (f *folding) take(ev *told) {
	if signal.Act(ev.kind) && ev.resident != "" {
		f.act(ev)
	}
	switch ev.kind {
	case "message.received":
		f.heard(ev)
	case "survey.answered":
		if ev.data.Score != nil {
			tone, sure := signal.ToneOfScore(ev.data.Question, *ev.data.Score)
			f.tone(ev, tone, sure, ev.data.Question)
		}
	case "tone.corrected":
		f.said = append(f.said, ev)
	case "promise.made", "promise.kept", "promise.missed":
		f.promise(ev)
	case "contact.personal":
		f.put(&line{figure: Contact, id: ev.id, resident: ev.resident, week: f.week(ev.at), at: ev.at, ended: ev.at, value: 1, weight: 1, note: clip(ev.data.Kind)})
	}
	if signal.ByPerson(ev.event(), ev.data.Purpose) {
		f.answered(ev)
	}
	if id := orderOf(ev); id != "" {
		f.order(id, ev)
	}
}

func (f *folding) put(l *line) {
	f.lines[lineKey{l.figure, l.id}] = l
	f.touch(l.figure, l.week)
}

// act counts what somebody did in a week.
func (f *folding) act(ev *told) {
	week := f.week(ev.at)
	id := string(ev.resident) + "/" + week.String()
	l := f.acts[id]
	if l == nil {
		l = &line{figure: Act, id: id, resident: ev.resident, week: week, at: week.Start(f.zone), ended: ev.at, weight: 1}
		f.acts[id] = l
	}
	l.value++
	f.touch(Act, week)
}

// heard takes a resident's word: it waits for an answer, and it sounds like something. What ends messages does neither.
func (f *folding) heard(ev *told) {
	if ev.data.Topic == signal.OptOut {
		return
	}
	tone, sure := signal.ToneOf(ev.data.Text)
	f.tone(ev, tone, sure, ev.data.Channel)
	if ev.resident == "" {
		return
	}
	if w := f.waiting[ev.resident]; w != nil && ev.at.Sub(w.at) < answerFor {
		return // they wrote again before anybody answered: they wait since the first word
	}
	l := &line{figure: Answer, id: ev.id, resident: ev.resident, at: ev.at, ref: ev.data.Message, note: clip(ev.data.Channel)}
	f.put(l)
	f.waiting[ev.resident] = l
}

func (f *folding) answered(ev *told) {
	w := f.waiting[ev.resident]
	if w == nil || ev.at.Before(w.at) {
		return
	}
	delete(f.waiting, ev.resident)
	if ev.at.Sub(w.at) >= answerFor {
		return // it answers nothing any more
	}
	w.ended, w.week = ev.at, f.week(ev.at)
	w.value = f.hours.Between(w.at, w.ended).Hours()
	w.weight = math.Log1p(w.value)
	f.touch(Answer, w.week)
}

func (f *folding) tone(ev *told, tone, sure float64, note string) {
	if sure > 0 && ev.resident != "" {
		f.put(&line{figure: Tone, id: ev.id, resident: ev.resident, week: f.week(ev.at), at: ev.at, ended: ev.at, value: tone, weight: sure, ref: ev.data.Message, note: clip(note)})
	}
}

// promise follows a promise from its making to its end. It counts in the week in which it falls due; one of which nobody said
// whether it was kept has no weight.
func (f *folding) promise(ev *told) {
	id := promiseOf(ev)
	l := f.lines[lineKey{Promise, id}]
	if l == nil {
		l = &line{figure: Promise, id: id, resident: ev.resident, at: ev.at, value: Unsaid, ref: ev.data.Task}
		f.lines[lineKey{Promise, id}] = l
	}
	f.touch(Promise, l.week)
	if words := clip(ev.data.Text); words != "" || l.note == "" {
		l.note = words
	}
	due, err := time.Parse(time.RFC3339, ev.data.Due)
	switch {
	case ev.kind == "promise.made" && err == nil:
		l.ended = due.UTC()
	case ev.kind == "promise.missed":
		l.value, l.weight = 0, 1
	case ev.kind == "promise.kept" && l.weight == 0: // kept after it was missed is missed
		l.value, l.weight = 1, 1
		if !l.ended.IsZero() && ev.at.After(l.ended) {
			l.value = 0
		}
	}
	if l.ended.IsZero() {
		l.ended = ev.at
	}
	l.week = f.week(l.ended.Add(-time.Millisecond)) // a promise for a day falls due at the midnight that ends it
	f.touch(Promise, l.week)
}

func promiseOf(ev *told) string { return string(ev.resident) + "/" + clip(ev.data.Promise) }

// order follows a repair from its opening to its end. One that is opened again is open until it is finished again.
func (f *folding) order(id string, ev *told) {
	l := f.lines[lineKey{Repair, id}]
	if l == nil {
		l = &line{figure: Repair, id: id, ref: id}
		f.lines[lineKey{Repair, id}] = l
	}
	f.touch(Repair, l.week)
	if l.resident == "" {
		l.resident = ev.resident
	}
	if ev.data.Category != "" {
		l.note = clip(ev.data.Category)
	}
	switch ev.kind {
	case "workorder.opened":
		l.at = ev.at
	case "workorder.completed":
		l.ended = latest(l.ended, ev.at)
	case "workorder.reopened":
		if !l.ended.After(ev.at) {
			l.ended = time.Time{}
		}
	case "workorder.cancelled":
		l.at = time.Time{} // it was no repair
	}
	l.week, l.value, l.weight = 0, 0, 0
	if !l.at.IsZero() && !l.ended.IsZero() && !l.ended.Before(l.at) {
		l.week, l.value = f.week(l.ended), l.ended.Sub(l.at).Hours()/24
		l.weight = math.Log1p(l.value * 24)
	}
	f.touch(Repair, l.week)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// clip bounds a note.
func clip(s string) string {
	r := []rune(strings.TrimSpace(s))
	return string(r[:min(len(r), 120)])
}

func lineCols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "property"}, {Name: "figure"}, {Name: "id"}, {Name: "resident"}, {Name: "week", Type: db.Int}, {Name: "at", Type: db.Int},
		{Name: "ended", Type: db.Int}, {Name: "value", Type: db.Real}, {Name: "weight", Type: db.Real}, {Name: "ref"}, {Name: "note"}}
}

const putLine = `ON CONFLICT (org, property, figure, id) DO UPDATE SET resident = excluded.resident, week = excluded.week, at = excluded.at,
ended = excluded.ended, value = excluded.value, weight = excluded.weight, ref = excluded.ref, note = excluded.note`

const addAct = `ON CONFLICT (org, property, figure, id) DO UPDATE SET value = figure_rows.value + excluded.value, ended = excluded.ended`

// store writes the lines, and says of which weeks the figures must be counted anew.
func (f *folding) store(ctx context.Context, tx *db.Tx) error {
	for _, b := range []struct {
		lines  []*line
		clause string
	}{{slices.Collect(maps.Values(f.lines)), putLine}, {slices.Collect(maps.Values(f.acts)), addAct}} {
		slices.SortFunc(b.lines, func(x, y *line) int { return cmp.Or(cmp.Compare(x.figure, y.figure), cmp.Compare(x.id, y.id)) })
		rows := make([][]any, len(b.lines))
		for i, l := range b.lines {
			rows[i] = []any{tx.Org(), f.property, l.figure, l.id, l.resident, l.week, l.at, l.ended, l.value, l.weight, l.ref, l.note}
		}
		if _, err := tx.Bulk(ctx, db.Bulk{Table: "figure_rows", Cols: lineCols(), OnConflict: b.clause, Rows: rows}); err != nil {
			return fmt.Errorf("keep %d rows behind figures: %w", len(rows), err)
		}
	}
	for _, ev := range f.said {
		if err := f.correct(ctx, tx, ev); err != nil {
			return err
		}
	}
	return f.markDirty(ctx, tx)
}

// nowDirty marks a week with a place in the log. Places only rise, so that a week which was counted meanwhile, here or by another
// node, is known by its mark.
const nowDirty = `ON CONFLICT (org, property, figure, week) DO UPDATE SET dirty = excluded.dirty`

func (f *folding) markDirty(ctx context.Context, tx *db.Tx) error {
	var rows [][]any
	for figure, weeks := range f.touched {
		for week := range weeks {
			rows = append(rows, []any{tx.Org(), f.property, figure, week, 0, 0, 0, 0.0, f.mark})
		}
	}
	if _, err := tx.Bulk(ctx, db.Bulk{Table: "figure_weeks", Cols: weekCols(), OnConflict: nowDirty, Rows: rows}); err != nil {
		return fmt.Errorf("mark %d weeks to count: %w", len(rows), err)
	}
	return nil
}
