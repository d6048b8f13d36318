package load

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has taken of the machine so far.
type Usage struct {
	Memory int64         // bytes resident now
	Peak   int64         // bytes resident at most
	CPU    time.Duration // user and system
}

// UsageOf reads the use of a process from /proc, so it works on Linux only.
func UsageOf(pid int) (Usage, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("read memory of process %d: %w", pid, err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("read processor time of process %d: %w", pid, err)
	}
	return parseUsage(string(status), string(stat))
}

// frozen tells whether every thread of a process is stopped. The kernel stops them one after the other.
func frozen(pid int) (bool, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return false, fmt.Errorf("read threads of process %d: %w", pid, err)
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if errors.Is(err, os.ErrNotExist) {
			continue // the thread ended meanwhile
		}
		if err != nil {
			return false, fmt.Errorf("read thread of process %d: %w", pid, err)
		}
		if !bytes.Contains(stat, []byte(") T ")) {
			return false, nil
		}
	}
	return len(threads) > 0, nil
}

// clockTicks is how many ticks a second /proc counts processor time in; Linux fixes it for programs.
const clockTicks = 100

func parseUsage(status, stat string) (Usage, error) {
	var u Usage
	for _, line := range strings.Split(status, "\n") {
		f := strings.Fields(line)
		if len(f) != 3 || f[2] != "kB" {
			continue
		}
		kb, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return u, fmt.Errorf("read memory: %w", err)
		}
		switch f[0] {
		case "VmRSS:":
			u.Memory = kb << 10
		case "VmHWM:":
			u.Peak = kb << 10
		}
	}
	// The name in parentheses may hold anything; what follows it is numbers, the 12th and 13th the two times.
	_, rest, ok := strings.Cut(stat[max(strings.LastIndexByte(stat, ')'), 0):], ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return u, errors.New("read processor time: the line is too short")
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return u, fmt.Errorf("read processor time: %w", err)
	}
	u.CPU = time.Duration(user+system) * time.Second / clockTicks
	return u, nil
}

// Mails is how often each mail was taken by a mail server, by Message-ID.
type Mails map[string]int

// ReadMails counts the record that a mail server of the tests (smtptest.Serve) wrote: a JSON line with an "id" for
// each mail. A last line that is cut off is left out: the server was killed in it, before it answered.
func ReadMails(r io.Reader) (Mails, error) {
	mails := Mails{}
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return mails, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the record of mail: %w", err)
		}
		var m struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("line %d of the record of mail: %w", n, err)
		}
		mails[m.ID]++
	}
}

// Doubled gives the ids that arrived more than once, in order.
func (m Mails) Doubled() []string {
	var ids []string
	for id, n := range m {
		if n > 1 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
