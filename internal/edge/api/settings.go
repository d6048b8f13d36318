package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// settingItem is a setting of a property as it stands.
type settingItem struct {
	Name    string             `json:"name"`
	Group   string             `json:"group"`
	Title   string             `json:"title"`
	Meaning string             `json:"meaning"`
	Kind    record.SettingKind `json:"kind" enum:"whole,number,clock,yesno,text,address,hours,days,phrases,words"`
	Unit    string             `json:"unit,omitempty"`
	Least   float64            `json:"least" doc:"Of numbers and clocks."`
	Most    float64            `json:"most" doc:"Of numbers and clocks; of texts the most letters, of lists the most entries."`
	Value   any                `json:"value"`
	Words   string             `json:"words" doc:"The value as people say it."`
	Default any                `json:"default"`
	Source  string             `json:"source" enum:"default,changed,told" doc:"Where the value came from; told: it was set together with the property."`
	Changed *time.Time         `json:"changed,omitempty"`
	By      string             `json:"by,omitempty" doc:"Who changed it."`
	Reason  string             `json:"reason,omitempty"`
}

func settingOf(x record.Setting) settingItem {
	by := x.By.Name
	if by == "" {
		by = x.By.String()
	}
	return settingItem{x.Name, x.Group, x.Title, x.Meaning, x.Kind, x.Unit, x.Least, x.Most, x.Value, x.Words, x.Default, x.Source, instant(x.At), by, x.Reason}
}

func (a *API) addSettings() {
	const tag = "Settings"
	add(a, about{http.MethodGet, "/properties/{id}/settings", tag, "list-settings", "How a property works",
		"Every setting with what it means, its unit, its range, its default, its value and where that came from.", account.ScopeRead}, a.listSettings)
	add(a, about{http.MethodPatch, "/properties/{id}/settings", tag, "change-settings", "Change how a property works",
		"All the settings named, or none. null puts the default back. The log keeps who changed what, from which value to which.", account.ScopeAdmin}, a.changeSettings)
}

func (a *API) listSettings(ctx context.Context, in *PropertyPath) (*list[settingItem], error) {
	var all []record.Setting
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Records.SettingsOf(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", settingOf), nil
}

func (a *API) changeSettings(ctx context.Context, in *struct {
	PropertyPath
	Body struct {
		Settings map[string]any `json:"settings" minProperties:"1" maxProperties:"50" doc:"Values by the settings' names, such as {\"budget.week\":1,\"quiet.from\":\"20:30\"}."`
		Reason   string         `json:"reason,omitempty" maxLength:"500" doc:"Whoever asks later reads it."`
	}
}) (*list[settingItem], error) {
	var changes []record.SettingChange
	for _, name := range slices.Sorted(maps.Keys(in.Body.Settings)) {
		value, err := json.Marshal(in.Body.Settings[name])
		if err != nil {
			return nil, fmt.Errorf("write the value of %s: %w", name, err)
		}
		changes = append(changes, record.SettingChange{Name: name, Value: value})
	}
	var all []record.Setting
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := a.Records.ChangeSettings(ctx, tx, actorOf(ctx), in.ID, in.Body.Reason, changes); err != nil {
			return err
		}
		var err error
		all, err = a.Records.SettingsOf(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", settingOf), nil
}
