package main

import (
	"fmt"
	"slices"
	"strings"

	"hearth/internal/app"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token; it is the last word on standard output and shown only now."`
}

type tokenCreateCmd struct {
	place
	Name  string   `required:"" help:"What uses it, for example a connector's name."`
	Scope []string `required:"" help:"What it may do: events:write, read, tasks:write, messages:write, situations:reason, admin; several by spaces or commas."`
	More  []string `arg:"" optional:"" name:"scope" help:"Further scopes, as the words that follow --scope."`
}

// Run makes a token.
func (c *tokenCreateCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		scopes := c.scopes()
		secret, err := a.CreateToken(r.ctx, c.Name, scopes)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "Token for %s (%s), kept only as a hash; copy it now:\n%s\n", c.Name, strings.Join(scopes, ", "), secret)
		return err
	})
}

// scopes takes apart what was written with commas, with spaces, as words of its own or with the flag repeated.
func (c *tokenCreateCmd) scopes() []string {
	all := strings.Join(append(slices.Clone(c.Scope), c.More...), " ")
	return strings.FieldsFunc(all, func(r rune) bool { return r == ' ' || r == ',' })
}
