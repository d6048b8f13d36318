// Package texting decides what follows from a text message that came in: a word that stops or starts messages acts at
// once, free words that may mean STOP hold and ask a person, everything else goes into the conversation of the one
// resident whose number it is, or waits until a person says whose it is.
//
// It does not listen (edge/hooks does), sends nothing (confirmations go through the desk), and never guesses who wrote.
package texting

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// Deps is what the listener works with. All fields are required.
type Deps struct {
	DB       *db.DB
	Log      *eventlog.Log
	Records  *record.Store
	Consent  *consent.Store
	Messages *message.Store
	Tasks    *task.Store
	Assign   *assign.Assigner
	Desk     *desk.Desk
	Node     string
	Logger   *slog.Logger
}

// Listener acts on what comes in. It is safe for concurrent use.
type Listener struct{ Deps }

// New makes a listener.
func New(d Deps) *Listener { return &Listener{d} }

// Text is a text message that came in.
type Text struct {
	Ref      string // the provider's number for it: the same one twice is one message
	From, To string
	Body     string
	Media    int  // pictures or files that came with it
	Answered bool // the provider has answered the word already, so nothing more is said
	// Word is what the provider took it for: "STOP", "START" or "HELP"; "" where it took it for nothing. An account may have words
	// of its own, and what the provider did by them holds here too.
	Word string
}

// Source is where events that come in by text message come from.
const Source = "sms"

// landWithin is how long a STOP waits for what was on its way when it came. Providers wait about 15 seconds for us.
const landWithin = 8 * time.Second

// came is one text message with what is known of it.
type came struct {
	Text
	key      string // of the number
	meaning  Meaning
	people   []record.Resident
	property hearth.PropertyID
	actor    hearth.Actor
	now      time.Time
}

// Hear takes a text message in. The same one twice is one. When it returns nil for a STOP, nothing more leaves for the
// number from any node, the one confirmation apart.
func (l *Listener) Hear(ctx context.Context, x Text) error {
	if x.Ref == "" {
		return hearth.FieldErrorf("MessageSid", "A text message needs the number that the provider gave it.")
	}
	c := came{Text: x, key: record.PhoneKey(x.From), meaning: Read(x.Body)}
	switch x.Word {
	case "STOP":
		c.meaning = Stop
	case "START":
		c.meaning = Start
	case "HELP":
		c.meaning = Help
	}
	if c.key == "" {
		c.key = x.From // a short code or a name: nobody's, but kept
	}
	err := l.DB.Write(ctx, func(tx *db.Tx) error {
		one := c // PostgreSQL may run this again
		if err := l.take(ctx, tx, &one); err != nil {
			return err
		}
		c.meaning, c.people, c.property = one.meaning, one.people, one.property
		return nil
	})
	if err != nil {
		return fmt.Errorf("take in text message %s: %w", x.Ref, err)
	}
	if c.meaning == Stop || c.meaning == StopToo || c.meaning == MayStop {
		land, cancel := context.WithTimeout(ctx, landWithin)
		defer cancel()
		if err := l.Messages.Landed(land, l.DB, c.key); err != nil {
			l.Logger.Warn("a text message was still on its way when its number was stopped", "error", err)
		}
	}
	return l.answer(ctx, &c)
}

// take does all that follows from a text in one transaction.
func (l *Listener) take(ctx context.Context, tx *db.Tx, c *came) error {
	if err := l.Messages.CloseGate(ctx, tx, c.key); err != nil {
		return err
	}
	c.now = tx.Now()
	var err error
	if c.people, err = l.Records.ByPhone(ctx, tx, c.key); err != nil {
		return err
	}
	if c.property, err = l.propertyOf(ctx, tx, c); err != nil {
		return err
	}
	c.actor = hearth.System("text message")
	if len(c.people) == 1 {
		c.actor = hearth.Actor{Kind: "resident", ID: string(c.people[0].ID)}
	}
	stopped, err := l.stopped(ctx, tx, c)
	if err != nil {
		return err
	}
	switch {
	case c.meaning == Yes && stopped != "":
		c.meaning = Start
	case c.meaning == Yes:
		c.meaning = Other
	case c.meaning == Stop && stopped == consent.ReasonStop:
		c.meaning = StopToo
	}
	was, fresh, err := l.Messages.Came(ctx, tx, c.Ref, c.key, string(c.meaning))
	if c.meaning = Meaning(was); err != nil || !fresh {
		return err
	}
	if err := l.alive(ctx, tx, c); err != nil {
		return err
	}
	switch c.meaning {
	case Stop, StopToo:
		return l.stop(ctx, tx, c)
	case Start:
		return l.start(ctx, tx, c)
	case Help:
		return l.word(ctx, tx, c, false)
	case MayStop:
		if err := l.mayStop(ctx, tx, c, stopped != ""); err != nil {
			return err
		}
	}
	return l.receive(ctx, tx, c)
}

// stopped tells why the number's owner gets no texts, "" when they do: that decides what YES means, and whether a STOP was confirmed before.
func (l *Listener) stopped(ctx context.Context, tx *db.Tx, c *came) (reason string, err error) {
	now, err := l.Consent.StopsOf(ctx, tx, c.key)
	for _, x := range now {
		if x.Channel == hearth.ChannelSMS && (x.Reason == consent.ReasonStop || x.Reason == consent.ReasonPerson) {
			reason = x.Reason
		}
	}
	return reason, err
}

// alive ends a stop for a number that did not work: a text that comes from it shows that it does.
func (l *Listener) alive(ctx context.Context, tx *db.Tx, c *came) error {
	now, err := l.Consent.StopsOf(ctx, tx, c.key)
	if err != nil {
		return err
	}
	for _, x := range now {
		if x.Channel != hearth.ChannelSMS || x.Reason != consent.ReasonBounce {
			continue
		}
		if _, err := l.Consent.Lift(ctx, tx, consent.Stop{Channel: hearth.ChannelSMS, AddressKey: c.key, Reason: "A text message came from it, so it works.",
			Evidence: c.Ref, Source: Source, Actor: c.actor}); err != nil {
			return err
		}
	}
	return nil
}

// propertyOf says whose team reads a text: that of the one resident, else of who wrote to the number last, else of the
// first who has it, else the organization's first.
func (l *Listener) propertyOf(ctx context.Context, tx *db.Tx, c *came) (hearth.PropertyID, error) {
	if len(c.people) == 1 {
		return c.people[0].Property, nil
	}
	last, err := l.Messages.LastTo(ctx, tx, c.key)
	if err != nil || last != "" {
		return last, err
	}
	if len(c.people) > 0 {
		return c.people[0].Property, nil
	}
	all, err := l.Records.Properties(ctx, tx)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0].ID, nil
}

// stop ends all text messages to the number, for everybody who shares it and in every property.
func (l *Listener) stop(ctx context.Context, tx *db.Tx, c *came) error {
	zone, err := l.zone(ctx, tx, c.property)
	if err != nil {
		return err
	}
	r := consent.Revocation{ID: hearth.DeriveID("rev_", Source, c.Ref), Channel: hearth.ChannelSMS, AddressKey: c.key, Property: c.property,
		Words: cut(c.Body), Received: c.now, Due: consent.DueFor(c.now, zone), State: consent.RevocationHonoured, Actor: c.actor}
	if len(c.people) == 1 {
		r.Resident = c.people[0].ID
	}
	fresh, err := l.Consent.Revoke(ctx, tx, r)
	if err != nil || !fresh {
		return err
	}
	if err := l.settleOpen(ctx, tx, c, true); err != nil {
		return err
	}
	if err := l.consent(ctx, tx, c, false); err != nil {
		return err
	}
	if All(c.Body) {
		if err := l.stopAll(ctx, tx, c); err != nil {
			return err
		}
	}
	return l.word(ctx, tx, c, true)
}

// stopAll ends what they can do without by every other way too, for who asked for all of it: the one who has the number. Who shares it with others has
// spoken for the number only.
func (l *Listener) stopAll(ctx context.Context, tx *db.Tx, c *came) error {
	if len(c.people) != 1 {
		return nil
	}
	p := c.people[0]
	return l.Consent.SetAll(ctx, tx, consent.Grant{Purpose: consent.Discretionary, Resident: p.ID, Property: p.Property, Source: Source, Evidence: c.Ref + ": " + cut(c.Body),
		Actor: c.actor, At: c.now, EventID: hearth.DeriveID("evt_", "consent-all", Source, c.Ref, string(p.ID))}, consent.Reach{Email: record.EmailKey(p.Email), Phone: c.key})
}

// start lets text messages go to the number again.
func (l *Listener) start(ctx context.Context, tx *db.Tx, c *came) error {
	if err := l.settleOpen(ctx, tx, c, false); err != nil {
		return err
	}
	now, err := l.Consent.StopsOf(ctx, tx, c.key)
	if err != nil {
		return err
	}
	for _, x := range now {
		if x.Channel == hearth.ChannelSMS && (x.Reason == consent.ReasonStop || x.Reason == consent.ReasonPending || x.Reason == consent.ReasonPerson) {
			if _, err := l.Consent.Lift(ctx, tx, consent.Stop{Channel: hearth.ChannelSMS, AddressKey: c.key, Reason: "They answered " + cut(c.Body) + ".",
				Evidence: c.Ref, Source: Source, Actor: c.actor}); err != nil {
				return err
			}
		}
	}
	if err := l.consent(ctx, tx, c, true); err != nil {
		return err
	}
	return l.word(ctx, tx, c, false)
}

// consent records the yes or no of everybody who has the number; the word is about the number, so it binds them all.
func (l *Listener) consent(ctx context.Context, tx *db.Tx, c *came, yes bool) error {
	g := consent.Grant{Channel: hearth.ChannelSMS, AddressKey: c.key, Allowed: yes, Source: Source, Evidence: c.Ref + ": " + cut(c.Body), Actor: c.actor, At: c.now}
	if len(c.people) == 0 {
		return l.Consent.Set(ctx, tx, g)
	}
	for _, p := range c.people {
		g.Resident, g.Property = p.ID, p.Property
		g.EventID = hearth.DeriveID("evt_", "consent", Source, c.Ref, string(p.ID))
		if err := l.Consent.Set(ctx, tx, g); err != nil {
			return err
		}
	}
	return nil
}

// word keeps a word about messages in the conversation of the one who wrote it, where that is known.
func (l *Listener) word(ctx context.Context, tx *db.Tx, c *came, stops bool) error {
	if len(c.people) != 1 {
		return nil
	}
	_, err := l.Messages.Word(ctx, tx, c.news(), c.inbound(c.people[0]), stops)
	return err
}

func (c *came) news() record.News {
	return record.News{Source: Source, EventID: c.Ref, Actor: c.actor, Time: c.now}
}

func (c *came) inbound(p record.Resident) message.Inbound {
	in := message.Inbound{Property: p.Property, Resident: p.ID, Channel: hearth.ChannelSMS, Text: c.said(), Address: c.From}
	if c.meaning != Other {
		in.Topic = "consent"
	}
	return in
}

// said is the text as it is kept: what came as a picture is at least mentioned.
func (c *came) said() string {
	switch {
	case c.Media == 1:
		return join(c.Body, "[A picture or file came with it.]")
	case c.Media > 1:
		return join(c.Body, fmt.Sprintf("[%d pictures or files came with it.]", c.Media))
	case c.Body == "":
		return "[A text message without words.]"
	}
	return c.Body
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}

// receive puts a text into the conversation of the one whose number it is, or keeps it and asks.
func (l *Listener) receive(ctx context.Context, tx *db.Tx, c *came) error {
	if len(c.people) == 1 {
		_, err := l.Messages.Receive(ctx, tx, c.news(), c.inbound(c.people[0]))
		return err
	}
	return l.ask(ctx, tx, c)
}

func (l *Listener) zone(ctx context.Context, tx *db.Tx, p hearth.PropertyID) (*time.Location, error) {
	if p == "" {
		return time.UTC, nil
	}
	return l.Records.Zone(ctx, tx, p)
}

// cut keeps quotations short.
func cut(s string) string {
	const most = 300
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// answer says the one thing that may be said after a word, in the resident's language.
func (l *Listener) answer(ctx context.Context, c *came) error {
	template := ""
	switch c.meaning {
	case Stop:
		template = "consent-stop"
	case Start:
		template = "consent-start"
	case Help:
		template = "consent-help"
	}
	if template == "" || c.Answered || len(c.people) == 0 {
		return nil
	}
	to, language := c.reader()
	in := desk.Intent{ID: hearth.MessageID(hearth.DeriveID("msg_", "word", Source, c.Ref)), Part: eventlog.PartOf(to.Property), Property: to.Property,
		Resident: to.ID, Template: template, Topic: "consent", Channel: hearth.ChannelSMS, Language: language, Why: "They wrote " + cut(c.Body) + "."}
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		zone, err := l.zone(ctx, tx, to.Property)
		if err != nil {
			return err
		}
		in.Made, in.Expires = tx.Now(), tx.Now().Add(answerWithin)
		none := signal.NewView(&signal.State{}, tx.Now(), zone)
		_, err = l.Desk.Submit(ctx, tx, []desk.Intent{in}, func(hearth.ResidentID) signal.View { return none })
		return err
	})
}

// answerWithin is how long the law allows for the one confirmation.
const answerWithin = 5 * time.Minute

// reader is in whose name the number is answered, and in which language: theirs if all who share it have one, else English.
func (c *came) reader() (record.Resident, string) {
	to, language := c.people[0], c.people[0].Language
	for i := len(c.people) - 1; i >= 0; i-- {
		if c.people[i].Language != language {
			language = "en"
		}
		if c.people[i].Role.Addressable() {
			to = c.people[i]
		}
	}
	return to, language
}
