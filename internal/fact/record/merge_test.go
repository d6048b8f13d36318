package record

import (
	"context"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// rowsOf gives everything that is recorded of residents, as text.
func rowsOf(b *bundle) string {
	var out strings.Builder
	b.read(func(ctx context.Context, tx *db.Tx) error {
		for _, q := range []string{
			`SELECT id || '|' || property || '|' || household || '|' || role || '|' || is_primary || '|' || first_name || '|' || last_name || '|' || preferred_name || '|' || name_key || '|' || email || '|' || phone || '|' || language || '|' || created || '|' || changed FROM residents WHERE org = $1 ORDER BY id`,
			`SELECT kind || '|' || ext || '|' || source || '|' || id FROM external_ids WHERE org = $1 ORDER BY kind, source, ext`,
			`SELECT resident || '|' || name || '|' || value || '|' || source || '|' || at FROM preferences WHERE org = $1 ORDER BY resident, name`,
			`SELECT id || '|' || unit || '|' || household || '|' || rent_cents || '|' || move_in || '|' || move_out || '|' || changed FROM leases WHERE org = $1 ORDER BY id`,
			`SELECT id || '|' || property FROM households WHERE org = $1 ORDER BY id`,
			`SELECT resident || '|' || kept FROM merges WHERE org = $1 ORDER BY resident`,
		} {
			lines, err := collect(ctx, tx, "rows", scanText, q, tx.Org())
			if err != nil {
				return err
			}
			out.WriteString(strings.Join(lines, "\n") + "\n--\n")
		}
		return nil
	})
	return out.String()
}

// Any sequence of merges, unmerges and imports, and at its end all merges taken back, leaves the records byte for byte
// as the imports alone leave them: what came meanwhile went to whom its source's id belongs.
func TestMergesLoseNothing(t *testing.T) {
	fewer(t, 8)
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		with, without := playMerges(t, seed, true), playMerges(t, seed, false)
		if with != without {
			rt.Errorf("with merges, all taken back:\n%s\nwithout:\n%s", with, without)
		}
	})
}

// fewer has rapid draw n cases, unless somebody asked for another number: each opens two databases.
func fewer(t *testing.T, n int) {
	f := goflag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(f.DefValue); err != nil {
			t.Error(err)
		}
	})
}

func playMerges(t *testing.T, seed uint64, merging bool) string {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	b.store.random = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 1})
	r := rand.New(rand.NewPCG(seed, 1))
	var ids []hearth.ResidentID
	tell := func(i, n int) hearth.ResidentID {
		m := person(fmt.Sprintf("Ana%d Ruiz", i), fmt.Sprintf("a%d.%d@example.com", i, n), "")
		m.External = fmt.Sprintf("t%d", i)
		home := roll(fmt.Sprintf("%dB", i), lived("2025-06-01", "2026-05-31"), m)
		home.Property = b.oak.ID
		var id hearth.ResidentID
		b.write(func(ctx context.Context, tx *db.Tx) error {
			news := News{Source: "yardi", Cause: fmt.Sprint("list ", i, n)}
			res, err := b.store.PutHome(ctx, tx, news, home)
			if err != nil {
				return err
			}
			id = res.Members[0].ID
			_, err = b.store.PutPreference(ctx, tx, news, Preference{Resident: id, Name: "pets", Value: fmt.Sprint(n), Source: "yardi", At: tx.Now()})
			return err
		})
		return id
	}
	for i := range 4 {
		ids = append(ids, tell(i, 0))
	}
	for n := range 12 {
		what, x, y := r.IntN(3), r.IntN(4), r.IntN(4)
		switch {
		case what == 0:
			if got := tell(x, n+1); got != ids[x] {
				t.Fatalf("what the source tells of its t%d went to %s, not %s", x, got, ids[x])
			}
		case !merging:
		case what == 1:
			b.mergeOrRefuse(ids[x], ids[y])
		default:
			b.unmergeOrRefuse(ids[x])
		}
	}
	for _, id := range ids {
		b.unmergeOrRefuse(id)
	}
	return rowsOf(b)
}

func (b *bundle) mergeOrRefuse(kept, other hearth.ResidentID) {
	err := b.try(func(ctx context.Context, tx *db.Tx) error {
		return b.store.MergeResidents(ctx, tx, News{}, kept, other, "alike")
	})
	if c := hearth.CodeOf(err); err != nil && c != hearth.CodeConflict && c != hearth.CodeInvalid {
		b.t.Fatal(err)
	}
}

func (b *bundle) unmergeOrRefuse(id hearth.ResidentID) {
	err := b.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := b.store.UnmergeResident(ctx, tx, News{}, id)
		return err
	})
	if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
		b.t.Fatal(err)
	}
}

func TestMergeResidents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		var ids []hearth.ResidentID
		for i, name := range []string{"Ana Ruiz", "Anna Ruiz", "Ben Ruiz"} {
			res, _ := b.put(News{Source: "yardi"}, roll(fmt.Sprintf("%dB", i), lived("2025-06-01", "2026-05-31"), person(name, "", "")))
			ids = append(ids, res.Members[0].ID)
		}
		ana, anna, ben := ids[0], ids[1], ids[2]
		b.mergeOrRefuse(ana, anna)
		b.read(func(ctx context.Context, tx *db.Tx) error {
			people, err := b.store.PersonOf(ctx, tx, anna)
			if err != nil || len(people) != 2 || people[0] != ana || people[1] != anna {
				t.Errorf("the person is %v (%v)", people, err)
			}
			page, err := b.store.Search(ctx, tx, "an", "", 10)
			if err != nil || len(page.Items) != 1 || page.Items[0].ID != ana {
				t.Errorf("searching finds %v (%v), want the one kept alone", page.Items, err)
			}
			return nil
		})
		last := b.events()
		ev := last[len(last)-1]
		if ev.Type != "resident.merged" || ev.Primary() != ana || len(ev.Residents) != 2 || data(t, ev)["merged"] != string(anna) {
			t.Errorf("the log ends with %s of %v: %s", ev.Type, ev.Residents, ev.Data)
		}
		for name, pair := range map[string][2]hearth.ResidentID{"twice": {ana, anna}, "under one who is merged": {anna, ben},
			"one under whom others are": {ben, ana}, "oneself": {ben, ben}} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				return b.store.MergeResidents(ctx, tx, News{}, pair[0], pair[1], "")
			})
			if c := hearth.CodeOf(err); c != hearth.CodeConflict && c != hearth.CodeInvalid {
				t.Errorf("%s: %v, want a refusal", name, err)
			}
		}
		far := b.farAway()
		if err := b.try(func(ctx context.Context, tx *db.Tx) error {
			return b.store.MergeResidents(ctx, tx, News{}, ben, far, "")
		}); hearth.CodeOf(err) != hearth.CodeConflict || !strings.Contains(err.Error(), "kept apart") {
			t.Errorf("a merge over two partitions: %v", err)
		}
	})
}

// farAway makes a resident at a property in another partition than Oak's.
func (b *bundle) farAway() hearth.ResidentID {
	for i := 0; ; i++ {
		p := b.property(fmt.Sprintf("Far %d", i), "NY", "10001")
		if eventlog.PartOf(p.ID) != eventlog.PartOf(b.oak.ID) {
			home := roll("1A", lived("2025-06-01", "2026-05-31"), person("Ben Ruiz", "", ""))
			home.Property = p.ID
			res, _ := b.put(News{Source: "yardi"}, home)
			return res.Members[0].ID
		}
	}
}
