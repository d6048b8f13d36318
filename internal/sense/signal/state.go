// Package signal folds the events about one resident into what is known of them now: the clock of their lease, what
// repairs they wait for, how close they are, how they sound, what was promised. The catalog names every signal.
//
// A State comes from events alone and can be rebuilt from the log to the same bytes. Folding an event costs the same
// after ten events and after ten thousand, and a state's size is bounded. The package stores nothing, compares
// residents with nobody but themselves, and decides nothing.
package signal

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"hearth"
)

// State is all signals of one resident. The zero State is that of somebody nothing is known about. It is not safe for
// concurrent use; a copy shares memory with its original.
type State struct {
	firstSeen int64 // milliseconds of the earliest event, 0 for none
	last      []lastOf

	resident  resident
	tenancies []tenancy

	// Service.
	total                                   int64
	lastClosed                              hearth.Day
	opened, reopened, closeCount, closeDays counter
	orders                                  []order
	openings                                []opening
	lastTook, lastTookAt                    int64 // days that the last completed order took, and when it was completed

	// Engagement. The quick and the slow level share their weights; the slow one is the resident's own baseline.
	acts        counter
	quick, slow level
	lastAct     hearth.Day
	kinds       acts90
	hours       actHours

	// Messages.
	received, discretionary, inbound counter
	asked                            counter // surveys that were sent
	lastInbound, lastReply           int64
	waiting                          []int64 // inbound messages after the last reply, ascending; the first few and the newest

	tone    tone
	surveys surveys

	kept, broken counter
	promises     []promised

	// Connection.
	people       []person
	lastPersonal hearth.Day
	contacts     counter

	// Payments.
	late    counter
	arrears *float64
}

// resident is what is known of the person.
type resident struct {
	known, primary         bool
	email, phone, portal   bool
	emailFails, phoneFails bool
	role, language         string
	at                     int64 // when the newest word about the person happened
}

// lastOf is when an event type was last seen.
type lastOf struct {
	kind kind
	at   int64
}

// person is a staff member who had a personal contact with the resident.
type person struct {
	staff uint64
	day   hearth.Day
}

// Bounds of lists that hold one entry each.
const (
	maxPeople  = 16
	maxWaiting = 8
	maxText    = 40 // bytes of a role or language
)

// data is every field of an event's data that a signal reads. A field of another type than expected is left out: the
// log has checked the data, and folding never fails.
type data struct {
	Role     string `json:"role"`
	Language string `json:"language"`
	Primary  *bool  `json:"primary"`
	Email    *bool  `json:"email"`
	Phone    *bool  `json:"phone"`
	Portal   *bool  `json:"portal"`

	Lease        string `json:"lease"`
	Unit         string `json:"unit"`
	Start        string `json:"start"`
	End          string `json:"end"`
	MoveIn       string `json:"move_in"`
	MoveOut      string `json:"move_out"`
	Status       string `json:"status"`
	Date         string `json:"date"`
	MonthToMonth *bool  `json:"month_to_month"`
	Term         int64  `json:"term"`

	Category  string `json:"category"`
	Priority  string `json:"priority"`
	WorkOrder string `json:"workorder"`
	State     string `json:"state"`
	Opened    string `json:"opened"`
	Completed string `json:"completed"`
	Reopened  string `json:"reopened"`

	Channel string   `json:"channel"`
	Text    string   `json:"text"`
	Topic   string   `json:"topic"`
	Class   string   `json:"class"`
	Purpose string   `json:"purpose"`
	Kind    string   `json:"kind"`
	Staff   string   `json:"staff"`
	Score   *float64 `json:"score"`

	Question string `json:"question"`
	Message  string `json:"message"`
	Tone     string `json:"tone"`

	Promise string `json:"promise"`
	Due     string `json:"due"`

	DueDate  string   `json:"due_date"`
	PaidDate string   `json:"paid_date"`
	Late     *bool    `json:"late"`
	Amount   *float64 `json:"amount"`
}

// Fold adds one event. The event's own time counts, also when it comes late; one that claims to lie in the future
// counts from when it was recorded. zone is the property's: it says which local date an instant has. Types that are
// not in the catalog change nothing. The same events in the same order give the same bytes.
func (s *State) Fold(ev *hearth.Event, zone *time.Location) {
	k := kindOf(ev.Type)
	if k == 0 {
		return
	}
	t := ev.Time
	if t.IsZero() || !ev.Recorded.IsZero() && t.After(ev.Recorded) {
		t = ev.Recorded
	}
	at, day := hearth.Millis(t), hearth.DayOf(t, zone)
	if s.firstSeen == 0 || at < s.firstSeen {
		s.firstSeen = at
	}
	s.seen(k, at)
	var d data
	if k.reads() && len(ev.Data) > 0 {
		d.read(ev.Data)
	}
	if tellsHour(k, &d) {
		s.hours.acted(t.In(zone), day)
	}
	switch k.area() {
	case areaResident:
		s.foldResident(&d, at)
	case areaLease:
		s.foldLease(k, &d, ev.Subject, at, day)
	case areaService:
		if k == kindOrderTakenBack {
			s.takeOrderBack(&d, ev.Subject, at, zone)
		} else {
			s.foldOrder(k, &d, ev.Subject, at, day)
		}
	case areaMessage:
		s.foldMessage(k, &d, ev, at, day)
	case areaContact:
		s.foldContact(k, &d, ev.Actor, at, day)
	case areaFact:
		s.foldFact(k, &d, at, day)
	}
}

// seen keeps the last time of each type, ascending by kind.
func (s *State) seen(k kind, at int64) {
	i, found := slices.BinarySearchFunc(s.last, k, func(l lastOf, k kind) int { return int(l.kind) - int(k) })
	if !found {
		s.last = slices.Insert(s.last, i, lastOf{k, at})
		return
	}
	s.last[i].at = max(s.last[i].at, at)
}

// Last gives when an event of the type last happened, the zero time when it never did or the type is not one that
// signals are folded from.
func (s *State) Last(t hearth.EventType) time.Time {
	k := kindOf(t)
	for _, l := range s.last {
		if l.kind == k {
			return time.UnixMilli(l.at).UTC()
		}
	}
	return time.Time{}
}

func (s *State) foldResident(d *data, at int64) {
	r := &s.resident
	older := r.known && at < r.at
	if d.Role != "" && (!older || r.role == "") {
		r.role = clip(d.Role)
	}
	if d.Language != "" && (!older || r.language == "") {
		r.language = clip(d.Language)
	}
	if older {
		return
	}
	r.known, r.at = true, at
	set(&r.primary, d.Primary)
	set(&r.email, d.Email)
	set(&r.phone, d.Phone)
	set(&r.portal, d.Portal)
	// An address that was told anew deserves another try.
	if d.Email != nil {
		r.emailFails = false
	}
	if d.Phone != nil {
		r.phoneFails = false
	}
}

func (s *State) foldMessage(k kind, d *data, ev *hearth.Event, at int64, day hearth.Day) {
	switch k {
	case kindMessageReceived:
		s.inbound.add(day, 1, quarter)
		s.kinds.wrote(d.Channel, day)
		s.lastInbound = max(s.lastInbound, at)
		s.act(at, day, weightFull)
		if d.Topic == OptOut {
			break
		}
		if at > s.lastReply {
			s.wait(at)
		}
		s.tone.read(d.Text, ev.ID, d.Message, at)
	case kindToneCorrected:
		s.tone.correct(d.Message, d.Tone)
	case kindMessageSent:
		s.received.add(day, 1, month)
		if hearth.Class(d.Class).Discretionary() {
			s.discretionary.add(day, 1, month)
		}
		if d.Purpose == "survey" || strings.HasPrefix(d.Purpose, "survey.") {
			s.asked.add(day, 1, year)
		}
		if ev.Actor.Kind == "staff" || d.Purpose == "reply" || d.Purpose == purposeReply {
			s.reply(at)
		}
	case kindMessageOpened:
		// Programs open mail too, so that an open is hardly an act: it warms a little and counts as nothing else.
		s.quick.add(at, weightOpen, halfQuick)
		s.slow.add(at, weightOpen, halfSlow)
	case kindMessageClicked:
		s.act(at, day, weightLight)
	case kindPortalVisited:
		s.kinds.portal.add(day, 1, quarter)
		s.act(at, day, weightLight)
	case kindMessageBounced:
		if d.Kind == "hard" {
			s.resident.emailFails = s.resident.emailFails || d.Channel == string(hearth.ChannelEmail) || d.Channel == ""
			s.resident.phoneFails = s.resident.phoneFails || d.Channel == string(hearth.ChannelSMS)
		}
	}
}

// Weights of acts: what costs a person effort says more.
const (
	weightFull  = 1.0 // a reply, a visit, a call, an answered survey
	weightLight = 0.6 // a look at the portal, a click, a pick-up, coming to a gathering
	weightOpen  = 0.1
)

func (s *State) act(at int64, day hearth.Day, w float64) {
	s.acts.add(day, 1, month)
	s.quick.add(at, w, halfQuick)
	s.slow.add(at, w, halfSlow)
	s.lastAct = max(s.lastAct, day)
}

// purposeReply is the purpose of what a person of the team writes in a conversation, of whatever class it goes out.
const purposeReply = "conversation.reply"

// wait notes a message that no person has answered. Several are kept because a reply that is learned late answers
// only those before it.
func (s *State) wait(at int64) {
	if n := len(s.waiting); n == maxWaiting {
		if at >= s.waiting[n-1] {
			s.waiting[n-1] = at
			return
		}
		s.waiting = slices.Delete(s.waiting, n-2, n-1)
	}
	i, _ := slices.BinarySearch(s.waiting, at)
	s.waiting = slices.Insert(s.waiting, i, at)
}

// reply notes that a person of the team answered what came before.
func (s *State) reply(at int64) {
	s.lastReply = max(s.lastReply, at)
	i, _ := slices.BinarySearch(s.waiting, at+1)
	s.waiting = slices.Delete(s.waiting, 0, i)
}

// waitingSince is when the first message came that still waits, 0 for none.
func (s *State) waitingSince() int64 {
	if len(s.waiting) == 0 {
		return 0
	}
	return s.waiting[0]
}

func (s *State) foldContact(k kind, d *data, actor hearth.Actor, at int64, day hearth.Day) {
	switch k {
	case kindContactPersonal:
		staff := d.Staff
		if staff == "" && actor.Kind == "staff" {
			staff = actor.ID
		}
		s.meet(hash(staff), day)
		s.contacts.add(day, 1, quarter)
		s.kinds.met(d.Kind, day)
		s.lastPersonal = max(s.lastPersonal, day)
		s.act(at, day, weightFull)
		s.reply(at)
	case kindVisit:
		s.act(at, day, s.kinds.came(d.Kind, day))
	case kindSurveyAnswered:
		s.act(at, day, weightFull)
		if d.Score != nil {
			s.tone.survey(d.Question, *d.Score, at)
			s.surveys.answer(d.Question, *d.Score, at)
		}
	}
}

// meet keeps who had contact, each with the last day; beyond the bound the longest ago is forgotten.
func (s *State) meet(staff uint64, day hearth.Day) {
	if staff == 0 {
		return
	}
	for i := range s.people {
		if s.people[i].staff == staff {
			s.people[i].day = max(s.people[i].day, day)
			return
		}
	}
	s.people = append(s.people, person{staff, day})
	if len(s.people) > maxPeople {
		oldest := 0
		for i, p := range s.people {
			if p.day < s.people[oldest].day {
				oldest = i
			}
		}
		s.people = slices.Delete(s.people, oldest, oldest+1)
	}
}

func (s *State) foldFact(k kind, d *data, at int64, day hearth.Day) {
	switch k {
	case kindPromiseMade:
		s.foldPromise(k, d, at)
	case kindPromiseKept:
		s.kept.add(day, 1, quarter)
		s.foldPromise(k, d, at)
	case kindPromiseMissed:
		s.broken.add(day, 1, quarter)
		s.foldPromise(k, d, at)
	case kindPaymentRecorded:
		due, paid := parseDay(d.DueDate), parseDay(d.PaidDate)
		if d.Late != nil && *d.Late || d.Late == nil && due != 0 && paid > due {
			s.late.add(day, 1, year)
		}
	case kindArrearsChanged:
		if d.Amount != nil && at >= s.lastAt(kindArrearsChanged) {
			s.arrears = d.Amount
		}
	}
}

func (s *State) lastAt(k kind) int64 {
	for _, l := range s.last {
		if l.kind == k {
			return l.at
		}
	}
	return 0
}

// read decodes what it can.
func (d *data) read(raw json.RawMessage) {
	// A field of a wrong type leaves an error and the other fields: both are fine here.
	_ = json.Unmarshal(raw, d)
}

func set(dst *bool, v *bool) {
	if v != nil {
		*dst = *v
	}
}

func clip(s string) string { return s[:min(len(s), maxText)] }
