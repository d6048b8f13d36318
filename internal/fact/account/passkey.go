package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"hearth"
	"hearth/internal/base/db"
)

// Passkeys (WebAuthn). One proves by itself both what somebody has and who they are, so no code is asked for beside it.

// Site is where a passkey is good.
type Site struct {
	ID     string // the host's name
	Origin string // scheme, host and port
}

// SiteOf gives the site of an address of ours, such as https://hearth.oak.example. ok is false where browsers know no passkeys: at a bare
// address of the network, and without TLS anywhere but on this machine.
func SiteOf(address string) (s Site, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return Site{}, false
	}
	name := strings.ToLower(u.Hostname())
	local := name == "localhost" || strings.HasSuffix(name, ".localhost")
	if u.Scheme != "https" && !local {
		return Site{}, false
	}
	return Site{ID: name, Origin: u.Scheme + "://" + strings.ToLower(u.Host)}, true
}

func (s Site) party() (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{RPID: s.ID, RPDisplayName: "Hearth", RPOrigins: []string{s.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("passkeys at %s: %w", s.ID, err)
	}
	return w, nil
}

// Passkey is one of an account's, as its owner sees it.
type Passkey struct {
	ID         string
	Name       string
	Made, Used time.Time // Used is zero before the first time
}

// Question is what a browser asks a device.
type Question struct {
	Options string // JSON for navigator.credentials
	Pending string // to be given back beside the answer
}

// holder is whoever holds passkeys, as the library wants them.
type holder struct {
	id   string // names them to devices; it says nothing about them
	name string // what the device shows
	who  Person // the account, of the team
	keys []webauthn.Credential
}

// WebAuthnID names the holder to devices.
func (h *holder) WebAuthnID() []byte { return []byte(h.id) }

// WebAuthnName is what the device shows.
func (h *holder) WebAuthnName() string { return h.name }

// WebAuthnDisplayName is what the device shows beside.
func (h *holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials are the passkeys that there are.
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

const selectPasskeys = `SELECT id, name, data, made, used FROM passkeys WHERE org = $1 AND account = $2 ORDER BY made, id`

func (p *People) holder(ctx context.Context, tx *db.Tx, account string) (*holder, []Passkey, error) {
	who, err := p.Get(ctx, tx, account)
	if err != nil {
		return nil, nil, err
	}
	h := &holder{id: who.ID, who: who, name: who.Login}
	rows, err := tx.Query(ctx, selectPasskeys, tx.Org(), account)
	if err != nil {
		return nil, nil, fmt.Errorf("list passkeys: %w", err)
	}
	list, err := h.take(rows)
	return h, list, err
}

// take reads passkeys, as the library and as their owner sees them.
func (h *holder) take(rows *db.Rows) (list []Passkey, err error) {
	defer rows.Close()
	for rows.Next() {
		var k Passkey
		var data string
		var made, used int64
		if err := rows.Scan(&k.ID, &k.Name, &data, &made, &used); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return nil, fmt.Errorf("read passkey %s: %w", k.ID, err)
		}
		k.Made, k.Used = hearth.FromMillis(made), hearth.FromMillis(used)
		h.keys, list = append(h.keys, c), append(list, k)
	}
	return list, rows.Err()
}

// Passkeys lists an account's.
func (p *People) Passkeys(ctx context.Context, tx *db.Tx, account string) ([]Passkey, error) {
	_, list, err := p.holder(ctx, tx, account)
	return list, err
}

// OfferKey asks a device to make a passkey for an account.
func (p *People) OfferKey(ctx context.Context, tx *db.Tx, site Site, account string) (Question, error) {
	w, err := site.party()
	if err != nil {
		return Question{}, err
	}
	h, _, err := p.holder(ctx, tx, account)
	if err != nil {
		return Question{}, err
	}
	return p.offer(ctx, tx, w, OpenKey, h)
}

// offer asks a device to make a passkey, unless it holds one of theirs already.
func (p *People) offer(ctx context.Context, tx *db.Tx, w *webauthn.WebAuthn, kind OpeningKind, h *holder) (Question, error) {
	made, session, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return Question{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return p.question(ctx, tx, kind, h.id, made.Response, session)
}

// AskKey asks a device for a passkey: of the account; of whoever holds one if it is "". address is where a stranger asks from.
func (p *People) AskKey(ctx context.Context, tx *db.Tx, site Site, account, address string) (Question, error) {
	if account == "" {
		if err := p.ask(ctx, tx, address); err != nil {
			return Question{}, err
		}
		return p.askAnybody(ctx, tx, site, OpenKey)
	}
	w, err := site.party()
	if err != nil {
		return Question{}, err
	}
	h, _, err := p.holder(ctx, tx, account)
	if err != nil {
		return Question{}, err
	}
	asked, session, err := w.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Question{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return p.question(ctx, tx, OpenKey, account, asked.Response, session)
}

// askAnybody asks a device for the passkey of whoever holds one.
func (p *People) askAnybody(ctx context.Context, tx *db.Tx, site Site, kind OpeningKind) (Question, error) {
	w, err := site.party()
	if err != nil {
		return Question{}, err
	}
	asked, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Question{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return p.question(ctx, tx, kind, "", asked.Response, session)
}

func (p *People) question(ctx context.Context, tx *db.Tx, kind OpeningKind, account string, options any, session *webauthn.SessionData) (Question, error) {
	raw, err := json.Marshal(options)
	if err != nil {
		return Question{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	pending, err := p.open(ctx, tx, kind, account, session, shortFor)
	return Question{Options: string(raw), Pending: pending}, err
}

// errKey says that an answer proves nothing. Why goes to the log, not to whoever tries.
func errKey(err error) error {
	return fmt.Errorf("%w (%w)", hearth.Errorf(hearth.CodeForbidden, "This passkey was not recognised here. Try again, or come in another way."), err)
}

// answered takes an open question.
func (p *People) answered(ctx context.Context, tx *db.Tx, kind OpeningKind, pending, account string) (session webauthn.SessionData, err error) {
	o, err := p.Peek(ctx, tx, kind, pending)
	if err != nil {
		return session, err
	}
	if o.Account != account {
		return session, hearth.Errorf(hearth.CodeForbidden, "This belongs to another account. Start again.")
	}
	if err := o.Into(&session); err != nil {
		return session, fmt.Errorf("read a question: %w", err)
	}
	return session, p.use(ctx, tx, o)
}

const insertPasskey = `INSERT INTO passkeys (org, id, account, name, data, made, used) VALUES ($1, $2, $3, $4, $5, $6, 0)`

// AddKey keeps the passkey that a device made. The session must have been proved just now.
func (p *People) AddKey(ctx context.Context, tx *db.Tx, site Site, v Viewer, pending, answer, name string) error {
	if !v.fresh {
		return hearth.Errorf(hearth.CodeForbidden, "Sign in once more first.")
	}
	return p.keep(ctx, tx, site, v.Session.Account, pending, answer, name)
}

func (p *People) keep(ctx context.Context, tx *db.Tx, site Site, account, pending, answer, name string) error {
	session, err := p.answered(ctx, tx, OpenKey, pending, account)
	if err != nil {
		return err
	}
	h, _, err := p.holder(ctx, tx, account)
	if err != nil {
		return err
	}
	id, raw, err := site.made(h, session, answer)
	if err != nil {
		return err
	}
	if name = clip(strings.TrimSpace(name)); name == "" {
		name = "Passkey"
	}
	if _, err := p.ownerOf(ctx, tx, id); err == nil {
		return hearth.Errorf(hearth.CodeConflict, "This passkey is in use already.")
	} else if !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if _, err := tx.Exec(ctx, insertPasskey, tx.Org(), id, account, name, raw, hearth.Millis(tx.Now())); err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	return nil
}

// made judges the answer of a device that made a passkey, and gives it as it is kept.
func (s Site) made(h *holder, session webauthn.SessionData, answer string) (id, raw string, err error) {
	w, err := s.party()
	if err != nil {
		return "", "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return "", "", errKey(err)
	}
	c, err := w.CreateCredential(h, session, parsed)
	if err != nil {
		return "", "", errKey(err)
	}
	return written(c)
}

// written gives a passkey's name and how it is kept.
func written(c *webauthn.Credential) (id, raw string, err error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", "", fmt.Errorf("write passkey: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(c.ID), string(b), nil
}

// shown judges the answer of a device that was asked for a passkey: of the holder, or of whoever is known by the handle that it tells. It gives
// the holder and the passkey as it is to be kept, with how often it was used.
func (s Site) shown(session webauthn.SessionData, answer string, h *holder, known func(handle string) (*holder, error)) (who *holder, id, raw string, err error) {
	w, err := s.party()
	if err != nil {
		return nil, "", "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return nil, "", "", errKey(err)
	}
	var c *webauthn.Credential
	if h != nil {
		c, err = w.ValidateLogin(h, session, parsed)
	} else {
		_, c, err = w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
			if strings.ContainsFunc(string(handle), func(r rune) bool { return r <= ' ' || r > '~' }) {
				return nil, errors.New("no handle of ours")
			}
			h, err = known(string(handle))
			return h, err
		}, session, parsed)
	}
	if err != nil {
		return nil, "", "", errKey(err)
	}
	if c.Authenticator.CloneWarning {
		return nil, "", "", errKey(errors.New("its counter went back: it may have been copied"))
	}
	id, raw, err = written(c)
	return h, id, raw, err
}

// ownerOf gives whose a passkey is; db.ErrNotFound if it is nobody's.
func (p *People) ownerOf(ctx context.Context, tx *db.Tx, id string) (account string, err error) {
	err = tx.Row(ctx, `SELECT account FROM passkeys WHERE org = $1 AND id = $2`, tx.Org(), id).Scan(&account)
	return account, err
}

// dropKeys takes all passkeys of an account away.
func (p *People) dropKeys(ctx context.Context, tx *db.Tx, account string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE org = $1 AND account = $2`, tx.Org(), account); err != nil {
		return fmt.Errorf("drop passkeys: %w", err)
	}
	return nil
}

// DropKey takes a passkey away, unless it is the only way in.
func (p *People) DropKey(ctx context.Context, tx *db.Tx, account, id string) error {
	h, list, err := p.holder(ctx, tx, account)
	if err != nil {
		return err
	}
	if len(list) == 1 && list[0].ID == id && !h.who.Password {
		return hearth.Errorf(hearth.CodeConflict, "This passkey is your only way in. Add another one or choose a password first.")
	}
	_, err = tx.Exec(ctx, `DELETE FROM passkeys WHERE org = $1 AND account = $2 AND id = $3`, tx.Org(), account, id)
	return err
}

// proven tells whose passkey gave the answer, and notes its use.
func (p *People) proven(ctx context.Context, tx *db.Tx, site Site, account, pending, answer string) (Person, error) {
	session, err := p.answered(ctx, tx, OpenKey, pending, account)
	if err != nil {
		return Person{}, err
	}
	var h *holder
	if account != "" {
		if h, _, err = p.holder(ctx, tx, account); err != nil {
			return Person{}, err
		}
	}
	h, id, raw, err := site.shown(session, answer, h, func(handle string) (*holder, error) {
		h, _, err := p.holder(ctx, tx, handle)
		return h, err
	})
	if err != nil {
		return Person{}, err
	}
	n, err := tx.Exec(ctx, `UPDATE passkeys SET data = $1, used = $2 WHERE org = $3 AND account = $4 AND id = $5`, raw, hearth.Millis(tx.Now()), tx.Org(), h.id, id)
	if err == nil && n != 1 {
		err = errKey(errors.New("it is not there any more"))
	}
	return h.who, err
}

// SignInByKey opens a session by a passkey's answer; it can't be guessed, so wrong passwords don't keep it out. CodeForbidden, in the same words, for an unknown one and for an account that is closed.
func (p *People) SignInByKey(ctx context.Context, site Site, pending, answer string, from From) (session string, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session = ""
		who, err := p.proven(ctx, tx, site, "", pending, answer)
		if err != nil {
			return err
		}
		if who, err = p.entrant(ctx, tx, who.ID); err != nil {
			return err
		}
		session, err = p.start(ctx, tx, who, from)
		return err
	})
	return session, err
}

// StepUpByKey proves once more who holds a session, by a passkey of theirs. The session goes on under a new secret.
func (p *People) StepUpByKey(ctx context.Context, site Site, s Session, pending, answer string) (session string, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session = ""
		if _, err := p.entrant(ctx, tx, s.Account); err != nil {
			return err
		}
		if _, err := p.proven(ctx, tx, site, s.Account, pending, answer); err != nil {
			return err
		}
		session, err = p.renew(ctx, tx, s)
		return err
	})
	return session, err
}

// AcceptKey takes an invitation with a passkey instead of a password, and signs its owner in. A second factor that the account has must be shown with a
// password first: CodeConflict.
func (p *People) AcceptKey(ctx context.Context, site Site, secret, pending, answer, name string, from From) (session string, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session = ""
		o, err := p.Peek(ctx, tx, OpenInvite, secret)
		if err != nil {
			return err
		}
		who, err := p.entrant(ctx, tx, o.Account)
		if err != nil {
			return err
		}
		if who.App {
			return hearth.Errorf(hearth.CodeConflict, "This account has a second factor. Choose a password and show its code; a passkey can be added afterwards.")
		}
		// Who chooses anew may do so because somebody else knows the old ways in: they are over.
		if err := p.dropKeys(ctx, tx, who.ID); err != nil {
			return err
		}
		if err := p.setPassword(ctx, tx, who.ID, ""); err != nil {
			return err
		}
		if err := p.keep(ctx, tx, site, who.ID, pending, answer, name); err != nil {
			return err
		}
		if err := p.use(ctx, tx, o); err != nil {
			return err
		}
		if err := p.EndAll(ctx, tx, who.ID, ""); err != nil {
			return err
		}
		session, err = p.start(ctx, tx, who, from)
		return err
	})
	return session, err
}
