package world

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hearth"
)

// Import gives the files that describe the community as of the first morning, in the order in which they are to be
// imported: units, staff, residents. It is to be called before the first Day.
func (w *World) Import() []File {
	return []File{w.unitsFile(), w.staffFile(), w.residentsFile(w.known(), true)}
}

// RentRoll gives the same leases as one row per unit, vacant ones included, the way a rent roll prints them: a title
// above the header, and a total below. It holds the head of each household only.
func (w *World) RentRoll() File {
	rows := [][]string{{w.property.Name + " Rent Roll"}, {"As of " + usDate(w.today)},
		{"Unit", "Name", "Resident Code", "Sq Ft", "Market Rent", "Lease Rent", "Move In", "Lease From", "Lease To", "Move Out"}}
	total := 0
	for _, u := range w.units {
		row := []string{u.label, "VACANT", "", strconv.Itoa(u.sqft), money(u.rent), "", "", "", "", ""}
		if h := u.home; h != nil {
			p := h.people[0]
			is := w.show(p)
			row[1], row[2], row[5] = is.family+", "+is.given, p.ext, money(h.rent)
			row[6], row[7], row[8], row[9] = usDate(h.moveIn), usDate(h.start), usDate(h.end), usDate(h.moveOut)
			total += h.rent
		}
		rows = append(rows, row)
	}
	rows = append(rows, []string{"Charge Total:", "", "", "", "", money(total), "", "", "", ""})
	return File{Kind: "residents", Name: "rent_roll.csv", Full: true, Body: write(rows)}
}

// known gives the households that the office knows of, by unit: who lives there and who has signed.
func (w *World) known() []*home {
	var all []*home
	for _, u := range w.units {
		for _, h := range []*home{u.home, u.next} {
			if h != nil {
				all = append(all, h)
			}
		}
	}
	return all
}

func (w *World) unitsFile() File {
	p := w.property
	rows := [][]string{{"Property", "Property Address", "City", "State", "Zip", "Building", "Unit", "Unit ID", "Floor",
		"Bedrooms", "Bathrooms", "Sq Ft", "Market Rent"}}
	for _, u := range w.units {
		rows = append(rows, []string{p.Name, p.Street, p.City, p.State, p.Zip, u.building, u.label, u.ext,
			strconv.Itoa(u.floor), strconv.Itoa(u.beds), strconv.FormatFloat(u.baths, 'f', -1, 64),
			strconv.Itoa(u.sqft), money(u.rent)})
	}
	return File{Kind: "units", Name: "units.csv", Full: true, Body: write(rows)}
}

// residentsFile writes a tenant directory with one row per person. The leases of a household share their number.
func (w *World) residentsFile(homes []*home, full bool) File {
	rows := [][]string{{"Property", "Unit", "Unit ID", "Tenant ID", "First Name", "Last Name", "Preferred Name",
		"Tenant Type", "Email", "Phone", "Language", "Lease ID", "Status", "Move-in Date", "Lease Start Date",
		"Lease End Date", "Rent", "Notice Given Date", "Move-out Date"}}
	if w.cfg.Twin != nil {
		rows[0] = append(rows[0], moreColumns()...)
	}
	for _, h := range homes {
		for _, p := range h.people {
			is := w.show(p)
			last := is.family
			if p.suffix != "" {
				last += " " + p.suffix
			}
			rows = append(rows, []string{w.property.Name, h.unit.label, h.unit.ext, p.ext, is.given, last, is.preferred,
				title(hearth.Role(is.role)), is.email, p.phone, is.language, h.ext, h.status(), usDate(h.moveIn), usDate(h.start),
				usDate(h.end), money(h.rent), usDate(h.noticeOn), usDate(h.moveOut)})
			rows[len(rows)-1] = append(rows[len(rows)-1], is.more...)
		}
	}
	name := "residents.csv"
	if !full {
		name = "new_residents_" + homes[0].ext + ".csv"
	}
	return File{Kind: "residents", Name: name, Full: full, Body: write(rows)}
}

func (h *home) status() string {
	switch {
	case !h.living:
		return "Future"
	case h.noticeOn != 0:
		return "Notice"
	}
	return "Current"
}

func (w *World) staffFile() File {
	rows := [][]string{{"Staff ID", "Name", "Email", "Phone", "Role", "Work Days", "Work Hours", "Minutes a Day", "Absences"}}
	for _, m := range w.team {
		var roles, away []string
		for _, r := range m.roles {
			roles = append(roles, title(r))
		}
		for _, a := range m.absences {
			away = append(away, a.from.String()+".."+a.to.String())
		}
		slices.Sort(away)
		rows = append(rows, []string{m.ext, m.name, m.email, m.phone, strings.Join(roles, "; "), m.week, "09:00-18:00",
			strconv.Itoa(m.minutes), strings.Join(away, "; ")})
	}
	return File{Kind: "staff", Name: "staff.csv", Full: true, Body: write(rows)}
}

// title writes a role as a person would: "Property Manager".
func title(role hearth.Role) string {
	parts := strings.Split(string(role), "_")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, " ")
}

// usDate writes a day as American systems do, and none as nothing.
func usDate(d hearth.Day) string {
	if d == 0 {
		return ""
	}
	y, m, day := d.Date()
	return fmt.Sprintf("%d/%d/%d", m, day, y)
}

// money writes whole dollars as "1,234.00".
func money(dollars int) string {
	if dollars < 1000 {
		return fmt.Sprintf("%d.00", dollars)
	}
	return fmt.Sprintf("%d,%03d.00", dollars/1000, dollars%1000)
}

func write(rows [][]string) []byte {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	for _, row := range rows {
		_ = c.Write(row) // a bytes.Buffer takes everything
	}
	c.Flush()
	return b.Bytes()
}
