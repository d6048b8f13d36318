package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth/internal/sim/load"
)

const (
	roundTrip    = 5 * time.Millisecond // added to each by the relay
	farTrip      = 20 * time.Millisecond
	nodeHomes    = 64 // properties of the community that nodes share: enough that the partitions, of which a node decides one at a time, have about as much
	nodeResident = 13 // residents of each
)

// nodesPart compares two nodes on one PostgreSQL with one, when each round trip to the database takes its time. Where nodes, server and load share
// few cores, a short way lets one node use most of them; a long one shows whether nodes wait for each other.
func (b *bench) nodesPart(ctx context.Context) error {
	if b.Database == "" {
		return nil // the embedded store has one process
	}
	if err := b.nodesAt(ctx, "nodes", roundTrip, 1.7); err != nil {
		return err
	}
	return b.nodesAt(ctx, "nodes.far", farTrip, 0)
}

// nodesAt does so with a round trip. aim is 0 where none was set.
func (b *bench) nodesAt(ctx context.Context, name string, trip time.Duration, aim float64) error {
	var one, two, over []float64
	for i := range b.runs {
		first, err := b.nodesRun(ctx, trip, 1, i)
		if err != nil {
			return err
		}
		second, err := b.nodesRun(ctx, trip, 2, i)
		if err != nil {
			return err
		}
		one, two, over = append(one, first), append(two, second), append(over, ratio(second, first))
	}
	b.add(Figure{Name: name + ".one", What: fmt.Sprintf("events decided by one node, %s added to each round trip", trip), Unit: "/s", Samples: one})
	b.add(Figure{Name: name + ".two", What: "  by two nodes", Unit: "/s", Samples: two})
	b.add(Figure{Name: name + ".over", What: "  two against one", Unit: "x", Samples: over, Aim: aim})
	return nil
}

// nodesRun has n nodes take and decide events in batches and gives events a second until the last is decided.
func (b *bench) nodesRun(ctx context.Context, trip time.Duration, n, i int) (perSecond float64, err error) {
	t, err := b.spread(ctx, fmt.Sprintf("nodes-%d-%d-%d", trip.Milliseconds(), n, i))
	if err != nil {
		return 0, err
	}
	far, stop, err := farAway(ctx, t.cfg.Database, trip)
	if err != nil {
		return 0, err
	}
	defer stop()
	near := t.cfg.Database
	var nodes []*server
	defer func() {
		for _, s := range nodes {
			err = errors.Join(err, s.stop(ctx))
		}
	}()
	for range n {
		away := *t
		away.cfg.Database = far
		s, err := b.serve(ctx, &away, "")
		if err != nil {
			return 0, err
		}
		nodes = append(nodes, s)
	}
	t.cfg.Database = near
	each := b.batched / n
	results, errs := make([]load.Result, n), make([]error, n)
	began := time.Now()
	var wg sync.WaitGroup
	for k, s := range nodes {
		wg.Go(func() {
			w := b.load(fmt.Sprintf("n%d-%d-%d-%d", trip.Milliseconds(), n, i, k), each, t.residents, oneIn)
			results[k], errs[k] = load.Run(ctx, s.target(), load.Workload{Clients: clients, Batch: batchSize, Events: each, Make: w.event})
			if errs[k] == nil {
				errs[k] = good(results[k], each)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	end, err := nodes[0].decided(ctx)
	return rate(each*n, end.Sub(began)), err
}

// farAway is a relay to the database's server that takes half a round trip each way, and the address through it.
func farAway(ctx context.Context, address string, trip time.Duration) (through string, stop func(), err error) {
	u, network, to, err := serverOf(address)
	if err != nil {
		return "", nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // closed
			}
			wg.Go(func() { relay(ctx, in, network, to, trip/2) })
		}
	})
	near := l.Addr().(*net.TCPAddr)
	if network == "unix" {
		q := u.Query()
		q.Set("host", near.IP.String())
		q.Set("port", strconv.Itoa(near.Port))
		u.RawQuery = q.Encode()
	} else {
		u.Host = near.String()
	}
	return u.String(), func() { cancel(); l.Close(); wg.Wait() }, nil
}

// serverOf reads where a database's server listens: by TCP, or at a socket in a directory that the address names.
func serverOf(address string) (u *url.URL, network, to string, err error) {
	if u, err = url.Parse(address); err != nil {
		return nil, "", "", fmt.Errorf("read the database's address: %w", err)
	}
	host, port := u.Hostname(), u.Port()
	if q := u.Query(); host == "" {
		host, port = q.Get("host"), cmp.Or(port, q.Get("port"))
	}
	port = cmp.Or(port, "5432")
	switch {
	case host == "":
		return nil, "", "", errors.New("the relay must know the database's server: give the address as postgres://USER@HOST:PORT/NAME")
	case strings.HasPrefix(host, "/"):
		return u, "unix", filepath.Join(host, ".s.PGSQL."+port), nil
	}
	return u, "tcp", net.JoinHostPort(host, port), nil
}

// relay carries one connection both ways, late, until either side ends or ctx does.
func relay(ctx context.Context, in net.Conn, network, to string, way time.Duration) {
	var d net.Dialer
	out, err := d.DialContext(ctx, network, to)
	if err != nil {
		in.Close()
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { late(ctx, in, out, way); cancel() })
	wg.Go(func() { late(ctx, out, in, way); cancel() })
	<-ctx.Done()
	in.Close()
	out.Close()
	wg.Wait()
}

// piece is what came at a time.
type piece struct {
	data []byte
	due  time.Time
}

// late copies what comes, one way later, without keeping what follows from being on its way as well.
func late(ctx context.Context, from, to net.Conn, way time.Duration) {
	pieces := make(chan piece, 1024)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(pieces)
		for {
			buf := make([]byte, 16<<10)
			n, err := from.Read(buf)
			if n > 0 {
				pieces <- piece{buf[:n], time.Now().Add(way)}
			}
			if err != nil {
				return
			}
		}
	})
	broken := false
	for p := range pieces {
		if broken {
			continue // so that the reader can end
		}
		if pause(ctx, time.Until(p.due)) != nil {
			broken = true
		} else if _, err := to.Write(p.data); err != nil {
			broken = true
		}
		if broken {
			from.Close()
		}
	}
	wg.Wait()
}

func drainBody(resp *http.Response) error {
	_, err := io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

func readOK(resp *http.Response, path string) error {
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("reading %s answered %s", path, resp.Status)
	}
	return nil
}
