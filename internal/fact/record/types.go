package record

import (
	"encoding/json"
	"time"

	"hearth"
)

// Property is a community with one team and one time zone.
type Property struct {
	ID      hearth.PropertyID
	Name    string
	Address string
	City    string
	State   string // two letters in the United States
	Zip     string
	Country string // "US" when not told

	Zone          string // IANA name
	ZoneHow       string // in words: how the zone was found
	ZoneConfirmed bool   // a person or the address settled it; nothing real is sent before that, but codes to sign in
	Settings      Settings

	External string // what the source calls it, "" when it has no name of its own
}

// Building is a building of a property.
type Building struct {
	ID       hearth.BuildingID
	Property hearth.PropertyID
	Name     string
	External string
}

// Unit is a dwelling. Zero values are unknown, except for Beds, where a studio is zero as well.
type Unit struct {
	ID       hearth.UnitID
	Property hearth.PropertyID
	Building hearth.BuildingID
	// BuildingName finds or makes the building when Building is empty.
	BuildingName string
	Label        string // as people write it: "4B"
	Floor        string
	Kind         string // the floor plan or sort of dwelling, in the source's words
	Beds         float64
	Baths        float64
	SqFt         int64
	MarketCents  int64 // asking rent a month
	Address      string
	External     string
}

// Household is the residents who share a lease.
type Household struct {
	ID       hearth.HouseholdID
	Property hearth.PropertyID
	Members  []Resident // oldest first
}

// Primary gives the member who speaks for the home; ok is false where nobody can be addressed.
func (h Household) Primary() (Resident, bool) {
	for _, m := range h.Members {
		if m.Primary {
			return m, true
		}
	}
	return Resident{}, false
}

// Addressable gives the members whom messages may reach, the primary one first: the order of a household event.
func (h Household) Addressable() []hearth.ResidentID {
	var ids []hearth.ResidentID
	for _, m := range h.Members {
		if m.Primary {
			ids = append(ids, m.ID)
		}
	}
	for _, m := range h.Members {
		if !m.Primary && m.Role.Addressable() {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// Resident is a person who lives, will live or has lived in a unit.
type Resident struct {
	ID        hearth.ResidentID
	Property  hearth.PropertyID
	Household hearth.HouseholdID
	Role      hearth.HouseholdRole
	Primary   bool // speaks for the home

	First     string
	Last      string
	Preferred string // how they like to be called
	Email     string
	Phone     string
	Language  string // BCP 47 tag such as "es", "" for the property's language

	Created time.Time
	Changed time.Time
}

// Name is the full name as it is written.
func (r Resident) Name() string { return join(r.First, r.Last) }

// Called is how the person is addressed: the preferred name, else the first, else the last.
func (r Resident) Called() string {
	for _, n := range []string{r.Preferred, r.First, r.Last} {
		if n != "" {
			return n
		}
	}
	return ""
}

// Lease is unit, household and rent over one or more terms. The zero Day means "no date known".
type Lease struct {
	ID        hearth.LeaseID
	Property  hearth.PropertyID
	Unit      hearth.UnitID
	Household hearth.HouseholdID

	RentCents int64      // a month, now
	MoveIn    hearth.Day // expected, later actual
	MoveOut   hearth.Day // the last day in the home: expected, later actual
	NoticeOn  hearth.Day // notice to leave was given
	Applied   hearth.Day // set when the lease began as an application
	Approved  hearth.Day // the application was granted; irrelevant when Applied is zero
	Cancelled hearth.Day

	MonthToMonth  bool // agreed as such; holdover is derived, see Standing
	UnderEviction bool
	Evicted       bool
	OfferOut      bool // a renewal offer has been sent

	Terms   []Term // by start
	Changed time.Time
}

// Term is one stretch of a lease. Ends is zero where it runs on from month to month.
type Term struct {
	N         int // the row's number, in the order in which the terms became known
	Starts    hearth.Day
	Ends      hearth.Day
	RentCents int64
}

// Staff is a member of the team.
type Staff struct {
	ID          hearth.StaffID
	Name        string
	Email       string
	Phone       string
	MinutesADay int  // minutes for tasks on a working day; 0 becomes DefaultMinutesADay
	Inactive    bool // has left; kept for the history
	Roles       []StaffRole
	Hours       []Hours // empty: the property's business hours
	Absences    []Absence
	External    string
	// Backup stands in while the person is away; Supervisor hears of what stays too much for them. Each is a staff id; until
	// the one meant is known, what a list called them.
	Backup     hearth.StaffID
	Supervisor hearth.StaffID
}

// HasRole tells whether the person has the role at the property.
func (s Staff) HasRole(property hearth.PropertyID, role hearth.Role) bool {
	for _, r := range s.Roles {
		if r.Property == property && r.Role == role {
			return true
		}
	}
	return false
}

// Away tells whether the person is absent on the whole day, and why.
func (s Staff) Away(day hearth.Day) (reason string, away bool) {
	for _, a := range s.Absences {
		if a.Whole() && a.From <= day && day <= a.To {
			return a.Reason, true
		}
	}
	return "", false
}

// StaffRole is a role that somebody has at one property.
type StaffRole struct {
	Property hearth.PropertyID
	Role     hearth.Role
}

// Hours is a stretch of working time on a day of the week, in minutes after midnight: 540 to 1080 is 9:00 to 18:00.
type Hours struct {
	Weekday time.Weekday `json:"weekday"` // 0 is Sunday
	From    int          `json:"from"`
	To      int          `json:"to"`
}

// Absence is a stretch of days off, both ends included, or a part of one day.
type Absence struct {
	From, To hearth.Day
	Reason   string
	// FromMin and ToMin are the part of the day From, in minutes after midnight; both 0 for whole days.
	FromMin, ToMin int
}

// Whole tells whether the absence takes whole days.
func (a Absence) Whole() bool { return a.FromMin == 0 && a.ToMin == 0 }

// Span gives the absence in instants: to is the first one after it.
func (a Absence) Span(zone *time.Location) (from, to time.Time) {
	if a.Whole() {
		return a.From.Start(zone), (a.To + 1).Start(zone)
	}
	return a.From.At(a.FromMin, zone), endOf(a.From, a.ToMin, zone)
}

// endOf gives the instant of a minute after midnight that may lie on the next day.
func endOf(day hearth.Day, minute int, zone *time.Location) time.Time {
	for ; minute >= 24*60; minute -= 24 * 60 {
		day++
	}
	return day.At(minute, zone)
}

// DefaultMinutesADay is what a staff member has for tasks when nobody said otherwise: six hours.
const DefaultMinutesADay = 360

// Preference is one thing a resident would like, with where it was learned and when.
type Preference struct {
	Resident hearth.ResidentID
	Name     string // "channel", "quiet_from", "pets"
	Value    string // "" takes the preference back
	Source   string
	At       time.Time
}

// External is the name that another system has for one of our things.
type External struct {
	Kind   string // "resident", "unit", "lease", "property", "building", "staff", "workorder"
	Ext    string
	Source string
	ID     string // ours
}

// News is how the caller came to know: it becomes the envelope of the events that a call appends.
type News struct {
	Source string // who says so; "" means this package
	Actor  hearth.Actor
	Time   time.Time // when it happened; zero: the transaction's now, or the day that the fact itself names
	AsOf   time.Time // see hearth.Event; zero: when it was recorded
	// History marks what a source's first import tells.
	History bool
	// Began is when the import that tells this began; zero where no list tells it. People who are first told of by one
	// list, in different homes, are not taken for one person by their e-mail or phone.
	Began time.Time
	// Cause makes the events' ids repeatable: the same cause telling the same change gives the same event. An import
	// uses its id and the row's digest.
	Cause string
	// Trail keeps what was there before, so that it can be taken back; nil: nothing is kept.
	Trail *Trail
	// EventID is the id under which the source told the event itself (a CloudEvent). A call that gets one always
	// appends its event, carrying this id, and changes nothing if that event is known already.
	EventID string
	// Data is what the source told beside what the call carries; it is kept in the event. The call's own fields win.
	Data json.RawMessage
}

// Change says what a Put did.
type Change struct {
	Added   bool
	Changed bool
	Fields  []string // what differs, by column name, sorted
}

// None tells whether everything was as told.
func (c Change) None() bool { return !c.Added && !c.Changed }

func join(first, last string) string {
	switch {
	case first == "":
		return last
	case last == "":
		return first
	}
	return first + " " + last
}
