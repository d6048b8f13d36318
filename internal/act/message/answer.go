package message

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"hearth"
	"hearth/internal/base/db"
)

const (
	insertAnswer  = `INSERT INTO message_answers (org, message, resident, score, text, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org, message) DO NOTHING`
	selectAnswers = `SELECT message, score FROM message_answers WHERE org = $1 AND `
)

// maxAnswer bounds the words beside an answer, in bytes.
const maxAnswer = 2000

// Question gives the name of the question that a message asks, "" if it asks none.
func (m *Message) Question() string {
	if name, ok := strings.CutPrefix(m.Purpose, "survey."); ok && m.Direction != In {
		return name
	}
	return ""
}

// Answer records what a resident (all under whom they are known) answers to the question of a message, from 1 (bad) to 5 (well), and appends survey.answered. The
// first answer counts: told again it changes nothing. It fails with CodeNotFound for a message that is not theirs or asks
// nothing, with CodeInvalid for another figure.
func (s *Store) Answer(ctx context.Context, tx *db.Tx, actor hearth.Actor, who []hearth.ResidentID, id hearth.MessageID, score int, text string) error {
	if score < 1 || score > 5 {
		return hearth.FieldErrorf("score", "An answer is a figure from 1 to 5.")
	}
	text = strings.TrimSpace(text)
	if len(text) > maxAnswer || !utf8.ValidString(text) {
		return hearth.FieldErrorf("text", "The words beside an answer are at most %d letters.", maxAnswer)
	}
	m, err := s.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	mine := false
	for _, w := range who {
		mine = mine || w == m.Resident
	}
	if !mine || m.Question() == "" || m.State != Sent && m.State != Delivered {
		return hearth.Errorf(hearth.CodeNotFound, "There is no question %s for them.", id)
	}
	fresh, err := tx.Exec(ctx, insertAnswer, tx.Org(), id, m.Resident, score, text, tx.Now())
	if err != nil || fresh == 0 {
		return err
	}
	data := map[string]any{"question": m.Question(), "score": score}
	if text != "" {
		data["text"] = text
	}
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode the answer to %s: %w", id, err)
	}
	_, err = s.log.Append(ctx, tx, &hearth.Event{ID: hearth.DeriveID("evt_", string(id), "answered"), Source: source, Type: "survey.answered",
		Subject: hearth.Subject{Kind: "resident", ID: string(m.Resident)}, Property: m.Property, Residents: []hearth.ResidentID{m.Resident},
		Actor: actor, Time: tx.Now(), Data: body})
	if err != nil {
		return fmt.Errorf("record the answer to %s: %w", id, err)
	}
	return nil
}

// Answered gives what was answered to messages, by message; those without an answer are not in it.
func (s *Store) Answered(ctx context.Context, tx *db.Tx, ids []hearth.MessageID) (map[hearth.MessageID]int, error) {
	out := map[hearth.MessageID]int{}
	if len(ids) == 0 {
		return out, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	in, arg := tx.In("message", 2, keys)
	rows, err := tx.Query(ctx, selectAnswers+in, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.MessageID
		var score int
		if err := rows.Scan(&id, &score); err != nil {
			return nil, fmt.Errorf("read answers: %w", err)
		}
		out[id] = score
	}
	return out, rows.Err()
}
