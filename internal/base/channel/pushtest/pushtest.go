// Package pushtest is a push service and the browsers behind it, for tests: it checks who sends as RFC 8292 asks, decrypts each
// notification like a browser does (RFC 8291), written apart from the code that encrypts, and answers as it is told.
package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/internal/base/channel"
)

// Server is one push service.
type Server struct {
	URL string

	srv   *httptest.Server
	clock func() time.Time

	mu       sync.Mutex // guards the rest
	browsers map[string]*browser
	shown    []Shown
	calls    int
	faults   []string // what was wrong with a request
	answers  []Answer
}

// browser is one subscription.
type browser struct {
	private *ecdh.PrivateKey
	auth    []byte
	key     string // of the sender that subscribed it
	gone    bool
}

// Shown is a notification that a browser has decrypted.
type Shown struct {
	Device       string
	Text         string
	TTL          int
	Urgency      string
	Topic        string
	Subject      string // whom to ask about the sender
	EncryptedLen int
}

// Answer is how the service answers instead of taking a notification.
type Answer struct {
	Status     int
	RetryAfter string
	Text       string
}

// New starts a service, which ends with the test. clock tells its time, by which tokens run out.
func New(t *testing.T, clock func() time.Time) *Server {
	t.Helper()
	s := &Server{browsers: map[string]*browser{}, clock: clock}
	s.srv = httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(s.srv.Close)
	s.URL = s.srv.URL
	return s
}

// Subscribe makes a browser that lets the owner of a key (base64url) notify it, and gives what its page would send to Hearth.
func (s *Server) Subscribe(t *testing.T, key string) channel.Device {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	id := "b" + strconv.Itoa(len(s.browsers)+1)
	seed, auth := sha256.Sum256([]byte("key of "+id)), sha256.Sum256([]byte("secret of "+id))
	private, err := ecdh.P256().NewPrivateKey(seed[:])
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{private: private, auth: auth[:16], key: key}
	s.browsers[id] = b
	return channel.Device{ID: id, Endpoint: s.URL + "/send/" + id, P256dh: private.PublicKey().Bytes(), Auth: b.auth}
}

// Unsubscribe ends a browser's subscription: the service answers 410 from now on.
func (s *Server) Unsubscribe(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers[endpoint[strings.LastIndex(endpoint, "/")+1:]].gone = true
}

// Next has the next requests answered so, one after the other.
func (s *Server) Next(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, answers...)
}

// Shown gives what browsers have shown, in the order in which it came.
func (s *Server) Shown() []Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Shown(nil), s.shown...)
}

// Calls tells how many requests came in.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Faults tells what was wrong with requests, none if all kept to the standards.
func (s *Server) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.faults...)
}

func (s *Server) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	b := s.browsers[strings.TrimPrefix(r.URL.Path, "/send/")]
	if b == nil || b.gone {
		http.Error(w, "push subscription has unsubscribed or expired.", http.StatusGone)
		return
	}
	if len(s.answers) > 0 {
		a := s.answers[0]
		s.answers = s.answers[1:]
		if a.Status/100 != 2 {
			if a.RetryAfter != "" {
				w.Header().Set("Retry-After", a.RetryAfter)
			}
			http.Error(w, a.Text, a.Status)
			return
		}
	}
	got, status, err := s.read(r, b)
	if err != nil {
		s.faults = append(s.faults, err.Error())
		http.Error(w, err.Error(), status)
		return
	}
	s.shown = append(s.shown, got)
	w.Header().Set("Location", s.URL+"/message/"+strconv.Itoa(len(s.shown)))
	w.WriteHeader(http.StatusCreated)
}

func (s *Server) read(r *http.Request, b *browser) (Shown, int, error) {
	subject, err := s.sender(r, b.key)
	if err != nil {
		return Shown{}, http.StatusForbidden, err
	}
	ttl, err := strconv.Atoi(r.Header.Get("TTL"))
	if err != nil || ttl < 0 {
		return Shown{}, http.StatusBadRequest, errors.New("no TTL")
	}
	topic := r.Header.Get("Topic")
	if len(topic) > 32 || strings.Trim(topic, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return Shown{}, http.StatusBadRequest, errors.New("a topic that is none: " + topic)
	}
	switch u := r.Header.Get("Urgency"); u {
	case "", "very-low", "low", "normal", "high":
	default:
		return Shown{}, http.StatusBadRequest, errors.New("an urgency that is none: " + u)
	}
	if r.Header.Get("Content-Encoding") != "aes128gcm" {
		return Shown{}, http.StatusBadRequest, errors.New("another coding: " + r.Header.Get("Content-Encoding"))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	if err != nil || len(body) > 4096 {
		return Shown{}, http.StatusRequestEntityTooLarge, errors.New("longer than 4096 bytes")
	}
	text, err := Decrypt(b.private, b.auth, body)
	if err != nil {
		return Shown{}, http.StatusBadRequest, err
	}
	return Shown{Device: strings.TrimPrefix(r.URL.Path, "/send/"), Text: string(text), TTL: ttl, Urgency: r.Header.Get("Urgency"), Topic: topic, Subject: subject,
		EncryptedLen: len(body)}, 0, nil
}

// sender checks who sends: the token's signature, its audience and its time, and that the browser was subscribed by this key.
func (s *Server) sender(r *http.Request, want string) (subject string, err error) {
	scheme, params, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme != "vapid" {
		return "", errors.New("no vapid")
	}
	var token, key string
	for p := range strings.SplitSeq(params, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	if key != want {
		return "", errors.New("another key than the browser was subscribed with")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("no token")
	}
	claims, err := verified(parts, key)
	if err != nil {
		return "", err
	}
	now := s.clock()
	switch ends := time.Unix(claims.Exp, 0); {
	case claims.Aud != s.URL:
		return "", fmt.Errorf("a token for %s", claims.Aud)
	case !ends.After(now), ends.Sub(now) > 24*time.Hour:
		return "", fmt.Errorf("a token that ends %s", ends)
	}
	return claims.Sub, nil
}

type claims struct {
	Aud, Sub string
	Exp      int64
}

func verified(parts []string, key string) (c claims, err error) {
	enc := base64.RawURLEncoding
	point, err := enc.DecodeString(key)
	if err != nil {
		return c, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return c, err
	}
	sig, err := enc.DecodeString(parts[2])
	if err != nil || len(sig) != 64 {
		return c, errors.New("no signature")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return c, errors.New("the signature is not by this key")
	}
	head, err := enc.DecodeString(parts[0])
	if err != nil || !strings.Contains(string(head), `"ES256"`) {
		return c, errors.New("another algorithm")
	}
	body, err := enc.DecodeString(parts[1])
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(body, &c)
}

// Decrypt reads a notification as a browser does.
func Decrypt(private *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return nil, errors.New("no header")
	}
	salt, size, id := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+int(body[20])]
	record := body[21+len(id):]
	if size < 18 || len(record) > int(size) {
		return nil, errors.New("more than one record")
	}
	theirs, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	// RFC 8291, section 3.4, step by step.
	prkKey := mac(auth, shared)
	ikm := mac(prkKey, append(append([]byte("WebPush: info\x00"), private.PublicKey().Bytes()...), append(append([]byte(nil), id...), 1)...))
	prk := mac(salt, ikm)
	cek := mac(prk, []byte("Content-Encoding: aes128gcm\x00\x01"))[:16]
	nonce := mac(prk, []byte("Content-Encoding: nonce\x00\x01"))[:12]
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	end := len(plain) - 1
	for end >= 0 && plain[end] == 0 {
		end--
	}
	if end < 0 || plain[end] != 2 {
		return nil, errors.New("no end of the last record")
	}
	return plain[:end], nil
}

func mac(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}
