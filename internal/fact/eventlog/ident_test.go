package eventlog_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/eventlog"
)

// Ours begin with their time where they are kept by identity, so that new ones lie behind the others; what is told from outside,
// and what was named before, is kept as it always was.
func TestIdentByTime(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var last []byte
	for i := range 100 {
		id := hearth.DeriveIDAt(hearth.TimedEvent, at.Add(time.Duration(i)*time.Millisecond), "x")
		got := eventlog.Ident("hearth/act/message", id)
		if bytes.Compare(got, last) <= 0 {
			t.Fatalf("identity %d lies before the one before it", i)
		}
		if bytes.Equal(got, eventlog.Ident("other", id)) {
			t.Fatal("two sources, one identity")
		}
		last = got
	}
	if same := hearth.DeriveIDAt(hearth.TimedEvent, at, "y"); bytes.Equal(eventlog.Ident("s", same), eventlog.Ident("s", hearth.DeriveIDAt(hearth.TimedEvent, at, "z"))) {
		t.Error("two events of one moment, one identity")
	}
	for _, id := range []string{"evt_" + strings.Repeat("u", 3), hearth.DeriveID("evt_", "x"), "evt_u" + strings.Repeat("0", 19), "e1"} {
		h := sha256.New()
		h.Write([]byte{0, 0, 0, 0, 0, 0, 0, 1})
		h.Write([]byte("s" + id))
		if got := eventlog.Ident("s", id); !bytes.Equal(got, h.Sum(nil)[:16]) {
			t.Errorf("%s is kept as %x", id, got)
		}
	}
}
