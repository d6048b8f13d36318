package api

import (
	"context"
	"testing"

	"hearth/internal/base/dbtest"
	"hearth/internal/decide/inbox/helper"
	"hearth/internal/fact/care"
)

// parrot is a model that says the same again.
type parrot struct{}

func (parrot) Ask(_ context.Context, _, text string) (string, error) { return text, nil }
func (parrot) Model() string                                         { return "parrot" }

func TestAssistOverTheAPI(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	const at = "/api/v1/assist"
	b.walk(t, []stop{{"without a model", "POST", at, "admin", `{"do":"simplify","text":"We come.","resident":"R-1"}`, 404, "assist-url", ""}})
	b.api.Helper = helper.New(helper.Deps{DB: d, Records: b.api.Records, Care: care.New(b.api.Log, b.api.Records), Inbox: b.api.Inbox, Model: parrot{}})
	b.walk(t, []stop{
		{"plainer", "POST", at, "admin", `{"do":"simplify","text":"Ana, we come at nine.","resident":"R-1"}`, 200, `"text":"Ana, we come at nine."`, ""},
		{"who helped", "POST", at, "admin", `{"do":"simplify","text":"We come.","resident":"R-1"}`, 200, `"helped":"parrot"`, ""},
		{"into what?", "POST", at, "admin", `{"do":"translate","text":"We come.","resident":"R-1"}`, 422, "into which language", ""},
		{"no such help", "POST", at, "admin", `{"do":"send","text":"We come.","resident":"R-1"}`, 422, "", ""},
		{"about nobody", "POST", at, "admin", `{"do":"simplify","text":"We come.","resident":"R-77"}`, 404, "", ""},
		{"by who may only read", "POST", at, "read", `{"do":"simplify","text":"We come.","resident":"R-1"}`, 403, "", ""},
	})
}
