package smtptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const letter = "Message-ID: <a@b.example>\r\nSubject: x\r\n\r\nbody\r\n"

func send(addr string) error {
	return smtp.SendMail(addr, nil, "office@oak.example", []string{"ana@home.example"}, []byte(letter))
}

// opened gives how many connections are open.
func (s *Server) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

func TestTakesAndRecords(t *testing.T) {
	var record bytes.Buffer
	s, err := Start(Options{Record: &record})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := send(s.Addr); err != nil {
			t.Fatal(err)
		}
		for s.opened() > 0 { // the sender is gone before the server sees its end
			time.Sleep(time.Millisecond)
		}
	}
	if err := s.Wait(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := Mail{From: "office@oak.example", To: "ana@home.example", ID: "a@b.example", Data: letter}
	if got := s.Mails(); len(got) != 2 || got[1] != want {
		t.Errorf("mails are %+v, want two of %+v", got, want)
	}
	var line Mail
	if err := json.NewDecoder(&record).Decode(&line); err != nil || line != want {
		t.Errorf("the record is %+v, %v", line, err)
	}
	if total, peak := s.Conns(); total != 2 || peak != 1 {
		t.Errorf("%d connections, %d at once; want 2, 1", total, peak)
	}
}

func TestFaultsRunOut(t *testing.T) {
	s, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Fail(Fault{At: "to", Code: 450, Text: "4.2.0 later", Times: 2, To: "ana@"})
	s.Fail(Fault{At: "to", Code: 550, Text: "5.1.1 gone", To: "nobody@"})
	for i, want := range []string{"450", "450", ""} {
		err := send(s.Addr)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("try %d: %v, want %q", i, err, want)
		}
	}
	s.Fail(Fault{At: "data", Drop: true, Keep: true})
	if err := send(s.Addr); err == nil || s.Count() != 2 {
		t.Errorf("dropped and kept: %v with %d mails, want an error and 2", err, s.Count())
	}
	s.Heal()
	if err := send(s.Addr); err != nil || s.Count() != 3 {
		t.Errorf("healed: %v with %d mails, want 3", err, s.Count())
	}
}

func TestServeInAProcessOfItsOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "record")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- Serve(ctx, "127.0.0.1:0", file, func(addr string) { ready <- addr }) }()
	if err := send(<-ready); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := 0
	for sc := bufio.NewScanner(f); sc.Scan(); lines++ {
		var m Mail
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil || m.ID != "a@b.example" || m.Data != "" {
			t.Errorf("line %d is %s: %v", lines, sc.Text(), err)
		}
	}
	if lines != 1 {
		t.Errorf("%d lines in the record, want 1", lines)
	}
}

func TestWaitTellsHowManyCame(t *testing.T) {
	s, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Wait(ctx, 1); err == nil || !strings.Contains(fmt.Sprint(err), "0 of 1") {
		t.Errorf("wait in vain: %v", err)
	}
}
