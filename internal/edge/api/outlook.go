package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/outlook"
	"hearth/internal/fact/account"
)

// aheadItem is what will reach a resident.
type aheadItem struct {
	Resident hearth.ResidentID `json:"resident"`
	From     time.Time         `json:"from"`
	Until    time.Time         `json:"until"`
	Stopped  string            `json:"stopped,omitempty" doc:"Why nothing is planned at all."`
	Items    []contactItem     `json:"items" nullable:"false" doc:"In the order of their times; what waits for a person's word comes last."`
}

// contactItem is one thing that would reach a resident, or a person's task about them.
type contactItem struct {
	ID       string            `json:"id" doc:"By which it is held, cancelled and resumed."`
	Word     string            `json:"word,omitempty" enum:"hold,cancel" doc:"What a person said about it while it was only planned."`
	At       *time.Time        `json:"at,omitempty" doc:"Left out: when somebody resumes what is paused."`
	Kind     string            `json:"kind" enum:"message,task"`
	Outcome  string            `json:"outcome" doc:"The desk's answer as of then: sent, held, merged, dropped, handed over; on its way; of a task: task."`
	Reason   string            `json:"reason" doc:"In words."`
	Waits    []string          `json:"waits,omitempty" doc:"What holds it until then."`
	Message  hearth.MessageID  `json:"message,omitempty"`
	Waiting  bool              `json:"waiting" doc:"The message is there already: it can be held or cancelled."`
	Class    hearth.Class      `json:"class,omitempty"`
	Purpose  string            `json:"purpose,omitempty"`
	Channel  hearth.Channel    `json:"channel,omitempty"`
	Subject  string            `json:"subject,omitempty"`
	Text     string            `json:"text,omitempty" doc:"As it would read."`
	Title    string            `json:"title,omitempty" doc:"Of a task."`
	Role     hearth.Role       `json:"role,omitempty" doc:"Who gets the task."`
	Playbook hearth.PlaybookID `json:"playbook,omitempty"`
	Version  int               `json:"version,omitempty"`
	Run      hearth.RunID      `json:"run,omitempty" doc:"Left out: the run would only begin."`
	Why      string            `json:"why,omitempty"`
	Unless   []string          `json:"unless,omitempty" doc:"What would change it."`
	Paused   string            `json:"paused,omitempty"`
}

// noiseItem is how much reaches the residents of a property.
type noiseItem struct {
	Property hearth.PropertyID `json:"property"`
	People   int               `json:"people" doc:"Who lives there and may be written to."`
	Budget   noiseBudget       `json:"budget"`
	Weeks    []noiseWeek       `json:"weeks" nullable:"false" doc:"The newest first; the first one ends now."`
	Loudest  []noiseSource     `json:"loudest" nullable:"false" doc:"Playbooks and other senders, by how much they sent."`
	Near     []noisePerson     `json:"near_budget" nullable:"false" doc:"Residents with room for at most one more of what they may do without."`
}

// noiseBudget is the property's fatigue budget.
type noiseBudget struct {
	Week  int `json:"week" doc:"Of class relation and promotion, in 7 days."`
	Month int `json:"month" doc:"And in 30 days."`
	Day   int `json:"day" doc:"Of class service, relation and promotion, in a day."`
}

// noiseWeek is seven days.
type noiseWeek struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Messages int            `json:"messages"`
	PerHead  float64        `json:"per_resident"`
	Classes  map[string]int `json:"classes"`
	Sources  map[string]int `json:"sources" doc:"playbook, broadcast, person, elsewhere (another system), hearth."`
}

// noiseSource is a sender.
type noiseSource struct {
	Source    string `json:"source" enum:"playbook,broadcast,person,elsewhere,hearth"`
	Name      string `json:"name" doc:"The playbook's id or the other system's name, else what the messages were for."`
	Messages  int    `json:"messages"`
	Residents int    `json:"residents" doc:"How many got any of it."`
}

// noisePerson is a resident near the budget.
type noisePerson struct {
	Resident hearth.ResidentID `json:"resident"`
	Name     string            `json:"name"`
	Home     string            `json:"home"`
	Week     int               `json:"week"`
	Month    int               `json:"month"`
	Left     int               `json:"left" doc:"How many more may go out now."`
}

// silenceItem is why a home got nothing.
type silenceItem struct {
	Unit      hearth.UnitID   `json:"unit"`
	Label     string          `json:"label"`
	Since     time.Time       `json:"since"`
	Verdict   string          `json:"verdict" doc:"One sentence."`
	Residents []silencePerson `json:"residents" nullable:"false" doc:"Who lives there and may be written to."`
	Items     []unsaidItem    `json:"items" nullable:"false" doc:"What was wished and did not reach them, the newest first."`
}

// silencePerson is one of those who live there.
type silencePerson struct {
	Resident hearth.ResidentID `json:"resident"`
	Name     string            `json:"name"`
	Went     int               `json:"went" doc:"Messages that went to them."`
	Unsaid   int               `json:"unsaid"`
}

// unsaidItem is a wish that did not reach somebody.
type unsaidItem struct {
	Resident hearth.ResidentID `json:"resident"`
	Name     string            `json:"name"`
	Message  hearth.MessageID  `json:"message,omitempty" doc:"Left out: it did not come as far as a message."`
	At       time.Time         `json:"at"`
	Outcome  string            `json:"outcome" doc:"held, dropped, handed over, bounced, failed, unknown, merged (with what did not go), or not started: a playbook whose time came and that was held back."`
	Reason   string            `json:"reason" doc:"In words."`
	Class    hearth.Class      `json:"class,omitempty"`
	Purpose  string            `json:"purpose,omitempty"`
	Playbook hearth.PlaybookID `json:"playbook,omitempty"`
	Task     hearth.TaskID     `json:"task,omitempty" doc:"With which a person has it."`
}

func (a *API) addOutlook() {
	const tag = "Outlook"
	add(a, about{http.MethodGet, "/residents/{id}/upcoming", tag, "get-upcoming", "What will reach a resident",
		"In the days to come, if nothing happens but time: what is on its way or held, and what playbooks would do, each with the desk's own answer as of then. What an event would start cannot be known.",
		account.ScopeRead}, a.getUpcoming)
	add(a, about{http.MethodPost, "/messages/{id}/hold", tag, "hold-message", "Hold a waiting message longer", "Then the desk is asked again, from the first question.", account.ScopeMessages}, a.holdMessage)
	add(a, about{http.MethodPost, "/messages/{id}/cancel", tag, "cancel-message", "Cancel a waiting message", "One that is held or on its way, as long as it has not left the house.", account.ScopeMessages}, a.cancelMessage)
	add(a, about{http.MethodGet, "/properties/{id}/noise", tag, "get-noise", "How much reaches the residents of a property",
		"By week, class and source, the loudest senders, and who is near the budget.", account.ScopeRead}, a.getNoise)
	add(a, about{http.MethodGet, "/units/{id}/silence", tag, "get-silence", "Why a home got nothing",
		"Every wish to tell those who live there something that did not reach them, with the sentence that says why, and if there was no wish, that.", account.ScopeRead}, a.getSilence)
}

func (a *API) getUpcoming(ctx context.Context, in *struct {
	ResidentPath
	Days int `query:"days" minimum:"1" maximum:"60" default:"14"`
}) (*one[aheadItem], error) {
	var got outlook.Ahead
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		got, err = a.Outlook.Upcoming(ctx, tx, id, in.Days)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &one[aheadItem]{aheadOf(got)}, nil
}

func aheadOf(got outlook.Ahead) aheadItem {
	out := aheadItem{Resident: got.Resident, From: got.Now.UTC(), Until: got.Until, Stopped: got.Stopped, Items: make([]contactItem, len(got.Contacts))}
	for i, c := range got.Contacts {
		out.Items[i] = contactItem{c.ID, c.Word, instant(c.At), c.Kind, c.Outcome, c.Reason, c.Waits, c.Message, c.Waiting, c.Class, c.Purpose, c.Channel, c.Subject, c.Text,
			c.Title, c.Role, c.Playbook, c.Version, c.Run, c.Why, c.Unless, c.Paused}
	}
	return out
}

// MessagePath names a message in a path.
type MessagePath struct {
	ID hearth.MessageID `path:"id" maxLength:"100" doc:"The message's id."`
}

func (a *API) holdMessage(ctx context.Context, in *struct {
	MessagePath
	Body struct {
		Until  time.Time `json:"until"`
		Reason string    `json:"reason" minLength:"1" maxLength:"500" doc:"Whoever asks later reads it."`
	}
}) (*one[messageItem], error) {
	return a.changedMessage(ctx, in.ID, func(tx *db.Tx) error {
		return a.Outlook.Hold(ctx, tx, actorOf(ctx), in.ID, in.Body.Until, in.Body.Reason)
	})
}

func (a *API) cancelMessage(ctx context.Context, in *struct {
	MessagePath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Whoever asks later reads it."`
	}
}) (*one[messageItem], error) {
	return a.changedMessage(ctx, in.ID, func(tx *db.Tx) error {
		return a.Outlook.Cancel(ctx, tx, actorOf(ctx), in.ID, in.Body.Reason)
	})
}

// changedMessage changes a message and gives it as it stands then.
func (a *API) changedMessage(ctx context.Context, id hearth.MessageID, change func(tx *db.Tx) error) (*one[messageItem], error) {
	out := &one[messageItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		m, err := a.Messages.Get(ctx, tx, id)
		out.Body = messageOf(m)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) getNoise(ctx context.Context, in *struct {
	ID    hearth.PropertyID `path:"id" maxLength:"100" doc:"The property's id."`
	Weeks int               `query:"weeks" minimum:"1" maximum:"13" default:"4"`
}) (*one[noiseItem], error) {
	var n outlook.Noise
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		n, err = a.Outlook.Noise(ctx, tx, in.ID, in.Weeks)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := noiseItem{Property: n.Property, People: n.People, Budget: noiseBudget{n.Budget.Week, n.Budget.Month, n.Budget.Day},
		Weeks: []noiseWeek{}, Loudest: []noiseSource{}, Near: []noisePerson{}}
	for _, w := range n.Weeks {
		classes := map[string]int{}
		for c, count := range w.Classes {
			classes[string(c)] = count
		}
		out.Weeks = append(out.Weeks, noiseWeek{w.From.UTC(), w.To.UTC(), w.Messages, w.PerHead, classes, w.Sources})
	}
	for _, l := range n.Loudest {
		out.Loudest = append(out.Loudest, noiseSource{l.Source, l.Name, l.Messages, l.People})
	}
	for _, p := range n.Near {
		out.Near = append(out.Near, noisePerson{p.Resident, p.Name, p.Home, p.Week, p.Month, p.Left})
	}
	return &one[noiseItem]{out}, nil
}

func (a *API) getSilence(ctx context.Context, in *struct {
	ID       string            `path:"id" maxLength:"256" doc:"The home: Hearth's own id, the one that a source uses, or its label."`
	Property hearth.PropertyID `query:"property" maxLength:"100" doc:"Narrows labels to one property."`
	Since    string            `query:"since" maxLength:"40" doc:"A day such as 2026-03-01, or a time; thirty days ago if left out."`
}) (*one[silenceItem], error) {
	var x outlook.Silence
	err := a.read(ctx, func(tx *db.Tx) error {
		u, err := a.Outlook.UnitCalled(ctx, tx, in.ID, in.Property)
		if err != nil {
			return err
		}
		since, err := a.Outlook.Since(ctx, tx, in.Since, u.Property)
		if err != nil {
			return err
		}
		x, err = a.Outlook.Silence(ctx, tx, u, since)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := silenceItem{Unit: x.Unit, Label: x.Label, Since: x.Since.UTC(), Verdict: x.Verdict, Residents: []silencePerson{}, Items: []unsaidItem{}}
	for _, p := range x.People {
		out.Residents = append(out.Residents, silencePerson{p.Resident, p.Name, p.Went, p.Unsaid})
	}
	for _, i := range x.Unsaid {
		out.Items = append(out.Items, unsaidItem{i.Resident, i.Name, i.Message, i.At.UTC(), i.Outcome, i.Reason, i.Class, i.Purpose, i.Playbook, i.Task})
	}
	return &one[silenceItem]{out}, nil
}
