package channel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// TextSink writes each text message as a file instead of sending it: DIR/2026-11-21/msg_abc.sms. The same message gives
// the same file, so a retry does not double it.
type TextSink struct {
	from string
	sink *Sink
}

// NewTextSink makes a sink over the directory, which it creates for the owner alone. from is the number that real
// messages would come from.
func NewTextSink(dir, from string) (*TextSink, error) {
	s, err := NewSink(dir)
	if err != nil {
		return nil, err
	}
	return &TextSink{from: from, sink: s}, nil
}

// SendText implements TextSender. The file appears whole or not at all.
func (s *TextSink) SendText(ctx context.Context, t *Text, before func() error) Result {
	if err := checkText(t); err != nil {
		return Result{Outcome: Permanent, Stage: StageBuild, Err: err}
	}
	day, err := s.sink.day(t.Date.UTC().Format("2006-01-02"))
	if err != nil {
		return Result{Outcome: Temporary, Stage: StageConnect, Down: true, Err: err}
	}
	name := filepath.Join(day, fileName(t.ID)+".sms")
	tmp := filepath.Join(day, "."+fileName(t.ID)+".part")
	n := CountSegments(t.Body)
	text := fmt.Sprintf("From: %s\nTo: %s\nDate: %s\nSegments: %d\n\n%s\n", s.from, t.To, t.Date.UTC().Format(time.RFC3339), n.Count, t.Body)
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		return Result{Outcome: Temporary, Stage: StageData, Down: true, Err: errors.Join(err, removeIfThere(tmp))}
	}
	if err = ctx.Err(); err == nil {
		err = before()
	}
	if err != nil {
		return Result{Outcome: Temporary, Stage: StageData, Err: errors.Join(err, removeIfThere(tmp))}
	}
	if err := os.Rename(tmp, name); err != nil {
		return Result{Outcome: Temporary, Stage: StageReply, Down: true, Err: err}
	}
	return Result{Outcome: Sent, Stage: StageReply, Code: 201, Text: "Written to a file; nothing was sent.", Ref: t.ID, Units: n.Count}
}

// FindText implements TextSender: a message whose file is there was written.
func (s *TextSink) FindText(_ context.Context, t *Text, _ time.Time, _ func(string) (bool, error)) (Found, error) {
	text, err := os.ReadFile(filepath.Join(s.sink.dir, t.Date.UTC().Format("2006-01-02"), fileName(t.ID)+".sms"))
	if errors.Is(err, os.ErrNotExist) {
		return Found{}, nil
	}
	if err != nil {
		return Found{}, fmt.Errorf("look into the sink: %w", err)
	}
	return Found{There: strings.Contains(string(text), "\nTo: "+t.To+"\n"), Ref: t.ID, Fate: TextFate{Sent: true}}, nil
}

// Close implements TextSender; a sink holds nothing open.
func (s *TextSink) Close() error { return nil }
