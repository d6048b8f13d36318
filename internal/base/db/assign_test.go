package db

import (
	"database/sql"
	"reflect"
	"testing"
)

func TestAssign(t *testing.T) {
	type word string
	type small int8
	seven := int64(7)
	tests := []struct {
		name    string
		dest    any
		v       any
		want    any // what dest points to; nil: it is refused
		refused bool
	}{
		{"text", new(string), "a", "a", false},
		{"text of a type of its own", new(word), "a", word("a"), false},
		{"a number as text", new(string), int64(7), "7", false},
		{"bytes as text", new(string), []byte("a"), "a", false},
		{"a number", new(int64), int64(-7), int64(-7), false},
		{"a smaller number", new(small), int64(127), small(127), false},
		{"a number that is too large", new(small), int64(128), nil, true},
		{"a negative number without a sign", new(uint16), int64(-1), nil, true},
		{"a number without a sign", new(uint16), int64(65535), uint16(65535), false},
		{"a whole number as a fraction", new(float64), int64(2), 2.0, false},
		{"a fraction", new(float64), 0.5, 0.5, false},
		{"a fraction as a whole number", new(int64), 0.5, nil, true},
		{"text as a number", new(int64), "7", nil, true},
		{"bytes", new([]byte), []byte{1}, []byte{1}, false},
		{"text as bytes", new([]byte), "a", []byte("a"), false},
		{"anything", new(any), "a", any("a"), false},
		{"nothing into text", new(string), nil, nil, true},
		{"nothing into a number", new(int64), nil, nil, true},
		{"nothing into a pointer", new(*int64), nil, (*int64)(nil), false},
		{"a number into a pointer", new(*int64), int64(7), &seven, false},
		{"a scanner", new(sql.NullString), "a", sql.NullString{String: "a", Valid: true}, false},
		{"nothing into a scanner", new(sql.NullString), nil, sql.NullString{}, false},
		{"no pointer", 7, int64(7), nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := assign(tt.dest, tt.v)
			if (err != nil) != tt.refused {
				t.Fatalf("assign gives %v, want refused %v", err, tt.refused)
			}
			if tt.refused {
				return
			}
			if got := reflect.ValueOf(tt.dest).Elem().Interface(); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}
