package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
)

// Told is one attempt to tell a webhook something.
type Told struct {
	At      time.Time
	Call    string // the call's identity, the same on every attempt
	Attempt int
	Type    hearth.EventType // Trial for one that somebody asked for
	Took    bool
	Why     string // why it was not taken, in words
}

// Trial is the type of a call that tells of no event: somebody wants to see whether the other side takes it.
const Trial hearth.EventType = "webhook.trial"

// Kept is how many attempts stay to be looked at, for each webhook.
const Kept = 40

// Last gives the latest attempts of a webhook, at most n, the newest first.
func Last(ctx context.Context, tx *db.Tx, id string, n int) ([]Told, error) {
	rows, err := tx.Query(ctx, `SELECT at, call, attempt, type, took, why FROM webhook_told WHERE org = $1 AND webhook = $2 ORDER BY at DESC, attempt DESC, call LIMIT $3`, tx.Org(), id, int64(n))
	if err != nil {
		return nil, fmt.Errorf("read what webhook %s was told: %w", id, err)
	}
	defer rows.Close()
	var out []Told
	for rows.Next() {
		var t Told
		var at, took int64
		if err := rows.Scan(&at, &t.Call, &t.Attempt, &t.Type, &took, &t.Why); err != nil {
			return nil, fmt.Errorf("read what webhook %s was told: %w", id, err)
		}
		t.At, t.Took = hearth.FromMillis(at), took == 1
		out = append(out, t)
	}
	return out, rows.Err()
}

// keep notes attempts of one webhook, and lets go of the oldest.
func keep(ctx context.Context, tx *db.Tx, id string, told ...Told) error {
	for _, t := range told {
		took := int64(0)
		if t.Took {
			took = 1
		}
		_, err := tx.Exec(ctx, `INSERT INTO webhook_told (org, webhook, at, call, attempt, type, took, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (org, webhook, at, call) DO NOTHING`, tx.Org(), id, hearth.Millis(t.At), t.Call, int64(t.Attempt), string(t.Type), took, t.Why)
		if err != nil {
			return fmt.Errorf("note what webhook %s was told: %w", id, err)
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM webhook_told WHERE org = $1 AND webhook = $2 AND at < (SELECT at FROM webhook_told WHERE org = $1 AND webhook = $2 ORDER BY at DESC LIMIT 1 OFFSET $3)`,
		tx.Org(), id, int64(Kept-1))
	if err != nil {
		return fmt.Errorf("let go of what webhook %s was told: %w", id, err)
	}
	return nil
}

// keep notes what came of a call.
func (c *call) keep(ctx context.Context, tx *db.Tx, r webhook.Result) error {
	if c.kind == "" {
		return nil
	}
	return keep(ctx, tx, c.hook.ID, Told{At: tx.Now(), Call: c.id(), Attempt: c.attempts, Type: c.kind, Took: r.Took, Why: r.Why})
}

// Try calls a webhook once with nothing but a greeting, signed like everything else, and gives what came of it. It works for one
// that is switched off too. What is no event waits for nothing and is not told again.
func (s *Hooks) Try(ctx context.Context, id string) (t Told, err error) {
	var h Hook
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		h, err = Get(ctx, tx, id)
		return err
	})
	if err != nil {
		return t, err
	}
	if t.Call, err = s.random(func() (string, error) { return hearth.NewID(s.Random, "evd_") }); err != nil {
		return t, err
	}
	now := s.DB.Clock().Now()
	body, err := json.Marshal(map[string]any{"specversion": "1.0", "id": t.Call, "source": "hearth", "type": string(Trial), "time": now.UTC().Format(time.RFC3339Nano),
		"datacontenttype": "application/json", "subject": "webhook/" + h.ID, "data": map[string]string{"note": "A trial. Nothing happened; answer with 2xx."}})
	if err != nil {
		return t, fmt.Errorf("write a trial: %w", err)
	}
	r := s.Client.Post(ctx, webhook.Call{URL: h.URL, ID: t.Call, Secrets: h.secretsAt(now), Body: body}, now)
	t.At, t.Attempt, t.Type, t.Took, t.Why = now, 1, Trial, r.Took, r.Why
	// What came of it is kept even where whoever asked has left the page.
	return t, s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if _, err := Get(ctx, tx, id); err != nil {
			return err
		}
		return keep(ctx, tx, id, t)
	})
}

// secretsAt gives the secrets that sign at a time, this one first: for a day also those before.
func (h Hook) secretsAt(now time.Time) []string {
	out := []string{h.secret}
	if now.Sub(h.turned) < bothFor {
		out = append(out, strings.Fields(h.before)...)
	}
	return out
}

// Hurry makes now the calls that wait for a later attempt, and gives how many wait. Those about one thing stay in their order.
func (s *Hooks) Hurry(ctx context.Context, id string) (n int, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if h.State == Off {
			return hearth.Errorf(hearth.CodeConflict, "Switch the webhook on first; what it has missed is then told by itself.")
		}
		if err := hurry(ctx, tx, id); err != nil {
			return err
		}
		return tx.Row(ctx, `SELECT COUNT(*) FROM webhook_calls WHERE org = $1 AND webhook = $2`, tx.Org(), id).Scan(&n)
	})
	if err != nil {
		return 0, err
	}
	s.forgive(id)
	s.ring()
	return n, nil
}

// hurry leaves alone what comes within a minute anyway: it may be on its way.
func hurry(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE webhook_calls SET next_at = $1 WHERE org = $2 AND webhook = $3 AND next_at > $4`, tx.Now(), tx.Org(), id, tx.Now().Add(claimFor))
	if err != nil {
		return fmt.Errorf("hurry calls of webhook %s: %w", id, err)
	}
	return nil
}
