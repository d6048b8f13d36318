package ingest

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// changesRecord tells whether an event of the type goes through a record's own call, which then appends it.
func changesRecord(t hearth.EventType) bool {
	switch t {
	case "lease.notice_given", "lease.notice_withdrawn", "lease.renewed", "lease.moved_in", "lease.moved_out", "lease.cancelled",
		"preference.changed", "consent.changed", "message.received", "message.sent", "message.unsubscribed":
		return true
	}
	return strings.HasPrefix(string(t), "workorder.")
}

// fields is what the record-changing types tell in data. The schema has been checked, so wrong kinds cannot be here.
type fields struct {
	MoveOut   string  `json:"move_out"`
	Start     string  `json:"start"`
	End       string  `json:"end"`
	Date      string  `json:"date"`
	Rent      float64 `json:"rent"`
	Name      string  `json:"name"`
	Value     string  `json:"value"`
	Purpose   string  `json:"purpose"`
	Channel   string  `json:"channel"`
	Allowed   bool    `json:"allowed"`
	Text      string  `json:"text"`
	Title     string  `json:"title"`
	Class     string  `json:"class"`
	Topic     string  `json:"topic"`
	Workorder string  `json:"workorder"`

	Description string `json:"description"`
	Category    string `json:"category"`
	Priority    string `json:"priority"`
	For         string `json:"for"`
	Resolution  string `json:"resolution"`
	Reason      string `json:"reason"`
}

// apply hands an event to the record that it changes. asOf is not zero for an event that waited for its subject.
func (d *Door) apply(ctx context.Context, tx *db.Tx, e *entry, asOf time.Time) error {
	var f fields
	if err := json.Unmarshal(orEmpty(e.ev.Data), &f); err != nil {
		return hearth.FieldErrorf("data", "The data cannot be read.")
	}
	n := record.News{Source: e.ev.Source, Actor: e.ev.Actor, Time: e.ev.Time, AsOf: asOf, EventID: e.ev.ID, Data: e.ev.Data}
	kind := string(e.ev.Type)
	tx.AfterCommit(d.forget)
	switch {
	case strings.HasPrefix(kind, "lease."):
		return d.applyLease(ctx, tx, e, n, f)
	case strings.HasPrefix(kind, "workorder."):
		return d.applyOrder(ctx, tx, e, n, f)
	}
	who := e.ev.Primary()
	if who == "" {
		return hearth.FieldErrorf("subject", "Nobody lives in this home whom the event could be about.")
	}
	switch e.ev.Type {
	case "message.unsubscribed":
		return d.unsubscribe(ctx, tx, e, who, f)
	case "message.received":
		_, err := d.Messages.Receive(ctx, tx, n, message.Inbound{Property: e.found.Property, Resident: who, Channel: hearth.Channel(f.Channel), Text: f.Text, Topic: f.Topic})
		return err
	case "message.sent":
		return d.sentElsewhere(ctx, tx, e, n, who, f)
	case "preference.changed":
		_, err := d.Records.PutPreference(ctx, tx, n, record.Preference{Resident: who, Name: f.Name, Value: f.Value, Source: e.ev.Source, At: e.ev.Time})
		return err
	}
	return d.setConsent(ctx, tx, e.ev, who, f)
}

// sentElsewhere keeps what the source has sent to a resident: the desk counts it as said, and does not say the same.
func (d *Door) sentElsewhere(ctx context.Context, tx *db.Tx, e *entry, n record.News, who hearth.ResidentID, f fields) error {
	r, err := d.Records.Resident(ctx, tx, who)
	if err != nil {
		return err
	}
	c := hearth.Channel(f.Channel)
	m := message.Message{ID: hearth.MessageID(hearth.DeriveID("msg_", "elsewhere", e.ev.Source, e.ev.ID)), Property: e.found.Property, Resident: who, Class: hearth.Class(f.Class), Purpose: f.Purpose,
		Channel: c, AddressKey: addressKey(r, c), Subject: f.Title, Body: f.Text, Made: e.ev.Time, Reason: "Another system sent it: " + clip(e.ev.Source) + "."}
	if m.Purpose == "" {
		m.Purpose = message.PurposeElsewhere
	}
	_, err = d.Messages.SentElsewhere(ctx, tx, n, clip(e.ev.Source), m)
	return err
}

// unsubscribe ends discretionary messages on a channel, as the link in a mail does, and keeps the event that told it.
func (d *Door) unsubscribe(ctx context.Context, tx *db.Tx, e *entry, who hearth.ResidentID, f fields) error {
	if f.Channel == "" {
		f.Channel = string(hearth.ChannelEmail)
	}
	f.Purpose, f.Allowed = message.PurposeDiscretionary, false
	said := *e.ev
	said.ID = hearth.DeriveID("evt_", e.ev.Source, e.ev.ID, "consent") // consent's own event stands beside the told one
	if err := d.setConsent(ctx, tx, &said, who, f); err != nil {
		return err
	}
	ev := *e.ev
	_, err := d.Log.AppendChecked(ctx, tx, &ev)
	return err
}

// setConsent keeps a yes or no under the address that it is about.
func (d *Door) setConsent(ctx context.Context, tx *db.Tx, ev *hearth.Event, who hearth.ResidentID, f fields) error {
	r, err := d.Records.Resident(ctx, tx, who)
	if err != nil {
		return err
	}
	return d.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.Channel(f.Channel), AddressKey: addressKey(r, hearth.Channel(f.Channel)), Purpose: f.Purpose,
		Allowed: f.Allowed, Resident: who, Property: r.Property, Source: ev.Source, Evidence: "event " + ev.ID, Actor: ev.Actor, At: ev.Time, EventID: ev.ID})
}

// addressKey gives the address that consent on a channel is kept under, "" for channels without one.
func addressKey(r record.Resident, c hearth.Channel) string {
	switch c {
	case hearth.ChannelEmail:
		return record.EmailKey(r.Email)
	case hearth.ChannelSMS, hearth.ChannelCall:
		return record.PhoneKey(r.Phone)
	}
	return ""
}

func (d *Door) applyLease(ctx context.Context, tx *db.Tx, e *entry, n record.News, f fields) error {
	zone, err := d.Records.Zone(ctx, tx, e.found.Property)
	if err != nil {
		return err
	}
	id, err := d.leaseOf(ctx, tx, e, hearth.DayOf(e.ev.Time, zone))
	if err != nil {
		return err
	}
	date := hearth.DayOf(e.ev.Time, zone)
	if f.Date != "" {
		if date, err = hearth.ParseDay(f.Date); err != nil {
			return err
		}
	}
	switch e.ev.Type {
	case "lease.notice_given":
		out, errDay := hearth.ParseDay(f.MoveOut)
		if errDay != nil {
			return errDay
		}
		_, err = d.Records.GiveNotice(ctx, tx, n, id, out)
	case "lease.notice_withdrawn":
		_, err = d.Records.WithdrawNotice(ctx, tx, n, id)
	case "lease.renewed":
		start, errStart := hearth.ParseDay(f.Start)
		if errStart != nil {
			return errStart
		}
		end, errEnd := hearth.ParseDay(f.End)
		if errEnd != nil {
			return errEnd
		}
		_, err = d.Records.Renew(ctx, tx, n, id, start, end, int64(math.Round(f.Rent*100)))
	case "lease.moved_in":
		_, err = d.Records.MoveIn(ctx, tx, n, id, date)
	case "lease.moved_out":
		_, err = d.Records.MoveOut(ctx, tx, n, id, date)
	case "lease.cancelled":
		_, err = d.Records.CancelLease(ctx, tx, n, id)
	}
	return err
}

// leaseOf finds the lease that an event is about, whatever its subject is.
func (d *Door) leaseOf(ctx context.Context, tx *db.Tx, e *entry, day hearth.Day) (hearth.LeaseID, error) {
	switch e.found.Kind {
	case "lease":
		return hearth.LeaseID(e.found.ID), nil
	case "resident":
		l, err := d.Records.LeaseOf(ctx, tx, hearth.ResidentID(e.found.ID))
		return l.ID, err
	}
	all, err := d.Records.UnitLeases(ctx, tx, hearth.UnitID(e.found.ID))
	if err != nil {
		return "", err
	}
	l, ok := record.Pick(all, day)
	if !ok {
		return "", hearth.FieldErrorf("subject", "This home has no lease that the event could be about.")
	}
	return l.ID, nil
}

func (d *Door) applyOrder(ctx context.Context, tx *db.Tx, e *entry, n record.News, f fields) error {
	if e.ev.Type == "workorder.opened" {
		return d.openOrder(ctx, tx, e, n, f)
	}
	id, err := d.orderOf(ctx, tx, e, f.Workorder)
	if err != nil {
		return err
	}
	switch e.ev.Type {
	case "workorder.scheduled":
		from, errFrom := time.Parse(time.RFC3339, f.Start)
		to, errTo := time.Parse(time.RFC3339, f.End)
		if errFrom != nil || errTo != nil {
			return hearth.FieldErrorf("data.start", "The appointment's start and end are times such as 2026-11-21T15:00:00Z.")
		}
		_, err = d.Workorders.Schedule(ctx, tx, n, id, from, to)
	case "workorder.waiting":
		_, err = d.Workorders.Wait(ctx, tx, n, id, f.For)
	case "workorder.completed":
		_, err = d.Workorders.Complete(ctx, tx, n, id, f.Resolution)
	case "workorder.reopened":
		_, err = d.Workorders.Reopen(ctx, tx, n, id, f.Reason)
	case "workorder.cancelled":
		_, err = d.Workorders.Cancel(ctx, tx, n, id, f.Reason)
	default:
		return hearth.FieldErrorf("type", "There is no way to take in %s yet.", e.ev.Type)
	}
	return err
}

// openOrder opens the work order, for whoever asked, and remembers the source's number for it.
func (d *Door) openOrder(ctx context.Context, tx *db.Tx, e *entry, n record.News, f fields) error {
	o := workorder.Order{Description: f.Description, Category: f.Category, Priority: f.Priority, External: f.Workorder, Opened: e.ev.Time}
	asked, _ := hearth.ParseSubject(e.raw.Subject)
	if asked.Kind == "workorder" {
		o.External = asked.ID
	}
	switch e.found.Kind {
	case "resident":
		o.Resident = hearth.ResidentID(e.found.ID)
	case "unit":
		o.Unit = hearth.UnitID(e.found.ID)
	case "workorder":
		return hearth.Errorf(hearth.CodeConflict, "Work order %s is open already under another event. Tell what happened to it instead.", clip(asked.ID))
	}
	_, err := d.Workorders.Open(ctx, tx, n, o)
	if err != nil || o.External == "" {
		return err
	}
	return d.wake(ctx, tx, "workorder", o.External)
}

// orderOf finds the work order that an event about a home or a resident means: the one that data names, else the only
// unfinished one.
func (d *Door) orderOf(ctx context.Context, tx *db.Tx, e *entry, told string) (hearth.WorkOrderID, error) {
	if e.found.Kind == "workorder" {
		return hearth.WorkOrderID(e.found.ID), nil
	}
	if told != "" {
		found, err := d.Workorders.Find(ctx, tx, told, e.ev.Source)
		if err != nil {
			return "", err
		}
		if len(found) == 1 {
			return hearth.WorkOrderID(found[0].ID), nil
		}
		return "", hearth.FieldErrorf("data.workorder", "%q is not one known work order.", clip(told))
	}
	var unit hearth.UnitID
	var who hearth.ResidentID
	if e.found.Kind == "unit" {
		unit = hearth.UnitID(e.found.ID)
	} else {
		who = hearth.ResidentID(e.found.ID)
	}
	all, err := d.Workorders.History(ctx, tx, unit, who, 0)
	if err != nil {
		return "", err
	}
	var open []hearth.WorkOrderID
	for _, o := range all {
		if o.State.Unfinished() || (e.ev.Type == "workorder.reopened" && o.State == workorder.Complete) {
			open = append(open, o.ID)
		}
	}
	if len(open) != 1 {
		return "", hearth.FieldErrorf("data.workorder", "Name the work order: %d here could be meant.", len(open))
	}
	return open[0], nil
}
