package message

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
)

// asked tells about which messages the desk is asked because they were not delivered.
func (r *rig) asked() string {
	r.t.Helper()
	var keys []string
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) error {
		due, err := work.Waiting(r.t.Context(), tx, work.EngineLane, eventlog.PartOf(oak), AgainKind)
		for _, d := range due {
			keys = append(keys, strings.TrimPrefix(d.Key, "msg_"))
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(keys, " ")
}

// What the mail server refuses, and what it took and sends back later, comes before the desk. What belongs to its minute, what
// was taken back before, and a test to the team do not.
func TestTheDeskIsAskedAboutWhatDidNotArrive(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		p.insert(mailOf("a"))
		p.drain()
		r.want("a", Sent, "message.sent", 1)
		if got := r.asked(); got != "" {
			t.Errorf("asked about %s, which went out", got)
		}
		back := func(id string, hard bool) {
			r.write(func(tx *db.Tx) error {
				_, err := p.store.CameBack(t.Context(), tx, Back{Message: hearth.MessageID("msg_" + id), Code: "5.1.1"}, hard)
				return err
			})
		}
		back("a", false)
		back("a", true)
		if got := r.asked(); got != "a" {
			t.Errorf("asked about %q, want the one that came back", got)
		}
		r.srv.Fail(smtptest.Fault{At: "to", Code: 550, Text: "5.1.1 nobody"})
		p.insert(mailOf("b"))
		p.drain()
		r.want("b", Bounced, "message.bounced", 0)
		if got := r.asked(); got != "a b" {
			t.Errorf("asked about %q, want the refused one too", got)
		}
		code, help, team, gone := mailOf("code"), mailOf("help"), mailOf("team"), mailOf("gone")
		code.Purpose, help.Purpose, team.Resident = consent.PurposeCode, consent.PurposeHelp, ""
		gone.State = Dropped
		p.insert(code, help, team, gone)
		for _, id := range []string{"code", "help", "team", "gone"} {
			back(id, true)
		}
		if got := r.asked(); got != "a b" {
			t.Errorf("asked about %q", got)
		}
	})
}

// A text that the provider gives up later is asked about once; when it says in the end that it arrived, nobody is asked.
func TestTheDeskIsAskedAboutATextThatDidNotArrive(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.bare()
		report := func(st State) {
			r.write(func(tx *db.Tx) error {
				_, err := p.store.Report(t.Context(), tx, Report{Message: "msg_t", State: st, Code: "30003"})
				return err
			})
		}
		p.insert(textOf("t"))
		for _, st := range []State{Sent, Failed, Sent, Failed} {
			report(st)
		}
		if got := r.asked(); got != "t" {
			t.Errorf("asked about %q", got)
		}
		report(Delivered)
		if got := r.asked(); got != "" {
			t.Errorf("it arrived after all, and the desk is asked about %q", got)
		}
		r.want("t", Delivered, "message.sent message.failed message.delivered", 0)
	})
}
