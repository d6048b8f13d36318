package desk

import (
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/fact/consent"
	"hearth/internal/sense/signal"
)

// Intent is the wish to tell a resident something, before the desk has decided. Its ID is the message's: an intent
// submitted twice is decided once.
type Intent struct {
	ID       hearth.MessageID
	Part     int
	Property hearth.PropertyID
	Resident hearth.ResidentID
	Class    hearth.Class // "" = the template's
	Purpose  string       // "" = the template's
	Topic    string       // the conversation that it belongs to, for example a work order's id
	Template string
	Channel  hearth.Channel // "" = the resident's own choice
	// Facts are what the sender knows, by flat names ("event.category", "staff.name") or nested one level
	// ({"event": {"category": …}}). What templates can't say is ignored.
	Facts    map[string]any
	Playbook hearth.PlaybookID
	Version  int
	Run      hearth.RunID
	Why      string // the sender's reason, for the team
	// Made is when the wish arose; zero = now. For an answer it is when the resident spoke: half an hour later it is
	// no answer any more, and is treated as a service message.
	Made    time.Time
	Expires time.Time // after this it is no use any more; zero = by class
	// About is when the thing happens that the message is about (the visit, the outage), if it has a time.
	About time.Time
	// NotBefore is when the sender would like it said; zero = now.
	NotBefore time.Time
	Language  string // "" = the resident's
	// Seen is the resident's signals when the wish arose, where something has come in since; nil: they are as Views gives them.
	Seen *signal.View `json:"-"`
	// Human says that it belongs to a moment for people: of class service, relation or promotion it becomes a draft.
	Human bool `json:",omitempty"`
	// ByHand says that somebody of the team wrote it, word for word and to this resident alone: signs of frustration hand it
	// to no other person, no limit of a day holds it back, and it does not wait for the hour that suits best.
	ByHand bool `json:",omitempty"`
	// Many says that it is one of many alike: what a person has to take over its sender lists for all together, so that it
	// makes no task of its own. One that was held first makes one.
	Many bool `json:",omitempty"`
	// To are the only addresses that it may take, for what was asked for by one, the first that is allowed; nil: the resident's.
	To []Way `json:"-"`
	// Ready is a text that was decided on already, for a message that was taken back from delivery; nil: by the template.
	Ready *Rendered `json:",omitempty"`

	// Instead is the message that was not delivered and in whose place this one stands, Returned the sentence about it, and Tried the
	// ways that it and those before it took in vain: none of them is taken again.
	Instead  hearth.MessageID `json:",omitempty"`
	Returned string           `json:",omitempty"`
	Tried    []Tried          `json:",omitempty"`

	// lastHold is why it was held the last time, for the sentence that ends it.
	lastHold string
	parked   bool // a pause held it
}

// Tried is a way by which something did not arrive.
type Tried struct {
	Channel    hearth.Channel
	AddressKey string
}

// The outcomes of the desk, as stored in a decision.
const (
	Sent       = "sent"        // queued for delivery
	Held       = "held"        // asked again at Until
	Merged     = "merged"      // said as part of another message
	Dropped    = "dropped"     // not said at all
	HandedOver = "handed over" // a person got a task with the draft
)

// Verdict is what the desk decided on one intent.
type Verdict struct {
	Message  hearth.MessageID
	Outcome  string
	Question int       // 1 to 6; 0 when none of the questions spoke and it was sent
	Until    time.Time // for Held
	Reason   string    // a whole sentence for the team
	Into     hearth.MessageID
	Task     hearth.TaskID // the task that now holds a handed-over message, if one was made or was there
	Resident hearth.ResidentID
	Channel  hearth.Channel // the way that it goes, or would have gone; "" without one
	Text     string         // what is said on that way, for counting; "" where nothing is
	Feeling  bool           // there are signs of frustration that a person was told of
}

// Case is everything that the six questions may look at for one intent. It is gathered beforehand, so that the
// questions are plain functions of it.
type Case struct {
	Intent   Intent
	Now      time.Time
	Zone     *time.Location
	Sink     bool // mail goes to files, so an unconfirmed zone harms nobody
	Place    Place
	Person   Person
	Ways     []Way // the channels to them, the preferred one first
	Mood     Mood
	Standing Standing
	Said     []Said // what was said or waits to be said in the last 30 days, this batch included
	Text     Rendered
	Missing  []string // needed facts that are not known
	ahead    bool     // nothing is sent by it: somebody looks at what would become of it
	atOnce   bool     // and it would be sent this moment
	NoText   string   // why the template can't be used at all
	Window   time.Duration
	Pressing Digest
	Rhythm   Rhythm // the hour that suits them, for what may wait for it
	Asked    int    // surveys in the last 365 days, for a survey
}

// Place is the property's part of a case.
type Place struct {
	Name          string
	ZoneConfirmed bool
	Quiet         Quiet
	Budget        Budget
	Surveys       Surveys
	State         string         // of the address: the law's hours for texts and calls go by it
	Legal         *consent.Hours // nil: nothing is asked of the hour beside Quiet
}

// Feeling is from where on a person speaks instead of a machine (Limit), and below what that is over (Calm).
type Feeling struct {
	Limit, Calm float64
}

// Budget is the fatigue budget of a property: how many messages of class relation and promotion a resident gets in 7
// and 30 days, and how many of class service, relation and promotion in a day.
type Budget struct {
	Week, Month, Day int
}

// Person is the resident's part of a case.
type Person struct {
	Known    bool   // there is such a resident
	Name     string // what the team calls them
	Home     string // the home's number
	Role     hearth.HouseholdRole
	Status   string // of their lease, as the signal says; "" when there is none
	Language string
}

// Way is one channel to a resident.
type Way struct {
	Channel    hearth.Channel
	Address    string // "" = none on record
	AddressKey string
	Allowed    bool
	Reason     string // why not, in words of the consent records
	Pending    bool   // why not is still to be looked at by a person
}

// Mood is what the signals say about the moment.
type Mood struct {
	Frustration float64 // 0 when unknown
	Limit       float64 // from here on a person speaks, not a machine
	UrgentOpen  int64   // open urgent or emergency work orders
	Complaint   bool    // sharp words of the last days wait for a person's answer
	Episode     Episode
}

// Said is one message to the resident, or to an address of theirs.
type Said struct {
	ID         hearth.MessageID
	Class      hearth.Class
	Purpose    string
	ContentKey string
	State      string
	At         time.Time
	Expires    time.Time // until when it is of use; zero: not known
	AddressKey string
	Resident   hearth.ResidentID
}

// told tells whether the message reached them or is on its way: what counts for budget and windows.
func (s Said) told() bool {
	switch s.State {
	case "queued", "sent", "delivered", "unknown":
		return true
	}
	return false
}

// elsewhere names the system that sent it, in words; "" for what Hearth sent.
func (s Said) elsewhere() string {
	system, ok := message.Elsewhere(s.ContentKey)
	if !ok {
		return ""
	}
	return "another system (" + system + ")"
}

// waits tells whether the message may still be said. One that a pause or a person's look has held beyond its end keeps no other back:
// let go even later, it is asked about anew.
func (s Said) waits(now time.Time) bool {
	return s.State == "held" && (s.Expires.IsZero() || now.Before(s.Expires))
}

// Digest is a message of this batch that a small note can join.
type Digest struct {
	Into       hearth.MessageID // "" = none
	Class      hearth.Class
	Channel    hearth.Channel
	AddressKey string
}

// AnswerWithin is how long after the resident's own words a reply counts as an answer.
const AnswerWithin = 30 * time.Minute

// life is how long a wish is of use when its sender does not say.
func life(c hearth.Class) time.Duration {
	switch c {
	case hearth.ClassAnswer, hearth.ClassSafety:
		return 24 * time.Hour
	case hearth.ClassPromise, hearth.ClassService:
		return 3 * 24 * time.Hour
	case hearth.ClassLegal:
		return 14 * 24 * time.Hour
	}
	return 10 * 24 * time.Hour
}

// repeatWindow is how long the same content is not said again to the same person or address.
func repeatWindow(c hearth.Class) time.Duration {
	switch c {
	case hearth.ClassAnswer:
		return 0 // they asked again, so they get it again
	case hearth.ClassSafety:
		return time.Hour
	case hearth.ClassLegal, hearth.ClassPromise:
		return 24 * time.Hour
	case hearth.ClassService:
		return 3 * 24 * time.Hour
	}
	return 30 * 24 * time.Hour
}

// purposeWindow is how long the same purpose is not served again when the template sets no window: only what a
// resident may do without has one, since two repairs in a week are two pieces of news.
func purposeWindow(c hearth.Class) time.Duration {
	switch c {
	case hearth.ClassRelation:
		return 14 * 24 * time.Hour
	case hearth.ClassPromotion:
		return 30 * 24 * time.Hour
	}
	return 0
}
