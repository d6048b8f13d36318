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

// hookRoutes lists the page of the other programs and what is done on it. Who decides about one is who may do so at each property that it hears of.
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
		{"GET " + hooksPath + "/{hook}/change", write, h.show(write, (*request).changeForm)},
		post("/{hook}/change", (*request).changeHook),
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
	May             bool     // the viewer decides about it
	Acts            []string // who did what with it
}

// toldLine is an attempt to tell it something.
type toldLine struct {
	What, Words string
	Took        bool
}

// hooksView is the page, ready to be drawn.
type hooksView struct {
	Lead  string
	May   bool // the viewer may have a further one hear
	Some  bool // and does not decide about each that is here
	Hooks []hookLine
	Gone  []string // which were removed, and by whom
	// Secret is shown once: who has it can prove that a call is ours.
	Secret, For string
	Tried       ui.Note
}

// hookFormView is the form of a further one, or of what one hears.
type hookFormView struct {
	Of, Host string // which one it is about; "" for a further one
	Fields   []ui.Input
	Groups   []hookGroup
	Kinds    string // what is wrong with the events that were chosen
	Scope    hookScope
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
		{"Packages, amenities, outages", "package. amenity. outage."}, {"The community and its records", "unit. staff. property. import. webhook."},
	}
}

func (q *request) setupHooks() (templ.Component, error) { return q.drawHooks(hooksView{}) }

// newHook shows the form of a further program to whoever may have one hear.
func (q *request) newHook() (templ.Component, error) {
	if q.web.Webhooks == nil {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	scope, err := q.scopeChoices(nil, false)
	if err == nil && len(scope.Places) == 0 && !scope.Each {
		err = hearth.Errorf(hearth.CodeForbidden, "A property manager decides which other programs hear of their community.")
	}
	if len(scope.Places) == 1 {
		scope.Places[0].On = true // one that is added later is another decision
	}
	return q.hookForm(hookFormView{Fields: hookFields("", ""), Scope: scope}, nil), err
}

// hookForm draws the form; chosen are the events that it named.
func (q *request) hookForm(v hookFormView, chosen []string) templ.Component {
	v.Groups = kindGroups(chosen)
	title := "Another program"
	if v.Of != "" {
		title = v.Host
	}
	return newHookPage(q.frame(title, "/setup"), v)
}

// drawHooks draws the page.
func (q *request) drawHooks(v hooksView) (templ.Component, error) {
	if q.web.Webhooks == nil {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	v.Lead = "Programs outside that Hearth tells what happens, by webhooks."
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		places, err := q.web.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		if v.May, err = q.mayEach(ctx, tx, account.WebhooksWrite); err != nil {
			return err
		}
		v.May = v.May || slices.ContainsFunc(places, func(p record.Property) bool { return q.acc.May(account.WebhooksWrite, p.ID) })
		all, err := webhook.List(ctx, tx)
		if err != nil {
			return err
		}
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range all {
			l := q.hookLine(h, team, places)
			if l.May, err = q.mayHooks(ctx, tx, h.Properties); err != nil {
				return err
			}
			if l.May {
				told, err := webhook.Last(ctx, tx, h.ID, 10)
				if err != nil {
					return err
				}
				if l.Acts, err = q.hookActLines(ctx, tx, h.ID, team, places); err != nil {
					return err
				}
				q.hookMore(&l, h, told)
			}
			v.Hooks, v.Some = append(v.Hooks, l), v.Some || !l.May
		}
		if v.May {
			v.Gone, err = q.goneLines(ctx, tx, team)
		}
		return err
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
func (q *request) hookLine(h webhook.Hook, team map[hearth.StaffID]string, places []record.Property) hookLine {
	l := hookLine{ID: h.ID, Name: hookHost(h.URL), On: h.State == webhook.On,
		Words: "Hears " + count(len(h.Types), "kind of event", "kinds of events") + " of " + scopeWords(h.Properties, places) + ", since " + q.dayWords(h.Made) + ", by " + nameOfActor(h.MadeBy, team) + "."}
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

// hookMore adds what only those see who may decide for every property that it hears of: it tells of what happens there. An address may
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

// makeHook has a further program hear, tests it, and shows its secret.
func (q *request) makeHook() (templ.Component, error) {
	of, err := q.scopeAsked()
	if err == nil {
		err = q.needHooks(of)
	}
	address, note := q.field("url"), short(q.field("note"), 200)
	var h webhook.Hook
	var secret string
	if err == nil {
		h, secret, err = q.web.Webhooks.Make(q.Context(), q.actor, webhook.Wish{URL: address, Types: q.typesAsked(), Properties: of, Note: note})
	}
	var wrong *hearth.Error
	if errors.As(err, &wrong) && wrong.Field != "" {
		return nil, q.hookAgain(hookFormView{Fields: hookFields(address, q.field("note"))}, wrong)
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

// turnHook gives a program a new secret, and shows it.
func (q *request) turnHook() (templ.Component, error) {
	h, err := q.hook()
	if err == nil {
		err = q.needHooks(h.Properties)
	}
	if err != nil {
		return nil, err
	}
	secret, err := q.web.Webhooks.Turn(q.Context(), q.actor, h.ID)
	if err != nil {
		return nil, err
	}
	return q.drawHooks(hooksView{Secret: secret, For: hookHost(h.URL), Tried: ui.Note{Words: "For a day calls are signed with the secrets before too, so that there is time to put this one in.", Shade: ui.Calm}})
}

func (q *request) hook() (h webhook.Hook, err error) {
	if q.web.Webhooks == nil {
		return h, hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		h, err = webhook.Get(ctx, tx, q.PathValue("hook"))
		return err
	})
	return h, err
}

// onHook does something with the program that the path names.
func (q *request) onHook(act func(*request, webhook.Hook) (outcome, error)) (outcome, error) {
	h, err := q.hook()
	if err == nil {
		err = q.needHooks(h.Properties)
	}
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
	return outcome{said: hookHost(h.URL) + " is told nothing until somebody resumes; then it is told what it missed.", undo: hooksPath + "/" + h.ID + "/on"}, q.web.Webhooks.SwitchOff(q.Context(), q.actor, h.ID)
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
	return outcome{said: hookHost(h.URL) + " is removed and hears nothing any more."}, q.web.Webhooks.Remove(q.Context(), q.actor, h.ID)
}

// replaySpans are how far back events can be told again.
func replaySpans() []ui.Option {
	return []ui.Option{{Value: "1", Name: "the last hour"}, {Value: "24", Name: "the last day"}, {Value: "168", Name: "the last 7 days"}, {Value: strconv.Itoa(replayMost), Name: "the last 30 days"}}
}
