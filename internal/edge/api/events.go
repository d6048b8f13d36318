package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"hearth"
)

const (
	// maxEventBytes bounds one event, envelope and data.
	maxEventBytes = 256 << 10
	// maxBatchBytes bounds a batch.
	maxBatchBytes = 4 << 20
)

// Mode is how CloudEvents came over HTTP.
type Mode int

// The modes.
const (
	Structured Mode = iota // the body is one event
	Binary                 // the attributes are ce-… headers, the body is the data
	Batch                  // the body is an array of events
)

// Door takes events in; edge/ingest has it, and the wiring brings the two together.
type Door interface {
	// Take reads the events of one request and takes each in, or says why not, in their order. It fails with
	// CodeInvalid if the request as a whole cannot be read; what is wrong with one event is in its result.
	Take(ctx context.Context, mode Mode, header http.Header, body []byte, actor hearth.Actor) ([]EventResult, error)
}

// EventResult is what became of one event.
type EventResult struct {
	ID     string        // the event's id, as far as it could be read
	Status string        // accepted, duplicate, parked or rejected
	Err    *hearth.Error // why it was rejected
}

// eventAnswer is EventResult on the wire.
type eventAnswer struct {
	ID     string `json:"id,omitempty" doc:"The event's id."`
	Status string `json:"status" enum:"accepted,duplicate,parked,rejected" doc:"accepted: it is on disk. duplicate: it was there already. parked: nobody knows its subject yet; it is kept and applied when the subject appears. rejected: it is wrong."`
	Code   string `json:"code,omitempty" doc:"For programs, if rejected." example:"ambiguous_subject"`
	Field  string `json:"field,omitempty" doc:"The field that is wrong, if rejected." example:"data.channel"`
	Detail string `json:"detail,omitempty" doc:"What is wrong, if rejected."`
}

// batchAnswer is the answer to a batch: one result for each event, in order.
type batchAnswer struct {
	Results []eventAnswer `json:"results" doc:"One result for each event, in their order."`
}

// postEvents is a plain handler rather than an operation of the framework: it is the one that thousands of requests
// a second take.
func (a *API) postEvents(w http.ResponseWriter, r *http.Request) {
	mode, plain, err := modeOf(r)
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	if p := a.pressure.late(r.Context()); p != nil {
		p.write(w)
		return
	}
	body, err := readBody(w, r, limitOf(mode))
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	if plain && !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		mode = Structured
	}
	results, err := a.door.Take(r.Context(), mode, r.Header, body, actorOf(r.Context()))
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	if mode == Batch {
		answer := batchAnswer{Results: make([]eventAnswer, len(results))}
		for i := range results {
			answer.Results[i] = answerFor(&results[i])
		}
		writeJSON(w, http.StatusAccepted, answer)
		return
	}
	if len(results) != 1 {
		a.problemOf(r.Context(), errors.New("the door gave no result for an event")).write(w)
		return
	}
	if e := results[0].Err; e != nil {
		a.rejection(r.Context(), e).write(w)
		return
	}
	writeJSON(w, http.StatusAccepted, answerFor(&results[0]))
}

// rejection is the problem for a single event. The door has codes of its own (ambiguous_subject), which are all the
// sender's to mend.
func (a *API) rejection(ctx context.Context, e *hearth.Error) *Problem {
	if kindOf(e.Code).code == e.Code {
		return a.problemOf(ctx, e)
	}
	// Not by way of problemOf: it would take the unknown code for a fault of ours, and log what the sender wrote.
	p := newProblem(hearth.CodeInvalid, e.Message)
	p.Code = e.Code
	if e.Field != "" {
		p.Errors = []Fault{{Field: e.Field, Detail: e.Message}}
	}
	return p
}

func answerFor(r *EventResult) eventAnswer {
	out := eventAnswer{ID: r.ID, Status: r.Status}
	if r.Err != nil {
		out.Code, out.Field, out.Detail = string(r.Err.Code), r.Err.Field, r.Err.Message
	}
	return out
}

// modeOf tells how the events are wrapped. Plain application/json without ce-… headers is taken as what it looks like
// to a person with curl, once the body is read: an event, or an array of events. A binary event without data has no body,
// and so no media type.
func modeOf(r *http.Request) (mode Mode, plain bool, err error) {
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" && r.Header.Get("Ce-Specversion") != "" {
		return Binary, false, nil
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return 0, false, unsupported("Say in Content-Type what the body is: application/cloudevents+json, application/cloudevents-batch+json, or application/json.")
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") && !strings.EqualFold(c, "us-ascii") {
		return 0, false, unsupported("Send the events in UTF-8.")
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return 0, false, unsupported("Send the events uncompressed.")
	}
	switch media {
	case "application/cloudevents+json":
		return Structured, false, nil
	case "application/cloudevents-batch+json":
		return Batch, false, nil
	case "application/json":
		if r.Header.Get("Ce-Specversion") != "" {
			return Binary, false, nil
		}
		return Batch, true, nil
	}
	return 0, false, unsupported("Events come as application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce-… headers.")
}

func unsupported(detail string) *Problem {
	p := newProblem(hearth.CodeInvalid, detail)
	p.Status, p.Title = http.StatusUnsupportedMediaType, "This media type is not understood"
	return p
}

func limitOf(m Mode) int64 {
	if m == Batch {
		return maxBatchBytes
	}
	return maxEventBytes
}

// readBody reads at most limit bytes; it fails with CodeTooLarge beyond.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if b, ok := r.Body.(*memory); ok { // in memory already
		if int64(len(b.all)) > limit {
			return nil, tooLarge(limit)
		}
		return b.all, nil
	}
	body := make([]byte, 0, max(r.ContentLength, 512))
	src := http.MaxBytesReader(w, r.Body, limit)
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := src.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		var over *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case errors.As(err, &over):
			return nil, tooLarge(limit)
		case err != nil:
			return nil, hearth.Errorf(hearth.CodeInvalid, "The body ended before it was complete. Send it again.")
		}
	}
}

func tooLarge(limit int64) error {
	return hearth.Errorf(hearth.CodeTooLarge, "The body is larger than %d bytes. Send less in one request.", limit)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
