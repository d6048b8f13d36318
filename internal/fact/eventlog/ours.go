package eventlog

import "hearth"

// Ours tells whether only Hearth can know that an event of the type happened: the door refuses it, and docs/events.md
// says so. What a mail provider or a connected system sees, such as message.delivered or promise.kept, is not ours.
func Ours(t hearth.EventType) bool {
	switch t {
	case "resident.added", "resident.changed", "resident.vanished", "resident.merged", "resident.unmerged", "resident.news_forwarded",
		"unit.added", "staff.added", "lease.recorded", "lease.changed", "message.failed", "message.unknown", "task.done",
		"task.declined", "task.escalated", "task.handed_over", "import.finished", "situation.set", "situation.ended",
		"property.settings_changed", "webhook.changed", "contact.revealed", "portal.link_given",
		"resident.taken_back", "unit.taken_back", "lease.taken_back", "workorder.taken_back", "workorder.amended", "staff.taken_back", "import.undone":
		return true
	}
	return false
}
