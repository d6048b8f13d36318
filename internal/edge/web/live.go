package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/trigger"
)

// news wakes pages that are open when something was written. It says that, and nothing of what: a page asks for itself
// anew and sees what its viewer may see. One question a beat serves all who listen, and none is asked while nobody does.
type news struct {
	h *Web

	mu      sync.Mutex // guards the rest
	waiting map[chan word]bool
	seen    int64
	beats   int
}

// word is what a stream is told: that there is news, or only that we are still here.
type word bool

const (
	isNew word = true
	hello word = false
)

// Beat is how often the log is asked whether it grew, while somebody listens.
const Beat = 300 * time.Millisecond

// A stream hears hello every helloEvery beats (20 s), so that nothing on the way takes it for dead, and ends after mostHellos
// of them (10 min): the browser opens the next by itself, and is asked again who it is.
const (
	helloEvery = 67
	mostHellos = 30
)

// Watch looks once whether there is news; the program runs it every Beat.
func (h *Web) Watch(ctx context.Context) (bool, error) { return false, h.news.look(ctx) }

func (n *news) look(ctx context.Context) error {
	n.mu.Lock()
	idle := len(n.waiting) == 0
	n.mu.Unlock()
	if idle {
		return nil
	}
	sum := int64(0)
	err := n.h.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		sum, err = n.h.written(ctx, tx)
		return err
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.beats++
	switch {
	case err == nil && sum != n.seen:
		n.seen = sum
		n.tell(isNew)
	case n.beats%helloEvery == 0:
		n.tell(hello)
	}
	return err
}

// written counts what was written: events, and how far those followers have come whose work stands on pages. A conversation that a
// message opens anew and a task that an event makes are there only once their follower has passed the event, which appends none.
func (h *Web) written(ctx context.Context, tx *db.Tx) (sum int64, err error) {
	heads, err := h.Log.Heads(ctx, tx)
	for _, head := range heads {
		sum += head
	}
	for _, follower := range []string{inbox.Follower, trigger.Follower} {
		if err != nil {
			return 0, err
		}
		var at map[int]int64
		at, err = h.Log.Positions(ctx, tx, follower)
		for _, seq := range at {
			sum += seq
		}
	}
	return sum, err
}

// tell hands a word to every stream. News take the place of a word that a stream has not taken yet; a hello does not. The
// caller holds the lock.
func (n *news) tell(w word) {
	for c := range n.waiting {
		if w == isNew {
			select {
			case <-c:
			default:
			}
		}
		select {
		case c <- w:
		default:
		}
	}
}

// maxStreams bounds how many pages listen on one node; those beyond it look when they are opened.
const maxStreams = 1000

func (n *news) enter() (chan word, bool) {
	c := make(chan word, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.waiting) >= maxStreams {
		return nil, false
	}
	n.waiting[c] = true
	return c, true
}

func (n *news) leave(c chan word) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.waiting, c)
}

// live is the stream of news, as server-sent events.
func (h *Web) live(w http.ResponseWriter, r *http.Request) {
	q, err := h.begin(w, r, rightOpen)
	if err != nil {
		h.refuse(w, r, q, err)
		return
	}
	out := http.NewResponseController(w)
	c, ok := h.news.enter()
	if !ok {
		plain(w, http.StatusServiceUnavailable, "Too many pages listen for news. Reload the page to see what is new.")
		return
	}
	defer h.news.leave(c)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	// A stream outlives what an answer may take.
	if err := errors.Join(out.SetWriteDeadline(time.Time{}), out.SetReadDeadline(time.Time{})); err != nil {
		h.Logger.WarnContext(r.Context(), "a stream of news has a deadline", "error", err)
	}
	say := func(words string) bool {
		_, err := io.WriteString(w, words)
		return err == nil && out.Flush() == nil
	}
	if !say("retry: 2000\n\n") {
		return
	}
	for news, hellos := 1, 0; hellos < mostHellos; {
		select {
		case <-r.Context().Done():
			return
		case w := <-c:
			if _, err := h.viewerOf(r); err != nil {
				return // they are not who they were: the browser asks again, and is told
			}
			line := ": still here\n\n"
			if w == isNew {
				line = fmt.Sprintf("data: %d\n\n", news)
				news++
			} else {
				hellos++
			}
			if !say(line) {
				return
			}
		}
	}
}
