package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/sentiment"
	"hearth/internal/sense/signal"
)

// timeView is a page of the timeline.
type timeView struct {
	Tabs    []ui.Link
	Moments []moment
	Older   string
	Newest  string // back to the beginning, "" there
	Name    string // of what is shown
}

// moment is an entry with what it rests on.
type moment struct {
	ui.Entry
	Because string
	Facts   []ui.Fact
	Photos  []shot // that came with a repair
}

const momentsShown = 30

// timeKinds are what the timeline can be narrowed to.
func timeKinds() []struct {
	key, name string
	types     []hearth.EventType
} {
	return []struct {
		key, name string
		types     []hearth.EventType
	}{
		{"", "Everything", nil},
		{"messages", "Messages", []hearth.EventType{"message.received", "message.sent", "message.delivered", "message.opened", "message.clicked", "message.bounced", "message.failed", "message.unknown", "message.complained", "message.unsubscribed"}},
		{"repairs", "Repairs", []hearth.EventType{"workorder.opened", "workorder.scheduled", "workorder.waiting", "workorder.completed", "workorder.reopened", "workorder.amended", "workorder.cancelled", "promise.made", "promise.kept", "promise.missed"}},
		{"entries", "Entries", []hearth.EventType{"visit.recorded", "contact.personal", "package.arrived", "package.collected", "portal.visited"}},
		{"feelings", "Feelings", []hearth.EventType{"message.received", "survey.answered", "tone.corrected", "review.posted"}},
	}
}

func (q *request) timeOf(ctx context.Context, tx *db.Tx, r *resident) (timeView, error) {
	v := timeView{}
	base := "/residents/" + string(r.ID)
	see := q.URL.Query().Get("see")
	var types []hearth.EventType
	for _, k := range timeKinds() {
		href := base
		if k.key != "" {
			href += "?see=" + k.key
		}
		here := k.key == see
		if here {
			types, v.Name = k.types, k.name
		}
		v.Tabs = append(v.Tabs, ui.Link{Name: k.name, Href: href, Here: here})
	}
	if v.Name == "" {
		v.Name, v.Tabs[0].Here, see = "Everything", true, ""
	}
	cursor := timeCursor(q.URL.Query().Get("before"))
	if cursor != (eventlog.Cursor{}) {
		v.Newest = base + "?see=" + see
	}
	evs, err := q.web.Log.Timelines(ctx, tx, r.person, types, cursor, momentsShown+1)
	if err != nil {
		return v, err
	}
	if len(evs) > momentsShown {
		evs = evs[:momentsShown]
		c := eventlog.CursorOf(evs[momentsShown-1])
		v.Older = base + "?see=" + see + "&before=" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", hearth.Millis(c.Time), c.Part, c.Seq))
	}
	decided, err := q.decidedAround(ctx, tx, r, evs, cursor, v.Older == "")
	if err != nil {
		return v, err
	}
	fields, err := q.fieldsOf(ctx, tx, r)
	if err != nil {
		return v, err
	}
	evs = slices.DeleteFunc(evs, func(ev *hearth.Event) bool { return !q.seesEvent(ev.Type, fields) })
	mailed, err := q.mailedOf(ctx, tx, evs)
	if err != nil {
		return v, err
	}
	photos, err := q.photosAround(ctx, tx, r, evs)
	if err != nil {
		return v, err
	}
	titles, err := q.taskTitles(ctx, tx, r, evs)
	if err != nil {
		return v, err
	}
	v.Moments = q.moments(evs, decided, see, r)
	for i, m := range v.Moments {
		if title := titles[m.ID]; title != "" {
			v.Moments[i].More = title
		}
		if x := mailed[m.ID]; x.about != "" && v.Moments[i].More == "" {
			v.Moments[i].More = x.about
		}
		if v.Moments[i].Because == "" {
			v.Moments[i].Because = mailed[m.ID].followed
		}
		v.Moments[i].Photos = photos[m.ID]
	}
	return v, nil
}

// photosAround gives the photos that came with the repairs which were asked for, by event, to those who see the home's history.
func (q *request) photosAround(ctx context.Context, tx *db.Tx, r *resident, evs []*hearth.Event) (map[string][]shot, error) {
	of := map[hearth.WorkOrderID]string{}
	var ids []hearth.WorkOrderID
	for _, ev := range evs {
		if ev.Type == "workorder.opened" {
			id := hearth.WorkOrderID(ev.Subject.ID)
			of[id] = ev.ID
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	ok, err := q.within(ctx, tx, account.FieldHistory, r)
	if err != nil || !ok {
		return nil, err
	}
	found, err := q.shotsOf(ctx, tx, ids)
	out := map[string][]shot{}
	for id, list := range found {
		out[of[id]] = list
	}
	return out, err
}

// mailed is what a message was about, and what followed where it did not arrive.
type mailed struct{ about, followed string }

// mailedOf gives what the messages that went out were about, by event.
func (q *request) mailedOf(ctx context.Context, tx *db.Tx, evs []*hearth.Event) (map[string]mailed, error) {
	out := map[string]mailed{}
	for _, ev := range evs { // at most a page of them, each by its key
		var d struct{ Message hearth.MessageID }
		lost := ev.Type == "message.bounced" || ev.Type == "message.failed"
		if ev.Type != "message.sent" && !lost || json.Unmarshal(ev.Data, &d) != nil || d.Message == "" {
			continue
		}
		m, err := q.web.Messages.Get(ctx, tx, d.Message)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		x := mailed{about: m.Subject}
		if x.about == "" {
			x.about = short(saidWords(&m), 90)
		}
		if _, elsewhere := message.Elsewhere(m.ContentKey); lost || elsewhere {
			x.followed = plainDays(m.Reason)
		}
		out[ev.ID] = x
	}
	return out, nil
}

// taskTitles gives what was to be done, by event, as far as the viewer is told: a title may hold the resident's whole name, and that of a
// playbook that is closed to them says what nobody tells them. What is their own they have read already.
func (q *request) taskTitles(ctx context.Context, tx *db.Tx, r *resident, evs []*hearth.Event) (map[string]string, error) {
	out := map[string]string{}
	if !q.may(rightRead) {
		return out, nil
	}
	whole := q.sees(account.FieldName, r.Property) == account.SeesAll
	for _, ev := range evs { // at most a page of them, each by its key
		var d struct{ Task hearth.TaskID }
		if !strings.HasPrefix(string(ev.Type), "task.") || json.Unmarshal(ev.Data, &d) != nil || d.Task == "" {
			continue
		}
		t, err := q.web.Tasks.Get(ctx, tx, d.Task)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		own := q.staff != "" && t.Owner == q.staff
		if !r.closed[t.Playbook] && (whole || own) {
			out[ev.ID] = t.Title
		}
	}
	return out, nil
}

func timeCursor(s string) (c eventlog.Cursor) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return c
	}
	var at int64
	if n, err := fmt.Sscanf(string(raw), "%d.%d.%d", &at, &c.Part, &c.Seq); n != 3 || err != nil {
		return eventlog.Cursor{}
	}
	c.Time = hearth.FromMillis(at)
	return c
}

// decidedAround gives what Hearth decided about the resident in the time that the events span.
func (q *request) decidedAround(ctx context.Context, tx *db.Tx, r *resident, evs []*hearth.Event, from eventlog.Cursor, last bool) ([]decision.Decision, error) {
	list, _, err := q.web.Decisions.List(ctx, tx, decision.Filter{Resident: r.ID, Merged: r.person[1:], Until: from.Time}, "", 3*momentsShown)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(d decision.Decision) bool {
		return !last && len(evs) > 0 && d.At.Before(evs[len(evs)-1].Time) || d.Stage == "assign"
	})
	for i, d := range list {
		if r.closed[d.Playbook] {
			list[i] = decision.Decision{ID: d.ID, At: d.At, Stage: d.Stage, Outcome: d.Outcome, Reason: playbook.ClosedWords}
		}
	}
	return list, nil
}

// moments weaves events and decisions into one list, with a headline for each month.
func (q *request) moments(evs []*hearth.Event, decided []decision.Decision, see string, r *resident) []moment {
	of := map[string]decision.Decision{} // what the desk said of a message
	for _, d := range decided {
		if d.Stage == "desk" && d.Object != "" {
			of[d.Object] = d
		}
	}
	var all []dated
	used := map[hearth.DecisionID]bool{}
	for _, ev := range evs {
		m := q.momentOf(ev, r)
		var d struct{ Message string }
		if ev.Type == "message.sent" && json.Unmarshal(ev.Data, &d) == nil {
			if dec, ok := of[d.Message]; ok {
				used[dec.ID] = true
				m.Because, m.Facts = plainDays(dec.Reason), decidedWords{q.now, q.zone}.facts(dec.Facts)
			}
		}
		all = append(all, dated{at: ev.Time, m: m, same: sameAs(ev.Type, m.What)})
	}
	for _, d := range decided {
		mine := see == "" || see == "messages" && d.Stage == "desk"
		if used[d.ID] || !mine || d.Outcome == "sent" {
			continue
		}
		all = append(all, dated{at: d.At, m: q.decidedMoment(d)})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].at.After(all[j].at) })
	var out []moment
	month := ""
	for _, t := range q.visitsTogether(all) {
		if m := q.monthOf(t.at); m != month {
			month = m
			out = append(out, moment{Entry: ui.Entry{Month: m}})
		}
		out = append(out, t.m)
	}
	return out
}

// dated is an entry and when it was.
type dated struct {
	at   time.Time
	m    moment
	same string // the words of a visit; "" for what stands by itself
}

// sameAs gives the words by which a visit is known as one more of the same.
func sameAs(kind hearth.EventType, what string) string {
	if kind == "portal.visited" || kind == "visit.recorded" {
		return strings.TrimSuffix(what, ".")
	}
	return ""
}

// visitsTogether makes one line of the same visits, to the portal or in person, that lie side by side in a month: each says no more
// than the next, and together they hide what else there was.
func (q *request) visitsTogether(all []dated) []dated {
	var out []dated
	for i := 0; i < len(all); {
		t, n := all[i], 1
		for t.same != "" && i+n < len(all) && all[i+n].same == t.same && q.monthOf(all[i+n].at) == q.monthOf(t.at) {
			n++
		}
		if n > 1 {
			t.m.What = q.timesWords(t, all[i+n-1].at, n)
		}
		out, i = append(out, t), i+n
	}
	return out
}

// timesWords says how often the same was, and since which day: "Came by 3 times since 2 March: package".
func (q *request) timesWords(t dated, first time.Time, n int) string {
	did, why, hasWhy := strings.Cut(t.same, ": ")
	words := fmt.Sprintf("%s %d times", did, n)
	if hearth.DayOf(first, q.zone) != hearth.DayOf(t.at, q.zone) {
		words += " since " + first.In(q.zone).Format("2 January")
	}
	if hasWhy {
		return words + ": " + why
	}
	return words + "."
}

func (q *request) monthOf(t time.Time) string {
	t, now := t.In(q.zone), q.now.In(q.zone)
	switch {
	case hearth.DayOf(t, q.zone) == hearth.DayOf(now, q.zone):
		return "Today"
	case t.Year() == now.Year():
		return t.Format("January")
	}
	return t.Format("January 2006")
}

func (q *request) decidedMoment(d decision.Decision) moment {
	m := moment{Entry: ui.Entry{ID: string(d.ID), Icon: "route", When: page.When(d.At, q.now, q.zone), At: d.At.UTC().Format(time.RFC3339)}, Because: plainDays(d.Reason), Facts: decidedWords{q.now, q.zone}.facts(d.Facts)}
	what := q.web.Titles[d.Playbook]
	switch {
	case what == "" && d.Stage == "desk":
		what = "A message"
	case what == "":
		what = "Hearth"
	}
	m.What = capital(d.Outcome) + ": " + what
	switch d.Outcome {
	case "held", "held back", "merged", "dropped", "waiting":
		m.Icon, m.Shade = "circle-pause", ui.Calm
	case "handed over":
		m.Icon, m.Shade = "user", ui.Today
	case "started":
		m.Icon = "circle-play"
	}
	return m
}

// momentOf puts an event into words that go on from the resident's name.
func (q *request) momentOf(ev *hearth.Event, r *resident) moment {
	what, own := say(ev)
	m := moment{Entry: ui.Entry{ID: ev.ID, What: capital(what), When: page.When(ev.Time, q.now, q.zone), At: ev.Time.UTC().Format(time.RFC3339)}}
	if own != "" {
		m.What, m.More = capital(strings.TrimRight(what, ":")), own
	}
	var d struct {
		Staff, Kind, Note, What, Text, Subject, Topic, Was, Photo, Entry string
		Score                                                            float64
	}
	_ = json.Unmarshal(ev.Data, &d) // what is of another shape has none of these
	switch ev.Type {
	case "contact.personal":
		m.What = r.staff[hearth.StaffID(d.Staff)] + ": a " + plainWords(d.Kind)
		m.More = d.Note
		if r.staff[hearth.StaffID(d.Staff)] == "" {
			m.What = "A " + plainWords(d.Kind) + " with the team"
		}
	case "contact.revealed":
		m.What = q.actorWords(ev, r) + " uncovered the " + map[string]string{"phone": "telephone number", "email": "e-mail address"}[d.What]
	case "portal.link_given":
		m.What = q.actorWords(ev, r) + " gave a link to their own pages"
	case "workorder.amended":
		m.Because = amendedWords(d.Was, d.Photo, d.Entry)
	case "visit.recorded":
		m.What = "Came by"
		if d.Kind != "" {
			m.What += ": " + plainWords(d.Kind)
		}
	case "survey.answered":
		m.What, m.More = fmt.Sprintf("Answered a question with %g", d.Score), d.Text
	case "message.received":
		if d.Topic == signal.OptOut {
			break
		}
		if c := sentiment.Read(own).Class; c == sentiment.Negative {
			m.Chips = []ui.Chip{{Word: "sounds upset", Shade: ui.Now}}
		} else if c == sentiment.Positive {
			m.Chips = []ui.Chip{{Word: "sounds warm", Shade: ui.Good}}
		}
	}
	m.Icon, m.Shade = iconOfEvent(ev.Type)
	return m
}

// amendedWords says what somebody changed in a request that they had sent, and what it said before.
func amendedWords(was, photo, entry string) string {
	var out []string
	if was != "" {
		out = append(out, "Before, it said: “"+short(was, 300)+"”")
	}
	if photo != "" {
		out = append(out, map[string]string{"added": "A photo was added.", "taken away": "A photo was taken away.", "exchanged": "A photo was exchanged for another."}[photo])
	}
	switch entry {
	case record.MayEnter:
		out = append(out, "We may come in when nobody is home.")
	case record.NotAlone:
		out = append(out, "We may come in only when somebody is home.")
	}
	return strings.Join(out, " ")
}

func iconOfEvent(t hearth.EventType) (string, ui.Shade) {
	switch t {
	case "message.received":
		return "message-circle", ui.Calm
	case "message.bounced", "message.failed", "message.unknown", "message.complained":
		return "mail", ui.Now
	case "workorder.opened", "workorder.reopened":
		return "wrench", ui.Today
	case "workorder.completed", "promise.kept":
		return "circle-check", ui.Good
	case "promise.missed":
		return "clock-alert", ui.Now
	case "contact.personal":
		return "heart-handshake", ui.Good
	case "contact.revealed":
		return "eye", ui.None
	case "portal.link_given":
		return "key-round", ui.None
	case "survey.answered", "review.posted":
		return "star", ui.None
	case "portal.visited":
		return "smartphone", ui.None
	}
	for _, p := range []struct{ begin, icon string }{{"message.", "send"}, {"workorder.", "wrench"}, {"promise.", "clock"}, {"lease.", "file-text"}, {"package.", "package"}, {"visit.", "door-open"},
		{"preference.", "pencil"}, {"consent.", "shield-check"}, {"resident.", "user"}, {"task.", "list-checks"}, {"payment.", "credit-card"}, {"arrears.", "credit-card"}, {"situation.", "heart-handshake"}} {
		if strings.HasPrefix(string(t), p.begin) {
			return p.icon, ui.None
		}
	}
	return "circle", ui.None
}
