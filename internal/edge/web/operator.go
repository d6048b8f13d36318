package web

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/base/work"
	"hearth/internal/fact/account"
)

// The operator's page says how the installation is: what is behind, what is in doubt, what failed. It names nobody.

// Health is what this process knows of itself.
type Health struct {
	Version  string
	Database string // "SQLite", "PostgreSQL"
	Bytes    int64  // of the database
	Behind   int64  // events that are acknowledged and not decided
	Renewing int    // residents whose signals another version of the program stored
	Ways     []Way
	Recent   []Complaint // the newest first
	Backups  Backups
}

// Way is a way out or in, and whether it is on.
type Way struct {
	Name  string
	On    bool
	Words string // where it goes, in a sentence
}

// Complaint is a sentence of the log, without anything that it was about.
type Complaint struct {
	At    time.Time
	Words string
	Grave bool
	Times int
}

// operatorRoutes lists the operator's page and what is decided on it.
func (h *Web) operatorRoutes() []route {
	return []route{
		{"GET /operator", account.OperatorRead, h.show(account.OperatorRead, (*request).operator)},
		{"POST /operator/unknown/{id}", account.OperatorWrite, h.do(account.OperatorWrite, (*request).resolveUnknown)},
	}
}

// laneLine is a lane as it is shown.
type laneLine struct {
	Name, Words   string
	Waiting, Late int
	Oldest        string
	Dead          int
	Shade         ui.Shade
}

// doubtLine is a message in doubt.
type doubtLine struct {
	ID, Words, Since string
}

// sentLine is a channel's week.
type sentLine struct {
	Channel string
	Facts   []ui.Fact
}

// operatorView is the page, ready to be drawn.
type operatorView struct {
	Lead    string
	Notes   []ui.Note
	Queues  []laneLine
	Doubts  []doubtLine
	Sent    []sentLine
	Machine []ui.Fact
	Ways    []Way
	Recent  []ui.Entry
	Parked  int
	Backup  backupView
	May     bool // the viewer may settle what is in doubt
}

const doubtsShown = 50

// operatorData is what the page is read from.
type operatorData struct {
	health Health
	queues []work.Queue
	doubts []message.Message
	counts []message.Count
	parked int
	failed error
}

func (q *request) operatorData() (d operatorData, err error) {
	d.failed = q.web.Ready(q.Context())
	err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if q.web.Health != nil {
			if d.health, err = q.web.Health(ctx, tx); err != nil {
				return err
			}
		}
		if d.queues, err = work.Queues(ctx, tx); err != nil {
			return err
		}
		if d.doubts, err = q.web.Messages.Unknowns(ctx, tx, doubtsShown); err != nil {
			return err
		}
		if d.counts, err = q.web.Messages.CountsSince(ctx, tx, q.now.Add(-7*24*time.Hour)); err != nil {
			return err
		}
		d.parked, _, err = q.web.Parked(ctx, tx, 0)
		return err
	})
	return d, err
}

func (q *request) operator() (templ.Component, error) {
	d, err := q.operatorData()
	if err != nil {
		return nil, err
	}
	v := operatorView{Lead: "Everything that has its time is done.", Ways: d.health.Ways, Parked: d.parked, May: q.may(account.OperatorWrite)}
	v.Backup = q.backupView(d.health.Backups)
	late, dead := 0, 0
	for _, l := range d.queues {
		x := q.laneLine(l)
		late, dead = late+x.Late, dead+x.Dead
		v.Queues = append(v.Queues, x)
	}
	switch {
	case d.failed != nil:
		v.Lead = "This node does not work as it should."
		v.Notes = append(v.Notes, ui.Note{Words: hearth.MessageOf(d.failed), Shade: ui.Now})
	case len(d.doubts) > 0:
		v.Lead = count(len(d.doubts), "message is in doubt", "messages are in doubt") + " and waits for your word."
	case late > 0:
		v.Lead = count(late, "thing is due", "things are due") + " and not done yet."
	case dead > 0:
		v.Lead = count(dead, "thing was given up.", "things were given up.")
	}
	if v.Backup.Chip.Shade == ui.Now {
		v.Notes = append(v.Notes, ui.Note{Words: "The backups need you.", Shade: ui.Now, More: ui.Link{Name: "What to do", Href: "#backups"}})
	}
	for _, m := range d.doubts {
		v.Doubts = append(v.Doubts, doubtLine{ID: string(m.ID), Words: fmt.Sprintf("%s of class %s", capital(channelNoun(m.Channel)), m.Class), Since: page.When(m.Made, q.now, q.zone)})
	}
	v.Sent = sentLines(d.counts)
	v.Machine = []ui.Fact{{Name: "Version", Value: orNone(d.health.Version)}, {Name: "Database", Value: d.health.Database + ", " + bytesWords(d.health.Bytes)},
		{Name: "Not decided yet", Value: count(int(d.health.Behind), "event", "events")}, {Name: "Wait for their subject", Value: count(d.parked, "event", "events")}}
	if n := d.health.Renewing; n > 0 {
		v.Machine = append(v.Machine, ui.Fact{Name: "Signals of an earlier version", Value: count(n, "resident", "residents") + " to renew"})
	}
	for _, c := range d.health.Recent {
		e := ui.Entry{ID: c.Words, Icon: "info", What: capital(c.Words), When: page.When(c.At, q.now, q.zone), At: c.At.Format(time.RFC3339)}
		if c.Grave {
			e.Icon, e.Shade = "circle-alert", ui.Now
		}
		if c.Times > 1 {
			e.More = fmt.Sprintf("%d times", c.Times)
		}
		v.Recent = append(v.Recent, e)
	}
	return operatorPage(q.frame("Operator", "/operator"), v), nil
}

// overdueAfter is how long something may be due before the page says so in colour.
const overdueAfter = 5 * time.Minute

func (q *request) laneLine(l work.Queue) laneLine {
	x := laneLine{Name: laneWords(l.Lane), Waiting: l.Waiting, Late: l.Late, Dead: l.Dead, Shade: ui.Good, Words: "in time"}
	switch {
	case l.Late > 0 && q.now.Sub(l.Oldest) > overdueAfter:
		x.Shade, x.Words = ui.Now, "behind"
	case l.Dead > 0:
		x.Shade, x.Words = ui.Today, "some given up"
	}
	if l.Late > 0 {
		x.Oldest = page.When(l.Oldest, q.now, q.zone)
	}
	return x
}

// laneWords says what a lane carries.
func laneWords(lane string) string {
	switch lane {
	case work.EngineLane:
		return "Timers of playbooks and conditions"
	case message.Lane:
		return "Mail"
	case message.TextLane:
		return "Text messages"
	}
	return capital(lane)
}

func channelNoun(c hearth.Channel) string {
	switch c {
	case hearth.ChannelEmail:
		return "mail"
	case hearth.ChannelSMS:
		return "text message"
	}
	return string(c)
}

func sentLines(counts []message.Count) []sentLine {
	var out []sentLine
	for _, c := range counts {
		name := capital(channelNoun(c.Channel))
		if c.Channel == "" {
			name = "No way chosen yet"
		}
		if len(out) == 0 || out[len(out)-1].Channel != name {
			out = append(out, sentLine{Channel: name})
		}
		l := &out[len(out)-1]
		f := ui.Fact{Name: capital(string(c.State)), Value: fmt.Sprint(c.N)}
		if c.State == message.Unknown {
			f.Shade = ui.Now
		}
		l.Facts = append(l.Facts, f)
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "not told"
	}
	return s
}

func bytesWords(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", n>>10)
}

// resolveUnknown ends the doubt about a message by a person's word.
func (q *request) resolveUnknown() (outcome, error) {
	how, words := message.Settled, "It counts as arrived."
	if q.field("how") == "resend" {
		how, words = message.Resend, "It goes out again. If the first one did arrive, they get it twice."
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.Messages.Resolve(ctx, tx, q.actor, hearth.MessageID(q.PathValue("id")), how)
	})
	return outcome{said: words, next: "/operator"}, err
}
