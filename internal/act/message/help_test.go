package message

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func sqliteOf(t *testing.T) (*db.DB, *hearth.VirtualClock) {
	t.Helper()
	return dbtest.SQLite(t)
}

// eachTable runs f where marks are in the due table, as with several nodes.
func eachTable(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(t, newRig(t, d, clock, "")) })
}

func smtptestBusy() smtptest.Fault {
	return smtptest.Fault{At: "data", Code: 451, Text: "4.3.0 busy", Times: 1}
}

func smtptestLost(times int) smtptest.Fault {
	return smtptest.Fault{At: "data", Drop: true, Times: times}
}

func hearthID(s string) hearth.MessageID { return hearth.MessageID(s) }

func actorOf(kind string) hearth.Actor { return hearth.Actor{Kind: kind, ID: "x", Name: "Maria"} }

func codeOf(err error) string { return string(hearth.CodeOf(err)) }

func (r *rig) unknowns(p *process) []Message {
	r.t.Helper()
	var out []Message
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		out, err = p.store.Unknowns(r.t.Context(), tx, 10)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// meanwhile lets something happen between the server's answer and its arrival with us.
type meanwhile struct {
	channel.Sender
	happens func()
}

func (m meanwhile) Send(ctx context.Context, e *channel.Email, beforeDot func() error) channel.Result {
	res := m.Sender.Send(ctx, e, beforeDot)
	m.happens()
	return res
}
