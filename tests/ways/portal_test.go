package ways

import (
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/decide/desk"
)

type inboxAnswer struct {
	Items []struct{ ID, Channel, Text, Shown, Opened string }
}

// Who likes to read where they manage their home finds it there; it is delivered when it is shown, and what went by mail is there as a copy.
func TestThePortalThroughTheProgram(t *testing.T) {
	h := open(t, "portal")
	if v := h.say(h.ben, hearth.ClassService, "Your tap is fixed."); v.Outcome != desk.HandedOver {
		t.Errorf("nobody wished it, and he may never look: %+v", v)
	}
	mailed := h.say(h.ana, hearth.ClassService, "Your tap is fixed.")
	h.until("the mail went", func() bool { return h.message(mailed.Message).State == message.Sent })
	h.prefer(h.ana, hearth.ChannelPortal)
	v := h.say(h.ana, hearth.ClassService, "Your lamp is fixed.")
	if v.Channel != hearth.ChannelPortal || h.message(v.Message).State != message.Sent {
		t.Fatalf("%+v", v)
	}
	at := "/residents/" + string(h.ana) + "/inbox"
	var own, all inboxAnswer
	h.call("GET", at, nil, 200, &own)
	h.call("GET", at+"?copies=true", nil, 200, &all)
	if len(own.Items) != 1 || own.Items[0].Text != "Your lamp is fixed." || own.Items[0].Shown != "" || len(all.Items) != 2 || h.message(v.Message).State != message.Sent {
		t.Fatalf("%+v, with copies %+v", own, all)
	}
	for range 2 {
		h.call("POST", at, map[string]any{"shown": []string{string(v.Message), string(mailed.Message)}}, 204, nil)
	}
	if a, b := h.message(v.Message), h.message(mailed.Message); a.State != message.Delivered || b.State != message.Sent {
		t.Errorf("shown, they are %s and %s", a.State, b.State)
	}
	for range 2 {
		h.call("POST", at, map[string]any{"opened": []string{string(v.Message)}}, 204, nil)
	}
	opened := 0
	for _, ev := range h.told(v.Message) {
		if ev[:len("message.opened")] == "message.opened" {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("it was opened %d times", opened)
	}
	h.call("GET", at+"?limit=1&copies=true", nil, 200, &own)
	if len(own.Items) != 1 || own.Items[0].Opened == "" {
		t.Errorf("%+v", own)
	}
	h.call("POST", "/residents/"+string(h.ben)+"/inbox", map[string]any{"opened": []string{string(v.Message)}}, 404, nil)
}
