package page

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What pages are dressed with goes packed to who takes it, and as it is to who does not; unpacked both are the same.
func TestAssetsArePacked(t *testing.T) {
	if !Dressed() {
		t.Fatal("The pages are not dressed: run scripts/assets.sh, or make test, which does.")
	}
	h := Assets()
	ask := func(name, takes string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, Asset(name), nil)
		r.Header.Set("Accept-Encoding", takes)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec
	}
	for _, name := range []string{"hearth.css", "icons.svg", "portal.js"} {
		small, plain := ask(name, "br, gzip;q=0.8"), ask(name, "gzip;q=0, identity")
		if small.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" || small.Header().Get("Content-Type") != plain.Header().Get("Content-Type") || small.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v and %v", name, small.Header(), plain.Header())
		}
		if 2*small.Body.Len() > plain.Body.Len() {
			t.Errorf("%s is %d bytes packed and %d not", name, small.Body.Len(), plain.Body.Len())
		}
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := io.ReadAll(z); err != nil || string(whole) != plain.Body.String() {
			t.Errorf("%s is another thing unpacked (%v)", name, err)
		}
	}
	if got := ask("inter-latin.woff2", "gzip").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("a font is packed again: %s", got)
	}
}
