package desk

import (
	"fmt"
	"time"

	"hearth"
	"hearth/internal/sense/signal"
)

// Rhythm is the hour that suits a resident best, and how it is known.
type Rhythm struct {
	Known bool
	Hour  int    // 0 to 23 on the property's clock; it lasts until the end of the next one
	Why   string // as the second half of a sentence: "that is when they usually answer"
	By    string // whose hour it is: "own", "others", "property"
	Habit signal.Habit
}

// How far a message is put off for a better hour, counted from when it was wished for.
const (
	farthest = 24 * time.Hour // what a resident may do without, and questions to them
	near     = 3 * time.Hour  // news of service, which they wait for
)

// patience gives how long a message may wait for a better hour; 0 for one that may not. What was asked for, what is dangerous,
// what the law or a promise wants said never waits for it, nor does news of service to many or about a time.
func patience(in *Intent) time.Duration {
	switch {
	case in.Class.Discretionary() || survey(in.Purpose) && in.Class == hearth.ClassService:
		return farthest
	case in.Class == hearth.ClassService && !in.Many && in.About.IsZero():
		return near
	}
	return 0
}

// rhythmOf finds the hour for a message: by the resident's own acts; else, for what can wait a day, by those of the others at the property, else the one that
// the property has set; else none: then it goes as soon as it may.
func rhythmOf(in *Intent, at *premises, v signal.View) Rhythm {
	if patience(in) == 0 || at.attention.AtOnce {
		return Rhythm{}
	}
	if h, ok := v.Habit(at.Quiet.Open); ok {
		return Rhythm{Known: true, Hour: h.Hour, By: "own", Habit: h, Why: fmt.Sprintf("that is when they usually answer (%d of %d times in the last 90 days)", h.In, h.Of)}
	}
	if h := at.others; h.In > 0 && patience(in) == farthest && at.Quiet.Open(h.Hour) {
		return Rhythm{Known: true, Hour: h.Hour, By: "others", Habit: h, Why: fmt.Sprintf("their own hour is not known yet, and this is when others at %s usually answer (%d of %d residents in the last 90 days)",
			at.Name, h.In, h.Of)}
	}
	if set := at.attention.Hour / 60; set > 0 && in.Class.Discretionary() && at.Quiet.Open(set) {
		return Rhythm{Known: true, Hour: set, By: "property", Why: "that is when " + at.Name + " sends what can wait"}
	}
	return Rhythm{}
}

// Open tells whether residents may be reached when an hour begins.
func (q Quiet) Open(hour int) bool { return !q.covers(hour * 60) }

// covers tells whether a minute after midnight lies in the quiet hours.
func (q Quiet) covers(minute int) bool {
	if q.From <= q.To {
		return minute >= q.From && minute < q.To
	}
	return minute >= q.From || minute < q.To
}

// suits tells whether now is the hour that suits them.
func (c *Case) suits() bool {
	hour := c.Now.In(c.Zone).Hour()
	return hour == c.Rhythm.Hour || hour == (c.Rhythm.Hour+1)%24
}

// wellTimed puts a message off until the hour that suits the resident, if that is near enough and before its end.
func wellTimed(c *Case) (answer, bool) {
	if !c.Rhythm.Known || c.Intent.ByHand || c.suits() {
		return answer{}, false
	}
	in := c.Intent
	day := hearth.DayOf(c.Now, c.Zone)
	until := day.At(c.Rhythm.Hour*60, c.Zone)
	if !until.After(c.Now) {
		until = (day + 1).At(c.Rhythm.Hour*60, c.Zone)
	}
	from := in.Made
	if in.NotBefore.After(from) {
		from = in.NotBefore
	}
	if until.Sub(from) > patience(&in) || !until.Before(in.Expires) || !in.About.IsZero() && !until.Add(farthest).Before(in.About) {
		return answer{}, false
	}
	open := *c
	if open.Now = until; open.shutWhy() != "" {
		return answer{}, false
	}
	return c.hold(until.UTC(), c.Rhythm.Why), true
}

// shutWhy says why nothing goes out now by the way that the message takes; "" when it is open.
func (c *Case) shutWhy() string {
	_, why := c.closed()
	return why
}

// timeWords says that the hour was chosen, for the sentence about what is sent.
func (c *Case) timeWords() string {
	if !c.Rhythm.Known || !c.suits() {
		return ""
	}
	return fmt.Sprintf("; sent at %s: %s", c.Now.In(c.Zone).Format("15:04"), c.Rhythm.Why)
}

// Surveys is how many surveys a resident is asked in 30 days and in a year, over all playbooks.
type Surveys struct {
	Month, Year int
}

// curious is the part of the fifth question that is about surveys: all of them share one budget.
func curious(c *Case) (answer, bool) {
	if !survey(c.Intent.Purpose) {
		return answer{}, false
	}
	b, recent, waiting := c.Place.Surveys, 0, 0
	var newest time.Time
	for _, s := range c.Said {
		if s.Resident != c.Intent.Resident || s.ID == c.Intent.ID || !survey(s.Purpose) || !s.told() || !s.At.After(c.Now.Add(-month)) {
			continue
		}
		recent++
		if s.State == "queued" {
			waiting++
		}
		if s.At.After(newest) {
			newest = s.At
		}
	}
	if recent >= b.Month {
		return drop(fmt.Sprintf("%s was asked a question %s already; all surveys together ask a resident at most %s in 30 days.",
			c.Person.Name, whenWords(newest, c.Now, c.Zone), countWords(b.Month, "time"))), true
	}
	if year := c.Asked + waiting; year >= b.Year {
		return drop(fmt.Sprintf("%s was asked %s in the last 365 days; all surveys together ask a resident at most %s a year.",
			c.Person.Name, countWords(year, "question"), countWords(b.Year, "time"))), true
	}
	return answer{}, false
}
