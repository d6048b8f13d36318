package config

import (
	"fmt"
	"io"
	"net/url"
	"strings"

	"hearth"
)

// mask stands where a password is set.
const mask = "********"

// Print writes the settings as a file that could be read again, each with its origin, passwords masked.
func (l *Loaded) Print(w io.Writer) error {
	var b strings.Builder
	for _, k := range keysOf(&l.Config) {
		if k.secret {
			state := "not set"
			if k.text() != "" {
				state = mask + " (" + string(l.Origin(k.Name)) + ")"
			}
			fmt.Fprintf(&b, "# %s: %s\n", k.Name, state)
			continue
		}
		fmt.Fprintf(&b, "%s: %s # %s\n", k.Name, quote(masked(k.text())), l.Origin(k.Name))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// masked hides a password inside an address.
func masked(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.User == nil {
		return s
	}
	pw, has := u.User.Password()
	if !has || pw == "" {
		return s
	}
	// Not by u.String(): it would escape the asterisks.
	return strings.Replace(s, ":"+passwordAsWritten(s)+"@", ":"+mask+"@", 1)
}

// passwordAsWritten gives the password of an address with its escapes, as it stands in the text.
func passwordAsWritten(s string) string {
	_, rest, _ := strings.Cut(s, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	user := rest[:max(strings.LastIndex(rest, "@"), 0)]
	_, pw, _ := strings.Cut(user, ":")
	return pw
}

// quote makes a YAML scalar: plain where that is certain, in single quotes elsewhere.
func quote(s string) string {
	plain := s != "" && !strings.HasPrefix(s, "-") && strings.Trim(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == ""
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// unknown is the error for a key that does not exist; where is how the sentence begins.
func unknown(keys []key, where, name string) error {
	best, bestAt := "", len(name)+1
	for _, k := range keys {
		if d := distance(name, k.Name); d < bestAt {
			best, bestAt = k.Name, d
		}
	}
	if bestAt <= 2+len(name)/4 {
		return hearth.FieldErrorf(name, "%s is no setting of Hearth. Did you mean %s?", upper(where), best)
	}
	return hearth.FieldErrorf(name, "%s is no setting of Hearth. docs/configuration.md lists them all.", upper(where))
}

func upper(s string) string {
	if strings.HasPrefix(s, "the ") {
		return "T" + s[1:]
	}
	return s
}

// distance counts the letters to insert, delete or change between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := before
			if a[i-1] != b[j-1] {
				cost++
			}
			before = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// WriteDocs writes the page of all settings, in Markdown.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Settings

Made from the code by ` + "`make generate`" + `; change internal/base/config instead.

A setting is given on the command line (` + "`--listen ADDR`" + `), in the environment (` + "`HEARTH_LISTEN`" + `) or in a YAML file that
` + "`--config FILE`" + ` or ` + "`HEARTH_CONFIG`" + ` names (` + "`listen: ADDR`" + `). The command line is stronger than the environment, the
environment than the file, the file than the default. A name that Hearth does not know is an error. Passwords are taken
from the environment or from a file of their own, never from the command line or the settings file; ` + "`hearth config print`" + `
shows all settings in force, passwords masked.

| setting | variable | default | what it does |
| --- | --- | --- | --- |
`)
	for _, k := range keysOf(&Config{}) {
		name, def := "`"+k.Name+"`", ""
		if k.secret {
			name = "(none)"
		}
		if k.def != "" {
			def = "`" + k.def + "`"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", name, k.Env(), def, k.help)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
