// Package firstday runs docs/first-day.md as a new operator would: every command literally, in one shell, with the real
// program, a real mail server and real databases.
package firstday

import (
	"testing"
	"time"

	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/dbtest"
	"hearth/tests/walk"
)

func TestFirstDayOnSQLite(t *testing.T) {
	run(t, false, "--data data")
}

func TestFirstDayOnPostgresWithTwoNodes(t *testing.T) {
	run(t, true, "--database "+dbtest.EmptyPostgresURL(t))
}

func run(t *testing.T, postgres bool, where string) {
	mail, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mail.Close(); err != nil {
			t.Error(err)
		}
	})
	walk.Run(t, walk.Page{Path: "../../docs/first-day.md", Files: "testdata", Bin: walk.Build(t), Postgres: postgres, AtMost: 2 * time.Minute,
		Env: []string{"WHERE=" + where, "LISTEN=" + walk.FreeAddr(t), "LISTEN2=" + walk.FreeAddr(t), "SMTP=" + mail.URL()}})
	if n := mail.Count(); n == 0 {
		t.Error("the mail server got nothing")
	}
}
