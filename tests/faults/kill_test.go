package faults

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// rounds gives n, or with soak ten times as many.
func rounds(n int) int {
	if asks.soak {
		return 10 * n
	}
	return n
}

// chance gives a source that can be repeated: its seed is printed, and HEARTH_TEST_SEED sets it.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if asks.seed != "" {
		n, err := strconv.ParseUint(asks.seed, 10, 64)
		if err != nil {
			t.Fatalf("HEARTH_TEST_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("HEARTH_TEST_SEED=%d repeats the choices of this test", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// connections is how many mails a program has on their way at most.
const connections = 16

// TestKilledAtAnyMoment kills the program again and again while events come in and mails go out. The load goes on over
// the kills, as other systems would: what is not answered is sent again.
func TestKilledAtAnyMoment(t *testing.T) {
	eachSite(t, func(s *site) {
		random := chance(s.T)
		mail := newMailServer(s.T)
		flags := []string{"--send", "real", "--smtp", mail.url, "--mail-connections", strconv.Itoa(connections)}
		p := s.serve(flags...)
		var got acked
		stop := s.press(&got, "k", 400, p.URL)
		n := rounds(10)
		for i := range n {
			time.Sleep(time.Duration(200+random.IntN(1200)) * time.Millisecond)
			if err := p.Kill(); err != nil {
				s.Fatal(err)
			}
			s.sound()
			s.restart(p)
			if i%10 == 9 {
				s.keepsWhatItAcknowledged(&got)
			}
		}
		results := stop()
		s.keepsWhatItAcknowledged(&got)
		// Among several nodes a claim outlives its node for minutes. A last start with a clock that is ahead sees the end.
		if err := p.Kill(); err != nil {
			s.Fatal(err)
		}
		p = s.serve(append(flags, "--clock", "+10m")...)
		s.settled(2 * time.Minute)
		s.keepsWhatItAcknowledged(&got)
		k := s.didEachThingOnce(mail.mails(s.T), (n+1)*connections)
		if err := p.Kill(); err != nil {
			s.Fatal(err)
		}
		s.sound()
		s.verified()
		s.Logf("%d kills: %d acknowledged, %d and %d requests unanswered; %s", n+1, got.count(), results[0].Failed, results[1].Failed, k)
		if got.count() < 25*n {
			s.Errorf("only %d events were acknowledged in %d rounds: the load was none", got.count(), n)
		}
	})
}
