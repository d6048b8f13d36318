package main

import (
	"encoding/json"

	"hearth/internal/app"
)

type templateCmd struct {
	List    templateListCmd    `cmd:"" help:"The texts that messages are written from, and which are your own."`
	Show    templateShowCmd    `cmd:"" help:"Print a template, or one of its versions."`
	Check   templateCheckCmd   `cmd:"" help:"Say all that is wrong with a file, without putting it."`
	Preview templatePreviewCmd `cmd:"" help:"How a template reads for one resident, in each language and channel; nothing is sent."`
	Put     templatePutCmd     `cmd:"" help:"Put a file in place of a shipped template."`
	Reset   templateResetCmd   `cmd:"" help:"Let the shipped text hold again."`
}

type templateListCmd struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists templates.
func (c *templateListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.TemplateList(r.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(list)
		}
		w := r.table()
		w.row("ID\tCLASS\tVERSION\tTEXT\tLANGUAGES\tTITLE\n")
		for _, t := range list {
			text := "shipped"
			if t.Own {
				text = "own"
			}
			if t.Rests != "" {
				text = "shipped; own rests: " + t.Rests
			}
			w.row("%s\t%s\t%d\t%s\t%s\t%s\n", t.ID, t.Class, t.Newest, text, t.Languages, t.Title)
		}
		return w.end()
	})
}

type templateShowCmd struct {
	place
	ID       string `arg:"" help:"Id of the template."`
	Version  *int   `placeholder:"N" help:"One version; 0 is the one that came with Hearth. Left out: as messages are written now."`
	Versions bool   `help:"List the versions instead."`
}

// Run prints one.
func (c *templateShowCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if c.Versions {
			all, err := a.TemplateVersions(r.ctx, c.ID)
			if err != nil {
				return err
			}
			w := r.table()
			w.row("VERSION\tTEXT\tPUT\tBY\n")
			for _, v := range all {
				text, at := "own", ""
				if v.Shipped {
					text = "shipped"
				}
				if !v.Made.IsZero() {
					at = v.Made.Format("2006-01-02 15:04")
				}
				w.row("%d\t%s\t%s\t%s\n", v.Version, text, at, v.By)
			}
			return w.end()
		}
		text, err := a.TemplateText(r.ctx, c.ID, c.Version)
		if err != nil {
			return err
		}
		r.printf("%s", text)
		return nil
	})
}

type templateCheckCmd struct {
	File string `arg:"" name:"file" help:"YAML of one template."`
}

// Run checks a file. It needs no database.
func (c *templateCheckCmd) Run(r *run) error {
	id, err := app.CheckTemplate(c.File)
	if err != nil {
		return err
	}
	r.printf("%s is fit for use.\n", id)
	return nil
}

type templatePreviewCmd struct {
	place
	Template string `arg:"" help:"Id of the template, or a file that is not put yet."`
	Resident string `required:"" placeholder:"WHO" help:"For whom: the resident's id, Hearth's own or a source's."`
	Language string `placeholder:"LANG" help:"Only this language."`
}

// Run previews.
func (c *templatePreviewCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		p, err := a.TemplatePreview(r.ctx, c.Template, c.Resident)
		if err != nil {
			return err
		}
		if p.Event != "" {
			r.printf("With the facts of %s of %s.\n\n", p.Event, p.EventAt.Format("2006-01-02"))
		}
		for _, s := range p.Shown {
			if c.Language != "" && s.Language != c.Language {
				continue
			}
			r.printf("== %s, %s", s.Language, s.Channel)
			if s.Parts > 0 {
				r.printf(": %s to pay for", plural(s.Parts, "part", "parts"))
			}
			r.printf(" ==\n")
			if s.Subject != "" {
				r.printf("%s\n\n", s.Subject)
			}
			r.printf("%s\n\n", s.Body)
			if len(s.Missing) > 0 {
				r.printf("Not known: %v. A person would get a task instead of the message.\n\n", s.Missing)
			}
		}
		return nil
	})
}

type templatePutCmd struct {
	place
	File string `arg:"" name:"file" help:"YAML of one template, whole."`
	From int    `required:"" own:"" placeholder:"N" help:"The newest version that you know (hearth template list); 0 if nobody has put one."`
	As   string `placeholder:"WHO" help:"Who puts it: a staff member's name, e-mail address or id."`
}

// Run puts one.
func (c *templatePutCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		v, err := a.PutTemplate(r.ctx, c.As, c.From, c.File)
		if err != nil {
			return err
		}
		r.printf("%s is at version %d. Messages are written from it from now on.\n", v.ID, v.Version)
		return nil
	})
}

type templateResetCmd struct {
	place
	ID   string `arg:"" help:"Id of the template."`
	From int    `required:"" own:"" placeholder:"N" help:"The newest version that you know."`
	As   string `placeholder:"WHO" help:"Who does it: a staff member's name, e-mail address or id."`
}

// Run resets one.
func (c *templateResetCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		v, err := a.ResetTemplate(r.ctx, c.As, c.ID, c.From)
		if err != nil {
			return err
		}
		r.printf("%s is as it came with Hearth again (version %d). Yours stay readable: hearth template show --version N %s\n", v.ID, v.Version, v.ID)
		return nil
	})
}
