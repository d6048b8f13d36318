package hearth

import "strings"

// PurposeWords says for people what a message is for, as a part of a sentence: "a finished repair" for "service.closed". Every sentence that
// names a purpose goes through here. A purpose that a house made itself reads as its own name, without dots and lines.
func PurposeWords(purpose string) string {
	if words := purposeWords()[purpose]; words != "" {
		return words
	}
	plain := strings.NewReplacer(".", " ", "-", " ", "_", " ")
	if question, ok := strings.CutPrefix(purpose, "survey."); ok {
		if asked := questionWords()[plain.Replace(question)]; asked != "" {
			return "the question “" + asked + "”"
		}
		return "a question: " + plain.Replace(question)
	}
	if strings.HasPrefix(purpose, "broadcast.") {
		return "a broadcast" // behind the dot is its number
	}
	return plain.Replace(purpose)
}

// purposeWords is the one list of what Hearth's own messages are for.
func purposeWords() map[string]string {
	return map[string]string{
		"amenity.booked":       "a booking",
		"automatic":            "an automatic answer",
		"consent.confirmation": "a confirmation that messages stop or begin again",
		"consent.help":         "who writes, and how to end it",
		"conversation.reply":   "an answer",
		"copy":                 "a copy of what another system sent",
		"digest":               "several short notes in one message",
		"discretionary":        "what they may do without",
		"elsewhere":            "news from another system",
		"movein.before":        "the week before the move",
		"movein.checkin":       "a question after the first days",
		"movein.welcome":       "the day of the move",
		"moveout.before":       "the weeks before moving out",
		"notice.received":      "their notice to move out",
		"outage.notice":        "an outage ahead",
		"outage.over":          "the end of an outage",
		"outage.safety":        "safety in an outage",
		"package.arrived":      "a package that is here",
		"package.reminder":     "a package that still waits",
		"pest.prepare":         "what helps until somebody looks at a pest",
		"portal.code":          "a code for signing in",
		"promise.missed":       "a promise that we did not keep",
		"quiet.hello":          "a word after a long silence",
		"renewal.open":         "the talk about renewal",
		"renewal.reminder":     "the date by which to decide about renewal",
		"service.closed":       "a finished repair",
		"service.received":     "a request that has arrived",
		"service.repeat":       "the same fault again",
		"service.several":      "one plan for several requests",
		"service.waiting":      "where a waiting request stands",
		"survey":               "a question",
		"survey.repair":        "a question after a repair",
	}
}

// questionWords is what the questions of surveys ask, by their names in plain words.
func questionWords() map[string]string {
	return map[string]string{
		"as expected":         "was it as you expected?",
		"communication clear": "was what we told you clear?",
		"how easy":            "how easy was it?",
		"recommend":           "would you recommend living here?",
		"resolved properly":   "was it resolved properly?",
	}
}
