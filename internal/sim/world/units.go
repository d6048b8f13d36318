package world

import "fmt"

// unit is a dwelling.
type unit struct {
	n             int
	ext, building string
	label         string
	floor, beds   int
	baths         float64
	sqft, rent    int
	chronic       *category // a fault that keeps coming back here, if any
	home          *home     // who lives here, if anybody
	next          *home     // who has signed for it, if anybody
	households    int       // so far, for streams of chance
}

// A building has three floors of eight.
const (
	floors   = 3
	perFloor = 8
)

// build puts up the buildings. Rent follows size, floor and how dear the place is.
func (w *World) build() {
	r := stream(w.cfg.Seed, "buildings")
	dear := 0.8 + 0.7*r.Float64()
	w.units = make([]*unit, w.cfg.Units)
	for i := range w.units {
		b, k := i/(floors*perFloor), i%(floors*perFloor)
		u := &unit{n: i, building: buildingName(b), floor: k/perFloor + 1}
		u.label = fmt.Sprintf("%s%d%02d", u.building, u.floor, k%perFloor+1)
		u.ext = fmt.Sprintf("U%05d", i+1)
		u.beds = weighted(r, []float64{10, 45, 35, 10})
		u.baths = []float64{1, 1, 2, 2}[u.beds]
		u.sqft = []int{480, 690, 980, 1260}[u.beds] + 10*r.IntN(12)
		base := []float64{1090, 1310, 1640, 2050}[u.beds] * dear * (0.97 + 0.02*float64(u.floor) + 0.04*r.Float64())
		u.rent = int(base/5) * 5
		if chance(r, 0.06) {
			u.chronic = &w.words.categories[weighted(r, []float64{1, 5, 4, 1, 1, 2, 0, 1})]
		}
		w.units[i] = u
	}
}

// buildingName counts A to Z, then AA, AB and on.
func buildingName(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return buildingName(n/26-1) + string(rune('A'+n%26))
}
