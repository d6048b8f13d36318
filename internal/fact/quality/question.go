package quality

import (
	"fmt"

	"hearth"
	"hearth/internal/fact/record"
)

// Moment is what lies ahead of a resident, as far as it makes a fact matter. A number below zero is not known, or not
// ahead.
type Moment struct {
	DaysToMoveIn int // 0 on the day
	DaysToEnd    int // until the term ends
	OpenRequests int
}

// Question is what a person may ask a resident at the end of a talk.
type Question struct {
	Fact     string // its name
	Question string
	Kind     string // as a task's question: detail:phone, detail:email or preference:NAME
}

// Distances at which what is missing begins to matter, in days.
const (
	moveInNear  = 14
	moveInClose = 5
	renewalNear = 60
)

// Ask gives the one fact that is missing where it matters next, false when nothing is. It reads what can be reached and
// what was said to be liked, and nothing of what somebody is.
func Ask(c record.Contact, m Moment) (Question, bool) {
	if !c.Role.Addressable() {
		return Question{}, false
	}
	noPhone, noMail := c.PhoneKey == "", c.EmailKey == ""
	moving := m.DaysToMoveIn >= 0 && m.DaysToMoveIn <= moveInNear
	switch {
	case noPhone && noMail:
		return Question{"phone", "There is no way on record to reach them. Which telephone number may we use?", "detail:phone"}, true
	case moving && noPhone:
		return Question{"phone", "They move in " + ahead(m.DaysToMoveIn) + " and no telephone number is on record. Which one reaches them?", "detail:phone"}, true
	case moving && noMail:
		return Question{"email", "They move in " + ahead(m.DaysToMoveIn) + " and no e-mail address is on record. Which one may we use?", "detail:email"}, true
	case m.DaysToEnd >= 0 && m.DaysToEnd <= renewalNear && c.Prefs["channel"] == "":
		return Question{"channel", "Their term ends " + ahead(m.DaysToEnd) + ". How do they like to be reached: email, sms, call or letter?", "preference:channel"}, true
	case m.OpenRequests > 0 && c.Prefs["access"] == "":
		return Question{"access", "A repair is open. What should somebody know before they come in, and may they when nobody is home?", "preference:access"}, true
	}
	return Question{}, false
}

func ahead(days int) string {
	switch days {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	return fmt.Sprintf("in %d days", days)
}

// distance gives the days from today to a day, -1 when it is none or past.
func distance(today, day hearth.Day) int {
	if day == 0 || day < today {
		return -1
	}
	return int(day - today)
}
