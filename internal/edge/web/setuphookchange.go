package web

import (
	"context"
	"errors"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/record"
)

// What a program hears is changed on a form of its own, and who did what with each can be read.

// changeForm shows the form of what a program hears.
func (q *request) changeForm() (templ.Component, error) {
	if q.web.Webhooks == nil {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	h, err := q.hook()
	if err == nil {
		err = q.needHooks(h.Properties)
	}
	if err != nil {
		return nil, err
	}
	scope, err := q.scopeChoices(h.Properties, len(h.Properties) == 0)
	chosen := make([]string, len(h.Types))
	for i, t := range h.Types {
		chosen[i] = string(t)
	}
	return q.hookForm(hookFormView{Of: h.ID, Host: hookHost(h.URL), Fields: changeFields(h.Note), Scope: scope}, chosen), err
}

// action is where the form is sent.
func (v hookFormView) action() string {
	if v.Of == "" {
		return hooksPath
	}
	return v.page()
}

// page is where the form stands.
func (v hookFormView) page() string {
	if v.Of == "" {
		return newHookPath
	}
	return hooksPath + "/" + v.Of + "/change"
}

func changeFields(note string) []ui.Input { return hookFields("", note)[1:] }

// changeHook has a program hear something else.
func (q *request) changeHook(h webhook.Hook) (outcome, error) {
	of, err := q.scopeAsked()
	if err == nil {
		err = q.needHooks(of)
	}
	types, note := q.typesAsked(), short(q.field("note"), 200)
	if err == nil {
		_, err = q.web.Webhooks.Change(q.Context(), q.actor, h.ID, webhook.Change{Types: &types, Note: &note, Properties: &of})
	}
	var wrong *hearth.Error
	if errors.As(err, &wrong) && wrong.Field != "" {
		v := hookFormView{Of: h.ID, Host: hookHost(h.URL), Fields: changeFields(q.field("note"))}
		return outcome{}, q.hookAgain(v, wrong)
	}
	return outcome{said: hookHost(h.URL) + " hears from now on what you chose. Its secret stays, and what waits is still told if it hears that."}, err
}

// typesAsked reads which events the form chose.
func (q *request) typesAsked() []hearth.EventType {
	chosen := q.Form["type"]
	types := make([]hearth.EventType, len(chosen))
	for i, t := range chosen {
		types[i] = hearth.EventType(t)
	}
	return types
}

// hookAgain shows a form with what is wrong in it.
func (q *request) hookAgain(v hookFormView, wrong *hearth.Error) error {
	every := q.field("every") != ""
	var named []hearth.PropertyID
	for _, p := range q.Form["property"] {
		named = append(named, hearth.PropertyID(p))
	}
	scope, err := q.scopeChoices(named, every)
	if err != nil {
		return err
	}
	v.Scope = scope
	switch wrong.Field {
	case "types":
		v.Kinds = wrong.Message
		v.Fields = append(v.Fields, ui.Input{Name: "types", Label: "What it hears", Wrong: wrong.Message})
	case "properties":
		v.Scope.Wrong = wrong.Message
		v.Fields = append(v.Fields, ui.Input{Name: "properties", Label: "Of which communities", Wrong: wrong.Message})
	default:
		v.Fields[0].Wrong = wrong.Message
	}
	return wrongForm{q.hookForm(v, q.Form["type"])}
}

// hookActLines says who did what with a program, the newest first.
func (q *request) hookActLines(ctx context.Context, tx *db.Tx, id string, team map[hearth.StaffID]string, places []record.Property) (out []string, err error) {
	acts, err := webhook.Acts(ctx, tx, id, 20)
	for _, a := range acts {
		out = append(out, q.actWords(a, team, places))
	}
	return out, err
}

func (q *request) actWords(a webhook.Act, team map[hearth.StaffID]string, places []record.Property) string {
	did := map[webhook.Did]string{webhook.Added: "added it", webhook.Altered: "changed it", webhook.Paused: "paused it", webhook.Resumed: "resumed it",
		webhook.NewSecret: "gave it a new secret", webhook.Removed: "removed it"}[a.Did]
	words := capital(page.When(a.At, q.now, q.zone)) + ", " + nameOfActor(a.Actor, team) + " " + did + "."
	if len(a.More) > 0 && a.Did == webhook.Altered {
		words += " It hears too: " + kindsWords(a.More)
	}
	if len(a.Less) > 0 {
		words += " It hears no more: " + kindsWords(a.Less)
	}
	if a.Properties != nil {
		words += " It hears of " + scopeWords(*a.Properties, places) + "."
	}
	if a.Note != nil {
		words += " What it is for was written anew."
	}
	return strings.TrimSpace(words + " " + a.Why)
}

func kindsWords(all []hearth.EventType) string {
	words := make([]string, len(all))
	for i, t := range all {
		words[i] = eventWords(t)
	}
	return strings.Join(words, " ")
}

// goneLines says which programs were removed, and by whom.
func (q *request) goneLines(ctx context.Context, tx *db.Tx, team map[hearth.StaffID]string) (out []string, err error) {
	gone, err := webhook.Gone(ctx, tx, 10)
	for _, a := range gone {
		out = append(out, a.Host+": "+q.actWords(a, team, nil))
	}
	return out, err
}
