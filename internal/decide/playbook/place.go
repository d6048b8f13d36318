package playbook

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Follow gives where what stood at a path of one text stands in another: steps, cases and exits keep who they are when others come,
// move or go around them. An entry of a list is known by its id, else by what it says, else by its place where it alone was changed. false: it
// is there no more, or it can't be told which one it is.
func Follow(was, now, path string) (string, bool) {
	if was == now || !placed(path) {
		return path, true
	}
	x, err := ReadSheet(was)
	if err != nil {
		return path, false
	}
	y, err := ReadSheet(now)
	if err != nil {
		return path, false
	}
	return x.follow(y, path)
}

func (s *Sheet) follow(now *Sheet, path string) (string, bool) {
	a, b := s.root.Content[0], now.root.Content[0]
	var out []string
	for _, part := range parted(path) {
		i, err := strconv.Atoi(part)
		if a == nil || a.Kind != yaml.SequenceNode || err != nil || i < 0 || i >= len(a.Content) {
			a, b = under(a, part), under(b, part)
			out = append(out, part) // what is not there can be set; whoever sets it says what can't be
			continue
		}
		if b == nil || b.Kind != yaml.SequenceNode {
			return "", false
		}
		to := entry(a.Content, b.Content, i)
		if to < 0 {
			return "", false
		}
		a, b = a.Content[i], b.Content[to]
		out = append(out, strconv.Itoa(to))
	}
	return strings.Join(out, "."), true
}

func under(n *yaml.Node, name string) *yaml.Node {
	if n == nil {
		return nil
	}
	return below(n, name)
}

// entry gives the place in one list of what is the i-th of another; -1 for none.
func entry(was, now []*yaml.Node, i int) int {
	pairs := paired(was, now, nameOfEntry)
	if to, ok := pairs[i]; ok {
		return to
	}
	if nameOfEntry(was[i]) != "" && slices.ContainsFunc(now, func(n *yaml.Node) bool { return nameOfEntry(n) == nameOfEntry(was[i]) }) {
		return -1 // one of several of the same name
	}
	taken := map[int]bool{}
	for _, to := range pairs {
		taken[to] = true
	}
	left := func(list []*yaml.Node, used func(int) bool) (nodes []*yaml.Node, at []int) {
		for j, n := range list {
			if !used(j) {
				nodes, at = append(nodes, n), append(at, j)
			}
		}
		return nodes, at
	}
	mine, mineAt := left(was, func(j int) bool { _, ok := pairs[j]; return ok })
	others, othersAt := left(now, func(j int) bool { return taken[j] })
	alike := paired(mine, others, wordsOfEntry)
	k := slices.Index(mineAt, i)
	if to, ok := alike[k]; ok {
		return othersAt[to]
	}
	if len(mine) == len(alike)+1 && len(others) == len(alike)+1 { // one of each is left: it was changed, if it stands where it stood
		for to, n := range others {
			if !hasValue(alike, to) && othersAt[to] == i && kindOfEntry(n) == kindOfEntry(was[i]) && (nameOfEntry(n) == "") == (nameOfEntry(was[i]) == "") {
				return i
			}
		}
	}
	return -1
}

func hasValue(m map[int]int, v int) bool {
	for _, x := range m {
		if x == v {
			return true
		}
	}
	return false
}

// paired gives the places of what has the same key in two lists, in their order; of what is not as often in both none is paired.
func paired(was, now []*yaml.Node, key func(*yaml.Node) string) map[int]int {
	at := map[string][]int{}
	for j, n := range now {
		at[key(n)] = append(at[key(n)], j)
	}
	times := map[string]int{}
	for _, n := range was {
		times[key(n)]++
	}
	nth, out := map[string]int{}, map[int]int{}
	for i, n := range was {
		k := key(n)
		if k != "" && len(at[k]) == times[k] {
			out[i] = at[k][nth[k]]
			nth[k]++
		}
	}
	return out
}

// nameOfEntry gives the id of a step; "" without.
func nameOfEntry(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	if id := below(n, "id"); id != nil && id.Kind == yaml.ScalarNode {
		return id.Value
	}
	return ""
}

func wordsOfEntry(n *yaml.Node) string {
	out, err := yaml.Marshal(n)
	if err != nil {
		return ""
	}
	return string(out)
}

// kindOfEntry gives the first key that is no id: what a step does, and whether an exit waits for an event or a condition.
func kindOfEntry(n *yaml.Node) string {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; k != "id" {
			return k
		}
	}
	return ""
}

// placed tells whether a path leads through a place in a list.
func placed(path string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == ' ' }), func(part string) bool {
		_, err := strconv.Atoi(part)
		return err == nil
	})
}

// followAll is Follow for paths with spaces between.
func followAll(was, now, paths string) (string, bool) {
	var out []string
	for _, p := range strings.Fields(paths) {
		to, ok := Follow(was, now, p)
		if !ok {
			return "", false
		}
		out = append(out, to)
	}
	return strings.Join(out, " "), true
}
