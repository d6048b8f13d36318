package api

import (
	"context"
	"encoding/json"
	"math"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/sentiment"
	"hearth/internal/sense/signal"
)

// toneItem is how a message sounds.
type toneItem struct {
	Class      sentiment.Class `json:"class" enum:"negative,neutral,positive" doc:"How it sounds: as a person said, else as read from its words."`
	Tone       float64         `json:"tone" doc:"-1 (surely negative) to 1 (surely positive), as read."`
	Confidence float64         `json:"confidence" doc:"How likely the reading is right: about a third is no idea. Of a corrected one: 1."`
	Words      []toneWord      `json:"words" nullable:"false" doc:"The words that made the reading so, the strongest first."`
	Corrected  bool            `json:"corrected" doc:"Whether a person put it right, by an event tone.corrected that names this event's id as its message."`
}

type toneWord struct {
	Word   string  `json:"word"`
	Weight float64 `json:"weight" doc:"Below 0: towards negative."`
}

const (
	received       hearth.EventType = "message.received"
	corrected      hearth.EventType = "tone.corrected"
	maxCorrections                  = 500 // of one resident that are looked through
)

// corrections gives what people said of the tone of a resident's messages, by the message that they named; nothing is
// asked when no event is a message.
func (a *API) corrections(ctx context.Context, tx *db.Tx, person []hearth.ResidentID, events []*hearth.Event) (map[string]sentiment.Class, error) {
	messages := false
	for _, ev := range events {
		messages = messages || ev.Type == received
	}
	if !messages {
		return nil, nil
	}
	list, err := a.Log.Timelines(ctx, tx, person, []hearth.EventType{corrected}, eventlog.Cursor{}, maxCorrections)
	if err != nil {
		return nil, err
	}
	said := map[string]sentiment.Class{}
	for i := len(list) - 1; i >= 0; i-- { // the newest last: it counts
		var d struct {
			Message string          `json:"message"`
			Tone    sentiment.Class `json:"tone"`
		}
		if err := json.Unmarshal(list[i].Data, &d); err == nil {
			said[d.Message] = d.Tone
		}
	}
	return said, nil
}

// toneOf gives the tone of an event that holds a resident's words, nil for others.
func toneOf(ev *hearth.Event, said map[string]sentiment.Class) *toneItem {
	if ev.Type != received {
		return nil
	}
	var d struct {
		Text    string `json:"text"`
		Message string `json:"message"`
		Topic   string `json:"topic"`
	}
	if err := json.Unmarshal(ev.Data, &d); err != nil || d.Topic == signal.OptOut {
		return nil // what is not of this shape was refused at the door
	}
	r := sentiment.Read(d.Text)
	item := &toneItem{Class: r.Class, Tone: hundredths(r.Tone), Confidence: hundredths(r.Confidence), Words: []toneWord{}}
	for _, w := range r.Words {
		item.Words = append(item.Words, toneWord{w.Word, hundredths(w.Weight)})
	}
	class, ok := said[ev.ID]
	if !ok && d.Message != "" {
		class, ok = said[d.Message]
	}
	if ok {
		item.Class, item.Confidence, item.Corrected = class, 1, true
	}
	return item
}

// hundredths rounds: more digits would promise what no reading holds.
func hundredths(v float64) float64 { return math.Round(v*100) / 100 }
