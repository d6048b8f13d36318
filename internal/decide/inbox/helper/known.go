package helper

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// known is what has to be hidden, and what the resident wrote last.
type known struct {
	secrets []secret
	heard   string
}

func (k *known) hide(words ...string) {
	for _, w := range words {
		k.secrets = append(k.secrets, secret{words: w})
	}
}

func (k *known) name(words ...string) {
	for _, w := range words {
		k.secrets = append(k.secrets, secret{words: w, name: true})
	}
}

func (k *known) close(words ...string) {
	for _, w := range words {
		k.secrets = append(k.secrets, secret{words: w, closed: true})
	}
}

// known reads what has to be hidden about whom a text goes to.
func (h *Helper) known(ctx context.Context, a Ask) (known, error) {
	var k known
	err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		k = known{}
		at := a.Property
		if a.Resident != "" {
			if at, err = h.resident(ctx, tx, a, &k); err != nil {
				return err
			}
		}
		if at == "" {
			return nil
		}
		p, err := h.Records.Property(ctx, tx, at)
		if err != nil {
			return err
		}
		k.name(p.Name)
		k.hide(p.Address, p.Zip)
		team, err := h.Records.AllStaff(ctx, tx)
		for _, m := range team {
			k.name(m.Name)
			k.name(strings.Fields(m.Name)...)
			k.hide(m.Email, m.Phone)
		}
		return err
	})
	return k, err
}

// resident adds what has to be hidden about a resident: of all under whom the person is on record. It gives where they live.
func (h *Helper) resident(ctx context.Context, tx *db.Tx, a Ask, k *known) (hearth.PropertyID, error) {
	person, err := h.Records.PersonOf(ctx, tx, a.Resident)
	if err != nil {
		return "", err
	}
	all, err := h.Records.Contacts(ctx, tx, person)
	if err != nil {
		return "", err
	}
	asked, ok := all[a.Resident]
	if !ok {
		return "", hearth.Errorf(hearth.CodeNotFound, "There is no such resident.")
	}
	for _, id := range person {
		who, ok := all[id]
		if !ok {
			continue
		}
		if err := h.atHome(ctx, tx, who, k); err != nil {
			return "", err
		}
	}
	if err := h.closed(ctx, tx, k); err != nil {
		return "", err
	}
	if a.Do == Draft && a.Talk != "" {
		return asked.Property, h.heard(ctx, tx, a.Talk, person, k)
	}
	return asked.Property, nil
}

// atHome adds who a resident and those at home are, and what is sealed about them.
func (h *Helper) atHome(ctx context.Context, tx *db.Tx, who record.Contact, k *known) error {
	k.secrets = append(k.secrets, secret{words: who.UnitLabel, home: true})
	k.name(who.BuildingName)
	k.hide(who.Email, who.Phone)
	home := []record.Resident{who.Resident}
	if who.Household != "" {
		more, err := h.Records.Household(ctx, tx, who.Household)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		home = append(home, more.Members...)
	}
	for _, m := range home {
		k.secrets = append(k.secrets, namesOf(m)...)
		k.hide(m.Email, m.Phone)
		sealed, err := h.Care.Sealed(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		for _, words := range sealed {
			for _, part := range sentences(words) {
				if size(part) >= sentence {
					k.close(part)
				}
			}
		}
	}
	return nil
}

// closed adds what is hidden for everybody alike, so that nobody can tell by it about whom something closed is known: what situations are
// called, and what playbooks about which only some are told say in their tasks.
func (h *Helper) closed(ctx context.Context, tx *db.Tx, k *known) error {
	for _, kind := range care.Kinds() {
		k.close(string(kind))
	}
	stored, err := playbook.Versions(ctx, tx)
	if err != nil {
		return err
	}
	words, drafts := playbook.ClosedTexts(stored)
	for _, id := range drafts {
		t, err := h.Inbox.Desk.Template(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue // no task can be drafted from it
		}
		if err != nil {
			return err
		}
		words = append(words, textsOf(t)...)
	}
	for _, text := range words {
		k.close(sentences(text)...)
	}
	return nil
}

// textsOf gives what a template says in all languages, cut where facts are put in.
func textsOf(t *desk.Template) []string {
	facts := regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`)
	var out []string
	for _, w := range t.Languages {
		for _, text := range []string{w.Subject, w.Body, w.Short} {
			for _, part := range facts.Split(text, -1) {
				if size(part) >= sentence {
					out = append(out, part)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// heard adds what the resident wrote last in a conversation that is with them.
func (h *Helper) heard(ctx context.Context, tx *db.Tx, talk string, person []hearth.ResidentID, k *known) error {
	t, err := h.Inbox.Thread(ctx, tx, talk)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if !slices.Contains(person, t.Who.ID) {
		return hearth.FieldErrorf("conversation", "This conversation is with somebody else.")
	}
	for _, m := range t.Messages { // the newest first
		if m.Direction == message.In && m.Purpose != message.PurposeAutomatic {
			k.heard = m.Body
			if len(k.heard) > maxText/2 {
				k.heard = strings.ToValidUTF8(k.heard[:maxText/2], "")
			}
			return nil
		}
	}
	return nil
}
