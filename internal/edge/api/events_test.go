package api

import (
	"errors"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/dbtest"
)

// withType makes headers with a media type and more.
func withType(media string, more ...string) map[string]string {
	h := map[string]string{"Content-Type": media}
	for i := 0; i+1 < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

func TestEvents(t *testing.T) {
	const structured, batch = "application/cloudevents+json", "application/cloudevents-batch+json"
	accepted := []EventResult{{ID: "e1", Status: "accepted"}}
	ambiguous := hearth.FieldErrorf("subject", "Two residents are called so.")
	ambiguous.Code = "ambiguous_subject"
	for _, tt := range []struct {
		name    string
		header  map[string]string
		body    string
		results []EventResult
		err     error
		status  int
		mode    Mode // what the door saw; -1: nothing
		must    []string
		mustNot []string
	}{
		{"structured", withType(structured), `{"id":"e1"}`, accepted, nil, 202, Structured, []string{`{"id":"e1","status":"accepted"}`}, nil},
		{"structured, with a charset", withType(structured + "; charset=UTF-8"), `{}`, accepted, nil, 202, Structured, nil, nil},
		{"binary", withType("application/json", "ce-specversion", "1.0"), `{}`, accepted, nil, 202, Binary, nil, nil},
		{"binary, without data", map[string]string{"ce-specversion": "1.0"}, ``, accepted, nil, 202, Binary, nil, nil},
		{"binary, of no media type", map[string]string{"ce-specversion": "1.0"}, `{}`, accepted, nil, 415, -1, []string{"Content-Type"}, nil},
		{"plain JSON, an event", withType("application/json"), ` {"id":"e1"}`, accepted, nil, 202, Structured, nil, nil},
		{"plain JSON, a batch", withType("application/json"), "\n[{}]", accepted, nil, 202, Batch, []string{`{"results":[{"id":"e1","status":"accepted"}]}`}, nil},
		{"parked", withType(structured), `{}`, []EventResult{{ID: "e1", Status: "parked"}}, nil, 202, Structured, []string{`"status":"parked"`}, nil},
		{"duplicate", withType(structured), `{}`, []EventResult{{ID: "e1", Status: "duplicate"}}, nil, 202, Structured, []string{`"status":"duplicate"`}, nil},
		{"rejected", withType(structured), `{}`, []EventResult{{Status: "rejected", Err: hearth.FieldErrorf("data.channel", "The channel is unknown.")}}, nil, 422, Structured,
			[]string{`"field":"data.channel"`, `"code":"invalid"`}, nil},
		{"ambiguous", withType(structured), `{}`, []EventResult{{Status: "rejected", Err: ambiguous}}, nil, 422, Structured, []string{`"code":"ambiguous_subject"`, `"field":"subject"`}, nil},
		{"batch with a bad one", withType(batch), `[{},{}]`, []EventResult{{ID: "e1", Status: "accepted"}, {ID: "e2", Status: "rejected", Err: ambiguous}}, nil, 202, Batch,
			[]string{`{"id":"e2","status":"rejected","code":"ambiguous_subject","field":"subject","detail":"Two residents are called so."}`}, nil},
		{"batch that cannot be read", withType(batch), `[`, nil, hearth.Errorf(hearth.CodeInvalid, "This is no JSON array."), 422, Batch, []string{"no JSON array"}, nil},
		{"database away", withType(structured), `{}`, nil, hearth.Errorf(hearth.CodeUnavailable, "The disk is full."), 503, Structured, []string{"disk is full"}, nil},
		{"overloaded", withType(structured), `{}`, nil, hearth.Errorf(hearth.CodeBusy, "Too much at once."), 429, Structured, nil, nil},
		{"broken inside", withType(structured), `{}`, nil, errors.New("secret detail"), 500, Structured, nil, []string{"secret"}},
		{"no result", withType(structured), `{}`, nil, nil, 500, Structured, nil, nil},
		{"no media type", nil, `{}`, accepted, nil, 415, -1, []string{"Content-Type"}, nil},
		{"text", withType("text/plain"), `{}`, accepted, nil, 415, -1, nil, nil},
		{"XML", withType("application/cloudevents+xml"), `<a/>`, accepted, nil, 415, -1, nil, nil},
		{"other charset", withType(structured + "; charset=utf-16"), `{}`, accepted, nil, 415, -1, []string{"UTF-8"}, nil},
		{"compressed", withType(structured, "Content-Encoding", "gzip"), `{}`, accepted, nil, 415, -1, []string{"uncompressed"}, nil},
		{"too large", withType(structured), strings.Repeat(" ", maxEventBytes+1), accepted, nil, 413, -1, []string{`"code":"too_large"`}, nil},
		{"as large as may be", withType(structured), strings.Repeat(" ", maxEventBytes), accepted, nil, 202, Structured, nil, nil},
		{"batch too large", withType(batch), strings.Repeat(" ", maxBatchBytes+1), accepted, nil, 413, -1, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			b := newBench(t, d, clock)
			b.door.results, b.door.err, b.door.mode = tt.results, tt.err, -1
			rec := b.do(request{"POST", "/api/v1/events", "events:write", tt.header, tt.body})
			if rec.Code != tt.status {
				t.Errorf("status is %d, want %d: %s", rec.Code, tt.status, rec.Body)
			}
			if tt.status < 500 && b.log.Len() != 0 {
				t.Errorf("a mistake of the sender is logged: %s", b.log)
			}
			if b.door.mode != tt.mode {
				t.Errorf("the door saw mode %d, want %d", b.door.mode, tt.mode)
			}
			if tt.mode >= 0 && (string(b.door.body) != tt.body || b.door.actor.Kind != "token" || b.door.actor.Name != "events:write") {
				t.Errorf("the door got %d bytes from %+v", len(b.door.body), b.door.actor)
			}
			for _, must := range tt.must {
				if !strings.Contains(rec.Body.String(), must) {
					t.Errorf("%q is missing in %s", must, rec.Body)
				}
			}
			for _, mustNot := range tt.mustNot {
				if strings.Contains(rec.Body.String(), mustNot) {
					t.Errorf("%q is in %s", mustNot, rec.Body)
				}
			}
			if tt.status >= 400 {
				checkProblem(t, rec)
			}
			if (tt.status == 429 || tt.status == 503) && rec.Header().Get("Retry-After") == "" {
				t.Error("Retry-After is missing")
			}
		})
	}
}

// The same request with the same key happens once, whatever comes in between.
func TestIdempotencyKey(t *testing.T) {
	post := func(key, body string) request {
		return request{"POST", "/api/v1/events", "events:write", withType("application/json", "Idempotency-Key", key), body}
	}
	t.Run("replayed", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		first := b.do(post("k", `{}`))
		b.door.results[0].Status = "duplicate" // what the door would say now
		again := b.do(post("k", `{}`))
		if b.door.taken != 1 || again.Code != 202 || again.Body.String() != first.Body.String() || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
			t.Errorf("taken %d times; first %s, again %d %s", b.door.taken, first.Body, again.Code, again.Body)
		}
		if again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
			t.Error("the answer does not say whether it is a repetition")
		}
	})
	t.Run("refusals are replayed as well", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		b.door.results = []EventResult{{Status: "rejected", Err: hearth.FieldErrorf("id", "The id is missing.")}}
		b.do(post("k", `{}`))
		again := b.do(post("k", `{}`))
		if b.door.taken != 1 || again.Code != 422 {
			t.Errorf("taken %d times, answered %d", b.door.taken, again.Code)
		}
		checkProblem(t, again)
	})
	t.Run("changed body", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		b.do(post("k", `{}`))
		rec := b.do(post("k", `{"id":"other"}`))
		if b.door.taken != 1 || rec.Code != 422 || !strings.Contains(rec.Body.String(), `"field":"Idempotency-Key"`) {
			t.Errorf("taken %d times, answered %d %s", b.door.taken, rec.Code, rec.Body)
		}
	})
	t.Run("changed attributes of a binary event", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		for i, id := range []string{"e1", "e2"} {
			rec := b.do(request{"POST", "/api/v1/events", "events:write", withType("application/json", "Idempotency-Key", "k", "ce-specversion", "1.0", "ce-id", id), `{}`})
			if want := []int{202, 422}[i]; rec.Code != want {
				t.Errorf("%s: answered %d, want %d", id, rec.Code, want)
			}
		}
	})
	t.Run("in flight", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		b.door.during = func() {
			b.door.during = nil
			if rec := b.do(post("k", `{}`)); rec.Code != 409 {
				t.Errorf("meanwhile the answer is %d, want 409: %s", rec.Code, rec.Body)
			}
		}
		if rec := b.do(post("k", `{}`)); rec.Code != 202 || b.door.taken != 1 {
			t.Errorf("answered %d, taken %d times", rec.Code, b.door.taken)
		}
	})
	t.Run("failures that pass are not kept", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		b.door.err = hearth.Errorf(hearth.CodeUnavailable, "The disk is full.")
		b.do(post("k", `{}`))
		b.door.err = nil
		if rec := b.do(post("k", `{}`)); rec.Code != 202 || b.door.taken != 2 {
			t.Errorf("answered %d, taken %d times", rec.Code, b.door.taken)
		}
	})
	t.Run("keys belong to tokens", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		b.do(post("k", `{}`))
		other := post("k", `{"id":"other"}`)
		other.token = "admin"
		if rec := b.do(other); rec.Code != 202 || b.door.taken != 2 {
			t.Errorf("answered %d, taken %d times", rec.Code, b.door.taken)
		}
	})
	t.Run("a key that is too long", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		if rec := b.do(post(strings.Repeat("k", maxKey+1), `{}`)); rec.Code != 422 || b.door.taken != 0 {
			t.Errorf("answered %d, taken %d times", rec.Code, b.door.taken)
		}
	})
	t.Run("after a panic the key is free", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		b := newBench(t, d, clock)
		b.door.during = func() { panic("broken") }
		func() {
			defer func() { recover() }()
			b.do(post("k", `{}`))
		}()
		b.door.during = nil
		if rec := b.do(post("k", `{}`)); rec.Code != 202 {
			t.Errorf("answered %d %s", rec.Code, rec.Body)
		}
	})
}

// BenchmarkPost is what the API itself adds to an event: authentication, metering, routing, the answer.
func BenchmarkPost(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	bench := newBench(b, d, clock)
	bench.api.limits = newLimiter(clock, 1<<30)
	r := request{"POST", "/api/v1/events", "events:write", withType("application/cloudevents+json"), `{"id":"e1"}`}
	b.ReportAllocs()
	for b.Loop() {
		if rec := bench.do(r); rec.Code != 202 {
			b.Fatal(rec.Body)
		}
	}
}
