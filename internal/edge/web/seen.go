package web

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// What of a resident the viewer sees, field by field, as the policy's second table says. Pages read residents through here, so that what is
// hidden never reaches them.

// contacts reads residents as the viewer sees them.
func (q *request) contacts(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (map[hearth.ResidentID]record.Contact, error) {
	all, err := q.web.Records.Contacts(ctx, tx, ids)
	for id, c := range all {
		all[id] = q.seen(c)
	}
	return all, err
}

// seen gives a resident as the viewer sees them.
func (q *request) seen(c record.Contact) record.Contact {
	switch q.sees(account.FieldName, c.Property) {
	case account.SeesAll, account.SeesOwn:
	case account.SeesFirst:
		c.First, c.Last = c.Called(), ""
	default: // nor may the home tell who it is
		c.First, c.Last, c.Preferred, c.UnitLabel = "Somebody", "", "", ""
	}
	if !q.seesContact(c.Property) {
		c.Phone, c.PhoneKey, c.Email, c.EmailKey = "", "", "", ""
	}
	return c
}

// seesContact tells whether telephone numbers and addresses are there for the viewer, be it masked.
func (q *request) seesContact(at hearth.PropertyID) bool {
	switch q.sees(account.FieldContact, at) {
	case account.SeesAll, account.SeesOwn, account.SeesReveal:
		return true
	}
	return false
}

// hides tells whether a fact about a resident is kept from the viewer.
func (q *request) hides(ctx context.Context, tx *db.Tx, r *resident, fact string) (bool, error) {
	switch fact {
	case "phone", "email":
		return !q.seesContact(r.Property), nil
	case "entry", "entry_permission", "access", "notice", "pets", "alarm", "mobility":
		ok, err := q.within(ctx, tx, account.FieldEntry, r)
		return !ok, err
	}
	return false, nil
}

// within tells whether the viewer sees a field of a resident at this moment: always, or while a job of theirs is open there.
func (q *request) within(ctx context.Context, tx *db.Tx, f account.Field, r *resident) (bool, error) {
	return q.withinAt(ctx, tx, f, r.Property, r.person)
}

// withinAt is within for whatever is about some residents at a property, such as their home.
func (q *request) withinAt(ctx context.Context, tx *db.Tx, f account.Field, at hearth.PropertyID, people []hearth.ResidentID) (bool, error) {
	switch q.sees(f, at) {
	case account.SeesAll, account.SeesReveal:
		return true, nil
	case account.SeesJob:
		return q.onJob(ctx, tx, people)
	case account.SeesOwn:
		return q.ownTalk(ctx, tx, people)
	}
	return false, nil
}

// onJob tells whether a task about one of the residents, or a repair in their home, is the viewer's and not finished.
func (q *request) onJob(ctx context.Context, tx *db.Tx, people []hearth.ResidentID) (bool, error) {
	if q.staff == "" || len(people) == 0 {
		return false, nil
	}
	mine, _, err := q.web.Tasks.List(ctx, tx, task.Filter{Resident: people[0], Merged: people[1:], Owner: q.staff}, "", 1)
	return len(mine) > 0, err
}

// ownTalk tells whether a conversation with one of the residents is the viewer's.
func (q *request) ownTalk(ctx context.Context, tx *db.Tx, people []hearth.ResidentID) (bool, error) {
	if q.staff == "" || q.web.Inbox == nil {
		return false, nil
	}
	for _, id := range people {
		mine, _, err := q.talkStore().List(ctx, tx, conversation.Filter{Resident: id, Assigned: &q.staff}, "", 1)
		if err != nil || len(mine) > 0 {
			return len(mine) > 0, err
		}
	}
	return false, nil
}

// readsAll tells whether the viewer reads every conversation of a property, and not theirs alone.
func (q *request) readsAll(at hearth.PropertyID) bool {
	return q.sees(account.FieldMessages, at) == account.SeesAll
}

// mayTalk fails, in the words for a conversation that does not exist, where it is neither the viewer's nor about a job of theirs.
func (q *request) mayTalk(ctx context.Context, tx *db.Tx, c conversation.Conversation) error {
	at, people := c.Property, []hearth.ResidentID{c.Resident}
	if q.readsAll(at) || q.staff != "" && c.Assigned == q.staff {
		return nil
	}
	if c.Made.IsZero() && q.sees(account.FieldMessages, at) == account.SeesOwn && q.acc.May(rightMessages, at) {
		return nil // nobody has written yet: what they begin is theirs
	}
	ok := false
	var err error
	switch q.sees(account.FieldMessages, at) {
	case account.SeesJob:
		ok, err = q.onJob(ctx, tx, people)
	case account.SeesOwn:
		ok, err = q.ownTalk(ctx, tx, people)
	}
	if err == nil && !ok {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no conversation of yours at this address. Whoever it belongs to can give it to you.")
	}
	return err
}

// finds tells whether a search leads the viewer to somebody: what is hidden from them leads nowhere either.
func (q *request) finds(c record.Contact, query string) bool {
	if q.sees(account.FieldName, c.Property) == account.SeesAll && q.seesContact(c.Property) {
		return true
	}
	s := q.seen(c)
	known := strings.ToLower(s.Name() + " " + s.UnitLabel)
	for w := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(known, w) {
			return false
		}
	}
	return true
}

// mayWrite tells whether the viewer may write to somebody: a conversation that there is has to be theirs.
func (q *request) mayWrite(ctx context.Context, tx *db.Tx, r *resident) (bool, error) {
	if !q.may(rightMessages) || q.web.Inbox == nil {
		return false, nil
	}
	found, _, err := q.talkStore().List(ctx, tx, conversation.Filter{Resident: r.person[0]}, "", 1)
	if err != nil {
		return false, err
	}
	c := conversation.Conversation{Property: r.Property, Resident: r.person[0]}
	if len(found) > 0 {
		c = found[0]
	}
	err = q.mayTalk(ctx, tx, c)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// seesEvent tells whether the viewer is told of events of a type about a resident.
func (q *request) seesEvent(t hearth.EventType, may map[account.Field]bool) bool {
	switch {
	case eventlog.Closed(t):
		return q.may(rightReasons)
	case strings.HasPrefix(string(t), "payment.") || strings.HasPrefix(string(t), "arrears."):
		return may[account.FieldArrears]
	case strings.HasPrefix(string(t), "message."):
		return may[account.FieldMessages]
	case strings.HasPrefix(string(t), "workorder."):
		return may[account.FieldHistory]
	case strings.HasPrefix(string(t), "consent."):
		return may[account.FieldConsents]
	}
	return true
}

// fieldsOf tells which fields of a resident the viewer sees at this moment.
func (q *request) fieldsOf(ctx context.Context, tx *db.Tx, r *resident) (map[account.Field]bool, error) {
	out := map[account.Field]bool{}
	for _, f := range []account.Field{account.FieldArrears, account.FieldMessages, account.FieldHistory, account.FieldConsents} {
		ok, err := q.within(ctx, tx, f, r)
		if err != nil {
			return nil, err
		}
		out[f] = ok || f == account.FieldHistory && q.sees(f, r.Property) == account.SeesSummary
	}
	return out, nil
}
