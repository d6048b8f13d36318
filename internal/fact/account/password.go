package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"hearth"
)

// Cost is what making a password's hash takes: memory in KiB, rounds.
type Cost struct{ KiB, Rounds uint32 }

// UsualCost is what OWASP asks for at least, and a little more: about a tenth of a second, 46 MiB.
func UsualCost() Cost { return Cost{KiB: 46 << 10, Rounds: 2} }

// The lengths of passwords, in characters: alone, beside a second factor, and what is read at most.
const (
	AloneLength  = 15
	SecondLength = 8
	MostLength   = 256
)

// weakGuesses is how many guesses a password must withstand: a list of the common ones and what people make of them falls
// within.
const weakGuesses = 1e8

// CheckPassword holds a new password to its length and refuses one that is commonly chosen, or that is made of what is
// known about its owner. There are no rules about kinds of characters.
func CheckPassword(password string, second bool, about ...string) error {
	n, least := utf8.RuneCountInString(password), AloneLength
	if second {
		least = SecondLength
	}
	switch {
	case !utf8.ValidString(password):
		return hearth.FieldErrorf("password", "This password has characters that can't be read.")
	case n < least && second:
		return hearth.FieldErrorf("password", "A password needs at least %d characters; a few words are easy to remember.", least)
	case n < least:
		return hearth.FieldErrorf("password", "A password needs at least %d characters, or %d together with a code from an app; a few words are easy to remember.", AloneLength, SecondLength)
	case n > MostLength:
		return hearth.FieldErrorf("password", "A password has at most %d characters.", MostLength)
	}
	judged := password
	if n > 72 {
		judged = string([]rune(password)[:72]) // the judgement takes longer the longer the password is
	}
	words := append(known(about), "hearth")
	if zxcvbn.PasswordStrength(judged, words).Guesses < weakGuesses || beside(password, words) < SecondLength-2 {
		return hearth.FieldErrorf("password", "This password is among those that are guessed first. A few unconnected words are better.")
	}
	return nil
}

// known takes apart what is known about the owner.
func known(about []string) []string {
	var out []string
	for _, a := range about {
		out = append(out, strings.FieldsFunc(strings.ToLower(a), func(r rune) bool { return strings.ContainsRune(" @.-_", r) })...)
	}
	return out
}

// beside counts the characters of a password that are not of the words.
func beside(password string, words []string) int {
	rest := strings.ToLower(password)
	for _, w := range words {
		if len(w) > 2 {
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	return utf8.RuneCountInString(rest)
}

// hash makes the hash of a password, in the usual spelling of argon2id. salt has 16 bytes.
func (c Cost) hash(password string, salt []byte) string {
	key := argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.Rounds, c.KiB, 1, 32)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.KiB, c.Rounds, b.EncodeToString(salt), b.EncodeToString(key))
}

// matches tells whether password is the one of a kept hash. A kept text that is no hash matches nothing.
func matches(kept, password string) bool {
	var version int
	var c Cost
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &c.KiB, &c.Rounds); err != nil || c.KiB > 1<<20 || c.Rounds < 1 || c.Rounds > 20 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(c.hash(password, salt)), []byte(kept)) == 1
}

// outdated tells whether a kept hash was made at another cost than today's.
func (c Cost) outdated(kept string) bool {
	return !strings.Contains(kept, fmt.Sprintf("$m=%d,t=%d,p=1$", c.KiB, c.Rounds))
}

// compare checks a password, no more than a few at a time: each takes its memory. An account without a password, or none at all,
// takes as long as one with.
func (p *People) compare(ctx context.Context, kept, password string) (bool, error) {
	select {
	case p.hashing <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-p.hashing }()
	if utf8.RuneCountInString(password) > MostLength {
		password = ""
	}
	if kept == "" {
		matches(p.nobody, password)
		return false, nil
	}
	return matches(kept, password), nil
}

// newHash makes the hash of a new password.
func (p *People) newHash(ctx context.Context, password string) (string, error) {
	salt, err := p.chance(16)
	if err != nil {
		return "", err
	}
	select {
	case p.hashing <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-p.hashing }()
	return p.cost.hash(password, salt), nil
}
