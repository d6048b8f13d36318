package message

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Read is a message as its resident finds it where they read their messages.
type Read struct {
	Message
	Shown  time.Time // zero: not yet
	Opened time.Time // zero: not yet
}

const (
	readSQL = `SELECT ` + columns + ` FROM messages WHERE org = $1 AND direction = 'out' AND state IN ('sent','delivered') AND `
	stateOf = `SELECT message, shown, opened FROM portal_reads WHERE org = $1 AND `
	seenSQL = `INSERT INTO portal_reads (org, message, resident, shown, opened) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, message) DO UPDATE SET
opened = CASE WHEN portal_reads.opened = 0 THEN excluded.opened ELSE portal_reads.opened END`
)

// Reading gives what a resident (all under whom they are known) can read of us, newest first, and the cursor of the next page:
// what came by the portal or as a notification, whose text is read there, and with copies also what went by any other way.
func (s *Store) Reading(ctx context.Context, tx *db.Tx, who []hearth.ResidentID, copies bool, cursor string, limit int) ([]Read, string, error) {
	in, arg := tx.In("resident", 2, names(who))
	q, args := readSQL+in, []any{tx.Org(), arg}
	if !copies {
		q += " AND channel IN ('portal','push')"
	}
	if cursor != "" {
		made, id, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		args = append(args, made, id)
		q += " AND (made, id) < ($3, $4)"
	}
	limit = max(1, min(limit, maxPage))
	args = append(args, limit+1)
	msgs, err := collect(tx.Query(ctx, q+" ORDER BY made DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...))
	if err != nil {
		return nil, "", fmt.Errorf("read the messages of %d residents: %w", len(who), err)
	}
	next := ""
	if len(msgs) > limit {
		msgs = msgs[:limit]
		last := msgs[limit-1]
		next = strconv.FormatInt(hearth.Millis(last.Made), 10) + "." + string(last.ID)
	}
	out := make([]Read, len(msgs))
	for i := range msgs {
		out[i].Message = msgs[i]
	}
	return out, next, readStates(ctx, tx, out)
}

func readStates(ctx context.Context, tx *db.Tx, all []Read) error {
	if len(all) == 0 {
		return nil
	}
	keys, at := make([]string, len(all)), map[hearth.MessageID]int{}
	for i := range all {
		keys[i], at[all[i].ID] = string(all[i].ID), i
	}
	in, arg := tx.In("message", 2, keys)
	rows, err := tx.Query(ctx, stateOf+in, tx.Org(), arg)
	if err != nil {
		return fmt.Errorf("read what was shown: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.MessageID
		var shown, opened time.Time
		if err := rows.Scan(&id, &shown, &opened); err != nil {
			return fmt.Errorf("read what was shown: %w", err)
		}
		all[at[id]].Shown, all[at[id]].Opened = shown, opened
	}
	return rows.Err()
}

// Seen records that a resident was shown messages, and with opened that they opened them. A message of the portal, and a notification, is
// delivered by that; the fate of what went by another way stays as it is. Told again it changes nothing. It fails with CodeNotFound for a message that is
// not theirs.
func (s *Store) Seen(ctx context.Context, tx *db.Tx, actor hearth.Actor, who []hearth.ResidentID, ids []hearth.MessageID, opened bool) error {
	msgs, err := s.Load(ctx, tx, ids)
	if err != nil {
		return err
	}
	mine := map[hearth.ResidentID]bool{}
	for _, w := range who {
		mine[w] = true
	}
	for _, id := range ids {
		m, ok := msgs[id]
		if !ok || !mine[m.Resident] || m.Direction != Out || m.State != Sent && m.State != Delivered {
			return hearth.Errorf(hearth.CodeNotFound, "There is no message %s for them to read.", id)
		}
		var at time.Time
		if opened {
			at = tx.Now()
		}
		if _, err := tx.Exec(ctx, seenSQL, tx.Org(), id, m.Resident, tx.Now(), at); err != nil {
			return fmt.Errorf("record that %s was shown: %w", id, err)
		}
		if m.Channel == hearth.ChannelPortal || m.Channel == hearth.ChannelPush {
			if _, err := s.Report(ctx, tx, Report{Message: id, State: Delivered, Actor: actor}); err != nil {
				return err
			}
		}
		if opened {
			ev := newEvent(&m, "message.opened", 0, tx.Now(), actor, map[string]any{"message": string(id), "purpose": m.Purpose})
			if _, err := s.log.Append(ctx, tx, ev); err != nil {
				return fmt.Errorf("record that %s was opened: %w", id, err)
			}
		}
	}
	return nil
}
