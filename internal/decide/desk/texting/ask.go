package texting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// Kinds of the tasks that ask a person.
const (
	TaskWho  = "text.who"  // whose message is it?
	TaskStop = "text.stop" // did they mean STOP?
)

const (
	factWho   = "resident"
	factMeant = "meant"
	nobody    = "nobody of these"
)

// mayStop holds everything to the number at once and asks a person whether that is what was meant.
func (l *Listener) mayStop(ctx context.Context, tx *db.Tx, c *came, stopped bool) error {
	if stopped {
		return nil // it is stopped already
	}
	if added, err := l.addToOpen(ctx, tx, c); added || err != nil {
		return err
	}
	zone, err := l.zone(ctx, tx, c.property)
	if err != nil {
		return err
	}
	id := hearth.DeriveID("rev_", Source, c.Ref)
	r := consent.Revocation{ID: id, Channel: hearth.ChannelSMS, AddressKey: c.key, Property: c.property, Words: cut(c.Body), Received: c.now,
		Due: consent.DueFor(c.now, zone), State: consent.RevocationOpen, Actor: c.actor}
	if c.property != "" {
		r.Task = hearth.DeriveID("tsk_", TaskStop, id)
	}
	who := "whoever has " + hidden(c.key)
	if len(c.people) == 1 {
		r.Resident, who = c.people[0].ID, c.people[0].Name()
	}
	fresh, err := l.Consent.Revoke(ctx, tx, r)
	if err != nil || !fresh || r.Task == "" {
		return err
	}
	due := r.Due.In(zone).Format("Monday, January 2")
	return l.makeTask(ctx, tx, task.Task{ID: hearth.TaskID(r.Task), Property: c.property, Resident: r.Resident, Kind: TaskStop,
		Title: "Did " + who + " ask for no more text messages?",
		Why: fmt.Sprintf("They wrote: “%s” Text messages to this number wait until you say what was meant. If they want no more, that has to be honored by %s.",
			cut(c.Body), due),
		Context: task.Context{Facts: []task.Fact{{Name: "To be honored by", Value: due}, {Name: "The rule", Value: r.Rule},
			{Name: "Until then", Value: "Nothing goes to this number by text message, from any property."}}},
		Checklist: []string{"Read their words. If they could mean it, the answer is yes.", "They can begin again at any time with START."},
		Asks:      []task.Ask{{Fact: factMeant, Question: "Do they want no more text messages?", Kind: "yes_no"}},
	}, 4*time.Hour)
}

// addToOpen adds more words to a question that is open about the number already.
func (l *Listener) addToOpen(ctx context.Context, tx *db.Tx, c *came) (added bool, err error) {
	open, err := l.openWishes(ctx, tx, c.key)
	if err != nil {
		return false, err
	}
	for _, r := range open {
		if r.Task == "" || r.ID == hearth.DeriveID("rev_", Source, c.Ref) {
			continue
		}
		if added, err := l.Tasks.AddDraft(ctx, tx, hearth.TaskID(r.Task), "", "They wrote again: “"+cut(c.Body)+"”"); added || err != nil {
			return added, err
		}
	}
	return false, nil
}

func (l *Listener) openWishes(ctx context.Context, tx *db.Tx, key string) ([]consent.Revocation, error) {
	all, err := l.Consent.RevocationsOf(ctx, tx, key)
	return slices.DeleteFunc(all, func(r consent.Revocation) bool {
		return r.State != consent.RevocationOpen || r.Channel != hearth.ChannelSMS
	}), err
}

// settleOpen answers the open questions about a number by its owner's own plain word.
func (l *Listener) settleOpen(ctx context.Context, tx *db.Tx, c *came, meant bool) error {
	open, err := l.openWishes(ctx, tx, c.key)
	if err != nil {
		return err
	}
	for _, r := range open {
		if err := l.Consent.Settle(ctx, tx, c.actor, r.ID, meant); err != nil {
			return err
		}
		if r.Task == "" {
			continue
		}
		if err := l.Tasks.Cancel(ctx, tx, c.actor, hearth.TaskID(r.Task), "They wrote "+cut(c.Body)+" themselves."); err != nil {
			return err
		}
	}
	return nil
}

// ask keeps a text whose writer is not known for sure, and asks a person once for each number.
func (l *Listener) ask(ctx context.Context, tx *db.Tx, c *came) error {
	u := message.Unplaced{ID: hearth.DeriveID("unp_", Source, c.Ref), Channel: hearth.ChannelSMS, AddressKey: c.key, Address: c.From, SentTo: c.To,
		Body: c.said(), Source: Source, Event: c.Ref, Received: c.now, Property: c.property}
	var err error
	if u.Candidates, err = l.candidates(ctx, tx, c.people); err != nil {
		return err
	}
	before, err := l.Messages.UnplacedFrom(ctx, tx, hearth.ChannelSMS, c.key)
	if err != nil {
		return err
	}
	for _, b := range before {
		if b.Task == "" || b.ID == u.ID {
			continue
		}
		t, err := l.Tasks.Get(ctx, tx, b.Task)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		if err == nil && !t.State.Closed() {
			u.Task = b.Task
		}
	}
	asked := u.Task != ""
	if !asked && c.property != "" {
		u.Task = hearth.TaskID(hearth.DeriveID("tsk_", TaskWho, c.Ref))
	}
	fresh, err := l.Messages.Keep(ctx, tx, u)
	if err != nil || !fresh || u.Task == "" {
		return err
	}
	if asked {
		_, err := l.Tasks.AddDraft(ctx, tx, u.Task, "", "They wrote again: “"+cut(u.Body)+"”")
		return err
	}
	return l.makeTask(ctx, tx, whoTask(u), 4*time.Hour)
}

// whoTask asks whose message it is.
func whoTask(u message.Unplaced) task.Task {
	t := task.Task{ID: u.Task, Property: u.Property, Kind: TaskWho, Title: "Who wrote the text message from " + hidden(u.AddressKey) + "?",
		Why: fmt.Sprintf("It says: “%s” Nobody on record has this number, so it stands in no conversation yet.", cut(u.Body)),
		Checklist: []string{"Nothing was answered yet. Whoever wrote may be waiting.",
			"If you know the number, add it to the resident's record, so that the next one finds its place."},
		Asks: []task.Ask{{Fact: factWho, Question: "Which resident wrote it? Write the name or id, or nobody.", Kind: "text"}}}
	if len(u.Candidates) > 0 {
		labels := make([]string, 0, len(u.Candidates)+1)
		for _, c := range u.Candidates {
			labels = append(labels, c.Label)
		}
		t.Why = fmt.Sprintf("It says: “%s” %d residents share this number: %s. It is put into nobody's conversation before you say whose it is.",
			cut(u.Body), len(labels), strings.Join(labels, ", "))
		t.Asks[0] = task.Ask{Fact: factWho, Question: "Which of them wrote it?", Kind: "choice:" + strings.Join(append(labels, nobody), "|")}
	}
	return t
}

// candidates names those who share a number so that they can be told apart.
func (l *Listener) candidates(ctx context.Context, tx *db.Tx, people []record.Resident) ([]message.Candidate, error) {
	if len(people) == 0 {
		return nil, nil
	}
	ids := make([]hearth.ResidentID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	contacts, err := l.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]message.Candidate, len(people))
	used := map[string]bool{}
	for i, p := range people {
		label := p.Name()
		if unit := contacts[p.ID].UnitLabel; unit != "" {
			label += " (" + unit + ")"
		}
		if label = strings.ReplaceAll(label, "|", "/"); label == "" || used[label] {
			label = strings.TrimSpace(label + " " + string(p.ID))
		}
		used[label] = true
		out[i] = message.Candidate{Resident: p.ID, Label: label}
	}
	return out, nil
}

// makeTask gives a task to whoever reads what residents write.
func (l *Listener) makeTask(ctx context.Context, tx *db.Tx, t task.Task, within time.Duration) error {
	round := l.Assign.Round()
	cal, err := round.Calendar(ctx, tx, t.Property)
	if err != nil {
		return err
	}
	t.Role, t.Minutes = hearth.RoleLeasing, 5
	choice, err := round.Choose(ctx, tx, assign.Ask{Property: t.Property, Role: t.Role, Resident: t.Resident, Minutes: t.Minutes,
		Due: cal.Add(tx.Now(), within), Stored: true})
	if err != nil {
		return err
	}
	t.Owner, t.DueAt, t.NotifyAt = choice.Staff, choice.Due, choice.Notify
	t.Context.Notes = append(t.Context.Notes, choice.Reason)
	t.Escalation = []task.Rung{{AfterBusinessDays: 1, Role: hearth.RoleManager}}
	return l.Tasks.Insert(ctx, tx, append(round.Notices(), t))
}

// hidden shows enough of a number to recognise it.
func hidden(key string) string {
	if r := []rune(key); len(r) > 6 {
		return string(r[:2]) + "…" + string(r[len(r)-4:])
	}
	return key
}

// Place puts a kept message into the conversation of the resident whose it is; "" says that it is nobody's. Everything
// that waits from the same number with the same question goes with it, and the question is over. It fails with CodeConflict
// when somebody has said it before, CodeNotFound for a resident that there is not.
func (l *Listener) Place(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, whose hearth.ResidentID) error {
	u, err := l.Messages.UnplacedByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if u.State != message.UnplacedOpen {
		return hearth.Errorf(hearth.CodeConflict, "Somebody has said already whose message this is.")
	}
	if err := l.placeAll(ctx, tx, actor, u.AddressKey, u.Task, whose); err != nil {
		return err
	}
	if u.Task == "" {
		return nil
	}
	return l.Tasks.Cancel(ctx, tx, actor, u.Task, "It was said whose message it is.")
}

// placeAll places what waits from a number under one question.
func (l *Listener) placeAll(ctx context.Context, tx *db.Tx, actor hearth.Actor, key string, of hearth.TaskID, whose hearth.ResidentID) error {
	all, err := l.Messages.UnplacedFrom(ctx, tx, hearth.ChannelSMS, key)
	if err != nil {
		return err
	}
	var r record.Resident
	if whose != "" {
		if r, err = l.Records.Resident(ctx, tx, whose); err != nil {
			return err
		}
	}
	for _, u := range slices.DeleteFunc(all, func(u message.Unplaced) bool { return u.Task != of }) {
		settled, err := l.Messages.SettleUnplaced(ctx, tx, actor, u.ID, whose)
		if err != nil {
			return err
		}
		if !settled || whose == "" {
			continue
		}
		_, err = l.Messages.Receive(ctx, tx, record.News{Source: u.Source, EventID: u.Event, Time: u.Received, Actor: hearth.Actor{Kind: "resident", ID: string(whose)}},
			message.Inbound{Property: r.Property, Resident: whose, Channel: u.Channel, Text: u.Body, Address: u.Address})
		if err != nil {
			return err
		}
	}
	return nil
}

// SettleStop records what somebody who wrote in free words meant: yes stops the number for good, no ends the hold.
func (l *Listener) SettleStop(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, meant bool) error {
	r, err := l.Consent.Revocation(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := l.settleStop(ctx, tx, actor, r, meant); err != nil {
		return err
	}
	if r.Task == "" {
		return nil
	}
	return l.Tasks.Cancel(ctx, tx, actor, hearth.TaskID(r.Task), "It was said what they meant.")
}

func (l *Listener) settleStop(ctx context.Context, tx *db.Tx, actor hearth.Actor, r consent.Revocation, meant bool) error {
	if err := l.Messages.CloseGate(ctx, tx, r.AddressKey); err != nil {
		return err
	}
	if err := l.Consent.Settle(ctx, tx, actor, r.ID, meant); err != nil || !meant {
		return err
	}
	people, err := l.Records.ByPhone(ctx, tx, r.AddressKey)
	if err != nil {
		return err
	}
	c := came{Text: Text{Ref: r.ID, Body: r.Words}, key: r.AddressKey, people: people, actor: actor, now: tx.Now()}
	return l.consent(ctx, tx, &c, false)
}
