package portal

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
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
	Address string
	Wrong   string // what is wrong with it
	Texts   bool
}

// door shows the first page: it stands wherever somebody is not signed in.
func (v *visit) door(status int, d enterDoor) {
	d.Texts = v.p.Texts
	v.p.draw(v.w, v.Request, status, enterPage(v, d))
}

// enter asks for an address.
func (p *Portal) enter(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	if err != nil {
		v.refuse(err)
		return
	}
	if v.who.ID != "" {
		http.Redirect(w, r, "/home", http.StatusSeeOther)
		return
	}
	d := enterDoor{}
	if r.URL.Query().Has("over") {
		d.Why = "enter.over"
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
	http.Redirect(w, r, EnterPath+"/code", http.StatusSeeOther)
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

// sendCode begins a coming in by an address and queues the message with the code, to the address as it is on record. Where nobody
// is known by it, or nothing may go there, it begins one that no code opens.
func (v *visit) sendCode(ctx context.Context, tx *db.Tx, to reached) (string, error) {
	who, err := v.p.knownBy(ctx, tx, to)
	if err != nil {
		return "", err
	}
	ask := account.HomeAsk{Key: to.key, Who: residents(who), Message: func(secret string) hearth.MessageID {
		return hearth.MessageID(hearth.DeriveIDAt("msg_", tx.Now(), "home code", secret))
	}}
	secret, id, err := v.p.People.AskHome(ctx, tx, ask)
	if err != nil || id == "" {
		return secret, err
	}
	first := who[0]
	place, err := v.p.Records.Property(ctx, tx, first.Property)
	if err != nil {
		return "", err
	}
	return secret, v.p.Messages.InsertCode(ctx, tx, message.Message{ID: id, Property: first.Property, Resident: first.ID, Channel: to.channel,
		Address: onRecord(first, to), AddressKey: to.key, Subject: v.T("code.subject"),
		Body:   v.T("code.body", "place", place.Name, "code", message.CodeGap),
		Reason: "Asked for on the page where residents sign in."})
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

// knownBy gives the residents who may come in by an address, each person once; nobody where nothing may be sent to it.
func (p *Portal) knownBy(ctx context.Context, tx *db.Tx, to reached) ([]record.Contact, error) {
	find := p.Records.ResidentsByEmail
	if to.channel == hearth.ChannelSMS {
		find = p.Records.ByPhone
	}
	all, err := find(ctx, tx, to.key)
	if err != nil {
		return nil, err
	}
	var out []record.Contact
	for _, r := range all {
		c, err := p.entrant(ctx, tx, r.ID)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, nil
	}
	may, err := p.Consent.Check(ctx, tx, []consent.Ask{{Resident: out[0].ID, Channel: to.channel, AddressKey: to.key, Purpose: message.PurposeCode, Class: hearth.ClassAnswer}})
	if err != nil || !may[0].Allowed {
		return nil, err
	}
	return out, nil
}
