// Package messages runs docs/messages.md as somebody would who follows it: every command literally, with the real program,
// a mail server and a provider of text messages that the test starts, and real databases.
package messages

import (
	"fmt"
	"testing"
	"time"

	"hearth/internal/base/dbtest"
	"hearth/tests/walk"
)

func TestMessagesOnSQLite(t *testing.T) { run(t, "--data data") }

func TestMessagesOnPostgres(t *testing.T) { run(t, "--database "+dbtest.EmptyPostgresURL(t)) }

func run(t *testing.T, where string) {
	listen, in := walk.FreeAddr(t), walk.FreeAddr(t)
	o := openOutside(t, "http://"+listen)
	hours := untilMorning(t, time.Now())
	walk.Run(t, walk.Page{Path: "../../docs/messages.md", Files: "testdata", Bin: walk.Build(t), AtMost: 2 * time.Minute,
		Env: []string{"WHERE=" + where, "LISTEN=" + listen, "MAIL_IN=" + in, "SMTP=" + o.mail.URL(), "SMS=" + o.sms.URL(), "HEARTH_SMS_TOKEN=token",
			"OUTSIDE=" + o.url, "MORNING=" + clock(hours), "EVENING=" + clock(hours+12), "NEXT_DAY=" + clock(hours+24)}})
}

// clock writes a shift of the clock by hours.
func clock(hours int) string { return fmt.Sprintf("+%dh", hours) }

// untilMorning says by how many hours the clock is moved so that it is ten in the morning of a Tuesday in New York.
func untilMorning(t *testing.T, now time.Time) int {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for h := 1; ; h++ {
		if local := now.Add(time.Duration(h) * time.Hour).In(zone); local.Weekday() == time.Tuesday && local.Hour() == 10 {
			return h
		}
	}
}
