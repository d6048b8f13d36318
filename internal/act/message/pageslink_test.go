package message

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// What is handed over carries the resident's own proof behind the address of the pages; what is kept never does, a retry says the same, and what
// only begins like that address stays as it is.
func TestTheLinkIsWrittenAsItIsHandedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock, "")
		p := r.start(r.smtp())
		queued := clock.Now()
		m := &Message{ID: "msg_1", Resident: "res_ana", Class: hearth.ClassService, Body: "See https://hearth.example/home/open\n\nNot https://hearth.example/home/opening, nor https://hearth.example/home/open/x."}
		first, err := p.sender.whole(t.Context(), m, queued)
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.sender.whole(t.Context(), m, queued)
		if err != nil || again != first {
			t.Errorf("a retry says something else: %v", err)
		}
		line, rest, _ := strings.Cut(first, "\n")
		pass, ok := strings.CutPrefix(line, "See https://hearth.example"+PagesPath+"/")
		if !ok || strings.Contains(m.Body, pass) || !strings.HasSuffix(m.Body, rest) {
			t.Fatalf("handed over: %s", first)
		}
		read := func() (got Passing, err error) {
			errRead := d.Read(t.Context(), func(tx *db.Tx) error {
				got, err = p.store.Passed(t.Context(), tx, PassLink, pass)
				return nil
			})
			if errRead != nil {
				t.Fatal(errRead)
			}
			return got, err
		}
		if got, err := read(); err != nil || got.Who != "res_ana" {
			t.Errorf("it stands for %+v: %v", got, err)
		}
		clock.Advance(PagesFor + time.Second)
		if _, err := read(); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("after a week: %v", err)
		}
		nobody := &Message{ID: "msg_2", Body: m.Body}
		if got, err := p.sender.whole(context.Background(), nobody, queued); err != nil || got != m.Body {
			t.Errorf("to nobody in particular: %v, %s", err, got)
		}
	})
}

// Outside the message the address of somebody's pages opens nothing, so words stand for it; the address of something else stays.
func TestPagesAreNamedInWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"Hello Ana.":                      "Hello Ana.",
		"See https://oak.test/home/open.": "See [here].",
		"http://127.0.0.1:8080/home/open\nOak Court":                     "[here]\nOak Court",
		"One https://a.test/home/open and two https://b.test/home/open":  "One [here] and two [here]",
		"https://oak.test/home/opening and https://oak.test/home/open/x": "https://oak.test/home/opening and https://oak.test/home/open/x",
		"Ask at /home/open": "Ask at /home/open",
	} {
		if got := NamePages(text, "[here]"); got != want {
			t.Errorf("%q reads %q, want %q", text, got, want)
		}
	}
}
