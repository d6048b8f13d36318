// Command train makes the model of tone that is embedded in Hearth:
//
//	go run ./internal/app/train --out internal/sense/sentiment/model.bin tweets.csv.gz amazonReviewSnippets.csv.gz
//
// It reads labelled texts from files, adds the sentences of residents that come with Hearth, leaves out what is held
// out for measuring, and writes the packed model. The same texts give the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"

	"hearth/internal/sense/sentiment/fit"
)

func main() {
	out := flag.String("out", "model.bin", "file to write")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out string, files []string) error {
	texts, err := fit.Residents()
	if err != nil {
		return err
	}
	for _, path := range files {
		more, err := fit.Load(path, fit.NeutralBand)
		if err != nil {
			return err
		}
		texts = append(texts, more...)
	}
	train, held := fit.Split(texts)
	model := fit.Train(train)
	if err := os.WriteFile(out, model.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	fmt.Printf("Trained on %d texts, %d held out. %d bytes in %s.\n", len(train), len(held), len(model.Bytes()), out)
	return nil
}
