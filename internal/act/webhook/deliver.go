package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
)

const (
	perHook  = 4                  // calls on their way at a time
	claimFor = time.Minute        // how long a call is this process's: longer than a call may take
	giveUp   = 3 * 24 * time.Hour // of taking nothing, and a webhook is switched off
	longest  = 6 * time.Hour      // between two attempts
	bothFor  = 24 * time.Hour     // how long a secret that was turned still signs
)

// wait gives how long after its nth attempt a call is made again: five seconds, doubled each time, with a shift of up to a
// fifth that is the call's own, so that many do not come back at once.
func wait(n int, id string) time.Duration {
	d := longest
	if n < 13 {
		d = min(longest, 5*time.Second<<(n-1))
	}
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, id, n) // a hash takes whatever it is given
	return d - d/5 + time.Duration(h.Sum32()%1000)*(2*d/5)/1000
}

// call is one event for one webhook.
type call struct {
	hook     Hook
	part     int
	seq      int64
	subject  string
	attempts int
	next     int64
	kind     hearth.EventType // "" where nothing was called
	unheard  bool             // nothing is to be told any more
}

func (c *call) id() string {
	return hearth.DeriveID("evd_", c.hook.ID, strconv.Itoa(c.part), strconv.FormatInt(c.seq, 10))
}

// Of the calls about one thing only the first may be made: the others wait until it was taken.
const readySQL = `SELECT h.id, h.url, h.types, h.note, h.secret, h.secret_before, h.turned, h.state, h.made, h.made_by, h.failing, h.fault, h.off_since, h.delivered, h.last_at, h.properties,
c.part, c.seq, c.subject, c.attempts, c.next_at FROM webhook_calls c JOIN webhooks h ON h.org = c.org AND h.id = c.webhook AND h.state = 'on'
WHERE c.org = $1 AND c.webhook = $2 AND c.next_at <= $3 AND NOT EXISTS (SELECT 1 FROM webhook_calls e WHERE e.org = c.org AND e.webhook = c.webhook AND e.subject = c.subject
AND e.part = c.part AND e.seq < c.seq) ORDER BY c.next_at, c.part, c.seq LIMIT $4`

const claimSQL = `UPDATE webhook_calls SET next_at = $1, attempts = attempts + 1 WHERE org = $2 AND webhook = $3 AND part = $4 AND seq = $5 AND next_at = $6 AND attempts = $7`

// Deliver makes the calls that are due, at most a few at a time, and tells whether more are waiting.
func (s *Hooks) Deliver(ctx context.Context) (more bool, err error) {
	calls, err := s.claim(ctx)
	if err != nil || len(calls) == 0 {
		return false, err
	}
	results := make([]webhook.Result, len(calls))
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() { results[i] = s.make(ctx, &calls[i]) })
	}
	wg.Wait()
	// What was taken has to be noted even when the program is stopping, else it is told once more.
	err = s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		for i := range calls {
			if err := s.settle(ctx, tx, &calls[i], results[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return err == nil, err
}

func (s *Hooks) claim(ctx context.Context) (out []call, err error) {
	ready, orphans, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range orphans {
		if err := s.orphan(ctx, h.ID); err != nil {
			return nil, err
		}
	}
	if len(ready) == 0 {
		return nil, nil
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		out = out[:0]
		for _, c := range ready {
			until := hearth.Millis(tx.Now().Add(claimFor))
			n, err := tx.Exec(ctx, claimSQL, until, tx.Org(), c.hook.ID, int64(c.part), c.seq, c.next, int64(c.attempts))
			if err != nil {
				return fmt.Errorf("claim a call: %w", err)
			}
			if n == 1 {
				c.next, c.attempts = until, c.attempts+1
				out = append(out, c)
			}
		}
		return nil
	})
	return out, err
}

// look gives the calls that may be made now, and the webhooks that have some and whose makers may not have them made any more.
func (s *Hooks) look(ctx context.Context) (ready []call, orphans []Hook, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		hooks, err := listening(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range hooks {
			// Each has its own share: one that hangs does not hold up the others' calls.
			some, err := readyFor(ctx, tx, h.ID, s.share(h.ID, tx.Now()))
			if err != nil {
				return fmt.Errorf("look for calls of webhook %s: %w", h.ID, err)
			}
			if len(some) == 0 {
				continue
			}
			switch may, err := s.May(ctx, tx, h.MadeBy, h.Properties); {
			case err != nil:
				return fmt.Errorf("look who made webhook %s: %w", h.ID, err)
			case !may:
				orphans = append(orphans, h)
			default:
				ready = append(ready, some...)
			}
		}
		return nil
	})
	return ready, orphans, err
}

// orphan switches off a webhook whose maker may not have other programs hear any more.
func (s *Hooks) orphan(ctx context.Context, id string) error {
	const why = "Whoever set it up has left, or may not decide this any more. Whoever resumes it answers for it."
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := Get(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil // removed meanwhile
		}
		if err != nil || h.State == Off {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE webhooks SET fault = $1 WHERE org = $2 AND id = $3`, why, tx.Org(), id); err != nil {
			return fmt.Errorf("note why webhook %s is switched off: %w", id, err)
		}
		return errors.Join(s.off(ctx, tx, itself(), h, why), s.Alert(ctx, tx, h, why))
	})
}

func readyFor(ctx context.Context, tx *db.Tx, id string, limit int) ([]call, error) {
	if limit == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, readySQL, tx.Org(), id, hearth.Millis(tx.Now()), int64(limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []call
	for rows.Next() {
		var c call
		var part, attempts int64
		if c.hook, err = scan(rows, &part, &c.seq, &c.subject, &attempts, &c.next); err != nil {
			return nil, err
		}
		c.part, c.attempts = int(part), int(attempts)
		out = append(out, c)
	}
	return out, rows.Err()
}

// make reads the event and makes the call.
func (s *Hooks) make(ctx context.Context, c *call) webhook.Result {
	var ev *hearth.Event
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		found, err := s.Log.Read(ctx, tx, c.part, c.seq-1, 1)
		if err == nil && len(found) == 1 && found[0].Seq == c.seq {
			ev = found[0]
		}
		return err
	})
	if err != nil {
		return webhook.Result{Why: "The event could not be read."}
	}
	if ev == nil || !c.hook.Hears(ev) {
		c.unheard = true // it is not in the log any more, or is to be heard no more since it was noted
		return webhook.Result{Took: true}
	}
	body, err := json.Marshal(wire(ev))
	if err != nil {
		return webhook.Result{Why: "The event could not be written."}
	}
	c.kind = ev.Type
	now := s.DB.Clock().Now()
	return s.Client.Post(ctx, webhook.Call{URL: c.hook.URL, ID: c.id(), Secrets: c.hook.secretsAt(now), Body: body}, now)
}

// wire is an event as a CloudEvent.
func wire(ev *hearth.Event) map[string]any {
	out := map[string]any{"specversion": "1.0", "id": ev.ID, "source": ev.Source, "type": string(ev.Type), "time": ev.Time.UTC().Format(time.RFC3339Nano),
		"datacontenttype": "application/json", "recorded": ev.Recorded.UTC().Format(time.RFC3339Nano)}
	if ev.Subject.ID != "" {
		out["subject"] = ev.Subject.Kind + "/" + ev.Subject.ID
	}
	if ev.Property != "" {
		out["property"] = string(ev.Property)
	}
	if len(ev.Residents) > 0 {
		ids := make([]string, len(ev.Residents))
		for i, r := range ev.Residents {
			ids[i] = string(r)
		}
		out["residents"] = strings.Join(ids, ",") // an extension attribute holds no list
	}
	if len(ev.Data) > 0 {
		out["data"] = ev.Data
	}
	return out
}

const (
	doneSQL  = `DELETE FROM webhook_calls WHERE org = $1 AND webhook = $2 AND part = $3 AND seq = $4 AND attempts = $5`
	tookSQL  = `UPDATE webhooks SET failing = 0, fault = '', delivered = delivered + 1, last_at = $1 WHERE org = $2 AND id = $3`
	laterSQL = `UPDATE webhook_calls SET next_at = $1 WHERE org = $2 AND webhook = $3 AND part = $4 AND seq = $5 AND attempts = $6`
	faultSQL = `UPDATE webhooks SET failing = CASE WHEN failing = 0 THEN $1 ELSE failing END, fault = $2 WHERE org = $3 AND id = $4`
)

// settle notes what became of a call: taken, to be made again, or the end of the webhook.
func (s *Hooks) settle(ctx context.Context, tx *db.Tx, c *call, r webhook.Result) error {
	if r.Took {
		s.forgive(c.hook.ID)
		n, err := tx.Exec(ctx, doneSQL, tx.Org(), c.hook.ID, int64(c.part), c.seq, int64(c.attempts))
		if err != nil || n == 0 || c.unheard { // its claim ran out, and somebody else is at it
			return err
		}
		if _, err = tx.Exec(ctx, tookSQL, tx.Now(), tx.Org(), c.hook.ID); err != nil {
			return fmt.Errorf("note what was taken: %w", err)
		}
		return c.keep(ctx, tx, r)
	}
	s.refused(c.hook.ID, tx.Now())
	next := hearth.Millis(tx.Now().Add(wait(c.attempts, c.id())))
	if _, err := tx.Exec(ctx, laterSQL, next, tx.Org(), c.hook.ID, int64(c.part), c.seq, int64(c.attempts)); err != nil {
		return fmt.Errorf("put a call off: %w", err)
	}
	if _, err := tx.Exec(ctx, faultSQL, tx.Now(), r.Why, tx.Org(), c.hook.ID); err != nil {
		return fmt.Errorf("note a fault: %w", err)
	}
	h, err := Get(ctx, tx, c.hook.ID)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil // removed meanwhile
	}
	if err == nil {
		err = c.keep(ctx, tx, r)
	}
	if err != nil || h.State == Off || !r.Gone && tx.Now().Sub(h.Failing) < giveUp {
		return err
	}
	why := "It has taken nothing for three days. " + r.Why
	if r.Gone {
		why = "It said that it wants no more calls."
	}
	return errors.Join(s.off(ctx, tx, itself(), h, why), s.Alert(ctx, tx, h, why))
}
