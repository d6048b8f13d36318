package channel

import (
	"strings"
	"testing"

	"hearth"
)

func TestParseServer(t *testing.T) {
	cases := []struct {
		in   string
		want Server
	}{
		{"smtp://mail.example.com", Server{"mail.example.com", 587, "", TLSStart}},
		{"smtp://office@mail.example.com:25", Server{"mail.example.com", 25, "office", TLSStart}},
		{"smtp://office%40oak.example@mail.example.com:25", Server{"mail.example.com", 25, "office@oak.example", TLSStart}},
		{"smtp://mail.example.com?tls=none", Server{"mail.example.com", 587, "", TLSNone}},
		{"smtps://mail.example.com", Server{"mail.example.com", 465, "", TLSImplicit}},
		{"smtp://127.0.0.1:2525", Server{"127.0.0.1", 2525, "", TLSNone}},
		{"smtp://[::1]:2525", Server{"::1", 2525, "", TLSNone}},
		{"smtp://localhost:2525?tls=starttls", Server{"localhost", 2525, "", TLSStart}},
	}
	for _, c := range cases {
		got, err := ParseServer(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseServer(%q) = %+v, %v; want %+v", c.in, got, err, c.want)
		}
	}
}

func TestParseServerRefuses(t *testing.T) {
	cases := []struct{ in, says string }{
		{"mail.example.com:25", "smtp://"},
		{"http://mail.example.com", "smtp://"},
		{"smtp://office:secret@mail.example.com", "password"},
		{"smtp://mail.example.com:0", "port"},
		{"smtp://mail.example.com:99999", "port"},
		{"smtp://mail.example.com/path", "path"},
		{"smtp://mail.example.com?tls=maybe", "tls=maybe"},
		{"smtp://mail.example.com?insecure=1", "insecure"},
		{"smtps://mail.example.com?tls=none", "always TLS"},
	}
	for _, c := range cases {
		_, err := ParseServer(c.in)
		if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), c.says) {
			t.Errorf("ParseServer(%q) = %v, want a sentence with %q", c.in, err, c.says)
		}
		if strings.Contains(hearth.MessageOf(err), "secret") {
			t.Errorf("ParseServer(%q) repeats the password", c.in)
		}
	}
}

func TestPasswordNeedsProtection(t *testing.T) {
	cases := []struct {
		url string
		ok  bool
	}{
		{"smtp://u@mail.example.com?tls=none", false},
		{"smtp://mail.example.com", false}, // a password without a user
		{"smtp://u@mail.example.com", true},
		{"smtps://u@mail.example.com", true},
		{"smtp://u@127.0.0.1:25", true},
	}
	for _, c := range cases {
		srv, err := ParseServer(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = NewSMTP(Config{Server: srv, Password: "x"}); (err == nil) != c.ok {
			t.Errorf("NewSMTP with a password for %s: %v, want ok %v", c.url, err, c.ok)
		}
	}
}
