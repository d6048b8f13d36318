package app

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/api"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/web"
)

// apiDoor lets the API post events to the door of ingest: two edges, which do not know each other.
type apiDoor struct{ door *ingest.Door }

var _ api.Door = apiDoor{}

// Take implements api.Door.
func (d apiDoor) Take(ctx context.Context, mode api.Mode, header http.Header, body []byte, actor hearth.Actor) ([]api.EventResult, error) {
	outcomes, err := d.door.Take(ctx, ingest.Mode(mode), header, body, actor)
	if err != nil {
		return nil, err
	}
	results := make([]api.EventResult, len(outcomes))
	for i, o := range outcomes {
		results[i] = api.EventResult{ID: o.ID, Status: o.Status, Err: o.Err}
	}
	return results, nil
}

// parked lets the pages show what waits at the door: two edges as well.
func (s *Server) parked(ctx context.Context, tx *db.Tx, n int) (count int, oldest []web.Parked, err error) {
	if count, err = s.Door.ParkedCount(ctx, tx); err != nil || count == 0 {
		return count, nil, err
	}
	list, err := s.Door.Parked(ctx, tx, n)
	for _, p := range list {
		oldest = append(oldest, web.Parked{Source: p.Source, Type: p.Type, Subject: p.Subject, Since: p.Since, Refused: p.Refused})
	}
	return count, oldest, err
}
