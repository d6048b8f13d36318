package outlook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
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
	Sources  map[string]int // "playbook", "broadcast", "person", "elsewhere" (another system), "hearth"
}

// Loud is a playbook or another sender, by how much it sent.
type Loud struct {
	Source   string // as in Week
	Name     string // the playbook's id or the other system, else what the messages were for
	Messages int
	People   int // how many residents got any of it
}

// Near is a resident with little or no room left for what they may do without, or one who gets much.
type Near struct {
	Resident hearth.ResidentID
	Name     string
	Home     string
	Week     int // of class relation and promotion in 7 days
	Month    int // and in 30
	Left     int // how many more may go out now; 0: none
	Messages int // of every kind over all the weeks; counted for those who get the most alone
}

// Kept is what was wished over the weeks and did not go out by itself.
type Kept struct {
	Waits  int // the desk holds it
	Merged int // it went in one message with another
	Unsaid int // dropped, or a person has it
}

// Optional counts what they may do without: what the budget is for.
func (w Week) Optional() int {
	return w.Classes[hearth.ClassRelation] + w.Classes[hearth.ClassPromotion]
}

// Noise is how much reaches the residents of a property.
type Noise struct {
	Property hearth.PropertyID
	People   int // who may be written to
	Budget   record.Budget
	Weeks    []Week // the newest first; the first one ends now
	Loudest  []Loud // over all the weeks
	Near     []Near // the fullest first
	Most     []Near // who gets the most, over all the weeks
	Kept     Kept
}

const (
	// MostWeeks is how far back the meter goes.
	MostWeeks = 13
	mostLoud  = `10`
	mostNear  = 50
	mostHeard = `20`

	day  = 24 * time.Hour
	week = 7 * day
)

// told are the states that count: it reached them, or is on its way.
const told = `state IN ('queued', 'sent', 'delivered', 'unknown')`

// source says who wished a message, in SQL: a playbook, a broadcast, a person in a conversation, another system, or Hearth itself. What a
// person writes has no template, and is told by its purpose.
const source = `CASE WHEN playbook <> '' THEN 'playbook' WHEN content_key LIKE '` + message.ElsewherePrefix + `%' THEN 'elsewhere' WHEN template LIKE 'broadcast-%' THEN 'broadcast'
 WHEN purpose = '` + inbox.PurposeReply + `' THEN 'person' ELSE 'hearth' END`

// called names whoever wished it.
const called = `CASE WHEN playbook <> '' THEN playbook WHEN content_key LIKE '` + message.ElsewherePrefix + `%' THEN content_key ELSE purpose END`

const (
	weeksSQL = `SELECT ($1 - at) / 604800000, class, ` + source + `, COUNT(*) FROM messages
WHERE org = $2 AND made >= $3 AND at > $4 AND at <= $1 AND property = $5 AND direction = 'out' AND ` + told + ` AND NOT {closed} GROUP BY 1, 2, 3`
	loudSQL = `SELECT ` + source + `, ` + called + `, COUNT(*), COUNT(DISTINCT resident) FROM messages
WHERE org = $1 AND made >= $2 AND at > $3 AND property = $4 AND direction = 'out' AND ` + told + ` AND NOT {closed} GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT ` + mostLoud
	nearSQL = `SELECT resident, SUM(CASE WHEN at > $1 THEN 1 ELSE 0 END), COUNT(*) FROM messages
WHERE org = $2 AND made >= $3 AND at > $4 AND property = $5 AND direction = 'out' AND class IN ('relation', 'promotion') AND ` + told + ` AND NOT {closed}
GROUP BY resident`
	heardSQL = `SELECT resident, COUNT(*) FROM messages
WHERE org = $1 AND made >= $2 AND at > $3 AND property = $4 AND direction = 'out' AND ` + told + ` AND NOT {closed} GROUP BY resident ORDER BY 2 DESC, 1 LIMIT ` + mostHeard
	keptSQL = `SELECT state, COUNT(*) FROM messages
WHERE org = $1 AND made >= $2 AND at > $3 AND property = $4 AND direction = 'out' AND state IN ('held', 'merged', 'dropped') AND NOT {closed} GROUP BY state`
)

// heldAtMost is how long before it was said a message may have been wished: messages are found by when that was.
const heldAtMost = MostDays * day

// meter is one measuring.
type meter struct {
	*Noise
	tx    *db.Tx
	since time.Time
	// without are playbooks of which whoever looks is told nothing: what they sent is in no figure.
	without []string
}

// Noise measures a property over some weeks up to now, what some playbooks sent left out. It fails with CodeInvalid for more than
// MostWeeks, and with CodeNotFound when there is no such property.
func (s *Service) Noise(ctx context.Context, tx *db.Tx, property hearth.PropertyID, weeks int, without ...hearth.PlaybookID) (Noise, error) {
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
	m := &meter{Noise: &n, tx: tx, since: now.Add(-time.Duration(weeks) * week)}
	for _, id := range without {
		m.without = append(m.without, string(id))
	}
	for _, count := range []func(context.Context) error{m.count, m.loudest, m.kept, func(ctx context.Context) error { return m.near(ctx, people) }} {
		if err := count(ctx); err != nil {
			return n, err
		}
	}
	return n, nil
}

// query asks one of the statements above, in which {closed} stands for what the playbooks that are left out sent.
func (m *meter) query(ctx context.Context, sql string, args ...any) (*db.Rows, error) {
	closed, arg := m.tx.In("playbook", len(args)+1, m.without)
	return m.tx.Query(ctx, strings.Replace(sql, "{closed}", closed, 1), append(args, arg)...)
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

func (m *meter) count(ctx context.Context) error {
	n := m.Noise
	rows, err := m.query(ctx, weeksSQL, hearth.Millis(m.tx.Now()), m.tx.Org(), m.since.Add(-heldAtMost), m.since, string(n.Property))
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

func (m *meter) loudest(ctx context.Context) error {
	rows, err := m.query(ctx, loudSQL, m.tx.Org(), m.since.Add(-heldAtMost), m.since, string(m.Property))
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
		l.Name = strings.TrimPrefix(l.Name, message.ElsewherePrefix)
		l.Messages, l.People = int(messages), int(people)
		m.Loudest = append(m.Loudest, l)
	}
	return rows.Err()
}

// kept counts what did not go out by itself.
func (m *meter) kept(ctx context.Context) error {
	rows, err := m.query(ctx, keptSQL, m.tx.Org(), m.since.Add(-heldAtMost), m.since, string(m.Property))
	if err != nil {
		return fmt.Errorf("count what was kept back: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state message.State
		var count int64
		if err := rows.Scan(&state, &count); err != nil {
			return fmt.Errorf("count what was kept back: %w", err)
		}
		switch state {
		case message.Held:
			m.Kept.Waits = int(count)
		case message.Merged:
			m.Kept.Merged = int(count)
		default:
			m.Kept.Unsaid = int(count)
		}
	}
	return rows.Err()
}

// near finds who has room for at most one more of what they may do without, and who gets the most of all.
func (m *meter) near(ctx context.Context, people map[hearth.ResidentID]record.Contact) error {
	used, err := m.used(ctx)
	if err != nil {
		return err
	}
	of := func(id hearth.ResidentID) (Near, bool) {
		c, here := people[id]
		x := used[id]
		x.Resident, x.Name, x.Home = id, c.Name(), c.UnitLabel
		x.Left = max(0, min(m.Budget.Week-x.Week, m.Budget.Month-x.Month))
		return x, here
	}
	for id := range used {
		if x, here := of(id); here && x.Left <= 1 {
			m.Near = append(m.Near, x)
		}
	}
	slices.SortFunc(m.Near, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), -cmp.Compare(a.Month, b.Month), strings.Compare(a.Home, b.Home), cmp.Compare(a.Resident, b.Resident))
	})
	m.Near = m.Near[:min(len(m.Near), mostNear)]
	rows, err := m.query(ctx, heardSQL, m.tx.Org(), m.since.Add(-heldAtMost), m.since, string(m.Property))
	if err != nil {
		return fmt.Errorf("find who gets the most: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.ResidentID
		var count int64
		if err := rows.Scan(&id, &count); err != nil {
			return fmt.Errorf("find who gets the most: %w", err)
		}
		if x, here := of(id); here {
			x.Messages = int(count)
			m.Most = append(m.Most, x)
		}
	}
	return rows.Err()
}

// used counts what each got of what they may do without, in 7 and in 30 days.
func (m *meter) used(ctx context.Context) (map[hearth.ResidentID]Near, error) {
	now := m.tx.Now()
	rows, err := m.query(ctx, nearSQL, now.Add(-week), m.tx.Org(), now.Add(-30*day-heldAtMost), now.Add(-30*day), string(m.Property))
	if err != nil {
		return nil, fmt.Errorf("find who is near the budget: %w", err)
	}
	defer rows.Close()
	out := map[hearth.ResidentID]Near{}
	for rows.Next() {
		var id hearth.ResidentID
		var inWeek, inMonth int64
		if err := rows.Scan(&id, &inWeek, &inMonth); err != nil {
			return nil, fmt.Errorf("find who is near the budget: %w", err)
		}
		out[id] = Near{Week: int(inWeek), Month: int(inMonth)}
	}
	return out, rows.Err()
}

// Told gives the messages that the figure counts, the newest first and at most so many.
func (s *Service) Told(ctx context.Context, tx *db.Tx, property hearth.PropertyID, weeks, most int, without ...hearth.PlaybookID) (out []message.Message, err error) {
	since := tx.Now().Add(-time.Duration(weeks) * week)
	for cursor := ""; ; {
		list, next, err := s.Messages.List(ctx, tx, message.Filter{Property: property, Direction: message.Out}, cursor, 500)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if (wentOut(m.State) || m.State == message.Unknown) && m.At.After(since) && !slices.Contains(without, m.Playbook) && len(out) < most {
				out = append(out, m)
			}
		}
		if cursor = next; cursor == "" || len(out) == most || list[len(list)-1].Made.Before(since.Add(-heldAtMost)) {
			return out, nil
		}
	}
}

// SourceOf says who wished a message, as in Week, and names them.
func SourceOf(m message.Message) (from, name string) {
	switch system, elsewhere := message.Elsewhere(m.ContentKey); {
	case m.Playbook != "":
		return "playbook", string(m.Playbook)
	case elsewhere:
		return "elsewhere", system
	case strings.HasPrefix(m.Template, "broadcast-"):
		return "broadcast", m.Purpose
	case m.Purpose == inbox.PurposeReply:
		return "person", m.Purpose
	}
	return "hearth", m.Purpose
}
