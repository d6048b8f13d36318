package db_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// victimEnv names, in a process that is there to be killed, the store it writes to.
const victimEnv = "HEARTH_TEST_VICTIM"

func TestMain(m *testing.M) {
	if where := os.Getenv(victimEnv); where != "" {
		os.Exit(victim(where))
	}
	os.Exit(m.Run())
}

// victim writes rows from several goroutines and prints each one's name when it is acknowledged, until it is killed.
func victim(where string) int {
	cfg := db.Config{Clock: hearth.NewVirtualClock(dbtest.Start()), Dir: where}
	if strings.HasPrefix(where, "postgres:") {
		cfg.Dir, cfg.URL = "", where
	}
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range victimWriters {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					for _, half := range []string{"a", "b"} { // a transaction of two rows, never to be seen as one
						if err := put(context.Background(), tx, name+half, ""); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					fmt.Println("error:", err)
					return
				}
				out.Lock()
				fmt.Println(name)
				out.Unlock()
			}
		})
	}
	wg.Wait()
	return 1
}

const victimWriters = 8

// TestKilledProcessLosesNothing kills a writing process at random moments, again and again on the same store.
func TestKilledProcessLosesNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		for range 6 {
			checkAfterKill(t, db.Config{Dir: dir}, killed(t, dir, r))
			checkIntegrity(t, dir)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		url := dbtest.PostgresURL(t)
		for range 3 {
			checkAfterKill(t, db.Config{URL: url}, killed(t, url, r))
		}
	})
}

// killed runs a victim, kills it and gives what it had acknowledged.
func killed(t *testing.T, where string, r *rand.Rand) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+where)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acked []string
	in := bufio.NewScanner(pipe)
	for in.Scan() {
		if strings.HasPrefix(in.Text(), "error:") {
			t.Fatal(in.Text())
		}
		if acked = append(acked, in.Text()); len(acked) == 1 {
			time.AfterFunc(time.Duration(r.IntN(120))*time.Millisecond, func() { cmd.Process.Kill() })
		}
	}
	cmd.Wait()
	if len(acked) == 0 {
		t.Fatal("the process wrote nothing before it was killed")
	}
	return acked
}

func checkAfterKill(t *testing.T, cfg db.Config, acked []string) {
	t.Helper()
	cfg.Clock = hearth.NewVirtualClock(dbtest.Start())
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	there := map[string]bool{}
	for _, n := range names(t, d) {
		there[n] = true
	}
	// The last line may have been cut in the pipe; it then names nothing that was acknowledged whole.
	for i, name := range acked {
		if !there[name+"a"] && i < len(acked)-1 {
			t.Errorf("%s was acknowledged and is missing", name)
		}
	}
	pid, _, _ := strings.Cut(acked[0], "-")
	mine := 0
	for n := range there {
		base := n[:len(n)-1]
		if !there[base+"a"] || !there[base+"b"] {
			t.Errorf("half of the transaction %s is stored", base)
		}
		if strings.HasPrefix(n, pid+"-") {
			mine++
		}
	}
	if extra := mine/2 - len(acked); extra > victimWriters {
		t.Errorf("%d transactions are stored that were not acknowledged; at most %d can have been under way", extra, victimWriters)
	}
}

func checkIntegrity(t *testing.T, dir string) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+dir+"/"+db.FileName)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var said string
	if err := pool.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("the integrity check says %q, %v", said, err)
	}
}
