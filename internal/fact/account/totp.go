package account

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 with SHA-1 is what authenticator apps speak
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// stepSeconds is for how long a code of an app stands.
const stepSeconds = 30

// totpCode gives the code of a step (RFC 6238, SHA-1), with 6 or 8 digits.
func totpCode(secret []byte, step int64, digits int) string {
	var msg [8]byte
	binary.BigEndian.PutUint64(msg[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(msg[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// stepOf gives the step whose code this is: the one of now, the one before or the one after, and later than the last one used. Zero if
// it is none of these.
func stepOf(secret, code string, now time.Time, last int64) int64 {
	raw, err := secretCoding().DecodeString(secret)
	if err != nil || len(raw) == 0 {
		return 0
	}
	code = strings.Join(strings.Fields(code), "")
	at := now.Unix() / stepSeconds
	found := int64(0)
	for step := at - 1; step <= at+1; step++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(raw, step, 6)), []byte(code)) == 1 && step > last {
			found = step
		}
	}
	return found
}

func secretCoding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// AppLink is the address that an authenticator app reads a secret from.
func AppLink(secret, login string) string {
	q := url.Values{"secret": {secret}, "issuer": {"Hearth"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return "otpauth://totp/" + url.PathEscape("Hearth:"+login) + "?" + q.Encode()
}

// CodeNow gives the code that an app shows at a time, for tests and the demo.
func CodeNow(secret string, now time.Time) string {
	raw, err := secretCoding().DecodeString(secret)
	if err != nil {
		return ""
	}
	return totpCode(raw, now.Unix()/stepSeconds, 6)
}
