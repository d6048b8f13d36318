package api

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// The timeline tells how each message sounds and why, and what a person put right; other events have no tone.
func TestTimelineTellsTheTone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		tell := func(id string, typ hearth.EventType, data string, ago time.Duration) {
			b.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.api.Log.Append(ctx, tx, &hearth.Event{ID: id, Source: "test", Type: typ, Subject: hearth.Subject{Kind: "resident", ID: string(b.ana)},
					Property: b.property, Residents: []hearth.ResidentID{b.ana}, Time: clock.Now().Add(-ago), Data: json.RawMessage(data)})
				return err
			})
		}
		tell("m1", "message.received", `{"channel":"email","text":"The leak is back again and nobody answers. This is terrible."}`, 5*time.Hour)
		tell("m2", "message.received", `{"channel":"email","text":"Great job, the other tap leaks now.","message":"msg_2"}`, 4*time.Hour)
		tell("m3", "message.received", `{"channel":"sms","text":"La fuga sigue igual"}`, 3*time.Hour)
		tell("m4", "message.received", `{"channel":"email","text":"STOP. Unsubscribe me.","topic":"opt_out"}`, 3*time.Hour)
		tell("c1", "tone.corrected", `{"message":"msg_2","tone":"neutral"}`, 2*time.Hour)
		tell("c2", "tone.corrected", `{"message":"msg_2","tone":"negative"}`, time.Hour)
		list, err := b.api.getTimeline(t.Context(), &struct {
			ResidentPath
			Paging
			Type []string `query:"type" maxItems:"20" doc:"Only events of these types, separated by commas."`
		}{ResidentPath{"R-1"}, Paging{Limit: 50}, nil})
		b.must(err)
		got := map[string]*toneItem{}
		for _, item := range list.Body.Items {
			if item.Type != received && item.Tone != nil {
				t.Errorf("%s has a tone: %+v", item.Type, item.Tone)
			}
			got[item.ID] = item.Tone
		}
		if m := got["m1"]; m == nil || m.Class != "negative" || m.Tone > -0.5 || m.Confidence < 0.7 || m.Corrected || len(m.Words) == 0 || m.Words[0].Weight >= 0 {
			t.Errorf("the complaint reads %+v", m)
		}
		if m := got["m2"]; m == nil || m.Class != "negative" || !m.Corrected || m.Confidence != 1 {
			t.Errorf("the corrected message reads %+v, want the last correction", m)
		}
		if m := got["m4"]; m != nil {
			t.Errorf("words that end messages read %+v, want no tone", m)
		}
		if m := got["m3"]; m == nil || m.Confidence > 0.4 || m.Corrected {
			t.Errorf("the Spanish message reads %+v, want no idea", m)
		}
	})
}
