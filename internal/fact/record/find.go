package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Found is what a subject names.
type Found struct {
	Kind      string
	ID        string // ours
	Property  hearth.PropertyID
	Residents []hearth.ResidentID // whom an event about it concerns, the primary one first
}

// Find gives what a subject names: the thing with this id, else what the source calls so, else what any source calls
// so, and for a unit or property also its label or name. Nothing is unknown, more than one is ambiguous. Kinds are
// "resident", "unit", "lease", "property", "staff" and "household"; work orders are act/workorder's to find.
func (s *Store) Find(ctx context.Context, tx *db.Tx, kind, id, source string) ([]Found, error) {
	f, ok, err := s.found(ctx, tx, kind, id)
	if err != nil {
		return nil, err
	}
	if ok {
		return []Found{f}, nil
	}
	ids, err := s.Named(ctx, tx, kind, id, source)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		if ids, err = s.labelled(ctx, tx, kind, id); err != nil {
			return nil, err
		}
	}
	var out []Found
	for _, id := range ids {
		f, ok, err := s.found(ctx, tx, kind, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// FindResidents is Find for residents whom one source names, together: those that have such an id of ours, else those
// whom the source itself calls so, by what they were asked for. Others are left for Find.
func (s *Store) FindResidents(ctx context.Context, tx *db.Tx, asked []string, source string) (map[string]Found, error) {
	k := &known{named: map[string]string{}}
	if err := k.readNamed(ctx, tx, "resident", asked, source); err != nil {
		return nil, err
	}
	ids := append([]string(nil), asked...)
	for _, id := range k.named {
		ids = append(ids, id)
	}
	clause, arg := tx.In("id", 2, ids)
	all, err := collect(ctx, tx, "find residents", scanResident, selectLivedAt+clause, tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Resident, len(all))
	for _, r := range all {
		byID[string(r.ID)] = r
	}
	out := make(map[string]Found, len(asked))
	for _, id := range asked {
		r, ok := byID[id]
		if !ok {
			r, ok = byID[k.named["resident "+id]]
		}
		if ok {
			out[id] = Found{Kind: "resident", ID: string(r.ID), Property: r.Property, Residents: []hearth.ResidentID{r.ID}}
		}
	}
	return out, nil
}

const selectLabelled = `SELECT id FROM units WHERE org = $1 AND label_key = $2 ORDER BY id LIMIT 2`

const selectPropertyNamed = `SELECT id FROM properties WHERE org = $1 AND name_key = $2`

// labelled finds units and properties by what people call them.
func (s *Store) labelled(ctx context.Context, tx *db.Tx, kind, label string) ([]string, error) {
	switch kind {
	case "unit":
		return collect(ctx, tx, "find unit "+label, scanText, selectLabelled, tx.Org(), LabelKey(label))
	case "property":
		return collect(ctx, tx, "find property "+label, scanText, selectPropertyNamed, tx.Org(), NameKey(label))
	}
	return nil, nil
}

// found reads what has our own id.
func (s *Store) found(ctx context.Context, tx *db.Tx, kind, id string) (Found, bool, error) {
	var f Found
	var err error
	switch kind {
	case "resident":
		f, err = s.foundResident(ctx, tx, hearth.ResidentID(id))
	case "unit":
		f, err = s.foundUnit(ctx, tx, hearth.UnitID(id))
	case "lease":
		f, err = s.foundLease(ctx, tx, hearth.LeaseID(id))
	case "household":
		f, err = s.foundHousehold(ctx, tx, hearth.HouseholdID(id))
	case "property":
		var p Property
		p, err = s.Property(ctx, tx, hearth.PropertyID(id))
		f.Property = p.ID
	case "staff":
		f, err = s.foundStaff(ctx, tx, hearth.StaffID(id))
	default:
		return Found{}, false, nil
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Found{}, false, nil
	}
	f.Kind, f.ID = kind, id
	return f, err == nil, err
}

func (s *Store) foundResident(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (Found, error) {
	r, err := s.Resident(ctx, tx, id)
	return Found{Property: r.Property, Residents: []hearth.ResidentID{id}}, err
}

func (s *Store) foundHousehold(ctx context.Context, tx *db.Tx, id hearth.HouseholdID) (Found, error) {
	h, err := s.Household(ctx, tx, id)
	return Found{Property: h.Property, Residents: h.Addressable()}, err
}

func (s *Store) foundLease(ctx context.Context, tx *db.Tx, id hearth.LeaseID) (Found, error) {
	l, err := s.Lease(ctx, tx, id)
	if err != nil {
		return Found{}, err
	}
	h, err := s.household(ctx, tx, l.Household, l.Property)
	return Found{Property: h.Property, Residents: h.Addressable()}, err
}

// foundUnit gives the unit with those who live there now.
func (s *Store) foundUnit(ctx context.Context, tx *db.Tx, id hearth.UnitID) (Found, error) {
	u, err := s.Unit(ctx, tx, id)
	if err != nil {
		return Found{}, err
	}
	residents, err := s.LivingIn(ctx, tx, u, tx.Now())
	return Found{Property: u.Property, Residents: residents}, err
}

func (s *Store) foundStaff(ctx context.Context, tx *db.Tx, id hearth.StaffID) (Found, error) {
	m, err := s.Staff(ctx, tx, id)
	f := Found{}
	if len(m.Roles) > 0 {
		f.Property = m.Roles[0].Property
	}
	return f, err
}

// LivingIn gives the addressable residents whose household lived in the unit at a time, the primary one first; with
// several households the one that came first.
func (s *Store) LivingIn(ctx context.Context, tx *db.Tx, u Unit, at time.Time) ([]hearth.ResidentID, error) {
	zone, err := s.Zone(ctx, tx, u.Property)
	if err != nil {
		return nil, err
	}
	leases, err := s.UnitLeases(ctx, tx, u.ID)
	if err != nil {
		return nil, err
	}
	day := hearth.DayOf(at, zone)
	var out []hearth.ResidentID
	for _, l := range leases {
		if l.statusOn(day) != StatusCurrent {
			continue
		}
		h, err := s.household(ctx, tx, l.Household, l.Property)
		if err != nil {
			return nil, err
		}
		out = append(out, h.Addressable()...)
	}
	return out, nil
}

// Page is one page of a search.
type Page struct {
	Items []Contact
	Next  string // the cursor of the next page, "" at the end
}

// maxPage bounds a page, whatever was asked for.
const maxPage = 200

// standsAlone leaves out who is seen under another resident.
const standsAlone = `NOT EXISTS (SELECT 1 FROM merges m WHERE m.org = residents.org AND m.resident = residents.id)`

// Search finds residents by the beginning of their name, last name, unit label, e-mail or phone, ordered by id. An
// empty q lists everybody.
func (s *Store) Search(ctx context.Context, tx *db.Tx, q, cursor string, limit int) (Page, error) {
	return s.SearchIn(ctx, tx, nil, q, cursor, limit)
}

// SearchIn is Search among the residents of some properties; nil: of all. Others use nothing of the limit up.
func (s *Store) SearchIn(ctx context.Context, tx *db.Tx, at []hearth.PropertyID, q, cursor string, limit int) (Page, error) {
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	where, args := searchClause(tx, strings.TrimSpace(q))
	if where == "" {
		return Page{}, nil
	}
	args = append([]any{tx.Org(), cursor}, args...)
	if at != nil {
		clause, arg := tx.In("property", len(args)+1, texts(at))
		where, args = "("+where+") AND "+clause, append(args, arg)
	}
	args = append(args, int64(limit+1))
	stmt := fmt.Sprintf("%s id > $2 AND (%s) AND %s ORDER BY id LIMIT $%d", selectContacts, where, standsAlone, len(args))
	people, err := collect(ctx, tx, "search residents", scanResident, stmt, args...)
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	if len(people) > limit {
		people = people[:limit]
		page.Next = string(people[limit-1].ID)
	}
	page.Items, _, err = s.withHomes(ctx, tx, people)
	return page, err
}

// searchClause builds the condition from the fields that q can be the beginning of; "" when it can be of none. Each
// field is searched by its own index, and the findings are joined.
func searchClause(tx *db.Tx, q string) (string, []any) {
	if q == "" {
		return "id <> ''", nil
	}
	var parts []string
	var args []any
	add := func(from, column, value string) {
		if value == "" {
			return
		}
		args = append(args, tx.Org())
		where := fmt.Sprintf(from, len(args)+2)
		clause, bound := begins(tx.Dialect(), column, value, len(args)+3)
		args = append(args, bound...)
		parts = append(parts, where+clause)
	}
	const people = `SELECT id FROM residents WHERE org = $%d AND `
	name := NameKey(q)
	add(people, "name_key", name)
	add(people, "last_key", name)
	if mail := strings.ToLower(q); !strings.ContainsAny(mail, " ") {
		add(people, "email_key", mail)
	}
	add(people, "phone_key", phonePrefix(q))
	add(`SELECT r.id FROM units u JOIN leases l ON l.org = u.org AND l.unit = u.id
  JOIN residents r ON r.org = l.org AND r.household = l.household WHERE u.org = $%d AND `, "u.label_key", LabelKey(q))
	if len(parts) == 0 {
		return "", nil
	}
	return "id IN (" + strings.Join(parts, " UNION ") + ")", args
}

// begins is the condition that a column begins with a text, from parameter $n on. SQLite compares bytes, so a range
// finds it by index; PostgreSQL may compare by a language's rules, where only LIKE is right.
func begins(d db.Dialect, column, text string, n int) (string, []any) {
	if d == db.SQLite {
		return fmt.Sprintf("%s >= $%d AND %s < $%d", column, n, column, n+1), []any{text, text + "\U0010FFFF"}
	}
	return fmt.Sprintf("%s LIKE $%d ESCAPE '!'", column, n), []any{prefix(text)}
}

// prefix makes the pattern for everything that begins with s.
func prefix(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// phonePrefix gives the beginning of a phone key, "" for what does not look like one: at least three digits and no
// letters.
func phonePrefix(q string) string {
	var digits strings.Builder
	for _, r := range q {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case !strings.ContainsRune("+-(). ", r):
			return ""
		}
	}
	if digits.Len() < 3 {
		return ""
	}
	if strings.HasPrefix(q, "+") || strings.HasPrefix(digits.String(), "1") {
		return "+" + digits.String()
	}
	return "+1" + digits.String()
}

const selectOrgResidents = `SELECT id FROM residents WHERE org = $1 AND property = $2 ORDER BY id`

// ResidentsAt lists everybody of a property, by id.
func (s *Store) ResidentsAt(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]hearth.ResidentID, error) {
	ids, err := collect(ctx, tx, "list residents", scanText, selectOrgResidents, tx.Org(), string(property))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, err
	}
	out := make([]hearth.ResidentID, len(ids))
	for i, id := range ids {
		out[i] = hearth.ResidentID(id)
	}
	return out, nil
}
