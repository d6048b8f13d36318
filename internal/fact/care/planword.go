package care

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// The words that people can say about a planned contact.
const (
	Hold   = "hold"
	Cancel = "cancel"
)

// PlanWord is what a person said about one contact that a playbook plans for a resident: hold the step until a time, or
// leave it out the next time that it comes.
type PlanWord struct {
	Contact  string // see ContactID
	Resident hearth.ResidentID
	Playbook hearth.PlaybookID
	Word     string // Hold or Cancel
	Reason   string
	By       hearth.Actor
	Set      time.Time
	Until    time.Time // from then on the word means nothing
}

// ContactID names what a step of a playbook does for a resident the next time that it comes, whether its run has begun or not.
func ContactID(resident hearth.ResidentID, playbook hearth.PlaybookID, step string) string {
	return hearth.DeriveID("pln_", string(resident), string(playbook), step)
}

// Says gives the word as a sentence: "Held until 4 December 2026, 09:00 by Mara Lindt: she is at a funeral."
func (w PlanWord) Says(zone *time.Location) string {
	by := w.By.Name
	if by == "" {
		by = w.By.String()
	}
	if w.Word == Cancel {
		return fmt.Sprintf("Cancelled by %s: %s.", by, w.Reason)
	}
	return fmt.Sprintf("Held until %s by %s: %s.", hearth.MomentWords(w.Until, zone), by, w.Reason)
}

// Word gives what was said about a planned contact and still means something.
func (n *Now) Word(contact string, now time.Time) (PlanWord, bool) {
	w, ok := n.words[contact]
	return w, ok && now.Before(w.Until)
}

// Worded tells whether anything at all was said about planned contacts, so that nobody need make up their names.
func (n *Now) Worded() bool { return len(n.words) > 0 }

const putWord = `INSERT INTO plan_words (org, contact, resident, playbook, word, reason, set_by, by_name, set_at, until, ended)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
ON CONFLICT (org, contact) DO UPDATE SET word = excluded.word, reason = excluded.reason, set_by = excluded.set_by, by_name = excluded.by_name,
  set_at = excluded.set_at, until = excluded.until, ended = 0`

// Say stores a word; it takes the place of an earlier one about the same contact, and holds from the commit on.
func (s *Store) Say(ctx context.Context, tx *db.Tx, w PlanWord) error {
	if _, err := tx.Exec(ctx, putWord, tx.Org(), w.Contact, string(w.Resident), string(w.Playbook), w.Word, w.Reason, w.By.String(), w.By.Name,
		hearth.Millis(tx.Now()), hearth.Millis(w.Until)); err != nil {
		return fmt.Errorf("keep what was said about a planned contact: %w", err)
	}
	return s.bump(ctx, tx)
}

const endWord = `UPDATE plan_words SET ended = $1 WHERE org = $2 AND contact = $3 AND ended = 0`

// Unsay ends a word: it was taken back, or done. Ended tells whether there was one.
func (s *Store) Unsay(ctx context.Context, tx *db.Tx, contact string) (ended bool, err error) {
	n, err := tx.Exec(ctx, endWord, hearth.Millis(tx.Now()), tx.Org(), contact)
	if err != nil {
		return false, fmt.Errorf("end what was said about a planned contact: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	return true, s.bump(ctx, tx)
}

const wordsSQL = `SELECT contact, resident, playbook, word, reason, set_by, by_name, set_at, until FROM plan_words WHERE org = $1 AND ended = 0 AND until > $2`

func readWords(ctx context.Context, tx *db.Tx) (map[string]PlanWord, error) {
	rows, err := tx.Query(ctx, wordsSQL, tx.Org(), hearth.Millis(tx.Now()))
	if err != nil {
		return nil, fmt.Errorf("read what was said about planned contacts: %w", err)
	}
	defer rows.Close()
	out := map[string]PlanWord{}
	for rows.Next() {
		var w PlanWord
		var by, name string
		var set, until int64
		if err := rows.Scan(&w.Contact, &w.Resident, &w.Playbook, &w.Word, &w.Reason, &by, &name, &set, &until); err != nil {
			return nil, fmt.Errorf("read what was said about planned contacts: %w", err)
		}
		w.By = hearth.ParseActor(by)
		w.By.Name, w.Set, w.Until = name, hearth.FromMillis(set), hearth.FromMillis(until)
		out[w.Contact] = w
	}
	return out, rows.Err()
}
