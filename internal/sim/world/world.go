package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
)

// Config says which community to make up.
type Config struct {
	Units    int            // dwellings, from 1 to MaxUnits
	Seed     uint64         // every chance hangs on it
	Start    hearth.Day     // the day that Import describes and the first that Day tells
	Zone     *time.Location // nil: the place drawn from the seed decides
	Property string         // the name; "" draws one from the seed
	Twin     *Twin          // one of two communities that differ in what people are; nil: a community of its own
}

// MaxUnits is the largest community that a Config may ask for.
const MaxUnits = 100_000

// Property is the community itself.
type Property struct {
	Name, Street, City, State, Zip string
	Zone                           *time.Location
	Source                         string // the CloudEvents source of everything that the world tells
}

// World is a community at one moment of its life. It is not safe for concurrent use.
type World struct {
	cfg       Config
	words     *words
	place     place
	property  Property
	team      []*member
	units     []*unit
	people    map[string]*person // by the id in the residents file
	homes     int                // households made so far, for ids
	persons   int
	orders    int
	addresses map[string]int // e-mail addresses given out, by local part

	today  hearth.Day
	inDay  bool // Day is at work: what is wanted for today happens at once
	agenda map[hearth.Day][]func()
	out    []Happening
}

// New makes up the community as it stands on the morning of cfg.Start. The error names what is wrong with cfg.
func New(cfg Config) (*World, error) {
	if cfg.Units < 1 || cfg.Units > MaxUnits {
		return nil, hearth.FieldErrorf("units", "A generated community has 1 to %d units, not %d.", MaxUnits, cfg.Units)
	}
	if cfg.Start == 0 {
		return nil, hearth.FieldErrorf("start", "A generated community needs the day on which it starts.")
	}
	lists, err := loadWords()
	if err != nil {
		return nil, fmt.Errorf("make a community: %w", err)
	}
	w := &World{
		cfg: cfg, words: lists, people: map[string]*person{}, addresses: map[string]int{},
		today: cfg.Start, agenda: map[hearth.Day][]func(){},
	}
	if err := w.settle(); err != nil {
		return nil, fmt.Errorf("make a community: %w", err)
	}
	w.hire()
	w.build()
	w.populate()
	w.onDay(nextMonth(cfg.Start), w.rentDay)
	w.onDay(nextMonth(cfg.Start)+9, w.gathering)
	return w, nil
}

// settle chooses place and name.
func (w *World) settle() error {
	r := stream(w.cfg.Seed, "place")
	name := ""
	if w.cfg.Zone != nil {
		name = w.cfg.Zone.String()
	}
	w.place = pick(r, w.words.placesIn(name))
	p := Property{
		Name:   pick(r, w.words.communities),
		Street: fmt.Sprintf("%d %s", between(r, 1, 98)*10, pick(r, w.words.streets)),
		City:   w.place.city, State: w.place.state, Zip: w.place.zip, Zone: w.cfg.Zone,
	}
	if w.cfg.Property != "" {
		p.Name = w.cfg.Property
	}
	if p.Zone == nil {
		zone, err := time.LoadLocation(w.place.zone)
		if err != nil {
			return err
		}
		p.Zone = zone
	}
	p.Source = "pms/" + strings.ReplaceAll(strings.ToLower(p.Name), " ", "-")
	w.property = p
	return nil
}

// Property gives the community's name, address, zone and source.
func (w *World) Property() Property { return w.property }

// Today gives the day that the next call of Day tells.
func (w *World) Today() hearth.Day { return w.today }

// Day lives through one day, which must be the one after the last, and gives what happens in order of time. Feedback
// is what Hearth did since the day before; people react to it from this day on. Event ids are unique in a world.
func (w *World) Day(day hearth.Day, fb Feedback) ([]Happening, error) {
	if day != w.today {
		return nil, hearth.Errorf(hearth.CodeConflict, "The community lives day by day: %s comes next, not %s.", w.today, day)
	}
	w.inDay = true
	for _, f := range w.agenda[day] {
		f()
	}
	delete(w.agenda, day)
	w.react(fb.Messages)
	w.work(fb.Tasks)
	out := w.out
	slices.SortStableFunc(out, func(a, b Happening) int { return a.At.Compare(b.At) })
	n := 0
	for _, h := range out {
		if h.Event != nil {
			n++
			h.Event.ID = fmt.Sprintf("%s-%04d", day, n)
		}
	}
	w.today, w.inDay, w.out = day+1, false, nil
	return out, nil
}

// onDay has f run on day, or at once when that is today or past.
func (w *World) onDay(day hearth.Day, f func()) {
	if day <= w.today && w.inDay {
		f()
		return
	}
	day = max(day, w.today)
	w.agenda[day] = append(w.agenda[day], f)
}

// at has f run on the day of t, today when t is past.
func (w *World) at(t time.Time, f func()) { w.onDay(hearth.DayOf(t, w.property.Zone), f) }

// tell lets an event happen at t, which must not be before today.
func (w *World) tell(t time.Time, typ, subject string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	e := &Event{Source: w.property.Source, Type: typ, Subject: subject, Time: t, Data: data}
	w.at(t, func() { w.out = append(w.out, Happening{At: t, Event: e}) })
}

// clock gives the instant on day at minutes after midnight, by the wall clock of the property, and a few seconds.
func (w *World) clock(day hearth.Day, minutes, seconds int) time.Time {
	return day.At(minutes, w.property.Zone).Add(time.Duration(seconds) * time.Second)
}

// nextMonth gives the first of the month after day.
func nextMonth(day hearth.Day) hearth.Day {
	y, m, _ := day.Date()
	return hearth.MakeDay(y, m+1, 1)
}

// addMonths gives the same date n months on; the 31st becomes the last of a shorter month.
func addMonths(day hearth.Day, n int) hearth.Day {
	y, m, d := day.Date()
	last := hearth.MakeDay(y, m+time.Month(n)+1, 0)
	return min(hearth.MakeDay(y, m+time.Month(n), d), last)
}

// Units gives the number of dwellings.
func (w *World) Units() int { return len(w.units) }
