package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PoolerEnv is a variable of the environment that, set to anything, puts a transaction pooler in front of every PostgreSQL database that PostgresURL gives, so
// that any test runs behind one.
const PoolerEnv = "HEARTH_TEST_POOLER"

// pooler is a pgbouncer in front of a test server, of one test's own. Like the server it is reached through a Unix socket
// alone.
type pooler struct {
	dir  string
	in   *os.File // open for as long as it is to run
	cmd  *exec.Cmd
	said string // the file of what it says
}

// Pooled gives the address under which a database is reached through a transaction pooler that lives as long as the test.
// The pooler keeps at most conns connections to the database, which all who come share. As with the server's programs,
// the test fails and says what to install when there is no pgbouncer.
func Pooled(t testing.TB, database string, conns int) string {
	t.Helper()
	p, err := startPooler(database, conns)
	if err != nil {
		t.Fatalf("start a pooler: %v", err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("stop the pooler: %v", err)
		}
	})
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery = url.Values{"host": {p.dir}, "port": {port}}.Encode()
	if err := p.answers(u.String()); err != nil {
		said, _ := os.ReadFile(p.said)
		t.Fatalf("the pooler does not answer: %v: %s", err, said)
	}
	return u.String()
}

// pooledIfAsked is Pooled for tests that are to run behind a pooler and do not know of it.
func pooledIfAsked(t testing.TB, database string) string {
	t.Helper()
	if os.Getenv(PoolerEnv) == "" {
		return database
	}
	return Pooled(t, database, 24)
}

func findPooler() (string, error) {
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		return path, nil
	}
	if _, err := os.Stat("/usr/sbin/pgbouncer"); err == nil { // not in everybody's path
		return "/usr/sbin/pgbouncer", nil
	}
	return "", errors.New("the tests behind a transaction pooler need pgbouncer; install the package pgbouncer")
}

func startPooler(database string, conns int) (*pooler, error) {
	program, err := findPooler()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(database)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(tempDir(), "hearth-pooler-")
	if err != nil {
		return nil, err
	}
	p := &pooler{dir: dir, said: filepath.Join(dir, "said")}
	if err := p.start(program, poolerSettings(dir, u.Query().Get("host"), u.Query().Get("port"), conns)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return p, nil
}

// poolerSettings is its file of settings. Whoever comes is let in under the name that they give, as by the server itself;
// nothing of a session is reset between two transactions, as is the default of this mode.
func poolerSettings(dir, host, to string, conns int) string {
	return fmt.Sprintf(`[databases]
* = host=%s port=%s

[pgbouncer]
listen_addr =
listen_port = %s
unix_socket_dir = %s
auth_type = trust
auth_file = %s
auth_user = %s
auth_query = SELECT usename::text, '' FROM pg_user WHERE usename = $1
pool_mode = transaction
default_pool_size = %d
max_client_conn = 500
server_idle_timeout = 60
log_connections = 0
log_disconnections = 0
log_stats = 0
`, host, to, port, dir, filepath.Join(dir, "users"), owner, conns)
}

// start runs the pooler under a shell that ends it when this process ends, killed or not: then its input does.
func (p *pooler) start(program, settings string) error {
	file := filepath.Join(p.dir, "ini")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return err
	}
	users := filepath.Join(p.dir, "users")
	if err := os.WriteFile(users, []byte(`"`+owner+`" ""`+"\n"), 0o600); err != nil {
		return err
	}
	account, err := serverAccount() // as root it does not run
	if err != nil {
		return err
	}
	if account != nil {
		for _, path := range []string{p.dir, file, users} {
			if err := os.Chown(path, int(account.Uid), int(account.Gid)); err != nil {
				return err
			}
		}
	}
	if err := os.Chmod(p.dir, 0o755); err != nil { //nolint:gosec // the socket within is for whoever runs the tests
		return err
	}
	out, err := os.Create(p.said)
	if err != nil {
		return err
	}
	defer out.Close()
	in, hold, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	p.cmd = exec.Command("sh", "-c", `"$1" -q "$2" </dev/null & cat; kill -KILL $!; wait $!; rm -rf "$3"`, "sh", program, file, p.dir)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account, Setsid: true}
	if err := p.cmd.Start(); err != nil {
		return errors.Join(err, hold.Close())
	}
	p.in = hold
	return nil
}

// answers waits until a database is reached through it.
func (p *pooler) answers(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		c, err := pgx.Connect(ctx, address)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *pooler) stop() error {
	if err := p.in.Close(); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) { // it says how it was ended
			return err
		}
	}
	left, err := os.ReadDir(p.dir)
	if err == nil && len(left) > 0 {
		var names []string
		for _, x := range left {
			names = append(names, x.Name())
		}
		return fmt.Errorf("it left %s", strings.Join(names, ", "))
	}
	return os.RemoveAll(p.dir)
}
