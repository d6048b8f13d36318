package blob_test

import (
	"bytes"
	"crypto/rand"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"hearth"
	"hearth/internal/base/blob"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestKeepsAndForgets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		s, err := blob.Open(d, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		body := []byte{0, 1, 2, 0xff, '\n'}
		name, err := s.Put(t.Context(), body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), name); err != nil || !bytes.Equal(got, body) {
			t.Errorf("it comes back as %v, %v", got, err)
		}
		if d.Dialect() == db.SQLite {
			info, err := os.Stat(filepath.Join(d.Config().Dir, blob.Folder, name))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file is %v, %v; want one that only we read", info, err)
			}
		}
		for range 2 {
			if err := s.Remove(t.Context(), name); err != nil {
				t.Errorf("forget it: %v", err)
			}
		}
		for _, gone := range []string{name, "", "../hearth.db", "..%2fhearth.db", "nothing"} {
			if _, err := s.Get(t.Context(), gone); hearth.CodeOf(err) != hearth.CodeNotFound {
				t.Errorf("%q gives %v, want that it is not found", gone, err)
			}
		}
	})
}

func TestServedAsWhatItIs(t *testing.T) {
	w := httptest.NewRecorder()
	blob.Serve(w, "image/png", []byte("<script>alert(1)</script>"))
	for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
