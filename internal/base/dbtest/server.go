package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The accounts of a test server. The owner may make roles, as an operator's account may, but is no superuser, whom
// row-level security would not bind.
const (
	superuser = "postgres"
	owner     = "hearth_owner"
)

// port only names the socket's file; nothing listens on the network.
const port = "54329"

// linger is how long a server outlives its last user, so that the next test package need not make a new one.
const linger = "4"

// server is one PostgreSQL server in a directory.
type server struct {
	dir     string // holds data/, the socket, and the lock files beside it
	own     bool   // one test's alone: the directory goes with it
	bin     string
	account *syscall.Credential // who runs the server: postgres when we are root, which PostgreSQL refuses; else nil
	fsync   bool
}

// shared gives the server that all test processes of this account use together. Each test holds a lock on its file of
// users; a watcher stops the server when the last lock is gone, even if its holder was killed.
func shared(t testing.TB) (*server, error) {
	s, err := newServer(filepath.Join(tempDir(), "hearth-test-pg-"+strconv.Itoa(os.Getuid())))
	if err != nil {
		return nil, err
	}
	return s, s.use(t)
}

// tempDir gives a directory whose name is short enough for a socket within it, whose limit is about a hundred bytes.
func tempDir() string {
	if dir := os.TempDir(); len(dir) < 50 {
		return dir
	}
	return "/tmp"
}

func newServer(dir string) (*server, error) {
	bin, err := findBinaries("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	return &server{dir: dir, bin: bin, account: account}, nil
}

// use registers the test as a user and makes sure that the server runs.
func (s *server) use(t testing.TB) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.makeDir(); err != nil {
		return err
	}
	users, err := os.OpenFile(s.path("users"), os.O_RDONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	// Waits while the watcher is stopping the server, and then finds it gone.
	if err := flock(ctx, users, syscall.LOCK_SH); err != nil {
		return errors.Join(err, users.Close())
	}
	t.Cleanup(func() { users.Close() })
	unlock, err := lockFile(ctx, s.path("starting"))
	if err != nil {
		return err
	}
	defer unlock()
	if !s.watched() {
		if err := s.watch(); err != nil {
			return err
		}
	}
	if s.answers(ctx) {
		return nil
	}
	return s.create(ctx)
}

func (s *server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *server) makeDir() error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	if s.account == nil {
		return nil
	}
	return os.Chown(s.dir, int(s.account.Uid), int(s.account.Gid))
}

// answers tells whether the server is up and set up.
func (s *server) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.url(owner, "postgres"))
	if err != nil {
		return false
	}
	return c.Close(ctx) == nil
}

// create makes the cluster anew and starts it; what an earlier run left is removed.
func (s *server) create(ctx context.Context) error {
	s.stop(ctx)
	if err := os.RemoveAll(s.path("data")); err != nil {
		return err
	}
	if err := s.run(ctx, "initdb", "-D", s.path("data"), "-U", superuser, "--auth=trust", "--encoding=UTF8",
		"--locale=C", "--no-sync", "--no-instructions"); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	return s.admin(ctx, "CREATE ROLE "+owner+" LOGIN CREATEROLE CREATEDB")
}

func (s *server) start(ctx context.Context) error {
	sync := "off"
	if s.fsync {
		sync = "on"
	}
	settings := []string{"listen_addresses=", "port=" + port, "unix_socket_directories=" + s.dir, "fsync=" + sync,
		"full_page_writes=" + sync, "synchronous_commit=on", "max_connections=200", "shared_buffers=64MB",
		"max_wal_size=2GB", "deadlock_timeout=100ms", "log_min_messages=fatal", "autovacuum=off"}
	opts := ""
	for _, o := range settings {
		opts += " -c " + o
	}
	return s.run(ctx, "pg_ctl", "-D", s.path("data"), "-l", s.path("log"), "-w", "-t", "60", "-o", opts, "start")
}

// stop ends the server at once; its data need not survive.
func (s *server) stop(ctx context.Context) {
	if _, err := os.Stat(s.path("data/postmaster.pid")); err == nil {
		// It may be the file of a server that is gone; then the error says so and does not matter.
		_ = s.run(ctx, "pg_ctl", "-D", s.path("data"), "-m", "immediate", "-w", "stop")
	}
}

// run runs one of PostgreSQL's programs as the server's account.
func (s *server) run(ctx context.Context, name string, args ...string) error {
	out, err := os.Create(s.path("said"))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGTZ=UTC")
	// A file, not a pipe: the server inherits it, and waiting for a pipe's end would wait for the server's.
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Setsid: true}
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// watched tells whether a watcher is there and stays: one that holds its lock, and has not just removed the data. A test
// that asks shares the users' lock, so no watcher can be about to.
func (s *server) watched() bool {
	if _, err := os.Stat(s.path("data/postmaster.pid")); err != nil {
		return false
	}
	f, err := os.Open(s.path("watcher"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// watch starts the process that stops the server after its last user. It holds the watcher's lock, so there is one at a
// time; it waits for a lock on the users' file that nobody else shares, and takes it again after a pause in case the
// next user came meanwhile.
func (s *server) watch() error {
	if _, err := exec.LookPath("flock"); err != nil {
		return errors.New("the tests on PostgreSQL need the program flock; install the package util-linux")
	}
	// An argument list, not a text with names in it, so that any directory works.
	script := `while [ -e "$1/users" ]; do
  flock -x "$1/users" true
  sleep "$4"
  flock -n -x "$1/users" sh -c '"$2/pg_ctl" -D "$1/data" -m immediate -w stop; rm -rf $3' sh "$1" "$2" "$3" && exit 0
done`
	// Of a shared directory the files that are locked must stay: who waits for them holds them open.
	gone, pause := "data log said template", linger
	if s.own {
		gone, pause = s.dir, "0"
	}
	cmd := exec.Command("flock", "-w", "20", s.path("watcher"), "sh", "-c", script, "sh", s.dir, s.bin, gone, pause)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the watcher: %w", err)
	}
	return cmd.Process.Release()
}

func (s *server) url(account, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(account), Path: "/" + database,
		RawQuery: url.Values{"host": {s.dir}, "port": {port}}.Encode()}
	return u.String()
}

func (s *server) admin(ctx context.Context, q string) error {
	c, err := pgx.Connect(ctx, s.url(superuser, "postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, q)
	return err
}

// findBinaries gives the directory of PostgreSQL's programs: that of the newest version where Debian puts them, else of
// what the path finds.
func findBinaries(pattern string) (string, error) {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	for _, d := range dirs {
		if has(d, "initdb") && has(d, "pg_ctl") && has(d, "postgres") {
			return d, nil
		}
	}
	return "", errors.New("the tests on PostgreSQL need its server programs (initdb, pg_ctl, postgres); install the package postgresql")
}

func version(dir string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	if err != nil {
		return 0
	}
	return n
}

func has(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// serverAccount gives who runs the server.
func serverAccount() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errors.New("run as root, the tests need the account postgres to run the server; install the package postgresql")
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
