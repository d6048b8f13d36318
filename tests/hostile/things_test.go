package hostile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/record"
)

// The texts once more, in what the team makes and brings in: playbooks, texts of messages, broadcasts, files with their names and cells. None runs, none
// goes further than its place, each is shown as what it is; and what leaves in a file is no formula where it is opened.
func TestHostileThingsOfTheTeam(t *testing.T) {
	h := build(t)
	h.found()
	h.playbooks()
	h.wordings()
	casts := h.broadcasts()
	orders := h.done()
	h.cells()
	h.serve()
	h.names()
	h.photos()
	h.download(orders)
	n := h.texts()
	least := map[string]int{"pt": n - h.refused["playbooks"], "te": n - h.refused["texts of messages"], "br": n - h.refused["broadcasts"], "if": 190, "ih": n, "ie": n}
	ctx := pagetest.BrowserFor(t, 8*time.Minute)
	pages := []string{"/playbooks", "/setup/templates", "/broadcasts", "/imports", "/residents/" + string(h.ana) + "/why", "/residents/" + string(h.ana) + "/write", "/find?q=hostile", "/insight/rows?figure=repair&open=1"}
	h.onPages(ctx, "things", map[string][]string{"": append(pages, h.more...)}, least)
	h.onPages(ctx, "residents' things", map[string][]string{h.link(h.ana): {"/home", "/home/repairs"}, h.link(casts): {"/home/messages"}}, map[string]int{"bb": 40})
	h.quiet()
	h.unkept()
}

// may notes that a field refused a text with a sentence, which it may. Any other fault ends the test.
func (h *house) may(field string, i int, err error) {
	h.t.Helper()
	if err == nil {
		return
	}
	if hearth.CodeOf(err) != hearth.CodeInvalid {
		h.t.Fatalf("%s: text %d (%s %q): %v", field, i, h.all[i].Kind, h.all[i].Text, err)
	}
	if storable(h.all[i].Text) {
		h.refused[field]++
	}
}

// scarce has a field refuse no more than so many of the texts.
func (h *house) scarce(field string, most int) {
	h.t.Helper()
	h.t.Logf("%s: %d of %d texts are refused with a sentence", field, h.refused[field], h.texts())
	if h.refused[field] > most {
		h.t.Errorf("%s: %d of %d texts are refused, expected %d at most", field, h.refused[field], h.texts(), most)
	}
}

// yaml writes a document; every JSON text is one.
func (h *house) yaml(v any) []byte {
	h.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		h.t.Fatal(err)
	}
	return raw
}

type thing = map[string]any

// play is a playbook with a text wherever words stand.
func (h *house) play(i int) []byte {
	id := fmt.Sprintf("hostile-%03d", i)
	return h.yaml(thing{"id": id, "title": h.short("pt", i), "why": h.in("pw", i), "moment": "micro", "depth": "human", "for": "resident", "trigger": thing{"on": "amenity.booked"},
		"steps": []thing{{"id": "look", "task": thing{"title": h.short("ps", i), "why": h.in("py", i), "role": "leasing", "minutes": 10, "due": "5 business days", "checklist": []string{h.in("pk", i)},
			"asks": []thing{{"fact": "learned", "question": h.short("pq", i), "kind": "text"}}}}},
		"exits": []thing{{"on": "message.received", "because": h.in("pb", i)}}})
}

// playbooks makes a playbook of every text: one in four is switched on, the others are drafts.
func (h *house) playbooks() {
	h.t.Helper()
	for i := range h.all {
		text := h.play(i)
		var err error
		if i%4 == 0 {
			_, err = h.a.Engine.Activate(h.t.Context(), text, 0)
		} else if _, err = h.a.Engine.Compile(h.t.Context(), text); err == nil {
			err = h.a.DB.Write(h.t.Context(), func(tx *db.Tx) error {
				return playbook.PutDraft(h.t.Context(), tx, hearth.System("test"), hearth.PlaybookID(fmt.Sprintf("hostile-%03d", i)), string(text))
			})
		}
		h.may("playbooks", i, err)
		if err == nil && i%40 < 2 {
			h.more = append(h.more, fmt.Sprintf("/playbooks/hostile-%03d", i), fmt.Sprintf("/playbooks/hostile-%03d/edit", i))
		}
	}
	h.scarce("playbooks", 20)
}

// wordings makes texts of messages of the texts, eight in each, and one more for each that has it in its title alone: a text that the check refuses is in none.
func (h *house) wordings() {
	h.t.Helper()
	var good []int
	for i := range h.all {
		_, found := h.a.Templates.Examine(h.wording(fmt.Sprintf("hostile-%03d", i), i))
		var err error
		if len(found) > 0 {
			err = hearth.Errorf(hearth.CodeInvalid, "%s", found[0])
		}
		if h.may("texts of messages", i, err); err == nil {
			good = append(good, i)
		}
	}
	h.scarce("texts of messages", 70)
	for k, some := range slices.Collect(slices.Chunk(good, 8)) {
		id := fmt.Sprintf("hostile-%03d", some[0])
		h.write("a text of messages", func(ctx context.Context, tx *db.Tx) error {
			_, err := h.a.Desk.Create(ctx, tx, hearth.System("test"), h.wording(id, some...))
			return err
		})
		if k%5 == 0 {
			h.more = append(h.more, "/setup/templates/"+id)
		}
	}
	for _, i := range good {
		h.write("a title", func(ctx context.Context, tx *db.Tx) error {
			words := thing{"subject": "News", "body": "The roof is done.\n"}
			_, err := h.a.Desk.Create(ctx, tx, hearth.System("test"), h.yaml(thing{"id": fmt.Sprintf("titled-%03d", i), "title": h.title("te", i), "class": "service", "purpose": "hostile",
				"why": "It has a name.", "needs": thing{}, "languages": thing{"en": words, "es": words}}))
			return err
		})
	}
}

// title is a text for a field of 80 letters.
func (h *house) title(field string, i int) string {
	m := " " + mark(field, i)
	cut := []rune(h.all[i].Text)
	return string(cut[:min(len(cut), 80-len([]rune(m)))]) + m
}

// wording is a text of messages with texts wherever words stand; its title holds the first of them.
func (h *house) wording(id string, some ...int) []byte {
	in := func(field string) string {
		var all []string
		for _, i := range some {
			all = append(all, h.short(field, i))
		}
		return strings.Join(all, " ")
	}
	words := thing{"subject": in("tu"), "body": in("ty") + "\n"}
	return h.yaml(thing{"id": id, "title": h.title("te", some[0]), "class": "service", "purpose": "hostile", "why": in("tb"), "needs": thing{}, "languages": thing{"en": words, "es": words}})
}

// tiny is a text for a field of 120 bytes.
func (h *house) tiny(field string, i int) string {
	cut := []rune(h.all[i].Text)
	for len(string(cut)) > 110 {
		cut = cut[:len(cut)-1]
	}
	return string(cut) + " " + mark(field, i)
}

// broadcasts makes a broadcast of every text, and sends one in eight. It gives to whom.
func (h *house) broadcasts() (to hearth.ResidentID) {
	h.t.Helper()
	h.write("somebody who hears all of it", func(ctx context.Context, tx *db.Tx) error {
		home, err := h.a.Records.PutHome(ctx, tx, news(), record.Home{Property: h.place.ID, Unit: record.Unit{Label: "5C"}, Members: []record.Member{{Resident: record.Resident{First: "Bo", Last: "Moss", Email: "bo@home.example"}}},
			Lease: record.HomeLease{Start: hearth.DayOf(tx.Now(), time.UTC) - 300, End: hearth.DayOf(tx.Now(), time.UTC) + 65}})
		if err == nil {
			to = home.Members[0].ID
		}
		return err
	})
	mara := hearth.Actor{Kind: "staff", ID: "stf_x", Name: "Mara"}
	for i := range h.all {
		words := broadcast.Text{Subject: h.short("bt", i), Body: h.in("bb", i)}
		b, err := h.a.Broadcasts.Make(h.t.Context(), mara, broadcast.Plan{Property: h.place.ID, Title: h.tiny("br", i), Class: hearth.ClassSafety, Why: h.in("bw", i), Channel: hearth.ChannelEmail,
			Audience: broadcast.Audience{Residents: []hearth.ResidentID{to}}, Texts: map[string]broadcast.Text{"en": words, "es": words}})
		h.may("broadcasts", i, err)
		if err != nil || i%8 > 0 {
			continue
		}
		if _, err := h.a.Broadcasts.Send(h.t.Context(), mara, b.ID); err != nil {
			h.t.Fatalf("send text %d: %v", i, err)
		}
		if _, err := h.a.Broadcasts.Approve(h.t.Context(), hearth.Actor{Kind: "staff", ID: "stf_y", Name: "Sam"}, b.ID); err != nil {
			h.t.Fatalf("agree to text %d: %v", i, err)
		}
		if i%40 == 0 {
			h.more = append(h.more, "/broadcasts/"+b.ID)
		}
	}
	h.scarce("broadcasts", 70)
	if err := h.a.Engine.Drain(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return to
}

// done makes a resident and a home of every text, whose repair is done: it stands in the file of the figure. It gives how many.
func (h *house) done() (n int) {
	h.t.Helper()
	h.write("repairs that are done", func(ctx context.Context, tx *db.Tx) error {
		for i := range h.all {
			if !storable(h.all[i].Text) {
				continue
			}
			home, err := h.a.Records.PutHome(ctx, tx, news(), record.Home{Property: h.place.ID, Unit: record.Unit{Label: h.in("du", i)}, Members: []record.Member{{Resident: record.Resident{First: h.in("dn", i)}}}})
			if err != nil {
				return err
			}
			o, err := h.a.Workorders.Open(ctx, tx, record.News{Source: "hostile", EventID: fmt.Sprint("d", i)}, workorder.Order{Property: h.place.ID, Unit: home.Unit, Resident: home.Members[0].ID, Description: "The tap drips", Category: h.short("dc", i)})
			if err == nil {
				_, err = h.a.Workorders.Complete(ctx, tx, news(), o.ID, "Mended")
			}
			if err != nil {
				return fmt.Errorf("text %d: %w", i, err)
			}
			n++
		}
		return nil
	})
	return n
}
