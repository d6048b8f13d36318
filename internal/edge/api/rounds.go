package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message/round"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// roundItem is a round of letters, notices for doors or calls.
type roundItem struct {
	ID        string            `json:"id"`
	Property  hearth.PropertyID `json:"property"`
	Kind      round.Kind        `json:"kind" enum:"letter,hanger,call"`
	Task      hearth.TaskID     `json:"task"`
	Made      time.Time         `json:"made"`
	Due       time.Time         `json:"due"`
	Printed   *time.Time        `json:"printed,omitempty" doc:"The last time."`
	PrintedBy string            `json:"printed_by,omitempty"`
	Open      int               `json:"open" doc:"Stops that are neither marked nor taken back."`
	Stops     []roundStop       `json:"stops" nullable:"false"`
}

// roundStop is one message of a round, with the proof of what became of it.
type roundStop struct {
	N        int               `json:"n"`
	Message  hearth.MessageID  `json:"message"`
	Resident hearth.ResidentID `json:"resident"`
	Address  string            `json:"address" doc:"Postal address by lines, or telephone number."`
	Subject  string            `json:"subject"`
	State    string            `json:"state" doc:"Of the message."`
	Open     bool              `json:"open"`
	How      round.How         `json:"how,omitempty"`
	At       *time.Time        `json:"at,omitempty"`
	By       string            `json:"by,omitempty"`
	Marked   *time.Time        `json:"marked,omitempty"`
	Note     string            `json:"note,omitempty"`
	Tries    int               `json:"tries,omitempty" doc:"How often nobody answered."`
}

func roundItemOf(r round.Round) roundItem {
	x := roundItem{ID: r.ID, Property: r.Property, Kind: r.Kind, Task: r.Task, Made: r.Made.UTC(), Due: r.Due.UTC(), Printed: instant(r.Printed), PrintedBy: r.PrintedBy,
		Open: r.Open(), Stops: []roundStop{}}
	for i := range r.Stops {
		s := &r.Stops[i]
		y := roundStop{N: s.N, Message: s.Message.ID, Resident: s.Resident, Address: s.Message.Address, Subject: s.Message.Subject, State: string(s.Message.State),
			Open: s.Open(), How: s.How, At: instant(s.At), Marked: instant(s.Marked), Note: s.Note, Tries: s.Tries}
		if !s.Marked.IsZero() {
			y.By = s.MarkedBy.String()
		}
		x.Stops = append(x.Stops, y)
	}
	return x
}

func (a *API) addRounds() {
	const tag = "Rounds: letters, doors, calls"
	add(a, about{http.MethodGet, "/rounds", tag, "list-rounds", "List rounds", "The newest first, with what is open on each.", account.ScopeRead}, a.listRounds)
	add(a, about{http.MethodGet, "/rounds/{id}", tag, "get-round", "Read a round", "What is printed of it is the page /rounds/{id}.", account.ScopeRead}, a.getRound)
	add(a, about{http.MethodPost, "/rounds/{id}/marks", tag, "mark-round", "Say what became of one message of a round",
		"The mark is the message's fate and an event on the resident's timeline. Letters: posted, handed over, returned (after posted), cannot be. Doors: hung, handed over, spoke with, cannot be. " +
			"Calls: spoke with, left word, no answer (the third fails it), handed over, cannot be. When nothing is left open, the round's task is done.", account.ScopeTasks}, a.markRound)
}

func (a *API) listRounds(ctx context.Context, in *struct {
	Paging
	Property string `query:"property" maxLength:"100"`
}) (*list[roundItem], error) {
	var all []round.Round
	var next string
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, next, err = a.Errands.Rounds.List(ctx, tx, hearth.PropertyID(in.Property), in.Cursor, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, next, roundItemOf), nil
}

func (a *API) getRound(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
}) (*one[roundItem], error) {
	var r round.Round
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		r, err = a.Errands.Rounds.Get(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &one[roundItem]{roundItemOf(r)}, nil
}

func (a *API) markRound(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Message string    `json:"message" minLength:"1" maxLength:"64"`
		How     string    `json:"how" minLength:"1" maxLength:"40"`
		At      time.Time `json:"at,omitempty" doc:"When it was; now if left out."`
		Note    string    `json:"note,omitempty" maxLength:"1000"`
		By      string    `json:"by,omitempty" maxLength:"100" doc:"Who of the team did it: id, name or e-mail address. Left out: the token."`
	}
}) (*one[roundItem], error) {
	var r round.Round
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		r, err = a.Errands.Mark(ctx, tx, in.ID, hearth.MessageID(in.Body.Message), round.Proof{How: round.ParseHow(in.Body.How), At: in.Body.At, Note: in.Body.Note, Actor: actor})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &one[roundItem]{roundItemOf(r)}, nil
}
