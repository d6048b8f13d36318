package sim

import (
	"bytes"
	"encoding/csv"
	"testing"

	"hearth/internal/edge/ingest/column"
	"hearth/internal/sim/world"
)

// The files of a generated community are read by the importer without a mapping file: every column that Hearth has a
// use for is recognised as what it is.
func TestImporterKnowsTheColumns(t *testing.T) {
	w := people(t, 1)
	want := map[string]map[string]string{
		"units.csv": {"Property": column.PropertyName, "Building": column.Building, "Unit": column.UnitLabel, "Unit ID": column.UnitID,
			"Property Address": column.Street, "City": column.City, "State": column.Region, "Zip": column.ZipCode,
			"Floor": column.UnitFloor, "Bedrooms": column.Beds, "Bathrooms": column.Baths, "Sq Ft": column.SquareFeet,
			"Market Rent": column.MarketRent},
		"staff.csv": {"Staff ID": column.StaffID, "Name": column.FullName, "Email": column.EmailAddr, "Phone": column.PhoneAny,
			"Role": column.StaffRole, "Work Days": column.WorkDays, "Work Hours": column.WorkHours, "Minutes a Day": column.MinutesADay},
		"residents.csv": {"Property": column.PropertyName, "Unit": column.UnitLabel, "Unit ID": column.UnitID,
			"Tenant ID": column.ResidentID, "First Name": column.FirstName, "Last Name": column.LastName,
			"Preferred Name": column.PreferredName, "Tenant Type": column.HouseRole, "Email": column.EmailAddr,
			"Phone": column.PhoneAny, "Language": column.Language, "Lease ID": column.HouseholdID,
			"Status": column.LeaseStatus, "Move-in Date": column.MoveIn, "Lease Start Date": column.LeaseStart,
			"Lease End Date": column.LeaseEnd, "Rent": column.Rent, "Notice Given Date": column.NoticeOn,
			"Move-out Date": column.MoveOut},
	}
	for _, f := range w.Import() {
		got := recognised(t, f)
		for heading, field := range want[f.Name] {
			if got[heading] != field {
				t.Errorf("%s: %q was taken for %q, want %q", f.Name, heading, got[heading], field)
			}
		}
		if len(want[f.Name]) == 0 {
			t.Errorf("unexpected file %s", f.Name)
		}
	}
}

// recognised gives field by heading.
func recognised(t *testing.T, f world.File) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(f.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	profiles := make([]*column.Profile, len(rows[0]))
	for i := range profiles {
		profiles[i] = &column.Profile{}
		for _, row := range rows[1:] {
			profiles[i].Add(row[i], nil)
		}
	}
	m := column.Recognise(column.Kind(f.Kind), rows[0], profiles, nil)
	if len(m.Missing) > 0 {
		t.Errorf("%s: %v", f.Name, m.Missing)
	}
	got := map[string]string{}
	for _, c := range m.Columns {
		got[c.Heading] = c.Field
	}
	return got
}
