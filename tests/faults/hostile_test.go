package faults

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth/internal/sim/load"
)

// eventWith is a request for service with attributes replaced; "" leaves one out.
func eventWith(id string, change map[string]string) string {
	attributes := []string{"specversion", "id", "source", "type", "subject", "time", "data"}
	values := map[string]string{"specversion": `"1.0"`, "id": `"` + id + `"`, "source": `"hostile"`, "type": `"workorder.opened"`,
		"subject": `"resident/r5"`, "data": `{"description":"The tap drips"}`}
	for k, v := range change {
		values[k] = v
	}
	var parts []string
	for _, a := range attributes {
		if values[a] != "" {
			parts = append(parts, `"`+a+`":`+values[a])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

const (
	single = "application/cloudevents+json"
	batch  = "application/cloudevents-batch+json"
)

// TestHostileEvents sends what no honest sender sends. Each gets an answer that says what is wrong, and the program goes
// on as before.
func TestHostileEvents(t *testing.T) {
	change := func(k, v string) string { return eventWith("h-"+k, map[string]string{k: v}) }
	deep := strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)
	many := "[" + strings.TrimSuffix(strings.Repeat(visitOf("r1", "m")+",", 10000), ",") + "]"
	rows := []struct {
		name, contentType, body string
		status                  int
	}{
		{"nothing", single, "", 422},
		{"no JSON", single, "<event/>", 422},
		{"half an event", single, eventWith("half", nil)[:40], 422},
		{"two events in one", single, eventWith("a1", nil) + eventWith("a2", nil), 422},
		{"an array as one event", single, "[" + eventWith("a3", nil) + "]", 422},
		{"one event as a batch", batch, eventWith("a4", nil), 422},
		{"null", single, "null", 422},
		{"a batch of what are no events", batch, `[null,1,"x",[],{}]`, 202},
		{"an id that is a number", single, change("id", "7"), 422},
		{"an id that is empty", single, change("id", `""`), 422},
		{"no id", single, change("id", ""), 422},
		{"an id of 10 kB", single, change("id", `"`+strings.Repeat("x", 10000)+`"`), 422},
		{"a source that is null", single, change("source", "null"), 422},
		{"another version", single, change("specversion", `"0.3"`), 422},
		{"an unknown type", single, change("type", `"workorder.exploded"`), 422},
		{"a type of ours", single, change("type", `"message.sent"`), 422},
		{"a type that is an object", single, change("type", `{"$ne":null}`), 422},
		{"a subject without an id", single, change("subject", `"resident/"`), 422},
		{"a subject of another kind", single, change("subject", `"../../etc/passwd"`), 422},
		{"a time that is none", single, change("time", `"yesterday"`), 422},
		{"a time before all", single, change("time", `"0001-01-01T00:00:00Z"`), 422},
		{"a time after all", single, change("time", `"9999-12-31T23:59:59Z"`), 422},
		{"data that is a text", single, change("data", `"The tap drips"`), 422},
		{"data that lacks what is needed", single, change("data", `{}`), 422},
		{"data of wrong types", single, change("data", `{"description":{"a":1}}`), 422},
		{"data 20,000 deep", single, change("data", deep), 422},
		{"a number beyond all", single, change("data", `{"description":"x","priority":1e999999}`), 422},
		{"bytes that are no UTF-8", single, change("data", "{\"description\":\"\xff\xfe\xc0\"}"), 422},
		{"a NUL in a text", single, eventWith("h-nul", map[string]string{"data": `{"description":"a\u0000b"}`}), 422},
		{"a NUL in the id", single, change("id", `"a\u0000b"`), 422},
		{"a NUL in the subject", single, change("subject", `"resident/r5\u0000"`), 422},
		{"half a character", single, eventWith("h-half", map[string]string{"data": `{"description":"a\ud800b"}`}), 202},
		{"the id twice, of which the last counts", single, strings.Replace(eventWith("h-twice", nil), `"id":`, `"id":"other","id":`, 1), 202},
		{"statements for a database", single, eventWith("h-sql", map[string]string{"data": `{"description":"'); DROP TABLE events; --"}`, "subject": `"resident/r5' OR '1'='1"`}), 202},
		{"marks of templates and pages", single, eventWith("h-tpl", map[string]string{"data": `{"description":"{{ resident.email }}{% for x in y %}<script>alert(1)</script>\r\nBcc: all@example.com"}`}), 202},
		{"300 kB", single, change("data", `{"description":"`+strings.Repeat("x", 300<<10)+`"}`), 413},
		{"5 MB", batch, "[" + strings.Repeat(" ", 5<<20) + "]", 413},
		{"10,000 in a batch", batch, many, 413},
		{"another media type", "text/xml", eventWith("h-xml", nil), 415},
		{"no media type", "", eventWith("h-none", nil), 415},
		{"a media type that is none", "///", eventWith("h-bad", nil), 415},
		{"UTF-16", single + "; charset=utf-16", eventWith("h-16", nil), 415},
	}
	eachSite(t, func(s *site) {
		mail := newMailServer(s.T)
		p := s.serve("--send", "real", "--smtp", mail.url)
		for _, row := range rows {
			a, err := s.ask(http.MethodPost, p.URL()+"/api/v1/events", row.contentType, row.body)
			if err != nil {
				s.Fatalf("%s: %v; the program wrote %s", row.name, err, p.Written())
			}
			if a.status != row.status {
				s.Errorf("%s: answered %d: %.300s; want %d", row.name, a.status, a.body, row.status)
			}
			if a.status >= 400 && (a.header.Get("Content-Type") != "application/problem+json" || a.problem().Detail == "") {
				s.Errorf("%s: the answer says nothing: %.200s", row.name, a.body)
			}
		}
		s.headers(p)
		took := s.visit(p, "after-hostile", 20*time.Second)
		s.settled(time.Minute)
		if strings.Contains(p.Written(), "panicked") {
			s.Errorf("something panicked: %s", p.Written())
		}
		k := s.tally()
		if len(k.states["sent"]) == 0 || k.dead > 0 {
			s.Errorf("after all of it %s, %d rows dead; want the requests that were taken answered", k, k.dead)
		}
		s.verified()
		s.Logf("a visit after all that was decided after %s; %s", took.Round(time.Millisecond), k)
	})
}

// headers sends requests that are no good before their body begins.
func (s *site) headers(p *load.Process) {
	s.Helper()
	host := strings.TrimPrefix(p.URL(), "http://")
	auth := "Authorization: Bearer " + s.token + "\r\n"
	for _, row := range []struct{ name, head, want string }{
		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"},
		{"a header of 1 MB", "GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "431"},
		{"a length that is a lie", "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Type: " + single + "\r\nContent-Length: -5\r\n\r\n", "400"},
		{"two lengths", "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Length: 5\r\nContent-Length: 9\r\n\r\n12345", "400"},
		{"a packed body", "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Type: " + single + "\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", "415"},
		{"no token", "GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\n\r\n", "401"},
		{"a token that is none", "GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hearth_x\r\n\r\n", "401"},
		{"another method", "DELETE /api/v1/events HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "405"},
		{"a path upwards", "GET /api/v1/residents/..%2f..%2fetc HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "404"},
		{"a cursor that is none", "GET /api/v1/tasks?cursor=%00%ff HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "422"},
		{"a search with a NUL", "GET /api/v1/residents?search=%00 HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "4"},
		{"an id with a NUL", "GET /api/v1/residents/%00 HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "422"},
	} {
		c := dial(s.T, host)
		c.SetDeadline(time.Now().Add(20 * time.Second))
		go c.Write([]byte(row.head)) // the server may answer and close before all of it is written
		var line [256]byte
		n, err := io.ReadAtLeast(c, line[:], 12)
		if err != nil || !bytes.HasPrefix(line[:n], []byte("HTTP/1.1 "+row.want)) {
			s.Errorf("%s: %.60q, %v; want %s", row.name, line[:n], err, row.want)
		}
	}
	// A body without an end is cut off at its limit.
	c := dial(s.T, host)
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(c, "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n%sContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", auth, single)
	go func() {
		chunk := "10000\r\n" + strings.Repeat("x", 1<<16) + "\r\n"
		for {
			if _, err := io.WriteString(c, chunk); err != nil {
				return
			}
		}
	}()
	var line [12]byte
	if _, err := io.ReadFull(c, line[:]); err != nil || string(line[9:]) != "413" {
		s.Errorf("a body without an end: %q, %v; want 413", line, err)
	}
}
