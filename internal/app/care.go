package app

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// SetSituation sets a situation of a resident, in the name of a member of the team or of the operator. until is the last
// day. It gives the situation's id.
func (a *App) SetSituation(ctx context.Context, as, resident, kind, until, reason string) (id string, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		who, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		r, err := a.Records.Resident(ctx, tx, who)
		if err != nil {
			return err
		}
		end, err := a.Engine.Last(ctx, tx, until, r.Property)
		if err != nil {
			return err
		}
		x, err := a.Engine.SetSituation(ctx, tx, actor, care.Told{Resident: who, Kind: care.Kind(kind), Until: end, Reason: reason})
		id = x.ID
		return err
	})
	return id, err
}

// SituationLine is a situation in the list of the command line. Kind and Reason are empty for whom they are closed to.
type SituationLine struct {
	care.Situation
	Reason string
	Open   bool // kind and reason may be read
}

// Situations lists a resident's situations as a member of the team may see them.
func (a *App) Situations(ctx context.Context, as, resident string) (out []SituationLine, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error { // a reading of what is sealed is recorded
		out = nil
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		who, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		reader, err := a.reader(ctx, tx, actor, who)
		if err != nil {
			return err
		}
		all, err := a.Care.Of(ctx, tx, who)
		if err != nil {
			return err
		}
		for _, x := range all {
			line := SituationLine{Situation: x}
			if line.Open = reader.MayRead(x); line.Open {
				if line.Reason, err = a.Care.Reason(ctx, tx, reader, x); err != nil {
					return err
				}
			}
			out = append(out, line)
		}
		return nil
	})
	return out, err
}

// reader says what somebody is at a resident's property.
func (a *App) reader(ctx context.Context, tx *db.Tx, actor hearth.Actor, resident hearth.ResidentID) (care.Reader, error) {
	r := care.Reader{Actor: actor}
	if actor.Kind != "staff" {
		return r, nil
	}
	who, err := a.Records.Resident(ctx, tx, resident)
	if err != nil {
		return r, err
	}
	m, err := a.Records.Staff(ctx, tx, hearth.StaffID(actor.ID))
	for _, x := range m.Roles {
		if x.Property == who.Property {
			r.Roles = append(r.Roles, x.Role)
		}
	}
	return r, err
}

// EndSituation ends a situation.
func (a *App) EndSituation(ctx context.Context, as, id string) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		return a.Engine.EndSituation(ctx, tx, actor, id)
	})
}

// PauseRequest is a pause as a command asks for it.
type PauseRequest struct {
	As, What, Target, Reason, Until string
	Strict                          bool
}

// Pause stops something at once.
func (a *App) Pause(ctx context.Context, r PauseRequest) (p care.Pause, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, r.As)
		if err != nil {
			return err
		}
		p = care.Pause{What: care.What(r.What), Reason: r.Reason, Strict: r.Strict}
		if p.Target, err = a.target(ctx, tx, p.What, r.Target); err != nil {
			return err
		}
		at := hearth.PropertyID("")
		if p.What == care.Property {
			at = hearth.PropertyID(p.Target)
		}
		if p.Until, err = a.Engine.Last(ctx, tx, r.Until, at); err != nil {
			return err
		}
		p, err = a.Engine.Pause(ctx, tx, actor, p)
		return err
	})
	return p, err
}

// target finds what is to be paused by what people call it.
func (a *App) target(ctx context.Context, tx *db.Tx, what care.What, name string) (string, error) {
	switch what {
	case care.Property:
		id, err := a.propertyCalled(ctx, tx, name)
		return string(id), err
	case care.Resident:
		id, err := a.resident(ctx, tx, name)
		return string(id), err
	}
	return strings.ToLower(strings.TrimSpace(name)), nil
}

// PauseLine is a pause in the list of the command line.
type PauseLine struct {
	care.Pause
	Name string // of the resident or property; "" for the rest
}

// Pauses lists what is paused now.
func (a *App) Pauses(ctx context.Context) (out []PauseLine, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		n, err := a.Care.Now(ctx, tx)
		if err != nil {
			return err
		}
		for _, p := range n.Pauses(tx.Now()) {
			line := PauseLine{Pause: p}
			if line.Name, err = a.pausedName(ctx, tx, p); err != nil {
				return err
			}
			out = append(out, line)
		}
		return nil
	})
	return out, err
}

// pausedName gives the name of a paused resident or property.
func (a *App) pausedName(ctx context.Context, tx *db.Tx, p care.Pause) (name string, err error) {
	switch p.What {
	case care.Resident:
		var r record.Resident
		r, err = a.Records.Resident(ctx, tx, hearth.ResidentID(p.Target))
		name = r.Name()
	case care.Property:
		var at record.Property
		at, err = a.Records.Property(ctx, tx, hearth.PropertyID(p.Target))
		name = at.Name
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		err = nil // it went since, and the pause can be ended all the same
	}
	return name, err
}

// Resume ends all pauses of something, by any of its names, and gives how many there were. With include, those inside the playbook's
// condition start, so many a day; it gives who they are. It fails with CodeConflict where several paused residents are called so.
func (a *App) Resume(ctx context.Context, as, what, target string, include int) (n int, included []hearth.ResidentID, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		found, err := a.pausedAs(ctx, tx, care.What(what), target)
		if err != nil {
			return err
		}
		for _, p := range found {
			if _, err := a.Engine.Resume(ctx, tx, actor, p.ID); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil || include == 0 || what != string(care.Playbook) {
		return n, nil, err
	}
	included, err = a.Engine.Include(ctx, hearth.PlaybookID(strings.ToLower(strings.TrimSpace(target))), include)
	return n, included, err
}

// pausedAs gives the open pauses of what people call so: an id or a name, in any case, or another row of the same person.
func (a *App) pausedAs(ctx context.Context, tx *db.Tx, what care.What, called string) ([]care.Pause, error) {
	open, err := a.Care.Pauses(ctx, tx)
	if err != nil {
		return nil, err
	}
	now, err := a.Care.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	asked, err := a.target(ctx, tx, what, called)
	if code := hearth.CodeOf(err); code != "" && code != hearth.CodeNotFound && code != hearth.CodeConflict && code != hearth.CodeInvalid {
		return nil, err // else what is paused may still be called so
	}
	var found []care.Pause
	for _, p := range open {
		if p.What != what {
			continue
		}
		is := strings.EqualFold(p.Target, strings.TrimSpace(called)) || asked != "" && p.Target == asked ||
			asked != "" && now.PauseOf(p, hearth.ResidentID(asked))
		if !is && record.NameKey(called) != "" {
			name, err := a.pausedName(ctx, tx, p)
			if err != nil {
				return nil, err
			}
			is = record.NameKey(name) == record.NameKey(called)
		}
		if is {
			found = append(found, p)
		}
	}
	for _, p := range found {
		if what == care.Resident && !now.PauseOf(p, hearth.ResidentID(found[0].Target)) {
			return nil, hearth.Errorf(hearth.CodeConflict, "Several residents who are paused are called %q; name one by Hearth's own id: hearth pause list.", called)
		}
	}
	return found, nil
}

// Reviews lists what came too late and waits for a look.
func (a *App) Reviews(ctx context.Context) (out []trigger.Review, err error) {
	cursor := ""
	for {
		err = a.DB.Read(ctx, func(tx *db.Tx) error {
			page, next, err := a.Engine.Reviews(ctx, tx, "", cursor, 200)
			out, cursor = append(out, page...), next
			return err
		})
		if err != nil || cursor == "" {
			return out, err
		}
	}
}

// SettleReview lets something late go, or skips it.
func (a *App) SettleReview(ctx context.Context, as, id, how string) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		return a.Engine.Settle(ctx, tx, actor, id, how)
	})
}
