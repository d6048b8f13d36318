package line

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// order reads a work order.
func (r *reading) order() {
	o := &Order{Who: r.who(), ID: r.get(column.OrderID), Category: r.get(column.OrderCategory)}
	o.Text = text(r.get(column.OrderTitle), r.get(column.OrderText))
	if o.Text == "" {
		o.Text = o.Category
	}
	o.Priority, o.State = priority(r.get(column.OrderPriority)), stage(r.get(column.OrderStatus))
	o.Opened, _ = r.time(column.OrderOpened)
	o.From, _ = r.time(column.OrderFrom)
	o.To, _ = r.time(column.OrderTo)
	o.Done, _ = r.time(column.OrderDone)
	o.Cancelled, _ = r.time(column.OrderCanceled)
	o.Result = r.get(column.OrderResult)
	switch {
	case o.Text == "":
		r.problem("The work order says nothing: description and category are blank. Fill one in.")
	case o.Who.Empty():
		r.problem("The work order names neither a home nor a resident. Fill in the unit.")
	case !o.Done.IsZero() && !o.Opened.IsZero() && o.Done.Before(o.Opened.Add(-24*time.Hour)):
		r.problem("The work was completed on %s, before it was reported on %s. Correct one of them.", o.Done.Format(time.DateOnly), o.Opened.Format(time.DateOnly))
	}
	if o.State == "" {
		o.State = "open"
	}
	switch {
	case !o.Cancelled.IsZero():
		o.State = "cancelled"
	case !o.Done.IsZero() && o.State != "cancelled":
		o.State = "complete"
	case !o.From.IsZero() && o.State == "open":
		o.State = "scheduled"
	}
	if o.Done.Before(o.Opened) && !o.Done.IsZero() {
		o.Done = o.Opened // completed on the day it was reported, told without the hour
	}
	r.line.Order = o
	r.line.What = strings.TrimSpace("Work order " + o.ID + " " + brief(o.Text))
	if r.line.Key = keyOf("order", o.ID); o.ID == "" {
		r.line.Key = keyOf("order", value.UnitKey(o.Who.Unit), o.Who.Person.Name(), o.Opened.Format(time.RFC3339), digest(o.Text))
	}
}

// text joins a title and a description unless one says the other.
func text(title, body string) string {
	switch {
	case title == "" || strings.Contains(strings.ToLower(body), strings.ToLower(title)):
		return body
	case body == "":
		return title
	}
	return strings.TrimRight(title, ". ") + ". " + body
}

func brief(s string) string {
	runes := []rune(s)
	if len(runes) > 48 {
		return string(runes[:47]) + "…"
	}
	return s
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:10])
}

func priority(s string) string {
	s = strings.ToLower(s)
	switch {
	case s == "":
		return ""
	case strings.Contains(s, "emerg"), strings.Contains(s, "critical"), s == "p1", s == "1":
		return "emergency"
	case strings.Contains(s, "urgent"), strings.Contains(s, "high"), s == "p2", s == "2":
		return "urgent"
	case strings.Contains(s, "prevent"), strings.Contains(s, "pm "), strings.Contains(s, "planned"):
		return "preventive"
	}
	return "routine"
}

func stage(s string) string {
	s = strings.ToLower(strings.NewReplacer("-", " ", "_", " ").Replace(s))
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case s == "":
		return ""
	case has("cancel", "void", "duplicate", "declined"):
		return "cancelled"
	case has("not complete", "incomplete", "reopen", "re open"):
		return "open"
	case has("complet", "close", "done", "resolved", "finish", "billed"):
		return "complete"
	case has("wait", "hold", "defer", "parts", "backorder", "estimate"):
		return "waiting"
	case has("schedul", "booked", "appointment"):
		return "scheduled"
	}
	return "open"
}

// payment reads a payment or a line of a ledger.
func (r *reading) payment() {
	p := &Payment{Who: r.who(), ID: r.get(column.PayID), Type: r.get(column.PayType)}
	p.Paid, p.Charged = r.money(column.PayAmount), r.money(column.PayCharge)
	p.PaidOn, p.DueOn = r.date(column.PayDate), r.date(column.PayDue)
	if r.get(column.PayBalance) != "" {
		cents := r.money(column.PayBalance)
		p.Balance = &cents
	}
	p.Late = late(r.get(column.PayLate))
	switch {
	case p.Who.Empty():
		r.problem("The payment names neither a home nor a resident. Fill in the unit.")
	case p.Paid == 0 && p.Charged == 0 && p.Balance == nil:
		r.problem("The row has no amount. Fill it in, or delete the row.")
	}
	r.line.Payment = p
	r.line.What = "Payment " + strings.TrimSpace(p.ID+" "+p.Who.String())
	if r.line.Key = keyOf("pay", p.ID); p.ID == "" {
		r.line.Key = keyOf("pay", value.UnitKey(p.Who.Unit), p.Who.ResidentID, p.Who.Person.Name(), p.PaidOn, p.DueOn, p.Type, digest(r.get(column.PayAmount), r.get(column.PayCharge)))
	}
}

// late reads a flag or a number of days.
func late(s string) string {
	if s == "" {
		return ""
	}
	if days, ok := value.Number(s); ok {
		if days > 0 {
			return "yes"
		}
		return "no"
	}
	if yes, ok := value.Bool(s); ok && yes {
		return "yes"
	} else if ok {
		return "no"
	}
	if strings.Contains(strings.ToLower(s), "late") || strings.Contains(strings.ToLower(s), "overdue") {
		return "yes"
	}
	return ""
}

// message reads a line of a contact log.
func (r *reading) message() {
	m := &Message{Who: r.who(), ID: r.get(column.MessageID), Topic: r.get(column.MessageTopic), Text: r.get(column.MessageText),
		From: r.get(column.MessageFrom), To: r.get(column.MessageTo), Staff: r.get(column.MessageStaff)}
	m.At, m.Exact = r.time(column.MessageTime)
	m.Channel = channel(r.get(column.MessageWay))
	if m.Channel == "" {
		m.Channel = guessChannel(m)
	}
	side := r.get(column.MessageSide)
	in, known := direction(side)
	if m.Inbound = in; !known {
		if side != "" {
			r.note("direction %q is not known here; taken as from the resident", side)
		}
		m.Inbound = m.Staff == ""
	}
	switch {
	case m.Text == "":
		r.problem("The message has no text. Fill it in, or delete the row.")
	case m.Who.Empty() && m.From == "" && m.To == "":
		r.problem("The message names neither a resident nor a home. Fill one in.")
	}
	r.line.Message = m
	r.line.What = "Message " + strings.TrimSpace(m.ID+" "+m.Who.String())
	stamp := digest(m.At.Format(time.RFC3339Nano), string(m.Channel), m.Who.Unit, m.Who.Person.Name(), m.From, m.To, m.Text)
	// One conversation may hold many messages under one number.
	r.line.Key = keyOf("message", m.ID, stamp)
}

func channel(s string) hearth.Channel {
	s = strings.ToLower(strings.TrimSpace(s))
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case s == "":
		return ""
	case has("email", "e-mail"):
		return hearth.ChannelEmail
	case has("sms", "text", "mms"):
		return hearth.ChannelSMS
	case has("portal", "app", "chat", "web", "online"):
		return hearth.ChannelPortal
	case has("call", "phone", "voice"):
		return hearth.ChannelCall
	case has("letter", "mail", "paper", "post"):
		return hearth.ChannelLetter
	}
	return ""
}

func guessChannel(m *Message) hearth.Channel {
	for _, s := range []string{m.From, m.To} {
		if _, ok := value.Email(s); ok {
			return hearth.ChannelEmail
		}
		if value.LooksLikePhone(s) {
			return hearth.ChannelSMS
		}
	}
	return hearth.ChannelPortal
}

func direction(s string) (inbound, known bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "in", strings.HasPrefix(s, "inbound"), strings.HasPrefix(s, "incoming"), strings.HasPrefix(s, "received"), strings.HasPrefix(s, "from resident"), strings.HasPrefix(s, "from tenant"), s == "i":
		return true, true
	case s == "out", strings.HasPrefix(s, "outbound"), strings.HasPrefix(s, "outgoing"), strings.HasPrefix(s, "sent"), strings.HasPrefix(s, "to resident"), strings.HasPrefix(s, "to tenant"), s == "o":
		return false, true
	}
	return false, false
}
