package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/act/webhook"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// A webhook that somebody of the team made is told nothing once they have left or are manager of a part only, and the managers read
// why; one that a program made stays.
func TestAWebhookOfSomebodyWhoLeftIsPaused(t *testing.T) {
	a, err := Open(t.Context(), config.Config{Data: t.TempDir(), Org: "main", WebhookAllow: "127.0.0.0/8"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	calls := 0
	far := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	defer far.Close()
	write := func(f func(ctx context.Context, tx *db.Tx) error) {
		t.Helper()
		if err := a.DB.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
	}
	var oak, elm record.Property
	staff := func(name string, roles ...record.StaffRole) (m record.Staff) {
		write(func(ctx context.Context, tx *db.Tx) (err error) {
			m, _, err = a.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: name, Email: strings.ToLower(name) + "@oak.example", Roles: roles})
			return err
		})
		return m
	}
	write(func(ctx context.Context, tx *db.Tx) (err error) {
		if oak, _, err = a.Records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", Zone: "America/Chicago"}); err == nil {
			elm, _, err = a.Records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		}
		return err
	})
	manages := func(p record.Property) record.StaffRole {
		return record.StaffRole{Property: p.ID, Role: hearth.RoleManager}
	}
	dana := staff("Dana", manages(oak), manages(elm))
	by := func(m record.Staff) hearth.Actor { return hearth.Actor{Kind: "staff", ID: string(m.ID), Name: m.Name} }
	may := func(who hearth.Actor, of ...hearth.PropertyID) (ok bool) {
		write(func(ctx context.Context, tx *db.Tx) (err error) {
			ok, err = a.mayHook(ctx, tx, who, of)
			return err
		})
		return ok
	}
	for name, x := range map[string]struct {
		who  hearth.Actor
		want bool
	}{"the manager of both": {by(dana), true}, "the manager of one": {by(staff("Cora", manages(oak))), false}, "nobody": {hearth.Actor{Kind: "staff", ID: "stf_none"}, false},
		"an administrator": {by(staff("Ada", record.StaffRole{Property: oak.ID, Role: hearth.RoleAdmin}, record.StaffRole{Property: elm.ID, Role: hearth.RoleAdmin})), false},
		"a program":        {hearth.Actor{Kind: "token", ID: "tok_1"}, true}} {
		if got := may(x.who); got != x.want {
			t.Errorf("%s may have another program hear: %v", name, got)
		}
	}
	cora := by(staff("Cora", manages(oak)))
	if !may(cora, oak.ID) || may(cora, elm.ID) || may(cora, oak.ID, elm.ID) {
		t.Error("the manager of one may have another program hear of that one, and of no other")
	}
	if _, _, err := a.Webhooks.Make(t.Context(), by(dana), webhook.Wish{URL: far.URL, Types: []hearth.EventType{"portal.visited"}}); err != nil {
		t.Fatal(err)
	}
	dana.Inactive = true
	write(func(ctx context.Context, tx *db.Tx) error {
		if _, _, err := a.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, dana); err != nil {
			return err
		}
		_, err := a.Log.Append(ctx, tx, &hearth.Event{ID: "e1", Source: "test", Type: "portal.visited", Subject: hearth.Subject{Kind: "resident", ID: "res_1"}, Property: oak.ID, Residents: []hearth.ResidentID{"res_1"}, Time: tx.Now(), Data: []byte(`{}`)})
		return err
	})
	if _, err := a.Webhooks.Feed(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Webhooks.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var asked []task.Task
	write(func(ctx context.Context, tx *db.Tx) (err error) {
		asked, _, err = a.Tasks.List(ctx, tx, task.Filter{Kind: "webhook"}, "", 10)
		return err
	})
	if calls != 0 || len(asked) != 1 || !slices.ContainsFunc(asked, func(x task.Task) bool { return strings.Contains(x.Why, "has left") && x.Role == hearth.RoleManager }) {
		t.Errorf("%d calls were made, and the managers are asked %+v", calls, asked)
	}
}
