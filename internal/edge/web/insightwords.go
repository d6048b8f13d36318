package web

import (
	"math"
	"strconv"

	"hearth/internal/base/page/ui"
	"hearth/internal/learn/metric"
)

// figureWords is how a figure is spoken of.
type figureWords struct {
	title, means, none string
	column, behind     string // of the table
	one, many          string // what stands behind it
	open1, open        string // what still waits
	unit               string // of the value in a file
	low, high          float64
	scale              func(l *ui.Line, most float64)
}

// upTo sets a scale from 0 to a round number above the largest value.
func upTo(words func(float64) string) func(*ui.Line, float64) {
	return func(l *ui.Line, most float64) {
		l.Low, l.High = 0, roundUp(most)
		l.Top, l.Bottom = words(l.High), "0"
	}
}

// roundUp gives the next of 1, 2, 3, 5 times a power of ten, so that an axis ends with a number that is easily read.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if m*p >= v {
			return m * p
		}
	}
	return 10 * p
}

func figureWordsOf(f metric.Figure) figureWords {
	share := func(l *ui.Line, most float64) {
		l.Low, l.High = 0, min(1, roundUp(most))
		l.Top, l.Bottom = percentWords(l.High), "0"
	}
	switch f {
	case metric.Answer:
		return figureWords{title: "Until a person answers", column: "Median", behind: "Answers", one: "answer", many: "answers", unit: "business hours, median",
			open1: "resident waits for an answer now", open: "residents wait for an answer now", scale: upTo(func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) + " h" }),
			means: "Half of those who wrote heard from a person within so many business hours: a reply, a call, a visit. What goes out by itself does not count, and what nobody answered in two weeks is left out.",
			none:  "No week of the last half year has answers to five people. A message that comes in and is answered by a person counts here."}
	case metric.Repair:
		return figureWords{title: "Until a repair is done", column: "Median", behind: "Repairs", one: "repair", many: "repairs", unit: "days, median",
			open1: "repair is open now", open: "repairs are open now", scale: upTo(func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) + " d" }),
			means: "Half of the repairs that ended in the week took at most so long from the request, nights and weekends included. One that is opened again lasts until it is done again.",
			none:  "No week of the last half year has repairs of five people that ended."}
	case metric.Promise:
		return figureWords{title: "Promises kept", column: "Kept", behind: "Told of", one: "promise", many: "promises", unit: "share kept", scale: func(l *ui.Line, _ float64) {
			l.Low, l.High, l.Top, l.Bottom = 0, 1, "100 %", "0"
		},
			means: "Of the promises that fell due in the week, and of which somebody said how they ended, the share that was kept in time.",
			none:  "Nobody has said yet of enough promises whether they were kept."}
	case metric.Act:
		return figureWords{title: "Residents who did something", column: "Of all", behind: "Residents", one: "resident", many: "residents", unit: "share of residents", scale: share,
			means: "The share of those who live here who wrote, called, came by, answered a question, picked something up or looked at their page in the week. Opened mail does not count.",
			none:  "Nothing was done by five residents in any week of the last half year."}
	case metric.Contact:
		return figureWords{title: "Residents somebody met", column: "Of all", behind: "Contacts", one: "contact", many: "contacts", unit: "share of residents", scale: share,
			means: "The share of those who live here with whom somebody of the team had a personal contact in the week: a visit, a call, a talk at the office.",
			none:  "No week of the last half year has personal contacts with five residents on record."}
	case metric.Tone:
	}
	return figureWords{title: "How residents sound", column: "Mean", behind: "Readings", one: "reading", many: "readings", unit: "-1 (sharp) to 1 (warm), mean", low: -1, high: 1,
		scale: func(l *ui.Line, _ float64) {
			l.Low, l.High, l.Top, l.Bottom, l.Base = -1, 1, "warm", "sharp", 0
		},
		means: "The mean over what residents wrote and answered in the week, each by how sure its reading is. A weak sign: a small model reads the words, and people put it right.",
		none:  "No week of the last half year has readings of five people."}
}

func percentWords(v float64) string { return strconv.Itoa(int(math.Round(100*v))) + " %" }

// valueWords says a value of a figure with its unit.
func valueWords(f metric.Figure, v float64) string {
	switch f {
	case metric.Answer:
		return oneDecimal(v) + " business hours"
	case metric.Repair:
		if v < 1 {
			return oneDecimal(v*24) + " hours"
		}
		return oneDecimal(v) + " days"
	case metric.Promise, metric.Act, metric.Contact:
		return percentWords(v)
	case metric.Tone:
	}
	return toneName(v) + " (" + signed(v) + ")"
}

func oneDecimal(v float64) string {
	if v >= 10 {
		return strconv.Itoa(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

func signed(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 2, 64)
	switch {
	case s == "0.00":
		return s
	case v < 0:
		return "−" + s
	}
	return "+" + s
}

func toneName(v float64) string {
	switch {
	case v >= 0.4:
		return "warm"
	case v >= 0.1:
		return "rather warm"
	case v > -0.1:
		return "even"
	case v > -0.4:
		return "rather sharp"
	}
	return "sharp"
}
