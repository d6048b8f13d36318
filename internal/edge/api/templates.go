package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/voice"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// templateItem is a template in the list.
type templateItem struct {
	ID        string       `json:"id"`
	Title     string       `json:"title"`
	Class     hearth.Class `json:"class"`
	Purpose   string       `json:"purpose" doc:"What consent and repetition go by."`
	Why       string       `json:"why" doc:"For the team."`
	Languages []string     `json:"languages"`
	Own       bool         `json:"own" doc:"A text of your own holds; false: the one that came with Hearth."`
	Newest    int          `json:"newest" doc:"The newest version, 0 if nobody has put one. Give it as from when you put the next."`
	Made      *time.Time   `json:"made,omitempty" doc:"When the newest version was put."`
	MadeBy    string       `json:"made_by,omitempty"`
	Rests     string       `json:"rests,omitempty" doc:"Why the newest version cannot be used by this Hearth; the shipped text holds meanwhile."`
}

// templateFull is a template with its text.
type templateFull struct {
	templateItem
	Text string `json:"text" doc:"YAML, as it was written."`
}

// templateVersion is one version of a template.
type templateVersion struct {
	Version int        `json:"version" doc:"0: the one that came with Hearth."`
	Shipped bool       `json:"shipped" doc:"The shipped text holds from this version on."`
	Made    *time.Time `json:"made,omitempty"`
	MadeBy  string     `json:"made_by,omitempty"`
	Text    string     `json:"text"`
}

// templateCheck is what the check found.
type templateCheck struct {
	Fit      bool              `json:"fit" doc:"It can be put as it is."`
	ID       string            `json:"id,omitempty"`
	Findings []templateFinding `json:"findings" nullable:"false" doc:"What has to change first."`
}

// templateFinding is one thing that is wrong with a template.
type templateFinding struct {
	Language string `json:"language,omitempty" doc:"Left out: it is about the template as a whole."`
	Part     string `json:"part,omitempty" enum:"subject,body,short"`
	Line     int    `json:"line,omitempty" doc:"Of the part, from 1."`
	FileLine int    `json:"file_line,omitempty" doc:"Of the YAML, from 1, where that can be told."`
	Says     string `json:"says" doc:"What is wrong and what to do, in words."`
}

// templatePreview is how a template reads for one resident.
type templatePreview struct {
	Shown   []templateShown  `json:"shown" nullable:"false"`
	Event   hearth.EventType `json:"event,omitempty" doc:"The resident's own event of which the facts are."`
	EventAt *time.Time       `json:"event_time,omitempty"`
}

// templateShown is a text as it reads in one language by one channel.
type templateShown struct {
	Language string         `json:"language"`
	Channel  hearth.Channel `json:"channel"`
	Subject  string         `json:"subject,omitempty"`
	Body     string         `json:"body" doc:"What is not known stands in brackets."`
	Missing  []string       `json:"missing,omitempty" doc:"Facts that are not known: instead of the message a person would get a task."`
	Parts    int            `json:"parts,omitempty" doc:"Of a text message, as providers charge them."`
	Hints    []voiceHint    `json:"hints,omitempty" doc:"Against the voice of the resident's property: reading level, words to avoid. Nothing is held back by it."`
	Unicode  bool           `json:"unicode,omitempty" doc:"Of a text message: it has letters that shorten its parts from 153 to 67."`
}

func (a *API) addTemplates() {
	const tag = "Templates"
	add(a, about{http.MethodGet, "/templates", tag, "list-templates", "List templates",
		"The texts that messages are written from: those that came with Hearth, and yours in their place.", account.ScopeRead}, a.listTemplates)
	add(a, about{http.MethodGet, "/templates/{id}", tag, "get-template", "Read a template", "As messages are written from it now.", account.ScopeRead}, a.getTemplate)
	add(a, about{http.MethodGet, "/templates/{id}/versions", tag, "list-template-versions", "List the versions of a template",
		"The newest first, the shipped one (0) last. A message tells which it was written from: template_version.", account.ScopeRead}, a.listTemplateVersions)
	add(a, about{http.MethodPut, "/templates/{id}", tag, "put-template", "Put your own text in place of a template",
		"A new version; messages are written from it at once, those that wait included. Refused when somebody else has put one since the version that yours began from.", account.ScopeAdmin}, a.putTemplate)
	add(a, about{http.MethodPost, "/templates", tag, "create-template", "Make a template of your own",
		"Beside those that came with Hearth. Playbooks may name it from then on, and it has versions like any other.", account.ScopeAdmin}, a.createTemplate)
	add(a, about{http.MethodPost, "/templates/{id}/reset", tag, "reset-template", "Let the shipped text hold again",
		"As a further version; yours stay readable.", account.ScopeAdmin}, a.resetTemplate)
	add(a, about{http.MethodPost, "/templates/check", tag, "check-template", "Check a template without putting it",
		"All that is wrong with it, with its place and what to do about it.", account.ScopeRead}, a.checkTemplate)
	add(a, about{http.MethodPost, "/templates/{id}/preview", tag, "preview-template", "Read a template as one resident would get it",
		"In each language and channel, with the facts of the resident's own latest fitting event. Nothing is sent.", account.ScopeRead}, a.previewTemplate)
}

// TemplateOf names a template in the path.
type TemplateOf struct {
	ID string `path:"id" maxLength:"64" doc:"The template's id."`
}

func who(x hearth.Actor) string {
	if x.Kind == "" {
		return ""
	}
	return x.String()
}

func templateItemOf(i wording.Item) templateItem {
	out := templateItem{ID: i.ID, Title: i.Title, Class: i.Class, Purpose: i.Purpose, Why: i.Why, Own: i.Own(), Newest: i.Newest,
		Made: instant(i.Made), MadeBy: who(i.MadeBy), Rests: i.Rests}
	for lang := range i.Languages {
		out.Languages = append(out.Languages, lang)
	}
	slices.Sort(out.Languages)
	return out
}

func (a *API) listTemplates(ctx context.Context, _ *struct{}) (*list[templateItem], error) {
	var all []wording.Item
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Wording.List(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", templateItemOf), nil
}

func (a *API) getTemplate(ctx context.Context, in *TemplateOf) (*one[templateFull], error) {
	var i wording.Item
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		i, err = a.Wording.Get(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &one[templateFull]{templateFull{templateItemOf(i), i.Text()}}, nil
}

func (a *API) listTemplateVersions(ctx context.Context, in *TemplateOf) (*list[templateVersion], error) {
	var all []wording.Version
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Wording.Versions(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", func(v wording.Version) templateVersion {
		return templateVersion{v.Version, v.Shipped, instant(v.Made), who(v.MadeBy), v.Text}
	}), nil
}

func (a *API) putTemplate(ctx context.Context, in *struct {
	TemplateOf
	Body struct {
		From int    `json:"from" minimum:"0" doc:"The newest version that you know; 0: nobody had put one."`
		Text string `json:"text" minLength:"1" maxLength:"65536" doc:"The whole template in YAML; class and purpose stay as shipped."`
	}
}) (*one[templateFull], error) {
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		t, found, err := a.Wording.Desk.ExamineOwn(ctx, tx, []byte(in.Body.Text))
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return findingsProblem(found)
		}
		if t.ID != in.ID {
			return hearth.FieldErrorf("text", "The text is of the template %q, and the address names %q.", t.ID, in.ID)
		}
		_, err = a.Wording.Desk.Put(ctx, tx, actorOf(ctx), in.Body.From, []byte(in.Body.Text))
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.getTemplate(ctx, &in.TemplateOf)
}

// findingsProblem says all that is wrong with a text, each under its place.
func findingsProblem(found []desk.Finding) *Problem {
	p := newProblem(hearth.CodeInvalid, "The template cannot be used like this: "+found[0].String())
	for _, f := range found {
		p.Errors = append(p.Errors, Fault{Field: "text", Detail: f.String()})
	}
	return p
}

func (a *API) resetTemplate(ctx context.Context, in *struct {
	TemplateOf
	Body struct {
		From int `json:"from" minimum:"1" doc:"The newest version that you know."`
	}
}) (*one[templateFull], error) {
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Wording.Desk.Reset(ctx, tx, actorOf(ctx), in.ID, in.Body.From)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.getTemplate(ctx, &in.TemplateOf)
}

func (a *API) createTemplate(ctx context.Context, in *struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"65536" doc:"The whole template in YAML, under an id that is not taken. Class and purpose stay as this first version says."`
	}
}) (*one[templateFull], error) {
	t, found := a.Wording.Desk.Templates.Examine([]byte(in.Body.Text))
	if len(found) > 0 {
		return nil, findingsProblem(found)
	}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Wording.Desk.Create(ctx, tx, actorOf(ctx), []byte(in.Body.Text))
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.getTemplate(ctx, &TemplateOf{t.ID})
}

func (a *API) checkTemplate(ctx context.Context, in *struct {
	Body struct {
		Text string `json:"text" maxLength:"65536" doc:"The template in YAML."`
	}
}) (*one[templateCheck], error) {
	var t *desk.Template
	var found []desk.Finding
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		t, found, err = a.Wording.Desk.ExamineOwn(ctx, tx, []byte(in.Body.Text))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := templateCheck{Fit: len(found) == 0, Findings: []templateFinding{}}
	if t != nil {
		out.ID = t.ID
	}
	for _, f := range found {
		out.Findings = append(out.Findings, templateFinding{f.Language, f.Part, f.Line, f.FileLine, f.Says})
	}
	return &one[templateCheck]{out}, nil
}

func (a *API) previewTemplate(ctx context.Context, in *struct {
	TemplateOf
	Body struct {
		Resident string           `json:"resident" maxLength:"256" doc:"For whom it is written: Hearth's own id, or the one that a source uses."`
		Version  *int             `json:"version,omitempty" minimum:"0" doc:"Which version; as messages are written now if left out."`
		Text     string           `json:"text,omitempty" maxLength:"65536" doc:"A template that is not put yet, in YAML."`
		Facts    map[string]any   `json:"facts,omitempty" doc:"What a sender would tell, such as {\"event\": {\"category\": \"plumbing\"}}; from the resident's latest events if left out."`
		Channels []hearth.Channel `json:"channels,omitempty" maxItems:"6" doc:"E-mail, text message and portal if left out."`
	}
}) (*one[templatePreview], error) {
	b := in.Body
	var p wording.Preview
	var house record.Voice
	err := a.read(ctx, func(tx *db.Tx) error {
		who, err := a.resident(ctx, tx, b.Resident)
		if err != nil {
			return err
		}
		r, err := a.Records.Resident(ctx, tx, who)
		if err != nil {
			return err
		}
		if house, err = a.voiceOf(ctx, tx, r.Property); err != nil {
			return err
		}
		p, err = a.Wording.Preview(ctx, tx, wording.Look{ID: in.ID, Text: b.Text, Version: b.Version, Resident: who, Facts: b.Facts, Channels: b.Channels})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := templatePreview{Event: p.Event, EventAt: instant(p.EventAt), Shown: make([]templateShown, len(p.Shown))}
	for i, s := range p.Shown {
		out.Shown[i] = templateShown{s.Language, s.Channel, s.Subject, s.Body, s.Missing, s.Parts, hintItems(voice.Hints(s.Body, s.Language, house)), s.Unicode}
	}
	return &one[templatePreview]{out}, nil
}
