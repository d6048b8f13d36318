// Package segment keeps named conditions over signals: "waits long", "nobody knows them". Playbooks use them by name, in
// their audience and conditions, and lists show who is in them now.
//
// It stores, versions and checks them. It does not know who is in one (the follower that holds the signals does), and it
// lets nobody be sorted by what they are: its conditions are those of playbooks, which refuse that.
package segment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
)

// Segment is a named condition.
type Segment struct {
	ID      string    `json:"id"`      // small letters, digits and underscores: conditions name it segment.ID
	Title   string    `json:"title"`   // for a list
	Why     string    `json:"why"`     // a sentence for the team, may be empty
	If      string    `json:"if"`      // the condition as written; it may name other segments
	Version int       `json:"version"` // 0: as shipped
	Made    time.Time `json:"made"`    // when this version was made; zero as shipped
	By      string    `json:"by"`      // who made it: an actor; "" as shipped
}

// Shipped gives the segments that come with Hearth.
func Shipped() []Segment {
	return []Segment{
		{ID: "new_in_the_home", Title: "New in the home", Why: "The first ninety days decide how a home feels.",
			If: `lease.status == "current" && lease.days_since_move_in <= 90`},
		{ID: "nobody_knows_them", Title: "Nobody knows them", Why: "No personal contact in half a year. People connect people.",
			If: Unknown(180)},
		{ID: "quiet_discontent", Title: "Quiet discontent", Why: "They do far less than they used to and complain of nothing. Who leaves without a word often looked like this.",
			If: Quiet(0.5)},
		{ID: "renewal_window", Title: "Renewal window", Why: "The term ends within 120 days and nothing is settled.",
			If: `lease.status == "current" && lease.days_to_end <= 120 && !lease.notice_given && !lease.month_to_month`},
		{ID: "waits_long", Title: "Waits long", Why: "A repair, an answer or something promised is late.",
			If: `service.days_waiting >= 14 || messages.unanswered_days >= 3 || promises.overdue > 0`},
	}
}

// Quiet is the condition of quiet discontent, from a fall of engagement under the resident's own baseline on.
func Quiet(drop float64) string {
	return fmt.Sprintf(`lease.status == "current" && tenancy.days >= 120 && engagement.drop >= %s && service.opened_90d == 0 && messages.inbound_30d == 0`,
		strconv.FormatFloat(drop, 'f', -1, 64))
}

// Unknown is the condition of those whom nobody knows, from so many days without a personal contact on.
func Unknown(days int) string {
	return fmt.Sprintf(`lease.status == "current" && connection.last_personal_days >= %d`, days)
}

// Set is the segments as of one moment, each with its condition written out. It is immutable.
type Set struct {
	list    []Segment // by id
	written map[string]string
	env     *rule.Env
}

// NewSet checks segments together and writes their conditions out. It fails with CodeInvalid, and as field "if" or "id",
// for a condition that cannot be used, names what is missing, or comes back to itself.
func NewSet(env *rule.Env, list []Segment) (*Set, error) {
	s := &Set{list: slices.Clone(list), written: map[string]string{}, env: env}
	sort.Slice(s.list, func(i, j int) bool { return s.list[i].ID < s.list[j].ID })
	for _, seg := range s.list {
		if err := s.write(seg, nil); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// List gives the segments by id.
func (s *Set) List() []Segment { return s.list }

// Get gives a segment by id. It fails with CodeNotFound if there is none.
func (s *Set) Get(id string) (Segment, error) {
	for _, seg := range s.list {
		if seg.ID == id {
			return seg, nil
		}
	}
	names := make([]string, len(s.list))
	for i, seg := range s.list {
		names[i] = seg.ID
	}
	if near := rule.Nearest(id, names); near != "" {
		return Segment{}, hearth.Errorf(hearth.CodeNotFound, "There is no segment %q. Did you mean %s?", id, near)
	}
	return Segment{}, hearth.Errorf(hearth.CodeNotFound, "There is no segment %q. List them with: hearth segment list.", id)
}

// Conditions gives the conditions written out, by id: signals alone, no names of segments.
func (s *Set) Conditions() map[string]string { return s.written }

// Compile compiles a segment of the set.
func (s *Set) Compile(id string) (*rule.Cond, error) {
	return s.env.Compile(s.written[id])
}

// With gives the set with one more segment, or another version of one. It fails like NewSet.
func (s *Set) With(seg Segment) (*Set, error) {
	seg.If, seg.Title, seg.Why = strings.TrimSpace(seg.If), strings.TrimSpace(seg.Title), strings.TrimSpace(seg.Why)
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9_]{1,47}$`).MatchString(seg.ID):
		return nil, hearth.FieldErrorf("id", "A segment needs an id of small letters, digits and underscores, like waits_long.")
	case seg.Title == "" || len(seg.Title) > 120:
		return nil, hearth.FieldErrorf("title", "Give the segment a title of up to 120 characters that the team understands.")
	case len(seg.Why) > 500:
		return nil, hearth.FieldErrorf("why", "Say why in up to 500 characters.")
	}
	return NewSet(s.env, append(slices.DeleteFunc(slices.Clone(s.list), func(x Segment) bool { return x.ID == seg.ID }), seg))
}

// Without gives the set without a segment. It fails with CodeConflict while another one names it.
func (s *Set) Without(id string) (*Set, error) {
	rest := slices.DeleteFunc(slices.Clone(s.list), func(x Segment) bool { return x.ID == id })
	for _, x := range rest {
		if slices.Contains(namesIn(x.If), id) {
			return nil, hearth.Errorf(hearth.CodeConflict, "The segment %s uses %s. Change that one first.", x.ID, id)
		}
	}
	return NewSet(s.env, rest)
}

// write writes a segment's condition out, after those that it names. path is the segments that led here.
func (s *Set) write(seg Segment, path []string) error {
	if _, done := s.written[seg.ID]; done {
		return nil
	}
	if slices.Contains(path, seg.ID) {
		return hearth.FieldErrorf("if", "The segments %s name each other in a circle.", strings.Join(append(path, seg.ID), ", "))
	}
	others := map[string]string{}
	for _, name := range namesIn(seg.If) {
		other, err := s.Get(name)
		if err != nil {
			return hearth.FieldErrorf("if", "Segment %s: %s", seg.ID, message(err))
		}
		if err := s.write(other, append(path, seg.ID)); err != nil {
			return err
		}
		others[name] = s.written[name]
	}
	cond, err := s.env.Compile(seg.If, rule.WithSegments(others))
	var bad *rule.Error
	if errors.As(err, &bad) {
		return hearth.FieldErrorf("if", "Segment %s: %s (line %d, column %d of the condition)", seg.ID, bad.Message, bad.Line, bad.Column)
	}
	if err != nil {
		return err
	}
	if names := cond.Restricted(); len(names) > 0 {
		return hearth.FieldErrorf("if", "Segment %s: %s may only be read by playbooks that give tasks and send nothing, so no segment may be made of it.",
			seg.ID, names[0])
	}
	line := cond.Written()
	// What cannot stand in brackets in another condition, such as one with a remark at its end, is no segment.
	if _, err := s.env.Compile("(" + line + ")"); err != nil {
		return hearth.FieldErrorf("if", "Segment %s: write the condition without remarks.", seg.ID)
	}
	s.written[seg.ID] = line
	return nil
}

func message(err error) string {
	var e *hearth.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return fmt.Sprint(err)
}

//nolint:gochecknoglobals // compiled once, never changed
var named = regexp.MustCompile(`(?:^|[^a-zA-Z0-9_.])segment\.([a-zA-Z0-9_]+)`)

// namesIn lists the segments that a condition names. It may list one that stands in a text in quotes as well, which is
// then refused as unknown or merely written out too.
func namesIn(cond string) []string {
	var names []string
	for _, m := range named.FindAllStringSubmatch(cond, -1) {
		names = append(names, m[1])
	}
	return names
}
