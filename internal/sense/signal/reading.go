package signal

import (
	"strings"

	"hearth"
	"hearth/internal/sense/sentiment"
)

// Act tells whether an event of the type is something that a resident did, as engagement counts it. Opens are none: programs
// open mail too.
func Act(t hearth.EventType) bool {
	switch kindOf(t) { //nolint:exhaustive // the others are no acts
	case kindMessageReceived, kindMessageClicked, kindPortalVisited, kindContactPersonal, kindVisit, kindSurveyAnswered:
		return true
	}
	return false
}

// OptOut is the topic of words that end messages, such as "unsubscribe". They wait for no answer, and say nothing of how somebody feels: who
// uses a right is not upset by that.
const OptOut = "opt_out"

// ByPerson tells whether an event is a word of a person of the team to a resident: a contact, or a message that they wrote.
func ByPerson(ev *hearth.Event, purpose string) bool {
	switch kindOf(ev.Type) { //nolint:exhaustive // the others are no answers
	case kindContactPersonal:
		return true
	case kindMessageSent:
		return ev.Actor.Kind == "staff" || purpose == "reply" || strings.HasSuffix(purpose, ".reply")
	}
	return false
}

// ToneOf reads how a message sounds, -1 to 1, and how sure the reading is, 0 to 1; sure 0: nothing was read.
func ToneOf(text string) (tone, sure float64) {
	s := sentiment.Read(text)
	return float64(milli(s.Tone)) / 1000, float64(milli(s.Evidence())) / 1000
}

// ToneOfScore puts an answer to a question on the scale of a tone; sure 0: it is no score.
func ToneOfScore(question string, score float64) (tone, sure float64) {
	v, ok := onScale(question, score)
	if !ok {
		return 0, 0
	}
	return float64(milli(v)) / 1000, float64(surveySure) / 1000
}

// ToneSaid is what a person's word about a message counts as: negative, neutral or positive.
func ToneSaid(said string) (tone float64, ok bool) {
	v, ok := saidMilli(said)
	return float64(v) / 1000, ok
}

// onScale puts a score on -1 to 1: 1 to 5, or 0 to 10 for a "would you recommend us" or when it is higher than 5.
func onScale(question string, score float64) (float64, bool) {
	v := (score - 3) / 2
	if score > 5 || strings.Contains(question, "nps") || strings.Contains(question, "recommend") {
		v = (score - 5) / 5
	}
	return v, v >= -1 && v <= 1 // anything else is no score
}

func saidMilli(said string) (int64, bool) {
	switch said {
	case "negative":
		return -clearMilli, true
	case "positive":
		return clearMilli, true
	case "neutral":
		return 0, true
	}
	return 0, false
}
