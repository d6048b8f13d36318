package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/outlook"
	"hearth/internal/fact/record"
)

// BenchmarkPages draws every page of the team over five thousand residents, and tells within which time 95 of 100 came. A page that names something
// that is not there is left out, and named.
func BenchmarkPages(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	bench := newBench(b, d, clock)
	playsOf(b, bench)
	insightOf(b, bench, 5000)
	bench.web.Assign = assign.New(bench.web.Records, bench.web.Tasks)
	bench.web.Open = true
	bench.web.Outlook = outlook.New(outlook.Deps{Records: bench.web.Records, Messages: bench.web.Messages, Decisions: bench.web.Decisions, Engine: bench.web.Engine})
	bench.messages(b, 4)
	if err := bench.web.Engine.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	ids := bench.idsOf(b)
	left := []string{}
	for _, rt := range bench.web.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		path := strings.TrimSuffix(pattern, "{$}")
		if id := ids[strings.Split(pattern, "/")[1]]; id != "" {
			path = strings.ReplaceAll(path, "{id}", id)
		}
		if method != http.MethodGet || rt.need == anybody || path == "/live" {
			continue
		}
		if !bench.serves(path) {
			left = append(left, pattern)
			continue
		}
		if code := bench.asks(b, path); code != http.StatusOK {
			left = append(left, pattern)
			continue
		}
		b.Run(strings.TrimPrefix(pattern, "/"), func(b *testing.B) {
			var all []time.Duration
			for b.Loop() {
				before := b.Elapsed()
				bench.asks(b, path)
				all = append(all, b.Elapsed()-before)
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "ms-p95")
		})
	}
	b.Logf("not measured: %v", left)
}

// messages gives everybody so many messages of the last thirteen weeks.
func (b *bench) messages(t testing.TB, each int) {
	t.Helper()
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		living, err := b.web.Records.ResidentsAt(t.Context(), tx, all[0].ID)
		if err != nil {
			return err
		}
		for i, id := range living {
			for k := range each {
				m := message.Message{ID: hearth.MessageID(fmt.Sprintf("msg_%06d_%d", i, k)), Property: all[0].ID, Resident: id, Class: hearth.ClassRelation,
					Channel: hearth.ChannelEmail, Purpose: "news", Subject: "News", Body: "The roof is done.", Made: tx.Now().Add(-time.Duration((i*7+k*23)%91) * 24 * time.Hour)}
				if _, err := b.web.Messages.SentElsewhere(t.Context(), tx, record.News{}, "letters", m); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// serves tells whether the services behind a page are there.
func (b *bench) serves(path string) bool {
	for part, there := range map[string]bool{"/broadcasts": b.web.Broadcasts != nil, "/imports": b.web.Imports != nil, "/setup/templates": b.web.Wording != nil, "/setup/channels": b.web.Config != nil, "/operator": b.web.Health != nil,
		"/conversations": b.web.Inbox != nil, "/pause": b.web.Care != nil} {
		if strings.HasPrefix(path, part) && !there {
			return false
		}
	}
	return true
}

func (b *bench) asks(t testing.TB, path string) int {
	rec := httptest.NewRecorder()
	b.web.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return rec.Code
}

// idsOf gives something of each kind that pages are about.
func (b *bench) idsOf(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{"playbooks": "renew"}
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		living, err := b.web.Records.ResidentsAt(t.Context(), tx, all[0].ID)
		if err != nil {
			return err
		}
		out["residents"], out["conversations"] = string(living[0]), conversation.ID(living[0], "")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
