package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// write puts text into a fresh file and gives its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	l, err := Load(Input{})
	if err != nil {
		t.Fatal(err)
	}
	if l.Listen != "127.0.0.1:8080" || l.Send != "sink" || l.MailConnections != 16 || l.Org != "main" {
		t.Errorf("defaults are %+v", l.Config)
	}
	if got := l.Origin("listen"); got != FromDefault {
		t.Errorf("origin of listen is %q, want %q", got, FromDefault)
	}
	if err := l.Store(); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("no place to keep things: got %v, want an invalid setting", err)
	}
}

// Each layer is stronger than the one before; take them away one by one.
func TestOrderOfStrength(t *testing.T) {
	file := write(t, "listen: 127.0.0.1:1\nmail_connections: 3\n")
	for _, tt := range []struct {
		name   string
		in     Input
		want   string
		origin Origin
	}{
		{"flag", Input{Flags: map[string]string{"listen": "127.0.0.1:3", "config": file},
			Environ: []string{"HEARTH_LISTEN=127.0.0.1:2"}}, "127.0.0.1:3", FromFlag},
		{"environment", Input{Flags: map[string]string{"config": file},
			Environ: []string{"HEARTH_LISTEN=127.0.0.1:2"}}, "127.0.0.1:2", FromEnv},
		{"file by flag", Input{Flags: map[string]string{"config": file}}, "127.0.0.1:1", FromFile},
		{"file by environment", Input{Environ: []string{"HEARTH_CONFIG=" + file}}, "127.0.0.1:1", FromFile},
		{"default", Input{Environ: []string{"PATH=/bin"}}, "127.0.0.1:8080", FromDefault},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Load(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if l.Listen != tt.want || l.Origin("listen") != tt.origin {
				t.Errorf("listen is %q from %q, want %q from %q", l.Listen, l.Origin("listen"), tt.want, tt.origin)
			}
			if got := l.MailConnections; tt.origin == FromFile && got != 3 {
				t.Errorf("mail-connections is %d, want 3", got)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	flags := func(kv ...string) Input {
		in := Input{Flags: map[string]string{}}
		for i := 0; i < len(kv); i += 2 {
			in.Flags[kv[i]] = kv[i+1]
		}
		return in
	}
	file := func(text string) Input { return flags("config", write(t, text)) }
	env := func(pairs ...string) Input { return Input{Environ: pairs} }
	for _, tt := range []struct {
		name string
		in   Input
		want string // a part of the sentence
	}{
		{"unknown key in the file", file("listn: x"), "line 1, listn is no setting of Hearth. Did you mean listen?"},
		{"unknown key, second line", file("org: a\nmetrics_lisen: x"), "line 2, metrics_lisen is no setting of Hearth. Did you mean metrics-listen?"},
		{"far from any key", file("pumpkin-latte-recipe: x"), "docs/configuration.md"},
		{"unknown variable", env("HEARTH_LISTN=x"), "The variable HEARTH_LISTN is no setting of Hearth. Did you mean listen?"},
		{"unknown flag", flags("lisen", "x"), "--lisen is no setting"},
		{"config in the file", file("config: x"), "config is no setting"},
		{"twice in the file", file("org: a\norg: b"), "already"},
		{"twice in two spellings", file("log-level: info\nlog_level: info"), "is there already"},
		{"list as value", file("org: [a]"), "one plain value"},
		{"nothing as value", file("org:"), "one plain value"},
		{"no mapping", file("- org"), "should hold lines"},
		{"not YAML", file("org: 'a"), "is not YAML"},
		{"no such file", flags("config", "/nowhere/at/all"), "cannot be read: no such file"},
		{"password in the file", file("smtp-password: secret"), "HEARTH_SMTP_PASSWORD"},
		{"password on the command line", flags("database-password", "secret"), "HEARTH_DATABASE_PASSWORD"},
		{"password in the mail address", flags("smtp", "smtp://a:secret@b:25"), "HEARTH_SMTP_PASSWORD"},
		{"password twice", Input{Flags: map[string]string{"smtp-password-file": write(t, "x")},
			Environ: []string{"HEARTH_SMTP_PASSWORD=y"}}, "keep one"},
		{"password file missing", flags("smtp-password-file", "/nowhere/at/all"), "cannot be read"},
		{"enumeration", flags("send", "maybe"), `"maybe" is none of sink, real`},
		{"number", flags("mail-connections", "many"), "whole number from 1 to 64"},
		{"number out of bounds", env("HEARTH_MAIL_CONNECTIONS=65"), "whole number from 1 to 64"},
		{"two stores", flags("data", "d", "database", "postgres://a@b/c"), "one place only"},
		{"other database", flags("database", "mysql://a@b/c"), "postgres://"},
		{"listen without port", flags("listen", "localhost"), "such as 127.0.0.1:8080"},
		{"port out of range", flags("metrics-listen", ":70000"), "metrics-listen"},
		{"base address", flags("base-url", "hearth.example"), "https://HOST"},
		{"sender", flags("from", "nobody"), "ADDRESS@DOMAIN"},
		{"real mail without server", flags("send", "real"), "no mail server"},
		{"mail server's scheme", flags("smtp", "http://a"), "smtp://"},
		{"mail in for no domain", flags("mail-in", "127.0.0.1:2525"), "set mail-domain"},
		{"mail in at no port", flags("mail-in", "127.0.0.1", "mail-domain", "mail.oak.example"), "address and a port"},
		{"a mail domain that is none", flags("mail-domain", "oak court"), "mail-domain should be"},
		{"a certificate without its key", flags("mail-domain", "mail.oak.example", "mail-in-cert", "c.pem"), "set both"},
		{"texts without account", flags("sms", "https://api.example", "sms-from", "+12125550100"), "https://ACCOUNT@HOST"},
		{"texts with the token", flags("sms", "https://AC1:secret@api.example", "sms-from", "+12125550100"), "HEARTH_SMS_TOKEN"},
		{"texts in the clear", flags("sms", "http://AC1@api.example", "sms-from", "+12125550100"), "in the clear"},
		{"texts from nowhere", flags("sms", "https://AC1@api.example"), "sms-from"},
		{"real texts without token", flags("sms", "https://AC1@api.example", "sms-from", "+12125550100", "send", "real", "smtp", "smtp://127.0.0.1:25"), "HEARTH_SMS_TOKEN"},
		{"clock with real texts", Input{Flags: map[string]string{"sms": "https://AC1@api.example", "sms-from": "+12125550100", "send": "real",
			"smtp": "smtp://127.0.0.1:25", "clock": "+1d"}, Environ: []string{"HEARTH_SMS_TOKEN=t"}}, "for trials"},
		{"zone", flags("zone", "Mars/Olympus"), "America/Chicago"},
		{"zone of this machine", flags("zone", "Local"), "America/Chicago"},
		{"clock backwards", flags("clock", "-3d"), "+40d"},
		{"clock without unit", flags("clock", "+40"), "+40d"},
		{"clock with real mail", flags("clock", "+1d", "send", "real", "smtp", "smtp://mail.example:25"), "for trials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.in)
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Fatalf("got %v, want an invalid setting", err)
			}
			if got := hearth.MessageOf(err); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
			if strings.Contains(err.Error(), "secret@") {
				t.Errorf("%q shows a password", err)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Input
	}{
		{"empty file", Input{Flags: map[string]string{"config": write(t, "# nothing\n")}}},
		{"variables of tests and platforms", Input{Environ: []string{"HEARTH_TEST_SOAK=1", "HEARTH_PORT=tcp://10.0.0.1:80",
			"HEARTH_PORT_80_TCP=x", "HEARTH_SERVICE_HOST=10.0.0.1"}}},
		{"clock with a mail server here", Input{Flags: map[string]string{"clock": "+1d", "send": "real", "smtp": "smtp://127.0.0.1:25"}}},
		{"clock with localhost", Input{Flags: map[string]string{"clock": "+1d", "send": "real", "smtp": "smtps://u@localhost:465"}}},
		{"no metrics", Input{Flags: map[string]string{"metrics-listen": "off"}}},
	} {
		if _, err := Load(tt.in); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	l, err := Load(Input{
		Flags:   map[string]string{"database": "postgres://hearth@db.example/hearth?sslmode=require", "smtp-password-file": write(t, "from file\n")},
		Environ: []string{"HEARTH_DATABASE_PASSWORD=p@ss:word/1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if l.SMTPPassword != "from file" {
		t.Errorf("mail password is %q, want that of the file without its line end", l.SMTPPassword)
	}
	want := "postgres://hearth:p%40ss%3Aword%2F1@db.example/hearth?sslmode=require"
	if got := l.DatabaseURL(); got != want {
		t.Errorf("database address is %q, want %q", got, want)
	}
}

// What is printed can be read again, holds everything, and shows no password.
func TestPrint(t *testing.T) {
	in := Input{
		Flags: map[string]string{"database": "postgres://hearth:s3cr%40t@db.example/hearth", "from": "Oak Court's team <oak@example.org>",
			"node": "- odd: name"},
		Environ: []string{"HEARTH_SMTP_PASSWORD=hunter2"},
	}
	l, err := Load(in)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := l.Print(&b); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, secret := range []string{"s3cr", "hunter2"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q shows in:\n%s", secret, out)
		}
	}
	if !strings.Contains(out, "postgres://hearth:********@db.example/hearth") {
		t.Errorf("the database's address is not there, masked:\n%s", out)
	}
	again, err := Load(Input{Flags: map[string]string{"config": write(t, out)}})
	if err != nil {
		t.Fatalf("reading it again: %v\n%s", err, out)
	}
	want := l.Config
	want.Database, want.SMTPPassword = "postgres://hearth:********@db.example/hearth", ""
	if !reflect.DeepEqual(again.Config, want) {
		t.Errorf("read again: %+v\nwant %+v", again.Config, want)
	}
}

func TestShift(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"": 0, "+0d": 0, "+40d": 960 * time.Hour, "+36h": 36 * time.Hour, "+1d2h30m": 26*time.Hour + 30*time.Minute,
	} {
		got, err := (&Config{Clock: s}).Shift()
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", s, got, err, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"listn", "listen", 1}, {"lisetn", "listen", 2}, {"data", "clock", 5}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("from %q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// Every field is a documented setting; the page has a row for each.
func TestDocs(t *testing.T) {
	var b strings.Builder
	if err := WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	for _, k := range keysOf(&Config{}) {
		if k.Name == "" || !strings.HasSuffix(k.help, ".") {
			t.Errorf("setting %q has no name or no sentence", k.Name)
		}
		if k.value.Kind() == reflect.Int && k.max == 0 {
			t.Errorf("setting %q has no upper bound", k.Name)
		}
		if !strings.Contains(b.String(), "`"+k.Env()+"`") {
			t.Errorf("the page lacks %s", k.Env())
		}
	}
}

func TestQuoteIsYAML(t *testing.T) {
	for _, s := range []string{"", "a", "- a", "it's", "a: b", "#x", "[::1]:80", "100%", "true", "Hearth <a@b>", "@x", "*x", "1"} {
		var got struct{ V string }
		if err := yaml.Unmarshal([]byte("v: "+quote(s)+" # note\n"), &got); err != nil || got.V != s {
			t.Errorf("%q reads back as %q, %v", s, got.V, err)
		}
	}
}
