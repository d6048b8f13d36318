package broadcast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
)

// Forecast is what the desk would do with a broadcast now.
type Forecast struct {
	People   int
	Homes    int
	Second   bool                   // a second person has to agree
	Outcomes map[string]int         // by the desk's outcomes: sent, held, merged, dropped, handed over
	Channels map[hearth.Channel]int // of those sent or held
	Segments int                    // paid parts of all text messages
	Cost     string                 // what they cost, such as "1.33 USD"; "" where nobody said what one costs
	Until    time.Time              // until when at most something is held that lets go by itself; zero: nothing is
	Left     []Left                 // who hears nothing by it, or not before a pause ends, by reason, the most frequent first; those who were named and are not meant as well
}

// Left is why some are left out.
type Left struct {
	Outcome string
	Reason  string
	Count   int
	Some    []hearth.ResidentID // at most mostSome of them
}

// asMany is how many people a look puts to the desk at once: who writes meanwhile waits for no more.
const asMany = 100

// errForetold ends a look's transactions: nothing of it stays.
var errForetold = errors.New("foretold")

// Foretell asks the desk about everybody who is meant, and takes everything back. What it says holds for this moment:
// budgets, quiet hours and consent may be others when it is sent. progress may be nil.
func (s *Service) Foretell(ctx context.Context, id string, progress func(done, of int)) (Forecast, error) {
	var b Broadcast
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		b, err = Get(ctx, tx, id)
		return err
	})
	if err != nil {
		return Forecast{}, err
	}
	people, err := s.whom(ctx, b.Property, b.Audience)
	if err != nil {
		return Forecast{}, err
	}
	f := Forecast{People: len(people), Second: len(people) > s.Over, Outcomes: map[string]int{}, Channels: map[hearth.Channel]int{}}
	homes := map[string]bool{}
	left := map[[2]string]*Left{}
	for from := 0; from < len(people); from += asMany {
		some := people[from:min(from+asMany, len(people))]
		verdicts, err := s.ask(ctx, b, some)
		if err != nil {
			return f, err
		}
		for i, v := range verdicts {
			homes[some[i].building+"/"+some[i].unit] = true
			f.count(v, some[i], left)
		}
		if progress != nil {
			progress(from+len(some), len(people))
		}
	}
	f.Homes = len(homes)
	if f.Segments > 0 && s.Cost != nil {
		f.Cost = s.Cost(f.Segments)
	}
	if f.Left, err = s.unmeant(ctx, b.Audience, people); err != nil {
		return f, err
	}
	for _, l := range left {
		f.Left = append(f.Left, *l)
	}
	sortLeft(f.Left)
	return f, nil
}

// sortLeft puts the most frequent first.
func sortLeft(all []Left) {
	slices.SortFunc(all, func(x, y Left) int {
		return cmp.Or(-cmp.Compare(x.Count, y.Count), cmp.Compare(x.Outcome, y.Outcome), cmp.Compare(x.Reason, y.Reason))
	})
}

// alike puts together those of one outcome and reason, whichever way their message took, the most frequent first.
func alike(all []Left) []Left {
	by := map[[2]string]*Left{}
	for _, l := range all {
		k := [2]string{l.Outcome, l.Reason}
		if by[k] == nil {
			by[k] = &Left{Outcome: l.Outcome, Reason: l.Reason}
		}
		by[k].Count += l.Count
		by[k].Some = append(by[k].Some, l.Some...)
	}
	out := make([]Left, 0, len(by))
	for _, l := range by {
		out = append(out, *l)
	}
	sortLeft(out)
	return out
}

// mostSome is how many of those who are left out for a reason are named.
const mostSome = 5

// add counts somebody, and names them while there is room.
func (l *Left) add(id hearth.ResidentID) {
	if l.Count++; len(l.Some) < mostSome {
		l.Some = append(l.Some, id)
	}
}

func (f *Forecast) count(v desk.Verdict, p person, left map[[2]string]*Left) {
	f.Outcomes[v.Outcome]++
	switch v.Outcome {
	case desk.Sent, desk.Held:
		f.Channels[v.Channel]++
		if v.Channel == hearth.ChannelSMS {
			f.Segments += channel.CountSegments(v.Text).Count
		}
		switch {
		case v.Until.Equal(desk.Parked()): // nobody knows when: it is told by its reason
			tellLeft(left, v, p.id)
		case v.Until.After(f.Until):
			f.Until = v.Until
		}
	case desk.Merged:
	default:
		tellLeft(left, v, p.id)
	}
}

// tellLeft counts somebody among those of the same reason.
func tellLeft(left map[[2]string]*Left, v desk.Verdict, id hearth.ResidentID) {
	k := [2]string{v.Outcome, v.Reason}
	if left[k] == nil {
		left[k] = &Left{Outcome: v.Outcome, Reason: v.Reason}
	}
	left[k].add(id)
}

// ask puts some people to the desk in a transaction of which nothing stays.
func (s *Service) ask(ctx context.Context, b Broadcast, some []person) (verdicts []desk.Verdict, err error) {
	ids := make([]hearth.ResidentID, len(some))
	for i, p := range some {
		ids[i] = p.id
	}
	err = s.DB.WriteAside(ctx, func(tx *db.Tx) error {
		views, err := s.Views(ctx, tx, ids)
		if err != nil {
			return err
		}
		if verdicts, err = s.Desk.Submit(ctx, tx, b.intents(ids), views); err != nil {
			return err
		}
		return errForetold
	})
	if errors.Is(err, errForetold) {
		return verdicts, nil
	}
	return nil, fmt.Errorf("foretell broadcast %s: %w", b.ID, err)
}

// Show writes the text as one resident would get it, for a look: the subject on the first line, what is missing in
// brackets.
func (s *Service) Show(ctx context.Context, id string, resident hearth.ResidentID, language string) (text string, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		b, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := s.Records.Resident(ctx, tx, resident); err != nil {
			return err
		}
		views, err := s.Views(ctx, tx, []hearth.ResidentID{resident})
		if err != nil {
			return err
		}
		in := b.intents([]hearth.ResidentID{resident})[0]
		in.Language = language
		text, err = s.Desk.Draft(ctx, tx, in, views)
		return err
	})
	return text, err
}

// intents are the wishes of a broadcast for some people.
func (b *Broadcast) intents(ids []hearth.ResidentID) []desk.Intent {
	out := make([]desk.Intent, len(ids))
	for i, id := range ids {
		out[i] = desk.Intent{ID: b.messageID(id), Property: b.Property, Resident: id, Topic: b.ID, Template: b.Template, Channel: b.Channel,
			Many: true,
			Why:  "Said to many at once: " + strings.TrimRight(b.Title, ".") + ".", About: b.About, Expires: b.Expires}
	}
	return out
}

// messageID names the message to one resident: put to the desk twice, it is decided once.
func (b *Broadcast) messageID(id hearth.ResidentID) hearth.MessageID {
	return hearth.MessageID(hearth.DeriveIDAt("msg_", b.Made, "broadcast", b.ID, string(id)))
}
