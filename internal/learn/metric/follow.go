package metric

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// told is what an event says, as far as it matters here.
type told struct {
	id       string
	kind     hearth.EventType
	subject  hearth.Subject
	property hearth.PropertyID
	resident hearth.ResidentID
	actor    hearth.Actor
	at       time.Time
	data     struct {
		WorkOrder string   `json:"workorder"`
		Category  string   `json:"category"`
		Purpose   string   `json:"purpose"`
		Topic     string   `json:"topic"`
		Channel   string   `json:"channel"`
		Message   string   `json:"message"`
		Text      string   `json:"text"`
		Promise   string   `json:"promise"`
		Due       string   `json:"due"`
		Task      string   `json:"task"`
		Question  string   `json:"question"`
		Score     *float64 `json:"score"`
		Tone      string   `json:"tone"`
		Kind      string   `json:"kind"`
	}
}

// readTypes are the types that figures are made of; of nothing else a trace is left.
func readTypes() []string {
	return []string{"message.received", "message.sent", "message.clicked", "portal.visited", "contact.personal", "visit.recorded",
		"survey.answered", "tone.corrected", "promise.made", "promise.kept", "promise.missed", "workorder.opened", "workorder.completed",
		"workorder.reopened", "workorder.cancelled"}
}

const toldSQL = `SELECT id, type, subject, property, resident, actor, time, recorded, data FROM events
WHERE org = $1 AND part = $2 AND seq > $3 AND seq <= $4 AND property <> '' AND `

// follow folds the next stretch of a partition. Reading needs no lock: what came of it is written only if the position is
// still where the stretch began.
func (s *Store) follow(ctx context.Context, part int) (more bool, err error) {
	var from, to int64
	var evs []told
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		heads, err := s.Log.Heads(ctx, tx)
		if err != nil {
			return err
		}
		positions, err := s.Log.Positions(ctx, tx, Follower)
		if err != nil {
			return err
		}
		from, to = positions[part], min(heads[part], positions[part]+maxEvents)
		more = to < heads[part]
		if from == to {
			return nil
		}
		evs, err = readTold(ctx, tx, part, from, to)
		return err
	})
	if err != nil || from == to {
		return false, err
	}
	err = s.DB.WriteAside(ctx, func(tx *db.Tx) error {
		pos, ok, err := s.Log.Lock(ctx, tx, Follower, part)
		if err != nil || !ok || pos.Seq != from {
			return err // another node did it
		}
		if err := s.fold(ctx, tx, evs, to); err != nil {
			return err
		}
		return s.Log.Move(ctx, tx, Follower, part, eventlog.Position{Seq: to, Node: s.Node, Epoch: pos.Epoch + 1})
	})
	return more && err == nil, err
}

func readTold(ctx context.Context, tx *db.Tx, part int, from, to int64) ([]told, error) {
	in, arg := tx.In("type", 5, readTypes())
	rows, err := tx.Query(ctx, toldSQL+in+" ORDER BY seq", tx.Org(), part, from, to, arg)
	if err != nil {
		return nil, fmt.Errorf("read what happened: %w", err)
	}
	defer rows.Close()
	var out []told
	for rows.Next() {
		var ev told
		var subject, actor, data string
		var recorded time.Time
		if err := rows.Scan(&ev.id, &ev.kind, &subject, &ev.property, &ev.resident, &actor, &ev.at, &recorded, &data); err != nil {
			return nil, fmt.Errorf("read what happened: %w", err)
		}
		if recorded.Before(ev.at) {
			ev.at = recorded // what claims to lie in the future counts from when it was told
		}
		ev.subject, _ = hearth.ParseSubject(subject)
		if actor != "" {
			ev.actor = hearth.ParseActor(actor)
		}
		if json.Unmarshal([]byte(data), &ev.data) != nil {
			continue // the door checks what comes in
		}
		out = append(out, ev)
	}
	return out, rows.Err()
}

// fold writes what a stretch of events comes to.
func (s *Store) fold(ctx context.Context, tx *db.Tx, evs []told, to int64) error {
	for len(evs) > 0 {
		property := evs[0].property
		mine := make([]told, 0, len(evs))
		rest := make([]told, 0)
		for _, ev := range evs {
			if ev.property == property {
				mine = append(mine, ev)
			} else {
				rest = append(rest, ev)
			}
		}
		if err := s.foldProperty(ctx, tx, property, mine, to); err != nil {
			return err
		}
		evs = rest
	}
	return nil
}

func (s *Store) foldProperty(ctx context.Context, tx *db.Tx, property hearth.PropertyID, evs []told, to int64) error {
	p, err := s.Records.Property(ctx, tx, property)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	zone, err := p.Location()
	if err != nil {
		zone = time.UTC
	}
	f := newFolding(p.ID, zone, assign.CalendarOf(p.Settings, nil, zone), to)
	if err := f.load(ctx, tx, evs); err != nil {
		return err
	}
	for i := range evs {
		f.take(&evs[i])
	}
	return f.store(ctx, tx)
}

// corrections are rare, so that each finds its reading by itself.
const correctSQL = `SELECT id, week FROM figure_rows WHERE org = $1 AND resident = $2 AND figure = 'tone' AND (id = $3 OR ref = $3)`

const saidSQL = `UPDATE figure_rows SET value = $1, weight = 1 WHERE org = $2 AND property = $3 AND figure = 'tone' AND id = $4`

func (f *folding) correct(ctx context.Context, tx *db.Tx, ev *told) error {
	tone, ok := signal.ToneSaid(ev.data.Tone)
	if !ok || ev.data.Message == "" {
		return nil
	}
	rows, err := tx.Query(ctx, correctSQL, tx.Org(), string(ev.resident), ev.data.Message)
	if err != nil {
		return fmt.Errorf("find what was corrected: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		var week hearth.Day
		if err := rows.Scan(&id, &week); err != nil {
			return fmt.Errorf("find what was corrected: %w", err)
		}
		ids = append(ids, id)
		f.touch(Tone, week)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find what was corrected: %w", err)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if _, err := tx.Exec(ctx, saidSQL, tone, tx.Org(), string(f.property), id); err != nil {
			return fmt.Errorf("correct a tone: %w", err)
		}
	}
	return nil
}
