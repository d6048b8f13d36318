package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// State is whether a webhook is called.
type State string

// The states. One that takes nothing for three days, or says that it is gone, is switched off.
const (
	On  State = "on"
	Off State = "off"
)

// Hook is a program that wants to hear events.
type Hook struct {
	ID    string
	URL   string
	Types []hearth.EventType
	// Properties are those it hears of; empty: every one, those that come later too.
	Properties []hearth.PropertyID
	Note       string // for the team
	State      State
	Made       time.Time
	MadeBy     hearth.Actor
	Failing    time.Time // since when nothing is taken; zero: it takes
	Fault      string    // why, in words
	OffSince   time.Time
	Delivered  int64
	LastAt     time.Time // when it last took something
	Waiting    int64     // events still to be told

	secret, before string    // before: the secrets that sign for a day beside it, by blanks, the oldest first
	turned         time.Time // when the secret became this one
}

// Deps is what webhooks work with. All fields are required.
type Deps struct {
	DB     *db.DB
	Log    *eventlog.Log
	Guard  *webhook.Guard
	Client *webhook.Client
	Random io.Reader
	Node   string
	// Alert is called once, in the transaction that switches a webhook off.
	Alert func(ctx context.Context, tx *db.Tx, h Hook, why string) error
	// May tells whether whoever made a webhook may still have other programs hear: it acts with their rights, and not beyond them.
	// That is asked for the properties that it hears of; none: for every one.
	May func(ctx context.Context, tx *db.Tx, by hearth.Actor, of []hearth.PropertyID) (bool, error)
	// Places lists the properties that there are.
	Places func(ctx context.Context, tx *db.Tx) ([]hearth.PropertyID, error)
}

// Hooks keeps webhooks and tells them what happens. It is safe for concurrent use.
type Hooks struct {
	Deps
	randomMu sync.Mutex // guards Random
	wake     chan struct{}

	restMu  sync.Mutex         // guards resting
	resting map[string]resting // webhooks that took nothing the last time
}

// resting is how long a webhook that takes nothing is left alone, so that it does not hold up the others.
type resting struct {
	until time.Time
	times int
}

func (s *Hooks) forgive(id string) {
	s.restMu.Lock()
	defer s.restMu.Unlock()
	delete(s.resting, id)
}

// refused notes that a webhook took nothing at a time.
func (s *Hooks) refused(id string, now time.Time) {
	s.restMu.Lock()
	defer s.restMu.Unlock()
	r := s.resting[id]
	r.times++
	r.until = now.Add(wait(r.times, id) / 2)
	s.resting[id] = r
}

// share gives how many calls a webhook may have now: none while it rests, one where it took nothing the last time.
func (s *Hooks) share(id string, now time.Time) int {
	s.restMu.Lock()
	defer s.restMu.Unlock()
	switch r, ok := s.resting[id]; {
	case !ok:
		return perHook
	case now.Before(r.until):
		return 0
	}
	return 1
}

// New makes the store.
func New(d Deps) *Hooks {
	return &Hooks{Deps: d, wake: make(chan struct{}, 1), resting: map[string]resting{}}
}

// most is how many webhooks there may be.
const most = 50

// Wish is what a new webhook is to hear.
type Wish struct {
	URL        string
	Types      []hearth.EventType
	Properties []hearth.PropertyID // empty: every one, those that come later too
	Note       string              // for the team
}

// Make adds a webhook and gives its secret, which is shown only now. It hears what happens from now on. It fails with
// CodeInvalid for an address inside the house, for a type that does not exist, and for one that only some may read.
func (s *Hooks) Make(ctx context.Context, actor hearth.Actor, w Wish) (h Hook, secret string, err error) {
	if _, err := s.Guard.URL(w.URL); err != nil {
		return h, "", err
	}
	if err := checkTypes(w.Types); err != nil {
		return h, "", err
	}
	id, err := s.random(func() (string, error) { return hearth.NewID(s.Random, "whk_") })
	if err != nil {
		return h, "", err
	}
	if secret, err = s.newSecret(); err != nil {
		return h, "", err
	}
	h = Hook{ID: id, URL: w.URL, Types: w.Types, Note: w.Note, State: On, MadeBy: actor, secret: secret}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		have, err := list(ctx, tx)
		if err != nil {
			return err
		}
		if len(have) >= most {
			return hearth.FieldErrorf("url", "There are %d webhooks already; remove one first.", most)
		}
		if h.Properties, err = s.checkScope(ctx, tx, w.Properties); err != nil {
			return err
		}
		if err := s.alone(ctx, tx, h); err != nil {
			return err
		}
		if !slices.ContainsFunc(have, func(h Hook) bool { return h.State == On }) {
			if err := s.startHere(ctx, tx); err != nil {
				return err
			}
		}
		h.Made = tx.Now()
		if err := insert(ctx, tx, h); err != nil {
			return err
		}
		return s.did(ctx, tx, actor, h, Deed{Did: Added, More: h.Types, Properties: told(h.Properties)})
	})
	return h, secret, err
}

// alike tells whether two lists name the same events.
func alike(a, b []hearth.EventType) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func checkTypes(types []hearth.EventType) error {
	if len(types) == 0 {
		return hearth.FieldErrorf("types", "Name the events that it is to hear, such as workorder.opened.")
	}
	for _, t := range types {
		if _, ok := eventlog.TypeOf(t); !ok {
			return hearth.FieldErrorf("types", "There is no event of the type %q.", t)
		}
		if eventlog.Closed(t) {
			return hearth.FieldErrorf("types", "%s is for a few people only, and is told to no other program.", t)
		}
	}
	return nil
}

func (s *Hooks) random(f func() (string, error)) (string, error) {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	return f()
}

func (s *Hooks) newSecret() (string, error) {
	return s.random(func() (string, error) {
		var b [32]byte
		if _, err := io.ReadFull(s.Random, b[:]); err != nil {
			return "", fmt.Errorf("make a secret: %w", err)
		}
		return webhook.SecretPrefix + base64.StdEncoding.EncodeToString(b[:]), nil
	})
}

// Turn gives a webhook a new secret. For a day calls carry signatures by those before too: nobody knows whether the other program
// has the one of an hour ago by now, or still the one before that.
func (s *Hooks) Turn(ctx context.Context, by hearth.Actor, id string) (secret string, err error) {
	if secret, err = s.newSecret(); err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := hold(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE webhooks SET secret_before = $1, secret = $2, turned = $3 WHERE org = $4 AND id = $5`, h.pastAt(tx.Now()), secret, tx.Now(), tx.Org(), id)
		if err != nil {
			return fmt.Errorf("turn the secret of webhook %s: %w", id, err)
		}
		return s.did(ctx, tx, by, h, Deed{Did: NewSecret})
	})
	return secret, err
}

// pastMost is how many secrets before the one of today sign: the one that was there before somebody began to turn it, and the latest.
const pastMost = 3

// pastAt gives the secrets that sign on beside a new one.
func (h Hook) pastAt(now time.Time) string {
	all := h.secretsAt(now)
	past := append(all[1:], all[0])
	if over := len(past) - pastMost; over > 0 {
		past = slices.Delete(past, 1, 1+over)
	}
	return strings.Join(past, " ")
}

// SwitchOff stops the calls. What happens meanwhile is told when it is switched on again.
func (s *Hooks) SwitchOff(ctx context.Context, by hearth.Actor, id string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := hold(ctx, tx, id)
		if err != nil || h.State == Off {
			return err
		}
		return s.off(ctx, tx, by, h, "")
	})
}

func (s *Hooks) off(ctx context.Context, tx *db.Tx, by hearth.Actor, h Hook, why string) error {
	_, err := tx.Exec(ctx, `UPDATE webhooks SET state = 'off', off_since = $1 WHERE org = $2 AND id = $3`, tx.Now(), tx.Org(), h.ID)
	if err != nil {
		return fmt.Errorf("switch off webhook %s: %w", h.ID, err)
	}
	return s.did(ctx, tx, by, h, Deed{Did: Paused, Why: why})
}

// missedBefore is how far back before it was switched off a webhook is told what it may not have heard: events that were
// recorded then, and that nobody had noted for it yet.
const missedBefore = time.Hour

// SwitchOn begins the calls again, with what was missed since it was switched off. What is missed is noted first and told
// then, so that events about one thing stay in their order; cut off in between, it goes on where it is called again. Where whoever
// made it may not any more, it is theirs from then on who switch it on.
func (s *Hooks) SwitchOn(ctx context.Context, by hearth.Actor, id string) error {
	ctx = context.WithoutCancel(ctx) // a caller who hangs up must not leave half of it
	var h Hook
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		h, err = Get(ctx, tx, id)
		return err
	})
	if err != nil || h.State == On && h.OffSince.IsZero() {
		return err
	}
	began := s.DB.Clock().Now()
	since := h.OffSince.Add(-missedBefore)
	if since.Before(h.Made) {
		since = h.Made // it hears what happens since it is there
	}
	if _, err := s.note(ctx, h, since); err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		on, err := listening(ctx, tx)
		if err != nil {
			return err
		}
		if len(on) == 0 {
			if err := s.startHere(ctx, tx); err != nil {
				return err
			}
		}
		now, err := hold(ctx, tx, id) // somebody else may have resumed or changed it meanwhile
		if err != nil {
			return err
		}
		maker, err := s.answers(ctx, tx, now, by)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `UPDATE webhooks SET state = 'on', failing = 0, fault = '', made_by = $1 WHERE org = $2 AND id = $3`, maker.String(), tx.Org(), id); err != nil {
			return fmt.Errorf("switch on webhook %s: %w", id, err)
		}
		if now.State == Off {
			if err := s.did(ctx, tx, by, h, Deed{Did: Resumed}); err != nil {
				return err
			}
		}
		return hurry(ctx, tx, id) // what was put off while it failed is not to wait for hours more
	})
	if err != nil {
		return err
	}
	s.forgive(id)
	// What came while the rest was noted.
	if _, err := s.note(ctx, h, began.Add(-time.Minute)); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE webhooks SET off_since = 0 WHERE org = $1 AND id = $2 AND state = 'on'`, tx.Org(), id)
		return err
	})
}

// Remove takes a webhook away with all that is still to be told to it.
func (s *Hooks) Remove(ctx context.Context, by hearth.Actor, id string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := hold(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, sql := range []string{`DELETE FROM webhook_calls WHERE org = $1 AND webhook = $2`, `DELETE FROM webhook_told WHERE org = $1 AND webhook = $2`} {
			if _, err := tx.Exec(ctx, sql, tx.Org(), id); err != nil {
				return fmt.Errorf("remove webhook %s: %w", id, err)
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM webhooks WHERE org = $1 AND id = $2`, tx.Org(), id); err != nil {
			return fmt.Errorf("remove webhook %s: %w", id, err)
		}
		return s.did(ctx, tx, by, h, Deed{Did: Removed})
	})
}

const columns = `id, url, types, note, secret, secret_before, turned, state, made, made_by, failing, fault, off_since, delivered, last_at, properties`

func insert(ctx context.Context, tx *db.Tx, h Hook) error {
	types, err := json.Marshal(h.Types)
	if err != nil {
		return fmt.Errorf("write types: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO webhooks (org, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, '', 0, 'on', $7, $8, 0, '', 0, 0, 0, $9)`,
		tx.Org(), h.ID, h.URL, string(types), h.Note, h.secret, hearth.Millis(h.Made), h.MadeBy.String(), packScope(h.Properties))
	if err != nil {
		return fmt.Errorf("write webhook %s: %w", h.ID, err)
	}
	return nil
}

func scan(r interface{ Scan(dest ...any) error }, more ...any) (Hook, error) {
	var h Hook
	var types, by, scope string
	var turned, made, failing, offSince, last int64
	dest := []any{&h.ID, &h.URL, &types, &h.Note, &h.secret, &h.before, &turned, &h.State, &made, &by, &failing, &h.Fault, &offSince, &h.Delivered, &last, &scope}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return h, err
	}
	if err := json.Unmarshal([]byte(types), &h.Types); err != nil {
		return h, fmt.Errorf("read types of webhook %s: %w", h.ID, err)
	}
	h.turned, h.Properties = hearth.FromMillis(turned), parseScope(scope)
	h.Made, h.MadeBy, h.Failing, h.OffSince, h.LastAt = hearth.FromMillis(made), hearth.ParseActor(by), hearth.FromMillis(failing), hearth.FromMillis(offSince), hearth.FromMillis(last)
	return h, nil
}

// Get reads a webhook. It fails with CodeNotFound when there is none.
func Get(ctx context.Context, tx *db.Tx, id string) (Hook, error) { return get(ctx, tx, id, "") }

// hold is Get for who changes it: of two at once the second reads what the first left, and puts nothing back.
func hold(ctx context.Context, tx *db.Tx, id string) (Hook, error) {
	return get(ctx, tx, id, db.ForUpdate(tx.Dialect()))
}

func get(ctx context.Context, tx *db.Tx, id, lock string) (Hook, error) {
	h, err := scan(tx.Row(ctx, `SELECT `+columns+` FROM webhooks WHERE org = $1 AND id = $2`+lock, tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		return h, hearth.Errorf(hearth.CodeNotFound, "There is no webhook %q.", id)
	}
	if err != nil {
		return h, fmt.Errorf("read webhook %s: %w", id, err)
	}
	return h, nil
}

// List gives all webhooks with how much each is behind, the oldest first.
func List(ctx context.Context, tx *db.Tx) ([]Hook, error) {
	all, err := list(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM webhook_calls WHERE org = $1 AND webhook = $2`, tx.Org(), all[i].ID).Scan(&all[i].Waiting); err != nil {
			return nil, fmt.Errorf("count what waits for webhook %s: %w", all[i].ID, err)
		}
	}
	return all, nil
}

func list(ctx context.Context, tx *db.Tx) ([]Hook, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM webhooks WHERE org = $1 ORDER BY made, id`, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	defer rows.Close()
	var out []Hook
	for rows.Next() {
		h, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list webhooks: %w", err)
		}
		out = append(out, h)
	}
	return out, rows.Err()
}
