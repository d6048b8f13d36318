package main

import (
	"fmt"
	"strings"

	"hearth/internal/app"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token; it is the last word on standard output and shown only now."`
}

type tokenCreateCmd struct {
	place
	Name  string   `required:"" help:"What uses it, for example a connector's name."`
	Scope []string `required:"" help:"What it may do: events:write, read, tasks:write, admin. Repeat the flag for several."`
}

// Run makes a token.
func (c *tokenCreateCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		secret, err := a.CreateToken(r.ctx, c.Name, c.Scope)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "Token for %s (%s), kept only as a hash; copy it now:\n%s\n", c.Name, strings.Join(c.Scope, ", "), secret)
		return err
	})
}
