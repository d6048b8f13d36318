package column

// whoFields say whom a work order, payment or message is about.
func whoFields() []Field {
	return append(personFields("resident name", "resident", "primary resident", "requesting resident", "requested by", "reported by", "caller", "requester", "requester name", "household=0.8", "payer", "payer name", "customer name"),
		Field{Name: ResidentID, Class: Code, Words: []string{"resident id", "resident code", "resident number", "primary resident id", "person id", "account number=0.7"}},
		Field{Name: HouseholdID, Class: Code, Words: []string{"occupancy id", "lease id", "household id", "lease number", "unit agreement id", "unit agreement=0.9"}},
	)
}

func staffFields() []Field {
	return append(personFields("employee", "employee name", "staff", "staff name", "staff member", "team member", "user name=0.9", "technician=0.8", "colleague", "person"),
		Field{Name: StaffID, Class: Code, Words: []string{"employee id", "staff id", "employee number", "user id", "id", "badge number=0.8", "payroll number"}},
		Field{Name: StaffRole, Class: Job, Words: []string{"role", "title", "job title", "position", "function", "job", "staff role", "user role", "department=0.7", "duty"}},
		Field{Name: WorkDays, Class: Text, Words: []string{"work day", "day", "schedule day", "working day", "day of week", "weekday"}},
		Field{Name: WorkHours, Class: Text, Words: []string{"hour", "work hour", "working hour", "shift", "schedule", "shift hour", "office hour"}},
		Field{Name: ShiftStart, Class: Text, Words: []string{"shift start", "start time", "start", "work start", "clock in"}},
		Field{Name: ShiftEnd, Class: Text, Words: []string{"shift end", "end time", "end", "work end", "finish time", "clock out"}},
		Field{Name: MinutesADay, Class: Number, Words: []string{"minute a day", "minute per day", "capacity", "task minute", "daily minute", "capacity minute"}},
		Field{Name: StaffActive, Class: Flag, Words: []string{"active", "is active", "status", "employment status", "enabled"}},
		Field{Name: StaffAway, Class: Spans, Words: []string{"absence", "absent", "absence date", "away", "day away", "leave", "time off", "day off", "vacation", "holiday", "out of office", "pto", "on leave", "leave date"}},
		Field{Name: AwayFrom, Class: Date, Words: []string{"absent from", "absence from", "absence start", "absence start date", "away from", "leave from", "leave start", "leave start date", "vacation from", "vacation start", "vacation start date", "time off from", "time off start", "out of office from", "pto start", "first day off"}},
		Field{Name: AwayTo, Class: Date, Words: []string{"absent to", "absent until", "absence to", "absence until", "absence end", "absence end date", "away to", "away until", "leave to", "leave until", "leave end", "leave end date", "vacation to", "vacation until", "vacation end", "vacation end date", "time off to", "time off until", "time off end", "out of office until", "pto end", "last day off"}},
		Field{Name: StaffBackup, Class: Text, Words: []string{"backup", "backup person", "backup name", "stand in", "stands in", "substitute", "deputy", "covered by", "cover person", "replacement"}},
		Field{Name: StaffChief, Class: Text, Words: []string{"supervisor", "supervisor name", "direct supervisor", "reports to", "line manager", "supervised by"}},
		Field{Name: StaffOnCall, Class: Text, Words: []string{"on call", "on call hour", "on call time", "on call shift", "on call rota", "on call rotation", "on call schedule", "after hours duty"}},
		Field{Name: "away_reason", Class: Text, Ignored: "why somebody is away takes no part in anything Hearth does", Words: []string{"absence reason", "reason for absence", "leave reason", "absence type", "leave type", "time off type", "time off reason", "reason=0.8"}},
		Field{Name: PropertyName, Class: Text, Words: []string{"property name", "property", "community", "site", "assigned property", "location"}},
		Field{Name: "hired", Class: Date, Ignored: "when the person was hired", Words: []string{"hire date", "start date", "hired", "date hired", "end date", "termination date"}},
	)
}

func workorderFields() []Field {
	return []Field{
		{Name: OrderID, Class: Code, Words: []string{"work order number", "work order id", "work order", "service request number=0.9", "service request id=0.8", "service request=0.7", "ticket", "ticket number", "ticket id", "request id", "request number", "job number", "job id", "case number", "problem id", "call number", "complaint id=0.8", "order number", "id=0.7", "number=0.6"}},
		{Name: OrderText, Class: Prose, Words: []string{"description", "service request description", "job description", "problem description", "issue description", "request description", "detail", "work detail", "problem", "complaint", "request", "brief description", "full description", "nature of request", "comment=0.8", "what is wrong", "issue detail", "fault", "fault description", "request text", "resident comment=0.9"}},
		{Name: OrderTitle, Class: Prose, Words: []string{"title", "subject", "summary", "short description", "headline"}},
		{Name: OrderCategory, Class: Text, Words: []string{"category", "issue", "work order issue", "work order type=0.8", "type", "trade", "problem type", "service category", "major category", "issue type", "request type", "job type", "work type", "vendor trade=0.7", "issue category", "problem code=0.7"}},
		{Name: OrderPriority, Class: Urgent, Words: []string{"priority", "urgency", "severity", "priority level", "emergency=0.8", "importance"}},
		{Name: OrderStatus, Class: Stage, Words: []string{"status", "work order status", "problem status", "request status", "task status", "state=0.7", "job status", "ticket status", "complaint status=0.9", "stage", "progress=0.8"}},
		{Name: OrderOpened, Class: Date, Words: []string{"created at", "created date", "created on", "created date time", "date opened", "opened", "opened on", "reported date", "reported", "request date", "requested", "received date", "received", "submitted", "submitted on", "date reported", "call date", "date entered", "entered", "logged", "date logged", "open date", "date", "raised", "raised on", "call time=0.8", "issue date=0.8", "reported on"}},
		{Name: OrderFrom, Class: Date, Words: []string{"scheduled start", "scheduled date", "appointment", "schedule date", "appointment date", "scheduled for", "scheduled", "visit date", "booked for", "planned date", "planned start"}},
		{Name: OrderTo, Class: Date, Words: []string{"scheduled end", "appointment end", "planned end"}},
		{Name: OrderDone, Class: Date, Words: []string{"completed on", "work completed on=0.95", "date completed", "completion date", "completed", "closed date", "date closed", "closed", "closed on", "resolved", "resolved on", "resolution date", "finish date", "done date", "finished", "work finished", "done", "fixed on", "complete date"}},
		{Name: OrderCanceled, Class: Date, Words: []string{"cancelled on", "cancelled", "cancelled date", "cancel date", "void date"}},
		{Name: OrderResult, Class: Prose, Words: []string{"resolution", "work performed", "completion note", "technician note", "status note=0.9", "what was done", "outcome", "technician comment", "work done", "resolution note", "status description=0.8", "note=0.7", "action taken", "repair note", "closing note"}},
		{Name: "due", Class: Date, Ignored: "a due date of the other system; promises are made here", Words: []string{"due date", "target date", "respond by"}},
		{Name: "assigned", Class: Text, Ignored: "whom the other system gave it to", Words: []string{"assigned user", "assigned to", "technician", "assigned", "assigned to user id", "vendor", "vendor name", "assignee", "contractor"}},
		{Name: "entry", Class: Text, Ignored: "permission to enter comes with the access rules", Words: []string{"permission to enter", "entry allowed", "pte", "ok to enter", "entry note", "resident entry note", "is entry permitted by resident", "instruction", "access note", "entry contact"}},
		{Name: "updated", Class: Date, Ignored: "when the other system changed the row", Words: []string{"last updated date time", "updated at", "last update", "follow up on", "estimated on", "estimate approved on", "last billed on", "status date", "problem status date", "complaint status date", "inspection date", "estimate req on"}},
		{Name: "related_id", Class: Code, Ignored: "an identifier of something else in the other system", Words: []string{"vendor id", "unit turn id", "inspection id", "survey id", "corporate charge id", "discount bill id", "markup bill id", "vendor bill id", "vendor charge id", "building id", "resident charge id", "bill transaction id", "invoice number", "unique key"}},
		{Name: "cost", Class: Money, Ignored: "an amount that Hearth does not keep", Words: []string{"amount", "cost", "estimate amount", "total cost", "invoice", "corporate charge amount", "vendor bill amount", "labor cost", "material cost"}},
	}
}

func paymentFields() []Field {
	return []Field{
		{Name: PayID, Class: Code, Words: []string{"payment id", "transaction id", "receipt number", "control number", "reference number", "reference", "receipt", "transaction number", "payment number", "id=0.7", "check number=0.6", "ledger id"}},
		{Name: PayType, Class: Text, Words: []string{"type", "transaction type", "charge type", "payment type", "charge code", "description=0.8", "entry type", "item", "category"}},
		{Name: PayAmount, Class: Money, Words: []string{"amount", "payment amount", "paid", "amount paid", "total paid", "payment", "credit", "received amount", "amount received", "receipt amount"}},
		{Name: PayCharge, Class: Money, Words: []string{"charge", "amount due", "charge amount", "billed", "amount billed", "debit", "amount charged", "rent due", "amount owing=0.8"}},
		{Name: PayDate, Class: Date, Words: []string{"date", "payment date", "paid on", "date paid", "date received", "post date", "transaction date", "received date", "receipt date", "posted", "posted on", "paid date", "received on", "received", "date of payment"}},
		{Name: PayDue, Class: Date, Words: []string{"due date", "date due", "due", "due on", "charge date=0.9", "bill date=0.8", "rent due date", "payable by"}},
		{Name: PayLate, Class: Flag, Words: []string{"late", "is late", "was late", "paid late", "day late=0.8", "on time=0.3", "late payment", "overdue=0.7"}},
		{Name: PayBalance, Class: Money, Words: []string{"balance", "ending balance", "past due", "arrears", "amount owed", "delinquent", "open balance", "current balance", "outstanding", "outstanding balance", "total owed", "still owing", "amount outstanding"}},
		{Name: "month", Class: Text, Ignored: "the period of a payment", Words: []string{"month", "period", "post month"}},
		{Name: "method", Class: Text, Ignored: "how it was paid", Words: []string{"method", "payment method", "tender"}},
	}
}

func messageFields() []Field {
	return []Field{
		{Name: MessageID, Class: Code, Words: []string{"message id", "id", "activity id", "conversation id=0.8", "communication id", "thread id=0.6", "note id"}},
		{Name: MessageSide, Class: Side, Words: []string{"direction", "in out", "inbound outbound", "incoming outgoing", "inbound", "flow"}},
		{Name: MessageWay, Class: Way, Words: []string{"channel", "method", "medium", "type", "via", "message type", "contact type", "activity type", "communication type", "contact method", "mode"}},
		{Name: MessageTopic, Class: Prose, Words: []string{"subject", "topic", "title", "subject line", "regarding", "about"}},
		{Name: MessageText, Class: Prose, Words: []string{"message", "body", "text", "content", "message body", "message text", "note", "comment", "description", "detail", "message content", "note text", "activity note", "what was said"}},
		{Name: MessageTime, Class: Date, Words: []string{"date", "sent at", "received at", "timestamp", "date time", "created at", "created date", "sent on", "activity date", "time", "sent", "received", "message date", "date sent", "date received", "when", "contact date", "sent date", "logged at"}},
		{Name: MessageFrom, Class: Text, Words: []string{"from", "sender", "from address", "from email", "from number", "sent from"}},
		{Name: MessageTo, Class: Text, Words: []string{"to", "recipient", "to address", "to email", "to number", "sent to"}},
		{Name: MessageStaff, Class: Text, Words: []string{"staff", "agent", "employee", "author", "sent by", "handled by", "user", "staff member", "created by", "team member", "entered by"}},
		{Name: "message_status", Class: Text, Ignored: "what became of the message in the other system", Words: []string{"status", "delivery status", "message status"}},
	}
}
