package portal

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// sitting is how long somebody's looks at the portal count as one visit.
const sitting = time.Hour

// visited tells the log that the resident was here: playbooks wait for it, and a long silence means something. It is told once a
// sitting, and only of who has signed in: a link in a mail is also followed by the programs that look for harmful ones. The page is
// shown in any case.
func (v *visit) visited() {
	if v.who.ID == "" || v.light {
		return
	}
	id := hearth.DeriveID("evt_", string(v.who.ID), "visited", v.now.UTC().Truncate(sitting).Format(time.RFC3339))
	known := false
	err := v.read(func(ctx context.Context, tx *db.Tx) (err error) {
		known, err = v.p.Log.Known(ctx, tx, source, id)
		return err
	})
	if err == nil && !known {
		err = v.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := v.p.Log.Append(ctx, tx, &hearth.Event{ID: id, Source: source, Type: "portal.visited", Property: v.who.Property, Actor: v.actor(), Time: tx.Now(),
				Subject: hearth.Subject{Kind: "resident", ID: string(v.who.ID)}, Residents: []hearth.ResidentID{v.who.ID}, Data: []byte("{}")})
			return err
		})
	}
	if err != nil && v.Context().Err() == nil {
		v.p.Logger.WarnContext(v.Context(), "a visit to the portal was not told", "error", err)
	}
}
