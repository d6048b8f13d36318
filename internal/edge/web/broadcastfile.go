package web

import (
	"context"
	"fmt"
	"strconv"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
)

// castLot is how many of those a broadcast is for are read at a time for the file.
const castLot = 500

// castFile gives everybody whom a broadcast is for, what became of it for each, and why. Whoever is not told who lives here gets the counts.
func (q *request) castFile() (download, error) {
	out := download{"broadcast-" + q.castID(), [][]string{{"resident", "home", "what became of it", "by", "why"}}}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		b, err := q.castHere(ctx, tx)
		if err != nil {
			return err
		}
		if !q.may(account.ResidentsRead) {
			out.rows, err = q.castCounts(ctx, tx, b)
			return err
		}
		for from := 0; ; {
			lot, err := broadcast.People(ctx, tx, b.ID, from, "", castLot)
			if err != nil || len(lot) == 0 {
				return err
			}
			if err := q.castRows(ctx, tx, lot, &out); err != nil {
				return err
			}
			from = lot[len(lot)-1].N + 1
		}
	})
	return out, err
}

// castHere reads the broadcast that the address names, if it is the property's.
func (q *request) castHere(ctx context.Context, tx *db.Tx) (broadcast.Broadcast, error) {
	b, err := broadcast.Get(ctx, tx, q.castID())
	if err == nil && b.Property != q.place.ID {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no broadcast %q here.", q.castID())
	}
	return b, err
}

func (q *request) castRows(ctx context.Context, tx *db.Tx, lot []broadcast.Recipient, out *download) error {
	ids := make([]hearth.ResidentID, len(lot))
	for i, p := range lot {
		ids[i] = p.Resident
	}
	who, err := q.contacts(ctx, tx, ids)
	if err != nil {
		return fmt.Errorf("name those a broadcast is for: %w", err)
	}
	for _, p := range lot {
		became := castState(p.State)
		if p.State == "" {
			became = "Not put to the desk"
		}
		out.rows = append(out.rows, []string{who[p.Resident].Name(), who[p.Resident].UnitLabel, became, channelName(p.Channel), p.Reason})
	}
	return nil
}

func (q *request) castCounts(ctx context.Context, tx *db.Tx, b broadcast.Broadcast) ([][]string, error) {
	rows := [][]string{{"people", "what became of it", "why"}}
	r, err := q.web.Broadcasts.Outcome(ctx, tx, b)
	for _, s := range castStates() {
		if n := r.States[s.state]; n > 0 {
			rows = append(rows, []string{strconv.Itoa(n), s.name, ""})
		}
	}
	for _, l := range r.Left {
		rows = append(rows, []string{strconv.Itoa(l.Count), "Left out or waits", l.Reason})
	}
	return rows, err
}
