package desk

import (
	"hearth"
	"hearth/internal/act/task"
)

// taskKind says why a message went to a person, and so what the task asks of them.
type taskKind string

const (
	taskFeeling taskKind = "desk.feeling" // signs of frustration: speak with them
	taskWrite   taskKind = "desk.write"   // a fact is missing: write it yourself
	taskReach   taskKind = "desk.reach"   // no way to them: find one
	taskLate    taskKind = "desk.late"    // it can't be said in time: decide whether to call
	taskHuman   taskKind = "desk.human"   // a moment for people: say it yourself
	taskCare    taskKind = "desk.care"    // everything automatic has stopped for them: decide what is right
)

// ask is what a kind of hand-over asks of a person.
type ask struct {
	title     string // continues with the resident's name
	checklist []string
	asks      []task.Ask
	minutes   int
	role      hearth.Role
}

func (k taskKind) ask(class hearth.Class) ask {
	spoke := []task.Ask{{Fact: "contact", Question: "How did you reach them? Write no if you did not.", Kind: "contact"}}
	role := hearth.RoleLeasing
	if !class.Discretionary() {
		role = hearth.RoleManager
	}
	switch k {
	case taskFeeling:
		return ask{"Speak with", []string{
			"Read what happened and what was said already.",
			"Call or visit before you write.",
			"The draft shows what would have gone out by itself; use what still fits.",
		}, spoke, 15, hearth.RoleManager}
	case taskReach:
		return ask{"Find a way to tell", []string{
			"Ask for an address, or tell them in person.",
			"Record the address or the preference that you learn.",
		}, spoke, 10, role}
	case taskHuman:
		return ask{"Say it yourself:", []string{
			"Read what is known and what was said already.",
			"Say it in your own words, by the way that suits them.",
		}, spoke, 10, hearth.RoleLeasing}
	case taskCare:
		return ask{"Handle with care:", []string{
			"Nothing automatic goes to them any more; what has to be said, a person says.",
			"Decide with whom to speak, and whether at all.",
		}, nil, 15, hearth.RoleManager}
	case taskLate:
		return ask{"Decide how to tell", []string{
			"Decide whether it still helps, and by which way.",
		}, spoke, 10, role}
	}
	return ask{"Write to", []string{
		"Fill in what is in brackets in the draft, or write it in your own words.",
		"Correct the record where the fact is missing, so that the next message is complete.",
	}, nil, 10, role}
}
