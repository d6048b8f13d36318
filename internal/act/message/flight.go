package message

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// flights knows to which numbers a request of this process may be on its way, so that who stops a number can wait until
// nothing more leaves.
type flights struct {
	mu      sync.Mutex
	aloft   map[string]int
	landing map[string][]chan struct{}
}

// enter says that a request to a number begins, and gives the call that says that it is over. The look whether it may go
// out comes after this.
func (f *flights) enter(address string) (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.aloft == nil {
		f.aloft, f.landing = map[string]int{}, map[string][]chan struct{}{}
	}
	f.aloft[address]++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.aloft[address]--; f.aloft[address] > 0 {
			return
		}
		delete(f.aloft, address)
		for _, c := range f.landing[address] {
			close(c)
		}
		delete(f.landing, address)
	}
}

// wait returns once no request to the number is on its way, or ctx ends.
func (f *flights) wait(ctx context.Context, address string) error {
	f.mu.Lock()
	if f.aloft[address] == 0 {
		f.mu.Unlock()
		return nil
	}
	c := make(chan struct{})
	f.landing[address] = append(f.landing[address], c)
	f.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gate is the name under which sends to a number and its stop exclude each other, on any node.
func gate(address string) string { return "sms/" + address }

// CloseGate keeps every node from marking a text message to the number until tx has ended. Whoever stops a number calls
// it first in the transaction.
func (s *Store) CloseGate(ctx context.Context, tx *db.Tx, addressKey string) error {
	return tx.Hold(ctx, gate(addressKey), false)
}

const handingSQL = `SELECT count(*) FROM due d JOIN text_messages t ON t.org = d.org AND t.id = d.key
WHERE d.org = $1 AND d.kind = $2 AND d.state = 'handing' AND t.address_key = $3`

// landedEvery is how often another node's requests are looked at.
const landedEvery = 20 * time.Millisecond

// Landed returns once no text message to the number is on its way from any node: after the transaction that stopped it,
// nothing begins, and this waits for what had begun. It gives up with ctx.
func (s *Store) Landed(ctx context.Context, d *db.DB, addressKey string) error {
	if err := s.flights.wait(ctx, addressKey); err != nil {
		return fmt.Errorf("wait for text messages on their way: %w", err)
	}
	if d.Dialect() == db.SQLite {
		return nil // no other process sends
	}
	for {
		n := 0
		err := d.Read(ctx, func(tx *db.Tx) error { return tx.Row(ctx, handingSQL, tx.Org(), Kind, addressKey).Scan(&n) })
		if err != nil || n == 0 {
			return err
		}
		pause, cancel := context.WithTimeout(ctx, landedEvery)
		<-pause.Done()
		cancel()
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("wait for text messages on their way: %w", err)
		}
	}
}

// freshFor is how long the desk's look at consent holds for a mail. Another process may have changed something in the meantime.
const freshFor = time.Second

// looksAgain tells whether consent is asked once more before the last byte: always for a text, where a STOP binds at once, and
// for a mail that has waited, was tried before, or in whose time somebody's word has changed.
func (s *Sender) looksAgain(p *parcel) bool {
	return s.deps.Texts != nil || p.attempts > 0 || p.heeded != s.deps.Store.consent.Changes() || s.clock.Now().Sub(p.queued) >= freshFor
}

// stillAllowed is the last look before a message leaves, where only this process sends. What may not go is given back to the
// desk, and errStale says that it is no longer ours.
func (s *Sender) stillAllowed(ctx context.Context, p parcel) error {
	ctx = context.WithoutCancel(ctx)
	var ok []bool
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		ok, err = s.deps.Store.permitted(ctx, tx, []*Message{&p.msg})
		return err
	})
	if err != nil {
		return err
	}
	if ok[0] {
		return nil
	}
	if err := s.deps.DB.Write(ctx, func(tx *db.Tx) error { return s.deps.Store.returnToDesk(ctx, tx, []Message{p.msg}) }); err != nil {
		return err
	}
	return errStale
}

// allowedMarks is the last look where many nodes send: for texts the numbers' gates are held until the marks are written, so
// that a stop either sees the mark or is seen.
func (s *Sender) allowedMarks(ctx context.Context, tx *db.Tx, asks []markAsk, free []int) ([]int, error) {
	var msgs []*Message
	for _, i := range free {
		if asks[i].look {
			msgs = append(msgs, asks[i].msg)
		}
	}
	if len(msgs) == 0 {
		return free, nil
	}
	if s.deps.Texts != nil {
		for _, address := range numbers(msgs) {
			if err := tx.Hold(ctx, gate(address), true); err != nil {
				return nil, err
			}
		}
	}
	ok, err := s.deps.Store.permitted(ctx, tx, msgs)
	if err != nil {
		return nil, err
	}
	var left []int
	var back []Message
	n := 0
	for _, i := range free {
		allowed := true
		if asks[i].look {
			allowed = ok[n]
			n++
		}
		if allowed {
			left = append(left, i)
		} else {
			back = append(back, *asks[i].msg)
		}
	}
	return left, s.deps.Store.returnToDesk(ctx, tx, back)
}

// numbers gives the numbers of messages once each, in order.
func numbers(msgs []*Message) []string {
	seen := map[string]bool{}
	var out []string
	for _, m := range msgs {
		if !seen[m.AddressKey] {
			seen[m.AddressKey] = true
			out = append(out, m.AddressKey)
		}
	}
	slices.Sort(out)
	return out
}

// permitted asks once more whether messages may go: by the word about their purpose, and for discretionary ones by the word
// about all that are.
func (s *Store) permitted(ctx context.Context, tx *db.Tx, msgs []*Message) ([]bool, error) {
	var asks []consent.Ask
	var of []int // by ask
	ok := make([]bool, len(msgs))
	for i, m := range msgs {
		ok[i] = true
		ask := consent.Ask{Resident: m.Resident, Channel: m.Channel, AddressKey: m.AddressKey, Purpose: m.Purpose, Class: m.Class}
		if m.Channel == hearth.ChannelLetter {
			ask.AddressKey = "" // it is kept under the resident; the key here is their home's
		}
		asks, of = append(asks, ask), append(of, i)
		if m.Class.Discretionary() && m.Channel == hearth.ChannelEmail {
			ask.Purpose = PurposeDiscretionary
			asks, of = append(asks, ask), append(of, i)
		}
	}
	answers, err := s.consent.Check(ctx, tx, asks)
	if err != nil {
		return nil, err
	}
	for n, a := range answers {
		ok[of[n]] = ok[of[n]] && a.Allowed
	}
	return ok, nil
}
