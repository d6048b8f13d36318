package dbtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Cluster is a PostgreSQL server of one test's own, to be killed and restarted. It syncs as a production server does.
type Cluster struct {
	t testing.TB
	s *server
}

// NewCluster starts a server that lives as long as the test.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	dir, err := os.MkdirTemp(tempDir(), "hearth-pg-")
	if err != nil {
		t.Fatal(err)
	}
	// The server's account must get in.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := newServer(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.own, s.fsync = true, true
	if err := s.use(t); err != nil {
		t.Fatalf("start a PostgreSQL server: %v", err)
	}
	t.Cleanup(func() {
		s.stop(context.Background())
		os.RemoveAll(dir)
	})
	return &Cluster{t: t, s: s}
}

// URL makes a fresh, migrated database on the server and gives its address.
func (c *Cluster) URL() string {
	c.t.Helper()
	url := c.s.fresh(c.t, "template0")
	d, err := db.Open(context.Background(), db.Config{URL: url, Clock: hearth.NewVirtualClock(Start())})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		c.t.Fatal(err)
	}
	return url
}

// Kill ends all of the server's processes at once, as a power cut would end them.
func (c *Cluster) Kill() {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.s.path("data"), "postmaster.pid"))
	if err != nil {
		c.t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		c.t.Fatal(err)
	}
	// The server is the leader of its own process group only with setsid; its children are found by their parent.
	children, _ := exec.Command("pgrep", "-P", line).Output()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	for child := range strings.FieldsSeq(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(n, syscall.SIGKILL) // it may have ended by itself
		}
	}
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(5 * time.Millisecond)
	}
}

// Start starts the server again after Kill.
func (c *Cluster) Start() {
	c.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := c.s.start(context.Background())
		if err == nil {
			return
		}
		// Shared memory of the killed server may need a moment to be let go.
		if time.Now().After(deadline) {
			c.t.Fatalf("start the server again: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
