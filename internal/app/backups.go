package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hearth/internal/edge/web"
)

// checkedMark ends the name of the empty file that whoever tried a backup leaves beside it (docs/backup.md).
const checkedMark = ".checked"

// backups looks where the settings say that backups are put. The time of a file counts and not its name, which anybody may
// choose; one that is being written is hidden or empty, and is none yet.
func backups(dir string) (web.Backups, error) {
	b := web.Backups{Dir: dir}
	if dir == "" {
		return b, nil
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return b, err
	}
	for _, e := range list {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // cleared away meanwhile
		}
		if err != nil {
			return b, err
		}
		if !info.Mode().IsRegular() || info.Size() == 0 || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), checkedMark) {
			continue
		}
		b.Count++
		if info.ModTime().After(b.Made) {
			b.Name, b.Bytes, b.Made = e.Name(), info.Size(), info.ModTime()
		}
	}
	if mark, err := os.Stat(filepath.Join(dir, b.Name+checkedMark)); b.Count > 0 && err == nil && !mark.ModTime().Before(b.Made) {
		b.Checked = mark.ModTime()
	}
	return b, nil
}

// watchBackups is what the operator's page is told. A directory that can't be read is told as such and fails nothing else.
func (s *Server) watchBackups() web.Backups {
	b, err := backups(s.Config.Backups)
	if err != nil {
		s.Logger.Warn("backups cannot be looked at", "error", err)
		b.Unread = true
	}
	return b
}
