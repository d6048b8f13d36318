package outlook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/inbox"
	"hearth/internal/fact/record"
)

// Week is what reached the residents of a property in seven days.
type Week struct {
	From, To time.Time
	Messages int
	PerHead  float64 // messages for each resident who may be written to
	Classes  map[hearth.Class]int
	Sources  map[string]int // "playbook", "broadcast", "person", "hearth"
}

// Loud is a playbook or another sender, by how much it sent.
type Loud struct {
	Source   string // as in Week
	Name     string // the playbook's id, else what the messages were for
	Messages int
	People   int // how many residents got any of it
}

// Near is a resident with little or no room left for what they may do without.
type Near struct {
	Resident hearth.ResidentID
	Name     string
	Home     string
	Week     int // of class relation and promotion in 7 days
	Month    int // and in 30
	Left     int // how many more may go out now; 0: none
}

// Noise is how much reaches the residents of a property.
type Noise struct {
	Property hearth.PropertyID
	People   int // who may be written to
	Budget   record.Budget
	Weeks    []Week // the newest first; the first one ends now
	Loudest  []Loud // over all the weeks
	Near     []Near // the fullest first
}

const (
	// MostWeeks is how far back the meter goes.
	MostWeeks = 13
	mostLoud  = 10
	mostNear  = 50

	day  = 24 * time.Hour
	week = 7 * day
)

// told are the states that count: it reached them, or is on its way.
const told = `state IN ('queued', 'sent', 'delivered', 'unknown')`

// source says who wished a message, in SQL: a playbook, a broadcast, a person in a conversation, or Hearth itself. What a person writes
// has no template, and is told by its purpose.
const source = `CASE WHEN playbook <> '' THEN 'playbook' WHEN template LIKE 'broadcast-%' THEN 'broadcast' WHEN purpose = '` + inbox.PurposeReply + `' THEN 'person' ELSE 'hearth' END`

const (
	weeksSQL = `SELECT ($1 - at) / 604800000, class, ` + source + `, COUNT(*) FROM messages
WHERE org = $2 AND made >= $3 AND at > $4 AND at <= $1 AND property = $5 AND direction = 'out' AND ` + told + ` GROUP BY 1, 2, 3`
	loudSQL = `SELECT ` + source + `, CASE WHEN playbook <> '' THEN playbook ELSE purpose END, COUNT(*), COUNT(DISTINCT resident) FROM messages
WHERE org = $1 AND made >= $2 AND at > $3 AND property = $4 AND direction = 'out' AND ` + told + ` GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT $5`
	nearSQL = `SELECT resident, SUM(CASE WHEN at > $1 THEN 1 ELSE 0 END), COUNT(*) FROM messages
WHERE org = $2 AND made >= $3 AND at > $4 AND property = $5 AND direction = 'out' AND class IN ('relation', 'promotion') AND ` + told + `
GROUP BY resident`
)

// heldAtMost is how long before it was said a message may have been wished: messages are found by when that was.
const heldAtMost = MostDays * day

// Noise measures a property over some weeks up to now. It fails with CodeInvalid for more than MostWeeks, and with CodeNotFound
// when there is no such property.
func (s *Service) Noise(ctx context.Context, tx *db.Tx, property hearth.PropertyID, weeks int) (Noise, error) {
	if weeks < 1 || weeks > MostWeeks {
		return Noise{}, hearth.FieldErrorf("weeks", "Measure from 1 to %d weeks.", MostWeeks)
	}
	p, err := s.Records.Property(ctx, tx, property)
	if err != nil {
		return Noise{}, err
	}
	n := Noise{Property: property, Budget: p.Settings.Budget, Weeks: make([]Week, weeks)}
	people, err := s.addressable(ctx, tx, property)
	if err != nil {
		return n, err
	}
	n.People = len(people)
	now := tx.Now()
	for i := range n.Weeks {
		to := now.Add(-time.Duration(i) * week)
		n.Weeks[i] = Week{From: to.Add(-week), To: to, Classes: map[hearth.Class]int{}, Sources: map[string]int{}}
	}
	since := now.Add(-time.Duration(weeks) * week)
	if err := n.count(ctx, tx, since); err != nil {
		return n, err
	}
	if err := n.loudest(ctx, tx, since); err != nil {
		return n, err
	}
	return n, n.near(ctx, tx, people)
}

// addressable gives those of a property who live there and may be written to.
func (s *Service) addressable(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (map[hearth.ResidentID]record.Contact, error) {
	ids, err := s.Records.ResidentsAt(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	out := map[hearth.ResidentID]record.Contact{}
	const page = 1000
	for len(ids) > 0 {
		some := ids[:min(page, len(ids))]
		ids = ids[len(some):]
		contacts, err := s.Records.Contacts(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for id, c := range contacts {
			if c.Role.Addressable() && c.Standing.Status == record.StatusCurrent {
				out[id] = c
			}
		}
	}
	return out, nil
}

func (n *Noise) count(ctx context.Context, tx *db.Tx, since time.Time) error {
	rows, err := tx.Query(ctx, weeksSQL, hearth.Millis(tx.Now()), tx.Org(), since.Add(-heldAtMost), since, string(n.Property))
	if err != nil {
		return fmt.Errorf("count messages by week: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at, count int64
		var class hearth.Class
		var from string
		if err := rows.Scan(&at, &class, &from, &count); err != nil {
			return fmt.Errorf("count messages by week: %w", err)
		}
		if at < 0 || int(at) >= len(n.Weeks) {
			continue
		}
		w := &n.Weeks[at]
		w.Messages += int(count)
		w.Classes[class] += int(count)
		w.Sources[from] += int(count)
	}
	for i := range n.Weeks {
		n.Weeks[i].PerHead = float64(n.Weeks[i].Messages) / float64(max(n.People, 1))
	}
	return rows.Err()
}

func (n *Noise) loudest(ctx context.Context, tx *db.Tx, since time.Time) error {
	rows, err := tx.Query(ctx, loudSQL, tx.Org(), since.Add(-heldAtMost), since, string(n.Property), int64(mostLoud))
	if err != nil {
		return fmt.Errorf("find what is loudest: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Loud
		var messages, people int64
		if err := rows.Scan(&l.Source, &l.Name, &messages, &people); err != nil {
			return fmt.Errorf("find what is loudest: %w", err)
		}
		l.Messages, l.People = int(messages), int(people)
		n.Loudest = append(n.Loudest, l)
	}
	return rows.Err()
}

// near finds who has room for at most one more of what they may do without.
func (n *Noise) near(ctx context.Context, tx *db.Tx, people map[hearth.ResidentID]record.Contact) error {
	now := tx.Now()
	rows, err := tx.Query(ctx, nearSQL, now.Add(-week), tx.Org(), now.Add(-30*day-heldAtMost), now.Add(-30*day), string(n.Property))
	if err != nil {
		return fmt.Errorf("find who is near the budget: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x Near
		var inWeek, inMonth int64
		if err := rows.Scan(&x.Resident, &inWeek, &inMonth); err != nil {
			return fmt.Errorf("find who is near the budget: %w", err)
		}
		c, here := people[x.Resident]
		x.Week, x.Month = int(inWeek), int(inMonth)
		x.Left = max(0, min(n.Budget.Week-x.Week, n.Budget.Month-x.Month))
		if here && x.Left <= 1 {
			x.Name, x.Home = c.Name(), c.UnitLabel
			n.Near = append(n.Near, x)
		}
	}
	slices.SortFunc(n.Near, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), -cmp.Compare(a.Month, b.Month), strings.Compare(a.Home, b.Home), cmp.Compare(a.Resident, b.Resident))
	})
	n.Near = n.Near[:min(len(n.Near), mostNear)]
	return rows.Err()
}
