package app

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// What is complained about is remembered by what the code says, and by nothing that it was about.
func TestRecentComplaints(t *testing.T) {
	var written strings.Builder
	r := &Recent{}
	log := slog.New(r.over(slog.NewTextHandler(&written, &slog.HandlerOptions{Level: slog.LevelError}))).With("loop", "mail").WithGroup("g")
	log.Info("calm")
	log.Warn("slow", "who", "ana@example.org")
	log.Error("broken", "error", "ana@example.org refused")
	log.Error("broken")
	got := r.List()
	if len(got) != 2 || got[0].Words != "broken" || !got[0].Grave || got[0].Times != 2 || got[1].Words != "slow" || got[1].Grave {
		t.Errorf("remembered: %+v", got)
	}
	if s := fmt.Sprint(got); strings.Contains(s, "ana@") {
		t.Errorf("somebody is named: %s", s)
	}
	if w := written.String(); strings.Contains(w, "slow") || strings.Count(w, "broken") != 2 || !strings.Contains(w, "loop=mail") {
		t.Errorf("written: %s", w)
	}
	for i := range 2 * complaintsKept {
		log.Warn(fmt.Sprint("w", i))
	}
	if got := r.List(); len(got) != complaintsKept || got[0].Words != fmt.Sprint("w", 2*complaintsKept-1) {
		t.Errorf("%d are kept, the newest %q", len(got), got[0].Words)
	}
}
