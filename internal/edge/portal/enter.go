package portal

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// EnterPath is where residents sign in by themselves, with a code that is sent to an address on record.
const EnterPath = "/home/enter"

// codeCookie is what the browser that asked for a code keeps until the code is tried.
const codeCookie = "home_code"

// maxAddress is as long as an e-mail address can be, with room for blanks.
const maxAddress = 320

// enterDoor is what the first page shows.
type enterDoor struct {
	Why     string // the line that says why one is here; "" who came by themselves
	Next    string // where one wants to go
	Address string
	Wrong   string // what is wrong with it
	Texts   bool
	Keys    bool   // passkeys are known at this address
	Kept    string // a form that was sent too late, carried along; "" for none
}

// door shows the first page: it stands wherever somebody is not signed in.
func (v *visit) door(status int, d enterDoor) {
	d.Texts, d.Next = v.p.Texts, v.wanted()
	if d.Kept == "" {
		d.Kept = v.keeps()
	}
	_, d.Keys = v.p.site(v.Request)
	v.asksKey = d.Keys
	v.p.draw(v.w, v.Request, status, enterPage(v, d))
}

// enter asks for an address.
func (p *Portal) enter(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	if err != nil {
		v.refuse(err)
		return
	}
	again := r.URL.Query().Has("again")
	if v.session.Resident != "" && !again {
		http.Redirect(w, r, v.wanted(), http.StatusSeeOther)
		return
	}
	d := enterDoor{}
	switch {
	case r.URL.Query().Has("over"):
		d.Why = "enter.over"
	case again:
		d.Why = "enter.sure"
	}
	v.door(http.StatusOK, d)
}

// reached is an address that somebody wrote, as it is compared.
type reached struct {
	channel hearth.Channel
	key     string
}

// reach reads an address; ok is false for what is none by which a code can go.
func (p *Portal) reach(written string) (to reached, ok bool) {
	if strings.Contains(written, "@") {
		to = reached{hearth.ChannelEmail, record.EmailKey(written)}
	} else if p.Texts {
		to = reached{hearth.ChannelSMS, record.PhoneKey(written)}
	}
	return to, to.key != "" && len(written) <= maxAddress
}

// askCode sends a code to whoever is known by an address. It answers the same, and takes the same time, for what nobody is known by.
func (p *Portal) askCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	began := p.Clock.Now()
	v, err := p.begin(w, r)
	if err == nil {
		err = v.parse(maxForm)
	}
	if err != nil {
		v.refuse(err)
		return
	}
	written := v.field("address")
	if v.field("again") != "" {
		v.door(http.StatusOK, enterDoor{})
		return
	}
	to, ok := p.reach(written)
	if !ok {
		v.door(http.StatusUnprocessableEntity, enterDoor{Address: written, Wrong: v.T(wrongAddress(p.Texts))})
		return
	}
	secret := ""
	err = v.write(func(ctx context.Context, tx *db.Tx) error {
		if err := p.People.AdmitHome(ctx, tx, to.key, p.addressOf(r)); err != nil {
			return err
		}
		secret, err = v.sendCode(ctx, tx, to)
		return err
	})
	level(r.Context(), p.Pace-p.Clock.Now().Sub(began))
	if err != nil {
		v.refuse(err)
		return
	}
	v.give(codeCookie, EnterPath, secret, account.HomeCodeFor)
	if kept := v.keeps(); kept != "" {
		p.draw(w, r, http.StatusOK, enterCodePage(v, "", kept))
		return
	}
	http.Redirect(w, r, toward(EnterPath+"/code", v.wanted()), http.StatusSeeOther)
}

func wrongAddress(texts bool) string {
	if texts {
		return "enter.wrong"
	}
	return "enter.wrong-email"
}

// level waits, so that an answer leaves at the same time whatever it took to find.
func level(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	pause, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-pause.Done()
}

// sendCode begins a coming in by an address and puts the message with the code before the desk. Where nobody is known by the address,
// or nothing may go there, it begins one that no code opens.
func (v *visit) sendCode(ctx context.Context, tx *db.Tx, to reached) (string, error) {
	who, err := v.p.knownBy(ctx, tx, to)
	if err != nil {
		return "", err
	}
	return v.p.People.AskHome(ctx, tx, account.HomeAsk{Key: to.key, Send: func(secret string) (hearth.MessageID, []hearth.ResidentID, error) {
		if len(who) == 0 {
			return "", nil, nil
		}
		id := hearth.MessageID(hearth.DeriveIDAt("msg_", tx.Now(), "home code", secret))
		entrants, err := v.codeTo(ctx, tx, id, to, who)
		if len(entrants) == 0 {
			id = ""
		}
		return id, entrants, err
	}})
}

// codeTo asks the desk to send a code, and gives as whom one may come in by it: those who can be taken for its reader.
func (v *visit) codeTo(ctx context.Context, tx *db.Tx, id hearth.MessageID, to reached, who []record.Contact) ([]hearth.ResidentID, error) {
	first, readers := who[0], residents(who)
	ask := desk.CodeAsk{ID: id, To: []desk.Way{{Channel: to.channel, Address: onRecord(first, to), AddressKey: to.key}}}
	var byMail []record.Contact
	if to.channel == hearth.ChannelSMS {
		if byMail = oneMail(who); len(byMail) > 0 {
			first = byMail[0]
			ask.To = append(ask.To, desk.Way{Channel: hearth.ChannelEmail, Address: first.Email, AddressKey: first.EmailKey})
		}
	}
	place, err := v.p.Records.Property(ctx, tx, first.Property)
	if err != nil {
		return nil, err
	}
	ask.Property, ask.Resident, ask.Subject = first.Property, first.ID, v.T("code.subject")
	ask.Body = v.T("code.body", "place", place.Name, "code", message.CodeGap)
	verdict, err := v.p.Desk.SendCode(ctx, tx, ask)
	switch {
	case err != nil || verdict.Outcome != desk.Sent:
		return nil, err
	case verdict.Channel == hearth.ChannelEmail && len(byMail) > 0:
		readers = residents(byMail)
	}
	return readers, nil
}

// oneMail gives those of the people behind a number whose mail a code may go to when the number takes none. Nobody where they have
// several addresses: which of them asked is not known, and one of them would read the other's code.
func oneMail(who []record.Contact) []record.Contact {
	var out []record.Contact
	for _, c := range who {
		switch {
		case c.Email == "" || c.EmailKey == "":
		case len(out) > 0 && out[0].EmailKey != c.EmailKey:
			return nil
		default:
			out = append(out, c)
		}
	}
	return out
}

// onRecord is the address as the record has it. Of records that are seen as one person it may stand in another one.
func onRecord(c record.Contact, to reached) string {
	switch {
	case to.channel == hearth.ChannelEmail && record.EmailKey(c.Email) == to.key:
		return c.Email
	case to.channel == hearth.ChannelSMS && record.PhoneKey(c.Phone) == to.key:
		return c.Phone
	}
	return to.key
}

func residents(all []record.Contact) []hearth.ResidentID {
	var out []hearth.ResidentID
	for _, c := range all {
		out = append(out, c.ID)
	}
	return out
}

// knownBy gives the residents who may come in by an address, each person once.
func (p *Portal) knownBy(ctx context.Context, tx *db.Tx, to reached) ([]record.Contact, error) {
	find := p.Records.ResidentsByEmail
	if to.channel == hearth.ChannelSMS {
		find = p.Records.ByPhone
	}
	all, err := find(ctx, tx, to.key)
	if err != nil {
		return nil, err
	}
	ids := make([]hearth.ResidentID, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return p.entrants(ctx, tx, ids)
}
