package ingest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/table"
	"hearth/internal/edge/ingest/value"
)

// A file of events holds CloudEvents as JSON, one on each line or an array of them, or is a CSV with columns for type,
// subject, time, id and source; its other columns are fields of data. The events go through the same door as those that
// come over the API.

// eventLot is how many events of a file are posted at once; maxEventLine bounds one of them.
const (
	eventLot     = 100
	maxEventLine = 256 << 10
)

// fileEvent is an event with its place in the file.
type fileEvent struct {
	line int
	ce   CloudEvent
}

func (im *Importer) runEvents(ctx context.Context, req Request) (*Report, error) {
	report := &Report{Source: req.Source, Kind: req.Kind, DryRun: req.DryRun, PropertyName: req.Property}
	if req.Retry {
		return nil, hearth.FieldErrorf("retry", "Events are told again by importing their file again: what was taken in happens once.")
	}
	for _, path := range req.Files {
		name := filepath.Base(path)
		var lot []fileEvent
		flush := func() error {
			err := im.postLot(ctx, req, name, lot, report)
			im.DB.Tend(ctx)
			lot = lot[:0]
			req.Progress(Progress{Stage: "applying", Rows: report.Counts.Rows})
			return err
		}
		format, err := im.eachEvent(path, req.Source, func(e fileEvent) error {
			if lot = append(lot, e); len(lot) < eventLot {
				return nil
			}
			return flush()
		})
		if err == nil {
			err = flush()
		}
		if err != nil {
			return nil, fmt.Errorf("import events from %s: %w", name, err)
		}
		report.Files = append(report.Files, FileReport{Name: name, Format: format})
	}
	return report, nil
}

func (im *Importer) postLot(ctx context.Context, req Request, name string, lot []fileEvent, report *Report) error {
	if len(lot) == 0 {
		return nil
	}
	evs := make([]CloudEvent, len(lot))
	for i, e := range lot {
		evs[i] = e.ce
	}
	post := im.Door.Post
	if req.DryRun {
		post = im.Door.Try
	}
	out, err := post(ctx, evs, req.Actor)
	if err != nil {
		return err
	}
	for i, o := range out {
		row := RowReport{File: name, Line: lot[i].line, What: strings.TrimSpace(evs[i].Type + " " + evs[i].Subject)}
		switch o.Status {
		case Accepted:
			row.Action = rowAdded
		case Duplicate:
			row.Action = rowSame
		case Parked:
			row.Action, row.Reason = rowAdded, "Nobody is known by this subject yet; the event waits for it"
		default:
			row.Action, row.Reason = rowQuarantined, hearth.MessageOf(o.Err)
		}
		report.add(row)
	}
	return nil
}

// errTried ends the transaction of a trial.
var errTried = errors.New("tried out")

// Try tells what Post would do, and does nothing.
func (d *Door) Try(ctx context.Context, evs []CloudEvent, actor hearth.Actor) ([]Outcome, error) {
	out := make([]Outcome, len(evs))
	now := d.DB.Clock().Now()
	for i, ce := range evs {
		out[i].ID = ce.ID
		ev, err := d.checked(ce, actor, now)
		if err == nil {
			err = d.DB.Write(ctx, func(tx *db.Tx) error {
				if err := d.take(ctx, tx, []*entry{{place: i, ev: ev, raw: ce}}, out); err != nil {
					return err
				}
				return errTried
			})
		}
		var bad *rowFault
		switch {
		case err == nil || errors.Is(err, errTried):
		case errors.As(err, &bad):
			out[i].Status, out[i].Err = Rejected, bad.err
		default:
			he, ok := personal(err)
			if !ok {
				return nil, err
			}
			out[i].Status, out[i].Err = Rejected, he
		}
	}
	return out, nil
}

// eachEvent reads the events of a file and gives what it is.
func (im *Importer) eachEvent(path, source string, do func(e fileEvent) error) (format string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", hearth.Errorf(hearth.CodeNotFound, "The file %s cannot be opened: %w", path, errors.Unwrap(err))
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	if b, err := in.Peek(3); err == nil && bytes.Equal(b, []byte{0xEF, 0xBB, 0xBF}) {
		if _, err := in.Discard(3); err != nil {
			return "", err
		}
	}
	for {
		b, err := in.Peek(1)
		if err != nil {
			return "", hearth.Errorf(hearth.CodeInvalid, "%s is empty. Export it again.", path)
		}
		if b[0] != ' ' && b[0] != '\t' && b[0] != '\r' && b[0] != '\n' {
			break
		}
		if _, err := in.Discard(1); err != nil {
			return "", err
		}
	}
	first, err := in.Peek(1)
	if err != nil {
		return "", err
	}
	switch first[0] {
	case '[':
		return "JSON array of CloudEvents", eventArray(in, do)
	case '{':
		return "JSON lines of CloudEvents", eventLines(in, do)
	}
	return im.eventTable(path, source, do)
}

func eventArray(in io.Reader, do func(e fileEvent) error) error {
	dec := json.NewDecoder(in)
	if _, err := dec.Token(); err != nil {
		return hearth.Errorf(hearth.CodeInvalid, "The file is not a JSON array: %s.", jsonFault(err))
	}
	for n := 1; dec.More(); n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return hearth.Errorf(hearth.CodeInvalid, "Event %d of the file cannot be read: %s. What stands before it was taken in.", n, jsonFault(err))
		}
		if err := do(fileEvent{n, parseOne(raw)}); err != nil {
			return err
		}
	}
	return nil
}

func eventLines(in io.Reader, do func(e fileEvent) error) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), maxEventLine)
	for n := 1; sc.Scan(); n++ {
		text := bytes.TrimSpace(sc.Bytes())
		if len(text) == 0 {
			continue
		}
		if err := do(fileEvent{n, parseOne(bytes.Clone(text))}); err != nil {
			return err
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return hearth.Errorf(hearth.CodeTooLarge, "A line of the file is longer than %d KB, which no event is. What stands before it was taken in.", maxEventLine>>10)
	}
	return sc.Err()
}

// eventTable reads a CSV or XLSX of events.
func (im *Importer) eventTable(path, source string, do func(e fileEvent) error) (string, error) {
	f, err := table.Open(path, im.Limits)
	if err != nil {
		return "", err
	}
	r, err := f.Read()
	if err != nil {
		return "", err
	}
	defer r.Close()
	var header []string
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return f.Describe(), nil
		}
		if err != nil {
			return "", err
		}
		if row.Blank() {
			continue
		}
		if header == nil {
			if header, err = eventHeader(row); err != nil {
				return "", err
			}
			continue
		}
		if err := do(fileEvent{row.Line, rowEvent(header, row, source)}); err != nil {
			return "", err
		}
	}
}

func eventHeader(row table.Row) ([]string, error) {
	header := make([]string, len(row.Cells))
	have := map[string]bool{}
	for i := range row.Cells {
		h := strings.ToLower(row.Cell(i))
		h = strings.TrimPrefix(strings.TrimPrefix(h, "ce-"), "data.")
		header[i], have[h] = h, true
	}
	if !have["type"] || !have["subject"] {
		return nil, hearth.FieldErrorf("files", "A table of events needs the columns type and subject in its first row.")
	}
	return header, nil
}

// rowEvent makes an event of a row. A row without an id is named after what it says, so that the file can be imported
// again.
func rowEvent(header []string, row table.Row, source string) CloudEvent {
	w := wire{SpecVersion: "1.0", Source: source}
	data := map[string]any{}
	for i, h := range header {
		v := row.Cell(i)
		if v == "" {
			continue
		}
		switch h {
		case "id":
			w.ID = v
		case "source":
			w.Source = v
		case "type":
			w.Type = v
		case "subject":
			w.Subject = v
		case "time":
			w.Time = eventTime(v)
		case "specversion", "datacontenttype":
		default:
			data[h] = scalar(v)
		}
	}
	b, err := json.Marshal(data)
	if err != nil {
		b = []byte("{}") // texts, numbers and flags always have a JSON form
	}
	w.Data = b
	if w.ID == "" {
		w.ID = hearth.DeriveID("row_", w.Source, w.Type, w.Subject, w.Time, string(b))
	}
	return w.event()
}

// eventTime lets a table tell a date or a time without a zone, in UTC.
func eventTime(v string) string {
	if t, _, ok := value.Time(v, value.MonthFirst, time.UTC); ok {
		return t.UTC().Format("2006-01-02T15:04:05.999Z07:00")
	}
	return v
}

// scalar reads a cell of data: true and false, numbers, else text.
func scalar(v string) any {
	switch strings.ToLower(v) {
	case "true":
		return true
	case "false":
		return false
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil && !strings.HasPrefix(v, "0") && !strings.HasPrefix(v, "+") {
		return f
	}
	if v == "0" {
		return 0
	}
	return v
}
