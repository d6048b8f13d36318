package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hearth"
)

// Guard decides which addresses may be called. The zero Guard allows what is open to everybody on the Internet.
type Guard struct {
	// Allow lists networks inside that may be called all the same, on any port and without TLS, because the operator says so.
	Allow []netip.Prefix
}

// ParseGuard reads networks such as "10.1.2.0/24" or single addresses.
func ParseGuard(list []string) (*Guard, error) {
	g := &Guard{}
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, hearth.FieldErrorf("webhook-allow", "%q is no network such as 10.1.2.0/24.", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		g.Allow = append(g.Allow, p.Masked())
	}
	return g, nil
}

const (
	notHTTPS = "A webhook needs an address that begins with https://."
	inside   = "This address is inside the house or reserved, and is not called."
)

// URL checks an address as it is written. What its name stands for is checked when it is called, each time.
func (g *Guard) URL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, hearth.FieldErrorf("url", notHTTPS)
	}
	host := u.Hostname()
	addr, isIP := literal(host)
	allowed := isIP && g.allows(addr)
	switch {
	case u.User != nil:
		return nil, hearth.FieldErrorf("url", "Leave name and password out of the address; calls are signed instead.")
	case u.Scheme != "https" && !(u.Scheme == "http" && allowed):
		return nil, hearth.FieldErrorf("url", notHTTPS)
	case !allowed && !slices.Contains([]string{"", "443", "8443"}, u.Port()):
		return nil, hearth.FieldErrorf("url", "Only the ports 443 and 8443 are called.")
	case isIP && !allowed && !open(addr):
		return nil, hearth.FieldErrorf("url", inside)
	case !isIP && !named(host):
		return nil, hearth.FieldErrorf("url", "%q is not the name of a host on the Internet.", host)
	case u.Fragment != "" || len(raw) > 2000:
		return nil, hearth.FieldErrorf("url", "The address is longer than 2,000 letters, or has a # in it.")
	}
	return u, nil
}

// Check tells whether an address that a name stands for may be dialled.
func (g *Guard) Check(a netip.Addr, port int) error {
	if g.allows(a) {
		return nil
	}
	if !open(a) || port != 443 && port != 8443 {
		return hearth.FieldErrorf("url", inside)
	}
	return nil
}

func (g *Guard) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(a) })
}

// literal reads a host that is an address, in the spellings that resolvers and programs accept: 127.1, 0x7f000001, 0177.0.0.1,
// 2130706433. A name of digits that is none of them counts as an address too, and as one that is not open.
func literal(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	parts := strings.Split(host, ".")
	if last := parts[len(parts)-1]; last == "" || last[0] < '0' || last[0] > '9' {
		return netip.Addr{}, false // the last label of a name on the Internet is no number
	}
	if len(parts) > 4 {
		return netip.Addr{}, true
	}
	var n uint64
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 0, 32)
		last := i == len(parts)-1
		if err != nil || !last && v > 255 {
			return netip.Addr{}, true
		}
		if !last {
			n |= v << (8 * (3 - i))
			continue
		}
		if v >= 1<<(8*(4-i)) {
			return netip.Addr{}, true
		}
		n |= v
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
}

// named tells whether a host is written as a name on the Internet: letters, digits, hyphens and at least one dot. Names in
// other scripts have to come in their ASCII form, so that what is checked is what is asked for.
func named(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if len(host) > 253 || !strings.Contains(host, ".") {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	for _, end := range []string{".local", ".localhost", ".localdomain", ".internal", ".lan", ".home.arpa", ".test", ".invalid", ".onion"} {
		if strings.HasSuffix(host, end) {
			return false
		}
	}
	return true
}

// closedNets are networks that are nobody's on the Internet, by the registries of IANA (RFC 6890 and those that it names).
func closedNets() []netip.Prefix {
	list := []string{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"}
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// open tells whether an address is one of the Internet's. Addresses that carry another one (mapped, 6to4, NAT64) are what
// they carry.
func open(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is6() {
		b := a.As16()
		switch {
		case b[0] == 0x20 && b[1] == 0x02: // 2002::/16
			return open(netip.AddrFrom4([4]byte{b[2], b[3], b[4], b[5]}))
		case netip.MustParsePrefix("64:ff9b::/96").Contains(a):
			return open(netip.AddrFrom4([4]byte{b[12], b[13], b[14], b[15]}))
		case netip.MustParsePrefix("64:ff9b:1::/48").Contains(a):
			return false
		}
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(closedNets(), func(p netip.Prefix) bool { return p.Contains(a) })
}
