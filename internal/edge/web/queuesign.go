package web

import (
	"strings"

	"hearth"
	"hearth/internal/act/task"
)

// A row's sign says what kind of work it is before a word of it is read: keys, a visit, a date that was missed. Where every row carries the same, it says nothing.

// plainSign stands where nothing is known of the kind of work.
const plainSign = "list-checks"

// signWord is what words speak of, and its sign.
type signWord struct{ words, icon string }

// thingSigns are what a title names to be handled or gone to. They come before what set it off: whoever takes keys needs the keys.
func thingSigns() []signWord {
	return []signWord{{"key", "key-round"}, {"package", "package"}, {"review", "star"}, {"call ", "phone"}, {"call-back", "phone"}, {"address", "mail"}, {"mail", "mail"}, {"letter", "printer"},
		{"text message", "message-circle"}, {"import", "upload"}, {"webhook", "plug"}, {"program", "plug"}, {"booking", "calendar-clock"}, {"leak", "droplets"}, {"water", "droplets"}, {"door", "door-open"},
		{"walk through", "footprints"}, {"visit", "footprints"}, {"stop by", "footprints"}, {"welcome", "party-popper"}}
}

// causeSigns are what playbooks are about, by their names and titles.
func causeSigns() []signWord {
	return []signWord{{"welfare", "heart-handshake"}, {"arrears", "heart-handshake"}, {"promise", "clock-alert"}, {"repeat", "refresh-cw"}, {"same fault", "refresh-cw"}, {"pest", "bug"}, {"wait", "hourglass"},
		{"resolved", "circle-help"}, {"renewal", "calendar-heart"}, {"lease", "calendar-heart"}, {"notice", "log-out"}, {"move-out", "log-out"}, {"moving out", "log-out"}, {"move", "house"}, {"moving", "house"},
		{"day-one", "house"}, {"first", "house"}, {"quiet", "hand"}, {"engagement", "hand"}, {"not heard", "hand"}, {"tone", "message-circle"}, {"several", "list"}, {"outage", "droplets"}, {"amenity", "calendar-clock"},
		{"package", "package"}, {"review", "star"}}
}

// deedSigns are what a title says is to be done, where neither a thing nor a cause is known.
func deedSigns() []signWord {
	return []signWord{{"more work than", "gauge"}, {"help", "heart-handshake"}, {"renew", "calendar-heart"}, {"lease", "calendar-heart"}, {"moves out", "log-out"}, {"move", "house"}, {"fault", "wrench"}, {"repair", "wrench"},
		{"request", "wrench"}, {"promise", "clock-alert"}, {"date was missed", "clock-alert"}, {"hello", "hand"}, {"get to know", "hand"}, {"message", "message-circle"}, {"wrote", "message-circle"}, {"write", "message-circle"},
		{"answer", "message-circle"}, {"say ", "message-circle"}, {"tell ", "message-circle"}, {"speak", "message-circle"}, {"talk", "message-circle"}, {"ask ", "circle-help"}}
}

// kindSigns are the signs of what Hearth itself asks for, by the kind of the task.
func kindSigns() map[string]string {
	return map[string]string{"desk.feeling": "frown", "desk.care": "circle-pause", "desk.reach": "mail", "desk.write": "message-circle", "desk.late": "clock-alert", "desk.human": "hand", "desk.hold": "circle-pause"}
}

// signOf finds the first that a text speaks of; "" for none. It asks for whole words and their endings: an unmoved "prekey" is no key.
func signOf(text string, list []signWord) string {
	text = " " + strings.ToLower(text) + " "
	for _, s := range list {
		if i := strings.Index(text, s.words); i > 0 && !letter(text[i-1]) {
			return s.icon
		}
	}
	return ""
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' }

// iconOfTask draws what a task is about: the thing that its title names, what set it off, what is to be done, who does such work. What set it off is
// left out for whoever may not know it.
func (q *request) iconOfTask(t task.Task, closed bool) string {
	if icon := kindSigns()[t.Kind]; icon != "" {
		return icon
	}
	cause := ""
	if t.Playbook != "" && (!closed || q.doesTask(t)) {
		cause = signOf(string(t.Playbook)+" "+q.web.Titles[t.Playbook], causeSigns())
	}
	for _, icon := range []string{signOf(t.Title, thingSigns()), cause, signOf(t.Title, deedSigns()), roleSigns()[t.Role]} {
		if icon != "" {
			return icon
		}
	}
	return plainSign
}

// roleSigns is the work of who does little else.
func roleSigns() map[hearth.Role]string {
	return map[hearth.Role]string{hearth.RoleTechnician: "wrench", hearth.RoleSupervisor: "wrench", hearth.RoleCoordinator: "heart-handshake"}
}
