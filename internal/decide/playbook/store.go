package playbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Stored is a version of a playbook as the database keeps it.
type Stored struct {
	ID        hearth.PlaybookID
	Version   int
	Text      string
	Digest    string
	State     string // "active" or "retired"
	Activated time.Time
	Retired   time.Time    // zero: it is on, or was switched off before this was kept
	ADay      int          // how many of those already inside start per day; 0 means none
	By        hearth.Actor // who switched it on; zero: not kept
}

const versionsSQL = `SELECT id, version, body, digest, state, activated, retired, include_a_day, activated_by FROM playbooks
WHERE org = $1 ORDER BY id, version`

// Versions gives every version of every playbook that was ever activated, by id and version.
func Versions(ctx context.Context, tx *db.Tx) ([]Stored, error) {
	rows, err := tx.Query(ctx, versionsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list playbook versions: %w", err)
	}
	defer rows.Close()
	var out []Stored
	for rows.Next() {
		var s Stored
		var activated, retired int64
		var by string
		if err := rows.Scan(&s.ID, &s.Version, &s.Text, &s.Digest, &s.State, &activated, &retired, &s.ADay, &by); err != nil {
			return nil, fmt.Errorf("list playbook versions: %w", err)
		}
		s.Activated, s.Retired = hearth.FromMillis(activated), hearth.FromMillis(retired)
		if by != "" {
			s.By = hearth.ParseActor(by)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

const activeSQL = `SELECT COUNT(*) FROM playbooks WHERE org = $1 AND state = 'active'`

// ActiveCount counts the playbooks that are switched on.
func ActiveCount(ctx context.Context, tx *db.Tx) (n int, err error) {
	if err := tx.Row(ctx, activeSQL, tx.Org()).Scan(&n); err != nil {
		return 0, fmt.Errorf("count active playbooks: %w", err)
	}
	return n, nil
}

const retireSQL = `UPDATE playbooks SET state = 'retired', retired = $1 WHERE org = $2 AND id = $3 AND state = 'active'`

const addVersionSQL = `INSERT INTO playbooks (org, id, version, body, digest, state, activated, include_a_day)
VALUES ($1, $2, $3, $4, $5, 'active', $6, $7)`

// Activate makes the text the active version of its playbook. The same text again is no new version: added is false.
// Runs of earlier versions stay on theirs.
func Activate(ctx context.Context, tx *db.Tx, p *Program, aDay int) (version int, added bool, err error) {
	all, err := Versions(ctx, tx)
	if err != nil {
		return 0, false, err
	}
	version = 1
	for _, s := range all {
		if s.ID != p.Def.ID {
			continue
		}
		if s.State == "active" && s.Digest == p.Digest {
			return s.Version, false, nil
		}
		version = s.Version + 1
	}
	if err := Retire(ctx, tx, p.Def.ID); err != nil {
		return 0, false, err
	}
	_, err = tx.Exec(ctx, addVersionSQL, tx.Org(), string(p.Def.ID), version, p.Text, p.Digest, hearth.Millis(tx.Now()), aDay)
	if err != nil {
		return 0, false, fmt.Errorf("activate playbook %s: %w", p.Def.ID, err)
	}
	if err := keepSegments(ctx, tx, p, version); err != nil {
		return 0, false, err
	}
	return version, true, bumpEpoch(ctx, tx)
}

// Retire switches the playbook off: nothing new starts, active runs go on.
func Retire(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) error {
	n, err := tx.Exec(ctx, retireSQL, hearth.Millis(tx.Now()), tx.Org(), string(id))
	if err != nil {
		return fmt.Errorf("retire playbook %s: %w", id, err)
	}
	if n == 0 {
		return nil
	}
	return bumpEpoch(ctx, tx)
}

// epochName is the setting that counts changes of the active set. Every node reads it at the start of each batch.
const epochName = "playbooks.epoch"

// The count rises in the statement itself, so that of two changes at one time neither is overlooked.
const bumpSQL = `INSERT INTO settings (org, name, value) VALUES ($1, $2, '1')
ON CONFLICT (org, name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)`

func bumpEpoch(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, bumpSQL, tx.Org(), epochName); err != nil {
		return fmt.Errorf("count a change of playbooks: %w", err)
	}
	return nil
}

const epochSQL = `SELECT value FROM settings WHERE org = $1 AND name = $2`

// Epoch counts how often the set of active playbooks changed.
func Epoch(ctx context.Context, tx *db.Tx) (int64, error) {
	var value string
	err := tx.Row(ctx, epochSQL, tx.Org(), epochName).Scan(&value)
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the playbooks' epoch: %w", err)
	}
	var n int64
	if _, err := fmt.Sscan(value, &n); err != nil {
		return 0, fmt.Errorf("read the playbooks' epoch: %w", err)
	}
	return n, nil
}

func runCols() []db.Col {
	text, num := db.Text, db.Int
	return []db.Col{{Name: "org", Type: text}, {Name: "id", Type: text}, {Name: "part", Type: num}, {Name: "property", Type: text},
		{Name: "resident", Type: text}, {Name: "playbook", Type: text}, {Name: "version", Type: num}, {Name: "start_key", Type: text},
		{Name: "state", Type: text}, {Name: "ending", Type: text}, {Name: "step", Type: num}, {Name: "wake_at", Type: num},
		{Name: "waits_for", Type: text}, {Name: "facts", Type: text}, {Name: "started", Type: num}, {Name: "ended", Type: num}, {Name: "arm", Type: text}}
}

// SaveRuns writes the runs as they are now, new and changed alike. Each run may be in the list once.
func SaveRuns(ctx context.Context, tx *db.Tx, runs []*Run) error {
	if len(runs) == 0 {
		return nil
	}
	b := db.Bulk{Table: "runs", Cols: runCols(), OnConflict: `ON CONFLICT (org, id) DO UPDATE SET version = excluded.version, state = excluded.state,
ending = excluded.ending, step = excluded.step, wake_at = excluded.wake_at, waits_for = excluded.waits_for,
facts = excluded.facts, ended = excluded.ended`}
	for _, r := range runs {
		facts, err := json.Marshal(r.Facts)
		if err != nil {
			return fmt.Errorf("save run %s: %w", r.ID, err)
		}
		b.Rows = append(b.Rows, []any{tx.Org(), string(r.ID), int64(r.Part), string(r.Property), string(r.Resident),
			string(r.Playbook), int64(r.Version), r.StartKey, string(r.State), r.Ending, int64(r.Step), hearth.Millis(r.WakeAt),
			string(r.WaitsFor), string(facts), hearth.Millis(r.Started), hearth.Millis(r.Ended),
			string(r.Arm)})
	}
	if err := tx.BulkLater(ctx, b); err != nil {
		return fmt.Errorf("save runs: %w", err)
	}
	return nil
}

const runSelect = `SELECT id, part, property, resident, playbook, version, start_key, state, ending, step, wake_at, waits_for,
facts, started, ended, arm FROM runs WHERE org = $1 AND `

// ActiveRuns gives the residents' active runs in a partition, oldest first within each.
func ActiveRuns(ctx context.Context, tx *db.Tx, part int, residents []string) ([]*Run, error) {
	if len(residents) == 0 {
		return nil, nil
	}
	in, arg := tx.In("resident", 2, residents)
	return queryRuns(ctx, tx, runSelect+in+` AND part = $3 AND state = 'active' ORDER BY resident, started, id`, tx.Org(), arg, part)
}

// RunsByID gives the runs with these ids; those that do not exist are left out.
func RunsByID(ctx context.Context, tx *db.Tx, ids []string) ([]*Run, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, arg := tx.In("id", 2, ids)
	return queryRuns(ctx, tx, runSelect+in+` ORDER BY id`, tx.Org(), arg)
}

const runsOfSQL = runSelect + `resident = $2 AND playbook = $3 ORDER BY started DESC, id LIMIT 20`

// RunsOf gives a resident's newest runs of a playbook, at most 20.
func RunsOf(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, id hearth.PlaybookID) ([]*Run, error) {
	return queryRuns(ctx, tx, runsOfSQL, tx.Org(), string(resident), string(id))
}

const runsUntilSQL = runSelect + `resident = $2 AND playbook = $3 AND started <= $4 ORDER BY started DESC, id LIMIT 20`

// RunsUntil is RunsOf as of a time: those that had started by then. State and step are what became of them since.
func RunsUntil(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, id hearth.PlaybookID, at time.Time) ([]*Run, error) {
	return queryRuns(ctx, tx, runsUntilSQL, tx.Org(), string(resident), string(id), hearth.Millis(at))
}

const countsSQL = `SELECT playbook, state, count(*) FROM runs WHERE org = $1 GROUP BY playbook, state`

// Counts gives how many runs each playbook has in each state.
func Counts(ctx context.Context, tx *db.Tx) (map[hearth.PlaybookID]map[RunState]int, error) {
	rows, err := tx.Query(ctx, countsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("count runs: %w", err)
	}
	defer rows.Close()
	out := map[hearth.PlaybookID]map[RunState]int{}
	for rows.Next() {
		var id, state string
		var n int64
		if err := rows.Scan(&id, &state, &n); err != nil {
			return nil, fmt.Errorf("count runs: %w", err)
		}
		if out[hearth.PlaybookID(id)] == nil {
			out[hearth.PlaybookID(id)] = map[RunState]int{}
		}
		out[hearth.PlaybookID(id)][RunState(state)] = int(n)
	}
	return out, rows.Err()
}

const activeIDsSQL = `SELECT id FROM runs WHERE org = $1 AND playbook = $2 AND state = 'active' AND property = $3 AND arm = ''`

// ActiveIDs gives which runs of a playbook are active at a property, those held out left aside.
func ActiveIDs(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, at hearth.PropertyID) ([]hearth.RunID, error) {
	rows, err := tx.Query(ctx, activeIDsSQL, tx.Org(), string(id), string(at))
	if err != nil {
		return nil, fmt.Errorf("list active runs of %s: %w", id, err)
	}
	defer rows.Close()
	var ids []hearth.RunID
	for rows.Next() {
		var run hearth.RunID
		if err := rows.Scan(&run); err != nil {
			return nil, fmt.Errorf("list active runs of %s: %w", id, err)
		}
		ids = append(ids, run)
	}
	return ids, rows.Err()
}

func queryRuns(ctx context.Context, tx *db.Tx, q string, args ...any) ([]*Run, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	defer rows.Close()
	var out []*Run
	for rows.Next() {
		var r Run
		var state, facts string
		var wake, started, ended int64
		if err := rows.Scan(&r.ID, &r.Part, &r.Property, &r.Resident, &r.Playbook, &r.Version, &r.StartKey, &state, &r.Ending,
			&r.Step, &wake, &r.WaitsFor, &facts, &started, &ended, &r.Arm); err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		if err := json.NewDecoder(strings.NewReader(facts)).Decode(&r.Facts); err != nil {
			return nil, fmt.Errorf("read facts of run %s: %w", r.ID, err)
		}
		r.State = RunState(state)
		r.WakeAt, r.Started, r.Ended = hearth.FromMillis(wake), hearth.FromMillis(started), hearth.FromMillis(ended)
		out = append(out, &r)
	}
	return out, rows.Err()
}
