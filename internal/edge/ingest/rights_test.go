package ingest

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// roles tells what each of the team may, by name; "left" for who left.
func (e *env) roles() map[string]string {
	out := map[string]string{}
	e.read(func(tx *db.Tx) error {
		all, err := e.records.AllStaff(context.Background(), tx)
		for _, m := range all {
			var words []string
			for _, r := range m.Roles {
				words = append(words, string(r.Role))
			}
			if out[m.Name] = strings.Join(words, " "); m.Inactive {
				out[m.Name] = "left"
			}
		}
		return err
	})
	return out
}

// accounts keeps sign-ins, and has the importer ask them.
func (e *env) accounts() *account.People {
	e.t.Helper()
	people, err := account.NewPeople(account.Deps{DB: e.d, Records: e.records, Random: rand.Reader, Cost: account.Cost{KiB: 64, Rounds: 1}})
	if err != nil {
		e.t.Fatal(err)
	}
	e.im.Accounts = people
	return people
}

// works makes who brings files in the manager of a property.
func (e *env) works(by By, at record.Property) {
	e.t.Helper()
	e.accounts()
	err := e.d.Write(context.Background(), func(tx *db.Tx) error {
		_, _, err := e.records.PutStaff(context.Background(), tx, record.News{Source: "test"}, record.Staff{ID: hearth.StaffID(by.Actor.ID), Name: "Mara Manages",
			Roles: []record.StaffRole{{Property: at.ID, Role: hearth.RoleManager}}})
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
}

// A list of the team gives no more than whoever brings it in may give at that moment, and nobody changes their own rights by it. What the
// machine's owner gave by a list is not taken back by who may not say so.
func TestAListOfTheTeamGivesNoMoreThanItsBringerHas(t *testing.T) {
	each(t, func(e *env) {
		people := e.accounts()
		const head = "Staff ID,Name,Email,Role,Status\n"
		owners := e.bring(column.Staff, head+"1,Mia Berg,mia@oak.example,Property Manager,active\n2,Cora Hill,cora@oak.example,Service Coordinator,active\n"+
			"3,Tom Lee,tom@oak.example,Technician,active\n4,Ada Quit,ada@oak.example,Service Coordinator,left\n")
		e.wantCounts(owners, Counts{Rows: 4, Added: 4})
		var mia record.Staff
		var place record.Property
		err := e.d.Write(context.Background(), func(tx *db.Tx) (err error) {
			if mia, err = e.records.StaffByEmail(context.Background(), tx, "mia@oak.example"); err != nil {
				return err
			}
			if place, err = e.records.PropertyByName(context.Background(), tx, "Oak Court"); err != nil {
				return err
			}
			_, err = people.Create(context.Background(), tx, hearth.System("test"), account.Person{Staff: mia.ID, Login: mia.Email})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		who, err := idOf(e, people, mia.ID)
		if err == nil {
			_, err = people.Guest(context.Background(), who, account.From{}) // she comes in: the team is set up by now
		}
		if err != nil {
			t.Fatal(err)
		}
		as := func(m record.Staff) func(*Request) {
			return func(r *Request) {
				r.Actor, r.Within, r.Partial = hearth.Actor{Kind: "staff", ID: string(m.ID)}, []hearth.PropertyID{place.ID}, true
			}
		}
		e.clock.Advance(time.Minute)
		hers := e.bring(column.Staff, head+"1,Mia Berg,mia@oak.example,Leasing,active\n3,Tom Lee,tom@oak.example,Leasing,active\n"+
			"4,Ada Quit,ada@oak.example,Service Coordinator,active\n5,Puppet,puppet@oak.example,Service Coordinator,active\n6,Sam New,sam@oak.example,Technician,active\n", as(mia))
		e.wantCounts(hers, Counts{Rows: 5, Added: 1, Changed: 1, Quarantined: 3})
		want := map[string]string{"Mia Berg": "property_manager", "Cora Hill": "service_coordinator", "Tom Lee": "leasing technician", "Ada Quit": "left", "Sam New": "technician"}
		if got := e.roles(); !sameWords(got, want) {
			t.Errorf("the list left %v, want %v", got, want)
		}
		u, err := e.im.UndoImport(context.Background(), hearth.Actor{Kind: "token", ID: "t1"}, hers.Import, func(float64) {})
		if err != nil || u.Counts.Team != 0 {
			t.Errorf("a program took rights: %+v %v", u, err)
		}
		if got := e.roles(); !sameWords(got, want) {
			t.Errorf("a program left %v, want %v", got, want)
		}

		tech := record.Staff{}
		e.read(func(tx *db.Tx) (err error) {
			tech, err = e.records.StaffByEmail(context.Background(), tx, "tom@oak.example")
			return err
		})
		e.wantCounts(e.bring(column.Staff, head+"7,Kim Own,kim@oak.example,Technician,active\n", as(tech)), Counts{Rows: 1, Quarantined: 1})
	})
}

func idOf(e *env, people *account.People, id hearth.StaffID) (out string, err error) {
	e.read(func(tx *db.Tx) error {
		p, err := people.ByStaff(context.Background(), tx, id)
		out = p.ID
		return err
	})
	return out, nil
}

func sameWords(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}
