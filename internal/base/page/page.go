// Package page is the HTML toolkit that all pages share: the frame around a page, the style sheet, and how times read.
// It knows nothing of housing, loads nothing from other hosts and needs no script.
package page

import (
	"crypto/sha256"
	_ "embed" // the style sheet
	"encoding/hex"
	"net/http"
	"time"
)

//go:embed style.css
var styleSheet []byte

// Link is an entry of a page's menu.
type Link struct {
	Name, Href string
	Here       bool // the page that is being shown
}

// Frame is what stands around a page.
type Frame struct {
	Title string
	Nav   []Link
	Foot  string // one sentence
	// Refresh reloads the page after so many seconds; 0 never does.
	Refresh int
}

// StylePath is where Style is to be served. The name changes with the content, so that browsers may keep it.
func StylePath() string {
	sum := sha256.Sum256(styleSheet)
	return "/static/" + hex.EncodeToString(sum[:6]) + ".css"
}

// Style serves the style sheet.
func Style() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Write(styleSheet)
	})
}

// When says an instant the way a colleague would, seen from now, both in zone: "14:05" today, "yesterday 14:05",
// "Tue 14:05" within a week, else the date.
func When(t, now time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(zone), now.In(zone)
	days := dayNumber(now) - dayNumber(t)
	switch {
	case days == 0:
		return t.Format("15:04")
	case days == 1:
		return "yesterday " + t.Format("15:04")
	case days == -1:
		return "tomorrow " + t.Format("15:04")
	case days > -7 && days < 7:
		return t.Format("Mon 15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
