package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// connect opens a plain connection past base/db.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// TestNoTableWithoutRowLevelSecurity asks the server's catalog, so that a table added later is covered.
func TestNoTableWithoutRowLevelSecurity(t *testing.T) {
	c := connect(t, dbtest.PostgresURL(t))
	var all, bare, owned int
	err := c.QueryRow(t.Context(), `SELECT count(*),
count(*) FILTER (WHERE NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p
  WHERE p.polrelid = pg_class.oid AND p.polwithcheck IS NOT NULL AND p.polqual IS NOT NULL))),
count(*) FILTER (WHERE relowner = 'hearth_app'::regrole)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'goose_db_version'`).Scan(&all, &bare, &owned)
	if err != nil {
		t.Fatal(err)
	}
	if all < 30 || bare != 0 || owned != 0 {
		t.Errorf("of %d tables %d lack row-level security and %d belong to the role that is bound by it", all, bare, owned)
	}
	var super, bypass, login bool
	if err := c.QueryRow(t.Context(), "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'hearth_app'").Scan(&super, &bypass, &login); err != nil {
		t.Fatal(err)
	}
	if super || bypass || login {
		t.Errorf("the role is superuser %v, bypasses %v, logs in %v", super, bypass, login)
	}
}

func TestWithoutOrganizationThereIsNothing(t *testing.T) {
	url := dbtest.PostgresURL(t)
	d := dbtest.Open(t, db.Config{URL: url, Clock: hearth.NewVirtualClock(dbtest.Start())})
	mustPut(t, d, "a", "")
	c := connect(t, url) // the tables' owner, without an organization
	var n int
	if err := c.QueryRow(t.Context(), "SELECT count(*) FROM settings").Scan(&n); err != nil || n != 0 {
		t.Errorf("the owner sees %d rows, %v; want none", n, err)
	}
	if _, err := c.Exec(t.Context(), "INSERT INTO settings (org, name, value) VALUES ('main', 'b', '')"); err == nil {
		t.Error("the owner wrote a row without an organization")
	}
}

// TestOrganizationsNeverMeet runs a random script of two organizations over one connection, with texts that try to reach
// the other's rows.
func TestOrganizationsNeverMeet(t *testing.T) {
	url := dbtest.PostgresURL(t) + "&pool_max_conns=1"
	clock := hearth.NewVirtualClock(dbtest.Start())
	one := dbtest.Open(t, db.Config{URL: url, Clock: clock, Org: "one"})
	two := dbtest.Open(t, db.Config{URL: url, Clock: clock, Org: "two"})
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	ctx := t.Context()
	want := map[*db.DB]map[string]bool{one: {}, two: {}}
	for i := range 400 {
		d, other := one, "two"
		if r.IntN(2) == 0 {
			d, other = two, "one"
		}
		name := fmt.Sprint(r.IntN(50))
		switch r.IntN(4) {
		case 0:
			err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, name, "") })
			if err == nil {
				want[d][name] = true
			} else if !want[d][name] {
				t.Fatalf("step %d: %v", i, err)
			}
		case 1:
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO settings (org, name, value) VALUES ($1, $2, '')", other, "x"+name)
				return err
			})
			if err == nil {
				t.Fatalf("step %d: a row of the other organization was written", i)
			}
		case 2:
			var n int64
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = tx.Exec(ctx, "DELETE FROM settings WHERE org = $1 OR org <> $2", other, other)
				return err
			})
			if err != nil || n != int64(len(want[d])) {
				t.Fatalf("step %d: %d rows deleted, %v; want our own %d", i, n, err, len(want[d]))
			}
			want[d] = map[string]bool{}
		case 3:
			var n int
			err := d.Read(ctx, func(tx *db.Tx) error {
				return tx.Row(ctx, "SELECT count(*) FROM settings WHERE org LIKE '%'").Scan(&n)
			})
			if err != nil || n != len(want[d]) {
				t.Fatalf("step %d: %d rows seen, %v; want our own %d", i, n, err, len(want[d]))
			}
		}
	}
}

// TestSettingsEndWithTheTransaction: nothing of a transaction's settings may stay on its connection, which a pooler
// gives to others.
func TestSettingsEndWithTheTransaction(t *testing.T) {
	url := dbtest.PostgresURL(t)
	d := dbtest.Open(t, db.Config{URL: url + "&pool_max_conns=1", Clock: hearth.NewVirtualClock(dbtest.Start())})
	ctx := t.Context()
	var role, org, idle string
	ask := func(tx *db.Tx) error {
		return tx.Row(ctx, "SELECT current_user::text, current_setting('hearth.org') AS org, current_setting('idle_in_transaction_session_timeout')").Scan(&role, &org, &idle)
	}
	if err := d.Write(ctx, ask); err != nil {
		t.Fatal(err)
	}
	if role != "hearth_app" || org != "main" || idle != "5s" {
		t.Errorf("a transaction runs as %s for %s with limit %s", role, org, idle)
	}
	role, org, idle = db.OutsideTransaction(t, d)
	if role == "hearth_app" || org != "" || idle != "0" {
		t.Errorf("between transactions the connection is %s for %q with limit %s", role, org, idle)
	}
}

// TestAccountWithoutRights: the sentence must say what an administrator has to run.
func TestAccountWithoutRights(t *testing.T) {
	url := dbtest.PostgresURL(t)
	c := connect(t, url)
	account := fmt.Sprintf("plain_%d", time.Now().UnixNano())
	for _, q := range []string{"CREATE ROLE " + account + " LOGIN", "GRANT USAGE, CREATE ON SCHEMA public TO " + account, "GRANT ALL ON ALL TABLES IN SCHEMA public TO " + account} {
		if _, err := c.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { c.Exec(context.Background(), "DROP OWNED BY "+account+"; DROP ROLE "+account) })
	plain := strings.Replace(url, "hearth_owner@", account+"@", 1)
	_, err := db.Open(t.Context(), db.Config{URL: plain, Clock: hearth.NewVirtualClock(dbtest.Start())})
	wantCode(t, err, hearth.CodeForbidden)
	if msg := hearth.MessageOf(err); !strings.Contains(msg, "GRANT hearth_app TO") || !strings.Contains(msg, account) {
		t.Errorf("the sentence is %q", msg)
	}
	// Once the administrator has done so, an account that owns nothing may run Hearth.
	if _, err := c.Exec(t.Context(), "GRANT hearth_app TO "+account); err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, db.Config{URL: plain, Clock: hearth.NewVirtualClock(dbtest.Start())})
	mustPut(t, d, "a", "")
}

func TestDeadlockIsTriedAgain(t *testing.T) {
	d, _ := dbtest.Postgres(t)
	ctx := t.Context()
	mustPut(t, d, "a", "")
	mustPut(t, d, "b", "")
	var once, meet sync.WaitGroup
	meet.Add(2)
	tries := make(chan bool, 20)
	lock := func(first, second string) {
		arrived := sync.OnceFunc(func() { meet.Done(); meet.Wait() })
		err := d.Write(ctx, func(tx *db.Tx) error {
			tries <- true
			const q = "UPDATE settings SET value = value || 'x' WHERE org = $1 AND name = $2"
			if _, err := tx.Exec(ctx, q, tx.Org(), first); err != nil {
				return err
			}
			arrived()
			_, err := tx.Exec(ctx, q, tx.Org(), second)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	once.Go(func() { lock("a", "b") })
	once.Go(func() { lock("b", "a") })
	once.Wait()
	if n := len(tries); n < 3 {
		t.Errorf("the functions ran %d times; the deadlock did not happen", n)
	}
	var v string
	err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, "SELECT value FROM settings WHERE org = $1 AND name = 'a'", tx.Org()).Scan(&v)
	})
	if err != nil || v != "xx" {
		t.Errorf("the row holds %q, %v; want each update once", v, err)
	}
}

// TestWaitingForARowEndsAndIsTriedAgain: a program that is frozen while several of its transactions wait for one row must
// not get it again and again.
func TestWaitingForARowEndsAndIsTriedAgain(t *testing.T) {
	url := dbtest.PostgresURL(t)
	d := dbtest.Open(t, db.WithLockWait(db.Config{URL: url, Clock: hearth.NewVirtualClock(dbtest.Start())}, 50*time.Millisecond))
	mustPut(t, d, "a", "")
	const change = "UPDATE settings SET value = value || 'x' WHERE org = $1 AND name = 'a'"
	ctx := t.Context()
	for _, row := range []struct {
		name  string
		tries int // after which the row is free; 0: never
	}{{"for a while", 3}, {"for good", 0}} {
		c := connect(t, url)
		hold, err := c.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hold.Exec(ctx, "SELECT set_config('hearth.org', 'main', true)"); err != nil {
			t.Fatal(err)
		}
		if _, err := hold.Exec(ctx, "SELECT value FROM settings WHERE org = 'main' AND name = 'a' FOR UPDATE"); err != nil {
			t.Fatal(err)
		}
		tries := 0
		err = d.Write(ctx, func(tx *db.Tx) error {
			if tries++; tries == row.tries {
				hold.Rollback(ctx)
			}
			_, err := tx.Exec(ctx, change, tx.Org())
			return err
		})
		hold.Rollback(ctx)
		if row.tries > 0 && (err != nil || tries != row.tries) {
			t.Errorf("held %s: %v after %d tries, want a change at try %d", row.name, err, tries, row.tries)
		}
		if row.tries == 0 && (hearth.CodeOf(err) != hearth.CodeBusy || tries < 2 || d.Failed() != nil) {
			t.Errorf("held %s: %v after %d tries, store failed %v; want busy, and a store in order", row.name, err, tries, d.Failed())
		}
	}
}

func TestServerGoesAndComesBack(t *testing.T) {
	cluster := dbtest.NewCluster(t)
	d := dbtest.Open(t, db.Config{URL: cluster.URL(), Clock: hearth.NewVirtualClock(dbtest.Start())})
	ctx := t.Context()
	acked := []string{}
	for i := range 20 {
		name := fmt.Sprintf("%02d", i)
		mustPut(t, d, name, "")
		acked = append(acked, name)
	}
	cluster.Kill()
	err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, "lost", "") })
	wantCode(t, err, hearth.CodeUnavailable)
	wantCode(t, d.Failed(), hearth.CodeUnavailable)
	cluster.Start()
	until(t, "recovery", func() bool {
		return d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, "zz", "") }) == nil
	})
	if d.Failed() != nil {
		t.Errorf("after a commit writes still count as refused: %v", d.Failed())
	}
	if got := names(t, d); !reflect.DeepEqual(got, append(acked, "zz")) {
		t.Errorf("stored %v, want the acknowledged %v", got, acked)
	}
}

func TestCommitAfterCancelIsToldTruly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := put(ctx, tx, "a", ""); err != nil {
				return err
			}
			cancel()
			return nil
		})
		stored := len(names(t, d)) == 1
		if stored != (err == nil) {
			t.Errorf("the caller was told %v, and the row is stored: %v", err, stored)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
