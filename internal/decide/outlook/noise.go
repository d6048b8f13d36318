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
	mostLoud  = 10
	mostNear  = 50
	mostHeard = 20

	day  = 24 * time.Hour
	week = 7 * day
)

// One look at the messages of all the weeks: they are found one by one, and five looks that each count something else took five times as long.
const heardSQL = `SELECT at, class, state, resident, playbook, template, purpose, content_key FROM messages
WHERE org = $1 AND made >= $2 AND at > $3 AND property = $4 AND direction = 'out' AND resident <> '' AND NOT `

// heldAtMost is how long before it was said a message may have been wished: messages are found by when that was.
const heldAtMost = MostDays * day

// meter is one measuring.
type meter struct {
	*Noise
	now  time.Time
	near map[hearth.ResidentID]Near              // what each got of what they may do without, and of everything
	loud map[[2]string]map[hearth.ResidentID]int // by source and name, what each got
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
	closed := make([]string, len(without))
	for i, id := range without {
		closed[i] = string(id)
	}
	m := &meter{Noise: &n, now: now, near: map[hearth.ResidentID]Near{}, loud: map[[2]string]map[hearth.ResidentID]int{}}
	if err := m.read(ctx, tx, now.Add(-time.Duration(weeks)*week), closed); err != nil {
		return n, fmt.Errorf("count what reaches residents: %w", err)
	}
	for i := range n.Weeks {
		n.Weeks[i].PerHead = float64(n.Weeks[i].Messages) / float64(max(n.People, 1))
	}
	m.loudest()
	m.fullest(people)
	return n, nil
}

// read counts each message since then that is not of a closed playbook.
func (m *meter) read(ctx context.Context, tx *db.Tx, since time.Time, closed []string) error {
	clause, arg := tx.In("playbook", 5, closed)
	rows, err := tx.Query(ctx, heardSQL+clause, tx.Org(), since.Add(-heldAtMost), since, string(m.Property), arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var x message.Message
		if err := rows.Scan(&x.At, &x.Class, &x.State, &x.Resident, &x.Playbook, &x.Template, &x.Purpose, &x.ContentKey); err != nil {
			return err
		}
		m.take(&x)
	}
	return rows.Err()
}

// take counts a message: those that reached somebody or are on their way, and those that were kept back.
func (m *meter) take(x *message.Message) {
	switch x.State {
	case message.Held:
		m.Kept.Waits++
	case message.Merged:
		m.Kept.Merged++
	case message.Dropped:
		m.Kept.Unsaid++
	case message.Queued, message.Sent, message.Delivered, message.Unknown:
		m.told(x)
	}
}

func (m *meter) told(x *message.Message) {
	from, name := SourceOf(*x)
	ago := m.now.Sub(x.At)
	if i := int(ago / week); ago >= 0 && i < len(m.Weeks) {
		w := &m.Weeks[i]
		w.Messages++
		w.Classes[x.Class]++
		w.Sources[from]++
	}
	by := [2]string{from, name}
	if m.loud[by] == nil {
		m.loud[by] = map[hearth.ResidentID]int{}
	}
	m.loud[by][x.Resident]++
	n := m.near[x.Resident]
	n.Messages++
	if optional := x.Class == hearth.ClassRelation || x.Class == hearth.ClassPromotion; optional && ago < 30*day {
		n.Month++
		if ago < week {
			n.Week++
		}
	}
	m.near[x.Resident] = n
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

// loudest finds who sent the most.
func (m *meter) loudest() {
	for by, people := range m.loud {
		l := Loud{Source: by[0], Name: by[1], People: len(people)}
		for _, n := range people {
			l.Messages += n
		}
		m.Loudest = append(m.Loudest, l)
	}
	slices.SortFunc(m.Loudest, func(a, b Loud) int {
		return cmp.Or(-cmp.Compare(a.Messages, b.Messages), strings.Compare(a.Name, b.Name), strings.Compare(a.Source, b.Source))
	})
	m.Loudest = m.Loudest[:min(len(m.Loudest), mostLoud)]
}

// fullest finds who has room for at most one more of what they may do without, and who gets the most of all.
func (m *meter) fullest(people map[hearth.ResidentID]record.Contact) {
	var all []Near
	for id, x := range m.near {
		c, here := people[id]
		if !here {
			continue
		}
		x.Resident, x.Name, x.Home = id, c.Name(), c.UnitLabel
		x.Left = max(0, min(m.Budget.Week-x.Week, m.Budget.Month-x.Month))
		all = append(all, x)
		if x.Month > 0 && x.Left <= 1 {
			x.Messages = 0 // counted for those who get the most alone
			m.Near = append(m.Near, x)
		}
	}
	slices.SortFunc(m.Near, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), -cmp.Compare(a.Month, b.Month), strings.Compare(a.Home, b.Home), cmp.Compare(a.Resident, b.Resident))
	})
	m.Near = m.Near[:min(len(m.Near), mostNear)]
	slices.SortFunc(all, func(a, b Near) int {
		return cmp.Or(-cmp.Compare(a.Messages, b.Messages), cmp.Compare(a.Resident, b.Resident))
	})
	m.Most = append(m.Most, all[:min(len(all), mostHeard)]...)
}

// Told gives the messages that the figure counts, which are those to residents (a test goes to the team), the newest first and at most so many.
func (s *Service) Told(ctx context.Context, tx *db.Tx, property hearth.PropertyID, weeks, most int, without ...hearth.PlaybookID) (out []message.Message, err error) {
	since := tx.Now().Add(-time.Duration(weeks) * week)
	for cursor := ""; ; {
		list, next, err := s.Messages.List(ctx, tx, message.Filter{Property: property, Direction: message.Out}, cursor, 500)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.Resident != "" && (wentOut(m.State) || m.State == message.Unknown) && m.At.After(since) && !slices.Contains(without, m.Playbook) && len(out) < most {
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
