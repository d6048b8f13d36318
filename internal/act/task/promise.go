package task

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"hearth"
	"hearth/internal/base/db"
)

// PromiseID names what was promised in a fact of a task.
func PromiseID(t hearth.TaskID, fact string) string { return hearth.DeriveID("prm_", string(t), fact) }

// maxPromiseID bounds what names a promise, in bytes; sources name them as they like.
const maxPromiseID = 300

// Settle tells that a promise to a resident was kept, or was not kept in time. The last word on a promise counts. It fails
// with CodeNotFound for a resident whom nobody knows, and with CodeInvalid without a promise.
func (s *Store) Settle(ctx context.Context, tx *db.Tx, actor hearth.Actor, who hearth.ResidentID, promise string, kept bool) error {
	kind := hearth.EventType("promise.missed")
	if kept {
		kind = "promise.kept"
	}
	return s.tellPromise(ctx, tx, actor, who, promise, kind, map[string]any{"promise": promise})
}

// Restate takes back that a promise was settled: it is open again, due when it was. It fails like Settle.
func (s *Store) Restate(ctx context.Context, tx *db.Tx, actor hearth.Actor, who hearth.ResidentID, promise, due, text string) error {
	return s.tellPromise(ctx, tx, actor, who, promise, "promise.made", map[string]any{"promise": promise, "due": due, "text": text})
}

func (s *Store) tellPromise(ctx context.Context, tx *db.Tx, actor hearth.Actor, who hearth.ResidentID, promise string, kind hearth.EventType, data map[string]any) error {
	if promise == "" || len(promise) > maxPromiseID {
		return hearth.FieldErrorf("promise", "Say which promise it is.")
	}
	r, err := s.records.Resident(ctx, tx, who)
	if err != nil {
		return err
	}
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	ev := &hearth.Event{ID: hearth.DeriveID("evt_", "promise", promise, string(kind), strconv.FormatInt(hearth.Millis(tx.Now()), 10)), Source: "hearth/act/task", Type: kind,
		Subject: hearth.Subject{Kind: "resident", ID: string(r.ID)}, Residents: []hearth.ResidentID{r.ID}, Property: r.Property, Actor: actor, Time: tx.Now(), Data: b}
	if _, err := s.log.Append(ctx, tx, ev); err != nil {
		return fmt.Errorf("append %s: %w", kind, err)
	}
	return nil
}
