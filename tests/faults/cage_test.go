package faults

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A cage is a program whose writes and syncs of files can be made to fail, by the kernel and without any right that a
// test does not have: before the program starts, its process is given a system call filter that asks this process
// about every such call (seccomp, Linux 5.5). The program itself knows nothing of it.
type cage struct {
	socket string

	mu    sync.Mutex
	judge func(call, file string) syscall.Errno // 0 lets the call pass
	asked int
}

// The system calls that are asked about. Programs of Go write to sockets and logs by write, to databases by pwrite64.
var asked = map[int32]string{syscall.SYS_PWRITE64: "write", syscall.SYS_FSYNC: "sync", syscall.SYS_FDATASYNC: "sync"}

// newCage listens for one program, which is to be started with command's arguments.
func newCage(t *testing.T) *cage {
	t.Helper()
	c := &cage{socket: filepath.Join(t.TempDir(), "s")}
	l, err := net.Listen("unix", c.socket)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var each sync.WaitGroup
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			each.Go(func() {
				if err := c.watch(conn.(*net.UnixConn)); err != nil {
					t.Errorf("watch the caged program: %v", err)
				}
			})
		}
		each.Wait()
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return c
}

// env makes this test's program put what it starts into the cage.
func (c *cage) env() []string { return []string{roleKey + "=cage", socketKey + "=" + c.socket} }

// fail makes the n-th call of a kind from now on, on a file whose name ends as told, fail, and all after it until heal.
func (c *cage) fail(call, suffix string, n int, with syscall.Errno) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = 0
	c.judge = func(what, file string) syscall.Errno {
		if what != call || !strings.HasSuffix(file, suffix) {
			return 0
		}
		if c.asked++; c.asked < n {
			return 0
		}
		return with
	}
}

// failOnce is fail for that one call alone.
func (c *cage) failOnce(call, suffix string, n int, with syscall.Errno) {
	c.fail(call, suffix, n, with)
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.judge
	c.judge = func(what, file string) syscall.Errno {
		e := all(what, file)
		if c.asked > n {
			return 0
		}
		return e
	}
}

// struck tells whether the armed call has come.
func (c *cage) struck(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked >= n
}

// heal lets everything pass.
func (c *cage) heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judge = nil
}

func (c *cage) verdict(call, file string) syscall.Errno {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.judge == nil {
		return 0
	}
	return c.judge(call, file)
}

// notice is the kernel's question, and reply the answer (struct seccomp_notif and seccomp_notif_resp).
type notice struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

type reply struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

const (
	ioctlReceive = 0xc0502100
	ioctlSend    = 0xc0182101
	replyPass    = 1 // let the kernel carry the call out
)

// watch answers the questions about one program until it has ended.
func (c *cage) watch(conn *net.UnixConn) error {
	defer conn.Close()
	oob := make([]byte, syscall.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), oob)
	if err != nil {
		return err
	}
	msgs, err := syscall.ParseSocketControlMessage(oob[:n])
	if err != nil || len(msgs) != 1 {
		return fmt.Errorf("no file came along: %w", err)
	}
	fds, err := syscall.ParseUnixRights(&msgs[0])
	if err != nil {
		return err
	}
	defer syscall.Close(fds[0])
	for {
		alive, err := waitFor(fds[0])
		if err != nil || !alive {
			return err
		}
		var q notice
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fds[0]), ioctlReceive, uintptr(unsafe.Pointer(&q))); e != 0 {
			if e == syscall.EINTR || e == syscall.ENOENT {
				continue // the thread was interrupted and asks again, or is gone
			}
			return fmt.Errorf("receive: %w", e)
		}
		a := reply{id: q.id, flags: replyPass}
		file, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", q.pid, q.args[0])) // gone already: nobody's file
		if e := c.verdict(asked[q.nr], file); e != 0 {
			a.err, a.flags = -int32(e), 0
		}
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fds[0]), ioctlSend, uintptr(unsafe.Pointer(&a))); e != 0 && e != syscall.ENOENT && e != syscall.EINTR {
			return fmt.Errorf("answer: %w", e)
		}
	}
}

// waitFor blocks until there is a question (true) or nobody is left to ask one.
func waitFor(fd int) (bool, error) {
	type pollfd struct {
		fd      int32
		events  int16
		revents int16
	}
	const in, hup, bad = 0x1, 0x10, 0x8
	for {
		p := pollfd{fd: int32(fd), events: in}
		timeout := syscall.NsecToTimespec(int64(time.Second))
		_, _, e := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&timeout)), 0, 0, 0)
		switch {
		case e != 0 && e != syscall.EINTR:
			return false, e
		case p.revents&in != 0:
			return true, nil
		case p.revents&(hup|bad) != 0:
			return false, nil
		}
	}
}

// enterCage gives this process the filter, hands the kernel's questions to the test, and becomes the program.
func enterCage(args []string) error {
	runtime.LockOSThread() // a filter belongs to its thread, and the thread that calls exec lives on
	conn, err := net.Dial("unix", os.Getenv(socketKey))
	if err != nil {
		return err
	}
	const noNewPrivs = 38
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, noNewPrivs, 1, 0, 0, 0, 0); e != 0 {
		return fmt.Errorf("give up new rights: %w", e)
	}
	fd, err := install()
	if err != nil {
		return err
	}
	if _, _, err := conn.(*net.UnixConn).WriteMsgUnix([]byte{0}, syscall.UnixRights(fd), nil); err != nil {
		return err
	}
	syscall.Close(fd)
	return syscall.Exec(args[0], args, os.Environ())
}

// install sets the filter and gives the file on which the kernel asks.
func install() (int, error) {
	type instruction struct {
		code uint16
		_    uint8 // how far to go where the comparison holds: to the next
		jf   uint8 // and where it does not
		k    uint32
	}
	const (
		load, equal, ret = 0x20, 0x15, 0x06
		allow, notify    = 0x7fff0000, 0x7fc00000
		setModeFilter    = 1
		newListener      = 1 << 3
		waitKillable     = 1 << 5 // an interrupted thread keeps waiting instead of asking again; Linux 5.19
	)
	prog := []instruction{{code: load, k: 0}} // the number of the system call
	for nr := range asked {
		prog = append(prog, instruction{code: equal, jf: 1, k: uint32(nr)}, instruction{code: ret, k: notify})
	}
	prog = append(prog, instruction{code: ret, k: allow})
	head := struct {
		n    uint16
		prog *instruction
	}{uint16(len(prog)), &prog[0]}
	nr := map[string]uintptr{"amd64": 317, "arm64": 277}[runtime.GOARCH]
	var e syscall.Errno
	for _, flags := range []uintptr{newListener | waitKillable, newListener} {
		var fd uintptr
		if fd, _, e = syscall.RawSyscall(nr, setModeFilter, flags, uintptr(unsafe.Pointer(&head))); e == 0 {
			return int(fd), nil
		}
	}
	return -1, fmt.Errorf("the kernel takes no filter that asks (Linux 5.5 has it): %w", e)
}

func TestTheCageFailsWhatItIsTold(t *testing.T) {
	c := newCage(t)
	file := filepath.Join(t.TempDir(), "book")
	c.failOnce("write", "book", 2, syscall.ENOSPC)
	out, err := inCage(c, "scribble", file)
	if err != nil || out != "none, no space left on device, none, none" {
		t.Errorf("two writes, another and a sync: %q, %v", out, err)
	}
	c.fail("sync", "book", 1, syscall.EIO)
	out, err = inCage(c, "scribble", file)
	if err != nil || out != "none, none, none, input/output error" {
		t.Errorf("with failing syncs: %q, %v", out, err)
	}
}

// scribble writes three times, syncs, and says what went wrong each time.
func scribble(path string) string {
	f, err := os.Create(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	var said []string
	say := func(err error) {
		var e syscall.Errno
		if errors.As(err, &e) {
			said = append(said, e.Error())
			return
		}
		said = append(said, "none")
	}
	for i := range 3 {
		_, err := f.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(i)), int64(8*i))
		say(err)
	}
	say(f.Sync())
	return strings.Join(said, ", ")
}
