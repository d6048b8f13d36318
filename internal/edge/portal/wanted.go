package portal

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"hearth/internal/act/message"
)

// ownPath lets only paths of the portal through, so that nobody is led elsewhere.
func ownPath(to string) string {
	u, err := url.Parse(to)
	ok := err == nil && u.Scheme == "" && u.Host == "" && !strings.ContainsAny(to, "\\\r\n") && path.Clean(u.Path) == u.Path &&
		(u.Path == "/home" || u.Path == ShortPath || strings.HasPrefix(u.Path, "/home/") || strings.HasPrefix(u.Path, DoorPath) ||
			strings.HasPrefix(u.Path, message.UnsubscribePath))
	if !ok {
		return "/home"
	}
	return to
}

// maxWanted is as long as the address of a page that is gone back to may be.
const maxWanted = 500

// wantedPath lets only a resident's own pages through, and none that sign in or out: one would go around in circles, or be out again.
func wantedPath(to string) string {
	if len(to) > maxWanted {
		return "/home"
	}
	to = ownPath(to)
	at, _, _ := strings.Cut(to, "?")
	for _, no := range []string{strings.TrimSuffix(message.UnsubscribePath, "/"), EnterPath, ShortPath, strings.TrimSuffix(OpenPath, "/"), "/home/leave", "/home/language", strings.TrimSuffix(DoorPath, "/")} {
		if at == no || strings.HasPrefix(at, no+"/") {
			return "/home"
		}
	}
	return to
}

// wanted is the page that comes after signing in: the one that the form or the address names, or that was asked for and is shown to nobody who is not
// signed in. What a form was to do is not done again: after it comes the home page.
func (v *visit) wanted() string {
	at := v.URL.Path
	switch {
	case at == EnterPath || strings.HasPrefix(at, EnterPath+"/") || strings.HasPrefix(at, OpenPath):
		return wantedPath(v.FormValue("next"))
	case v.Method == http.MethodGet:
		return wantedPath(v.URL.RequestURI())
	}
	return "/home"
}

// toward gives the address of a page on the way to another one. The home page needs no saying.
func toward(step, next string) string {
	if next == "/home" {
		return step
	}
	sign := "?"
	if strings.Contains(step, "?") {
		sign = "&"
	}
	return step + sign + "next=" + url.QueryEscape(next)
}

// here is the address of the page that is shown, to come back to it.
func (v *visit) here() string {
	if v.Method == http.MethodGet {
		return v.URL.RequestURI()
	}
	if strings.HasPrefix(v.URL.Path, EnterPath) {
		return toward(v.URL.Path, v.wanted())
	}
	return v.URL.Path
}
