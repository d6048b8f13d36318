package column

// Kind is what an import brings.
type Kind string

// The kinds, named as on the command line.
const (
	Units      Kind = "units"
	Residents  Kind = "residents" // a directory or a rent roll
	Staff      Kind = "staff"
	Workorders Kind = "workorders"
	Payments   Kind = "payments"
	Messages   Kind = "messages"
	Events     Kind = "events"
)

// Kinds gives all kinds.
func Kinds() []Kind {
	return []Kind{Units, Residents, Staff, Workorders, Payments, Messages, Events}
}

// Valid tells whether k is one of the kinds.
func (k Kind) Valid() bool {
	for _, o := range Kinds() {
		if o == k {
			return true
		}
	}
	return false
}

// Class is what the cells of a field look like.
type Class int

// The classes.
const (
	Text Class = iota
	Prose
	Name
	Word // a single name: first, last, building
	Email
	Phone
	Date
	Spans // days and stretches of days, in a list
	Money
	Number
	Flag
	Unit
	Code
	State  // a lease or home status
	Stage  // a work order status
	Urgent // a priority
	Way    // a channel
	Side   // inbound or outbound
	Job    // a role or title
	Zip
)

// Field is one thing that a column can hold.
type Field struct {
	Name  string
	Class Class
	// Words are the ways to call it, written plainly; "resident=0.8" weighs one less than exact.
	Words []string
	// Many lets several columns hold it: phones in order of use.
	Many bool
	// Ignored fields are recognised so that they are not taken for something else, and then left alone.
	Ignored string
}

// Fields gives what an import of the kind can hold. For events there is no table: their columns are named exactly.
func Fields(k Kind) []Field {
	switch k {
	case Units:
		fields := join(placeFields(), unitFields())
		for i, f := range fields {
			if f.Name == UnitID {
				fields[i].Words = append(f.Words, "id=0.7") // in a list of homes a bare number is the home's
			}
		}
		return fields
	case Residents:
		return join(placeFields(), residentFields(), leaseFields())
	case Staff:
		return staffFields()
	case Workorders:
		return join(placeFields(), whoFields(), workorderFields())
	case Payments:
		return join(placeFields(), whoFields(), paymentFields())
	case Messages:
		return join(placeFields(), whoFields(), messageFields())
	}
	return nil
}

// Needs gives what a file of the kind must hold: of each inner list, one.
func Needs(k Kind) [][]string {
	someone := []string{UnitLabel, UnitID, ResidentID, FullName, LastName, EmailAddr, PhoneMobile, PhoneAny}
	switch k {
	case Units:
		return [][]string{{UnitLabel}}
	case Residents:
		return [][]string{{UnitLabel}, {FullName, LastName}}
	case Staff:
		return [][]string{{FullName, LastName}}
	case Workorders:
		return [][]string{{UnitLabel, UnitID, ResidentID, FullName, EmailAddr}, {OrderText, OrderCategory}}
	case Payments:
		return [][]string{someone, {PayAmount, PayCharge, PayBalance}}
	case Messages:
		return [][]string{someone, {MessageText}}
	}
	return nil
}

func join(lists ...[]Field) []Field {
	var out []Field
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}
