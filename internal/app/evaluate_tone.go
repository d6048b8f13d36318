package app

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/sense/sentiment"
	"hearth/internal/sense/sentiment/fit"
)

// ToneQuestion is what an evaluation of tone is made on.
type ToneQuestion struct {
	Files   []string // labelled texts; none: the sentences of residents that come with Hearth
	Neutral float64  // how far from zero a mean rating of -4 to 4 may be to count as neutral
	All     bool     // also texts that training may have seen
	Cross   bool     // train on the other files, read each whole file: no word of it was seen
}

// ToneReport is how right the readings of tone are, row by row.
type ToneReport struct {
	Rows []ToneRow `json:"rows"`
}

// ToneRow is one reader on one set of texts.
type ToneRow struct {
	Texts   string      `json:"texts"`
	Reader  string      `json:"reader"`
	Measure fit.Measure `json:"measure"`
}

// EvaluateTone measures the word list alone and the shipped model beside it on labelled texts that training never saw.
func EvaluateTone(ctx context.Context, q ToneQuestion) (ToneReport, error) {
	corpora, err := toneCorpora(q)
	if err != nil {
		return ToneReport{}, err
	}
	var report ToneReport
	add := func(texts, reader string, of []fit.Text, read fit.Reader) {
		report.Rows = append(report.Rows, ToneRow{texts, reader, fit.Evaluate(of, read)})
	}
	shipped := fit.Model(sentiment.Shipped())
	var every []fit.Text
	for _, texts := range corpora {
		if !q.All {
			_, texts = fit.Split(texts)
		}
		if len(texts) == 0 {
			continue
		}
		every = append(every, texts...)
		add(texts[0].Corpus, "word list", texts, fit.Lexicon)
		add(texts[0].Corpus, "model", texts, shipped)
	}
	if len(every) == 0 {
		return report, hearth.Errorf(hearth.CodeInvalid, "No text is left to measure on. Give more texts, or --all.")
	}
	if len(corpora) > 1 {
		add("all of them", "word list", every, fit.Lexicon)
		add("all of them", "model", every, shipped)
	}
	add("all, misspelt", "word list", every, fit.Misspelt(fit.Lexicon))
	add("all, misspelt", "model", every, fit.Misspelt(shipped))
	if !q.Cross {
		return report, nil
	}
	for i, texts := range corpora {
		var others []fit.Text
		for j, o := range corpora {
			if j != i {
				others = append(others, o...)
			}
		}
		if len(others) == 0 || len(texts) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
		name := texts[0].Corpus + ", unseen"
		add(name, "word list", texts, fit.Lexicon)
		add(name, "trained on the others", texts, fit.Model(fit.Train(others)))
	}
	return report, nil
}

func toneCorpora(q ToneQuestion) ([][]fit.Text, error) {
	own, err := fit.Residents()
	if err != nil {
		return nil, fmt.Errorf("sentences of residents: %w", err)
	}
	corpora := [][]fit.Text{own}
	for _, path := range q.Files {
		texts, err := fit.Load(path, q.Neutral)
		if err != nil {
			return nil, hearth.Errorf(hearth.CodeInvalid, "The labelled texts can't be used: %w.", err)
		}
		corpora = append(corpora, texts)
	}
	return corpora, nil
}
