package ingest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearth"
)

// CloudEvent is one event as a program told it. Err is set when its envelope cannot be right; the other fields then
// hold what could be read.
type CloudEvent struct {
	ID      string
	Source  string
	Type    string
	Subject string
	Time    time.Time // zero: not told
	Data    json.RawMessage
	Err     *hearth.Error
}

// Mode is how CloudEvents come over HTTP.
type Mode int

// The modes.
const (
	Structured Mode = iota // the body is one event
	Binary                 // the attributes are ce-… headers, the body is the data
	Batch                  // the body is an array of events
)

// MaxBatch is how many events one request may hold.
const MaxBatch = 1000

// wire is the JSON form of an event. Extension attributes are let through and not kept.
type wire struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        string          `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
	Base64      *string         `json:"data_base64"`
}

// ParseStructured reads one event. It fails with CodeInvalid if the body is no JSON object at all.
func ParseStructured(body []byte) (CloudEvent, error) {
	if t := bytes.TrimLeft(body, " \t\r\n"); len(t) == 0 || t[0] != '{' || !json.Valid(body) {
		return CloudEvent{}, hearth.Errorf(hearth.CodeInvalid, "The body is not a JSON object that holds one CloudEvent.")
	}
	return parseOne(body), nil
}

// ParseBatch reads an array of events. Events that are wrong come back with Err in their place. It fails with
// CodeInvalid if the body is no JSON array, and with CodeTooLarge beyond MaxBatch events.
func ParseBatch(body []byte) ([]CloudEvent, error) {
	var all []json.RawMessage
	if t := bytes.TrimLeft(body, " \t\r\n"); len(t) == 0 || t[0] != '[' {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The body is not a JSON array of CloudEvents.")
	}
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The body is not a JSON array of CloudEvents: %s.", jsonFault(err))
	}
	if len(all) > MaxBatch {
		return nil, hearth.Errorf(hearth.CodeTooLarge, "The batch holds %d events; at most %d are taken at once.", len(all), MaxBatch)
	}
	out := make([]CloudEvent, len(all))
	for i, raw := range all {
		out[i] = parseOne(raw)
	}
	return out, nil
}

// ParseBinary reads an event whose attributes are ce-… headers and whose body is the data.
func ParseBinary(header http.Header, body []byte) CloudEvent {
	get := func(name string) string {
		v := header.Get("Ce-" + name)
		if u, err := url.PathUnescape(v); err == nil {
			return u // the binding percent-encodes what a header cannot hold
		}
		return v
	}
	w := wire{SpecVersion: get("Specversion"), ID: get("Id"), Source: get("Source"), Type: get("Type"), Subject: get("Subject"), Time: get("Time")}
	if len(bytes.TrimSpace(body)) > 0 {
		w.Data = body
	}
	return w.event()
}

func parseOne(raw []byte) CloudEvent {
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		ce := CloudEvent{ID: w.ID, Source: w.Source, Type: w.Type}
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) && te.Field != "" {
			ce.Err = hearth.FieldErrorf(te.Field, "%s must be a text, not a JSON %s.", te.Field, te.Value)
		} else {
			ce.Err = hearth.Errorf(hearth.CodeInvalid, "An event must be a JSON object: %s.", jsonFault(err))
		}
		return ce
	}
	return w.event()
}

// jsonFault says what the decoder met, without the names of our types.
func jsonFault(err error) string {
	var se *json.SyntaxError
	if errors.As(err, &se) {
		return se.Error()
	}
	return "its parts have the wrong kind"
}

func (w *wire) event() CloudEvent {
	ce := CloudEvent{ID: w.ID, Source: w.Source, Type: w.Type, Subject: w.Subject, Data: w.Data}
	fail := func(field, format string, args ...any) CloudEvent {
		ce.Err = hearth.FieldErrorf(field, format, args...)
		return ce
	}
	switch {
	case w.SpecVersion == "":
		return fail("specversion", "An event needs specversion; it is always \"1.0\".")
	case w.SpecVersion != "1.0":
		return fail("specversion", "specversion is %q; only \"1.0\" is understood.", clip(w.SpecVersion))
	case w.ID == "":
		return fail("id", "An event needs an id that is unique within its source.")
	case w.Source == "":
		return fail("source", "An event needs a source: who says so.")
	case w.Type == "":
		return fail("type", "An event needs a type; the documentation lists the types.")
	}
	if _, err := url.Parse(w.Source); err != nil {
		return fail("source", "source is %q, which is not a URI reference such as yardi/oak-court.", clip(w.Source))
	}
	if w.Time != "" {
		t, err := time.Parse(time.RFC3339Nano, w.Time)
		if err != nil || t.IsZero() { // the zero time would be taken as none told
			return fail("time", "time is %q, which is not a time such as 2026-11-21T15:04:05Z.", clip(w.Time))
		}
		ce.Time = t
	}
	if t := w.ContentType; t != "" && !strings.HasPrefix(t, "application/json") && !strings.HasSuffix(strings.SplitN(t, ";", 2)[0], "+json") {
		return fail("datacontenttype", "datacontenttype is %q; data must be JSON.", clip(t))
	}
	if w.Base64 != nil {
		if len(w.Data) > 0 {
			return fail("data", "An event has data or data_base64, not both.")
		}
		b, err := base64.StdEncoding.DecodeString(*w.Base64)
		if err != nil || !json.Valid(b) {
			return fail("data_base64", "data_base64 does not hold JSON.")
		}
		ce.Data = b
	}
	if string(ce.Data) == "null" {
		ce.Data = nil
	}
	return ce
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
