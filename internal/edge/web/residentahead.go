package web

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/outlook"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/sentiment"
	"hearth/internal/sense/signal"
)

// aheadView is what comes next.
type aheadView struct {
	Stopped string
	Rows    []aheadRow
}

// aheadRow is one thing that would reach the resident, or a person about them.
type aheadRow struct {
	When, What, Words string
	Held              bool
	Why               []string
	Hold, Cancel      string // where these are posted; "" where they can't be
}

const aheadShown = 12

func (q *request) aheadOf(a outlook.Ahead, r *resident) aheadView {
	v := aheadView{Stopped: a.Stopped}
	for _, c := range a.Contacts {
		if c.Outcome == "dropped" || c.Outcome == "merged" || len(v.Rows) == aheadShown {
			continue
		}
		if r.closed[c.Playbook] { // that somebody cares is all that is told
			v.Rows = append(v.Rows, aheadRow{When: q.aheadWhen(c.At), What: playbook.ClosedWords})
			continue
		}
		row := aheadRow{When: q.aheadWhen(c.At), What: c.Title, Words: q.web.Titles[c.Playbook], Held: c.Outcome == "held"}
		if c.Kind == "message" {
			row.What = c.Subject
			if row.What == "" {
				row.What = short(c.Text, 70)
			}
			if row.What == "" {
				row.What = capital(hearth.PurposeWords(c.Purpose))
			}
			row.Words = strings.TrimPrefix(row.Words+" · by "+strings.ToLower(channelWords(c.Channel)), " · ")
		} else if c.Role != "" {
			row.Words = strings.TrimPrefix(row.Words+" · for the "+roleWords(c.Role), " · ")
		}
		if row.Held {
			row.When, row.Words = "held", plainDays(c.Reason)
		}
		for _, w := range append([]string{c.Why, c.Reason}, append(c.Waits, c.Unless...)...) {
			if w = plainDays(w); w != "" && w != row.Words {
				row.Why = append(row.Why, w)
			}
		}
		if c.Waiting && c.Message != "" && q.may(rightMessages) {
			at := "/residents/" + string(r.ID) + "/messages/" + string(c.Message)
			row.Cancel = at + "/cancel"
			if row.Held {
				row.Hold = at + "/hold"
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func (q *request) aheadWhen(t time.Time) string {
	switch d := int(hearth.DayOf(t, q.zone) - hearth.DayOf(q.now, q.zone)); {
	case t.IsZero():
		return "paused"
	case d <= 0:
		return "today"
	case d == 1:
		return "tomorrow"
	case d < 7:
		return fmt.Sprintf("+%d days", d)
	}
	return page.When(t, q.now, q.zone)
}

// feelView is how the resident sounds against their own baseline.
type feelView struct {
	Line  *ui.Line
	Words string
	Shift string // what changed, "" for nothing
	Worse bool
	Table [][2]string
}

// readTones bounds how many messages and answers are read for their tone: reading one takes a moment.
const readTones = 24

// feelingsOf reads the tone of the last messages and answers.
func (q *request) feelingsOf(ctx context.Context, tx *db.Tx, r *resident) (feelView, error) {
	evs, err := q.web.Log.Timelines(ctx, tx, r.person, []hearth.EventType{"message.received", "survey.answered", "tone.corrected"}, eventlog.Cursor{}, readTones)
	if err != nil {
		return feelView{}, err
	}
	said := map[string]float64{}
	var values []float64
	var rows [][2]string
	for _, ev := range evs { // newest first
		var d struct {
			Text, Message, Tone, Topic string
			Score                      float64
		}
		if json.Unmarshal(ev.Data, &d) != nil {
			continue
		}
		var tone float64
		switch ev.Type {
		case "tone.corrected":
			if _, ok := said[d.Message]; !ok {
				said[d.Message] = map[string]float64{"negative": -0.8, "positive": 0.8}[d.Tone]
			}
			continue
		case "survey.answered":
			if tone = (d.Score - 3) / 2; d.Score > 5 {
				tone = (d.Score - 5) / 5
			}
		default:
			if d.Topic == signal.OptOut {
				continue
			}
			tone = sentiment.Read(d.Text).Tone
			if t, ok := said[ev.ID]; ok {
				tone = t
			} else if t, ok := said[d.Message]; ok && d.Message != "" {
				tone = t
			}
		}
		values = append([]float64{tone}, values...)
		rows = append(rows, [2]string{q.dateWords(ev.Time), toneWords(tone)})
	}
	return feelOf(r, values, rows), nil
}

// feelOf puts it into words. Too little to say is said.
func feelOf(r *resident, values []float64, rows [][2]string) feelView {
	v := feelView{Table: rows, Words: "Too little was said to tell."}
	if len(values) < 3 {
		return v
	}
	v.Line = &ui.Line{Values: smooth(values), Low: -1, High: 1, Base: math.NaN()}
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	base := sum / float64(len(values))
	v.Line.Base = base
	v.Words = map[bool]string{true: "Usually warm.", false: "Usually plain."}[base > 0.2]
	if base < -0.2 {
		v.Words = "Usually sharp."
	}
	shift, known := 0.0, false
	if r.seen {
		shift, known = r.view.Float("sentiment.shift")
	}
	if known {
		switch {
		case shift <= -0.25:
			v.Shift, v.Worse = "Sharper than their own baseline in the last weeks.", true
			v.Line.Ember = min(3, len(values))
		case shift >= 0.25:
			v.Shift = "Warmer than their own baseline in the last weeks."
		}
	}
	v.Line.Label = "Tone over the last " + count(len(values), "message", "messages") + ". " + v.Words + " " + v.Shift
	return v
}

// smooth averages each value with those before it, the newest counting most.
func smooth(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, x := range values {
		if i == 0 {
			out[0] = x
			continue
		}
		out[i] = 0.5*out[i-1] + 0.5*x
	}
	return out
}

func toneWords(t float64) string {
	switch {
	case t > 0.2:
		return "warm"
	case t < -0.2:
		return "sharp"
	}
	return "plain"
}

// attentionView is how much of a resident's attention is used.
type attentionView struct {
	Known   bool
	Words   string
	More    string
	Percent int
}

func attentionOf(r *resident) attentionView {
	if !r.seen {
		return attentionView{}
	}
	week, ok := r.view.Int("messages.discretionary_7d")
	most := r.property.Settings.Budget.Week
	if !ok || most <= 0 {
		return attentionView{}
	}
	v := attentionView{Known: true, Words: fmt.Sprintf("%d of %d optional messages used this week", week, most), Percent: int(week) * 100 / most}
	if month, ok := r.view.Int("messages.received_30d"); ok {
		v.More = count(int(month), "message", "messages") + " of every kind in 30 days."
	}
	return v
}
