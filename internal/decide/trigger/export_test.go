package trigger

// SetBatch bounds the engine's batches, so that tests can put their ends anywhere.
func (e *Engine) SetBatch(n int) { e.size = n }

// SetFault has the engine fail after it decided a batch and before it writes, when fail gives an error.
func (e *Engine) SetFault(fail func() error) { e.fault = fail }
