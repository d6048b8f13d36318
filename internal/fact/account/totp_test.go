package account

import (
	"strings"
	"testing"
	"time"
)

// The examples of RFC 6238, appendix B, for SHA-1.
func TestCodesOfTheStandard(t *testing.T) {
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
		2000000000: "69279037", 20000000000: "65353130"} {
		if got := totpCode([]byte("12345678901234567890"), at/stepSeconds, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestStepOf(t *testing.T) {
	secret, now := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", time.Unix(1111111111, 0)
	at := now.Unix() / stepSeconds
	code := func(step int64) string { return totpCode([]byte("12345678901234567890"), step, 6) }
	for _, c := range []struct {
		name, code string
		last, want int64
	}{
		{"now", code(at), 0, at}, {"with a space", code(at)[:3] + " " + code(at)[3:], 0, at}, {"the one before", code(at - 1), 0, at - 1},
		{"the one after", code(at + 1), 0, at + 1}, {"too old", code(at - 2), 0, 0}, {"used", code(at), at, 0}, {"nothing", "", 0, 0}, {"longer", code(at) + "0", 0, 0},
	} {
		if got := stepOf(secret, c.code, now, c.last); got != c.want {
			t.Errorf("%s: step %d, want %d", c.name, got, c.want)
		}
	}
	if stepOf("", code(at), now, 0) != 0 || stepOf("not base32!", code(at), now, 0) != 0 {
		t.Error("without a secret a code was right")
	}
	if link := AppLink(secret, "dana@oak.example"); !strings.HasPrefix(link, "otpauth://totp/Hearth:dana@oak.example?") {
		t.Error(link)
	}
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct {
		name, password string
		second, ok     bool
	}{
		{"a phrase", "copper lantern walks slowly", false, true},
		{"eight with a second factor", "kv7&hq2p", true, true},
		{"eight alone", "kv7&hq2p", false, false},
		{"seven with a second factor", "kv7&hq2", true, false},
		{"64 characters", strings.Repeat("kv7&hq2p mast ", 5)[:64], false, true},
		{"256 characters", strings.Repeat("kv7&hq2p mast ze", 16), false, true},
		{"257 characters", strings.Repeat("kv7&hq2p mast ze", 16) + "x", false, false},
		{"no kinds of characters are asked for", "overgrown willows murmuring", false, true},
		{"common", "password1", true, false},
		{"common, long", "password12345678", false, false},
		{"keys in a row", "qwertyuiopasdfghjkl", false, false},
		{"one letter", strings.Repeat("a", 20), false, false},
		{"the owner's address", "dana.reyes@oak.example", false, false},
		{"other scripts", "мокрый фонарь идёт тихо", false, true},
		{"unreadable", "\xff\xfe copper lantern walks", false, false},
	} {
		if err := CheckPassword(c.password, c.second, "dana.reyes@oak.example", "Dana Reyes"); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestHashes(t *testing.T) {
	c := Cost{KiB: 64, Rounds: 1}
	kept := c.hash("café", []byte("0123456789abcdef"))
	if !matches(kept, "café") || !matches(kept, "cafe\u0301") || matches(kept, "cafe") || matches("", "") || matches("$argon2id$v=19$m=9999999999,t=1,p=1$AAAA$AAAA", "x") {
		t.Error("hashes match wrongly")
	}
	if c.outdated(kept) || !UsualCost().outdated(kept) {
		t.Error("the cost is not seen")
	}
}
