package db

import (
	"fmt"
	"runtime/debug"
)

// call runs fn and turns its panic into an error: one caller's mistake must not take the others' work along.
func call(tx *Tx, fn func(tx *Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}
