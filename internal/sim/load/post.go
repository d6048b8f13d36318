package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// answer is what the server said to one request.
type answer struct {
	statuses []string // one for each event
	busy     bool     // come back after `after`
	after    time.Duration
}

// post sends one request. A refused single event is an answer; anything but an answer to the events is an error.
func (r *runner) post(ctx context.Context, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.to.URL()+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("post events: %w", err)
	}
	batch := r.load.Batch > 1
	req.Header.Set("Content-Type", "application/cloudevents+json")
	if batch {
		req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	}
	req.Header.Set("Authorization", "Bearer "+r.to.Token)
	res, err := r.to.Client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("post events: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // none: at once, after a moment
		return answer{busy: true, after: max(time.Duration(seconds)*time.Second, retryPause)}, nil
	case res.StatusCode == http.StatusUnprocessableEntity && !batch:
		return answer{statuses: []string{"rejected"}}, nil
	case res.StatusCode != http.StatusAccepted:
		return answer{}, fmt.Errorf("the server answered %d: %.200s", res.StatusCode, text)
	}
	return read(text, batch)
}

// read takes an answer of the events door apart.
func read(text []byte, batch bool) (answer, error) {
	type result struct {
		Status string `json:"status"`
	}
	var in struct {
		result
		Results []result `json:"results"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	if !batch {
		in.Results = []result{in.result}
	}
	a := answer{statuses: make([]string, len(in.Results))}
	for i, one := range in.Results {
		if one.Status == "" {
			return answer{}, fmt.Errorf("the answer names no status for event %d: %.200s", i, text)
		}
		a.statuses[i] = one.Status
	}
	return a, nil
}

// appendEvent writes an event in structured mode.
func appendEvent(dst []byte, e Event) []byte {
	dst = append(dst, `{"specversion":"1.0","id":`...)
	dst = appendString(dst, e.ID)
	dst = append(dst, `,"source":`...)
	dst = appendString(dst, e.Source)
	dst = append(dst, `,"type":`...)
	dst = appendString(dst, e.Type)
	dst = append(dst, `,"subject":`...)
	dst = appendString(dst, e.Subject)
	dst = append(dst, `,"time":"`...)
	dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","datacontenttype":"application/json","data":`...)
	dst = append(dst, e.Data...)
	return append(dst, '}')
}

func appendString(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...) // a string always has a JSON form
	}
	return append(dst, b...)
}
