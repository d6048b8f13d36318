package eventlog

import (
	"slices"
	"strings"
	"sync"

	"hearth"
)

// Type is one entry of the catalog of event types.
type Type struct {
	Name      hearth.EventType
	Doc       string   // one sentence: what happened
	Subjects  []string // kinds of subject that the event may be about
	Household bool     // concerns all addressable members of the household
	Schema    string   // JSON Schema of the data
	Example   string   // data that fits
}

// Types gives the catalog, sorted by name. The list is the caller's own; its entries are everybody's and must not be changed.
func Types() []Type { return slices.Clone(catalog().all) }

// TypeOf gives the catalog's entry of a type.
func TypeOf(name hearth.EventType) (Type, bool) {
	t, ok := catalog().byName[name]
	return t, ok
}

// types is the catalog.
type types struct {
	all    []Type // by name
	byName map[hearth.EventType]Type
}

// Each sentence about an event looks its type up, and writing eighty JSON Schemas for that took most of what a list of playbooks cost.
//
//nolint:gochecknoglobals // made once, never changed
var catalog = sync.OnceValue(func() types {
	c := types{all: listTypes(), byName: map[hearth.EventType]Type{}}
	for _, t := range c.all {
		c.byName[t.Name] = t
	}
	return c
})

func listTypes() []Type {
	all := slices.Concat(residentTypes(), leaseTypes(), workOrderTypes(), messageTypes(), contactTypes(), moneyTypes(), teamTypes(), placeTypes(), careTypes(), propertyTypes())
	slices.SortFunc(all, func(a, b Type) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all
}

func entry(name hearth.EventType, doc, subjects, example string, fields ...field) Type {
	return Type{Name: name, Doc: doc, Subjects: strings.Fields(subjects), Schema: schemaOf(fields), Example: example}
}

// household marks types that concern everybody in the home.
func household(types ...Type) []Type {
	for i := range types {
		types[i].Household = true
	}
	return types
}

func residentTypes() []Type {
	about := func() []field {
		return []field{
			may("email", boolean(), "an e-mail address is known"), may("phone", boolean(), "a telephone number is known"),
			may("portal", boolean(), "uses the residents' portal"), may("language", text(), "preferred language, such as en"),
			may("fields", textList(), "what changed"),
		}
	}
	return []Type{
		entry("resident.added", "A resident became known.", "resident", `{"role":"leaseholder","primary":true,"email":true}`,
			append(about(), need("role", householdRole(), "what the person is in the household"),
				need("primary", boolean(), "speaks for the home"), may("moved_from", text(), "the property they lived at before"),
				may("left", text(), "the event that told the other property of it"), may("left_source", text(), "the source of that event"))...),
		entry("resident.changed", "What is known about a resident changed.", "resident", `{"email":false}`,
			append(about(), may("role", householdRole(), "what the person is in the household"),
				may("primary", boolean(), "speaks for the home"), may("moved_to", text(), "the property they live at from now on"))...),
		entry("resident.news_forwarded", "Late news of the time at another property reached the one that a resident lives at now.", "resident",
			`{"property":"prp_1","type":"workorder.completed","part":3,"seq":812}`,
			need("property", words(), "where it happened"), need("type", words(), "what happened"),
			need("part", number(), "the partition that has the news"), need("seq", number(), "its place in there")),
		entry("resident.vanished", "A full directory no longer lists a resident; a person should say why.", "resident", `{}`),
		entry("resident.merged", "Two residents were found to be one person: what is told of either concerns the one kept.", "resident",
			`{"kept":"res_1","merged":"res_2"}`, need("kept", words(), "under whom both are seen"), need("merged", words(), "who is seen under the other")),
		entry("resident.unmerged", "Two residents who were taken for one person stand alone again.", "resident",
			`{"kept":"res_1","merged":"res_2"}`, need("kept", words(), "under whom both were seen"), need("merged", words(), "who was seen under the other")),
		entry("resident.taken_back", "What an import told of a resident was taken back: they are none.", "resident", `{}`),
		entry("unit.taken_back", "What an import told of a unit was taken back: there is none.", "unit", `{"label":"4B"}`, need("label", words(), "what the unit was called")),
		entry("unit.added", "A unit became known.", "unit", `{"label":"4B"}`, need("label", words(), "what the unit is called")),
		entry("preference.changed", "A resident's preference changed.", "resident unit", `{"name":"channel","value":"email"}`,
			need("name", words(), "which preference"), need("value", text(), "what it is now; empty: none"),
			may("heard", text(), "the words that made it so, as kept by a person: their id")),
		entry("consent.changed", "A resident allowed or refused a purpose on a channel.", "resident",
			`{"purpose":"promotion","channel":"email","allowed":false}`,
			need("purpose", text(), "what the messages are for; empty: everything on the channel"),
			need("channel", channel(), "how they are sent"), need("allowed", boolean(), "yes or no")),
	}
}

func leaseTypes() []Type {
	terms := func() []field {
		return []field{
			may("lease", text(), "the lease"), may("unit", text(), "the unit"), may("label", text(), "what the unit is called"),
			may("start", date(), "first day of the latest term"), may("end", date(), "last day of the latest term"),
			may("move_in", date(), "day of moving in"), may("move_out", date(), "day of moving out"),
			may("status", oneOf("applicant", "approved", "future", "current", "past", "cancelled"), "by its dates"),
			may("rent", number(), "a month, in the property's currency"), may("month_to_month", boolean(), "goes on without a term"),
			may("term", whole(), "which term of the tenancy, from 1"), may("fields", textList(), "what changed"),
		}
	}
	lease := func(more ...field) []field {
		return append(more, may("lease", text(), "the lease"), may("unit", text(), "the unit"), may("label", text(), "what the unit is called"))
	}
	const about = "lease resident unit"
	return household(
		entry("lease.recorded", "A lease became known.", about,
			`{"status":"current","start":"2026-03-01","end":"2027-02-28","rent":1450,"term":1}`, terms()...),
		entry("lease.changed", "What is known about a lease changed.", about, `{"status":"current","rent":1500}`, terms()...),
		entry("lease.renewed", "A new term of a tenancy was agreed.", about, `{"start":"2027-03-01","end":"2028-02-29"}`,
			lease(need("start", date(), "first day of the new term"), need("end", date(), "last day of the new term"),
				may("rent", number(), "a month, in the property's currency"), may("term", whole(), "which term of the tenancy, from 1"))...),
		entry("lease.notice_given", "A household gave notice to move out.", about, `{"move_out":"2026-08-31"}`,
			lease(need("move_out", date(), "day of moving out"), may("assumed", boolean(), "the day is assumed from the lease"))...),
		entry("lease.notice_withdrawn", "A household took its notice back.", about, `{}`, lease()...),
		entry("lease.moved_in", "A household moved in.", about, `{"date":"2026-03-01"}`, lease(may("date", date(), "the day; default: that of the event"))...),
		entry("lease.moved_out", "A household moved out.", about, `{"date":"2026-08-31"}`, lease(may("date", date(), "the day; default: that of the event"))...),
		entry("lease.cancelled", "A lease was cancelled before it began.", about, `{}`, lease()...),
		entry("lease.taken_back", "What an import told of a lease was taken back. If there was one before, it is told again as it was.", about, `{}`, lease()...),
	)
}

func workOrderTypes() []Type {
	order := func(more ...field) []field {
		return append(more, may("workorder", text(), "the work order"), may("unit", text(), "the unit"), may("category", text(), "kind of fault"),
			may("equipment", text(), "which piece of equipment: its number or name, the same each time"))
	}
	const about = "workorder resident unit"
	return []Type{
		entry("workorder.opened", "Somebody asked for a repair.", about, `{"description":"The kitchen tap drips.","priority":"routine"}`,
			order(need("description", words(), "what is wrong, in the resident's words"), may("priority", text(), "emergency, urgent or routine"))...),
		entry("workorder.scheduled", "A repair has an appointment.", about,
			`{"start":"2026-03-04T14:00:00Z","end":"2026-03-04T17:00:00Z"}`,
			order(need("start", instant(), "begin of the window"), need("end", instant(), "end of the window"))...),
		entry("workorder.waiting", "A repair waits for something.", about, `{"for":"a part"}`, order(need("for", words(), "what it waits for"))...),
		entry("workorder.completed", "A repair was finished.", about, `{"resolution":"Replaced the cartridge."}`,
			order(need("resolution", text(), "what was done"))...),
		entry("workorder.reopened", "A finished repair was opened again.", about, `{"reason":"It drips again."}`,
			order(may("reason", text(), "why"))...),
		entry("workorder.cancelled", "A repair was called off.", about, `{}`, order(may("reason", text(), "why"))...),
		entry("workorder.amended", "Whoever asked for a repair put right what they had sent, within some minutes.", about, `{"description":"The kitchen tap drips.","was":"The tap"}`,
			order(need("description", words(), "what is wrong, as it stands now"), may("was", text(), "what it said before"), may("priority", text(), "emergency, urgent or routine"),
				may("photo", oneOf("added", "taken away", "exchanged"), "what happened to their photo"), may("entry", text(), "whether we may come in when nobody is home, where they said it"))...),
		entry("workorder.taken_back", "What an import told of a repair was taken back.", about, `{}`,
			order(may("state", text(), "the state that it is in again; left out: there is no such repair"), may("opened", instant(), "when it had been opened"),
				may("completed", instant(), "the completion that is taken back"), may("reopened", instant(), "the reopening that is taken back"))...),
	}
}

func messageTypes() []Type {
	const about = "resident message"
	message := func(more ...field) []field {
		return append(more, may("message", text(), "the message"), may("purpose", text(), "what it is for"))
	}
	return []Type{
		entry("message.received", "A resident wrote to us.", "resident", `{"channel":"email","text":"Thank you for the quick help."}`,
			need("channel", channel(), "how it came"), need("text", words(), "their words"), may("topic", text(), "what it is about"),
			may("message", text(), "the message"), may("answers", text(), "the message of ours that it answers")),
		entry("message.sent", "A message went out to a resident: from Hearth, or from the system that tells it. It counts as said, for repetitions and for the budget.", about, `{"class":"service","channel":"email","message":"msg_1"}`,
			need("class", class(), "message class"), need("channel", channel(), "how it went"), may("message", text(), "the message, as Hearth calls it; another system leaves it out"),
			may("purpose", text(), "what it is for; by the same word Hearth knows that it need not say it"), may("title", text(), "its title; told by another system, kept with the message"), may("text", text(), "what it said, likewise"), may("how", text(), "by what act of a person: posted, handed over, left word …")),
		entry("message.delivered", "A message reached the resident's mailbox or phone.", about, `{"message":"msg_1"}`, message(may("channel", channel(), "how it went"), may("how", text(), "by what act of a person: hung, handed over, spoke with …"))...),
		entry("message.opened", "A resident opened a message; a weak sign, because mail programs open by themselves.", about, `{"message":"msg_1"}`, message()...),
		entry("message.clicked", "A resident followed a link in a message.", about, `{"message":"msg_1"}`, message(may("link", text(), "which one"))...),
		entry("message.bounced", "A message could not be delivered.", about, `{"kind":"hard","channel":"email","message":"msg_1"}`,
			message(need("kind", words(), "hard: the address does not work; soft: not now"), need("channel", channel(), "how it went"),
				may("error", text(), "what the other side said"))...),
		entry("message.failed", "A message was given up.", about, `{"message":"msg_1","channel":"email","error":"no answer for three days"}`,
			need("message", words(), "the message"), need("channel", channel(), "how it should have gone"), need("error", text(), "why")),
		entry("message.unknown", "Nobody knows whether a message went out; a person should settle it.", about,
			`{"message":"msg_1","channel":"email","error":"the connection broke at the last byte"}`,
			need("message", words(), "the message"), need("channel", channel(), "how it may have gone"), need("error", text(), "why")),
		entry("message.complained", "A resident marked a message as unwanted.", about, `{"message":"msg_1","channel":"email"}`,
			message(may("channel", channel(), "how it went"))...),
		entry("message.unsubscribed", "A resident wants no more messages of a kind.", about, `{"message":"msg_1","channel":"email"}`,
			message(may("channel", channel(), "on which channel"))...),
		entry("tone.corrected", "A person said how a resident's message really sounds; it replaces what was read from the words.", "resident",
			`{"message":"evt_1","tone":"neutral"}`, need("message", words(), "the id of the event message.received, or of the message in its data"),
			need("tone", oneOf("negative", "neutral", "positive"), "how it sounds"), may("note", text(), "a word about it")),
	}
}

func contactTypes() []Type {
	return []Type{
		entry("portal.visited", "A resident used the portal.", "resident", `{}`),
		entry("portal.link_given", "Somebody of the team gave a resident a link to their own pages, on paper or on a screen; the actor says who.", "resident", `{"until":"2026-03-04T17:00:00Z"}`,
			need("until", words(), "how long it shows how things stand")),
		entry("contact.personal", "A resident and a member of the team had a real, personal contact.", "resident", `{"staff":"stf_1","kind":"visit"}`,
			need("staff", words(), "who"), need("kind", words(), "visit, call, conversation, …"), may("note", text(), "a word about it")),
		entry("contact.revealed", "Somebody of the team uncovered a resident's telephone number or e-mail address; the actor says who.", "resident", `{"what":"phone"}`,
			need("what", oneOf("phone", "email"), "what was uncovered")),
		entry("visit.recorded", "A resident came by: to an event, for a package, to the office.", "resident", `{"kind":"package"}`,
			need("kind", words(), "what for")),
		entry("survey.answered", "A resident answered a question.", "resident", `{"question":"repair","score":4}`,
			need("question", words(), "which question"), need("score", number(), "1 to 5"), may("text", text(), "in their words")),
		entry("promise.made", "Something was promised to a resident by a time.", "resident workorder task",
			`{"promise":"A technician calls back.","due":"2026-03-04T17:00:00Z"}`,
			need("promise", words(), "what, or its id"), need("due", words(), "by when"), may("text", text(), "what was promised")),
		entry("promise.kept", "A promise was kept.", "resident workorder task", `{"promise":"A technician calls back."}`,
			need("promise", words(), "what, or its id")),
		entry("promise.missed", "A promise was not kept in time.", "resident workorder task", `{"promise":"A technician calls back."}`,
			need("promise", words(), "what, or its id")),
	}
}

func moneyTypes() []Type {
	return household(
		entry("payment.recorded", "The connected system recorded a payment.", "resident lease unit", `{"amount":1450,"paid_date":"2026-03-03","late":false}`,
			need("amount", number(), "in the property's currency"), may("due_date", date(), "when it was due"),
			may("paid_date", date(), "when it was paid"), may("late", boolean(), "after the grace period")),
		entry("arrears.changed", "What a household owes changed.", "resident lease unit", `{"amount":0}`,
			need("amount", number(), "owed now, in the property's currency")),
	)
}

func teamTypes() []Type {
	return []Type{
		entry("staff.added", "A member of the team became known.", "staff property", `{"name":"Ana Ruiz"}`, need("name", words(), "the name")),
		entry("staff.taken_back", "What an import told of a member of the team was taken back: there is nobody of that name.", "staff property", `{"name":"Ana Ruiz"}`, need("name", words(), "the name")),
		entry("task.done", "A task was done.", "task resident", `{"task":"tsk_1","kind":"call","facts":{"contact":"call"}}`,
			need("task", words(), "the task"), need("facts", object(), "what was learned, by name"), may("kind", text(), "kind of task")),
		entry("task.declined", "A task was declined by its owner.", "task resident", `{"task":"tsk_1","reason":"Not on duty."}`,
			may("task", text(), "the task"), may("kind", text(), "kind of task"), may("reason", text(), "why")),
		entry("task.escalated", "A task was passed on because its time was up.", "task resident", `{"task":"tsk_1","to":"property_manager"}`,
			need("task", words(), "the task"), need("to", words(), "the role or person that has it now")),
		entry("task.handed_over", "A task was handed on because its owner is on leave, or back.", "task resident",
			`{"task":"tsk_1","to":"stf_2","from":"stf_1","reason":"Ana is on leave."}`,
			need("task", words(), "the task"), need("to", text(), "who has it now; empty: the property's queue"),
			may("from", text(), "who had it"), may("reason", text(), "why")),
		entry("import.finished", "An import was applied.", "import property", `{"counts":{"added":240,"changed":3}}`,
			need("counts", object(), "rows by what became of them"), may("import", text(), "the import")),
		entry("import.undone", "An import was taken back, as far as nothing later depends on it.", "import property", `{"counts":{"residents":240,"changed":3},"stays":2}`,
			need("counts", object(), "what was taken back"), may("import", text(), "the import"), may("stays", whole(), "how much can't be taken back")),
	}
}
