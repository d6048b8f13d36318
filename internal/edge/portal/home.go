package portal

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
)

// hall is what the home page shows.
type hall struct {
	Under     []parcel // under way, or done and to be confirmed
	Past      int      // how many more there are
	Questions []question
	Unread    int
	Packages  int    // how many wait
	Coming    int    // how many dates are ahead
	Soon      []date // what does not work now, or will not before tomorrow is over
	Offer     bool   // they may be offered to sign in without a code next time
}

// stillAsked is for how long after a repair somebody is asked whether it is fixed.
const stillAsked = 14 * 24 * time.Hour

// home shows what is under way, what can be asked for, and what waits for an answer.
func (p *Portal) home(v *visit) (templ.Component, error) {
	var h hall
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		orders, err := v.requests(ctx, tx)
		if err != nil {
			return err
		}
		for _, o := range orders {
			if o.State.Unfinished() || o.State == workorder.Complete && v.now.Sub(o.Completed) < stillAsked {
				h.Under = append(h.Under, v.follow(o))
			} else {
				h.Past++
			}
		}
		letters, _, err := p.Messages.Reading(ctx, tx, v.person, true, "", recentLetters)
		if err != nil {
			return err
		}
		for _, l := range letters {
			if l.Shown.IsZero() && (l.Channel == "portal" || l.Channel == "push") {
				h.Unread++
			}
		}
		if h.Questions, err = v.questions(ctx, tx, letters); err != nil {
			return err
		}
		if err = h.look(ctx, tx, v); err != nil {
			return err
		}
		h.Offer, err = v.offersKey(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return homePage(v, h), nil
}

// look finds out what waits for the visitor and what is coming.
func (h *hall) look(ctx context.Context, tx *db.Tx, v *visit) error {
	boxes, err := v.boxes(ctx, tx)
	if err != nil {
		return err
	}
	for _, b := range boxes {
		h.Packages += b.count
	}
	dates, err := v.dates(ctx, tx)
	for _, d := range dates {
		if d.outage && dayNumber(d.at.In(v.zone)) <= dayNumber(v.now)+1 {
			h.Soon = append(h.Soon, d)
		}
	}
	h.Coming = len(dates)
	return err
}

const recentLetters = 30

// question is a question of ours that waits for an answer.
type question struct {
	Href  string
	Words string
	From  string
}

// openFor is for how long a question is asked.
const openFor = 21 * 24 * time.Hour

// questions gives those of the messages that ask something and were not answered.
func (v *visit) questions(ctx context.Context, tx *db.Tx, letters []message.Read) ([]question, error) {
	asked := stillOpen(letters, v.now)
	answered, err := v.p.Messages.Answered(ctx, tx, ids(asked))
	if err != nil {
		return nil, err
	}
	var out []question
	for _, l := range asked {
		if _, done := answered[l.ID]; !done {
			out = append(out, question{Href: "/home/question/" + string(l.ID), Words: heading(l.Message), From: v.words.day(l.Made.In(v.zone), v.now)})
		}
	}
	return out, nil
}

// stillOpen gives the messages that ask something and are young enough.
func stillOpen(letters []message.Read, now time.Time) []message.Read {
	var out []message.Read
	for _, l := range letters {
		if l.Question() != "" && now.Sub(l.Made) < openFor {
			out = append(out, l)
		}
	}
	return out
}

// heading is what a message is called: its subject, or else its first words.
func heading(m message.Message) string {
	if m.Subject != "" {
		return m.Subject
	}
	return title(m.Body)
}

// emergency gives the number to call about gas, fire and flood, as it is written and as a telephone dials it: the
// property's own; where none is set, the public one in the United States.
func (v *visit) emergency() (shown, dialled string) {
	shown = strings.TrimSpace(v.place.Settings.EmergencyPhone)
	if shown == "" && (v.place.Country == "" || v.place.Country == "US") {
		shown = "911"
	}
	for _, r := range shown {
		if r >= '0' && r <= '9' || r == '+' {
			dialled += string(r)
		}
	}
	return shown, dialled
}

func ids(all []message.Read) []hearth.MessageID {
	out := make([]hearth.MessageID, len(all))
	for i := range all {
		out[i] = all[i].ID
	}
	return out
}
