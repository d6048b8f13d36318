// Package playbooks holds the shipped library of playbooks: YAML files that a manager can read. Nothing here starts by
// itself; a playbook acts once somebody has switched it on.
package playbooks

import (
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strings"
)

//go:embed *.yaml
var files embed.FS //nolint:gochecknoglobals // the embed directive needs a variable

// File is one shipped playbook.
type File struct {
	ID   string // the file's name without its ending, which is also the playbook's id
	Text []byte
}

// Library gives the shipped playbooks by id.
func Library() ([]File, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list shipped playbooks: %w", err)
	}
	sort.Strings(names)
	out := make([]File, 0, len(names))
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read shipped playbook %s: %w", name, err)
		}
		out = append(out, File{ID: strings.TrimSuffix(name, ".yaml"), Text: text})
	}
	return out, nil
}
