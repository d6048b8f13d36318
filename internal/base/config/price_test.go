package config

import (
	"testing"

	"hearth"
)

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		price string
		n     int
		want  string
	}{
		{"0.0083 USD", 160, "1.33 USD"}, {"0.0083 USD", 0, "0.00 USD"}, {"1 EUR", 3, "3.00 EUR"}, {" 0.000001 USD ", 5000, "0.01 USD"}, {"", 7, ""},
	} {
		p, err := ParsePrice(c.price)
		if got := p.Of(c.n); err != nil || got != c.want {
			t.Errorf("%d at %q: %q, %v; want %q", c.n, c.price, got, err, c.want)
		}
	}
	for _, bad := range []string{"0.0083", "USD", "-1 USD", "1,5 USD", "1 usd", "1e9 USD", "0.0083USD", "1 USD each", "1234567 USD", ".5 USD"} {
		if p, err := ParsePrice(bad); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%q is %v, %v", bad, p, err)
		}
	}
}
