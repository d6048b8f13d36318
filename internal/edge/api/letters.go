package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// letterItem is a mail that came in.
type letterItem struct {
	ID         string           `json:"id"`
	Received   time.Time        `json:"received"`
	State      letterbox.State  `json:"state" enum:"waiting,done,unplaced,nobody,stuck"`
	Kind       string           `json:"kind,omitempty" doc:"reply, hard, soft, delayed, delivered, complaint, auto, challenge or unreadable."`
	Note       string           `json:"note,omitempty" doc:"What was made of it, in words."`
	From       string           `json:"from,omitempty"`
	Subject    string           `json:"subject,omitempty"`
	Text       string           `json:"text,omitempty" doc:"The writer's own words, without what they quoted."`
	Candidates []personItem     `json:"candidates" nullable:"false" doc:"Who may have written it."`
	Resident   *personItem      `json:"resident,omitempty" doc:"Who did, or whom it is about."`
	About      hearth.MessageID `json:"about,omitempty" doc:"The message that it answers or returns."`
	Message    hearth.MessageID `json:"message,omitempty" doc:"The message that it became."`
	Settled    *time.Time       `json:"settled,omitempty"`
	SettledBy  string           `json:"settled_by,omitempty"`
}

func (a *API) addLetters() {
	const tag = "Mail that came in"
	add(a, about{http.MethodGet, "/mail-in", tag, "list-mail-in", "List mail that came in",
		"Who wrote this? What may be of several residents, or of nobody, waits here until a person says. With state also the rest.", account.ScopeRead}, a.listLetters)
	add(a, about{http.MethodGet, "/mail-in/{id}/raw", tag, "get-mail-in-raw", "Read a mail whole", "As it came, with everything that was quoted and attached.", account.ScopeRead}, a.rawLetter)
	add(a, about{http.MethodPost, "/mail-in/{id}/place", tag, "place-mail-in", "Say who wrote a mail",
		"It goes into that resident's conversation, and to the topic that it answers. Saying the same again changes nothing.", account.ScopeTasks}, a.placeLetter)
	add(a, about{http.MethodPost, "/mail-in/{id}/dismiss", tag, "dismiss-mail-in", "Say that no resident wrote it", "It is kept.", account.ScopeTasks}, a.dismissLetter)
}

func (a *API) listLetters(ctx context.Context, in *struct {
	Paging
	State string `query:"state" enum:"waiting,done,unplaced,nobody,stuck" doc:"unplaced if left out."`
}) (*list[letterItem], error) {
	st := letterbox.State(in.State)
	if st == "" {
		st = letterbox.Unplaced
	}
	var items []letterItem
	next := ""
	err := a.read(ctx, func(tx *db.Tx) error {
		letters, more, err := a.Inbox.Letters.List(ctx, tx, st, in.Cursor, in.Limit)
		if err != nil {
			return err
		}
		next = more
		items, err = a.letterItems(ctx, tx, letters)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(items, next, func(l letterItem) letterItem { return l }), nil
}

func (a *API) letterItems(ctx context.Context, tx *db.Tx, letters []letterbox.Letter) ([]letterItem, error) {
	who, err := a.Inbox.Candidates(ctx, tx, letters)
	if err != nil {
		return nil, err
	}
	person := func(id hearth.ResidentID) personItem {
		c := who[id]
		return personItem{ID: id, Name: c.Name(), UnitLabel: c.UnitLabel}
	}
	out := make([]letterItem, len(letters))
	for i, l := range letters {
		out[i] = letterItem{ID: l.ID, Received: l.Received.UTC(), State: l.State, Kind: l.Kind, Note: l.Note, From: l.Address, Subject: l.Subject, Text: l.Body,
			Candidates: []personItem{}, About: l.About, Message: l.Message, Settled: instant(l.Settled), SettledBy: l.SettledBy.String()}
		for _, id := range l.Candidates {
			out[i].Candidates = append(out[i].Candidates, person(id))
		}
		if l.Resident != "" {
			p := person(l.Resident)
			out[i].Resident = &p
		}
	}
	return out, nil
}

// LetterPath names a mail in a path.
type LetterPath struct {
	ID string `path:"id" maxLength:"100"`
}

// rawMail is a mail as it came, never shown as a page.
type rawMail struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *API) rawLetter(ctx context.Context, in *LetterPath) (*rawMail, error) {
	out := &rawMail{ContentType: "message/rfc822", Disposition: `attachment; filename="mail.eml"`}
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = a.Inbox.Letters.Raw(ctx, tx, in.ID)
		return err
	})
	return out, err
}

func (a *API) placeLetter(ctx context.Context, in *struct {
	LetterPath
	Body struct {
		Resident string `json:"resident" maxLength:"256" doc:"Hearth's own id, or the one that a source uses."`
		By       string `json:"by,omitempty" maxLength:"256" doc:"Who of the team says so; left out: the program."`
	}
}) (*one[letterItem], error) {
	return a.settleLetter(ctx, in.Body.By, func(tx *db.Tx, who hearth.Actor) (letterbox.Letter, error) {
		id, err := a.resident(ctx, tx, in.Body.Resident)
		if err != nil {
			return letterbox.Letter{}, err
		}
		return a.Inbox.Place(ctx, tx, who, in.ID, id)
	})
}

func (a *API) dismissLetter(ctx context.Context, in *struct {
	LetterPath
	Body *struct {
		By string `json:"by,omitempty" maxLength:"256" doc:"Who of the team says so; left out: the program."`
	} `required:"false"`
}) (*one[letterItem], error) {
	by := ""
	if in.Body != nil {
		by = in.Body.By
	}
	return a.settleLetter(ctx, by, func(tx *db.Tx, who hearth.Actor) (letterbox.Letter, error) {
		return a.Inbox.Dismiss(ctx, tx, who, in.ID)
	})
}

func (a *API) settleLetter(ctx context.Context, by string, f func(tx *db.Tx, who hearth.Actor) (letterbox.Letter, error)) (*one[letterItem], error) {
	out := &one[letterItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		who, err := a.doer(ctx, tx, by)
		if err != nil {
			return err
		}
		l, err := f(tx, who)
		if err != nil {
			return err
		}
		items, err := a.letterItems(ctx, tx, []letterbox.Letter{l})
		if err == nil {
			out.Body = items[0]
		}
		return err
	})
	return out, err
}
