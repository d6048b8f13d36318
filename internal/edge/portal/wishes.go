package portal

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// wish is a question about how somebody likes things, with its answers. It is asked once: what is known is shown and can be
// changed, and is asked nowhere else.
type wish struct {
	Name    string
	Icon    string
	Answers []string // what is kept; its words are wish.NAME.N, from 1 on
}

func wishes() []wish {
	return []wish{
		{"channel", "mail", []string{string(hearth.ChannelEmail), string(hearth.ChannelSMS), string(hearth.ChannelPortal), string(hearth.ChannelCall), string(hearth.ChannelLetter)}},
		{"hours", "clock", []string{"mornings", "afternoons", "evenings"}},
		{"language", "languages", []string{"en", "es"}},
		{"access", "key-round", []string{heard.MayEnter, heard.NotAlone}},
		{"pets", "paw-print", []string{"none", "dog", "cat", "dog and cat", "other"}},
	}
}

func wishOf(name string) (wish, bool) {
	all := wishes()
	i := slices.IndexFunc(all, func(w wish) bool { return w.Name == name })
	if i < 0 {
		return wish{}, false
	}
	return all[i], true
}

// told is what is known about a wish.
type told struct {
	wish
	Value string // as it is kept, "" if nobody knows
	Words string
	From  string // where it was learned and when
}

// wishList shows how the visitor likes things, and what may be sent.
func (p *Portal) wishList(v *visit) (templ.Component, error) {
	var all []told
	stopped := false
	err := v.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if all, err = v.told(ctx, tx); err != nil {
			return err
		}
		stopped, err = v.stopped(ctx, tx)
		return err
	})
	return wishesPage(v, all, stopped), err
}

// told gives what is known about each wish.
func (v *visit) told(ctx context.Context, tx *db.Tx) ([]told, error) {
	prefs, err := v.p.Records.PersonPreferences(ctx, tx, v.person)
	if err != nil {
		return nil, err
	}
	var out []told
	for _, w := range wishes() {
		t := told{wish: w}
		for _, pr := range prefs {
			if pr.Name == w.Name {
				t.Value, t.Words, t.From = pr.Value, v.answer(w, pr.Value), v.from(pr.Source, pr.At)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// answer says a value in the visitor's words, or as it is kept where it is none of ours.
func (v *visit) answer(w wish, value string) string {
	if i := slices.Index(w.Answers, value); i >= 0 {
		return v.T("wish." + w.Name + "." + string(rune('1'+i)))
	}
	return value
}

// from says where something was learned, and when.
func (v *visit) from(src string, at time.Time) string {
	day := v.words.day(at.In(v.zone), v.now)
	if src == source {
		return v.T("known.from-you", "day", day)
	}
	if strings.HasPrefix(src, "hearth/") { // noted down here, at a task or from what they wrote
		return v.T("known.from-team", "day", day)
	}
	return v.T("known.from", "source", src, "day", day)
}

// askWish asks one question.
func (p *Portal) askWish(v *visit) (templ.Component, error) {
	w, ok := wishOf(v.PathValue("name"))
	if !ok {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no such question.")
	}
	var t told
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		all, err := v.told(ctx, tx)
		for _, one := range all {
			if one.Name == w.Name {
				t = one
			}
		}
		return err
	})
	return wishPage(v, t), err
}

// keepWish keeps the answer; "I'm not sure" takes it back.
func (p *Portal) keepWish(v *visit) (string, error) {
	w, ok := wishOf(v.PathValue("name"))
	value := v.field("value")
	if !ok || value != "" && !slices.Contains(w.Answers, value) {
		return "", hearth.Errorf(hearth.CodeInvalid, "This is no answer to the question.")
	}
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := p.Records.PutPreference(ctx, tx, v.news(""), record.Preference{Resident: v.who.ID, Name: w.Name, Value: value})
		return err
	})
	return "/home/wishes", err
}

// stopped tells whether the visitor wants nothing that they can do without.
func (v *visit) stopped(ctx context.Context, tx *db.Tx) (bool, error) {
	answers, err := v.p.Consent.Check(ctx, tx, []consent.Ask{{Resident: v.who.ID, Channel: hearth.ChannelPortal, Purpose: consent.Discretionary, Class: hearth.ClassRelation}})
	if err != nil {
		return false, err
	}
	return !answers[0].Allowed, nil
}

// stopMessages ends what somebody can do without, on every channel, with one tap.
func (p *Portal) stopMessages(v *visit) (string, error) { return p.consentTo(v, false) }

// startMessages allows it again.
func (p *Portal) startMessages(v *visit) (string, error) { return p.consentTo(v, true) }

func (p *Portal) consentTo(v *visit, yes bool) (string, error) {
	g := consent.Grant{Purpose: consent.Discretionary, Allowed: yes, Resident: v.who.ID, Property: v.who.Property, Source: source,
		Evidence: "the button in their pages", Actor: v.actor()}
	if yes {
		g.Reason = "They asked for it in their pages."
	}
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		return p.Consent.SetAll(ctx, tx, g, consent.Reach{Email: v.who.EmailKey, Phone: v.who.PhoneKey})
	})
	return "/home/wishes#messages", err
}

// fact is one thing that is known of the visitor.
type fact struct{ Name, Value, From string }

// known shows what is known of the visitor, where it came from, and who may see it.
func (p *Portal) knownFacts(v *visit) (templ.Component, error) {
	var out []fact
	var keys keyRing
	add := func(key, value, from string) {
		if value != "" {
			out = append(out, fact{v.T(key), value, from})
		}
	}
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		lease, err := p.Records.LeaseOf(ctx, tx, v.who.ID)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		rented := v.T("known.records")
		add("known.name", v.who.Name(), rented)
		add("known.called", v.who.Preferred, rented)
		add("known.email", v.who.Email, rented)
		add("known.phone", record.PhoneWords(v.who.Phone), rented)
		add("known.home", v.who.UnitLabel, rented)
		if lease.MoveIn != 0 {
			add("known.since", v.words.day(lease.MoveIn.Start(v.zone), v.now), rented)
		}
		all, err := v.told(ctx, tx)
		for _, t := range all {
			if t.Value != "" {
				out = append(out, fact{v.T("wish." + t.Name), t.Words, t.From})
			}
		}
		if err != nil {
			return err
		}
		keys, err = v.keys(ctx, tx)
		return err
	})
	return knownPage(v, out, keys), err
}
