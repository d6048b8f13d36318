package playbook

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/sense/signal"
)

// Group is what a run is to the measurement of its playbook.
type Group string

// The two arms. Those held out get nothing of the playbook, and their goal is watched all the same.
const (
	GroupTreated Group = ""
	GroupHeldOut Group = "held out"
)

// Holdout says how many in a hundred are held out. The same person stays in the same arm over all versions, as long as
// the salt is the same.
type Holdout struct {
	Percent int    `yaml:"percent"`
	Salt    string `yaml:"salt"`
}

// UnmarshalYAML reads "holdout: 10" and the long form with a salt.
func (h *Holdout) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		var err error
		if h.Percent, err = strconv.Atoi(n.Value); err != nil {
			return fmt.Errorf("line %d: holdout is a number of percent, such as 10", n.Line)
		}
		return nil
	}
	type plain Holdout
	return n.Decode((*plain)(h))
}

// checkHoldout refuses to withhold what is care: only what residents may do without can be held out.
func (d *Definition) checkHoldout() error {
	switch {
	case d.Holdout.Percent == 0:
		return nil
	case d.Holdout.Percent < 0 || d.Holdout.Percent > 50:
		return invalid("holdout", "Between 1 and 50 percent can be held out.")
	case d.Goal == nil:
		return invalid("holdout", "A holdout measures a goal; say which: goal: {event: …, within: …}.")
	case d.Depth == hearth.DepthHuman:
		return invalid("holdout", "In a moment for people nobody is held out: care is never withheld.")
	case d.For == "property":
		return invalid("holdout", "A playbook for the property has nobody to hold out.")
	}
	return withholds(d.Steps)
}

func withholds(steps []Step) error {
	for i := range steps {
		s := &steps[i]
		switch {
		case s.Send != nil && !s.Send.Class.Discretionary():
			return s.fail("With a holdout every message is of class relation or promotion, and this is of class %s: care is never withheld.", s.Send.Class)
		case s.Task != nil, s.Escalate != nil, s.Connect != nil, s.Survey != nil:
			return s.fail("With a holdout a playbook only sends messages of class relation or promotion: the attention of a person, or a question about a service, is never withheld.")
		}
		for _, arm := range s.Branch {
			if err := withholds(append(arm.Steps[:len(arm.Steps):len(arm.Steps)], arm.Else...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// HeldOut tells whether somebody (a resident, or a household where the playbook is for households) is in the arm that
// gets nothing. It depends on the playbook, its salt and who it is, and on nothing else.
func (p *Program) HeldOut(who string) bool {
	if p.Def.Holdout.Percent == 0 {
		return false
	}
	sum := sha256.Sum256([]byte(string(p.Def.ID) + "\x00" + p.Def.Holdout.Salt + "\x00" + who))
	return binary.BigEndian.Uint64(sum[:8])%100 < uint64(p.Def.Holdout.Percent)
}

// Words tells the goal: "lease.renewed within 120 days".
func (g *Goal) Words() string {
	s := string(g.Event)
	if g.If != "" {
		s += " with " + g.If
	}
	return s + " within " + g.Within.String()
}

// sentence tells the goal to those who do not write playbooks: "a lease was renewed, within 120 days".
func (g *Goal) sentence() string {
	s := EventWords(g.Event)
	if g.If != "" {
		s += " and " + Sentence(g.If)
	}
	return s + ", within " + g.Within.String()
}

// GoalState is what came of a run's goal.
type GoalState string

// The states of a goal. An open one whose time is over counts as missed.
const (
	GoalOpen    GoalState = "open"
	GoalReached GoalState = "reached"
	GoalMissed  GoalState = "missed"
)

// GoalRow is the goal of one run.
type GoalRow struct {
	Run      hearth.RunID
	Part     int
	Property hearth.PropertyID
	Resident hearth.ResidentID
	Playbook hearth.PlaybookID
	Version  int
	Arm      Group
	Whom     string // about whom chance decided: a resident or a household; "" where nobody is held out
	State    GoalState
	Started  time.Time
	Until    time.Time
	At       time.Time // when it was reached or missed
}

// SaveGoals writes goals as they are now, new and changed alike. Each run may be in the list once.
func SaveGoals(ctx context.Context, tx *db.Tx, goals []GoalRow) error {
	if len(goals) == 0 {
		return nil
	}
	b := db.Bulk{Table: "goals", OnConflict: "ON CONFLICT (org, run) DO UPDATE SET state = excluded.state, at = excluded.at",
		Cols: []db.Col{{Name: "org"}, {Name: "run"}, {Name: "part", Type: db.Int}, {Name: "property"}, {Name: "resident"}, {Name: "playbook"},
			{Name: "version", Type: db.Int}, {Name: "arm"}, {Name: "state"}, {Name: "started", Type: db.Int}, {Name: "until", Type: db.Int},
			{Name: "at", Type: db.Int}, {Name: "whom"}}}
	for _, g := range goals {
		b.Rows = append(b.Rows, []any{tx.Org(), string(g.Run), int64(g.Part), string(g.Property), string(g.Resident), string(g.Playbook),
			int64(g.Version), string(g.Arm), string(g.State), hearth.Millis(g.Started), hearth.Millis(g.Until), hearth.Millis(g.At), g.Whom})
	}
	if err := tx.BulkLater(ctx, b); err != nil {
		return fmt.Errorf("save goals: %w", err)
	}
	return nil
}

// Over is what a condition over an event and a resident's signals reads.
func Over(ev *hearth.Event, v signal.View) rule.Vars {
	return rule.Vars{Fields: v, Event: EventVars(ev)}
}
