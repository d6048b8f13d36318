package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
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
	do, id, _ := strings.Cut(q.field("do"), ":")
	var t inbox.Thread
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		t, err = q.thread(ctx, tx, q.talkID(), to)
		return err
	})
	if err != nil {
		return nil, err
	}
	ask := helper.Ask{Do: helper.Task(do), Text: in.Text, Language: t.Who.Language, Resident: t.Resident}
	closed, err := q.closedTalk(t)
	if err != nil {
		return nil, err
	}
	if closed {
		return nil, nothingHere()
	}
	switch ask.Do {
	case helper.Read:
		if in.Read, err = q.inOurs(t, id); err != nil {
			return nil, err
		}
		return q.inboxWith(q.talkID(), to, in)
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

// teamLanguage is the one in which the workspace speaks.
const teamLanguage = "en"

// closedTalk tells whether nothing of a conversation, nor of what is written in it, may go to the assistant.
func (q *request) closedTalk(t inbox.Thread) (closed bool, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		closed, err = q.web.Helper.Confidential(ctx, tx, t.Conversation, q.staff)
		return err
	})
	return closed, err
}

// inOurs has the assistant put one message of the resident's into the team's language. It stands beside the message, is kept nowhere, and never stands for it.
func (q *request) inOurs(t inbox.Thread, id string) (readIn, error) {
	i := slices.IndexFunc(t.Messages, func(m message.Message) bool { return string(m.ID) == id && m.Direction == message.In })
	if i < 0 {
		return readIn{}, nothingHere()
	}
	out := readIn{ID: id}
	got, err := q.web.Helper.Help(q.Context(), helper.Ask{Do: helper.Read, Text: t.Messages[i].Body, Language: teamLanguage, Resident: t.Resident, Talk: t.ID})
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeUnavailable || code == hearth.CodeInvalid:
		out.Wrong = hearth.MessageOf(err)
	case err != nil:
		return out, err
	default:
		out.Words, out.Model = got.Text, got.Model
	}
	return out, nil
}

// readable marks what residents wrote that can be put into the team's language, and puts what was beside its message.
func (q *request) readable(ctx context.Context, tx *db.Tx, t inbox.Thread, o *openTalk, read readIn) error {
	if q.web.Helper == nil {
		return nil
	}
	closed, err := q.web.Helper.Confidential(ctx, tx, t.Conversation, q.staff)
	if err != nil || closed {
		return err
	}
	for i := range o.Items {
		item := &o.Items[i]
		item.Ask = item.Kind == "theirs" && item.Words != ""
		if item.ID == read.ID {
			item.Read = read
		}
	}
	return nil
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
