package eventlog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Contact is one personal contact of a resident with a member of the team.
type Contact struct {
	Resident hearth.ResidentID
	Staff    hearth.StaffID
	At       time.Time
}

const (
	contactsSQL = `SELECT resident, time, data FROM events WHERE org = $1 AND `
	contactsEnd = ` AND time >= $3 AND type = 'contact.personal' ORDER BY resident, time, part, seq`
)

// Contacts gives the personal contacts of residents since a time, with one query for all.
func (l *Log) Contacts(ctx context.Context, tx *db.Tx, residents []hearth.ResidentID, since time.Time) ([]Contact, error) {
	ids := make([]string, len(residents))
	for i, id := range residents {
		ids[i] = string(id)
	}
	in, arg := tx.In("resident", 2, ids)
	rows, err := tx.Query(ctx, contactsSQL+in+contactsEnd, tx.Org(), arg, hearth.Millis(since))
	if err != nil {
		return nil, fmt.Errorf("read personal contacts: %w", err)
	}
	defer rows.Close()
	var out []Contact
	for rows.Next() {
		var c Contact
		var at int64
		var data string
		if err := rows.Scan(&c.Resident, &at, &data); err != nil {
			return nil, fmt.Errorf("read personal contacts: %w", err)
		}
		var said struct {
			Staff hearth.StaffID `json:"staff"`
		}
		if err := json.Unmarshal([]byte(data), &said); err != nil {
			return nil, fmt.Errorf("read a personal contact of %s: %w", c.Resident, err)
		}
		if c.Staff, c.At = said.Staff, hearth.FromMillis(at); c.Staff != "" {
			out = append(out, c)
		}
	}
	return out, rows.Err()
}
