package inbox

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// PurposeReply is the purpose of what a member of the team writes in a conversation.
const PurposeReply = "conversation.reply"

// Draft is what a member of the team wants to say in a conversation.
type Draft struct {
	Text    string
	Subject string         // "" answers the last one
	Channel hearth.Channel // "" is the one by which the resident wrote last
	Wait    time.Duration  // how long it can be taken back before it goes
	// To is the resident with whom the conversation begins by this, where there is none; "" fails then.
	To hearth.ResidentID
	// Helped names the model that helped to write it; "" for none.
	Helped string
}

// maxReply bounds a reply, in bytes.
const maxReply = 32 << 10

// Reply hands what a member of the team wrote to the desk, which sends it as an answer or says why not. The same words to
// the same message of the resident are one reply, unless it was taken back or refused. With Wait it is held so long, and can
// be taken back meanwhile; what the desk would not send leaves no trace then, and the verdict says why. It fails with
// CodeForbidden for everybody else, and with CodeInvalid for an empty text.
func (b *Inbox) Reply(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, d Draft) (desk.Verdict, error) {
	in, c, err := b.intent(ctx, tx, actor, id, d)
	if err != nil {
		return desk.Verdict{}, err
	}
	if d.Wait > 0 {
		f, err := b.ahead(ctx, tx, in)
		switch {
		case err != nil || f.Outcome != desk.Sent && f.Outcome != desk.Held:
			return f.Verdict, err
		case f.Outcome == desk.Sent:
			in.NotBefore = tx.Now().Add(d.Wait)
		}
	}
	if c.Made.IsZero() {
		if c, err = b.Conversations.Begin(ctx, tx, actor, c.Property, c.Resident, c.Topic); err != nil {
			return desk.Verdict{}, err
		}
	}
	verdicts, err := b.Desk.Submit(ctx, tx, []desk.Intent{in}, b.views(ctx, tx, c.Resident))
	if err != nil {
		return desk.Verdict{}, fmt.Errorf("reply in conversation %s: %w", id, err)
	}
	v := verdicts[0]
	if v.Outcome != desk.Sent && v.Outcome != desk.Held {
		return v, nil
	}
	if err := b.Conversations.Wrote(ctx, tx, actor, id, v.Message); err != nil {
		return v, err
	}
	if d.Helped != "" {
		if err := b.Conversations.Helped(ctx, tx, v.Message, d.Helped); err != nil {
			return v, err
		}
	}
	if v.Outcome == desk.Held {
		return v, nil
	}
	return v, b.Conversations.Take(ctx, tx, []conversation.Heard{{Property: c.Property, Resident: c.Resident, Topic: c.Topic, At: tx.Now(), Out: true, Person: true}})
}

// Foresee tells what the desk would do with a reply now, and writes nothing. It fails like Reply.
func (b *Inbox) Foresee(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, d Draft) (desk.Foreseen, error) {
	in, _, err := b.intent(ctx, tx, actor, id, d)
	if err != nil {
		return desk.Foreseen{}, err
	}
	return b.ahead(ctx, tx, in)
}

func (b *Inbox) ahead(ctx context.Context, tx *db.Tx, in desk.Intent) (desk.Foreseen, error) {
	found, err := b.Desk.Foresee(ctx, tx, []desk.Intent{in}, []time.Time{tx.Now()}, tx.Now(), b.views(ctx, tx, in.Resident))
	if err != nil {
		return desk.Foreseen{}, fmt.Errorf("look ahead to a reply to %s: %w", in.Resident, err)
	}
	return found[0], nil
}

// intent is what the desk is asked about a reply. It is an answer for as long as the resident's own words are fresh, and a
// message of service after that.
func (b *Inbox) intent(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, d Draft) (in desk.Intent, c conversation.Conversation, err error) {
	d.Text = strings.TrimSpace(d.Text)
	switch {
	case actor.Kind != "staff":
		return in, c, hearth.Errorf(hearth.CodeForbidden, "Only a member of the team can reply; say who with \"by\".")
	case d.Text == "" || len(d.Text) > maxReply:
		return in, c, hearth.FieldErrorf("text", "A reply needs words, and at most %d KB of them.", maxReply>>10)
	}
	if c, err = b.conversation(ctx, tx, id, d.To); err != nil {
		return in, c, err
	}
	last, ended, err := b.lastIn(ctx, tx, c)
	if err != nil {
		return in, c, err
	}
	if d.Channel == "" {
		d.Channel = last.Channel
	}
	if d.Subject = strings.TrimSpace(d.Subject); d.Subject == "" {
		if d.Subject, err = b.subject(ctx, tx, c, last); err != nil {
			return in, c, err
		}
	}
	if strings.ContainsAny(d.Subject, "\r\n") || len(d.Subject) > 500 {
		return in, c, hearth.FieldErrorf("subject", "The subject is one line of at most 500 characters.")
	}
	class := hearth.ClassAnswer
	if tx.Now().Sub(last.Made) > desk.AnswerWithin {
		class = hearth.ClassService
	}
	return desk.Intent{ID: hearth.MessageID(hearth.DeriveID("msg_", "reply", id, string(last.ID), actor.ID, d.Text, again(ended))), Property: c.Property, Resident: c.Resident,
		Class: class, Purpose: PurposeReply, Topic: c.Topic, Channel: d.Channel, Made: tx.Now(), Expires: tx.Now().Add(useFor), Why: nameOf(actor) + " answers.", ByHand: true,
		Ready: &desk.Rendered{Template: "reply", Subject: d.Subject, Body: d.Text, Short: d.Text, ContentKey: hearth.DeriveID("", "reply", d.Text)}}, c, nil
}

// conversation gives a conversation, or the one with a resident on no topic as it would begin.
func (b *Inbox) conversation(ctx context.Context, tx *db.Tx, id string, to hearth.ResidentID) (conversation.Conversation, error) {
	c, err := b.Conversations.Get(ctx, tx, id)
	if hearth.CodeOf(err) != hearth.CodeNotFound || to == "" || conversation.ID(to, "") != id {
		return c, err
	}
	r, err := b.Records.Resident(ctx, tx, to)
	return conversation.Conversation{ID: id, Property: r.Property, Resident: r.ID, State: conversation.Open}, err
}

// subject is what a mail is headed with that nobody gave a subject.
func (b *Inbox) subject(ctx context.Context, tx *db.Tx, c conversation.Conversation, last message.Message) (string, error) {
	if last.ID != "" {
		return "Re: " + withoutRe(last.Subject), nil
	}
	p, err := b.Records.Property(ctx, tx, c.Property)
	return "A message from " + p.Name, err
}

// ThreadWith gives the conversation with a resident that changed last; where there is none, the one that a first message
// would begin, with Made zero.
func (b *Inbox) ThreadWith(ctx context.Context, tx *db.Tx, r hearth.ResidentID) (Thread, error) {
	person, err := b.Records.PersonOf(ctx, tx, r)
	if err != nil {
		return Thread{}, err
	}
	found, _, err := b.Conversations.List(ctx, tx, conversation.Filter{Resident: person[0]}, "", 1)
	if err != nil {
		return Thread{}, err
	}
	if len(found) > 0 {
		return b.Thread(ctx, tx, found[0].ID)
	}
	t := Thread{}
	if t.Conversation, err = b.conversation(ctx, tx, conversation.ID(person[0], ""), person[0]); err != nil {
		return t, err
	}
	contacts, err := b.Records.Contacts(ctx, tx, person[:1])
	t.Who = contacts[person[0]]
	return t, err
}

// useFor is how long a reply is of use that has to wait.
const useFor = 3 * 24 * time.Hour

// views gives the resident's signals as they were read before the desk asks; somebody whom no event concerned has none.
func (b *Inbox) views(ctx context.Context, tx *db.Tx, id hearth.ResidentID) desk.Views {
	v, err := b.Signals(ctx, tx, id)
	if err != nil {
		v = signal.NewView(&signal.State{}, tx.Now(), time.UTC)
	}
	return func(hearth.ResidentID) signal.View { return v }
}

func nameOf(a hearth.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// withoutRe takes the answers' marks off a subject.
func withoutRe(s string) string {
	for {
		rest := strings.TrimSpace(s)
		low := strings.ToLower(rest)
		cut := false
		for _, p := range []string{"re:", "fw:", "fwd:", "aw:", "rv:"} {
			if strings.HasPrefix(low, p) {
				s, cut = rest[len(p):], true
				break
			}
		}
		if !cut {
			if rest == "" {
				return "your message"
			}
			return rest
		}
	}
}

// lastIn gives what the resident wrote last in a conversation, an empty message if that is gone; and how many replies to it
// were taken back or refused.
func (b *Inbox) lastIn(ctx context.Context, tx *db.Tx, c conversation.Conversation) (last message.Message, ended int, err error) {
	for _, few := range []int{4, 100} { // nearly always among the newest
		msgs, err := b.Messages.Talk(ctx, tx, []hearth.ResidentID{c.Resident}, &c.Topic, few)
		if err != nil {
			return last, 0, err
		}
		if last, ended = lastOf(msgs); last.ID != "" || len(msgs) < few {
			break
		}
	}
	return last, ended, nil
}

// lastOf gives the first that the resident wrote by hand, and how many replies before it in the list came to nothing.
func lastOf(msgs []message.Message) (last message.Message, ended int) {
	for _, m := range msgs {
		if m.Direction == message.In && m.Purpose != message.PurposeAutomatic {
			return m, ended
		}
		if m.Purpose == PurposeReply && m.State == message.Dropped {
			ended++
		}
	}
	return message.Message{}, ended
}

// again tells a reply that is tried once more from the one that was taken back.
func again(ended int) string {
	if ended == 0 {
		return ""
	}
	return strconv.Itoa(ended)
}

// Thread is a conversation with all that was said in it.
type Thread struct {
	conversation.Conversation
	Messages []message.Message // the newest first
	Notes    []conversation.Note
	Writers  map[hearth.MessageID]hearth.Actor // who of the team wrote which
	Helped   map[hearth.MessageID]string       // which model helped with it
	Looking  []conversation.Look
	Who      record.Contact
}

// maxThread bounds the messages of one thread.
const maxThread = 500

// Thread reads a conversation with its messages and notes.
func (b *Inbox) Thread(ctx context.Context, tx *db.Tx, id string) (Thread, error) {
	c, err := b.Conversations.Get(ctx, tx, id)
	if err != nil {
		return Thread{}, err
	}
	t := Thread{Conversation: c}
	person, err := b.Records.PersonOf(ctx, tx, c.Resident)
	if err != nil {
		return t, err
	}
	if t.Messages, err = b.Messages.Talk(ctx, tx, person, &c.Topic, maxThread); err != nil {
		return t, err
	}
	contacts, err := b.Records.Contacts(ctx, tx, person[:1])
	if err != nil {
		return t, err
	}
	t.Who = contacts[person[0]]
	if t.Notes, err = b.Conversations.Notes(ctx, tx, id); err != nil {
		return t, err
	}
	if t.Helped, err = b.Conversations.Helpers(ctx, tx, id); err != nil {
		return Thread{}, err
	}
	if t.Writers, err = b.Conversations.Writers(ctx, tx, id); err != nil {
		return t, err
	}
	t.standIns()
	t.Looking, err = b.Conversations.Looking(ctx, tx, id)
	return t, err
}

// standIns names the writer of what is said another way because it did not arrive: the words are theirs.
func (t *Thread) standIns() {
	for i := len(t.Messages) - 1; i >= 0; i-- { // the oldest first: it may have been said another way twice
		m := t.Messages[i]
		if by, ok := t.Writers[m.Instead]; ok {
			t.Writers[m.ID] = by
		}
		if model, ok := t.Helped[m.Instead]; ok {
			t.Helped[m.ID] = model
		}
	}
}

// HouseholdSaid gives what went to everybody of a home whom messages can reach: the same words to each of them, the newest
// first. What only one of them got, or wrote, is not in it.
func (b *Inbox) HouseholdSaid(ctx context.Context, tx *db.Tx, home hearth.HouseholdID) ([]message.Message, error) {
	h, err := b.Records.Household(ctx, tx, home)
	if err != nil {
		return nil, err
	}
	members := h.Addressable()
	if len(members) == 0 {
		return nil, nil
	}
	msgs, err := b.Messages.Talk(ctx, tx, members, nil, maxThread)
	if err != nil {
		return nil, err
	}
	return toAll(msgs, len(members)), nil
}

// toAll keeps one of each content that went to all members.
func toAll(msgs []message.Message, members int) []message.Message {
	got := map[string]map[hearth.ResidentID]bool{}
	key := func(m message.Message) string {
		return m.Purpose + "\x00" + m.ContentKey + "\x00" + m.Made.UTC().Format("2006-01-02")
	}
	for _, m := range msgs {
		if !reached(m) {
			continue
		}
		k := key(m)
		if got[k] == nil {
			got[k] = map[hearth.ResidentID]bool{}
		}
		got[k][m.Resident] = true
	}
	var out []message.Message
	done := map[string]bool{}
	for _, m := range msgs {
		if k := key(m); reached(m) && len(got[k]) == members && !done[k] {
			done[k] = true
			out = append(out, m)
		}
	}
	return out
}

func reached(m message.Message) bool {
	return m.Direction == message.Out && m.ContentKey != "" && (m.State == message.Sent || m.State == message.Delivered || m.State == message.Queued)
}
