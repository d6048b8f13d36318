package consent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Refusal is one no that is in force, whichever way it was said: a STOP to a text, the link under a mail, a button in their pages, a word to the
// team, a complaint to a mail service. A dead address is none: nobody said it.
type Refusal struct {
	Channels   []hearth.Channel  // one word can be about several
	AddressKey string            // "" where it is about no address, or several
	Resident   hearth.ResidentID // who said it; "" where nobody knows
	Scope      string            // "" everything on the channel, Discretionary, or a purpose
	Reason     string            // of a stop: ReasonStop and its like, or in words; "" of a word
	Said       string            // their own words, where they were kept
	Evidence   string
	Source     string
	Actor      hearth.Actor
	At         time.Time
	Due        time.Time           // by when a person has to have read it; zero: nothing to read
	People     []hearth.ResidentID // who is bound by it: whoever has the address
}

// SourceMail is the source of a word that was written by e-mail.
const SourceMail = "email"

// Pending tells whether a person has still to read what was meant.
func (r Refusal) Pending() bool { return r.Reason == ReasonPending }

// Refused tells whether a no to a purpose on an address is in force, and nothing was allowed there again since. A stop of the address is another
// thing: it may be lifted, and a word that was said meanwhile has to count then.
func (s *Store) Refused(ctx context.Context, tx *db.Tx, a Ask) (bool, error) {
	at := key(a.AddressKey, a.Resident)
	found, err := readWords(ctx, tx, []string{at})
	if err != nil {
		return false, err
	}
	words := found[addressOf{a.Channel, at}]
	no, has := words[a.Purpose]
	if !has || no.allowed {
		return false, nil
	}
	for _, w := range words {
		if w.allowed && w.at.After(no.at) {
			return false, nil
		}
	}
	return true, nil
}

const selectNos = `SELECT channel, address_key, purpose, resident, source, evidence, actor, at FROM consents WHERE org = $1 AND allowed = 0 AND `

// refusalPage bounds how many addresses one statement asks about.
const refusalPage = 500

// Refusals gives every no that binds residents of a property, over all channels, newest first.
func (s *Store) Refusals(ctx context.Context, tx *db.Tx, records *record.Store, property hearth.PropertyID) ([]Refusal, error) {
	ids, err := records.ResidentsAt(ctx, tx, property)
	if err != nil {
		return nil, fmt.Errorf("list what residents of %s refused: %w", property, err)
	}
	var out []Refusal
	shared := map[string][]hearth.ResidentID{} // by address
	for some := range slices.Chunk(ids, refusalPage) {
		people, err := records.KeysOf(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			for _, key := range []string{string(id), people[id].Email, people[id].Phone} {
				if key != "" {
					shared[key] = append(shared[key], id)
				}
			}
		}
	}
	keys := make([]string, 0, len(shared))
	for key := range shared {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for some := range slices.Chunk(keys, refusalPage) {
		found, err := s.refused(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	for i := range out {
		out[i].People = shared[out[i].AddressKey]
	}
	out = asOneWord(out)
	newestFirst(out)
	return out, nil
}

// refused gives the stops and the words of no about some addresses.
func (s *Store) refused(ctx context.Context, tx *db.Tx, keys []string) ([]Refusal, error) {
	clause, arg := tx.In("address_key", 2, keys)
	out, err := nos(tx.Query(ctx, selectNos+clause, tx.Org(), arg))
	if err != nil {
		return nil, err
	}
	stopped, err := s.StopsOf(ctx, tx, keys...)
	if err != nil {
		return nil, err
	}
	wishes, err := s.RevocationsOf(ctx, tx, keys...)
	if err != nil {
		return nil, err
	}
	for _, x := range stopped {
		if x.Reason == ReasonBounce {
			continue
		}
		if x.Reason == ReasonStop { // the word that stands beside a STOP says the same
			out = slices.DeleteFunc(out, func(r Refusal) bool {
				return r.Scope == "" && r.Channels[0] == x.Channel && r.AddressKey == x.AddressKey
			})
		}
		r := Refusal{Channels: []hearth.Channel{x.Channel}, AddressKey: x.AddressKey, Reason: x.Reason, Evidence: x.Evidence, Actor: x.Actor, At: x.At}
		told, err := s.StopHistory(ctx, tx, x.Channel, x.AddressKey)
		if err != nil {
			return nil, err
		}
		if len(told) > 0 {
			r.Source, r.Said = told[0].Source, told[0].Note
		}
		for _, w := range wishes {
			if w.ID == x.Evidence {
				r.Said, r.At = w.Words, w.Received
				if w.State == RevocationOpen {
					r.Due = w.Due
				}
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func nos(rows *db.Rows, err error) ([]Refusal, error) {
	if err != nil {
		return nil, fmt.Errorf("list what was refused: %w", err)
	}
	defer rows.Close()
	var out []Refusal
	for rows.Next() {
		var r Refusal
		var ch hearth.Channel
		var actor string
		if err := rows.Scan(&ch, &r.AddressKey, &r.Scope, &r.Resident, &r.Source, &r.Evidence, &actor, &r.At); err != nil {
			return nil, fmt.Errorf("list what was refused: %w", err)
		}
		r.Channels, r.Actor = []hearth.Channel{ch}, hearth.ParseActor(actor)
		if r.ToTeam() {
			r.Said = r.Evidence
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// asOneWord makes one line of what was said once about several channels, and sorts the newest first.
func asOneWord(all []Refusal) []Refusal {
	slices.SortStableFunc(all, func(a, b Refusal) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		if c := strings.Compare(a.Scope, b.Scope); c != 0 {
			return c
		}
		return strings.Compare(string(a.Channels[0]), string(b.Channels[0]))
	})
	var out []Refusal
	for _, r := range all {
		i := len(out) - 1
		for i >= 0 && out[i].At.Equal(r.At) && !r.sameWord(out[i]) { // they stand beside each other
			i--
		}
		if i < 0 || !out[i].At.Equal(r.At) {
			out = append(out, r)
			continue
		}
		x := &out[i]
		x.Channels = append(x.Channels, r.Channels...)
		if x.AddressKey != r.AddressKey {
			x.AddressKey = ""
		}
		for _, id := range r.People {
			if !slices.Contains(x.People, id) {
				x.People = append(x.People, id)
			}
		}
	}
	return out
}

// sameWord tells whether two were said in one breath by the same person, of words and not of stops: each stop is lifted by itself.
func (r Refusal) sameWord(x Refusal) bool {
	return r.Reason == "" && x.Reason == "" && r.At.Equal(x.At) && r.Scope == x.Scope && r.Actor == x.Actor && r.Resident == x.Resident && r.Source == x.Source && r.Evidence == x.Evidence
}

// ScopeWords says what a no is about.
func (r Refusal) ScopeWords() string {
	switch r.Scope {
	case "":
		return "Everything"
	case Discretionary:
		return "What they can do without"
	}
	return "Messages about " + r.Scope
}

// HowWords says how it was told.
func (r Refusal) HowWords() string {
	switch r.Reason {
	case ReasonStop:
		return "They answered STOP"
	case ReasonComplaint:
		return "They marked a message as unwanted"
	case ReasonPending:
		return "They may have asked to stop"
	case "":
		switch r.Source {
		case "unsubscribe link":
			return "They followed the link under a mail"
		case "sms":
			return "They wrote so by text"
		case SourceMail, "hearth/decide/inbox": // so it was called before
			return "They wrote so by e-mail"
		}
		if r.ToTeam() {
			return "They " + r.Source
		}
		if strings.Contains(r.Source, "portal") {
			return "They said so in their pages"
		}
		return "They said so: " + r.Source
	}
	return strings.ToUpper(r.Reason[:1]) + r.Reason[1:]
}
