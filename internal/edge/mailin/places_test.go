package mailin

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
)

func (p *places) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// No host has more than its share, all together no more than there is, and a place that is given back is there again.
func TestPlaces(t *testing.T) {
	var p places
	host := func(i int) netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 32) }
	for i := range maxPerHost + 5 {
		if got, want := p.take(host(1)), i < maxPerHost; got != want {
			t.Fatalf("place %d of one host: %v", i, got)
		}
	}
	others := 0
	for i := range maxConns {
		if p.take(host(2 + i)) {
			others++
		}
	}
	if others != maxConns-maxPerHost {
		t.Errorf("%d others had a place, want %d", others, maxConns-maxPerHost)
	}
	p.free(host(1))
	if !p.take(host(250)) || p.take(host(251)) {
		t.Error("a place that was given back is not one place")
	}
	for range maxPerHost - 1 {
		p.free(host(1))
	}
	if _, there := p.hosts[host(1)]; there || p.open() != maxConns-maxPerHost+1 {
		t.Errorf("%d are open, hosts %v", p.open(), p.hosts)
	}
}

func TestHostOf(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{"192.0.2.7:25", "192.0.2.7/32"},
		{"[::ffff:192.0.2.7]:25", "192.0.2.7/32"},
		{"[2001:db8:1:2:3:4:5:6]:25", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:25", "fe80::/64"},
	} {
		if got := hostOf(said(c.addr)).String(); got != c.want {
			t.Errorf("%s is of %s, want %s", c.addr, got, c.want)
		}
	}
	if got := hostOf(&net.UnixAddr{Name: "socket"}); got.IsValid() {
		t.Error("a socket is of", got)
	}
}

// said is an address as it is written.
type said string

func (s said) Network() string { return "tcp" }
func (s said) String() string  { return fmt.Sprint(string(s)) }
