package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Program is a program that serves HTTP.
type Program struct {
	Path string
	// Args with "{addr}" replaced by host:port of a free loopback port, new at each start.
	Args []string
	Env  []string // added to the environment of this process
	// Ready is the path that answers 200 when the program is ready; "" means "/readyz".
	Ready string
	// Output gets what the program writes, beside the last lines that errors quote; nil: nobody reads along.
	Output io.Writer
}

// Process is a program that was started. Its methods are safe for concurrent use; it does not restart by itself.
type Process struct {
	program Program

	mu    sync.Mutex
	cmd   *exec.Cmd
	url   string
	ended chan struct{} // closed when cmd has ended
	tail  *tail
	took  time.Duration
}

// Start starts a program on a free port and waits until it is ready. A program that ends before that, or ctx ending,
// is an error that quotes the last that the program wrote; then nothing is left running.
func Start(ctx context.Context, p Program) (*Process, error) {
	if p.Ready == "" {
		p.Ready = "/readyz"
	}
	proc := &Process{program: p}
	if err := proc.start(ctx); err != nil {
		return nil, err
	}
	return proc, nil
}

// Restart starts the program again, on another port, after it was killed or stopped.
func (p *Process) Restart(ctx context.Context) error {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	select {
	case <-ended:
	default:
		return errors.New("restart: the program still runs")
	}
	return p.start(ctx)
}

func (p *Process) start(ctx context.Context) error {
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	args := make([]string, len(p.program.Args))
	for i, a := range p.program.Args {
		args[i] = strings.ReplaceAll(a, "{addr}", addr)
	}
	// The program outlives ctx, which only limits the start.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.program.Path, args...)
	cmd.Env = append(os.Environ(), p.program.Env...)
	lines := &tail{also: p.program.Output}
	cmd.Stdout, cmd.Stderr = lines, lines
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.program.Path, err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		close(ended)
	}()
	p.mu.Lock()
	p.cmd, p.url, p.ended, p.tail = cmd, "http://"+addr, ended, lines
	p.mu.Unlock()
	if err := waitReady(ctx, "http://"+addr+p.program.Ready, ended); err != nil {
		_ = p.Kill() // it never became ready; the reason is in err and in what it wrote
		return fmt.Errorf("start %s: %w; it wrote: %s", p.program.Path, err, lines)
	}
	p.mu.Lock()
	p.took = time.Since(began)
	p.mu.Unlock()
	return nil
}

// waitReady asks until the answer is 200, the program ends, or ctx does.
func waitReady(ctx context.Context, url string, ended <-chan struct{}) error {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ended:
			return errors.New("it ended before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("it is not ready: %w", ctx.Err())
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// freeAddr gives a loopback address that nobody listens on just now.
func freeAddr(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// URL gives the base address of the latest start.
func (p *Process) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

// PID gives the process id of the latest start.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// ReadyAfter gives how long the latest start took until it was ready.
func (p *Process) ReadyAfter() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.took
}

// Written gives the last lines that the program wrote since its latest start.
func (p *Process) Written() string {
	p.mu.Lock()
	lines := p.tail
	p.mu.Unlock()
	return lines.String()
}

// Kill ends the program without a word (SIGKILL) and waits until it is gone. A program that has ended is no error.
func (p *Process) Kill() error {
	ended, err := p.signal(syscall.SIGKILL)
	if err != nil {
		return err
	}
	<-ended
	return nil
}

// Stop asks the program to end (SIGTERM) and waits until it has; when ctx ends first it is killed, which is an error,
// as is an exit code other than 0.
func (p *Process) Stop(ctx context.Context) error {
	ended, err := p.signal(syscall.SIGTERM)
	if err != nil {
		return err
	}
	select {
	case <-ended:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("stop: it did not end: %w", ctx.Err()), p.Kill())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("stop: it ended with code %d; it wrote: %s", code, p.tail)
	}
	return nil
}

// Freeze stops the program where it stands (SIGSTOP), as a hanging machine would, and waits until all of it stands
// still; Thaw lets it go on. It works on Linux only, and fails when the program has ended.
func (p *Process) Freeze() error {
	ended, err := p.signal(syscall.SIGSTOP)
	if err != nil {
		return err
	}
	for pid := p.PID(); ; {
		still, err := frozen(pid)
		if err != nil || still {
			return err
		}
		select {
		case <-ended:
			return errors.New("freeze: the program has ended")
		case <-time.After(time.Millisecond):
		}
	}
}

// Thaw lets a frozen program go on.
func (p *Process) Thaw() error { _, err := p.signal(syscall.SIGCONT); return err }

func (p *Process) signal(s os.Signal) (<-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return nil, fmt.Errorf("send %s: %w", s, err)
	}
	return p.ended, nil
}

// tail keeps the last that was written to it.
type tail struct {
	also io.Writer

	mu   sync.Mutex
	last []byte
}

// tailBytes is how much of a program's output errors quote.
const tailBytes = 4 << 10

// Write implements io.Writer; it never fails, for a program must not die of its reader.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if over := len(t.last) - tailBytes; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	if t.also != nil {
		_, _ = t.also.Write(b)
	}
	return len(b), nil
}

// String gives what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.last))
}
