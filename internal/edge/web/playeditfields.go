package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
)

// The fields of each part of a playbook. A field's name is its path in the text, from the part on.

// editField is one field of a part.
type editField struct {
	ui.Input
	Cond  *condField // a condition that is chosen, with a field for experts
	Lines bool       // a list, one entry on each line
	Raw   bool       // its text is YAML: names with values
	Turns bool       // another value means other fields: saved at once
}

// ID names the field's elements in the page.
func (f editField) ID() string { return "f-" + strings.ReplaceAll(f.Name, ".", "-") }

// condField is a condition as rows to choose from.
type condField struct {
	Words   string // the condition in words
	Rows    []condRow
	Plain   bool // it can be shown as rows
	Choices []playbook.Choice
}

type condRow struct {
	N                   int
	Signal, Sign, Value string
	List                string // id of what the value can be
}

// editor knows what is needed to draw the fields of one text.
type editor struct {
	sheet     *playbook.Sheet
	compiler  *playbook.Compiler
	templates []ui.Option
	events    []ui.Option
	faults    map[string][]string // by path
}

func options(values ...string) []ui.Option {
	var out []ui.Option
	for i := 0; i+1 < len(values); i += 2 {
		out = append(out, ui.Option{Value: values[i], Name: values[i+1]})
	}
	return out
}

func (e *editor) roles() []ui.Option {
	var out []ui.Option
	for _, r := range hearth.Roles() {
		out = append(out, ui.Option{Value: string(r), Name: capital(plainID(string(r)))})
	}
	return out
}

func channelOptions() []ui.Option {
	return options("", "Their own way", "email", "Mail", "sms", "Text message", "portal", "Residents' pages", "push", "Notice", "call", "Call", "letter", "Letter")
}

func classOptions() []ui.Option {
	return options("service", "Service: about something under way", "relation", "Relation: counts against their budget", "promotion", "Promotion: counts against their budget",
		"promise", "Promise: what we said we would do", "answer", "Answer: asked for this minute", "safety", "Safety: danger", "legal", "Legal: the law demands it")
}

// join makes the path of a field.
func join(part, name string) string {
	switch {
	case !strings.Contains(part, "."):
		return name
	case name == "":
		return part
	}
	return part + "." + name
}

// fields gives the fields of a part with their values; nil for a part that is not there.
func (e *editor) fields(part string) []editField {
	var list []editField
	switch kind := e.sheet.KindAt(part); {
	case part == "about":
		list = e.about()
	case part == "start":
		list = e.start()
	case part == "goal":
		list = e.goal()
	case strings.HasPrefix(part, "exits.") && e.sheet.Has(part):
		list = e.exit(part)
	case isArm(part) && e.sheet.Has(part+".if"):
		list = []editField{e.cond(part, "if", "If", e.event(), true)}
	case e.sheet.Has(part) && strings.Contains(part, "."):
		list = e.step(part, kind)
	}
	for i := range list {
		list[i] = e.valued(part, list[i])
	}
	return list
}

func isArm(part string) bool {
	parts := strings.Split(part, ".")
	return len(parts) > 2 && parts[len(parts)-2] == "branch"
}

// valued gives a field what it says now, and what is wrong with it.
func (e *editor) valued(part string, f editField) editField {
	path := join(part, f.Name)
	if f.Value == "" && !f.Turns {
		f.Value = e.sheet.Get(path)
		if f.Raw {
			f.Value = strings.TrimSuffix(e.sheet.Part(path), "\n")
		}
	}
	f.Wrong = strings.Join(e.faults[path], " ")
	if len(f.Options) > 0 && !slices.ContainsFunc(f.Options, func(o ui.Option) bool { return o.Value == f.Value }) {
		name := f.Value
		if name == "" {
			name = "Choose"
		}
		f.Options = append([]ui.Option{{Value: f.Value, Name: name}}, f.Options...)
	}
	return f
}

func (e *editor) about() []editField {
	moments := options()
	for _, m := range playbook.ShippedMoments() {
		moments = append(moments, ui.Option{Value: m.Name, Name: capital(plainID(m.Name))})
	}
	return []editField{
		{Input: ui.Input{Name: "title", Label: "Title", Hint: "What the team calls it.", Max: 200}},
		{Input: ui.Input{Name: "why", Label: "Why it exists", Rows: 4, Hint: "A sentence or two. The team reads it on every task."}},
		{Input: ui.Input{Name: "moment", Label: "Moment", Options: moments}},
		{Input: ui.Input{Name: "depth", Label: "How personal it is", Options: options("human", "A person decides and speaks", "playbook", "The routine by itself, people the rest", "automatic", "Reliably by itself")}},
		{Input: ui.Input{Name: "for", Label: "For", Options: options("", "Each resident", "household", "Each home, by whoever speaks for it", "property", "The property as a whole")}},
	}
}

// starts gives the ways in which a playbook can start.
func starts() []ui.Option {
	return options("on", "Something happens", "when", "A condition comes true", "absence", "Something did not happen for a time", "repeat", "Something happens again", "at", "The calendar says so")
}

// startBlank is a trigger of a kind, to begin with.
func startBlank(kind string) string {
	return map[string]string{"on": "on: workorder.opened", "when": "when: lease.days_to_end <= 120 && lease.days_to_end >= 0", "absence": "absence: portal.visited\nfor: 45d",
		"repeat": "repeat: {event: workorder.opened, by: unit, same: category, times: 2, within: 60d}", "at": `at: {every: week, weekday: monday, time: "09:00"}`}[kind]
}

func (e *editor) startKind() string {
	for _, o := range starts() {
		if e.sheet.Has("trigger." + o.Value) {
			return o.Value
		}
	}
	return ""
}

// event gives the type of event that starts the playbook.
func (e *editor) event() hearth.EventType {
	if t := e.sheet.Get("trigger.repeat.event"); t != "" {
		return hearth.EventType(t)
	}
	return hearth.EventType(e.sheet.Get("trigger.on"))
}

func (e *editor) start() []editField {
	kind := e.startKind()
	list := []editField{{Input: ui.Input{Name: "kind", Label: "It starts when", Options: starts(), Value: kind}, Turns: true}}
	switch kind {
	case "on":
		list = append(list, editField{Input: ui.Input{Name: "trigger.on", Label: "What happens", Options: e.events}})
	case "when":
		list = append(list, e.cond("", "trigger.when", "What comes true", "", false))
	case "absence":
		list = append(list, editField{Input: ui.Input{Name: "trigger.absence", Label: "What did not happen", Options: e.events}},
			editField{Input: ui.Input{Name: "trigger.for", Label: "For how long", Hint: "Such as 45d."}})
	case "repeat":
		list = append(list, editField{Input: ui.Input{Name: "trigger.repeat.event", Label: "What happens again", Options: e.events}},
			editField{Input: ui.Input{Name: "trigger.repeat.by", Label: "Counted", Options: options("unit", "In this home", "household", "In this household", "resident", "From this resident", "equipment", "Of this piece of equipment", "property", "At this property")}},
			editField{Input: ui.Input{Name: "trigger.repeat.same", Label: "Each of the same", Optional: true, Hint: "Such as category."}},
			editField{Input: ui.Input{Name: "trigger.repeat.times", Label: "Times", Kind: "number", Min: "2"}},
			editField{Input: ui.Input{Name: "trigger.repeat.within", Label: "Within", Hint: "Such as 60d."}})
	case "at":
		list = append(list, editField{Input: ui.Input{Name: "trigger.at.every", Label: "Every", Options: options("day", "Day", "week", "Week", "month", "Month", "year", "Year")}},
			editField{Input: ui.Input{Name: "trigger.at.weekday", Label: "On", Optional: true, Hint: "monday; for a month first monday. Several, one on each line, for a week.", Rows: 2}, Lines: true},
			editField{Input: ui.Input{Name: "trigger.at.day", Label: "Day of the month", Optional: true, Hint: "1 to 31, or last."}},
			editField{Input: ui.Input{Name: "trigger.at.date", Label: "Date of the year", Optional: true, Hint: "Such as 11-15."}},
			editField{Input: ui.Input{Name: "trigger.at.time", Label: "At", Hint: "Such as 09:00, in the property's time."}})
	}
	if kind != "when" {
		list = append(list, e.cond("", "trigger.if", "Only then if", e.event(), false))
	}
	return append(list, e.cond("", "audience", "Only for those for whom", "", false),
		editField{Input: ui.Input{Name: "limits.again", Label: "How often for the same person", Options: options("", "As usual", "each time", "Each time", "once per term", "Once per term", "once per tenancy", "Once per stay", "once per 90 days", "Once in 90 days", "once per 365 days", "Once in a year")}},
		editField{Input: ui.Input{Name: "limits.cooldown", Label: "Rest between two starts", Optional: true, Hint: "Such as 30d."}},
		editField{Input: ui.Input{Name: "limits.at_once", Label: "At most so many at one time", Kind: "number", Min: "1", Optional: true}},
		editField{Input: ui.Input{Name: "limits.a_day", Label: "At most so many starts a day", Kind: "number", Min: "1", Optional: true}},
		editField{Input: ui.Input{Name: "fresh", Label: "News older than this starts nothing", Optional: true, Hint: "Left empty: 48h."}})
}

func (e *editor) goal() []editField {
	none := append(options("", "Nothing: it is not measured"), e.events...)
	return []editField{
		{Input: ui.Input{Name: "goal.event", Label: "What is hoped for", Options: none}},
		{Input: ui.Input{Name: "goal.within", Label: "Within", Optional: true, Hint: "From the start on, such as 60d."}},
		e.cond("", "goal.if", "Only if", hearth.EventType(e.sheet.Get("goal.event")), false),
	}
}

func (e *editor) exit(part string) []editField {
	kind := "on"
	if e.sheet.Has(part + ".when") {
		kind = "when"
	}
	list := []editField{{Input: ui.Input{Name: "kind", Label: "It ends when", Options: options("on", "Something happens", "when", "A condition comes true"), Value: kind}, Turns: true}}
	if kind == "on" {
		list = append(list, editField{Input: ui.Input{Name: "on", Label: "What happens", Options: e.events}},
			e.cond(part, "if", "Only if", hearth.EventType(e.sheet.Get(part+".on")), false))
	} else {
		list = append(list, e.cond(part, "when", "What comes true", "", false))
	}
	return append(list, editField{Input: ui.Input{Name: "because", Label: "Because", Hint: "Stands in the record of whoever it ends for.", Max: 300}})
}

func (e *editor) step(part, kind string) []editField {
	span := func(name, label, hint string) editField {
		return editField{Input: ui.Input{Name: name, Label: label, Hint: hint}}
	}
	list := []editField{{Input: ui.Input{Name: "kind", Label: "What it does", Options: kindOptions(), Value: kind}, Turns: true}}
	template := editField{Input: ui.Input{Name: kind + ".template", Label: "Which text", Options: e.templates}}
	role := editField{Input: ui.Input{Name: kind + ".role", Label: "Whose it is", Options: e.roles()}}
	minutes := editField{Input: ui.Input{Name: kind + ".minutes", Label: "Minutes it takes", Kind: "number", Min: "1"}}
	channel := editField{Input: ui.Input{Name: kind + ".channel", Label: "By", Options: channelOptions()}}
	switch kind {
	case "send":
		list = append(list, template, editField{Input: ui.Input{Name: "send.class", Label: "What kind of message", Options: classOptions()}}, channel,
			editField{Input: ui.Input{Name: "send.purpose", Label: "Purpose", Hint: "The same purpose is not said twice within its time. Such as renewal.reminder."}})
	case "task":
		list = append(list, editField{Input: ui.Input{Name: "task.title", Label: "What is to be done", Max: 200}}, editField{Input: ui.Input{Name: "task.why", Label: "Why", Rows: 3}}, role,
			editField{Input: ui.Input{Name: "task.owner", Label: "Within that", Options: options("", "Whoever has room", "best", "Whoever knows them best")}}, minutes,
			span("task.due", "Due within", "Such as 2 business days, 4 business hours, 1d."),
			editField{Input: ui.Input{Name: "task.escalate.0.role", Label: "When it is late, to", Options: append(options("", "Nobody"), e.roles()...)}}, span("task.escalate.0.after", "After a further", "Such as 1d."),
			editField{Input: ui.Input{Name: "task.checklist", Label: "Checklist", Rows: 3, Optional: true, Hint: "One thing on each line."}, Lines: true},
			editField{Input: ui.Input{Name: "task.draft", Label: "With a draft from", Options: append(options("", "No draft"), e.templates...)}})
	case "wait":
		list = append(list, e.wait(part)...)
	case "survey":
		list = append(list, template, editField{Input: ui.Input{Name: "survey.question", Label: "Name of the question", Hint: "Small letters, digits and hyphens."}}, span("survey.at_most", "Wait for the answer at most", "Such as 5d."), channel)
	case "connect":
		list = append(list, editField{Input: ui.Input{Name: "connect.why", Label: "Why", Rows: 3}}, role, minutes, span("connect.due", "Due within", "Such as 5 business days."))
	case "escalate":
		list = append(list, editField{Input: ui.Input{Name: "escalate.reason", Label: "Why", Rows: 3}}, role, editField{Input: ui.Input{Name: "escalate.title", Label: "Title, if there is no task yet", Optional: true}}, minutes,
			span("escalate.due", "Due within", "Such as 1 business day."))
	case "set":
		list = append(list, editField{Input: ui.Input{Name: "set", Label: "Remember", Rows: 3, Hint: "A name and its value on each line, such as tried: true. Conditions of later steps read it as run.tried."}, Raw: true})
	case "end":
		list = append(list, editField{Input: ui.Input{Name: "end", Label: "Because", Max: 300}})
	}
	return list
}

func kindOptions() []ui.Option {
	var out []ui.Option
	for _, k := range playbook.Kinds() {
		if k[0] != "branch" {
			out = append(out, ui.Option{Value: k[0], Name: k[1]})
		}
	}
	return out
}

// waits gives the ways to wait, with what each begins with.
func waits() map[string]string {
	return map[string]string{"for": "3d", "until": `{until: "09:00"}`, "event": "{event: workorder.completed, at_most: 5d}", "days_before": `{days_before: lease_end, days: 30, at: "10:00"}`,
		"days_after": `{days_after: move_in, days: 7, at: "10:00"}`}
}

func (e *editor) waitKind(part string) string {
	for _, k := range slices.Sorted(maps.Keys(waits())) {
		if e.sheet.Has(part + ".wait." + k) {
			return k
		}
	}
	if e.sheet.Has(part + ".wait.events") {
		return "events"
	}
	return "for"
}

func (e *editor) wait(part string) []editField {
	how := e.waitKind(part)
	ways := options("for", "For a length of time", "until", "Until a time of day", "event", "Until something happens", "days_before", "Until days before a date", "days_after", "Until days after a date")
	if how == "events" {
		ways = append(ways, ui.Option{Value: "events", Name: "Until one of several things happens"})
	}
	list := []editField{{Input: ui.Input{Name: "how", Label: "How long", Options: ways, Value: how}, Turns: true}}
	switch how {
	case "until":
		list = append(list, editField{Input: ui.Input{Name: "wait.until", Label: "Until", Hint: "The next time it is, such as 09:00."}})
	case "event", "events":
		event := hearth.EventType(e.sheet.Get(part + ".wait.event"))
		if how == "event" {
			list = append(list, editField{Input: ui.Input{Name: "wait.event", Label: "What happens", Options: e.events}})
		} else {
			list = append(list, editField{Input: ui.Input{Name: "wait.events", Label: "What happens, one on each line", Rows: 3}, Lines: true})
		}
		list = append(list, e.cond(part, "wait.if", "Only if", event, true), editField{Input: ui.Input{Name: "wait.at_most", Label: "At most", Hint: "Such as 5d."}})
	case "days_before", "days_after":
		list = append(list, editField{Input: ui.Input{Name: "wait.days", Label: "Days", Kind: "number", Min: "0"}},
			editField{Input: ui.Input{Name: "wait." + how, Label: map[string]string{"days_before": "Before", "days_after": "After"}[how], Options: options("move_in", "The move-in", "lease_end", "The end of the lease", "move_out", "The move-out")}},
			editField{Input: ui.Input{Name: "wait.at", Label: "At", Optional: true, Hint: "Such as 10:00."}})
	default:
		name := "wait"
		if e.sheet.Has(part + ".wait.for") {
			name = "wait.for"
		}
		list = append(list, editField{Input: ui.Input{Name: name, Label: "For", Hint: "Such as 3d, 48h, 2 business days."}})
	}
	return list
}

// cond makes the field of a condition.
func (e *editor) cond(part, name, label string, event hearth.EventType, run bool) editField {
	text := e.sheet.Get(join(part, name))
	if part == "" {
		text = e.sheet.Get(name)
	}
	c := &condField{Choices: e.compiler.Choices(event, run)}
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		c.Words = capital(playbook.Sentence(text)) + "."
	}
	list, plain := playbook.Comparisons(text)
	if c.Plain = plain; plain {
		list = append(list, playbook.Comparison{Sign: ">="})
		for i, x := range list {
			row := condRow{N: i, Signal: x.Signal, Sign: x.Sign, Value: x.Value}
			if j := slices.IndexFunc(c.Choices, func(ch playbook.Choice) bool { return ch.Name == x.Signal }); j >= 0 && len(c.Choices[j].Values) > 0 {
				row.List = "v-" + strings.ReplaceAll(x.Signal, ".", "-")
			}
			if x.Signal != "" && !slices.ContainsFunc(c.Choices, func(ch playbook.Choice) bool { return ch.Name == x.Signal }) {
				c.Choices = append(c.Choices, playbook.Choice{Name: x.Signal, Words: x.Signal, Group: "As written"})
			}
			c.Rows = append(c.Rows, row)
		}
	}
	return editField{Input: ui.Input{Name: name, Label: label, Value: text}, Cond: c}
}

// groups gives the groups of choices, each once.
func (c *condField) groups() []string {
	var out []string
	for _, ch := range c.Choices {
		if !slices.Contains(out, ch.Group) {
			out = append(out, ch.Group)
		}
	}
	return out
}

// rowName names a field of a row of a condition.
func rowName(name, what string, n int) string { return name + "~" + what + strconv.Itoa(n) }
