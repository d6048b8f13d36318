// Package account keeps who may come in: tokens of programs, each with scopes. Only a hash of a token is stored, so
// that a stolen database opens no door.
//
// It does not judge what a scope permits in an area (the area does) and knows nothing of HTTP (edge does).
package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Scope is what a token is good for.
type Scope string

// The scopes. Admin implies all others but the one for what is sealed: nobody reads that in passing.
const (
	ScopeEvents Scope = "events:write"
	ScopeRead   Scope = "read"
	ScopeTasks  Scope = "tasks:write"
	// ScopeMessages sends to residents, through the desk.
	ScopeMessages Scope = "messages:write"
	ScopeAdmin    Scope = "admin"
	// ScopeReasons opens kind and reason of residents' situations, and that somebody was worried about a resident.
	ScopeReasons Scope = "situations:reason"
)

// Valid tells whether s is one of the scopes.
func (s Scope) Valid() bool {
	switch s {
	case ScopeEvents, ScopeRead, ScopeTasks, ScopeMessages, ScopeAdmin, ScopeReasons:
		return true
	}
	return false
}

// Token is a program's key to this installation, without its secret.
type Token struct {
	Hash    string // hexadecimal SHA-256 of the secret; names the token
	Name    string
	Scopes  []Scope
	Created time.Time
	Revoked time.Time // zero while it is good
}

// Has tells whether the token is good for a scope.
func (t Token) Has(s Scope) bool {
	for _, have := range t.Scopes {
		if have == s || have == ScopeAdmin && s != ScopeReasons {
			return true
		}
	}
	return false
}

// Actor gives the token as the one who does something.
func (t Token) Actor() hearth.Actor {
	return hearth.Actor{Kind: "token", ID: t.Hash[:min(16, len(t.Hash))], Name: t.Name}
}

// prefix makes a secret recognisable, so that scanners find one that was published by mistake.
const prefix = "hearth_"

// cacheFor is how long a node believes what it read about a token: a revoked one works this long at most elsewhere, and with what the
// API believes (edge/api) a second at most.
const cacheFor = 500 * time.Millisecond

// cacheMax bounds the cache; strangers may try any number of secrets, but only good ones are kept.
const cacheMax = 1024

// Store keeps tokens. It is safe for concurrent use.
type Store struct {
	randomMu sync.Mutex // guards random
	random   io.Reader

	mu    sync.Mutex // guards cache
	cache map[string]cached
}

type cached struct {
	token Token
	at    time.Time
}

// New makes a store that takes its secrets from random, which must be fit for secrets.
func New(random io.Reader) *Store {
	return &Store{random: random, cache: map[string]cached{}}
}

const insertToken = `INSERT INTO tokens (org, hash, name, scopes, created, revoked) VALUES ($1, $2, $3, $4, $5, 0)`

// CreateToken makes a token and gives its secret, which is shown once and stored nowhere.
func (s *Store) CreateToken(ctx context.Context, tx *db.Tx, name string, scopes []Scope) (secret string, err error) {
	if strings.TrimSpace(name) == "" {
		return "", hearth.FieldErrorf("name", "A token needs a name that says what it is for.")
	}
	list, err := encodeScopes(scopes)
	if err != nil {
		return "", err
	}
	var raw [32]byte
	s.randomMu.Lock()
	_, err = io.ReadFull(s.random, raw[:])
	s.randomMu.Unlock()
	if err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(raw[:])
	if _, err := tx.Exec(ctx, insertToken, tx.Org(), hashOf(secret), name, list, hearth.Millis(tx.Now())); err != nil {
		return "", fmt.Errorf("write token: %w", err)
	}
	return secret, nil
}

func encodeScopes(scopes []Scope) (string, error) {
	if len(scopes) == 0 {
		return "", hearth.FieldErrorf("scope", "A token needs at least one scope: events:write, read, tasks:write, messages:write, situations:reason or admin.")
	}
	list := make([]string, 0, len(scopes))
	seen := map[Scope]bool{}
	for _, sc := range scopes {
		if !sc.Valid() {
			return "", hearth.FieldErrorf("scope", "%q is not a scope; use events:write, read, tasks:write, messages:write, situations:reason or admin.", sc)
		}
		if !seen[sc] {
			seen[sc] = true
			list = append(list, string(sc))
		}
	}
	sort.Strings(list)
	return strings.Join(list, " "), nil
}

// hashOf hashes a secret. The secret has 256 bits of chance, so one round suffices and nothing can be guessed from
// comparing hashes.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const selectToken = `SELECT hash, name, scopes, created, revoked FROM tokens WHERE org = $1 AND hash = $2`

// Authenticate gives the token behind a secret. It fails with CodeForbidden if there is none or it was revoked, at
// most seconds after.
func (s *Store) Authenticate(ctx context.Context, tx *db.Tx, secret string) (Token, error) {
	hash := hashOf(secret)
	cacheKey := tx.Org() + "/" + hash
	s.mu.Lock()
	c, ok := s.cache[cacheKey]
	s.mu.Unlock()
	if age := tx.Now().Sub(c.at); ok && age >= 0 && age < cacheFor {
		return c.token, nil
	}
	t, err := scanToken(tx.Row(ctx, selectToken, tx.Org(), hash))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return Token{}, fmt.Errorf("read token: %w", err)
	}
	if err != nil || !t.Revoked.IsZero() {
		s.forget(cacheKey)
		return Token{}, hearth.Errorf(hearth.CodeForbidden, "This token is not known or was revoked. Create one with: hearth token create.")
	}
	s.mu.Lock()
	if len(s.cache) >= cacheMax {
		clear(s.cache)
	}
	s.cache[cacheKey] = cached{t, tx.Now()}
	s.mu.Unlock()
	return t, nil
}

func (s *Store) forget(cacheKey string) {
	s.mu.Lock()
	delete(s.cache, cacheKey)
	s.mu.Unlock()
}

func scanToken(r interface{ Scan(dest ...any) error }) (Token, error) {
	var t Token
	var scopes string
	var created, revoked int64
	err := r.Scan(&t.Hash, &t.Name, &scopes, &created, &revoked)
	for _, sc := range strings.Fields(scopes) {
		t.Scopes = append(t.Scopes, Scope(sc))
	}
	t.Created, t.Revoked = hearth.FromMillis(created), hearth.FromMillis(revoked)
	return t, err
}

const revokeToken = `UPDATE tokens SET revoked = $1 WHERE org = $2 AND hash = $3 AND revoked = 0`

// Revoke ends a token, named by its hash. Revoking it again is a no-op; CodeNotFound if there is none.
func (s *Store) Revoke(ctx context.Context, tx *db.Tx, hash string) error {
	n, err := tx.Exec(ctx, revokeToken, hearth.Millis(tx.Now()), tx.Org(), hash)
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	if n == 0 {
		if _, err := scanToken(tx.Row(ctx, selectToken, tx.Org(), hash)); errors.Is(err, db.ErrNotFound) {
			return hearth.Errorf(hearth.CodeNotFound, "There is no such token.")
		} else if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
	}
	cacheKey := tx.Org() + "/" + hash
	tx.AfterCommit(func() { s.forget(cacheKey) })
	return nil
}

const selectTokens = `SELECT hash, name, scopes, created, revoked FROM tokens WHERE org = $1 ORDER BY created, hash`

// List gives all tokens, revoked ones as well, oldest first.
func (s *Store) List(ctx context.Context, tx *db.Tx) ([]Token, error) {
	rows, err := tx.Query(ctx, selectTokens, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	defer rows.Close()
	var out []Token
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("list tokens: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}
