package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/inbox"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// deskRoom is the pages with an inbox: Ana wrote about her tap, and Dana (the manager) and Sam answer.
type deskRoom struct {
	*bench
	dana, sam hearth.StaffID
	ana       hearth.ResidentID
	talk      string
}

func newDeskRoom(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *deskRoom {
	t.Helper()
	b := newBench(t, d, clock)
	r := &deskRoom{bench: b, dana: deskOf(t, b)}
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	w := b.web
	w.Consent, w.Care, w.Assign = consent.New(w.Log), care.New(w.Log, w.Records), assign.New(w.Records, w.Tasks)
	asks, err := desk.New(desk.Deps{Records: w.Records, Consent: w.Consent, Messages: w.Messages, Tasks: w.Tasks, Decisions: w.Decisions, Assign: w.Assign, Templates: templates, Care: w.Care, Sink: true})
	if err != nil {
		t.Fatal(err)
	}
	w.Inbox = inbox.New(inbox.Deps{DB: d, Log: w.Log, Records: w.Records, Messages: w.Messages, Letters: letterbox.New(), Conversations: conversation.New(rand.Reader), Tasks: w.Tasks, Assign: w.Assign,
		Desk: asks, Care: w.Care, Consent: w.Consent, Signals: func(context.Context, *db.Tx, hearth.ResidentID) (signal.View, error) {
			return signal.View{}, hearth.Errorf(hearth.CodeNotFound, "none")
		}, Pause: w.Care.Pause, Node: "test", Logger: slog.New(slog.DiscardHandler)})
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		page, err := w.Records.Search(ctx, tx, "Ana Ruiz", "", 2)
		if err != nil {
			return err
		}
		r.ana = page.Items[0].ID
		_, err = w.Records.PutDetail(ctx, tx, record.News{}, r.ana, "email", "ana@home.example")
		if err != nil {
			return err
		}
		sam, _, err := w.Records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Sam Ortiz", Roles: []record.StaffRole{{Property: page.Items[0].Property, Role: hearth.RoleTechnician}}})
		r.sam = sam.ID
		return err
	})
	r.talk = conversation.ID(r.ana, "")
	r.writes(t, "The tap drips again <script>alert(1)</script>")
	return r
}

func (r *deskRoom) tx(t *testing.T, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := r.web.DB.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// writes has Ana write.
func (r *deskRoom) writes(t *testing.T, words string) {
	t.Helper()
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		who, err := r.web.Records.Resident(ctx, tx, r.ana)
		if err != nil {
			return err
		}
		_, err = r.web.Messages.Receive(ctx, tx, record.News{Source: "test", EventID: words, Time: tx.Now()}, message.Inbound{Property: who.Property, Resident: r.ana, Channel: hearth.ChannelEmail, Text: words, Title: "The tap", Address: "ana@home.example"})
		return err
	})
	for more := true; more; {
		var err error
		if more, err = r.web.Inbox.FollowOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *deskRoom) page(t *testing.T, path string) string {
	t.Helper()
	rec := r.get(t, path, "")
	if rec.Code != http.StatusOK {
		t.Fatalf("%s answered %d: %s %s", path, rec.Code, rec.Body, r.log)
	}
	return rec.Body.String()
}

func (r *deskRoom) messages(t *testing.T) (out []message.Message) {
	t.Helper()
	r.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		topic := ""
		out, err = r.web.Messages.Talk(ctx, tx, []hearth.ResidentID{r.ana}, &topic, 50)
		out = slices.DeleteFunc(out, func(m message.Message) bool { return m.ID == "msg_a" })
		return err
	})
	return out
}

func musts(t *testing.T, where, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if not, ok := strings.CutPrefix(w, "!"); ok == strings.Contains(body, strings.TrimPrefix(w, "!")) {
			t.Errorf("%s: %q must not be %v", where, not, ok)
		}
	}
}

func TestTheInbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		at := "/conversations?open=" + r.talk
		musts(t, "inbox", r.page(t, "/conversations"), "Ana Ruiz", "The tap drips again &lt;script&gt;", "!<script>alert", "1 person, by mail, now", "Goes to Ana Ruiz by e-mail now: allowed", "!Sent to ", "Nobody has it yet")
		act := "/conversations/" + r.talk
		for _, s := range []struct {
			path string
			form url.Values
			said string
			then []string
		}{
			{"/note", url.Values{"note": {"She is out until six"}}, "Nobody outside", []string{"She is out until six", "Note for the team"}},
			{"/note", url.Values{"note": {" "}}, "needs words", nil},
			{"/assign", url.Values{"to": {string(r.sam)}}, "theirs", []string{"Sam Ortiz answers"}},
			{"/assign", url.Values{"to": {"stf_none"}}, "nobody of that name", []string{"Sam Ortiz answers"}},
			{"/snooze", url.Values{"until": {clock.Now().Add(3 * time.Hour).Format(time.RFC3339)}}, "sleeps", []string{"asleep", "Open it again"}},
			{"/reopen", nil, "open again", []string{"waits"}},
			{"/snooze", url.Values{"until": {"workorder.completed"}}, "sleeps", []string{"until the repair is finished"}},
			{"/done", nil, "Done.", []string{"The next word opens it again"}},
			{"/reopen", nil, "open again", []string{"waits"}},
		} {
			if s.form == nil {
				s.form = url.Values{}
			}
			s.form.Set("back", at)
			rec := r.post(t, act+s.path, s.form)
			if got := toastOf(t, rec); rec.Code != http.StatusSeeOther || !strings.Contains(got, s.said) {
				t.Errorf("%s %v: %d, said %q, want %q", s.path, s.form, rec.Code, got, s.said)
			}
			musts(t, s.path, r.page(t, at), s.then...)
		}
		// No note ever becomes a message.
		for _, m := range r.messages(t) {
			if strings.Contains(m.Body, "out until six") {
				t.Error("a note became a message")
			}
		}
	})
}

func TestAReplyCanBeTakenBackAndIsNeverLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		act, at := "/conversations/"+r.talk, "/conversations?open="+r.talk
		form := func(text string) url.Values { return url.Values{"text": {text}, "channel": {"email"}} }

		clock.Advance(time.Second)
		rec := r.post(t, act+"/reply", form("We come on [date]."))
		musts(t, "a missing fact", rec.Body.String(), "“date” still stands in brackets", "We come on [date].")
		musts(t, "the bar", r.post(t, act+"/foresee", form("We come on [date].")).Body.String(), "Will not be sent yet", "disabled")
		if n := len(r.messages(t)); n != 1 {
			t.Fatalf("%d messages after one that could not go", n)
		}
		rec = r.post(t, act+"/reply", form("We come at nine."))
		if rec.Code != http.StatusSeeOther {
			t.Fatalf("answered %d: %s", rec.Code, rec.Body)
		}
		sent := r.messages(t)[0]
		if sent.State != message.Held || sent.Body != "We come at nine." {
			t.Fatalf("the reply is %s %q", sent.State, sent.Body)
		}
		musts(t, "the thread", r.page(t, at), "We come at nine.", "Goes out in a few seconds", "Take it back", "Dana Weiss")
		rec = r.post(t, act+"/takeback", url.Values{"message": {string(sent.ID)}})
		if got := r.messages(t)[0]; got.State != message.Dropped {
			t.Errorf("taken back it is %s", got.State)
		}
		musts(t, "the box again", r.page(t, rec.Header().Get("Location")), `hx-swap="outerHTML">We come at nine.</textarea>`)
		clock.Advance(time.Second)
		if rec = r.post(t, act+"/reply", form("We come at nine.")); rec.Code != http.StatusSeeOther || r.messages(t)[0].State != message.Held {
			t.Errorf("the same words once more: %d", rec.Code)
		}
		// Another conversation's message can't be reached from here.
		if rec = r.post(t, act+"/takeback", url.Values{"message": {"msg_a"}, "back": {at}}); r.toast(t, rec) == "" {
			t.Errorf("another message: %d", rec.Code)
		}
	})
}

func (r *deskRoom) toast(t *testing.T, rec interface{ Result() *http.Response }) string {
	t.Helper()
	for _, c := range rec.Result().Cookies() {
		if c.Name == saidCookie {
			return c.Value
		}
	}
	return ""
}

func TestASecondSenderIsWarned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		act := "/conversations/" + r.talk
		opened := clock.Now()
		clock.Advance(time.Minute)
		sam := hearth.Actor{Kind: "staff", ID: string(r.sam), Name: "Sam Ortiz"}
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if err := r.web.Inbox.Conversations.Saw(ctx, tx, r.talk, r.sam); err != nil {
				return err
			}
			v, err := r.web.Inbox.Reply(ctx, tx, sam, r.talk, inbox.Draft{Text: "I am on my way."})
			if v.Outcome != desk.Sent {
				t.Errorf("Sam's answer: %+v", v)
			}
			return err
		})
		clock.Advance(2 * time.Second)
		musts(t, "look", r.post(t, act+"/look", nil).Body.String(), "Sam Ortiz answered 1 min ago", "Sam Ortiz is looking at this", "!Dana Weiss is looking")
		form := url.Values{"text": {"Somebody comes at nine."}, "channel": {"email"}, "opened": {strconv.FormatInt(opened.UnixMilli(), 10)}}
		rec := r.post(t, act+"/reply", form)
		musts(t, "the second", rec.Body.String(), "Something was said since you opened this", "I am on my way.", "Somebody comes at nine.")
		if n := len(r.messages(t)); n != 2 {
			t.Fatalf("%d messages: the second went out unread", n)
		}
		form.Set("opened", strconv.FormatInt(clock.Now().UnixMilli(), 10))
		if rec = r.post(t, act+"/reply", form); rec.Code != http.StatusSeeOther || len(r.messages(t)) != 3 {
			t.Errorf("sent knowingly: %d, %d messages", rec.Code, len(r.messages(t)))
		}
		clock.Advance(2 * time.Minute)
		musts(t, "later", r.post(t, act+"/look", nil).Body.String(), "!Sam Ortiz is looking")
	})
}

// At night what is no fresh answer waits for the morning, and the bar says so before.
func TestTheBarSaysWhenAndWhy(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Now().In(zone)
	night := time.Date(now.Year(), now.Month(), now.Day()+1, 2, 0, 0, 0, zone)
	clock.Advance(night.Sub(clock.Now()))
	bar := func(text string) string {
		return r.post(t, "/conversations/"+r.talk+"/foresee", url.Values{"text": {text}, "channel": {"email"}}).Body.String()
	}
	musts(t, "night", bar("Good morning"), "1 person, by mail, at 08:00 their time", "Send at 08:00", "quiet hours")
	said := toastOf(t, r.post(t, "/conversations/"+r.talk+"/reply", url.Values{"text": {"Good morning"}, "channel": {"email"}}))
	if said != "It goes out at 08:00." {
		t.Errorf("held until the morning: %q", said)
	}
	r.writes(t, "Water comes through the ceiling")
	musts(t, "a fresh answer at night", bar("We come now"), "1 person, by mail, now")
	musts(t, "why", r.page(t, "/conversations?why=1&open="+r.talk), "an answer", "Quiet hours", "May we", "Mail: yes", "Nothing else is planned")
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		return r.web.Consent.Suppress(ctx, tx, hearth.ChannelEmail, "ana@home.example", "It came back.")
	})
	musts(t, "stopped", bar("We come now"), "Will not be sent")
	rec := r.post(t, "/conversations/"+r.talk+"/reply", url.Values{"text": {"We come now"}, "channel": {"email"}})
	if rec.Code != http.StatusUnprocessableEntity {
		t.Fatalf("answered %d", rec.Code)
	}
}

// When a reply goes out is said as it is: what can be taken back for a moment is not held.
func TestWhenAReplyGoes(t *testing.T) {
	now := time.Date(2026, 11, 30, 10, 37, 20, 0, time.UTC)
	q := &request{now: now, zone: time.UTC}
	for _, c := range []struct {
		until time.Time
		want  string
	}{
		{now.Add(undoFor), "It goes out in 15 seconds."},
		{now.Add(undoFor + 80*time.Millisecond), "It goes out in 15 seconds."},
		{now.Add(2 * time.Hour), "It goes out at 12:37."},
		{now.Add(22 * time.Hour), "It goes out tomorrow 08:37."},
		{desk.Parked(), "It goes out when the pause ends."},
	} {
		if got := q.goesWords(desk.Verdict{Outcome: desk.Held, Until: c.until}); got != c.want {
			t.Errorf("until %s: %q, want %q", c.until, got, c.want)
		}
	}
	if got := q.goesWords(desk.Verdict{Outcome: desk.Sent}); got != "It goes out in 15 seconds." {
		t.Errorf("sent: %q", got)
	}
}

func TestWhoWroteThis(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		id, _, err := r.web.Inbox.Keep(t.Context(), letterbox.Incoming{Source: "test", Sender: "x@else.example", Rcpt: []string{"office@oak.example"},
			Raw: []byte("From: x@else.example\r\nTo: office@oak.example\r\nSubject: Keys\r\n\r\nI lost my keys.\r\n")})
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = r.web.Inbox.ReadOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		musts(t, "inbox", r.page(t, "/conversations"), "Who wrote this?", "I lost my keys.", "x@else.example")
		place := "/unplaced/mail/" + id
		if rec := r.post(t, place, url.Values{"other": {"Nemo"}, "back": {"/conversations"}}); !strings.Contains(toastOf(t, rec), "Nobody here is called") {
			t.Errorf("an unknown name: %q", toastOf(t, rec))
		}
		if rec := r.post(t, place, url.Values{"other": {"4B"}, "back": {"/conversations"}}); !strings.Contains(toastOf(t, rec), "their conversation") {
			t.Errorf("placed: %q %s", toastOf(t, rec), rec.Body)
		}
		musts(t, "placed", r.page(t, "/conversations?open="+r.talk), "!Who wrote this?", "I lost my keys.")
	})
}

func TestWritingFirst(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	var luis hearth.ResidentID
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		who, err := r.web.Records.Resident(ctx, tx, r.ana)
		if err != nil {
			return err
		}
		res, err := r.web.Records.PutHome(ctx, tx, record.News{}, record.Home{Property: who.Property, Unit: record.Unit{Label: "6C"}, Members: []record.Member{{Resident: record.Resident{First: "Luis", Last: "Mora", Email: "luis@home.example"}}},
			Lease: record.HomeLease{Start: hearth.DayOf(tx.Now(), time.UTC) - 10, End: hearth.DayOf(tx.Now(), time.UTC) + 300, MoveIn: hearth.DayOf(tx.Now(), time.UTC) - 10}})
		luis = res.Members[0].ID
		return err
	})
	musts(t, "write", r.page(t, "/residents/"+string(luis)+"/write"), "Luis Mora", "What you write begins the conversation", "1 person, by mail")
	talk := conversation.ID(luis, "")
	if rec := r.post(t, "/conversations/"+talk+"/reply", url.Values{"text": {"Welcome to the house."}, "resident": {string(luis)}}); rec.Code != http.StatusSeeOther {
		t.Fatalf("answered %d: %s", rec.Code, rec.Body)
	}
	musts(t, "begun", r.page(t, "/conversations?view=open&open="+talk), "Welcome to the house.", "Luis Mora")
	if rec := r.post(t, "/conversations/cnv_else/reply", url.Values{"text": {"x"}, "resident": {string(luis)}}); rec.Code == http.StatusSeeOther {
		t.Error("a conversation that is not theirs was begun")
	}
}

// The team reads that a message had a link, and not the address, which opens nothing for them. What a resident wrote stays as it is.
func TestALinkOfTheirOwnIsSaidInWords(t *testing.T) {
	const body = "Say with one tap: http://127.0.0.1:8080/home/open\n\nOak Court"
	if got := saidWords(&message.Message{Direction: message.Out, Body: body}); got != "Say with one tap: [link to their own pages]\n\nOak Court" {
		t.Errorf("what was sent reads %q", got)
	}
	if got := saidWords(&message.Message{Direction: message.In, Body: body}); got != body {
		t.Errorf("what came in reads %q", got)
	}
}

// Whoever wrote on their own pages finds the answer there, whichever way carries it.
func TestTheBarSaysWhereAnAnswerIsFound(t *testing.T) {
	for asked, want := range map[hearth.Channel]string{"": "", hearth.ChannelEmail: "", hearth.ChannelPortal: "They find it on their own pages too.",
		hearth.ChannelSMS: "Not by text: that way is not open to them, so it goes by mail."} {
		b := (&request{}).barOf(desk.Foreseen{Verdict: desk.Verdict{Outcome: desk.Sent, Channel: hearth.ChannelEmail}}, "Soon.", asked)
		if got := strings.Join(b.Hints, " "); got != want {
			t.Errorf("asked for %q it says %q, want %q", asked, got, want)
		}
	}
}

// What is settled leads to the next conversation of the view that somebody looks at, and undo back to it in the same view.
func TestAConversationThatIsDoneLeadsToTheNext(t *testing.T) {
	row := func(id string, open bool) talkRow {
		return talkRow{ID: id, Href: inboxPath("mine", id), Current: open}
	}
	for _, tt := range []struct {
		name string
		rows []talkRow
		want string
	}{
		{"the first of two", []talkRow{row("a", true), row("b", false)}, "/conversations?open=b&view=mine"},
		{"the last of two", []talkRow{row("a", false), row("b", true)}, "/conversations?open=a&view=mine"},
		{"the only one", []talkRow{row("a", true)}, "/conversations?view=mine"},
		{"none of the list", []talkRow{row("a", false)}, "/conversations?view=mine"},
	} {
		v := inboxView{Rows: tt.rows, Open: &openTalk{}, List: inboxPath("mine", "")}
		if v.comesAfter(); v.Open.After != tt.want {
			t.Errorf("%s: leads to %q, want %q", tt.name, v.Open.After, tt.want)
		}
	}
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	done := r.post(t, "/conversations/"+r.talk+"/done", url.Values{"back": {"/conversations?view=mine&open=" + r.talk}, "next": {"/conversations?view=mine"}})
	if at := done.Header().Get("Location"); at != "/conversations?view=mine" {
		t.Errorf("done leads to %q", at)
	}
	undo := r.post(t, toast(t, done).Undo, url.Values{"back": {"/conversations?view=mine"}})
	if at := undo.Header().Get("Location"); at != inboxPath("mine", r.talk) {
		t.Errorf("undo leads to %q, want the conversation in the same view", at)
	}
}
