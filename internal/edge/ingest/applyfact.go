package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/fact/record"
)

// target is whom a fact is about.
type target struct {
	unit     hearth.UnitID
	resident hearth.ResidentID   // "" when nobody in particular
	home     []hearth.ResidentID // everybody addressable there, the primary one first
}

// who finds whom a row is about: by the system's own numbers, then by home and name, then by an address that only one
// resident of the property has. at is when the fact happened: homes change hands.
func (a *applying) who(ctx context.Context, tx *db.Tx, w line.Who, at time.Time) (target, error) {
	var t target
	var err error
	if t.unit, err = a.unitOf(ctx, tx, w); err != nil {
		return t, err
	}
	if w.ResidentID != "" {
		id, err := a.im.Records.NamedBy(ctx, tx, "resident", w.ResidentID, a.imp.source)
		if err != nil {
			return t, err
		}
		t.resident = hearth.ResidentID(id)
	}
	if t.unit != "" {
		u, err := a.im.Records.Unit(ctx, tx, t.unit)
		if err != nil {
			return t, err
		}
		if t.home, err = a.im.Records.LivingIn(ctx, tx, u, at); err != nil {
			return t, err
		}
		if t.resident == "" {
			t.resident, err = a.among(ctx, tx, t.home, w.Person)
			if err != nil {
				return t, err
			}
		}
	}
	if t.resident == "" && t.unit == "" {
		if t.resident, err = a.byAddress(ctx, tx, w.Person); err != nil {
			return t, err
		}
	}
	if t.resident == "" && t.unit == "" {
		return t, unknownWho(w, a.imp.plan.PropertyName)
	}
	if err := errors.Join(a.reachesResident(ctx, tx, t.resident), a.reachesUnit(ctx, tx, t.unit)); err != nil {
		return t, err
	}
	if t.unit == "" || len(t.home) == 0 && t.resident != "" {
		h, err := a.im.Records.HouseholdOf(ctx, tx, t.resident)
		if err != nil {
			return t, err
		}
		t.home = h.Addressable()
	}
	return t, nil
}

func unknownWho(w line.Who, property string) error {
	switch {
	case w.Unit != "":
		return hearth.FieldErrorf("unit", "No home %s is known at %s. Import its units or residents first, or correct the label.", w.Unit, property)
	case w.ResidentID != "":
		return hearth.FieldErrorf("resident", "No resident %s of this source is known at %s. Import the residents first, or correct the number.", w.ResidentID, property)
	}
	return hearth.FieldErrorf("name", "Nobody at %s could be told for sure to be the one who is meant by %q. Add the unit.", property, w.Person.Name()+" "+w.Person.Email+w.Person.Phone)
}

// unitOf finds the home by the source's number for it, else by its label.
func (a *applying) unitOf(ctx context.Context, tx *db.Tx, w line.Who) (hearth.UnitID, error) {
	if w.UnitID != "" {
		id, err := a.im.Records.NamedBy(ctx, tx, "unit", w.UnitID, a.imp.source)
		if err != nil {
			return "", err
		}
		if id != "" {
			return hearth.UnitID(id), nil
		}
		if w.Unit == "" {
			w.Unit = w.UnitID // some systems number homes by their labels
		}
	}
	if w.Unit == "" {
		return "", nil
	}
	if err := a.readHomes(ctx, tx); err != nil {
		return "", err
	}
	all := a.homes[record.LabelKey(w.Unit)]
	if w.Building != "" {
		var there []hearth.UnitID
		for _, u := range all {
			if a.names[u] == "" || a.names[u] == record.LabelKey(w.Building) {
				there = append(there, u)
			}
		}
		all = there
	}
	switch {
	case len(all) == 1:
		return all[0], nil
	case len(all) > 1:
		return "", hearth.FieldErrorf("unit", "There is more than one unit %s here; add the building.", w.Unit)
	case w.ResidentID == "" && w.Person == (line.Person{}):
		return "", unknownWho(w, a.imp.plan.PropertyName)
	}
	return "", nil
}

// readHomes reads the labels of the property's homes, once a transaction at most.
func (a *applying) readHomes(ctx context.Context, tx *db.Tx) error {
	if a.homes != nil {
		return nil
	}
	units, err := a.im.Records.Units(ctx, tx, a.imp.property)
	if err != nil {
		return err
	}
	buildings, err := a.im.Records.Buildings(ctx, tx, a.imp.property)
	if err != nil {
		return err
	}
	name := map[hearth.BuildingID]string{}
	for _, b := range buildings {
		name[b.ID] = record.LabelKey(b.Name)
	}
	a.homes, a.names = make(map[string][]hearth.UnitID, len(units)), make(map[hearth.UnitID]string, len(units))
	for _, u := range units {
		key := record.LabelKey(u.Label)
		a.homes[key] = append(a.homes[key], u.ID)
		a.names[u.ID] = name[u.Building]
	}
	return nil
}

// among finds a named person among those who live in a home.
func (a *applying) among(ctx context.Context, tx *db.Tx, home []hearth.ResidentID, p line.Person) (hearth.ResidentID, error) {
	key := record.PersonKey(p.First, p.Last)
	if key == "" && p.Email == "" && p.Phone == "" {
		return "", nil
	}
	for _, id := range home {
		r, err := a.im.Records.Resident(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if key != "" && key == record.PersonKey(r.First, r.Last) {
			return id, nil
		}
		if key == "" && (record.EmailKey(p.Email) != "" && record.EmailKey(p.Email) == record.EmailKey(r.Email) ||
			record.PhoneKey(p.Phone) != "" && record.PhoneKey(p.Phone) == record.PhoneKey(r.Phone)) {
			return id, nil
		}
	}
	return "", nil
}

// byAddress finds the one resident of the property with an e-mail or phone, and with the name when one is told. An
// address that two share says nothing.
func (a *applying) byAddress(ctx context.Context, tx *db.Tx, p line.Person) (hearth.ResidentID, error) {
	name := record.PersonKey(p.First, p.Last)
	for _, q := range []string{p.Email, p.Phone, p.Name()} {
		if q == "" {
			continue
		}
		page, err := a.im.Records.Search(ctx, tx, q, "", 20)
		if err != nil {
			return "", err
		}
		var hits []hearth.ResidentID
		for _, c := range page.Items {
			if c.Property != a.imp.property || (name != "" && record.PersonKey(c.First, c.Last) != name) {
				continue
			}
			hits = append(hits, c.ID)
		}
		if len(hits) == 1 && page.Next == "" {
			return hits[0], nil
		}
	}
	return "", nil
}

// order applies a work order.
func (a *applying) order(ctx context.Context, tx *db.Tx, l *line.Line) (result, error) {
	o := l.Order
	opened := o.Opened
	if opened.IsZero() {
		opened = tx.Now()
	}
	t, err := a.who(ctx, tx, o.Who, opened)
	if err != nil {
		return result{}, err
	}
	told := workorder.Order{Property: a.imp.property, Unit: t.unit, Resident: t.resident, Description: o.Text, Category: o.Category, Priority: o.Priority,
		State: orderState(o.State), Resolution: o.Result, Opened: o.Opened, ScheduledFrom: o.From, ScheduledTo: o.To, Completed: o.Done, Closed: o.Cancelled, External: o.ID}
	if told.External == "" {
		told.External = l.Key
	}
	if told.State == workorder.Complete && told.Completed.IsZero() {
		told.Completed = opened // done, and nobody wrote down when
		if !a.imp.asOf.IsZero() && a.imp.asOf.After(opened) {
			told.Completed = a.imp.asOf
		}
	}
	if told.State == workorder.Cancelled && told.Closed.IsZero() {
		told.Closed = opened
	}
	done, change, err := a.im.Workorders.Put(ctx, tx, a.news(l), told)
	return of(change, string(done.ID)), err
}

func orderState(s string) workorder.State {
	switch s {
	case "scheduled":
		return workorder.Scheduled
	case "waiting":
		return workorder.Waiting
	case "complete":
		return workorder.Complete
	case "cancelled":
		return workorder.Cancelled
	}
	return workorder.Submitted
}

// payment applies a payment or a balance: facts of the connected system, which become events and no record.
func (a *applying) payment(ctx context.Context, tx *db.Tx, l *line.Line) (result, error) {
	p := l.Payment
	at, err := a.noon(tx, p.PaidOn, p.DueOn)
	if err != nil {
		return result{}, err
	}
	t, err := a.who(ctx, tx, p.Who, at)
	if err != nil {
		return result{}, err
	}
	if len(t.home) == 0 {
		return result{}, hearth.FieldErrorf("unit", "Nobody lived in %s on %s whom the payment could be about.", p.Who.Unit, at.In(a.zone).Format(time.DateOnly))
	}
	var events []*hearth.Event
	add := func(kind hearth.EventType, data map[string]any) error {
		b, err := json.Marshal(data)
		if err != nil {
			return fmt.Errorf("encode payment: %w", err)
		}
		n := a.news(l)
		events = append(events, &hearth.Event{ID: hearth.DeriveID("evt_", string(a.imp.property), l.Key, string(kind), string(b)), Source: a.imp.source, Type: kind,
			Subject: hearth.Subject{Kind: "resident", ID: string(t.home[0])}, Property: a.imp.property, Residents: t.home, Actor: n.Actor, Time: at, AsOf: n.AsOf, History: n.History, Data: b})
		return nil
	}
	if p.Paid != 0 {
		data := map[string]any{"amount": dollars(p.Paid)}
		for name, v := range map[string]string{"due_date": p.DueOn, "paid_date": p.PaidOn} {
			if v != "" {
				data[name] = v
			}
		}
		if p.Late != "" {
			data["late"] = p.Late == "yes"
		}
		if err := add("payment.recorded", data); err != nil {
			return result{}, err
		}
	}
	if p.Balance != nil {
		if err := add("arrears.changed", map[string]any{"amount": dollars(max(*p.Balance, 0))}); err != nil {
			return result{}, err
		}
	}
	if len(events) == 0 {
		return result{action: rowSkipped, reason: "A charge and no payment; only what was paid or is owed is kept", id: string(t.home[0])}, nil
	}
	return a.tell(ctx, tx, events, string(t.home[0]))
}

// tell appends events of a fact and says whether they were news.
func (a *applying) tell(ctx context.Context, tx *db.Tx, events []*hearth.Event, id string) (result, error) {
	res, err := a.im.Log.Append(ctx, tx, events...)
	if err != nil {
		return result{}, err
	}
	r := result{action: rowSame, id: id}
	for _, one := range res {
		if !one.Duplicate {
			r.action = rowAdded
		}
	}
	return r, nil
}

func dollars(cents int64) float64 { return float64(cents) / 100 }

// noon is the middle of the first of the days that is told, but never later than now.
func (a *applying) noon(tx *db.Tx, days ...string) (time.Time, error) {
	for _, d := range days {
		if d == "" {
			continue
		}
		day, err := hearth.ParseDay(d)
		if err != nil {
			return time.Time{}, err
		}
		if at := day.At(12*60, a.zone).UTC(); at.Before(tx.Now()) {
			return at, nil
		}
		break
	}
	return tx.Now(), nil
}

// message applies a line of a contact log: what a resident wrote goes into the conversation, what was written to them
// counts as said by the system that the file is from.
func (a *applying) message(ctx context.Context, tx *db.Tx, l *line.Line) (result, error) {
	m := l.Message
	at := m.At
	if at.IsZero() || at.After(tx.Now()) {
		at = tx.Now()
	}
	w := m.Who
	if other := m.From; w.Person.Email == "" && w.Person.Phone == "" {
		if !m.Inbound {
			other = m.To
		}
		if strings.Contains(other, "@") {
			w.Person.Email = strings.ToLower(other)
		} else if record.PhoneKey(other) != "" {
			w.Person.Phone = other
		}
	}
	t, err := a.who(ctx, tx, w, at)
	if err != nil {
		return result{}, err
	}
	who := t.resident
	if who == "" && len(t.home) > 0 {
		who = t.home[0]
	}
	if who == "" {
		return result{}, hearth.FieldErrorf("unit", "Nobody lived in %s on %s whom the message could be from.", w.Unit, at.In(a.zone).Format(time.DateOnly))
	}
	n := a.news(l)
	n.Time = at
	if m.Inbound {
		_, err := a.im.Messages.Receive(ctx, tx, n, message.Inbound{Property: a.imp.property, Resident: who, Channel: m.Channel, Text: m.Text, Topic: m.Topic})
		return result{action: rowAdded, id: string(who)}, err
	}
	r, err := a.im.Records.Resident(ctx, tx, who)
	if err != nil {
		return result{}, err
	}
	id := hearth.DeriveID("msg_", string(a.imp.property), a.imp.source, l.Key)
	n.EventID = hearth.DeriveID("evt_", id, "sent")
	fresh, err := a.im.Messages.SentElsewhere(ctx, tx, n, clip(a.imp.source), message.Message{ID: hearth.MessageID(id), Property: a.imp.property, Resident: who, Class: hearth.ClassService, Purpose: message.PurposeElsewhere,
		Topic: m.Topic, Channel: m.Channel, AddressKey: addressKey(r, m.Channel), Body: m.Text, Made: at, Reason: "Another system sent it; a file told of it: " + clip(a.imp.source) + "."})
	if err != nil || !fresh {
		return result{action: rowSame, id: string(who)}, err
	}
	return result{action: rowAdded, id: string(who)}, nil
}
