package channel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hearth"
)

// Journal is a small file that says which mails are at the point of no return, one slot for each worker. A worker
// fills its slot just before the final dot and clears it after the result is safely recorded elsewhere. Further slots
// hold mails that the server took and whose result is still on its way into the store (Mark.Sent), so that a worker need
// not wait for that. The slots are written without a sync: they survive the death of the program, and not that of the
// machine, which the journal recognises at the next start (Incomplete).
type Journal struct {
	file       *os.File
	slots      int
	incomplete bool
	boot       string
}

// Mark names one mail in a slot: its id and the number of the claim that it was sent under.
type Mark struct {
	ID    string // at most 40 bytes
	Claim int64
	Sent  bool // the server took it: not in doubt, and only to be recorded
}

// Layout: a head of one slot's size (magic, boot id), then the slots. A slot is state, length of the id, the id, the
// claim and a checksum over all before it, in one write that does not cross a page.
const (
	slotSize     = 64
	maxMarkID    = 40
	slotClaim    = 2 + maxMarkID
	slotSum      = slotClaim + 8
	journalMagic = "HEARTHJ1"
	slotFilled   = 1
	slotSent     = 2
)

// OpenJournal opens or makes the journal with the number of slots and gives the marks that an earlier life left in it.
// They stay until Reset, so that a crash while they are being dealt with loses none. A slot that cannot be read is an
// error with CodeUnavailable: it could hide a mail that must not be sent twice. CodeConflict: another process has it.
func OpenJournal(path string, slots int) (*Journal, []Mark, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the send journal: %w", err)
	}
	if err := lockJournal(f); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	j := &Journal{file: f, slots: slots, boot: bootID()}
	marks, err := j.read()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read the send journal: %w", err), f.Close())
	}
	return j, marks, nil
}

// Incomplete tells that marks may be missing, because the machine itself stopped since the journal was last reset (or
// may have), or because the journal is new: then every mail that was claimed and has no result is in doubt.
func (j *Journal) Incomplete() bool { return j.incomplete }

// Reset empties all slots, after what they held was recorded. This write is synced, once per start.
func (j *Journal) Reset() error {
	buf := make([]byte, slotSize*(1+j.slots))
	copy(buf, journalMagic)
	copy(buf[len(journalMagic):slotSize], j.boot)
	if err := j.file.Truncate(int64(len(buf))); err != nil {
		return fmt.Errorf("reset the send journal: %w", err)
	}
	if _, err := j.file.WriteAt(buf, 0); err != nil {
		return fmt.Errorf("reset the send journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("reset the send journal: %w", err)
	}
	return syncDir(filepath.Dir(j.file.Name()))
}

// Set fills a slot; with m.Sent it says that the server took the mail. Only one goroutine uses a slot at a time.
func (j *Journal) Set(slot int, m Mark) error {
	if slot < 0 || slot >= j.slots || len(m.ID) == 0 || len(m.ID) > maxMarkID {
		return fmt.Errorf("mark %q in slot %d of %d of the send journal: out of range", m.ID, slot, j.slots)
	}
	var buf [slotSize]byte
	buf[0], buf[1] = slotFilled, byte(len(m.ID))
	if m.Sent {
		buf[0] = slotSent
	}
	copy(buf[2:], m.ID)
	binary.LittleEndian.PutUint64(buf[slotClaim:], uint64(m.Claim))
	binary.LittleEndian.PutUint32(buf[slotSum:], crc32.ChecksumIEEE(buf[:slotSum]))
	if _, err := j.file.WriteAt(buf[:], slotAt(slot)); err != nil {
		return fmt.Errorf("mark in the send journal: %w", err)
	}
	return nil
}

// Slots gives the number of slots.
func (j *Journal) Slots() int { return j.slots }

// Clear empties a slot.
func (j *Journal) Clear(slot int) error {
	var buf [slotSize]byte
	if _, err := j.file.WriteAt(buf[:], slotAt(slot)); err != nil {
		return fmt.Errorf("clear the send journal: %w", err)
	}
	return nil
}

// Close closes the file; filled slots stay.
func (j *Journal) Close() error { return j.file.Close() }

func slotAt(slot int) int64 { return int64(slotSize * (1 + slot)) }

func (j *Journal) read() ([]Mark, error) {
	data, err := io.ReadAll(io.LimitReader(j.file, 1<<20))
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		j.incomplete = true
		return nil, j.Reset()
	}
	if len(data) < slotSize || string(data[:len(journalMagic)]) != journalMagic {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "%s is not a send journal; move it away if it does not belong here.", j.file.Name())
	}
	was := strings.TrimRight(string(data[len(journalMagic):slotSize]), "\x00")
	j.incomplete = was == "" || was != j.boot
	var marks []Mark
	for at := slotSize; at+slotSize <= len(data); at += slotSize {
		m, filled, err := readSlot(data[at : at+slotSize])
		if err != nil && !j.incomplete {
			return nil, err
		}
		if filled && err == nil {
			marks = append(marks, m)
		}
	}
	return marks, nil
}

func readSlot(b []byte) (m Mark, filled bool, err error) {
	if b[0] == 0 {
		return Mark{}, false, nil
	}
	n := int(b[1])
	if b[0] > slotSent || n == 0 || n > maxMarkID ||
		binary.LittleEndian.Uint32(b[slotSum:]) != crc32.ChecksumIEEE(b[:slotSum]) {
		return Mark{}, true, hearth.Errorf(hearth.CodeUnavailable, "The send journal is damaged; restore it, or delete it to treat every claimed mail as in doubt.")
	}
	return Mark{ID: string(b[2 : 2+n]), Claim: int64(binary.LittleEndian.Uint64(b[slotClaim:])), Sent: b[0] == slotSent}, true, nil
}

// bootID names this run of the machine, "" where the system does not tell.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
