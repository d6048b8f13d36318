package proposal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// Keep makes a preference of what was heard, with its source and the time when it was said, for the resident under whom
// the person is seen. Keeping it again changes nothing. It fails with CodeConflict for what was declined or overtaken.
func (s *Store) Keep(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (Proposal, error) {
	p, err := s.Proposal(ctx, tx, id)
	if err != nil || p.State == Kept {
		return p, err
	}
	if p.State != Open {
		return p, hearth.Errorf(hearth.CodeConflict, "This was %s already. Record the preference itself if it holds after all.", p.State)
	}
	person, err := s.Records.PersonOf(ctx, tx, p.Resident)
	if err != nil {
		return p, err
	}
	if err := s.write(ctx, tx, actor, p, person); err != nil {
		return p, fmt.Errorf("keep what %s said: %w", p.Resident, err)
	}
	if err := settle(ctx, tx, &p, Kept, actor); err != nil {
		return p, err
	}
	others, err := s.Of(ctx, tx, person)
	if err != nil {
		return p, err
	}
	for _, o := range others {
		if o.State == Open && o.Kind == p.Kind && (!p.Kind.Many() || same(o.Value, p.Value)) {
			if err := settle(ctx, tx, &o, Replaced, actor); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// Decline keeps who declined it and when, and has it not proposed again. Declining it again changes nothing. It fails with
// CodeConflict for what was kept or overtaken.
func (s *Store) Decline(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (Proposal, error) {
	p, err := s.Proposal(ctx, tx, id)
	if err != nil || p.State == Declined {
		return p, err
	}
	if p.State != Open {
		return p, hearth.Errorf(hearth.CodeConflict, "This was %s already. Change the preference itself to take it back.", p.State)
	}
	return p, settle(ctx, tx, &p, Declined, actor)
}

// write brings a proposal into the record.
func (s *Store) write(ctx context.Context, tx *db.Tx, actor hearth.Actor, p Proposal, person []hearth.ResidentID) error {
	have, err := s.preference(ctx, tx, person, p.Kind)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]string{"heard": p.ID})
	if err != nil {
		return fmt.Errorf("encode data: %w", err)
	}
	news := record.News{Source: Source, Actor: actor, Cause: p.ID + p.Made.String(), Data: data}
	at := p.Said
	if have.At.After(at) {
		at = tx.Now() // a person says that it holds, although something else was learned since
	}
	value := joined(have.Value, p)
	if _, err := s.Records.PutPreference(ctx, tx, news, record.Preference{Resident: person[0], Name: string(p.Kind), Value: value, Source: Source, At: at}); err != nil {
		return err
	}
	switch {
	case p.Kind == heard.Name && !p.Ended:
		_, err = s.Records.PutDetail(ctx, tx, news, person[0], "preferred_name", p.Value)
	case p.Kind == heard.Language && !p.Ended:
		_, err = s.Records.PutDetail(ctx, tx, news, person[0], "language", p.Value)
	}
	return err
}

// Source is who says so, in the events and preferences that come from here.
const Source = "hearth/sense/heard"

// preference gives what is on record of a kind, over all residents that the person is.
func (s *Store) preference(ctx context.Context, tx *db.Tx, person []hearth.ResidentID, k heard.Kind) (record.Preference, error) {
	all, err := s.Records.PersonPreferences(ctx, tx, person)
	i := slices.IndexFunc(all, func(p record.Preference) bool { return p.Name == string(k) })
	if err != nil || i < 0 {
		return record.Preference{}, err
	}
	return all[i], nil
}

// joined gives what the preference becomes. Of kinds that stand beside each other the new one takes its own place only.
func joined(have string, p Proposal) string {
	if !p.Kind.Many() {
		if p.Ended {
			return ""
		}
		return p.Value
	}
	var list []string
	for _, x := range split(have) {
		if !same(x, p.Value) {
			list = append(list, x)
		}
	}
	if !p.Ended {
		list = append(list, p.Value)
	}
	return strings.Join(list, ", ")
}

func split(have string) []string {
	var out []string
	for x := range strings.SplitSeq(have, ",") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}

// same tells whether two values of a kind that stands beside others are about one thing: "a cat" and "2 cats" are.
func same(a, b string) bool { return thing(a) == thing(b) }

func thing(value string) string {
	words := strings.Fields(strings.ToLower(value))
	if len(words) == 0 {
		return ""
	}
	last := words[len(words)-1]
	if len(words) > 1 && words[len(words)-2] == "guinea" {
		last = "guinea " + last
	}
	if last == "sms" {
		return last
	}
	return strings.TrimSuffix(last, "s")
}

// holds tells whether the record says it already.
func holds(have string, f heard.Fact) bool {
	if f.Kind == heard.Access { // with what else was said
		have, _, _ = strings.Cut(have, ",")
	}
	if !f.Kind.Many() {
		return strings.EqualFold(have, f.Value)
	}
	for _, x := range split(have) {
		if same(x, f.Value) && (strings.EqualFold(x, f.Value) || f.Ended || f.Value == thing(f.Value)) {
			return true
		}
	}
	return false
}
