package app

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/edge/api"
	"hearth/internal/edge/ingest"
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
