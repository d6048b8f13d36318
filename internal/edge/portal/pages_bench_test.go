package portal

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// BenchmarkPages draws each page of a resident among 5,000 others who has asked for 150 repairs and written 300 letters.
func BenchmarkPages(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	r := newRig(b, d, clock)
	r.neighbours(b, 5000)
	ana := r.as(r.ana)
	repair := ana.years(b)
	left := []string{}
	for _, pattern := range slices.Sorted(maps.Keys(r.routes())) {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{id}", repair)
		path = strings.ReplaceAll(path, "{name}", wishes()[0].Name)
		if method != http.MethodGet || strings.Contains(path, "/leave") {
			continue
		}
		if code := ana.get(path).Code; code != http.StatusOK {
			left = append(left, pattern)
			continue
		}
		b.Run(strings.TrimPrefix(pattern, "GET /"), func(b *testing.B) {
			var all []time.Duration
			for b.Loop() {
				before := b.Elapsed()
				ana.get(path)
				all = append(all, b.Elapsed()-before)
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "ms-p95")
		})
	}
	b.Logf("not measured: %v", left)
}

// neighbours moves n more residents into the place.
func (r *rig) neighbours(b *testing.B, n int) {
	b.Helper()
	today := hearth.DayOf(r.clock.Now(), time.UTC)
	lease := record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300}
	for at := 0; at < n; at += 500 {
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for i := at; i < at+500; i++ {
				_, err := r.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: r.place, Unit: record.Unit{Label: fmt.Sprint("N", i)}, Lease: lease,
					Members: []record.Member{{Resident: record.Resident{First: fmt.Sprint("First", i), Last: fmt.Sprint("Last", i), Email: fmt.Sprintf("n%d@home.example", i)}}}})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// years asks for repairs and writes letters as a resident does, by the forms, over two years, and gives one of the repairs.
func (p *person) years(b *testing.B) (repair string) {
	b.Helper()
	for i := range 150 {
		there, _, _ := strings.Cut(p.led(p.upload("/home/repair", map[string]string{"once": fmt.Sprint("r", i), "trouble": "plumbing", "room": "kitchen"}, nil)), "?")
		repair = strings.TrimPrefix(there, "/home/repair/")
		for k := range 2 {
			if rec := p.post("/home/messages", url.Values{"once": {fmt.Sprint("l", i, "-", k)}, "words": {fmt.Sprintf("The tap drips again, letter %d.%d.", i, k)}}); rec.Code != http.StatusSeeOther {
				b.Fatalf("a letter answers %d: %s", rec.Code, rec.Body)
			}
		}
		p.clock.Advance(5 * 24 * time.Hour)
		p.cookies[deviceCookie] = p.signIn(p.ana)
	}
	return repair
}
