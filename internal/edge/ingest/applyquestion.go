package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// forAPerson ends the reason of a row that made a question; such rows are named in the report's notes as well.
const forAPerson = ": a question for a person"

// factMoved is what the question about two homes asks.
const factMoved = "moved"

// askWhere asks where somebody lives whom the list puts into one home while the lease of another is still current. It
// is asked once for each two homes, whichever of them a row tells of.
func (a *applying) askWhere(ctx context.Context, tx *db.Tx, unit string, who hearth.ResidentID, res record.HomeResult) (reason string, err error) {
	r, err := a.im.Records.Resident(ctx, tx, who)
	if err != nil {
		return "", err
	}
	var labels []string
	for _, id := range res.Elsewhere {
		other, err := a.im.Records.Lease(ctx, tx, id)
		if err != nil {
			return "", err
		}
		u, err := a.im.Records.Unit(ctx, tx, other.Unit)
		if err != nil {
			return "", err
		}
		labels = append(labels, u.Label)
		two := []string{string(res.Lease), string(id)}
		slices.Sort(two)
		err = a.ask(ctx, tx, task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", "homes", two[0], two[1])), Resident: who,
			Title: fmt.Sprintf("Where does %s live?", r.Name()),
			Why: fmt.Sprintf("The newest directory from %s lists %s in %s, and the lease of %s is current as well. Nothing was ended: only a person can say whether they have moved.",
				a.imp.source, r.Name(), unit, u.Label),
			Asks: []task.Ask{{Fact: factMoved, Question: fmt.Sprintf("Have they left one of the homes %s and %s, and which?", unit, u.Label)}}})
		if err != nil {
			return "", err
		}
	}
	return "They still have the lease of " + strings.Join(labels, " and ") + " as well" + forAPerson, nil
}

// noteQuestions names in the notes the rows that made questions.
func (r *Report) noteQuestions() {
	const most = 20
	n := 0
	for _, row := range r.Rows {
		if !strings.Contains(row.Reason, forAPerson) {
			continue
		}
		if n++; n <= most {
			r.Notes = append(r.Notes, fmt.Sprintf("%s, line %d. %s.", row.What, row.Line, row.Reason))
		}
	}
	if n > most {
		r.Notes = append(r.Notes, fmt.Sprintf("There are %d more rows with a question for a person.", n-most))
	}
}

// answered cancels the questions that this import answers: about who is listed again, and about two homes of which one
// has been left.
func (a *applying) answered(ctx context.Context) error {
	if !asksForMissing(a.imp.kind) {
		return nil
	}
	var over map[hearth.TaskID]string
	err := a.im.DB.Read(ctx, func(tx *db.Tx) error {
		open, err := a.openQuestions(ctx, tx)
		if err != nil || len(open) == 0 {
			return err
		}
		over, err = a.settled(ctx, tx, open)
		return err
	})
	if err != nil || len(over) == 0 {
		return err
	}
	return a.im.DB.Write(ctx, func(tx *db.Tx) error {
		if err := hold(ctx, tx, a.imp); err != nil {
			return err
		}
		for id, reason := range over {
			if err := a.im.Tasks.Cancel(ctx, tx, a.news(nil).Actor, id, reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// questionKind is the kind of the tasks that imports make.
const questionKind = "import question"

// openQuestions lists the questions of this source's imports that nobody has answered yet.
func (a *applying) openQuestions(ctx context.Context, tx *db.Tx) ([]task.Task, error) {
	var out []task.Task
	for cursor := ""; ; {
		page, next, err := a.im.Tasks.List(ctx, tx, task.Filter{Property: a.imp.property, Kind: questionKind}, cursor, 0)
		if err != nil {
			return nil, err
		}
		for _, t := range page {
			if fact(t, "Source") == a.imp.source {
				out = append(out, t)
			}
		}
		if cursor = next; cursor == "" {
			return out, nil
		}
	}
}

func fact(t task.Task, name string) string {
	for _, f := range t.Context.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// settled gives the questions that have their answer, with the reason why they are over. A vanished row is forgotten
// when its question is put, so one that is known is there again.
func (a *applying) settled(ctx context.Context, tx *db.Tx, open []task.Task) (map[hearth.TaskID]string, error) {
	there, _, err := compare(ctx, tx, a.imp, nil, nil)
	if err != nil {
		return nil, err
	}
	over := map[hearth.TaskID]string{}
	for _, t := range open {
		if len(t.Asks) == 0 {
			continue
		}
		switch t.Asks[0].Fact {
		case factStillHere:
			for _, m := range there {
				again := t.Resident != "" && m.id == string(t.Resident) && a.imp.kind == column.Residents
				if again || t.ID == m.question(fact(t, "Import")) {
					over[t.ID] = "The newest list names them again."
				}
			}
		case factMoved:
			one, err := a.oneHome(ctx, tx, t.Resident)
			if err != nil {
				return nil, err
			}
			if one {
				over[t.ID] = "Only one of the homes is theirs now."
			}
		}
	}
	return over, nil
}

// oneHome tells whether a resident's household lives in no more than one home today.
func (a *applying) oneHome(ctx context.Context, tx *db.Tx, who hearth.ResidentID) (bool, error) {
	r, err := a.im.Records.Resident(ctx, tx, who)
	if err != nil {
		return false, ignoreMissing(err)
	}
	all, err := a.im.Records.LeasesOf(ctx, tx, []hearth.HouseholdID{r.Household})
	if err != nil {
		return false, err
	}
	units := map[hearth.UnitID]bool{}
	for _, l := range all[r.Household] {
		if l.On(hearth.DayOf(tx.Now(), a.zone)).Status == record.StatusCurrent {
			units[l.Unit] = true
		}
	}
	return len(units) <= 1, nil
}
