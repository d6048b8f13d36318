package webpush

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Key is the installation's own key, by which push services tell it from others. A browser's subscription is good for one key
// only, so it is made once and kept.
type Key struct {
	private *ecdsa.PrivateKey
	public  []byte
}

// rawSize is how long a key is, in bytes.
const rawSize = 32

// MakeKey makes a key, as bytes to be kept.
func MakeKey(random io.Reader) ([]byte, error) {
	for {
		raw := make([]byte, rawSize)
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, fmt.Errorf("make the key of notifications: %w", err)
		}
		if _, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			return raw, nil // all but one in 2^32 are
		}
	}
}

// ReadKey reads what MakeKey made.
func ReadKey(raw []byte) (*Key, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, fmt.Errorf("read the key of notifications: %w", err)
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("read the key of notifications: %w", err)
	}
	return &Key{private: private, public: public}, nil
}

// Public gives what pages hand to browsers as applicationServerKey: base64url of the uncompressed point.
func (k *Key) Public() string { return base64.RawURLEncoding.EncodeToString(k.public) }

// A token is good for 12 hours (RFC 8292 allows 24) and used until an hour before its end.
const (
	tokenFor   = 12 * time.Hour
	tokenSpare = time.Hour
)

// token makes the proof for one service that the key's owner sends: a JWT signed with ES256 (RFC 8292, section 2). subject says
// whom the service may ask about it, as mailto: or https: ; "" leaves it out.
func (k *Key) token(random io.Reader, origin, subject string, ends time.Time) (string, error) {
	claims := map[string]any{"aud": origin, "exp": ends.Unix()}
	if subject != "" {
		claims["sub"] = subject
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + enc.EncodeToString(body)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(random, k.private, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign for the push service: %w", err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return signed + "." + enc.EncodeToString(sig), nil
}

// originOf is scheme, host and port of an endpoint.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }
