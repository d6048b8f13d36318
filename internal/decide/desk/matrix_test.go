package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// This file asks the desk about every combination of class, channel, consent, what was said lately and hour of the day, over
// real records on both databases, and holds its answers to the rules as they are written down in the documents: rules says
// them once more, in its own words and without a call into the desk.

// words is what a resident has said about a channel, or what happened to the address.
type words string

const (
	silence   words = "nobody said anything"
	yes       words = "yes to the channel"
	yesOffers words = "yes to the channel, and to these offers"
	no        words = "no to the channel"
	onlyNeeds words = "yes to the channel, no to what they can do without"
	stop      words = "the address is stopped"
	unread    words = "they may have asked to stop"
)

// lately is what a resident was told before.
type lately string

const (
	nothing   lately = "nothing"
	twoWeek   lately = "two discretionary messages in the last seven days"
	fiveMonth lately = "five discretionary messages in the last thirty days"
	threeDay  lately = "three service messages today"
	both      lately = "two discretionary messages in seven days, three service messages today"
)

// cell is one combination; each is a resident of their own.
type cell struct {
	class hearth.Class
	ch    hearth.Channel
	words words
	told  lately
}

func (c cell) String() string {
	return fmt.Sprintf("%s by %s; %s; told lately: %s", c.class, c.ch, c.words, c.told)
}

// rules gives the outcome that the documents want for a combination at an hour of a Wednesday in Florida, and which of the
// six questions ends it (0: it is sent).
func rules(c cell, local time.Time) (outcome string, question int) {
	discretionary := c.class == "relation" || c.class == "promotion"
	switch mayBeTold(c) {
	case "later":
		return Held, 1
	case "no":
		if discretionary {
			return Dropped, 1
		}
		return HandedOver, 1 // what they have to know a person tells them
	}
	// The fatigue budget: two in seven days and five in thirty of class relation and promotion; three a day of service, relation
	// and promotion. The others are counted and never capped.
	if discretionary && (c.told == twoWeek || c.told == both || c.told == fiveMonth) {
		return Held, 5
	}
	if (discretionary || c.class == "service") && (c.told == threeDay || c.told == both) {
		return Held, 5
	}
	// Quiet hours, and for texts the hours of the state, bind all but answer and safety.
	if c.class != "answer" && c.class != "safety" && !mayBeDisturbed(local, c.ch) {
		return Held, 6
	}
	return Sent, 0
}

// mayBeTold is the law of consent: "yes", "no", or "later" while a person has still to read what somebody wrote.
func mayBeTold(c cell) string {
	needed := c.class == "answer" || c.class == "safety" || c.class == "legal"
	switch {
	case c.words == stop:
		return "no"
	case c.words == unread:
		return "later"
	case c.ch == hearth.ChannelEmail && needed:
		return "yes" // nobody can refuse what they asked for, what is dangerous, or what the law wants said
	case c.words == no:
		return "no"
	case c.words == onlyNeeds && (c.class == "relation" || c.class == "promotion"):
		return "no"
	case c.ch == hearth.ChannelSMS && c.words == silence:
		return "no" // a text needs a yes
	case c.ch == hearth.ChannelSMS && c.class == "promotion" && c.words != yesOffers:
		return "no" // and an offer by text a yes of its own
	}
	return "yes"
}

// cells gives every combination.
func cells() []cell {
	var all []cell
	for _, class := range []hearth.Class{"answer", "safety", "legal", "promise", "service", "relation", "promotion"} {
		for _, ch := range []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS} {
			for _, w := range []words{silence, yes, yesOffers, no, onlyNeeds, stop, unread} {
				for _, told := range []lately{nothing, twoWeek, fiveMonth, threeDay, both} {
					all = append(all, cell{class, ch, w, told})
				}
			}
		}
	}
	return all
}

// every gives each n-th combination.
func every(n int, all []cell) (some []cell) {
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// purpose is what all messages of the matrix are for.
const purpose = "matrix.news"

// fill moves a resident in for each combination, with what they said and what they were told.
func fill(t *testing.T, h *house, all []cell, midnight time.Time) []hearth.ResidentID {
	t.Helper()
	ids := make([]hearth.ResidentID, len(all))
	var told []message.Message
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := h.desk.Records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Palm Row", State: "FL", Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		h.oak = p.ID
		for i, c := range all {
			m := record.Member{Resident: record.Resident{First: "Person", Last: fmt.Sprint(i), Role: hearth.MemberLeaseholder}}
			m.Email, m.Phone = fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("+1305555%04d", i)
			key := m.Phone
			if c.ch == hearth.ChannelEmail {
				m.Phone, key = "", m.Email
			} else {
				m.Email = ""
			}
			res, err := h.desk.Records.PutHome(ctx, tx, record.News{}, record.Home{Property: p.ID, Unit: record.Unit{Label: fmt.Sprint(1000 + i)}, Members: []record.Member{m}})
			if err != nil {
				return err
			}
			ids[i] = res.Members[0].ID
			if err := say(ctx, tx, h.desk.Consent, c, key, ids[i]); err != nil {
				return err
			}
			told = append(told, before(c, i, ids[i], p.ID, midnight)...)
		}
		return nil
	})
	slices.SortStableFunc(told, func(a, b message.Message) int { return a.Made.Compare(b.Made) })
	for len(told) > 0 { // each on its day
		n := 1
		for n < len(told) && told[n].Made.Equal(told[0].Made) {
			n++
		}
		h.clock.Set(told[0].Made)
		h.write(func(ctx context.Context, tx *db.Tx) error { return h.desk.Messages.Insert(ctx, tx, told[:n]) })
		told = told[n:]
	}
	return ids
}

// say records what a resident said.
func say(ctx context.Context, tx *db.Tx, s *consent.Store, c cell, key string, id hearth.ResidentID) error {
	word := func(purpose string, allowed bool) error {
		return s.Set(ctx, tx, consent.Grant{Channel: c.ch, AddressKey: key, Purpose: purpose, Allowed: allowed, Resident: id, Source: "test"})
	}
	switch c.words {
	case yes:
		return word("", true)
	case yesOffers:
		return errors.Join(word("", true), word(purpose, true))
	case no:
		return word("", false)
	case onlyNeeds:
		return errors.Join(word("", true), word(consent.Discretionary, false))
	case stop:
		return s.Suppress(ctx, tx, c.ch, key, consent.ReasonStop)
	case unread:
		return s.Suppress(ctx, tx, c.ch, key, consent.ReasonPending)
	}
	return nil
}

// before gives the messages that a resident got before the day, or at its first moment.
func before(c cell, i int, id hearth.ResidentID, p hearth.PropertyID, midnight time.Time) []message.Message {
	var out []message.Message
	address := fmt.Sprintf("p%d@elsewhere.example", i) // the budget counts over all ways
	add := func(class hearth.Class, daysAgo ...int) {
		for _, d := range daysAgo {
			at := midnight.Add(-time.Duration(d) * 24 * time.Hour)
			out = append(out, message.Message{ID: hearth.MessageID(fmt.Sprintf("msg_b%dx%d", i, len(out))), Property: p, Resident: id, Direction: message.Out,
				State: message.Queued, Class: class, Purpose: fmt.Sprint("other.", len(out)), Channel: hearth.ChannelEmail, Address: address, AddressKey: address, Made: at, At: at, Expires: at.Add(time.Hour)})
		}
	}
	switch c.told {
	case twoWeek:
		add(hearth.ClassRelation, 2, 4)
	case fiveMonth:
		add(hearth.ClassPromotion, 9, 13, 17, 22, 27)
	case threeDay:
		add(hearth.ClassService, 0, 0, 0)
	case both:
		add(hearth.ClassRelation, 2, 4)
		add(hearth.ClassService, 0, 0, 0)
	}
	return out
}

var errTakeBack = errors.New("taken back")

func TestEveryCombinationIsAnsweredAsTheRulesSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		h := newHouse(t, d, clock)
		legal, err := consent.ShippedHours()
		if err != nil {
			t.Fatal(err)
		}
		h.desk.Consent.Hours = legal
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		midnight := at("2026-06-10 00:00 -0400") // a Wednesday
		all := cells()
		if d.Dialect() == db.Postgres {
			all = every(6, all) // the rules are the same code; what may differ is what is read
		}
		ids := fill(t, h, all, midnight)
		outcomes := map[string]int{}
		for half := 1; half < 48; half += 2 {
			h.clock.Set(midnight.Add(time.Duration(half) * 30 * time.Minute))
			for i, v := range tryOut(t, h, all, ids) {
				local := h.clock.Now().In(h.zone)
				outcome, question := rules(all[i], local)
				if v.Outcome != outcome || v.Question != question {
					t.Errorf("%s, at %s: %s by question %d (%s), want %s by question %d", all[i], local.Format("15:04"), v.Outcome, v.Question, v.Reason, outcome, question)
				}
				if v.Outcome == Held && v.Question != 1 && !mayBeDisturbed(v.Until.In(h.zone), all[i].ch) {
					t.Errorf("%s, at %s: comes back at %s", all[i], local.Format("15:04"), v.Until.In(h.zone))
				}
				if !strings.HasSuffix(v.Reason, ".") {
					t.Errorf("%s: the reason %q is no sentence", all[i], v.Reason)
				}
				outcomes[fmt.Sprintf("%s by %d", v.Outcome, v.Question)]++
			}
		}
		want := []string{"dropped by 1", "handed over by 1", "held by 1", "held by 5", "held by 6", "sent by 0"}
		if got := slices.Sorted(maps.Keys(outcomes)); !slices.Equal(got, want) {
			t.Errorf("the answers were %v, want each of %v", outcomes, want)
		}
		t.Logf("%d combinations at 24 hours: %v", len(all), outcomes)
	})
}

// tryOut puts one message to each resident and takes everything back, so that the next hour finds the same day.
func tryOut(t *testing.T, h *house, all []cell, ids []hearth.ResidentID) []Verdict {
	t.Helper()
	in := make([]Intent, len(all))
	for i, c := range all {
		in[i] = Intent{ID: hearth.MessageID(fmt.Sprintf("msg_m%d", i)), Property: h.oak, Resident: ids[i], Class: c.class, Purpose: purpose, Channel: c.ch, Many: true,
			Ready: &Rendered{Template: "service-closed", Subject: "News", Body: "News.", ContentKey: fmt.Sprint("news ", i)}}
	}
	var verdicts []Verdict
	none := signal.NewView(&signal.State{}, h.clock.Now(), h.zone)
	err := h.db.Write(context.Background(), func(tx *db.Tx) (err error) {
		if verdicts, err = h.desk.Submit(context.Background(), tx, in, func(hearth.ResidentID) signal.View { return none }); err != nil {
			return err
		}
		return errTakeBack
	})
	if !errors.Is(err, errTakeBack) {
		t.Fatal(err)
	}
	return verdicts
}

// TestFourSourcesSayItOnce has the same thing asked for by two playbooks, a broadcast and a person of the team: at once, one
// after another, and in every order of coming.
func TestFourSourcesSayItOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		sources := []Intent{{Playbook: "package-waiting", Run: "run_1"}, {Playbook: "parcel", Run: "run_2"}, {Many: true, Why: "A broadcast."}, {Why: "Pat asked for it."}}
		n := 0
		for _, together := range []bool{true, false} {
			for first := range sources {
				n++
				text := Rendered{Template: "service-closed", Subject: "Here", Body: fmt.Sprint("Package ", n, " is here."), ContentKey: fmt.Sprint("package ", n)}
				var in []Intent
				for k := range sources {
					x := sources[(first+k)%len(sources)]
					x.ID = hearth.MessageID(fmt.Sprintf("msg_s%dx%d", n, k))
					x.Property, x.Resident, x.Class, x.Purpose, x.Ready = h.oak, h.cleo, hearth.ClassService, "package.arrived", &text
					in = append(in, x)
				}
				var got []Verdict
				if together {
					got = h.submit(in...)
				} else {
					for _, x := range in {
						h.clock.Advance(time.Minute)
						got = append(got, h.submit(x)...)
					}
				}
				count := map[string]int{}
				for _, v := range got {
					count[v.Outcome]++
				}
				if count[Sent] != 1 || count[Dropped] != 3 {
					t.Errorf("together %v, from source %d on: %v, want one sent and three dropped", together, first, count)
				}
				h.clock.Advance(24 * time.Hour)
			}
		}
	})
}
