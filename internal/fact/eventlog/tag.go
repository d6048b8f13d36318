package eventlog

import (
	"sync"

	"hearth"
	"hearth/internal/base/rule"
)

// TagOf says what kind of fact a field of an event's data is, and with it whether conditions may read it. ok is false
// for a field that nobody has thought about: a test finds it, and the compiler of playbooks refuses to start.
func TagOf(t hearth.EventType, field string) (tag rule.Tag, ok bool) {
	if tag, ok = typeTags()[string(t)+" "+field]; ok {
		return tag, true
	}
	tag, ok = nameTags()[field]
	return tag, ok
}

// The compiler of playbooks asks for every field of every type: making the tables for each answer took most of what it cost.
//
//nolint:gochecknoglobals // made once, never changed
var (
	nameTags = sync.OnceValue(tagsByName)
	typeTags = sync.OnceValue(tagsOfTypes)
)

// tagsByName holds what a field is whatever the type of its event.
func tagsByName() map[string]rule.Tag {
	tags := map[string]rule.Tag{"language": rule.Proxy, "name": rule.Proxy,
		// Residents are recognised by names and dates of birth: that they were decides nothing.
		"kept": rule.Proxy, "merged": rule.Proxy,
		// Who worries about somebody tells of their family, their helpers and their health.
		"raised_by": rule.Protected,
		// What a member of the team notes may tell of health, family or faith.
		"note": rule.Protected,
		// That there is a situation may tell of illness or loss.
		"situation": rule.Protected, "until": rule.Protected}
	for tag, names := range map[rule.Tag][]string{
		rule.Contact: {"email", "phone", "portal", "channel"},
		rule.Contract: {"role", "primary", "lease", "unit", "label", "start", "end", "move_in", "move_out", "status", "rent", "month_to_month",
			"term", "date", "assumed", "amount", "due_date", "paid_date", "late"},
		rule.Behaviour: {"description", "priority", "category", "equipment", "workorder", "for", "resolution", "reason", "text", "title", "topic", "message", "answers", "class",
			"purpose", "how", "kind", "link", "error", "staff", "question", "score", "promise", "due", "task", "facts", "to", "from", "counts", "import", "stays", "state", "opened", "completed", "reopened",
			"fields", "allowed", "tone", "count", "where", "package", "amenity", "booking", "by", "what", "outage", "band", "before",
			"stars", "changes"},
	} {
		for _, n := range names {
			tags[n] = tag
		}
	}
	return tags
}

// tagsOfTypes holds what differs for one type, by "type field".
func tagsOfTypes() map[string]rule.Tag {
	return map[string]rule.Tag{
		"webhook.changed did":           rule.Behaviour,
		"webhook.changed host":          rule.Behaviour,
		"webhook.changed hears_too":     rule.Behaviour,
		"webhook.changed hears_no_more": rule.Behaviour,
		"webhook.changed properties":    rule.Behaviour,
		"webhook.changed why":           rule.Behaviour,
		"workorder.amended was":         rule.Behaviour,
		"workorder.amended photo":       rule.Behaviour,
		// Who never wants anybody in alone may have a reason that is nobody's business.
		"workorder.amended entry": rule.Proxy,
		// A preference may be a language, or an accommodation that somebody needs.
		"preference.changed name":  rule.Proxy,
		"preference.changed value": rule.Proxy,
		"preference.changed heard": rule.Proxy,
		// Where somebody moved, and where the log tells of it.
		"resident.added moved_from":        rule.Contract,
		"resident.added left":              rule.Contract,
		"resident.added left_source":       rule.Contract,
		"resident.changed moved_to":        rule.Contract,
		"resident.news_forwarded property": rule.Contract,
		"resident.news_forwarded type":     rule.Behaviour,
		"resident.news_forwarded part":     rule.Behaviour,
		"resident.news_forwarded seq":      rule.Behaviour,
	}
}
