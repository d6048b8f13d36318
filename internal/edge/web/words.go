package web

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth"
)

// phrase says what an event type means, as a sentence about the person in the row goes on; own names the field of the
// data that holds somebody's own words, if any.
type phrase struct{ what, own string }

// phrases is the one list of them. A type that is missing reads as its name in words.
func phrases() map[hearth.EventType]phrase {
	return map[hearth.EventType]phrase{
		"resident.added":         {what: "became known as a resident."},
		"resident.changed":       {what: "has new details."},
		"resident.merged":        {what: "was found to be one person with another resident."},
		"resident.unmerged":      {what: "stands alone again, apart from another resident."},
		"resident.vanished":      {what: "is no longer in the directory; somebody should say why."},
		"unit.added":             {what: "A home was added."},
		"staff.added":            {what: "A member of the team was added."},
		"lease.recorded":         {what: "has a lease on record."},
		"lease.changed":          {what: "has a changed lease."},
		"lease.renewed":          {what: "renewed the lease."},
		"lease.notice_given":     {what: "gave notice to move out."},
		"lease.notice_withdrawn": {what: "took the notice back."},
		"lease.moved_in":         {what: "moved in."},
		"lease.moved_out":        {what: "moved out."},
		"lease.cancelled":        {what: "cancelled the lease before it began."},
		"workorder.opened":       {"asked for a repair:", "description"},
		"workorder.scheduled":    {what: "has an appointment for a repair."},
		"workorder.waiting":      {"has a repair that waits for", "for"},
		"workorder.completed":    {"has a finished repair:", "resolution"},
		"workorder.reopened":     {"has a repair that was opened again:", "reason"},
		"workorder.amended":      {"changed what they had asked for:", "description"},
		"workorder.cancelled":    {what: "has a repair that was called off."},
		"message.received":       {"wrote:", "text"},
		"message.sent":           {what: "was sent a message."},
		"message.delivered":      {what: "got a message."},
		"message.opened":         {what: "opened a message."},
		"message.clicked":        {what: "followed a link in a message."},
		"message.bounced":        {what: "did not get a message; it came back."},
		"message.complained":     {what: "marked a message as unwanted."},
		"message.failed":         {what: "did not get a message; it failed."},
		"message.unknown":        {what: "may or may not have got a message; a person should settle it."},
		"message.unsubscribed":   {what: "wants no more of these messages."},
		"tone.corrected":         {"wrote a message whose tone a person put right:", "tone"},
		"portal.visited":         {what: "visited the portal."},
		"portal.link_given":      {what: "was given a link to their own pages."},
		"contact.personal":       {what: "had a real contact with somebody of the team."},
		"contact.revealed":       {what: "had a telephone number or address uncovered by somebody of the team."},
		"preference.changed":     {what: "has a new preference."},
		"payment.recorded":       {what: "has a payment on record."},
		"arrears.changed":        {what: "has a changed balance."},
		"promise.made":           {"was promised:", "promise"},
		"promise.kept":           {"has a promise that was kept:", "promise"},
		"promise.missed":         {"has a promise that was missed:", "promise"},
		"survey.answered":        {what: "answered a question."},
		"visit.recorded":         {what: "came by."},
		"task.done":              {what: "A task was done."},
		"task.declined":          {what: "A task was declined."},
		"task.escalated":         {what: "A task was passed on, because its time was up."},
		"task.handed_over":       {what: "A task was handed on, because its owner is on leave or back."},
		"consent.changed":        {what: "changed what we may send."},
		"import.finished":        {what: "An import was finished."},
		"import.undone":          {what: "An import was taken back."},
		"resident.taken_back":    {what: "was told of by an import that was taken back."},
		"unit.taken_back":        {what: "A home was taken back, with the import that told of it."},
		"staff.taken_back":       {what: "A member of the team was taken back, with the import that told of them."},
		"lease.taken_back":       {what: "has a lease of which an import was taken back."},
		"workorder.taken_back":   {what: "has a repair of which an import was taken back."},

		"resident.news_forwarded": {what: "has late news from the home before."},
		"package.arrived":         {what: "has a package waiting."},
		"package.collected":       {what: "picked a package up."},
		"amenity.booked":          {"booked:", "amenity"},
		"amenity.cancelled":       {what: "has a booking that was called off."},
		"outage.announced":        {what: "has an outage ahead."},
		"outage.ended":            {what: "has an outage behind them."},
		"situation.set":           {what: "is to be handled with care for a while."},
		"situation.ended":         {what: "needs no particular care any more."},
		"review.posted":           {what: "reviewed the community in public."},
		"welfare.concern":         {what: "is somebody whom others are worried about."},
		"risk.changed":            {what: "is more or less likely to renew than before."},

		"property.settings_changed": {what: "Somebody changed how the property works."},
		"webhook.changed":           {what: "Somebody decided which other program hears what happens."},
	}
}

// say puts an event in words.
func say(ev *hearth.Event) (what, own string) {
	p, ok := phrases()[ev.Type]
	if !ok {
		return capital(plainWords(string(ev.Type))) + ".", ""
	}
	if p.own == "" {
		return p.what, ""
	}
	var data map[string]any
	if json.Unmarshal(ev.Data, &data) == nil {
		own, _ = data[p.own].(string)
		if text, ok := data["text"].(string); ok && p.own == "promise" {
			own = text // the other is its number
		}
		if recordID.MatchString(own) {
			own = ""
		}
	}
	if own = short(own, 160); own == "" {
		return strings.TrimRight(p.what, ":") + ".", ""
	}
	return p.what, own
}

// short cuts text to about n characters at a word, on one line.
func short(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	cut := string([]rune(text)[:n])
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return strings.TrimRightFunc(cut, unicode.IsPunct) + " …"
}

// plainWords takes the dots and lines out of a name.
func plainWords(name string) string { return strings.NewReplacer(".", " ", "_", " ").Replace(name) }

// count writes a number with its noun.
func count(n int, one, many string) string {
	return thousands(n) + " " + means(n, one, many)
}

// countOrNone counts as count does, and says that there is none in words: it begins a sentence.
func countOrNone(n int, one, many string) string {
	if n == 0 {
		return "No " + one
	}
	return count(n, one, many)
}

// means gives the words that stand beside a number.
func means(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func capital(s string) string {
	if s == "" { // no rune, which would be drawn as one that can't be read
		return ""
	}
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// chipFor gives an outcome its colour. The words are the decision's own.
func chipFor(outcome string) chip {
	shades := map[string]string{
		"started": "pine", "sent": "good", "queued": "good", "delivered": "good", "done": "good", "ended": "good",
		"held": "calm", "held back": "calm", "merged": "calm", "waiting": "calm", "left": "calm", "received": "pine",
		"handed over": "today", "dropped": "", "unknown": "now", "failed": "now", "bounced": "now",
	}
	return chip{Word: outcome, Shade: shades[outcome]}
}
