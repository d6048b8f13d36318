// Package message keeps what is said to and by residents, and delivers what goes out: the outbox, the hand-over to the
// mail server, what became of each message, and the link by which a resident ends discretionary mail.
//
// It does not decide whether, when or what to write (decide/desk does), creates no tasks when something fails (whoever
// follows the events does), and answers no question of consent (fact/consent does).
package message

import (
	"time"

	"hearth"
)

// State is where a message stands.
type State string

// The states. Outbound messages begin as held, queued, dropped or merged; inbound ones are received.
const (
	Held      State = "held"      // the desk waits for a better time
	Queued    State = "queued"    // to be delivered; its due row says when and how often it was tried
	Sent      State = "sent"      // the mail server took it
	Delivered State = "delivered" // the far side said that it arrived
	Bounced   State = "bounced"   // the address does not exist
	Failed    State = "failed"    // could not be delivered, for another reason
	Unknown   State = "unknown"   // the server may have taken it; a person decides
	Dropped   State = "dropped"   // decided against
	Merged    State = "merged"    // its content went into another message
	Received  State = "received"  // from a resident
)

// The directions.
const (
	Out = "out"
	In  = "in"
)

// Message is one message, from the decision about it to its delivery, or one that came in.
type Message struct {
	ID        hearth.MessageID
	Property  hearth.PropertyID
	Resident  hearth.ResidentID
	Direction string // Out when empty
	State     State

	Class      hearth.Class
	Purpose    string // "renewal.open": what it is for, for consent and repetition
	Topic      string // what the conversation is about
	Channel    hearth.Channel
	Address    string // as the record has it: "Ana Ruiz <ana@home.example>" or bare
	AddressKey string // normalised, so that one home gets a notice once
	Subject    string
	Body       string // plain text; the HTML twin is made at delivery
	Short      string // what it says in a text message, where that is shorter; "" for what went as a text, or has no short form
	Template   string
	// TemplateVersion is which text of the operator's own it was written from; 0: the shipped one.
	TemplateVersion int
	ContentKey      string // digest of what it says, to recognise a repetition

	Playbook hearth.PlaybookID
	Version  int
	Run      hearth.RunID
	Reason   string // why it stands where it stands, in words

	Made time.Time // when it was decided about first, or came in; zero: now
	At   time.Time // when its state last changed
	// Expires is from when on it is of no use any more, as the desk took it the last time; zero: by its class, from Made on.
	Expires time.Time
	Error   string // what the mail server said, or what went wrong
	// Instead is the message that was not delivered and in whose place this one stands; "" for nearly all.
	Instead hearth.MessageID
}

// Lane and Kind of the due rows that deliveries wait in; the key is the message id. Text messages and notifications have lanes
// of their own, so that a mail server that is away holds none of them up.
const (
	Lane     = "mail"
	TextLane = "sms"
	PushLane = "push"
	HandLane = "hand" // what people deliver
	Kind     = "deliver"
)

// lanes gives all lanes in which deliveries wait.
func lanes() []string { return []string{Lane, TextLane, PushLane, HandLane} }

// laneOf gives the lane of a channel's deliveries.
func laneOf(ch hearth.Channel) string {
	switch ch {
	case hearth.ChannelSMS:
		return TextLane
	case hearth.ChannelPush:
		return PushLane
	case hearth.ChannelLetter, hearth.ChannelCall:
		return HandLane
	}
	return Lane
}

// outOf gives what this process has in hand of a channel.
func (s *Store) outOf(ch hearth.Channel) *outbox {
	switch ch {
	case hearth.ChannelSMS:
		return s.texts
	case hearth.ChannelPush:
		return s.pushes
	case hearth.ChannelLetter, hearth.ChannelCall:
		return s.hands
	}
	return s.out
}

// takeOut removes messages of a channel from this process's hands.
func (s *Store) takeOut(ch hearth.Channel, gone map[hearth.MessageID]bool) { s.outOf(ch).take(gone) }
