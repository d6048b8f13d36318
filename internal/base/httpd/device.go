package httpd

import "strings"

// Device says what a browser tells of itself in two words for people, "Firefox" and "Linux"; "" for what it does not tell.
func Device(agent string) (browser, machine string) {
	pick := func(pairs ...[2]string) string {
		for _, p := range pairs {
			if strings.Contains(agent, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	browser = pick([2]string{"Edg/", "Edge"}, [2]string{"OPR/", "Opera"}, [2]string{"Firefox/", "Firefox"}, [2]string{"Chrome/", "Chrome"}, [2]string{"Safari/", "Safari"})
	machine = pick([2]string{"iPhone", "iPhone"}, [2]string{"iPad", "iPad"}, [2]string{"Android", "Android"}, [2]string{"Windows", "Windows"}, [2]string{"Mac OS", "Mac"},
		[2]string{"CrOS", "Chromebook"}, [2]string{"Linux", "Linux"})
	return browser, machine
}
