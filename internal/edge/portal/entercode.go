package portal

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// entrance begins a visit of somebody who asked for a code. Without one, or with one that is over, the way leads back to the first
// page: then it gives nil.
func (p *Portal) entrance(w http.ResponseWriter, r *http.Request, look func(ctx context.Context, tx *db.Tx, v *visit, secret string) error) *visit {
	v, err := p.begin(w, r)
	secret := v.kept(codeCookie)
	if err == nil && secret == "" {
		http.Redirect(w, r, toward(EnterPath, v.wanted()), http.StatusSeeOther)
		return nil
	}
	if err == nil {
		err = v.read(func(ctx context.Context, tx *db.Tx) error { return look(ctx, tx, v, secret) })
	}
	if v.backToDoor(err) {
		return nil
	}
	return v
}

// backToDoor answers an error: for a code that is over by the way to a new one.
func (v *visit) backToDoor(err error) bool {
	switch {
	case err == nil:
		return false
	case hearth.CodeOf(err) == hearth.CodeForbidden && v.keeps() != "":
		v.give(codeCookie, EnterPath, "", 0)
		v.door(http.StatusUnprocessableEntity, enterDoor{Why: "enter.over"})
	case hearth.CodeOf(err) == hearth.CodeForbidden:
		v.give(codeCookie, EnterPath, "", 0)
		http.Redirect(v.w, v.Request, toward(EnterPath+"?over", v.wanted()), http.StatusSeeOther)
	default:
		v.refuse(err)
	}
	return true
}

// enterCode asks for the code.
func (p *Portal) enterCode(w http.ResponseWriter, r *http.Request) {
	v := p.entrance(w, r, func(ctx context.Context, tx *db.Tx, _ *visit, secret string) error {
		return p.People.WaitsHome(ctx, tx, secret)
	})
	if v != nil {
		p.draw(w, r, http.StatusOK, enterCodePage(v, "", ""))
	}
}

// tryCode tries a code. The right one opens the session; where several share the address, they are asked who they are first.
func (p *Portal) tryCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v, err := p.begin(w, r)
	if err == nil {
		err = v.parse(maxForm)
	}
	asked := v.kept(codeCookie)
	if err == nil && asked == "" {
		if v.keeps() != "" {
			v.door(http.StatusUnprocessableEntity, enterDoor{Why: "enter.over"})
			return
		}
		http.Redirect(w, r, toward(EnterPath, v.wanted()), http.StatusSeeOther)
		return
	}
	var all []record.Contact
	secret, proved := "", false
	if err == nil {
		code := digits(v.FormValue("code"))
		err = v.write(func(ctx context.Context, tx *db.Tx) error {
			secret = ""
			who, err := p.People.TryHome(ctx, tx, asked, p.addressOf(r), func(id hearth.MessageID) (bool, error) {
				return p.Messages.CodeIs(ctx, tx, id, code)
			})
			proved = len(who) > 0
			if err != nil || !proved {
				return err
			}
			if all, err = p.entrants(ctx, tx, who); err != nil || len(all) > 1 {
				return err
			}
			secret, err = v.comeIn(ctx, tx, asked, all, 0)
			return err
		})
	}
	switch {
	case v.backToDoor(err):
	case !proved:
		p.draw(w, r, http.StatusUnprocessableEntity, enterCodePage(v, v.T("enter.wrong-code"), v.keeps()))
	case len(all) > 1 && v.keeps() != "":
		p.draw(w, r, http.StatusOK, enterWhoPage(v, names(all), v.keeps()))
	case len(all) > 1:
		http.Redirect(w, r, toward(EnterPath+"/who", v.wanted()), http.StatusSeeOther)
	default:
		v.entered(secret)
	}
}

// digits gives what somebody typed of a code, without blanks and the like.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// entrants gives those who may come in now: somebody may have moved out, or become one with another, since the code was asked for.
func (p *Portal) entrants(ctx context.Context, tx *db.Tx, who []hearth.ResidentID) ([]record.Contact, error) {
	var out []record.Contact
	seen := map[hearth.ResidentID]bool{}
	for _, id := range who {
		c, err := p.entrant(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !seen[c.ID] {
			seen[c.ID] = true
			out = append(out, c)
		}
	}
	return out, nil
}

// comeIn uses up what a code opened, for one of those who may come in. CodeForbidden if there is none.
func (v *visit) comeIn(ctx context.Context, tx *db.Tx, asked string, all []record.Contact, which int) (string, error) {
	if which < 0 || which >= len(all) {
		return "", errNobody()
	}
	if err := v.p.People.ForgetHome(ctx, tx, asked); err != nil {
		return "", err
	}
	return v.start(ctx, tx, all[which].ID)
}

func errNobody() error {
	return hearth.Errorf(hearth.CodeForbidden, "Nobody can come in with this code any more.")
}

// entered answers who has come in.
func (v *visit) entered(secret string) {
	v.give(codeCookie, EnterPath, "", 0)
	v.give(linkCookie, "/home", "", 0)
	v.give(deviceCookie, "/home", secret, deviceDays*24*time.Hour)
	if text, k := v.carried(); text != "" {
		v.p.draw(v.w, v.Request, http.StatusOK, keptPage(v, k))
		return
	}
	http.Redirect(v.w, v.Request, v.wanted(), http.StatusSeeOther)
}

// enterWho asks those who share an address who they are.
func (p *Portal) enterWho(w http.ResponseWriter, r *http.Request) {
	var all []record.Contact
	v := p.entrance(w, r, func(ctx context.Context, tx *db.Tx, _ *visit, secret string) error {
		who, err := p.People.ProvedHome(ctx, tx, secret)
		if err != nil {
			return err
		}
		if all, err = p.entrants(ctx, tx, who); err == nil && len(all) == 0 {
			err = errNobody()
		}
		return err
	})
	if v != nil {
		p.draw(w, r, http.StatusOK, enterWhoPage(v, names(all), ""))
	}
}

// chooseWho comes in as one of those who share an address.
func (p *Portal) chooseWho(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v, err := p.begin(w, r)
	if err == nil {
		err = v.parse(maxForm)
	}
	secret := ""
	if err == nil {
		asked, chosen := v.kept(codeCookie), hearth.ResidentID(v.FormValue("who"))
		err = v.write(func(ctx context.Context, tx *db.Tx) error {
			who, err := p.People.ProvedHome(ctx, tx, asked)
			if err != nil {
				return err
			}
			all, err := p.entrants(ctx, tx, who)
			if err != nil {
				return err
			}
			which := -1
			for i := range all {
				if all[i].ID == chosen {
					which = i
				}
			}
			secret, err = v.comeIn(ctx, tx, asked, all, which)
			return err
		})
	}
	if !v.backToDoor(err) {
		v.entered(secret)
	}
}

// entrantName is a button of the page that asks who somebody is.
type entrantName struct {
	ID   hearth.ResidentID
	Name string
}

// names gives the first names of those who share an address, and whole ones where two have the same.
func names(all []record.Contact) []entrantName {
	count := map[string]int{}
	for _, c := range all {
		count[c.Called()]++
	}
	var out []entrantName
	for _, c := range all {
		n := entrantName{ID: c.ID, Name: c.Called()}
		if count[n.Name] > 1 {
			n.Name = c.Name()
		}
		out = append(out, n)
	}
	return out
}
