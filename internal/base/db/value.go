package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"hearth"
)

// bindAll adds arguments to out, made storable alike on both databases. The slice given stays as it is.
func bindAll(out, args []any) ([]any, error) {
	for i, a := range args {
		v, err := bind(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}

func bind(a any) (any, error) {
	switch x := a.(type) {
	case string:
		return x, storable(x)
	case int64, float64, []byte, []string, [][]byte, nil:
		return x, nil
	case int:
		return int64(x), nil
	case bool:
		return boolInt(x), nil
	case time.Time:
		return hearth.Millis(x), nil
	case json.RawMessage:
		return string(x), storable(string(x))
	}
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.String:
		return v.String(), storable(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.Bool:
		return boolInt(v.Bool()), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("a %T cannot be stored", a)
}

// storable refuses what PostgreSQL cannot hold in a text, so that both databases hold the same.
func storable(s string) error {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return hearth.Errorf(hearth.CodeInvalid, "A text holds a character that cannot be stored. Save it as UTF-8 without NUL characters.")
	}
	return nil
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// scanInto wraps the destinations that the drivers do not fill the way we store things. The slice given stays as it is.
func scanInto(dest []any) []any {
	var out []any
	for i, d := range dest {
		var w any
		switch x := d.(type) {
		case *bool:
			w = &boolDest{x}
		case *time.Time:
			w = &timeDest{x}
		case *json.RawMessage:
			w = &rawDest{x}
		default:
			continue
		}
		if out == nil {
			out = append(out, dest...)
		}
		out[i] = w
	}
	if out == nil {
		return dest
	}
	return out
}

type boolDest struct{ to *bool }

func (d *boolDest) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a bool is stored as 0 or 1, not as %T", src)
	}
	*d.to = n != 0
	return nil
}

type timeDest struct{ to *time.Time }

func (d *timeDest) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as milliseconds, not as %T", src)
	}
	*d.to = hearth.FromMillis(n)
	return nil
}

type rawDest struct{ to *json.RawMessage }

func (d *rawDest) Scan(src any) error {
	switch x := src.(type) {
	case string:
		*d.to = json.RawMessage(x)
	case []byte:
		*d.to = append(json.RawMessage(nil), x...)
	default:
		return fmt.Errorf("JSON is stored as text, not as %T", src)
	}
	return nil
}

// Both drivers fill a sql.Scanner with the plain stored value.
var (
	_ sql.Scanner = (*boolDest)(nil)
	_ sql.Scanner = (*timeDest)(nil)
	_ sql.Scanner = (*rawDest)(nil)
)

func jsonList(vals []string) string {
	if len(vals) == 0 {
		return "[]"
	}
	b, err := json.Marshal(vals)
	if err != nil {
		return "[]" // a list of strings always has a JSON form
	}
	return string(b)
}
