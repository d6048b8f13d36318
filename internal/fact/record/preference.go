package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"hearth"
	"hearth/internal/base/db"
)

const (
	selectPreferences = `SELECT resident, name, value, source, at FROM preferences WHERE org = $1 AND `
	upsertPreference  = `INSERT INTO preferences (org, resident, name, value, source, at) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (org, resident, name) DO UPDATE SET value = excluded.value, source = excluded.source, at = excluded.at`
	deletePreference = `DELETE FROM preferences WHERE org = $1 AND resident = $2 AND name = $3`
)

// maxPreference bounds a preference's value, in bytes: it is a word or a short sentence, not a file.
const maxPreference = 500

// PutPreference records what a resident would like, and appends preference.changed. The values of channel and language
// are brought into one spelling, and refused with CodeInvalid when they are none; other names hold any words. An empty value takes it back. What
// is older than what is known changes nothing, but a source's own event is kept.
func (s *Store) PutPreference(ctx context.Context, tx *db.Tx, n News, p Preference) (Change, error) {
	p.Name = strings.ToLower(strings.TrimSpace(p.Name))
	p.Value = strings.TrimSpace(p.Value)
	if p.Name == "" || len(p.Name) > 64 {
		return Change{}, hearth.FieldErrorf("data.name", "A preference needs a name of up to 64 letters.")
	}
	if len(p.Value) > maxPreference {
		return Change{}, hearth.FieldErrorf("data.value", "A preference is at most %d characters long.", maxPreference)
	}
	var err error
	if p.Value, err = PreferenceValue(p.Name, p.Value); err != nil {
		return Change{}, err
	}
	r, err := s.Resident(ctx, tx, p.Resident)
	if err != nil {
		return Change{}, err
	}
	if p.At.IsZero() {
		p.At = n.Time
	}
	if p.At.IsZero() {
		p.At = tx.Now()
	}
	if p.Source == "" {
		p.Source = n.Source
	}
	have, err := s.preference(ctx, tx, p.Resident, p.Name)
	if err != nil {
		return Change{}, err
	}
	same := have.Value == p.Value || p.At.Before(have.At)
	if same && n.EventID == "" {
		return Change{}, nil
	}
	known, err := s.emit(ctx, tx, n, fact{kind: "preference.changed", subject: hearth.Subject{Kind: "resident", ID: string(r.ID)},
		property: r.Property, residents: []hearth.ResidentID{r.ID}, told: true, at: p.At, since: millis(have.At),
		data: map[string]any{"name": p.Name, "value": p.Value}})
	if err != nil || known || same {
		return Change{}, err
	}
	if p.Value == "" {
		_, err = tx.Exec(ctx, deletePreference, tx.Org(), string(p.Resident), p.Name)
	} else {
		_, err = tx.Exec(ctx, upsertPreference, tx.Org(), string(p.Resident), p.Name, p.Value, p.Source, hearth.Millis(p.At))
	}
	if err != nil {
		return Change{}, fmt.Errorf("write preference %s of %s: %w", p.Name, p.Resident, err)
	}
	n.Trail.preference(have, p)
	return Change{Added: have.At.IsZero(), Changed: !have.At.IsZero(), Fields: []string{p.Name}}, nil
}

// PreferenceValue gives the spelling in which a preference is kept; yes and no to coming in are written out. It fails with CodeInvalid for a channel that is none
// and for a language that is no BCP 47 tag. An empty value is no preference.
func PreferenceValue(name, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	switch name {
	case "channel":
		return preferredChannel(value)
	case "language":
		tag, err := language.Parse(value)
		if err != nil || tag == language.Und {
			return "", hearth.FieldErrorf("data.value", "A language is told by its tag, such as en, es or zh-Hant.")
		}
		return tag.String(), nil
	case "access":
		return access(value), nil
	}
	return value, nil
}

// What is kept of who may come in, in words that whoever stands at the door understands.
const (
	MayEnter = "enter when nobody is home"
	NotAlone = "only when somebody is home"
)

// access reads the answer to "may we come in when nobody is home?"; whatever else was said stays behind it, and other words
// stay as they are.
func access(value string) string {
	answer, rest, more := strings.Cut(value, ",")
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "yes", "true", "y":
		answer = MayEnter
	case "no", "false", "n":
		answer = NotAlone
	default:
		return value
	}
	if more {
		return answer + "," + rest
	}
	return answer
}

// preferredChannel reads a channel by its name, or by what people call it.
func preferredChannel(value string) (string, error) {
	word := strings.ToLower(value)
	switch word {
	case "e-mail", "mail":
		word = string(hearth.ChannelEmail)
	case "text", "text message", "texts":
		word = string(hearth.ChannelSMS)
	case "phone", "telephone", "calls":
		word = string(hearth.ChannelCall)
	case "post", "letters":
		word = string(hearth.ChannelLetter)
	}
	switch c := hearth.Channel(word); c {
	case hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelCall, hearth.ChannelLetter:
		return word, nil
	}
	return "", hearth.FieldErrorf("data.value", "The channel is one of: email, sms, portal, push, call, letter.")
}

func (s *Store) preference(ctx context.Context, tx *db.Tx, id hearth.ResidentID, name string) (Preference, error) {
	p, err := scanPreference(tx.Row(ctx, selectPreferences+"resident = $2 AND name = $3", tx.Org(), string(id), name))
	if errors.Is(err, db.ErrNotFound) {
		return Preference{}, nil
	}
	if err != nil {
		return Preference{}, fmt.Errorf("read preference %s of %s: %w", name, id, err)
	}
	return p, nil
}

func scanPreference(r scanner) (Preference, error) {
	var p Preference
	var at int64
	err := r.Scan(&p.Resident, &p.Name, &p.Value, &p.Source, &at)
	p.At = hearth.FromMillis(at)
	return p, err
}

// Preferences lists what a resident would like, by name.
func (s *Store) Preferences(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]Preference, error) {
	return collect(ctx, tx, "read preferences of "+string(id), scanPreference, selectPreferences+"resident = $2 ORDER BY name",
		tx.Org(), string(id))
}
