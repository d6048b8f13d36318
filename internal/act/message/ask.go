package message

import (
	"strconv"
	"strings"
	"time"

	"hearth"
)

// A text message in doubt is not sent again and not given to a person at once: first the provider is asked whether it has
// it. Until that is known its due row says so, behind the time at which the message was queued.
const askMark = " ask "

// inquiry is what is known while a provider is asked about a message.
type inquiry struct {
	handed time.Time // about when the message was handed over
	looks  int       // how often the provider said that it has no such message
}

// askPayload is the payload of a due row whose message is in doubt.
func askPayload(queued time.Time, q inquiry) string {
	return queuedAt(queued) + askMark + queuedAt(q.handed) + " " + strconv.Itoa(q.looks)
}

// asking tells whether a due row is there to ask about its message, and not to send it.
func asking(payload string) bool { return strings.Contains(payload, askMark) }

// parseInquiry reads what askPayload wrote; nil for a row whose message is to be sent.
func parseInquiry(payload string) *inquiry {
	_, rest, ok := strings.Cut(payload, askMark)
	if !ok {
		return nil
	}
	handed, looks, _ := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(handed, 10, 64)
	if err != nil {
		return nil
	}
	n, err := strconv.Atoi(looks)
	if err != nil {
		n = 0
	}
	return &inquiry{handed: hearth.FromMillis(ms), looks: n}
}
