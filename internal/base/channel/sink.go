package channel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Sink writes each mail as a file instead of sending it: DIR/2026-11-21/msg_abc@oak.example.eml. It is where mail goes
// until somebody switches real sending on. The same message id gives the same file, so a retry does not double it.
type Sink struct {
	dir string

	mu   sync.Mutex
	days map[string]bool // the day folders that exist
}

// NewSink makes a sink over the directory, which it creates for the owner alone.
func NewSink(dir string) (*Sink, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the mail sink: %w", err)
	}
	return &Sink{dir: dir, days: map[string]bool{}}, nil
}

// Send implements Sender. The file appears whole or not at all.
func (s *Sink) Send(ctx context.Context, mail *Email, beforeDot func() error) Result {
	m, err := mail.Compose()
	if err != nil {
		return Result{Outcome: Permanent, Stage: StageBuild, Err: err}
	}
	day, err := s.day(mail.Date.UTC().Format("2006-01-02"))
	if err != nil {
		return Result{Outcome: Temporary, Stage: StageConnect, Down: true, Err: err}
	}
	name := fileName(mail.MessageID)
	tmp := filepath.Join(day, "."+name+".part")
	if err := writeMail(tmp, m); err != nil {
		return Result{Outcome: Temporary, Stage: StageData, Down: true, Err: errors.Join(err, removeIfThere(tmp))}
	}
	if err = ctx.Err(); err == nil {
		err = beforeDot()
	}
	if err != nil {
		return Result{Outcome: Temporary, Stage: StageData, Err: errors.Join(err, removeIfThere(tmp))}
	}
	if err := os.Rename(tmp, filepath.Join(day, name+".eml")); err != nil {
		return Result{Outcome: Temporary, Stage: StageReply, Down: true, Err: err}
	}
	return Result{Outcome: Sent, Stage: StageReply, Code: 250, Text: "Written to a file; nothing was sent."}
}

// Close implements Sender; a sink holds nothing open.
func (s *Sink) Close() error { return nil }

func (s *Sink) day(name string) (string, error) {
	dir := filepath.Join(s.dir, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.days[name] {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	s.days[name] = true
	return dir, nil
}

// writeMail puts the envelope on top, as the one thing that the mail itself does not say.
func writeMail(path string, m *Composed) error {
	head := "X-Envelope-From: " + m.From + "\r\nX-Envelope-To: " + m.To + "\r\n"
	return os.WriteFile(path, append([]byte(head), m.Data...), 0o600)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// fileName makes a message id fit for a file name; Compose has checked that it holds no separator but a slash.
func fileName(id string) string { return strings.ReplaceAll(id, "/", "_") }
