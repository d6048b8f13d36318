package account

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Person is somebody's account: of a member of the team, or of a resident.
type Person struct {
	ID       string // "acc_…"
	Staff    hearth.StaffID
	Resident hearth.ResidentID
	Login    string        // an e-mail address
	Wide     []hearth.Role // roles held at every property
	Made     time.Time
	MadeBy   string
	Closed   time.Time // zero while it is open
	LastIn   time.Time // zero before the first time
	Password bool      // has one
	App      bool      // has an app for codes
	NoKeys   bool      // single keys do nothing on their pages

	password string
	totp     string
	totpStep int64
}

// Deps is what People works with. All fields but Cost are required.
type Deps struct {
	DB      *db.DB
	Records *record.Store
	Random  io.Reader // fit for secrets
	Cost    Cost      // of a password's hash; the usual one if zero
}

// People keeps accounts of people, and where they are signed in. It is safe for concurrent use.
type People struct {
	db      *db.DB
	records *record.Store
	policy  *Policy
	cost    Cost
	hashing chan struct{}
	nobody  string // the hash that is compared where there is no account

	randomMu sync.Mutex // guards random
	random   io.Reader
}

// NewPeople makes the store.
func NewPeople(d Deps) (*People, error) {
	p := &People{db: d.DB, records: d.Records, policy: NewPolicy(), cost: d.Cost, hashing: make(chan struct{}, 2), random: d.Random}
	if p.cost == (Cost{}) {
		p.cost = UsualCost()
	}
	salt, err := p.chance(16)
	if err != nil {
		return nil, err
	}
	p.nobody = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", p.cost.KiB, p.cost.Rounds, base64.RawStdEncoding.EncodeToString(salt),
		base64.RawStdEncoding.EncodeToString(append(salt, salt...)))
	return p, nil
}

// Policy gives what each role may do and see.
func (p *People) Policy() *Policy { return p.policy }

// chance reads n bytes fit for secrets.
func (p *People) chance(n int) ([]byte, error) {
	b := make([]byte, n)
	p.randomMu.Lock()
	defer p.randomMu.Unlock()
	if _, err := io.ReadFull(p.random, b); err != nil {
		return nil, fmt.Errorf("read chance: %w", err)
	}
	return b, nil
}

// secret makes a secret of 256 bits.
func (p *People) secret() (string, error) {
	b, err := p.chance(32)
	return base64.RawURLEncoding.EncodeToString(b), err
}

func (p *People) newID(prefix string) (string, error) {
	b, err := p.chance(12)
	return prefix + hex.EncodeToString(b), err
}

const (
	personColumns = `id, kind, who, login, wide, password, totp, totp_step, made, made_by, closed, last_in, single_keys`
	selectPerson  = `SELECT ` + personColumns + ` FROM accounts WHERE org = $1 AND id = $2`
	selectByLogin = `SELECT ` + personColumns + ` FROM accounts WHERE org = $1 AND login_key = $2`
	selectByWho   = `SELECT ` + personColumns + ` FROM accounts WHERE org = $1 AND kind = $2 AND who_key = $3`
	selectPeople  = `SELECT ` + personColumns + ` FROM accounts WHERE org = $1 ORDER BY made, id`
	countPeople   = `SELECT COUNT(*) FROM accounts WHERE org = $1 AND kind = 'staff' AND closed = 0`
)

func scanPerson(r interface{ Scan(dest ...any) error }) (Person, error) {
	var p Person
	var kind, who, wide, keys string
	var made, closed, lastIn int64
	err := r.Scan(&p.ID, &kind, &who, &p.Login, &wide, &p.password, &p.totp, &p.totpStep, &made, &p.MadeBy, &closed, &lastIn, &keys)
	if kind == "staff" {
		p.Staff = hearth.StaffID(who)
	} else {
		p.Resident = hearth.ResidentID(who)
	}
	p.Wide = splitRoles(wide)
	p.Made, p.Closed, p.LastIn = hearth.FromMillis(made), hearth.FromMillis(closed), hearth.FromMillis(lastIn)
	p.NoKeys = keys == keysOff
	p.Password, p.App = p.password != "", p.totp != ""
	return p, err
}

func splitRoles(s string) []hearth.Role {
	var out []hearth.Role
	for _, r := range strings.Split(s, ",") {
		if r != "" {
			out = append(out, hearth.Role(r))
		}
	}
	return out
}

func joinRoles(roles []hearth.Role) (string, error) {
	var out []string
	for _, r := range roles {
		if !r.Valid() {
			return "", hearth.FieldErrorf("role", "%q is not a role; see the list of roles.", r)
		}
		if !slices.Contains(out, string(r)) {
			out = append(out, string(r))
		}
	}
	return strings.Join(out, ","), nil
}

// Get gives an account. CodeNotFound if there is none.
func (p *People) Get(ctx context.Context, tx *db.Tx, id string) (Person, error) {
	return p.one(tx.Row(ctx, selectPerson, tx.Org(), id))
}

// ByLogin gives the open account of an address. CodeNotFound if there is none.
func (p *People) ByLogin(ctx context.Context, tx *db.Tx, login string) (Person, error) {
	key := record.EmailKey(login)
	if key == "" {
		key = "-" // an address of nobody
	}
	return p.one(tx.Row(ctx, selectByLogin, tx.Org(), key))
}

// ByStaff gives the open account of a member of the team. CodeNotFound if there is none.
func (p *People) ByStaff(ctx context.Context, tx *db.Tx, id hearth.StaffID) (Person, error) {
	return p.one(tx.Row(ctx, selectByWho, tx.Org(), "staff", string(id)))
}

func (p *People) one(r db.Row) (Person, error) {
	out, err := scanPerson(r)
	if errors.Is(err, db.ErrNotFound) {
		return Person{}, hearth.Errorf(hearth.CodeNotFound, "There is no such account.")
	}
	if err != nil {
		return Person{}, fmt.Errorf("read account: %w", err)
	}
	return out, nil
}

// All lists the accounts, closed ones as well, oldest first.
func (p *People) All(ctx context.Context, tx *db.Tx) ([]Person, error) {
	rows, err := tx.Query(ctx, selectPeople, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	defer rows.Close()
	var out []Person
	for rows.Next() {
		one, err := scanPerson(rows)
		if err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		out = append(out, one)
	}
	return out, rows.Err()
}

// keysOff is what stands in an account whose owner wants no single keys.
const keysOff = "off"

// SetKeys keeps whether single keys do something on somebody's pages, wherever they sit.
func (p *People) SetKeys(ctx context.Context, tx *db.Tx, id string, off bool) error {
	word := ""
	if off {
		word = keysOff
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET single_keys = $1 WHERE org = $2 AND id = $3`, word, tx.Org(), id); err != nil {
		return fmt.Errorf("keep a choice about keys: %w", err)
	}
	return nil
}

// Any tells whether somebody of the team has an open account.
func (p *People) Any(ctx context.Context, tx *db.Tx) (bool, error) {
	var n int64
	err := tx.Row(ctx, countPeople, tx.Org()).Scan(&n)
	return n > 0, err
}

const insertPerson = `INSERT INTO accounts (org, id, kind, who, who_key, login, login_key, wide, password, totp, totp_step, made, made_by, closed, last_in)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', 0, $9, $10, 0, 0)`

// Create opens an account that can't be used yet: Invite gives the link with which its owner chooses how to sign in. It fails
// with CodeConflict if the person or the address has one.
func (p *People) Create(ctx context.Context, tx *db.Tx, by hearth.Actor, who Person) (Person, error) {
	key := record.EmailKey(who.Login)
	if key == "" {
		return Person{}, hearth.FieldErrorf("login", "An account needs an e-mail address to sign in with, such as dana@oak.example.")
	}
	wide, err := joinRoles(who.Wide)
	if err != nil {
		return Person{}, err
	}
	kind, of := "staff", string(who.Staff)
	if who.Staff == "" {
		kind, of = "resident", string(who.Resident)
	}
	if of == "" || who.Staff != "" && who.Resident != "" {
		return Person{}, hearth.FieldErrorf("who", "An account belongs to a member of the team or to a resident.")
	}
	if kind == "resident" && wide != "" {
		return Person{}, hearth.FieldErrorf("role", "Residents have no roles.")
	}
	for _, q := range []struct {
		text string
		args []any
	}{{selectByWho, []any{tx.Org(), kind, of}}, {selectByLogin, []any{tx.Org(), key}}} {
		if _, err := scanPerson(tx.Row(ctx, q.text, q.args...)); err == nil {
			return Person{}, hearth.Errorf(hearth.CodeConflict, "This person or this address has an account already.")
		} else if !errors.Is(err, db.ErrNotFound) {
			return Person{}, fmt.Errorf("read account: %w", err)
		}
	}
	id, err := p.newID("acc_")
	if err != nil {
		return Person{}, err
	}
	if _, err := tx.Exec(ctx, insertPerson, tx.Org(), id, kind, of, of, strings.TrimSpace(who.Login), key, wide, hearth.Millis(tx.Now()), by.String()); err != nil {
		return Person{}, fmt.Errorf("write account: %w", err)
	}
	return p.Get(ctx, tx, id)
}

// SetWide sets the roles that an account's owner holds at every property.
func (p *People) SetWide(ctx context.Context, tx *db.Tx, id string, roles []hearth.Role) error {
	wide, err := joinRoles(roles)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET wide = $1 WHERE org = $2 AND id = $3 AND kind = 'staff'`, wide, tx.Org(), id); err != nil {
		return fmt.Errorf("set the roles of account %s: %w", id, err)
	}
	return nil
}

const closePerson = `UPDATE accounts SET closed = $1, who_key = $2, login_key = $2, password = '', totp = '' WHERE org = $3 AND id = $4 AND closed = 0`

// Close ends an account with everything that opens it: sessions, links, codes, passkeys, the ties to single sign-on. Closing it
// again is a no-op; CodeNotFound if there is none.
func (p *People) Close(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := p.Get(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, closePerson, hearth.Millis(tx.Now()), id, tx.Org(), id); err != nil {
		return fmt.Errorf("close account %s: %w", id, err)
	}
	for _, q := range []string{`DELETE FROM sessions WHERE org = $1 AND account = $2`, `DELETE FROM openings WHERE org = $1 AND account = $2`,
		`DELETE FROM recovery_codes WHERE org = $1 AND account = $2`, `DELETE FROM passkeys WHERE org = $1 AND account = $2`,
		`DELETE FROM account_subjects WHERE org = $1 AND account = $2`} {
		if _, err := tx.Exec(ctx, q, tx.Org(), id); err != nil {
			return fmt.Errorf("close account %s: %w", id, err)
		}
	}
	return nil
}
