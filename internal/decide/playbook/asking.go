package playbook

import (
	"errors"
	"fmt"
)

// ErrNotAsked is wrapped by what Compile gives when nobody could be asked whether there is a template: it says nothing about the
// playbook, which may compile a moment later.
var ErrNotAsked = errors.New("it can't be looked up whether there is the template")

// Asking gives a compiler that asks for templates which it does not know by itself, such as those that were made here. An error
// of asks ends a Compile, as ErrNotAsked; it is not taken for a template that does not exist.
func (c *Compiler) Asking(asks func(template string) (bool, error)) *Compiler {
	asking := *c
	asking.asks = asks
	return &asking
}

// hasTemplate tells whether there is a template.
func (c *Compiler) hasTemplate(id string) (bool, error) {
	if c.has == nil || c.has(id) {
		return true, nil
	}
	if c.asks == nil {
		return false, nil
	}
	ok, err := c.asks(id)
	if err != nil {
		return false, fmt.Errorf("%w %q: %w", ErrNotAsked, id, err)
	}
	return ok, nil
}
