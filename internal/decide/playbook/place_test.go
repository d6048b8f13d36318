package playbook

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFollow(t *testing.T) {
	const was = `steps:
  - id: a
    wait: 1d
  - end: x
  - end: y
  - branch:
      - if: service.open > 0
        steps: [{id: in, wait: 2d}, {end: z}]
      - else: []
exits:
  - on: lease.moved_out
  - on: lease.renewed
`
	s := func(now string) string { return strings.ReplaceAll(now, "\t", "  ") }
	tests := []struct{ name, now, path, want string }{
		{"the same text", was, "steps.1.end", "steps.1.end"},
		{"no place in a list", strings.Replace(was, "1d", "9d", 1), "title", "title"},
		{"one came before", strings.Replace(was, "steps:\n", "steps:\n  - id: new\n    wait: 5d\n", 1), "steps.1", "steps.2"},
		{"it moved up", s("steps:\n\t- end: x\n\t- {id: a, wait: 1d}\n\t- end: y\n"), "steps.0.wait", "steps.1.wait"},
		{"it moved and was changed, known by its id", s("steps:\n\t- end: x\n\t- {id: a, wait: 7d}\n\t- end: y\n"), "steps.0.wait", "steps.1.wait"},
		{"it was changed where it stands", strings.Replace(was, "end: x", "end: other", 1), "steps.1", "steps.1"},
		{"another was changed", strings.Replace(was, "end: x", "end: other", 1), "steps.2", "steps.2"},
		{"it went", strings.Replace(was, "  - end: x\n", "", 1), "steps.1", ""},
		{"it went and another came", strings.Replace(strings.Replace(was, "  - end: x\n", "", 1), "steps:\n", "steps:\n  - id: new\n    wait: 5d\n", 1), "steps.2", "steps.2"},
		{"it and another were changed", strings.NewReplacer("end: x", "end: p", "end: y", "end: q").Replace(was), "steps.1", ""},
		{"its id went", strings.Replace(was, "  - id: a\n    wait: 1d\n", "", 1), "steps.0", ""},
		{"in a branch that moved", strings.Replace(was, "steps:\n", "steps:\n  - end: first\n", 1), "steps.3.branch.0.steps.1", "steps.4.branch.0.steps.1"},
		{"in a case that was changed", strings.Replace(was, "{end: z}", "{end: z}, {end: w}", 1), "steps.3.branch.0.steps.1", "steps.3.branch.0.steps.1"},
		{"a list", strings.Replace(was, "steps:\n", "steps:\n  - end: first\n", 1), "steps.3.branch.1.else", "steps.4.branch.1.else"},
		{"an exit", strings.Replace(was, "  - on: lease.moved_out\n", "", 1), "exits.1", "exits.0"},
		{"an exit that went", strings.Replace(was, "  - on: lease.moved_out\n", "", 1), "exits.0", ""},
		{"what is not there yet", strings.Replace(was, "1d", "9d", 1), "steps.9", "steps.9"},
		{"a text that can't be read", "steps: [", "steps.1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Follow(was, tt.now, tt.path)
			if ok != (tt.want != "") || ok && got != tt.want {
				t.Errorf("got %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
}

// Whatever moves, comes and goes: what is followed is the very step, or nothing.
func TestFollowFindsTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := "steps:\n"
		for i := range rapid.IntRange(1, 6).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "named") {
				text += "  - {id: s" + strconv.Itoa(i) + ", end: e" + strconv.Itoa(i) + "}\n"
			} else {
				text += "  - {end: e" + strconv.Itoa(i) + "}\n"
			}
		}
		before, err := ReadSheet(text)
		if err != nil {
			rt.Fatal(err)
		}
		now, _ := ReadSheet(text)
		for range rapid.IntRange(0, 6).Draw(rt, "changes") {
			at := "steps." + strconv.Itoa(rapid.IntRange(0, max(0, now.Len("steps")-1)).Draw(rt, "at"))
			switch rapid.IntRange(0, 2).Draw(rt, "how") {
			case 0:
				_, _ = now.Move(at, rapid.SampledFrom([]int{-1, 1}).Draw(rt, "by"))
			case 1:
				_ = now.Remove(at)
			default:
				_, _ = now.Insert("steps", rapid.IntRange(0, 7).Draw(rt, "where"), "end: new")
			}
		}
		for i := range before.Len("steps") {
			end := before.Get("steps." + strconv.Itoa(i) + ".end")
			path, ok := Follow(text, now.Text(), "steps."+strconv.Itoa(i))
			here := strings.Contains(now.Text(), "end: "+end)
			if ok != here && now.Len("steps") > 0 || ok && now.Get(path+".end") != end {
				// The only one that is left over may stand for one that was changed: then nothing else has its words.
				if ok && !here && before.Get("steps."+strconv.Itoa(i)+".id") == "" && strings.HasPrefix(now.Get(path+".end"), "new") {
					continue
				}
				rt.Fatalf("%s of\n%s\nis at %q, %v in\n%s", end, text, path, ok, now.Text())
			}
		}
	})
}
