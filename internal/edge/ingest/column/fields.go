package column

// Names of fields, as they stand in mapping files.
const (
	PropertyName  = "property"
	Building      = "building"
	UnitLabel     = "unit"
	UnitID        = "unit_id"
	UnitType      = "unit_type"
	UnitFloor     = "floor"
	Beds          = "beds"
	Baths         = "baths"
	BedsBaths     = "beds_baths"
	SquareFeet    = "square_feet"
	MarketRent    = "market_rent"
	Street        = "street"
	City          = "city"
	Region        = "state"
	ZipCode       = "zip"
	UnitStatus    = "unit_status"
	ResidentID    = "resident_id"
	HouseholdID   = "household_id"
	FullName      = "name"
	FirstName     = "first_name"
	MiddleName    = "middle_name"
	LastName      = "last_name"
	PreferredName = "preferred_name"
	OtherPeople   = "other_people"
	EmailAddr     = "email"
	EmailOther    = "email_other"
	PhoneMobile   = "phone_mobile"
	PhoneAny      = "phone"
	PhoneHome     = "phone_home"
	PhoneWork     = "phone_work"
	HouseRole     = "role"
	LeaseStatus   = "status"
	LeaseStart    = "lease_start"
	LeaseEnd      = "lease_end"
	MoveIn        = "move_in"
	MoveOut       = "move_out"
	NoticeOn      = "notice_on"
	Rent          = "rent"
	MonthToMonth  = "month_to_month"
	Eviction      = "eviction"
	OfferOut      = "renewal_offer"
	Language      = "language"
	Preference    = "preferred_channel"
	TextConsent   = "text_consent"
	ChargeCode    = "charge_code"
	ChargeAmount  = "charge_amount"

	StaffID       = "staff_id"
	StaffRole     = "staff_role"
	WorkDays      = "work_days"
	WorkHours     = "work_hours"
	ShiftStart    = "shift_start"
	ShiftEnd      = "shift_end"
	MinutesADay   = "minutes_a_day"
	StaffActive   = "active"
	StaffAway     = "absences"
	AwayFrom      = "absent_from"
	AwayTo        = "absent_to"
	StaffBackup   = "backup"
	StaffChief    = "supervisor"
	StaffOnCall   = "on_call"
	OrderID       = "order_id"
	OrderText     = "description"
	OrderTitle    = "title"
	OrderCategory = "category"
	OrderPriority = "priority"
	OrderStatus   = "order_status"
	OrderOpened   = "opened"
	OrderFrom     = "scheduled_start"
	OrderTo       = "scheduled_end"
	OrderDone     = "completed"
	OrderCanceled = "cancelled"
	OrderResult   = "resolution"
	PayID         = "payment_id"
	PayType       = "payment_type"
	PayAmount     = "amount"
	PayCharge     = "charge"
	PayDate       = "paid_on"
	PayDue        = "due_on"
	PayLate       = "late"
	PayBalance    = "balance"
	MessageID     = "message_id"
	MessageSide   = "direction"
	MessageWay    = "channel"
	MessageTopic  = "subject"
	MessageText   = "text"
	MessageTime   = "time"
	MessageFrom   = "from"
	MessageTo     = "to"
	MessageStaff  = "staff"
)

// Skip is the field of a column that is not used.
const Skip = "-"

func placeFields() []Field {
	return []Field{
		{Name: PropertyName, Class: Text, Words: []string{"property name", "property", "community", "community name", "complex", "site name", "project name", "development", "asset name", "property=0.9"}},
		{Name: Building, Class: Word, Words: []string{"building", "building name", "building number", "tower", "block", "wing"}},
		{Name: UnitLabel, Class: Unit, Words: []string{"unit", "unit number", "unit name", "unit code", "building unit=0.95", "door number", "room number", "room", "space number", "home number", "unit label", "unit reference=0.8", "premises", "residence", "location=0.6", "house number=0.4"}},
		{Name: UnitID, Class: Code, Words: []string{"unit id", "unit uuid", "unit key", "unit integration id=0.8"}},
		{Name: Street, Class: Text, Words: []string{"unit address", "unit street", "street address", "street", "address", "address 1", "address line 1", "street name", "property address=0.9", "property street=0.9"}},
		{Name: City, Class: Text, Words: []string{"city", "town", "unit city", "municipality", "property city=0.9"}},
		{Name: Region, Class: Text, Words: []string{"state", "province", "unit state", "property state=0.9"}},
		{Name: ZipCode, Class: Zip, Words: []string{"zip", "zip code", "postal code", "post code", "unit zip", "property zip=0.9"}},
		{Name: "property_id", Class: Code, Ignored: "an identifier of the property in the other system", Words: []string{"property id", "property code", "site id", "portfolio id", "property group id"}},
	}
}

func unitFields() []Field {
	return []Field{
		{Name: UnitType, Class: Text, Words: []string{"unit type", "floor plan", "floor plan name", "floor plan code", "plan", "type", "layout", "unit style"}},
		{Name: UnitFloor, Class: Text, Words: []string{"floor", "level", "storey", "unit floor", "floor number"}},
		{Name: Beds, Class: Number, Words: []string{"bedroom", "bed", "number of bedroom", "unit bedroom", "bedroom count"}},
		{Name: Baths, Class: Number, Words: []string{"bathroom", "bath", "number of bathroom", "unit bathroom", "bathroom count"}},
		{Name: BedsBaths, Class: Text, Words: []string{"bed bath", "bedroom bathroom", "bed bath count"}},
		{Name: SquareFeet, Class: Number, Words: []string{"square feet", "area", "size", "unit size", "square footage", "unit square feet", "floor area", "living area"}},
		{Name: MarketRent, Class: Money, Words: []string{"market rent", "market rate", "asking rent", "list rent", "computed market rent=0.8", "advertised rent=0.8", "gross potential rent=0.7"}},
		{Name: "rent_rules", Class: Text, Ignored: "how the rent is regulated or whether the home is ready", Words: []string{"rent status", "legal rent", "rent ready", "ready for showing on"}},
		{Name: UnitStatus, Class: State, Words: []string{"status", "unit status", "occupancy status", "occupancy", "vacancy status", "unit occupied=0.8"}},
	}
}

// personFields are shared by everybody who has a name and a way to be reached.
func personFields(extra ...string) []Field {
	full := append([]string{"name", "full name", "display name=0.9", "legal name"}, extra...)
	return []Field{
		{Name: FullName, Class: Name, Words: full},
		{Name: FirstName, Class: Word, Words: []string{"first name", "given name", "forename", "first=0.75", "resident first name", "employee first name"}},
		{Name: MiddleName, Class: Word, Words: []string{"middle name", "middle initial", "middle=0.75"}},
		{Name: LastName, Class: Word, Words: []string{"last name", "surname", "family name", "last=0.75", "resident last name", "employee last name"}},
		{Name: PreferredName, Class: Word, Words: []string{"preferred name", "nickname", "goes by", "known as"}},
		{Name: EmailAddr, Class: Email, Words: []string{"email", "email address", "resident email", "resident email address", "contact email", "primary email", "primary resident email", "personal email", "work email=0.8", "requester email"}},
		{Name: PhoneMobile, Class: Phone, Words: []string{"mobile", "mobile phone", "mobile number", "mobile phone number", "text number", "resident mobile"}},
		{Name: PhoneAny, Class: Phone, Words: []string{"phone", "phone number", "contact number", "primary phone", "day phone", "resident phone", "resident phone number", "contact phone", "primary resident phone number", "call back number", "requester phone", "main phone"}},
	}
}

func residentFields() []Field {
	return append(personFields("resident name", "resident", "primary resident", "resident full name", "head of household", "household name", "household=0.8", "lease name=0.7"),
		Field{Name: ResidentID, Class: Code, Words: []string{"resident id", "resident code", "resident number", "person id", "person code", "primary resident id", "resident key", "account number=0.7", "resident=0.78", "contact id=0.8", "id=0.7"}},
		Field{Name: HouseholdID, Class: Code, Words: []string{"occupancy id", "lease id", "household id", "lease number", "lease code", "lease uuid=0.8", "lease id display", "lease reference", "household number"}},
		Field{Name: OtherPeople, Class: Name, Words: []string{"additional resident", "other resident", "co resident", "roommate", "household member", "secondary resident", "additional people", "other people", "all resident=0.8"}},
		Field{Name: EmailOther, Class: Email, Words: []string{"alternate email", "secondary email", "email 2", "second email", "other email"}},
		Field{Name: PhoneHome, Class: Phone, Words: []string{"home phone", "home phone number", "landline", "land line", "evening phone", "home"}},
		Field{Name: PhoneWork, Class: Phone, Words: []string{"work phone", "work phone number", "office phone", "business phone", "work"}},
		Field{Name: "phone_other", Class: Phone, Ignored: "a further number; the mobile, main and home numbers are used", Words: []string{"other phone", "alternate phone", "secondary phone", "phone 2", "second phone"}},
		Field{Name: "fax", Class: Phone, Ignored: "a fax number", Words: []string{"fax", "fax number"}},
		Field{Name: HouseRole, Class: Text, Words: []string{"relationship", "resident type", "household role", "role", "person type", "responsibility", "resident role", "relation"}},
		Field{Name: Language, Class: Text, Words: []string{"language", "preferred language", "primary language", "spoken language"}},
		Field{Name: Preference, Class: Way, Words: []string{"preferred contact method", "contact preference", "preferred channel", "preferred contact", "contact method", "communication preference"}},
		Field{Name: TextConsent, Class: Flag, Words: []string{"sms opt in status", "sms opt in", "text opt in", "sms consent", "text consent", "text message consent", "opt in text"}},
	)
}

func leaseFields() []Field {
	return append([]Field{
		{Name: LeaseStatus, Class: State, Words: []string{"status", "lease status", "resident status", "occupancy status", "occupancy", "lease state", "unit status=0.9", "current status=0.9", "residency status"}},
		{Name: LeaseStart, Class: Date, Words: []string{"lease start", "lease start date", "lease begin date", "term start", "term start date", "commencement date", "commencement", "start date", "start", "effective date=0.8", "begin date"}},
		{Name: LeaseEnd, Class: Date, Words: []string{"lease end", "lease end date", "term end", "term end date", "end date", "end", "lease end on", "to=0.85", "due to end=0.8"}},
		{Name: "lease_end_month", Class: Text, Ignored: "the month of a date that stands in another column", Words: []string{"lease end month", "lease start month"}},
		{Name: MoveIn, Class: Date, Words: []string{"move in", "move in date", "occupancy date", "possession date", "occupied since", "resident since", "in date", "arrival", "arrival date", "actual move in", "key handover", "occupancy start=0.9", "living here since"}},
		{Name: MoveOut, Class: Date, Words: []string{"move out", "move out date", "vacate date", "expected move out", "scheduled move out", "out date", "departure", "departure date", "vacating date", "actual move out=0.9", "leaving", "vacating on", "vacated"}},
		{Name: NoticeOn, Class: Date, Words: []string{"notice given", "notice date", "notice given date", "notice", "notice to vacate", "notice to vacate date", "notice received", "notice received date", "date of notice", "notice on"}},
		{Name: Rent, Class: Money, Words: []string{"rent", "actual rent", "lease rent", "monthly rent", "contract rent", "current rent", "rent amount", "scheduled rent=0.9", "rent charge=0.9", "base rent", "agreed rent", "resident rent", "rent per month", "rent rate"}},
		{Name: MonthToMonth, Class: Flag, Words: []string{"month to month", "mtm", "holdover", "at will", "periodic", "rolling", "is month to month"}},
		{Name: Eviction, Class: Flag, Words: []string{"under eviction", "eviction pending", "is eviction pending", "eviction", "evicted", "legal action=0.7"}},
		{Name: OfferOut, Class: Text, Words: []string{"renewal offer status", "renewal status", "renewal offer", "renewal sent date", "offer status", "renewal"}},
		{Name: ChargeCode, Class: Text, Words: []string{"charge code", "charge type", "charge description", "charge name"}},
		{Name: ChargeAmount, Class: Money, Words: []string{"scheduled charge", "charge amount", "charge", "monthly charge", "recurring charge", "actual charge=0.8"}},
		{Name: MarketRent, Class: Money, Words: []string{"market rent", "market rate", "asking rent", "list rent", "computed market rent=0.8", "advertised rent=0.8"}},
		{Name: UnitType, Class: Text, Words: []string{"unit type", "floor plan", "floor plan name", "floor plan code", "type", "layout"}},
		{Name: UnitFloor, Class: Text, Words: []string{"floor", "unit floor", "level=0.7"}},
		{Name: SquareFeet, Class: Number, Words: []string{"square feet", "unit square feet", "square footage", "unit size", "floor area"}},
		{Name: Beds, Class: Number, Words: []string{"bedroom", "bed", "unit bedroom", "number of bedroom"}},
		{Name: Baths, Class: Number, Words: []string{"bathroom", "bath", "unit bathroom", "number of bathroom"}},
		{Name: BedsBaths, Class: Text, Words: []string{"bed bath", "bedroom bathroom"}},
	}, ignoredLeaseFields()...)
}

// ignoredLeaseFields are amounts and notes that rent rolls carry and Hearth has no use for.
func ignoredLeaseFields() []Field {
	money := "an amount that Hearth does not keep"
	return []Field{
		{Name: "deposit", Class: Money, Ignored: money, Words: []string{"deposit", "resident deposit", "required deposit", "security deposit", "deposit held", "deposit on hand", "deposit charged=0.9"}},
		{Name: "other_deposit", Class: Money, Ignored: money, Words: []string{"other deposit"}},
		{Name: "lease_balance", Class: Money, Ignored: "payment facts come in with the payments import", Words: []string{"balance", "past due", "amount owed", "arrears", "current balance", "open balance"}},
		{Name: "total", Class: Money, Ignored: money, Words: []string{"total", "total billing", "total charge", "scheduled rent total"}},
		{Name: "other_charges", Class: Money, Ignored: money, Words: []string{"other charge", "other income", "credit", "concession"}},
		{Name: "people_count", Class: Number, Ignored: "the size of a household takes no part in anything Hearth does", Words: []string{"number of resident", "resident count", "household size", "number in household", "number of people", "current number of resident"}},
		{Name: "lease_form", Class: Text, Ignored: "the form of the contract", Words: []string{"lease type", "term type", "lease term", "lease term name", "lease occupancy type", "lease sub status", "lease document uuid"}},
		{Name: "rent_rules", Class: Text, Ignored: "how the rent is regulated or whether the home is ready", Words: []string{"rent status", "legal rent", "preferential rent", "rent ready"}},
		{Name: "rent_rate", Class: Money, Ignored: "a rent per square foot", Words: []string{"monthly rent square feet", "annual rent square feet", "rent per square feet"}},
		{Name: "previous_term", Class: Date, Ignored: "a past term of the lease", Words: []string{"previous lease start", "previous lease end", "prior lease start", "prior lease end"}},
		{Name: "previous_rent", Class: Money, Ignored: "a past rent", Words: []string{"previous rent", "prior rent", "old rent"}},
		{Name: "fees", Class: Money, Ignored: money, Words: []string{"pet fee", "pest fee", "trash", "pet rent", "insurance fee", "parking rent", "late fee", "late", "nsf", "garage rent", "storage rent"}},
		{Name: "changed", Class: Date, Ignored: "when the other system changed the row", Words: []string{"created date", "updated date", "last updated date", "created at", "updated at", "last update date"}},
		{Name: "termination", Class: Date, Ignored: "an ended lease shows by its move-out date", Words: []string{"lease termination date"}},
		{Name: "sign_date", Class: Date, Ignored: "when the lease was signed", Words: []string{"lease sign date", "countersigned date", "signed on", "lease completed on", "lease started on", "lease approved on", "respond by date", "last lease renewal", "automatic renewal date", "last rent increase", "next rent increase", "next rent adjustment", "lease partially completed on"}},
	}
}
