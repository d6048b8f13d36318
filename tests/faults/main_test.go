package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hearth/internal/base/channel/smtptest"
)

// The test's own program plays other parts when it is told so: that of a mail server which outlives the programs that
// are killed, or that of the door into a cage.
const (
	roleKey   = "FAULTS_ROLE"
	socketKey = "FAULTS_SOCKET"
)

// executable is the program under test, built once.
var executable string

// asks is what the environment asks of these tests. It is taken out of it, because Hearth refuses variables of its name
// that are no settings.
var asks struct {
	soak bool   // HEARTH_TEST_SOAK: the long form
	seed string // HEARTH_TEST_SEED: repeats the choices of a run that failed
}

func TestMain(m *testing.M) {
	switch os.Getenv(roleKey) {
	case "":
		os.Exit(run(m))
	case "mail":
		exit(serveMail(os.Args[1]))
	case "cage":
		args := os.Args[1:]
		os.Unsetenv(roleKey)
		if args[0] == "scribble" {
			os.Setenv(roleKey, "scribble")
			args = append([]string{os.Args[0]}, args[1:]...)
		}
		exit(enterCage(args))
	case "scribble":
		fmt.Print(scribble(os.Args[1]))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run builds the program and runs the tests. HEARTH_TEST_PROGRAM names one to be tested instead, such as a release.
func run(m *testing.M) int {
	asks.soak, asks.seed, executable = os.Getenv("HEARTH_TEST_SOAK") != "", os.Getenv("HEARTH_TEST_SEED"), os.Getenv("HEARTH_TEST_PROGRAM")
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "HEARTH_") {
			os.Unsetenv(name)
		}
	}
	if executable != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "hearth-faults")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	executable = filepath.Join(dir, "hearth")
	if out, err := exec.Command("go", "build", "-o", executable, "hearth/cmd/hearth").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build hearth: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// serveMail takes mail until it is asked to end.
func serveMail(record string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return smtptest.Serve(ctx, "127.0.0.1:0", record, func(addr string) { fmt.Println(addr) })
}

// inCage runs one of this program's parts in a cage and gives what it prints.
func inCage(c *cage, args ...string) (string, error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), c.env()...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
