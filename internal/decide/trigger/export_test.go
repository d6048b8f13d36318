package trigger

import (
	"hearth"
	"hearth/internal/decide/playbook"
)

// Order gives partitions the order in which the engine works them.
func (e *Engine) Order(parts []int) { e.order(parts) }

// SetBatch bounds the engine's batches, so that tests can put their ends anywhere.
func (e *Engine) SetBatch(n int) { e.size = n }

// SetFault has the engine fail after it has decided a batch and before it writes, when fail gives an error. orders are
// the work orders that the batch's events are about.
func (e *Engine) SetFault(fail func(orders []string) error) {
	e.fault = func(b *batch) error {
		var orders []string
		for _, ev := range b.events {
			orders = append(orders, playbook.MatterOf(ev))
		}
		return fail(orders)
	}
}

// SetFaultOf is SetFault by the types of the batch's events.
func (e *Engine) SetFaultOf(fail func(hearth.EventType) error) {
	e.fault = func(b *batch) error {
		for _, ev := range b.events {
			if err := fail(ev.Type); err != nil {
				return err
			}
		}
		return nil
	}
}
