package account

import (
	"slices"

	"hearth"
)

// Right is something that a person or a program may do.
type Right string

// The rights. policy.go's table says what each means, and who has it.
const (
	OwnAccount      Right = "account.own"
	WorkspaceRead   Right = "workspace.read"
	AccountsRead    Right = "accounts.read"
	AccountsWrite   Right = "accounts.write"
	TodayRead       Right = "today.read"
	TasksWrite      Right = "tasks.write"
	ResidentsRead   Right = "residents.read"
	ResidentsWrite  Right = "residents.write"
	PhoneReveal     Right = "resident.phone.reveal"
	InboxRead       Right = "inbox.read"
	MessagesWrite   Right = "messages.write"
	BroadcastsRead  Right = "broadcasts.read"
	BroadcastsWrite Right = "broadcasts.write"
	BroadcastsMany  Right = "broadcasts.many"
	PlaybooksRead   Right = "playbooks.read"
	PlaybooksWrite  Right = "playbooks.write"
	PausesWrite     Right = "pauses.write"
	WordingWrite    Right = "wording.write"
	FiguresRead     Right = "figures.read"
	HappenedRead    Right = "happened.read"
	ConsentsRead    Right = "consents.read"
	ConsentsWrite   Right = "consents.write"
	SituationsWrite Right = "situations.write"
	SituationReason Right = "situations.reason"
	RoundsPrint     Right = "rounds.print"
	ImportsWrite    Right = "imports.write"
	SettingsRead    Right = "settings.read"
	SettingsWrite   Right = "settings.write"
	WebhooksWrite   Right = "webhooks.write"
	TeamWrite       Right = "team.write"
	RolesWrite      Right = "roles.write"
	RolesAgree      Right = "roles.agree"
	OperatorRead    Right = "operator.read"
	OperatorWrite   Right = "operator.write"
	EventsWrite     Right = "events.write"
)

// Party is a column of the policy: a role of the team, or one of those who have none.
type Party string

// The parties that are no roles.
const (
	PartyResident Party = "resident" // a resident, for themselves alone
	PartyKeyDesk  Party = "key desk" // an enrolled device, not a person
	PartyPlaybook Party = "playbook" // what runs by itself
)

// parties gives the columns of the table of sights, in their order.
func parties() []Party {
	var all []Party
	for _, r := range hearth.Roles() {
		all = append(all, Party(r))
	}
	return append(all, PartyResident, PartyKeyDesk, PartyPlaybook)
}

// Grant is one row of the policy: a right, in words, and who has it.
type Grant struct {
	Right  Right
	Means  string    // completes "may": a clause for a person
	Roles  roleMarks // in the order of hearth.Roles
	Scope  Scope     // the token's scope that opens it; "" for none: programs never have it
	StepUp bool      // asks for the sign-in again when the last was not just now
	Self   bool      // everybody who is signed in has it, about themselves
}

// roleMarks says yes or no for each role, in the order of hearth.Roles.
type roleMarks [9]bool

// Has tells whether the grant is the role's.
func (g Grant) Has(r hearth.Role) bool {
	i := slices.Index(hearth.Roles(), r)
	return i >= 0 && g.Roles[i]
}

const x, o = true, false

// Grants is the one table of what each role may do; what is not in it, nobody may. A role counts at the property where it
// is held. The columns: manager, assistant manager, leasing, maintenance supervisor, technician, service coordinator, regional,
// administrator, auditor.
func Grants() []Grant {
	return []Grant{
		//                                                                                  mgr ast lea sup tec coo reg adm aud
		{Right: OwnAccount, Means: "see and change their own sign-in", Self: true, Roles: roleMarks{x, x, x, x, x, x, x, x, x}},
		{Right: WorkspaceRead, Means: "open the workspace and choose a community", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, x, x, x, x, x}},
		{Right: TodayRead, Means: "see what needs a person today", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, x, x, x, o, o}},
		{Right: TasksWrite, Means: "take, finish and hand over tasks; say that somebody was talked to", Scope: ScopeTasks, Roles: roleMarks{x, x, x, x, x, x, o, o, o}},
		{Right: ResidentsRead, Means: "find residents and open their page", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, x, x, o, o, o}},
		{Right: ResidentsWrite, Means: "correct facts about a resident", Scope: ScopeAdmin, Roles: roleMarks{x, x, x, o, o, x, o, o, o}},
		{Right: PhoneReveal, Means: "uncover a telephone number; each time is recorded", Roles: roleMarks{x, x, x, x, o, x, o, o, o}},
		{Right: InboxRead, Means: "read conversations", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, x, x, o, o, o}},
		{Right: MessagesWrite, Means: "write to a resident, through the desk", Scope: ScopeMessages, Roles: roleMarks{x, x, x, x, x, x, o, o, o}},
		{Right: BroadcastsRead, Means: "see what was said to many at once", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, o, x, x, o, x}},
		{Right: BroadcastsWrite, Means: "say one thing to many", Scope: ScopeMessages, Roles: roleMarks{x, x, o, o, o, o, o, o, o}},
		{Right: BroadcastsMany, Means: "say yes, as the second person, to what goes to more than the set number", Scope: ScopeMessages, StepUp: true, Roles: roleMarks{x, o, o, o, o, o, x, o, o}},
		{Right: PlaybooksRead, Means: "read the playbooks and why they did something", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, o, x, x, x, x}},
		{Right: PlaybooksWrite, Means: "change playbooks and switch them on and off", Scope: ScopeAdmin, Roles: roleMarks{x, x, o, o, o, o, x, x, o}},
		{Right: PausesWrite, Means: "pause what is automatic", Scope: ScopeAdmin, Roles: roleMarks{x, x, o, x, o, x, x, x, o}},
		{Right: WordingWrite, Means: "change the texts of messages and how the property speaks", Scope: ScopeAdmin, Roles: roleMarks{x, x, o, o, o, o, x, x, o}},
		{Right: FiguresRead, Means: "see the property's figures and charts", Scope: ScopeRead, Roles: roleMarks{x, x, o, x, o, o, x, o, x}},
		{Right: HappenedRead, Means: "read what happened and what was decided, in order", Scope: ScopeRead, Roles: roleMarks{x, x, o, o, o, o, o, o, x}},
		{Right: ConsentsRead, Means: "see what residents allowed and refused", Scope: ScopeRead, Roles: roleMarks{x, x, x, o, o, x, o, o, o}},
		{Right: ConsentsWrite, Means: "record what a resident allowed or refused", Scope: ScopeTasks, Roles: roleMarks{x, x, x, o, o, x, o, o, o}},
		{Right: SituationsWrite, Means: "say that a resident's situation asks for care", Scope: ScopeTasks, Roles: roleMarks{x, x, x, o, o, x, o, o, o}},
		{Right: SituationReason, Means: "read the kind and reason of a situation; each time is recorded", Scope: ScopeReasons, StepUp: true, Roles: roleMarks{o, o, o, o, o, x, o, o, o}},
		{Right: RoundsPrint, Means: "print letters, notices and lists of calls", Scope: ScopeRead, Roles: roleMarks{x, x, x, x, o, o, o, o, o}},
		{Right: ImportsWrite, Means: "bring files in, and take them back", Scope: ScopeAdmin, Roles: roleMarks{x, x, o, o, o, o, o, x, o}},
		{Right: SettingsRead, Means: "see how the property is set up", Scope: ScopeRead, Roles: roleMarks{x, x, o, o, o, o, x, x, x}},
		{Right: SettingsWrite, Means: "set up the property: hours, budgets, channels", Scope: ScopeAdmin, Roles: roleMarks{x, x, o, o, o, o, x, x, o}},
		{Right: WebhooksWrite, Means: "have other programs hear what happens, residents' words too; only who has it at each of the properties that they hear of", Scope: ScopeAdmin, StepUp: true, Roles: roleMarks{x, o, o, o, o, o, o, o, o}},
		{Right: TeamWrite, Means: "change the team's hours and absences", Scope: ScopeTasks, Roles: roleMarks{x, x, o, x, o, o, x, x, o}},
		{Right: RolesWrite, Means: "give and take roles", StepUp: true, Roles: roleMarks{x, o, o, o, o, o, x, x, o}},
		{Right: RolesAgree, Means: "say yes, as the second person, to a role that opens confidential work", StepUp: true, Roles: roleMarks{o, o, o, o, o, x, x, x, o}},
		{Right: AccountsRead, Means: "see who can sign in, and where they are signed in", Roles: roleMarks{x, o, o, o, o, o, x, x, x}},
		{Right: AccountsWrite, Means: "open, reset and close sign-ins", StepUp: true, Roles: roleMarks{x, o, o, o, o, o, x, x, o}},
		{Right: OperatorRead, Means: "see the health of the installation and what waits in its queues", Scope: ScopeRead, Roles: roleMarks{o, o, o, o, o, o, o, x, x}},
		{Right: OperatorWrite, Means: "settle what is in doubt and try again what failed", Scope: ScopeAdmin, Roles: roleMarks{o, o, o, o, o, o, o, x, o}},
		{Right: EventsWrite, Means: "tell what happened, as a connected program does", Scope: ScopeEvents, Roles: roleMarks{o, o, o, o, o, o, o, o, o}},
	}
}

// Field is a kind of what is known about residents.
type Field string

// The fields.
const (
	FieldName      Field = "name"
	FieldContact   Field = "contact"   // telephone number and e-mail address
	FieldHistory   Field = "history"   // the home's and the resident's past jobs
	FieldEntry     Field = "entry"     // instructions for who enters: pets, alarm, mobility
	FieldMessages  Field = "messages"  // conversations
	FieldArrears   Field = "arrears"   // what is owed, and breaches of the lease
	FieldCase      Field = "case"      // a coordinator's notes, goals, referrals
	FieldConsents  Field = "consents"  // who may be told what
	FieldKeys      Field = "keys"      // who had which key
	FieldSituation Field = "situation" // kind and reason of what asks for care
	FieldProtected Field = "protected" // what the law protects from being a reason
)

// Sight is how much of a field somebody sees. The zero Sight is nothing.
type Sight string

// The sights.
const (
	SeesNothing Sight = ""
	SeesAll     Sight = "all"
	SeesOwn     Sight = "own"       // their own, or what is assigned to them
	SeesJob     Sight = "job"       // only while a job of theirs is open there
	SeesFirst   Sight = "first"     // the first name and the home
	SeesReveal  Sight = "reveal"    // masked; uncovered one at a time, and recorded
	SeesMasked  Sight = "masked"    // masked, for good
	SeesShared  Sight = "shared"    // what somebody who may decide shared with them
	SeesSummary Sight = "summary"   // that there is something, and of what kind
	SeesFigures Sight = "figures"   // only counted over many
	SeesAddress Sight = "addressed" // as an address only, never in words
)

// View is one row of the policy's second table: a field and how much of it each party sees.
type View struct {
	Field  Field
	Means  string
	Sights [12]Sight // in the order of parties
}

// Of gives what a party sees of the field.
func (v View) Of(p Party) Sight {
	if i := slices.Index(parties(), p); i >= 0 {
		return v.Sights[i]
	}
	return SeesNothing
}

// The sights once more, as wide as the table's columns.
const (
	ooo = SeesNothing
	all = SeesAll
	own = SeesOwn
	job = SeesJob
	fst = SeesFirst
	rev = SeesReveal
	msk = SeesMasked
	shr = SeesShared
	sum = SeesSummary
	fig = SeesFigures
	adr = SeesAddress
)

// Views is the one table of what each role sees about residents. The columns: those of Grants, then a resident about themselves, the key desk,
// and what runs by itself.
func Views() []View {
	return []View{
		//                                                                          mgr  ast  lea  sup  tec  coo  reg  adm  aud  res  key  run
		{Field: FieldName, Means: "name", Sights: [12]Sight{all, all, all, fst, fst, all, all, ooo, msk, own, own, all}},
		{Field: FieldContact, Means: "telephone number and e-mail address", Sights: [12]Sight{all, all, all, rev, ooo, all, fig, ooo, ooo, own, ooo, adr}},
		{Field: FieldHistory, Means: "the home's history and past jobs", Sights: [12]Sight{all, all, sum, all, job, sum, fig, ooo, fig, own, ooo, all}},
		{Field: FieldEntry, Means: "instructions for who enters", Sights: [12]Sight{all, all, ooo, job, job, all, ooo, ooo, ooo, own, ooo, all}},
		{Field: FieldMessages, Means: "messages", Sights: [12]Sight{all, all, own, job, job, own, ooo, ooo, ooo, own, ooo, adr}},
		{Field: FieldArrears, Means: "arrears and breaches of the lease", Sights: [12]Sight{all, all, ooo, ooo, ooo, shr, fig, ooo, ooo, own, ooo, ooo}},
		{Field: FieldCase, Means: "case notes, goals, referrals", Sights: [12]Sight{ooo, ooo, ooo, ooo, ooo, own, fig, ooo, ooo, own, ooo, ooo}},
		{Field: FieldConsents, Means: "consents and releases", Sights: [12]Sight{shr, shr, shr, ooo, ooo, all, fig, ooo, ooo, own, ooo, adr}},
		{Field: FieldKeys, Means: "log of keys", Sights: [12]Sight{all, all, own, own, own, ooo, all, ooo, all, own, all, all}},
		{Field: FieldSituation, Means: "kind and reason of a situation that asks for care", Sights: [12]Sight{shr, ooo, ooo, ooo, ooo, all, ooo, ooo, ooo, own, ooo, ooo}},
		{Field: FieldProtected, Means: "what the law protects from being a reason", Sights: [12]Sight{ooo, ooo, ooo, ooo, ooo, shr, ooo, ooo, ooo, own, ooo, ooo}},
	}
}
