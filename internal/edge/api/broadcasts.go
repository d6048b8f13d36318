package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
)

// broadcastItem is a broadcast, with what came of it so far where one is asked for.
type broadcastItem struct {
	ID         string             `json:"id"`
	Joint      string             `json:"joint,omitempty" doc:"The broadcast to several properties that it is part of."`
	Property   hearth.PropertyID  `json:"property"`
	Title      string             `json:"title"`
	Class      hearth.Class       `json:"class"`
	Channel    hearth.Channel     `json:"channel,omitempty" doc:"The channel that was asked for; empty: each resident's own."`
	Audience   broadcast.Audience `json:"audience"`
	Template   string             `json:"template" doc:"The stored text."`
	State      broadcast.State    `json:"state" enum:"draft,asked,gathering,running,stopped,done" doc:"asked: it waits for a second person's yes. done: everybody was put to the desk; what it held goes on by itself. stopped: nobody else is put to the desk, and what had not left was taken back; also when everybody had been put to it."`
	People     int                `json:"people" doc:"Who is meant, once it was sent."`
	Asked      int                `json:"put_to_desk" doc:"How many of them the desk has decided about."`
	Made       time.Time          `json:"made"`
	MadeBy     string             `json:"made_by"`
	SentBy     string             `json:"sent_by,omitempty"`
	ApprovedBy string             `json:"approved_by,omitempty"`
	StoppedBy  string             `json:"stopped_by,omitempty"`
	Started    *time.Time         `json:"started,omitempty"`
	Ended      *time.Time         `json:"ended,omitempty"`
	Result     *broadcastResult   `json:"result,omitempty"`
	TakenBack  *int               `json:"taken_back,omitempty" doc:"After a stop: how many messages it took back."`
}

// broadcastResult is what became of it so far.
type broadcastResult struct {
	Waiting  int            `json:"waiting" doc:"Not put to the desk yet."`
	States   map[string]int `json:"states" doc:"Messages by state; handed over: dropped, because a person tells them instead."`
	Channels map[string]int `json:"channels" doc:"Those on their way or sent, by channel."`
	Left     []leftOut      `json:"left_out" nullable:"false" doc:"Why some got nothing, or not yet."`
}

// leftOut is a reason why some get nothing.
type leftOut struct {
	Outcome string              `json:"outcome"`
	Reason  string              `json:"reason" doc:"In words."`
	Count   int                 `json:"count"`
	Some    []hearth.ResidentID `json:"some,omitempty" doc:"At most five of them."`
}

// broadcastForecast is what the desk would do now.
type broadcastForecast struct {
	People   int            `json:"people"`
	Homes    int            `json:"homes"`
	Second   bool           `json:"needs_second_person"`
	Outcomes map[string]int `json:"outcomes" doc:"By what the desk would do: sent, held, merged, dropped, handed over."`
	Channels map[string]int `json:"channels" doc:"Those that would be sent or held, by channel."`
	Segments int            `json:"text_segments" doc:"Paid parts of all text messages."`
	Cost     string         `json:"text_cost,omitempty" doc:"What they cost, such as 1.33 USD; missing where the setting text-price is."`
	Until    *time.Time     `json:"held_until,omitempty" doc:"Until when at most something would be held."`
	Left     []leftOut      `json:"left_out" nullable:"false" doc:"Who would get nothing, and why."`
}

// recipientItem is one of those a broadcast is for.
type recipientItem struct {
	Resident hearth.ResidentID `json:"resident"`
	Message  hearth.MessageID  `json:"message"`
	State    message.State     `json:"state" doc:"Empty while the desk was not asked; handed over: a person tells them."`
	Channel  hearth.Channel    `json:"channel,omitempty"`
	Reason   string            `json:"reason,omitempty"`
}

func (a *API) addBroadcasts() {
	const tag = "Broadcasts"
	add(a, about{http.MethodGet, "/broadcasts", tag, "list-broadcasts", "List broadcasts", "The newest first.", account.ScopeRead}, a.listBroadcasts)
	add(a, about{http.MethodPost, "/broadcasts", tag, "make-broadcast", "Write a broadcast",
		"A draft: nothing is sent. The text is a template; a class that consent or the budget binds stays bound for each resident.", account.ScopeMessages}, a.makeBroadcast)
	add(a, about{http.MethodGet, "/broadcasts/{id}", tag, "get-broadcast", "Read a broadcast and what came of it", "", account.ScopeRead}, a.getBroadcast)
	add(a, about{http.MethodPost, "/broadcasts/{id}/foretell", tag, "foretell-broadcast", "Foretell a broadcast",
		"Asks the desk about everybody who is meant, and takes everything back: count, reach by channel, parts of text messages, who is left out and why.", account.ScopeMessages}, a.foretellBroadcast)
	add(a, about{http.MethodGet, "/broadcasts/{id}/text", tag, "show-broadcast", "Read the text as one resident would get it",
		"The subject on the first line; what is missing stands in brackets.", account.ScopeRead}, a.showBroadcast)
	add(a, about{http.MethodPost, "/broadcasts/{id}/test", tag, "test-broadcast", "Send a test to somebody of the team",
		"By e-mail, as one resident would get it, marked as a test. No resident hears of it.", account.ScopeMessages}, a.testBroadcast)
	add(a, about{http.MethodPost, "/broadcasts/{id}/send", tag, "send-broadcast", "Send a broadcast",
		"Above the number of the setting second-person-over it waits for another token's yes.", account.ScopeMessages}, a.sendBroadcast)
	add(a, about{http.MethodPost, "/broadcasts/{id}/approve", tag, "approve-broadcast", "Say yes as the second person", "Not by the token that sent it.", account.ScopeMessages}, a.approveBroadcast)
	add(a, about{http.MethodPost, "/broadcasts/{id}/stop", tag, "stop-broadcast", "Stop a broadcast",
		"Nobody else is put to the desk, and what has not left the house is taken back.", account.ScopeMessages}, a.stopBroadcast)
	add(a, about{http.MethodGet, "/broadcasts/{id}/people", tag, "list-broadcast-people", "List whom a broadcast is for, with what became of it for each", "", account.ScopeRead}, a.listRecipients)
	a.addJoints(tag)
}

// BroadcastOf names a broadcast in the path.
type BroadcastOf struct {
	ID string `path:"id" maxLength:"64" doc:"The broadcast's id."`
}

func broadcastItemOf(b broadcast.Broadcast) broadcastItem {
	return broadcastItem{ID: b.ID, Joint: b.Joint, Property: b.Property, Title: b.Title, Class: b.Class, Channel: b.Channel, Audience: b.Audience, Template: b.Template,
		State: b.State, People: b.People, Asked: b.Next, Made: b.Made.UTC(), MadeBy: who(b.MadeBy), SentBy: who(b.AskedBy), ApprovedBy: who(b.ApprovedBy),
		StoppedBy: who(b.StoppedBy), Started: instant(b.Started), Ended: instant(b.Ended)}
}

func (a *API) listBroadcasts(ctx context.Context, in *struct {
	Paging
	Property hearth.PropertyID `query:"property" maxLength:"100" doc:"Only for one property."`
}) (*list[broadcastItem], error) {
	after, err := broadcastCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var found []broadcast.Broadcast
	err = a.read(ctx, func(tx *db.Tx) (err error) {
		if err = a.property(ctx, tx, in.Property); err != nil {
			return err
		}
		found, err = broadcast.List(ctx, tx, in.Property, after, in.Limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		last := found[in.Limit-1]
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(hearth.Millis(last.Made), 10) + " " + last.ID))
	}
	return paged(found, next, broadcastItemOf), nil
}

func broadcastCursor(s string) (b broadcast.Broadcast, err error) {
	if s == "" {
		return b, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	made, id, ok := strings.Cut(string(raw), " ")
	ms, perr := strconv.ParseInt(made, 10, 64)
	if err != nil || perr != nil || !ok || id == "" {
		return b, wrongCursor()
	}
	return broadcast.Broadcast{ID: id, Made: hearth.FromMillis(ms)}, nil
}

// BroadcastPlan is what is said to many, and to whom.
type BroadcastPlan struct {
	Title    string             `json:"title" minLength:"1" maxLength:"120" doc:"For the team."`
	Class    hearth.Class       `json:"class" enum:"safety,legal,promise,service,relation,promotion" doc:"What it is; consent, quiet hours and the budget go by it."`
	Purpose  string             `json:"purpose,omitempty" maxLength:"62" doc:"What consent and repetition go by, such as water.shutoff; one of its own if left out."`
	Why      string             `json:"why,omitempty" maxLength:"500" doc:"A sentence for the team."`
	Channel  hearth.Channel     `json:"channel,omitempty" maxLength:"20" doc:"Tried first; each resident's own if left out."`
	Audience broadcast.Audience `json:"audience,omitempty" doc:"Who is meant: all who live there, narrowed by each field that is given."`
	Texts    map[string]struct {
		Subject string `json:"subject" minLength:"1" maxLength:"200"`
		Body    string `json:"body" minLength:"1" maxLength:"20000" doc:"In the language of templates."`
		Short   string `json:"short,omitempty" maxLength:"600" doc:"For a text message or a digest."`
	} `json:"texts" doc:"By language; en is required."`
	Needs   map[string]map[string]string `json:"needs,omitempty" doc:"Facts that the text cannot do without, each with what stands in for it, by language."`
	About   *time.Time                   `json:"about,omitempty" doc:"When the thing happens that it is about."`
	Expires *time.Time                   `json:"expires,omitempty" doc:"After this it is no use any more; by class if left out."`
}

func (w BroadcastPlan) plan() broadcast.Plan {
	p := broadcast.Plan{Title: w.Title, Class: w.Class, Purpose: w.Purpose, Why: w.Why, Channel: w.Channel, Audience: w.Audience,
		Needs: w.Needs, Texts: map[string]broadcast.Text{}}
	for lang, t := range w.Texts {
		p.Texts[lang] = broadcast.Text{Subject: t.Subject, Body: t.Body, Short: t.Short}
	}
	if w.About != nil {
		p.About = *w.About
	}
	if w.Expires != nil {
		p.Expires = *w.Expires
	}
	return p
}

func (a *API) makeBroadcast(ctx context.Context, in *struct {
	Body struct {
		Property hearth.PropertyID `json:"property" maxLength:"100"`
		BroadcastPlan
	}
}) (*one[broadcastItem], error) {
	p := in.Body.plan()
	p.Property = in.Body.Property
	b, err := a.Broadcasts.Make(ctx, actorOf(ctx), p)
	if err != nil {
		return nil, err
	}
	return &one[broadcastItem]{broadcastItemOf(b)}, nil
}

func (a *API) getBroadcast(ctx context.Context, in *BroadcastOf) (*one[broadcastItem], error) {
	var b broadcast.Broadcast
	var r broadcast.Result
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if b, err = broadcast.Get(ctx, tx, in.ID); err != nil {
			return err
		}
		r, err = a.Broadcasts.Outcome(ctx, tx, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	item := broadcastItemOf(b)
	item.Result = resultItem(r)
	return &one[broadcastItem]{item}, nil
}

func resultItem(r broadcast.Result) *broadcastResult {
	out := &broadcastResult{Waiting: r.Waiting, States: map[string]int{}, Channels: byChannel(r.Channels), Left: leftItems(r.Left)}
	for state, n := range r.States {
		out.States[string(state)] = n
	}
	return out
}

func byChannel(in map[hearth.Channel]int) map[string]int {
	out := map[string]int{}
	for ch, n := range in {
		out[string(ch)] = n
	}
	return out
}

func leftItems(in []broadcast.Left) []leftOut {
	out := make([]leftOut, len(in))
	for i, l := range in {
		out[i] = leftOut{l.Outcome, l.Reason, l.Count, l.Some}
	}
	return out
}

func (a *API) foretellBroadcast(ctx context.Context, in *BroadcastOf) (*one[broadcastForecast], error) {
	f, err := a.Broadcasts.Foretell(ctx, in.ID, nil)
	if err != nil {
		return nil, err
	}
	return &one[broadcastForecast]{forecastItem(f)}, nil
}

func forecastItem(f broadcast.Forecast) broadcastForecast {
	return broadcastForecast{People: f.People, Homes: f.Homes, Second: f.Second, Outcomes: f.Outcomes, Channels: byChannel(f.Channels),
		Segments: f.Segments, Cost: f.Cost, Until: instant(f.Until), Left: leftItems(f.Left)}
}

// broadcastText is the text for one resident.
type broadcastText struct {
	Text string `json:"text"`
}

func (a *API) showBroadcast(ctx context.Context, in *struct {
	BroadcastOf
	Resident hearth.ResidentID `query:"resident" required:"true" maxLength:"100"`
	Language string            `query:"language" maxLength:"10" doc:"The resident's own if left out."`
}) (*one[broadcastText], error) {
	text, err := a.Broadcasts.Show(ctx, in.ID, in.Resident, in.Language)
	if err != nil {
		return nil, err
	}
	return &one[broadcastText]{broadcastText{text}}, nil
}

// sentTest names the message of a test.
type sentTest struct {
	Message hearth.MessageID `json:"message"`
}

func (a *API) testBroadcast(ctx context.Context, in *struct {
	BroadcastOf
	Body struct {
		Resident hearth.ResidentID `json:"resident" maxLength:"100" doc:"As whom it is written."`
		To       hearth.StaffID    `json:"to" maxLength:"100" doc:"Who of the team gets it."`
	}
}) (*one[sentTest], error) {
	id, err := a.Broadcasts.Test(ctx, in.ID, in.Body.Resident, in.Body.To)
	if err != nil {
		return nil, err
	}
	return &one[sentTest]{sentTest{id}}, nil
}

func (a *API) sendBroadcast(ctx context.Context, in *BroadcastOf) (*one[broadcastItem], error) {
	b, err := a.Broadcasts.Send(ctx, actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	a.Log.Bell().Ring()
	return &one[broadcastItem]{broadcastItemOf(b)}, nil
}

func (a *API) approveBroadcast(ctx context.Context, in *BroadcastOf) (*one[broadcastItem], error) {
	b, err := a.Broadcasts.Approve(ctx, actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	a.Log.Bell().Ring()
	return &one[broadcastItem]{broadcastItemOf(b)}, nil
}

func (a *API) stopBroadcast(ctx context.Context, in *BroadcastOf) (*one[broadcastItem], error) {
	b, taken, err := a.Broadcasts.Stop(ctx, actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	item := broadcastItemOf(b)
	item.TakenBack = &taken
	return &one[broadcastItem]{item}, nil
}

func (a *API) listRecipients(ctx context.Context, in *struct {
	BroadcastOf
	Paging
	State message.State `query:"state" maxLength:"20" doc:"Only those in this state; handed over: a person tells them."`
}) (*list[recipientItem], error) {
	from := 0
	if in.Cursor != "" {
		var err error
		if from, err = strconv.Atoi(in.Cursor); err != nil || from < 0 {
			return nil, wrongCursor()
		}
	}
	var found []broadcast.Recipient
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if _, err = broadcast.Get(ctx, tx, in.ID); err != nil {
			return err
		}
		found, err = broadcast.People(ctx, tx, in.ID, from, in.State, in.Limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > in.Limit {
		next = strconv.Itoa(found[in.Limit].N)
		found = found[:in.Limit]
	}
	return paged(found, next, func(r broadcast.Recipient) recipientItem {
		return recipientItem{r.Resident, r.Message, r.State, r.Channel, r.Reason}
	}), nil
}
