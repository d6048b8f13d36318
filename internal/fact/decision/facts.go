package decision

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// encodeFacts writes facts as JSON, byte for byte as encoding/json does. Each decision has a dozen of them, nearly all of them
// words and numbers, and by itself the library took 4 % of what an event allocates.
func encodeFacts(facts map[string]any) (string, error) {
	keys := make([]string, 0, len(facts))
	for key := range facts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	b := append(make([]byte, 0, 512), '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendText(b, key); err == nil {
			b, err = appendFact(append(b, ':'), facts[key])
		}
		if err != nil {
			return "", fmt.Errorf("encode fact %s: %w", key, err)
		}
	}
	return string(append(b, '}')), nil
}

func appendFact(b []byte, fact any) ([]byte, error) {
	switch v := fact.(type) {
	case string:
		return appendText(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	}
	return appendJSON(b, fact)
}

// appendText writes what needs no escapes; the rest is the library's.
func appendText(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return appendJSON(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"'), nil
}

func appendJSON(b []byte, v any) ([]byte, error) {
	told, err := json.Marshal(v)
	return append(b, told...), err
}
