package hearth

// Class says what a message is for, and so what it may do: the desk's budget, hours and consent depend on it.
type Class string

// The message classes, strongest first.
const (
	ClassAnswer    Class = "answer"    // asked for this minute: a sign-in code, a STOP confirmation, "received"
	ClassSafety    Class = "safety"    // danger to people or homes
	ClassLegal     Class = "legal"     // a notice that the law asks for
	ClassPromise   Class = "promise"   // news about something that was promised
	ClassService   Class = "service"   // the home and its repairs
	ClassRelation  Class = "relation"  // how we get along
	ClassPromotion Class = "promotion" // what we would like to sell
)

// Classes gives all classes, strongest first.
func Classes() []Class {
	return []Class{ClassAnswer, ClassSafety, ClassLegal, ClassPromise, ClassService, ClassRelation, ClassPromotion}
}

// Valid tells whether c is one of the classes.
func (c Class) Valid() bool { return c.rank() >= 0 }

// Discretionary tells whether a resident may do without it: relation and promotion.
func (c Class) Discretionary() bool { return c == ClassRelation || c == ClassPromotion }

// Capped tells whether the class counts against the three a day: service, relation and promotion.
func (c Class) Capped() bool { return c == ClassService || c.Discretionary() }

// Stronger tells whether c goes before o.
func (c Class) Stronger(o Class) bool { return c.rank() < o.rank() }

func (c Class) rank() int {
	for i, k := range Classes() {
		if k == c {
			return i
		}
	}
	return -1
}

// Channel is a way to reach a resident.
type Channel string

// The channels.
const (
	ChannelEmail  Channel = "email"
	ChannelSMS    Channel = "sms"
	ChannelPortal Channel = "portal"
	ChannelPush   Channel = "push"
	ChannelCall   Channel = "call"
	ChannelLetter Channel = "letter"
)

// Words says a channel in a sentence, behind "by".
func (c Channel) Words() string {
	switch c {
	case ChannelEmail:
		return "e-mail"
	case ChannelSMS:
		return "text message"
	case ChannelPush:
		return "notification"
	case ChannelCall:
		return "telephone"
	}
	return string(c)
}

// Depth is how much personal effort a moment gets.
type Depth string

// The depths.
const (
	DepthHuman     Depth = "human"     // a person does it; Hearth prepares
	DepthPlaybook  Depth = "playbook"  // Hearth does the routine part, people the rest
	DepthAutomatic Depth = "automatic" // Hearth does it
	DepthNone      Depth = "none"      // nobody needs to do anything
)

// Role is what a staff member does at a property.
type Role string

// The roles.
const (
	RoleManager     Role = "property_manager"
	RoleAssistant   Role = "assistant_manager"
	RoleLeasing     Role = "leasing"
	RoleSupervisor  Role = "maintenance_supervisor"
	RoleTechnician  Role = "technician"
	RoleCoordinator Role = "service_coordinator"
	RoleRegional    Role = "regional"
	RoleAdmin       Role = "administrator"
	RoleAuditor     Role = "auditor"
)

// Roles gives all roles.
func Roles() []Role {
	return []Role{RoleManager, RoleAssistant, RoleLeasing, RoleSupervisor, RoleTechnician, RoleCoordinator,
		RoleRegional, RoleAdmin, RoleAuditor}
}

// Valid tells whether r is one of the roles.
func (r Role) Valid() bool {
	for _, k := range Roles() {
		if k == r {
			return true
		}
	}
	return false
}

// HouseholdRole is what a person is within a household. Minors and guarantors are never addressed.
type HouseholdRole string

// The household roles.
const (
	MemberLeaseholder    HouseholdRole = "leaseholder"
	MemberOccupant       HouseholdRole = "occupant"
	MemberMinor          HouseholdRole = "minor"
	MemberGuarantor      HouseholdRole = "guarantor"
	MemberRepresentative HouseholdRole = "representative"
	MemberEmergency      HouseholdRole = "emergency_contact"
)

// Addressable tells whether messages may go to a person in this role. Representatives are addressed only within
// scope, which a playbook cannot judge, so they count as not addressable here.
func (r HouseholdRole) Addressable() bool { return r == MemberLeaseholder || r == MemberOccupant }
