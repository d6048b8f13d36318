package db_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// TestNothingLeaksThroughAPooler has two organizations work at the same time through one pooler that has two connections
// to the server for both. None may see or change a row of the other's, and between transactions a connection may keep
// nothing of whom it served: not the organization, not the role, not a limit.
func TestNothingLeaksThroughAPooler(t *testing.T) {
	url := dbtest.Pooled(t, dbtest.PostgresURL(t), 2)
	clock := hearth.NewVirtualClock(dbtest.Start())
	orgs := []hearth.OrgID{"one", "two"}
	const workers, each = 4, 60
	var transactions, looks, leaks atomic.Int64
	var mu sync.Mutex
	servers := map[hearth.OrgID]map[int64]bool{} // which of the server's processes served whom
	var work, spy sync.WaitGroup
	done := make(chan struct{})
	spy.Go(func() { watchSessions(t, url, done, &looks, &leaks) })
	for _, org := range orgs {
		d := dbtest.Open(t, db.Config{URL: url, Clock: clock, Org: org})
		servers[org] = map[int64]bool{}
		for n := range workers {
			work.Go(func() {
				for i := range each {
					pid, wrong, err := shared(t.Context(), d, org, fmt.Sprintf("%d-%d", n, i))
					if err != nil {
						t.Errorf("%s: %v", org, err)
						return
					}
					transactions.Add(1)
					leaks.Add(wrong)
					mu.Lock()
					servers[org][pid] = true
					mu.Unlock()
				}
			})
		}
	}
	work.Wait()
	close(done)
	spy.Wait()
	both := 0
	for pid := range servers["one"] {
		if servers["two"][pid] {
			both++
		}
	}
	t.Logf("%d transactions of two organizations, %d looks between them, %d server processes served both, %d leaks", transactions.Load(),
		looks.Load(), both, leaks.Load())
	if leaks.Load() != 0 || transactions.Load() != int64(len(orgs)*workers*each) || both == 0 || looks.Load() == 0 {
		t.Error("the organizations did not share a server process, or something leaked")
	}
}

// shared writes a row of the organization's and looks, in the same transaction, whose rows there are.
func shared(ctx context.Context, d *db.DB, org hearth.OrgID, name string) (pid, wrong int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := put(ctx, tx, name, string(org)); err != nil {
			return err
		}
		// Names are the same for both, so only the value tells whose a row is.
		var set string
		err := tx.Row(ctx, `SELECT pg_backend_pid(), current_setting('hearth.org'), count(*) FILTER (WHERE org <> $1 OR value <> $1) FROM settings
WHERE org LIKE '%'`, tx.Org()).Scan(&pid, &set, &wrong)
		if err == nil && set != string(org) {
			wrong++
		}
		return err
	})
	return pid, wrong, err
}

// watchSessions looks again and again, as another program might, at what the connections that the pooler shares out keep
// between transactions.
func watchSessions(t *testing.T, url string, done <-chan struct{}, looks, leaks *atomic.Int64) {
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close(context.Background())
	for {
		select {
		case <-done:
			return
		default:
		}
		var org, role, wait, idle string
		err := c.QueryRow(context.Background(), `SELECT coalesce(current_setting('hearth.org', true), ''), current_user::text,
current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')`, pgx.QueryExecModeSimpleProtocol).Scan(&org, &role, &wait, &idle)
		if err != nil {
			t.Error(err)
			return
		}
		looks.Add(1)
		if org != "" || role == db.AppRole || wait != "0" || idle != "0" {
			leaks.Add(1)
		}
	}
}

// TestAFirstStartBehindAPooler makes the schema through one, and is a second node on it.
func TestAFirstStartBehindAPooler(t *testing.T) {
	url := dbtest.Pooled(t, dbtest.EmptyPostgresURL(t), 4)
	clock := hearth.NewVirtualClock(dbtest.Start())
	one := dbtest.Open(t, db.Config{URL: url, Clock: clock})
	mustPut(t, one, "a", "b")
	two := dbtest.Open(t, db.Config{URL: url, Clock: clock})
	if got := names(t, two); len(got) != 1 || got[0] != "a" {
		t.Errorf("the second node finds %v", got)
	}
}
