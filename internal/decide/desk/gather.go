package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// round is one batch at the desk: what was gathered for it and what it will write.
type round struct {
	*Desk
	tx     *db.Tx
	in     []Intent
	view   Views
	waking bool
	now    time.Time

	contacts  map[hearth.ResidentID]record.Contact
	places    map[hearth.PropertyID]premises
	recent    map[hearth.ResidentID][]Said
	byAddress map[string][]Said
	ways      [][]Way                    // by intent
	devices   map[hearth.ResidentID]bool // who has a browser that may be notified; see findDevices
	care      *care.Now
	episodes  map[hearth.ResidentID]episode
	// feelingTasks are the tasks of open episodes, as looked at or made in this batch.
	feelingTasks map[hearth.TaskID]task.Task
	carriers     map[hearth.ResidentID]*carrier

	messages  []message.Message
	decisions []decision.Decision
	holds     []work.Due
	owners    *assign.Round // see team
}

// premises is what the desk needs of a property.
type premises struct {
	Place
	venue
	zip        string
	zone       *time.Location
	feeling    Feeling
	attention  record.Attention
	others     signal.Habit // when others here usually answer; In 0: not known
	othersRead bool
}

// gather reads, for a whole batch, all that the questions ask about.
func (d *Desk) gather(ctx context.Context, tx *db.Tx, in []Intent, view Views, waking bool) (*round, error) {
	r := &round{Desk: d, tx: tx, in: in, view: view, waking: waking, now: tx.Now(), places: map[hearth.PropertyID]premises{},
		feelingTasks: map[hearth.TaskID]task.Task{}, carriers: map[hearth.ResidentID]*carrier{}, care: d.inForce}
	var ids []hearth.ResidentID
	seen := map[hearth.ResidentID]bool{}
	for _, x := range in {
		if !seen[x.Resident] {
			seen[x.Resident] = true
			ids = append(ids, x.Resident)
		}
	}
	var err error
	if r.contacts, err = d.Records.Contacts(ctx, tx, ids); err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	for i := range in {
		if c, ok := r.contacts[in[i].Resident]; ok && in[i].Property == "" {
			in[i].Property = c.Property
		}
		if err := r.premises(ctx, in[i].Property); err != nil {
			return nil, err
		}
		if err := r.loadOthers(ctx, &in[i]); err != nil {
			return nil, err
		}
	}
	if r.care == nil {
		if r.care, err = d.Care.Now(ctx, tx); err != nil {
			return nil, err
		}
	}
	if err := r.loadEpisodes(ctx); err != nil {
		return nil, err
	}
	if err := r.history(ctx, ids); err != nil {
		return nil, err
	}
	return r, r.findWays(ctx)
}

func (r *round) premises(ctx context.Context, id hearth.PropertyID) error {
	if _, ok := r.places[id]; ok {
		return nil
	}
	p, err := r.Records.Property(ctx, r.tx, id)
	if err != nil {
		return fmt.Errorf("read property %s: %w", id, err)
	}
	zone, err := r.Records.Zone(ctx, r.tx, id)
	if err != nil {
		return fmt.Errorf("read the zone of property %s: %w", id, err)
	}
	s := p.Settings
	limits := s.Care.OrDefault()
	r.places[id] = premises{
		Place: Place{Name: p.Name, ZoneConfirmed: p.ZoneConfirmed, Quiet: Quiet{s.Quiet.From, s.Quiet.To},
			Budget: Budget{s.Budget.Week, s.Budget.Month, s.Budget.Day}, Surveys: Surveys(s.Surveys.OrDefault()), State: p.State, Legal: r.Consent.Hours},
		venue: venue{p.Name, p.Address, p.City, s.Voice, r.Pages}, zip: p.Zip, zone: zone, feeling: Feeling{limits.Frustration, limits.Calm}, attention: s.Attention,
	}
	return nil
}

// history reads what was said in the last 30 days to the residents of the batch, and to those who share an address with them:
// a notice goes once per address, whenever each of them is decided about.
func (r *round) history(ctx context.Context, ids []hearth.ResidentID) error {
	letters := slices.ContainsFunc(r.in, func(in Intent) bool { return in.Class == hearth.ClassLegal || in.Channel == hearth.ChannelLetter })
	sharers, err := r.Records.SharersOf(ctx, r.tx, r.contacts, letters)
	if err != nil {
		return err
	}
	ids = append(ids, sharers...)
	briefs, err := r.Messages.Recent(ctx, r.tx, ids, r.now.Add(-month))
	if err != nil {
		return fmt.Errorf("read recent messages: %w", err)
	}
	r.recent, r.byAddress = map[hearth.ResidentID][]Said{}, map[string][]Said{}
	for _, id := range ids {
		r.recent[id] = make([]Said, 0, len(briefs[id])+1) // and what is said now
		for _, b := range briefs[id] {
			r.remember(Said{ID: b.ID, Class: b.Class, Purpose: b.Purpose, ContentKey: b.ContentKey, State: string(b.State),
				At: b.At, Expires: b.Expires, AddressKey: b.AddressKey, Resident: id})
		}
	}
	return nil
}

// remember adds a message to what was said, for those of the batch that are decided after it.
func (r *round) remember(s Said) {
	for i, old := range r.recent[s.Resident] {
		if old.ID == s.ID {
			r.recent[s.Resident][i] = s
			for j, at := range r.byAddress[s.AddressKey] {
				if at.ID == s.ID {
					r.byAddress[s.AddressKey][j] = s
				}
			}
			return
		}
	}
	r.recent[s.Resident] = append(r.recent[s.Resident], s)
	if s.AddressKey != "" {
		if r.byAddress[s.AddressKey] == nil {
			r.byAddress[s.AddressKey] = make([]Said, 0, cap(r.recent[s.Resident])) // mostly one address a person
		}
		r.byAddress[s.AddressKey] = append(r.byAddress[s.AddressKey], s)
	}
}

// findWays asks the consent records about every channel of every intent at once.
func (r *round) findWays(ctx context.Context) error {
	if err := r.findDevices(ctx); err != nil {
		return err
	}
	r.ways = make([][]Way, len(r.in))
	var asks []consent.Ask
	type spot struct{ intent, way int }
	var spots []spot
	for i, in := range r.in {
		contact, ok := r.contacts[in.Resident]
		if !ok {
			continue
		}
		r.ways[i] = r.waysTo(in, contact)
		for n, w := range r.ways[i] {
			if w.Address == "" {
				continue
			}
			asks = append(asks, consent.Ask{Resident: in.Resident, Channel: w.Channel, AddressKey: w.consentKey(), Purpose: in.Purpose, Class: in.Class})
			spots = append(spots, spot{i, n})
		}
	}
	answers, err := r.Consent.Check(ctx, r.tx, asks)
	if err != nil {
		return fmt.Errorf("ask for consent: %w", err)
	}
	for n, a := range answers {
		w := &r.ways[spots[n].intent][spots[n].way]
		w.Allowed, w.Reason, w.Pending = a.Allowed, a.Reason, a.Pending
		if in := r.in[spots[n].intent]; w.Allowed && in.tried(*w) {
			w.Allowed, w.Reason = false, noOtherWay
		}
		if in := r.in[spots[n].intent]; w.Allowed && w.Channel == hearth.ChannelSMS && !in.Ready.fitsText() {
			w.Allowed, w.Reason = false, tooLongForText
		}
	}
	return nil
}

// waysTo gives the ways to a resident, the preferred one first.
func (r *round) waysTo(in Intent, c record.Contact) []Way {
	if in.To != nil {
		return r.given(in)
	}
	var out []Way
	for _, ch := range r.channels(in, c) {
		w := Way{Channel: ch}
		w.Address, w.AddressKey = r.addressOn(in, c, ch)
		out = append(out, w)
	}
	return lastResort(in, c, out)
}

// channels gives the channels to try: the intent's, the resident's own choice, then the usual order; only those that
// can deliver.
func (r *round) channels(in Intent, c record.Contact) []hearth.Channel {
	var out []hearth.Channel
	for _, ch := range append(wishes(in, c), r.Channels...) {
		can, twice := false, false
		for _, have := range r.Channels {
			can = can || have == ch && usual(ch, in, c)
		}
		for _, have := range out {
			twice = twice || have == ch
		}
		if can && !twice {
			out = append(out, ch)
		}
	}
	return unwishedLast(out, c.Prefs["avoid"])
}

// unwishedLast puts the channels that the resident does not want behind the others. It is a wish and no refusal: that
// is consent's, and what is left when no other way is open.
func unwishedLast(list []hearth.Channel, avoid string) []hearth.Channel {
	if avoid == "" {
		return list
	}
	unwished := func(ch hearth.Channel) bool {
		for x := range strings.SplitSeq(avoid, ",") {
			if strings.TrimSpace(x) == string(ch) {
				return true
			}
		}
		return false
	}
	slices.SortStableFunc(list, func(a, b hearth.Channel) int {
		switch ua, ub := unwished(a), unwished(b); {
		case ua == ub:
			return 0
		case ua:
			return 1
		}
		return -1
	})
	return list
}

// caseOf puts together what the questions may look at for one intent.
func (r *round) caseOf(ctx context.Context, i int) (*Case, error) {
	in := r.in[i]
	at := r.places[in.Property]
	c := &Case{Intent: in, Now: r.now, Zone: at.zone, Sink: r.Sink, Place: at.Place, Ways: r.ways[i]}
	contact, ok := r.contacts[in.Resident]
	if !ok {
		return c, nil
	}
	v := r.seen(in)
	status, ok := v.Text("lease.status")
	if !ok {
		status = string(contact.Standing.Status)
	}
	c.Person = Person{Known: true, Name: nameOf(contact), Home: contact.UnitLabel, Role: contact.Role, Status: status, Language: languageFor(in, contact)}
	if in.Many && !r.waking {
		c.Person.Name = "the resident" // so that the sentences about many are alike, and can be counted
	}
	c.Standing = r.standing(in, at.zone)
	c.Ways = r.unpaused(in, c.Ways, &c.Standing, at.zone)
	c.Mood, c.Rhythm = moodOf(v), rhythmOf(&in, &at, v)
	if survey(in.Purpose) {
		c.Asked = v.Asked(365)
	}
	c.Mood.Limit = at.feeling.Limit
	if in.Class.Capped() {
		var err error
		if c.Mood.Episode, err = r.episodeOf(ctx, in.Resident); err != nil {
			return nil, err
		}
	}
	c.Said = append([]Said(nil), r.recent[in.Resident]...)
	for _, s := range r.byAddress[c.best().AddressKey] {
		if s.Resident != in.Resident {
			c.Said = append(c.Said, s)
		}
	}
	if k := r.carriers[in.Resident]; k != nil && r.in[k.intent].Property == in.Property {
		c.Pressing = k.digest
	}
	return c, r.renderInto(c, i)
}

// seen gives the signals on which an intent is judged.
func (r *round) seen(in Intent) signal.View {
	if in.Seen != nil {
		return *in.Seen
	}
	return r.view(in.Resident)
}

// renderInto writes the text of a case, or what is missing for it.
func (r *round) renderInto(c *Case, i int) error {
	t, ok := r.Templates.Get(c.Intent.Template)
	if ok {
		c.Window = t.window
	}
	if c.Intent.Ready != nil {
		c.Text = c.Intent.Ready.on(c.best().Channel)
		return nil
	}
	if !ok {
		c.NoText = fmt.Sprintf("There is no template %q to write it from.", c.Intent.Template)
		return nil
	}
	var err error
	c.Text, c.Missing, err = r.Templates.Render(t.ID, c.Person.Language, c.best().Channel, r.factsOf(t, i, c.Person.Language))
	return err
}

func (r *round) factsOf(t *Template, i int, lang string) map[string]any {
	in, at := r.in[i], r.places[r.in[i].Property]
	if !t.Speaks(languageOf(lang)) {
		lang = english
	}
	contact := r.contacts[in.Resident]
	who := addressee{called: contact.Called(), first: contact.First, last: contact.Last, unit: contact.UnitLabel, building: contact.BuildingName}
	return factsFor(t, languageOf(lang), in, who, at.venue, r.seen(in), r.now, at.zone)
}

func languageFor(in Intent, c record.Contact) string {
	if in.Language != "" {
		return in.Language
	}
	return c.Language
}

func nameOf(c record.Contact) string {
	if n := c.Name(); n != "" {
		return n
	}
	return "this resident"
}
