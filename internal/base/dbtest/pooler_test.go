package dbtest

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The pooler shares its connections out by transactions, and goes with its test.
func TestAPoolerSharesItsConnections(t *testing.T) {
	dir := ""
	t.Run("pooled", func(t *testing.T) {
		address := Pooled(t, PostgresURL(t), 1)
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		dir = u.Query().Get("host")
		var pids [3]int
		for i := range pids {
			c, err := pgx.Connect(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(t.Context())
			if err := c.QueryRow(t.Context(), "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pids[i]); err != nil {
				t.Fatal(err)
			}
		}
		if pids[0] != pids[1] || pids[1] != pids[2] {
			t.Errorf("three open connections are served by the processes %v, want one", pids)
		}
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
	if left, _ := exec.Command("pgrep", "-f", dir).Output(); len(left) > 0 {
		t.Errorf("processes %s are still running", strings.Fields(string(left)))
	}
}
