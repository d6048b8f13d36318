package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Settings lists how a property, named by id or name, works: every setting with where its value came from.
func (a *App) Settings(ctx context.Context, property string) (out []record.Setting, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		at, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		out, err = a.Records.SettingsOf(ctx, tx, at)
		return err
	})
	return out, err
}

// ChangeSettings sets settings of a property, written as NAME=VALUE: VALUE is JSON, or plain text where it is none; NAME=
// alone puts the default back. as is the member of the team who does it, "" the operator.
func (a *App) ChangeSettings(ctx context.Context, as, property, reason string, pairs []string) (done []record.SettingChanged, err error) {
	changes := make([]record.SettingChange, len(pairs))
	for i, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return nil, hearth.FieldErrorf("set", "%q is not NAME=VALUE, such as budget.week=1.", p)
		}
		if changes[i], err = settingTold(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return nil, err
		}
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		at, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		done, err = a.Records.ChangeSettings(ctx, tx, actor, at, reason, changes)
		return err
	})
	return done, err
}

func settingTold(name, value string) (record.SettingChange, error) {
	c := record.SettingChange{Name: name}
	if value == "" {
		return c, nil
	}
	c.Value = json.RawMessage(value)
	plain := !json.Valid(c.Value)
	for _, d := range record.SettingSpecs() {
		if d.Name == name && (d.Kind == record.SettingText || d.Kind == record.SettingAddress) {
			plain = !strings.HasPrefix(value, `"`) || plain
		}
	}
	if !plain {
		return c, nil
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		return c, fmt.Errorf("write the value of %s: %w", name, err)
	}
	c.Value = quoted
	return c, nil
}
