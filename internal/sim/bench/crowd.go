package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/sense/signal"
	"hearth/internal/sim/load"
)

// crowdPart measures one thing said to everybody, from the word "send" to the last mail, against what the same mail server
// takes from a client that does nothing else.
func (b *bench) crowdPart(ctx context.Context) error {
	var told, raw, share []float64
	t, err := b.build(ctx, "crowd", b.crowd)
	if err != nil {
		return err
	}
	for i := range b.runs {
		bare, err := rawSMTP(ctx, b.crowd)
		if err != nil {
			return err
		}
		c, err := b.clone(ctx, t, fmt.Sprintf("crowd-%d", i))
		if err != nil {
			return err
		}
		speed, err := b.sayToAll(ctx, c)
		if err != nil {
			return err
		}
		b.drop(c)
		told, raw, share = append(told, speed), append(raw, bare), append(share, ratio(speed, bare))
	}
	b.drop(t)
	b.add(Figure{Name: "broadcast", What: fmt.Sprintf("one thing said to %s residents, each through the desk: delivered", show(float64(b.crowd), "")), Unit: "/s", Samples: told})
	b.add(Figure{Name: "smtp.raw", What: "the same mail server, written to by a client that does nothing else", Unit: "/s", Samples: raw})
	b.add(Figure{Name: "broadcast.share", What: "  the broadcast as a share of it", Unit: "x", Samples: share, Aim: 0.35})
	return nil
}

// rawSMTP gives how many mails a second a mail server takes over as many connections as Hearth uses.
func rawSMTP(ctx context.Context, n int) (float64, error) {
	mail, err := smtptest.Start(smtptest.Options{Discard: true})
	if err != nil {
		return 0, err
	}
	srv, err := channel.ParseServer(mail.URL())
	if err != nil {
		return 0, errors.Join(err, mail.Close())
	}
	client, err := channel.NewSMTP(channel.Config{Server: srv, Conns: conns})
	if err != nil {
		return 0, errors.Join(err, mail.Close())
	}
	began := time.Now()
	var wg sync.WaitGroup
	bad := make(chan error, conns)
	for k := range conns {
		wg.Go(func() {
			for i := k; i < n; i += conns {
				m := &channel.Email{From: "Bench Court <office@court.example>", To: fmt.Sprintf("r%d@homes.example", i), Subject: crowdSubject, Text: crowdBody,
					MessageID: fmt.Sprintf("raw%d@court.example", i), Date: began}
				if res := client.Send(ctx, m, func() error { return nil }); res.Outcome != channel.Sent {
					bad <- fmt.Errorf("the mail server says %s", res)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	close(bad)
	return rate(n, took), errors.Join(<-bad, client.Close(), mail.Close())
}

const (
	crowdSubject = "The water in building North is safe again"
	crowdBody    = "The water in building North was tested this morning and is safe to drink again."
)

// sayToAll serves a community, sends a broadcast to everybody and gives how many mails a second came of it.
func (b *bench) sayToAll(ctx context.Context, t *town) (float64, error) {
	mail, err := smtptest.Start(smtptest.Options{Discard: true})
	if err != nil {
		return 0, err
	}
	t.flags = []string{"--second-person-over", "1000000"}
	s, err := b.serve(ctx, t, mail.URL())
	if err != nil {
		return 0, errors.Join(err, mail.Close())
	}
	speed, err := b.tellThem(ctx, s, mail)
	return speed, errors.Join(err, s.stop(ctx), mail.Close())
}

func (b *bench) tellThem(ctx context.Context, s *server, mail *smtptest.Server) (float64, error) {
	var property string
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `SELECT id FROM properties WHERE org = $1`, tx.Org()).Scan(&property)
	})
	if err != nil {
		return 0, err
	}
	// Of class safety, so that the hour of the day at which somebody measures changes nothing.
	var made struct {
		ID string `json:"id"`
	}
	err = s.ask(ctx, "/api/v1/broadcasts", map[string]any{"property": property, "title": crowdSubject, "class": "safety", "purpose": "water.safe",
		"texts": map[string]any{"en": map[string]string{"subject": crowdSubject, "body": crowdBody}}}, &made)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := s.ask(ctx, "/api/v1/broadcasts/"+made.ID+"/send", nil, nil); err != nil {
		return 0, err
	}
	wait, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := mail.Wait(wait, b.crowd); err != nil {
		return 0, fmt.Errorf("%d of %d mails arrived: %w", mail.Count(), b.crowd, err)
	}
	return rate(b.crowd, time.Since(began)), nil
}

// ask posts a request to the program and reads its answer into out, nil to leave it.
func (s *server) ask(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.town.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s: the server answered %d: %.300s", path, res.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// deskPart measures what a decision of the desk costs in processor time, its rows included; they are taken back.
func (b *bench) deskPart(ctx context.Context) error {
	t, err := b.clone(ctx, b.base, "desk")
	if err != nil {
		return err
	}
	defer b.drop(t)
	a, err := app.Open(ctx, t.cfg, app.Options{Version: b.Version, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	var cost []float64
	for i := 0; i < b.runs && err == nil; i++ {
		var us float64
		us, err = b.decide(ctx, a, i)
		cost = append(cost, us)
	}
	b.add(Figure{Name: "desk", What: "one decision of the desk with its text and its rows, in lots of 64: processor time", Unit: "us", Samples: cost, Aim: 50, Most: true})
	return errors.Join(err, a.Close())
}

var errTakeBack = errors.New("taken back")

// decisions puts messages to the desk, lot by lot, each lot in a transaction that is taken back, and gives microseconds each.
func (b *bench) decide(ctx context.Context, a *app.App, run int) (float64, error) {
	var ids []string
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		ids, err = texts(ctx, tx, `SELECT id FROM residents WHERE org = $1 ORDER BY id`, tx.Org())
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, errors.Join(err, errors.New("the community has no residents"))
	}
	zone, err := time.LoadLocation(townZone)
	if err != nil {
		return 0, err
	}
	view := signal.NewView(&signal.State{}, a.Clock.Now(), zone)
	before, err := load.UsageOf(os.Getpid())
	if err != nil {
		return 0, err
	}
	done := 0
	for done < b.decisions {
		in := make([]desk.Intent, 0, lot)
		for range lot {
			who := ids[(run+done+len(in))%len(ids)]
			in = append(in, desk.Intent{ID: hearth.MessageID(fmt.Sprintf("msg_d%dx%d", done, len(in))), Resident: hearth.ResidentID(who),
				Class: hearth.ClassSafety, Template: "service-received", Facts: map[string]any{"event.description": "Water on the floor", "event.category": "plumbing"}})
		}
		err := a.DB.Write(ctx, func(tx *db.Tx) error {
			verdicts, err := a.Desk.Submit(ctx, tx, in, func(hearth.ResidentID) signal.View { return view })
			if err != nil {
				return err
			}
			if verdicts[0].Outcome != desk.Sent {
				return fmt.Errorf("the desk says %s: %s", verdicts[0].Outcome, verdicts[0].Reason)
			}
			return errTakeBack
		})
		if !errors.Is(err, errTakeBack) {
			return 0, err
		}
		done += lot
	}
	after, err := load.UsageOf(os.Getpid())
	return each(after.CPU-before.CPU, done), err
}

// lot is how many messages are put to the desk at once.
const lot = 64
