// Package single talks to an organization's own sign-in by OpenID Connect: where to send somebody, and who came back.
//
// It does not know accounts: whose account that opens is decided in fact/account.
package single

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"hearth"
	"hearth/internal/fact/account"
)

// Settings is what an operator agrees on with the provider. All but Name are required.
type Settings struct {
	Issuer string // the provider's address, as its discovery document says it
	Client string
	Secret string
	Name   string // how people call it, such as "Oak Living"
	Back   string // our address to which it sends people back
}

// Provider is an organization's sign-in. Its documents are read when somebody first needs them, so that Hearth starts while it is down. It is safe for
// concurrent use.
type Provider struct {
	Settings
	now    func() time.Time
	random io.Reader
	http   *http.Client

	mu     sync.Mutex // guards the next two
	found  *oidc.Provider
	failed time.Time // when it was asked for in vain, last

	chance sync.Mutex // guards random
}

// patience is how long the provider may take for an answer.
const patience = 10 * time.Second

// mostAnswer bounds what is read of one answer, in bytes.
const mostAnswer = 1 << 20

// New makes a provider; now gives the time of Hearth, random is fit for secrets.
func New(s Settings, now func() time.Time, random io.Reader) *Provider {
	return &Provider{Settings: s, now: now, random: random, http: &http.Client{Timeout: patience, Transport: bounded{http.DefaultTransport}}}
}

// bounded cuts answers off that are too long.
type bounded struct{ next http.RoundTripper }

// RoundTrip asks, and bounds the answer.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, mostAnswer), res.Body}
	}
	return res, err
}

// provider reads the provider's documents, once.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	found, failed := p.found, p.failed
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	if age := p.now().Sub(failed); age >= 0 && age < patience {
		return nil, p.silent(errors.New("it did not answer just now"))
	}
	// Keys are fetched later as well, so the context must outlive this request.
	var err error
	found, err = oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.Issuer)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failed = p.now()
		return nil, p.silent(err)
	}
	p.found = found
	return found, nil
}

func (p *Provider) silent(err error) error {
	return fmt.Errorf("%w (%w)", hearth.Errorf(hearth.CodeUnavailable, "The sign-in of %s does not answer. Come in another way, or try again in a moment.", p.called()), err)
}

func (p *Provider) called() string {
	if p.Name != "" {
		return p.Name
	}
	return "your organization"
}

func (p *Provider) client(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: p.Back, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// Prepare makes what is kept until somebody comes back.
func (p *Provider) Prepare() (account.Departure, error) {
	b := make([]byte, 64)
	p.chance.Lock()
	defer p.chance.Unlock()
	if _, err := io.ReadFull(p.random, b); err != nil {
		return account.Departure{}, fmt.Errorf("read chance: %w", err)
	}
	return account.Departure{Nonce: base64.RawURLEncoding.EncodeToString(b[:32]), Verifier: base64.RawURLEncoding.EncodeToString(b[32:])}, nil
}

// Where gives the address to send somebody to. state comes back with them; again asks them to prove it even if they are signed in there.
func (p *Provider) Where(ctx context.Context, state string, d account.Departure, again bool) (string, error) {
	found, err := p.provider(ctx)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(d.Nonce), oauth2.S256ChallengeOption(d.Verifier)}
	if again {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.client(found).AuthCodeURL(state, opts...), nil
}

// Came finds out who came back with a code. CodeForbidden if the provider's word does not hold.
func (p *Provider) Came(ctx context.Context, code string, d account.Departure) (account.Subject, error) {
	found, err := p.provider(ctx)
	if err != nil {
		return account.Subject{}, err
	}
	token, err := p.client(found).Exchange(oidc.ClientContext(ctx, p.http), code, oauth2.VerifierOption(d.Verifier))
	if err != nil {
		return account.Subject{}, p.refused(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return account.Subject{}, p.refused(fmt.Errorf("the answer has no id_token"))
	}
	id, err := found.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), p.http), &oidc.Config{ClientID: p.Client, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return account.Subject{}, p.refused(err)
	}
	if id.Nonce != d.Nonce || d.Nonce == "" {
		return account.Subject{}, p.refused(fmt.Errorf("the nonce is another one"))
	}
	var claims struct {
		Email    string `json:"email"`
		Verified truth  `json:"email_verified"`
		At       int64  `json:"auth_time"`
	}
	if err := id.Claims(&claims); err != nil {
		return account.Subject{}, p.refused(err)
	}
	s := account.Subject{Issuer: id.Issuer, ID: id.Subject, Email: claims.Email, Verified: bool(claims.Verified)}
	if claims.At > 0 {
		s.At = time.Unix(claims.At, 0)
	}
	if s.Email == "" || !s.Verified {
		if email, verified := p.asked(ctx, found, token, s.ID); email != "" {
			s.Email, s.Verified = email, verified
		}
	}
	return s, nil
}

// truth is yes or no, as a word too: some providers write "true".
type truth bool

// UnmarshalJSON reads either.
func (t *truth) UnmarshalJSON(raw []byte) error {
	*t = strings.Trim(string(raw), `"`) == "true"
	return nil
}

// asked asks for the address where the token says none: some providers give it only so.
func (p *Provider) asked(ctx context.Context, found *oidc.Provider, token *oauth2.Token, subject string) (email string, verified bool) {
	info, err := found.UserInfo(oidc.ClientContext(ctx, p.http), oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != subject {
		return "", false
	}
	return info.Email, info.EmailVerified
}

func (p *Provider) refused(err error) error {
	return fmt.Errorf("%w (%w)", hearth.Errorf(hearth.CodeForbidden, "The sign-in of %s did not confirm who you are. Try again.", p.called()), err)
}
