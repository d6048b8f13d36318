package inbound

import "testing"

// Only the server that is believed is heard, by its topmost line, about the domain that From names.
func TestSender(t *testing.T) {
	for _, c := range []struct {
		name, believed, lines string
		want                  Verdict
	}{
		{"it passed", "mx.oak.example", "Authentication-Results: mx.oak.example; spf=pass smtp.mailfrom=x.example; dmarc=pass (p=reject) header.from=home.example\r\n", Pass},
		{"it failed", "mx.oak.example", "Authentication-Results: mx.oak.example 1;\r\n dmarc=fail header.from=Home.Example\r\n", Fail},
		{"nobody is believed", "", "Authentication-Results: mx.oak.example; dmarc=pass header.from=home.example\r\n", Unknown},
		{"another server", "mx.oak.example", "Authentication-Results: mx.evil.example; dmarc=pass header.from=home.example\r\n", Unknown},
		{"written below by whoever sent it", "mx.oak.example", "Authentication-Results: mx.oak.example; dmarc=fail header.from=home.example\r\nAuthentication-Results: mx.oak.example; dmarc=pass header.from=home.example\r\n", Fail},
		{"of another domain", "mx.oak.example", "Authentication-Results: mx.oak.example; dmarc=pass header.from=evil.example\r\n", Unknown},
		{"in a comment", "mx.oak.example", "Authentication-Results: mx.oak.example; none (; dmarc=pass header.from=home.example)\r\n", Unknown},
		{"without a policy", "mx.oak.example", "Authentication-Results: mx.oak.example; dmarc=none header.from=home.example\r\n", Unknown},
		{"no line", "mx.oak.example", "", Unknown},
	} {
		if got := Parse([]byte("From: Ana <ana@home.example>\r\n" + c.lines + "\r\nHello\r\n")).Sender(c.believed); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
