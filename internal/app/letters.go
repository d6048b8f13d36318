package app

import (
	"context"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
)

// LetterLine is a mail that came in.
type LetterLine struct {
	ID         string          `json:"id"`
	Received   string          `json:"received"` // RFC 3339
	State      letterbox.State `json:"state"`
	Kind       string          `json:"kind"`
	From       string          `json:"from"`
	Subject    string          `json:"subject"`
	Text       string          `json:"text"`
	Note       string          `json:"note"`
	Candidates []LetterPerson  `json:"candidates"`
}

// LetterPerson is somebody who may have written it.
type LetterPerson struct {
	ID   hearth.ResidentID `json:"id"`
	Name string            `json:"name"`
}

// maxLetters bounds one list of mails.
const maxLetters = 100

// MailIn reads what came in meanwhile and lists the mails in a state, the newest first: those of which nobody knows who wrote
// them if st is "".
func (a *App) MailIn(ctx context.Context, st string) ([]LetterLine, error) {
	for more := true; more; {
		var err error
		if more, err = a.Inbox.ReadOnce(ctx); err != nil {
			return nil, err
		}
	}
	state := letterbox.State(st)
	if state == "" {
		state = letterbox.Unplaced
	}
	var letters []letterbox.Letter
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		letters, _, err = a.Inbox.Letters.List(ctx, tx, state, "", maxLetters)
		return err
	})
	if err != nil {
		return nil, err
	}
	var ids []hearth.ResidentID
	for _, l := range letters {
		ids = append(ids, l.Candidates...)
	}
	who, err := a.Who(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]LetterLine, len(letters))
	for i, l := range letters {
		out[i] = LetterLine{ID: l.ID, Received: l.Received.UTC().Format("2006-01-02T15:04:05Z"), State: l.State, Kind: l.Kind, From: l.Address, Subject: l.Subject,
			Text: l.Body, Note: l.Note, Candidates: []LetterPerson{}}
		for _, id := range l.Candidates {
			out[i].Candidates = append(out[i].Candidates, LetterPerson{ID: id, Name: who[id]})
		}
	}
	return out, nil
}

// PlaceMail says who wrote a mail, for somebody of the team if one is named; resident "" says that no resident did.
func (a *App) PlaceMail(ctx context.Context, as, id, resident string) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		if resident == "" {
			_, err = a.Inbox.Dismiss(ctx, tx, actor, id)
			return err
		}
		who, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		_, err = a.Inbox.Place(ctx, tx, actor, id, who)
		return err
	})
}

// CopyAddress gives the address to which other systems send copies of what they write to residents. It fails with
// CodeInvalid where no domain is set under which mail comes in.
func (a *App) CopyAddress(ctx context.Context) (string, error) {
	if a.Config.MailDomain == "" {
		return "", hearth.FieldErrorf("mail-domain", "No mail comes in here: set mail-domain to the domain whose mail comes to Hearth (docs/mail.md).")
	}
	return a.Messages.CopyAddress(ctx, a.DB, a.Config.MailDomain)
}
