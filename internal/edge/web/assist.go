package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/inbox/helper"
)

// The writing assistant puts words into a box, for a person to read; it sends and saves nothing.

// assistLanguage is the language that a text is put into for somebody; their own, else Spanish.
func assistLanguage(theirs string) string {
	if theirs == "" || theirs == "en" {
		return "es"
	}
	return theirs
}

func (q *request) needHelper() error {
	if q.web.Helper == nil {
		return hearth.Errorf(hearth.CodeNotFound, "There is no writing assistant here.")
	}
	return nil
}

// assistReply shows the composer with what the assistant gave in the box, or with what was there and why it gave nothing.
func (q *request) assistReply() (templ.Component, error) {
	q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	if err := q.needHelper(); err != nil {
		return nil, err
	}
	in, to := q.written(), hearth.ResidentID(q.field("resident"))
	var t inbox.Thread
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		t, err = q.thread(ctx, tx, q.talkID(), to)
		return err
	})
	if err != nil {
		return nil, err
	}
	ask := helper.Ask{Do: helper.Task(q.field("do")), Text: in.Text, Language: t.Who.Language, Resident: t.Resident}
	switch ask.Do {
	case helper.Draft:
		ask.Talk = q.talkID()
	case helper.Translate:
		ask.Language = assistLanguage(t.Who.Language)
	case helper.Simplify:
	}
	got, err := q.web.Helper.Help(q.Context(), ask)
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeUnavailable || code == hearth.CodeInvalid:
		in.Wrong = hearth.MessageOf(err)
	case err != nil:
		return nil, err
	default:
		in.Text, in.Helped, in.Hints = got.Text, got.Model, got.Hints
	}
	return q.inboxWith(q.talkID(), to, in)
}

// assistOptions are what the assistant can do with a text of messages.
func (q *request) assistOptions(d textDraft) []ui.Option {
	if q.web.Helper == nil {
		return nil
	}
	var out []ui.Option
	chosen := q.field("assist")
	for _, lang := range languagesOf(d.languages) {
		if d.languages[lang].Body != "" {
			out = append(out, ui.Option{Value: "simplify-" + lang, Name: "Simplify the " + languageName(lang) + " text", Chosen: chosen == "simplify-"+lang})
		}
		if lang != "en" {
			out = append(out, ui.Option{Value: "translate-" + lang, Name: "Translate the English text into " + languageName(lang), Chosen: chosen == "translate-"+lang})
		}
	}
	return out
}

// assistText shows the form of a text with what the assistant gave in it. It saves nothing.
func (q *request) assistText() (templ.Component, error) {
	q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	if err := q.needHelper(); err != nil {
		return nil, err
	}
	if err := q.needWording(); err != nil {
		return nil, err
	}
	d, err := q.writtenText(q.textID())
	if err != nil {
		return nil, err
	}
	do, lang, _ := strings.Cut(q.field("assist"), "-")
	from := lang
	if do == string(helper.Translate) {
		from = "en"
	}
	w := d.languages[from]
	out := d.languages[lang]
	for _, part := range []struct {
		text string
		into *string
	}{{w.Subject, &out.Subject}, {w.Body, &out.Body}, {w.Short, &out.Short}} {
		if strings.TrimSpace(part.text) == "" {
			continue
		}
		got, err := q.web.Helper.Help(q.Context(), helper.Ask{Do: helper.Task(do), Text: part.text, Language: lang, Property: q.place.ID})
		if code := hearth.CodeOf(err); code == hearth.CodeUnavailable || code == hearth.CodeInvalid {
			d.said = []string{hearth.MessageOf(err)}
			return q.textPage(d, nil)
		}
		if err != nil {
			return nil, err
		}
		*part.into = got.Text
		for _, hint := range got.Hints {
			if !slices.Contains(d.said, hint) {
				d.said = append(d.said, hint)
			}
		}
	}
	out.Subject = strings.Join(strings.Fields(out.Subject), " ")
	return q.helpedText(d, lang, func(x *textDraft) { x.languages[lang] = out })
}

// helpedText draws the form once more with a change in it.
func (q *request) helpedText(d textDraft, lang string, change func(*textDraft)) (templ.Component, error) {
	change(&d)
	for name, value := range map[string]string{"subject-": d.languages[lang].Subject, "body-": d.languages[lang].Body, "short-": d.languages[lang].Short} {
		q.Form.Set(name+lang, value)
	}
	said := d.said
	d, err := q.writtenText(q.textID())
	if err != nil {
		return nil, err
	}
	d.said = said
	return q.textPage(d, nil)
}
