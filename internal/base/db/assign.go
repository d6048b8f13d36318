package db

import (
	"database/sql"
	"fmt"
	"reflect"
	"strconv"
)

// assign puts a value, as SQLite holds it (text, whole number, fraction, bytes or nothing), into a destination: text into strings and byte slices, whole numbers
// into integers, and so on. A value that does not fit is an error and is never cut.
func assign(dest any, v any) error {
	switch d := dest.(type) {
	case *string:
		if s, ok := v.(string); ok {
			*d = s
			return nil
		}
	case *int64:
		if n, ok := v.(int64); ok {
			*d = n
			return nil
		}
	case *[]byte:
		switch x := v.(type) {
		case []byte:
			*d = x // the copy is nobody else's
			return nil
		case string:
			*d = []byte(x)
			return nil
		}
	case *any:
		*d = v
		return nil
	case sql.Scanner:
		return d.Scan(v)
	}
	to := reflect.ValueOf(dest)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fmt.Errorf("a %T cannot be scanned into", dest)
	}
	return assignKind(to.Elem(), v)
}

// assignKind is assign for types made from the plain ones, and for numbers of other sizes.
func assignKind(to reflect.Value, v any) error {
	switch to.Kind() {
	case reflect.String:
		return assignText(to, v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := v.(int64); ok && !to.OverflowInt(n) {
			to.SetInt(n)
			return nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := v.(int64); ok && n >= 0 && !to.OverflowUint(uint64(n)) {
			to.SetUint(uint64(n))
			return nil
		}
	case reflect.Float32, reflect.Float64:
		switch x := v.(type) {
		case float64:
			to.SetFloat(x)
			return nil
		case int64:
			to.SetFloat(float64(x))
			return nil
		}
	case reflect.Slice:
		if x, ok := v.([]byte); ok && to.Type().Elem().Kind() == reflect.Uint8 {
			to.SetBytes(x)
			return nil
		}
	case reflect.Pointer: // nil for NULL
		if v == nil {
			to.SetZero()
			return nil
		}
		x := reflect.New(to.Type().Elem())
		if err := assign(x.Interface(), v); err != nil {
			return err
		}
		to.Set(x)
		return nil
	}
	return fmt.Errorf("a %T does not fit into a %s", v, to.Type())
}

func assignText(to reflect.Value, v any) error {
	switch x := v.(type) {
	case string:
		to.SetString(x)
	case []byte:
		to.SetString(string(x))
	case int64:
		to.SetString(strconv.FormatInt(x, 10))
	default:
		return fmt.Errorf("a %T does not fit into a %s", v, to.Type())
	}
	return nil
}
