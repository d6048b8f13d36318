package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

// Activation is what switching a playbook on did.
type Activation struct {
	Playbook hearth.PlaybookID   `json:"playbook"`
	Version  int                 `json:"version"`
	Added    bool                `json:"added"`    // false: this very text was active already
	Inside   []hearth.ResidentID `json:"inside"`   // who is inside the standing condition now, by id
	Included int                 `json:"included"` // how many of them will start, at the chosen pace
	LastOn   time.Time           `json:"last_on"`  // when the last of them starts
}

// Activate makes the text the active version of its playbook. Those already inside its condition are listed; they
// start at aDay a day, in the order of their ids, or not at all with aDay 0. It fails with CodeInvalid for a playbook
// that does not pass its checks.
func (e *Engine) Activate(ctx context.Context, text []byte, aDay int) (Activation, error) {
	if aDay < 0 || aDay > 100_000 {
		return Activation{}, hearth.FieldErrorf("include-current", "Include between 0 and 100,000 residents a day.")
	}
	p, err := e.Compiler.Compile(text)
	if err != nil {
		return Activation{}, err
	}
	out := Activation{Playbook: p.Def.ID}
	insiders, err := e.Inside(ctx, p)
	if err != nil {
		return Activation{}, err
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		out.Inside = out.Inside[:0]
		if out.Version, out.Added, err = playbook.Activate(ctx, tx, p, aDay); err != nil || !out.Added {
			return err
		}
		dues, err := sweeps(p.Def.ID, out.Version, tx.Now())
		if err != nil {
			return err
		}
		for i, in := range insiders {
			out.Inside = append(out.Inside, in.Resident)
			if aDay == 0 {
				continue
			}
			at := tx.Now().AddDate(0, 0, i/aDay)
			dues = append(dues, work.Due{Lane: Lane, Kind: dueInclude, Key: string(p.Def.ID) + "/" + string(in.Resident), Part: in.Part, At: at})
			out.Included, out.LastOn = out.Included+1, at
		}
		return work.Put(ctx, tx, dues)
	})
	if err != nil {
		return Activation{}, fmt.Errorf("activate %s: %w", p.Def.ID, err)
	}
	e.Log.Bell().Ring()
	return out, nil
}

// sweeps are the due rows that make every partition look at its residents once.
func sweeps(id hearth.PlaybookID, version int, now time.Time) ([]work.Due, error) {
	payload, err := json.Marshal(sweep{Playbook: id, Version: version})
	if err != nil {
		return nil, err
	}
	var dues []work.Due
	for part := 0; part < eventlog.Parts; part++ {
		key := string(id) + "@" + strconv.Itoa(version) + "/" + strconv.Itoa(part)
		dues = append(dues, work.Due{Lane: Lane, Kind: dueActivate, Key: key, Part: part, At: now, Payload: string(payload)})
	}
	return dues, nil
}

// Insider is a resident inside the standing condition of a playbook.
type Insider struct {
	Resident hearth.ResidentID
	Part     int
}

const allStatesSQL = `SELECT resident, property, body, edges, part FROM states WHERE org = $1 AND resident > $2 ORDER BY resident LIMIT 1000`

// Inside gives who is inside a playbook's standing condition and audience now, by resident; nobody for an on-trigger.
func (e *Engine) Inside(ctx context.Context, p *playbook.Program) ([]Insider, error) {
	var out []Insider
	if p.Def.Trigger.On != "" {
		return nil, nil
	}
	after := ""
	for {
		var last string
		n := 0
		// A page at a time: a snapshot held for long keeps the embedded store's log from being reused.
		err := e.DB.Read(ctx, func(tx *db.Tx) error {
			found, seen, lastID, err := e.insidePage(ctx, tx, p, after)
			out, n, last = append(out, found...), seen, lastID
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look who is inside %s: %w", p.Def.ID, err)
		}
		if n == 0 {
			return out, nil
		}
		after = last
	}
}

func (e *Engine) insidePage(ctx context.Context, tx *db.Tx, p *playbook.Program, after string) (found []Insider, n int, last string, err error) {
	type row struct {
		en   *entry
		part int
	}
	rows, err := tx.Query(ctx, allStatesSQL, tx.Org(), after)
	if err != nil {
		return nil, 0, "", err
	}
	defer rows.Close()
	var page []row
	for rows.Next() {
		en, part, err := scanEntryPart(rows)
		if err != nil {
			return nil, 0, "", err
		}
		page = append(page, row{en, part})
	}
	if err := rows.Err(); err != nil {
		return nil, 0, "", err
	}
	rows.Close()
	for _, r := range page {
		if r.en.zone, err = e.zoneOf(ctx, tx, r.en.property); err != nil {
			return nil, 0, "", err
		}
		is, err := counts(p, r.en, tx.Now())
		if err != nil {
			return nil, 0, "", err
		}
		if is {
			found = append(found, Insider{Resident: r.en.resident, Part: r.part})
		}
		last = string(r.en.resident)
	}
	return found, len(page), last, nil
}

// counts tells whether the resident would start: inside the condition, in the audience, and the one who speaks for
// the home if it is for households.
func counts(p *playbook.Program, en *entry, now time.Time) (bool, error) {
	v := en.view(now)
	is, err := inside(p, v)
	if err != nil || !is {
		return false, err
	}
	if speaks, _ := v.Bool("household.primary"); p.Def.For == "household" && !speaks {
		return false, nil
	}
	if p.Audience == nil {
		return true, nil
	}
	return p.Audience.Eval(rule.Vars{Fields: v})
}
