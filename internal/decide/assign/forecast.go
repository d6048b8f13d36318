package assign

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Forecast is a property's load for the days from From on: minutes of tasks that are given, against what people have.
type Forecast struct {
	Property hearth.PropertyID
	Name     string
	Zone     *time.Location
	From     hearth.Day
	Days     int
	People   []PersonLoad
	Queue    []QueueLoad
}

// PersonLoad is one person's days, with what they have at all their properties.
type PersonLoad struct {
	Staff hearth.StaffID
	Name  string
	Roles []hearth.Role // at this property
	Days  []DayLoad     // one for each day of the forecast
}

// DayLoad is one person's day.
type DayLoad struct {
	Given   int    // minutes of tasks due on the day, done ones too
	Minutes int    // what they have; 0 on a day off
	Away    string // why they are off on leave, "" when they are not
}

// QueueLoad is what nobody owns yet in a role, by day.
type QueueLoad struct {
	Role    hearth.Role
	Minutes []int
}

// maxForecast bounds the days of a forecast.
const maxForecast = 92

// Forecast tells the load of the coming days. It fails with CodeNotFound for an unknown property and CodeInvalid for a
// number of days that is not from 1 to 92.
func (s *Assigner) Forecast(ctx context.Context, tx *db.Tx, property hearth.PropertyID, days int) (*Forecast, error) {
	if days < 1 || days > maxForecast {
		return nil, hearth.FieldErrorf("days", "The load can be told for 1 to %d days.", maxForecast)
	}
	sit, err := s.Round().site(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	from := hearth.DayOf(tx.Now(), sit.zone)
	if err := s.loads(ctx, tx, sit, from, from+hearth.Day(days)); err != nil {
		return nil, fmt.Errorf("read the load of %s: %w", property, err)
	}
	f := &Forecast{Property: property, Name: sit.name, Zone: sit.zone, From: from, Days: days}
	for i := range sit.team {
		if m := &sit.team[i]; !m.Inactive {
			f.People = append(f.People, sit.person(m, property, from, days))
		}
	}
	queued, err := s.tasks.Queued(ctx, tx, property, from.Start(sit.zone), (from + hearth.Day(days)).Start(sit.zone))
	if err != nil {
		return nil, err
	}
	for _, q := range queued { // by role
		if n := len(f.Queue); n == 0 || f.Queue[n-1].Role != q.Role {
			f.Queue = append(f.Queue, QueueLoad{Role: q.Role, Minutes: make([]int, days)})
		}
		f.Queue[len(f.Queue)-1].Minutes[hearth.DayOf(q.At, sit.zone)-from] += q.Minutes
	}
	return f, nil
}

func (s *situation) person(m *record.Staff, property hearth.PropertyID, from hearth.Day, days int) PersonLoad {
	p := PersonLoad{Staff: m.ID, Name: m.Name}
	for _, r := range m.Roles {
		if r.Property == property {
			p.Roles = append(p.Roles, r.Role)
		}
	}
	cal := CalendarOf(s.settings, m, s.zone)
	for d := from; d < from+hearth.Day(days); d++ {
		day := DayLoad{Given: s.load[d][m.ID], Minutes: s.capacity(m, cal, d)}
		if reason, away := m.Away(d); away {
			if day.Away = reason; reason == "" {
				day.Away = "Away"
			}
		}
		p.Days = append(p.Days, day)
	}
	return p
}
