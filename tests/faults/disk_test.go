package faults

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth/internal/sim/load"
)

// caged starts hearth so that its writes can be made to fail.
func (s *site) caged(flags ...string) (*load.Process, *cage) {
	s.Helper()
	c := newCage(s.T)
	p := s.program(flags...)
	p.Args = append([]string{p.Path}, p.Args...)
	p.Path, p.Env = os.Args[0], c.env()
	return s.start(p), c
}

// refuses waits until writes are refused, and checks that everybody who asks is told so and that reading goes on.
func (s *site) refuses(p *load.Process, id, reason string) {
	s.Helper()
	n := 0
	s.until("events are refused", 20*time.Second, func() bool {
		n++
		a := s.post(p, visitOf("r1", fmt.Sprintf("%s-%d", id, n)))
		if a.status == http.StatusAccepted {
			return false
		}
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || a.problem().Code != "unavailable" || !strings.Contains(a.problem().Detail, reason) {
			s.Errorf("an event was answered %d, Retry-After %q: %s; want 503 and %q", a.status, a.header.Get("Retry-After"), a.body, reason)
		}
		return true
	})
	if a := s.get(p, "/readyz"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, reason) {
		s.Errorf("/readyz answered %d: %s; want 503 and %q", a.status, a.body, reason)
	}
	if a := s.get(p, "/healthz"); a.status != http.StatusOK {
		s.Errorf("/healthz answered %d: %s; the program lives", a.status, a.body)
	}
	if a := s.get(p, "/api/v1/residents?limit=3"); a.status != http.StatusOK || !strings.Contains(a.body, "Person") {
		s.Errorf("reading residents answered %d: %s", a.status, a.body)
	}
}

func (s *site) ready(p *load.Process, within time.Duration) {
	s.Helper()
	s.until("the program is ready again", within, func() bool { return s.get(p, "/readyz").status == http.StatusOK })
}

// TestTheDiskIsFull fails one write after the other, the first of the log, the second, and so on, and all that follow
// until there is room again, as a full disk does.
func TestTheDiskIsFull(t *testing.T) {
	s := newSite(t, false)
	mail := newMailServer(t)
	p, c := s.caged("--send", "real", "--smtp", mail.url)
	var got acked
	stop := s.press(&got, "f", 40, p.URL)
	n := 6
	if asks.soak {
		n = 200
	}
	for i := 1; i <= n; i++ {
		file := "hearth.db-wal"
		if i%4 == 0 {
			file = "hearth.db" // at a checkpoint, whenever one comes
		}
		c.fail("write", file, i, syscall.ENOSPC)
		if i%4 == 0 {
			time.Sleep(200 * time.Millisecond)
		} else {
			s.refuses(p, fmt.Sprintf("full-%d", i), "The disk is full")
		}
		c.heal()
		s.ready(p, 10*time.Second)
		s.visit(p, fmt.Sprintf("room-%d", i), 20*time.Second)
	}
	stop()
	s.settled(time.Minute)
	s.keepsWhatItAcknowledged(&got)
	k := s.didEachThingOnce(mail.mails(t), 0)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	s.sound()
	s.verified()
	t.Logf("the disk was full %d times: %d acknowledged, %s", n, got.count(), k)
}

// TestASyncFails: after a sync that failed nobody knows what the disk holds, so nothing more may be acknowledged before a
// restart, even when later syncs succeed.
func TestASyncFails(t *testing.T) {
	s := newSite(t, false)
	mail := newMailServer(t)
	var got acked
	n := 3
	if asks.soak {
		n = 200
	}
	for i := 1; i <= n; i++ {
		p, c := s.caged("--send", "real", "--smtp", mail.url)
		stop := s.press(&got, fmt.Sprintf("s%d-", i), 200, p.URL)
		s.until("something is acknowledged", 20*time.Second, func() bool { return got.count() >= 40*i })
		c.failOnce("sync", "hearth.db-wal", i, syscall.EIO)
		s.until("the sync was asked for", 20*time.Second, func() bool { return c.struck(i) })
		s.refuses(p, fmt.Sprintf("sync-%d", i), "The disk failed")
		before := got.count()
		for range 5 {
			if a := s.post(p, visitOf("r2", "never")); a.status != http.StatusServiceUnavailable {
				t.Errorf("an event was answered %d after a failed sync: %s", a.status, a.body)
			}
		}
		if after := got.count(); after != before {
			t.Errorf("%d events were acknowledged after a failed sync", after-before)
		}
		stop()
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		s.sound()
		s.keepsWhatItAcknowledged(&got)
	}
	p := s.serve("--send", "real", "--smtp", mail.url)
	s.visit(p, "after-all", 20*time.Second)
	s.settled(time.Minute)
	k := s.didEachThingOnce(mail.mails(t), n*connections)
	s.verified()
	t.Logf("%d failed syncs: %d acknowledged, %s", n, got.count(), k)
}

// TestAnImportOntoAFullDisk: an import that finds no room says so and can be run again.
func TestAnImportOntoAFullDisk(t *testing.T) {
	t.Parallel() // it mostly waits for a claim to run out
	s := newSite(t, false)
	c := newCage(t)
	path := s.roster("Elm", 600)
	c.fail("write", "hearth.db-wal", 20, syscall.ENOSPC)
	cmd := s.command("import", "--property", "Elm Court", "--zone", "America/Chicago", "--source", "elm", "residents", path)
	cmd.Args = append([]string{os.Args[0]}, append([]string{cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path, cmd.Env = os.Args[0], append(os.Environ(), c.env()...)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "The disk is full") {
		t.Errorf("the import ended with %v: %s; want 1 and a sentence about the disk", err, out)
	}
	s.sound()
	// What the first one could not take back is undone, or goes on, once its claim has run out.
	s.until("the import can be run again", time.Minute, func() bool {
		_, errOut, code := s.run("import", "--property", "Elm Court", "--zone", "America/Chicago", "--source", "elm", "residents", path)
		if code != 0 && !strings.Contains(errOut, "is running. Try again") {
			t.Fatalf("the import after it ended with %d: %s", code, errOut)
		}
		return code == 0
	})
	if n := s.residentsOf("Elm Court"); n != 600 {
		t.Errorf("%d residents after the import was run again, want 600", n)
	}
}

// TestADiskOfItsOwnFills lets a small file system of its own fill up, which takes root; the other tests of full disks need
// none.
func TestADiskOfItsOwnFills(t *testing.T) {
	if !asks.soak || os.Getuid() != 0 {
		t.Log("only the long form, as root, mounts a disk; the full disk is tested without in TestTheDiskIsFull")
		return
	}
	s := newSite(t, false)
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	s.dir = filepath.Join(dir, "data")
	s.place = []string{"--data", s.dir}
	p := s.serve() // mail goes to files, on the same disk
	var got acked
	stop := s.press(&got, "t", 1000, p.URL)
	for i := range 5 {
		filler := filepath.Join(dir, "filler")
		if err := fill(filler); err != nil {
			t.Fatal(err)
		}
		s.refuses(p, fmt.Sprintf("tmpfs-%d", i), "The disk is full")
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		s.ready(p, 10*time.Second)
		if i == 2 {
			if err := os.RemoveAll(filepath.Join(s.dir, "sink")); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop()
	s.keepsWhatItAcknowledged(&got)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	s.sound()
	s.verified()
}

// fill writes until nothing more fits.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for block := make([]byte, size); err == nil; {
			_, err = f.Write(block)
		}
		err = nil
	}
	return nil
}
