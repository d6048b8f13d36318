package hearth_test

import (
	"crypto/sha256"
	"encoding/base32"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
)

// Identities are base32 in Crockford's alphabet of the parts' digest, as they always were: those that are stored must
// be met again.
func TestIdentitiesAreBase32(t *testing.T) {
	old := base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 0, 8).Draw(rt, "parts")
		h := sha256.New()
		for _, p := range parts {
			n := len(p)
			h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
			h.Write([]byte(p))
		}
		if got, want := hearth.DeriveID("x_", parts...), "x_"+old.EncodeToString(h.Sum(nil)[:13])[:20]; got != want {
			rt.Fatalf("%q: %s, want %s", parts, got, want)
		}
		at := time.UnixMilli(rapid.Int64Range(-1000, 1<<47).Draw(rt, "ms"))
		ms := uint64(max(at.UnixMilli(), 0))
		head := []byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms)}
		if got, want := hearth.DeriveIDAt("", at, parts...)[:10], old.EncodeToString(head)[:10]; got != want {
			rt.Fatalf("%v: %s, want %s", at, got, want)
		}
	})
}
