package desk

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"hearth"
)

// answer is what a question says when it ends the asking.
type answer struct {
	outcome string
	until   time.Time
	reason  string
	why     string // what holds it, as part of a sentence
	into    hearth.MessageID
	task    hearth.TaskID
	kind    taskKind
	parked  bool // a pause holds it
}

// question looks at a case and answers, or passes (false).
type question func(c *Case) (answer, bool)

const (
	week  = 7 * 24 * time.Hour
	month = 30 * 24 * time.Hour

	recheck = 6 * time.Hour // how soon a held message looks again when nothing says when the reason ends
)

// questions gives the six, in the order in which they are asked.
func questions() [6]question {
	return [6]question{allowed, complete, fitting, unsaid, affordable, way}
}

// decide asks the six questions. The first that answers ends it; with none, the message is sent.
func decide(c *Case) (Verdict, answer) {
	n, a := asked(c)
	a = c.codeNow(a)
	return c.verdict(n, a), a
}

// asked gives the answer to a case and the question that gave it; 0 when none spoke.
func asked(c *Case) (int, answer) {
	in := c.Intent
	for _, ask := range []question{stopped, paused} {
		if a, ok := ask(c); ok {
			return 1, a
		}
	}
	if in.NotBefore.After(c.Now) {
		if a, early := waitFor(c); early {
			return 6, a
		}
	}
	if !c.Now.Before(in.Expires) {
		return 6, c.late()
	}
	for i, ask := range questions() {
		if a, ok := ask(c); ok {
			return i + 1, a
		}
	}
	return 0, answer{outcome: Sent, reason: c.sentWords()}
}

func (c *Case) verdict(n int, a answer) Verdict {
	if c.Intent.Returned != "" {
		a.reason = c.Intent.Returned + " " + a.reason
	}
	return Verdict{Message: c.Intent.ID, Outcome: a.outcome, Question: n, Until: a.until, Reason: a.reason,
		Into: a.into, Task: a.task, Resident: c.Intent.Resident, Feeling: a.kind == taskFeeling || c.Mood.Episode.Open}
}

// allowed is the first question: may we, and is there a way? Minors, guarantors and others who are not addressed
// hear nothing; past residents only what the law asks for.
func allowed(c *Case) (answer, bool) {
	p, class := c.Person, c.Intent.Class
	switch {
	case !p.Known:
		return drop("There is no such resident on record any more."), true
	case !p.Role.Addressable():
		return drop(fmt.Sprintf("%s is recorded as %s, and messages go only to leaseholders and occupants.",
			p.Name, spaced(string(p.Role)))), true
	case (p.Status == "past" || p.Status == "cancelled") && class != hearth.ClassLegal:
		return drop(fmt.Sprintf("%s no longer lives here, and only legal notices go to past residents.", p.Name)), true
	}
	refused, pending := "", false
	for _, w := range c.Ways {
		switch {
		case w.Address == "":
		case w.Allowed:
			return answer{}, false
		case refused == "" || w.Pending:
			refused, pending = w.Reason, w.Pending
		}
	}
	if pending {
		return c.hold(c.Now.Add(recheck), strings.TrimSuffix(lowerFirst(refused), ".")), true
	}
	if refused == "" {
		return c.hand(taskReach, fmt.Sprintf("There is no address on record on which %s can be reached.", p.Name)), true
	}
	if class.Discretionary() || c.Intent.code() {
		return drop(refused), true
	}
	return c.hand(taskReach, refused+" It is a "+classWords(class)+", so a person decides how to tell them."), true
}

// lowerFirst makes a sentence the second half of another.
func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// complete is the second question: is every needed fact there? Never a blank.
func complete(c *Case) (answer, bool) {
	switch {
	case c.NoText != "":
		return c.hand(taskWrite, c.NoText), true
	case len(c.Missing) > 0:
		are := "is"
		if len(c.Missing) > 1 {
			are = "are"
		}
		return c.hand(taskWrite, fmt.Sprintf("The text needs %s, which %s not known.", wordList(c.Missing), are)), true
	}
	return answer{}, false
}

// fitting is the third question: does it fit the room? Automation yields to feeling, and nobody is asked to renew, or how
// something was, while water comes through the ceiling or a complaint has no answer.
func fitting(c *Case) (answer, bool) {
	class := c.Intent.Class
	if a, ok := careful(c); ok {
		return a, true
	}
	if a, ok := feel(c); ok {
		return a, true
	}
	if c.Intent.Human && class.Capped() {
		return c.hand(taskHuman, "This is a moment for a person, so the message became a draft in a task."), true
	}
	if !class.Discretionary() && !survey(c.Intent.Purpose) {
		return answer{}, false
	}
	what := classWords(class)
	if survey(c.Intent.Purpose) {
		what = "survey"
	}
	until := c.Place.Quiet.End(c.Now.Add(recheck), c.Zone)
	switch {
	case c.Mood.UrgentOpen > 0:
		return c.hold(until, fmt.Sprintf("%s has an urgent work order open; a %s waits until it is closed", c.Person.Name, what)), true
	case c.Mood.Complaint && !c.Intent.ByHand: // what a person writes may be the answer
		return c.hold(until, fmt.Sprintf("%s wrote something sharp that nobody has answered yet; a %s waits until somebody has", c.Person.Name, what)), true
	}
	return answer{}, false
}

// unsaid is the fourth question: was it said? The same content or purpose within its window is not said again, and a
// small note joins another one that goes out now.
func unsaid(c *Case) (answer, bool) {
	in := c.Intent
	best := c.best()
	for _, s := range c.Said {
		if s.ID == in.ID || !(s.told() || s.State == "merged" || s.waits(c.Now)) {
			continue
		}
		// What another node or transaction said a moment ago can be later than this one's time; it is no older than now.
		age := max(c.Now.Sub(s.At), 0)
		mine := s.Resident == in.Resident
		waiting := ""
		if s.State == "held" {
			age, waiting = 0, " and still waits to be said"
		}
		sameContent := c.Text.ContentKey != "" && s.ContentKey == c.Text.ContentKey
		switch {
		case sameContent && age < repeatWindow(in.Class) && mine:
			return drop(fmt.Sprintf("The same was decided %s%s.", whenWords(s.At, c.Now, c.Zone), waiting)), true
		case sameContent && age < repeatWindow(in.Class) && s.AddressKey != "" && s.AddressKey == best.AddressKey:
			return drop(fmt.Sprintf("The same went to this address %s, %s",
				whenWords(s.At, c.Now, c.Zone), sharedWords)), true
		case s.elsewhere() != "" && s.Purpose == in.Purpose && age < c.elsewhereWindow() && (mine || s.AddressKey != "" && s.AddressKey == best.AddressKey):
			return drop(fmt.Sprintf("%s told %s so %s (%s); it is not repeated within %s.",
				upperFirst(s.elsewhere()), c.toldWhom(mine), whenWords(s.At, c.Now, c.Zone), hearth.PurposeWords(in.Purpose), spanWords(c.elsewhereWindow()))), true
		case mine && s.Purpose == in.Purpose && age < c.purposeWindow():
			return drop(fmt.Sprintf("Something for the same purpose (%s) was said %s%s; it is not repeated within %s.",
				hearth.PurposeWords(in.Purpose), whenWords(s.At, c.Now, c.Zone), waiting, spanWords(c.purposeWindow()))), true
		}
	}
	return c.join()
}

// elsewhereWindow is how long what another system said keeps Hearth from saying something for the same purpose. News of service has a day, unless
// it is about one thing, such as a repair: which one the other system meant is not known. What must be said is said by Hearth all the same.
func (c *Case) elsewhereWindow() time.Duration {
	switch {
	case !c.Intent.Class.Capped():
		return 0
	case c.Intent.Class == hearth.ClassService && c.Intent.Topic == "":
		return max(c.purposeWindow(), 24*time.Hour)
	}
	return c.purposeWindow()
}

// toldWhom says to whom another system wrote: to them, or to somebody who shares the address.
func (c *Case) toldWhom(mine bool) string {
	if mine {
		return "them"
	}
	return "somebody at the same address"
}

// join merges a small note into a message of the same batch. A relation note joins a service message only when the
// budget has room for it, since the whole then counts as relation.
func (c *Case) join() (answer, bool) {
	d := c.Pressing
	small := c.Text.Short != "" && !c.Intent.ByHand && (c.Intent.Class == hearth.ClassService || c.Intent.Class == hearth.ClassRelation)
	if d.Into == "" || !small || c.best().Channel != d.Channel || c.best().AddressKey != d.AddressKey {
		return answer{}, false
	}
	if c.Intent.Class.Discretionary() && !d.Class.Discretionary() {
		if _, over := affordable(c); over {
			return answer{}, false
		}
	}
	if _, wait := shut(c); wait {
		return answer{}, false
	}
	return answer{outcome: Merged, into: d.Into,
		reason: "It was due at the same time as another short note and goes out in one message with it."}, true
}

// affordable is the fifth question: is there budget? Answer, safety, legal and promise always; the rest as the
// resident's attention allows.
func affordable(c *Case) (answer, bool) {
	class, b := c.Intent.Class, c.Place.Budget
	if a, ok := curious(c); ok {
		return a, true
	}
	if class.Discretionary() {
		for _, w := range []struct {
			span  time.Duration
			limit int
			words string
		}{{week, b.Week, "7 days"}, {month, b.Month, "30 days"}} {
			times := c.counted(hearth.Class.Discretionary, c.Now.Add(-w.span))
			if len(times) >= w.limit {
				return c.overBudget(times, w.limit, w.span, w.words), true
			}
		}
	}
	if class.Capped() && !c.Intent.ByHand {
		today := hearth.DayOf(c.Now, c.Zone)
		n := len(c.counted(hearth.Class.Capped, today.Start(c.Zone).Add(-time.Millisecond)))
		if n >= b.Day {
			next := c.Place.Quiet.End((today + 1).Start(c.Zone), c.Zone)
			return c.holdOrEnd(next, fmt.Sprintf("%s already got %s today, and %d a day is the most",
				c.Person.Name, countWords(n, "message"), b.Day)), true
		}
	}
	return answer{}, false
}

func (c *Case) overBudget(times []time.Time, limit int, span time.Duration, words string) answer {
	if limit <= 0 {
		return drop(fmt.Sprintf("%s sends no messages of this kind.", c.Place.Name))
	}
	// Room appears when the oldest of the last `limit` ones leaves the window.
	free := c.Place.Quiet.End(times[len(times)-limit].Add(span).Add(time.Millisecond), c.Zone)
	return c.holdOrEnd(free, fmt.Sprintf("%s got %s of class relation or promotion in the last %s, and %d is the most",
		c.Person.Name, countWords(len(times), "message"), words, limit))
}

// counted gives the times, oldest first, of what reached the resident after since and is of a counted class.
func (c *Case) counted(counts func(hearth.Class) bool, since time.Time) []time.Time {
	var times []time.Time
	for _, s := range c.Said {
		if s.Resident == c.Intent.Resident && s.ID != c.Intent.ID && s.told() && counts(s.Class) && s.At.After(since) {
			times = append(times, s.At)
		}
	}
	sort.Slice(times, func(i, j int) bool { return times[i].Before(times[j]) })
	return times
}

// way is the last question: which way, and when? What may wait for it waits for the hour that suits the resident.
func way(c *Case) (answer, bool) {
	if a, ok := shut(c); ok {
		return a, true
	}
	return wellTimed(c)
}

// shut tells whether nothing may go out now. Quiet hours bind everything but answer and safety.
func shut(c *Case) (answer, bool) {
	in := c.Intent
	if !c.Place.ZoneConfirmed && !c.Sink && !c.Intent.code() { // a code goes at any hour
		return c.hold(c.Now.Add(recheck), fmt.Sprintf("the time zone of %s is an assumption (%s); "+
			"nothing is sent until somebody confirms it", c.Place.Name, c.Zone)), true
	}
	if in.Class == hearth.ClassAnswer || in.Class == hearth.ClassSafety {
		return answer{}, false
	}
	end, why := c.closed()
	if why == "" {
		return answer{}, false
	}
	if in.Class == hearth.ClassPromise && !in.About.IsZero() && !in.About.After(end) {
		return c.hand(taskLate, fmt.Sprintf("It is about %s, and %s end only then or later; a person decides whether to call.",
			whenWords(in.About, c.Now, c.Zone), why)), true
	}
	return c.holdOrEnd(end, why), true
}

// closed says until when nothing goes out now by the way that the message takes, and why; "" when it is open. For texts and
// calls the law's hours bind beside the quiet hours of the property.
func (c *Case) closed() (end time.Time, why string) {
	quiet, legal := c.Place.Quiet.Holds(c.Now, c.Zone), c.Place.Legal
	if !legal.Covers(c.best().Channel) {
		if !quiet {
			return c.Now, ""
		}
		return c.Place.Quiet.End(c.Now, c.Zone), c.quietWords()
	}
	ok, rule := legal.Allows(c.Now, c.Zone, c.Place.State)
	switch {
	case quiet:
		why = c.quietWords()
	case !ok:
		why = fmt.Sprintf("the hours for text messages and calls in %s are %s on this day", placeWords(rule.Where), rule.On(c.Now.In(c.Zone).Weekday()))
	default:
		return c.Now, ""
	}
	end = c.Now
	for range 20 { // both have to be open at once
		next := legal.Next(c.Place.Quiet.End(end, c.Zone), c.Zone, c.Place.State)
		if next.Equal(end) {
			break
		}
		end = next
	}
	return end, why
}

// placeWords names the place of a rule of hours: a state by its letters, and the country under all of them.
func placeWords(where string) string {
	if where == "US" {
		return "the US"
	}
	return where
}

func (c *Case) quietWords() string {
	return fmt.Sprintf("quiet hours at %s (%s)", c.Place.Name, c.Place.Quiet)
}

// waitFor holds an intent that is meant for later. A promise about something inside quiet hours is said before them:
// a visit at 07:30 is announced in the evening, not at 08:00.
func waitFor(c *Case) (answer, bool) {
	in, at, why := c.Intent, c.Intent.NotBefore, "it is meant for then"
	if in.Class == hearth.ClassPromise && !in.About.IsZero() && c.Place.Quiet.Holds(at, c.Zone) &&
		!in.About.After(c.Place.Quiet.End(at, c.Zone)) {
		at = c.Place.Quiet.Before(at, c.Zone)
		why = fmt.Sprintf("it is about %s, so it is said before quiet hours at %s (%s)",
			whenWords(in.About, c.Now, c.Zone), c.Place.Name, c.Place.Quiet)
		if !at.After(c.Now) {
			return answer{}, false
		}
	}
	return c.holdOrEnd(at, why), true
}

// best gives the way that a message takes: the intent's channel if it names one, else the first that is allowed.
func (c *Case) best() Way {
	for _, w := range c.Ways {
		if w.Allowed && w.Address != "" {
			return w
		}
	}
	return Way{}
}

func (c *Case) purposeWindow() time.Duration {
	if c.Window > 0 {
		return c.Window
	}
	return purposeWindow(c.Intent.Class)
}

func drop(reason string) answer { return answer{outcome: Dropped, reason: reason} }

func (c *Case) hand(kind taskKind, reason string) answer {
	return answer{outcome: HandedOver, reason: reason, kind: kind}
}

// hold waits until a time or until the wish expires, whichever is first; then everything is asked again.
func (c *Case) hold(until time.Time, why string) answer {
	if until.After(c.Intent.Expires) {
		until = c.Intent.Expires
	}
	return answer{outcome: Held, until: until, why: why,
		reason: fmt.Sprintf("Held until %s: %s.", whenWords(until, c.Now, c.Zone), why)}
}

// holdOrEnd holds until a time that is known for certain. When the wish is of no use by then, that is said now.
func (c *Case) holdOrEnd(until time.Time, why string) answer {
	if until.Before(c.Intent.Expires) {
		return c.hold(until, why)
	}
	return c.end(fmt.Sprintf("It is of use only until %s, and it would have to wait until %s: %s.",
		whenWords(c.Intent.Expires, c.Now, c.Zone), whenWords(until, c.Now, c.Zone), why))
}

// late ends a wish whose time has passed.
func (c *Case) late() answer {
	reason := fmt.Sprintf("It was of use only until %s.", whenWords(c.Intent.Expires, c.Now, c.Zone))
	if c.Intent.lastHold != "" {
		reason += fmt.Sprintf(" What held it: %s.", c.Intent.lastHold)
	}
	return c.end(reason)
}

// end gives up on a wish that can't be said in time. What a resident may do without is dropped; the rest goes to a
// person.
func (c *Case) end(reason string) answer {
	if c.Intent.Class.Discretionary() || survey(c.Intent.Purpose) {
		return drop(reason)
	}
	return c.hand(taskLate, reason)
}

// sentWords says why nothing spoke against it, with the figures.
func (c *Case) sentWords() string {
	w, class := c.best(), c.Intent.Class
	if c.Intent.code() {
		return c.codeWords()
	}
	s := c.goes(w.Channel) + ": allowed, complete and not said before"
	if c.Intent.ByHand {
		return s + "; somebody of the team wrote it by hand."
	}
	if class.Discretionary() {
		n := len(c.counted(hearth.Class.Discretionary, c.Now.Add(-week)))
		return fmt.Sprintf("%s, and number %d of %d in 7 days%s.", s, n+1, c.Place.Budget.Week, c.timeWords())
	}
	if class.Capped() {
		n := len(c.counted(hearth.Class.Capped, hearth.DayOf(c.Now, c.Zone).Start(c.Zone).Add(-time.Millisecond)))
		return fmt.Sprintf("%s, and number %d of %d today%s.", s, n+1, c.Place.Budget.Day, c.timeWords())
	}
	return fmt.Sprintf("%s; %s is never capped.", s, aClass(class))
}

// goes says to whom it goes and how; of what nobody has sent yet it is never told that it was sent.
func (c *Case) goes(by hearth.Channel) string {
	verb, when := "Sent", ""
	if c.ahead {
		verb = "Goes"
	}
	if c.atOnce {
		when = " now"
	}
	return fmt.Sprintf("%s to %s by %s%s", verb, c.Person.Name, by.Words(), when)
}

func wordList(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func spanWords(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return countWords(int(d/(24*time.Hour)), "day")
	}
	return countWords(int(d/time.Hour), "hour")
}

// upperFirst makes a part of a sentence its beginning.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
