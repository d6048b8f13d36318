package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWhichBackupIsTheNewest(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	put := func(name, words string, at time.Time) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(words), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	look := func(what, name string, checked bool, count int) {
		t.Helper()
		b, err := backups(dir)
		if err != nil {
			t.Fatal(err)
		}
		if b.Name != name || b.Checked.IsZero() == checked || b.Count != count {
			t.Errorf("%s: %q, checked %v, %d of them; want %q, %v, %d", what, b.Name, b.Checked, b.Count, name, checked, count)
		}
	}
	look("none", "", false, 0)
	put("zz-old.db", "data", day.Add(-24*time.Hour))
	put("a.db", "data", day)
	put("b.db", "", day.Add(time.Hour)) // begun, and nothing in it yet
	put(".c.db", "data", day.Add(time.Hour))
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	look("by its time", "a.db", false, 2)
	put("a.db.checked", "", day.Add(time.Minute))
	look("somebody tried it", "a.db", true, 2)
	put("a.db", "other data", day.Add(2*time.Hour))
	look("written anew after it was tried", "a.db", false, 2)
	if b, err := backups(filepath.Join(dir, "none")); err == nil {
		t.Errorf("a directory that is not there: %+v", b)
	}
	if b, err := backups(""); err != nil || b.Dir != "" || b.Count > 0 {
		t.Errorf("nobody said where: %+v, %v", b, err)
	}
}
