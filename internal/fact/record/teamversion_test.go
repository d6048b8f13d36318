package record

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Whatever writes of the team and of properties also gives the team another version: each function that uses such a statement
// calls teamChanged, or is one of the parts of writeStaff, which does.
func TestWhatWritesTheTeamSaysSo(t *testing.T) {
	writes := regexp.MustCompile(`^(INSERT INTO|UPDATE|DELETE FROM) (staff|staff_roles|staff_hours|absences|absence_parts|properties)\b`)
	statements, bodies := map[string]bool{}, map[string]string{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, e.Name(), source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING && writes.MatchString(strings.Trim(lit.Value, "`\"")) {
						statements[n.Names[i].Name] = true
					}
				}
			case *ast.FuncDecl:
				bodies[n.Name.Name] = string(source[files.Position(n.Pos()).Offset:files.Position(n.End()).Offset])
			}
			return true
		})
	}
	if len(statements) < 10 {
		t.Fatalf("found only %d statements: %v", len(statements), statements)
	}
	partOf := map[string]bool{"writeAbsence": true} // of writeStaff
	keepsAsItWas := map[string]bool{"lockProperty": true}
	for name := range statements {
		used := false
		word := regexp.MustCompile(`\b` + name + `\b`)
		for in, body := range bodies {
			if !word.MatchString(body) {
				continue
			}
			used = true
			if !keepsAsItWas[name] && !partOf[in] && !strings.Contains(body, "teamChanged(") && !strings.Contains(body, "writeStaff(") {
				t.Errorf("%s uses %s and does not call teamChanged", in, name)
			}
		}
		if !used {
			t.Errorf("nobody uses %s", name)
		}
	}
}
