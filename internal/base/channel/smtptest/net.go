package smtptest

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// countListener counts the connections of a server.
type countListener struct {
	net.Listener
	srv *Server
}

// Accept implements net.Listener.
func (l countListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.srv.mu.Lock()
	defer l.srv.mu.Unlock()
	l.srv.conns++
	l.srv.open++
	l.srv.peak = max(l.srv.peak, l.srv.open)
	return &countConn{Conn: c, srv: l.srv}, nil
}

type countConn struct {
	net.Conn
	srv  *Server
	once sync.Once
}

// Close implements net.Conn.
func (c *countConn) Close() error {
	c.once.Do(func() {
		c.srv.mu.Lock()
		defer c.srv.mu.Unlock()
		c.srv.open--
	})
	return c.Conn.Close()
}

// testCertificate makes a certificate for 127.0.0.1 that only its own pool trusts. Key and validity are fixed, because
// what is tested is who signed it; the key protects nothing.
func testCertificate() (tls.Certificate, *x509.CertPool, error) {
	key := ed25519.NewKeyFromSeed([]byte("smtptest: a key that all may see"))
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "mail.test"},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:     []string{"localhost"},
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, key.Public(), key) // Ed25519 takes no chance
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make a test certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make a test certificate: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, nil
}
