package app

import (
	"strings"
	"testing"

	"hearth/internal/base/config"
)

// Nobody gets real mail from localhost, or with links that end there.
func TestRealMailNeedsASenderAndLinks(t *testing.T) {
	const real, from, base = "smtp://team@mail.example:587", "Oak Court <team@oak.example>", "https://hearth.oak.example"
	for name, tt := range map[string]struct {
		send, smtp, from, base string
		refused                bool
	}{
		"all set":              {"real", real, from, base, false},
		"files":                {"sink", "", "Hearth <hearth@localhost>", "", false},
		"a server here":        {"real", "smtp://127.0.0.1:2525", "Hearth <hearth@localhost>", "", false},
		"the default sender":   {"real", real, "Hearth <hearth@localhost>", base, true},
		"no address for links": {"real", real, from, "", true},
		"links to here":        {"real", real, from, "http://127.0.0.1:8080", true},
		"links to localhost":   {"real", real, from, "http://localhost:8080", true},
		"links to nowhere":     {"real", real, from, "http://[::]:8080", true},
	} {
		err := checkReal(&config.Config{Send: tt.send, SMTP: tt.smtp, From: tt.from, BaseURL: tt.base})
		if (err != nil) != tt.refused {
			t.Errorf("%s: %v, want it refused: %v", name, err, tt.refused)
		}
		if err != nil && (!strings.Contains(err.Error(), "set from") || !strings.Contains(err.Error(), "base-url to https://")) {
			t.Errorf("%s: %q does not say what to set", name, err)
		}
	}
}
