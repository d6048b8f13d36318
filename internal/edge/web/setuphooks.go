package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Programs elsewhere that hear what happens here: how each stands, what it was told last, and who may have a further one hear.

const (
	hooksPath   = "/setup/webhooks"
	newHookPath = hooksPath + "/new"
)

// hookRoutes lists the page of the other programs and what is done on it. What is told to one is told of every property.
func (h *Web) hookRoutes() []route {
	const write = account.WebhooksWrite
	post := func(pattern string, act func(*request, webhook.Hook) (outcome, error)) route {
		return route{"POST " + hooksPath + pattern, write, h.do(write, func(q *request) (outcome, error) { return q.onHook(act) })}
	}
	return []route{
		{"GET " + hooksPath, rightSettings, h.show(rightSettings, (*request).setupHooks)},
		{"GET " + newHookPath, write, h.show(write, (*request).newHook)}, // asks for the sign-in before anything is written
		{"POST " + hooksPath, write, h.present(write, (*request).makeHook)},
		{"POST " + hooksPath + "/{hook}/secret", write, h.present(write, (*request).turnHook)},
		post("/{hook}/test", (*request).tryHook),
		post("/{hook}/off", (*request).hookOff),
		post("/{hook}/on", (*request).hookOn),
		post("/{hook}/now", (*request).hurryHook),
		post("/{hook}/again", (*request).replayHook),
		post("/{hook}/remove", (*request).removeHook),
	}
}

// hookLine is a program as it stands.
type hookLine struct {
	ID, Name, Where string
	Mark            ui.Chip
	Note            string
	Words           string // what it hears
	Kinds           []string
	Facts           []ui.Fact
	Told            []toldLine
	On, Stuck       bool
}

// toldLine is an attempt to tell it something.
type toldLine struct {
	What, Words string
	Took        bool
}

// hooksView is the page, ready to be drawn.
type hooksView struct {
	Lead  string
	May   bool
	Hooks []hookLine
	// Secret is shown once: who has it can prove that a call is ours.
	Secret, For string
	Tried       ui.Note
}

// hookFormView is the form of a further one.
type hookFormView struct {
	Fields []ui.Input
	Groups []hookGroup
	Kinds  string // what is wrong with the events that were chosen
}

// hookGroup is the events about one thing.
type hookGroup struct {
	Name  string
	Kinds []hookKind
	Open  bool
}

type hookKind struct {
	Name, Words string
	On          bool
}

// hookGroups says under which heads events stand, by how their names begin.
func hookGroups() [][2]string {
	return [][2]string{
		{"Residents", "resident. preference. contact. portal. visit. risk. situation. welfare."}, {"Leases and payments", "lease. payment. arrears."}, {"Repairs", "workorder."},
		{"Messages", "message. consent."}, {"What residents think", "survey. review. tone."}, {"Promises and tasks", "promise. task."},
		{"Packages, amenities, outages", "package. amenity. outage."}, {"The community and its records", "unit. staff. property. import."},
	}
}

func (q *request) setupHooks() (templ.Component, error) { return q.drawHooks(hooksView{}) }

// newHook shows the form of a further program to whoever may have one hear.
func (q *request) newHook() (templ.Component, error) {
	if err := q.needEach(account.WebhooksWrite); err != nil {
		return nil, err
	}
	return q.hookForm(hookFormView{Fields: hookFields("", "")}, nil), nil
}

// hookForm draws the form; chosen are the events that it named.
func (q *request) hookForm(v hookFormView, chosen []string) templ.Component {
	v.Groups = kindGroups(chosen)
	return newHookPage(q.frame("Another program", "/setup"), v)
}

// drawHooks draws the page.
func (q *request) drawHooks(v hooksView) (templ.Component, error) {
	if q.web.Webhooks == nil {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	v.Lead = "Programs outside that Hearth tells what happens, by webhooks."
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if v.May, err = q.mayEach(ctx, tx, account.WebhooksWrite); err != nil {
			return err
		}
		all, err := webhook.List(ctx, tx)
		if err != nil {
			return err
		}
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range all {
			l := q.hookLine(h, team)
			if v.May {
				told, err := webhook.Last(ctx, tx, h.ID, 10)
				if err != nil {
					return err
				}
				q.hookMore(&l, h, told)
			}
			v.Hooks = append(v.Hooks, l)
		}
		return nil
	})
	return setupHooksPage(q.frame("Other programs", "/setup"), v), err
}

// mayEach tells whether the viewer has a right at every property that there is.
func (q *request) mayEach(ctx context.Context, tx *db.Tx, r right) (bool, error) {
	if q.acc.MayEverywhere(r) {
		return true, nil
	}
	all, err := q.web.Records.Properties(ctx, tx)
	return err == nil && q.may(r) && !slices.ContainsFunc(all, func(p record.Property) bool { return !q.acc.May(r, p.ID) }), err
}

func hookFields(address, note string) []ui.Input {
	return []ui.Input{
		{Name: "url", Label: "Its address", Kind: "url", Value: address, Hint: "It begins with https://. Addresses inside your own network are not called, unless whoever runs Hearth has named them.", Max: 2000, Auto: "off", Required: true, Placeholder: "https://reports.example.com/hearth"},
		{Name: "note", Label: "What it is for", Value: note, Optional: true, Max: 200, Placeholder: "The owner's reports"},
	}
}

// kindGroups lists the events that may be told, by what they are about.
func kindGroups(chosen []string) []hookGroup {
	var out []hookGroup
	for _, head := range hookGroups() {
		g := hookGroup{Name: head[0]}
		for _, t := range eventlog.Types() {
			about, _, _ := strings.Cut(string(t.Name), ".")
			if eventlog.Closed(t.Name) || !slices.Contains(strings.Fields(head[1]), about+".") {
				continue
			}
			k := hookKind{Name: string(t.Name), Words: t.Doc, On: slices.Contains(chosen, string(t.Name))}
			g.Kinds, g.Open = append(g.Kinds, k), g.Open || k.On
		}
		out = append(out, g)
	}
	return out
}

// hookLine is a program as everybody sees it who opens the page: which host hears what, and whether it is on.
func (q *request) hookLine(h webhook.Hook, team map[hearth.StaffID]string) hookLine {
	l := hookLine{ID: h.ID, Name: hookHost(h.URL), On: h.State == webhook.On,
		Words: "Hears " + count(len(h.Types), "kind of event", "kinds of events") + ", since " + q.dayWords(h.Made) + ", by " + nameOfActor(h.MadeBy, team) + "."}
	for _, t := range h.Types {
		l.Kinds = append(l.Kinds, eventWords(t))
	}
	switch {
	case !l.On:
		l.Mark = ui.Chip{Word: "paused", Shade: ui.Today, Icon: "circle-pause"}
	case !h.Failing.IsZero():
		l.Mark = ui.Chip{Word: "takes nothing", Shade: ui.Now, Icon: "circle-alert"}
	default:
		l.Mark = ui.Chip{Word: "on", Shade: ui.Good, Icon: "circle-check"}
	}
	return l
}

// hookMore adds what only those see who may decide for every property: it tells of what happens at all of them. An address may
// hold what opens the other program.
func (q *request) hookMore(l *hookLine, h webhook.Hook, told []webhook.Told) {
	l.Where, l.Note, l.Stuck = h.URL, h.Note, h.Waiting > 0 && !h.Failing.IsZero()
	taken := ui.Fact{Name: "Took", Value: count(int(h.Delivered), "event", "events")}
	if h.Delivered == 0 {
		taken.Value = "nothing yet"
	} else if !h.LastAt.IsZero() {
		taken.From = "The last one " + page.When(h.LastAt, q.now, q.zone) + "."
	}
	l.Facts = append(l.Facts, taken)
	if h.Waiting > 0 {
		l.Facts = append(l.Facts, ui.Fact{Name: "Wait for it", Value: count(int(h.Waiting), "event", "events"), From: "Nothing of it is lost."})
	}
	switch {
	case !l.On:
		l.Facts = append(l.Facts, ui.Fact{Name: "Paused", Value: "since " + page.When(h.OffSince, q.now, q.zone), From: strings.TrimSpace(h.Fault + " What happens meanwhile is told once somebody resumes.")})
	case !h.Failing.IsZero():
		l.Facts = append(l.Facts, ui.Fact{Name: "Takes nothing", Value: "since " + page.When(h.Failing, q.now, q.zone), From: h.Fault + " It is tried again by itself, and paused after three days.", Shade: ui.Now})
	}
	for _, t := range told {
		l.Told = append(l.Told, toldLine{What: eventWords(t.Type), Words: toldWords(t, q.now, q.zone), Took: t.Took})
	}
}

// hookHost is what a program is called: where it is.
func hookHost(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// eventWords says an event's type: what happened.
func eventWords(t hearth.EventType) string {
	if t == webhook.Trial {
		return "A test."
	}
	for _, k := range eventlog.Types() {
		if k.Name == t {
			first, _, _ := strings.Cut(k.Doc, ";")
			return strings.TrimSuffix(first, ".") + "."
		}
	}
	return capital(plainWords(string(t))) + "."
}

func toldWords(t webhook.Told, now time.Time, zone *time.Location) string {
	words := capital(page.When(t.At, now, zone)) + ", "
	if t.Attempt > 1 {
		words += "attempt " + strconv.Itoa(t.Attempt) + ", "
	}
	if t.Took {
		return words + "taken"
	}
	return words + "not taken. " + t.Why
}

// needEach refuses whoever may not decide it for every property.
func (q *request) needEach(r right) error {
	if q.web.Webhooks == nil {
		return hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	may := false
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		may, err = q.mayEach(ctx, tx, r)
		return err
	})
	if err == nil && !may {
		err = hearth.Errorf(hearth.CodeForbidden, "Another program hears of every community, and what residents write. Somebody who is property manager of each of them decides this.")
	}
	return err
}

// makeHook has a further program hear, tests it, and shows its secret.
func (q *request) makeHook() (templ.Component, error) {
	if err := q.needEach(account.WebhooksWrite); err != nil {
		return nil, err
	}
	address := q.field("url") // reads the form
	chosen := q.Form["type"]
	types := make([]hearth.EventType, len(chosen))
	for i, t := range chosen {
		types[i] = hearth.EventType(t)
	}
	h, secret, err := q.web.Webhooks.Make(q.Context(), q.actor, address, types, short(q.field("note"), 200))
	var wrong *hearth.Error
	if errors.As(err, &wrong) && wrong.Field != "" {
		return nil, q.hookAgain(wrong, chosen)
	}
	if err != nil {
		return nil, err
	}
	v := hooksView{Secret: secret, For: hookHost(h.URL)}
	t, err := q.web.Webhooks.Try(q.Context(), h.ID)
	v.Tried = ui.Note{Words: "A test was sent, and it took it.", Shade: ui.Good}
	switch {
	case err != nil:
		v.Tried = ui.Note{Words: "It is added, and could not be tested: " + hearth.MessageOf(err), Shade: ui.Today}
	case !t.Took:
		v.Tried = ui.Note{Words: "It is added, and did not take the test. " + t.Why + " If it needs the secret first, put it in there and send another test.", Shade: ui.Today}
	}
	return q.drawHooks(v)
}

// hookAgain shows the form with what is wrong in it.
func (q *request) hookAgain(wrong *hearth.Error, chosen []string) error {
	v := hookFormView{Fields: hookFields(q.field("url"), q.field("note"))}
	if wrong.Field == "types" {
		v.Kinds = wrong.Message
		v.Fields = append(v.Fields, ui.Input{Name: "types", Label: "What it hears", Wrong: wrong.Message})
	} else {
		v.Fields[0].Wrong = wrong.Message
	}
	return wrongForm{q.hookForm(v, chosen)}
}

// turnHook gives a program a new secret, and shows it.
func (q *request) turnHook() (templ.Component, error) {
	if err := q.needEach(account.WebhooksWrite); err != nil {
		return nil, err
	}
	h, err := q.hook()
	if err != nil {
		return nil, err
	}
	secret, err := q.web.Webhooks.Turn(q.Context(), h.ID)
	if err != nil {
		return nil, err
	}
	return q.drawHooks(hooksView{Secret: secret, For: hookHost(h.URL), Tried: ui.Note{Words: "For a day calls are signed with the secrets before too, so that there is time to put this one in.", Shade: ui.Calm}})
}

func (q *request) hook() (h webhook.Hook, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		h, err = webhook.Get(ctx, tx, q.PathValue("hook"))
		return err
	})
	return h, err
}

// onHook does something with the program that the path names.
func (q *request) onHook(act func(*request, webhook.Hook) (outcome, error)) (outcome, error) {
	if err := q.needEach(account.WebhooksWrite); err != nil {
		return outcome{}, err
	}
	h, err := q.hook()
	if err != nil {
		return outcome{}, err
	}
	o, err := act(q, h)
	o.next = hooksPath
	return o, err
}

func (q *request) tryHook(h webhook.Hook) (outcome, error) {
	t, err := q.web.Webhooks.Try(q.Context(), h.ID)
	if err == nil && !t.Took {
		err = hearth.Errorf(hearth.CodeConflict, "%s did not take the test. %s", hookHost(h.URL), t.Why)
	}
	return outcome{said: hookHost(h.URL) + " took the test."}, err
}

func (q *request) hookOff(h webhook.Hook) (outcome, error) {
	return outcome{said: hookHost(h.URL) + " is told nothing until somebody resumes; then it is told what it missed.", undo: hooksPath + "/" + h.ID + "/on"}, q.web.Webhooks.SwitchOff(q.Context(), h.ID)
}

func (q *request) hookOn(h webhook.Hook) (outcome, error) {
	return outcome{said: hookHost(h.URL) + " is told what happens again, with what it missed."}, q.web.Webhooks.SwitchOn(q.Context(), q.actor, h.ID)
}

func (q *request) hurryHook(h webhook.Hook) (outcome, error) {
	n, err := q.web.Webhooks.Hurry(q.Context(), h.ID)
	o := outcome{said: count(n, "event that waits is", "events that wait are") + " tried now, those about one thing in their order."}
	if n == 0 {
		o.said = "Nothing waits for it any more."
	}
	return o, err
}

// replayMost is how far back a page tells events again, in hours; the API has no such limit.
const replayMost = 30 * 24

func (q *request) replayHook(h webhook.Hook) (outcome, error) {
	hours, err := strconv.Atoi(q.field("hours"))
	if err != nil || hours < 1 || hours > replayMost {
		return outcome{}, hearth.FieldErrorf("hours", "Choose how far back it is told again.")
	}
	n, err := q.web.Webhooks.Replay(q.Context(), h.ID, q.now.Add(-time.Duration(hours)*time.Hour))
	o := outcome{said: count(n, "event is", "events are") + " told again to " + hookHost(h.URL) + ", each under the identity it had."}
	if n == 0 {
		o.said = "Nothing of what it hears happened in that time."
	}
	return o, err
}

func (q *request) removeHook(h webhook.Hook) (outcome, error) {
	return outcome{said: hookHost(h.URL) + " is removed and hears nothing any more."}, q.web.Webhooks.Remove(q.Context(), h.ID)
}

// replaySpans are how far back events can be told again.
func replaySpans() []ui.Option {
	return []ui.Option{{Value: "1", Name: "the last hour"}, {Value: "24", Name: "the last day"}, {Value: "168", Name: "the last 7 days"}, {Value: strconv.Itoa(replayMost), Name: "the last 30 days"}}
}
