package bench

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"hearth/internal/sim/load"
)

// workload makes the events of one run. Every resident is met equally often, in an order that looks like chance.
type workload struct {
	prefix    string
	residents int
	every     int // one event in this many causes something
	mailOnly  bool
	sent      []atomic.Int64 // when each event was made, in ns, for the way to the mail server
}

func (b *bench) load(prefix string, events, residents, every int) *workload {
	return &workload{prefix: prefix, residents: residents, every: every, sent: make([]atomic.Int64, events)}
}

// event makes the n-th event.
func (w *workload) event(n int) load.Event {
	now := time.Now()
	w.sent[n].Store(now.UnixNano())
	kind := "parcel"
	if n%w.every == 0 {
		k := n / w.every % matching
		if w.mailOnly {
			k = k / 2 * 2 // the even ones send
		}
		kind = "k" + strconv.Itoa(k)
	}
	return load.Event{
		ID: w.prefix + "-" + strconv.Itoa(n), Source: townSource, Type: string(loadType), Time: now,
		Subject: "resident/" + resident(int(uint64(n)*2654435761%uint64(w.residents))),
		Data:    fmt.Sprintf(`{"kind":%q,"description":"ref-%07d is here"}`, kind, n),
	}
}

// place finds the number of the event that a mail is about.
func place(mail string) (int, bool) {
	i := strings.Index(mail, "ref-")
	if i < 0 || len(mail) < i+11 {
		return 0, false
	}
	n, err := strconv.Atoi(mail[i+4 : i+11])
	return n, err == nil
}
