package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/task"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/voice"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/decide/inbox"
)

// The composer is the box in which the team writes to one resident. What the desk will make of it stands there before it goes.

// undoFor is how long a reply waits in the store, so that it can be taken back.
const undoFor = 15 * time.Second

// composed is what somebody wrote, and what is wrong with it.
type composed struct {
	View, Text, Subject string
	Channel             hearth.Channel
	Opened              string
	Wrong               string   // why it was not taken
	News                []string // what changed since it was opened: it goes when it is sent once more
	Helped              string   // the model that helped to write it
	Hints               []string // what it said to look at
	Read                readIn   // what a message says in the team's language
}

// readIn is one message of a resident's as the assistant put it into the team's language, or why it did not.
type readIn struct{ ID, Words, Model, Wrong string }

// composer is the box, ready to be drawn.
type composer struct {
	ID, View, Resident string
	Text, Subject      string
	Channels           []ui.Option
	Prefers            string
	Opened             string
	Wrong              string
	News               []string
	Bar                sendBar
	Saved              []insert
	SavedOpen          bool // the list stands open: one of it was just changed
	Drafts             []insert
	Texts              []ui.Option // house texts
	Text1              string      // the house text that is shown
	Shown              []shownText
	Why                []ui.Fact
	WhyHref            string
	Week               []string // what else reaches them this week
	Language           string
	Assist             bool // a writing assistant is there
	Helped             string
	AssistHints        []string
}

// insert is a text that can be put into the box.
type insert struct{ Name, Body, Href, ID string }

// shownText is a house text as the resident would get it one way.
type shownText struct {
	Name, Subject, Body, Fine, Missing string
	Pieces                             []wording.Piece // the body, with what was filled in marked
}

// sendBar says what exactly will happen.
type sendBar struct {
	Words string
	Why   string
	Shade ui.Shade
	Icon  string
	Do    string // what the button says; "" when nothing would go
	Hints []string
	Fine  string
}

func (q *request) composer(ctx context.Context, tx *db.Tx, view string, t inbox.Thread, in composed) (composer, error) {
	c := composer{ID: t.ID, View: view, Text: in.Text, Subject: in.Subject, Wrong: in.Wrong, News: in.News, Opened: in.Opened, Language: t.Who.Language,
		Assist: q.web.Helper != nil, Helped: in.Helped, AssistHints: in.Hints}
	if c.Assist {
		closed, err := q.web.Helper.Confidential(ctx, tx, t.Conversation, q.staff)
		if err != nil {
			return c, err
		}
		c.Assist = !closed
	}
	if t.Made.IsZero() {
		c.Resident = string(t.Resident)
	}
	if c.Opened == "" || len(in.News) > 0 {
		c.Opened = strconv.FormatInt(q.now.UnixMilli(), 10)
	}
	if in.Channel == "" {
		in.Channel = lastChannel(t)
	}
	c.Prefers = t.Who.Prefs["channel"]
	c.Channels = q.channelsOf(t, in.Channel)
	if err := q.inserts(ctx, tx, view, t, &c, in); err != nil {
		return c, err
	}
	if err := q.houseText(ctx, tx, t, &c, in); err != nil {
		return c, err
	}
	bar, found, err := q.sendBar(ctx, tx, t, composed{Text: c.Text, Subject: c.Subject, Channel: in.Channel})
	if err != nil {
		return c, err
	}
	c.Bar = bar
	c.WhyHref = inboxPath(view, t.ID, "why", "1")
	if c.Resident != "" {
		c.WhyHref = "/residents/" + c.Resident + "/write?why=1"
	}
	if q.URL.Query().Get("why") != "" {
		err = q.whySend(ctx, tx, t, found, &c)
	}
	return c, err
}

// lastChannel is the way by which they wrote last; "" leaves it to the desk.
func lastChannel(t inbox.Thread) hearth.Channel {
	for _, m := range t.Messages {
		if m.Direction == message.In && m.Purpose != message.PurposeAutomatic {
			return m.Channel
		}
	}
	return ""
}

// channelsOf lists the ways to somebody, with what they prefer and used last.
func (q *request) channelsOf(t inbox.Thread, chosen hearth.Channel) []ui.Option {
	out := []ui.Option{{Value: "", Name: "As they prefer", Chosen: chosen == ""}}
	last := lastChannel(t)
	for _, ch := range q.web.Inbox.Desk.Channels {
		if ch == hearth.ChannelLetter || ch == hearth.ChannelCall {
			continue
		}
		o := ui.Option{Value: string(ch), Name: capital(channelName(ch)), Chosen: ch == chosen}
		address := map[hearth.Channel]string{hearth.ChannelEmail: t.Who.Email, hearth.ChannelSMS: t.Who.Phone}
		switch a, needs := address[ch]; {
		case needs && a == "":
			o.Name += ", no address on record"
		case string(ch) == t.Who.Prefs["channel"]:
			o.Name += ", what they prefer"
		case ch == last:
			o.Name += ", as they wrote last"
		}
		out = append(out, o)
	}
	return out
}

// inserts gathers what can be put into the box, and puts in what was asked for.
func (q *request) inserts(ctx context.Context, tx *db.Tx, view string, t inbox.Thread, c *composer, in composed) error {
	asked := q.URL.Query()
	here := func(name, value string) string {
		if c.Resident != "" {
			return "/residents/" + c.Resident + "/write?" + name + "=" + value
		}
		return inboxPath(view, t.ID, name, value)
	}
	c.SavedOpen = asked.Get("replies") != ""
	saved, err := q.web.Inbox.Conversations.SavedReplies(ctx, tx, t.Property)
	if err != nil {
		return err
	}
	for _, s := range saved {
		c.Saved = append(c.Saved, insert{s.Title, s.Body, here("saved", s.ID), s.ID})
		if s.ID == asked.Get("saved") && in.Text == "" {
			c.Text = s.Body
		}
	}
	tasks, _, err := q.web.Tasks.List(ctx, tx, task.Filter{Resident: t.Who.ID}, "", 20)
	if err != nil {
		return err
	}
	for _, k := range tasks {
		if k.Draft == "" {
			continue
		}
		name := k.Title
		if title := q.web.Titles[k.Playbook]; title != "" {
			name = title + ": " + k.Title
		}
		subject, body := splitDraft(k.Draft)
		c.Drafts = append(c.Drafts, insert{name, body, here("draft", string(k.ID)), ""})
		if string(k.ID) == asked.Get("draft") && in.Text == "" {
			c.Text, c.Subject = body, subject
		}
	}
	for _, m := range t.Messages {
		if string(m.ID) == asked.Get("again") && in.Text == "" && m.Direction == message.Out {
			c.Text, c.Subject = m.Body, m.Subject
		}
	}
	return nil
}

// splitDraft takes a draft's subject, its first line, from its text.
func splitDraft(draft string) (subject, body string) {
	first, rest, ok := strings.Cut(draft, "\n\n")
	if !ok || strings.Contains(first, "\n") {
		return "", draft
	}
	return first, rest
}

// houseText shows a house text as the resident would get it, in each language and way, and puts it into the box.
func (q *request) houseText(ctx context.Context, tx *db.Tx, t inbox.Thread, c *composer, in composed) error {
	if q.web.Wording == nil {
		return nil
	}
	c.Text1 = q.URL.Query().Get("text")
	all, err := q.web.Wording.List(ctx, tx)
	if err != nil {
		return err
	}
	c.Texts = append(c.Texts, ui.Option{Value: "", Name: "Choose one"})
	known := false
	for _, w := range all {
		c.Texts = append(c.Texts, ui.Option{Value: w.ID, Name: w.Title, Chosen: w.ID == c.Text1})
		known = known || w.ID == c.Text1
	}
	if !known {
		return nil
	}
	p, err := q.web.Wording.Preview(ctx, tx, wording.Look{ID: c.Text1, Resident: t.Who.ID})
	if err != nil {
		return err
	}
	for _, s := range p.Shown {
		x := shownText{Name: languageName(s.Language) + ", " + channelName(s.Channel), Subject: s.Subject, Body: s.Body, Pieces: wording.Filled(s.Source, s.Body)}
		if s.Parts > 0 {
			x.Fine = count(s.Parts, "part as providers charge it", "parts as providers charge them")
		}
		if len(s.Missing) > 0 {
			x.Missing = "Not known: " + strings.Join(s.Missing, ", ") + ". It stands in brackets, and has to be filled in before this can go."
		}
		c.Shown = append(c.Shown, x)
		mine := s.Language == t.Who.Language || t.Who.Language == "" && s.Language == "en"
		if mine && s.Channel == hearth.ChannelEmail && in.Text == "" {
			c.Text, c.Subject = s.Body, s.Subject
		}
	}
	return nil
}

// languageName is what a language is called on a staff page.
func languageName(tag string) string {
	name := map[string]string{"en": "English", "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese", "ru": "Russian", "ar": "Arabic", "ht": "Haitian Creole",
		"fr": "French", "pt": "Portuguese", "ko": "Korean", "pl": "Polish", "tl": "Tagalog", "bn": "Bengali", "ur": "Urdu", "hi": "Hindi"}[tag]
	if name == "" {
		return tag
	}
	return name
}

// sendBar asks the desk what would become of a text now. An empty box is asked about with any words: who may be written to,
// how and when does not hang on them.
func (q *request) sendBar(ctx context.Context, tx *db.Tx, t inbox.Thread, in composed) (sendBar, desk.Foreseen, error) {
	text := strings.TrimSpace(in.Text)
	if fact := missing(text); fact != "" {
		return sendBar{Words: "Will not be sent yet: “" + fact + "” stands in brackets.", Why: "Fill in what is not known, or take the sentence out.", Shade: ui.Today, Icon: "circle-alert"}, desk.Foreseen{}, nil
	}
	draft := inbox.Draft{Text: text, Subject: in.Subject, Channel: in.Channel, To: t.Resident}
	if text == "" {
		draft.Text = "…"
	}
	f, err := q.web.Inbox.Foresee(ctx, tx, q.actor, t.ID, draft)
	if err != nil {
		return sendBar{}, f, err
	}
	b := q.barOf(f, text, in.Channel)
	voices, err := q.web.Records.Property(ctx, tx, t.Property)
	if err != nil {
		return b, f, err
	}
	lang := t.Who.Language
	if lang == "" {
		lang = "en"
	}
	for _, h := range voice.Hints(text, lang, voices.Settings.Voice) {
		b.Hints = append(b.Hints, h.Says)
	}
	if lang != "en" && text != "" {
		b.Hints = append(b.Hints, "They read "+languageName(lang)+". What you write is sent as you write it.")
	}
	return b, f, nil
}

func (q *request) barOf(f desk.Foreseen, text string, asked hearth.Channel) sendBar {
	by := "by " + channelName(f.Channel)
	b := sendBar{Why: f.Reason, Icon: "send"}
	switch f.Outcome {
	case desk.Sent:
		b.Words, b.Do = "1 person, "+by+", now", "Send "+by
		b.Fine = "It can be taken back for 15 seconds."
	case desk.Held:
		when := q.heldWords(f.Until)
		b.Words, b.Do, b.Shade, b.Icon = "1 person, "+by+", "+when, "Send "+when, ui.Calm, "clock"
		if !f.Until.Equal(desk.Parked()) {
			b.Words += " their time"
		}
	case desk.HandedOver:
		b.Words, b.Shade, b.Icon = "Will not be sent: a person has to look first", ui.Today, "user"
	default:
		b.Words, b.Shade, b.Icon = "Will not be sent", ui.Now, "circle-x"
	}
	switch {
	case asked == "" || f.Channel == "" || f.Channel == asked:
	case asked == hearth.ChannelPortal: // whatever is sent stands there
		b.Hints = append(b.Hints, "They find it on their own pages too.")
	default:
		b.Hints = append(b.Hints, "Not by "+channelName(asked)+": that way is not open to them, so it goes "+by+".")
	}
	if n := channel.CountSegments(text); f.Channel == hearth.ChannelSMS && text != "" {
		b.Fine = strings.TrimSpace(count(n.Count, "part", "parts") + " as providers charge. " + b.Fine)
	}
	return b
}

// foreseeReply answers with the send bar for what is in the box.
func (q *request) foreseeReply() (templ.Component, error) {
	var b sendBar
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		t, err := q.thread(ctx, tx, q.talkID(), hearth.ResidentID(q.field("resident")))
		if err != nil {
			return err
		}
		b, _, err = q.sendBar(ctx, tx, t, composed{Text: q.FormValue("text"), Subject: q.field("subject"), Channel: hearth.Channel(q.field("channel"))})
		return err
	})
	if err != nil && hearth.CodeOf(err) == hearth.CodeInvalid {
		b, err = sendBar{Words: hearth.MessageOf(err), Shade: ui.Now, Icon: "circle-alert"}, nil
	}
	return sendBarBox(b), err
}

// written reads what came from the box.
func (q *request) written() composed {
	return composed{View: q.field("view"), Text: q.FormValue("text"), Subject: q.field("subject"), Channel: hearth.Channel(q.field("channel")), Opened: q.field("opened"), Helped: short(q.field("helped"), 100)}
}

// again shows the box once more with what was written and what is wrong: nothing that somebody wrote is lost.
func (q *request) again(wrong error) error {
	in := q.written()
	in.Wrong = hearth.MessageOf(wrong)
	return q.againWith(in, wrong)
}

func (q *request) againWith(in composed, otherwise error) error {
	to := hearth.ResidentID(q.field("resident"))
	body, err := q.inboxWith(q.talkID(), to, in)
	if err != nil {
		return otherwise
	}
	return wrongForm{body}
}

// sendReply sends what is in the box, after a look at what changed meanwhile.
func (q *request) sendReply() (outcome, error) {
	in, to := q.written(), hearth.ResidentID(q.field("resident"))
	if fact := missing(in.Text); fact != "" {
		return outcome{}, q.again(hearth.Errorf(hearth.CodeInvalid, "“%s” still stands in brackets. Fill in what is not known, or take the sentence out. Nothing was sent.", fact))
	}
	if fact := braced(in.Text + in.Subject); fact != "" {
		return outcome{}, q.again(bracedWrong(fact))
	}
	news, err := q.since(in.Opened, to)
	if err != nil {
		return outcome{}, q.again(err)
	}
	if len(news) > 0 {
		in.News = news
		return outcome{}, q.againWith(in, hearth.Errorf(hearth.CodeConflict, "Something was said meanwhile. Read it, then send again."))
	}
	var v desk.Verdict
	err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		v, err = q.web.Inbox.Reply(ctx, tx, q.actor, q.talkID(), inbox.Draft{Text: in.Text, Subject: in.Subject, Channel: in.Channel, Wait: undoFor, To: to, Helped: in.Helped})
		if err != nil || q.readsAll(q.place.ID) || q.staff == "" {
			return err
		}
		_, err = q.talkStore().Assign(ctx, tx, q.actor, q.talkID(), q.staff) // who sees only their own goes on seeing it
		return err
	})
	if err != nil {
		return outcome{}, q.again(err)
	}
	if v.Outcome != desk.Sent && v.Outcome != desk.Held {
		words := "It was not sent. " + v.Reason
		if v.Task != "" {
			words += " There is a task for it, with what you wrote."
		}
		return outcome{}, q.again(hearth.Errorf(hearth.CodeConflict, "%s", words))
	}
	return outcome{said: q.goesWords(v), undo: "/conversations/" + q.talkID() + "/takeback?message=" + string(v.Message), next: inboxPath(in.View, q.talkID())}, nil
}

// goesWords says when a reply goes out that was just written. Whatever goes at once is held for as long as it can be taken back, from the
// moment at which it was stored, which is a little after the request began.
func (q *request) goesWords(v desk.Verdict) string {
	if v.Outcome == desk.Held && v.Until.After(q.now.Add(undoFor+time.Minute)) {
		return "It goes out " + q.heldWords(v.Until) + "."
	}
	return "It goes out in 15 seconds."
}

// heldWords says when something goes out that is held: "at 08:00", "tomorrow 08:00", or at the end of a pause.
func (q *request) heldWords(until time.Time) string {
	if until.Equal(desk.Parked()) {
		return "when the pause ends"
	}
	when := page.When(until, q.now, q.zone)
	if when != "" && when[0] >= '0' && when[0] <= '9' && strings.Contains(when, ":") {
		return "at " + when
	}
	return when
}

// since tells what others of the team said in a conversation after somebody opened it, and what the resident wrote.
func (q *request) since(opened string, to hearth.ResidentID) ([]string, error) {
	ms, _ := strconv.ParseInt(opened, 10, 64)
	if ms == 0 {
		return nil, nil // nobody says when: nothing to compare with
	}
	at, seen := hearth.FromMillis(ms), hearth.FromMillis(ms)
	if s, err := strconv.ParseInt(q.field("seen"), 10, 64); err == nil && s > ms {
		seen = hearth.FromMillis(s)
	}
	var out []string
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		t, err := q.web.Inbox.Thread(ctx, tx, q.talkID())
		if to != "" && hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range t.Messages {
			by, ours := t.Writers[m.ID]
			switch {
			case ours && by.ID != q.actor.ID && m.Made.After(at) && m.State != message.Dropped:
				out = append(out, nameOfActor(by, team)+" answered "+agoWords(q.now.Sub(m.Made))+" ago: “"+short(m.Body, 160)+"”")
			case m.Direction == message.In && m.Made.After(seen):
				out = append(out, t.Who.Called()+" wrote "+agoWords(q.now.Sub(m.Made))+" ago: “"+short(m.Body, 160)+"”")
			}
		}
		return nil
	})
	return out, err
}

// takeBackReply takes a message back that waits, and puts its words into the box again.
func (q *request) takeBackReply() (outcome, error) {
	id := hearth.MessageID(q.field("message"))
	n := 0
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := q.web.Messages.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if conversation.ID(m.Resident, m.Topic) != q.talkID() {
			return hearth.Errorf(hearth.CodeNotFound, "There is no such message in this conversation.")
		}
		n, err = q.web.Messages.TakeBack(ctx, tx, []hearth.MessageID{id}, "Taken back by "+q.name+".")
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	if n == 0 {
		return outcome{said: "Too late: it has left the house.", next: inboxPath("open", q.talkID())}, nil
	}
	return outcome{said: "Taken back. What you wrote stands in the box.", next: inboxPath("open", q.talkID(), "again", string(id))}, nil
}

// whySend says what stands behind the send bar: class, consent, caps, quiet hours, and what else reaches them this week.
func (q *request) whySend(ctx context.Context, tx *db.Tx, t inbox.Thread, f desk.Foreseen, c *composer) error {
	p, err := q.web.Records.Property(ctx, tx, t.Property)
	if err != nil {
		return err
	}
	class := "an answer: they wrote less than half an hour ago, so it goes at any hour"
	if f.Class != hearth.ClassAnswer {
		class = "service: their last words are older than half an hour, so the night is kept quiet"
	}
	said, err := q.web.Messages.Recent(ctx, tx, []hearth.ResidentID{t.Who.ID}, q.now.Add(-7*24*time.Hour))
	if err != nil {
		return err
	}
	all, optional := 0, 0
	for _, b := range said[t.Who.ID] {
		if b.State == message.Dropped || b.State == message.Merged || b.State == message.Held {
			continue
		}
		all++
		if b.Class.Discretionary() {
			optional++
		}
	}
	quiet := p.Settings.Quiet
	c.Why = []ui.Fact{{Name: "What the desk says", Value: f.Reason}, {Name: "It counts as", Value: class},
		{Name: "Written by hand", Value: "to one person, so no daily limit and no sign of feeling holds it back"},
		{Name: "In the last 7 days", Value: fmt.Sprintf("%s, %d of %d optional ones used", count(all, "message", "messages"), optional, p.Settings.Budget.Week)},
		{Name: "Quiet hours", Value: desk.Quiet{From: quiet.From, To: quiet.To}.String() + ", " + q.now.In(q.zone).Format("15:04") + " there now"}}
	for _, w := range q.consentWords(ctx, tx, t, f) {
		c.Why = append(c.Why, ui.Fact{Name: "May we", Value: w})
	}
	if q.web.Outlook == nil {
		return nil
	}
	ahead, err := q.web.Outlook.Upcoming(ctx, tx, t.Who.ID, 7)
	if err != nil {
		return err
	}
	for _, x := range ahead.Contacts {
		if x.Kind == "message" && x.Subject != "" && x.Outcome != desk.Dropped {
			c.Week = append(c.Week, strings.TrimSpace(page.When(x.At, q.now, q.zone)+" "+x.Subject+", by "+channelName(x.Channel)))
		}
	}
	return nil
}
