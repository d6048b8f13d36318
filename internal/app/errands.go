package app

import (
	"context"
	"io"
	"time"

	"hearth"
	"hearth/internal/act/message/round"
	"hearth/internal/base/db"
	"hearth/internal/base/page/sheet"
)

// byHand tells whether people deliver messages.
func (a *App) byHand() bool {
	return a.Config.Way(hearth.ChannelLetter) || a.Config.Way(hearth.ChannelCall)
}

// roundSheets gives what is printed of a round, to look at.
func (a *App) roundSheets(ctx context.Context, id string) (b sheet.Batch, at hearth.PropertyID, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		r, err := a.Errands.Rounds.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		at = r.Property
		b, err = a.Errands.Sheets(ctx, tx, id)
		return err
	})
	return b, at, err
}

// RoundLine is a round in the list of the command line.
type RoundLine struct {
	ID    string        `json:"id"`
	Kind  string        `json:"kind"`
	Made  time.Time     `json:"made"`
	Due   time.Time     `json:"due"`
	Task  hearth.TaskID `json:"task"`
	Open  int           `json:"open"`
	Stops []RoundStop   `json:"stops"`
}

// RoundStop is one message of a round.
type RoundStop struct {
	N        int               `json:"n"`
	Message  hearth.MessageID  `json:"message"`
	Resident hearth.ResidentID `json:"resident"`
	Subject  string            `json:"subject"`
	State    string            `json:"state"`
	How      string            `json:"how,omitempty"`
	By       string            `json:"by,omitempty"`
}

// Rounds lists the newest rounds.
func (a *App) Rounds(ctx context.Context, limit int) ([]RoundLine, error) {
	var all []round.Round
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, _, err = a.Errands.Rounds.List(ctx, tx, "", "", limit)
		return err
	})
	out := make([]RoundLine, 0, len(all))
	for i := range all {
		r := &all[i]
		l := RoundLine{ID: r.ID, Kind: string(r.Kind), Made: r.Made.UTC(), Due: r.Due.UTC(), Task: r.Task, Open: r.Open()}
		for _, x := range r.Stops {
			l.Stops = append(l.Stops, RoundStop{N: x.N, Message: x.Message.ID, Resident: x.Resident, Subject: x.Message.Subject, State: string(x.Message.State),
				How: string(x.How), By: x.MarkedBy.String()})
		}
		out = append(out, l)
	}
	return out, err
}

// PrintRound writes what is printed of a round, as one HTML file, and records that it was printed.
func (a *App) PrintRound(ctx context.Context, id string, to io.Writer) error {
	var b sheet.Batch
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		b, err = a.Errands.Print(ctx, tx, operator(), id)
		return err
	})
	if err != nil {
		return err
	}
	return sheet.Write(to, b)
}

// MarkRound records what became of one message of a round, as somebody of the team tells it; as "" is the operator.
func (a *App) MarkRound(ctx context.Context, as, id string, msg hearth.MessageID, how, note string, at time.Time) (open int, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		r, err := a.Errands.Mark(ctx, tx, id, msg, round.Proof{How: round.ParseHow(how), At: at, Note: note, Actor: actor})
		open = r.Open()
		return err
	})
	return open, err
}
