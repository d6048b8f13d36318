package account

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

// Entered is what a sign-in came to: a session, or the question for the second factor. Both are secrets for the browser.
type Entered struct {
	Session string
	Second  string // to be given to Second together with a code
}

// errWrong is the same for an unknown address, a wrong password and an account that is closed.
func errWrong() error {
	return hearth.Errorf(hearth.CodeForbidden, "The address or the password is not right. Look at both, and try again.")
}

// SignIn opens a session with a password, or asks for the second factor. Unknown address, wrong password and closed account have the same
// answer and take the same time. It fails with CodeForbidden, or with CodeBusy after too many wrong tries.
func (p *People) SignIn(ctx context.Context, login, password string, from From) (Entered, error) {
	ms := meters(login, from.Address)
	var who Person
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) {
		if err := p.admit(ctx, tx, ms); err != nil {
			return err
		}
		who, err = p.ByLogin(ctx, tx, login)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil
		}
		return err
	})
	if err != nil {
		return Entered{}, err
	}
	right, err := p.compare(ctx, who.password, password)
	if err != nil {
		return Entered{}, err
	}
	if !right {
		if err := p.db.Write(ctx, func(tx *db.Tx) error { return p.failed(ctx, tx, ms) }); err != nil {
			return Entered{}, err
		}
		return Entered{}, errWrong()
	}
	renewed := ""
	if p.cost.outdated(who.password) {
		if renewed, err = p.newHash(ctx, password); err != nil {
			return Entered{}, err
		}
	}
	return p.enter(ctx, who.ID, ms, renewed, from)
}

// enter goes on after a right password.
func (p *People) enter(ctx context.Context, account string, ms []meter, renewed string, from From) (out Entered, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		out = Entered{}
		who, err := p.entrant(ctx, tx, account)
		if err != nil {
			return err
		}
		if renewed != "" {
			if err := p.setPassword(ctx, tx, who.ID, renewed); err != nil {
				return err
			}
		}
		if who.App {
			out.Second, err = p.open(ctx, tx, OpenSecond, who.ID, nil, secondFor)
			return err
		}
		if err := p.forgive(ctx, tx, ms); err != nil {
			return err
		}
		out.Session, err = p.start(ctx, tx, who, from)
		return err
	})
	return out, err
}

// entrant gives an account that may come in: open, of somebody who is still there.
func (p *People) entrant(ctx context.Context, tx *db.Tx, account string) (Person, error) {
	who, err := p.Get(ctx, tx, account)
	if err != nil || !who.Closed.IsZero() {
		return Person{}, errWrong()
	}
	if _, err := p.viewer(ctx, tx, who, Session{}); err != nil {
		if hearth.CodeOf(err) == hearth.CodeForbidden {
			return Person{}, errWrong()
		}
		return Person{}, err
	}
	return who, nil
}

// Second opens the session that SignIn held back, with the app's code or a recovery code. After five wrong codes the sign-in begins
// anew.
func (p *People) Second(ctx context.Context, pending, code string, from From) (session string, err error) {
	var wrong error
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session, wrong = "", nil
		o, err := p.Peek(ctx, tx, OpenSecond, pending)
		if err != nil {
			return err
		}
		who, err := p.entrant(ctx, tx, o.Account)
		if err != nil {
			return err
		}
		ms := meters(who.Login, from.Address)
		if err := p.admit(ctx, tx, ms); err != nil {
			return err
		}
		ok, err := p.checkCode(ctx, tx, who, code)
		if err != nil {
			return err
		}
		if !ok {
			wrong = hearth.Errorf(hearth.CodeForbidden, "This is not the code that your app shows now, or it was used already.")
			return p.wrongCode(ctx, tx, o, ms)
		}
		if err := p.use(ctx, tx, o); err != nil {
			return err
		}
		if err := p.forgive(ctx, tx, ms); err != nil {
			return err
		}
		session, err = p.start(ctx, tx, who, from)
		return err
	})
	if err == nil {
		err = wrong
	}
	return session, err
}

// codeTries is how many codes may be tried after one right password.
const codeTries = 5

func (p *People) wrongCode(ctx context.Context, tx *db.Tx, o Opening, ms []meter) error {
	if err := p.failed(ctx, tx, ms); err != nil {
		return err
	}
	if o.Tries+1 >= codeTries {
		return p.use(ctx, tx, o)
	}
	_, err := tx.Exec(ctx, `UPDATE openings SET tries = tries + 1 WHERE org = $1 AND hash = $2`, tx.Org(), o.hash)
	return err
}

// StepUp proves once more who holds a session, by password, and by code where there is an app. The session goes on under a new
// secret.
func (p *People) StepUp(ctx context.Context, s Session, password, code, address string) (session string, err error) {
	var who Person
	var ms []meter
	err = p.db.Read(ctx, func(tx *db.Tx) (err error) {
		if who, err = p.entrant(ctx, tx, s.Account); err != nil {
			return err
		}
		ms = meters(who.Login, address)
		return p.admit(ctx, tx, ms)
	})
	if err != nil {
		return "", err
	}
	right, err := p.compare(ctx, who.password, password)
	if err != nil {
		return "", err
	}
	wrong := false
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session, wrong = "", !right
		who, err := p.entrant(ctx, tx, s.Account)
		if err != nil {
			return err
		}
		if right && who.App {
			ok, err := p.checkCode(ctx, tx, who, code)
			if err != nil {
				return err
			}
			wrong = !ok
		}
		if wrong {
			return p.failed(ctx, tx, ms)
		}
		session, err = p.renew(ctx, tx, s)
		return err
	})
	if err == nil && wrong {
		err = hearth.Errorf(hearth.CodeForbidden, "That is not right. Look at what you wrote, and try again.")
	}
	return session, err
}

// ChangePassword sets another password. The session must have been proved just now; all others of the account end, and this one goes
// on under a new secret.
func (p *People) ChangePassword(ctx context.Context, v Viewer, password string) (session string, err error) {
	if !v.fresh {
		return "", hearth.Errorf(hearth.CodeForbidden, "Sign in once more first.")
	}
	var who Person
	if err := p.db.Read(ctx, func(tx *db.Tx) (err error) { who, err = p.Get(ctx, tx, v.Session.Account); return err }); err != nil {
		return "", err
	}
	if err := CheckPassword(password, who.App, who.Login, v.Name); err != nil {
		return "", err
	}
	hash, err := p.newHash(ctx, password)
	if err != nil {
		return "", err
	}
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		if err := p.setPassword(ctx, tx, who.ID, hash); err != nil {
			return err
		}
		if err := p.EndAll(ctx, tx, who.ID, v.Session.ID); err != nil {
			return err
		}
		session, err = p.renew(ctx, tx, v.Session)
		return err
	})
	return session, err
}

// OfferApp begins to make an app the second factor: the secret that the app reads, and what ConfirmApp takes with the app's first code.
func (p *People) OfferApp(ctx context.Context, tx *db.Tx, v Viewer) (app, pending string, err error) {
	if app, err = p.appSecret(); err != nil {
		return "", "", err
	}
	if err := p.forgetOpenings(ctx, tx, OpenApp, v.Session.Account); err != nil {
		return "", "", err
	}
	pending, err = p.open(ctx, tx, OpenApp, v.Session.Account, beginning{app}, inviteFor)
	return app, pending, err
}

// ConfirmApp makes the app the second factor, and gives the recovery codes.
func (p *People) ConfirmApp(ctx context.Context, tx *db.Tx, v Viewer, pending, code string) ([]string, error) {
	if !v.fresh {
		return nil, hearth.Errorf(hearth.CodeForbidden, "Sign in once more first.")
	}
	o, err := p.Peek(ctx, tx, OpenApp, pending)
	if err != nil {
		return nil, err
	}
	if o.Account != v.Session.Account {
		return nil, hearth.Errorf(hearth.CodeForbidden, "This belongs to another account. Start again.")
	}
	codes, err := p.beginApp(ctx, tx, o.Account, o.AppSecret(), code)
	if err != nil {
		return nil, err
	}
	return codes, p.use(ctx, tx, o)
}

// RenewCodes makes new recovery codes.
func (p *People) RenewCodes(ctx context.Context, tx *db.Tx, v Viewer) ([]string, error) {
	if !v.fresh {
		return nil, hearth.Errorf(hearth.CodeForbidden, "Sign in once more first.")
	}
	return p.newCodes(ctx, tx, v.Session.Account)
}
