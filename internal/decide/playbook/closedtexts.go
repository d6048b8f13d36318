package playbook

// ClosedTexts gives what the tasks of closed playbooks say, whomever they were made for: titles, reasons and checklists
// out of all of their versions, and the ids of the templates that their drafts are written from.
func ClosedTexts(stored []Stored) (words, drafts []string) {
	closed := ClosedAmong(stored)
	for _, s := range stored {
		if !closed[s.ID] {
			continue
		}
		d, err := Parse([]byte(s.Text))
		if err != nil {
			continue // it makes no tasks
		}
		words = append(words, d.Title, d.Why)
		walkSteps(d.Steps, func(s *Step) {
			for _, t := range s.tasks(d.Title) {
				words = append(append(words, t.Title, t.Why), t.Checklist...)
				if t.Draft != "" {
					drafts = append(drafts, t.Draft)
				}
			}
		})
	}
	return words, drafts
}

// tasks gives each task that the step itself can make; title is the playbook's.
func (s *Step) tasks(title string) []*TaskStep {
	switch {
	case s.Task != nil && s.Task.Lighter != nil:
		light := *s.Task
		light.Title, light.Why, light.Checklist = s.Task.Lighter.Title, s.Task.Lighter.Why, s.Task.Lighter.Checklist
		return []*TaskStep{s.Task, &light}
	case s.Task != nil:
		return []*TaskStep{s.Task}
	case s.Escalate != nil:
		return []*TaskStep{s.Escalate.Task(title)}
	case s.Connect != nil:
		return []*TaskStep{s.Connect.Task()}
	}
	return nil
}
