package trigger

import (
	"context"
	"encoding/json"
	"errors"
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
	Warnings []string            `json:"warnings"` // what the map of moments says about it
	Hints    []playbook.Hint     `json:"hints"`    // what may not be meant, alone and beside the others that are on
}

// Activate makes the text the active version of its playbook. Those already inside its condition are listed; they
// start at aDay a day, in the order of their ids, or not at all with aDay 0. It fails with CodeInvalid for a playbook
// that does not pass its checks, or that would do by itself what the map of moments keeps for people.
func (e *Engine) Activate(ctx context.Context, text []byte, aDay int) (Activation, error) {
	out, err := e.switchOn(ctx, text, aDay, nil)
	if err != nil {
		return Activation{}, err
	}
	e.Log.Bell().Ring()
	return out, nil
}

// Preview tells what Activate would do, and does nothing.
func (e *Engine) Preview(ctx context.Context, text []byte, aDay int) (Activation, error) {
	out, err := e.switchOn(ctx, text, aDay, errDry)
	if !errors.Is(err, errDry) {
		return Activation{}, err
	}
	return out, nil
}

// errDry takes back what a preview did.
var errDry = errors.New("only looked at")

// switchOn checks the text and makes it the active version, in a transaction that ends with the error then.
func (e *Engine) switchOn(ctx context.Context, text []byte, aDay int, then error) (out Activation, err error) {
	if aDay < 0 || aDay > 100_000 {
		return out, hearth.FieldErrorf("include-current", "Include between 0 and 100,000 residents a day.")
	}
	p, err := e.Compile(ctx, text)
	if err != nil {
		return out, err
	}
	insiders, err := e.Inside(ctx, p)
	if err != nil {
		return out, err
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if out, err = e.activate(ctx, tx, p, insiders, aDay); err != nil {
			return err
		}
		return then
	})
	if err != nil {
		return out, fmt.Errorf("activate %s: %w", p.Def.ID, err)
	}
	return out, nil
}

// activate switches a compiled playbook on.
func (e *Engine) activate(ctx context.Context, tx *db.Tx, p *playbook.Program, insiders []Insider, aDay int) (Activation, error) {
	out := Activation{Playbook: p.Def.ID}
	moments, err := playbook.LoadMoments(ctx, tx)
	if err != nil {
		return out, err
	}
	if out.Warnings, err = moments.Check(p.Def); err != nil {
		return out, err
	}
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return out, err
	}
	out.Hints = e.hintsOn(act, p.Def, moments)
	if out.Version, out.Added, err = playbook.Activate(ctx, tx, p, aDay); err != nil {
		return out, err
	}
	var dues []work.Due
	if out.Added {
		if dues, err = e.sweeps(ctx, tx, p, out.Version); err != nil {
			return out, err
		}
	}
	for _, in := range insiders {
		out.Inside = append(out.Inside, in.Resident)
		if aDay == 0 || in.Started {
			continue
		}
		at := tx.Now().AddDate(0, 0, out.Included/aDay)
		dues = append(dues, inclusion{Version: out.Version}.due(p.Def.ID, in.Resident, in.Part, at))
		out.Included, out.LastOn = out.Included+1, at
	}
	return out, work.Put(ctx, tx, dues)
}

// sweeps are the due rows that make every partition look at its residents once, count what happened before, or look at
// the calendar.
func (e *Engine) sweeps(ctx context.Context, tx *db.Tx, p *playbook.Program, version int) ([]work.Due, error) {
	id := p.Def.ID
	if p.Def.Trigger.At != nil {
		return startCalendar(id, version, tx.Now())
	}
	heads, err := e.Log.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	var dues []work.Due
	for part := 0; part < eventlog.Parts; part++ {
		payload, err := json.Marshal(sweep{Playbook: id, Version: version, Head: heads[part]})
		if err != nil {
			return nil, err
		}
		key := string(id) + "@" + strconv.Itoa(version) + "/" + strconv.Itoa(part)
		dues = append(dues, work.Due{Lane: Lane, Kind: dueActivate, Key: key, Part: part, At: tx.Now(), Payload: string(payload)})
	}
	return dues, nil
}

// Insider is a resident inside the standing condition of a playbook.
type Insider struct {
	Resident hearth.ResidentID
	Part     int
	// Started tells that the re-entry rule keeps the playbook from starting: it did already, under an earlier version.
	Started bool
}

const allStatesSQL = `SELECT resident, property, body, edges, part FROM states WHERE org = $1 AND (resident, part) > ($2, $3)
ORDER BY resident, part LIMIT 1000`

// Inside gives who is inside a playbook's standing condition and audience now, by resident; nobody for what happens rather than holds.
func (e *Engine) Inside(ctx context.Context, p *playbook.Program) ([]Insider, error) {
	var out []Insider
	if !p.Def.Trigger.Standing() {
		return nil, nil
	}
	var after *entry
	for {
		var page []*entry
		// A page at a time: a snapshot held for long keeps the embedded store's log from being reused.
		err := e.DB.Read(ctx, func(tx *db.Tx) error {
			var err error
			if page, err = e.page(ctx, tx, after); err != nil {
				return err
			}
			for _, en := range page {
				is, err := e.counts(p, en, tx.Now())
				if err != nil {
					return err
				}
				if is {
					started := again(en.edges.find(p.Def.ID), p, startKey(p, en, cause{}, tx.Now()), tx.Now())
					out = append(out, Insider{Resident: en.resident, Part: en.part, Started: started.why != ""})
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look who is inside %s: %w", p.Def.ID, err)
		}
		if len(page) == 0 {
			return out, nil
		}
		after = page[len(page)-1]
	}
}

// page reads the next entries behind one, with their zones.
func (e *Engine) page(ctx context.Context, tx *db.Tx, after *entry) ([]*entry, error) {
	if after == nil {
		after = &entry{}
	}
	return e.pageOf(ctx, tx, allStatesSQL, tx.Org(), string(after.resident), after.part)
}

// pageOf reads the entries that a statement gives, with their zones.
func (e *Engine) pageOf(ctx context.Context, tx *db.Tx, statement string, args ...any) ([]*entry, error) {
	rows, err := tx.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []*entry
	for rows.Next() {
		en, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, en)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	if err := e.renew(ctx, tx, page); err != nil {
		return nil, err
	}
	for _, en := range page {
		if en.zone, err = e.zoneOf(ctx, tx, en.property); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// counts tells whether the resident would start: inside the condition and in the audience.
func (e *Engine) counts(p *playbook.Program, en *entry, now time.Time) (bool, error) {
	if en.edges.gone || en.site() {
		return false, nil
	}
	v := en.view(now)
	is, err := e.inside(p, v)
	if err != nil || !is || p.Audience == nil {
		return is, err
	}
	return p.Audience.Eval(rule.Vars{Fields: v})
}
