package main

import (
	"encoding/json"

	"hearth"
	"hearth/internal/app"
)

type evaluateToneCmd struct {
	Texts   []string `placeholder:"FILE" type:"existingfile" help:"Labelled texts beside the sentences that come with Hearth: CSV (also .gz) with a column text, and class or mean_sentiment."`
	More    []string `arg:"" optional:"" name:"file" type:"existingfile" help:"More of them."`
	Neutral float64  `default:"0.5" help:"How far from zero a mean_sentiment (-4 to 4) may be to count as neutral."`
	All     bool     `help:"Read all texts, also those that training may have seen. Without it only the fourth part that is always held out."`
	Cross   bool     `help:"Also train on all files but one and read that one, so that none of its words was seen. Takes some seconds a file."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// Run measures and prints.
func (c *evaluateToneCmd) Run(r *run) error {
	if c.Neutral < 0 || c.Neutral > 4 {
		return hearth.FieldErrorf("neutral", "--neutral is a distance on the scale of ratings: 0 to 4.")
	}
	report, err := app.EvaluateTone(r.ctx, app.ToneQuestion{Files: append(c.Texts, c.More...), Neutral: c.Neutral, All: c.All, Cross: c.Cross})
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return printTone(r, report)
}

func printTone(r *run, report app.ToneReport) error {
	w := r.table()
	w.row("TEXTS\tREADER\tNUMBER\tMACRO F1\tRIGHT\tECE\tNEGATIVE P / R\tNEUTRAL P / R\tPOSITIVE P / R\n")
	for _, row := range report.Rows {
		m := row.Measure
		w.row("%s\t%s\t%d\t%.3f\t%.3f\t%.3f", row.Texts, row.Reader, m.Texts, m.MacroF1, m.Accuracy, m.ECE)
		for _, k := range m.Classes {
			w.row("\t%.2f / %.2f", k.Precision, k.Recall)
		}
		w.row("\n")
	}
	if err := w.end(); err != nil {
		return err
	}
	for _, row := range report.Rows {
		if row.Reader == "word list" {
			continue
		}
		r.printf("\nHow well the confidence of the %s holds, %s:\n", row.Reader, row.Texts)
		w := r.table()
		w.row("CONFIDENCE\tTEXTS\tSAID\tWAS RIGHT\n")
		for _, b := range row.Measure.Bins {
			w.row("%.1f to %.1f\t%d\t%.2f\t%.2f\n", b.From, b.To, b.Texts, b.Confidence, b.Right)
		}
		if err := w.end(); err != nil {
			return err
		}
	}
	return nil
}
