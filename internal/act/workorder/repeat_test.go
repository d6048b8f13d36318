package workorder

import (
	"testing"
	"time"
)

func TestRepeats(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	for _, tt := range []struct {
		name   string
		orders []Order
		want   []Repeat
	}{
		{"nothing", nil, nil},
		{"once each", []Order{{Description: "The faucet drips", Opened: ago(3)}, {Description: "The fridge is warm", Opened: ago(9)}}, nil},
		{"the same equipment, in other words", []Order{
			{Description: "Dishwasher does not drain", Category: Appliance, Opened: ago(3), Reopened: 1},
			{Description: "The dishwasher again", Opened: ago(80)},
			{Description: "Dishwasher leaks", Category: Appliance, Opened: ago(300)},
		}, []Repeat{{Category: Appliance, Thing: "dishwasher", Times: 3, First: ago(300), Last: ago(3), Back: 1}}},
		{"the same kind, different equipment", []Order{{Description: "Toilet runs", Category: Plumbing, Opened: ago(3)}, {Description: "Bathtub is slow", Category: Plumbing, Opened: ago(8)}},
			[]Repeat{{Category: Plumbing, Times: 2, First: ago(8), Last: ago(3)}}},
		{"too long ago, planned, called off, not known", []Order{
			{Description: "Faucet drips", Opened: ago(3)}, {Description: "Faucet drips", Opened: ago(400)}, {Description: "Faucet drips", Opened: ago(20), State: Cancelled},
			{Description: "Air filter", Category: HVAC, Priority: Preventive, Opened: ago(30)}, {Description: "Air filter", Category: HVAC, Priority: Preventive, Opened: ago(60)},
			{Description: "Please come", Opened: ago(4)}, {Description: "Please come by", Opened: ago(5)},
		}, nil},
		{"the more frequent first", []Order{
			{Description: "Outlet dead", Category: Electrical, Opened: ago(1)}, {Description: "Outlet dead", Category: Electrical, Opened: ago(2)},
			{Description: "Roaches", Category: Pest, Opened: ago(1)}, {Description: "Mice", Category: Pest, Opened: ago(2)}, {Description: "Ants", Category: Pest, Opened: ago(3)},
		}, []Repeat{{Category: Pest, Times: 3, First: ago(3), Last: ago(1)}, {Category: Electrical, Thing: "outlet", Times: 2, First: ago(2), Last: ago(1)}}},
	} {
		got := Repeats(tt.orders, now.AddDate(-1, 0, 0))
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: got %+v, want %+v", tt.name, got[i], tt.want[i])
			}
		}
	}
}
