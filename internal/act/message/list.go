package message

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// Brief is what the desk needs to know of an earlier message.
type Brief struct {
	ID         hearth.MessageID
	Class      hearth.Class
	Purpose    string
	ContentKey string
	Channel    hearth.Channel
	State      State
	Made       time.Time
	At         time.Time // when its state last changed
	AddressKey string
	Expires    time.Time // until when it is of use
}

// heldAtMost is how far before a span a message may have been made that was sent within it. The index goes by the time
// at which messages were made; the few that are of use for longer, because a person let them go late or they were wished long
// before, have an index of their own, which knows this span as a number (the plus keeps the planner from taking the other one).
const heldAtMost = 14 * 24 * time.Hour

const (
	briefColumns = `resident, id, class, purpose, content_key, channel, state, made, at, address_key, expires`
	recentSQL    = `SELECT ` + briefColumns + ` FROM messages WHERE org = $1 AND made >= $2 AND (at >= $3 OR state = 'held') AND direction = 'out' AND `
	longSQL      = ` UNION ALL SELECT ` + briefColumns + ` FROM messages
WHERE org = $1 AND +made < $2 AND (at >= $3 OR state = 'held') AND direction = 'out' AND expires - made > 1209600000 AND `
)

// Recent gives what went to residents or is on its way since a time, and what is held, oldest first. It takes one query for
// all of them.
func (s *Store) Recent(ctx context.Context, tx *db.Tx, residents []hearth.ResidentID, since time.Time) (map[hearth.ResidentID][]Brief, error) {
	out := make(map[hearth.ResidentID][]Brief, len(residents))
	if len(residents) == 0 {
		return out, nil
	}
	ids := make([]string, len(residents))
	for i, r := range residents {
		ids[i] = string(r)
	}
	in, arg := tx.In("resident", 4, ids)
	rows, err := tx.Query(ctx, recentSQL+in+longSQL+in+" ORDER BY resident, made, id", tx.Org(), since.Add(-heldAtMost), since, arg)
	if err != nil {
		return nil, fmt.Errorf("recent messages of %d residents: %w", len(residents), err)
	}
	defer rows.Close()
	for rows.Next() {
		var r hearth.ResidentID
		var b Brief
		if err := rows.Scan(&r, &b.ID, &b.Class, &b.Purpose, &b.ContentKey, &b.Channel, &b.State, &b.Made, &b.At, &b.AddressKey, &b.Expires); err != nil {
			return nil, fmt.Errorf("recent messages: %w", err)
		}
		out[r] = append(out[r], b)
	}
	return out, rows.Err()
}

// Filter selects messages for List; empty fields select all.
type Filter struct {
	Property  hearth.PropertyID
	Resident  hearth.ResidentID
	Merged    []hearth.ResidentID // who is seen under Resident (fact/record), to be taken in as well
	State     State
	Direction string
}

func names(ids []hearth.ResidentID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// maxPage bounds one page of List.
const maxPage = 500

// List gives messages, newest first, and the cursor of the next page, empty at the end. A cursor that List did not give
// fails with CodeInvalid.
func (s *Store) List(ctx context.Context, tx *db.Tx, f Filter, cursor string, limit int) ([]Message, string, error) {
	limit = max(1, min(limit, maxPage))
	q := "SELECT " + columns + " FROM messages WHERE org = $1"
	args := []any{tx.Org()}
	add := func(clause string, vals ...any) {
		for _, v := range vals {
			args = append(args, v)
			clause = strings.Replace(clause, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		q += " AND " + clause
	}
	if f.Property != "" {
		add("property = ?", f.Property)
	}
	if len(f.Merged) > 0 {
		in, arg := tx.In("resident", len(args)+1, names(append(f.Merged, f.Resident)))
		q, args = q+" AND "+in, append(args, arg)
	} else if f.Resident != "" {
		add("resident = ?", f.Resident)
	}
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Direction != "" {
		add("direction = ?", f.Direction)
	}
	if cursor != "" {
		made, id, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		add("(made, id) < (?, ?)", made, id)
	}
	args = append(args, limit+1)
	q += " ORDER BY made DESC, id DESC LIMIT $" + strconv.Itoa(len(args))
	msgs, err := collect(tx.Query(ctx, q, args...))
	if err != nil {
		return nil, "", fmt.Errorf("list messages: %w", err)
	}
	if len(msgs) <= limit {
		return msgs, "", nil
	}
	last := msgs[limit-1]
	return msgs[:limit], strconv.FormatInt(hearth.Millis(last.Made), 10) + "." + string(last.ID), nil
}

func parseCursor(c string) (made int64, id string, err error) {
	ms, id, ok := strings.Cut(c, ".")
	made, err = strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil || id == "" {
		return 0, "", hearth.FieldErrorf("cursor", "The cursor is not one that a list gave; start without it.")
	}
	return made, id, nil
}

// Unknowns gives messages in doubt, the longest first: for each a person decides (see Resolve).
func (s *Store) Unknowns(ctx context.Context, tx *db.Tx, limit int) ([]Message, error) {
	limit = max(1, min(limit, maxPage))
	dead, err := work.Dead(ctx, tx, Lane, limit)
	if err != nil {
		return nil, err
	}
	texts, err := work.Dead(ctx, tx, TextLane, limit) // notifications are never in doubt
	if err != nil {
		return nil, err
	}
	dead = append(dead, texts...)
	slices.SortStableFunc(dead, func(a, b work.Due) int { return a.At.Compare(b.At) })
	dead = dead[:min(limit, len(dead))]
	ids := make([]string, len(dead))
	for i, d := range dead {
		ids[i] = d.Key
	}
	msgs, err := load(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Message, 0, len(dead))
	for _, d := range dead {
		if m, ok := msgs[hearth.MessageID(d.Key)]; ok && m.State == Unknown {
			out = append(out, m)
		}
	}
	return out, nil
}

const talkSQL = `SELECT ` + columns + ` FROM messages WHERE org = $1 AND `

// Talk gives the messages with a person, who may be several residents, or with several people: of one topic, or of all if
// topic is nil; the newest first.
func (s *Store) Talk(ctx context.Context, tx *db.Tx, who []hearth.ResidentID, topic *string, limit int) ([]Message, error) {
	in, arg := tx.In("resident", 2, names(who))
	if len(who) == 1 {
		in, arg = "resident = $2", string(who[0]) // so that SQLite finds them in their order and stops at the limit
	}
	q, args := talkSQL+in, []any{tx.Org(), arg}
	if topic != nil {
		q, args = q+" AND topic = $3", append(args, *topic)
	}
	args = append(args, max(1, min(limit, maxPage)))
	msgs, err := collect(tx.Query(ctx, q+" ORDER BY made DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...))
	if err != nil {
		return nil, fmt.Errorf("read the messages of %d residents: %w", len(who), err)
	}
	return msgs, nil
}
