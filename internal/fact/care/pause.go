package care

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// What says what is paused.
type What string

// What can be paused.
const (
	Playbook   What = "playbook"
	Property   What = "property"
	Resident   What = "resident"
	Channel    What = "channel"
	Everything What = "everything"
)

// Pause is one standstill.
type Pause struct {
	ID     string
	What   What
	Target string // an id or a channel; "" for everything
	Reason string // for the team; it stands in decisions and on the front page
	// Strict stops answers and safety too. Without it no pause does.
	Strict bool
	SetBy  hearth.Actor
	Set    time.Time
	Until  time.Time // zero: until somebody resumes
	Ended  time.Time // zero: not yet
}

// Over tells whether it has ended by now.
func (p Pause) Over(now time.Time) bool {
	return !p.Ended.IsZero() || !p.Until.IsZero() && !now.Before(p.Until)
}

// Words gives the pause as part of a sentence, with its day as it was in zone: "the property was paused on 20 November 2026: the
// boiler is out". The sentences are kept with what they explain and read long after, so that they say nothing of now.
func (p Pause) Words(zone *time.Location) string {
	return fmt.Sprintf("%s was paused on %s: %s", p.subject(), hearth.DayWords(p.Set, zone), strings.TrimRight(p.Reason, ". "))
}

func (p Pause) subject() string {
	switch p.What {
	case Playbook:
		return "the playbook"
	case Property:
		return "the property"
	case Resident:
		return "everything automatic for them"
	case Channel:
		return p.Sending()
	}
	return "everything automatic"
}

// Sending says what the pause of a channel stops: "sending by e-mail what residents may do without".
func (p Pause) Sending() string {
	only, some := strings.CutSuffix(p.Target, Discretionary)
	words := "sending by " + hearth.Channel(only).Words()
	if some {
		words += " what residents may do without"
	}
	return words
}

// Thing is what a pause may cover: a step, a message. Empty fields are covered only by a pause of everything.
type Thing struct {
	Playbook hearth.PlaybookID
	Property hearth.PropertyID
	Resident hearth.ResidentID
	Channel  hearth.Channel
	Class    hearth.Class // of a message; "" for a step
}

// Covers tells whether the pause stops the thing.
func (p Pause) Covers(t Thing) bool {
	if !p.Strict && (t.Class == hearth.ClassAnswer || t.Class == hearth.ClassSafety) {
		return false
	}
	switch p.What {
	case Playbook:
		return t.Playbook != "" && string(t.Playbook) == p.Target
	case Property:
		return t.Property != "" && string(t.Property) == p.Target
	case Resident:
		return t.Resident != "" && string(t.Resident) == p.Target
	case Channel:
		only, some := strings.CutSuffix(p.Target, Discretionary)
		return t.Channel != "" && string(t.Channel) == only && (!some || t.Class.Discretionary())
	}
	return true
}

// Discretionary behind a channel's name makes a pause of what residents may do without: "email/discretionary".
const Discretionary = "/discretionary"

func (p Pause) check(now time.Time) error {
	known := false
	switch p.What {
	case Playbook, Property, Resident:
		known = p.Target != ""
	case Channel:
		switch hearth.Channel(strings.TrimSuffix(p.Target, Discretionary)) {
		case hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelCall, hearth.ChannelLetter:
			known = true
		}
	case Everything:
		known = p.Target == ""
	}
	switch {
	case !known:
		return hearth.FieldErrorf("what", "A pause is of a playbook, a property or a resident by id, of a channel (email, sms, portal, push, call, letter), or of everything.")
	case strings.TrimSpace(p.Reason) == "":
		return hearth.FieldErrorf("reason", "Say why, so that whoever finds the pause knows whether it can go.")
	case !p.Until.IsZero() && !p.Until.After(now):
		return hearth.FieldErrorf("until", "The end of the pause lies in the past.")
	}
	return nil
}

const insertPause = `INSERT INTO pauses (org, id, what, target, reason, strict, set_by, set_at, until, ended, ended_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '')`

// Pause stores a pause; it holds from the commit on. A second one of the same is a no-op that gives the first. It fails
// with CodeInvalid naming the field.
func (s *Store) Pause(ctx context.Context, tx *db.Tx, actor hearth.Actor, p Pause) (Pause, error) {
	if err := p.check(tx.Now()); err != nil {
		return Pause{}, err
	}
	open, err := s.Pauses(ctx, tx)
	if err != nil {
		return Pause{}, err
	}
	for _, have := range open {
		if have.What == p.What && have.Target == p.Target && have.Strict == p.Strict && have.Until.Equal(p.Until) && !have.Over(tx.Now()) {
			return have, nil
		}
	}
	p.SetBy, p.Set, p.Ended = actor, tx.Now(), time.Time{}
	p.ID = hearth.DeriveID("pau_", string(p.What), p.Target, strconv.FormatBool(p.Strict), strconv.FormatInt(tx.Now().UnixMilli(), 10))
	if _, err := tx.Exec(ctx, insertPause, tx.Org(), p.ID, string(p.What), p.Target, strings.TrimSpace(p.Reason), p.Strict, actor.String(),
		hearth.Millis(p.Set), hearth.Millis(p.Until)); err != nil {
		return Pause{}, fmt.Errorf("pause: %w", err)
	}
	return p, s.bump(ctx, tx)
}

const endPause = `UPDATE pauses SET ended = $1, ended_by = $2 WHERE org = $3 AND id = $4 AND ended = 0`

// Resume ends a pause; ended tells whether it was still in force. It fails with CodeNotFound if there is none.
func (s *Store) Resume(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (p Pause, ended bool, err error) {
	all, err := readPauses(ctx, tx, pausesSQL+" AND id = $2", tx.Org(), id)
	if err != nil {
		return Pause{}, false, err
	}
	if len(all) == 0 {
		return Pause{}, false, hearth.Errorf(hearth.CodeNotFound, "There is no such pause.")
	}
	n, err := tx.Exec(ctx, endPause, hearth.Millis(tx.Now()), actor.String(), tx.Org(), id)
	if err != nil {
		return Pause{}, false, fmt.Errorf("resume: %w", err)
	}
	p = all[0]
	if n == 0 {
		return p, false, nil
	}
	p.Ended = tx.Now()
	return p, true, s.bump(ctx, tx)
}

const pausesSQL = `SELECT id, what, target, reason, strict, set_by, set_at, until, ended FROM pauses WHERE org = $1`

// Pauses gives those that nobody has ended, oldest first.
func (s *Store) Pauses(ctx context.Context, tx *db.Tx) ([]Pause, error) {
	return readPauses(ctx, tx, pausesSQL+" AND ended = 0 ORDER BY set_at, id", tx.Org())
}

func readPauses(ctx context.Context, tx *db.Tx, q string, args ...any) ([]Pause, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read pauses: %w", err)
	}
	defer rows.Close()
	var out []Pause
	for rows.Next() {
		var p Pause
		var by string
		var set, until, ended, strict int64
		if err := rows.Scan(&p.ID, &p.What, &p.Target, &p.Reason, &strict, &by, &set, &until, &ended); err != nil {
			return nil, fmt.Errorf("read pauses: %w", err)
		}
		p.Strict, p.SetBy = strict == 1, hearth.ParseActor(by)
		p.Set, p.Until, p.Ended = hearth.FromMillis(set), hearth.FromMillis(until), hearth.FromMillis(ended)
		out = append(out, p)
	}
	return out, rows.Err()
}

const lastEndedSQL = `SELECT COALESCE(MAX(ended), 0) FROM pauses WHERE org = $1 AND what = $2 AND target = $3`

// LastEnded tells when a pause of something was ended last; zero if none ever was.
func (s *Store) LastEnded(ctx context.Context, tx *db.Tx, what What, target string) (time.Time, error) {
	var at int64
	if err := tx.Row(ctx, lastEndedSQL, tx.Org(), string(what), target).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("look when a pause ended: %w", err)
	}
	return hearth.FromMillis(at), nil
}
