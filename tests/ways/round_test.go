package ways

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/consent"
)

type roundAnswer struct {
	ID, Kind, Task string
	Open           int
	Stops          []struct {
		N                                          int
		Message, Resident, Address, How, By, State string
		Open                                       bool
		Tries                                      int
	}
}

// round waits for the n-th round, and gives it.
func (h *house) round(n int) roundAnswer {
	h.t.Helper()
	var all struct{ Items []roundAnswer }
	h.until(fmt.Sprintf("%d rounds are made", n), func() bool {
		h.call("GET", "/rounds", nil, 200, &all)
		return len(all.Items) == n
	})
	return all.Items[0]
}

func (h *house) task(id string) (t task.Task) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		t, err = h.a.Tasks.Get(ctx, tx, hearth.TaskID(id))
		return err
	})
	return t
}

func (h *house) mark(r roundAnswer, id hearth.MessageID, how string, want int) (out roundAnswer) {
	h.t.Helper()
	body := map[string]any{"message": id, "how": how, "by": "Pat Moss", "note": "by the door"}
	if want == 200 {
		h.call("POST", "/rounds/"+r.ID+"/marks", body, want, &out)
	} else {
		h.call("POST", "/rounds/"+r.ID+"/marks", body, want, nil)
	}
	return out
}

// told gives how events about a message say that it came to somebody.
func (h *house) told(id hearth.MessageID) (out []string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT type, actor, data FROM events WHERE org = $1 AND type LIKE 'message.%' ORDER BY part, seq`, tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, actor, data string
			if err := rows.Scan(&kind, &actor, &data); err != nil {
				return err
			}
			if strings.Contains(data, string(id)) {
				out = append(out, kind+" "+strings.SplitN(actor, "/", 2)[0]+" "+data)
			}
		}
		return rows.Err()
	})
	return out
}

// page reads the printed page of a round as the team's browser does.
func (h *house) page(id string) string {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, strings.TrimSuffix(h.base, "/api/v1")+"/rounds/"+id, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	req.SetBasicAuth("", h.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "sha256-") {
		h.t.Fatalf("the page of %s: %d, %v, %v", id, resp.StatusCode, err, resp.Header)
	}
	return string(text)
}

// Who has no other way gets a letter, the law's notices go on paper, danger is on the door at once; each becomes work with a proof.
func TestLettersAndDoorsThroughTheProgram(t *testing.T) {
	h := open(t, "letter")
	h.staff()
	service := h.say(h.ben, hearth.ClassService, "Your tap is fixed.")
	legal := h.say(h.ana, hearth.ClassLegal, "Your rent changes on June 1.")
	if service.Channel != hearth.ChannelLetter || legal.Channel != hearth.ChannelLetter {
		t.Fatalf("the desk says %+v and %+v", service, legal)
	}
	if v := h.say(h.ana, hearth.ClassService, "Your lamp is fixed."); v.Channel != hearth.ChannelEmail {
		t.Errorf("who has mail gets mail: %+v", v)
	}
	danger := h.say(h.ben, hearth.ClassSafety, "No water from 14:00.")
	door := h.round(1) // at once; the letters wait for nine o'clock
	if door.Kind != "hanger" || len(door.Stops) != 1 || door.Stops[0].Message != string(danger.Message) {
		t.Fatalf("%+v", door)
	}
	if doc := h.page(door.ID); !strings.Contains(doc, "No water from 14:00.") || strings.Contains(doc, "Ben") || !strings.Contains(doc, "5A") {
		t.Errorf("on the door stands %s", doc)
	}
	h.mark(door, danger.Message, "posted", 422)
	if r := h.mark(door, danger.Message, "hung", 200); r.Open != 0 || r.Stops[0].How != "hung" || !strings.HasPrefix(r.Stops[0].By, "staff") {
		t.Errorf("%+v", r)
	}
	if m, k := h.message(danger.Message), h.task(door.Task); m.State != message.Delivered || k.State != task.Done || k.Minutes != 8 {
		t.Errorf("the message is %s, the task %s of %d minutes", m.State, k.State, k.Minutes)
	}
	if evs := h.told(danger.Message); len(evs) != 2 || !strings.Contains(evs[1], `message.delivered staff`) || !strings.Contains(evs[1], `"how":"hung"`) {
		t.Errorf("events: %q", evs)
	}
	h.mark(door, danger.Message, "hung", 200) // told twice
	h.mark(door, danger.Message, "handed over", 409)
	h.clock.Set(time.Date(2026, 3, 4, 14, 0, 1, 0, time.UTC)) // nine in the morning
	post := h.round(2)
	if post.Kind != "letter" || len(post.Stops) != 2 || h.task(post.Task).State != task.Open || h.task(post.Task).Minutes != 9 {
		t.Fatalf("%+v, %+v", post, h.task(post.Task))
	}
	doc := h.page(post.ID)
	for _, want := range []string{"<span>Ben Lopez</span><span>12 Oak Street, 5A</span><span>Springfield, NY 12345</span>", "Your rent changes", "March 4, 2026", "2 letters to post"} {
		if !strings.Contains(doc, want) {
			t.Errorf("%q is not on paper: %s", want, doc)
		}
	}
	// The task is closed with a yes: what is not marked was posted. A letter can come back.
	h.call("POST", "/tasks/"+post.Task+"/done", map[string]any{"facts": map[string]string{"delivered": "yes"}, "by": "Pat Moss"}, 200, nil)
	h.until("the letters are posted", func() bool {
		return h.message(service.Message).State == message.Sent && h.message(legal.Message).State == message.Sent
	})
	h.mark(post, service.Message, "returned", 200)
	if m := h.message(service.Message); m.State != message.Bounced {
		t.Errorf("the letter that came back is %s", m.State)
	}
}

// What is taken back leaves the round; what nobody delivers fails in time, and its task climbs.
func TestRoundsThatComeToNothing(t *testing.T) {
	h := open(t, "letter,call")
	h.staff()
	h.prefer(h.ben, hearth.ChannelLetter)
	a := h.say(h.ben, hearth.ClassPromise, "We come at four.")
	b := h.say(h.ben, hearth.ClassPromise, "Mr. Hall comes, not Mr. Reed.")
	r := h.round(1)
	h.write(func(ctx context.Context, tx *db.Tx) error {
		n, err := h.a.Messages.TakeBack(ctx, tx, []hearth.MessageID{a.Message}, "It is over.")
		if n != 1 {
			t.Errorf("%d are taken back", n)
		}
		if err != nil {
			return err
		}
		return h.a.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelLetter, Resident: h.ben, Source: "office"})
	})
	if doc := h.page(r.ID); !strings.Contains(doc, "Taken back") || strings.Contains(doc, "<p>We come at four") {
		t.Errorf("what was taken back is printed: %s", doc)
	}
	h.mark(r, a.Message, "posted", 409)
	var out strings.Builder
	if err := h.a.PrintRound(t.Context(), r.ID, &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<p>Mr. Hall") {
		t.Error("what they said no to is printed")
	}
	h.until("the desk looks again", func() bool { return h.message(b.Message).State == message.Dropped })
	h.write(func(ctx context.Context, tx *db.Tx) error {
		return h.a.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelLetter, Resident: h.ben, Allowed: true, Source: "office", Reason: "asked", At: tx.Now()})
	})
	c := h.say(h.ben, hearth.ClassPromise, "We come at five.")
	if c.Outcome != desk.Sent {
		t.Fatalf("%+v", c)
	}
	late := h.round(2)
	h.clock.Set(h.message(c.Message).Expires.Add(time.Second))
	h.until("it failed", func() bool { return h.message(c.Message).State == message.Failed })
	if evs := h.told(c.Message); len(evs) != 1 || !strings.Contains(evs[0], "not delivered") {
		t.Errorf("events: %q", evs)
	}
	h.until("somebody above has the task", func() bool { return h.task(late.Task).Escalated > 0 })
}

// Calls are made from a list; the third call without an answer is the last.
func TestCallsThroughTheProgram(t *testing.T) {
	h := open(t, "letter,call")
	h.staff()
	h.prefer(h.ana, hearth.ChannelCall)
	v := h.say(h.ana, hearth.ClassPromise, "We come at four.")
	w := h.say(h.ana, hearth.ClassPromise, "Mr. Hall comes, not Mr. Reed.")
	if v.Channel != hearth.ChannelCall {
		t.Fatalf("%+v", v)
	}
	r := h.round(1)
	if doc := h.page(r.ID); r.Kind != "call" || !strings.Contains(doc, "(212) 555-0101") || !strings.Contains(doc, "We come at four.") {
		t.Errorf("%s: %s", r.Kind, doc)
	}
	for i := range 3 {
		if m := h.message(v.Message); m.State != message.Queued {
			t.Errorf("before call %d it is %s", i+1, m.State)
		}
		h.mark(r, v.Message, "no-answer", 200)
	}
	if out := h.mark(r, w.Message, "spoke_with", 200); out.Open != 0 {
		t.Errorf("%+v", out)
	}
	if m, n := h.message(v.Message), h.message(w.Message); m.State != message.Failed || n.State != message.Delivered {
		t.Errorf("they are %s and %s", m.State, n.State)
	}
}
