package mailin

import (
	"io"
	"net"
	"net/netip"
	"sync"
)

// maxPerHost is how many of the places one sender's host may have: one that opens connections and says nothing keeps
// nobody else out.
const maxPerHost = maxConns / 4

// places counts the connections that are open, by the host that opened them.
type places struct {
	mu    sync.Mutex
	all   int
	hosts map[netip.Prefix]int
}

// take gives a place to a host, or tells that there is none for it.
func (p *places) take(host netip.Prefix) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= maxConns || p.hosts[host] >= maxPerHost {
		return false
	}
	if p.hosts == nil {
		p.hosts = map[netip.Prefix]int{}
	}
	p.all++
	p.hosts[host]++
	return true
}

func (p *places) free(host netip.Prefix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.hosts[host]--; p.hosts[host] == 0 {
		delete(p.hosts, host)
	}
}

// hostOf gives whose connection it is: an address of the old kind, or a network of the new kind, of which one machine has
// as many addresses as it likes.
func hostOf(a net.Addr) netip.Prefix {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	addr := ap.Addr().Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	host, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return host
}

// limited refuses connections for which there is no place with a word that has senders come back.
type limited struct {
	net.Listener
	s *Server
}

// Accept gives the next connection that there is room for.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host := hostOf(c.RemoteAddr())
		if l.s.places.take(host) {
			return &placed{Conn: c, free: sync.OnceFunc(func() { l.s.places.free(host) })}, nil
		}
		l.s.refused.Add(1)
		io.WriteString(c, "421 4.3.2 Too many connections; try again soon\r\n") // a fresh connection has room for it
		c.Close()
	}
}

// placed gives its place free when it closes.
type placed struct {
	net.Conn
	free func()
}

// Close closes the connection.
func (c *placed) Close() error {
	c.free()
	return c.Conn.Close()
}
