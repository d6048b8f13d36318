package line

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// Line is what one row, or several that belong together, says. One of the parts is set, unless Problem is.
type Line struct {
	File string `json:"-"`
	N    int    `json:"-"` // line in the file

	Key     string            `json:"-"` // names the row within its source, the same in every export
	What    string            `json:"-"` // for a person: "Ana Ruiz, 4B"
	Problem string            `json:"-"` // why it cannot be applied
	Notes   []string          `json:"-"` // what was left out of it, in words
	Fields  map[string]string `json:"-"` // the cells as they stood, by field, without refused columns

	Unit    *Unit    `json:"unit,omitempty"`
	Home    *Home    `json:"home,omitempty"`
	Staff   *Staff   `json:"staff,omitempty"`
	Order   *Order   `json:"order,omitempty"`
	Payment *Payment `json:"payment,omitempty"`
	Message *Message `json:"message,omitempty"`
}

// Unit is what a row says of a home.
type Unit struct {
	ID          string  `json:"id,omitempty"`
	Label       string  `json:"label,omitempty"`
	Building    string  `json:"building,omitempty"`
	Type        string  `json:"type,omitempty"`
	Floor       string  `json:"floor,omitempty"`
	Beds        float64 `json:"beds,omitempty"`
	Baths       float64 `json:"baths,omitempty"`
	SquareFeet  int64   `json:"square_feet,omitempty"`
	MarketCents int64   `json:"market_cents,omitempty"`
	Address     string  `json:"address,omitempty"`
}

// Home is a household with its lease. Without people the home is vacant.
type Home struct {
	Unit      Unit     `json:"unit"`
	LeaseID   string   `json:"lease_id,omitempty"`
	People    []Person `json:"people,omitempty"`
	Vacant    string   `json:"vacant,omitempty"` // in words, when nobody lives there
	Status    string   `json:"status,omitempty"` // a status of package record, or "notice", "evicted"
	Start     string   `json:"start,omitempty"`  // dates as 2026-11-21
	End       string   `json:"end,omitempty"`
	MoveIn    string   `json:"move_in,omitempty"`
	MoveOut   string   `json:"move_out,omitempty"`
	NoticeOn  string   `json:"notice_on,omitempty"`
	RentCents int64    `json:"rent_cents,omitempty"`

	MonthToMonth  bool   `json:"month_to_month,omitempty"`
	UnderEviction bool   `json:"under_eviction,omitempty"`
	OfferOut      bool   `json:"offer_out,omitempty"`
	Channel       string `json:"channel,omitempty"`      // preferred by the first person
	TextConsent   string `json:"text_consent,omitempty"` // "yes" or "no" of the first person
}

// Person is one person of a household.
type Person struct {
	ID        string               `json:"id,omitempty"`
	First     string               `json:"first,omitempty"`
	Last      string               `json:"last,omitempty"`
	Preferred string               `json:"preferred,omitempty"`
	Email     string               `json:"email,omitempty"`
	Phone     string               `json:"phone,omitempty"`
	Language  string               `json:"language,omitempty"`
	Role      hearth.HouseholdRole `json:"role,omitempty"`
}

// Name is the full name.
func (p Person) Name() string { return strings.TrimSpace(p.First + " " + p.Last) }

// Who says whom a work order, payment or message is about, as far as the row tells.
type Who struct {
	UnitID, Unit, Building string
	ResidentID             string
	LeaseID                string
	Person                 Person
}

// Staff is what a row says of a member of the team.
type Staff struct {
	Person  Person        `json:"person"`
	Roles   []hearth.Role `json:"roles,omitempty"`
	Hours   []Hours       `json:"hours,omitempty"`
	Minutes int           `json:"minutes,omitempty"`
	Left    bool          `json:"left,omitempty"`
	Away    []Away        `json:"away,omitempty"`
	// Backup and Supervisor are what the row calls them: an id of the source, a name or an e-mail address.
	Backup     string `json:"backup,omitempty"`
	Supervisor string `json:"supervisor,omitempty"`
	// OnCall is when they are on call every week; To past 1440 is on the next day.
	OnCall []Hours `json:"on_call,omitempty"`
}

// Away is a stretch of days off, both ends included, as 2026-11-21.
type Away struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Hours is working time on one day of the week (0 is Sunday), in minutes after midnight.
type Hours struct {
	Weekday int `json:"weekday"`
	From    int `json:"from"`
	To      int `json:"to"`
}

// Order is what a row says of a work order. Times are in UTC; zero is not told.
type Order struct {
	Who       Who
	ID        string    `json:"id,omitempty"`
	Text      string    `json:"text"`
	Category  string    `json:"category,omitempty"`
	Priority  string    `json:"priority,omitempty"` // emergency, urgent, routine, preventive, or ""
	State     string    `json:"state,omitempty"`    // open, scheduled, waiting, complete, cancelled, or ""
	Opened    time.Time `json:"opened,omitzero"`
	From      time.Time `json:"from,omitzero"`
	To        time.Time `json:"to,omitzero"`
	Done      time.Time `json:"done,omitzero"`
	Cancelled time.Time `json:"cancelled,omitzero"`
	Result    string    `json:"result,omitempty"`
}

// Payment is what a row says of a payment or of what is owed.
type Payment struct {
	Who     Who
	ID      string `json:"id,omitempty"`
	Type    string `json:"type,omitempty"`
	Paid    int64  `json:"paid_cents,omitempty"`
	Charged int64  `json:"charged_cents,omitempty"`
	PaidOn  string `json:"paid_on,omitempty"`
	DueOn   string `json:"due_on,omitempty"`
	Late    string `json:"late,omitempty"`          // "yes", "no" or "" for not told
	Balance *int64 `json:"balance_cents,omitempty"` // nil: not told
}

// Message is what a row says of a message.
type Message struct {
	Who     Who
	ID      string         `json:"id,omitempty"`
	Inbound bool           `json:"inbound"`
	Channel hearth.Channel `json:"channel"`
	Topic   string         `json:"topic,omitempty"`
	Text    string         `json:"text"`
	At      time.Time      `json:"at,omitzero"`
	Exact   bool           `json:"exact"` // At has a time of day
	From    string         `json:"from,omitempty"`
	To      string         `json:"to,omitempty"`
	Staff   string         `json:"staff,omitempty"`
}

// Options say how values of a file are written.
type Options struct {
	Kind   column.Kind
	Dates  value.Order
	Names  value.NameOrder
	Zone   *time.Location
	Region string // country of phone numbers without a country code
	Source string // only for deriving keys
}

// Body gives what is stored of a line, as JSON; equal lines have equal bodies.
func (l *Line) Body() (json.RawMessage, error) { return json.Marshal(l) }

// Digest gives what tells a changed row from an unchanged one, and behind it the names of the fields that the row
// tells and a later one may take back by leaving them blank.
func (l *Line) Digest() (string, error) {
	b, err := l.Body()
	if err != nil {
		return "", fmt.Errorf("encode line %d: %w", l.N, err)
	}
	sum := sha256.Sum256(b)
	return strings.Join(append([]string{hex.EncodeToString(sum[:12])}, l.told()...), " "), nil
}

// told lists the fields whose emptiness would be news after this row.
func (l *Line) told() []string {
	h := l.Home
	if h == nil {
		return nil
	}
	var out []string
	add := func(name string, is bool) {
		if is {
			out = append(out, name)
		}
	}
	add("notice_on", h.NoticeOn != "" || h.Status == "notice")
	add("move_out", h.MoveOut != "")
	add("month_to_month", h.MonthToMonth)
	add("under_eviction", h.UnderEviction)
	add("offer_out", h.OfferOut)
	if len(h.People) == 1 {
		add("email", h.People[0].Email != "")
		add("phone", h.People[0].Phone != "")
		add("preferred_name", h.People[0].Preferred != "")
	}
	add("+"+h.TextConsent, h.TextConsent != "") // a mark of what was said already; leaving it blank takes nothing back
	return out
}

// Cleared lists what the row before told, by its digest, and this one does not tell any more.
func (l *Line) Cleared(before string) []string {
	now := map[string]bool{}
	for _, f := range l.told() {
		now[f] = true
	}
	var out []string
	for i, f := range strings.Fields(before) {
		if i > 0 && !now[f] && !strings.HasPrefix(f, "+") {
			out = append(out, f)
		}
	}
	sort.Strings(out)
	return out
}

// keyOf derives a key from what names a row: parts that are empty do not count.
func keyOf(kind string, parts ...string) string {
	var b strings.Builder
	b.WriteString(kind)
	for _, p := range parts {
		b.WriteByte('|')
		b.WriteString(strings.ToLower(p))
	}
	if b.Len() > 120 {
		sum := sha256.Sum256([]byte(b.String()))
		return kind + "|" + hex.EncodeToString(sum[:16])
	}
	return b.String()
}

// Said tells whether the row before, by its digest, carried a mark.
func (l *Line) Said(before, mark string) bool {
	for i, f := range strings.Fields(before) {
		if i > 0 && f == mark {
			return true
		}
	}
	return false
}
