package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// subjectID gives the id as the source wrote it.
func (ce CloudEvent) subjectID() string {
	s, _ := hearth.ParseSubject(ce.Subject)
	return s.ID
}

// place finds out whom an event concerns and sets its subject, property and residents. It gives Parked when nobody is
// known by that subject, or when earlier events wait for it, and fails with CodeAmbiguous when two are.
func (d *Door) place(ctx context.Context, tx *db.Tx, e *entry, waiting map[parkedKey]bool) (string, error) {
	ev := e.ev
	if ev.Type == "contact.personal" {
		if err := d.nameStaff(ctx, tx, ev); err != nil {
			return "", err
		}
	}
	asked, _ := hearth.ParseSubject(e.raw.Subject)
	if waiting[parkedKey{asked.Kind, asked.ID}] {
		e.queued = true
		return Parked, nil
	}
	found, err := d.find(ctx, tx, asked, ev.Source)
	if err != nil {
		return "", err
	}
	if len(found) == 0 && asked.Kind == "workorder" && ev.Type == "workorder.opened" {
		found, err = d.homeOf(ctx, tx, ev) // the event names the work order that it opens
		if err != nil {
			return "", err
		}
	}
	switch {
	case len(found) == 0:
		return Parked, nil
	case len(found) > 1:
		e := hearth.FieldErrorf("subject", "%s could mean %d things. Use Hearth's own id, or one that is unique.", clip(e.raw.Subject), len(found))
		e.Code = CodeAmbiguous
		return "", e
	}
	e.found = found[0]
	ev.Subject = hearth.Subject{Kind: e.found.Kind, ID: e.found.ID}
	ev.Property, ev.Residents = e.found.Property, e.found.Residents
	if asked.Kind == "resident" && isHousehold(ev.Type) && !changesRecord(ev.Type) {
		r := hearth.ResidentID(e.found.ID)
		h, err := d.Records.HouseholdOf(ctx, tx, r)
		if err != nil {
			return "", fmt.Errorf("household of %s: %w", r, err)
		}
		if ev.Residents = h.Addressable(); len(ev.Residents) == 0 {
			ev.Residents = []hearth.ResidentID{r}
		}
	}
	return Accepted, nil
}

// nameStaff puts Hearth's own id of a member of the team into data.staff, so that one person counts once whatever the
// sources call them. It refuses somebody who is not on the team.
func (d *Door) nameStaff(ctx context.Context, tx *db.Tx, ev *hearth.Event) error {
	data := map[string]json.RawMessage{}
	var called string
	if err := json.Unmarshal(orEmpty(ev.Data), &data); err != nil {
		return hearth.FieldErrorf("data", "The data cannot be read.")
	}
	if err := json.Unmarshal(data["staff"], &called); err != nil {
		return hearth.FieldErrorf("data.staff", "data.staff says who of the team it was.")
	}
	id, err := d.staffCalled(ctx, tx, called, ev.Source)
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeNotFound:
		return hearth.FieldErrorf("data.staff", "%q is nobody on the team. Import the team first, or give an id, a name or an e-mail address.", clip(called))
	case code == hearth.CodeConflict:
		return hearth.FieldErrorf("data.staff", "%q is more than one person on the team. Give an id or an e-mail address.", clip(called))
	case err != nil:
		return err
	case id == called:
		return nil
	}
	if data["staff"], err = json.Marshal(id); err != nil {
		return fmt.Errorf("encode staff of %s: %w", ev.ID, err)
	}
	if ev.Data, err = json.Marshal(data); err != nil {
		return fmt.Errorf("encode data of %s: %w", ev.ID, err)
	}
	return nil
}

// staffCalled gives the id of a member of the team, from memory while that is fresh.
func (d *Door) staffCalled(ctx context.Context, tx *db.Tx, called, source string) (string, error) {
	key := subjectKey{"staff", called, source}
	d.mu.Lock()
	k, ok := d.known[key]
	d.mu.Unlock()
	if age := tx.Now().Sub(k.at); ok && age >= 0 && age < trustSubjects {
		return k.found.ID, nil
	}
	m, err := d.Records.StaffCalled(ctx, tx, called, source)
	if err != nil {
		return "", err
	}
	d.remember(tx, key, record.Found{Kind: "staff", ID: string(m.ID)})
	return string(m.ID), nil
}

// remember keeps what was found, unless the transaction fails.
func (d *Door) remember(tx *db.Tx, key subjectKey, found record.Found) {
	d.mu.Lock()
	if len(d.known) >= maxSubjects {
		clear(d.known)
	}
	d.known[key] = knownSubject{found, tx.Now()}
	d.mu.Unlock()
	tx.AfterRollback(func() { d.forgetOne(key) })
}

// isHousehold tells whether an event of the type concerns everybody in the home. eventlog's catalog says the same.
func isHousehold(t hearth.EventType) bool {
	switch t {
	case "payment.recorded", "arrears.changed", "outage.announced", "outage.ended", "risk.changed":
		return true
	}
	return strings.HasPrefix(string(t), "lease.")
}

// find gives what a subject names, from memory while that is fresh.
func (d *Door) find(ctx context.Context, tx *db.Tx, s hearth.Subject, source string) ([]record.Found, error) {
	key := subjectKey{s.Kind, s.ID, source}
	d.mu.Lock()
	k, ok := d.known[key]
	d.mu.Unlock()
	if age := tx.Now().Sub(k.at); ok && age >= 0 && age < trustSubjects {
		return []record.Found{k.found}, nil
	}
	var found []record.Found
	var err error
	switch s.Kind {
	case "workorder":
		found, err = d.Workorders.Find(ctx, tx, s.ID, source)
	case "message":
		found, err = d.findMessage(ctx, tx, s.ID)
	default:
		found, err = d.Records.Find(ctx, tx, s.Kind, s.ID, source)
	}
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", s, err)
	}
	// Who lives in a unit and whom an order concerns changes with every lease; only residents are worth remembering.
	if len(found) == 1 && s.Kind == "resident" {
		d.remember(tx, key, found[0])
	}
	return found, nil
}

// learn looks up together the residents that several entries name and nobody remembers; what it cannot tell is found
// one by one.
func (d *Door) learn(ctx context.Context, tx *db.Tx, entries []*entry) error {
	if len(entries) < 2 {
		return nil
	}
	asked := map[string][]string{} // by source
	for _, e := range entries {
		s, _ := hearth.ParseSubject(e.raw.Subject)
		if s.Kind == "resident" && !d.remembers(tx, subjectKey{s.Kind, s.ID, e.ev.Source}) {
			asked[e.ev.Source] = append(asked[e.ev.Source], s.ID)
		}
	}
	for source, ids := range asked {
		found, err := d.Records.FindResidents(ctx, tx, ids, source)
		if err != nil {
			return err
		}
		for id, f := range found {
			d.remember(tx, subjectKey{"resident", id, source}, f)
		}
	}
	return nil
}

func (d *Door) remembers(tx *db.Tx, key subjectKey) bool {
	d.mu.Lock()
	k, ok := d.known[key]
	d.mu.Unlock()
	age := tx.Now().Sub(k.at)
	return ok && age >= 0 && age < trustSubjects
}

func (d *Door) forgetOne(key subjectKey) {
	d.mu.Lock()
	delete(d.known, key)
	d.mu.Unlock()
}

// forget drops what was remembered of subjects, after records changed.
func (d *Door) forget() {
	d.mu.Lock()
	clear(d.known)
	d.mu.Unlock()
}

func (d *Door) findMessage(ctx context.Context, tx *db.Tx, id string) ([]record.Found, error) {
	m, err := d.Messages.Get(ctx, tx, hearth.MessageID(id))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := record.Found{Kind: "message", ID: id, Property: m.Property}
	if m.Resident != "" {
		f.Residents = []hearth.ResidentID{m.Resident}
	}
	return []record.Found{f}, nil
}

// homeOf finds the home of a work order that is not known yet by data.unit. The found thing is the unit.
func (d *Door) homeOf(ctx context.Context, tx *db.Tx, ev *hearth.Event) ([]record.Found, error) {
	var data struct {
		Unit string `json:"unit"`
	}
	if err := json.Unmarshal(orEmpty(ev.Data), &data); err != nil || data.Unit == "" {
		return nil, hearth.FieldErrorf("data.unit", "A work order that is not known yet needs data.unit, or a resident or unit as its subject.")
	}
	return d.find(ctx, tx, hearth.Subject{Kind: "unit", ID: data.Unit}, ev.Source)
}

func orEmpty(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("{}")
	}
	return data
}
