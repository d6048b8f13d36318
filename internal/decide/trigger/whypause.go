package trigger

import (
	"context"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
)

// standstills adds what keeps the playbook from starting, going on or sending, whatever its conditions say: a death, a
// pause of the playbook, the property, the resident or everything, a pause of a channel.
func (e *Engine) standstills(ctx context.Context, tx *db.Tx, x *Explanation, p *playbook.Program, en *entry) error {
	force, err := e.Care.At(ctx, tx, append([]hearth.ResidentID{en.resident}, en.edges.of...), x.At)
	if err != nil {
		return err
	}
	start := Check{What: "pause", Text: "nothing keeps it from starting and going on", Holds: true, Known: true}
	if force.Dead(x.Resident, x.At) {
		start.Holds, start.Values = false, []string{strings.TrimSuffix(stoppedWords, ".")}
	} else if paused, ok := force.Paused(care.Thing{Playbook: x.Playbook, Property: en.property, Resident: x.Resident}, x.At); ok {
		start.Holds, start.Values = false, []string{untilWhen(paused, en.zone)}
	}
	x.Checks = append(x.Checks, start)
	if !p.Def.Writes() {
		return nil
	}
	for _, paused := range force.Pauses(x.At) {
		if paused.What == care.Channel {
			x.Checks = append(x.Checks, Check{What: "sending", Text: "its messages may go by " + paused.Target, Known: true, Values: []string{untilWhen(paused, en.zone)}})
		}
	}
	return nil
}

// untilWhen words a pause with its end, if it has one, by the property's clock.
func untilWhen(p care.Pause, zone *time.Location) string {
	if p.Until.IsZero() {
		return p.Words(zone)
	}
	return p.Words(zone) + " (until " + hearth.MomentWords(p.Until, zone) + ")"
}

// stands gives the standstill of what has started, as a sentence with a blank before it, "" if there is none.
func (x *Explanation) stands() string {
	out := ""
	for _, c := range x.Checks {
		if (c.What == "pause" || c.What == "sending") && !c.Holds {
			out += " It waits: " + c.Values[0] + "."
		}
	}
	return out
}

// besides gives what would keep the playbook from starting even if its conditions held, as stands does.
func (x *Explanation) besides() string {
	for _, c := range x.Checks {
		if c.What == "pause" && !c.Holds {
			return " Besides, " + lowerFirst(c.Values[0]) + "."
		}
	}
	return ""
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
