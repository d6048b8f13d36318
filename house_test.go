package hearth

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The set-up says in one sentence what is missing, and stops.
func TestSetupSaysWhatIsMissing(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("The set-up needs bash.")
	}
	for _, tt := range []struct {
		name, goProgram, want string
	}{
		{"no Go", "", "none is installed: install Go"},
		{"old Go", "#!/bin/sh\necho go1.20.3\n", "This is Go 1.20.3, and Hearth needs Go"},
		{"Go before modules of this kind", "#!/bin/sh\necho go1.9\n", "This is Go 1.9, and Hearth needs Go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bin := t.TempDir()
			for _, tool := range []string{"awk", "mkdir", "sort", "head", "dirname", "uname"} {
				path, err := exec.LookPath(tool)
				if err != nil {
					t.Fatalf("the set-up uses %s, and this machine has none", tool)
				}
				if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
					t.Fatal(err)
				}
			}
			if tt.goProgram != "" {
				if err := os.WriteFile(filepath.Join(bin, "go"), []byte(tt.goProgram), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), bash, "scripts/setup.sh", "build")
			cmd.Env = []string{"PATH=" + bin, "HOME=" + t.TempDir()}
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("the set-up passed: %s", out)
			}
			if got := strings.TrimSpace(string(out)); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one sentence with %q", got, tt.want)
			}
		})
	}
}

// Every module that our code imports is in docs/dependencies.md with the version that go.mod asks for, and nothing else
// is. The reasons stand there as well.
func TestDependenciesAreExplained(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\s+(\S+\.\S+/\S+) (v\S+)`).FindAllStringSubmatch(string(mod), -1) {
		versions[m[1]] = m[2]
	}
	used := map[string]bool{}
	for _, p := range listPackages(t) {
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			best := ""
			for path := range versions {
				if (imp == path || strings.HasPrefix(imp, path+"/")) && len(path) > len(best) {
					best = path
				}
			}
			used[best] = true
		}
	}
	delete(used, "") // the standard library, and ourselves
	for path := range used {
		if !strings.Contains(string(page), path) || !strings.Contains(string(page), versions[path]) {
			t.Errorf("docs/dependencies.md does not explain %s %s", path, versions[path])
		}
	}
	for path := range versions {
		if !used[path] && regexp.MustCompile(`\| [^|]*`+regexp.QuoteMeta(path)+`[ ,]`).Match(page) {
			t.Errorf("docs/dependencies.md explains %s, which nothing uses", path)
		}
	}
}

// Every link inside the documents leads somewhere.
func TestDocumentLinks(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	checked := 0
	for _, page := range append(pages, top...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			checked++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
	if checked == 0 {
		t.Error("no links were found")
	}
}
