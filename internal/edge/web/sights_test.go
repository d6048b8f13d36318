package web

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hearth/internal/base/page/pagetest"
)

// lookAt opens pages on small and large screens in both themes: nothing sticks out, nothing is asked elsewhere, nothing complains,
// and the audit finds nothing.
func lookAt(t *testing.T, ctx context.Context, address string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 768, Height: 900, Dark: true}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
			head, _, _ := strings.Cut(strings.Trim(path, "/"), "=")
			name := fmt.Sprintf("%s-%d-%v", strings.NewReplacer("/", "-", "?", "-").Replace(head), s.Width, s.Dark)
			sight := pagetest.Look(t, ctx, address+path, s, name)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, asks %v, faults %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
}
