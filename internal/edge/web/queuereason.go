package web

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// A row says in one line why it is here: what set it off for this resident, and what of them matters for it. What the playbook means by it in general
// stands in the open task.

// reasonClauses bounds a row's line.
const reasonClauses = 3

// The reasons of runs, as the engine writes them, in the words that a line has room for. What none of them knows stands whole.
var (
	reasonFrames = regexp.MustCompile(`^(?:The time has come: |It still holds that |It became true that )|, and the playbook may start again\b| \(now [^)]*\)|(?:,| and|, and) the lease is current|^the lease is current(?:,? and |, |$)`)
	againRepair  = regexp.MustCompile(`^Somebody asked for a repair for the (\S+) time in this (\S+) within (\d+ days)(?:, with the same category \(([^)]*)\))?.*$`)
	wasAsked     = regexp.MustCompile(`^Somebody asked for a repair, on (.+)$`)
	wasPromised  = regexp.MustCompile(`^A promise was not kept in time, on (.+)$`)
	wasNotice    = regexp.MustCompile(`^A household gave notice to move out, on (.+)$`)
	wasFinished  = regexp.MustCompile(`^A repair was finished, on (.+)$`)
	wasInside    = regexp.MustCompile(`^They were inside the condition when the playbook was switched on.*$`)
	longOpen     = regexp.MustCompile(`\bthe oldest open repair has waited for at least (\d+ days)\b`)
	longUnmet    = regexp.MustCompile(`\bthe last real contact was at least (\d+ days) ago\b`)
	longUnheard  = regexp.MustCompile(`\bnothing was heard of them for at least (\d+ days)\b`)
	keysToday    = regexp.MustCompile(`\bthey moved in at least 0 days ago\b.*$`)
	movedInAgo   = regexp.MustCompile(`\bthey moved in at least (\d+ days?) ago\b`)
	livedHere    = regexp.MustCompile(`,? and they have lived here for at least \d+ days\b`)
	wholeDay     = regexp.MustCompile(`\b(\d{1,2}) (January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: (\d{4}))?\b`)
)

// shorter is a pattern of the engine's words, and the words for it that a line has room for.
type shorter struct {
	was *regexp.Regexp
	is  string
}

// shorterWords lists them in the order in which they are looked for.
func shorterWords() []shorter {
	return []shorter{{wasAsked, "asked for a repair on $1"}, {wasPromised, "promised until $1 and not kept"}, {wasNotice, "gave notice on $1"}, {wasFinished, "a repair was finished on $1"}, {wasInside, ""},
		{longOpen, "a repair is open for $1 or more"}, {longUnmet, "nobody has talked with them for $1"}, {longUnheard, "nothing heard of them for $1"}, {keysToday, "the keys were handed over"}, {movedInAgo, "moved in $1 ago"}, {livedHere, ""}}
}

// reasonLine is why a task is here, for whom it is about: at most three short clauses.
func (q *request) reasonLine(t task.Task, d queueData) string {
	because := q.because(t)
	if because == "" || d.closed[t.Playbook] && !q.doesTask(t) {
		return firstSentence(plainDays(t.Why))
	}
	clauses := []string{because}
	add := func(c string) {
		if c != "" && len(clauses) < reasonClauses {
			clauses = append(clauses, c)
		}
	}
	facts := map[string]string{}
	for _, f := range t.Context.Facts {
		facts[f.Name] = f.Value
	}
	if strings.HasPrefix(because, "asked for a repair") {
		add(q.askedFor(t, because))
	}
	if w := facts["Waiting for"]; w != "" {
		if strings.HasPrefix(because, "a repair is open for") {
			clauses[0] = "a repair is open for " + w
		} else {
			add("a request is open for " + w)
		}
	}
	switch {
	case strings.HasPrefix(because, "they move out in at most"):
		clauses[0] = q.dayAhead(d.leaves[t.Resident], because, "moves out", "was to move out")
	case strings.HasPrefix(because, "the lease ends in at most"):
		if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(facts["Lease ends in"], "s"), " day")); err == nil {
			clauses[0] = q.dayAhead(hearth.DayOf(t.Made, q.zone)+hearth.Day(n), because, "the lease ends", "the lease ended")
		}
	}
	if facts["Open requests"] != "" || strings.HasSuffix(because, "not kept") {
		add(q.toldWords(t, d))
	}
	if n, _, _ := strings.Cut(facts["Requests in 90 days"], " "); len(n) > 0 && n != "1" && n != "2" && !strings.Contains(because, "repair in ") {
		add(n + " requests in 90 days")
	}
	if s := facts["Last spoken with"]; !strings.HasPrefix(because, "nobody has talked") {
		if s == "no conversation on record" {
			add("nobody of the team has talked with them yet")
		} else if n, err := strconv.Atoi(strings.TrimSuffix(s, " days ago")); err == nil && n >= 30 {
			add("last talked with them " + s)
		}
	}
	return capital(strings.Join(clauses, ", ")) + "."
}

// because is what set a task off, in short; "" where nothing is known of it.
func (q *request) because(t task.Task) string {
	if title := q.web.Titles[t.Playbook]; title != "" && t.Kind == "playbook" {
		for _, n := range t.Context.Notes {
			if b, ok := strings.CutPrefix(n, title+": "); ok {
				return q.shortReason(b)
			}
		}
	}
	kept := deskReasons()[t.Kind]
	for _, f := range t.Context.Facts { // a message that the desk did not let go by itself
		if _, b, ok := strings.Cut(f.Value, ": "); kept != "" && f.Name == "Why" && ok {
			return strings.TrimSuffix(kept+": "+q.shortReason(b), ": ")
		}
	}
	return ""
}

// deskReasons says why a message became a task, by the task's kind.
func deskReasons() map[string]string {
	return map[string]string{"desk.feeling": "signs of frustration, so nothing went out by itself", "desk.write": "a message lacks something that only a person knows",
		"desk.reach": "no address to reach them on", "desk.late": "a message can't be there in time", "desk.human": "a moment for a person and not for a message",
		"desk.care": "everything automatic has stopped for them"}
}

// shortReason writes the engine's reason as a clause.
func (q *request) shortReason(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	if m := againRepair.FindStringSubmatch(s); m != nil {
		kind := orWords(plainWords(m[4]), "")
		return strings.Join(strings.Fields(m[1]+" "+kind+" repair in "+m[3]+" in this "+m[2]), " ")
	}
	s = strings.TrimSpace(reasonFrames.ReplaceAllString(s, ""))
	for _, e := range shorterWords() {
		s = e.was.ReplaceAllString(s, e.is)
	}
	return lower(strings.Trim(q.shortDays(s), ", "))
}

// shortDays writes days as a line has room for: without their year where it is this one.
func (q *request) shortDays(s string) string {
	year := strconv.Itoa(q.now.In(q.zone).Year())
	return wholeDay.ReplaceAllStringFunc(s, func(day string) string {
		m := wholeDay.FindStringSubmatch(day)
		out := m[1] + " " + m[2][:3]
		if m[3] != "" && m[3] != year {
			out += " " + m[3]
		}
		return out
	})
}

// askedFor is what was asked for, in the resident's words, for whoever may read what was asked for before.
func (q *request) askedFor(t task.Task, because string) string {
	if len(t.Context.History) == 0 || q.sees(account.FieldHistory, t.Property) != account.SeesAll && !q.doesTask(t) {
		return ""
	}
	for _, line := range t.Context.History {
		day, words, _ := strings.Cut(line, ": ")
		if q.shortDays(day) == strings.TrimPrefix(because, "asked for a repair on ") {
			words, _, _ = strings.Cut(words, ". ")
			return "“" + short(words, 60) + "”"
		}
	}
	return ""
}

// dayAhead says when something ends, counted from now and not from when the task was made; other words where the day is not known.
func (q *request) dayAhead(day hearth.Day, otherwise, ends, ended string) string {
	switch left := int(day - hearth.DayOf(q.now, q.zone)); {
	case day == 0:
		return otherwise
	case left == 0:
		return ends + " today"
	case left == 1:
		return ends + " tomorrow"
	case left < 0:
		return ended + " on " + shortDay(day)
	default:
		return ends + " in " + count(left, "day", "days") + ", on " + shortDay(day)
	}
}

// leaving gives the days on which residents move out, of those who said so.
func (q *request) leaving(ctx context.Context, tx *db.Tx, who []hearth.ResidentID) (map[hearth.ResidentID]hearth.Day, error) {
	people, leases, err := q.web.Records.ContactsWithLeases(ctx, tx, who)
	if err != nil {
		return nil, fmt.Errorf("read when residents leave: %w", err)
	}
	out := map[hearth.ResidentID]hearth.Day{}
	for id, c := range people {
		for _, l := range leases[c.Household] {
			if l.ID == c.Lease && l.MoveOut != 0 {
				out[id] = l.MoveOut
			}
		}
	}
	return out, nil
}

// toldWords says when they last heard from us since the task was made, or that nobody has told them anything yet.
func (q *request) toldWords(t task.Task, d queueData) string {
	if d.told == nil || t.Resident == "" {
		return ""
	}
	if at, ok := d.told[t.Resident]; ok && at.After(t.Made.Add(-24*time.Hour)) {
		return "last told " + shortDay(hearth.DayOf(at, q.zone))
	}
	return "no update sent"
}

// toldDays is how far back it is looked for what somebody heard from us.
const toldDays = 60

// lastTold gives when residents last heard from us. It is nil for whoever may not know what was written to residents.
func (q *request) lastTold(ctx context.Context, tx *db.Tx, who []hearth.ResidentID) (map[hearth.ResidentID]time.Time, error) {
	if q.place.ID == "" || q.sees(account.FieldMessages, q.place.ID) != account.SeesAll {
		return nil, nil
	}
	all, err := q.web.Messages.Recent(ctx, tx, who, q.now.AddDate(0, 0, -toldDays))
	if err != nil {
		return nil, fmt.Errorf("read when residents last heard from us: %w", err)
	}
	out := map[hearth.ResidentID]time.Time{}
	for who, list := range all {
		for _, b := range list {
			if (b.State == message.Sent || b.State == message.Delivered) && b.At.After(out[who]) {
				out[who] = b.At
			}
		}
	}
	return out, nil
}

// firstSentence is as much as stands in one line.
func firstSentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return s
}

// lower begins words small, for the middle of a sentence.
func lower(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToLower(s[:1]) + s[1:]
}
