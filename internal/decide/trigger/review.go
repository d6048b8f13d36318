package trigger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// Review is a step or a message whose time had passed by too much when its turn came: a person lets it go or skips it.
type Review struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`   // "run" or "message"
	Object   string            `json:"object"` // the run's or the message's id
	Property hearth.PropertyID `json:"property"`
	Resident hearth.ResidentID `json:"resident"`
	Playbook hearth.PlaybookID `json:"playbook,omitempty"`
	What     string            `json:"what"`    // in words
	WasDue   time.Time         `json:"was_due"` // its own time
	Made     time.Time         `json:"made"`
	Task     hearth.TaskID     `json:"task"`
	State    string            `json:"state"` // "open", "go", "skip", "void"
	part     int
	payload  string
}

// The ways to settle a review.
const (
	ReviewGo   = "go"   // do it now, though late
	ReviewSkip = "skip" // pass it over; the run goes on behind it
)

// reviewTask is the kind of the tasks that ask a person to look through what came too late.
const reviewTask = "review"

// reviewed is when a step that waits for a person is due: not by itself, and not with the end of a pause either.
func reviewed() time.Time { return desk.Parked().AddDate(-1, 0, 0) }

func parked(rows []work.Due) []work.Due {
	var out []work.Due
	for _, d := range rows {
		if d.At.Equal(desk.Parked()) {
			out = append(out, d)
		}
	}
	return out
}

// reviewRun lays a run's late step before a person.
func (b *batch) reviewRun(ctx context.Context, en *entry, p *playbook.Program, r *playbook.Run) error {
	id, err := b.review(ctx, en, Review{Kind: "run", Object: string(r.ID), Playbook: r.Playbook, WasDue: r.WakeAt,
		What: p.Def.Title + ": its next step"}, p.Def.Title)
	if err != nil {
		return err
	}
	timedOut(r, r.WakeAt)
	r.Facts.Review = id
	b.keep(r)
	b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueRun, Key: string(r.ID), Part: b.part, At: reviewed(), Payload: string(r.Resident)})
	return nil
}

// reviewMessage lays a late message before a person.
func (b *batch) reviewMessage(ctx context.Context, en *entry, item desk.HeldItem, wasDue time.Time) error {
	title := "messages"
	if p := b.act.live(item.Intent.Playbook); p != nil {
		title = p.Def.Title
	}
	_, err := b.review(ctx, en, Review{Kind: "message", Object: string(item.Intent.ID), Playbook: item.Intent.Playbook, WasDue: wasDue,
		What: fmt.Sprintf("A message of class %s: %s", item.Intent.Class, b.titleOf(item.Intent.Template))}, title)
	if err != nil {
		return err
	}
	row := item.Due
	row.At = reviewed()
	b.puts = append(b.puts, row)
	return nil
}

const insertReview = `INSERT INTO reviews (org, id, part, kind, object, property, resident, playbook, what, was_due, made, task, payload, state, settled, settled_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 'open', 0, '') ON CONFLICT (org, id) DO NOTHING`

// review puts something late on the list, under the one open task of its playbook and property.
func (b *batch) review(ctx context.Context, en *entry, x Review, title string) (id string, err error) {
	x.ID = hearth.DeriveID("rev_", x.Kind, x.Object, x.WasDue.UTC().Format(time.RFC3339Nano), b.now.UTC().Format(time.RFC3339Nano))
	if x.Task, err = b.reviewTaskFor(ctx, en, x, title); err != nil {
		return "", err
	}
	_, err = b.tx.Exec(ctx, insertReview, b.tx.Org(), x.ID, b.part, x.Kind, x.Object, string(en.property), string(en.resident), string(x.Playbook),
		x.What, hearth.Millis(x.WasDue), hearth.Millis(b.now), string(x.Task))
	if err != nil {
		return "", fmt.Errorf("put %s on the list for a look: %w", x.Object, err)
	}
	b.decide(en, decision.Decision{Stage: "run", Outcome: "for review", Playbook: x.Playbook, Object: string(x.Task),
		Reason: fmt.Sprintf("It was due on %s and comes %s late, so a person looks first whether it still fits.",
			x.WasDue.In(en.zone).Format("2006-01-02 15:04"), daysOld(b.now.Sub(x.WasDue)))}, x.Object, "review")
	return x.ID, nil
}

const voidReviewsSQL = `UPDATE reviews SET state = 'void', settled = $1 WHERE org = $2 AND state = 'open' AND `

// voidReviews takes from the list what nobody need look at any more, because the run has left.
func (b *batch) voidReviews(ctx context.Context) error {
	var ids []string
	for _, r := range b.left {
		if r.Facts.Review != "" {
			ids = append(ids, r.Facts.Review)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	in, arg := b.tx.In("id", 3, ids)
	if _, err := b.tx.Exec(ctx, voidReviewsSQL+in, hearth.Millis(b.now), b.tx.Org(), arg); err != nil {
		return fmt.Errorf("take reviews from the list: %w", err)
	}
	return nil
}

const openReviewTask = `SELECT task FROM reviews WHERE org = $1 AND state = 'open' AND property = $2 AND playbook = $3 ORDER BY made, id LIMIT 1`

// reviewTaskFor gives the task under which something stands: the one that is open already, else a new one. One task for a
// playbook and a property, however many steps are late.
func (b *batch) reviewTaskFor(ctx context.Context, en *entry, x Review, title string) (hearth.TaskID, error) {
	key := paceKey{x.Playbook, en.property}
	if id := b.reviews[key]; id != "" {
		return id, nil
	}
	rows, err := b.tx.Query(ctx, openReviewTask, b.tx.Org(), string(en.property), string(x.Playbook))
	if err != nil {
		return "", fmt.Errorf("look for an open review: %w", err)
	}
	var id hearth.TaskID
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return "", err
		}
	}
	rows.Close()
	if id != "" {
		t, err := b.Tasks.Get(ctx, b.tx, id)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return "", err
		}
		if err != nil || t.State.Closed() {
			id = ""
		}
	}
	if id == "" {
		id = hearth.TaskID(hearth.DeriveID("tsk_", reviewTask, x.ID))
		if err := b.makeReviewTask(ctx, en, id, title, x.Playbook); err != nil {
			return "", err
		}
	}
	b.reviews[key] = id
	return id, nil
}

func (b *batch) makeReviewTask(ctx context.Context, en *entry, id hearth.TaskID, title string, of hearth.PlaybookID) error {
	cal, err := b.owners().Calendar(ctx, b.tx, en.property)
	if err != nil {
		return err
	}
	choice, err := b.owners().Choose(ctx, b.tx, assign.Ask{Property: en.property, Role: hearth.RoleManager, Minutes: 15, Due: cal.AddDays(b.now, 1)})
	if err != nil {
		return err
	}
	return b.Tasks.Insert(ctx, b.tx, []task.Task{{ID: id, Part: b.part, Property: en.property, Kind: reviewTask,
		Title: "Look through what came too late: " + title,
		Why: "The program stood still, was paused or its clock was set, and steps have passed their time by days. Nothing of it goes out by itself, " +
			"since what fitted then may not fit now.",
		Checklist: []string{"Read the list: hearth review list, or GET /api/v1/reviews.", "Let go or skip what is clear, one by one.",
			"Answer here for all that is left."},
		Asks: []task.Ask{{Fact: "rest", Question: "What shall happen with all that is left of them: send anyway (go) or leave out (skip)?", Kind: "choice:go|skip"}},
		Role: hearth.RoleManager, Owner: choice.Staff, State: task.Open, Minutes: 15, DueAt: choice.Due, NotifyAt: choice.Notify, Made: b.now, Playbook: of,
		Context:    task.Context{Notes: []string{choice.Reason}},
		Escalation: []task.Rung{{AfterBusinessDays: 2, Role: hearth.RoleRegional}}}})
}

const reviewColumns = `id, part, kind, object, property, resident, playbook, what, was_due, made, task, payload, state`

// Reviews lists what waits for a look, by id, at most limit of them behind a cursor of the page before; property ""
// is every one. next is "" at the end.
func (e *Engine) Reviews(ctx context.Context, tx *db.Tx, property hearth.PropertyID, cursor string, limit int) (out []Review, next string, err error) {
	q, args := `SELECT `+reviewColumns+` FROM reviews WHERE org = $1 AND state = 'open' AND id > $2`, []any{tx.Org(), cursor}
	if property != "" {
		args = append(args, string(property))
		q += " AND property = $3"
	}
	args = append(args, limit+1)
	out, err = readReviews(ctx, tx, fmt.Sprintf("%s ORDER BY id LIMIT $%d", q, len(args)), args...)
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = out[limit-1].ID
	}
	return out, next, err
}

func readReviews(ctx context.Context, tx *db.Tx, q string, args ...any) ([]Review, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	defer rows.Close()
	var out []Review
	for rows.Next() {
		var x Review
		var due, made int64
		if err := rows.Scan(&x.ID, &x.part, &x.Kind, &x.Object, &x.Property, &x.Resident, &x.Playbook, &x.What, &due, &made, &x.Task,
			&x.payload, &x.State); err != nil {
			return nil, fmt.Errorf("read reviews: %w", err)
		}
		x.WasDue, x.Made = hearth.FromMillis(due), hearth.FromMillis(made)
		out = append(out, x)
	}
	return out, rows.Err()
}

const settleReview = `UPDATE reviews SET state = $1, settled = $2, settled_by = $3 WHERE org = $4 AND id = $5 AND state = 'open'`

// Settle decides on one late step or message: it goes now, or is skipped. Settling it the same way again is a no-op. It
// fails with CodeNotFound if there is none, CodeConflict if it was settled otherwise, CodeInvalid for another word.
func (e *Engine) Settle(ctx context.Context, tx *db.Tx, actor hearth.Actor, id, how string) error {
	if how != ReviewGo && how != ReviewSkip {
		return hearth.FieldErrorf("how", "Late steps either go (now, though late) or are skipped: go or skip.")
	}
	all, err := readReviews(ctx, tx, `SELECT `+reviewColumns+` FROM reviews WHERE org = $1 AND id = $2`, tx.Org(), id)
	switch {
	case err != nil:
		return err
	case len(all) == 0:
		return hearth.Errorf(hearth.CodeNotFound, "There is no such step to look at.")
	case all[0].State == how:
		return nil
	case all[0].State != "open":
		return hearth.Errorf(hearth.CodeConflict, "This was settled already: %s.", all[0].State)
	}
	return e.settle(ctx, tx, actor, all[0], how, tx.Now())
}

func (e *Engine) settle(ctx context.Context, tx *db.Tx, actor hearth.Actor, x Review, how string, at time.Time) error {
	n, err := tx.Exec(ctx, settleReview, how, hearth.Millis(tx.Now()), actor.String(), tx.Org(), x.ID)
	if err != nil || n == 0 {
		return err
	}
	tx.AfterCommit(e.Log.Bell().Ring)
	return work.Put(ctx, tx, []work.Due{{Lane: Lane, Kind: dueReview, Key: x.ID, Part: x.part, At: at}})
}

// reviewDue does what a person decided about something late.
func (b *batch) reviewDue(ctx context.Context, d work.Due) error {
	all, err := readReviews(ctx, b.tx, `SELECT `+reviewColumns+` FROM reviews WHERE org = $1 AND id = $2`, b.tx.Org(), d.Key)
	if err != nil || len(all) == 0 {
		return err
	}
	x := all[0]
	en, err := b.knownEntry(ctx, x.Resident)
	if err != nil || en == nil {
		return err
	}
	if x.Kind == "message" {
		return b.settleMessage(ctx, x)
	}
	r := en.runByID(hearth.RunID(x.Object))
	if r == nil || !r.WakeAt.Equal(x.WasDue) {
		return nil // it has left meanwhile, or an event has moved it on
	}
	p := b.act.program(r.Playbook, r.Version)
	if p == nil {
		b.leave(en, r, lostVersion)
		return nil
	}
	if _, still := b.pausedFor(en, r.Playbook); still {
		r.WakeAt = b.now
		b.park(r)
		return nil
	}
	r.Facts.Review = ""
	r.TimeOut()
	if x.State == ReviewGo {
		return b.advance(ctx, en, p, r)
	}
	return b.skip(ctx, en, p, r)
}

// skip passes over what the run would do until it waits again.
func (b *batch) skip(ctx context.Context, en *entry, p *playbook.Program, r *playbook.Run) error {
	wishes, err := p.Advance(r, en.view(b.now))
	if err != nil {
		return err
	}
	var keys []string
	for _, w := range wishes {
		keys = append(keys, w.Key)
	}
	b.decide(en, decision.Decision{Stage: "run", Outcome: "skipped", Playbook: r.Playbook, Version: r.Version, Run: r.ID,
		Reason: fmt.Sprintf("A person left out what came too late: %s.", strings.Join(keys, ", "))}, r.Name(), "skipped")
	return b.advanced(en, p, r)
}

func (b *batch) settleMessage(ctx context.Context, x Review) error {
	rows, err := work.Find(ctx, b.tx, dueHold, []string{x.Object})
	if err != nil || len(rows) == 0 {
		return err
	}
	if x.State == ReviewSkip {
		if _, err := b.desk.Withdraw(ctx, b.tx, rows, "A person left it out because it came too late."); err != nil {
			return err
		}
		return dropRows(ctx, b, rows)
	}
	row, err := desk.Renew(rows[0], b.now)
	if err != nil {
		return err
	}
	b.puts = append(b.puts, row)
	return nil
}

// settleTask settles all that is left under a review task, by the answer that it was done with.
func (b *batch) settleTask(ctx context.Context, ev *hearth.Event) error {
	id, how := doneTask(ev)
	if how.Rest != ReviewGo && how.Rest != ReviewSkip {
		return nil
	}
	all, err := readReviews(ctx, b.tx, `SELECT `+reviewColumns+` FROM reviews WHERE org = $1 AND state = 'open' AND task = $2 ORDER BY was_due, id`,
		b.tx.Org(), string(id))
	if err != nil {
		return err
	}
	for _, x := range all {
		at := b.now
		if how.Rest == ReviewGo {
			zone, err := b.zoneOf(ctx, b.tx, x.Property)
			if err != nil {
				return err
			}
			if at, err = b.place(ctx, x.Playbook, x.Property, zone); err != nil {
				return err
			}
		}
		if err := b.settle(ctx, b.tx, ev.Actor, x, how.Rest, at); err != nil {
			return err
		}
	}
	return nil
}
