package db

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// texts remembers which statement texts are in order, so that each is read once.
type texts struct {
	seen  sync.Map // text -> number of parameters
	count atomic.Int64
}

// maxTexts bounds the memory of texts. A program has some hundreds; more means that somebody builds texts, and those
// are then read each time.
const maxTexts = 4096

func (t *texts) check(q string, args int) error {
	n, ok := 0, false
	if v, hit := t.seen.Load(q); hit {
		n, ok = v.(int)
	}
	if !ok {
		var err error
		if n, err = readText(q); err != nil {
			return err
		}
		if t.count.Load() < maxTexts {
			t.seen.Store(strings.Clone(q), n)
			t.count.Add(1)
		}
	}
	if n != args {
		return fmt.Errorf("a statement with %d parameters got %d arguments: %s", n, args, brief(q))
	}
	return nil
}

// readText checks a statement: its parameters first appear in ascending order (some SQLite drivers bind by appearance,
// silently), and it names org, without which SQLite would mix organizations and PostgreSQL answer with nothing.
// It gives the number of parameters.
func readText(q string) (int, error) {
	top, org := 0, false
	for i := 0; i < len(q); {
		switch c := q[i]; {
		case c == '\'' || c == '"':
			i = skipQuoted(q, i)
		case strings.HasPrefix(q[i:], "--"):
			i = skipTo(q, i, "\n")
		case strings.HasPrefix(q[i:], "/*"):
			i = skipTo(q, i, "*/")
		case c == '$':
			n, end := number(q, i+1)
			if n > top+1 || n == 0 {
				return 0, fmt.Errorf("parameter $%d appears before $%d: %s", n, top+1, brief(q))
			}
			top = max(top, n)
			i = end
		case isWord(c):
			end := i
			for end < len(q) && isWord(q[end]) {
				end++
			}
			org = org || q[i:end] == "org"
			i = end
		default:
			i++
		}
	}
	if !org {
		return 0, fmt.Errorf("the statement does not name org: %s", brief(q))
	}
	return top, nil
}

func skipQuoted(q string, i int) int {
	quote := q[i]
	for i++; i < len(q); i++ {
		if q[i] == quote {
			return i + 1 // a doubled quote is read as two neighbouring strings
		}
	}
	return i
}

func skipTo(q string, i int, end string) int {
	at := strings.Index(q[i:], end)
	if at < 0 {
		return len(q)
	}
	return i + at + len(end)
}

func number(q string, i int) (n, end int) {
	for i < len(q) && q[i] >= '0' && q[i] <= '9' && n < 1<<20 {
		n = n*10 + int(q[i]-'0')
		i++
	}
	return n, i
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// brief shortens a statement for an error.
func brief(q string) string {
	q = strings.Join(strings.Fields(q), " ")
	if len(q) > 160 {
		q = q[:160] + " …"
	}
	return q
}
