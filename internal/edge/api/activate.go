package api

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// activationItem is what switching a playbook on did, or would do.
type activationItem struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version"`
	Added    bool              `json:"added" doc:"false: this very text is active already."`
	DryRun   bool              `json:"dry_run,omitempty" doc:"It was only looked at."`
	Inside   []personItem      `json:"inside" nullable:"false" doc:"Who is inside the standing condition now. Without include_a_day they do not start."`
	Included int               `json:"included" doc:"How many of them start, at the chosen pace; who had it before does not."`
	LastOn   *time.Time        `json:"last_on,omitempty" doc:"When the last of them starts."`
	Warnings []string          `json:"warnings" nullable:"false"`
	Hints    []playbook.Hint   `json:"hints" nullable:"false" doc:"What may not be meant, alone and beside the others that are on."`
}

func (a *API) addActivate() {
	const tag = "Playbooks"
	add(a, about{http.MethodPost, "/playbooks/{id}/activate", tag, "activate-playbook", "Switch a playbook on",
		"The shipped one of this id, or the text that is given. Those inside its condition already are listed, and start only at the pace that is chosen. " +
			"The same text again changes nothing; another text becomes a new version. Ask with dry_run first. Where a property asks for a second person, a text that is not " +
			"shipped must be what somebody else has drafted.", account.ScopeAdmin}, a.activate)
	add(a, about{http.MethodPost, "/playbooks/{id}/retire", tag, "retire-playbook", "Switch a playbook off",
		"Nothing new starts; runs under way go on to their own end. A pause stops those as well. Retiring it again changes nothing.", account.ScopeAdmin}, a.retire)
}

func (a *API) activate(ctx context.Context, in *struct {
	PlaybookPath
	Body *struct {
		Text        string `json:"text,omitempty" maxLength:"65536" doc:"The playbook as YAML, whose id is the one in the path; the shipped one if left out."`
		IncludeADay int    `json:"include_a_day,omitempty" minimum:"0" maximum:"100000" doc:"Start those who are inside the condition already, so many a day; 0: they are only listed."`
		DryRun      bool   `json:"dry_run,omitempty" doc:"Only say what would happen."`
	} `required:"false"`
}) (*one[activationItem], error) {
	text, aDay, dry := a.Library[in.ID], 0, false
	if in.Body != nil {
		aDay, dry = in.Body.IncludeADay, in.Body.DryRun
		if in.Body.Text != "" {
			text = []byte(in.Body.Text)
		}
	}
	if text == nil {
		return nil, hearth.Errorf(hearth.CodeNotFound, "No playbook %q is shipped. Give its text, or see GET /api/v1/playbooks.", in.ID)
	}
	if def, err := playbook.Parse(text); err != nil {
		return nil, err
	} else if def.ID != in.ID {
		return nil, hearth.FieldErrorf("text", "The text is that of the playbook %q, and the request is for %q.", def.ID, in.ID)
	}
	do := a.Engine.Activate
	if dry {
		do = a.Engine.Preview
	} else if err := a.seconded(ctx, in.ID, text); err != nil {
		return nil, err
	}
	got, err := do(ctx, text, aDay)
	if err != nil {
		return nil, err
	}
	out := &one[activationItem]{}
	err = a.read(ctx, func(tx *db.Tx) error {
		out.Body, err = a.activationOf(ctx, tx, got)
		out.Body.DryRun = dry
		return err
	})
	return out, err
}

// seconded refuses a text that nobody else has looked at, where a property asks for a second person: what is switched on then is a shipped one, or
// what others have drafted, without a word of theirs who switches it on.
func (a *API) seconded(ctx context.Context, id hearth.PlaybookID, text []byte) error {
	if bytes.Equal(text, a.Library[id]) {
		return nil
	}
	return a.read(ctx, func(tx *db.Tx) error {
		all, err := a.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(p record.Property) bool { return p.Settings.PlaybookReview })
		if at < 0 {
			return nil
		}
		d, ok, err := playbook.DraftOf(ctx, tx, id)
		if err != nil {
			return err
		}
		wrote, err := playbook.Wrote(ctx, tx, actorOf(ctx), id)
		if err != nil || ok && d.Text == string(text) && !wrote {
			return err
		}
		return hearth.Errorf(hearth.CodeConflict, "%s wants a second person to look at what is new in a playbook. Save the text as a draft on the playbook's page, and have somebody else switch it on there.", all[at].Name)
	})
}

// activationOf adds who the residents are, and what is not known of them yet.
func (a *API) activationOf(ctx context.Context, tx *db.Tx, got trigger.Activation) (activationItem, error) {
	item := activationItem{Playbook: got.Playbook, Version: got.Version, Added: got.Added, Inside: []personItem{}, Included: got.Included, LastOn: instant(got.LastOn),
		Warnings: append([]string{}, got.Warnings...), Hints: append([]playbook.Hint{}, got.Hints...)}
	behind, err := a.Engine.Behind(ctx, tx)
	if err != nil {
		return item, err
	}
	if behind > 0 {
		item.Warnings = append(item.Warnings, "Some of what came in was not decided yet; whom it puts inside the condition is missing from the list.")
	}
	contacts, err := a.Records.Contacts(ctx, tx, got.Inside)
	for _, id := range got.Inside {
		item.Inside = append(item.Inside, personItem{ID: id, Name: contacts[id].Name(), UnitLabel: contacts[id].UnitLabel})
	}
	return item, err
}

func (a *API) retire(ctx context.Context, in *PlaybookPath) (*one[trigger.Retirement], error) {
	got, err := a.Engine.Retire(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[trigger.Retirement]{Body: got}, nil
}
