package proof

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/sim/model"
)

// found reads what the program left behind at every property.
func (l *life) found() map[hearth.PropertyID]*model.Found {
	l.t.Helper()
	out := map[hearth.PropertyID]*model.Found{}
	for _, at := range l.places {
		out[at.id] = &model.Found{}
	}
	runs := l.foundRuns(out)
	for _, row := range l.query("SELECT run, title, state, CAST(made AS TEXT) FROM tasks WHERE org = $1 AND kind = 'playbook' ORDER BY made, id") {
		if r := runs[row[0]]; r != nil {
			r.Tasks = append(r.Tasks, model.FoundTask{Title: row[1], State: row[2], Made: when(row[3])})
			continue
		}
		l.t.Errorf("the task %q of %s belongs to no run", row[1], when(row[3]))
	}
	messages := l.foundMessages(out)
	for _, row := range l.query("SELECT kind, object, CAST(was_due AS TEXT), CAST(made AS TEXT), state, CAST(settled AS TEXT) FROM reviews WHERE org = $1 ORDER BY made, id") {
		switch row[0] {
		case "run":
			runs[row[1]].Looks = append(runs[row[1]].Looks, model.Look{Made: when(row[2]), State: row[4]})
		case "message":
			if x := messages[row[1]]; x != nil { // else it stands in the place of another
				x.Looks = append(x.Looks, model.Look{Made: when(row[3]), State: row[4], Settled: when(row[5])})
			}
		}
	}
	return out
}

func when(ms string) time.Time {
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		panic(err)
	}
	return hearth.FromMillis(n)
}

func (l *life) foundRuns(out map[hearth.PropertyID]*model.Found) map[string]*model.FoundRun {
	l.t.Helper()
	why := map[string]bool{}
	for _, row := range l.query("SELECT run, reason, facts, playbook FROM decisions WHERE org = $1 AND stage = 'trigger' AND outcome IN ('started','held out')") {
		why[row[0]] = row[1] != "" && row[2] != "" && row[3] != ""
	}
	rows := l.query(`SELECT id, property, playbook, resident, state, CAST(started AS TEXT), CAST(ended AS TEXT), CAST(wake_at AS TEXT), waits_for, arm
FROM runs WHERE org = $1 ORDER BY started, id`)
	byID := map[string]*model.FoundRun{}
	for _, c := range rows {
		f := out[hearth.PropertyID(c[1])]
		f.Runs = append(f.Runs, &model.FoundRun{ID: c[0], Playbook: c[2], Resident: c[3], State: c[4], Started: when(c[5]), Over: when(c[6]),
			Wakes: when(c[7]), WaitsFor: c[8], Arm: c[9], Why: why[c[0]]})
		byID[c[0]] = f.Runs[len(f.Runs)-1]
	}
	return byID
}

// saidAgain gives the messages that stand in the place of one that was not delivered. The model wishes none of them: each has its own one message that
// was lost, which residents need and which is wished by its run, and nothing of it went by mail to the address that had failed.
func (l *life) saidAgain(byID map[string]*model.Message) map[string]bool {
	l.t.Helper()
	out := map[string]bool{}
	for _, c := range l.query(`SELECT m.id, m.instead_of, m.state, m.class, m.address_key, o.address_key FROM messages m JOIN messages o ON o.org = m.org AND o.id = m.instead_of
WHERE m.org = $1 AND m.direction = 'out' ORDER BY m.made, m.id`) {
		out[c[0]] = true
		lost := byID[c[1]]
		if lost == nil && !out[c[1]] || hearth.MessageID(c[0]) != message.AgainID(hearth.MessageID(c[1])) || hearth.Class(c[3]).Discretionary() {
			l.t.Errorf("%s stands in the place of %s (%s, %s)", c[0], c[1], c[2], c[3])
		}
		if c[4] == c[5] && c[4] != "" && c[2] != "dropped" && c[2] != "held" {
			l.t.Errorf("%s goes to the address at which %s was lost: it is %s", c[0], c[1], c[2])
		}
	}
	return out
}

func (l *life) foundMessages(out map[hearth.PropertyID]*model.Found) map[string]*model.Message {
	l.t.Helper()
	byID := map[string]*model.Message{}
	for _, c := range l.query(`SELECT id, property, resident, run, playbook, purpose, class, CAST(made AS TEXT), state
FROM messages WHERE org = $1 AND direction = 'out' AND instead_of = '' ORDER BY made, id`) {
		x := &model.Message{ID: c[0], Resident: c[2], Run: c[3], Playbook: c[4], Purpose: c[5], Class: hearth.Class(c[6]), Made: when(c[7]),
			State: c[8], Handed: l.box.took[hearth.MessageID(c[0])]}
		out[hearth.PropertyID(c[1])].Messages = append(out[hearth.PropertyID(c[1])].Messages, x)
		byID[c[0]] = x
	}
	again := l.saidAgain(byID)
	for _, c := range l.query(`SELECT object, CAST(at AS TEXT), outcome, reason, facts, playbook, run, CAST(version AS TEXT)
FROM decisions WHERE org = $1 AND stage = 'desk' ORDER BY at, id`) {
		x := byID[c[0]]
		if x == nil && again[c[0]] {
			continue
		}
		if x == nil {
			l.t.Errorf("the desk decided on a message %q that there is not", c[0])
			continue
		}
		v := model.Verdict{At: when(c[1]), Outcome: c[2], Reason: c[3]}
		var facts map[string]any
		l.must(json.Unmarshal([]byte(c[4]), &facts))
		if text, _ := facts["until"].(string); text != "" {
			var err error
			v.Until, err = time.Parse(time.RFC3339, text)
			l.must(err)
		}
		v.Why = c[3] != "" && c[5] != "" && c[6] != "" && c[7] != "0"
		for _, name := range []string{"class", "purpose", "template", "local", "zone", "why", "channel", "quiet_hours", "said_7d", "discretionary_7d"} {
			if _, ok := facts[name]; !ok {
				v.Why = false
			}
		}
		x.Verdicts = append(x.Verdicts, v)
	}
	fates := map[string]string{"message.sent": "sent", "message.failed": "failed", "message.bounced": "failed", "message.unknown": "unknown"}
	for _, c := range l.query(`SELECT data, CAST(recorded AS TEXT), type FROM events WHERE org = $1 AND type LIKE 'message.%' ORDER BY part, seq`) {
		var data struct {
			Message string `json:"message"`
		}
		l.must(json.Unmarshal([]byte(c[0]), &data))
		if x := byID[data.Message]; x != nil && fates[c[2]] != "" {
			x.Fates = append(x.Fates, model.Fate{At: when(c[1]), State: fates[c[2]]})
		}
	}
	for _, x := range byID {
		slices.SortStableFunc(x.Fates, func(a, b model.Fate) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
	}
	return byID
}
