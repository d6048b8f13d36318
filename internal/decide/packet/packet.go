// Package packet gathers what a person should know when a task opens: who it is about, what is open, what happened in
// this home before, and what was said already. No task opens blank.
//
// It reads and words; it decides nothing, and it leaves out what the reader of a task has no right to: arrears, notes
// of service coordinators, and anything that names what a person is rather than what happened.
package packet

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/fact/quality"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// Packer gathers packets.
type Packer struct {
	records  *record.Store
	orders   *workorder.Store
	messages *message.Store
}

// New makes a packer.
func New(records *record.Store, orders *workorder.Store, messages *message.Store) *Packer {
	return &Packer{records: records, orders: orders, messages: messages}
}

// saidDays is how far back what was said is worth knowing.
const saidDays = 60

// Lengths of the lists in a packet: what fits on a phone without scrolling far.
const (
	maxHistory = 6
	maxSaid    = 5
)

// Packet is what a task opens with.
type Packet struct {
	task.Context
	// Ask is the closing question for the fact about the resident that is missing where it matters next; nil when none is.
	Ask *task.Ask
}

// ForResidents gives the packet for each resident; views holds their signals as of now.
func (p *Packer) ForResidents(ctx context.Context, tx *db.Tx, views map[hearth.ResidentID]signal.View) (map[hearth.ResidentID]Packet, error) {
	ids := make([]hearth.ResidentID, 0, len(views))
	for id := range views {
		ids = append(ids, id)
	}
	contacts, err := p.records.Contacts(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("gather what is known: %w", err)
	}
	said, err := p.messages.Recent(ctx, tx, ids, tx.Now().AddDate(0, 0, -saidDays))
	if err != nil {
		return nil, fmt.Errorf("gather what was said: %w", err)
	}
	homes := make(map[hearth.ResidentID]hearth.UnitID, len(ids))
	for _, id := range ids {
		homes[id] = contacts[id].Unit
	}
	histories, err := p.orders.Histories(ctx, tx, homes, maxHistory)
	if err != nil {
		return nil, fmt.Errorf("gather the homes' histories: %w", err)
	}
	out := make(map[hearth.ResidentID]Packet, len(ids))
	for _, id := range ids {
		c, v := contacts[id], views[id]
		out[id] = Packet{task.Context{Facts: known(c, v), History: orderLines(histories[id], id, v), Said: saidLines(said[id], v.Zone)}, closing(c, v)}
	}
	return out, nil
}

// closing gives the question worth asking at the end, if a fact is missing where it matters next.
func closing(c record.Contact, v signal.View) *task.Ask {
	days := func(field string) int {
		n, ok := v.Int(field)
		if !ok {
			return -1
		}
		return int(n)
	}
	m := quality.Moment{DaysToMoveIn: days("lease.days_to_start"), DaysToEnd: days("lease.days_to_end"), OpenRequests: max(0, days("service.open"))}
	if leaving, _ := v.Bool("lease.notice_given"); leaving {
		m.DaysToEnd = -1
	}
	q, ok := quality.Ask(c, m)
	if !ok || c.ID == "" {
		return nil
	}
	return &task.Ask{Fact: q.Fact, Question: q.Question, Kind: q.Kind, Optional: true}
}

// known words what a person should know first.
func known(c record.Contact, v signal.View) []task.Fact {
	var facts []task.Fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, task.Fact{Name: name, Value: value})
		}
	}
	days := func(field, one, many string) string {
		n, ok := v.Int(field)
		if !ok {
			return ""
		}
		return count(n, one, many)
	}
	add("Resident", name(c))
	add("Home", home(c))
	if n, ok := v.Int("tenancy.days"); ok {
		add("Here for", length(n))
	}
	if n, ok := v.Int("lease.days_to_end"); ok {
		add("Lease ends in", length(n))
	}
	add("Open requests", positive(days("service.open", "request", "requests")))
	add("Waiting for", positive(days("service.days_waiting", "day", "days")))
	add("Requests in 90 days", positive(days("service.opened_90d", "request", "requests")))
	if people, ok := v.Int("connection.people"); ok && people == 0 {
		// The days count from the move-in then, and say nothing of what happened before Hearth was told.
		add("Last spoken with", "no conversation on record")
	} else if n, ok := v.Int("connection.last_personal_days"); ok {
		add("Last spoken with", ago(n))
	}
	add("Likes to be reached by", way(c.Prefs["channel"]))
	add("Does not want", way(c.Prefs["avoid"]))
	add("Best time", c.Prefs["hours"])
	add("Their day", c.Prefs["schedule"])
	add("Come to the door", c.Prefs["entry"])
	add("Before coming", c.Prefs["notice"])
	add("Coming in", c.Prefs["access"])
	add("Animals", c.Prefs["pets"])
	return facts
}

func name(c record.Contact) string {
	if c.Preferred != "" && c.Preferred != c.First {
		return c.Name() + ", called " + c.Preferred
	}
	return c.Name()
}

func home(c record.Contact) string {
	if c.UnitLabel == "" {
		return ""
	}
	switch name := c.BuildingName; {
	case name == "":
		return c.UnitLabel
	case len([]rune(name)) <= 3: // a letter or a number says too little alone
		return c.UnitLabel + ", building " + name
	default:
		return c.UnitLabel + ", " + name
	}
}

// orderLines words the work orders of the home and of the resident, newest first, and tells apart what others asked for:
// those who lived here before and those who live here now.
func orderLines(orders []workorder.Order, about hearth.ResidentID, v signal.View) []string {
	var lines []string
	for _, o := range orders {
		when := day(o.Opened, v.Zone)
		switch days, ok := v.Int("tenancy.days"); {
		case ok && o.Opened.Before(v.Now.AddDate(0, 0, -int(days)-1)):
			when += " (before they lived here)"
		case o.Resident != "" && o.Resident != about:
			when += " (by somebody else of this home)"
		}
		line := when + ": " + short(o.Description)
		switch {
		case o.Resolution != "":
			line += ". Done: " + short(o.Resolution)
		case o.State == workorder.Waiting && o.WaitingFor != "":
			line += ". Waits for " + short(o.WaitingFor)
		default:
			line += ". Stands at: " + strings.ReplaceAll(string(o.State), "_", " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// saidLines words what the resident heard from us of late, newest first.
func saidLines(said []message.Brief, zone *time.Location) []string {
	var lines []string
	for i := len(said) - 1; i >= 0 && len(lines) < maxSaid; i-- {
		b := said[i]
		if b.State == message.Dropped || b.State == message.Merged {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %s by %s (%s)", day(b.At, zone), hearth.PurposeWords(b.Purpose), spoken(b.Channel), became(b.State)))
	}
	return lines
}

// spoken names a way as people do.
func spoken(c hearth.Channel) string {
	switch c {
	case hearth.ChannelEmail:
		return "mail"
	case hearth.ChannelSMS:
		return "text message"
	case hearth.ChannelPush:
		return "notification"
	}
	return string(c)
}

// became says what is known of a message's way.
func became(s message.State) string {
	switch s {
	case message.Delivered:
		return "arrived"
	case message.Bounced:
		return "came back"
	case message.Failed:
		return "not delivered"
	case message.Unknown:
		return "in doubt"
	case message.Held, message.Queued:
		return "waits"
	}
	return string(s)
}

func day(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2 Jan 2006")
}

// short keeps a line a line: 120 characters at most, without a stop at its end, since another sentence follows.
func short(s string) string {
	s = strings.TrimRight(strings.Join(strings.Fields(s), " "), ". ")
	if r := []rune(s); len(r) > 120 {
		return strings.TrimSpace(string(r[:119])) + "…"
	}
	return s
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// length says a stretch of days as people do: what is far away in months, and in years and months.
func length(days int64) string {
	const soon, month = 60, 365.25 / 12
	if days <= soon {
		return count(days, "day", "days")
	}
	months := int64(math.Round(float64(days) / month))
	if months < 24 {
		return count(months, "month", "months")
	}
	s := count(months/12, "year", "years")
	if rest := months % 12; rest > 0 {
		s += " " + count(rest, "month", "months")
	}
	return s
}

// way says a channel in words; what is none, as somebody wrote it down, stays as it is.
func way(channel string) string {
	switch c := hearth.Channel(channel); c {
	case hearth.ChannelSMS:
		return "text message"
	case hearth.ChannelEmail:
		return "e-mail"
	case hearth.ChannelPortal:
		return "their own pages"
	case hearth.ChannelPush:
		return "a notice on their telephone"
	}
	return channel
}

func positive(s string) string {
	if strings.HasPrefix(s, "0 ") {
		return ""
	}
	return s
}

func ago(days int64) string {
	switch days {
	case 0:
		return "today"
	case 1:
		return "yesterday"
	default:
		return count(days, "day", "days") + " ago"
	}
}
