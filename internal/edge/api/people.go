package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// staffItem is a member of the team.
type staffItem struct {
	ID          hearth.StaffID     `json:"id"`
	Name        string             `json:"name"`
	Roles       []staffRoleItem    `json:"roles" nullable:"false"`
	MinutesADay int                `json:"minutes_a_day" doc:"What they have for tasks on a working day."`
	Backup      hearth.StaffID     `json:"backup,omitempty" doc:"Who stands in for them; until that person is known, what a list called them."`
	Supervisor  hearth.StaffID     `json:"supervisor,omitempty" doc:"Who hears of what stays too much for them."`
	Absences    []staffAbsenceItem `json:"absences" nullable:"false"`
	Active      bool               `json:"active" doc:"false: has left."`
}

type staffRoleItem struct {
	Property hearth.PropertyID `json:"property"`
	Role     hearth.Role       `json:"role"`
}

// staffAbsenceItem is a time off: whole days, or hours of one day.
type staffAbsenceItem struct {
	From      string `json:"from" format:"date" doc:"The first day off."`
	To        string `json:"to,omitempty" format:"date" doc:"The last day off; the first if left out."`
	FromTime  string `json:"from_time,omitempty" example:"10:00" doc:"With to_time: only these hours of the day."`
	UntilTime string `json:"to_time,omitempty" example:"12:00"`
	Reason    string `json:"reason,omitempty" maxLength:"200" doc:"For people; it takes no part in any decision."`
}

// onCallItem is a stretch on call: on a date, or every week on a weekday.
type onCallItem struct {
	Date    string `json:"date,omitempty" format:"date" doc:"One single day; it goes before the week."`
	Weekday *int   `json:"weekday,omitempty" minimum:"0" maximum:"6" doc:"Every week; 0 is Sunday."`
	From    string `json:"from" example:"18:00" doc:"In the property's own time."`
	To      string `json:"to" example:"08:00" doc:"On the next day where it is not after from."`
	Staff   string `json:"staff" maxLength:"256" doc:"An id, a name or an e-mail address."`
}

func (a *API) addPeople() {
	const tag = "Team"
	add(a, about{http.MethodGet, "/staff", tag, "list-staff", "List the team", "By id, with roles, minutes and absences.", account.ScopeRead}, a.listStaff)
	add(a, about{http.MethodPost, "/staff/{id}/absences", tag, "post-absence", "Tell that somebody is away",
		"Whole days, or hours of one day. When it begins, what they cannot do in time goes to their backup, else to another of the role, else to their supervisor; when it ends, " +
			"what nobody has begun comes back. Telling the same beginning again changes the end.", account.ScopeTasks}, a.postAbsence)
	add(a, about{http.MethodDelete, "/staff/{id}/absences/{from}", tag, "delete-absence", "Take an absence back", "Told by its first day, and for hours by from_time.", account.ScopeTasks}, a.deleteAbsence)
	add(a, about{http.MethodGet, "/properties/{id}/oncall", tag, "get-oncall", "Read who is on call", "", account.ScopeRead}, a.getOnCall)
	add(a, about{http.MethodPut, "/properties/{id}/oncall", tag, "put-oncall", "Set who is on call",
		"The whole rota of the property, in the place of the one before. Outside working hours only emergencies and what concerns safety reach whoever is on call.", account.ScopeTasks}, a.putOnCall)
	add(a, about{http.MethodGet, "/capacity", tag, "get-capacity", "Read the load of the coming days", trigger.CapacityNote, account.ScopeRead}, a.getCapacity)
}

func staffOf(m record.Staff) staffItem {
	item := staffItem{ID: m.ID, Name: m.Name, Roles: []staffRoleItem{}, MinutesADay: m.MinutesADay, Backup: m.Backup, Supervisor: m.Supervisor,
		Absences: []staffAbsenceItem{}, Active: !m.Inactive}
	for _, r := range m.Roles {
		item.Roles = append(item.Roles, staffRoleItem(r))
	}
	for _, x := range m.Absences {
		out := staffAbsenceItem{From: x.From.String(), To: x.To.String(), Reason: x.Reason}
		if !x.Whole() {
			out.FromTime, out.UntilTime = clockOf(x.FromMin), clockOf(x.ToMin)
		}
		item.Absences = append(item.Absences, out)
	}
	return item
}

func clockOf(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// minuteOf reads a time of day; 24:00 is the end of the day.
func minuteOf(field, s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, hearth.FieldErrorf(field, "%q is not a time of day like 18:00.", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

func dayOf(field, s string) (hearth.Day, error) {
	d, err := hearth.ParseDay(s)
	if err != nil {
		return 0, hearth.FieldErrorf(field, "%q is not a date like 2026-11-21.", s)
	}
	return d, nil
}

func (a *API) listStaff(ctx context.Context, _ *struct{}) (*list[staffItem], error) {
	var team []record.Staff
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		team, err = a.Records.AllStaff(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(team, "", staffOf), nil
}

// StaffPath names a member of the team in a path.
type StaffPath struct {
	ID hearth.StaffID `path:"id" maxLength:"100"`
}

func (x staffAbsenceItem) absence() (out record.Absence, err error) {
	if out.From, err = dayOf("from", x.From); err != nil {
		return out, err
	}
	out.To, out.Reason = out.From, x.Reason
	if x.To != "" {
		if out.To, err = dayOf("to", x.To); err != nil {
			return out, err
		}
	}
	if (x.FromTime == "") != (x.UntilTime == "") {
		return out, hearth.FieldErrorf("to_time", "Hours of a day have a beginning and an end; give both, or none for the whole day.")
	}
	if x.FromTime == "" {
		return out, nil
	}
	if out.FromMin, err = minuteOf("from_time", x.FromTime); err != nil {
		return out, err
	}
	out.ToMin, err = minuteOf("to_time", x.UntilTime)
	return out, err
}

func (a *API) postAbsence(ctx context.Context, in *struct {
	StaffPath
	Body staffAbsenceItem
}) (*one[staffItem], error) {
	out := &one[staffItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		absence, err := in.Body.absence()
		if err != nil {
			return err
		}
		m, err := a.Records.SetAbsence(ctx, tx, in.ID, absence)
		out.Body = staffOf(m)
		return err
	})
	return out, err
}

func (a *API) deleteAbsence(ctx context.Context, in *struct {
	StaffPath
	From     string `path:"from" format:"date" doc:"Its first day."`
	FromTime string `query:"from_time" doc:"For hours of a day: when they begin."`
}) (*one[staffItem], error) {
	out := &one[staffItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		day, err := dayOf("from", in.From)
		if err != nil {
			return err
		}
		minute := 0
		if in.FromTime != "" {
			if minute, err = minuteOf("from_time", in.FromTime); err != nil {
				return err
			}
		}
		if err := a.Records.DropAbsence(ctx, tx, in.ID, record.Absence{From: day, FromMin: minute}); err != nil {
			return err
		}
		m, err := a.Records.Staff(ctx, tx, in.ID)
		out.Body = staffOf(m)
		return err
	})
	return out, err
}

// PropertyPath names a property in a path.
type PropertyPath struct {
	ID hearth.PropertyID `path:"id" maxLength:"100"`
}

func (a *API) getOnCall(ctx context.Context, in *PropertyPath) (*list[onCallItem], error) {
	var rota []record.OnCall
	err := a.read(ctx, func(tx *db.Tx) error {
		if err := a.property(ctx, tx, in.ID); err != nil {
			return err
		}
		var err error
		rota, err = a.Records.OnCall(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(rota, "", onCallOf), nil
}

func onCallOf(o record.OnCall) onCallItem {
	item := onCallItem{From: clockOf(o.From), To: clockOf(o.To % (24 * 60)), Staff: string(o.Staff)}
	if o.To == 24*60 {
		item.To = "24:00"
	}
	if o.Day != 0 {
		item.Date = o.Day.String()
		return item
	}
	weekday := int(o.Weekday)
	item.Weekday = &weekday
	return item
}

func (a *API) putOnCall(ctx context.Context, in *struct {
	PropertyPath
	Body struct {
		Rota []onCallItem `json:"rota" nullable:"false" maxItems:"1000"`
	}
}) (*list[onCallItem], error) {
	var rota []record.OnCall
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		told := make([]record.OnCall, len(in.Body.Rota))
		for i, x := range in.Body.Rota {
			o, err := a.onCall(ctx, tx, fmt.Sprintf("rota[%d]", i), x)
			if err != nil {
				return err
			}
			told[i] = o
		}
		if err := a.Records.SetOnCall(ctx, tx, in.ID, told); err != nil {
			return err
		}
		var err error
		rota, err = a.Records.OnCall(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(rota, "", onCallOf), nil
}

func (a *API) onCall(ctx context.Context, tx *db.Tx, at string, x onCallItem) (o record.OnCall, err error) {
	if (x.Date == "") == (x.Weekday == nil) {
		return o, hearth.FieldErrorf(at, "A stretch on call has either a date or a weekday.")
	}
	if x.Date != "" {
		if o.Day, err = dayOf(at+".date", x.Date); err != nil {
			return o, err
		}
	} else {
		o.Weekday = time.Weekday(*x.Weekday)
	}
	if o.From, err = minuteOf(at+".from", x.From); err != nil {
		return o, err
	}
	if o.To, err = minuteOf(at+".to", x.To); err != nil {
		return o, err
	}
	if o.To <= o.From {
		o.To += 24 * 60
	}
	m, err := a.Records.StaffCalled(ctx, tx, x.Staff, "")
	if code := hearth.CodeOf(err); code == hearth.CodeNotFound || code == hearth.CodeConflict {
		return o, hearth.FieldErrorf(at+".staff", "Exactly one person on the team must be meant; give an id, a full name or an e-mail address.")
	}
	o.Staff = m.ID
	return o, err
}

// capacityAnswer is the load of a property's coming days.
type capacityAnswer struct {
	Property hearth.PropertyID `json:"property"`
	Name     string            `json:"name"`
	From     string            `json:"from" format:"date" doc:"The first day: today in the property's time."`
	Days     int               `json:"days"`
	People   []personLoadItem  `json:"people" nullable:"false"`
	Queue    []roleLoadItem    `json:"queue" nullable:"false" doc:"What nobody owns yet."`
	Expected []roleLoadItem    `json:"expected" nullable:"false" doc:"What runs that wait now are likely to ask for; at most."`
	How      string            `json:"how" doc:"How it is computed."`
}

type personLoadItem struct {
	Staff hearth.StaffID `json:"staff"`
	Name  string         `json:"name"`
	Roles []hearth.Role  `json:"roles" nullable:"false" doc:"At this property."`
	Days  []dayLoadItem  `json:"days" nullable:"false"`
}

type dayLoadItem struct {
	Date    string `json:"date" format:"date"`
	Given   int    `json:"given" doc:"Minutes of tasks due on the day, at all their properties."`
	Minutes int    `json:"minutes" doc:"What they have; 0 on a day off."`
	Over    int    `json:"over" doc:"By how many minutes it is too much."`
	Away    string `json:"away,omitempty"`
}

type roleLoadItem struct {
	Role    hearth.Role `json:"role"`
	Minutes []int       `json:"minutes" nullable:"false" doc:"By day."`
}

func (a *API) getCapacity(ctx context.Context, in *struct {
	Property hearth.PropertyID `query:"property" required:"true" maxLength:"100"`
	Days     int               `query:"days" minimum:"1" maximum:"92" default:"14"`
}) (*one[capacityAnswer], error) {
	var c *trigger.Capacity
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		c, err = a.Engine.Capacity(ctx, tx, in.Property, in.Days)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &one[capacityAnswer]{Body: capacityAnswer{Property: c.Property, Name: c.Name, From: c.From.String(), Days: c.Days, People: []personLoadItem{},
		Queue: rolesOf(c.Queue), Expected: rolesOf(c.Expected), How: trigger.CapacityNote}}
	for _, p := range c.People {
		item := personLoadItem{Staff: p.Staff, Name: p.Name, Roles: p.Roles, Days: make([]dayLoadItem, len(p.Days))}
		for i, d := range p.Days {
			item.Days[i] = dayLoadItem{Date: (c.From + hearth.Day(i)).String(), Given: d.Given, Minutes: d.Minutes, Over: max(0, d.Given-d.Minutes), Away: d.Away}
		}
		out.Body.People = append(out.Body.People, item)
	}
	return out, nil
}

func rolesOf(all []assign.QueueLoad) []roleLoadItem {
	out := make([]roleLoadItem, len(all))
	for i, q := range all {
		out[i] = roleLoadItem(q)
	}
	return out
}
