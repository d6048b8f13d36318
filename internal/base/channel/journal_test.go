package channel

import (
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"hearth"
)

func openJournal(t *testing.T, path string, slots int) (*Journal, []Mark) {
	t.Helper()
	j, marks, err := OpenJournal(path, slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, marks
}

func TestJournalSurvivesWithoutClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "send.journal")
	j, marks := openJournal(t, path, 3)
	if len(marks) != 0 || !j.Incomplete() {
		t.Errorf("a new journal has marks %v, incomplete %v; want none, true", marks, j.Incomplete())
	}
	for slot, m := range []Mark{{ID: "msg_a", Claim: 1}, {ID: "msg_b", Claim: 2}, {ID: "msg_c", Claim: 3}} {
		if err := j.Set(slot, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Clear(1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(path, 3); hearth.CodeOf(err) != hearth.CodeConflict {
		t.Errorf("a second sender on the same journal: %v, want code conflict", err)
	}
	j.Close() // what the kernel does to a process that is killed
	k, marks := openJournal(t, path, 2)
	want := []Mark{{ID: "msg_a", Claim: 1}, {ID: "msg_c", Claim: 3}}
	if len(marks) != 2 || marks[0] != want[0] || marks[1] != want[1] {
		t.Errorf("marks are %v, want %v", marks, want)
	}
	if k.Incomplete() {
		t.Error("the same run of the machine counts as incomplete")
	}
	k.Close() // a crash while the marks are dealt with must not lose them
	if k, marks = openJournal(t, path, 2); len(marks) != 2 {
		t.Errorf("opened again before Reset, the marks are %v", marks)
	}
	if err := k.Reset(); err != nil {
		t.Fatal(err)
	}
	k.Close()
	if _, marks = openJournal(t, path, 2); len(marks) != 0 {
		t.Errorf("after Reset the marks are %v", marks)
	}
}

func TestJournalAfterReboot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "send.journal")
	j, _ := openJournal(t, path, 2)
	j.boot = "another run of the machine"
	if err := j.Reset(); err != nil {
		t.Fatal(err)
	}
	if err := j.Set(0, Mark{ID: "msg_a", Claim: 1}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	k, marks := openJournal(t, path, 2)
	if !k.Incomplete() || len(marks) != 1 {
		t.Errorf("after a reboot: incomplete %v, marks %v; want true, one", k.Incomplete(), marks)
	}
}

func TestJournalRefuses(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign")
	if err := os.WriteFile(foreign, []byte("a letter to somebody"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(foreign, 2); hearth.CodeOf(err) != hearth.CodeUnavailable {
		t.Errorf("a foreign file: %v, want code unavailable", err)
	}
	damaged := filepath.Join(dir, "damaged")
	j, _ := openJournal(t, damaged, 2)
	if err := j.Set(0, Mark{ID: "msg_a", Claim: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.file.WriteAt([]byte("x"), slotAt(0)+5); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if _, _, err := OpenJournal(damaged, 2); hearth.CodeOf(err) != hearth.CodeUnavailable {
		t.Errorf("a damaged slot: %v, want code unavailable", err)
	}
	k, _ := openJournal(t, filepath.Join(dir, "good"), 2)
	for _, bad := range []struct {
		slot int
		id   string
	}{{-1, "a"}, {2, "a"}, {0, ""}, {0, "an id that is far longer than forty bytes allow"}} {
		if err := k.Set(bad.slot, Mark{ID: bad.id}); err == nil {
			t.Errorf("Set(%d, %q) was taken", bad.slot, bad.id)
		}
	}
}

// TestJournalModel compares the journal with a map after random marks, clears and restarts.
func TestJournalModel(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, hearth.DeriveID("j", string(rune(n))))
		const slots = 4
		j, _ := openJournal(t, path, slots)
		model := map[int]Mark{}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			slot := rapid.IntRange(0, slots-1).Draw(rt, "slot")
			switch rapid.SampledFrom([]string{"set", "clear", "restart"}).Draw(rt, "op") {
			case "set":
				m := Mark{ID: rapid.StringMatching(`[a-z_0-9]{1,40}`).Draw(rt, "id"), Claim: rapid.Int64().Draw(rt, "claim"),
					Sent: rapid.Bool().Draw(rt, "sent")}
				if err := j.Set(slot, m); err != nil {
					rt.Fatal(err)
				}
				model[slot] = m
			case "clear":
				if err := j.Clear(slot); err != nil {
					rt.Fatal(err)
				}
				delete(model, slot)
			case "restart":
				j.Close()
				var marks []Mark
				j, marks = openJournal(t, path, slots)
				var want []Mark
				for s := range slots {
					if m, ok := model[s]; ok {
						want = append(want, m)
					}
				}
				if len(marks) != len(want) {
					rt.Fatalf("marks %v, want %v", marks, want)
				}
				for i := range want {
					if marks[i] != want[i] {
						rt.Fatalf("marks %v, want %v", marks, want)
					}
				}
			}
		}
		j.Close()
	})
}

func BenchmarkJournal(b *testing.B) {
	j, _, err := OpenJournal(filepath.Join(b.TempDir(), "j"), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for b.Loop() {
		if err := j.Set(0, Mark{ID: "msg_0123456789abcdefghij", Claim: 7}); err != nil {
			b.Fatal(err)
		}
		if err := j.Clear(0); err != nil {
			b.Fatal(err)
		}
	}
}
