package dbtest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// victimEnv asks the test program to start a server of its own, say where, and wait to be killed.
const victimEnv = "HEARTH_TEST_SERVER_VICTIM"

func TestServerEndsWithAKilledTest(t *testing.T) {
	if os.Getenv(victimEnv) != "" {
		c := NewCluster(t)
		os.Stdout.WriteString("dir " + c.s.dir + "\n")
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), victimEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	dir := ""
	for in := bufio.NewScanner(out); dir == "" && in.Scan(); {
		dir = strings.TrimPrefix(in.Text(), "dir ")
	}
	if err := cmd.Process.Kill(); err != nil || dir == "" {
		t.Fatalf("the server's directory is %q, %v", dir, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data/postmaster.pid")); err != nil {
		t.Fatalf("the server did not run: %v", err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := os.Stat(dir)
		if os.IsNotExist(err) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", dir)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if left, _ := exec.Command("pgrep", "-f", dir).Output(); len(left) > 0 {
		t.Errorf("processes %s are still running", left)
	}
}

func TestWatcherEndsWithItsDirectory(t *testing.T) {
	dir := ""
	t.Run("cluster", func(t *testing.T) { dir = NewCluster(t).s.dir })
	deadline := time.Now().Add(30 * time.Second)
	for {
		left, _ := exec.Command("pgrep", "-f", dir).Output()
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes %s are still running", left)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestMissingServerIsOneSentence(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findBinaries(filepath.Join(t.TempDir(), "*/bin"))
	if err == nil || !strings.Contains(err.Error(), "install the package postgresql") {
		t.Errorf("gave %v, want what to install", err)
	}
}

func TestNewestServerIsTaken(t *testing.T) {
	root := t.TempDir()
	for _, version := range []string{"9", "15", "17", "18"} {
		bin := filepath.Join(root, version, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
			if version == "18" && name == "postgres" {
				continue // only the client's half is installed
			}
			if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := findBinaries(filepath.Join(root, "*/bin"))
	if err != nil || filepath.Base(filepath.Dir(got)) != "17" {
		t.Errorf("took %s, %v; want 17", got, err)
	}
}
