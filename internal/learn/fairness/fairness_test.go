package fairness

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hearth"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
)

func TestQuantiles(t *testing.T) {
	for _, c := range []struct{ p, df, want float64 }{ // tables of Student's distribution
		{0.975, 5, 2.571}, {0.975, 10, 2.228}, {0.975, 30, 2.042}, {0.995, 10, 3.169}, {0.999, 20, 3.552},
	} {
		if got := student(c.p, c.df); math.Abs(got-c.want) > 0.02 {
			t.Errorf("t(%g, %g) = %.3f, want %.3f", c.p, c.df, got, c.want)
		}
	}
	// Newcombe 1998, table II, row (a): 56/70 against 48/80.
	low, high := shares(yes(56, 70), yes(48, 80), 0.05)
	if math.Abs(low-0.0524) > 0.0005 || math.Abs(high-0.3339) > 0.0005 {
		t.Errorf("difference of shares from %.4f to %.4f, want 0.0524 to 0.3339", low, high)
	}
}

func yes(n, of int) []float64 {
	v := make([]float64, of)
	for i := range n {
		v[i] = 1
	}
	return v
}

// town is homes in three buildings, of which the third waits slow times as long.
func town(r *rand.Rand, homesEach int, slow float64) (stays []record.Stay, sums map[hearth.ResidentID]metric.Sum) {
	sums = map[hearth.ResidentID]metric.Sum{}
	for b := range 3 {
		for i := range homesEach {
			id := hearth.ResidentID(fmt.Sprint(b, "-", i))
			stays = append(stays, record.Stay{Resident: id, Unit: hearth.UnitID(id), Building: string(rune('A' + b)), Floor: fmt.Sprint(i%12 + 1), Kind: "", From: 100})
			hours := 60 * math.Exp(0.6*r.NormFloat64())
			if b == 2 {
				hours *= slow
			}
			sums[id] = metric.Sum{N: 2, Weight: 2 * math.Log1p(hours)}
		}
	}
	return stays, sums
}

// differing counts the groups that are told to differ.
func differing(stays []record.Stay, sums map[hearth.ResidentID]metric.Sum) (names []string) {
	h := homesOf(stays, 5000)
	h.take(RepairDays, sums)
	var tables []Table
	n := 0
	for _, by := range []By{ByBuilding, ByFloor, ByKind, ByTenure} {
		if table, ok := h.table(RepairDays, by); ok {
			tables = append(tables, table)
			n += len(table.Groups)
		}
	}
	for _, table := range tables {
		for _, g := range table.Groups {
			if c := h.compare(table, g.Name, n); c.Differs {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// Where there is a difference it is found; where there is none, one is told in at most one of twenty towns.
func TestWhatIsToldIsNoChance(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	found, false1 := 0, 0
	const towns = 200
	for range towns {
		if stays, sums := town(r, 60, 1.8); len(differing(stays, sums)) > 0 {
			found++
		}
		if stays, sums := town(r, 60, 1); len(differing(stays, sums)) > 0 {
			false1++
		}
	}
	if found < towns*95/100 {
		t.Errorf("a building that waits 1.8 times as long was found in %d of %d towns", found, towns)
	}
	if false1 > towns*8/100 {
		t.Errorf("a difference was told in %d of %d towns that have none", false1, towns)
	}
}

func TestSmallGroupsAreNotTold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	stays, sums := town(r, 4, 9)
	h := homesOf(stays, 5000)
	h.take(RepairDays, sums)
	if table, ok := h.table(RepairDays, ByBuilding); ok || table.Small != 3 {
		t.Errorf("groups of four homes are compared: %+v", table)
	}
	if table, ok := h.table(RepairDays, ByTenure); ok {
		t.Errorf("a single group is compared: %+v", table)
	}
}

func TestOneHomeCountsOnce(t *testing.T) {
	stays := []record.Stay{{Resident: "a", Unit: "1", Building: "A", Floor: "2", From: 4900}, {Resident: "b", Unit: "1", Building: "A", Floor: "2", From: 4000},
		{Resident: "gone", Unit: "1", Building: "A", From: 100, To: 200}}
	h := homesOf(stays, 5000)
	h.take(Met, map[hearth.ResidentID]metric.Sum{"a": {N: 3, Weight: 3}, "b": {N: 1, Weight: 1}, "gone": {N: 9, Weight: 9}})
	if len(h.list) != 1 || h.list[0].value[Met] != 1 || h.list[0].group[ByTenure] != "1 to 3 years" || h.list[0].group[ByFloor] != "Floor 2" {
		t.Errorf("homes: %+v", *h.list[0])
	}
}
