package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/wording"
)

// TemplateLine is a template in the list of the command line.
type TemplateLine struct {
	ID        string       `json:"id"`
	Title     string       `json:"title"`
	Class     hearth.Class `json:"class"`
	Languages string       `json:"languages"` // "en, es"
	Newest    int          `json:"newest"`
	Own       bool         `json:"own"`
	Rests     string       `json:"rests,omitempty"`
}

// TemplateList lists the templates by id.
func (a *App) TemplateList(ctx context.Context) (out []TemplateLine, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := a.Wording.List(ctx, tx)
		for _, i := range all {
			var langs []string
			for lang := range i.Languages {
				langs = append(langs, lang)
			}
			slices.Sort(langs)
			out = append(out, TemplateLine{i.ID, i.Title, i.Class, strings.Join(langs, ", "), i.Newest, i.Own(), i.Rests})
		}
		return err
	})
	return out, err
}

// TemplateVersionLine is a version in the list of the command line.
type TemplateVersionLine struct {
	Version int
	Shipped bool
	Made    time.Time
	By      string
}

// TemplateVersions lists the versions of a template, the newest first.
func (a *App) TemplateVersions(ctx context.Context, id string) (out []TemplateVersionLine, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := a.Wording.Versions(ctx, tx, id)
		for _, v := range all {
			line := TemplateVersionLine{Version: v.Version, Shipped: v.Shipped, Made: v.Made}
			if v.MadeBy.Kind != "" {
				line.By = v.MadeBy.String()
			}
			out = append(out, line)
		}
		return err
	})
	return out, err
}

// TemplateText gives a template as it was written: as messages are written now, or of one version.
func (a *App) TemplateText(ctx context.Context, id string, version *int) (text string, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if version != nil {
			v, err := a.Wording.Version(ctx, tx, id, *version)
			text = v.Text
			return err
		}
		i, err := a.Wording.Get(ctx, tx, id)
		if err == nil {
			text = i.Text()
		}
		return err
	})
	return text, err
}

// CheckTemplate checks a template's file without any database and gives its id. All that is wrong with it is in the error.
func CheckTemplate(file string) (id string, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", hearth.Errorf(hearth.CodeNotFound, "The file %s cannot be read: %w.", file, err)
	}
	lib, err := desk.Load(desk.Shipped())
	if err != nil {
		return "", err
	}
	t, found := lib.ExamineOwn(raw)
	if len(found) == 0 {
		return t.ID, nil
	}
	return "", foundWords(file, found)
}

// foundWords says all that is wrong with a template's file.
func foundWords(file string, found []desk.Finding) error {
	lines := make([]string, len(found))
	for i, f := range found {
		lines[i] = "  " + f.String()
		if f.FileLine > 0 {
			lines[i] = fmt.Sprintf("  %s:%d: %s", file, f.FileLine, f)
		}
	}
	return hearth.Errorf(hearth.CodeInvalid, "The template cannot be used like this:\n%s", strings.Join(lines, "\n"))
}

// TemplatePreview writes a template, or a file that is not put yet, for a resident.
func (a *App) TemplatePreview(ctx context.Context, idOrFile, resident string) (p wording.Preview, err error) {
	look := wording.Look{ID: idOrFile}
	raw, err := os.ReadFile(idOrFile)
	switch {
	case err == nil:
		look.Text = string(raw)
	case !errors.Is(err, fs.ErrNotExist):
		return p, hearth.Errorf(hearth.CodeNotFound, "The file %s cannot be read: %w.", idOrFile, err)
	}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if look.Resident, err = a.resident(ctx, tx, resident); err != nil {
			return err
		}
		p, err = a.Wording.Preview(ctx, tx, look)
		return err
	})
	return p, err
}

// PutTemplate puts a file in place of a template, as somebody of the team or the operator.
func (a *App) PutTemplate(ctx context.Context, as string, from int, file string) (v desk.Own, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return v, hearth.Errorf(hearth.CodeNotFound, "The file %s cannot be read: %w.", file, err)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		_, found, err := a.Desk.ExamineOwn(ctx, tx, raw)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return foundWords(file, found)
		}
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		v, err = a.Desk.Put(ctx, tx, actor, from, raw)
		return err
	})
	return v, err
}

// ResetTemplate lets a shipped template hold again, as somebody of the team or the operator.
func (a *App) ResetTemplate(ctx context.Context, as, id string, from int) (v desk.Own, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		v, err = a.Desk.Reset(ctx, tx, actor, id, from)
		return err
	})
	return v, err
}
