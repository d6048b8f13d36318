package config

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"hearth"
)

// Price is what one of something costs.
type Price struct {
	amount   *big.Rat
	currency string
}

// pricePattern is an amount with its currency (ISO 4217) behind it.
var pricePattern = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,6})?) ([A-Z]{3})$`)

// ParsePrice reads a price such as "0.0083 USD"; "" is none.
func ParsePrice(s string) (Price, error) {
	if s = strings.TrimSpace(s); s == "" {
		return Price{}, nil
	}
	m := pricePattern.FindStringSubmatch(s)
	if m == nil {
		return Price{}, hearth.Errorf(hearth.CodeInvalid, "A price reads like 0.0083 USD: an amount, and the currency's three letters behind it.")
	}
	amount, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return Price{}, hearth.Errorf(hearth.CodeInvalid, "%s is no amount.", m[1])
	}
	return Price{amount: amount, currency: m[2]}, nil
}

// Of is what n of them cost, to the cent, such as "1.33 USD"; "" where no price is known.
func (p Price) Of(n int) string {
	if p.amount == nil {
		return ""
	}
	sum := new(big.Rat).Mul(p.amount, new(big.Rat).SetInt64(int64(n)))
	return fmt.Sprintf("%s %s", sum.FloatString(2), p.currency)
}
