package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"hearth"
	"hearth/internal/fact/account"
	"hearth/internal/learn/trial"
)

// Trial is what a simulation is asked for over the API.
type Trial struct {
	Playbook hearth.PlaybookID // the id of one that is switched on or shipped; "" with Text
	Text     []byte            // the text of one; nil with Playbook
	From, To hearth.Day
	Property string
	Units    int // homes of a generated community; 0: recorded days
	Seed     uint64
	Progress func(stage string, done float64)
}

// Simulate tries a playbook on recorded days, or on a generated community.
type Simulate func(ctx context.Context, t Trial) (*trial.Report, error)

// trialReport is the report under a name of its own in the description.
type trialReport trial.Report

// What a simulation over the API may cost. The command has no such limits.
const (
	simulateDays = 400
	// simulateWithin stays below the time after which the listener gives an answer up.
	simulateWithin = 100 * time.Second
)

// simulation is the one that runs, if one does: it takes the machine's time from those who work with it.
type simulation struct {
	turn sync.Mutex // held while one runs

	mu    sync.Mutex
	stage string
	done  float64
}

func (s *simulation) show(stage string, done float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage, s.done = stage, done
}

// simulationState tells how far the running simulation is.
type simulationState struct {
	Running bool    `json:"running"`
	Stage   string  `json:"stage,omitempty" doc:"What is done at the moment."`
	Done    float64 `json:"done" doc:"The share of it that is done, from 0 to 1."`
}

func (a *API) addSimulate() {
	const tag = "Playbooks"
	addSlow(a, about{http.MethodPost, "/playbooks/simulate", tag, "simulate-playbook", "Try a playbook before it is switched on",
		"Plays recorded days, or those of a generated community, in a copy with the playbook in its place, by the same engine, and tells what would have started, been said and " +
			"been asked of the team, for whom and why, and the difference to the live version. Nothing is sent and nothing is changed. One runs at a time: " +
			"another one is answered with 429 meanwhile. At most 400 days, 500 generated homes and 100 seconds; hearth playbook simulate has no such limits.", account.ScopeAdmin}, simulateWithin+10*time.Second, a.simulate)
	add(a, about{http.MethodGet, "/playbooks/simulate", tag, "get-simulation", "Read how far the running simulation is",
		"Of this node.", account.ScopeRead}, a.getSimulation)
}

func (a *API) simulate(ctx context.Context, in *struct {
	Body struct {
		Playbook hearth.PlaybookID `json:"playbook,omitempty" maxLength:"100" doc:"The id of a playbook that is switched on, or that is shipped. Either this or text."`
		Text     string            `json:"text,omitempty" maxLength:"65536" doc:"The text of a playbook, as in its file. A changed text of one that is switched on is compared with the live version."`
		From     string            `json:"from" format:"date" doc:"The first day."`
		To       string            `json:"to" format:"date" doc:"The last day, included."`
		Property string            `json:"property,omitempty" maxLength:"200" doc:"The property's name or id; not needed where there is only one."`
		Units    int               `json:"units,omitempty" minimum:"0" maximum:"500" doc:"Homes of a generated community; left out, recorded days are played."`
		Seed     uint64            `json:"seed,omitempty" doc:"Of the generated community: another seed gives another one."`
	}
}) (*one[*trialReport], error) {
	t := Trial{Playbook: in.Body.Playbook, Property: in.Body.Property, Units: in.Body.Units, Seed: in.Body.Seed, Progress: a.simulation.show}
	if (t.Playbook == "") == (in.Body.Text == "") {
		return nil, hearth.FieldErrorf("playbook", "Name a playbook or send a text, and not both.")
	}
	if in.Body.Text != "" {
		t.Text = []byte(in.Body.Text)
	}
	var err error
	if t.From, err = hearth.ParseDay(in.Body.From); err != nil {
		return nil, hearth.FieldErrorf("from", "from is a day like 2026-03-01.")
	}
	if t.To, err = hearth.ParseDay(in.Body.To); err != nil {
		return nil, hearth.FieldErrorf("to", "to is a day like 2026-03-01.")
	}
	if t.To-t.From >= simulateDays {
		return nil, hearth.FieldErrorf("to", "At most %d days are simulated over the API; hearth playbook simulate takes more.", simulateDays)
	}
	report, err := a.runTrial(ctx, t)
	if err != nil {
		return nil, err
	}
	return &one[*trialReport]{Body: (*trialReport)(report)}, nil
}

// runTrial runs a simulation, if none runs, within its time.
func (a *API) runTrial(ctx context.Context, t Trial) (*trial.Report, error) {
	if !a.simulation.turn.TryLock() {
		p := newProblem(hearth.CodeBusy, "A simulation is running already, and one runs at a time. Ask again when it is done; GET /api/v1/playbooks/simulate tells how far it is.")
		p.retryAfter = 10
		return nil, p
	}
	defer a.simulation.turn.Unlock()
	defer a.simulation.show("", 0)
	within, stop := context.WithTimeout(ctx, simulateWithin)
	defer stop()
	report, err := a.Simulate(within, t)
	if err != nil && errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, hearth.Errorf(hearth.CodeTooLarge, "This took longer than %d seconds and was broken off. Name fewer days, or use hearth playbook simulate.", int(simulateWithin.Seconds()))
	}
	return report, err
}

func (a *API) getSimulation(context.Context, *struct{}) (*one[simulationState], error) {
	s := &a.simulation
	s.mu.Lock()
	defer s.mu.Unlock()
	return &one[simulationState]{Body: simulationState{Running: s.stage != "", Stage: s.stage, Done: s.done}}, nil
}
