package message

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

const inDoubt = "The program stopped while this was being handed over. It may have arrived."

// doubtBatch bounds one look for claims that ran out.
const doubtBatch = 256

// doubt turns messages whose claim ran out at the point of no return into unknown ones. The node that had them is gone
// or frozen; if it comes back with an answer, the answer counts.
func (s *Store) doubt(ctx context.Context, tx *db.Tx, lane string) error {
	due, err := work.Expired(ctx, tx, lane, tx.Now(), doubtBatch)
	if err != nil {
		return err
	}
	return s.bury(ctx, tx, due)
}

// bury sets deliveries in doubt aside for a person.
func (s *Store) bury(ctx context.Context, tx *db.Tx, due []work.Due) error {
	if len(due) == 0 {
		return nil
	}
	ids := make([]string, len(due))
	for i, d := range due {
		ids[i] = d.Key
	}
	msgs, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	var evs []*hearth.Event
	for _, d := range due {
		m, ok := msgs[hearth.MessageID(d.Key)]
		if !ok {
			if _, err := work.Finish(ctx, tx, Kind, d.Key, d.Claim); err != nil {
				return err
			}
			continue
		}
		o := &outcome{p: parcel{msg: m, claim: d.Claim}, kind: doubtful, text: inDoubt, code: "the sender stopped"}
		if m.Channel == hearth.ChannelSMS {
			o.p.queued = parseQueued(d.Payload, m.Made)
			o.inquire(tx.Now(), tx.Now(), 0)
		}
		if m.Channel == hearth.ChannelPush { // twice shows once
			o.kind, o.at = again, tx.Now()
		}
		more, err := s.settle(ctx, tx, o)
		if err != nil {
			return err
		}
		evs = append(evs, more...)
	}
	_, err = s.log.Append(ctx, tx, evs...)
	return err
}

const claimedSQL = `SELECT key, claim, payload FROM due WHERE org = $1 AND lane = $2 AND part = 0 AND kind = $3 AND state = 'waiting' AND claimed_until > 0
ORDER BY key`

// recover deals with what an earlier life of this process left claimed. With a whole journal only what it marks is in
// doubt, and the rest was not sent; after the machine itself stopped, marks may be missing, and all of it is.
//
// A mark whose row is free again, claimed anew or gone has a recorded result and means nothing. What the journal says
// was sent is sent, whatever else is known.
func (s *Sender) recover(ctx context.Context) error {
	marked, sent := make(map[work.Mark]bool, len(s.deps.Marks)), map[work.Mark]bool{}
	for _, m := range s.deps.Marks {
		key := work.Mark{Key: m.ID, Claim: m.Claim}
		marked[key] = true
		sent[key] = sent[key] || m.Sent
	}
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		claimed, err := claimedRows(ctx, tx, s.lane)
		if err != nil {
			return err
		}
		var doubt []work.Due
		var arrived []work.Mark
		for _, c := range claimed {
			mark := work.Mark{Key: c.Key, Claim: c.Claim}
			if sent[mark] {
				arrived = append(arrived, mark)
				continue
			}
			if (marked[mark] || s.deps.Journal.Incomplete()) && !asking(c.Payload) {
				doubt = append(doubt, work.Due{Key: c.Key, Claim: c.Claim, Payload: c.Payload})
				continue
			}
			if _, err := work.Retry(ctx, tx, Kind, c.Key, c.Claim, tx.Now(), ""); err != nil {
				return err
			}
		}
		if err := s.deps.Store.arrived(ctx, tx, arrived); err != nil {
			return err
		}
		return s.deps.Store.bury(ctx, tx, doubt)
	})
	if err != nil {
		return err
	}
	return s.deps.Journal.Reset()
}

// arrived records mails that the server took before an earlier life of this process ended.
func (s *Store) arrived(ctx context.Context, tx *db.Tx, marks []work.Mark) error {
	ids := make([]string, len(marks))
	for i, m := range marks {
		ids[i] = m.Key
	}
	msgs, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	outs := make([]outcome, 0, len(ids))
	for _, mark := range marks {
		if m, ok := msgs[hearth.MessageID(mark.Key)]; ok {
			outs = append(outs, outcome{p: parcel{msg: m, claim: mark.Claim}, kind: delivered})
		}
	}
	evs, err := s.settleSent(ctx, tx, outs)
	if err != nil {
		return err
	}
	_, err = s.log.Append(ctx, tx, evs...)
	return err
}

// claimedRows lists the deliveries that somebody had claimed. base/work looks rows up by claims only once they run out,
// which those beside a journal never do.
func claimedRows(ctx context.Context, tx *db.Tx, lane string) ([]work.Due, error) {
	rows, err := tx.Query(ctx, claimedSQL, tx.Org(), lane, Kind)
	if err != nil {
		return nil, fmt.Errorf("list claimed messages: %w", err)
	}
	defer rows.Close()
	var out []work.Due
	for rows.Next() {
		var m work.Due
		if err := rows.Scan(&m.Key, &m.Claim, &m.Payload); err != nil {
			return nil, fmt.Errorf("list claimed messages: %w", err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}
