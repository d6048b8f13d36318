package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Setting is a setting of a property as it stands.
type Setting struct {
	SettingSpec
	Value   json.RawMessage
	Words   string // the value as people say it
	Default json.RawMessage
	// Source is where the value came from: "default", "changed" (by whom stands in By), or "told", when it was set together
	// with the property.
	Source string
	At     time.Time // of the change
	By     hearth.Actor
	Reason string
}

// SettingChange sets one setting. A Value of null puts the default back.
type SettingChange struct {
	Name  string
	Value json.RawMessage
}

// SettingChanged is what became of one setting.
type SettingChanged struct {
	Name string          `json:"setting"`
	Old  json.RawMessage `json:"old"`
	New  json.RawMessage `json:"new"`
}

// effective gives settings with the default of each field that is zero where zero means the default.
func (s Settings) effective() Settings {
	s.Lists = s.Lists.OrDefault()
	s.Surveys, s.Care = s.Surveys.OrDefault(), s.Care.OrDefault()
	return s
}

func (s Settings) document() (map[string]json.RawMessage, error) {
	text, err := encodeSettings(s.effective())
	if err != nil {
		return nil, err
	}
	doc := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return doc, nil
}

const selectMarks = `SELECT name, set_at, set_by, by_name, reason FROM setting_marks WHERE org = $1 AND property = $2`

// SettingsOf lists every setting of a property with its meaning, its range, its default, its value and where that came from.
// It fails with CodeNotFound if there is no such property.
func (s *Store) SettingsOf(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]Setting, error) {
	p, err := s.Property(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	type mark struct {
		name string
		Setting
	}
	marks, err := collect(ctx, tx, "read who set settings", func(r scanner) (m mark, err error) {
		var at int64
		var by string
		err = r.Scan(&m.name, &at, &by, &m.By.Name, &m.Reason)
		name := m.By.Name
		m.By, m.At = hearth.ParseActor(by), hearth.FromMillis(at)
		m.By.Name = name
		return m, err
	}, selectMarks, tx.Org(), string(property))
	if err != nil {
		return nil, err
	}
	set := map[string]Setting{}
	for _, m := range marks {
		set[m.name] = m.Setting
	}
	have, err := p.Settings.document()
	if err != nil {
		return nil, err
	}
	first, err := DefaultSettings().document()
	if err != nil {
		return nil, err
	}
	var out []Setting
	for _, d := range SettingSpecs() {
		x, marked := set[d.Name]
		x.SettingSpec, x.Value, x.Default, x.Source = d, d.read(have), d.read(first), "default"
		x.Words = d.words(x.Value)
		switch {
		case marked:
			x.Source = "changed"
		case !bytes.Equal(x.Value, x.Default):
			x.Source = "told"
		}
		out = append(out, x)
	}
	return out, nil
}

// lockProperty keeps others from changing the property until the transaction ends: two who change different settings at
// the same moment both find their change kept.
const lockProperty = `UPDATE properties SET settings = settings WHERE org = $1 AND id = $2`

const putMark = `INSERT INTO setting_marks (org, property, name, set_at, set_by, by_name, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (org, property, name) DO UPDATE SET set_at = excluded.set_at, set_by = excluded.set_by, by_name = excluded.by_name, reason = excluded.reason`

const dropMark = `DELETE FROM setting_marks WHERE org = $1 AND property = $2 AND name = $3`

// maxSettingReason bounds why a setting was changed, in letters.
const maxSettingReason = 500

// ChangeSettings sets settings of a property, all of them or none, and writes who changed what from which value to which
// into the log (property.settings_changed). It gives what changed; setting what is set already changes nothing. It fails
// with CodeInvalid and the setting's name for an unknown name, with the nearest one, and for a value that cannot be, and
// with CodeNotFound if there is no such property.
func (s *Store) ChangeSettings(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID, reason string, changes []SettingChange) ([]SettingChanged, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if len(reason) > maxSettingReason {
		return nil, hearth.FieldErrorf("reason", "A reason has at most %d letters.", maxSettingReason)
	}
	if _, err := tx.Exec(ctx, lockProperty, tx.Org(), string(property)); err != nil {
		return nil, fmt.Errorf("lock property %s: %w", property, err)
	}
	p, err := s.Property(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	done, err := p.Settings.change(changes)
	if err != nil || len(done) == 0 {
		return nil, err
	}
	if err := s.writeProperty(ctx, tx, p, false); err != nil {
		return nil, fmt.Errorf("write property %s: %w", p.ID, err)
	}
	if err := markSettings(ctx, tx, actor, p.ID, reason, changes, done); err != nil {
		return nil, err
	}
	data := map[string]any{"changes": done, "by": actor.String()}
	if reason != "" {
		data["reason"] = reason
	}
	_, err = s.emit(ctx, tx, News{Actor: actor}, fact{kind: "property.settings_changed", subject: hearth.Subject{Kind: "property", ID: string(p.ID)},
		property: p.ID, data: data})
	return done, err
}

// change sets settings, and tells what is another value than before.
func (s *Settings) change(changes []SettingChange) ([]SettingChanged, error) {
	before, err := s.document()
	if err != nil {
		return nil, err
	}
	first, err := DefaultSettings().document()
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, c := range changes {
		d, err := settingSpec(c.Name)
		if err != nil {
			return nil, err
		}
		if named[c.Name] {
			return nil, hearth.FieldErrorf(c.Name, "%s is set twice in one go; set it once.", d.Title)
		}
		named[c.Name] = true
		value := d.read(first)
		if !toDefault(c) {
			if value, err = d.take(c.Value); err != nil {
				return nil, err
			}
		}
		if err := d.set(s, value); err != nil {
			return nil, err
		}
	}
	if err := s.Check(); err != nil {
		var e *hearth.Error
		if errors.As(err, &e) {
			return nil, hearth.FieldErrorf(strings.TrimPrefix(e.Field, "settings."), "%s", e.Message)
		}
		return nil, err
	}
	after, err := s.document()
	if err != nil {
		return nil, err
	}
	var done []SettingChanged
	for _, d := range SettingSpecs() {
		if old, now := d.read(before), d.read(after); !bytes.Equal(old, now) {
			done = append(done, SettingChanged{d.Name, old, now})
		}
	}
	return done, nil
}

func toDefault(c SettingChange) bool { return len(c.Value) == 0 || string(c.Value) == "null" }

func markSettings(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID, reason string, changes []SettingChange, done []SettingChanged) error {
	back := map[string]bool{}
	for _, c := range changes {
		back[c.Name] = toDefault(c)
	}
	for _, c := range done {
		var err error
		if back[c.Name] {
			_, err = tx.Exec(ctx, dropMark, tx.Org(), string(property), c.Name)
		} else {
			_, err = tx.Exec(ctx, putMark, tx.Org(), string(property), c.Name, hearth.Millis(tx.Now()), actor.String(), actor.Name, reason)
		}
		if err != nil {
			return fmt.Errorf("mark setting %s: %w", c.Name, err)
		}
	}
	return nil
}

// ChangeVoice sets all of how a property speaks at once, like ChangeSettings.
func (s *Store) ChangeVoice(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID, v Voice) ([]SettingChanged, error) {
	doc, err := (Settings{Voice: v}).document()
	if err != nil {
		return nil, err
	}
	if err := v.check(); err != nil { // as a whole, so that a fault is named by its entry
		return nil, err
	}
	var changes []SettingChange
	for _, d := range SettingSpecs() {
		if d.Group == "Voice" {
			changes = append(changes, SettingChange{d.Name, d.read(doc)})
		}
	}
	return s.ChangeSettings(ctx, tx, actor, property, "", changes)
}
