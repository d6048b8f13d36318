package web

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/voice"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// lookedAtOnce is how many residents are tried when nobody was chosen, to find one for whom the facts are known.
const lookedAtOnce = 8

// look says what is wrong with a text, or what the check was content with, and how it reads for a resident.
func (q *request) look(ctx context.Context, tx *db.Tx, d textDraft) (textLook, error) {
	l := textLook{People: q.may(account.ResidentsRead), Find: d.find}
	for _, f := range d.found {
		l.Wrong = append(l.Wrong, findingWords(f))
	}
	if d.template == nil || len(d.found) > 0 {
		return l, q.findReader(ctx, tx, &l, d)
	}
	l.Good = contentWith(d.template)
	p, who, err := q.readFor(ctx, tx, &l, d)
	if err != nil {
		return l, err
	}
	l.As, l.Who = string(who.ID), contactName(who)
	switch {
	case p.Event != "":
		l.Fine = "With the facts of what happened to them: " + string(p.Event) + ", " + page.When(p.EventAt, q.now, q.zone) + "."
	case who.ID == "":
		l.Who, l.Fine = "", "Nobody is chosen, so what it says of a resident stands in brackets."
	}
	house := q.place.Settings.Voice
	for _, s := range p.Shown {
		l.add(s, house)
	}
	switch {
	case who.Prefs["print"] == "large":
		l.Large = "Their letters are printed in large letters, 18 points."
	case house.LargePrint:
		l.Large = "This house sends its mail in large letters."
	}
	return l, q.findReader(ctx, tx, &l, d)
}

// findingWords says a finding with its place, in words.
func findingWords(f desk.Finding) string {
	where := ""
	if f.Language != "" {
		where = languageName(f.Language) + " " + map[string]string{"subject": "subject", "body": "text", "short": "short form", "": "text"}[f.Part]
		if f.Line > 1 {
			where += fmt.Sprintf(", line %d", f.Line)
		}
		where += ": "
	}
	return where + capitalAfter(where, f.Says) + "."
}

func capitalAfter(where, s string) string {
	if where == "" {
		return capital(s)
	}
	return s
}

// contentWith says why the check lets a text pass, language by language.
func contentWith(t *desk.Template) []string {
	var out []string
	for _, lang := range languagesOf(t.Languages) {
		names, situation := t.Personal(lang)
		switch {
		case names:
			out = append(out, languageName(lang)+" says who the resident is, and of their situation: "+strings.Join(situation, ", ")+".")
		case len(situation) > 0:
			out = append(out, languageName(lang)+" says nothing of who they are, and of their situation: "+strings.Join(situation, ", ")+".")
		default:
			out = append(out, languageName(lang)+" is plainly general: it knows nothing of the resident, and does not pretend to.")
		}
	}
	return append(out, "Nothing that it says can be blank: each fact is always there, is asked for, or has something to stand in.")
}

// readFor writes the text for whom was chosen, else for the first of a few for whom its facts are known.
func (q *request) readFor(ctx context.Context, tx *db.Tx, l *textLook, d textDraft) (wording.Preview, record.Contact, error) {
	ask := wording.Look{ID: d.id, Text: string(d.raw), Channels: q.shownChannels()}
	if !l.People {
		p, err := q.web.Wording.Preview(ctx, tx, ask)
		return p, record.Contact{}, err
	}
	if d.as != "" {
		all, err := q.web.Records.Contacts(ctx, tx, []hearth.ResidentID{hearth.ResidentID(d.as)})
		if c, ok := all[hearth.ResidentID(d.as)]; err == nil && ok && q.seesPlace(c.Property) {
			ask.Resident = c.ID
			p, err := q.web.Wording.Preview(ctx, tx, ask)
			return p, c, err
		} else if err != nil {
			return wording.Preview{}, record.Contact{}, err
		}
	}
	few, err := q.web.Records.SearchIn(ctx, tx, q.seenPlaces(), "", "", lookedAtOnce)
	if err != nil {
		return wording.Preview{}, record.Contact{}, err
	}
	var best wording.Preview
	var who record.Contact
	least := -1
	for _, c := range few.Items {
		ask.Resident = c.ID
		p, err := q.web.Wording.Preview(ctx, tx, ask)
		if err != nil {
			return p, c, err
		}
		n := 0
		for _, s := range p.Shown {
			n += len(s.Missing)
		}
		if least < 0 || n < least {
			best, who, least = p, c, n
		}
		if n == 0 {
			break
		}
	}
	if least < 0 {
		ask.Resident = ""
		p, err := q.web.Wording.Preview(ctx, tx, ask)
		return p, record.Contact{}, err
	}
	return best, who, nil
}

// filledBody is a text with what was filled in marked: what is said of the resident is seen at a glance. It is written here and not in a
// template because a text keeps its blanks, of which a template has its own.
func filledBody(list []wording.Piece, more string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString(`<p class="` + templ.EscapeString(strings.TrimSpace("letter "+more)) + `" dir="auto">`)
		for _, p := range list {
			words := templ.EscapeString(p.Words)
			if p.Filled {
				words = `<mark class="filled">` + words + `</mark>`
			}
			b.WriteString(words)
		}
		b.WriteString("</p>")
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// largeClass is how a text in large letters is drawn.
func largeClass(large bool) string {
	if large {
		return "text-lg"
	}
	return ""
}

// shownChannels are the ways that a text is shown in: those that are on.
func (q *request) shownChannels() []hearth.Channel {
	out := []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
	if q.web.Inbox == nil || q.web.Inbox.Desk == nil {
		return append(out, hearth.ChannelPortal)
	}
	for _, ch := range q.web.Inbox.Desk.Channels {
		if ch != hearth.ChannelEmail && ch != hearth.ChannelSMS && ch != hearth.ChannelPush {
			out = append(out, ch)
		}
	}
	return out
}

// add puts a text beside those of its language; ways that read the same share one.
func (l *textLook) add(s desk.Shown, house record.Voice) {
	name := languageName(s.Language)
	if len(l.Shown) == 0 || l.Shown[len(l.Shown)-1].Name != name {
		l.Shown = append(l.Shown, shownLanguage{Name: name, Fine: levelWords(s.Body, s.Language)})
		for _, h := range voice.Hints(s.Body, s.Language, house) {
			l.Hints = append(l.Hints, name+": "+h.Says)
		}
	}
	last := &l.Shown[len(l.Shown)-1]
	way := capital(channelName(s.Channel))
	if s.Channel == hearth.ChannelSMS {
		way = "Text message"
	}
	for i := range last.Texts {
		if x := &last.Texts[i]; s.Channel != hearth.ChannelSMS && x.Subject == s.Subject && x.Body == s.Body {
			x.Name += ", " + channelName(s.Channel)
			return
		}
	}
	x := shownText{Name: way, Subject: s.Subject, Body: s.Body, Pieces: wording.Filled(s.Source, s.Body)}
	if s.Parts > 0 {
		x.Fine = count(s.Parts, "part as providers charge it", "parts as providers charge them")
		if s.Unicode {
			x.Fine += ", with letters that make each part shorter"
		}
		x.Fine += "."
	}
	if len(s.Missing) > 0 {
		x.Missing = "Not known of them: " + strings.Join(s.Missing, ", ") + ". Instead of this message a person would get a task, with this draft."
	}
	last.Texts = append(last.Texts, x)
}

// levelWords says how hard a text is to read; "" where that can't be told.
func levelWords(body, lang string) string {
	r := voice.Read(body, lang)
	size := fmt.Sprintf("%s in %s", count(r.Words, "word", "words"), count(r.Sentences, "sentence", "sentences"))
	switch {
	case r.Words < 20:
		return size + "; too short to tell how hard it reads."
	case r.Grade > 0:
		return fmt.Sprintf("Reads like grade %.0f of school; %s.", max(1, r.Grade), size)
	case r.Ease > 0:
		return fmt.Sprintf("Reading ease %.0f of 100, where 60 and more is plain; %s.", min(100, r.Ease), size)
	}
	return size + "."
}

// findReader lists residents by what was typed, to read the text as one of them.
func (q *request) findReader(ctx context.Context, tx *db.Tx, l *textLook, d textDraft) error {
	if l.As == "" && l.People {
		l.As = d.as
	}
	if d.find == "" || !l.People {
		return nil
	}
	found, err := q.web.Records.SearchIn(ctx, tx, q.seenPlaces(), d.find, "", 2*lookedAtOnce)
	if err != nil {
		return err
	}
	for _, c := range found.Items {
		if q.finds(c, d.find) && len(l.Found) < lookedAtOnce {
			l.Found = append(l.Found, ui.Option{Value: string(c.ID), Name: contactName(q.seen(c)), Chosen: string(c.ID) == l.As})
		}
	}
	return nil
}
