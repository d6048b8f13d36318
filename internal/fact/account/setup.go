package account

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// beginning is what is kept with an invitation: the secret that its page shows for an app.
type beginning struct{ App string }

// SetupLink gives the secret of the page that makes the first account. It fails with CodeConflict once somebody has an
// account; the secret of an earlier call opens nothing any more.
func (p *People) SetupLink(ctx context.Context, tx *db.Tx) (string, error) {
	if any, err := p.Any(ctx, tx); err != nil {
		return "", err
	} else if any {
		return "", hearth.Errorf(hearth.CodeConflict, "Hearth is set up already. Who has an account can invite others.")
	}
	if err := p.forgetOpenings(ctx, tx, OpenSetup, ""); err != nil {
		return "", fmt.Errorf("make the set-up link: %w", err)
	}
	app, err := p.appSecret()
	if err != nil {
		return "", err
	}
	return p.open(ctx, tx, OpenSetup, "", beginning{app}, setupFor)
}

// Invite gives the secret of the page on which the account's owner chooses how to sign in, at first or anew. Whoever has the secret could
// choose for them, so only somebody who Covers them may give it for an account in use; a second factor that they have stays: the page asks for it.
func (p *People) Invite(ctx context.Context, tx *db.Tx, account string) (string, error) {
	who, err := p.Get(ctx, tx, account)
	if err != nil {
		return "", err
	}
	if !who.Closed.IsZero() {
		return "", hearth.Errorf(hearth.CodeConflict, "This account is closed. Create a new one.")
	}
	if err := p.forgetOpenings(ctx, tx, OpenInvite, account); err != nil {
		return "", fmt.Errorf("make an invitation: %w", err)
	}
	app, err := p.appSecret()
	if err != nil {
		return "", err
	}
	return p.open(ctx, tx, OpenInvite, account, beginning{app}, inviteFor)
}

// DropSecond takes an account's second factor away: its owner lost the device and the recovery codes. All its sessions end.
func (p *People) DropSecond(ctx context.Context, tx *db.Tx, account string) error {
	if _, err := p.Get(ctx, tx, account); err != nil {
		return err
	}
	for _, q := range []string{`UPDATE accounts SET totp = '', totp_step = 0 WHERE org = $1 AND id = $2`, `DELETE FROM recovery_codes WHERE org = $1 AND account = $2`,
		`DELETE FROM passkeys WHERE org = $1 AND account = $2`} {
		if _, err := tx.Exec(ctx, q, tx.Org(), account); err != nil {
			return fmt.Errorf("drop the second factor of %s: %w", account, err)
		}
	}
	return p.EndAll(ctx, tx, account, "")
}

func (p *People) appSecret() (string, error) {
	b, err := p.chance(20)
	return secretCoding().EncodeToString(b), err
}

// AppSecret gives what the page of an opening shows for an app.
func (o Opening) AppSecret() string {
	var b beginning
	if o.Into(&b) != nil {
		return ""
	}
	return b.App
}

// Choice is what somebody fills in on the page of a set-up link or an invitation.
type Choice struct {
	Name, Login string // of the first account; an invitation knows them
	Manages     bool   // the first account: also the property manager's role, everywhere
	Password    string
	Code        string // of the app: with it the app becomes the second factor
}

// Begin makes the first account and signs it in.
func (p *People) Begin(ctx context.Context, secret string, c Choice, from From) (session string, codes []string, err error) {
	c.Name = strings.TrimSpace(c.Name)
	if c.Name == "" || utf8.RuneCountInString(c.Name) > 120 {
		return "", nil, hearth.FieldErrorf("name", "Write your name, so that others know who did what.")
	}
	if record.EmailKey(c.Login) == "" {
		return "", nil, hearth.FieldErrorf("login", "Write an e-mail address such as dana@oak.example.")
	}
	return p.choose(ctx, OpenSetup, secret, c, from, func(tx *db.Tx) (Person, error) {
		if any, err := p.Any(ctx, tx); err != nil {
			return Person{}, err
		} else if any {
			return Person{}, hearth.Errorf(hearth.CodeConflict, "Hearth is set up already. Who has an account can invite others.")
		}
		m, _, err := p.records.PutStaff(ctx, tx, record.News{Source: "hearth", Actor: hearth.System("set-up")}, record.Staff{Name: c.Name, Email: c.Login})
		if err != nil {
			return Person{}, err
		}
		who := Person{Staff: m.ID, Login: c.Login, Wide: []hearth.Role{hearth.RoleAdmin}}
		if c.Manages {
			who.Wide = append(who.Wide, hearth.RoleManager)
		}
		return p.Create(ctx, tx, hearth.System("set-up"), who)
	})
}

// Accept takes an invitation, and signs its owner in.
func (p *People) Accept(ctx context.Context, secret string, c Choice, from From) (session string, codes []string, err error) {
	return p.choose(ctx, OpenInvite, secret, c, from, nil)
}

// choose sets how an account is signed in to. make gives the account where there is none yet. The hash is made outside of the
// transaction: others wait for it.
func (p *People) choose(ctx context.Context, kind OpeningKind, secret string, c Choice, from From, make func(*db.Tx) (Person, error)) (session string, codes []string, err error) {
	var o Opening
	var who Person
	err = p.db.Read(ctx, func(tx *db.Tx) (err error) {
		if o, err = p.Peek(ctx, tx, kind, secret); err != nil || o.Account == "" {
			return err
		}
		who, err = p.Get(ctx, tx, o.Account)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	login := c.Login
	if make == nil {
		login = who.Login
	}
	ms := meters(login, from.Address)
	if who.App { // its code is asked for, and must not be guessed
		if err := p.db.Read(ctx, func(tx *db.Tx) error { return p.admit(ctx, tx, ms) }); err != nil {
			return "", nil, err
		}
	}
	if err := CheckPassword(c.Password, c.Code != "", login, c.Name); err != nil {
		return "", nil, err
	}
	hash, err := p.newHash(ctx, c.Password)
	if err != nil {
		return "", nil, err
	}
	var wrong error
	err = p.db.Write(ctx, func(tx *db.Tx) (err error) {
		session, codes, wrong = "", nil, nil
		o, err := p.Peek(ctx, tx, kind, secret)
		if err != nil {
			return err
		}
		if make != nil {
			who, err = make(tx)
		} else {
			who, err = p.Get(ctx, tx, o.Account)
		}
		if err != nil {
			return err
		}
		if codes, err = p.second(ctx, tx, who, o.AppSecret(), c.Code); err != nil {
			if wrong = err; who.App && hearth.CodeOf(err) == hearth.CodeInvalid {
				return p.failed(ctx, tx, ms) // counted, and told below
			}
			return err
		}
		if err := p.use(ctx, tx, o); err != nil {
			return err
		}
		if err := p.dropKeys(ctx, tx, who.ID); err != nil {
			return err
		}
		if err := p.setPassword(ctx, tx, who.ID, hash); err != nil {
			return err
		}
		if err := p.EndAll(ctx, tx, who.ID, ""); err != nil {
			return err
		}
		session, err = p.start(ctx, tx, who, from)
		return err
	})
	if err == nil {
		err = wrong
	}
	return session, codes, err
}

// second settles the second factor on the page of an invitation: one that is there has to be shown, else one may be begun.
func (p *People) second(ctx context.Context, tx *db.Tx, who Person, offered, code string) ([]string, error) {
	if who.App {
		ok, err := p.checkCode(ctx, tx, who, code)
		if err == nil && !ok {
			err = hearth.FieldErrorf("code", "This is not the code that your app shows now, nor a recovery code of yours.")
		}
		return nil, err
	}
	if strings.TrimSpace(code) == "" {
		return nil, nil
	}
	return p.beginApp(ctx, tx, who.ID, offered, code)
}

// beginApp makes an app the second factor, once it shows a right code, and gives the recovery codes.
func (p *People) beginApp(ctx context.Context, tx *db.Tx, account, secret, code string) ([]string, error) {
	step := stepOf(secret, code, tx.Now(), 0)
	if step == 0 {
		return nil, hearth.FieldErrorf("code", "This is not the code that the app shows now. Look at the device's clock, and try the next code.")
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET totp = $1, totp_step = $2 WHERE org = $3 AND id = $4`, secret, step, tx.Org(), account); err != nil {
		return nil, fmt.Errorf("write the second factor: %w", err)
	}
	return p.newCodes(ctx, tx, account)
}

func (p *People) setPassword(ctx context.Context, tx *db.Tx, account, hash string) error {
	if _, err := tx.Exec(ctx, `UPDATE accounts SET password = $1 WHERE org = $2 AND id = $3`, hash, tx.Org(), account); err != nil {
		return fmt.Errorf("write password: %w", err)
	}
	return nil
}

// recoveryCodes is how many codes there are for a lost device.
const recoveryCodes = 10

// newCodes makes recovery codes, which are shown once; earlier ones open nothing any more.
func (p *People) newCodes(ctx context.Context, tx *db.Tx, account string) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE org = $1 AND account = $2`, tx.Org(), account); err != nil {
		return nil, fmt.Errorf("write recovery codes: %w", err)
	}
	var out []string
	for range recoveryCodes {
		b, err := p.chance(10)
		if err != nil {
			return nil, err
		}
		code := strings.ToLower(secretCoding().EncodeToString(b))
		if _, err := tx.Exec(ctx, `INSERT INTO recovery_codes (org, account, hash) VALUES ($1, $2, $3)`, tx.Org(), account, hashOf(code)); err != nil {
			return nil, fmt.Errorf("write recovery codes: %w", err)
		}
		out = append(out, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
	}
	return out, nil
}

// checkCode tells whether code is the app's of now, or a recovery code; it is good once.
func (p *People) checkCode(ctx context.Context, tx *db.Tx, who Person, code string) (bool, error) {
	if step := stepOf(who.totp, code, tx.Now(), who.totpStep); who.App && step > 0 {
		n, err := tx.Exec(ctx, `UPDATE accounts SET totp_step = $1 WHERE org = $2 AND id = $3 AND totp_step < $1`, step, tx.Org(), who.ID)
		return n == 1, err
	}
	plain := strings.ToLower(strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == ' ' }), ""))
	n, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE org = $1 AND account = $2 AND hash = $3`, tx.Org(), who.ID, hashOf(plain))
	return n == 1, err
}

// SetPassword sets an account's password: for a generated community, whose sign-ins are printed. All its sessions end.
func (p *People) SetPassword(ctx context.Context, account, password string) error {
	hash, err := p.newHash(ctx, password)
	if err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *db.Tx) error {
		if err := p.setPassword(ctx, tx, account, hash); err != nil {
			return err
		}
		return p.EndAll(ctx, tx, account, "")
	})
}

// Guest signs somebody in without asking: only for a generated community that is open to everybody.
func (p *People) Guest(ctx context.Context, account string, from From) (session string, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		who, err := p.entrant(ctx, tx, account)
		if err != nil {
			return err
		}
		session, err = p.start(ctx, tx, who, from)
		return err
	})
	return session, err
}
