package consent

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Wording is the text under which people say yes or no, in one language. A version never changes: new words are a new
// version, so that it can always be shown what somebody had in front of them.
type Wording struct {
	ID       string // "texts"
	Version  int    // 1, 2 …; set by the store
	Language string // "en"
	Channel  hearth.Channel
	Purpose  string // "" everything on the channel
	Words    string
	Made     time.Time
	Actor    hearth.Actor
}

// Name is how a word of consent names what was shown: "texts/2/en".
func (w Wording) Name() string { return w.ID + "/" + strconv.Itoa(w.Version) + "/" + w.Language }

const (
	maxWords         = 4000
	selectVersion    = `SELECT COALESCE(MAX(version), 0) FROM consent_wordings WHERE org = $1 AND id = $2 AND language = $3`
	insertWording    = `INSERT INTO consent_wordings (org, id, version, language, channel, purpose, words, made, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	wordingColumns   = `id, version, language, channel, purpose, words, made, actor`
	selectWordings   = `SELECT ` + wordingColumns + ` FROM consent_wordings WHERE org = $1 ORDER BY id, language, version DESC`
	selectOneWording = `SELECT ` + wordingColumns + ` FROM consent_wordings WHERE org = $1 AND id = $2 AND version = $3 AND language = $4`
)

// PutWording keeps new words as the next version of their id and language; the same words as the newest version are that
// version. It fails with CodeInvalid for words without id, language, channel or text.
func (s *Store) PutWording(ctx context.Context, tx *db.Tx, w Wording) (Wording, error) {
	w.ID, w.Language, w.Words = strings.TrimSpace(w.ID), strings.ToLower(strings.TrimSpace(w.Language)), strings.TrimSpace(w.Words)
	switch {
	case w.ID == "" || len(w.ID) > 60 || strings.ContainsAny(w.ID, "/ \t\n"):
		return w, hearth.FieldErrorf("id", "A wording needs a short name without spaces, such as texts.")
	case w.Language == "" || len(w.Language) > 10 || strings.Contains(w.Language, "/"):
		return w, hearth.FieldErrorf("language", "Say in which language the wording is, such as en.")
	case w.Channel == "":
		return w, hearth.FieldErrorf("channel", "Say for which channel the wording is, such as sms.")
	case w.Words == "" || len(w.Words) > maxWords:
		return w, hearth.FieldErrorf("words", "A wording needs its words, at most %d bytes.", maxWords)
	}
	var newest int
	if err := tx.Row(ctx, selectVersion, tx.Org(), w.ID, w.Language).Scan(&newest); err != nil && !errors.Is(err, db.ErrNotFound) {
		return w, fmt.Errorf("keep a wording: %w", err)
	}
	if newest > 0 {
		was, ok, err := wording(ctx, tx, w.ID, newest, w.Language)
		if err != nil {
			return w, err
		}
		if ok && was.Words == w.Words && was.Channel == w.Channel && was.Purpose == w.Purpose {
			return was, nil
		}
	}
	w.Version, w.Made = newest+1, tx.Now()
	if _, err := tx.Exec(ctx, insertWording, tx.Org(), w.ID, w.Version, w.Language, string(w.Channel), w.Purpose, w.Words, w.Made, w.Actor.String()); err != nil {
		return w, fmt.Errorf("keep a wording: %w", err)
	}
	return w, nil
}

// Wordings gives all words that were ever shown, by id and language, newest version first.
func (s *Store) Wordings(ctx context.Context, tx *db.Tx) ([]Wording, error) {
	return wordings(tx.Query(ctx, selectWordings, tx.Org()))
}

func wordings(rows *db.Rows, err error) ([]Wording, error) {
	if err != nil {
		return nil, fmt.Errorf("read wordings: %w", err)
	}
	defer rows.Close()
	var out []Wording
	for rows.Next() {
		var w Wording
		var actor string
		if err := rows.Scan(&w.ID, &w.Version, &w.Language, &w.Channel, &w.Purpose, &w.Words, &w.Made, &actor); err != nil {
			return nil, fmt.Errorf("read wordings: %w", err)
		}
		w.Actor = hearth.ParseActor(actor)
		out = append(out, w)
	}
	return out, rows.Err()
}

func wording(ctx context.Context, tx *db.Tx, id string, version int, language string) (Wording, bool, error) {
	all, err := wordings(tx.Query(ctx, selectOneWording, tx.Org(), id, version, language))
	if err != nil || len(all) == 0 {
		return Wording{}, false, err
	}
	return all[0], true, nil
}

// checkWording refuses a word that names words that were never there, or that were about something else.
func checkWording(ctx context.Context, tx *db.Tx, g Grant) error {
	if g.Wording == "" {
		return nil
	}
	unknown := hearth.FieldErrorf("wording", "There is no wording %q; write it like texts/2/en.", g.Wording)
	parts := strings.Split(g.Wording, "/")
	if len(parts) != 3 {
		return unknown
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil {
		return unknown
	}
	w, ok, err := wording(ctx, tx, parts[0], version, parts[2])
	switch {
	case err != nil:
		return err
	case !ok:
		return unknown
	case w.Channel != g.Channel || w.Purpose != g.Purpose:
		return hearth.FieldErrorf("wording", "The wording %s is about %s%s; it is no evidence for this.", g.Wording, w.Channel.Words(), about(w.Purpose))
	}
	return nil
}

func about(purpose string) string {
	if purpose == "" {
		return ""
	}
	return " for " + hearth.PurposeWords(purpose)
}
