package webhook

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// spellings gives ways to write hosts that must never be called.
func spellings() []string {
	hosts := []string{"localhost", "localhost.", "LOCALHOST", "foo.localhost", "localhost.localdomain", "printer", "printer.local", "db.internal", "nas.lan", "router.home.arpa",
		"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[0:0:0:0:0:ffff:10.0.0.1]", "[fe80::1]", "[fe80::1%25eth0]",
		"[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[2002:7f00:1::]", "[2002:0a00:0001::1]", "[2002:a9fe:a9fe::]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]",
		"[64:ff9b:1::1]", "[2001:db8::1]", "[2001:0:7f00:1::]", "[100::1]", "[3fff::1]", "[fec0::1]",
		"①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost", "xn--.example", "-a.example", "a-.example", "a..example", "exa mple.com", "example", "metadata", "1.2.3.4.5", "256.1.1.1",
		"0x7f.0.0.0x1ff", "1e3", "0x", "127.0.0.1.", "0", "0.0.0.0"}
	for _, ip := range []string{"127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255"} {
		a := netip.MustParseAddr(ip).As4()
		n := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
		hosts = append(hosts, ip, fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0%o", n), fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", a[0], a[1], a[2], a[3]),
			fmt.Sprintf("0%o.0%o.0%o.0%o", a[0], a[1], a[2], a[3]), fmt.Sprintf("%d.%d", a[0], n&0xffffff), fmt.Sprintf("%d.%d.%d", a[0], a[1], n&0xffff),
			fmt.Sprintf("[::ffff:%s]", ip))
	}
	return hosts
}

// TestNoSpellingLeadsInside tries the spellings of addresses inside the house, and what else an address can hide.
func TestNoSpellingLeadsInside(t *testing.T) {
	g := &Guard{}
	list := make([]string, 0, 200)
	for _, h := range spellings() {
		list = append(list, "https://"+h+"/", "https://"+h+":8443/x")
	}
	list = append(list, "http://example.com/", "ftp://example.com/", "https://example.com:80/", "https://example.com:22/", "https://user@example.com/", "https://example.com@127.0.0.1/",
		"https://a:b@example.com/", "//example.com/", "https:example.com", "https:///x", "gopher://example.com", "file:///etc/passwd", "https://example.com/#x", "javascript:alert(1)", "")
	if len(spellings()) < 120 {
		t.Errorf("%d spellings, want at least 120", len(spellings()))
	}
	for _, raw := range list {
		if u, err := g.URL(raw); err == nil {
			t.Errorf("%q may be called as %s", raw, u)
		}
	}
	for _, raw := range []string{"https://example.com/hook", "https://example.com:8443/", "https://93.184.215.14/", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "https://xn--bcher-kva.example/"} {
		if _, err := g.URL(raw); err != nil {
			t.Errorf("%q may not be called: %v", raw, err)
		}
	}
	t.Logf("%d spellings of hosts, %d addresses, 0 lead inside", len(spellings()), len(list))
}

// TestANameThatChangesItsMeaning has a name stand for an open address when it is looked up, and for this machine when it is
// dialled: each dial is checked by itself.
func TestANameThatChangesItsMeaning(t *testing.T) {
	var hits atomic.Int64
	inner := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inner.Close()
	at := netip.MustParseAddrPort(inner.Listener.Addr().String())
	// 1,000 tries of the moment that matters: the dialled address, right before the connection is made.
	g := &Guard{}
	for i := range 1000 {
		a := at.Addr()
		if i%2 == 1 {
			a = netip.MustParseAddr("::ffff:" + a.String())
		}
		if g.Check(a, 443) == nil || g.Check(a, int(at.Port())) == nil {
			t.Fatalf("try %d: %s may be dialled", i, a)
		}
	}
	c := NewClient(Config{Timeout: 2 * time.Second, Resolver: lying(t)})
	for range 20 {
		r := c.Post(t.Context(), Call{URL: "https://open.example.com:8443/", ID: "x", Body: []byte("{}")}, time.Unix(0, 0))
		if r.Took || r.Status != 0 {
			t.Fatalf("a name that stands for this machine was called: %+v", r)
		}
		if r.Why != inside {
			t.Fatalf("refused with %q, want %q", r.Why, inside)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d calls came in", n)
	}
}

// lying is a resolver for which every name stands for this machine: a small DNS server on loopback.
func lying(t *testing.T) *net.Resolver {
	t.Helper()
	pc, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { pc.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 512)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			if _, err := pc.WriteTo(loopbackAnswer(buf[:n]), from); err != nil {
				return
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// loopbackAnswer answers a question for an address with 127.0.0.1, and for anything else with nothing.
func loopbackAnswer(q []byte) []byte {
	end := 12
	for end < len(q) && q[end] != 0 {
		end += int(q[end]) + 1
	}
	end += 5
	isA := end <= len(q) && q[end-4] == 0 && q[end-3] == 1
	out := append([]byte(nil), q[:min(end, len(q))]...)
	out[2], out[3] = 0x81, 0x80
	out[6], out[7], out[8], out[9], out[10], out[11] = 0, 0, 0, 0, 0, 0
	if isA {
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return out
}

func TestWhatIsSentIsSignedAndRedirectsEnd(t *testing.T) {
	var got *http.Request
	var hits atomic.Int64
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		got = r.Clone(context.Background())
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, srv.URL+"/inside", http.StatusTemporaryRedirect)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/huge":
			w.WriteHeader(http.StatusOK)
			for range 100 {
				if _, err := w.Write([]byte(strings.Repeat("x", 10_000))); err != nil {
					return
				}
			}
		}
	}))
	defer srv.Close()
	g, err := ParseGuard([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(Config{Guard: g, Timeout: 5 * time.Second})
	defer c.Close()
	secret := SecretPrefix + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	call := Call{URL: srv.URL + "/", ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Secrets: []string{secret}, Body: []byte(`{"test": 2432232314}`)}
	if r := c.Post(t.Context(), call, time.Unix(1614265330, 0)); !r.Took || r.Status != 200 {
		t.Fatalf("taken: %+v", r)
	}
	// The example of the Standard Webhooks specification.
	if s := got.Header.Get("Webhook-Signature"); s != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signature %q", s)
	}
	for path, want := range map[string]Result{"/away": {Status: 307}, "/gone": {Status: 410, Gone: true}, "/huge": {Status: 200, Took: true}} {
		call.URL = srv.URL + path
		before := hits.Load()
		r := c.Post(t.Context(), call, time.Unix(1, 0))
		if r.Status != want.Status || r.Gone != want.Gone || r.Took != want.Took {
			t.Errorf("%s: %+v", path, r)
		}
		if n := hits.Load() - before; n != 1 {
			t.Errorf("%s: %d calls", path, n)
		}
	}
	srv.Close()
	if r := c.Post(t.Context(), call, time.Unix(1, 0)); r.Took || r.Why == "" {
		t.Errorf("nobody there: %+v", r)
	}
}
