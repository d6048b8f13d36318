package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Changed is the type of the event that tells what somebody did with a webhook.
const Changed hearth.EventType = "webhook.changed"

// Did is what was done with a webhook.
type Did string

// What can be done with one.
const (
	Added     Did = "added"
	Altered   Did = "changed"
	Paused    Did = "paused"
	Resumed   Did = "resumed"
	NewSecret Did = "secret"
	Removed   Did = "removed"
)

// Deed is what was done, as the log has it.
type Deed struct {
	Did  Did                `json:"did"`
	Host string             `json:"host"` // an address may hold what opens the other program
	By   string             `json:"by"`
	More []hearth.EventType `json:"hears_too,omitempty"`
	Less []hearth.EventType `json:"hears_no_more,omitempty"`
	// Properties are those it hears of from now on, where that was decided; empty: every one.
	Properties *[]hearth.PropertyID `json:"properties,omitempty"`
	Note       *string              `json:"note,omitempty"`
	Why        string               `json:"why,omitempty"` // where Hearth did it by itself
}

// Act is something that was done with a webhook.
type Act struct {
	At      time.Time
	Webhook string
	Actor   hearth.Actor
	Deed
}

// itself is Hearth where it pauses a webhook that takes nothing.
func itself() hearth.Actor { return hearth.System("webhooks") }

// did notes who did what with a webhook, here and in the log.
func (s *Hooks) did(ctx context.Context, tx *db.Tx, by hearth.Actor, h Hook, d Deed) error {
	d.By, d.Host = by.String(), hostOf(h.URL)
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write what was done with webhook %s: %w", h.ID, err)
	}
	id, err := s.random(func() (string, error) { return hearth.NewIDAt(s.Random, tx.Now(), hearth.TimedEvent) })
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO webhook_acts (org, webhook, n, at, by_whom, by_name, data) SELECT $1, $2, COALESCE(MAX(n), 0) + 1, $3, $4, $5, $6 FROM webhook_acts WHERE org = $1 AND webhook = $2`,
		tx.Org(), h.ID, tx.Now(), d.By, by.Name, string(data))
	if err != nil {
		return fmt.Errorf("note what was done with webhook %s: %w", h.ID, err)
	}
	_, err = s.Log.Append(ctx, tx, &hearth.Event{ID: id, Source: "hearth/act/webhook", Type: Changed, Subject: hearth.Subject{Kind: "webhook", ID: h.ID}, Actor: by, Time: tx.Now(), Data: data})
	return err
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return "an address that can't be read"
}

// Acts gives what was done with a webhook, also with one that is removed, at most n, the newest first.
func Acts(ctx context.Context, tx *db.Tx, id string, n int) ([]Act, error) {
	rows, err := tx.Query(ctx, `SELECT webhook, at, by_whom, by_name, data FROM webhook_acts WHERE org = $1 AND webhook = $2 ORDER BY n DESC LIMIT $3`, tx.Org(), id, int64(n))
	if err != nil {
		return nil, fmt.Errorf("read what was done with webhook %s: %w", id, err)
	}
	defer rows.Close()
	var out []Act
	for rows.Next() {
		var a Act
		var at int64
		var by, name, data string
		if err := rows.Scan(&a.Webhook, &at, &by, &name, &data); err != nil {
			return nil, fmt.Errorf("read what was done with webhook %s: %w", id, err)
		}
		if err := json.Unmarshal([]byte(data), &a.Deed); err != nil {
			return nil, fmt.Errorf("read what was done with webhook %s: %w", id, err)
		}
		a.At, a.Actor = hearth.FromMillis(at), hearth.ParseActor(by)
		a.Actor.Name = name
		out = append(out, a)
	}
	return out, rows.Err()
}

// Gone gives the latest removals, at most n, the newest first: who stopped that a program hears has to be found too.
func Gone(ctx context.Context, tx *db.Tx, n int) ([]Act, error) {
	rows, err := tx.Query(ctx, `SELECT a.webhook FROM webhook_acts a LEFT JOIN webhooks h ON h.org = a.org AND h.id = a.webhook
		WHERE a.org = $1 AND h.id IS NULL GROUP BY a.webhook ORDER BY MAX(a.at) DESC, a.webhook LIMIT $2`, tx.Org(), int64(n))
	if err != nil {
		return nil, fmt.Errorf("list removed webhooks: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list removed webhooks: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []Act
	for _, id := range ids {
		last, err := Acts(ctx, tx, id, 1)
		if err != nil {
			return nil, err
		}
		out = append(out, last...)
	}
	return out, nil
}
