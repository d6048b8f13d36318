package ingest

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

func (a *applying) unit(u line.Unit) record.Unit {
	return record.Unit{Property: a.imp.property, Label: u.Label, BuildingName: u.Building, External: u.ID, Kind: u.Type, Floor: u.Floor, Beds: u.Beds, Baths: u.Baths,
		SqFt: u.SquareFeet, MarketCents: u.MarketCents, Address: u.Address}
}

// home applies a row of a directory or rent roll.
func (a *applying) home(ctx context.Context, tx *db.Tx, l *line.Line, before string) (result, error) {
	h := l.Home
	if len(h.People) == 0 {
		u, change, err := a.im.Records.PutUnit(ctx, tx, a.news(l), a.unit(h.Unit))
		a.homes = nil
		return of(change, string(u.ID)), err
	}
	told, err := a.told(l, before)
	if err != nil {
		return result{}, err
	}
	res, err := a.im.Records.PutHome(ctx, tx, a.news(l), told)
	if err != nil {
		return result{}, err
	}
	for _, m := range res.Members {
		if err := a.reachesResident(ctx, tx, m.ID); err != nil {
			return result{}, err
		}
	}
	if res.UnitChange.Added {
		a.homes = nil
	}
	return a.homeDone(ctx, tx, l, res, before)
}

// homeDone adds to a home that was put what the row tells of wishes, and asks a person where something is unclear.
func (a *applying) homeDone(ctx context.Context, tx *db.Tx, l *line.Line, res record.HomeResult, before string) (result, error) {
	change := res.Change()
	first := res.Members[0]
	change.Added = res.LeaseChange.Added || first.Change.Added
	r := of(change, string(first.ID))
	wishes, err := a.wishes(ctx, tx, l, first.ID, before)
	if err != nil {
		return result{}, err
	}
	if wishes && r.action == rowSame {
		r.action, r.reason = rowChanged, "Changed: preferences"
	}
	if len(res.Alike) > 0 {
		r.reason = joinReasons(r.reason, "Somebody else of the same name has the same e-mail or phone; they were taken for two people")
	}
	if len(res.Elsewhere) > 0 {
		why, err := a.askWhere(ctx, tx, l.Home.Unit.Label, first.ID, res)
		if err != nil {
			return result{}, err
		}
		r.reason = joinReasons(r.reason, why)
	}
	return r, nil
}

// told makes what records are told of a row.
func (a *applying) told(l *line.Line, before string) (record.Home, error) {
	h := l.Home
	out := record.Home{Property: a.imp.property, Unit: a.unit(h.Unit), Clears: l.Cleared(before)}
	out.Lease = record.HomeLease{External: h.LeaseID, RentCents: h.RentCents, MonthToMonth: h.MonthToMonth, UnderEviction: h.UnderEviction, OfferOut: h.OfferOut,
		Status: record.Status(h.Status)}
	for _, d := range []struct {
		text string
		into *hearth.Day
	}{{h.Start, &out.Lease.Start}, {h.End, &out.Lease.End}, {h.MoveIn, &out.Lease.MoveIn}, {h.MoveOut, &out.Lease.MoveOut}, {h.NoticeOn, &out.Lease.NoticeOn}} {
		if d.text == "" {
			continue
		}
		day, err := hearth.ParseDay(d.text)
		if err != nil {
			return out, err
		}
		*d.into = day
	}
	for _, p := range h.People {
		out.Members = append(out.Members, record.Member{External: p.ID,
			Resident: record.Resident{First: p.First, Last: p.Last, Preferred: p.Preferred, Email: p.Email, Phone: p.Phone, Language: p.Language, Role: p.Role}})
	}
	return out, nil
}

// wishes keeps what the first person prefers and agreed to, and tells whether that was news.
func (a *applying) wishes(ctx context.Context, tx *db.Tx, l *line.Line, who hearth.ResidentID, before string) (bool, error) {
	h, n, news := l.Home, a.news(l), false
	if h.Channel != "" {
		c, err := a.im.Records.PutPreference(ctx, tx, n, record.Preference{Resident: who, Name: "channel", Value: h.Channel, Source: a.imp.source})
		if err != nil {
			return false, err
		}
		news = !c.None()
	}
	if h.TextConsent == "" || l.Said(before, "+"+h.TextConsent) {
		return news, nil
	}
	r, err := a.im.Records.Resident(ctx, tx, who)
	if err != nil {
		return false, err
	}
	if record.PhoneKey(r.Phone) == "" {
		return news, nil
	}
	if d := a.trails[l]; d != nil {
		d.Word = &wordWas{Address: record.PhoneKey(r.Phone), Allowed: h.TextConsent == "yes", Resident: who}
		was, found, err := a.im.Consent.Standing(ctx, tx, hearth.ChannelSMS, d.Word.Address)
		if err != nil {
			return false, err
		}
		if found {
			d.Word.Before = &was
		}
	}
	return true, a.im.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: record.PhoneKey(r.Phone), Allowed: h.TextConsent == "yes", Resident: who,
		Property: a.imp.property, Source: a.imp.source, Evidence: evidenceOf(a.imp.id) + fmt.Sprint(l.N), Actor: n.Actor})
}

// staff applies a row of a list of the team.
func (a *applying) staff(ctx context.Context, tx *db.Tx, l *line.Line) (result, error) {
	s := l.Staff
	told := record.Staff{Name: s.Person.Name(), Email: s.Person.Email, Phone: s.Person.Phone, MinutesADay: s.Minutes, Inactive: s.Left, External: s.Person.ID,
		Backup: hearth.StaffID(s.Backup), Supervisor: hearth.StaffID(s.Supervisor)}
	for _, role := range s.Roles {
		told.Roles = append(told.Roles, record.StaffRole{Property: a.imp.property, Role: role})
	}
	for _, h := range s.Hours {
		told.Hours = append(told.Hours, record.Hours{Weekday: time.Weekday(h.Weekday), From: h.From, To: h.To})
	}
	for _, s := range s.Away {
		from, err := hearth.ParseDay(s.From)
		if err != nil {
			return result{}, err
		}
		to, err := hearth.ParseDay(s.To)
		if err != nil {
			return result{}, err
		}
		told.Absences = append(told.Absences, record.Absence{From: from, To: to})
	}
	was, err := a.reachesStaff(ctx, tx, a.news(l), told)
	if err != nil {
		return result{}, err
	}
	m, change, err := a.im.Records.PutStaff(ctx, tx, a.news(l), told)
	if err == nil {
		err = a.im.mayChange(ctx, tx, a.news(l).Actor, was, m)
	}
	if err != nil || len(s.OnCall) == 0 {
		return of(change, string(m.ID)), err
	}
	rota := make([]record.OnCall, len(s.OnCall))
	for i, h := range s.OnCall {
		rota[i] = record.OnCall{Weekday: time.Weekday(h.Weekday), From: h.From, To: h.To}
	}
	return of(change, string(m.ID)), a.onCall(ctx, tx, l, m.ID, rota)
}

// evidenceOf begins the evidence of what an import said about text messages.
func evidenceOf(id hearth.ImportID) string { return evidenceBegins + string(id) + evidenceLine }

const (
	evidenceBegins = "text consent in import "
	evidenceLine   = ", line "
)

// onCall sets when somebody is on call every week.
func (a *applying) onCall(ctx context.Context, tx *db.Tx, l *line.Line, id hearth.StaffID, rota []record.OnCall) error {
	was, err := a.week(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := a.im.Records.SetWeekOnCall(ctx, tx, a.imp.property, id, rota); err != nil {
		return err
	}
	is, err := a.week(ctx, tx, id)
	a.news(l).Trail.WeekOnCall(a.imp.property, id, was, is)
	return err
}

func (a *applying) week(ctx context.Context, tx *db.Tx, id hearth.StaffID) ([]record.OnCall, error) {
	all, err := a.im.Records.OnCall(ctx, tx, a.imp.property)
	return record.WeekOf(all, id), err
}
