// Package hostile writes hostile text into every kind of field of the whole program and looks at what comes of it: on the pages of the team and of
// residents in a browser, in mail, and on paper.
package hostile

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// house is the whole program over a community in which every field is hostile.
type house struct {
	t     *testing.T
	a     *app.App
	log   *bytes.Buffer
	data  string
	at    string // the address of its pages
	place record.Property
	ana   hearth.ResidentID
	unit  hearth.UnitID
	talk  string
	many  []hearth.ResidentID // to whom the texts went, some to each: their pages show the latest
	more  []string            // the team's pages of them
	all   []pagetest.Payload

	refused map[string]int // how many texts a field refused with a sentence, where it may
}

// mark is what stands behind a text in a field, so that it is found again where it is shown.
func mark(field string, i int) string { return fmt.Sprintf("q%s%03dz", field, i) }

// in gives the i-th text as it goes into a field.
func (h *house) in(field string, i int) string { return h.all[i].Text + " " + mark(field, i) }

// short is in, for a field that holds 200 bytes.
func (h *house) short(field string, i int) string {
	cut := h.all[i].Text
	for len(cut) > 180 {
		_, size := utf8.DecodeLastRuneInString(cut)
		cut = cut[:len(cut)-size]
	}
	return cut + " " + mark(field, i)
}

// enter builds the program, writes into it and starts it.
func enter(t *testing.T) *house {
	t.Helper()
	h := build(t)
	h.settle()
	h.post()
	h.serve()
	return h
}

// build makes the program, with nothing in it.
func build(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, log: &bytes.Buffer{}, data: t.TempDir(), all: pagetest.Corpus(), refused: map[string]int{}}
	var err error
	h.a, err = app.Open(t.Context(), config.Config{Data: h.data, Org: "main", Zone: "America/New_York", Send: "sink", MailConnections: 4, From: "Hearth <hearth@oak.example>", Listen: "127.0.0.1:0"},
		app.Options{Logger: slog.New(slog.NewTextHandler(h.log, nil)), Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.a.Close() }) //nolint:errcheck // it is gone with the test
	return h
}

// serve starts the program's pages and loops.
func (h *house) serve() {
	h.t.Helper()
	o := app.ServeOptions{Open: true}
	s, err := app.Listen(h.a, o)
	if err == nil {
		err = s.Run(h.t.Context(), o)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { s.Stop() }) //nolint:errcheck // it is gone with the test
	h.at = "http://" + s.Addr()
}

func (h *house) write(name string, f func(ctx context.Context, tx *db.Tx) error) {
	h.t.Helper()
	if err := h.a.DB.Write(h.t.Context(), func(tx *db.Tx) error { return f(h.t.Context(), tx) }); err != nil {
		h.t.Fatalf("%s: %v", name, err)
	}
}

func news() record.News { return record.News{Source: "hostile", Actor: hearth.System("test")} }

// settle writes every text into every kind of field.
func (h *house) settle() {
	h.found()
	h.write("those to whom some of it goes", func(ctx context.Context, tx *db.Tx) error {
		for i := 0; i*each < len(h.all); i++ {
			home, err := h.a.Records.PutHome(ctx, tx, news(), record.Home{Property: h.place.ID, Unit: record.Unit{Label: fmt.Sprint("N", i)}, Members: []record.Member{{Resident: record.Resident{First: h.all[i].Text, Last: fmt.Sprint("Moss ", i)}}}})
			if err != nil {
				return err
			}
			who := home.Members[0].ID
			c, err := h.a.Inbox.Conversations.Begin(ctx, tx, hearth.System("test"), h.place.ID, who, "")
			if err != nil {
				return err
			}
			h.many, h.more = append(h.many, who), append(h.more, "/conversations?open="+c.ID, "/residents/"+string(who))
		}
		return nil
	})
	for _, f := range h.fields() {
		h.write(f.name, func(ctx context.Context, tx *db.Tx) error {
			for i := range h.all {
				if !storable(h.all[i].Text) {
					continue
				}
				if err := f.put(ctx, tx, i); err != nil {
					return fmt.Errorf("text %d (%s %q): %w", i, h.all[i].Kind, h.all[i].Text, err)
				}
			}
			return nil
		})
		h.refuses(f)
	}
}

// found makes the community, and somebody who has everything.
func (h *house) found() {
	h.write("a property", func(ctx context.Context, tx *db.Tx) (err error) {
		h.place, _, err = h.a.Records.PutProperty(ctx, tx, news(), record.Property{Name: `Oak "><img src=x onerror=top.` + pagetest.Ran + `=1> Court` + "\u202e", Address: h.in("pa", 0), City: h.in("pc", 1), Zone: "America/New_York", State: "NY"})
		return err
	})
	h.write("somebody who has everything", func(ctx context.Context, tx *db.Tx) error {
		home, err := h.a.Records.PutHome(ctx, tx, news(), record.Home{Property: h.place.ID, Unit: record.Unit{Label: "4B"},
			Members: []record.Member{{Resident: record.Resident{First: "Ana" + `<script>top.` + pagetest.Ran + `=1</script>`, Last: strings.Repeat("Ruiz", 40), Email: "ana@home.example"}}},
			Lease:   record.HomeLease{Start: hearth.DayOf(tx.Now(), time.UTC) - 300, End: hearth.DayOf(tx.Now(), time.UTC) + 65}})
		if err != nil {
			return err
		}
		h.ana, h.unit = home.Members[0].ID, home.Unit
		_, _, err = h.a.Records.PutStaff(ctx, tx, news(), record.Staff{Name: "Mara Lindt", Roles: []record.StaffRole{{Property: h.place.ID, Role: hearth.RoleManager}}})
		if err != nil {
			return err
		}
		c, err := h.a.Inbox.Conversations.Begin(ctx, tx, hearth.System("test"), h.place.ID, h.ana, "")
		h.talk = c.ID
		return err
	})
}

// each is how many texts go to one resident.
const each = 48

// whose gives to whom the i-th text goes.
func (h *house) whose(i int) hearth.ResidentID { return h.many[i/each] }

// storable tells whether a text is one at all.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// refuses has a field refuse, with a sentence, what is no text.
func (h *house) refuses(f field) {
	h.t.Helper()
	for i, p := range h.all {
		if storable(p.Text) {
			continue
		}
		err := h.a.DB.Write(h.t.Context(), func(tx *db.Tx) error { return f.put(h.t.Context(), tx, i) })
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			h.t.Errorf("%s takes %q: %v", f.name, p.Text, err)
		}
	}
}

// texts counts those that are kept.
func (h *house) texts() (n int) {
	for _, p := range h.all {
		if storable(p.Text) {
			n++
		}
	}
	return n
}

// field is a kind of field with what writes a text into it.
type field struct {
	name string
	put  func(ctx context.Context, tx *db.Tx, i int) error
}

func (h *house) fields() []field {
	staff := hearth.Actor{Kind: "staff", ID: "stf_x", Name: "Mara"}
	return []field{
		{"names, units, buildings", func(ctx context.Context, tx *db.Tx, i int) error {
			_, err := h.a.Records.PutHome(ctx, tx, news(), record.Home{Property: h.place.ID, Unit: record.Unit{Label: h.in("un", i), BuildingName: h.in("bu", i%40)},
				Members: []record.Member{{Resident: record.Resident{First: h.in("na", i), Last: "Ruiz"}}}})
			return err
		}},
		{"team", func(ctx context.Context, tx *db.Tx, i int) error {
			_, _, err := h.a.Records.PutStaff(ctx, tx, news(), record.Staff{Name: h.in("st", i), Roles: []record.StaffRole{{Property: h.place.ID, Role: hearth.RoleTechnician}}})
			return err
		}},
		{"facts", func(ctx context.Context, tx *db.Tx, i int) error {
			_, err := h.a.Records.PutPreference(ctx, tx, news(), record.Preference{Resident: h.ana, Name: fmt.Sprintf("fact_%d", i), Value: h.in("fa", i), Source: "hostile"})
			return err
		}},
		{"messages", func(ctx context.Context, tx *db.Tx, i int) error {
			m := message.Message{ID: hearth.MessageID(fmt.Sprintf("msg_%03d", i)), Property: h.place.ID, Resident: h.whose(i), State: message.Sent, Class: hearth.ClassService, Purpose: "test",
				Channel: hearth.ChannelPortal, Subject: h.in("ms", i), Body: h.in("mb", i) + "\n\n" + h.all[i].Text}
			if i%2 == 1 {
				_, err := h.a.Messages.Receive(ctx, tx, record.News{Source: "hostile", EventID: fmt.Sprint("m", i)}, message.Inbound{Resident: h.whose(i), Property: h.place.ID, Channel: hearth.ChannelPortal, Title: m.Subject, Text: m.Body})
				return err
			}
			_, err := h.a.Messages.SentElsewhere(ctx, tx, record.News{}, h.all[i].Text, m)
			return err
		}},
		{"notes", func(ctx context.Context, tx *db.Tx, i int) error {
			_, err := h.a.Inbox.Conversations.AddNote(ctx, tx, staff, h.talk, h.in("no", i))
			return err
		}},
		{"saved replies", func(ctx context.Context, tx *db.Tx, i int) error {
			_, err := h.a.Inbox.Conversations.Save(ctx, tx, staff, conversation.Saved{Property: h.place.ID, Title: h.short("sr", i), Body: h.in("sb", i)})
			return err
		}},
		{"repairs", func(ctx context.Context, tx *db.Tx, i int) error {
			if i%4 != 0 && storable(h.all[i].Text) {
				return nil // it stands with the one before: a page shows the latest requests alone
			}
			words := h.in("re", i)
			for k := i + 1; k < i-i%4+4 && k < len(h.all) && storable(h.all[i].Text); k++ {
				if storable(h.all[k].Text) {
					words += " " + h.in("re", k)
				}
			}
			o, err := h.a.Workorders.Open(ctx, tx, record.News{Source: "hostile", EventID: fmt.Sprint("o", i)}, workorder.Order{Property: h.place.ID, Unit: h.unit, Resident: h.whose(i - i%4), Description: words, Category: "plumbing"})
			if err == nil && i%8 == 0 {
				_, err = h.a.Workorders.Complete(ctx, tx, news(), o.ID, strings.ReplaceAll(words, "qre", "qrr"))
			}
			return err
		}},
		{"tasks", func(ctx context.Context, tx *db.Tx, i int) error {
			return h.a.Tasks.Insert(ctx, tx, []task.Task{{ID: hearth.TaskID(fmt.Sprintf("tsk_%03d", i)), Part: eventlog.PartOf(h.place.ID), Property: h.place.ID, Resident: h.ana, Kind: "playbook", Title: h.in("ta", i), Why: h.in("tw", i),
				Checklist: []string{h.in("tc", i)}, Draft: h.all[i].Text, Role: hearth.RoleManager, Minutes: 5, DueAt: tx.Now().Add(time.Duration(i) * time.Second), // before all that the desk asks for, whatever the hour
				Context: task.Context{Facts: []task.Fact{{Name: h.all[i].Text, Value: h.in("tf", i)}}, History: []string{h.in("th", i)}}}})
		}},
	}
}
