package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// wordItem is one word of somebody about messages.
type wordItem struct {
	Channel  hearth.Channel    `json:"channel"`
	Address  string            `json:"address,omitempty" doc:"What it was said about; left out for channels without an address."`
	Purpose  string            `json:"purpose,omitempty" doc:"Left out: everything on the channel."`
	Allowed  bool              `json:"allowed"`
	At       time.Time         `json:"at"`
	Resident hearth.ResidentID `json:"resident,omitempty" doc:"Who said it. Another one who shares the address is bound by it too."`
	Shared   bool              `json:"shared" doc:"Somebody else who shares the address said it."`
	Source   string            `json:"source,omitempty"`
	Evidence string            `json:"evidence,omitempty"`
	Wording  string            `json:"wording,omitempty" doc:"What was shown: name/version/language of a wording."`
	Reason   string            `json:"reason,omitempty" doc:"Why an earlier word was turned."`
	Actor    string            `json:"actor"`
}

// stopItem is an address to which nothing goes, or did not for a while.
type stopItem struct {
	Channel  hearth.Channel `json:"channel"`
	Address  string         `json:"address"`
	Reason   string         `json:"reason" doc:"stop, bounced, complaint, may have asked to stop (a person reads it), or in words."`
	Lifted   bool           `json:"lifted,omitempty" doc:"Of the history: it was lifted then, for this reason."`
	Note     string         `json:"note,omitempty"`
	Evidence string         `json:"evidence,omitempty"`
	At       time.Time      `json:"at"`
	Actor    string         `json:"actor"`
}

// wishItem is somebody's wish to hear no more, with its clock.
type wishItem struct {
	ID       string                  `json:"id"`
	Channel  hearth.Channel          `json:"channel"`
	Address  string                  `json:"address"`
	Resident hearth.ResidentID       `json:"resident,omitempty"`
	Words    string                  `json:"words,omitempty"`
	Received time.Time               `json:"received"`
	Due      time.Time               `json:"due" doc:"By when it has to be honored. Everything is held from the moment it came in."`
	Rule     string                  `json:"rule"`
	State    consent.RevocationState `json:"state" enum:"open,honoured,mistaken"`
	Settled  *time.Time              `json:"settled,omitempty"`
	Actor    string                  `json:"actor"`
	Task     string                  `json:"task,omitempty"`
}

// ledgerFull is all that is known of what a resident allowed, refused and was stopped from.
type ledgerFull struct {
	Words   []wordItem `json:"words" nullable:"false" doc:"Newest first."`
	Stopped []stopItem `json:"stopped" nullable:"false" doc:"In force now."`
	History []stopItem `json:"history" nullable:"false" doc:"Every stop and every lifting, newest first by address."`
	Wishes  []wishItem `json:"wishes" nullable:"false" doc:"Wishes to hear no more, newest first."`
}

// wordingItem is a text under which people say yes or no.
type wordingItem struct {
	Name     string         `json:"name" doc:"As a consent names it: texts/2/en."`
	ID       string         `json:"id"`
	Version  int            `json:"version"`
	Language string         `json:"language"`
	Channel  hearth.Channel `json:"channel"`
	Purpose  string         `json:"purpose,omitempty"`
	Words    string         `json:"words"`
	Made     time.Time      `json:"made"`
	Actor    string         `json:"actor"`
}

func wordOf(w consent.Word, of hearth.ResidentID) wordItem {
	x := wordItem{Channel: w.Channel, Address: w.AddressKey, Purpose: w.Purpose, Allowed: w.Allowed, At: w.At, Resident: w.Resident,
		Shared: w.Resident != "" && w.Resident != of, Source: w.Source, Evidence: w.Evidence, Wording: w.Wording, Reason: w.Reason, Actor: w.Actor.String()}
	if x.Address == string(w.Resident) {
		x.Address = ""
	}
	return x
}

func stopOf(s consent.Stop) stopItem {
	return stopItem{Channel: s.Channel, Address: s.AddressKey, Reason: s.Reason, Note: s.Note, Evidence: s.Evidence, At: s.At, Actor: s.Actor.String()}
}

func wishOf(r consent.Revocation) wishItem {
	return wishItem{r.ID, r.Channel, r.AddressKey, r.Resident, r.Words, r.Received, r.Due, r.Rule, r.State, instant(r.Settled), r.Actor.String(), r.Task}
}

func wordingOf(w consent.Wording) wordingItem {
	return wordingItem{w.Name(), w.ID, w.Version, w.Language, w.Channel, w.Purpose, w.Words, w.Made, w.Actor.String()}
}

func (a *API) addConsents() {
	const tag = "Consent"
	add(a, about{http.MethodGet, "/residents/{id}/consents", tag, "get-consents", "The ledger of a resident's consent",
		"Every yes and no about the resident's addresses with wording, source, evidence and who recorded it; what is stopped and why; wishes to hear no more with their clock.",
		account.ScopeRead}, a.getConsents)
	add(a, about{http.MethodPost, "/residents/{id}/consents", tag, "post-consent", "Record a yes or no",
		"It counts for the address, and so for everybody who shares it. A word older than the one that counts is kept as evidence and changes nothing else.", account.ScopeTasks}, a.postConsent)
	add(a, about{http.MethodGet, "/suppressions", tag, "list-suppressions", "List addresses to which nothing goes", "By channel and address.", account.ScopeRead}, a.listStops)
	add(a, about{http.MethodGet, "/refusals", tag, "list-refusals", "List who wants no more of what",
		"One list over all channels, newest first: a STOP to a text, the link under a mail, a button in their pages, a word to the team, a complaint; each with its scope, evidence and whom it binds. Dead addresses are no refusals (suppressions has them).",
		account.ScopeRead}, a.listRefusals)
	add(a, about{http.MethodPost, "/suppressions", tag, "post-suppression", "Stop an address",
		"Nothing goes there any more, in any property. A STOP by its owner is never replaced.", account.ScopeTasks}, a.postStop)
	add(a, about{http.MethodDelete, "/suppressions/{channel}/{address}", tag, "delete-suppression", "Lift a stop",
		"Recorded consent counts again. The stop and its lifting stay on record.", account.ScopeAdmin}, a.liftStop)
	add(a, about{http.MethodGet, "/revocations", tag, "list-revocations", "List wishes to hear no more that a person has to read", "The most urgent first.", account.ScopeRead}, a.listWishes)
	add(a, about{http.MethodPost, "/revocations/{id}", tag, "settle-revocation", "Say what was meant",
		"Meant: the number is stopped for good. Not meant: what was held goes on.", account.ScopeTasks}, a.settleWish)
	add(a, about{http.MethodGet, "/consent-wordings", tag, "list-consent-wordings", "List the wordings of consent", "Every version that was ever shown.", account.ScopeRead}, a.listWordings)
	add(a, about{http.MethodPost, "/consent-wordings", tag, "post-consent-wording", "Keep a wording",
		"New words are the next version; the same words are the version that there is.", account.ScopeAdmin}, a.postWording)
}

// addressesOf gives a resident's addresses by which consent is kept.
func (a *API) addressesOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (consent.Reach, hearth.PropertyID, error) {
	r, err := a.Records.Resident(ctx, tx, id)
	return consent.Reach{Email: record.EmailKey(r.Email), Phone: record.PhoneKey(r.Phone)}, r.Property, err
}

func (a *API) getConsents(ctx context.Context, in *ResidentPath) (*one[ledgerFull], error) {
	out := &one[ledgerFull]{Body: ledgerFull{Words: []wordItem{}, Stopped: []stopItem{}, History: []stopItem{}, Wishes: []wishItem{}}}
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		to, _, err := a.addressesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		var keys []string
		for _, key := range []string{to.Email, to.Phone} {
			if key != "" {
				keys = append(keys, key)
			}
		}
		l, err := a.Consent.Ledger(ctx, tx, id, keys...)
		if err != nil {
			return err
		}
		for _, w := range l.Words {
			out.Body.Words = append(out.Body.Words, wordOf(w, id))
		}
		for _, s := range l.Stops {
			out.Body.Stopped = append(out.Body.Stopped, stopOf(s))
		}
		for _, s := range l.StopHistory {
			x := stopOf(s.Stop)
			x.Lifted = s.Lifted
			out.Body.History = append(out.Body.History, x)
		}
		for _, r := range l.Revocations {
			out.Body.Wishes = append(out.Body.Wishes, wishOf(r))
		}
		return nil
	})
	return out, err
}

// told is what a request records about consent.
type told struct {
	Channel  hearth.Channel `json:"channel" enum:"email,sms,call,portal,push,letter,all" doc:"all: every way at once."`
	Purpose  string         `json:"purpose,omitempty" maxLength:"100" doc:"What the messages are for, such as promotion; left out: everything on the channel."`
	Allowed  bool           `json:"allowed"`
	Source   string         `json:"source" minLength:"1" maxLength:"100" doc:"Where it was said: office, lease, web form."`
	Evidence string         `json:"evidence,omitempty" maxLength:"1000" doc:"The words, the form, the number of the recording."`
	Wording  string         `json:"wording,omitempty" maxLength:"100" doc:"What was shown: name/version/language of a wording."`
	Reason   string         `json:"reason,omitempty" maxLength:"500" doc:"Why an earlier word is turned. A yes against an earlier no needs one."`
	At       *time.Time     `json:"at,omitempty" doc:"When it was said; left out: now."`
}

func (a *API) postConsent(ctx context.Context, in *struct {
	ResidentPath
	Body told
}) (*one[ledgerFull], error) {
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		to, property, err := a.addressesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		g := consent.Grant{Channel: in.Body.Channel, Purpose: in.Body.Purpose, Allowed: in.Body.Allowed, Resident: id, Property: property, Source: in.Body.Source,
			Evidence: in.Body.Evidence, Wording: in.Body.Wording, Reason: in.Body.Reason, Actor: actorOf(ctx)}
		if in.Body.At != nil {
			if g.At = in.Body.At.UTC(); g.At.After(tx.Now()) {
				return hearth.FieldErrorf("at", "Nothing can have been said in the future.")
			}
		}
		return a.Consent.Tell(ctx, tx, g, to)
	})
	if err != nil {
		return nil, err
	}
	return a.getConsents(ctx, &in.ResidentPath)
}

func (a *API) listStops(ctx context.Context, in *struct {
	Channel string `query:"channel" maxLength:"20" doc:"With address: what follows after."`
	Address string `query:"address" maxLength:"256"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}) (*list[stopItem], error) {
	var all []consent.Stop
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Consent.Stops(ctx, tx, consent.Stop{Channel: hearth.Channel(in.Channel), AddressKey: in.Address}, in.Limit)
		return err
	})
	return paged(all, "", stopOf), err
}

// addressKey normalises an address of a channel.
func addressKey(ch hearth.Channel, address string) (string, error) {
	key := ""
	switch ch {
	case hearth.ChannelEmail:
		key = record.EmailKey(address)
	case hearth.ChannelSMS, hearth.ChannelCall:
		key = record.PhoneKey(address)
	}
	if key == "" {
		return "", hearth.FieldErrorf("address", "This is no address for %s.", ch)
	}
	return key, nil
}

func (a *API) postStop(ctx context.Context, in *struct {
	Body struct {
		Channel  hearth.Channel `json:"channel" enum:"email,sms,call"`
		Address  string         `json:"address" maxLength:"256"`
		Reason   string         `json:"reason" minLength:"1" maxLength:"200" doc:"stop for their own wish, or in words."`
		Note     string         `json:"note,omitempty" maxLength:"500"`
		Evidence string         `json:"evidence,omitempty" maxLength:"1000"`
	}
}) (*one[stopItem], error) {
	out := &one[stopItem]{}
	key, err := addressKey(in.Body.Channel, in.Body.Address)
	if err != nil {
		return nil, err
	}
	if in.Body.Reason == consent.ReasonPending {
		return nil, hearth.FieldErrorf("reason", "This reason belongs to wishes that a person has to read.")
	}
	err = a.db.Write(ctx, func(tx *db.Tx) error {
		if err := a.Messages.CloseGate(ctx, tx, key); err != nil {
			return err
		}
		if _, err := a.Consent.Stop(ctx, tx, consent.Stop{Channel: in.Body.Channel, AddressKey: key, Reason: in.Body.Reason, Note: in.Body.Note,
			Evidence: in.Body.Evidence, Source: "api", Actor: actorOf(ctx)}); err != nil {
			return err
		}
		now, err := a.Consent.StopsOf(ctx, tx, key)
		for _, s := range now {
			if s.Channel == in.Body.Channel {
				out.Body = stopOf(s)
			}
		}
		return err
	})
	return out, err
}

func (a *API) liftStop(ctx context.Context, in *struct {
	Channel hearth.Channel `path:"channel" enum:"email,sms,call"`
	Address string         `path:"address" maxLength:"256"`
	Reason  string         `query:"reason" required:"true" minLength:"1" maxLength:"500" doc:"Why messages may go there again. It stays on record."`
}) (*struct{}, error) {
	key, err := addressKey(in.Channel, in.Address)
	if err != nil {
		return nil, err
	}
	return nil, a.db.Write(ctx, func(tx *db.Tx) error {
		lifted, err := a.Consent.Lift(ctx, tx, consent.Stop{Channel: in.Channel, AddressKey: key, Reason: in.Reason, Source: "api", Actor: actorOf(ctx)})
		if err == nil && !lifted {
			err = hearth.Errorf(hearth.CodeNotFound, "This address is not stopped.")
		}
		return err
	})
}

func (a *API) listWishes(ctx context.Context, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
}) (*list[wishItem], error) {
	var all []consent.Revocation
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Consent.Open(ctx, tx, in.Limit)
		return err
	})
	return paged(all, "", wishOf), err
}

func (a *API) settleWish(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Meant bool `json:"meant" doc:"Whether they want to hear no more."`
	}
}) (*one[wishItem], error) {
	out := &one[wishItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		if err := a.Texting.SettleStop(ctx, tx, actorOf(ctx), in.ID, in.Body.Meant); err != nil {
			return err
		}
		r, err := a.Consent.Revocation(ctx, tx, in.ID)
		out.Body = wishOf(r)
		return err
	})
	return out, err
}

func (a *API) listWordings(ctx context.Context, _ *struct{}) (*list[wordingItem], error) {
	var all []consent.Wording
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Consent.Wordings(ctx, tx)
		return err
	})
	return paged(all, "", wordingOf), err
}

func (a *API) postWording(ctx context.Context, in *struct {
	Body struct {
		ID       string         `json:"id" minLength:"1" maxLength:"60"`
		Language string         `json:"language" minLength:"2" maxLength:"10"`
		Channel  hearth.Channel `json:"channel" enum:"email,sms,call,portal,push,letter"`
		Purpose  string         `json:"purpose,omitempty" maxLength:"100"`
		Words    string         `json:"words" minLength:"1" maxLength:"4000"`
	}
}) (*one[wordingItem], error) {
	out := &one[wordingItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		w, err := a.Consent.PutWording(ctx, tx, consent.Wording{ID: in.Body.ID, Language: in.Body.Language, Channel: in.Body.Channel, Purpose: in.Body.Purpose,
			Words: in.Body.Words, Actor: actorOf(ctx)})
		out.Body = wordingOf(w)
		return err
	})
	return out, err
}
