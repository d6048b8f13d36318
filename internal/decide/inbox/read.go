package inbox

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/db"
)

// Bounds on one run: letters, and their bytes together.
const (
	maxLetters = 64
	maxBytes   = 24 << 20
)

// opened is a letter that was read.
type opened struct {
	letterbox.Letter
	mail *inbound.Mail
	what bounce.Verdict
}

// ReadOnce reads the next letters and does what follows from them, all in one transaction; if that fails, each by itself, so
// that one bad mail holds up none. It tells whether more are waiting.
func (b *Inbox) ReadOnce(ctx context.Context) (more bool, err error) {
	letters, more, err := b.open(ctx)
	if err != nil || len(letters) == 0 {
		return false, err
	}
	err = b.DB.WriteAside(ctx, func(tx *db.Tx) error { return b.actOnAll(ctx, tx, letters) })
	if err == nil || hearth.Outage(err) {
		return more && err == nil, err
	}
	for i := range letters {
		one := letters[i : i+1]
		err := b.DB.WriteAside(ctx, func(tx *db.Tx) error { return b.actOnAll(ctx, tx, one) })
		if err == nil {
			continue
		}
		if hearth.Outage(err) {
			return false, err
		}
		b.Logger.Error("a mail that came in could not be acted on", "mail", one[0].ID, "error", err)
		why := "It could not be acted on: " + hearth.MessageOf(err)
		if err := b.DB.Write(ctx, func(tx *db.Tx) error { return b.Letters.Tried(ctx, tx, one[0].ID, why) }); err != nil {
			return false, err
		}
	}
	return more, nil
}

// open reads letters and what they are, outside of any transaction that writes.
func (b *Inbox) open(ctx context.Context) (out []opened, more bool, err error) {
	var letters []letterbox.Letter
	var raws [][]byte
	err = b.DB.Read(ctx, func(tx *db.Tx) error {
		letters, raws, more = nil, nil, false
		waiting, err := b.Letters.Waiting(ctx, tx, maxLetters+1)
		if err != nil {
			return err
		}
		bytes := int64(0)
		for _, l := range waiting {
			if bytes += l.Size; len(letters) == maxLetters || len(letters) > 0 && bytes > maxBytes {
				more = true
				return nil
			}
			raw, err := b.Letters.Raw(ctx, tx, l.ID)
			if err != nil {
				return err
			}
			letters, raws = append(letters, l), append(raws, raw)
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("open what came in: %w", err)
	}
	// Read outside of the transaction: a mail that takes long holds up nothing, and one that cannot be read only itself.
	for i, l := range letters {
		o, err := b.look(l, raws[i])
		if err == nil {
			out = append(out, o)
			continue
		}
		b.Logger.Error("a mail that came in could not be read", "mail", l.ID, "error", err)
		if err := b.DB.Write(ctx, func(tx *db.Tx) error { return b.Letters.Tried(ctx, tx, l.ID, "It could not be read.") }); err != nil {
			return nil, false, err
		}
	}
	return out, more, nil
}

// look reads one letter and says what it is. A fault of the reader is an error of this letter alone: who sent it chose its
// bytes.
func (b *Inbox) look(l letterbox.Letter, raw []byte) (o opened, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read mail %s: %v", l.ID, p)
		}
	}()
	m := inbound.Parse(raw)
	return opened{Letter: l, mail: m, what: b.kinds.Classify(m, l.Sender)}, nil
}

func (b *Inbox) actOnAll(ctx context.Context, tx *db.Tx, letters []opened) error {
	for _, l := range letters {
		ours, err := b.Letters.Take(ctx, tx, l.ID, letterbox.Waiting, letterbox.Done)
		if err != nil {
			return err
		}
		if !ours {
			continue // another node did it
		}
		if err := b.actOn(ctx, tx, l); err != nil {
			return fmt.Errorf("act on mail %s: %w", l.ID, err)
		}
	}
	return nil
}
