package world

import (
	"time"

	"hearth"
)

// Event is what the community's systems tell Hearth, in the words of CloudEvents. Subject is "resident/ID" or
// "workorder/ID" with the ids that the files use. Data holds strings, numbers and booleans only.
type Event struct {
	ID, Source, Type, Subject string
	Time                      time.Time
	Data                      map[string]any
}

// File is an export as the property's own system would write it: CSV with one header row.
type File struct {
	Kind string // "units", "staff" or "residents": what `hearth import` calls it
	Name string // the file's name, different for every file of a world
	Full bool   // the whole directory; false for a file with only what is new
	Body []byte
}

// Done is a staff member finishing a task, with the facts that the task asked for.
type Done struct {
	Task  string
	Staff string // the id in the staff file
	Facts map[string]string
}

// Reply is a staff member answering what a resident wrote, on its topic.
type Reply struct {
	Resident, Topic, Staff string
	Text                   string
}

// Settled is a staff member saying whether what was promised in a fact of a task was kept.
type Settled struct {
	Task, Fact, Resident, Staff string
	Kept                        bool
}

// Happening is one thing that happens at an instant: exactly one of the others is set.
type Happening struct {
	At      time.Time
	Event   *Event
	File    *File
	Done    *Done
	Reply   *Reply
	Settled *Settled
}

// Feedback is what Hearth did that the community notices.
type Feedback struct {
	Messages []Message // delivered since the last feedback
	Tasks    []Task    // open now
}

// Message is a message that reached a resident. Resident is the id in the residents file.
type Message struct {
	ID, Resident, Purpose string
	Class                 hearth.Class
	Channel               hearth.Channel
	At                    time.Time
}

// Task is work that waits for a person. Staff is the owner's id in the staff file, "" while it is in the property's
// queue; Resident is the id in the residents file, "" when it concerns nobody in particular.
type Task struct {
	ID, Kind, Resident, Staff string
	Role                      hearth.Role
	Minutes                   int
	Due                       time.Time
	Asks                      []Ask
}

// Ask is a fact that a task wants to hear when it is done. Kind is "text", "yes_no", "number", "date", "choice:a|b",
// "contact" (how somebody was reached, or "no"), "preference:NAME" or "promise" (a date and what was promised).
type Ask struct{ Fact, Kind string }
