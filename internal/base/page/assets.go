package page

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
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

// Assets serves the built files.
func Assets() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		files = dist // cannot happen: the name is a constant
	}
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, AssetsPath), "/")
		if !ok || name == "" || name != path.Base(name) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		r2 := r.Clone(r.Context())
		r2.URL.Path = "/" + name
		server.ServeHTTP(w, r2)
	})
}
