package trigger

import (
	"context"
	"encoding/json"
	"fmt"

	"hearth"
	"hearth/internal/decide/playbook"
)

// replied takes a resident's words as the answer to the survey that a run waits for, if they read as one. The answer is
// appended as an event of its own, so that it counts as one that came by any other way.
func (b *batch) replied(p *playbook.Program, r *playbook.Run, ev *hearth.Event) error {
	question := p.Asked(r)
	if question == "" || ev.Type != "message.received" || !playbook.About(ev, question) {
		return nil
	}
	words, _ := playbook.FlatData(ev.Data)["text"].(string)
	score, text, ok := playbook.Reply(words)
	if !ok {
		return nil
	}
	answer := map[string]any{"question": question, "score": score}
	if text != "" {
		answer["text"] = text
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	b.appends = append(b.appends, &hearth.Event{ID: hearth.DeriveID("evt_", "survey", r.Name(), ev.Source, ev.ID),
		Source: "hearth/decide/trigger", Type: playbook.SurveyAnswered, Subject: hearth.Subject{Kind: "resident", ID: string(r.Resident)},
		Property: ev.Property, Residents: []hearth.ResidentID{r.Resident}, Time: ev.Time, Recorded: b.now, AsOf: b.now, Data: data})
	return nil
}

// tell appends what the batch has learned.
func (b *batch) tell(ctx context.Context) error {
	if len(b.appends) == 0 {
		return nil
	}
	if err := b.Log.AppendLast(ctx, b.tx, nil, b.appends...); err != nil {
		return fmt.Errorf("append what was learned: %w", err)
	}
	return nil
}
