package desk

import (
	"slices"
	"testing"

	"hearth"
	"hearth/internal/fact/record"
)

// What the resident does not want goes behind the other ways, and is not lost: a wish is no refusal.
func TestUnwishedWaysComeLast(t *testing.T) {
	r := &round{Desk: &Desk{Deps: Deps{}}}
	r.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPush, hearth.ChannelPortal}
	for _, c := range []struct {
		name  string
		in    hearth.Channel
		prefs map[string]string
		want  []hearth.Channel
	}{
		{"nothing is said", "", nil, []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPush}},
		{"no mail", "", map[string]string{"avoid": "call, email"}, []hearth.Channel{hearth.ChannelSMS, hearth.ChannelPush, hearth.ChannelEmail}},
		{"no mail, though meant as one", hearth.ChannelEmail, map[string]string{"avoid": "email"}, []hearth.Channel{hearth.ChannelSMS, hearth.ChannelPush, hearth.ChannelEmail}},
		{"the one that is liked first", "", map[string]string{"avoid": "email", "channel": "portal"}, []hearth.Channel{hearth.ChannelPortal, hearth.ChannelSMS, hearth.ChannelPush, hearth.ChannelEmail}},
	} {
		got := r.channels(Intent{Channel: c.in}, record.Contact{Prefs: c.prefs})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
