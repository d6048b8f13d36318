package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// teamNews is who tells of the team.
func (q *request) teamNews() record.News { return record.News{Source: "workspace", Actor: q.actor} }

func (q *request) memberPath() string { return "/setup/team?open=" + q.PathValue("id") }

// putMember adds somebody, or changes who is open.
func (q *request) putMember() (outcome, error) {
	told := record.Staff{ID: hearth.StaffID(q.PathValue("id")), Name: q.field("name"), Email: q.field("email"), Phone: q.field("phone"),
		Backup: hearth.StaffID(q.field("backup")), Supervisor: hearth.StaffID(q.field("supervisor")), Inactive: q.field("gone") != ""}
	minutes, err := q.number("minutes")
	told.MinutesADay = int(minutes)
	var now record.Staff
	asked := false
	if err == nil {
		err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
			was, role := record.Staff{}, record.StaffRole{}
			if told.ID != "" {
				if was, err = q.memberHere(ctx, tx); err != nil {
					return err
				}
			} else {
				role = record.StaffRole{Property: q.place.ID, Role: hearth.Role(q.field("role"))}
				if asked, err = q.takesTwo(ctx, tx, role.Role); err != nil {
					return err
				}
				if told.Roles = nil; !asked {
					told.Roles = []record.StaffRole{role}
				}
			}
			if now, err = q.putStaff(ctx, tx, was, told); err == nil && asked {
				err = q.web.People.AskRole(ctx, tx, q.acc, now.ID, role)
			}
			return err
		})
	}
	if formFault(err) {
		again, err := q.teamPage(&told, err)
		if err != nil {
			return outcome{}, err
		}
		return outcome{}, wrongForm{again}
	}
	words := "Saved."
	if q.PathValue("id") == "" {
		words = now.Name + " is on the team."
	}
	if asked {
		return outcome{said: now.Name + " is on the team once a second person says yes.", next: "/setup/team"}, err
	}
	return outcome{said: words, next: "/setup/team?open=" + string(now.ID)}, err
}

// putStaff writes a member of the team, if what changes of their rights is the viewer's to change.
func (q *request) putStaff(ctx context.Context, tx *db.Tx, was, told record.Staff) (record.Staff, error) {
	if was.ID != "" && was.Inactive != told.Inactive && q.acc.NeedsStepUp(account.RolesWrite) {
		return was, q.onceMore()
	}
	now, _, err := q.web.Records.PutStaff(ctx, tx, q.teamNews(), told)
	if err != nil {
		return now, err
	}
	if was.ID == "" {
		was.ID, was.Inactive = now.ID, now.Inactive
	}
	return now, q.mayChange(ctx, tx, was, now)
}

// mayChange refuses a change of somebody's rights that is not the viewer's to make.
func (q *request) mayChange(ctx context.Context, tx *db.Tx, was, is record.Staff) error {
	if q.web.People == nil {
		return q.acc.MayChange(account.RightsChange{Was: was, Is: is})
	}
	return q.web.People.MayChange(ctx, tx, q.acc, was, is)
}

// takesTwo tells whether a role here is the viewer's to ask for, and not theirs to give.
func (q *request) takesTwo(ctx context.Context, tx *db.Tx, r hearth.Role) (bool, error) {
	if q.web.People == nil || !q.acc.MayAsk(r, q.place.ID) {
		return false, nil
	}
	fresh, err := q.web.People.NewAt(ctx, tx, q.place.ID)
	return !fresh, err
}

// giveRole gives a role here to somebody, or asks for one that a second person says yes to.
func (q *request) giveRole() (outcome, error) {
	role := record.StaffRole{Property: q.place.ID, Role: hearth.Role(q.field("role"))}
	words := "The role is given."
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := q.memberHere(ctx, tx)
		if err != nil {
			return err
		}
		asked, err := q.takesTwo(ctx, tx, role.Role)
		if err != nil {
			return err
		}
		if asked {
			words = "Asked. A second person says yes or no to it."
			return q.web.People.AskRole(ctx, tx, q.acc, m.ID, role)
		}
		_, err = q.putStaff(ctx, tx, m, record.Staff{ID: m.ID, Name: m.Name, Inactive: m.Inactive, Roles: []record.StaffRole{role}})
		return err
	})
	return outcome{said: words, next: q.memberPath()}, err
}

// dropRole takes a role here away. The only one that somebody has anywhere stays: who has none would not be found any more.
func (q *request) dropRole() (outcome, error) {
	role := record.StaffRole{Property: q.place.ID, Role: hearth.Role(q.field("role"))}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := q.memberHere(ctx, tx)
		if err != nil {
			return err
		}
		if len(m.Roles) == 1 {
			return hearth.Errorf(hearth.CodeConflict, "This is the last role of %s here. Give another one first, or say that they have left.", m.Name)
		}
		if err := q.web.Records.DropRole(ctx, tx, m.ID, role); err != nil {
			return err
		}
		now, err := q.web.Records.Staff(ctx, tx, m.ID)
		if err == nil {
			err = q.mayChange(ctx, tx, m, now)
		}
		return err
	})
	return outcome{said: "The role is taken back.", next: q.memberPath()}, err
}

// putHours sets somebody's own working hours.
func (q *request) putHours() (outcome, error) {
	hours, err := q.hoursOf()
	if err == nil && len(hours) == 0 {
		err = hearth.Errorf(hearth.CodeInvalid, "Write at least one stretch of time. Whoever is away for a while has an absence instead.")
	}
	if err != nil {
		return outcome{}, err
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := q.memberHere(ctx, tx)
		if err != nil {
			return err
		}
		_, _, err = q.web.Records.PutStaff(ctx, tx, q.teamNews(), record.Staff{ID: m.ID, Name: m.Name, Inactive: m.Inactive, Hours: hours})
		return err
	})
	return outcome{said: "The hours are saved.", next: q.memberPath()}, err
}

// absenceOf reads an absence from the form.
func (q *request) absenceOf() (a record.Absence, err error) {
	if a.From, err = hearth.ParseDay(q.field("from")); err != nil {
		return a, hearth.FieldErrorf("from", "Say the first day, such as 2026-12-24.")
	}
	a.To, a.Reason = a.From, q.field("reason")
	if s := q.field("to"); s != "" {
		if a.To, err = hearth.ParseDay(s); err != nil {
			return a, hearth.FieldErrorf("to", "%q is not a date such as 2026-12-27.", s)
		}
	}
	from, to := q.field("from_time"), q.field("to_time")
	if (from == "") != (to == "") {
		return a, hearth.FieldErrorf("to_time", "Hours of a day have a beginning and an end. Write both, or none for whole days.")
	}
	if from == "" {
		return a, nil
	}
	if a.FromMin, err = minuteOf(from); err != nil {
		return a, err
	}
	a.ToMin, err = minuteOf(to)
	return a, err
}

// putAway tells when somebody is away.
func (q *request) putAway() (outcome, error) {
	a, err := q.absenceOf()
	if err != nil {
		return outcome{}, err
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := q.memberHere(ctx, tx)
		if err != nil {
			return err
		}
		_, err = q.web.Records.SetAbsence(ctx, tx, m.ID, a)
		return err
	})
	return outcome{said: "It is noted. What can't wait goes to who stands in when the time comes.", next: q.memberPath()}, err
}

// dropAway takes an absence back.
func (q *request) dropAway() (outcome, error) {
	a, err := q.absenceOf()
	if err != nil {
		return outcome{}, err
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := q.memberHere(ctx, tx)
		if err != nil {
			return err
		}
		return q.web.Records.DropAbsence(ctx, tx, m.ID, a)
	})
	return outcome{said: "The absence is taken back.", next: q.memberPath()}, err
}

// addOnCall adds a stretch on call to the rota.
func (q *request) addOnCall() (outcome, error) {
	o := record.OnCall{Staff: hearth.StaffID(q.field("staff"))}
	var err error
	if s := q.field("date"); s != "" {
		if o.Day, err = hearth.ParseDay(s); err != nil {
			return outcome{}, hearth.FieldErrorf("date", "%q is not a date such as 2026-12-24.", s)
		}
	} else {
		d, err := strconv.Atoi(q.field("weekday"))
		if err != nil {
			return outcome{}, hearth.FieldErrorf("weekday", "Choose the day of the week, or write a date.")
		}
		o.Weekday = time.Weekday(d)
	}
	if o.From, err = minuteOf(q.field("starts")); err != nil {
		return outcome{}, err
	}
	if o.To, err = minuteOf(q.field("ends")); err != nil {
		return outcome{}, err
	}
	if o.To <= o.From {
		o.To += 24 * 60
	}
	err = q.changeRota(func(rota []record.OnCall) ([]record.OnCall, error) { return append(rota, o), nil })
	return outcome{said: "The rota is changed.", next: "/setup/team#on-call"}, err
}

// dropOnCall takes a stretch out of the rota, told by what it is, so that of two who press at once one is told.
func (q *request) dropOnCall() (outcome, error) {
	_, key, _ := strings.Cut(q.field("key"), "/")
	err := q.changeRota(func(rota []record.OnCall) ([]record.OnCall, error) {
		for i, o := range rota {
			if onCallKey(o) == key {
				return append(rota[:i:i], rota[i+1:]...), nil
			}
		}
		return nil, hearth.Errorf(hearth.CodeConflict, "This stretch is not in the rota any more.")
	})
	return outcome{said: "The rota is changed.", next: "/setup/team#on-call"}, err
}

func (q *request) changeRota(change func([]record.OnCall) ([]record.OnCall, error)) error {
	return q.write(func(ctx context.Context, tx *db.Tx) error {
		rota, err := q.web.Records.OnCall(ctx, tx, q.place.ID)
		if err != nil {
			return err
		}
		if rota, err = change(rota); err != nil {
			return err
		}
		return q.web.Records.SetOnCall(ctx, tx, q.place.ID, rota)
	})
}
