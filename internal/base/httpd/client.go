package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client gives the sender's address in the network. What a proxy says is believed only of those that proxied knows as ours; nil: of
// none.
func Client(r *http.Request, proxied func(address string) bool) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if proxied == nil || !proxied(host) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		if host = hop; !proxied(hop) {
			break
		}
	}
	return host
}
