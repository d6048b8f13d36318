package db

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"hearth"
)

// health says whether writes may be taken. Many read it; the writer sets it, and whoever folds the log when the disk breaks.
type health struct {
	state atomic.Pointer[ailment]
}

// ailment is why writes are refused.
type ailment struct {
	err     *hearth.Error
	forGood bool // until a restart
}

// probeEvery is how often a full disk is tried again.
const probeEvery = 500 * time.Millisecond

// probeBytes is what must fit on the disk before writes are taken again, so that the first of them does not fill it anew.
const probeBytes = 1 << 20

func (h *health) failed() error {
	if a := h.state.Load(); a != nil {
		return a.err
	}
	return nil
}

// note judges an error of a statement or commit and tells whether it makes the store refuse writes.
func (h *health) note(err error) bool {
	a := diagnose(err)
	if a == nil {
		return false
	}
	h.set(a)
	return true
}

// noteBroken is note for what failed beside the writes: only a broken disk counts there. A full one shows at the next commit, and
// until then nothing is lost.
func (h *health) noteBroken(err error) bool {
	a := diagnose(err)
	if a == nil || !a.forGood {
		return false
	}
	h.set(a)
	return true
}

// set keeps an ailment; one that is for good stays.
func (h *health) set(a *ailment) {
	for {
		old := h.state.Load()
		if old != nil && old.forGood || h.state.CompareAndSwap(old, a) {
			return
		}
	}
}

// recovered takes writes again, unless the ailment is for good.
func (h *health) recovered() {
	if a := h.state.Load(); a != nil && !a.forGood {
		h.state.CompareAndSwap(a, nil)
	}
}

// curable tells whether trying again makes sense.
func (h *health) curable() bool {
	a := h.state.Load()
	return a != nil && !a.forGood
}

// diagnose tells a full disk from a broken one. After a failed sync nobody knows what the disk holds: trying the commit
// again could succeed without the data ever having been written, so only a restart, which reads the log again, helps.
func diagnose(err error) *ailment {
	code := sqliteCode(err)
	switch {
	case code == codeFull, code == codeSHMSize, errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &ailment{err: sentence(hearth.CodeUnavailable, err,
			"The disk is full, so nothing can be saved. Free some space; Hearth goes on by itself.")}
	case code&0xff == codeIOErr, code&0xff == codeCorrupt, code == codeNotADB:
		return &ailment{forGood: true, err: sentence(hearth.CodeUnavailable, err,
			"The disk failed while saving, so nothing more is taken. Check the disk, then restart Hearth.")}
	}
	return nil
}

// sentence is an error with a sentence for people that does not show its cause.
func sentence(code hearth.Code, cause error, message string) *hearth.Error {
	return &hearth.Error{Code: code, Message: message, Err: cause}
}

// room tries whether the disk beside the database takes probeBytes.
func room(dir string) error {
	name := filepath.Join(dir, "probe.tmp")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeBytes))
	if serr := f.Sync(); err == nil {
		err = serr
	}
	return errors.Join(err, f.Close(), os.Remove(name))
}
