package rule

import (
	"errors"
	"strings"
	"testing"
)

func TestEventDataIsRefusedByItsTag(t *testing.T) {
	e, err := NewEnv([]Field{
		{Name: "resident.role", Type: String, Tag: Contract, Closed: []string{"minor", "representative"}},
		{Name: "service.open", Type: Int, Tag: Behaviour},
	})
	if err != nil {
		t.Fatal(err)
	}
	data := []Option{
		WithEvent(map[string]Type{"kind": String, "birth_date": String, "voucher": Bool, "household_size": Int, "role": String}),
		WithTags(map[string]Tag{"kind": Behaviour, "birth_date": Protected, "voucher": Protected, "household_size": Proxy, "role": Contract}),
	}
	for src, want := range map[string]string{
		`event.kind == "package"`:                              "",
		`event.birth_date < "1961-01-01"`:                      "protects",
		`service.open > 0 && !event.voucher`:                   "protects",
		`event.household_size > 3`:                             "stand-in",
		`known(event.birth_date)`:                              "protects",
		`resident.role == "leaseholder"`:                       "",
		`resident.role in ["leaseholder", "occupant"]`:         "",
		`resident.role == "minor"`:                             "may not be compared",
		`"minor" != resident.role`:                             "may not be compared",
		`resident.role in ["leaseholder", "representative"]`:   "may not be compared",
		`resident.role.startsWith("min")`:                      "whole value",
		`event.role == "minor"`:                                "may not be compared",
		`resident.role == "occupant" || event.kind == "minor"`: "",
	} {
		_, err := e.Compile(src, data...)
		var bad *Error
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", src, err)
		case want != "" && (!errors.As(err, &bad) || !strings.Contains(bad.Message, want)):
			t.Errorf("%s: got %v, want a sentence with %q", src, err, want)
		case want != "" && strings.Contains(bad.Near, "birth"):
			t.Errorf("%s: proposes %q", src, bad.Near)
		}
	}
	_, err = e.Compile("event.birthdate == 'x'", data...)
	var bad *Error
	if !errors.As(err, &bad) || bad.Near != "" {
		t.Errorf("a mistyped name proposes what may not be read: %v", err)
	}
}
