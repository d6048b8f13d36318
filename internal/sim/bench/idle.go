package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// settle is how long an idle program is left alone before its memory is read.
const settle = 2 * time.Second

// idlePart measures how long the program takes until it is ready, and its memory when nothing happens.
func (b *bench) idlePart(ctx context.Context) error {
	t, err := b.build(ctx, "idle", b.idle)
	if err != nil {
		return err
	}
	var memory, ready []float64
	for range b.runs {
		s, err := b.serve(ctx, t, "")
		if err != nil {
			return err
		}
		err = pause(ctx, settle)
		_, u, used := s.used()
		if err = errors.Join(err, used, s.stop(ctx)); err != nil {
			return err
		}
		memory, ready = append(memory, float64(u.Memory)/1e6), append(ready, s.ReadyAfter().Seconds())
	}
	b.add(Figure{Name: "idle.memory", What: fmt.Sprintf("memory without work, %d residents", b.idle), Unit: "MB", Samples: memory, Aim: 150, Most: true})
	b.add(Figure{Name: "idle.ready", What: "  from start to ready", Unit: "s", Samples: ready, Aim: 1, Most: true})
	return nil
}
