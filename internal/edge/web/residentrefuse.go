package web

import (
	"context"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// refusesView is what a resident wants no more of, and where somebody of the team records what they were told.
type refusesView struct {
	See, Can bool // the viewer may read it; may record it
	Rows     []refusesRow
	Hows     []ui.Option
	Today    string
}

type refusesRow struct {
	refusedRow
	Back string // where it is taken back; "" for what the team did not record
}

// What a resident may want no more of, as the form says it.
const (
	noTexts     = "texts"
	noMarketing = "marketing"
	noNothing   = "nothing"
)

func (q *request) refusesOf(ctx context.Context, tx *db.Tx, r *resident) (v refusesView, err error) {
	if v.See = q.web.Consent != nil && q.may(account.ConsentsRead); !v.See {
		return v, nil
	}
	v.Can = q.may(account.ConsentsWrite) && q.staff != ""
	v.Today = hearth.DayOf(q.now, q.zone).String()
	for i, how := range howNames() {
		v.Hows = append(v.Hows, ui.Option{Value: consent.ToldSources()[i], Name: how})
	}
	all, err := q.web.Consent.RefusalsOf(ctx, tx, r.ID, reachOf(r))
	for _, x := range all {
		row := refusesRow{refusedRow: q.refusedRow(x, nil, r.staff)}
		row.At = x.At.UTC().Format(time.RFC3339)
		if v.Can && x.ToTeam() && x.Resident == r.ID {
			row.Back = "/residents/" + string(r.ID) + "/unrefuse?at=" + strconv.FormatInt(hearth.Millis(x.At), 10)
		}
		v.Rows = append(v.Rows, row)
	}
	return v, err
}

// howNames names the ways in which a word reaches the team, in the order of consent.ToldSources.
func howNames() []string { return []string{"In person", "On the telephone", "By letter"} }

func reachOf(r *resident) consent.Reach {
	return consent.Reach{Email: record.EmailKey(r.Email), Phone: record.PhoneKey(r.Phone)}
}

// refuseResident records that a resident told the team that they want no more.
func (q *request) refuseResident() (outcome, error) {
	var g consent.Grant
	counts, ways := 0, 0
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		if q.web.Consent == nil {
			return hearth.Errorf(hearth.CodeUnavailable, "Nothing is kept here about what residents want.")
		}
		var err error
		if g, err = q.refusal(r, tx.Now()); err != nil {
			return err
		}
		counts, ways, err = q.web.Consent.Refuse(ctx, tx, g, reachOf(r))
		return err
	})
	o := outcome{said: "Recorded. It holds from now on, at every property.", undo: path + "/unrefuse?at=" + strconv.FormatInt(hearth.Millis(g.At), 10), next: path}
	switch {
	case err == nil && counts == 0:
		o.said, o.undo = "Kept, and nothing changes: since that day they said themselves that they want it.", ""
	case counts < ways:
		o.said = "Recorded. By some ways it goes on: since that day they said themselves that they want it there."
	}
	return o, err
}

// refusal reads the form. It fails with CodeInvalid for what nobody can have chosen on it.
func (q *request) refusal(r *resident, now time.Time) (consent.Grant, error) {
	g := consent.Grant{Resident: r.ID, Property: r.Property, Evidence: q.field("words"), Actor: q.actor}
	switch q.field("what") {
	case noTexts:
		g.Channel = hearth.ChannelSMS
	case noMarketing:
		g.Channel, g.Purpose = consent.Everything, consent.Discretionary
	case noNothing:
		g.Channel = consent.Everything
	default:
		return g, hearth.FieldErrorf("what", "Say what they want no more of.")
	}
	for _, how := range consent.ToldSources() {
		if q.field("how") == how {
			g.Source = how
		}
	}
	if g.Source == "" {
		return g, hearth.FieldErrorf("how", "Say how they told it: in person, on the telephone or by letter.")
	}
	if len(g.Evidence) > 500 {
		return g, hearth.FieldErrorf("words", "Their words are kept up to 500 characters.")
	}
	day, err := hearth.ParseDay(q.field("day"))
	if err != nil {
		return g, hearth.FieldErrorf("day", "Say on which day they told it.")
	}
	// The hour of now on that day: what is told twice on one day stays two words, and the later one counts.
	local := now.In(q.zone)
	g.At = day.Start(q.zone).Add(local.Sub(hearth.DayOf(now, q.zone).Start(q.zone)))
	if g.At.Before(now.AddDate(-10, 0, 0)) {
		return g, hearth.FieldErrorf("day", "This is more than ten years ago; write the day on which they told it.")
	}
	return g, nil
}

// unrefuseResident takes back what somebody recorded by mistake.
func (q *request) unrefuseResident() (outcome, error) {
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		at, err := strconv.ParseInt(q.field("at"), 10, 64)
		if err != nil || q.web.Consent == nil {
			return hearth.Errorf(hearth.CodeNotFound, "There is no such word of theirs on record.")
		}
		return q.web.Consent.TakeBack(ctx, tx, q.actor, r.ID, r.Property, hearth.FromMillis(at))
	})
	return outcome{said: "Taken back. What they said before counts again.", next: path}, err
}
