package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/decision"
)

// taskItem is a task.
type taskItem struct {
	ID        hearth.TaskID     `json:"id"`
	Property  hearth.PropertyID `json:"property"`
	Resident  hearth.ResidentID `json:"resident,omitempty"`
	Kind      string            `json:"kind"`
	Title     string            `json:"title"`
	Why       string            `json:"why"`
	Known     task.Context      `json:"known" doc:"What is known, what happened, what was said already."`
	Checklist []string          `json:"checklist" nullable:"false"`
	Asks      []askItem         `json:"asks" nullable:"false" doc:"The facts to bring back."`
	Draft     string            `json:"draft,omitempty" doc:"Something to say."`
	Role      hearth.Role       `json:"role"`
	Owner     hearth.StaffID    `json:"owner,omitempty" doc:"Left out: it is in the property's queue."`
	State     task.State        `json:"state"`
	Minutes   int               `json:"minutes" doc:"How long it is likely to take."`
	Due       *time.Time        `json:"due,omitempty"`
	NotifyAt  *time.Time        `json:"notify_at,omitempty" doc:"When it may reach its owner: not before they are on duty."`
	StandsIn  hearth.StaffID    `json:"stands_in_for,omitempty" doc:"Whose it is again when they are back."`
	Playbook  hearth.PlaybookID `json:"playbook,omitempty"`
	Facts     map[string]string `json:"facts,omitempty" doc:"What was learned."`
	Made      *time.Time        `json:"made,omitempty"`
	Closed    *time.Time        `json:"closed,omitempty"`
	ClosedBy  string            `json:"closed_by,omitempty"`
}

type askItem struct {
	Fact     string `json:"fact" doc:"The name to give it back under."`
	Question string `json:"question"`
	Kind     string `json:"kind,omitempty" doc:"text, yes_no, number, date, choice:a|b, contact, preference:NAME or promise."`
	Optional bool   `json:"optional"`
}

// messageItem is a message, out or in.
type messageItem struct {
	ID        hearth.MessageID  `json:"id"`
	Property  hearth.PropertyID `json:"property"`
	Resident  hearth.ResidentID `json:"resident"`
	Direction string            `json:"direction" enum:"out,in"`
	State     string            `json:"state" doc:"held, queued, sent, delivered, bounced, failed, unknown, dropped, merged or received."`
	Class     hearth.Class      `json:"class"`
	Purpose   string            `json:"purpose,omitempty"`
	Topic     string            `json:"topic,omitempty"`
	Channel   hearth.Channel    `json:"channel"`
	Address   string            `json:"address,omitempty"`
	Subject   string            `json:"subject,omitempty"`
	Body      string            `json:"body,omitempty"`
	Template  string            `json:"template,omitempty" doc:"What it was written from."`
	Instead   hearth.MessageID  `json:"instead_of,omitempty" doc:"The message that did not arrive and in whose place this one stands: it is said another way, once."`
	Version   int               `json:"template_version,omitempty" doc:"Which version of your own of the template; left out: the one that came with Hearth."`
	Playbook  hearth.PlaybookID `json:"playbook,omitempty"`
	Reason    string            `json:"reason,omitempty" doc:"The desk's answer."`
	Made      *time.Time        `json:"made,omitempty"`
	At        *time.Time        `json:"at,omitempty" doc:"When its state last changed."`
	Error     string            `json:"error,omitempty"`
}

// decisionItem is a decision on record.
type decisionItem struct {
	ID       hearth.DecisionID `json:"id"`
	Resident hearth.ResidentID `json:"resident,omitempty"`
	Property hearth.PropertyID `json:"property,omitempty"`
	At       time.Time         `json:"at"`
	Stage    string            `json:"stage" doc:"trigger, run, desk, assign or care."`
	Outcome  string            `json:"outcome" doc:"started, held back, sent, held, merged, dropped, handed over and the like."`
	Reason   string            `json:"reason" doc:"In words."`
	Facts    map[string]any    `json:"facts" nullable:"false" doc:"What it rested on."`
	Playbook hearth.PlaybookID `json:"playbook,omitempty"`
	Version  int               `json:"version,omitempty"`
	Run      hearth.RunID      `json:"run,omitempty"`
	Object   string            `json:"object,omitempty" doc:"The message or task that came of it."`
}

func (a *API) addWork() {
	add(a, about{http.MethodGet, "/tasks", "Tasks", "list-tasks", "List tasks",
		"What is still to do, by due time; with state also what is done.", account.ScopeRead}, a.listTasks)
	add(a, about{http.MethodGet, "/tasks/{id}", "Tasks", "get-task", "Read a task", "", account.ScopeRead}, a.getTask)
	add(a, about{http.MethodPost, "/tasks/{id}/done", "Tasks", "post-task-done", "Close a task",
		"With the facts that it asks for; they become events. Telling the same again changes nothing; " +
			"telling something else of a task that is done is a conflict.", account.ScopeTasks}, a.doneTask)
	add(a, about{http.MethodGet, "/messages", "Messages", "list-messages", "List messages", "Both ways, newest first.", account.ScopeRead}, a.listMessages)
	add(a, about{http.MethodGet, "/decisions", "Decisions", "list-decisions", "List decisions",
		"What started, what was held back, every answer of the desk: newest first, each with its reason and facts.", account.ScopeRead}, a.listDecisions)
}

func (a *API) listTasks(ctx context.Context, in *struct {
	Paging
	Property string `query:"property" maxLength:"100"`
	Resident string `query:"resident" maxLength:"256" doc:"Hearth's own id, or the one that a source uses."`
	Owner    string `query:"owner" maxLength:"100" doc:"A staff member's id."`
	Playbook string `query:"playbook" maxLength:"100"`
	State    string `query:"state" enum:"open,taken,done,declined,cancelled" doc:"Open and taken if left out."`
}) (*list[taskItem], error) {
	f := task.Filter{Property: hearth.PropertyID(in.Property), Owner: hearth.StaffID(in.Owner), Playbook: hearth.PlaybookID(in.Playbook)}
	if in.State != "" {
		f.States = []task.State{task.State(in.State)}
	}
	var tasks []task.Task
	var next string
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if f.Resident, err = a.optionalResident(ctx, tx, in.Resident); err != nil {
			return err
		}
		if f.Merged, err = a.under(ctx, tx, f.Resident); err != nil {
			return err
		}
		tasks, next, err = a.Tasks.List(ctx, tx, f, in.Cursor, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(tasks, next, taskOf), nil
}

// optionalResident finds whom a filter names, if it names anybody.
func (a *API) optionalResident(ctx context.Context, tx *db.Tx, id string) (hearth.ResidentID, error) {
	if id == "" {
		return "", nil
	}
	return a.resident(ctx, tx, id)
}

func taskOf(t task.Task) taskItem {
	item := taskItem{
		ID: t.ID, Property: t.Property, Resident: t.Resident, Kind: t.Kind, Title: t.Title, Why: t.Why, Known: t.Context,
		Checklist: t.Checklist, Asks: []askItem{}, Draft: t.Draft, Role: t.Role, Owner: t.Owner, State: t.State,
		Minutes: t.Minutes, Due: instant(t.DueAt), NotifyAt: instant(t.NotifyAt), StandsIn: t.StandsInFor, Playbook: t.Playbook, Facts: t.Facts, Made: instant(t.Made),
		Closed: instant(t.Closed), ClosedBy: t.ClosedBy.String(),
	}
	if item.Checklist == nil {
		item.Checklist = []string{}
	}
	for _, q := range t.Asks {
		item.Asks = append(item.Asks, askItem{q.Fact, q.Question, q.Kind, q.Optional})
	}
	return item
}

// TaskPath names a task in a path.
type TaskPath struct {
	ID hearth.TaskID `path:"id" maxLength:"100"`
}

func (a *API) getTask(ctx context.Context, in *TaskPath) (*one[taskItem], error) {
	out := &one[taskItem]{}
	err := a.read(ctx, func(tx *db.Tx) error {
		t, err := a.Tasks.Get(ctx, tx, in.ID)
		out.Body = taskOf(t)
		return err
	})
	return out, err
}

func (a *API) doneTask(ctx context.Context, in *struct {
	TaskPath
	Body struct {
		Facts map[string]string `json:"facts,omitempty" doc:"The answers to what the task asks, by fact."`
		By    string            `json:"by,omitempty" maxLength:"256" doc:"Who of the team did it: an id, a name or an e-mail address. Needed for a contact if the task has no owner."`
	}
}) (*one[taskItem], error) {
	out := &one[taskItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		who, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		if err := a.Tasks.Done(ctx, tx, who, in.ID, in.Body.Facts); err != nil {
			return err
		}
		t, err := a.Tasks.Get(ctx, tx, in.ID)
		out.Body = taskOf(t)
		return err
	})
	return out, err
}

// doer is the member of the team for whom a program speaks, else the program.
func (a *API) doer(ctx context.Context, tx *db.Tx, by string) (hearth.Actor, error) {
	if by == "" {
		return actorOf(ctx), nil
	}
	m, err := a.Records.StaffCalled(ctx, tx, by, "")
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeNotFound, code == hearth.CodeConflict:
		return hearth.Actor{}, hearth.FieldErrorf("by", "Exactly one person on the team must be meant; give an id, a full name or an e-mail address.")
	case err != nil:
		return hearth.Actor{}, err
	}
	return hearth.Actor{Kind: "staff", ID: string(m.ID), Name: m.Name}, nil
}

func (a *API) listMessages(ctx context.Context, in *struct {
	Paging
	Resident string `query:"resident" maxLength:"256" doc:"Hearth's own id, or the one that a source uses."`
	State    string `query:"state" enum:"held,queued,sent,delivered,bounced,failed,unknown,dropped,merged,received"`
}) (*list[messageItem], error) {
	var messages []message.Message
	var next string
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.optionalResident(ctx, tx, in.Resident)
		if err != nil {
			return err
		}
		merged, err := a.under(ctx, tx, id)
		if err != nil {
			return err
		}
		f := message.Filter{Resident: id, Merged: merged, State: message.State(in.State)}
		messages, next, err = a.Messages.List(ctx, tx, f, in.Cursor, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(messages, next, messageOf), nil
}

func messageOf(m message.Message) messageItem {
	return messageItem{
		ID: m.ID, Property: m.Property, Resident: m.Resident, Direction: m.Direction, State: string(m.State),
		Class: m.Class, Purpose: m.Purpose, Topic: m.Topic, Channel: m.Channel, Address: m.Address, Subject: m.Subject,
		Body: m.Body, Template: m.Template, Version: m.TemplateVersion, Playbook: m.Playbook, Reason: m.Reason, Made: instant(m.Made), At: instant(m.At), Error: m.Error,
		Instead: m.Instead,
	}
}

func (a *API) listDecisions(ctx context.Context, in *struct {
	Paging
	Resident string `query:"resident" maxLength:"256" doc:"Hearth's own id, or the one that a source uses."`
	Playbook string `query:"playbook" maxLength:"100"`
	Stage    string `query:"stage" enum:"trigger,run,desk,assign,care"`
}) (*list[decisionItem], error) {
	var decisions []decision.Decision
	var next string
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.optionalResident(ctx, tx, in.Resident)
		if err != nil {
			return err
		}
		merged, err := a.under(ctx, tx, id)
		if err != nil {
			return err
		}
		f := decision.Filter{Resident: id, Merged: merged, Playbook: hearth.PlaybookID(in.Playbook), Stage: in.Stage}
		if err := a.mayAsk(ctx, tx, f.Playbook); err != nil {
			return err
		}
		if decisions, next, err = a.Decisions.List(ctx, tx, f, in.Cursor, in.Limit); err != nil {
			return err
		}
		closed, err := a.closedPlaybooks(ctx, tx)
		openDecisions(decisions, closed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(decisions, next, decisionOf), nil
}

func decisionOf(d decision.Decision) decisionItem {
	item := decisionItem{ID: d.ID, Resident: d.Resident, Property: d.Property, At: d.At.UTC(), Stage: d.Stage, Outcome: d.Outcome,
		Reason: d.Reason, Facts: d.Facts, Playbook: d.Playbook, Version: d.Version, Run: d.Run, Object: d.Object}
	if item.Facts == nil {
		item.Facts = map[string]any{}
	}
	return item
}
