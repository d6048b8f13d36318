package errand

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/round"
	"hearth/internal/base/db"
	"hearth/internal/base/page/sheet"
	"hearth/internal/fact/record"
)

// Sheets gives what is printed of a round: a list to work by, then a page for each letter or notice that is still open.
func (s *Service) Sheets(ctx context.Context, tx *db.Tx, id string) (sheet.Batch, error) {
	r, err := s.Rounds.Get(ctx, tx, id)
	if err != nil {
		return sheet.Batch{}, err
	}
	p, err := s.Records.Property(ctx, tx, r.Property)
	if err != nil {
		return sheet.Batch{}, fmt.Errorf("print round %s: %w", id, err)
	}
	zone, err := s.Records.Zone(ctx, tx, r.Property)
	if err != nil {
		return sheet.Batch{}, fmt.Errorf("print round %s: %w", id, err)
	}
	msgs := make([]message.Message, len(r.Stops))
	for i := range r.Stops {
		msgs[i] = r.Stops[i].Message
	}
	contacts, err := s.contacts(ctx, tx, msgs)
	if err != nil {
		return sheet.Batch{}, fmt.Errorf("print round %s: %w", id, err)
	}
	b := sheet.Batch{Title: title(r.Kind, len(r.Stops)), Marks: marksOf(r.Kind), How: "Mark what you did, with time and name; then record it: hearth round mark " + r.ID + ".",
		Head: fmt.Sprintf("%s · %s · to be done by %s", p.Name, r.ID, r.Due.In(zone).Format("Mon Jan 2, 15:04"))}
	for i := range r.Stops {
		x := &r.Stops[i]
		c := contacts[x.Resident]
		b.Lines = append(b.Lines, lineOf(r.Kind, x, c, zone))
		if r.Kind != round.Call && x.Open() {
			b.Pages = append(b.Pages, pageOf(r.Kind, x, c, p, tx.Now().In(zone)))
		}
	}
	return b, nil
}

// Print gives the sheets of a round and records that they were printed. What somebody has said no to meanwhile goes back to the desk.
func (s *Service) Print(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (sheet.Batch, error) {
	r, err := s.Rounds.Get(ctx, tx, id)
	if err != nil {
		return sheet.Batch{}, err
	}
	var open []message.Message
	for i := range r.Stops {
		if r.Stops[i].Open() {
			open = append(open, r.Stops[i].Message)
		}
	}
	if err := s.Messages.Recheck(ctx, tx, open); err != nil {
		return sheet.Batch{}, err
	}
	b, err := s.Sheets(ctx, tx, id)
	if err != nil {
		return sheet.Batch{}, err
	}
	return b, s.Rounds.Print(ctx, tx, id, actor)
}

func title(k round.Kind, n int) string {
	switch k {
	case round.Letter:
		return count(n, "letter") + " to post"
	case round.Hanger:
		return count(n, "notice") + " for doors"
	}
	return count(n, "call") + " to make"
}

// marksOf gives the boxes of the list.
func marksOf(k round.Kind) []string {
	var out []string
	for _, h := range round.Hows(k) {
		if h != round.Returned {
			out = append(out, string(h))
		}
	}
	return out
}

func lineOf(k round.Kind, x *round.Stop, c record.Contact, zone *time.Location) sheet.Line {
	l := sheet.Line{N: x.N, Who: c.Name(), Where: doorOf(c), What: x.Message.Subject + "\n" + string(x.Message.ID)}
	switch k {
	case round.Call:
		l.Where = strings.TrimSpace(l.Where + "\n" + record.PhoneWords(x.Message.Address))
		l.What, l.Say = string(x.Message.ID), strings.TrimSpace(x.Message.Subject+"\n"+x.Message.Body)
	case round.Hanger:
		l.Who = "" // a list that lies about says no names
	}
	switch {
	case x.How != "":
		l.Done = fmt.Sprintf("%s, %s", x.How, x.At.In(zone).Format("Jan 2 15:04"))
	case !x.Open():
		l.Done = "Taken back; leave it out."
	case x.Tries > 0:
		l.Who += fmt.Sprintf(" (%s without an answer)", count(x.Tries, "call"))
	}
	return l
}

// doorOf says at which door somebody lives: the home behind its building, unless its label names that already (A204 in building A).
func doorOf(c record.Contact) string {
	if strings.HasPrefix(strings.ToLower(c.UnitLabel), strings.ToLower(c.BuildingName)) {
		return c.UnitLabel
	}
	return strings.TrimSpace(c.BuildingName + " " + c.UnitLabel)
}

func pageOf(k round.Kind, x *round.Stop, c record.Contact, p record.Property, now time.Time) sheet.Page {
	from := []string{p.Settings.SenderName}
	if from[0] == "" {
		from[0] = p.Name
	}
	if p.Settings.PostalAddress != "" {
		from = append(from, strings.Split(strings.TrimSpace(p.Settings.PostalAddress), "\n")...)
	} else if p.Address != "" {
		from = append(from, p.Address, strings.TrimSpace(p.City+", "+p.State+" "+p.Zip))
	}
	lang := "en"
	if strings.HasPrefix(c.Language, "es") {
		lang = "es"
	}
	page := sheet.Page{Language: lang, From: from, Date: dateIn(lang, now), Subject: x.Message.Subject, Body: x.Message.Body, Large: c.Prefs["print"] == "large"}
	if k == round.Hanger {
		page.Door, page.From = doorOf(c), from[:1]
		return page
	}
	page.To = strings.Split(x.Message.Address, "\n")
	return page
}

func dateIn(lang string, t time.Time) string {
	if lang == "es" {
		months := [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
		return fmt.Sprintf("%d de %s de %d", t.Day(), months[t.Month()-1], t.Year())
	}
	return t.Format("January 2, 2006")
}
