package main

import (
	"fmt"
	"os"

	"hearth/internal/sim/bench"
)

type benchCmd struct {
	JSON     bool   `name:"json" help:"Print the figures with all samples as JSON."`
	Only     string `enum:",batches,singles,mail,import,residents,day,condition,nodes,broadcast,desk,inbound,idle,year,long" default:"" placeholder:"PART" help:"Measure one part: batches, singles, mail, import, residents, day, condition, nodes (PostgreSQL) or idle; year and long only run when named."`
	Database string `placeholder:"URL" help:"Measure on PostgreSQL, in organizations of their own that are removed again; the embedded store if empty."`
	Quick    bool   `help:"Short runs: rougher figures in a minute or so."`
}

// Run measures.
func (c *benchCmd) Run(r *run) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	rep, err := bench.Run(r.ctx, bench.Options{Program: program, Version: version, Database: c.Database, Only: c.Only, Quick: c.Quick,
		Progress: func(what string) { r.warnf("bench: %s\n", what) }})
	if err != nil {
		return err
	}
	if c.JSON {
		return rep.WriteJSON(r.out)
	}
	return rep.WriteText(r.out)
}
