package trigger

import (
	"context"
	"encoding/json"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
)

// Move is what moving the active runs of one version of a playbook onto another does, or would do.
type Move struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	From     int               `json:"from"`
	To       int               `json:"to"`
	Moves    []MoveLine        `json:"moves"` // whose step is in the new version too
	Stays    []MoveLine        `json:"stays"` // who stay on their version, each with the reason
}

// MoveLine is one run in a Move.
type MoveLine struct {
	Run      hearth.RunID      `json:"run"`
	Resident hearth.ResidentID `json:"resident"`
	Step     string            `json:"step"` // the id of the step that it waits at; "" when that has none
	Because  string            `json:"because,omitempty"`
}

// moving is the payload of a partition's move.
type moving struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	From     int               `json:"from"`
	To       int               `json:"to"`
	After    hearth.RunID      `json:"after"`
}

// moveStep is how many runs one batch moves.
const moveStep = 200

const movablesSQL = `SELECT id, resident FROM runs WHERE org = $1 AND playbook = $2 AND state = 'active' AND version = $3 AND part = $4 AND id > $5
ORDER BY id LIMIT 200`

// MoveRuns puts the active runs of version from onto the step with the same id in version to; those that stand at a
// step without an id, or at one that the new version does not have, stay where they are. With dry nothing is changed.
// The runs are moved by whoever works their partition, within moments; the list is of now. It fails with CodeNotFound
// for a version that does not exist.
func (e *Engine) MoveRuns(ctx context.Context, id hearth.PlaybookID, from, to int, dry bool) (*Move, error) {
	out := &Move{Playbook: id, From: from, To: to, Moves: []MoveLine{}, Stays: []MoveLine{}}
	if from == to {
		return nil, hearth.FieldErrorf("to", "Name two different versions.")
	}
	err := e.DB.Read(ctx, func(tx *db.Tx) error { return e.planMove(ctx, tx, out) })
	if err != nil || dry || len(out.Moves) == 0 {
		return out, err
	}
	payload, err := json.Marshal(moving{Playbook: id, From: from, To: to})
	if err != nil {
		return nil, err
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		var dues []work.Due
		for part := range eventlog.Parts {
			dues = append(dues, work.Due{Lane: Lane, Kind: dueMove, Key: fmt.Sprintf("%s@%d>%d/%d", id, from, to, part), Part: part,
				At: tx.Now(), Payload: string(payload)})
		}
		return work.Put(ctx, tx, dues)
	})
	if err != nil {
		return nil, fmt.Errorf("move runs of %s: %w", id, err)
	}
	e.Log.Bell().Ring()
	return out, nil
}

func (e *Engine) planMove(ctx context.Context, tx *db.Tx, out *Move) error {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return err
	}
	old, next := act.program(out.Playbook, out.From), act.program(out.Playbook, out.To)
	for version, p := range map[int]*playbook.Program{out.From: old, out.To: next} {
		if p == nil {
			return hearth.Errorf(hearth.CodeNotFound, "There is no version %d of the playbook %q, or it can no longer be read.", version, out.Playbook)
		}
	}
	for part := range eventlog.Parts {
		for after := hearth.RunID(""); ; {
			ids, err := movables(ctx, tx, moving{Playbook: out.Playbook, From: out.From, After: after}, part)
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				break
			}
			runs, err := playbook.RunsByID(ctx, tx, texts(ids))
			if err != nil {
				return err
			}
			for _, r := range runs {
				out.add(old, next, r)
			}
			after = ids[len(ids)-1].run
		}
	}
	return nil
}

func (m *Move) add(old, next *playbook.Program, r *playbook.Run) {
	line := MoveLine{Run: r.ID, Resident: r.Resident, Step: old.At(r)}
	switch {
	case r.Arm == playbook.GroupHeldOut:
		line.Because = "It is held out and does nothing."
	case line.Step == "":
		line.Because = "The step that it waits at has no id, so it can't be found in the other version."
	case !next.HasWait(line.Step):
		line.Because = fmt.Sprintf("Version %d has no waiting step %q.", next.Version, line.Step)
	default:
		m.Moves = append(m.Moves, line)
		return
	}
	m.Stays = append(m.Stays, line)
}

type movable struct {
	run      hearth.RunID
	resident hearth.ResidentID
}

func texts(all []movable) []string {
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = string(m.run)
	}
	return ids
}

func movables(ctx context.Context, tx *db.Tx, m moving, part int) ([]movable, error) {
	rows, err := tx.Query(ctx, movablesSQL, tx.Org(), string(m.Playbook), m.From, part, string(m.After))
	if err != nil {
		return nil, fmt.Errorf("list runs of %s@%d: %w", m.Playbook, m.From, err)
	}
	defer rows.Close()
	var out []movable
	for rows.Next() {
		var x movable
		if err := rows.Scan(&x.run, &x.resident); err != nil {
			return nil, fmt.Errorf("list runs of %s@%d: %w", m.Playbook, m.From, err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// moveDue moves some of the partition's runs.
func (b *batch) moveDue(ctx context.Context, d work.Due) error {
	var m moving
	if err := json.Unmarshal([]byte(d.Payload), &m); err != nil {
		return err
	}
	old, next := b.act.program(m.Playbook, m.From), b.act.program(m.Playbook, m.To)
	if old == nil || next == nil {
		return nil
	}
	ids, err := movables(ctx, b.tx, m, b.part)
	if err != nil {
		return err
	}
	residents := make([]hearth.ResidentID, len(ids))
	for i, x := range ids {
		residents[i] = x.resident
	}
	if err := b.cache.load(ctx, b.tx, residents, b.Engine); err != nil {
		return err
	}
	for _, x := range ids {
		if err := b.move(ctx, x, old, next); err != nil {
			return err
		}
	}
	if len(ids) < moveStep {
		return nil
	}
	m.After = ids[len(ids)-1].run
	payload, err := json.Marshal(m)
	if err != nil {
		return err
	}
	d.Payload, d.At = string(payload), b.now
	b.puts = append(b.puts, d)
	return nil
}

func (b *batch) move(ctx context.Context, x movable, old, next *playbook.Program) error {
	en, err := b.knownEntry(ctx, x.resident)
	if err != nil || en == nil {
		return err
	}
	r := en.runByID(x.run)
	if r == nil || r.Version != old.Version {
		return nil // over since, or moved already
	}
	step := old.At(r)
	if !old.MoveTo(next, r, en.view(b.now)) {
		return nil
	}
	b.keep(r)
	b.timer(r)
	b.decide(en, decision.Decision{Stage: "run", Outcome: "moved", Playbook: r.Playbook, Version: r.Version, Run: r.ID,
		Reason: fmt.Sprintf("Somebody moved it from version %d to version %d, to the same step (%s).", old.Version, next.Version, step)},
		r.Name(), "moved", fmt.Sprint(next.Version))
	return nil
}
