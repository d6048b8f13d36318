package httpd

import "testing"

func TestDevice(t *testing.T) {
	for agent, want := range map[string][2]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": {"Safari", "iPhone"},
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36":                       {"Chrome", "Android"},
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0":                               {"Edge", "Windows"},
		"curl/8": {"", ""}, "": {"", ""},
	} {
		if browser, machine := Device(agent); browser != want[0] || machine != want[1] {
			t.Errorf("%q is %q on %q, want %v", agent, browser, machine, want)
		}
	}
}
