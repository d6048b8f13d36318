package page

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// What web/ was built into. In a checkout that was never built it holds only a note, and pages are plain.
//
//go:embed dist
var dist embed.FS

// AssetsPath is the prefix under which Assets is to be served.
const AssetsPath = "/static/built/"

// Asset gives the address of a built file, such as "hearth.css". The address changes with the content of all of them, so
// that browsers may keep what they have.
func Asset(name string) string {
	version, err := dist.ReadFile("dist/version.txt")
	if err != nil {
		version = []byte("none")
	}
	return AssetsPath + string(version) + "/" + name
}

// Dressed tells whether what the pages are dressed with was built into this program.
func Dressed() bool {
	_, err := dist.ReadFile("dist/version.txt")
	return err == nil
}

// packed gives the files that are text, packed once: on a slow line a page is not painted before its style sheet is there. Fonts are packed as they are. Pages themselves go as they
// are too: whoever can put words into one and sees its size could guess at what else is in it.
func packed(files fs.FS) map[string][]byte {
	out := map[string][]byte{}
	for _, name := range []string{"hearth.css", "icons.svg", "htmx.js", "workspace.js", "passkey.js", "portal.js"} {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			continue // never built: the plain file server says so
		}
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err == nil {
			_, err = z.Write(raw)
		}
		if err == nil && z.Close() == nil {
			out[name] = b.Bytes()
		}
	}
	return out
}

// takesGzip tells whether a browser takes what is packed, as all do; a weight of nothing means that it does not.
func takesGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			return !strings.HasSuffix(strings.TrimRight(strings.TrimSpace(weight), ".0"), "q=")
		}
	}
	return false
}

// Assets serves the built files.
func Assets() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		files = dist // cannot happen: the name is a constant
	}
	server, small := http.FileServerFS(files), packed(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, AssetsPath), "/")
		if !ok || name == "" || name != path.Base(name) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Add("Vary", "Accept-Encoding")
		if body := small[name]; body != nil && takesGzip(r) {
			w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.Write(body)
			return
		}
		r2 := r.Clone(r.Context())
		r2.URL.Path = "/" + name
		server.ServeHTTP(w, r2)
	})
}
