package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The second table of the policy, field by field: each role opens every page on which a resident stands, and what the table hides is on none of them.
func TestFieldsOfResidents(t *testing.T) {
	h := newHouse(t, nil)
	ana := h.ana
	const phone, mail, last, dog, wrote = "+13125550199", "ana.private@mail.example", "Ruiz", "The dog Brutus is in the hall", "The tap drips again"
	const door, ring = "enter when nobody is home", "call an hour before"
	h.write(func(ctx context.Context, tx *db.Tx) error {
		news := record.News{Source: "yardi/oak"}
		for name, value := range map[string]string{"phone": phone, "email": mail} {
			if _, err := h.web.Records.PutDetail(ctx, tx, news, ana, name, value); err != nil {
				return err
			}
		}
		for name, value := range map[string]string{"entry": dog, "access": door, "notice": ring} {
			if _, err := h.web.Records.PutPreference(ctx, tx, news, record.Preference{Resident: ana, Name: name, Value: value}); err != nil {
				return err
			}
		}
		_, err := h.web.Log.Append(ctx, tx, &hearth.Event{ID: "evt_paid", Source: "test", Type: "payment.recorded", Subject: hearth.Subject{Kind: "resident", ID: string(ana)}, Residents: []hearth.ResidentID{ana}, Property: h.oak, Time: tx.Now(),
			Data: []byte(`{"late":true,"amount":1200}`), Actor: hearth.System("test")})
		return err
	})
	policy := account.NewPolicy()
	var pages, hidden, shown int
	for _, role := range hearth.Roles() {
		in := map[string]string{"hearth": h.session(role)}
		v := policy.StaffViewer(record.Staff{Roles: []record.StaffRole{{Property: h.oak, Role: role}}}, account.Session{}, time.Time{})
		name := v.Sees(account.FieldName, h.oak)
		see := map[string]bool{
			last:                      name == account.SeesAll,
			wrote:                     v.Sees(account.FieldMessages, h.oak) == account.SeesAll,
			"has a payment on record": v.Sees(account.FieldArrears, h.oak) == account.SeesAll,
			dog:                       v.Sees(account.FieldEntry, h.oak) == account.SeesAll,
			door:                      v.Sees(account.FieldEntry, h.oak) == account.SeesAll,
			ring:                      v.Sees(account.FieldEntry, h.oak) == account.SeesAll,
			"•••@mail.example":        v.Sees(account.FieldContact, h.oak) == account.SeesAll || v.Sees(account.FieldContact, h.oak) == account.SeesReveal,
			phone:                     false, // uncovered one at a time, and never on a page by itself
			mail:                      false,
		}
		seen := map[string]bool{}
		for _, path := range []string{"/", "/residents", "/residents?q=Ana", "/residents?q=" + last, "/residents?q=0199", "/find?q=Ana", "/find?q=" + last, "/residents/" + string(ana), "/residents/" + string(ana) + "?see=money",
			"/residents/" + string(ana) + "?see=messages", "/conversations", "/conversations?open=" + h.talk, "/residents/" + string(ana) + "/write", "/conversations/" + h.talk, "/happened", "/broadcasts", "/playbooks"} {
			rec := h.ask("GET", path, nil, in)
			body := strings.ReplaceAll(rec.Body.String(), "<wbr>", "") // where an address may break: who reads it sees it whole
			if rec.Code >= 500 {
				t.Errorf("%s as %s: %d", path, role, rec.Code)
			}
			pages++
			for word, may := range see {
				asked := strings.Contains(path, last) && word == last // what was typed stands in the field
				if strings.Contains(body, word) && !asked {
					seen[word] = true
					if !may {
						t.Errorf("%s as %s shows %q", path, role, word)
					}
				}
				if !may {
					hidden++
				}
			}
			if strings.Contains(path, last) && name != account.SeesAll && strings.Contains(body, string(ana)) {
				t.Errorf("%s as %s: a name that is hidden leads to whom it belongs", path, role)
			}
			if strings.Contains(path, "0199") && strings.Contains(body, string(ana)) && !see["•••@mail.example"] {
				t.Errorf("%s as %s: a number that is hidden leads to whom it belongs", path, role)
			}
		}
		for _, word := range []string{last, wrote, "•••@mail.example", dog, "has a payment on record"} {
			may := see[word]
			if word != last && account.NewPolicy().StaffViewer(record.Staff{Roles: []record.StaffRole{{Property: h.oak, Role: role}}}, account.Session{}, time.Time{}).May(account.ResidentsRead, h.oak) == false {
				continue // the role opens none of the pages on which it stands
			}
			if may && !seen[word] {
				t.Errorf("%s may see %q and sees it nowhere", role, word)
			}
			if may {
				shown++
			}
		}
	}
	t.Logf("%d pages, %d cells hidden, %d shown", pages, hidden, shown)
}
