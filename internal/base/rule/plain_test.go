package rule

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The plain form and CEL's programs give the same answer to every condition, over known, unknown and odd values.
func TestPlainFormAgreesWithCEL(t *testing.T) {
	e := newEnv(t)
	plain, partly, total := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		src := drawCondition(rt, rapid.IntRange(0, 3).Draw(rt, "depth"))
		c, err := e.Compile(src, testEvent())
		if err != nil {
			rt.Fatalf("%s does not compile: %v", src, err)
		}
		total++
		if c.isPlain {
			plain++
		} else if len(c.plain) > 0 {
			partly++
		}
		for range 4 {
			v := drawVars(rt, e)
			want, werr := c.evalCEL(v)
			got, gerr := c.Eval(v)
			if got != want || (gerr != nil) != (werr != nil) {
				rt.Fatalf("%s over %v: plain %v %v, CEL %v %v", src, v, got, gerr, want, werr)
			}
		}
	})
	if plain*3 < total || partly == 0 {
		t.Errorf("of %d conditions %d were plain and %d in part: the test shows little", total, plain, partly)
	}
}

func drawCondition(rt *rapid.T, depth int) string {
	if depth > 0 {
		sub := func() string { return "(" + drawCondition(rt, depth-1) + ")" }
		switch rapid.IntRange(0, 4).Draw(rt, "join") {
		case 0:
			return sub() + " && " + sub()
		case 1:
			return sub() + " || " + sub()
		case 2:
			return "!" + sub()
		case 3:
			return sub() + " && " + sub() + " && " + sub()
		}
	}
	op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(rt, "op")
	pair := func(name, value string) string {
		if rapid.Bool().Draw(rt, "mirrored") {
			return value + " " + op + " " + name
		}
		return name + " " + op + " " + value
	}
	whole := fmt.Sprint(rapid.IntRange(-3, 3).Draw(rt, "whole"))
	text := `"` + rapid.SampledFrom([]string{"", "current", "past", "email", "ü", "text"}).Draw(rt, "text") + `"`
	switch rapid.IntRange(0, 10).Draw(rt, "kind") {
	case 0:
		return pair("service.open", whole)
	case 1:
		return pair("engagement.level", whole+".5")
	case 2:
		return pair("lease.status", text)
	case 3:
		return "lease.notice_given"
	case 4:
		return rapid.SampledFrom([]string{"lease.notice_given == true", "false != event.urgent", "event.urgent"}).Draw(rt, "flag")
	case 5:
		return `lease.status in ["current", ` + text + `]`
	case 6:
		return "event.score in [1, " + whole + "]"
	case 7:
		return pair("event.score", whole)
	case 8:
		return pair("event.channel", text)
	case 9:
		return pair("event.amount", whole+".0")
	}
	return rapid.SampledFrom([]string{`event.text.contains("leak")`, `service.open + 1 > lease.days_to_end`, `1 / service.open > 0`,
		`(service.open > 1 ? lease.notice_given : event.urgent)`, `visit.length > duration("1h")`}).Draw(rt, "not plain")
}

func drawVars(rt *rapid.T, e *Env) Vars {
	fields, event := map[string]any{}, map[string]any{}
	maybe := func(into map[string]any, name string, values ...any) {
		if i := rapid.IntRange(-1, len(values)-1).Draw(rt, name); i >= 0 {
			into[name] = values[i]
		}
	}
	maybe(fields, "service.open", int64(0), int64(1), int64(2), int64(-3), 2, 3.0, 2.5, "2")
	maybe(fields, "lease.days_to_end", int64(1), int64(3))
	maybe(fields, "engagement.level", 0.5, 1.5, -2.5, int64(2))
	maybe(fields, "lease.status", "current", "past", "", strings.Repeat("ü", 200), true)
	maybe(fields, "lease.notice_given", true, false, "true")
	maybe(event, "urgent", true, false, 1)
	maybe(event, "score", 1.0, int64(2), json.Number("3"), json.Number("x"), 1.5, "1")
	maybe(event, "channel", "email", "text", "ü", nil)
	maybe(event, "amount", 1.0, int64(2), json.Number("0.0"))
	maybe(event, "text", "a leak", "")
	if rapid.IntRange(0, 9).Draw(rt, "nothing known") == 0 {
		return Vars{}
	}
	return Vars{Fields: values{e, fields}, Event: event}
}
