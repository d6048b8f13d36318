package record

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// Who lives in a home comes first, then who will, then who did, the latest first; homes are found by the beginning of their label, where one
// may look.
func TestWhoLivedInAHome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		log, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		s := New(log, rand.Reader)
		err = d.Write(t.Context(), func(tx *db.Tx) error { return livedIn(t, t.Context(), s, tx) })
		if err != nil {
			t.Fatal(err)
		}
	})
}

func livedIn(t *testing.T, ctx context.Context, s *Store, tx *db.Tx) error {
	today := hearth.DayOf(tx.Now(), time.UTC)
	var at [2]hearth.PropertyID
	for i, name := range []string{"Oak Court", "Elm Court"} {
		p, _, err := s.PutProperty(ctx, tx, News{}, Property{Name: name, Zone: "UTC"})
		if err != nil {
			return err
		}
		at[i] = p.ID
	}
	for _, h := range []struct {
		first    string
		unit     string
		from, to hearth.Day
		property int
	}{{"Old", "4B", today - 2000, today - 1500, 0}, {"Ana", "4B", today - 300, 0, 0}, {"Vera", "4B", today - 1400, today - 400, 0}, {"Next", "4B", today + 40, 0, 0}, {"Ben", "41", today - 10, 0, 0}, {"Elma", "4C", today - 10, 0, 1}} {
		if _, err := s.PutHome(ctx, tx, News{Source: "yardi"}, Home{Property: at[h.property], Unit: Unit{Label: h.unit}, Members: []Member{{Resident: Resident{First: h.first, Last: "Moss"}}},
			Lease: HomeLease{Start: h.from, MoveIn: h.from, End: max(h.to, h.from+300), MoveOut: h.to}}); err != nil {
			return err
		}
	}
	if err := staysAgree(t, ctx, s, tx, at[0]); err != nil {
		return err
	}
	for _, c := range []struct {
		q    string
		at   []hearth.PropertyID
		want string
	}{{"4", nil, "41 4B 4C"}, {"4b", nil, "4B"}, {"Unit 4B", nil, "4B"}, {"4", at[1:], "4C"}, {"4", []hearth.PropertyID{}, ""}, {"", nil, ""}, {"%", nil, ""}} {
		found, err := s.FindUnits(ctx, tx, c.at, c.q, 10)
		if err != nil {
			return err
		}
		var labels []string
		for _, u := range found {
			labels = append(labels, u.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%q among %v: found %q, want %q", c.q, c.at, got, c.want)
		}
	}
	u, err := s.FindUnits(ctx, tx, nil, "4B", 1)
	if err != nil || len(u) != 1 {
		return fmt.Errorf("find 4B: %v, %w", u, err)
	}
	all, err := s.Tenancies(ctx, tx, u[0])
	var got []string
	for _, x := range all {
		for _, r := range x.People {
			got = append(got, string(x.Standing.Status)+" "+r.First)
		}
	}
	if want := "current Ana, future Next, past Vera, past Old"; strings.Join(got, ", ") != want {
		t.Errorf("in 4B: %v, want %s", got, want)
	}
	return err
}

// staysAgree compares who lived in some homes with who lived in them among all of the property.
func staysAgree(t *testing.T, ctx context.Context, s *Store, tx *db.Tx, property hearth.PropertyID) error {
	t.Helper()
	all, err := s.Stays(ctx, tx, property)
	if err != nil {
		return err
	}
	var want []string
	homes := map[hearth.UnitID]bool{}
	said := func(st Stay) string { return fmt.Sprint(st.Resident, st.Role, st.Unit, st.From, st.To) }
	for _, st := range all {
		if len(homes) == 0 || homes[st.Unit] {
			homes[st.Unit] = true
			want = append(want, said(st))
		}
	}
	some, err := s.StaysIn(ctx, tx, slices.Collect(maps.Keys(homes)))
	var got []string
	for _, st := range some {
		got = append(got, said(st))
	}
	if !slices.Equal(got, want) || len(got) == 0 || len(got) == len(all) {
		t.Errorf("in %v: %v, want %v, and not all of %d", homes, got, want, len(all))
	}
	if none, err := s.StaysIn(ctx, tx, nil); err != nil || len(none) > 0 {
		t.Errorf("in no home: %v, %v", none, err)
	}
	return err
}
