package main

import (
	"encoding/json"
	"strings"

	"hearth/internal/app"
)

type evaluateHeardCmd struct {
	File   []string `name:"file" placeholder:"FILE" type:"existingfile" help:"Sentences instead of those that come with Hearth: lines of voice, facts and text parted by tabs, plain lines, or CSV (also .gz); repeat the flag for several."`
	Column string   `default:"text" placeholder:"NAME" help:"The column of a CSV file that holds the texts."`
	Misses bool     `help:"Show each sentence that was heard otherwise than it is."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

// Run measures and prints.
func (c *evaluateHeardCmd) Run(r *run) error {
	measures, err := app.EvaluateHeard(c.File, c.Column)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		return enc.Encode(measures)
	}
	w := r.table()
	w.row("SENTENCES\tNUMBER\tKIND\tFACTS\tRIGHT\tWRONG\tMISSED\tPRECISION\tRECALL\n")
	for _, m := range measures {
		for _, k := range m.Counts {
			if k.Kind == "all" || k.Truth+k.Wrong > 0 {
				w.row("%s\t%d\t%s\t%d\t%d\t%d\t%d\t%.3f\t%.3f\n", m.Corpus, m.Sentences, k.Kind, k.Truth, k.Right, k.Wrong, k.Missed, k.Precision, k.Recall)
			}
		}
	}
	if err := w.end(); err != nil || !c.Misses {
		return err
	}
	for _, m := range measures {
		for _, x := range m.Misses {
			r.printf("%s, line %d: %q is %s, heard %s\n", m.Corpus, x.Line, x.Text, orNone(x.Want), orNone(x.Got))
		}
	}
	return nil
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}
